// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Licences} from "../Licences.sol";
import {LicenceFixture} from "./LicenceFixture.sol";

/// @dev Licences under licences.
contract LicenceTreesTest is LicenceFixture {
    bytes32 private constant HEAD = keccak256("head");

    function setUp() public override {
        super.setUp();
        granted(EXCLUSIVE, licence(HEAD));
    }

    function test_a_sub_licence_lies_within_its_heads_term(uint64 startsAt, uint64 endsAt) public {
        startsAt = uint64(bound(startsAt, START - 2, END));
        endsAt = uint64(bound(endsAt, startsAt + 1, END + 2));
        Licences.Licence memory item = licence(LICENCE, HEAD, startsAt, endsAt);
        if (startsAt >= START && endsAt <= END) granted(ORDINARY, item);
        else refused(ORDINARY, item, Licences.LicenceTermInvalid.selector);
    }

    function test_the_bounds_of_a_sub_licences_term() public {
        refused(ORDINARY, licence(idOf(1), HEAD, START - 1, END), Licences.LicenceTermInvalid.selector);
        refused(ORDINARY, licence(idOf(2), HEAD, START, END + 1), Licences.LicenceTermInvalid.selector);
        granted(ORDINARY, licence(idOf(3), HEAD, START, END));
    }

    function test_a_head_must_be_on_record_of_the_same_right_and_allow_it() public {
        refused(ORDINARY, licence(LICENCE, "nothing", START, END), Batches.RecordUnknown.selector);
        refused(ORDINARY, licence(idOf(1), bytes32(uint256(1) << 96), START, END), Batches.RecordUnknown.selector);
        Licences.Licence memory closed = licence(idOf(2), HEAD, START, END);
        closed.sublicensable = false;
        granted(ORDINARY, closed);
        refused(ORDINARY, licence(idOf(3), idOf(2), START, END), Licences.HeadForbids.selector);
        Licences.Licence memory foreign = licence(idOf(4), HEAD, START, END);
        foreign.rightId = "other right";
        record(_dealOn("other right", foreign.dealId));
        absorb();
        grant(foreign);
        expectRefused(foreign.licenceId, Batches.AnotherRight.selector);
    }

    function test_a_sub_licence_of_itself_is_refused() public {
        refused(ORDINARY, licence(LICENCE, LICENCE, START, END), Batches.RecordUnknown.selector);
    }

    function test_a_tree_has_8_levels_and_no_more() public {
        bytes32 above = HEAD;
        for (uint256 level = 2; level <= register.MAX_DEPTH(); ++level) {
            granted(ORDINARY, licence(idOf(level), above, START, END));
            above = idOf(level);
        }
        refused(ORDINARY, licence(LICENCE, above, START, END), Licences.HeadForbids.selector);
    }

    function test_ending_a_head_ends_the_whole_tree_without_touching_it() public {
        bytes32 above = HEAD;
        for (uint256 level = 2; level <= 5; ++level) {
            granted(ORDINARY, licence(idOf(level), above, START, END));
            above = idOf(level);
        }
        end(idOf(3), START + 10);
        expectOne(Licences.LicenceEnded.selector);
        check(register.licenceActive(HEAD, START + 10), "above");
        check(register.licenceActive(idOf(2), START + 10), "above");
        for (uint256 level = 3; level <= 5; ++level) {
            check(register.licenceActive(idOf(level), START + 9), "until then");
            check(!register.licenceActive(idOf(level), START + 10), "ended with it");
            (,,, uint64 endsAt) = register.licenceOf(idOf(level));
            same(endsAt, START + 10, "end");
        }
        end(HEAD, START + 5);
        absorb();
        (,,, uint64 earliest) = register.licenceOf(idOf(5));
        same(earliest, START + 5, "the earliest end among all heads counts");
        end(idOf(5), START + 7);
        absorb();
        (,,, earliest) = register.licenceOf(idOf(5));
        same(earliest, START + 5, "its own later end changes nothing");
    }

    function test_an_ended_head_grants_nothing_beyond_its_end() public {
        end(HEAD, START + 10);
        absorb();
        refused(ORDINARY, licence(idOf(1), HEAD, START, START + 11), Licences.LicenceTermInvalid.selector);
        granted(ORDINARY, licence(idOf(2), HEAD, START, START + 10));
    }

    function test_a_sub_licence_is_active_only_while_all_its_heads_are(uint64 time, uint64 endedAt, uint8 which)
        public
    {
        granted(ORDINARY, licence(idOf(2), HEAD, START + 10, END - 10));
        granted(ORDINARY, licence(idOf(3), idOf(2), START + 20, END - 20));
        bytes32[3] memory tree = [HEAD, idOf(2), idOf(3)];
        endedAt = uint64(bound(endedAt, START + 20, END - 21));
        end(tree[which % 3], endedAt);
        time = uint64(bound(time, START - 1, END + 1));
        for (uint256 i = 1; i < 3; ++i) {
            check(
                !register.licenceActive(tree[i], time) || register.licenceActive(tree[i - 1], time),
                "active only under an active head"
            );
        }
        check(
            register.licenceActive(idOf(3), time) == (time >= START + 20 && time < endedAt),
            "until the earliest end above it"
        );
    }

    function _dealOn(bytes32 rightId, bytes32 id) private view returns (Licences.Deal memory deal) {
        deal = newDeal(id, ORDINARY);
        deal.rightId = rightId;
    }
}
