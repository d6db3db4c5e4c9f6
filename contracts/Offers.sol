// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Deals} from "./Deals.sol";
import {PartySignature} from "./PartySignature.sol";
import {RecordWord} from "./RecordWord.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Standing offers and their acceptances
/// @notice A seller signs once that anyone may have an ordinary licence on its terms; each buyer's signed acceptance
/// then makes a deal, until the offer expires, is used up or is withdrawn (open licence: Patent Law of the PRC,
/// Articles 50 and 51; Civil Code, Articles 473, 476 and 483). Acceptances recorded before the withdrawal stand.
abstract contract Offers is Deals {
    using RecordWord for uint256;

    /// @notice What the seller signs; EIP-712 type `StandingOffer`. The offer's identifier is the struct's hash.
    /// @param rightId The right.
    /// @param seller Signing address of the licensor.
    /// @param terms Salted commitment to price and terms.
    /// @param contractText Salted commitment to the written contract.
    /// @param termSeconds Term of each licence in seconds from its start.
    /// @param most Most acceptances.
    /// @param expiresAt Last second, Unix time, at which an acceptance may be recorded.
    /// @param sellerCounter The seller's counter; advancing it ends the offer.
    /// @param salt Any number that tells otherwise equal offers apart.
    struct StandingOffer {
        bytes32 rightId;
        address seller;
        bytes32 terms;
        bytes32 contractText;
        uint64 termSeconds;
        uint32 most;
        uint64 expiresAt;
        uint32 sellerCounter;
        bytes32 salt;
    }

    /// @notice What a buyer signs; EIP-712 type `OfferAcceptance`.
    /// @param rightId The right.
    /// @param dealId Identifier of the deal that comes of it, built as {Deals-Deal} says.
    /// @param offerId The offer.
    /// @param buyer Signing address of the licensee.
    /// @param deadline Last second, Unix time, at which the signature may be recorded.
    /// @param buyerCounter The buyer's counter.
    struct OfferAcceptance {
        bytes32 rightId;
        bytes32 dealId;
        bytes32 offerId;
        address buyer;
        uint64 deadline;
        uint32 buyerCounter;
    }

    /// @dev Two words.
    struct OfferRecord {
        address seller;
        uint32 most;
        uint32 accepted;
        bool withdrawn;
        uint48 seq;
        uint64 expiresAt;
        uint32 sellerCounter;
        uint112 right;
    }

    bytes32 private constant _OFFER_TYPEHASH = keccak256(
        "StandingOffer(bytes32 rightId,address seller,bytes32 terms,bytes32 contractText,uint64 termSeconds,"
        "uint32 most,uint64 expiresAt,uint32 sellerCounter,bytes32 salt)"
    );
    bytes32 private constant _ACCEPTANCE_TYPEHASH = keccak256(
        "OfferAcceptance(bytes32 rightId,bytes32 dealId,bytes32 offerId,address buyer,uint64 deadline,"
        "uint32 buyerCounter)"
    );
    bytes32 private constant _WITHDRAWAL_TYPEHASH = keccak256("OfferWithdrawal(bytes32 offer)");

    mapping(bytes32 offerId => OfferRecord) private _offers;

    /// @notice An offer stands. Its identifier is the EIP-712 hash of these members.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param seller Address that signed.
    /// @param terms Salted commitment to price and terms.
    /// @param contractText Salted commitment to the written contract.
    /// @param termSeconds Term of each licence in seconds.
    /// @param most Most acceptances.
    /// @param expiresAt Last second, Unix time, of the offer.
    /// @param sellerCounter The seller's counter.
    /// @param salt What tells equal offers apart.
    event OfferMade(
        uint64 indexed seq,
        bytes32 indexed rightId,
        address indexed seller,
        bytes32 terms,
        bytes32 contractText,
        uint64 termSeconds,
        uint32 most,
        uint64 expiresAt,
        uint32 sellerCounter,
        bytes32 salt
    );
    /// @notice An offer was accepted: a deal, ordinary licence, is agreed on the offer's terms.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param dealId The deal.
    /// @param offerId The offer.
    /// @param buyer Address that signed as buyer.
    /// @param deadline Deadline of its signature, Unix seconds.
    event OfferAccepted(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed dealId,
        bytes32 offerId,
        address buyer,
        uint64 deadline
    );
    /// @notice The seller withdrew its offer.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param seller The seller.
    /// @param offerId The offer.
    /// @param accepted Acceptances recorded before, which stand.
    event OfferWithdrawn(
        uint64 indexed seq, bytes32 indexed rightId, address indexed seller, bytes32 offerId, uint32 accepted
    );

    /// @notice Refused item: the offer was withdrawn. Cure: none; ask the seller for a new one.
    error OfferIsWithdrawn();
    /// @notice Refused item: the offer has expired.
    error OfferExpired();
    /// @notice Refused item: the offer has been accepted as often as it may be.
    error OfferUsedUp();

    /// @notice Records standing offers. Role: settler. Stopped by pausing. The same offer again is passed over.
    /// @dev Refusals, naming the offer: {OfferIsWithdrawn}, {ZeroValue}, {OfferExpired}, {KeyUnknown}, {KeyNotLive},
    /// {CounterDiffers}, {SellerSignatureInvalid}, {PartySignature-SignatureMalleable}. Reverts with {DealsAreStopped},
    /// {BatchTooLong}, {PartySignature-SignaturesMisplaced}, {PartySignature-TooLittleGas}.
    /// @param offers The offers.
    /// @param signatures Seller's signature for each, as {PartySignature-take} reads them.
    function recordOffers(StandingOffer[] calldata offers, bytes calldata signatures)
        external
        restricted
        bounded(offers.length)
    {
        (uint256 place, uint256 end) = _bounds(signatures);
        Cursor memory log = _openLogUnlessStopped();
        for (uint256 i = 0; i < offers.length; ++i) {
            StandingOffer calldata offer = offers[i];
            bytes calldata signature;
            (signature, place) = PartySignature.take(place);
            bytes32 offerId = _hashOffer(offer);
            OfferRecord storage standing = _offers[offerId];
            bytes4 refusal;
            if (standing.withdrawn) refusal = OfferIsWithdrawn.selector;
            else if (standing.seq != 0) continue;
            else refusal = _refusalOfOffer(offer, offerId, signature);
            if (refusal != 0) {
                _refuse(log, offerId, refusal);
                continue;
            }
            _append(log, OfferMade.selector, _at(offer), 9, 4);
            _keep(standing, offer, log.seq);
        }
        require(place == end, PartySignature.SignaturesMisplaced());
        _closeLog(log);
    }

    /// @notice Records acceptances of standing offers. Role: settler. Stopped by pausing.
    /// @dev The same acceptance again is passed over. Refusals, naming the deal: {IdTaken}, {DealIsCancelled},
    /// {RecordUnknown}, {AnotherRight}, {OfferIsWithdrawn}, {OfferExpired}, {OfferUsedUp}, {SellerIsBuyer},
    /// {DealIdForeign}, {DealExpired}, {KeyUnknown}, {KeyNotLive}, {CounterDiffers}, {BuyerSignatureInvalid},
    /// {PartySignature-SignatureMalleable}. Reverts with {DealsAreStopped}, {BatchTooLong},
    /// {PartySignature-SignaturesMisplaced}, {PartySignature-TooLittleGas}.
    /// @param acceptances The acceptances.
    /// @param signatures Buyer's signature for each, as {PartySignature-take} reads them.
    function acceptOffers(OfferAcceptance[] calldata acceptances, bytes calldata signatures)
        external
        restricted
        bounded(acceptances.length)
    {
        (uint256 place, uint256 end) = _bounds(signatures);
        Cursor memory log = _openLogUnlessStopped();
        for (uint256 i = 0; i < acceptances.length; ++i) {
            OfferAcceptance calldata item = acceptances[i];
            bytes calldata signature;
            (signature, place) = PartySignature.take(place);
            bytes32 content = _hashStruct(_ACCEPTANCE_TYPEHASH, _at(item), 6);
            uint256 word = _deals[item.dealId].word;
            bytes4 refusal;
            if (word != 0) {
                refusal = _refusalOfStanding(word, content);
                if (refusal == 0) continue;
            } else {
                refusal = _refusalOfAcceptance(item, content, signature);
            }
            if (refusal != 0) {
                _refuse(log, item.dealId, refusal);
                continue;
            }
            ++_offers[item.offerId].accepted;
            _append(log, OfferAccepted.selector, _at(item), 5, 4);
            _deals[item.dealId].word =
                RecordWord.pack(log.seq, ORDINARY_LICENCE, uint8(DealState.Agreed), item.rightId, content);
        }
        require(place == end, PartySignature.SignaturesMisplaced());
        _closeLog(log);
    }

    /// @notice Withdraws an offer, recorded or not. Anyone may submit what the seller's live key signed (EIP-712 type
    /// `OfferWithdrawal`); again it changes nothing. Never paused.
    /// @dev Reverts with {KeyUnknown}, {KeyNotLive}, {PartySignature-KeySignatureInvalid},
    /// {PartySignature-SignatureMalleable}.
    /// @param offer The offer.
    /// @param signature The seller's signature.
    function withdrawOffer(StandingOffer calldata offer, bytes calldata signature) external {
        bytes32 offerId = _hashOffer(offer);
        OfferRecord storage standing = _offers[offerId];
        if (standing.withdrawn) return;
        // Read for its check alone: the event's hash must be that of an offer that can be written.
        (offer.termSeconds);
        _requireSignedBy(offer.seller, keccak256(abi.encode(_WITHDRAWAL_TYPEHASH, offerId)), signature);
        Cursor memory log = _openLog();
        _append(log, OfferWithdrawn.selector, _at(offer), 2, abi.encode(offerId, standing.accepted), 4);
        if (standing.seq == 0) _keep(standing, offer, log.seq);
        standing.withdrawn = true;
        _closeLog(log);
    }

    /// @notice What is on record of an offer.
    /// @param offerId The offer.
    /// @return seq Number of its first event, 0 if there is none.
    /// @return seller The seller.
    /// @return most Most acceptances.
    /// @return accepted Acceptances so far.
    /// @return expiresAt Last second, Unix time, of the offer.
    /// @return withdrawn Whether it was withdrawn.
    function offerOf(bytes32 offerId)
        external
        view
        returns (uint64 seq, address seller, uint32 most, uint32 accepted, uint64 expiresAt, bool withdrawn)
    {
        OfferRecord memory offer = _offers[offerId];
        return (offer.seq, offer.seller, offer.most, offer.accepted, offer.expiresAt, offer.withdrawn);
    }

    function _hashOffer(StandingOffer calldata offer) private pure returns (bytes32) {
        return _hashStruct(_OFFER_TYPEHASH, _at(offer), 9);
    }

    function _keep(OfferRecord storage standing, StandingOffer calldata offer, uint64 seq) private {
        standing.seller = offer.seller;
        standing.most = offer.most;
        standing.seq = uint48(seq);
        standing.expiresAt = offer.expiresAt;
        standing.sellerCounter = offer.sellerCounter;
        standing.right = _rightTag(offer.rightId);
    }

    function _refusalOfOffer(StandingOffer calldata offer, bytes32 offerId, bytes calldata signature)
        private
        view
        returns (bytes4)
    {
        if (offer.rightId == 0 || offer.terms == 0 || offer.termSeconds == 0 || offer.most == 0) {
            return ZeroValue.selector;
        }
        // A miner moves the clock by seconds; offers stand for days.
        // slither-disable-next-line timestamp
        if (offer.expiresAt < block.timestamp) return OfferExpired.selector;
        bytes4 refusal = _refusalOfKey(offer.seller, offer.sellerCounter);
        if (refusal == 0) refusal = PartySignature.refusal(offer.seller, _hashTypedDataV4(offerId), signature);
        return refusal == PartySignature.KeySignatureInvalid.selector ? SellerSignatureInvalid.selector : refusal;
    }

    function _refusalOfAcceptance(OfferAcceptance calldata item, bytes32 content, bytes calldata signature)
        private
        view
        returns (bytes4 refusal)
    {
        OfferRecord memory offer = _offers[item.offerId];
        if (offer.seq == 0) return RecordUnknown.selector;
        if (offer.withdrawn) return OfferIsWithdrawn.selector;
        if (offer.right != _rightTag(item.rightId)) return AnotherRight.selector;
        // A miner moves the clock by seconds; offers and deadlines are days away.
        // slither-disable-next-line timestamp
        if (offer.expiresAt < block.timestamp) return OfferExpired.selector;
        if (offer.accepted >= offer.most) return OfferUsedUp.selector;
        if (item.buyer == offer.seller) return SellerIsBuyer.selector;
        if (!_carries(item.dealId, offer.seller, item.buyer)) return DealIdForeign.selector;
        if (item.deadline < block.timestamp) return DealExpired.selector;
        refusal = _refusalOfKey(offer.seller, offer.sellerCounter);
        if (refusal == 0) refusal = _refusalOfKey(item.buyer, item.buyerCounter);
        if (refusal == 0) refusal = PartySignature.refusal(item.buyer, _hashTypedDataV4(content), signature);
        if (refusal == PartySignature.KeySignatureInvalid.selector) return BuyerSignatureInvalid.selector;
    }

    function _rightTag(bytes32 rightId) private pure returns (uint112) {
        return uint112(uint256(keccak256(abi.encode(rightId))));
    }

    function _at(StandingOffer calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(OfferAcceptance calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
