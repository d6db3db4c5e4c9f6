// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title A numbered, hash-chained event log
/// @notice Lets an auditor prove with two calls that a node left out or changed no event: `eventCount` says how
/// many events there are, and `logHead` is a hash over all of them.
/// @dev The fold, exactly. `head(0) = keccak256(abi.encode(uint256 chainId, address thisContract))`, with the
/// chain id as it was at deployment. For the n-th event, n = 1, 2, 3, ...:
/// `head(n) = keccak256(head(n-1) || topic0 || topic1 || ... || topicK || data)`,
/// that is: the previous head, every topic of the log in order as 32 bytes each, then the log's data as it
/// stands. topic0 fixes the number of topics and the shape of the data, so no two different logs give the same
/// bytes. topic1 is always `seq = n`, as `uint64`.
/// Every event of an inheriting contract is emitted by its own small function, which emits and folds the same
/// values. Batches carry number and head in memory (`Cursor`) and write them once, which is what keeps the log
/// cheap; no call that could re-enter with a write stands between `_openLog` and `_closeLog`.
abstract contract EventLog {
    /// @dev Number of the last event and head of the chain of hashes, while a batch is under way.
    struct Cursor {
        uint64 seq;
        bytes32 head;
    }

    uint64 private _eventCount;
    /// @dev Belongs to the switch in {Deals}; it lives here because it then shares the storage word of the count.
    bool internal _dealsPaused;
    bytes32 private _logHead;

    /// @notice One item of a batch was refused; the rest of the batch stands.
    /// @param seq Number of this event in this contract's log.
    /// @param id The identifier that the refused item carried (deal, right, licence, pledge, freeze or correction).
    /// @param selector Selector of the custom error that says why.
    event ItemRefused(uint64 indexed seq, bytes32 indexed id, bytes4 selector);

    constructor() {
        _logHead = keccak256(abi.encode(block.chainid, address(this)));
    }

    /// @notice Number of events so far; also the `seq` of the last one. Events are numbered from 1 without a gap.
    function eventCount() public view returns (uint64) {
        return _eventCount;
    }

    /// @notice Hash over all events so far; the fold is specified at the top of this contract.
    function logHead() public view returns (bytes32) {
        return _logHead;
    }

    function _openLog() internal view returns (Cursor memory log) {
        log.seq = _eventCount;
        log.head = _logHead;
    }

    function _closeLog(Cursor memory log) internal {
        _eventCount = log.seq;
        _logHead = log.head;
    }

    function _nextSeq(Cursor memory log) internal pure returns (uint64 seq) {
        seq = ++log.seq;
    }

    function _refuse(Cursor memory log, bytes32 id, bytes4 selector) internal {
        uint64 seq = _nextSeq(log);
        emit ItemRefused(seq, id, selector);
        log.head = keccak256(abi.encode(log.head, ItemRefused.selector, seq, id, selector));
    }
}
