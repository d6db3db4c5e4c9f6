// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Roots and paths as RFC 6962, 2.1 and 2.1.1 define them, recursively; nothing is taken from the contracts.
library MerkleTree {
    function root(bytes32[] memory leaves) internal pure returns (bytes32) {
        return root(leaves, 0, leaves.length);
    }

    function root(bytes32[] memory leaves, uint256 from, uint256 to) internal pure returns (bytes32) {
        if (to - from == 1) return leaves[from];
        uint256 k = split(to - from);
        return sha256(abi.encodePacked(hex"01", root(leaves, from, from + k), root(leaves, from + k, to)));
    }

    function path(bytes32[] memory leaves, uint256 index) internal pure returns (bytes32[] memory) {
        return path(leaves, 0, leaves.length, index);
    }

    function path(bytes32[] memory leaves, uint256 from, uint256 to, uint256 index)
        internal
        pure
        returns (bytes32[] memory siblings)
    {
        if (to - from == 1) return new bytes32[](0);
        uint256 k = split(to - from);
        bool left = index < from + k;
        bytes32[] memory below = left ? path(leaves, from, from + k, index) : path(leaves, from + k, to, index);
        siblings = new bytes32[](below.length + 1);
        for (uint256 i = 0; i < below.length; ++i) {
            siblings[i] = below[i];
        }
        siblings[below.length] = left ? root(leaves, from + k, to) : root(leaves, from, from + k);
    }

    function split(uint256 size) internal pure returns (uint256 k) {
        k = 1;
        while (k * 2 < size) k *= 2;
    }
}
