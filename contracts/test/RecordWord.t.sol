// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {RecordWord} from "../RecordWord.sol";
import {TestBase} from "./TestBase.sol";

contract RecordWordTest is TestBase {
    using RecordWord for uint256;

    function test_every_field_comes_back_as_it_was_packed(
        uint40 seq,
        uint8 kind,
        uint8 state,
        bytes32 right,
        bytes32 content
    ) public pure {
        uint256 word = RecordWord.pack(seq, kind, state, right, content);
        same(word.seq(), seq, "seq");
        same(word.kind(), kind, "kind");
        same(word.state(), state, "state");
        check(word.concerns(right), "right");
        check(word.hasContent(content), "content");
    }

    function test_advancing_changes_state_and_outcome_alone(
        uint40 seq,
        uint8 kind,
        bytes32 right,
        bytes32 content,
        uint8 first,
        uint8 second,
        bytes32 outcome
    ) public pure {
        uint256 word = RecordWord.pack(seq, kind, first, right, content).advance(second, outcome);
        check(word.hasOutcome(outcome), "outcome");
        same(word.state(), second, "state");
        word = word.withState(first);
        check(word.hasOutcome(outcome), "outcome stays");
        same(word.state(), first, "state again");
        same(word.seq(), seq, "seq");
        same(word.kind(), kind, "kind");
        check(word.concerns(right), "right");
        check(word.hasContent(content), "content");
    }

    function test_another_right_or_content_is_told_apart(bytes32 one, bytes32 other) public pure {
        vm.assume(one != other);
        uint256 word = RecordWord.pack(1, 1, 1, one, keccak256(abi.encode(one)));
        check(!word.concerns(other), "right");
        check(!word.hasContent(keccak256(abi.encode(other))), "content");
    }

    function test_rights_that_differ_in_one_bit_are_told_apart(bytes32 right, uint8 bit) public pure {
        uint256 word = RecordWord.pack(1, 1, 1, right, 0);
        check(!word.concerns(bytes32(uint256(right) ^ (uint256(1) << bit))), "right");
    }
}
