// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";
import {RecordWord} from "./RecordWord.sol";
import {Versions} from "./Versions.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Pledges and freezes on rights
/// @notice Mirrors what the public register or a court did: pledges registered and discharged (Civil Code of the
/// PRC, Article 444), proceedings suspended or a right preserved, and released again. Several may stand on one
/// right at a time; each has its own identifier, and every event carries the count before and after.
/// @dev A contract of its own, with its own numbered log, because one contract may have 24,576 bytes of code
/// (EIP-170). It hinders nothing: whether an encumbered right may pass is for the public register to say.
contract EncumbranceRegister is Versions {
    using RecordWord for uint256;

    /// @notice A registered pledge.
    /// @param rightId The right.
    /// @param pledgeId Identifier of the pledge.
    /// @param pledgor Who pledged.
    /// @param pledgee To whom.
    /// @param terms Salted commitment to secured sum and term.
    /// @param proof Hash of the official proof.
    struct Pledge {
        bytes32 rightId;
        bytes32 pledgeId;
        bytes32 pledgor;
        bytes32 pledgee;
        bytes32 terms;
        bytes32 proof;
    }

    /// @notice A freeze: suspension of proceedings or preservation of the right.
    /// @param rightId The right.
    /// @param freezeId Identifier of the freeze.
    /// @param ground Hash of the document that orders it.
    struct Freeze {
        bytes32 rightId;
        bytes32 freezeId;
        bytes32 ground;
    }

    /// @notice The end of a pledge or of a freeze.
    /// @param rightId The right.
    /// @param id Identifier of the pledge or freeze.
    /// @param proof Hash of the document that ends it.
    struct Release {
        bytes32 rightId;
        bytes32 id;
        bytes32 proof;
    }

    uint8 private constant LIVE = 1;
    uint8 private constant ENDED = 2;

    /// @dev What is live on a right.
    struct Live {
        uint24 pledges;
        uint24 freezes;
    }

    mapping(bytes32 rightId => Live) private _live;
    mapping(bytes32 pledgeId => uint256 word) private _pledges;
    mapping(bytes32 freezeId => uint256 word) private _freezes;

    /// @notice A pledge was registered.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param pledgeId The pledge.
    /// @param pledgor Who pledged.
    /// @param pledgee To whom.
    /// @param terms Salted commitment to secured sum and term.
    /// @param proof Hash of the official proof.
    /// @param liveBefore Live pledges on the right before.
    /// @param liveAfter Live pledges on the right after.
    event PledgeRegistered(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed pledgeId,
        bytes32 pledgor,
        bytes32 pledgee,
        bytes32 terms,
        bytes32 proof,
        uint24 liveBefore,
        uint24 liveAfter
    );
    /// @notice A pledge was discharged.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param pledgeId The pledge.
    /// @param proof Hash of the official proof.
    /// @param liveBefore Live pledges on the right before.
    /// @param liveAfter Live pledges on the right after.
    event PledgeDischarged(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed pledgeId,
        bytes32 proof,
        uint24 liveBefore,
        uint24 liveAfter
    );
    /// @notice A right was frozen.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param freezeId The freeze.
    /// @param ground Hash of the document that orders it.
    /// @param liveBefore Live freezes on the right before.
    /// @param liveAfter Live freezes on the right after.
    event RightFrozen(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed freezeId,
        bytes32 ground,
        uint24 liveBefore,
        uint24 liveAfter
    );
    /// @notice A freeze was released.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param freezeId The freeze.
    /// @param proof Hash of the document that ends it.
    /// @param liveBefore Live freezes on the right before.
    /// @param liveAfter Live freezes on the right after.
    event RightReleased(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed freezeId,
        bytes32 proof,
        uint24 liveBefore,
        uint24 liveAfter
    );

    /// @param accessManager Access manager that knows the roles; fixed for good.
    /// @param predecessor_ The register that this one goes on from, or zero.
    constructor(address accessManager, address predecessor_) Batches(accessManager) Versions(predecessor_) {}

    /// @notice Records registered pledges. Role: registrar. The same pledge again is passed over.
    /// @dev Refusals, naming the pledge: {IdTaken}, {ZeroValue}. Reverts with {BatchTooLong}.
    /// @param pledges The pledges.
    function recordPledges(Pledge[] calldata pledges) external restricted bounded(pledges.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < pledges.length; ++i) {
            Pledge calldata item = pledges[i];
            bytes32 content = _hashItem(_at(item), 6);
            uint256 word = _pledges[item.pledgeId];
            if (word != 0) {
                if (!word.hasContent(content)) _refuse(log, item.pledgeId, IdTaken.selector);
            } else if (
                item.rightId == 0 || item.pledgeId == 0 || item.pledgor == 0 || item.pledgee == 0 || item.proof == 0
            ) {
                _refuse(log, item.pledgeId, ZeroValue.selector);
            } else {
                uint24 live = ++_live[item.rightId].pledges;
                _append(log, PledgeRegistered.selector, _at(item), 6, abi.encode(live - 1, live), 4);
                _pledges[item.pledgeId] = RecordWord.pack(log.seq, 0, LIVE, item.rightId, content);
            }
        }
        _closeLog(log);
    }

    /// @notice Records discharged pledges. Role: registrar. The same discharge again is passed over.
    /// @dev Refusals, naming the pledge: {RecordUnknown}, {AnotherRight}, {AlreadyEnded}, {ZeroValue}. Reverts with
    /// {BatchTooLong}.
    /// @param discharges The discharges.
    function dischargePledges(Release[] calldata discharges) external restricted bounded(discharges.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < discharges.length; ++i) {
            Release calldata item = discharges[i];
            (uint256 word, bool open) = _endable(log, _pledges[item.id], item);
            if (open) {
                _pledges[item.id] = word;
                uint24 live = --_live[item.rightId].pledges;
                _append(log, PledgeDischarged.selector, _at(item), 3, abi.encode(live + 1, live), 4);
            }
        }
        _closeLog(log);
    }

    /// @notice Records freezes. Role: registrar. The same freeze again is passed over.
    /// @dev Refusals, naming the freeze: {IdTaken}, {ZeroValue}. Reverts with {BatchTooLong}.
    /// @param freezes The freezes.
    function freezeRights(Freeze[] calldata freezes) external restricted bounded(freezes.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < freezes.length; ++i) {
            Freeze calldata item = freezes[i];
            bytes32 content = _hashItem(_at(item), 3);
            uint256 word = _freezes[item.freezeId];
            if (word != 0) {
                if (!word.hasContent(content)) _refuse(log, item.freezeId, IdTaken.selector);
            } else if (item.rightId == 0 || item.freezeId == 0 || item.ground == 0) {
                _refuse(log, item.freezeId, ZeroValue.selector);
            } else {
                uint24 live = ++_live[item.rightId].freezes;
                _append(log, RightFrozen.selector, _at(item), 3, abi.encode(live - 1, live), 4);
                _freezes[item.freezeId] = RecordWord.pack(log.seq, 0, LIVE, item.rightId, content);
            }
        }
        _closeLog(log);
    }

    /// @notice Records releases of freezes. Role: registrar. The same release again is passed over.
    /// @dev Refusals, naming the freeze: {RecordUnknown}, {AnotherRight}, {AlreadyEnded}, {ZeroValue}. Reverts with
    /// {BatchTooLong}.
    /// @param releases The releases.
    function releaseRights(Release[] calldata releases) external restricted bounded(releases.length) {
        Cursor memory log = _openLog();
        for (uint256 i = 0; i < releases.length; ++i) {
            Release calldata item = releases[i];
            (uint256 word, bool open) = _endable(log, _freezes[item.id], item);
            if (open) {
                _freezes[item.id] = word;
                uint24 live = --_live[item.rightId].freezes;
                _append(log, RightReleased.selector, _at(item), 3, abi.encode(live + 1, live), 4);
            }
        }
        _closeLog(log);
    }

    /// @notice How much stands on a right.
    /// @param rightId The right.
    /// @return livePledges Pledges registered and not discharged.
    /// @return liveFreezes Freezes not released.
    function encumbrancesOf(bytes32 rightId) external view returns (uint24 livePledges, uint24 liveFreezes) {
        return (_live[rightId].pledges, _live[rightId].freezes);
    }

    /// @notice What is on record of a pledge.
    /// @param pledgeId The pledge.
    /// @return seq Number of its {PledgeRegistered} event, 0 if there is none.
    /// @return live Whether it stands.
    function pledgeOf(bytes32 pledgeId) external view returns (uint64 seq, bool live) {
        uint256 word = _pledges[pledgeId];
        return (word.seq(), word.state() == LIVE);
    }

    /// @notice What is on record of a freeze.
    /// @param freezeId The freeze.
    /// @return seq Number of its {RightFrozen} event, 0 if there is none.
    /// @return live Whether it stands.
    function freezeOf(bytes32 freezeId) external view returns (uint64 seq, bool live) {
        uint256 word = _freezes[freezeId];
        return (word.seq(), word.state() == LIVE);
    }

    /// @dev The word in its ended state, and whether the item ends it now; refuses what cannot be ended.
    function _endable(Cursor memory log, uint256 word, Release calldata item)
        private
        returns (uint256 ended, bool open)
    {
        bytes32 content = _hashItem(_at(item), 3);
        if (word == 0) {
            _refuse(log, item.id, RecordUnknown.selector);
        } else if (!word.concerns(item.rightId)) {
            _refuse(log, item.id, AnotherRight.selector);
        } else if (word.state() == ENDED) {
            if (!word.hasOutcome(content)) _refuse(log, item.id, AlreadyEnded.selector);
        } else if (item.proof == 0) {
            _refuse(log, item.id, ZeroValue.selector);
        } else {
            return (word.advance(ENDED, content), true);
        }
        return (word, false);
    }

    function _at(Pledge calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(Freeze calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }

    function _at(Release calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
