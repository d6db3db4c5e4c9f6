// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "./Batches.sol";
import {InclusionProof} from "./InclusionProof.sol";
import {Versions} from "./Versions.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol).
// slither-disable-start reentrancy-benign

/// @title Sealed bids as they stood at the close
/// @notice One Merkle root and one count for each round of a listing, recorded after its close and before any bid is
/// opened: from then on nobody can add, drop or change a sealed bid. A bidder proves that its bid is in the set; an
/// auditor holds the count against the acknowledged bids of the journal, so that none is missing.
/// @dev The tree is that of RFC 6962 over the bids' commitments, 32 bytes each, in ascending order.
contract SealedBidRegister is Versions {
    /// @notice The set of a round.
    /// @param listingId The listing.
    /// @param round Round, from 1.
    /// @param root Merkle root over the commitments; SHA-256 of nothing if there is none.
    /// @param count Number of commitments.
    /// @param closedAt Second of the close, Unix time.
    struct SealedSet {
        bytes32 listingId;
        uint16 round;
        bytes32 root;
        uint64 count;
        uint64 closedAt;
    }

    struct SealedRecord {
        bytes32 root;
        uint64 seq;
        uint64 count;
        uint64 closedAt;
    }

    mapping(bytes32 listingAndRound => SealedRecord) private _sealed;

    /// @notice The sealed bids of a round are fixed.
    /// @param seq Number of this event in this contract's log.
    /// @param listingId The listing.
    /// @param round Round, from 1.
    /// @param root Merkle root over the commitments.
    /// @param count Number of commitments.
    /// @param closedAt Second of the close, Unix time.
    event SealedBidsFixed(
        uint64 indexed seq,
        bytes32 indexed listingId,
        uint16 indexed round,
        bytes32 root,
        uint64 count,
        uint64 closedAt
    );

    /// @param accessManager Access manager that knows the roles; fixed for good.
    /// @param predecessor_ The register that this one goes on from, or zero.
    constructor(address accessManager, address predecessor_) Batches(accessManager) Versions(predecessor_) {}

    /// @notice Fixes the sealed bids of rounds. Role: settler. Stopped by pausing. The same set again is passed over.
    /// @dev Refusals, naming the listing: {ZeroValue}, {IdTaken} for another set of the same round. Reverts
    /// with {DealsAreStopped}, {BatchTooLong}.
    /// @param sets The sets.
    function fixSealedBids(SealedSet[] calldata sets) external restricted bounded(sets.length) {
        Cursor memory log = _openLogUnlessStopped();
        for (uint256 i = 0; i < sets.length; ++i) {
            SealedSet calldata item = sets[i];
            SealedRecord storage standing = _sealed[_roundOf(item.listingId, item.round)];
            if (standing.seq != 0) {
                bool same = standing.root == item.root && standing.count == item.count
                    && standing.closedAt == item.closedAt;
                if (!same) _refuse(log, item.listingId, IdTaken.selector);
            } else if (item.listingId == 0 || item.round == 0 || item.root == 0 || item.closedAt == 0) {
                _refuse(log, item.listingId, ZeroValue.selector);
            } else {
                _append(log, SealedBidsFixed.selector, _at(item), 5, 4);
                standing.root = item.root;
                standing.seq = log.seq;
                standing.count = item.count;
                standing.closedAt = item.closedAt;
            }
        }
        _closeLog(log);
    }

    /// @notice Whether a sealed bid is in the set of its round.
    /// @dev A wrong proof, or a round without a set, gives false.
    /// @param listingId The listing.
    /// @param round Round, from 1.
    /// @param commitment Commitment of the bid: its EIP-712 hash (docs/signatures.md, `SealedBid`).
    /// @param index Its place in the ascending order, from 0.
    /// @param path Hashes of the siblings, from the leaf upwards (RFC 9162, 2.1.3).
    function checkSealedBid(
        bytes32 listingId,
        uint16 round,
        bytes32 commitment,
        uint64 index,
        bytes32[] calldata path
    ) external view returns (bool) {
        SealedRecord storage standing = _sealed[_roundOf(listingId, round)];
        bytes32 leaf = sha256(abi.encodePacked(hex"00", commitment));
        return InclusionProof.leadsTo(standing.root, leaf, index, standing.count, path);
    }

    /// @notice What is on record of a round's sealed bids.
    /// @param listingId The listing.
    /// @param round Round, from 1.
    /// @return seq Number of its {SealedBidsFixed} event, 0 if there is none.
    /// @return root Merkle root over the commitments.
    /// @return count Number of commitments.
    /// @return closedAt Second of the close, Unix time.
    function sealedBidsOf(bytes32 listingId, uint16 round)
        external
        view
        returns (uint64 seq, bytes32 root, uint64 count, uint64 closedAt)
    {
        SealedRecord storage standing = _sealed[_roundOf(listingId, round)];
        return (standing.seq, standing.root, standing.count, standing.closedAt);
    }

    function _roundOf(bytes32 listingId, uint16 round) private pure returns (bytes32) {
        return keccak256(abi.encode(listingId, round));
    }

    function _at(SealedSet calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
