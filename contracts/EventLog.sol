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
/// An event leaves an inheriting contract by {_append} alone, which logs and folds the very same bytes. Most events
/// are the recorded item itself, word for word as the caller gave it, behind its number. Batches carry number and
/// head in memory (`Cursor`) and write them once, which is what keeps the log cheap; no call that could re-enter
/// with a write stands between `_openLog` and `_closeLog`.
abstract contract EventLog {
    /// @dev Number of the last event and head of the chain of hashes, while a batch is under way.
    struct Cursor {
        uint64 seq;
        bytes32 head;
    }

    uint64 private _eventCount;
    /// @dev The switch of {Batches}; it lives here because it then shares the storage word of the count. The journal
    /// anchor, which nobody can stop, never reads it.
    // slither-disable-next-line unused-state,constable-states,uninitialized-state
    bool internal _stopped;
    bytes32 private _logHead;

    /// @notice One item of a batch was refused; the rest of the batch stands.
    /// @param seq Number of this event in this contract's log.
    /// @param id The identifier that the refused item carried (deal, right, licence, pledge, freeze, party, offer,
    /// listing or correction).
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

    /// @dev As {_openLog}, and the switch with it: both stand in one word, which is read once.
    function _openLogAndSwitch() internal view returns (Cursor memory log, bool stopped) {
        uint256 seq;
        assembly ("memory-safe") {
            let word := sload(_eventCount.slot)
            seq := shr(shl(3, _eventCount.offset), word)
            stopped := and(shr(shl(3, _stopped.offset), word), 0xff)
        }
        log.seq = uint64(seq);
        log.head = _logHead;
    }

    function _closeLog(Cursor memory log) internal {
        _eventCount = log.seq;
        _logHead = log.head;
    }

    /// @dev Logs an event and folds it: number, then `words` words of calldata at `item`, then `tail`. Of these the
    /// first `topics - 1` are topics (`topics` counts topic0: 2, 3 or 4), the rest is data. Whoever hands over
    /// calldata has read each member that is narrower than a word, so that dirty high bits have reverted.
    function _append(
        Cursor memory log,
        bytes32 topic0,
        uint256 item,
        uint256 words,
        bytes memory tail,
        uint256 topics
    ) internal {
        uint64 seq = ++log.seq;
        // Beyond the free memory pointer, which does not move: a batch uses the same memory for each item.
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, mload(add(log, 0x20)))
            mstore(add(start, 0x20), topic0)
            mstore(add(start, 0x40), seq)
            let end := add(add(start, 0x60), shl(5, words))
            calldatacopy(add(start, 0x60), item, shl(5, words))
            mcopy(end, add(tail, 0x20), mload(tail))
            end := add(end, mload(tail))
            let data := add(start, shl(5, add(topics, 1)))
            let length := sub(end, data)
            switch topics
            case 2 { log2(data, length, topic0, seq) }
            case 3 { log3(data, length, topic0, seq, mload(add(start, 0x60))) }
            default { log4(data, length, topic0, seq, mload(add(start, 0x60)), mload(add(start, 0x80))) }
            mstore(add(log, 0x20), keccak256(start, sub(end, start)))
        }
    }

    /// @dev An event that is the item and nothing else.
    function _append(Cursor memory log, bytes32 topic0, uint256 item, uint256 words, uint256 topics) internal {
        // Empty from the start, without a word of memory; a literal would be copied there each time.
        // slither-disable-next-line uninitialized-local
        bytes memory nothing;
        _append(log, topic0, item, words, nothing, topics);
    }

    /// @dev An event that is no item of calldata: the ABI's encoding of all after its number.
    function _append(Cursor memory log, bytes32 topic0, bytes memory record, uint256 topics) internal {
        _append(log, topic0, 0, 0, record, topics);
    }

    function _refuse(Cursor memory log, bytes32 id, bytes4 selector) internal {
        _append(log, ItemRefused.selector, abi.encode(id, selector), 3);
    }

    /// @dev Keccak-256 of `words` words of calldata at `item`.
    function _hashItem(uint256 item, uint256 words) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            calldatacopy(start, item, shl(5, words))
            hash := keccak256(start, shl(5, words))
        }
    }

    /// @dev EIP-712 `hashStruct` of a struct of value types: type hash, then the item's words.
    function _hashStruct(bytes32 typeHash, uint256 item, uint256 words) internal pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let start := mload(0x40)
            mstore(start, typeHash)
            calldatacopy(add(start, 0x20), item, shl(5, words))
            hash := keccak256(start, shl(5, add(words, 1)))
        }
    }
}
