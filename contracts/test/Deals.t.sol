// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {EventLog} from "../EventLog.sol";
import {PartySignature} from "../PartySignature.sol";
import {ContractAccount} from "./ContractAccount.sol";
import {RegisterFixture} from "./RegisterFixture.sol";
import {Vm} from "./TestBase.sol";

contract DealsTest is RegisterFixture {
    uint256 private constant CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    function test_a_deal_signed_by_both_is_recorded_with_every_field() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal);
        Vm.Log memory entry = expectOne(Deals.DealAgreed.selector);
        same(entry.topics[2], deal.rightId, "right");
        same(entry.topics[3], deal.dealId, "deal");
        bytes memory expected = abi.encode(
            deal.kind, deal.seller, deal.buyer, deal.terms, deal.contractText, deal.deadline
        );
        same(keccak256(entry.data), keccak256(expected), "data");
        (uint64 seq, uint8 kind, Deals.DealState state) = register.dealOf(DEAL);
        same(seq, 1, "seq");
        same(kind, 1, "kind");
        same(uint8(state), uint8(Deals.DealState.Agreed), "state");
    }

    function test_the_digest_is_the_eip712_digest_worked_out_by_hand() public view {
        Deals.Deal memory deal = newDeal(DEAL, 4);
        bytes32 typeHash = keccak256(
            "Deal(bytes32 dealId,bytes32 rightId,uint8 kind,address seller,address buyer,bytes32 terms,bytes32 contractText,uint64 deadline)"
        );
        same(register.DEAL_TYPEHASH(), typeHash, "type hash");
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("IPX Register"),
                keccak256("1"),
                block.chainid,
                address(register)
            )
        );
        bytes32 content = keccak256(
            abi.encode(
                typeHash,
                deal.dealId,
                deal.rightId,
                deal.kind,
                deal.seller,
                deal.buyer,
                deal.terms,
                deal.contractText,
                deal.deadline
            )
        );
        same(register.dealDigest(deal), keccak256(abi.encodePacked(hex"1901", domain, content)), "digest");
    }

    function test_the_same_deal_again_changes_nothing_even_after_its_deadline() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal);
        absorb();
        vm.warp(uint256(deal.deadline) + 1);
        record(deal);
        expectNothing();
    }

    function test_the_same_deal_again_changes_nothing_after_it_was_unwound() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal);
        unwind(DEAL, "LATE");
        absorb();
        record(deal);
        expectNothing();
        same(stateOf(DEAL), uint8(Deals.DealState.Unwound), "state");
    }

    function test_another_deal_under_a_taken_identifier_is_refused() public {
        record(newDeal(DEAL, 1));
        absorb();
        Deals.Deal memory other = newDeal(DEAL, 1);
        other.terms = keccak256("other terms");
        record(other);
        expectRefused(DEAL, Batches.IdTaken.selector);
    }

    function test_signatures_of_65_bytes_are_taken() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, _long(SELLER_KEY, deal), _long(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_holding_every_role_and_no_party_key_records_no_deal() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, signed(0xDEAD, deal), signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
        record(deal, signed(SELLER_KEY, deal), signed(0xDEAD, deal));
        expectRefused(DEAL, Deals.BuyerSignatureInvalid.selector);
        record(deal, "", "");
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
        (uint64 seq,,) = register.dealOf(DEAL);
        same(seq, 0, "nothing on record");
    }

    function test_swapped_signatures_are_refused() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, signed(BUYER_KEY, deal), signed(SELLER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
    }

    function test_a_malleable_signature_is_refused_by_name() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, _malleable(SELLER_KEY, deal), signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SignatureMalleable.selector);
        record(deal, signed(SELLER_KEY, deal), _malleable(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SignatureMalleable.selector);
    }

    function test_an_expired_deal_is_refused_and_the_last_second_is_not() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        vm.warp(uint256(deal.deadline) + 1);
        record(deal);
        expectRefused(DEAL, Deals.DealExpired.selector);
        vm.warp(deal.deadline);
        record(deal);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_signature_for_another_chain_is_refused() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = signed(SELLER_KEY, deal);
        bytes memory buyer = signed(BUYER_KEY, deal);
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        record(deal, seller, buyer);
        vm.chainId(here);
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
    }

    function test_one_party_on_both_sides_is_refused() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.buyer = deal.seller;
        record(deal, signed(SELLER_KEY, deal), signed(SELLER_KEY, deal));
        expectRefused(DEAL, Deals.SellerIsBuyer.selector);
    }

    function test_only_kinds_1_to_5_are_taken(uint8 kind) public {
        record(newDeal(DEAL, kind));
        if (kind >= 1 && kind <= 5) expectOne(Deals.DealAgreed.selector);
        else expectRefused(DEAL, Deals.DealKindUnknown.selector);
    }

    function test_zero_fields_are_refused() public {
        for (uint256 i = 0; i < 5; ++i) {
            Deals.Deal memory deal = newDeal(DEAL, 1);
            if (i == 0) deal.dealId = 0;
            if (i == 1) deal.rightId = 0;
            if (i == 2) deal.terms = 0;
            if (i == 3) deal.seller = address(0);
            if (i == 4) deal.buyer = address(0);
            record(deal);
            expectRefused(deal.dealId, Batches.ZeroValue.selector);
        }
    }

    function test_any_changed_field_breaks_both_signatures(uint256 field, bytes32 noise) public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = signed(SELLER_KEY, deal);
        bytes memory buyer = signed(BUYER_KEY, deal);
        bytes32 before = register.dealDigest(deal);
        field = bound(field, 0, 5);
        if (field == 0) deal.dealId = noise;
        if (field == 1) deal.rightId = noise;
        if (field == 2) deal.terms = noise;
        if (field == 3) deal.contractText = noise;
        if (field == 4) deal.kind = uint8(bound(uint256(noise), 2, 5));
        if (field == 5) deal.deadline = uint64(bound(uint256(noise), NOW, type(uint64).max));
        vm.assume(register.dealDigest(deal) != before);
        vm.assume(deal.dealId != 0 && deal.rightId != 0 && deal.terms != 0);
        record(deal, seller, buyer);
        expectRefused(deal.dealId, Deals.SellerSignatureInvalid.selector);
    }

    function test_a_flipped_signature_bit_is_refused(uint256 bit, bool ofSeller) public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = signed(SELLER_KEY, deal);
        bytes memory buyer = signed(BUYER_KEY, deal);
        bytes memory flipped = ofSeller ? seller : buyer;
        bit = bound(bit, 0, 511);
        flipped[bit / 8] = bytes1(uint8(flipped[bit / 8]) ^ uint8(1 << (bit % 8)));
        record(deal, seller, buyer);
        Vm.Log memory entry = expectOne(EventLog.ItemRefused.selector);
        bytes4 selector = abi.decode(entry.data, (bytes4));
        check(
            selector == Deals.SignatureMalleable.selector
                || selector == (ofSeller ? Deals.SellerSignatureInvalid.selector : Deals.BuyerSignatureInvalid.selector),
            "named refusal"
        );
    }

    function test_a_bad_item_leaves_the_rest_of_the_batch_standing() public {
        Deals.Deal[] memory deals = new Deals.Deal[](3);
        bytes[] memory sellers = new bytes[](3);
        bytes[] memory buyers = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            deals[i] = newDeal(bytes32(i + 1), 1);
            sellers[i] = signed(i == 1 ? 0xDEAD : SELLER_KEY, deals[i]);
            buyers[i] = signed(BUYER_KEY, deals[i]);
        }
        register.recordDeals(deals, sellers, buyers);
        Vm.Log[] memory entries = absorb();
        same(entries.length, 3, "events");
        same(entries[1].topics[0], EventLog.ItemRefused.selector, "the second is refused");
        same(stateOf(bytes32(uint256(1))), 1, "first stands");
        same(stateOf(bytes32(uint256(2))), 0, "second does not");
        same(stateOf(bytes32(uint256(3))), 1, "third stands");
    }

    function test_an_identifier_twice_in_one_batch_stands_once() public {
        Deals.Deal[] memory deals = new Deals.Deal[](2);
        bytes[] memory sellers = new bytes[](2);
        bytes[] memory buyers = new bytes[](2);
        for (uint256 i = 0; i < 2; ++i) {
            deals[i] = newDeal(DEAL, 1);
            sellers[i] = signed(SELLER_KEY, deals[i]);
            buyers[i] = signed(BUYER_KEY, deals[i]);
        }
        register.recordDeals(deals, sellers, buyers);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_lists_of_different_length_are_refused_whole() public {
        Deals.Deal[] memory deals = new Deals.Deal[](1);
        deals[0] = newDeal(DEAL, 1);
        vm.expectRevert(Deals.LengthsDiffer.selector);
        register.recordDeals(deals, new bytes[](0), new bytes[](1));
        vm.expectRevert(Deals.LengthsDiffer.selector);
        register.recordDeals(deals, new bytes[](1), new bytes[](2));
    }

    function test_a_batch_above_the_bound_is_refused_whole() public {
        bytes32[] memory ids = new bytes32[](register.MAX_BATCH() + 1);
        vm.expectRevert(abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256));
        register.settleDeals(ids);
    }

    function test_a_contract_account_may_sign_for_a_party() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.seller = address(new ContractAccount(ContractAccount.Manner.AcceptsOwner, vm.addr(SELLER_KEY)));
        record(deal, _long(0xDEAD, deal), signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
        record(deal, _long(SELLER_KEY, deal), signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_misbehaving_contract_account_is_refused_and_harms_no_other_item() public {
        for (uint8 manner = 2; manner <= 6; ++manner) {
            if (ContractAccount.Manner(manner) == ContractAccount.Manner.AnswersAtLength) continue;
            Deals.Deal[] memory deals = new Deals.Deal[](2);
            bytes[] memory sellers = new bytes[](2);
            bytes[] memory buyers = new bytes[](2);
            deals[0] = newDeal(keccak256(abi.encode("bad", manner)), 1);
            deals[0].seller = address(new ContractAccount(ContractAccount.Manner(manner), address(0)));
            deals[1] = newDeal(keccak256(abi.encode("good", manner)), 1);
            for (uint256 i = 0; i < 2; ++i) {
                sellers[i] = signed(SELLER_KEY, deals[i]);
                buyers[i] = signed(BUYER_KEY, deals[i]);
            }
            register.recordDeals(deals, sellers, buyers);
            Vm.Log[] memory entries = absorb();
            same(entries[0].topics[0], EventLog.ItemRefused.selector, "refused");
            same(entries[1].topics[0], Deals.DealAgreed.selector, "the other stands");
        }
    }

    function test_a_long_answer_of_a_contract_account_is_not_copied() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.seller = address(new ContractAccount(ContractAccount.Manner.AnswersAtLength, address(0)));
        record(deal, "x", signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_sender_cannot_starve_a_contract_account_into_refusal() public {
        Deals.Deal[] memory deals = new Deals.Deal[](1);
        bytes[] memory sellers = new bytes[](1);
        bytes[] memory buyers = new bytes[](1);
        deals[0] = newDeal(DEAL, 1);
        deals[0].seller = address(new ContractAccount(ContractAccount.Manner.AcceptsAll, address(0)));
        buyers[0] = signed(BUYER_KEY, deals[0]);
        vm.expectRevert(PartySignature.TooLittleGas.selector);
        register.recordDeals{gas: 150_000}(deals, sellers, buyers);
    }

    function test_an_account_with_delegated_code_still_signs_with_its_key() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        ContractAccount refuses = new ContractAccount(ContractAccount.Manner.AnswersWrong, address(0));
        vm.etch(deal.seller, address(refuses).code);
        record(deal);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_signature_beyond_the_length_bound_is_refused() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.seller = address(new ContractAccount(ContractAccount.Manner.AcceptsAll, address(0)));
        record(deal, new bytes(4097), signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
        record(deal, new bytes(4096), signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_pausing_stops_new_deals_and_nothing_else() public {
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(DEAL, 1));
        record(newDeal("other", 1));
        absorb();
        register.pauseDeals();
        Vm.Log memory entry = expectOne(Deals.DealsPauseChanged.selector);
        same(keccak256(entry.data), keccak256(abi.encode(false, true)), "old and new");
        check(register.dealsPaused(), "paused");
        Deals.Deal memory deal = newDeal("third", 1);
        bytes memory seller = signed(SELLER_KEY, deal);
        bytes memory buyer = signed(BUYER_KEY, deal);
        vm.expectRevert(Deals.DealsArePaused.selector);
        this.recordFromOutside(deal, seller, buyer);
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        settle(DEAL);
        unwind("other", "LATE");
        same(absorb().length, 3, "all else goes on");
        register.pauseDeals();
        expectNothing();
        register.resumeDeals();
        expectOne(Deals.DealsPauseChanged.selector);
        record(deal, seller, buyer);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_settling_takes_a_registered_assignment() public {
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(DEAL, 1));
        absorb();
        settle(DEAL);
        expectRefused(DEAL, Deals.DealStateForbids.selector);
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        absorb();
        settle(DEAL);
        Vm.Log memory entry = expectOne(Deals.DealSettled.selector);
        same(keccak256(entry.data), keccak256(abi.encode(2, 4)), "old and new state");
        settle(DEAL);
        expectNothing();
    }

    function test_settling_an_unknown_deal_is_refused() public {
        settle(DEAL);
        expectRefused(DEAL, Batches.RecordUnknown.selector);
    }

    function test_a_delivery_is_settled_from_agreed() public {
        record(newDeal(DEAL, 5));
        absorb();
        settle(DEAL);
        expectOne(Deals.DealSettled.selector);
    }

    function test_unwinding_is_open_only_before_effect() public {
        unwind(DEAL, "LATE");
        expectRefused(DEAL, Batches.RecordUnknown.selector);
        recordRight(RIGHT, SELLER_HOLDER);
        record(newDeal(DEAL, 1));
        confirm(RIGHT, DEAL, SELLER_HOLDER, BUYER_HOLDER, PROOF);
        absorb();
        unwind(DEAL, "LATE");
        expectRefused(DEAL, Deals.DealStateForbids.selector);
    }

    function test_unwinding_once_and_for_one_reason() public {
        record(newDeal(DEAL, 1));
        absorb();
        unwind(DEAL, "LATE");
        Vm.Log memory entry = expectOne(Deals.DealUnwound.selector);
        same(entry.topics[2], DEAL, "deal");
        same(entry.topics[3], "LATE", "reason");
        unwind(DEAL, "LATE");
        expectNothing();
        unwind(DEAL, "other");
        expectRefused(DEAL, Batches.AlreadyEnded.selector);
    }

    function recordFromOutside(Deals.Deal memory deal, bytes memory seller, bytes memory buyer) external {
        record(deal, seller, buyer);
    }

    function _long(uint256 key, Deals.Deal memory deal) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, register.dealDigest(deal));
        return abi.encodePacked(r, s, v);
    }

    function _malleable(uint256 key, Deals.Deal memory deal) private view returns (bytes memory) {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(key, register.dealDigest(deal));
        return abi.encodePacked(r, bytes32(CURVE_ORDER - uint256(s)), v == 27 ? uint8(28) : uint8(27));
    }
}
