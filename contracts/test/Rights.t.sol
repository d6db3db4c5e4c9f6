// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {EventLog} from "../EventLog.sol";
import {Rights} from "../Rights.sol";
import {PartyFixture} from "./PartyFixture.sol";
import {Vm} from "./TestBase.sol";

contract RightsTest is PartyFixture {
    function test_a_right_is_entered_once_with_its_holder() public {
        recordRight(RIGHT, SELLER_HOLDER);
        expectEvent(Rights.RightRegistered.selector, RIGHT, abi.encode(SELLER_HOLDER, PROOF));
        recordRight(RIGHT, SELLER_HOLDER);
        expectNothing();
        recordRight(RIGHT, BUYER_HOLDER);
        expectRefused(RIGHT, Batches.IdTaken.selector);
        (uint64 seq, bytes32 holder) = register.rightOf(RIGHT);
        same(seq, 3, "seq");
        same(holder, SELLER_HOLDER, "holder");
    }

    function test_a_right_without_identifier_holder_or_document_is_refused() public {
        recordRight(0, SELLER_HOLDER);
        expectRefused(0, Batches.ZeroValue.selector);
        recordRight(RIGHT, 0);
        expectRefused(RIGHT, Batches.ZeroValue.selector);
        Rights.RightEntry[] memory entries = new Rights.RightEntry[](1);
        entries[0] = Rights.RightEntry(RIGHT, SELLER_HOLDER, 0);
        register.recordRights(entries);
        expectRefused(RIGHT, Batches.ZeroValue.selector);
    }

    function test_entering_a_right_again_never_brings_back_an_old_holder() public {
        _agreedAssignment();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        absorb();
        recordRight(RIGHT, SELLER_HOLDER);
        expectNothing();
        same(holderOf(RIGHT), BUYER_HOLDER, "holder");
    }

    function test_a_deal_alone_moves_no_holder() public {
        _agreedAssignment();
        same(holderOf(RIGHT), SELLER_HOLDER, "holder");
    }

    function test_a_confirmation_moves_the_holder_and_registers_the_deal() public {
        _agreedAssignment();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectEvent(
            Rights.RegistryConfirmed.selector, RIGHT, DEAL, abi.encode(SELLER_HOLDER, BUYER_HOLDER, PROOF)
        );
        same(holderOf(RIGHT), BUYER_HOLDER, "holder");
        same(stateOf(DEAL), uint8(Deals.DealState.Registered), "state");
    }

    function test_the_same_confirmation_again_changes_nothing_even_after_settlement_and_resale() public {
        _agreedAssignment();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        same(absorb().length, 1, "once");
        settle(DEAL);
        record(newDeal(dealId("resale"), 1));
        confirm(RIGHT, dealId("resale"), BUYER_HOLDER, "third", PROOF);
        absorb();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectNothing();
        same(holderOf(RIGHT), "third", "holder");
    }

    function test_another_confirmation_of_a_registered_deal_is_refused() public {
        _agreedAssignment();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        absorb();
        confirm(RIGHT, DEAL, BUYER_HOLDER, "third", PROOF);
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, "other proof");
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        same(holderOf(RIGHT), BUYER_HOLDER, "holder");
    }

    function test_a_confirmation_needs_a_standing_assignment_of_that_right() public {
        recordRight(RIGHT, SELLER_HOLDER);
        recordRight("other right", SELLER_HOLDER);
        absorb();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Batches.RecordUnknown.selector);
        record(newDeal(DEAL, 1));
        absorb();
        confirm("other right", DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Batches.AnotherRight.selector);
        unwind(DEAL, "LATE");
        absorb();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        for (uint8 kind = 2; kind <= 5; ++kind) {
            bytes32 id = dealId(bytes12(uint96(kind)));
            record(newDeal(id, kind));
            absorb();
            confirm(RIGHT, id, SELLER_HOLDER, BUYER_HOLDER, PROOF);
            expectRefused(id, Deals.DealKindForbids.selector);
        }
        cancel(newDeal(dealId("cancelled"), 1), SELLER_KEY);
        absorb();
        confirm(RIGHT, dealId("cancelled"), SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectRefused(dealId("cancelled"), Deals.DealStateForbids.selector);
        same(holderOf(RIGHT), SELLER_HOLDER, "holder");
    }

    function test_an_accepted_offer_moves_no_holder() public {
        recordRight(RIGHT, SELLER_HOLDER);
        accept(acceptance(offer(newOffer(1)), "deal"));
        absorb();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Deals.DealKindForbids.selector);
    }

    function test_a_confirmation_must_name_the_holder_on_record(bytes32 oldHolder) public {
        vm.assume(oldHolder != SELLER_HOLDER && oldHolder != BUYER_HOLDER && oldHolder != 0);
        _agreedAssignment();
        confirm(RIGHT, DEAL, oldHolder, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Rights.HolderMismatch.selector);
    }

    function test_a_confirmation_without_old_new_or_proof_is_refused() public {
        _agreedAssignment();
        confirm(RIGHT, DEAL, 0, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Batches.ZeroValue.selector);
        confirm(RIGHT, DEAL, SELLER_HOLDER, 0, PROOF);
        expectRefused(DEAL, Batches.ZeroValue.selector);
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, 0);
        expectRefused(DEAL, Batches.ZeroValue.selector);
        confirm(RIGHT, DEAL, SELLER_HOLDER, SELLER_HOLDER, PROOF);
        expectRefused(DEAL, Rights.HolderUnchanged.selector);
    }

    function test_an_unknown_right_is_refused() public {
        record(newDeal(DEAL, 1));
        absorb();
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectRefused(DEAL, Rights.RightUnknown.selector);
    }

    function test_a_change_without_a_deal_is_recorded_once_and_its_refusal_names_its_content() public {
        recordRight(RIGHT, SELLER_HOLDER);
        absorb();
        confirm(RIGHT, 0, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectEvent(
            Rights.RegistryConfirmed.selector, RIGHT, 0, abi.encode(SELLER_HOLDER, BUYER_HOLDER, PROOF)
        );
        confirm(RIGHT, 0, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        expectNothing();
        confirm(RIGHT, 0, SELLER_HOLDER, "third", PROOF);
        bytes32 id = keccak256(abi.encode(RIGHT, bytes32(0), SELLER_HOLDER, bytes32("third"), PROOF));
        expectRefused(id, Rights.HolderMismatch.selector);
    }

    function test_a_batch_of_confirmations_skips_the_bad_one() public {
        bytes32[3] memory rights = [bytes32("r1"), "r2", "r3"];
        Rights.Confirmation[] memory items = new Rights.Confirmation[](3);
        for (uint256 i = 0; i < 3; ++i) {
            recordRight(rights[i], SELLER_HOLDER);
            items[i] = Rights.Confirmation(rights[i], 0, i == 1 ? PROOF : SELLER_HOLDER, BUYER_HOLDER, PROOF);
        }
        absorb();
        register.confirmRegistrations(items);
        Vm.Log[] memory entries = absorb();
        same(entries.length, 3, "events");
        same(entries[1].topics[0], EventLog.ItemRefused.selector, "second");
        same(holderOf("r1"), BUYER_HOLDER, "first");
        same(holderOf("r2"), SELLER_HOLDER, "second stays");
        same(holderOf("r3"), BUYER_HOLDER, "third");
    }

    function test_batches_above_the_bound_revert_whole() public {
        bytes memory tooLong = abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256);
        reverts(abi.encodeCall(register.recordRights, (new Rights.RightEntry[](257))), tooLong);
        reverts(abi.encodeCall(register.confirmRegistrations, (new Rights.Confirmation[](257))), tooLong);
    }

    function _agreedAssignment() private {
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(DEAL, 1));
        absorb();
    }
}
