// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Offers} from "../../Offers.sol";
import {Parties} from "../../Parties.sol";
import {Vm} from "../TestBase.sol";
import {QuickHandler} from "./Handler.sol";

/// @dev Few offers that may be accepted once to four times. All parameters are `uint8`.
contract OfferHandler is QuickHandler {
    uint256 public constant OFFERS = 6;

    uint32 private _counter;
    mapping(bytes32 offerId => uint32) private _acceptedByLog;
    mapping(bytes32 offerId => bool) private _withdrawnByLog;
    mapping(bytes32 offerId => uint32) private _counterOf;
    /// @dev Acceptances after a withdrawal, after the seller's counter, or beyond the most or the expiry.
    uint256 public wrongAcceptances;
    uint256 private _latest;

    function make(uint8 which) external {
        Offers.StandingOffer memory item = _offer(which);
        offer(item);
        _book("make", Offers.OfferMade.selector);
    }

    function acceptOne(uint8 which, uint8 number, uint8 forged) external {
        Offers.OfferAcceptance memory item = acceptance(hashOffer(_offer(which)), bytes12(uint96(number) + 1));
        accept(item, signedMessage(forged % 8 == 0 ? STRANGER_KEY : BUYER_KEY, hashAcceptance(item)));
        _latest = which;
        _book("accept", Offers.OfferAccepted.selector);
    }

    function withdrawOne(uint8 which, uint8 often) external {
        if (often % 3 != 0) return;
        withdraw(_offer(which));
        _book("withdraw", Offers.OfferWithdrawn.selector);
    }

    function advanceSeller(uint8 often) external {
        if (often % 12 != 0) return;
        advance(SELLER, SELLER_KEY, ++_counter);
        _book("advance", Parties.CounterAdvanced.selector);
    }

    function waitUntil(uint8 time) external {
        vm.warp(NOW + time % 16);
        count("wait");
    }

    function books(uint256 which)
        external
        view
        returns (uint32 most, uint32 accepted, uint32 acceptedByLog, bool withdrawn, bool withdrawnByLog)
    {
        bytes32 offerId = hashOffer(_offer(uint8(which)));
        (,, most, accepted,, withdrawn) = register.offerOf(offerId);
        return (most, accepted, _acceptedByLog[offerId], withdrawn, _withdrawnByLog[offerId]);
    }

    function _book(bytes32 action, bytes32 topic0) private {
        Vm.Log[] memory entries = collect();
        for (uint256 i = 0; i < entries.length; ++i) {
            bytes32 topic = entries[i].topics[0];
            if (topic == topic0) count(action);
            if (topic == Offers.OfferAccepted.selector) {
                (bytes32 offerId,,) = abi.decode(entries[i].data, (bytes32, address, uint64));
                Offers.StandingOffer memory item = _offer(uint8(_latest));
                bool stands = offerId == hashOffer(item) && !_withdrawnByLog[offerId]
                    && item.expiresAt >= block.timestamp && item.sellerCounter == _counter;
                if (!stands || ++_acceptedByLog[offerId] > item.most) ++wrongAcceptances;
            } else if (topic == Offers.OfferWithdrawn.selector) {
                (bytes32 offerId,) = abi.decode(entries[i].data, (bytes32, uint32));
                _withdrawnByLog[offerId] = true;
            }
        }
    }

    /// @dev Half of the offers expire while the run lasts.
    function _offer(uint8 which) private view returns (Offers.StandingOffer memory item) {
        which = uint8(which % OFFERS);
        item = newOffer(which % 4 + 1);
        item.salt = bytes32(uint256(which));
        item.sellerCounter = which == 5 ? 0 : _counter;
        if (which % 2 == 0) item.expiresAt = uint64(NOW + 8);
    }
}
