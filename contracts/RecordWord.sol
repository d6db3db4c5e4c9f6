// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title One storage word for one record
/// @notice What the register must remember of a record fits one word, so that a record costs one new slot.
/// @dev From the highest bit down: `seq` (40 bits), `kind` (8), `state` (8), outcome tag (40), right tag (96),
/// content tag (64). A tag is the low bits of a Keccak hash; content and outcome come in as hashes. The right's tag
/// says whose record this is, so it is long: to name another right under it takes a second preimage of 96 bits. The
/// other two guard against a sender who repeats an item or mixes it up; nobody gains by a collision of theirs, since
/// its only effect is that an item is passed over, and the full content stands in the event and in `logHead`.
/// 40 bits of `seq` are 1.1e12 events, more than any chain will carry.
library RecordWord {
    uint256 private constant CONTENT_BITS = 64;
    uint256 private constant RIGHT_BITS = 96;
    uint256 private constant OUTCOME_BITS = 40;
    uint256 private constant RIGHT_SHIFT = CONTENT_BITS;
    uint256 private constant OUTCOME_SHIFT = RIGHT_SHIFT + RIGHT_BITS;
    uint256 private constant STATE_SHIFT = OUTCOME_SHIFT + OUTCOME_BITS;
    uint256 private constant KIND_SHIFT = STATE_SHIFT + 8;
    uint256 private constant SEQ_SHIFT = KIND_SHIFT + 8;
    uint256 private constant CONTENT_MASK = (1 << CONTENT_BITS) - 1;
    uint256 private constant RIGHT_MASK = (1 << RIGHT_BITS) - 1;
    uint256 private constant OUTCOME_MASK = (1 << OUTCOME_BITS) - 1;
    /// @dev State and outcome tag lie side by side: they are the only parts that ever change.
    uint256 private constant CHANGING_MASK = ((1 << (8 + OUTCOME_BITS)) - 1) << OUTCOME_SHIFT;

    /// @dev A new record. Never zero, because events are numbered from 1.
    function pack(uint64 seq_, uint8 kind_, uint8 state_, bytes32 rightId, bytes32 content)
        internal
        pure
        returns (uint256)
    {
        return (uint256(seq_) << SEQ_SHIFT) | (uint256(kind_) << KIND_SHIFT) | (uint256(state_) << STATE_SHIFT)
            | (_tag(rightId) << RIGHT_SHIFT) | (uint256(content) & CONTENT_MASK);
    }

    /// @dev The same record in a later state, with the tag of what brought it there.
    function advance(uint256 word, uint8 newState, bytes32 outcome) internal pure returns (uint256) {
        return (word & ~CHANGING_MASK) | (uint256(newState) << STATE_SHIFT)
            | ((uint256(outcome) & OUTCOME_MASK) << OUTCOME_SHIFT);
    }

    /// @dev The same record in a later state; the outcome tag stays.
    function withState(uint256 word, uint8 newState) internal pure returns (uint256) {
        return (word & ~(uint256(0xff) << STATE_SHIFT)) | (uint256(newState) << STATE_SHIFT);
    }

    function seq(uint256 word) internal pure returns (uint64) {
        return uint64(word >> SEQ_SHIFT);
    }

    function kind(uint256 word) internal pure returns (uint8) {
        return uint8(word >> KIND_SHIFT);
    }

    function state(uint256 word) internal pure returns (uint8) {
        return uint8(word >> STATE_SHIFT);
    }

    function hasContent(uint256 word, bytes32 content) internal pure returns (bool) {
        return word & CONTENT_MASK == uint256(content) & CONTENT_MASK;
    }

    function hasOutcome(uint256 word, bytes32 outcome) internal pure returns (bool) {
        return (word >> OUTCOME_SHIFT) & OUTCOME_MASK == uint256(outcome) & OUTCOME_MASK;
    }

    function concerns(uint256 word, bytes32 rightId) internal pure returns (bool) {
        return (word >> RIGHT_SHIFT) & RIGHT_MASK == _tag(rightId);
    }

    function _tag(bytes32 rightId) private pure returns (uint256 tag) {
        assembly ("memory-safe") {
            mstore(0x00, rightId)
            tag := keccak256(0x00, 0x20)
        }
        tag &= RIGHT_MASK;
    }
}
