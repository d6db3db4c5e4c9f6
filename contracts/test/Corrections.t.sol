// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Corrections} from "../Corrections.sol";
import {RegisterFixture} from "./RegisterFixture.sol";

contract CorrectionsTest is RegisterFixture {
    function test_a_correction_names_an_earlier_event_and_stands_once() public {
        recordRight(RIGHT, SELLER_HOLDER);
        absorb();
        _correct("c1", 3, "new", PROOF);
        expectEvent(
            Corrections.Corrected.selector, bytes32(uint256(3)), "c1", abi.encode(bytes32("old"), bytes32("new"), PROOF)
        );
        _correct("c1", 3, "new", PROOF);
        expectNothing();
        _correct("c1", 3, "other", PROOF);
        expectRefused("c1", Batches.IdTaken.selector);
        same(holderOf(RIGHT), SELLER_HOLDER, "a correction rewrites nothing");
    }

    function test_a_correction_of_no_event_is_refused(uint64 seq) public {
        vm.assume(seq == 0 || seq > 2);
        _correct("c1", seq, "new", PROOF);
        expectRefused("c1", Corrections.EventUnknown.selector);
    }

    function test_a_correction_without_identifier_value_or_ground_is_refused() public {
        _correct(0, 1, "new", PROOF);
        expectRefused(0, Batches.ZeroValue.selector);
        _correct("c1", 1, 0, PROOF);
        expectRefused("c1", Batches.ZeroValue.selector);
        _correct("c1", 1, "new", 0);
        expectRefused("c1", Batches.ZeroValue.selector);
    }

    function test_a_correction_may_itself_be_corrected() public {
        _correct("c1", 1, "new", PROOF);
        _correct("c2", 3, "newer", PROOF);
        same(absorb().length, 2, "both stand");
    }

    function test_a_batch_of_corrections_above_the_bound_reverts_whole() public {
        reverts(
            abi.encodeCall(register.recordCorrections, (new Corrections.Correction[](257))),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
    }

    function _correct(bytes32 id, uint64 seq, bytes32 newValue, bytes32 ground) private {
        Corrections.Correction[] memory items = new Corrections.Correction[](1);
        items[0] = Corrections.Correction(seq, id, "old", newValue, ground);
        register.recordCorrections(items);
    }
}
