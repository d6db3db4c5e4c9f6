// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {FillRegister} from "../FillRegister.sol";
import {Roles} from "../Roles.sol";
import {Versions} from "../Versions.sol";
import {LicenceFixture} from "./LicenceFixture.sol";

/// @dev Fills of two signed orders of the fixture's seller and buyer, and short ways to send them.
abstract contract FillFixture is LicenceFixture {
    function setUp() public virtual override {
        super.setUp();
        _giveRole(address(fills), FillRegister.recordFills.selector, Roles.SETTLER);
        _giveRole(address(fills), Versions.pauseDeals.selector, Roles.PAUSER);
        _giveRole(address(fills), Versions.resumeDeals.selector, Roles.GUARDIAN);
    }

    /// @dev Three licences at 100, of orders for ten at 90 or more and for five at 110 or less.
    function newFill(bytes12 number) internal view returns (FillRegister.Fill memory fill) {
        fill.rightId = RIGHT;
        fill.dealId = dealId(number);
        fill.register = address(register);
        fill.terms = keccak256("terms");
        (fill.seller, fill.buyer) = (SELLER_ADDRESS, BUYER_ADDRESS);
        (fill.price, fill.quantity) = (100, 3);
        (fill.askLimit, fill.askQuantity, fill.askExpiresAt, fill.askSalt) = (90, 10, DEADLINE, "ask");
        (fill.bidLimit, fill.bidQuantity, fill.bidExpiresAt, fill.bidSalt) = (110, 5, DEADLINE, "bid");
    }

    function hashAsk(FillRegister.Fill memory fill) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                _orderType(),
                fill.rightId,
                fill.seller,
                2,
                fill.terms,
                fill.askLimit,
                fill.askQuantity,
                fill.askExpiresAt,
                fill.askCounter,
                fill.askSalt
            )
        );
    }

    function hashBid(FillRegister.Fill memory fill) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(
                _orderType(),
                fill.rightId,
                fill.buyer,
                1,
                fill.terms,
                fill.bidLimit,
                fill.bidQuantity,
                fill.bidExpiresAt,
                fill.bidCounter,
                fill.bidSalt
            )
        );
    }

    function signedFill(FillRegister.Fill memory fill, uint256 seller, uint256 buyer)
        internal
        view
        returns (bytes memory)
    {
        return bytes.concat(signedMessage(seller, hashAsk(fill)), signedMessage(buyer, hashBid(fill)));
    }

    function recordFill(FillRegister.Fill memory fill) internal {
        recordFill(fill, signedFill(fill, SELLER_KEY, BUYER_KEY));
    }

    function recordFill(FillRegister.Fill memory fill, bytes memory signatures) internal {
        FillRegister.Fill[] memory items = new FillRegister.Fill[](1);
        items[0] = fill;
        fills.recordFills(items, signatures);
    }

    function _orderType() private pure returns (bytes32) {
        return keccak256(
            "LicenceOrder(bytes32 rightId,address trader,uint8 side,bytes32 terms,uint64 limit,uint32 quantity,"
            "uint64 expiresAt,uint32 counter,bytes32 salt)"
        );
    }
}
