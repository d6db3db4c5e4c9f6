// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev The cheatcodes of Hardhat's Solidity test runner that these tests use.
interface Vm {
    struct Log {
        bytes32[] topics;
        bytes data;
        address emitter;
    }

    function addr(uint256 privateKey) external pure returns (address);
    function assume(bool condition) external pure;
    function chainId(uint256 newChainId) external;
    function etch(address target, bytes calldata code) external;
    function expectRevert(bytes4 selector) external;
    function expectRevert(bytes calldata revertData) external;
    function getCode(string calldata artifact) external view returns (bytes memory);
    function getRecordedLogs() external returns (Log[] memory);
    function prank(address sender) external;
    function recordLogs() external;
    function sign(uint256 privateKey, bytes32 digest) external pure returns (uint8 v, bytes32 r, bytes32 s);
    function signCompact(uint256 privateKey, bytes32 digest) external pure returns (bytes32 r, bytes32 vs);
    function snapshotGasLastCall(string calldata name) external returns (uint256);
    function snapshotValue(string calldata name, uint256 value) external;
    function warp(uint256 timestamp) external;
}

/// @dev What every test needs: cheatcodes, checks, and an independent fold of the event log.
abstract contract TestBase {
    Vm internal constant vm = Vm(address(uint160(uint256(keccak256("hevm cheat code")))));

    error NotEqual(string what, bytes32 actual, bytes32 expected);
    error NotTrue(string what);

    function check(bool condition, string memory what) internal pure {
        if (!condition) revert NotTrue(what);
    }

    function same(uint256 actual, uint256 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqual(what, bytes32(actual), bytes32(expected));
    }

    function same(bytes32 actual, bytes32 expected, string memory what) internal pure {
        if (actual != expected) revert NotEqual(what, actual, expected);
    }

    function same(address actual, address expected, string memory what) internal pure {
        same(uint256(uint160(actual)), uint256(uint160(expected)), what);
    }

    function same(bytes memory actual, bytes memory expected, string memory what) internal pure {
        same(keccak256(actual), keccak256(expected), what);
    }

    /// @dev A number between two bounds, both included, for fuzzed inputs.
    function bound(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        return least + (value % (most - least + 1));
    }

    /// @dev A contract from its compiled code. Tests name the contracts that they try instead of importing them, so
    /// that a change of a test compiles the test alone.
    function deploy(string memory artifact, bytes memory arguments) internal returns (address deployed) {
        bytes memory code = bytes.concat(vm.getCode(artifact), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 0x20), mload(code))
        }
        check(deployed != address(0), artifact);
    }

    /// @dev The call reverts with exactly these bytes.
    function reverts(address target, bytes memory data, bytes memory reason) internal {
        (bool ok, bytes memory answer) = target.call(data);
        check(!ok, "reverts");
        same(answer, reason, "reason of the revert");
    }

    /// @dev The call reverts with this error, which has no arguments.
    function reverts(address target, bytes memory data, bytes4 selector) internal {
        reverts(target, data, abi.encodeWithSelector(selector));
    }

    /// @dev The fold as the log's documentation words it, over the raw topics and data of a log.
    function fold(bytes32 head, Vm.Log memory entry) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(head, entry.topics, entry.data));
    }

    /// @dev `r`, `s` and `v` with the high `s`, which recovers to the same key.
    function highS(bytes memory long) internal pure returns (bytes memory) {
        uint256 order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
        (bytes32 r, uint256 s) = abi.decode(bytes.concat(long, new bytes(31)), (bytes32, uint256));
        return abi.encodePacked(r, order - s, uint8(long[64]) == 27 ? uint8(28) : uint8(27));
    }

    /// @dev The words with one more bit set in the word at `place`.
    function withBit(bytes memory words, uint256 place, uint256 bit) internal pure returns (bytes memory dirty) {
        dirty = bytes.concat(words);
        uint256 byte_ = 32 * place + 31 - bit / 8;
        dirty[byte_] |= bytes1(uint8(1 << (bit % 8)));
    }
}
