// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {Licences} from "../Licences.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";

/// @dev Settling, unwinding and cancelling.
contract DealStepsTest is PartyFixture {
    uint8 private constant AGREED = uint8(Deals.DealState.Agreed);
    uint8 private constant REGISTERED = uint8(Deals.DealState.Registered);
    uint8 private constant LICENSED = uint8(Deals.DealState.Licensed);
    uint8 private constant SETTLED = uint8(Deals.DealState.Settled);
    uint8 private constant UNWOUND = uint8(Deals.DealState.Unwound);
    uint8 private constant CANCELLED = uint8(Deals.DealState.Cancelled);

    function test_settling_takes_a_registered_assignment() public {
        _registered();
        absorb();
        settle(DEAL);
        expectEvent(Deals.DealSettled.selector, DEAL, abi.encode(REGISTERED, SETTLED));
        settle(DEAL);
        expectNothing();
        same(stateOf(DEAL), SETTLED, "state");
    }

    function test_an_assignment_that_is_only_agreed_is_not_settled() public {
        record(newDeal(DEAL, 1));
        absorb();
        settle(DEAL);
        expectRefused(DEAL, Deals.DealStateForbids.selector);
    }

    function test_settling_takes_a_granted_licence() public {
        for (uint8 kind = 2; kind <= 4; ++kind) {
            bytes32 id = dealId(bytes12(uint96(kind)));
            record(newDeal(id, kind));
            absorb();
            settle(id);
            expectRefused(id, Deals.DealStateForbids.selector);
            Licences.Licence[] memory items = new Licences.Licence[](1);
            items[0] = Licences.Licence(
                id, RIGHT, id, 0, SELLER_HOLDER, BUYER_HOLDER, "terms", id, uint64(NOW), uint64(NOW + 1), false
            );
            register.recordLicences(items);
            absorb();
            settle(id);
            expectEvent(Deals.DealSettled.selector, id, abi.encode(LICENSED, SETTLED));
        }
    }

    function test_a_delivery_is_settled_from_agreed() public {
        record(newDeal(DEAL, 5));
        absorb();
        settle(DEAL);
        expectEvent(Deals.DealSettled.selector, DEAL, abi.encode(AGREED, SETTLED));
    }

    function test_settling_an_unknown_unwound_or_cancelled_deal_is_refused() public {
        settle(DEAL);
        expectRefused(DEAL, Batches.RecordUnknown.selector);
        record(newDeal(DEAL, 5));
        unwind(DEAL, "LATE");
        cancel(newDeal(dealId("cancelled"), 5), SELLER_KEY);
        absorb();
        settle(DEAL);
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        settle(dealId("cancelled"));
        expectRefused(dealId("cancelled"), Deals.DealStateForbids.selector);
    }

    function test_unwinding_is_open_only_before_effect() public {
        unwind(DEAL, "LATE");
        expectRefused(DEAL, Batches.RecordUnknown.selector);
        _registered();
        absorb();
        unwind(DEAL, "LATE");
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        settle(DEAL);
        absorb();
        unwind(DEAL, "LATE");
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        cancel(newDeal(dealId("cancelled"), 1), SELLER_KEY);
        absorb();
        unwind(dealId("cancelled"), "LATE");
        expectRefused(dealId("cancelled"), Deals.DealStateForbids.selector);
    }

    function test_unwinding_once_and_for_one_reason() public {
        record(newDeal(DEAL, 1));
        absorb();
        unwind(DEAL, "LATE");
        expectEvent(Deals.DealUnwound.selector, DEAL, "LATE", abi.encode(AGREED, UNWOUND));
        unwind(DEAL, "LATE");
        expectNothing();
        unwind(DEAL, "other");
        expectRefused(DEAL, Batches.AlreadyEnded.selector);
    }

    function test_a_cancelled_deal_can_never_be_recorded() public {
        Deals.Deal memory deal = newDeal(DEAL, 3);
        cancel(deal, SELLER_KEY);
        expectEvent(Deals.DealCancelled.selector, RIGHT, DEAL, abi.encode(SELLER_ADDRESS, hashDeal(deal)));
        (uint64 seq, uint8 kind, Deals.DealState state) = register.dealOf(DEAL);
        same(seq, 3, "seq");
        same(kind, 3, "kind");
        same(uint8(state), CANCELLED, "state");
        record(deal);
        expectRefused(DEAL, Deals.DealIsCancelled.selector);
        deal.terms = "other terms";
        record(deal);
        expectRefused(DEAL, Batches.IdTaken.selector);
    }

    function test_either_party_cancels_and_again_changes_nothing() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        cancel(deal, BUYER_KEY);
        expectEvent(Deals.DealCancelled.selector, RIGHT, DEAL, abi.encode(BUYER_ADDRESS, hashDeal(deal)));
        cancel(deal, BUYER_KEY);
        cancel(deal, SELLER_KEY);
        expectNothing();
    }

    function test_only_a_party_of_the_deal_cancels_it() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes32 content = hashCancellation(deal);
        enrol("stranger", STRANGER_KEY);
        absorb();
        address stranger = vm.addr(STRANGER_KEY);
        reverts(
            abi.encodeCall(register.cancelDeal, (deal, stranger, signedMessage(STRANGER_KEY, content))),
            abi.encodeWithSelector(Deals.NotAParty.selector, stranger)
        );
        reverts(
            abi.encodeCall(register.cancelDeal, (deal, SELLER_ADDRESS, signedMessage(BUYER_KEY, content))),
            PartySignature.KeySignatureInvalid.selector
        );
        reverts(
            abi.encodeCall(register.cancelDeal, (deal, SELLER_ADDRESS, signedHigh(SELLER_KEY, content))),
            PartySignature.SignatureMalleable.selector
        );
    }

    function test_a_signature_over_the_deal_itself_cancels_nothing() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        reverts(
            abi.encodeCall(register.cancelDeal, (deal, SELLER_ADDRESS, signed(SELLER_KEY, deal))),
            PartySignature.KeySignatureInvalid.selector
        );
    }

    function test_only_a_live_key_cancels() public {
        Deals.Deal memory deal = newDeal(dealIdOf(vm.addr(STRANGER_KEY), BUYER_ADDRESS, "deal"), 1);
        deal.seller = vm.addr(STRANGER_KEY);
        bytes memory signature = signedMessage(STRANGER_KEY, hashCancellation(deal));
        reverts(abi.encodeCall(register.cancelDeal, (deal, deal.seller, signature)), Parties.KeyUnknown.selector);
        deal = newDeal(DEAL, 1);
        signature = signedMessage(SELLER_KEY, hashCancellation(deal));
        revoke(SELLER_KEY);
        absorb();
        reverts(abi.encodeCall(register.cancelDeal, (deal, SELLER_ADDRESS, signature)), Parties.KeyNotLive.selector);
    }

    function test_what_is_recorded_or_cancelled_in_another_form_cannot_be_cancelled() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal);
        absorb();
        bytes memory signature = signedMessage(SELLER_KEY, hashCancellation(deal));
        reverts(
            abi.encodeCall(register.cancelDeal, (deal, SELLER_ADDRESS, signature)), Deals.DealStateForbids.selector
        );
        deal = newDeal(dealId("second"), 1);
        cancel(deal, SELLER_KEY);
        absorb();
        deal.terms = "other terms";
        signature = signedMessage(SELLER_KEY, hashCancellation(deal));
        reverts(
            abi.encodeCall(register.cancelDeal, (deal, SELLER_ADDRESS, signature)), Deals.DealStateForbids.selector
        );
    }

    function test_a_batch_of_steps_above_the_bound_reverts_whole() public {
        bytes memory tooLong = abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256);
        reverts(abi.encodeCall(register.settleDeals, (new bytes32[](257))), tooLong);
        reverts(abi.encodeCall(register.unwindDeals, (new Deals.Unwinding[](257))), tooLong);
    }

    function _registered() private {
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(DEAL, 1));
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
    }
}
