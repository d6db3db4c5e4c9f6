// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Parties} from "./Parties.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Parties' standing
/// @notice What the venue found of a party: active, suspended or closed. Recorded, not enforced: a signed contract
/// binds whatever standing its parties have later (Civil Code of the PRC, Article 119).
abstract contract Standings is Parties {
    /// @notice What the venue found a party's standing to be.
    /// @param party The party.
    /// @param standing 1 active, 2 suspended, 3 closed.
    /// @param reason Code of the reason.
    struct StandingChange {
        bytes32 party;
        uint8 standing;
        bytes32 reason;
    }

    uint8 private constant CLOSED = 3;

    /// @notice The venue's finding on a party changed.
    /// @param seq Number of this event in this contract's log.
    /// @param party The party.
    /// @param newStanding After: 1 active, 2 suspended, 3 closed.
    /// @param reason Code of the reason.
    /// @param oldStanding Before.
    event StandingChanged(
        uint64 indexed seq, bytes32 indexed party, uint8 newStanding, bytes32 reason, uint8 oldStanding
    );

    /// @notice Refused item: the standing is not 1 to 3, is the one on record, or was closed before.
    error StandingForbids();

    /// @notice Records what the venue found parties' standing to be. Role: registrar.
    /// @dev Refusals: {RecordUnknown}, {StandingForbids}. The standing on record again is passed over. Reverts
    /// with {BatchTooLong}.
    /// @param items The findings.
    function recordStandings(StandingChange[] calldata items) external restricted bounded(items.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < items.length; ++i) {
            StandingChange calldata item = items[i];
            uint8 standing = _parties[item.party].standing;
            if (standing == 0) {
                _refuse(log, item.party, RecordUnknown.selector);
            } else if (item.standing == standing) {
                continue;
            } else if (item.standing < ACTIVE || item.standing > CLOSED || standing == CLOSED) {
                _refuse(log, item.party, StandingForbids.selector);
            } else {
                _parties[item.party].standing = item.standing;
                _append(log, StandingChanged.selector, _at(item), 3, abi.encode(standing), 3);
            }
        }
        _closeLog(log);
    }

    function _at(StandingChange calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
