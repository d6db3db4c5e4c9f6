// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Deals} from "../Deals.sol";
import {FillRegister} from "../FillRegister.sol";
import {Licences} from "../Licences.sol";
import {Parties} from "../Parties.sol";
import {PartySignature} from "../PartySignature.sol";
import {Versions} from "../Versions.sol";
import {FillFixture} from "./FillFixture.sol";
import {Vm} from "./TestBase.sol";

/// @dev What a fill must keep to, and how the register goes on with it.
contract FillsTest is FillFixture {
    function setUp() public override {
        super.setUp();
        watch(address(fills));
    }

    function test_a_fill_is_recorded_once_with_every_word_of_it() public {
        FillRegister.Fill memory fill = newFill("one");
        recordFill(fill);
        bytes memory whole = abi.encode(fill);
        bytes memory data = new bytes(whole.length - 64);
        for (uint256 i = 0; i < data.length; ++i) {
            data[i] = whole[i + 64];
        }
        expectEvent(FillRegister.OrdersFilled.selector, RIGHT, fill.dealId, data);
        uint256 word_ = fills.fillWord(address(register), fill.dealId);
        same(word_ >> 216, 1, "number of its event");
        same((word_ >> 208) & 0xff, 4, "ordinary licence");
        same((word_ >> 200) & 0xff, uint8(Deals.DealState.Agreed), "agreed");
        same(fills.filledOf(address(register), SELLER_ADDRESS, "ask"), 3, "of the seller's order");
        same(fills.filledOf(address(register), BUYER_ADDRESS, "bid"), 3, "of the buyer's order");
        recordFill(fill);
        expectNothing();
        same(fills.filledOf(address(register), SELLER_ADDRESS, "ask"), 3, "once");
    }

    function test_another_fill_under_the_same_identifier_is_refused() public {
        recordFill(newFill("one"));
        absorb();
        FillRegister.Fill memory other = newFill("one");
        other.price = 101;
        _refused(other, Batches.IdTaken.selector);
    }

    function test_a_fill_without_right_terms_price_or_quantity_is_refused() public {
        FillRegister.Fill memory fill = newFill("one");
        fill.rightId = 0;
        _refused(fill, Batches.ZeroValue.selector);
        fill = newFill("one");
        fill.terms = 0;
        _refused(fill, Batches.ZeroValue.selector);
        fill = newFill("one");
        (fill.price, fill.askLimit) = (0, 0);
        _refused(fill, Batches.ZeroValue.selector);
        fill = newFill("one");
        fill.quantity = 0;
        _refused(fill, Batches.ZeroValue.selector);
    }

    function test_nobody_trades_with_itself_and_the_identifier_carries_both_keys() public {
        FillRegister.Fill memory fill = newFill("one");
        fill.buyer = SELLER_ADDRESS;
        _refused(fill, Deals.SellerIsBuyer.selector);
        fill = newFill("one");
        fill.dealId = dealIdOf(BUYER_ADDRESS, SELLER_ADDRESS, "one");
        _refused(fill, Deals.DealIdForeign.selector);
    }

    function test_the_price_is_within_both_limits_and_may_be_either(uint64 price) public {
        FillRegister.Fill memory fill = newFill("one");
        fill.price = price;
        if (price >= 90 && price <= 110) {
            recordFill(fill);
            expectOne(FillRegister.OrdersFilled.selector);
        } else {
            _refused(fill, price == 0 ? Batches.ZeroValue.selector : FillRegister.LimitsForbid.selector);
        }
        fill.dealId = dealId("two");
        fill.price = 89;
        _refused(fill, FillRegister.LimitsForbid.selector);
        fill.price = 111;
        _refused(fill, FillRegister.LimitsForbid.selector);
    }

    function test_what_an_order_is_filled_in_all_stays_within_its_quantity() public {
        recordFill(newFill("one"));
        absorb();
        FillRegister.Fill memory fill = newFill("two");
        _refused(fill, FillRegister.OrderUsedUp.selector); // three more of a bid for five
        fill.quantity = 2;
        recordFill(fill);
        expectOne(FillRegister.OrdersFilled.selector);
        fill = newFill("three");
        (fill.quantity, fill.bidSalt, fill.bidQuantity) = (6, "another bid", 6);
        _refused(fill, FillRegister.OrderUsedUp.selector); // six more of an ask for ten
        fill.quantity = 5;
        recordFill(fill);
        expectOne(FillRegister.OrdersFilled.selector);
        same(fills.filledOf(address(register), SELLER_ADDRESS, "ask"), 10, "all of it");
    }

    function test_an_amended_order_goes_on_where_it_was(uint32 quantity) public {
        recordFill(newFill("one"));
        absorb();
        FillRegister.Fill memory fill = newFill("two");
        (fill.bidQuantity, fill.bidLimit) = (quantity, 120);
        fill.price = 120;
        if (quantity < 6) {
            _refused(fill, FillRegister.OrderUsedUp.selector);
        } else {
            recordFill(fill);
            expectOne(FillRegister.OrdersFilled.selector);
        }
    }

    function test_an_order_ends_with_its_last_second() public {
        FillRegister.Fill memory fill = newFill("one");
        fill.askExpiresAt = uint64(NOW);
        recordFill(fill);
        expectOne(FillRegister.OrdersFilled.selector);
        fill = newFill("two");
        fill.askExpiresAt = uint64(NOW - 1);
        _refused(fill, FillRegister.OrderExpired.selector);
        fill = newFill("two");
        fill.bidExpiresAt = uint64(NOW - 1);
        _refused(fill, FillRegister.OrderExpired.selector);
    }

    function test_both_signatures_are_over_these_very_orders() public {
        FillRegister.Fill memory fill = newFill("one");
        recordFill(fill, signedFill(fill, BUYER_KEY, BUYER_KEY));
        expectRefused(fill.dealId, Deals.SellerSignatureInvalid.selector);
        recordFill(fill, signedFill(fill, SELLER_KEY, SELLER_KEY));
        expectRefused(fill.dealId, Deals.BuyerSignatureInvalid.selector);
        bytes memory good = signedFill(fill, SELLER_KEY, BUYER_KEY);
        for (uint256 place = 0; place < 18; ++place) {
            // Identifier, price and quantity of the fill are nobody's order; the register's own is tried below.
            if (place == 1 || place == 2 || place == 6 || place == 7) continue;
            bytes memory words = abi.encode(fill);
            words[32 * place + 31] ^= 0x01;
            FillRegister.Fill memory other = abi.decode(words, (FillRegister.Fill));
            other.dealId = dealIdOf(other.seller, other.buyer, "one");
            recordFill(other, good);
            (bytes32 id, bytes4 ground) = _refusal();
            same(id, other.dealId, "deal");
            check(
                ground == Deals.SellerSignatureInvalid.selector || ground == Deals.BuyerSignatureInvalid.selector
                    || ground == Parties.KeyUnknown.selector || ground == Parties.CounterDiffers.selector,
                "nothing that they did not sign"
            );
        }
        bytes memory high =
            bytes.concat(packed(signedHigh(SELLER_KEY, hashAsk(fill))), signedMessage(BUYER_KEY, hashBid(fill)));
        recordFill(fill, high);
        expectRefused(fill.dealId, PartySignature.SignatureMalleable.selector);
        recordFill(fill, good);
        expectOne(FillRegister.OrdersFilled.selector);
    }

    function test_a_side_cannot_be_turned_round() public {
        FillRegister.Fill memory fill = newFill("one");
        (fill.seller, fill.buyer) = (fill.buyer, fill.seller);
        fill.dealId = dealIdOf(fill.seller, fill.buyer, "one");
        (fill.askLimit, fill.askQuantity, fill.askSalt) = (fill.bidLimit, fill.bidQuantity, fill.bidSalt);
        (fill.bidLimit, fill.bidQuantity, fill.bidSalt) = (110, 10, "ask");
        fill.price = 110;
        FillRegister.Fill memory given = newFill("one");
        bytes memory turned =
            bytes.concat(signedMessage(BUYER_KEY, hashBid(given)), signedMessage(SELLER_KEY, hashAsk(given)));
        recordFill(fill, turned);
        expectRefused(fill.dealId, Deals.SellerSignatureInvalid.selector);
    }

    function test_keys_are_live_and_counters_are_those_of_the_register_that_they_signed_for() public {
        FillRegister.Fill memory fill = newFill("one");
        fill.askCounter = 1;
        _refused(fill, Parties.CounterDiffers.selector);
        fill = newFill("one");
        fill.bidCounter = 1;
        _refused(fill, Parties.CounterDiffers.selector);
        fill.buyer = vm.addr(0xDEAD);
        fill.dealId = dealIdOf(SELLER_ADDRESS, fill.buyer, "one");
        recordFill(fill, signedFill(fill, SELLER_KEY, 0xDEAD));
        expectRefused(fill.dealId, Parties.KeyUnknown.selector);
        fill = newFill("one");
        fill.register = address(newRegister(address(0)));
        _refused(fill, Parties.KeyUnknown.selector);
        register.revokeKeyAsGuardian(Parties.KeyRevocation(SELLER, SELLER_ADDRESS, "STOLEN", 0));
        vm.getRecordedLogs();
        _refused(newFill("one"), Parties.KeyNotLive.selector);
    }

    function test_a_signature_for_one_register_is_none_for_another_that_knows_the_same_keys() public {
        FillRegister.Fill memory fill = newFill("one");
        KeysForgery forgery = new KeysForgery();
        fill.register = address(forgery);
        _refused(fill, Deals.SellerSignatureInvalid.selector);
    }

    function test_an_identifier_that_the_register_has_is_no_fills() public {
        record(newDeal(dealId("agreed"), 4));
        Deals.Deal memory cancelled = newDeal(dealId("cancelled"), 4);
        bytes32 content = keccak256(abi.encode(keccak256("DealCancellation(bytes32 deal)"), hashDeal(cancelled)));
        register.cancelDeal(cancelled, BUYER_ADDRESS, signedMessage(BUYER_KEY, content));
        vm.getRecordedLogs();
        _refused(newFill("agreed"), Batches.IdTaken.selector);
        _refused(newFill("cancelled"), Batches.IdTaken.selector);
    }

    function test_the_register_goes_on_with_a_fill() public {
        recordFill(newFill("licensed"));
        recordFill(newFill2("unwound"));
        watch(address(register));
        seenEvents = register.eventCount();
        foldedHead = register.logHead();
        Licences.Licence memory item = licence(LICENCE);
        item.dealId = dealId("licensed");
        grant(item);
        expectOne(Licences.LicenceGranted.selector);
        same(stateOf(item.dealId), uint8(Deals.DealState.Licensed), "licensed");
        unwind(item.dealId, "LATE");
        expectRefused(item.dealId, Deals.DealStateForbids.selector);
        settle(item.dealId);
        expectOne(Deals.DealSettled.selector);
        unwind(dealId("unwound"), "LATE");
        expectOne(Deals.DealUnwound.selector);
        item.dealId = dealId("unwound");
        item.licenceId = "another";
        grant(item);
        expectRefused(item.licenceId, Deals.DealStateForbids.selector);
        item.dealId = dealId("nothing");
        grant(item);
        expectRefused(item.licenceId, Batches.RecordUnknown.selector);
    }

    function test_a_fill_of_another_right_grants_nothing() public {
        recordFill(newFill("one"));
        watch(address(register));
        seenEvents = register.eventCount();
        foldedHead = register.logHead();
        Licences.Licence memory item = licence(LICENCE);
        (item.dealId, item.rightId) = (dealId("one"), "another right");
        grant(item);
        expectRefused(item.licenceId, Batches.AnotherRight.selector);
    }

    function test_neither_side_cancels_what_has_been_filled() public {
        recordFill(newFill("one"));
        Deals.Deal memory deal = newDeal(dealId("one"), 4);
        bytes32 content = keccak256(abi.encode(keccak256("DealCancellation(bytes32 deal)"), hashDeal(deal)));
        bytes memory signature = signedMessage(BUYER_KEY, content);
        reverts(
            address(register),
            abi.encodeCall(register.cancelDeal, (deal, BUYER_ADDRESS, signature)),
            Deals.DealStateForbids.selector
        );
    }

    function test_a_batch_skips_what_is_refused_and_its_signatures_end_with_it() public {
        FillRegister.Fill[] memory items = new FillRegister.Fill[](2);
        (items[0], items[1]) = (newFill("one"), newFill("two"));
        items[0].price = 111;
        bytes memory signatures = bytes.concat(
            signedFill(items[0], SELLER_KEY, BUYER_KEY), signedFill(items[1], SELLER_KEY, BUYER_KEY)
        );
        fills.recordFills(items, signatures);
        same(absorb().length, 2, "one refused, one recorded");
        same(fills.filledOf(address(register), BUYER_ADDRESS, "bid"), 3, "of the one alone");
        bytes4 misplaced = PartySignature.SignaturesMisplaced.selector;
        bytes memory cut = signedFill(items[0], SELLER_KEY, BUYER_KEY);
        reverts(address(fills), abi.encodeCall(fills.recordFills, (items, cut)), misplaced);
        FillRegister.Fill[] memory many = new FillRegister.Fill[](257);
        bytes memory tooLong = abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256);
        reverts(address(fills), abi.encodeCall(fills.recordFills, (many, "")), tooLong);
    }

    function test_pausing_stops_new_fills() public {
        fills.pauseDeals();
        expectEvent(Versions.DealsPauseChanged.selector, word(address(this)), abi.encode(false, true));
        FillRegister.Fill[] memory none = new FillRegister.Fill[](0);
        reverts(address(fills), abi.encodeCall(fills.recordFills, (none, "")), Batches.DealsAreStopped.selector);
        fills.resumeDeals();
        absorb();
        recordFill(newFill("one"));
        expectOne(FillRegister.OrdersFilled.selector);
    }

    function test_a_bit_above_a_members_width_never_comes_through() public {
        FillRegister.Fill memory fill = newFill("one");
        bytes memory item = abi.encode(fill);
        bytes memory signatures = signedFill(fill, SELLER_KEY, BUYER_KEY);
        bytes memory head =
            bytes.concat(FillRegister.recordFills.selector, abi.encode(64, 96 + item.length, 1));
        bytes memory tail = bytes.concat(abi.encode(signatures.length), signatures);
        uint256[13] memory places = [uint256(2), 4, 5, 6, 7, 8, 9, 10, 11, 13, 14, 15, 16];
        uint256[13] memory widths = [uint256(160), 160, 160, 64, 32, 64, 32, 64, 32, 64, 32, 64, 32];
        for (uint256 i = 0; i < places.length; ++i) {
            for (uint256 bit = widths[i]; bit < 256; ++bit) {
                bytes memory dirty = withBit(item, places[i], bit);
                reverts(address(fills), bytes.concat(head, dirty, tail), bytes(""));
            }
        }
        vm.getRecordedLogs();
        (bool ok,) = address(fills).call(bytes.concat(head, item, tail));
        check(ok, "the clean item passes");
        expectOne(FillRegister.OrdersFilled.selector);
    }

    function test_only_the_settler_records_fills() public {
        FillRegister.Fill[] memory none = new FillRegister.Fill[](0);
        vm.prank(address(0xBAD));
        (bool ok,) = address(fills).call(abi.encodeCall(fills.recordFills, (none, "")));
        check(!ok, "nobody else");
    }

    /// @dev A fill of two other orders.
    function newFill2(bytes12 number) internal view returns (FillRegister.Fill memory fill) {
        fill = newFill(number);
        (fill.askSalt, fill.bidSalt) = ("second ask", "second bid");
    }

    function _refused(FillRegister.Fill memory fill, bytes4 ground) private {
        recordFill(fill);
        expectRefused(fill.dealId, ground);
    }

    function _refusal() private returns (bytes32 id, bytes4 ground) {
        Vm.Log[] memory entries = absorb();
        same(entries.length, 1, "one event");
        return (entries[0].topics[2], abi.decode(entries[0].data, (bytes4)));
    }
}

/// @dev Says of every key that it is live: no register, but something that calls itself one.
contract KeysForgery {
    function keyOf(address) external pure returns (uint8, bool, uint32, uint64) {
        return (1, false, 0, 1);
    }

    function dealOf(bytes32) external pure returns (uint64, uint8, uint8) {
        return (0, 0, 0);
    }
}
