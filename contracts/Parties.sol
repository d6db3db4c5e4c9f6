// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Batches} from "./Batches.sol";
import {PartySignature} from "./PartySignature.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Parties' signing keys
/// @notice Which key signs for which party, from when to when. A party stands here by a salted commitment, a natural
/// person or a one-off key for a single deal by a commitment of its own; nothing here can be read as a name.
/// A first key takes proof of possession, a rotation the old key's signature; the key itself or the guardian revokes
/// at once. A false enrolment cannot be stopped by a contract; each names the account that attested it (Civil Code
/// of the PRC, Articles 162 and 165: who acts for a company does so under its authority, which `authorisation`
/// commits to).
abstract contract Parties is Batches, EIP712 {
    /// @notice Binding of a first key, signed by that key; EIP-712 type `KeyEnrolment`.
    /// @param party Salted commitment to the party.
    /// @param key Its signing address: an ordinary account, or a contract account (ERC-1271).
    /// @param authorisation Salted commitment to the letter of authorisation.
    /// @param deadline Last second, Unix time, at which it may be recorded.
    struct KeyEnrolment {
        bytes32 party;
        address key;
        bytes32 authorisation;
        uint64 deadline;
    }

    /// @notice Replacement of a live key, signed by both keys; EIP-712 type `KeyRotation`.
    /// @param party The party.
    /// @param oldKey Its live key.
    /// @param newKey Its key from now on; never used here before.
    /// @param authorisation Salted commitment to the letter of authorisation.
    /// @param deadline Last second, Unix time, at which it may be recorded.
    struct KeyRotation {
        bytes32 party;
        address oldKey;
        address newKey;
        bytes32 authorisation;
        uint64 deadline;
    }

    /// @notice End of a key, signed by it, or asked for by the guardian; EIP-712 type `KeyRevocation`.
    /// @param party The party.
    /// @param key Its key.
    /// @param reason Code of the reason.
    /// @param deadline Last second, Unix time, at which it may be recorded.
    struct KeyRevocation {
        bytes32 party;
        address key;
        bytes32 reason;
        uint64 deadline;
    }

    /// @notice Cancels at once every deal, offer and acceptance that a key has signed and nobody has recorded yet;
    /// signed by it; EIP-712 type `CounterAdvance`. Messages about keys have deadlines of their own instead.
    /// @param party The party.
    /// @param key Its live key.
    /// @param counter The counter from now on; above the one on record.
    /// @param deadline Last second, Unix time, at which it may be recorded.
    struct CounterAdvance {
        bytes32 party;
        address key;
        uint32 counter;
        uint64 deadline;
    }

    /// @notice Life of a key.
    enum KeyStatus {
        None,
        Live,
        Replaced,
        Revoked
    }

    /// @dev One word, so that a deal reads one slot for each side. `enrolment` is a tag of what was signed to bind it.
    struct KeyRecord {
        KeyStatus status;
        bool recovered;
        uint32 counter;
        uint48 seq;
        uint160 enrolment;
    }

    /// @dev Two words; the second is for a recovery under way.
    struct PartyRecord {
        address key;
        uint8 standing;
        address recoveryKey;
        uint48 recoveryAt;
    }

    uint8 internal constant ACTIVE = 1;

    bytes32 private constant _ENROLMENT_TYPEHASH =
        keccak256("KeyEnrolment(bytes32 party,address key,bytes32 authorisation,uint64 deadline)");
    bytes32 private constant _ROTATION_TYPEHASH = keccak256(
        "KeyRotation(bytes32 party,address oldKey,address newKey,bytes32 authorisation,uint64 deadline)"
    );
    bytes32 private constant _REVOCATION_TYPEHASH =
        keccak256("KeyRevocation(bytes32 party,address key,bytes32 reason,uint64 deadline)");
    bytes32 private constant _ADVANCE_TYPEHASH =
        keccak256("CounterAdvance(bytes32 party,address key,uint32 counter,uint64 deadline)");

    mapping(address key => KeyRecord) internal _keys;
    mapping(bytes32 party => PartyRecord) internal _parties;

    /// @notice A party's first key was bound.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param key Its key.
    /// @param authorisation Salted commitment to the letter of authorisation.
    /// @param attestor Account that recorded it, and so attests that the key is the party's.
    event KeyEnrolled(
        uint64 indexed seq,
        bytes32 indexed party,
        address indexed key,
        bytes32 authorisation,
        address attestor
    );
    /// @notice A party's key was replaced by its own will; a recovery under way ends.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param oldKey Key before.
    /// @param newKey Key after.
    /// @param authorisation Salted commitment to the letter of authorisation.
    event KeyRotated(
        uint64 indexed seq,
        bytes32 indexed party,
        address indexed oldKey,
        address newKey,
        bytes32 authorisation
    );
    /// @notice A key was revoked.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param key Its key.
    /// @param reason Code of the reason.
    /// @param byGuardian Whether the guardian did it, not the key itself.
    event KeyRevoked(
        uint64 indexed seq, bytes32 indexed party, address indexed key, bytes32 reason, bool byGuardian
    );
    /// @notice Whatever the key signed under a lower counter and nobody recorded is cancelled.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param key Its key.
    /// @param newCounter Counter after.
    /// @param oldCounter Counter before.
    event CounterAdvanced(
        uint64 indexed seq, bytes32 indexed party, address indexed key, uint32 newCounter, uint32 oldCounter
    );
    /// @notice No key of this address is on record. Cure: enrol it.
    error KeyUnknown();
    /// @notice The key was replaced or revoked. Cure: sign with the party's live key.
    error KeyNotLive();
    /// @notice The address is or was a key here. Cure: use a new key.
    error KeyTaken();
    /// @notice The party has a key already. Cure: rotate it, or have it recovered.
    error PartyHasKey();
    /// @notice The party is not on record, or its key is another.
    error NotThePartysKey();
    /// @notice The signature was made under another counter: the signer has cancelled it. Cure: sign again under the
    /// counter on record.
    error CounterDiffers();
    /// @notice The deadline of the message has passed. Cure: sign it again.
    error MessageExpired();

    /// @notice Binds first keys to parties. Role: registrar. The same binding again is passed over.
    /// @dev Refusals: {ZeroValue}, {KeyTaken}, {PartyHasKey}, {MessageExpired}, {PartySignature-KeySignatureInvalid},
    /// {PartySignature-SignatureMalleable}. Reverts with {BatchTooLong}, {PartySignature-SignaturesMisplaced}.
    /// @param items The bindings.
    /// @param possessions Signature of each key over its binding, as {PartySignature-take} reads them.
    function enrolKeys(KeyEnrolment[] calldata items, bytes calldata possessions)
        external
        direct
        restricted
        bounded(items.length)
    {
        (uint256 place, uint256 end) = _bounds(possessions);
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < items.length; ++i) {
            KeyEnrolment calldata item = items[i];
            bytes calldata possession;
            (possession, place) = PartySignature.take(place);
            bytes32 content = _hashStruct(_ENROLMENT_TYPEHASH, _at(item), 4);
            if (_keys[item.key].enrolment == uint160(uint256(content))) continue;
            bytes4 refusal = _refusalOfEnrolment(item, content, possession);
            if (refusal != 0) {
                _refuse(log, item.party, refusal);
                continue;
            }
            _append(log, KeyEnrolled.selector, _at(item), 3, abi.encode(msg.sender), 4);
            _bind(item.party, item.key, false, log.seq);
            _keys[item.key].enrolment = uint160(uint256(content));
            _parties[item.party].standing = ACTIVE;
        }
        require(place == end, PartySignature.SignaturesMisplaced());
        _closeLog(log);
    }

    /// @notice Replaces a live key. Anyone may submit what both keys signed; again it changes nothing.
    /// @dev Reverts with {NotThePartysKey}, {KeyNotLive}, {KeyTaken}, {MessageExpired},
    /// {PartySignature-KeySignatureInvalid}, {PartySignature-SignatureMalleable}.
    /// @param rotation What is signed.
    /// @param oldSignature The old key's signature.
    /// @param newSignature The new key's signature.
    function rotateKey(KeyRotation calldata rotation, bytes calldata oldSignature, bytes calldata newSignature)
        external
    {
        bytes32 party = rotation.party;
        bool done = _parties[party].key == rotation.newKey && rotation.newKey != address(0);
        if (done && _keys[rotation.oldKey].status == KeyStatus.Replaced) return;
        _requireLive(party, rotation.oldKey);
        require(rotation.newKey != address(0) && _keys[rotation.newKey].status == KeyStatus.None, KeyTaken());
        bytes32 digest = _digestInTime(_hashStruct(_ROTATION_TYPEHASH, _at(rotation), 5), rotation.deadline);
        _requireSignature(rotation.oldKey, digest, oldSignature);
        _requireSignature(rotation.newKey, digest, newSignature);
        Cursor memory log = _openLog();
        _append(log, KeyRotated.selector, _at(rotation), 4, 4);
        _keys[rotation.oldKey].status = KeyStatus.Replaced;
        _bind(party, rotation.newKey, false, log.seq);
        _closeLog(log);
    }

    /// @notice Revokes a key at once. Anyone may submit what the key signed; again it changes nothing.
    /// @dev Reverts with {NotThePartysKey}, {KeyNotLive}, {MessageExpired}, {PartySignature-KeySignatureInvalid},
    /// {PartySignature-SignatureMalleable}.
    /// @param revocation What is signed.
    /// @param signature The key's signature.
    function revokeKey(KeyRevocation calldata revocation, bytes calldata signature) external {
        if (_isRevoked(revocation)) return;
        _requireLive(revocation.party, revocation.key);
        bytes32 content = _hashStruct(_REVOCATION_TYPEHASH, _at(revocation), 4);
        _requireSignature(revocation.key, _digestInTime(content, revocation.deadline), signature);
        _revoke(revocation, false);
    }

    /// @notice Revokes a key at once. Role: guardian. Again it changes nothing.
    /// @dev Reverts with {NotThePartysKey}, {KeyNotLive}.
    /// @param revocation What is revoked, and why; its deadline is not looked at.
    function revokeKeyAsGuardian(KeyRevocation calldata revocation) external restricted {
        if (_isRevoked(revocation)) return;
        _requireLive(revocation.party, revocation.key);
        _revoke(revocation, true);
    }

    /// @notice Cancels every deal, offer and acceptance that a key signed under a lower counter. Anyone may submit
    /// what the key signed; again it changes nothing. Never paused.
    /// @dev Reverts with {NotThePartysKey}, {KeyNotLive}, {CounterDiffers} if the counter is below the one on record,
    /// {MessageExpired}, {PartySignature-KeySignatureInvalid}, {PartySignature-SignatureMalleable}.
    /// @param advance What is signed.
    /// @param signature The key's signature.
    function advanceCounter(CounterAdvance calldata advance, bytes calldata signature) external {
        _requireLive(advance.party, advance.key);
        uint32 counter = _keys[advance.key].counter;
        if (advance.counter == counter) return;
        require(advance.counter > counter, CounterDiffers());
        bytes32 content = _hashStruct(_ADVANCE_TYPEHASH, _at(advance), 4);
        _requireSignature(advance.key, _digestInTime(content, advance.deadline), signature);
        _keys[advance.key].counter = advance.counter;
        Cursor memory log = _openLog();
        _append(log, CounterAdvanced.selector, _at(advance), 3, abi.encode(counter), 4);
        _closeLog(log);
    }

    /// @notice What is on record of a key.
    /// @param key The key.
    /// @return status Its status.
    /// @return recovered Whether it came in by a recovery.
    /// @return counter Signatures count only under this counter.
    /// @return seq Number of the event that brought it in.
    function keyOf(address key) external view returns (KeyStatus status, bool recovered, uint32 counter, uint64 seq) {
        KeyRecord memory record = _keys[key];
        return (record.status, record.recovered, record.counter, record.seq);
    }

    /// @notice What is on record of a party.
    /// @param party The party.
    /// @return key Its key, live or revoked.
    /// @return standing 1 active, 2 suspended, 3 closed, 0 if it is not on record.
    /// @return recoveryKey Key that a recovery under way brings, or zero.
    /// @return recoveryAt First second, Unix time, at which it can take effect.
    function partyOf(bytes32 party)
        external
        view
        returns (address key, uint8 standing, address recoveryKey, uint64 recoveryAt)
    {
        PartyRecord memory record = _parties[party];
        return (record.key, record.standing, record.recoveryKey, record.recoveryAt);
    }

    /// @dev Why nothing that this key signs can be recorded; zero if it can. One storage read.
    function _refusalOfKey(address key, uint256 counter) internal view returns (bytes4) {
        KeyRecord storage record = _keys[key];
        uint256 word;
        assembly {
            word := sload(record.slot)
        }
        // Status is the lowest byte, the counter the four above the second: both at once, since this is on the way
        // of every deal.
        if (word & 0xffffffff00ff == (counter << 16) | uint256(KeyStatus.Live)) return 0;
        if (word == 0) return KeyUnknown.selector;
        return record.status == KeyStatus.Live ? CounterDiffers.selector : KeyNotLive.selector;
    }

    /// @dev Where a batch's signatures begin and end in calldata.
    function _bounds(bytes calldata signatures) internal pure returns (uint256 place, uint256 end) {
        assembly {
            place := signatures.offset
        }
        end = place + signatures.length;
    }

    /// @dev Reverts unless the key is live and signed this.
    function _requireSignedBy(address key, bytes32 content, bytes calldata signature) internal view {
        KeyStatus status = _keys[key].status;
        require(status != KeyStatus.None, KeyUnknown());
        require(status == KeyStatus.Live, KeyNotLive());
        _requireSignature(key, _hashTypedDataV4(content), signature);
    }

    function _requireSignature(address key, bytes32 digest, bytes calldata signature) internal view {
        bytes4 refusal = PartySignature.refusal(key, digest, signature);
        if (refusal == 0) return;
        require(refusal != PartySignature.SignatureMalleable.selector, PartySignature.SignatureMalleable());
        revert PartySignature.KeySignatureInvalid();
    }

    function _digestInTime(bytes32 content, uint64 deadline) internal view returns (bytes32) {
        // A miner moves the clock by seconds; deadlines are days away.
        // slither-disable-next-line timestamp
        require(deadline >= block.timestamp, MessageExpired());
        return _hashTypedDataV4(content);
    }

    function _requireLive(bytes32 party, address key) internal view {
        require(_parties[party].key == key && key != address(0), NotThePartysKey());
        require(_keys[key].status == KeyStatus.Live, KeyNotLive());
    }

    function _isRevoked(KeyRevocation calldata revocation) private view returns (bool) {
        return _parties[revocation.party].key == revocation.key && _keys[revocation.key].status == KeyStatus.Revoked;
    }

    function _refusalOfEnrolment(KeyEnrolment calldata item, bytes32 content, bytes calldata possession)
        private
        view
        returns (bytes4)
    {
        if (item.party == 0 || item.key == address(0) || item.authorisation == 0) return ZeroValue.selector;
        if (_keys[item.key].status != KeyStatus.None) return KeyTaken.selector;
        if (_parties[item.party].key != address(0)) return PartyHasKey.selector;
        // A miner moves the clock by seconds; deadlines are days away.
        // slither-disable-next-line timestamp
        if (item.deadline < block.timestamp) return MessageExpired.selector;
        return PartySignature.refusal(item.key, _hashTypedDataV4(content), possession);
    }

    function _bind(bytes32 party, address key, bool recovered, uint64 seq) internal {
        _keys[key] = KeyRecord({
            status: KeyStatus.Live, recovered: recovered, counter: 0, seq: uint48(seq), enrolment: 0
        });
        _parties[party].key = key;
        _endRecovery(party);
    }

    function _endRecovery(bytes32 party) internal {
        if (_parties[party].recoveryKey == address(0)) return;
        _parties[party].recoveryKey = address(0);
        _parties[party].recoveryAt = 0;
    }

    function _revoke(KeyRevocation calldata revocation, bool byGuardian) private {
        _keys[revocation.key].status = KeyStatus.Revoked;
        Cursor memory log = _openLog();
        _append(log, KeyRevoked.selector, _at(revocation), 3, abi.encode(byGuardian), 4);
        _closeLog(log);
    }

    function _at(KeyEnrolment calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(KeyRotation calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(KeyRevocation calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(CounterAdvance calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
