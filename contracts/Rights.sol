// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "./Deals.sol";
import {RecordWord} from "./RecordWord.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title What the public register says of rights
/// @notice Rights, and their holders as the public register of the right's office confirmed them. A holder changes
/// only here and only with the hash of an official proof. The venue's own deals never move a holder by themselves
/// (Patent Law of the PRC, Article 10: an assignment takes effect on registration).
/// @dev Holders are `bytes32`: a salted commitment to a party, or a party's address in the low 20 bytes.
abstract contract Rights is Deals {
    using RecordWord for uint256;

    /// @notice A right as the register copy shows it.
    /// @param rightId Identifier of the right.
    /// @param holder Holder of record.
    /// @param document Hash of the register copy.
    struct RightEntry {
        bytes32 rightId;
        bytes32 holder;
        bytes32 document;
    }

    /// @notice The register's confirmation that the holder of record changed.
    /// @param rightId The right.
    /// @param dealId The deal behind it; zero if it was none of this venue's (inheritance, judgment, correction).
    /// @param oldHolder Holder of record until now.
    /// @param newHolder Holder of record from now on.
    /// @param proof Hash of the official proof.
    struct Confirmation {
        bytes32 rightId;
        bytes32 dealId;
        bytes32 oldHolder;
        bytes32 newHolder;
        bytes32 proof;
    }

    /// @dev Two words; `content` is a tag of what was registered.
    struct RightRecord {
        bytes32 holder;
        uint64 seq;
        uint192 content;
    }

    mapping(bytes32 rightId => RightRecord) private _rights;
    /// @dev Confirmations without a deal, by the hash of their content.
    mapping(bytes32 content => uint256 seq) private _confirmationsWithoutDeal;

    /// @notice A right was entered with its holder of record.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param holder Holder of record.
    /// @param document Hash of the register copy.
    event RightRegistered(uint64 indexed seq, bytes32 indexed rightId, bytes32 holder, bytes32 document);
    /// @notice The public register confirmed a new holder of record.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param dealId The deal behind it, or zero.
    /// @param oldHolder Holder of record before.
    /// @param newHolder Holder of record after.
    /// @param proof Hash of the official proof.
    event RegistryConfirmed(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed dealId,
        bytes32 oldHolder,
        bytes32 newHolder,
        bytes32 proof
    );

    /// @notice Refused item: the right is not on record. Cure: record the right first.
    error RightUnknown();
    /// @notice Refused item: the old holder is not the holder on record. Cure: read {rightOf} again.
    error HolderMismatch();
    /// @notice Refused item: old and new holder are the same.
    error HolderUnchanged();

    /// @notice Enters rights. Role: registrar.
    /// @dev The same entry again is passed over, also after the holder changed. Refusals: {IdTaken}, {ZeroValue}.
    /// Reverts with {BatchTooLong}.
    /// @param entries The rights.
    function recordRights(RightEntry[] calldata entries) external restricted bounded(entries.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < entries.length; ++i) {
            RightEntry calldata entry = entries[i];
            uint192 content = uint192(uint256(_hashItem(_at(entry), 3)));
            RightRecord storage right = _rights[entry.rightId];
            if (right.seq != 0) {
                if (right.content != content) _refuse(log, entry.rightId, IdTaken.selector);
            } else if (entry.rightId == 0 || entry.holder == 0 || entry.document == 0) {
                _refuse(log, entry.rightId, ZeroValue.selector);
            } else {
                right.holder = entry.holder;
                _append(log, RightRegistered.selector, _at(entry), 3, 3);
                right.seq = log.seq;
                right.content = content;
            }
        }
        _closeLog(log);
    }

    /// @notice Records changes of the holder of record that the public register confirmed. Role: registrar.
    /// @dev With a deal: it must be an agreed assignment of this very right; it becomes registered. The same
    /// confirmation again is passed over. A frozen or pledged right is no obstacle here: whether it may pass is
    /// for the public register to say, and this log mirrors it. Refusals, naming the deal, or the item's hash if there
    /// is none: {RecordUnknown}, {AnotherRight}, {DealKindForbids}, {DealStateForbids}, {ZeroValue}, {HolderUnchanged},
    /// {RightUnknown}, {HolderMismatch}. Reverts with {BatchTooLong}.
    /// @param confirmations The confirmations.
    function confirmRegistrations(Confirmation[] calldata confirmations)
        external
        restricted
        bounded(confirmations.length)
    {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < confirmations.length; ++i) {
            Confirmation calldata item = confirmations[i];
            bytes32 content = _hashItem(_at(item), 5);
            bytes32 dealId = item.dealId;
            uint256 word = dealId == 0 ? 0 : _deals[dealId].word;
            if (_confirmedBefore(dealId, word, content)) continue;
            bytes4 refusal = dealId == 0 ? bytes4(0) : _refusalOfDealBehind(word, item.rightId);
            if (refusal == 0) refusal = _refusalOfHolders(item);
            if (refusal != 0) {
                _refuse(log, dealId == 0 ? content : dealId, refusal);
                continue;
            }
            _rights[item.rightId].holder = item.newHolder;
            _append(log, RegistryConfirmed.selector, _at(item), 5, 4);
            if (dealId == 0) _confirmationsWithoutDeal[content] = log.seq;
            else _deals[dealId].word = word.advance(uint8(DealState.Registered), content);
        }
        _closeLog(log);
    }

    /// @notice What is on record of a right.
    /// @param rightId The right.
    /// @return seq Number of its {RightRegistered} event, 0 if there is none.
    /// @return holder Holder of record, as last confirmed.
    function rightOf(bytes32 rightId) external view returns (uint64 seq, bytes32 holder) {
        return (_rights[rightId].seq, _rights[rightId].holder);
    }

    function _confirmedBefore(bytes32 dealId, uint256 word, bytes32 content) private view returns (bool) {
        if (dealId == 0) return _confirmationsWithoutDeal[content] != 0;
        uint8 state = word.state();
        // Only an assignment comes to settled through registered; other kinds never had this outcome tag.
        return word.kind() == ASSIGNMENT && (state == uint8(DealState.Registered) || state == uint8(DealState.Settled))
            && word.hasOutcome(content);
    }

    function _refusalOfDealBehind(uint256 word, bytes32 rightId) private pure returns (bytes4) {
        if (word == 0) return RecordUnknown.selector;
        if (!word.concerns(rightId)) return AnotherRight.selector;
        if (word.kind() != ASSIGNMENT) return DealKindForbids.selector;
        if (word.state() != uint8(DealState.Agreed)) return DealStateForbids.selector;
        return 0;
    }

    function _refusalOfHolders(Confirmation calldata item) private view returns (bytes4) {
        if (item.oldHolder == 0 || item.newHolder == 0 || item.proof == 0) return ZeroValue.selector;
        if (item.oldHolder == item.newHolder) return HolderUnchanged.selector;
        bytes32 holder = _rights[item.rightId].holder;
        if (holder == 0) return RightUnknown.selector;
        if (holder != item.oldHolder) return HolderMismatch.selector;
        return 0;
    }

    function _at(RightEntry calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(Confirmation calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
