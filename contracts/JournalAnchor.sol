// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AnchoredTree} from "./AnchoredTree.sol";
import {EventLog} from "./EventLog.sol";

/// @title Anchor of the journal
/// @notice Keeps the Merkle root of the venue's whole journal (RFC 6962, SHA-256). The journal can only grow: a
/// smaller size, or an anchor that does not follow the last one, is refused; that the new tree extends the old one
/// anyone can check with a consistency proof. Nobody can stop, replace or rewrite it: there is no owner, no role, no
/// pause and no upgrade, and the one key can only anchor and hand itself over.
contract JournalAnchor is AnchoredTree, EventLog {
    /// @notice Most entries that one anchor may add; bounds what a stolen key or a wild size can do.
    uint64 public constant MAX_GROWTH = 1 << 20;

    address private _key;
    address private _proposedKey;

    /// @notice The journal's root at a size was anchored.
    /// @param seq Number of this event in this contract's log.
    /// @param size Number of entries under the root.
    /// @param previousSize Number of entries under the previous root.
    /// @param root Merkle root.
    /// @param previousRoot Previous Merkle root.
    event Anchored(
        uint64 indexed seq, uint64 indexed size, uint64 previousSize, bytes32 root, bytes32 previousRoot
    );
    /// @notice The key named its successor, which must now accept.
    /// @param seq Number of this event in this contract's log.
    /// @param key The key.
    /// @param previousProposal Successor named before, or zero.
    /// @param proposal Successor named now, or zero.
    event AnchorKeyProposed(uint64 indexed seq, address indexed key, address previousProposal, address proposal);
    /// @notice Another key anchors from now on.
    /// @param seq Number of this event in this contract's log.
    /// @param previousKey The key before.
    /// @param newKey The key now.
    event AnchorKeyRotated(uint64 indexed seq, address indexed previousKey, address indexed newKey);

    /// @notice The caller does not hold the key that this step takes.
    error NotTheKey(address caller);
    /// @notice The size is not above the anchored one. Cure: anchor a later state of the journal.
    error SizeNotAbove(uint64 size, uint64 anchored);
    /// @notice The size grows by more than {MAX_GROWTH}. Cure: anchor intermediate sizes first.
    error GrowthTooLarge(uint64 growth, uint64 most);
    /// @notice The previous root is not the anchored one. Cure: read {head}; a journal with another past can never
    /// be anchored here.
    error PreviousRootDiffers(bytes32 given, bytes32 anchored);
    /// @notice The root is zero.
    error RootIsZero();
    /// @notice The key must not be zero.
    error KeyIsZero();

    /// @dev Only the key that anchors.
    modifier onlyKey() {
        require(msg.sender == _key, NotTheKey(msg.sender));
        _;
    }

    /// @param firstKey Address that may anchor.
    constructor(address firstKey) {
        require(firstKey != address(0), KeyIsZero());
        _key = firstKey;
    }

    /// @notice Anchors a later root of the journal. Only the key.
    /// @dev Reverts with {NotTheKey}, {SizeNotAbove}, {GrowthTooLarge}, {PreviousRootDiffers}, {RootIsZero}.
    /// Whether the new tree really extends the old one is not proven here: anyone can check it with a consistency
    /// proof (RFC 9162, 2.1.4) between any two anchored roots.
    /// @param root Merkle root of the journal.
    /// @param size Number of entries under it.
    /// @param previousRoot The root anchored before; {EMPTY_ROOT} for the first.
    function anchor(bytes32 root, uint64 size, bytes32 previousRoot) external onlyKey {
        uint64 previousSize = _size;
        require(size > previousSize, SizeNotAbove(size, previousSize));
        require(size - previousSize <= MAX_GROWTH, GrowthTooLarge(size - previousSize, MAX_GROWTH));
        bytes32 anchored = _root;
        require(previousRoot == anchored, PreviousRootDiffers(previousRoot, anchored));
        require(root != 0, RootIsZero());
        _root = root;
        _size = size;
        Cursor memory log = _openLog();
        _append(log, Anchored.selector, abi.encode(size, previousSize, root, previousRoot), 3);
        _closeLog(log);
    }

    /// @notice Names the next key, or takes the proposal back with zero. Only the key.
    /// @param proposal The next key.
    function proposeKey(address proposal) external onlyKey {
        address previous = _proposedKey;
        // Zero takes a proposal back: nobody can accept it, since no caller is zero.
        // slither-disable-next-line missing-zero-check
        _proposedKey = proposal;
        Cursor memory log = _openLog();
        _append(log, AnchorKeyProposed.selector, abi.encode(msg.sender, previous, proposal), 3);
        _closeLog(log);
    }

    /// @notice Takes over as the key. Only the proposed key, which shows by calling that somebody holds it.
    /// @dev Reverts with {NotTheKey}.
    function acceptKey() external {
        require(msg.sender == _proposedKey, NotTheKey(msg.sender));
        address previous = _key;
        // The event is {AnchorKeyRotated} below, which {EventLog-_append} logs in assembly.
        // slither-disable-next-line events-access
        _key = msg.sender;
        _proposedKey = address(0);
        Cursor memory log = _openLog();
        _append(log, AnchorKeyRotated.selector, abi.encode(previous, msg.sender), 4);
        _closeLog(log);
    }

    /// @notice The key, and the proposed next one or zero.
    function keys() external view returns (address key, address proposal) {
        return (_key, _proposedKey);
    }
}
