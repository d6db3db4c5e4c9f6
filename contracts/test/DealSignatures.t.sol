// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../Deals.sol";
import {EventLog} from "../EventLog.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";
import {AnyRegister} from "./RegisterFixture.sol";
import {Vm} from "./TestBase.sol";

contract DealSignaturesTest is PartyFixture {
    function test_signatures_of_65_bytes_are_taken() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, signedLong(SELLER_KEY, hashDeal(deal)), signedLong(BUYER_KEY, hashDeal(deal)));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_holding_every_role_and_no_partys_key_records_no_deal() public {
        (bool administrator,) = manager.hasRole(0, address(this));
        check(administrator, "administrator too");
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal, signed(STRANGER_KEY, deal), signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
        record(deal, signed(SELLER_KEY, deal), signed(STRANGER_KEY, deal));
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
        record(deal, signedHigh(SELLER_KEY, hashDeal(deal)), signed(BUYER_KEY, deal));
        expectRefused(DEAL, PartySignature.SignatureMalleable.selector);
        record(deal, signed(SELLER_KEY, deal), signedHigh(BUYER_KEY, hashDeal(deal)));
        expectRefused(DEAL, PartySignature.SignatureMalleable.selector);
    }

    function test_a_short_signature_with_high_s_is_refused_by_name() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory high = abi.encodePacked(bytes32(uint256(1)), type(uint256).max >> 1);
        record(deal, high, signed(BUYER_KEY, deal));
        expectRefused(DEAL, PartySignature.SignatureMalleable.selector);
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

    function test_a_signature_for_another_contract_is_refused() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        AnyRegister here = register;
        register = newRegister(address(0));
        bytes memory seller = signed(SELLER_KEY, deal);
        bytes memory buyer = signed(BUYER_KEY, deal);
        register = here;
        record(deal, seller, buyer);
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
    }

    function test_a_key_that_nobody_enrolled_is_refused_on_either_side() public {
        Deals.Deal memory deal = _by(STRANGER_KEY, BUYER_KEY);
        record(deal, signed(STRANGER_KEY, deal), signed(BUYER_KEY, deal));
        expectRefused(deal.dealId, Parties.KeyUnknown.selector);
        deal = _by(SELLER_KEY, STRANGER_KEY);
        record(deal, signed(SELLER_KEY, deal), signed(STRANGER_KEY, deal));
        expectRefused(deal.dealId, Parties.KeyUnknown.selector);
    }

    function test_a_replaced_key_is_refused_and_its_successor_is_not() public {
        rotate(SELLER_KEY, NEW_KEY);
        absorb();
        record(newDeal(DEAL, 1));
        expectRefused(DEAL, Parties.KeyNotLive.selector);
        Deals.Deal memory deal = _by(NEW_KEY, BUYER_KEY);
        record(deal, signed(NEW_KEY, deal), signed(BUYER_KEY, deal));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_revoked_key_is_refused() public {
        revoke(SELLER_KEY);
        absorb();
        record(newDeal(DEAL, 1));
        expectRefused(DEAL, Parties.KeyNotLive.selector);
    }

    function test_what_was_signed_under_another_counter_is_refused(uint32 counter) public {
        counter = uint32(bound(counter, 1, type(uint32).max));
        advance(BUYER, BUYER_KEY, counter);
        absorb();
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal);
        expectRefused(DEAL, Parties.CounterDiffers.selector);
        deal.buyerCounter = counter;
        record(deal);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_a_counter_ahead_of_the_key_is_refused(uint32 counter) public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.sellerCounter = uint32(bound(counter, 1, type(uint32).max));
        record(deal);
        expectRefused(DEAL, Parties.CounterDiffers.selector);
    }

    function test_any_changed_field_breaks_the_signatures(uint256 field, bytes32 noise) public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = signed(SELLER_KEY, deal);
        bytes memory buyer = signed(BUYER_KEY, deal);
        bytes32 before = hashDeal(deal);
        field = bound(field, 0, 5);
        if (field == 0) deal.dealId = dealId(bytes12(noise));
        if (field == 1) deal.rightId = noise;
        if (field == 2) deal.terms = noise;
        if (field == 3) deal.contractText = noise;
        if (field == 4) deal.kind = uint8(bound(uint256(noise), 2, 5));
        if (field == 5) deal.deadline = uint64(bound(uint256(noise), NOW, type(uint64).max));
        vm.assume(hashDeal(deal) != before && deal.rightId != 0 && deal.terms != 0);
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
        bytes4 expected = ofSeller ? Deals.SellerSignatureInvalid.selector : Deals.BuyerSignatureInvalid.selector;
        check(
            selector == PartySignature.SignatureMalleable.selector
                || selector == expected,
            "named refusal"
        );
    }

    function test_a_wrong_v_is_refused(uint8 v) public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = signedLong(SELLER_KEY, hashDeal(deal));
        vm.assume(v != uint8(seller[64]));
        seller[64] = bytes1(v);
        record(deal, seller, signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
    }

    function test_a_signature_of_another_length_is_refused(uint8 length) public {
        vm.assume(length != 64 && length != 65);
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = signedLong(SELLER_KEY, hashDeal(deal));
        bytes memory cut = new bytes(length);
        for (uint256 i = 0; i < length && i < 65; ++i) {
            cut[i] = seller[i];
        }
        record(deal, cut, signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.SellerSignatureInvalid.selector);
    }

    function test_a_short_signature_behind_its_length_is_taken() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory seller = bytes.concat(abi.encode(uint256(0), uint256(64)), signed(SELLER_KEY, deal));
        register.recordAgreements(listOf(deal), bytes.concat(seller, signed(BUYER_KEY, deal)));
        expectOne(Deals.DealAgreed.selector);
    }

    function _by(uint256 seller, uint256 buyer) private pure returns (Deals.Deal memory deal) {
        deal.rightId = RIGHT;
        (deal.seller, deal.buyer) = (vm.addr(seller), vm.addr(buyer));
        deal.dealId = dealIdOf(deal.seller, deal.buyer, "deal");
        (deal.kind, deal.terms, deal.contractText, deal.deadline) = (1, "terms", "contract", DEADLINE);
    }
}
