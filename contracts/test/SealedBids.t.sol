// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Batches} from "../Batches.sol";
import {Roles} from "../Roles.sol";
import {SealedBidRegister} from "../SealedBidRegister.sol";
import {Versions} from "../Versions.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {RegisterFixture} from "./RegisterFixture.sol";

contract SealedBidsTest is RegisterFixture {
    bytes32 private constant LISTING = keccak256("listing");
    SealedBidRegister private sealedBids;

    function setUp() public override {
        super.setUp();
        sealedBids = SealedBidRegister(
            deploy("SealedBidRegister.sol:SealedBidRegister", abi.encode(address(manager), address(0)))
        );
        _giveRole(address(sealedBids), SealedBidRegister.fixSealedBids.selector, Roles.SETTLER);
        _giveRole(address(sealedBids), Versions.pauseDeals.selector, Roles.PAUSER);
        _giveRole(address(sealedBids), Versions.resumeDeals.selector, Roles.GUARDIAN);
        watch(address(sealedBids));
    }

    function test_a_set_is_fixed_once_with_every_field() public {
        _fix(LISTING, 1, "root", 7, uint64(NOW));
        expectEvent(
            SealedBidRegister.SealedBidsFixed.selector,
            LISTING,
            bytes32(uint256(1)),
            abi.encode(bytes32("root"), 7, NOW)
        );
        (uint64 seq, bytes32 root, uint64 count, uint64 closedAt) = sealedBids.sealedBidsOf(LISTING, 1);
        same(seq, 1, "seq");
        same(root, "root", "root");
        same(count, 7, "count");
        same(closedAt, NOW, "close");
        _fix(LISTING, 1, "root", 7, uint64(NOW));
        expectNothing();
        _fix(LISTING, 2, "root", 7, uint64(NOW));
        expectOne(SealedBidRegister.SealedBidsFixed.selector);
    }

    function test_another_set_of_the_same_round_is_refused() public {
        _fix(LISTING, 1, "root", 7, uint64(NOW));
        absorb();
        _fix(LISTING, 1, "other", 7, uint64(NOW));
        expectRefused(LISTING, Batches.IdTaken.selector);
        _fix(LISTING, 1, "root", 8, uint64(NOW));
        expectRefused(LISTING, Batches.IdTaken.selector);
        _fix(LISTING, 1, "root", 7, uint64(NOW + 1));
        expectRefused(LISTING, Batches.IdTaken.selector);
    }

    function test_a_set_without_listing_round_root_or_close_is_refused() public {
        _fix(0, 1, "root", 7, uint64(NOW));
        expectRefused(0, Batches.ZeroValue.selector);
        _fix(LISTING, 0, "root", 7, uint64(NOW));
        expectRefused(LISTING, Batches.ZeroValue.selector);
        _fix(LISTING, 1, 0, 7, uint64(NOW));
        expectRefused(LISTING, Batches.ZeroValue.selector);
        _fix(LISTING, 1, "root", 7, 0);
        expectRefused(LISTING, Batches.ZeroValue.selector);
    }

    function test_a_round_without_bids_is_fixed_too_and_proves_nothing() public {
        _fix(LISTING, 1, sha256(""), 0, uint64(NOW));
        expectOne(SealedBidRegister.SealedBidsFixed.selector);
        check(!sealedBids.checkSealedBid(LISTING, 1, "bid", 0, new bytes32[](0)), "nothing is in it");
    }

    function test_a_bid_is_proven_in_its_own_round_and_place_alone(uint256 size, uint256 index, bytes32 other) public {
        size = bound(size, 1, 24);
        index = bound(index, 0, size - 1);
        bytes32[] memory leaves = new bytes32[](size);
        for (uint256 i = 0; i < size; ++i) {
            leaves[i] = sha256(abi.encodePacked(hex"00", keccak256(abi.encode(i))));
        }
        _fix(LISTING, 1, MerkleTree.root(leaves), uint64(size), uint64(NOW));
        bytes32[] memory path = MerkleTree.path(leaves, index);
        bytes32 bid = keccak256(abi.encode(index));
        check(sealedBids.checkSealedBid(LISTING, 1, bid, uint64(index), path), "in the set");
        check(!sealedBids.checkSealedBid(LISTING, 2, bid, uint64(index), path), "another round");
        check(!sealedBids.checkSealedBid("other", 1, bid, uint64(index), path), "another listing");
        check(!sealedBids.checkSealedBid(LISTING, 1, bid, uint64(index + 1), path), "another place");
        vm.assume(other != bid);
        check(!sealedBids.checkSealedBid(LISTING, 1, other, uint64(index), path), "another bid");
    }

    function test_a_bit_above_a_members_width_never_comes_through() public {
        bytes memory item = abi.encode(SealedBidRegister.SealedSet(LISTING, 1, "root", 7, uint64(NOW)));
        bytes memory head = bytes.concat(SealedBidRegister.fixSealedBids.selector, abi.encode(32, 1));
        uint8[2][3] memory members = [[1, 16], [3, 64], [4, 64]];
        for (uint256 i = 0; i < members.length; ++i) {
            for (uint256 bit = members[i][1]; bit < 256; ++bit) {
                reverts(
                    address(sealedBids), bytes.concat(head, withBit(item, members[i][0], bit)), bytes("")
                );
            }
        }
        vm.getRecordedLogs();
        (bool ok,) = address(sealedBids).call(bytes.concat(head, item));
        check(ok, "the clean item passes");
        expectOne(SealedBidRegister.SealedBidsFixed.selector);
    }

    function test_a_batch_above_the_bound_reverts_whole() public {
        reverts(
            address(sealedBids),
            abi.encodeCall(sealedBids.fixSealedBids, (new SealedBidRegister.SealedSet[](257))),
            abi.encodeWithSelector(Batches.BatchTooLong.selector, 257, 256)
        );
    }

    function test_pausing_stops_new_sets_and_resuming_lets_them_go_on() public {
        sealedBids.pauseDeals();
        expectEvent(Versions.DealsPauseChanged.selector, word(address(this)), abi.encode(false, true));
        reverts(
            address(sealedBids),
            abi.encodeCall(sealedBids.fixSealedBids, (new SealedBidRegister.SealedSet[](1))),
            Batches.DealsAreStopped.selector
        );
        sealedBids.resumeDeals();
        absorb();
        _fix(LISTING, 1, "root", 7, uint64(NOW));
        expectOne(SealedBidRegister.SealedBidsFixed.selector);
    }

    function _fix(bytes32 listingId, uint16 round, bytes32 root, uint64 count, uint64 closedAt) private {
        SealedBidRegister.SealedSet[] memory sets = new SealedBidRegister.SealedSet[](1);
        sets[0] = SealedBidRegister.SealedSet(listingId, round, root, count, closedAt);
        sealedBids.fixSealedBids(sets);
    }
}
