// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title Merkle trees of RFC 6962
/// @notice Leaf hash `SHA-256(0x00 || entry)`, node hash `SHA-256(0x01 || left || right)` (RFC 6962, 2.1), and the
/// check of an inclusion proof as RFC 9162, 2.1.3.2 gives it.
library InclusionProof {
    /// @notice Hash of a leaf.
    /// @param entry The entry's bytes.
    function leafHash(bytes calldata entry) internal pure returns (bytes32) {
        return sha256(bytes.concat(hex"00", entry));
    }

    /// @notice Whether a path leads from a leaf to a root.
    /// @param root Root of the tree.
    /// @param leaf Hash of the leaf.
    /// @param index Number of the leaf, from 0.
    /// @param size Number of leaves.
    /// @param path Hashes of the siblings, from the leaf upwards.
    function leadsTo(bytes32 root, bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata path)
        internal
        view
        returns (bool)
    {
        if (index >= size) return false;
        uint256 last = size - 1;
        bytes32 node = leaf;
        uint256 buffer = _buffer();
        (uint256 place, uint256 end) = _bounds(path);
        for (; place != end; place = _next(place)) {
            bytes32 sibling = _at(place);
            // At the root already: the path is too long. This also bounds the loop to 256 steps.
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                node = _nodeHash(buffer, sibling, node);
                // A right edge of the tree has levels without a sibling; they carry no hash in the path.
                while (index & 1 == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                node = _nodeHash(buffer, node, sibling);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && node == root;
    }

    /// @dev Place in memory of 65 bytes, the first of them 0x01. Every node uses them; the compiler's own
    /// `sha256(bytes.concat(...))` allocates for each.
    function _buffer() private pure returns (uint256 buffer) {
        assembly ("memory-safe") {
            buffer := mload(0x40)
            mstore(0x40, add(buffer, 0x60))
            mstore8(buffer, 0x01)
        }
    }

    /// @dev Where the path begins and ends in calldata; going from the one to the other needs no check at each step.
    function _bounds(bytes32[] calldata path) private pure returns (uint256 place, uint256 end) {
        assembly ("memory-safe") {
            place := path.offset
            end := add(place, shl(5, path.length))
        }
    }

    function _next(uint256 place) private pure returns (uint256) {
        unchecked {
            return place + 0x20;
        }
    }

    function _at(uint256 place) private pure returns (bytes32 sibling) {
        assembly ("memory-safe") {
            sibling := calldataload(place)
        }
    }

    function _nodeHash(uint256 buffer, bytes32 left, bytes32 right) private view returns (bytes32 node) {
        assembly ("memory-safe") {
            mstore(add(buffer, 0x01), left)
            mstore(add(buffer, 0x21), right)
            // The precompile takes 96 gas and fails only for want of them. It has had all but a 64th (EIP-150): at most 1 is
            // left then, which the next instruction does not live on, so that the call ends and nothing is answered.
            pop(staticcall(gas(), 0x02, buffer, 0x41, 0x00, 0x20))
            node := mload(0x00)
        }
    }
}
