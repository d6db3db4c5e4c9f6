// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {Standings} from "../Standings.sol";
import {PartyFixture} from "./PartyFixture.sol";

contract StandingsTest is PartyFixture {
    function test_a_finding_is_recorded_with_old_and_new() public {
        _find(SELLER, 2, "SANCTION");
        expectEvent(Standings.StandingChanged.selector, SELLER, abi.encode(2, bytes32("SANCTION"), 1));
        (, uint8 standing,,) = register.partyOf(SELLER);
        same(standing, 2, "suspended");
        _find(SELLER, 2, "SANCTION");
        expectNothing();
        _find(SELLER, 1, "RAISED");
        expectEvent(Standings.StandingChanged.selector, SELLER, abi.encode(1, bytes32("RAISED"), 2));
    }

    function test_a_closed_party_stays_closed(uint8 standing) public {
        _find(SELLER, 3, "DISSOLVED");
        expectEvent(Standings.StandingChanged.selector, SELLER, abi.encode(3, bytes32("DISSOLVED"), 1));
        vm.assume(standing != 3);
        _find(SELLER, standing, "BACK");
        expectRefused(SELLER, Standings.StandingForbids.selector);
        _find(SELLER, 3, "DISSOLVED");
        expectNothing();
    }

    function test_only_standings_1_to_3_are_taken(uint8 standing) public {
        vm.assume(standing == 0 || standing > 3);
        _find(SELLER, standing, "REASON");
        expectRefused(SELLER, Standings.StandingForbids.selector);
    }

    function test_a_party_that_is_not_on_record_has_no_standing() public {
        _find("nobody", 2, "REASON");
        expectRefused("nobody", Batches.RecordUnknown.selector);
    }

    function test_a_suspended_partys_signature_still_binds() public {
        _find(SELLER, 2, "SANCTION");
        absorb();
        record(newDeal(DEAL, 1));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_batch_of_findings_above_the_bound_reverts_whole() public {
        reverts(
            abi.encodeCall(register.recordStandings, (new Standings.StandingChange[](257))),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
    }

    function _find(bytes32 party, uint8 standing, bytes32 reason) private {
        Standings.StandingChange[] memory items = new Standings.StandingChange[](1);
        items[0] = Standings.StandingChange(party, standing, reason);
        register.recordStandings(items);
    }
}
