// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {FillRegister} from "./FillRegister.sol";
import {Parties} from "./Parties.sol";
import {PartySignature} from "./PartySignature.sol";
import {RecordWord} from "./RecordWord.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title What two parties agreed
/// @notice Records a deal only if both parties signed it (EIP-712; a key or a contract account, ERC-1271), each with
/// its live key and under its counter. The operator cannot record a deal that a party's key did not sign; how a key
/// becomes a party's is in {Parties} and {Recoveries}. A deal is not
/// title: who holds a right changes only by {Rights-confirmRegistrations} (Patent Law of the PRC, Article 10). Price
/// and terms are salted commitments.
abstract contract Deals is Parties {
    using RecordWord for uint256;

    /// @notice What both parties sign; the EIP-712 type is `Deal` with these members in this order.
    /// @param rightId Identifier of the right that it concerns.
    /// @param dealId Identifier of the deal, chosen once; no second deal can stand under it. Its first 10 bytes are
    /// the seller's last 10, its next 10 bytes the buyer's last 10, so that nobody else can occupy it; 12 are free.
    /// @param kind 1 assignment, 2 exclusive licence, 3 sole licence, 4 ordinary licence, 5 delivery of a
    /// technology result.
    /// @param seller Signing address of assignor, licensor or deliverer.
    /// @param buyer Signing address of assignee, licensee or acquirer.
    /// @param terms Salted commitment to price and terms.
    /// @param contractText Salted commitment to the written contract.
    /// @param deadline Last second, Unix time, at which the signatures may be recorded.
    /// @param sellerCounter The seller's counter; by advancing it the seller cancels all that it signed.
    /// @param buyerCounter The buyer's counter.
    struct Deal {
        bytes32 rightId;
        bytes32 dealId;
        uint8 kind;
        address seller;
        address buyer;
        bytes32 terms;
        bytes32 contractText;
        uint64 deadline;
        uint32 sellerCounter;
        uint32 buyerCounter;
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
        Unwound,
        Cancelled
    }

    uint8 internal constant ASSIGNMENT = 1;
    uint8 internal constant EXCLUSIVE_LICENCE = 2;
    uint8 internal constant ORDINARY_LICENCE = 4;
    uint8 internal constant RESULT_DELIVERY = 5;

    /// @notice EIP-712 type hash of `Deal`.
    bytes32 internal constant DEAL_TYPEHASH = keccak256(
        "Deal(bytes32 rightId,bytes32 dealId,uint8 kind,address seller,address buyer,bytes32 terms,"
        "bytes32 contractText,uint64 deadline,uint32 sellerCounter,uint32 buyerCounter)"
    );
    bytes32 private constant _CANCELLATION_TYPEHASH = keccak256("DealCancellation(bytes32 deal)");

    /// @dev A {RecordWord}, wrapped so that its place in storage is worked out once.
    struct Slot {
        uint256 word;
    }

    mapping(bytes32 dealId => Slot) internal _deals;
    /// @dev Where deals that came of a fill of two signed orders were agreed.
    address internal immutable _FILL_REGISTER;

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
    /// @dev Both counters are those of the keys at this event, which earlier events tell.
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
    /// @notice A party cancelled what it had signed, before it was recorded; the deal can never be recorded.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param dealId The deal.
    /// @param key Key of the party that cancelled.
    /// @param deal EIP-712 hash of the `Deal` struct.
    event DealCancelled(
        uint64 indexed seq, bytes32 indexed rightId, bytes32 indexed dealId, address key, bytes32 deal
    );
    /// @notice Refused item: the kind is not one of 1 to 5.
    error DealKindUnknown();
    /// @notice Refused item: one address on both sides. Cure: a deal takes two parties.
    error SellerIsBuyer();
    /// @notice Refused item: the identifier does not carry the two keys. Cure: build it as `Deal` says.
    error DealIdForeign();
    /// @notice Refused item: the deadline of the signatures has passed. Cure: both sign again.
    error DealExpired();
    /// @notice Refused item: not the seller's signature over this deal, chain and contract.
    error SellerSignatureInvalid();
    /// @notice Refused item: not the buyer's signature over this deal, chain and contract.
    error BuyerSignatureInvalid();
    /// @notice Refused item: a party cancelled the deal before it was recorded. Cure: a new deal under another
    /// identifier.
    error DealIsCancelled();
    /// @notice The canceller is neither seller nor buyer of the deal.
    error NotAParty(address key);
    /// @notice Refused item: the deal's state does not allow this step.
    error DealStateForbids();
    /// @notice Refused item: the deal's kind does not allow this step.
    error DealKindForbids();

    // The other registers are compared with the manifest at every verification.
    // slither-disable-start missing-zero-check

    /// @param fillRegister_ Where fills of signed orders are recorded; fixed for good.
    constructor(address fillRegister_) {
        _FILL_REGISTER = fillRegister_;
    }

    // slither-disable-end missing-zero-check

    /// @notice Records deals that both parties signed. Role: settler. Stopped by pausing.
    /// @dev Per item, in this order: an identical deal on record is passed over; a cancelled one, or another deal
    /// under the same identifier, is refused; then zero values, kind, parties, identifier, deadline, both keys and
    /// their counters, both signatures are checked. Serves the promise that nobody can forge a deal, the operator
    /// included. Refusals, naming the deal: {IdTaken}, {DealIsCancelled}, {ZeroValue}, {DealKindUnknown},
    /// {SellerIsBuyer}, {DealIdForeign}, {DealExpired}, {KeyUnknown}, {KeyNotLive}, {CounterDiffers},
    /// {SellerSignatureInvalid}, {BuyerSignatureInvalid}, {PartySignature-SignatureMalleable}. Reverts with
    /// {DealsAreStopped}, {BatchTooLong}, {PartySignature-SignaturesMisplaced}, {PartySignature-TooLittleGas}.
    /// Its name is chosen for its selector too: the compiler tries selectors one after the other, the lowest first, at
    /// 22 gas each, and this call is the one that is made most.
    /// @param deals The deals.
    /// @param signatures The seller's and the buyer's signature for each, one after the other, as
    /// {PartySignature-take} reads them.
    function recordAgreements(Deal[] calldata deals, bytes calldata signatures)
        external
        restricted
        bounded(deals.length)
    {
        Cursor memory log = _openLogUnlessStopped();
        bytes32 domain = _domainSeparatorV4();
        (uint256 place, uint256 end) = _bounds(signatures);
        for (uint256 i = 0; i < deals.length; ++i) {
            Deal calldata deal = deals[i];
            bytes32 content = _hashStruct(DEAL_TYPEHASH, _at(deal), 10);
            bytes calldata sellerSignature;
            bytes calldata buyerSignature;
            (sellerSignature, place) = PartySignature.take(place);
            (buyerSignature, place) = PartySignature.take(place);
            Slot storage slot = _deals[deal.dealId];
            uint256 word = slot.word;
            if (word != 0) {
                bytes4 ground = _refusalOfStanding(word, content);
                if (ground != 0) _refuse(log, deal.dealId, ground);
                continue;
            }
            bytes4 refusal = _refusalOfDeal(deal, domain, content, sellerSignature, buyerSignature);
            if (refusal != 0) {
                _refuse(log, deal.dealId, refusal);
                continue;
            }
            _append(log, DealAgreed.selector, _at(deal), 8, 4);
            slot.word = RecordWord.pack(log.seq, deal.kind, uint8(DealState.Agreed), deal.rightId, content);
        }
        require(place == end, PartySignature.SignaturesMisplaced());
        _closeLog(log);
    }

    /// @notice Cancels a deal that is not recorded yet, so that it never can be. Anyone may submit what the seller's
    /// or the buyer's live key signed (EIP-712 type `DealCancellation`); again it changes nothing. Never paused.
    /// @dev Reverts with {NotAParty}, {DealIdForeign}, {DealStateForbids} if the identifier is on record, {KeyUnknown},
    /// {KeyNotLive}, {PartySignature-KeySignatureInvalid}, {PartySignature-SignatureMalleable}.
    /// @param deal The deal.
    /// @param key The seller or the buyer.
    /// @param signature Its signature.
    function cancelDeal(Deal calldata deal, address key, bytes calldata signature) external {
        require(key == deal.seller || key == deal.buyer, NotAParty(key));
        require(_carries(deal.dealId, deal.seller, deal.buyer), DealIdForeign());
        // Read for their check alone: the event's hash must be that of a deal that can be written.
        (deal.deadline, deal.sellerCounter, deal.buyerCounter);
        bytes32 content = _hashStruct(DEAL_TYPEHASH, _at(deal), 10);
        uint256 word = _wordOf(deal.dealId);
        if (word != 0) {
            require(word.state() == uint8(DealState.Cancelled) && word.hasContent(content), DealStateForbids());
            return;
        }
        _requireSignedBy(key, keccak256(abi.encode(_CANCELLATION_TYPEHASH, content)), signature);
        Cursor memory log = _openLog();
        _append(log, DealCancelled.selector, _at(deal), 2, abi.encode(key, content), 4);
        _deals[deal.dealId].word =
            RecordWord.pack(log.seq, deal.kind, uint8(DealState.Cancelled), deal.rightId, content);
        _closeLog(log);
    }

    /// @notice Records that deals were settled. Role: settler.
    /// @dev An assignment must be registered, a licence granted, a delivery of a result agreed. A deal settled
    /// already is passed over. Refusals: {RecordUnknown}, {DealStateForbids}. Reverts with {BatchTooLong}.
    /// @param dealIds The deals.
    function settleDeals(bytes32[] calldata dealIds) external restricted bounded(dealIds.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < dealIds.length; ++i) {
            bytes32 dealId = dealIds[i];
            uint256 word = _deals[dealId].word;
            uint8 state = word.state();
            if (word == 0) {
                _refuse(log, dealId, RecordUnknown.selector);
            } else if (state != uint8(DealState.Settled)) {
                if (!_maySettle(word.kind(), state)) {
                    _refuse(log, dealId, DealStateForbids.selector);
                    continue;
                }
                _deals[dealId].word = word.withState(uint8(DealState.Settled));
                _append(log, DealSettled.selector, abi.encode(dealId, state, DealState.Settled), 3);
            }
        }
        _closeLog(log);
    }

    /// @notice Records that deals were undone before they took effect. Role: settler.
    /// @dev Only from the state agreed: what is registered, licensed or settled is undone by a reverse deal. The
    /// same undoing again is passed over; another reason for a deal undone already is refused. Refusals:
    /// {RecordUnknown}, {AlreadyEnded}, {DealStateForbids}. Reverts with {BatchTooLong}.
    /// @param unwindings The deals and the reasons.
    function unwindDeals(Unwinding[] calldata unwindings) external restricted bounded(unwindings.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < unwindings.length; ++i) {
            Unwinding calldata item = unwindings[i];
            bytes32 content = _hashItem(_at(item), 2);
            uint256 word = _wordOf(item.dealId);
            if (word == 0) {
                _refuse(log, item.dealId, RecordUnknown.selector);
            } else if (word.state() == uint8(DealState.Unwound)) {
                if (!word.hasOutcome(content)) _refuse(log, item.dealId, AlreadyEnded.selector);
            } else if (word.state() != uint8(DealState.Agreed)) {
                _refuse(log, item.dealId, DealStateForbids.selector);
            } else {
                _deals[item.dealId].word = word.advance(uint8(DealState.Unwound), content);
                bytes memory states = abi.encode(DealState.Agreed, DealState.Unwound);
                _append(log, DealUnwound.selector, _at(item), 2, states, 4);
            }
        }
        _closeLog(log);
    }

    /// @notice What is on record of a deal.
    /// @param dealId The deal.
    /// @return seq Number of its {DealAgreed} event, 0 if there is none.
    /// @return kind Kind of deal.
    /// @return state Its state.
    function dealOf(bytes32 dealId) external view returns (uint64 seq, uint8 kind, DealState state) {
        uint256 word = _deals[dealId].word;
        return (word.seq(), word.kind(), DealState(word.state()));
    }

    /// @notice The digest that both parties sign (EIP-712, domain "IPX Register", version "1").
    /// @param deal The deal.
    function dealDigest(Deal calldata deal) external view returns (bytes32) {
        return _hashTypedDataV4(_hashStruct(DEAL_TYPEHASH, _at(deal), 10));
    }

    /// @dev Each narrow member is read once: reading it from calldata checks it anew each time.
    function _refusalOfDeal(
        Deal calldata deal,
        bytes32 domain,
        bytes32 content,
        bytes calldata sellerSignature,
        bytes calldata buyerSignature
    ) private view returns (bytes4 refusal) {
        address seller = deal.seller;
        address buyer = deal.buyer;
        if (deal.rightId == 0 || deal.terms == 0) return ZeroValue.selector;
        uint8 kind = deal.kind;
        if (kind < ASSIGNMENT || kind > RESULT_DELIVERY) return DealKindUnknown.selector;
        if (seller == buyer) return SellerIsBuyer.selector;
        if (!_carries(deal.dealId, seller, buyer)) return DealIdForeign.selector;
        // A miner moves the clock by seconds; deadlines are days away.
        // slither-disable-next-line timestamp
        if (deal.deadline < block.timestamp) return DealExpired.selector;
        refusal = _refusalOfKey(seller, deal.sellerCounter);
        if (refusal != 0) return refusal;
        refusal = _refusalOfKey(buyer, deal.buyerCounter);
        if (refusal != 0) return refusal;
        bytes32 digest = MessageHashUtils.toTypedDataHash(domain, content);
        refusal = PartySignature.refusal(seller, digest, sellerSignature);
        if (refusal != 0) {
            return refusal == PartySignature.KeySignatureInvalid.selector ? SellerSignatureInvalid.selector : refusal;
        }
        refusal = PartySignature.refusal(buyer, digest, buyerSignature);
        if (refusal == PartySignature.KeySignatureInvalid.selector) return BuyerSignatureInvalid.selector;
    }

    /// @dev A deal's word; where none stands here yet, that of the fill that it came of, which this register goes on
    /// with. Only a fixed contract of this history is asked, and it answers a view.
    function _wordOf(bytes32 dealId) internal view returns (uint256 word) {
        word = _deals[dealId].word;
        if (word != 0) return word;
        address fills = _FILL_REGISTER;
        bytes4 question = FillRegister.wordForCaller.selector;
        assembly ("memory-safe") {
            mstore(0x00, question)
            mstore(0x04, dealId)
            // Arguments are worked out from the last to the first: the call comes before the size of its answer.
            if and(eq(returndatasize(), 0x20), staticcall(gas(), fills, 0x00, 0x24, 0x00, 0x20)) {
                word := mload(0x00)
            }
        }
    }

    /// @dev Why this content cannot be recorded under an identifier that is taken; zero if it stands there already.
    function _refusalOfStanding(uint256 word, bytes32 content) internal pure returns (bytes4) {
        if (!word.hasContent(content)) return IdTaken.selector;
        return word.state() == uint8(DealState.Cancelled) ? DealIsCancelled.selector : bytes4(0);
    }

    /// @dev Whether the identifier's first 20 bytes are the last 10 of each address. To occupy the identifier of two
    /// others takes keys that share 80 bits with each of theirs.
    function _carries(bytes32 dealId, address seller, address buyer) internal pure returns (bool) {
        return uint256(dealId) >> 96 == (uint256(uint80(uint160(seller))) << 80) | uint80(uint160(buyer));
    }

    function _maySettle(uint8 kind, uint8 state) private pure returns (bool) {
        if (kind == ASSIGNMENT) return state == uint8(DealState.Registered);
        if (kind == RESULT_DELIVERY) return state == uint8(DealState.Agreed);
        return state == uint8(DealState.Licensed);
    }

    function _at(Deal calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(Unwinding calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
