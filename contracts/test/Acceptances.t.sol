// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {EventLog} from "../EventLog.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";
import {Vm} from "./TestBase.sol";

contract AcceptancesTest is PartyFixture {
    bytes32 private offerId;

    function setUp() public override {
        super.setUp();
        offerId = offer(newOffer(2));
        absorb();
    }

    function test_an_acceptance_makes_an_agreed_deal_for_an_ordinary_licence() public {
        accept(acceptance(offerId, "deal"));
        expectEvent(
            Offers.OfferAccepted.selector, RIGHT, DEAL, abi.encode(offerId, BUYER_ADDRESS, DEADLINE)
        );
        (uint64 seq, uint8 kind, Deals.DealState state) = register.dealOf(DEAL);
        same(seq, 4, "seq");
        same(kind, 4, "ordinary licence");
        same(uint8(state), uint8(Deals.DealState.Agreed), "agreed");
        (,,, uint32 accepted,,) = register.offerOf(offerId);
        same(accepted, 1, "accepted");
    }

    function test_the_same_acceptance_again_is_passed_over_whatever_became_of_the_offer() public {
        accept(acceptance(offerId, "deal"));
        withdraw(newOffer(2));
        absorb();
        vm.warp(uint256(DEADLINE) + 1);
        accept(acceptance(offerId, "deal"), "");
        expectNothing();
        (,,, uint32 accepted,,) = register.offerOf(offerId);
        same(accepted, 1, "counted once");
    }

    function test_holding_every_role_and_no_partys_key_accepts_no_offer() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        bytes32 content = hashAcceptance(item);
        accept(item, "");
        expectRefused(DEAL, Deals.BuyerSignatureInvalid.selector);
        accept(item, signedMessage(STRANGER_KEY, content));
        expectRefused(DEAL, Deals.BuyerSignatureInvalid.selector);
        accept(item, signedMessage(SELLER_KEY, content));
        expectRefused(DEAL, Deals.BuyerSignatureInvalid.selector);
        accept(item, signedHigh(BUYER_KEY, content));
        expectRefused(DEAL, PartySignature.SignatureMalleable.selector);
        bytes32 forged = hashOffer(newOffer(7));
        accept(acceptance(forged, "deal"));
        expectRefused(DEAL, Batches.RecordUnknown.selector);
    }

    function test_an_offer_is_accepted_no_more_often_than_its_most() public {
        accept(acceptance(offerId, "first"));
        accept(acceptance(offerId, "second"));
        absorb();
        accept(acceptance(offerId, "third"));
        expectRefused(dealId("third"), Offers.OfferUsedUp.selector);
    }

    function test_a_withdrawn_offer_is_accepted_no_more() public {
        withdraw(newOffer(2));
        absorb();
        accept(acceptance(offerId, "deal"));
        expectRefused(DEAL, Offers.OfferIsWithdrawn.selector);
    }

    function test_an_expired_offer_is_accepted_no_more() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        item.deadline = DEADLINE + 1 days;
        vm.warp(uint256(DEADLINE) + 1);
        accept(item);
        expectRefused(DEAL, Offers.OfferExpired.selector);
        vm.warp(DEADLINE);
        accept(item);
        expectOne(Offers.OfferAccepted.selector);
    }

    function test_an_expired_acceptance_is_refused_and_the_last_second_is_not() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        item.deadline = uint64(NOW + 1);
        vm.warp(NOW + 2);
        accept(item);
        expectRefused(DEAL, Deals.DealExpired.selector);
        vm.warp(NOW + 1);
        accept(item);
        expectOne(Offers.OfferAccepted.selector);
    }

    function test_an_acceptance_names_the_offers_own_right() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        item.rightId = "other right";
        accept(item);
        expectRefused(DEAL, Batches.AnotherRight.selector);
    }

    function test_the_seller_accepts_no_offer_of_its_own() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        item.buyer = SELLER_ADDRESS;
        item.dealId = dealIdOf(SELLER_ADDRESS, SELLER_ADDRESS, "deal");
        accept(item, signedMessage(SELLER_KEY, hashAcceptance(item)));
        expectRefused(item.dealId, Deals.SellerIsBuyer.selector);
    }

    function test_an_acceptances_identifier_carries_both_keys() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        item.dealId = "any";
        accept(item);
        expectRefused("any", Deals.DealIdForeign.selector);
    }

    function test_the_sellers_key_must_still_be_live_under_the_offers_counter() public {
        advance(SELLER, SELLER_KEY, 1);
        absorb();
        accept(acceptance(offerId, "deal"));
        expectRefused(DEAL, Parties.CounterDiffers.selector);
        rotate(SELLER_KEY, NEW_KEY);
        absorb();
        accept(acceptance(offerId, "deal"));
        expectRefused(DEAL, Parties.KeyNotLive.selector);
    }

    function test_the_buyers_key_must_be_live_under_the_acceptances_counter() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        item.buyerCounter = 1;
        accept(item);
        expectRefused(DEAL, Parties.CounterDiffers.selector);
        item = acceptance(offerId, "deal");
        item.buyer = vm.addr(STRANGER_KEY);
        item.dealId = dealIdOf(SELLER_ADDRESS, item.buyer, "deal");
        accept(item, signedMessage(STRANGER_KEY, hashAcceptance(item)));
        expectRefused(item.dealId, Parties.KeyUnknown.selector);
        register.revokeKeyAsGuardian(Parties.KeyRevocation(BUYER, BUYER_ADDRESS, "STOLEN", 0));
        absorb();
        accept(acceptance(offerId, "deal"));
        expectRefused(DEAL, Parties.KeyNotLive.selector);
    }

    function test_an_acceptance_under_a_taken_or_cancelled_identifier_is_refused() public {
        record(newDeal(DEAL, 1));
        absorb();
        accept(acceptance(offerId, "deal"));
        expectRefused(DEAL, Batches.IdTaken.selector);
        cancel(newDeal(dealId("cancelled"), 4), BUYER_KEY);
        absorb();
        accept(acceptance(offerId, "cancelled"));
        expectRefused(dealId("cancelled"), Batches.IdTaken.selector);
        same(stateOf(dealId("cancelled")), uint8(Deals.DealState.Cancelled), "stays cancelled");
    }

    function test_any_changed_field_breaks_the_buyers_signature(uint8 field, bytes32 noise) public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        bytes memory signature = signedMessage(BUYER_KEY, hashAcceptance(item));
        bytes32 before = hashAcceptance(item);
        if (field % 2 == 0) item.dealId = dealId(bytes12(noise));
        else item.deadline = uint64(bound(uint256(noise), NOW, type(uint64).max));
        vm.assume(hashAcceptance(item) != before);
        accept(item, signature);
        expectRefused(item.dealId, Deals.BuyerSignatureInvalid.selector);
    }

    function test_an_acceptance_for_another_chain_or_contract_is_refused() public {
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        bytes memory signature = signedMessage(BUYER_KEY, hashAcceptance(item));
        uint256 here = block.chainid;
        vm.chainId(here + 1);
        accept(item, signature);
        vm.chainId(here);
        expectRefused(DEAL, Deals.BuyerSignatureInvalid.selector);
    }

    function test_a_bad_acceptance_leaves_the_rest_of_the_batch_standing() public {
        Offers.OfferAcceptance[] memory items = new Offers.OfferAcceptance[](3);
        bytes memory signatures;
        for (uint256 i = 0; i < 3; ++i) {
            items[i] = acceptance(offerId, bytes12(uint96(i + 1)));
            uint256 signer = i == 1 ? STRANGER_KEY : BUYER_KEY;
            signatures = bytes.concat(signatures, signedMessage(signer, hashAcceptance(items[i])));
        }
        register.acceptOffers(items, signatures);
        Vm.Log[] memory entries = absorb();
        same(entries[0].topics[0], Offers.OfferAccepted.selector, "first");
        same(entries[1].topics[0], EventLog.ItemRefused.selector, "second");
        same(entries[2].topics[0], Offers.OfferAccepted.selector, "third");
    }

    function test_batches_of_acceptances_are_bounded_and_end_with_their_signatures() public {
        reverts(
            abi.encodeCall(register.acceptOffers, (new Offers.OfferAcceptance[](257), "")),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
        Offers.OfferAcceptance memory item = acceptance(offerId, "deal");
        bytes4 misplaced = PartySignature.SignaturesMisplaced.selector;
        reverts(abi.encodeCall(register.acceptOffers, (listOf(item), "")), misplaced);
        bytes memory signature = signedMessage(BUYER_KEY, hashAcceptance(item));
        reverts(abi.encodeCall(register.acceptOffers, (listOf(item), bytes.concat(signature, "x"))), misplaced);
    }
}
