// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {InclusionProof} from "./InclusionProof.sol";

/// @title The anchored head of a Merkle tree
/// @notice Size and root of the tree that was anchored last, and the check of inclusion proofs against it. Anyone
/// may ask; other contracts may, too.
/// @dev The size shares a storage word with the event count, so that an anchor writes three words and no more.
abstract contract AnchoredTree {
    /// @notice Root of the empty tree: SHA-256 of nothing (RFC 6962, 2.1).
    bytes32 public constant EMPTY_ROOT = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855;

    bytes32 internal _root = EMPTY_ROOT;
    uint64 internal _size;

    /// @notice The proof is made for another size. Cure: make it for the anchored size.
    error SizeNotAnchored(uint64 given, uint64 anchored);

    /// @notice The anchored size and root.
    function head() external view returns (uint64 size, bytes32 root) {
        return (_size, _root);
    }

    /// @notice Whether a leaf is in the anchored journal.
    /// @dev Reverts with {SizeNotAnchored} if the proof is made for another size; a wrong proof gives false.
    /// @param leaf Hash of the leaf, see {leafHash}.
    /// @param index Number of the entry, from 0.
    /// @param size Size of the tree that the proof is made for.
    /// @param path Hashes of the siblings, from the leaf upwards.
    function checkInclusion(bytes32 leaf, uint64 index, uint64 size, bytes32[] calldata path)
        external
        view
        returns (bool)
    {
        uint64 anchored = _size;
        require(size == anchored, SizeNotAnchored(size, anchored));
        return InclusionProof.leadsTo(_root, leaf, index, size, path);
    }

    /// @notice Hash of a journal entry's bytes as a leaf.
    /// @param entry The bytes.
    function leafHash(bytes calldata entry) external pure returns (bytes32) {
        return InclusionProof.leafHash(entry);
    }
}
