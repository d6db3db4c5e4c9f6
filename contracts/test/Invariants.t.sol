// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../Deals.sol";
import {JournalAnchor} from "../JournalAnchor.sol";
import {Licences} from "../Licences.sol";
import {Rights} from "../Rights.sol";
import {RegisterFixture} from "./RegisterFixture.sol";
import {TestBase, Vm} from "./TestBase.sol";

/// @dev Random calls on few rights and deals, so that they meet again and again; keeps its own books.
contract RegisterHandler is RegisterFixture {
    uint256 public constant RIGHTS = 3;
    uint256 public constant DEALS = 12;

    mapping(bytes32 dealId => bool) public everSignedByBoth;
    mapping(bytes32 rightId => bytes32) public holderByTheBooks;
    uint256 public dealsAgreed;

    constructor() {
        setUp();
    }

    function agree(uint256 which, uint8 kind, bool sellerSigns, bool buyerSigns) external {
        Deals.Deal memory deal = newDeal(_deal(which), uint8(bound(kind, 1, 5)));
        deal.rightId = _right(which);
        if (sellerSigns && buyerSigns) everSignedByBoth[deal.dealId] = true;
        record(deal, signed(sellerSigns ? SELLER_KEY : 0xBAD, deal), signed(buyerSigns ? BUYER_KEY : 0xBAD, deal));
        _absorbIntoBooks();
    }

    function enter(uint256 which) external {
        recordRight(_right(which), SELLER_HOLDER);
        _absorbIntoBooks();
    }

    function confirmNext(uint256 which, bool withDeal, bool wrongHolder, uint256 salt) external {
        bytes32 rightId = _right(which);
        bytes32 oldHolder = wrongHolder ? keccak256("nobody") : holderOf(rightId);
        bytes32 newHolder = keccak256(abi.encode("holder", salt % 5));
        confirm(rightId, withDeal ? _deal(which) : bytes32(0), oldHolder, newHolder, bytes32(salt % 4));
        _absorbIntoBooks();
    }

    function grant(uint256 which, uint64 length) external {
        Licences.Licence[] memory items = new Licences.Licence[](1);
        bytes32 dealId = _deal(which);
        uint64 endsAt = uint64(NOW) + length % 3;
        items[0] = Licences.Licence(dealId, _right(which), dealId, "licensor", "licensee", "terms", uint64(NOW), endsAt);
        register.recordLicences(items);
        _absorbIntoBooks();
    }

    function settleOne(uint256 which) external {
        settle(_deal(which));
        _absorbIntoBooks();
    }

    function unwindOne(uint256 which) external {
        unwind(_deal(which), "LATE");
        _absorbIntoBooks();
    }

    function stateOfDeal(uint256 which) external view returns (uint8) {
        return stateOf(_deal(which));
    }

    function signedByBoth(uint256 which) external view returns (bool) {
        return everSignedByBoth[_deal(which)];
    }

    function holders(uint256 which) external view returns (bytes32 onChain, bytes32 byTheBooks) {
        return (holderOf(_right(which)), holderByTheBooks[_right(which)]);
    }

    function heads() external view returns (uint64 count, uint64 seen, bytes32 head, bytes32 folded) {
        return (register.eventCount(), seenEvents, register.logHead(), foldedHead);
    }

    /// @dev The books know the logs alone: what the logs say must be what the contract holds.
    function _absorbIntoBooks() private {
        Vm.Log[] memory entries = absorb();
        for (uint256 i = 0; i < entries.length; ++i) {
            bytes32 topic0 = entries[i].topics[0];
            bytes32 rightId = entries[i].topics[2];
            if (topic0 == Deals.DealAgreed.selector) ++dealsAgreed;
            if (topic0 == Rights.RightRegistered.selector) {
                (bytes32 holder,) = abi.decode(entries[i].data, (bytes32, bytes32));
                same(holderByTheBooks[rightId], 0, "entered once");
                holderByTheBooks[rightId] = holder;
            }
            if (topic0 == Rights.RegistryConfirmed.selector) {
                (bytes32 oldHolder, bytes32 newHolder, bytes32 proof) =
                    abi.decode(entries[i].data, (bytes32, bytes32, bytes32));
                same(holderByTheBooks[rightId], oldHolder, "old holder");
                check(proof != 0, "proof");
                holderByTheBooks[rightId] = newHolder;
            }
        }
    }

    function _deal(uint256 which) private pure returns (bytes32) {
        return keccak256(abi.encode("deal", which % DEALS));
    }

    function _right(uint256 which) private pure returns (bytes32) {
        return keccak256(abi.encode("right", which % RIGHTS));
    }
}

contract RegisterInvariants is TestBase {
    RegisterHandler private handler;

    function setUp() public {
        handler = new RegisterHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = RegisterHandler.agree.selector;
        selectors[1] = RegisterHandler.enter.selector;
        selectors[2] = RegisterHandler.confirmNext.selector;
        selectors[3] = RegisterHandler.grant.selector;
        selectors[4] = RegisterHandler.settleOne.selector;
        selectors[5] = RegisterHandler.unwindOne.selector;
        targets[0] = FuzzSelector(address(handler), selectors);
    }

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function invariant_seq_is_contiguous_and_the_head_folds_every_log() public view {
        (uint64 count, uint64 seen, bytes32 head, bytes32 folded) = handler.heads();
        same(count, seen, "events");
        same(head, folded, "head");
    }

    function invariant_every_recorded_deal_was_signed_by_both() public view {
        uint256 recorded;
        for (uint256 i = 0; i < handler.DEALS(); ++i) {
            if (handler.stateOfDeal(i) == 0) continue;
            ++recorded;
            check(handler.signedByBoth(i), "signed by both");
        }
        same(recorded, handler.dealsAgreed(), "one event for each");
    }

    function invariant_a_holder_changes_only_by_a_confirmation() public view {
        for (uint256 i = 0; i < handler.RIGHTS(); ++i) {
            (bytes32 onChain, bytes32 byTheBooks) = handler.holders(i);
            same(onChain, byTheBooks, "holder");
        }
    }
}

/// @dev Random anchors, good and bad ones.
contract AnchorHandler is TestBase {
    JournalAnchor public immutable journal = new JournalAnchor(address(this));
    uint64 public lastSize;
    bytes32 public lastRoot = sha256("");
    bytes32 public folded;
    uint64 public anchors;

    constructor() {
        folded = keccak256(abi.encode(block.chainid, address(journal)));
        vm.recordLogs();
    }

    function anchor(bytes32 root, uint64 size, bool nearby, bool rightPast) external {
        if (nearby) size = uint64(bound(size, 0, lastSize + 100));
        bytes32 past = rightPast ? lastRoot : keccak256(abi.encode(root));
        try journal.anchor(root, size, past) {
            check(size > lastSize, "grows");
            check(past == lastRoot, "follows");
            (lastSize, lastRoot) = (size, root);
            ++anchors;
        } catch {
            check(
                root == 0 || size <= lastSize || size - lastSize > journal.MAX_GROWTH() || past != lastRoot,
                "refused only for a reason"
            );
        }
        Vm.Log[] memory entries = vm.getRecordedLogs();
        for (uint256 i = 0; i < entries.length; ++i) {
            folded = fold(folded, entries[i]);
        }
    }
}

contract AnchorInvariants is TestBase {
    AnchorHandler private handler;

    function setUp() public {
        handler = new AnchorHandler();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_anchors_only_grow_and_the_log_is_whole() public view {
        (uint64 size, bytes32 root) = handler.journal().head();
        same(size, handler.lastSize(), "size");
        same(root, handler.lastRoot(), "root");
        same(handler.journal().eventCount(), handler.anchors(), "one event an anchor");
        same(handler.journal().logHead(), handler.folded(), "head");
    }
}
