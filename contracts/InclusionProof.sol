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
        for (uint256 i = 0; i < path.length; ++i) {
            // At the root already: the path is too long. This also bounds the loop to 256 steps.
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                node = _nodeHash(path[i], node);
                // A right edge of the tree has levels without a sibling; they carry no hash in the path.
                while (index & 1 == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                node = _nodeHash(node, path[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && node == root;
    }

    /// @dev Writes the 65 bytes beyond the free memory pointer without moving it, so that every node uses the same
    /// memory; the compiler's own `sha256(bytes.concat(...))` allocates for each.
    function _nodeHash(bytes32 left, bytes32 right) private view returns (bytes32 node) {
        bool ok;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore8(free, 0x01)
            mstore(add(free, 0x01), left)
            mstore(add(free, 0x21), right)
            ok := staticcall(gas(), 0x02, free, 0x41, 0x00, 0x20)
            node := mload(0x00)
        }
        // The precompile fails only when gas runs out.
        require(ok);
    }
}
