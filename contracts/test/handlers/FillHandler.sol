// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FillRegister} from "../../FillRegister.sol";
import {Parties} from "../../Parties.sol";
import {FillFixture} from "../FillFixture.sol";
import {RegisterFixture} from "../RegisterFixture.sol";
import {Vm} from "../TestBase.sol";
import {QuickHandler} from "./Handler.sol";

/// @dev Few orders to sell and to buy that meet again and again. All parameters are `uint8`.
contract FillHandler is QuickHandler, FillFixture {
    uint256 public constant ORDERS = 6;
    uint32 private constant MOST = 9;

    uint96 private _number;
    uint32 private _counter;
    mapping(bytes32 salt => uint256) private _byLog;
    /// @dev Fills under an old counter, after an order's end, outside a limit, or beyond a quantity.
    uint256 public wrongFills;

    function setUp() public override(QuickHandler, FillFixture) {
        super.setUp();
        watch(address(fills));
    }

    function fillOne(uint8 ask, uint8 bid, uint8 price, uint8 quantity, uint8 forged) external {
        FillRegister.Fill memory fill = newFill(bytes12(++_number));
        (fill.askSalt, fill.bidSalt) = (bytes32(uint256(ask % 3)), bytes32(uint256(3 + bid % 3)));
        (fill.askQuantity, fill.bidQuantity) = (MOST, MOST);
        (fill.price, fill.quantity) = (uint64(85 + price % 30), uint32(quantity % 4));
        fill.askCounter = forged % 7 == 1 && _counter > 0 ? _counter - 1 : _counter;
        if (ask % 3 == 0) fill.askExpiresAt = uint64(NOW + 8);
        bytes memory sold = signedMessage(forged % 8 == 0 ? 0xDEAD : SELLER_KEY, hashAsk(fill));
        recordFill(fill, bytes.concat(packed(sold), packed(signedMessage(BUYER_KEY, hashBid(fill)))));
        Vm.Log[] memory entries = collect();
        for (uint256 i = 0; i < entries.length; ++i) {
            if (entries[i].topics[0] != FillRegister.OrdersFilled.selector) continue;
            count("fill");
            _byLog[fill.askSalt] += fill.quantity;
            _byLog[fill.bidSalt] += fill.quantity;
            bool stands = fill.askCounter == _counter && fill.askExpiresAt >= block.timestamp && forged % 8 != 0
                && fill.price >= 90 && fill.price <= 110 && fill.quantity > 0;
            if (!stands || _byLog[fill.askSalt] > MOST || _byLog[fill.bidSalt] > MOST) ++wrongFills;
        }
    }

    function advanceSeller(uint8 often) external {
        if (often % 12 != 0) return;
        advanceCounter(++_counter);
        count("advance");
    }

    function waitUntil(uint8 time) external {
        vm.warp(NOW + time % 16);
        count("wait");
    }

    function books(uint256 which) external view returns (uint256 filled, uint256 byLog, uint256 most) {
        bytes32 salt = bytes32(which);
        address trader = which < 3 ? SELLER_ADDRESS : BUYER_ADDRESS;
        return (fills.filledOf(address(register), trader, salt), _byLog[salt], MOST);
    }

    function fillHeads() external view returns (uint64 events, uint64 seen, bytes32 head, bytes32 folded) {
        return (fills.eventCount(), seenEvents, fills.logHead(), foldedHead);
    }

    function signedMessage(uint256 key, bytes32 content)
        internal
        view
        override(QuickHandler, RegisterFixture)
        returns (bytes memory)
    {
        return QuickHandler.signedMessage(key, content);
    }

    /// @dev What the register logs of it is none of this log.
    function advanceCounter(uint32 counter) private {
        Parties.CounterAdvance memory item = Parties.CounterAdvance(SELLER, SELLER_ADDRESS, counter, DEADLINE);
        register.advanceCounter(item, signedMessage(SELLER_KEY, hashAdvance(item)));
        vm.getRecordedLogs();
    }
}
