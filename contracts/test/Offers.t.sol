// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {PartyFixture} from "./PartyFixture.sol";

/// @dev Standing offers: made and withdrawn. Their acceptances are tried in Acceptances.t.sol.
contract OffersTest is PartyFixture {
    function test_an_offer_is_recorded_with_every_field(uint64 term, uint32 most, bytes32 salt) public {
        Offers.StandingOffer memory item = newOffer(uint32(bound(most, 1, type(uint32).max)));
        (item.termSeconds, item.salt) = (uint64(bound(term, 1, type(uint64).max)), salt);
        bytes32 offerId = offer(item);
        expectEvent(
            Offers.OfferMade.selector,
            RIGHT,
            word(SELLER_ADDRESS),
            abi.encode(
                item.terms,
                item.contractText,
                item.termSeconds,
                item.most,
                item.expiresAt,
                item.sellerCounter,
                item.salt
            )
        );
        (uint64 seq, address seller, uint32 most_, uint32 accepted, uint64 expiresAt, bool withdrawn) =
            register.offerOf(offerId);
        same(seq, 3, "seq");
        same(seller, SELLER_ADDRESS, "seller");
        same(most_, item.most, "most");
        same(accepted, 0, "accepted");
        same(expiresAt, DEADLINE, "expiry");
        check(!withdrawn, "stands");
    }

    function test_the_same_offer_again_is_passed_over_even_after_its_expiry() public {
        offer(newOffer(2));
        absorb();
        vm.warp(uint256(DEADLINE) + 1);
        offer(newOffer(2), "");
        expectNothing();
    }

    function test_an_offer_takes_the_sellers_signature() public {
        Offers.StandingOffer memory item = newOffer(2);
        bytes32 offerId = hashOffer(item);
        offer(item, signedMessage(BUYER_KEY, offerId));
        expectRefused(offerId, Deals.SellerSignatureInvalid.selector);
        offer(item, signedHigh(SELLER_KEY, offerId));
        expectRefused(offerId, PartySignature.SignatureMalleable.selector);
        offer(item, signedMessage(SELLER_KEY, hashWithdrawal(item)));
        expectRefused(offerId, Deals.SellerSignatureInvalid.selector);
    }

    function test_an_offer_takes_a_live_key_under_its_counter() public {
        Offers.StandingOffer memory item = newOffer(2);
        item.seller = vm.addr(STRANGER_KEY);
        offer(item, signedMessage(STRANGER_KEY, hashOffer(item)));
        expectRefused(hashOffer(item), Parties.KeyUnknown.selector);
        advance(SELLER, SELLER_KEY, 1);
        absorb();
        bytes32 offerId = offer(newOffer(2));
        expectRefused(offerId, Parties.CounterDiffers.selector);
        revoke(SELLER_KEY);
        absorb();
        offerId = offer(newOffer(2));
        expectRefused(offerId, Parties.KeyNotLive.selector);
    }

    function test_an_expired_offer_is_refused_and_the_last_second_is_not() public {
        vm.warp(uint256(DEADLINE) + 1);
        bytes32 offerId = offer(newOffer(2));
        expectRefused(offerId, Offers.OfferExpired.selector);
        vm.warp(DEADLINE);
        offer(newOffer(2));
        expectOne(Offers.OfferMade.selector);
    }

    function test_an_offer_without_right_terms_term_or_number_is_refused() public {
        for (uint256 i = 0; i < 4; ++i) {
            Offers.StandingOffer memory item = newOffer(2);
            if (i == 0) item.rightId = 0;
            if (i == 1) item.terms = 0;
            if (i == 2) item.termSeconds = 0;
            if (i == 3) item.most = 0;
            bytes32 offerId = offer(item);
            expectRefused(offerId, Batches.ZeroValue.selector);
        }
    }

    function test_an_offer_is_withdrawn_once() public {
        Offers.StandingOffer memory item = newOffer(2);
        bytes32 offerId = offer(item);
        accept(acceptance(offerId, "deal"));
        absorb();
        withdraw(item);
        expectEvent(Offers.OfferWithdrawn.selector, RIGHT, word(SELLER_ADDRESS), abi.encode(offerId, 1));
        withdraw(item);
        expectNothing();
        (uint64 seq,,, uint32 accepted,, bool withdrawn) = register.offerOf(offerId);
        same(seq, 3, "the offer's own event");
        same(accepted, 1, "what was accepted stands");
        check(withdrawn, "withdrawn");
        same(stateOf(dealId("deal")), uint8(Deals.DealState.Agreed), "deal");
        offer(item);
        expectRefused(offerId, Offers.OfferIsWithdrawn.selector);
    }

    function test_an_offer_withdrawn_before_it_was_recorded_can_never_be_recorded() public {
        Offers.StandingOffer memory item = newOffer(2);
        withdraw(item);
        bytes32 offerId = hashOffer(item);
        expectEvent(Offers.OfferWithdrawn.selector, RIGHT, word(SELLER_ADDRESS), abi.encode(offerId, 0));
        (uint64 seq, address seller,,,, bool withdrawn) = register.offerOf(offerId);
        same(seq, 3, "seq");
        same(seller, SELLER_ADDRESS, "seller");
        check(withdrawn, "withdrawn");
        offer(item);
        expectRefused(offerId, Offers.OfferIsWithdrawn.selector);
    }

    function test_only_the_sellers_live_key_withdraws() public {
        Offers.StandingOffer memory item = newOffer(2);
        bytes32 content = hashWithdrawal(item);
        bytes memory good = signedMessage(SELLER_KEY, content);
        reverts(
            abi.encodeCall(register.withdrawOffer, (item, signedMessage(BUYER_KEY, content))),
            PartySignature.KeySignatureInvalid.selector
        );
        reverts(
            abi.encodeCall(register.withdrawOffer, (item, signedHigh(SELLER_KEY, content))),
            PartySignature.SignatureMalleable.selector
        );
        reverts(
            abi.encodeCall(register.withdrawOffer, (item, signedMessage(SELLER_KEY, hashOffer(item)))),
            PartySignature.KeySignatureInvalid.selector
        );
        revoke(SELLER_KEY);
        absorb();
        reverts(abi.encodeCall(register.withdrawOffer, (item, good)), Parties.KeyNotLive.selector);
        item.seller = vm.addr(STRANGER_KEY);
        reverts(
            abi.encodeCall(register.withdrawOffer, (item, signedMessage(STRANGER_KEY, hashWithdrawal(item)))),
            Parties.KeyUnknown.selector
        );
    }

    function test_batches_of_offers_are_bounded_and_end_with_their_signatures() public {
        reverts(
            abi.encodeCall(register.recordOffers, (new Offers.StandingOffer[](257), "")),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
        Offers.StandingOffer[] memory items = new Offers.StandingOffer[](1);
        items[0] = newOffer(2);
        bytes memory signature = signedMessage(SELLER_KEY, hashOffer(items[0]));
        bytes4 misplaced = PartySignature.SignaturesMisplaced.selector;
        reverts(abi.encodeCall(register.recordOffers, (items, "")), misplaced);
        reverts(abi.encodeCall(register.recordOffers, (items, bytes.concat(signature, signature))), misplaced);
    }
}
