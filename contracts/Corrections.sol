// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Corrections
/// @notice Nothing is ever rewritten: a correction is a new event that names the one it corrects.
abstract contract Corrections is Batches {
    /// @notice A correction.
    /// @param correctedSeq Number of the event that was wrong.
    /// @param correctionId Identifier of the correction.
    /// @param oldValue Hash of what it said.
    /// @param newValue Hash of what it should have said.
    /// @param ground Hash of the document that shows it.
    struct Correction {
        uint64 correctedSeq;
        bytes32 correctionId;
        bytes32 oldValue;
        bytes32 newValue;
        bytes32 ground;
    }

    mapping(bytes32 correctionId => bytes32 content) private _corrections;

    /// @notice An earlier event was wrong.
    /// @param seq Number of this event in this contract's log.
    /// @param correctedSeq Number of the event that was wrong.
    /// @param correctionId The correction.
    /// @param oldValue Hash of what it said.
    /// @param newValue Hash of what it should have said.
    /// @param ground Hash of the document that shows it.
    event Corrected(
        uint64 indexed seq,
        uint64 indexed correctedSeq,
        bytes32 indexed correctionId,
        bytes32 oldValue,
        bytes32 newValue,
        bytes32 ground
    );
    /// @notice Refused item: the event to be corrected does not exist.
    error EventUnknown();

    /// @notice Records corrections. Role: registrar. The same correction again is passed over.
    /// @dev Refusals, naming the correction: {IdTaken}, {ZeroValue}, {EventUnknown}. Reverts with {BatchTooLong}.
    /// @param corrections The corrections.
    function recordCorrections(Correction[] calldata corrections)
        external
        restricted
        bounded(corrections.length)
    {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < corrections.length; ++i) {
            Correction calldata item = corrections[i];
            bytes32 content = _hashItem(_at(item), 5);
            bytes32 standing = _corrections[item.correctionId];
            if (standing != 0) {
                if (standing != content) _refuse(log, item.correctionId, IdTaken.selector);
            } else if (item.correctionId == 0 || item.newValue == 0 || item.ground == 0) {
                _refuse(log, item.correctionId, ZeroValue.selector);
            } else if (item.correctedSeq == 0 || item.correctedSeq > log.seq) {
                _refuse(log, item.correctionId, EventUnknown.selector);
            } else {
                _corrections[item.correctionId] = content;
                _append(log, Corrected.selector, _at(item), 5, 4);
            }
        }
        _closeLog(log);
    }

    function _at(Correction calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
