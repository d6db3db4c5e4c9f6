// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parties} from "./Parties.sol";
import {PartySignature} from "./PartySignature.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Lost keys
/// @notice A party that lost its key gets another one after {RECOVERY_WAIT}, unless its live key vetoes that. The
/// guardian may end the wait on a court's order or the company's sealed statement. Each recovery says who attested
/// it, and stays marked on the key for good. Registrar and guardian together can therefore put a key in a party's
/// place without it; they cannot do so unseen, and every audit lists it.
abstract contract Recoveries is Parties {
    /// @notice A new key for a party that has lost its key, signed by the new key; EIP-712 type `KeyRecovery`.
    /// @param party The party.
    /// @param newKey Its key after the wait; never used here before.
    /// @param authorisation Salted commitment to the papers that show who asks.
    /// @param deadline Last second, Unix time, at which it may be recorded.
    struct KeyRecovery {
        bytes32 party;
        address newKey;
        bytes32 authorisation;
        uint64 deadline;
    }

    /// @notice Objection of a live key to a recovery, signed by it; EIP-712 type `RecoveryVeto`.
    /// @param party The party.
    /// @param newKey The key that must not take its place.
    /// @param key Its live key.
    /// @param deadline Last second, Unix time, at which it may be recorded.
    struct RecoveryVeto {
        bytes32 party;
        address newKey;
        address key;
        uint64 deadline;
    }

    /// @notice Seconds from the proposal of a recovery to its effect.
    uint48 public constant RECOVERY_WAIT = 14 days;

    bytes32 private constant _RECOVERY_TYPEHASH =
        keccak256("KeyRecovery(bytes32 party,address newKey,bytes32 authorisation,uint64 deadline)");
    bytes32 private constant _VETO_TYPEHASH =
        keccak256("RecoveryVeto(bytes32 party,address newKey,address key,uint64 deadline)");

    /// @notice A recovery was proposed.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param newKey Key that is to take over.
    /// @param authorisation Salted commitment to the papers.
    /// @param previousProposal Key that was to take over before, or zero.
    /// @param effectiveAt First second, Unix time, at which it can take effect.
    /// @param attestor Account that recorded it.
    event RecoveryProposed(
        uint64 indexed seq,
        bytes32 indexed party,
        address indexed newKey,
        bytes32 authorisation,
        address previousProposal,
        uint64 effectiveAt,
        address attestor
    );
    /// @notice The live key refused a recovery.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param newKey Key that was to take over.
    /// @param key The live key.
    event RecoveryVetoed(uint64 indexed seq, bytes32 indexed party, address indexed newKey, address key);
    /// @notice A recovery took effect. Every audit flags it.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param newKey Key after.
    /// @param oldKey Key before.
    /// @param ground Hash of the court's order or of the company's sealed statement that ended the wait; zero if the
    /// wait ran its course.
    event KeyRecovered(
        uint64 indexed seq, bytes32 indexed party, address indexed newKey, address oldKey, bytes32 ground
    );

    /// @notice No recovery to this key is under way.
    error RecoveryUnknown();
    /// @notice The wait is not over. Cure: come back at that second, or show the guardian a court's order.
    error RecoveryTooEarly(uint64 effectiveAt);

    /// @notice Proposes keys for parties that lost theirs. Role: registrar. A proposal of the same key again, or of the
    /// key that the party has, is passed over; another key takes its place and starts the wait anew.
    /// @dev Refusals: {RecordUnknown}, {ZeroValue}, {KeyTaken}, {MessageExpired}, {PartySignature-KeySignatureInvalid},
    /// {PartySignature-SignatureMalleable}. Reverts with {BatchTooLong}, {PartySignature-SignaturesMisplaced}.
    /// @param items The proposals.
    /// @param possessions Signature of each new key over its proposal, as {PartySignature-take} reads them.
    function proposeRecoveries(KeyRecovery[] calldata items, bytes calldata possessions)
        external
        direct
        restricted
        bounded(items.length)
    {
        (uint256 place, uint256 end) = _bounds(possessions);
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < items.length; ++i) {
            KeyRecovery calldata item = items[i];
            bytes calldata possession;
            (possession, place) = PartySignature.take(place);
            PartyRecord storage party = _parties[item.party];
            address previous = party.recoveryKey;
            if (item.newKey != address(0) && (item.newKey == previous || item.newKey == party.key)) continue;
            bytes4 refusal = _refusalOfRecovery(item, possession);
            if (refusal != 0) {
                _refuse(log, item.party, refusal);
                continue;
            }
            uint48 effectiveAt = uint48(block.timestamp) + RECOVERY_WAIT;
            party.recoveryKey = item.newKey;
            party.recoveryAt = effectiveAt;
            bytes memory tail = abi.encode(previous, effectiveAt, msg.sender);
            _append(log, RecoveryProposed.selector, _at(item), 3, tail, 4);
        }
        require(place == end, PartySignature.SignaturesMisplaced());
        _closeLog(log);
    }

    /// @notice Refuses a recovery. Anyone may submit what the live key signed; a revoked key has no say.
    /// @dev Reverts with {NotThePartysKey}, {KeyNotLive}, {RecoveryUnknown}, {MessageExpired},
    /// {PartySignature-KeySignatureInvalid}, {PartySignature-SignatureMalleable}.
    /// @param veto What is signed.
    /// @param signature The live key's signature.
    function vetoRecovery(RecoveryVeto calldata veto, bytes calldata signature) external {
        _requireLive(veto.party, veto.key);
        _requireRecovery(veto.party, veto.newKey);
        bytes32 content = _hashStruct(_VETO_TYPEHASH, _at(veto), 4);
        _requireSignature(veto.key, _digestInTime(content, veto.deadline), signature);
        _endRecovery(veto.party);
        // A key that was refused is refused for good: the same proposal cannot come again.
        if (_keys[veto.newKey].status == KeyStatus.None) _keys[veto.newKey].status = KeyStatus.Replaced;
        Cursor memory log = _openLog();
        _append(log, RecoveryVetoed.selector, _at(veto), 3, 4);
        _closeLog(log);
    }

    /// @notice Lets a recovery take effect after its wait. Anyone may call.
    /// @dev Reverts with {RecoveryUnknown}, {RecoveryTooEarly}, {KeyTaken} if the key was enrolled elsewhere meanwhile.
    /// @param party The party.
    /// @param newKey The key that takes over.
    function completeRecovery(bytes32 party, address newKey) external {
        _requireRecovery(party, newKey);
        uint48 effectiveAt = _parties[party].recoveryAt;
        // A miner moves the clock by seconds; the wait is days.
        // slither-disable-next-line timestamp
        require(block.timestamp >= effectiveAt, RecoveryTooEarly(effectiveAt));
        _recover(party, newKey, 0);
    }

    /// @notice Ends the wait of a recovery on a court's order or the company's sealed statement. Role: guardian.
    /// @dev Reverts with {RecoveryUnknown}, {ZeroValue}, {KeyTaken} if the key was enrolled elsewhere meanwhile.
    /// @param party The party.
    /// @param newKey The key that takes over.
    /// @param ground Hash of the order or statement.
    function endRecoveryWait(bytes32 party, address newKey, bytes32 ground) external restricted {
        _requireRecovery(party, newKey);
        require(ground != 0, ZeroValue());
        _recover(party, newKey, ground);
    }

    function _requireRecovery(bytes32 party, address newKey) private view {
        // No time is compared: the key only stands in one record with the time of its effect.
        // slither-disable-next-line timestamp
        require(newKey != address(0) && _parties[party].recoveryKey == newKey, RecoveryUnknown());
    }

    function _refusalOfRecovery(KeyRecovery calldata item, bytes calldata possession) private view returns (bytes4) {
        if (_parties[item.party].key == address(0)) return RecordUnknown.selector;
        if (item.newKey == address(0) || item.authorisation == 0) return ZeroValue.selector;
        if (_keys[item.newKey].status != KeyStatus.None) return KeyTaken.selector;
        // A miner moves the clock by seconds; deadlines are days away.
        // slither-disable-next-line timestamp
        if (item.deadline < block.timestamp) return MessageExpired.selector;
        bytes32 content = _hashStruct(_RECOVERY_TYPEHASH, _at(item), 4);
        return PartySignature.refusal(item.newKey, _hashTypedDataV4(content), possession);
    }

    function _recover(bytes32 party, address newKey, bytes32 ground) private {
        address oldKey = _parties[party].key;
        // A key that was enrolled elsewhere during the wait is not this party's any more.
        require(_keys[newKey].status == KeyStatus.None, KeyTaken());
        if (_keys[oldKey].status == KeyStatus.Live) _keys[oldKey].status = KeyStatus.Replaced;
        Cursor memory log = _openLog();
        _append(log, KeyRecovered.selector, abi.encode(party, newKey, oldKey, ground), 4);
        _bind(party, newKey, true, log.seq);
        _closeLog(log);
    }

    function _at(KeyRecovery calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(RecoveryVeto calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
