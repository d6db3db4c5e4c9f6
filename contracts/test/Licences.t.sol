// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {Licences} from "../Licences.sol";
import {RegisterFixture} from "./RegisterFixture.sol";
import {Vm} from "./TestBase.sol";

contract LicencesTest is RegisterFixture {
    bytes32 private constant LICENCE = keccak256("licence");
    uint64 private constant START = uint64(NOW);
    uint64 private constant END = uint64(NOW + 365 days);

    function test_a_licence_is_granted_once_on_its_deal() public {
        _agreed(4);
        _grant(_licence());
        Vm.Log memory entry = expectOne(Licences.LicenceGranted.selector);
        same(entry.topics[2], LICENCE, "licence");
        same(entry.topics[3], RIGHT, "right");
        bytes memory expected = abi.encode(DEAL, SELLER_HOLDER, BUYER_HOLDER, bytes32("terms"), START, END);
        same(keccak256(entry.data), keccak256(expected), "data");
        same(stateOf(DEAL), uint8(Deals.DealState.Licensed), "deal");
        _grant(_licence());
        expectNothing();
        Licences.Licence memory other = _licence();
        other.terms = "other";
        _grant(other);
        expectRefused(LICENCE, Batches.IdTaken.selector);
        (uint64 seq, uint8 kind, uint64 startsAt, uint64 endsAt) = register.licenceOf(LICENCE);
        same(seq, 2, "seq");
        same(kind, 4, "kind");
        same(startsAt, START, "start");
        same(endsAt, END, "end");
    }

    function test_a_licence_needs_a_standing_licence_deal_of_that_right() public {
        _grant(_licence());
        expectRefused(LICENCE, Batches.RecordUnknown.selector);
        _agreed(3);
        Licences.Licence memory item = _licence();
        item.rightId = "other right";
        _grant(item);
        expectRefused(LICENCE, Batches.AnotherRight.selector);
        unwind(DEAL, "LATE");
        absorb();
        _grant(_licence());
        expectRefused(LICENCE, Deals.DealStateForbids.selector);
    }

    function test_an_assignment_or_a_delivery_grants_no_licence() public {
        for (uint8 kind = 1; kind <= 5; kind += 4) {
            Licences.Licence memory item = _licence();
            item.dealId = bytes32(uint256(kind));
            record(newDeal(item.dealId, kind));
            absorb();
            _grant(item);
            expectRefused(LICENCE, Deals.DealKindForbids.selector);
        }
    }

    function test_every_licence_kind_grants() public {
        for (uint8 kind = 2; kind <= 4; ++kind) {
            Licences.Licence memory item = _licence();
            item.dealId = bytes32(uint256(kind));
            item.licenceId = bytes32(uint256(kind));
            record(newDeal(item.dealId, kind));
            absorb();
            _grant(item);
            expectOne(Licences.LicenceGranted.selector);
        }
    }

    function test_one_deal_grants_one_licence() public {
        _agreed(4);
        _grant(_licence());
        absorb();
        Licences.Licence memory second = _licence();
        second.licenceId = "second";
        _grant(second);
        expectRefused("second", Deals.DealStateForbids.selector);
    }

    function test_zero_values_and_empty_terms_are_refused() public {
        _agreed(4);
        for (uint256 i = 0; i < 4; ++i) {
            Licences.Licence memory item = _licence();
            if (i == 0) item.licenceId = 0;
            if (i == 1) item.licensor = 0;
            if (i == 2) item.licensee = 0;
            if (i == 3) item.terms = 0;
            _grant(item);
            expectRefused(item.licenceId, Batches.ZeroValue.selector);
        }
        Licences.Licence memory empty = _licence();
        empty.endsAt = START;
        _grant(empty);
        expectRefused(LICENCE, Licences.LicenceTermInvalid.selector);
    }

    function test_a_licence_ends_once_within_its_term(uint64 endedAt) public {
        _agreed(4);
        _grant(_licence());
        absorb();
        _end(RIGHT, endedAt, "BREACH");
        if (endedAt < START || endedAt >= END) {
            expectRefused(LICENCE, Licences.LicenceTermInvalid.selector);
            return;
        }
        Vm.Log memory entry = expectOne(Licences.LicenceEnded.selector);
        same(keccak256(entry.data), keccak256(abi.encode(END, endedAt, bytes32("BREACH"))), "old and new end");
        _end(RIGHT, endedAt, "BREACH");
        expectNothing();
        _end(RIGHT, endedAt, "other");
        expectRefused(LICENCE, Batches.AlreadyEnded.selector);
        (,,, uint64 endsAt) = register.licenceOf(LICENCE);
        same(endsAt, endedAt, "end");
    }

    function test_ending_within_the_term_is_recorded() public {
        test_a_licence_ends_once_within_its_term(START + 7 days);
    }

    function test_ending_an_unknown_licence_or_under_another_right_is_refused() public {
        _end(RIGHT, START, "BREACH");
        expectRefused(LICENCE, Batches.RecordUnknown.selector);
        _agreed(4);
        _grant(_licence());
        absorb();
        _end("other right", START, "BREACH");
        expectRefused(LICENCE, Batches.AnotherRight.selector);
    }

    function test_a_licence_moves_no_holder_and_is_settled() public {
        recordRight(RIGHT, SELLER_HOLDER);
        _agreed(2);
        settle(DEAL);
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        _grant(_licence());
        absorb();
        settle(DEAL);
        expectOne(Deals.DealSettled.selector);
        same(holderOf(RIGHT), SELLER_HOLDER, "holder");
        _grant(_licence());
        expectNothing();
    }

    function _agreed(uint8 kind) private {
        record(newDeal(DEAL, kind));
        absorb();
    }

    function _licence() private pure returns (Licences.Licence memory) {
        return Licences.Licence(LICENCE, RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, "terms", START, END);
    }

    function _grant(Licences.Licence memory item) private {
        Licences.Licence[] memory items = new Licences.Licence[](1);
        items[0] = item;
        register.recordLicences(items);
    }

    function _end(bytes32 rightId, uint64 endedAt, bytes32 reason) private {
        Licences.LicenceEnding[] memory items = new Licences.LicenceEnding[](1);
        items[0] = Licences.LicenceEnding(LICENCE, rightId, endedAt, reason);
        register.endLicences(items);
    }
}
