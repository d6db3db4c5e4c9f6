// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Batches} from "./Batches.sol";
import {PartySignature} from "./PartySignature.sol";
import {RecordWord} from "./RecordWord.sol";

/// @title What two parties agreed
/// @notice Records a deal only if both parties signed it (EIP-712; a key or a contract account, ERC-1271). The
/// operator cannot record a deal that a party did not sign. A deal is not title: who holds a right changes only
/// by {Rights-confirmRegistrations} (Patent Law of the PRC, Article 10). Price and terms are salted commitments.
abstract contract Deals is Batches, EIP712 {
    using RecordWord for uint256;

    /// @notice What both parties sign; the EIP-712 type is `Deal` with these members in this order.
    /// @param dealId Identifier of the deal, chosen once; no second deal can stand under it.
    /// @param rightId Identifier of the right that it concerns.
    /// @param kind 1 assignment, 2 exclusive licence, 3 sole licence, 4 ordinary licence, 5 delivery of a
    /// technology result.
    /// @param seller Signing address of assignor, licensor or deliverer.
    /// @param buyer Signing address of assignee, licensee or acquirer.
    /// @param terms Salted commitment to price and terms.
    /// @param contractText Salted commitment to the written contract.
    /// @param deadline Last second, Unix time, at which the signatures may be recorded.
    struct Deal {
        bytes32 dealId;
        bytes32 rightId;
        uint8 kind;
        address seller;
        address buyer;
        bytes32 terms;
        bytes32 contractText;
        uint64 deadline;
    }

    /// @notice Undoing of a deal before it took effect.
    /// @param dealId The deal.
    /// @param reason Code of the reason.
    struct Unwinding {
        bytes32 dealId;
        bytes32 reason;
    }

    /// @notice Life of a deal here. Undoing is open only before it took effect; later it takes a reverse deal.
    enum DealState {
        None,
        Agreed,
        Registered,
        Licensed,
        Settled,
        Unwound
    }

    uint8 internal constant ASSIGNMENT = 1;
    uint8 internal constant EXCLUSIVE_LICENCE = 2;
    uint8 internal constant ORDINARY_LICENCE = 4;
    uint8 internal constant RESULT_DELIVERY = 5;

    /// @notice EIP-712 type hash of `Deal`.
    bytes32 public constant DEAL_TYPEHASH = keccak256(
        "Deal(bytes32 dealId,bytes32 rightId,uint8 kind,address seller,address buyer,bytes32 terms,"
        "bytes32 contractText,uint64 deadline)"
    );

    mapping(bytes32 dealId => uint256 word) internal _deals;

    /// @notice Two parties agreed on a deal, both signatures checked here.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param dealId The deal.
    /// @param kind Kind of deal, 1 to 5 as in `Deal`.
    /// @param seller Address that signed as seller.
    /// @param buyer Address that signed as buyer.
    /// @param terms Salted commitment to price and terms.
    /// @param contractText Salted commitment to the written contract.
    /// @param deadline Deadline of the signatures, Unix seconds.
    event DealAgreed(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed dealId,
        uint8 kind,
        address seller,
        address buyer,
        bytes32 terms,
        bytes32 contractText,
        uint64 deadline
    );
    /// @notice Money has been paid out and the deal is done.
    /// @param seq Number of this event in this contract's log.
    /// @param dealId The deal.
    /// @param previousState State before, as in `DealState`.
    /// @param newState State after, as in `DealState`.
    event DealSettled(uint64 indexed seq, bytes32 indexed dealId, uint8 previousState, uint8 newState);
    /// @notice The deal was undone before it took effect.
    /// @param seq Number of this event in this contract's log.
    /// @param dealId The deal.
    /// @param reason Code of the reason.
    /// @param previousState State before, as in `DealState`.
    /// @param newState State after, as in `DealState`.
    event DealUnwound(
        uint64 indexed seq, bytes32 indexed dealId, bytes32 indexed reason, uint8 previousState, uint8 newState
    );
    /// @notice New deals were stopped or allowed again.
    /// @param seq Number of this event in this contract's log.
    /// @param account Who did it.
    /// @param wasPaused Before.
    /// @param isPaused After.
    event DealsPauseChanged(uint64 indexed seq, address indexed account, bool wasPaused, bool isPaused);

    /// @notice New deals are stopped. Cure: wait for the guardian to allow them again.
    error DealsArePaused();
    /// @notice The three lists of a batch differ in length.
    error LengthsDiffer();

    /// @notice Refused item: the kind is not one of 1 to 5.
    error DealKindUnknown();
    /// @notice Refused item: one address on both sides. Cure: a deal takes two parties.
    error SellerIsBuyer();
    /// @notice Refused item: the deadline of the signatures has passed. Cure: both sign again.
    error DealExpired();
    /// @notice Refused item: not the seller's signature over this deal, chain and contract.
    error SellerSignatureInvalid();
    /// @notice Refused item: not the buyer's signature over this deal, chain and contract.
    error BuyerSignatureInvalid();
    /// @notice Refused item: a signature in its malleable form (high s). Cure: sign with a library that follows
    /// EIP-2.
    error SignatureMalleable();
    /// @notice Refused item: the deal's state does not allow this step.
    error DealStateForbids();
    /// @notice Refused item: the deal's kind does not allow this step.
    error DealKindForbids();

    /// @notice Records deals that both parties signed. Role: settler. Stopped by pausing.
    /// @dev Per item, in this order: an identical deal on record is passed over; another deal under the same
    /// identifier is refused; then zero values, kind, parties, deadline, seller's and buyer's signature are
    /// checked. Serves the promise that nobody can forge a deal, the operator included.
    /// @param deals The deals.
    /// @param sellerSignatures Seller's signature for each.
    /// @param buyerSignatures Buyer's signature for each.
    function recordDeals(Deal[] calldata deals, bytes[] calldata sellerSignatures, bytes[] calldata buyerSignatures)
        external
        restricted
        bounded(deals.length)
    {
        require(!_dealsPaused, DealsArePaused());
        require(deals.length == sellerSignatures.length && deals.length == buyerSignatures.length, LengthsDiffer());
        Cursor memory log = _openLog();
        bytes32 domain = _domainSeparatorV4();
        uint256 free;
        assembly ("memory-safe") {
            free := mload(0x40)
        }
        for (uint256 i = 0; i < deals.length; ++i) {
            // Nothing that an item allocates outlives it; memory that only grew would cost by its square.
            assembly ("memory-safe") {
                mstore(0x40, free)
            }
            // One checked copy; reading members of calldata checks them anew each time.
            Deal memory deal = deals[i];
            bytes32 content = _hashDeal(deal);
            uint256 word = _deals[deal.dealId];
            if (word != 0) {
                if (!word.hasContent(content)) _refuse(log, deal.dealId, IdTaken.selector);
                continue;
            }
            bytes4 refusal = _refusalOfDeal(deal);
            if (refusal == 0) {
                bytes32 digest = MessageHashUtils.toTypedDataHash(domain, content);
                refusal = _refusalOfSignatures(deal, digest, sellerSignatures[i], buyerSignatures[i]);
            }
            if (refusal != 0) {
                _refuse(log, deal.dealId, refusal);
                continue;
            }
            uint64 seq = _logDealAgreed(log, deal);
            _deals[deal.dealId] = RecordWord.pack(seq, deal.kind, uint8(DealState.Agreed), deal.rightId, content);
        }
        _closeLog(log);
    }

    /// @notice Records that deals were settled. Role: settler.
    /// @dev An assignment must be registered, a licence granted, a delivery of a result agreed. A deal settled
    /// already is passed over.
    /// @param dealIds The deals.
    function settleDeals(bytes32[] calldata dealIds) external restricted bounded(dealIds.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < dealIds.length; ++i) {
            bytes32 dealId = dealIds[i];
            uint256 word = _deals[dealId];
            uint8 state = word.state();
            if (word == 0) {
                _refuse(log, dealId, RecordUnknown.selector);
            } else if (state != uint8(DealState.Settled)) {
                if (!_maySettle(word.kind(), state)) {
                    _refuse(log, dealId, DealStateForbids.selector);
                    continue;
                }
                _deals[dealId] = word.withState(uint8(DealState.Settled));
                _logDealSettled(log, dealId, state);
            }
        }
        _closeLog(log);
    }

    /// @notice Records that deals were undone before they took effect. Role: settler.
    /// @dev Only from the state agreed: what is registered, licensed or settled is undone by a reverse deal. The
    /// same undoing again is passed over; another reason for a deal undone already is refused.
    /// @param unwindings The deals and the reasons.
    function unwindDeals(Unwinding[] calldata unwindings) external restricted bounded(unwindings.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < unwindings.length; ++i) {
            Unwinding calldata item = unwindings[i];
            bytes32 content = keccak256(abi.encode(item));
            uint256 word = _deals[item.dealId];
            if (word == 0) {
                _refuse(log, item.dealId, RecordUnknown.selector);
            } else if (word.state() == uint8(DealState.Unwound)) {
                if (!word.hasOutcome(content)) _refuse(log, item.dealId, AlreadyEnded.selector);
            } else if (word.state() != uint8(DealState.Agreed)) {
                _refuse(log, item.dealId, DealStateForbids.selector);
            } else {
                _deals[item.dealId] = word.advance(uint8(DealState.Unwound), content);
                _logDealUnwound(log, item);
            }
        }
        _closeLog(log);
    }

    /// @notice Stops new deals. Role: pauser. Everything else goes on: confirmations, settlement, unwinding.
    function pauseDeals() external restricted {
        _setPaused(true);
    }

    /// @notice Allows new deals again. Role: guardian.
    function resumeDeals() external restricted {
        _setPaused(false);
    }

    /// @notice Whether new deals are stopped.
    function dealsPaused() external view returns (bool) {
        return _dealsPaused;
    }

    /// @notice What is on record of a deal.
    /// @param dealId The deal.
    /// @return seq Number of its {DealAgreed} event, 0 if there is none.
    /// @return kind Kind of deal.
    /// @return state Its state.
    function dealOf(bytes32 dealId) external view returns (uint64 seq, uint8 kind, DealState state) {
        uint256 word = _deals[dealId];
        return (word.seq(), word.kind(), DealState(word.state()));
    }

    /// @notice The digest that both parties sign (EIP-712, domain "IPX Register", version "1").
    /// @param deal The deal.
    function dealDigest(Deal calldata deal) external view returns (bytes32) {
        return _hashTypedDataV4(_hashDeal(deal));
    }

    function _hashDeal(Deal memory deal) private pure returns (bytes32) {
        return keccak256(abi.encode(DEAL_TYPEHASH, deal));
    }

    function _refusalOfDeal(Deal memory deal) private view returns (bytes4) {
        if (
            deal.dealId == 0 || deal.rightId == 0 || deal.terms == 0 || deal.seller == address(0)
                || deal.buyer == address(0)
        ) return ZeroValue.selector;
        if (deal.kind < ASSIGNMENT || deal.kind > RESULT_DELIVERY) return DealKindUnknown.selector;
        if (deal.seller == deal.buyer) return SellerIsBuyer.selector;
        // A miner moves the clock by seconds; deadlines are days away.
        if (deal.deadline < block.timestamp) return DealExpired.selector;
        return 0;
    }

    function _refusalOfSignatures(
        Deal memory deal,
        bytes32 digest,
        bytes calldata sellerSignature,
        bytes calldata buyerSignature
    ) private view returns (bytes4) {
        PartySignature.Verdict verdict = PartySignature.check(deal.seller, digest, sellerSignature);
        if (verdict == PartySignature.Verdict.Invalid) return SellerSignatureInvalid.selector;
        if (verdict == PartySignature.Verdict.Malleable) return SignatureMalleable.selector;
        verdict = PartySignature.check(deal.buyer, digest, buyerSignature);
        if (verdict == PartySignature.Verdict.Invalid) return BuyerSignatureInvalid.selector;
        if (verdict == PartySignature.Verdict.Malleable) return SignatureMalleable.selector;
        return 0;
    }

    function _maySettle(uint8 kind, uint8 state) private pure returns (bool) {
        if (kind == ASSIGNMENT) return state == uint8(DealState.Registered);
        if (kind == RESULT_DELIVERY) return state == uint8(DealState.Agreed);
        return state == uint8(DealState.Licensed);
    }

    function _setPaused(bool paused) private {
        bool before = _dealsPaused;
        if (before == paused) return;
        _dealsPaused = paused;
        Cursor memory log = _openLog();
        uint64 seq = _nextSeq(log);
        emit DealsPauseChanged(seq, msg.sender, before, paused);
        log.head = keccak256(
            abi.encode(log.head, DealsPauseChanged.selector, seq, msg.sender, before, paused)
        );
        _closeLog(log);
    }

    function _logDealAgreed(Cursor memory log, Deal memory deal) private returns (uint64 seq) {
        seq = _nextSeq(log);
        emit DealAgreed(
            seq,
            deal.rightId,
            deal.dealId,
            deal.kind,
            deal.seller,
            deal.buyer,
            deal.terms,
            deal.contractText,
            deal.deadline
        );
        log.head = keccak256(
            abi.encode(
                log.head,
                DealAgreed.selector,
                seq,
                deal.rightId,
                deal.dealId,
                deal.kind,
                deal.seller,
                deal.buyer,
                deal.terms,
                deal.contractText,
                deal.deadline
            )
        );
    }

    function _logDealSettled(Cursor memory log, bytes32 dealId, uint8 previousState) private {
        uint64 seq = _nextSeq(log);
        emit DealSettled(seq, dealId, previousState, uint8(DealState.Settled));
        log.head = keccak256(
            abi.encode(log.head, DealSettled.selector, seq, dealId, previousState, uint8(DealState.Settled))
        );
    }

    function _logDealUnwound(Cursor memory log, Unwinding calldata item) private {
        uint64 seq = _nextSeq(log);
        uint8 agreed = uint8(DealState.Agreed);
        uint8 unwound = uint8(DealState.Unwound);
        emit DealUnwound(seq, item.dealId, item.reason, agreed, unwound);
        log.head = keccak256(
            abi.encode(log.head, DealUnwound.selector, seq, item.dealId, item.reason, agreed, unwound)
        );
    }
}
