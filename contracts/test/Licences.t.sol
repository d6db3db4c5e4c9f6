// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {Licences} from "../Licences.sol";
import {LicenceFixture} from "./LicenceFixture.sol";

/// @dev One licence: granted and ended.
contract LicencesTest is LicenceFixture {
    function test_a_licence_is_granted_once_on_its_deal_with_every_field() public {
        Licences.Licence memory item = licence(LICENCE);
        grantAs(ORDINARY, item);
        expectEvent(
            Licences.LicenceGranted.selector,
            LICENCE,
            RIGHT,
            abi.encode(
                item.dealId,
                bytes32(0),
                SELLER_HOLDER,
                BUYER_HOLDER,
                bytes32("terms"),
                SCOPE,
                START,
                END,
                true
            )
        );
        same(stateOf(item.dealId), uint8(Deals.DealState.Licensed), "deal");
        (uint64 seq, uint8 kind, uint64 startsAt, uint64 endsAt) = register.licenceOf(LICENCE);
        same(seq, 4, "seq");
        same(kind, ORDINARY, "kind");
        same(startsAt, START, "start");
        same(endsAt, END, "end");
        grant(item);
        expectNothing();
        item.terms = "other";
        grant(item);
        expectRefused(LICENCE, Batches.IdTaken.selector);
    }

    function test_identifiers_that_differ_in_one_bit_are_two_licences(uint8 bit) public {
        granted(ORDINARY, licence(LICENCE));
        bytes32 twin = LICENCE ^ bytes32(uint256(1) << bit);
        (uint64 seq,,,) = register.licenceOf(twin);
        same(seq, 0, "nothing under the other identifier");
        Licences.Licence memory second = licence(twin);
        second.dealId = dealId("second");
        granted(ORDINARY, second);
    }

    function test_a_licence_is_active_from_its_first_second_to_the_last_before_its_end(uint64 time) public {
        granted(ORDINARY, licence(LICENCE));
        check(register.licenceActive(LICENCE, time) == (time >= START && time < END), "within the term");
        check(register.licenceActive(LICENCE, START), "first second");
        check(!register.licenceActive(LICENCE, START - 1), "before");
        check(register.licenceActive(LICENCE, END - 1), "last second");
        check(!register.licenceActive(LICENCE, END), "after");
        check(!register.licenceActive("unknown", time), "unknown");
    }

    function test_a_licence_needs_a_standing_licence_deal_of_that_right() public {
        Licences.Licence memory item = licence(LICENCE);
        grant(item);
        expectRefused(LICENCE, Batches.RecordUnknown.selector);
        item.rightId = "other right";
        refused(SOLE, item, Batches.AnotherRight.selector);
        unwind(item.dealId, "LATE");
        absorb();
        grant(licence(LICENCE));
        expectRefused(LICENCE, Deals.DealStateForbids.selector);
    }

    function test_an_assignment_or_a_delivery_grants_no_licence() public {
        refused(1, licence(idOf(1)), Deals.DealKindForbids.selector);
        refused(5, licence(idOf(2)), Deals.DealKindForbids.selector);
    }

    function test_a_cancelled_deal_grants_no_licence() public {
        Licences.Licence memory item = licence(LICENCE);
        cancel(newDeal(item.dealId, ORDINARY), SELLER_KEY);
        absorb();
        grant(item);
        expectRefused(LICENCE, Deals.DealStateForbids.selector);
    }

    function test_an_accepted_offer_grants_an_ordinary_licence() public {
        Licences.Licence memory item = licence(LICENCE);
        accept(acceptance(offer(newOffer(1)), bytes12(LICENCE)));
        absorb();
        grant(item);
        expectOne(Licences.LicenceGranted.selector);
        (, uint8 kind,,) = register.licenceOf(LICENCE);
        same(kind, ORDINARY, "ordinary");
    }

    function test_every_licence_kind_grants() public {
        for (uint8 kind = 2; kind <= 4; ++kind) {
            Licences.Licence memory item = licence(idOf(kind));
            item.scope = bytes32(uint256(kind));
            granted(kind, item);
        }
    }

    function test_one_deal_grants_one_licence() public {
        granted(ORDINARY, licence(LICENCE));
        Licences.Licence memory second = licence(LICENCE);
        second.licenceId = "second licence of that one deal";
        grant(second);
        expectRefused(second.licenceId, Deals.DealStateForbids.selector);
    }

    function test_a_licence_without_its_values_is_refused() public {
        for (uint256 i = 0; i < 5; ++i) {
            Licences.Licence memory item = licence(idOf(i + 1));
            if (i == 0) item.licenceId = 0;
            if (i == 1) item.licensor = 0;
            if (i == 2) item.licensee = 0;
            if (i == 3) item.terms = 0;
            if (i == 4) item.scope = 0;
            refused(ORDINARY, item, Batches.ZeroValue.selector);
        }
    }

    function test_a_term_is_not_empty_and_ends_before_the_year_36812(uint64 startsAt, uint64 endsAt) public {
        Licences.Licence memory item = licence(LICENCE, 0, startsAt, endsAt);
        bool valid = startsAt < endsAt && endsAt <= type(uint40).max;
        if (valid) granted(ORDINARY, item);
        else refused(ORDINARY, item, Licences.LicenceTermInvalid.selector);
    }

    function test_the_bounds_of_a_term() public {
        uint64 most = type(uint40).max;
        refused(ORDINARY, licence(idOf(1), 0, START, START), Licences.LicenceTermInvalid.selector);
        refused(ORDINARY, licence(idOf(2), 0, START, most + 1), Licences.LicenceTermInvalid.selector);
        granted(ORDINARY, licence(idOf(3), 0, most - 1, most));
    }

    function test_a_licence_ends_within_its_term_and_never_later_again(uint64 endedAt) public {
        endedAt = endedAt % 2 == 0 ? endedAt : uint64(bound(endedAt, START, END - 1));
        granted(ORDINARY, licence(LICENCE));
        end(LICENCE, endedAt);
        if (endedAt < START || endedAt >= END) {
            expectRefused(LICENCE, Licences.LicenceTermInvalid.selector);
            return;
        }
        expectEvent(
            Licences.LicenceEnded.selector, LICENCE, RIGHT, abi.encode(endedAt, bytes32("BREACH"), END)
        );
        end(LICENCE, endedAt);
        expectNothing();
        endFor(LICENCE, RIGHT, endedAt, "other");
        expectRefused(LICENCE, Batches.AlreadyEnded.selector);
        (,,, uint64 endsAt) = register.licenceOf(LICENCE);
        same(endsAt, endedAt, "end");
        check(!register.licenceActive(LICENCE, endedAt), "over");
    }

    function test_the_bounds_of_an_end() public {
        granted(ORDINARY, licence(LICENCE));
        end(LICENCE, START - 1);
        expectRefused(LICENCE, Licences.LicenceTermInvalid.selector);
        end(LICENCE, END);
        expectRefused(LICENCE, Licences.LicenceTermInvalid.selector);
        end(LICENCE, START);
        expectOne(Licences.LicenceEnded.selector);
        check(!register.licenceActive(LICENCE, START), "ended before it began");
    }

    function test_a_licence_may_end_earlier_still() public {
        granted(ORDINARY, licence(LICENCE));
        end(LICENCE, START + 9);
        absorb();
        end(LICENCE, START + 5);
        expectEvent(
            Licences.LicenceEnded.selector,
            LICENCE,
            RIGHT,
            abi.encode(START + 5, bytes32("BREACH"), START + 9)
        );
        check(!register.licenceActive(LICENCE, START + 5), "over at the earlier end");
    }

    function test_an_ended_licence_granted_again_changes_nothing() public {
        granted(ORDINARY, licence(LICENCE));
        end(LICENCE, START + 1);
        absorb();
        grant(licence(LICENCE));
        expectNothing();
        (,,, uint64 endsAt) = register.licenceOf(LICENCE);
        same(endsAt, START + 1, "end");
    }

    function test_ending_an_unknown_licence_or_under_another_right_is_refused() public {
        end(LICENCE, START);
        expectRefused(LICENCE, Batches.RecordUnknown.selector);
        granted(ORDINARY, licence(LICENCE));
        endFor(LICENCE, "other right", START, "BREACH");
        expectRefused(LICENCE, Batches.AnotherRight.selector);
    }

    function test_a_licence_moves_no_holder() public {
        recordRight(RIGHT, SELLER_HOLDER);
        granted(EXCLUSIVE, licence(LICENCE));
        same(holderOf(RIGHT), SELLER_HOLDER, "holder");
    }

    function test_batches_above_the_bound_revert_whole() public {
        bytes memory tooLong = abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256);
        reverts(abi.encodeCall(register.recordLicences, (new Licences.Licence[](257))), tooLong);
        reverts(abi.encodeCall(register.endLicences, (new Licences.LicenceEnding[](257))), tooLong);
    }
}
