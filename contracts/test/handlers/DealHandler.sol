// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../../Deals.sol";
import {Rights} from "../../Rights.sol";
import {Vm} from "../TestBase.sol";
import {QuickHandler} from "./Handler.sol";

/// @dev Few rights and few deals that meet again and again. All parameters are `uint8`.
contract DealHandler is QuickHandler {
    uint256 public constant RIGHTS = 3;
    uint256 public constant DEALS = 12;

    mapping(bytes32 rightId => bytes32) private _holderByLog;
    mapping(bytes32 dealId => Deals.DealState) private _stateByLog;
    mapping(bytes32 dealId => uint8) private _kindByLog;
    mapping(bytes32 dealId => uint256) private _confirmations;
    /// @dev Confirmations whose old holder was not the holder by the log, or that show no proof.
    uint256 public wrongConfirmations;

    function enter(uint8 right, uint8 holder) external {
        recordRight(_right(right), _holder(holder));
        _book("enter", Rights.RightRegistered.selector);
    }

    function agree(uint8 number, uint8 kind) external {
        Deals.Deal memory deal = newDeal(_deal(number), kind % 2 == 0 ? 1 : kind % 6);
        deal.rightId = _right(number);
        record(deal);
        _book("agree", Deals.DealAgreed.selector);
    }

    function confirmNext(uint8 number, uint8 how, uint8 holder) external {
        bytes32 rightId = _right(number);
        bytes32 oldHolder = how % 5 == 0 ? _holder(how) : holderOf(rightId);
        bytes32 proof = how % 7 == 0 ? bytes32(0) : keccak256(abi.encode(how));
        confirm(rightId, how % 4 == 0 ? bytes32(0) : _deal(number), oldHolder, _holder(holder), proof);
        _book("confirm", Rights.RegistryConfirmed.selector);
    }

    function settleOne(uint8 number) external {
        settle(_deal(number));
        _book("settle", Deals.DealSettled.selector);
    }

    function unwindOne(uint8 number, uint8 reason) external {
        if (reason % 3 != 0) return;
        unwind(_deal(number), bytes32(uint256(reason)));
        _book("unwind", Deals.DealUnwound.selector);
    }

    function cancelOne(uint8 number, uint8 bySeller) external {
        if (bySeller % 3 == 0) return;
        Deals.Deal memory deal = newDeal(_deal(number), 1);
        deal.rightId = _right(number);
        uint256 secret = bySeller % 2 == 0 ? SELLER_KEY : BUYER_KEY;
        address key = bySeller % 2 == 0 ? SELLER_ADDRESS : BUYER_ADDRESS;
        try register.cancelDeal(deal, key, signedMessage(secret, hashCancellation(deal))) {} catch {}
        _book("cancel", Deals.DealCancelled.selector);
    }

    function holders(uint256 right) external view returns (bytes32 onChain, bytes32 byLog) {
        bytes32 rightId = keccak256(abi.encode("right", right));
        return (holderOf(rightId), _holderByLog[rightId]);
    }

    function states(uint256 number)
        external
        view
        returns (uint8 onChain, uint8 byLog, uint8 kind, uint256 confirmations)
    {
        bytes32 id = dealId(bytes12(uint96(number)));
        return (stateOf(id), uint8(_stateByLog[id]), _kindByLog[id], _confirmations[id]);
    }

    function _book(bytes32 action, bytes32 topic0) private {
        Vm.Log[] memory entries = collect();
        for (uint256 i = 0; i < entries.length; ++i) {
            bytes32 topic = entries[i].topics[0];
            bytes32 first = entries[i].topics[2];
            bytes32 second = entries[i].topics.length > 3 ? entries[i].topics[3] : bytes32(0);
            if (topic == topic0) count(action);
            if (topic == Deals.DealAgreed.selector) {
                _stateByLog[second] = Deals.DealState.Agreed;
                (_kindByLog[second],,,,,) =
                    abi.decode(entries[i].data, (uint8, address, address, bytes32, bytes32, uint64));
            } else if (topic == Rights.RightRegistered.selector) {
                (_holderByLog[first],) = abi.decode(entries[i].data, (bytes32, bytes32));
            } else if (topic == Rights.RegistryConfirmed.selector) {
                _bookConfirmation(first, second, entries[i].data);
            } else if (topic == Deals.DealSettled.selector) {
                _stateByLog[first] = Deals.DealState.Settled;
            } else if (topic == Deals.DealUnwound.selector) {
                _stateByLog[first] = Deals.DealState.Unwound;
            } else if (topic == Deals.DealCancelled.selector) {
                _stateByLog[second] = Deals.DealState.Cancelled;
            }
        }
    }

    function _bookConfirmation(bytes32 rightId, bytes32 id, bytes memory data) private {
        (bytes32 oldHolder, bytes32 newHolder, bytes32 proof) = abi.decode(data, (bytes32, bytes32, bytes32));
        if (_holderByLog[rightId] != oldHolder || proof == 0) ++wrongConfirmations;
        _holderByLog[rightId] = newHolder;
        if (id == 0) return;
        ++_confirmations[id];
        _stateByLog[id] = Deals.DealState.Registered;
    }

    function _deal(uint8 number) private view returns (bytes32) {
        return dealId(bytes12(uint96(number % DEALS)));
    }

    function _right(uint8 number) private pure returns (bytes32) {
        return keccak256(abi.encode("right", number % RIGHTS));
    }

    function _holder(uint8 number) private pure returns (bytes32) {
        return bytes32(uint256(number % 4));
    }
}
