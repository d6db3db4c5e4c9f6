// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {EventLog} from "../EventLog.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";
import {Vm} from "./TestBase.sol";

contract DealsTest is PartyFixture {
    function test_a_deal_signed_by_both_is_recorded_with_every_field(uint8 kind, bytes12 number) public {
        Deals.Deal memory deal = newDeal(dealId(number), uint8(bound(kind, 1, 5)));
        record(deal);
        expectEvent(
            Deals.DealAgreed.selector,
            deal.rightId,
            deal.dealId,
            abi.encode(deal.kind, deal.seller, deal.buyer, deal.terms, deal.contractText, deal.deadline)
        );
        (uint64 seq, uint8 kindOnRecord, Deals.DealState state) = register.dealOf(deal.dealId);
        same(seq, 3, "seq");
        same(kindOnRecord, deal.kind, "kind");
        same(uint8(state), uint8(Deals.DealState.Agreed), "state");
    }

    function test_the_digest_is_the_eip712_digest_worked_out_by_hand() public view {
        Deals.Deal memory deal = newDeal(DEAL, 4);
        same(register.dealDigest(deal), digestOf(hashDeal(deal)), "digest");
        (, string memory name, string memory version, uint256 chainId, address contract_,,) = register.eip712Domain();
        same(bytes(name), "IPX Register", "name");
        same(bytes(version), "1", "version");
        same(chainId, block.chainid, "chain");
        same(contract_, address(register), "contract");
    }

    function test_the_same_deal_again_changes_nothing_even_after_its_deadline() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        record(deal);
        absorb();
        vm.warp(uint256(deal.deadline) + 1);
        record(deal, "", "");
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

    function test_an_expired_deal_is_refused_and_the_last_second_is_not() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        vm.warp(uint256(deal.deadline) + 1);
        record(deal);
        expectRefused(DEAL, Deals.DealExpired.selector);
        vm.warp(deal.deadline);
        record(deal);
        expectOne(Deals.DealAgreed.selector);
    }

    function test_one_key_on_both_sides_is_refused() public {
        Deals.Deal memory deal = newDeal(dealIdOf(SELLER_ADDRESS, SELLER_ADDRESS, "deal"), 1);
        deal.buyer = deal.seller;
        record(deal, signed(SELLER_KEY, deal), signed(SELLER_KEY, deal));
        expectRefused(deal.dealId, Deals.SellerIsBuyer.selector);
    }

    function test_only_kinds_1_to_5_are_taken(uint8 kind) public {
        record(newDeal(DEAL, kind));
        if (kind >= 1 && kind <= 5) expectOne(Deals.DealAgreed.selector);
        else expectRefused(DEAL, Deals.DealKindUnknown.selector);
    }

    function test_the_kinds_beside_the_bounds_are_refused() public {
        record(newDeal(DEAL, 0));
        expectRefused(DEAL, Deals.DealKindUnknown.selector);
        record(newDeal(DEAL, 6));
        expectRefused(DEAL, Deals.DealKindUnknown.selector);
    }

    function test_a_deal_without_a_right_or_terms_is_refused() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.rightId = 0;
        record(deal);
        expectRefused(DEAL, Batches.ZeroValue.selector);
        deal = newDeal(DEAL, 1);
        deal.terms = 0;
        record(deal);
        expectRefused(DEAL, Batches.ZeroValue.selector);
    }

    function test_a_deal_with_the_zero_address_on_a_side_is_refused() public {
        Deals.Deal memory deal = newDeal(dealIdOf(address(0), BUYER_ADDRESS, "deal"), 1);
        deal.seller = address(0);
        record(deal, "", signed(BUYER_KEY, deal));
        expectRefused(deal.dealId, Parties.KeyUnknown.selector);
        deal = newDeal(dealIdOf(SELLER_ADDRESS, address(0), "deal"), 1);
        deal.buyer = address(0);
        record(deal, signed(SELLER_KEY, deal), "");
        expectRefused(deal.dealId, Parties.KeyUnknown.selector);
    }

    function test_an_identifier_that_does_not_carry_both_keys_is_refused(bytes32 id) public {
        vm.assume(id >> 96 != DEAL >> 96);
        record(newDeal(id, 1));
        expectRefused(id, Deals.DealIdForeign.selector);
    }

    function test_an_identifier_with_one_foreign_bit_is_refused(uint8 bit) public {
        bytes32 id = DEAL ^ bytes32(uint256(1) << bound(bit, 96, 255));
        record(newDeal(id, 1));
        expectRefused(id, Deals.DealIdForeign.selector);
    }

    function test_nobody_but_the_two_parties_can_occupy_an_identifier() public {
        enrol("stranger", STRANGER_KEY);
        absorb();
        address stranger = vm.addr(STRANGER_KEY);
        Deals.Deal memory deal = newDeal(DEAL, 1);
        deal.seller = stranger;
        record(deal, signed(STRANGER_KEY, deal), signed(BUYER_KEY, deal));
        expectRefused(DEAL, Deals.DealIdForeign.selector);
        deal = newDeal(DEAL, 1);
        deal.buyer = stranger;
        record(deal, signed(SELLER_KEY, deal), signed(STRANGER_KEY, deal));
        expectRefused(DEAL, Deals.DealIdForeign.selector);
        reverts(
            abi.encodeCall(
                register.cancelDeal, (deal, stranger, signedMessage(STRANGER_KEY, hashCancellation(deal)))
            ),
            Deals.DealIdForeign.selector
        );
        same(stateOf(DEAL), uint8(Deals.DealState.None), "free for the two");
    }

    function test_a_bad_item_leaves_the_rest_of_the_batch_standing() public {
        Deals.Deal[] memory deals = new Deals.Deal[](3);
        bytes memory signatures;
        for (uint256 i = 0; i < 3; ++i) {
            deals[i] = newDeal(dealId(bytes12(uint96(i + 1))), 1);
            uint256 seller = i == 1 ? STRANGER_KEY : SELLER_KEY;
            signatures = bytes.concat(signatures, signed(seller, deals[i]), signed(BUYER_KEY, deals[i]));
        }
        register.recordAgreements(deals, signatures);
        Vm.Log[] memory entries = absorb();
        same(entries.length, 3, "events");
        same(entries[1].topics[0], EventLog.ItemRefused.selector, "the second is refused");
        same(stateOf(deals[0].dealId), 1, "first stands");
        same(stateOf(deals[1].dealId), 0, "second does not");
        same(stateOf(deals[2].dealId), 1, "third stands");
        register.recordAgreements(deals, signatures);
        expectRefused(deals[1].dealId, Deals.SellerSignatureInvalid.selector);
    }

    function test_an_identifier_twice_in_one_batch_stands_once() public {
        Deals.Deal[] memory deals = new Deals.Deal[](2);
        deals[0] = deals[1] = newDeal(DEAL, 1);
        bytes memory both = bytes.concat(signed(SELLER_KEY, deals[0]), signed(BUYER_KEY, deals[0]));
        register.recordAgreements(deals, bytes.concat(both, both));
        expectOne(Deals.DealAgreed.selector);
    }

    function test_an_empty_batch_changes_nothing() public {
        register.recordAgreements(new Deals.Deal[](0), "");
        expectNothing();
    }

    function test_a_batch_above_the_bound_reverts_whole() public {
        reverts(
            abi.encodeCall(register.recordAgreements, (new Deals.Deal[](257), "")),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
        same(register.MAX_BATCH(), 256, "bound");
    }

    function test_signatures_that_do_not_end_with_their_items_revert_whole() public {
        Deals.Deal memory deal = newDeal(DEAL, 1);
        bytes memory both = bytes.concat(signed(SELLER_KEY, deal), signed(BUYER_KEY, deal));
        bytes memory one = signed(SELLER_KEY, deal);
        bytes[4] memory wrong = [one, bytes(""), bytes.concat(both, hex"00"), bytes.concat(both, one)];
        for (uint256 i = 0; i < wrong.length; ++i) {
            reverts(
                abi.encodeCall(register.recordAgreements, (listOf(deal), wrong[i])),
                PartySignature.SignaturesMisplaced.selector
            );
        }
    }
}
