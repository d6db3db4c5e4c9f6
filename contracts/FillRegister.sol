// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";

import {Batches} from "./Batches.sol";
import {Deals} from "./Deals.sol";
import {Parties} from "./Parties.sol";
import {PartySignature} from "./PartySignature.sol";
import {RecordWord} from "./RecordWord.sol";
import {Versions} from "./Versions.sol";

// The access manager is asked before anything is read or written, and is fixed (Batches.sol). The register that is
// asked answers views alone.
// slither-disable-start reentrancy-benign

/// @title Fills of signed orders
/// @notice Two orders of a continuous book have traded: the buyer's and the seller's own signatures over their orders
/// are the evidence of the deal, and nobody signs again (Civil Code of the PRC, Article 483; Electronic Transactions
/// Ordinance, Cap. 553, section 17). Checked here: both signatures, under the live keys and counters of the register
/// in whose domain they were made; one right, one set of terms, opposite sides; the price within both limits; and what
/// each order has been filled in all within its quantity.
/// @dev A fill is an agreed ordinary licence deal: the register asks {wordForCaller} for it when the licence is recorded or
/// the deal is undone, and goes on with it from there. Which register that is each fill says itself; another one than
/// the parties' own finds no signature valid, since their domain names it. When an order was cancelled or amended is a
/// matter of the venue's journal; here it ends with its last second, its key or its counter.
contract FillRegister is Versions {
    /// @notice A fill, with what its two orders say. An order is what its party signs, EIP-712 type `LicenceOrder`:
    /// right, trader, side (1 buys, 2 sells), terms, limit, quantity, expiresAt, counter, salt.
    /// @param rightId The right.
    /// @param dealId Identifier of the deal that comes of it, built as {Deals-Deal} says.
    /// @param register The register whose keys signed, in its EIP-712 domain.
    /// @param terms Salted commitment to the terms of every licence on the listing, the price left to the fills.
    /// @param seller Signing address of the licensor.
    /// @param buyer Signing address of the licensee.
    /// @param price Price of one licence in minor units of the currency that the terms name.
    /// @param quantity Licences that this fill is for.
    /// @param askLimit Least that the seller takes for one licence.
    /// @param askQuantity Licences that the seller's order is for in all.
    /// @param askExpiresAt Last second, Unix time, at which a fill of it may be recorded.
    /// @param askCounter The seller's counter.
    /// @param askSalt What tells the seller's orders apart; an amended order keeps it.
    /// @param bidLimit Most that the buyer pays for one licence.
    /// @param bidQuantity Licences that the buyer's order is for in all.
    /// @param bidExpiresAt Last second, Unix time, at which a fill of it may be recorded.
    /// @param bidCounter The buyer's counter.
    /// @param bidSalt What tells the buyer's orders apart; an amended order keeps it.
    struct Fill {
        bytes32 rightId;
        bytes32 dealId;
        address register;
        bytes32 terms;
        address seller;
        address buyer;
        uint64 price;
        uint32 quantity;
        uint64 askLimit;
        uint32 askQuantity;
        uint64 askExpiresAt;
        uint32 askCounter;
        bytes32 askSalt;
        uint64 bidLimit;
        uint32 bidQuantity;
        uint64 bidExpiresAt;
        uint32 bidCounter;
        bytes32 bidSalt;
    }

    /// @dev One side of a fill in memory.
    struct Side {
        address trader;
        uint256 side;
        uint256 limit;
        uint256 quantity;
        uint256 expiresAt;
        uint256 counter;
        bytes32 salt;
    }

    uint256 private constant _BUYS = 1;
    uint256 private constant _SELLS = 2;
    uint8 private constant _ORDINARY_LICENCE = 4;

    /// @notice EIP-712 type hash of an order.
    bytes32 public constant ORDER_TYPEHASH = keccak256(
        "LicenceOrder(bytes32 rightId,address trader,uint8 side,bytes32 terms,uint64 limit,uint32 quantity,"
        "uint64 expiresAt,uint32 counter,bytes32 salt)"
    );
    bytes32 private constant _DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");

    mapping(address register => mapping(bytes32 dealId => uint256 word)) private _fills;
    mapping(bytes32 order => uint256 filled) private _filled;

    /// @notice Two signed orders have traded: a deal, ordinary licences, is agreed. The members are those of {Fill}.
    /// @param seq Number of this event in this contract's log.
    /// @param rightId The right.
    /// @param dealId The deal.
    /// @param register The register whose keys signed.
    /// @param terms Salted commitment to the terms.
    /// @param seller Address that signed the order to sell.
    /// @param buyer Address that signed the order to buy.
    /// @param price Price of one licence, minor units.
    /// @param quantity Licences.
    /// @param askLimit The seller's limit.
    /// @param askQuantity Quantity of the seller's order.
    /// @param askExpiresAt Last second of the seller's order.
    /// @param askCounter The seller's counter.
    /// @param askSalt Salt of the seller's order.
    /// @param bidLimit The buyer's limit.
    /// @param bidQuantity Quantity of the buyer's order.
    /// @param bidExpiresAt Last second of the buyer's order.
    /// @param bidCounter The buyer's counter.
    /// @param bidSalt Salt of the buyer's order.
    event OrdersFilled(
        uint64 indexed seq,
        bytes32 indexed rightId,
        bytes32 indexed dealId,
        address register,
        bytes32 terms,
        address seller,
        address buyer,
        uint64 price,
        uint32 quantity,
        uint64 askLimit,
        uint32 askQuantity,
        uint64 askExpiresAt,
        uint32 askCounter,
        bytes32 askSalt,
        uint64 bidLimit,
        uint32 bidQuantity,
        uint64 bidExpiresAt,
        uint32 bidCounter,
        bytes32 bidSalt
    );

    /// @notice Refused item: the price is above the buyer's limit or below the seller's.
    error LimitsForbid();
    /// @notice Refused item: an order's last second has passed. Cure: both sign the deal.
    error OrderExpired();
    /// @notice Refused item: one of the orders would be filled beyond its quantity.
    error OrderUsedUp();

    // The register's own grounds once more, with its selectors, so that this interface names all that is refused here.

    /// @notice Refused item: as {Deals-SellerIsBuyer}.
    error SellerIsBuyer();
    /// @notice Refused item: as {Deals-DealIdForeign}.
    error DealIdForeign();
    /// @notice Refused item: as {Deals-SellerSignatureInvalid}, of the order to sell.
    error SellerSignatureInvalid();
    /// @notice Refused item: as {Deals-BuyerSignatureInvalid}, of the order to buy.
    error BuyerSignatureInvalid();
    /// @notice Refused item: as {PartySignature-SignatureMalleable}.
    error SignatureMalleable();
    /// @notice Refused item: as {Parties-KeyUnknown}.
    error KeyUnknown();
    /// @notice Refused item: as {Parties-KeyNotLive}.
    error KeyNotLive();
    /// @notice Refused item: as {Parties-CounterDiffers}.
    error CounterDiffers();

    /// @param accessManager Access manager that knows the roles; fixed for good.
    /// @param predecessor_ The register that this one goes on from, or zero.
    constructor(address accessManager, address predecessor_) Batches(accessManager) Versions(predecessor_) {}

    /// @notice Records fills. Role: settler. Stopped by pausing. The same fill again is passed over.
    /// @dev Refusals, naming the deal: {IdTaken}, {ZeroValue}, {SellerIsBuyer}, {DealIdForeign}, {LimitsForbid},
    /// {OrderExpired}, {OrderUsedUp}, {KeyUnknown}, {KeyNotLive}, {CounterDiffers}, {SellerSignatureInvalid},
    /// {BuyerSignatureInvalid}, {SignatureMalleable}. Reverts with {DealsAreStopped}, {BatchTooLong},
    /// {PartySignature-SignaturesMisplaced}, {PartySignature-TooLittleGas}, and where a fill names no register.
    /// @param fills The fills.
    /// @param signatures The seller's and the buyer's signature over their orders for each, one after the other, as
    /// {PartySignature-take} reads them.
    function recordFills(Fill[] calldata fills, bytes calldata signatures)
        external
        restricted
        bounded(fills.length)
    {
        Cursor memory log = _openLogUnlessStopped();
        uint256 place;
        assembly {
            place := signatures.offset
        }
        uint256 end = place + signatures.length;
        for (uint256 i = 0; i < fills.length; ++i) {
            Fill calldata fill = fills[i];
            bytes calldata sellerSignature;
            bytes calldata buyerSignature;
            (sellerSignature, place) = PartySignature.take(place);
            (buyerSignature, place) = PartySignature.take(place);
            bytes32 content = _hashItem(_at(fill), 18);
            uint256 word = _fills[fill.register][fill.dealId];
            if (word != 0) {
                if (!RecordWord.hasContent(word, content)) _refuse(log, fill.dealId, IdTaken.selector);
                continue;
            }
            Side memory ask = _ask(fill);
            Side memory bid = _bid(fill);
            bytes4 refusal = _refusalOfFill(fill, ask, bid);
            if (refusal == 0) refusal = _refusalOfSide(fill, ask, sellerSignature);
            if (refusal == 0) refusal = _refusalOfSide(fill, bid, buyerSignature);
            if (refusal != 0) {
                _refuse(log, fill.dealId, refusal);
                continue;
            }
            _filled[_orderOf(fill.register, ask)] += fill.quantity;
            _filled[_orderOf(fill.register, bid)] += fill.quantity;
            _append(log, OrdersFilled.selector, _at(fill), 18, 4);
            _fills[fill.register][fill.dealId] = RecordWord.pack(
                log.seq, _ORDINARY_LICENCE, uint8(Deals.DealState.Agreed), fill.rightId, content
            );
        }
        require(place == end, PartySignature.SignaturesMisplaced());
        _closeLog(log);
    }

    /// @notice A fill as the register goes on with it: an agreed deal in its one word (RecordWord.sol), 0 if there is
    /// none; number, kind and state of the deal stand in its highest bits.
    /// @param register The register whose keys signed it.
    /// @param dealId The deal.
    function fillWord(address register, bytes32 dealId) external view returns (uint256) {
        return _fills[register][dealId];
    }

    /// @notice The same of the register that asks, which so goes on with its own fills.
    /// @param dealId The deal.
    function wordForCaller(bytes32 dealId) external view returns (uint256) {
        return _fills[msg.sender][dealId];
    }

    /// @notice How many licences of an order have been recorded as filled.
    /// @param register The register whose key signed it.
    /// @param trader Signing address.
    /// @param salt The order's salt.
    function filledOf(address register, address trader, bytes32 salt) external view returns (uint256) {
        return _filled[keccak256(abi.encode(register, trader, salt))];
    }

    function _refusalOfFill(Fill calldata fill, Side memory ask, Side memory bid) private view returns (bytes4) {
        if (fill.rightId == 0 || fill.terms == 0 || fill.price == 0 || fill.quantity == 0) return ZeroValue.selector;
        if (ask.trader == bid.trader) return SellerIsBuyer.selector;
        uint256 keys = (uint256(uint80(uint160(ask.trader))) << 80) | uint80(uint160(bid.trader));
        if (uint256(fill.dealId) >> 96 != keys) return DealIdForeign.selector;
        if (fill.price < ask.limit || fill.price > bid.limit) return LimitsForbid.selector;
        // What the register has under the identifier already, agreed or cancelled, is no fill's.
        (uint64 seq,,) = Deals(fill.register).dealOf(fill.dealId);
        return seq == 0 ? bytes4(0) : IdTaken.selector;
    }

    function _refusalOfSide(Fill calldata fill, Side memory order, bytes calldata signature)
        private
        view
        returns (bytes4 refusal)
    {
        // A miner moves the clock by seconds; orders are good for days beyond their end here.
        // slither-disable-next-line timestamp
        if (order.expiresAt < block.timestamp) return OrderExpired.selector;
        if (_filled[_orderOf(fill.register, order)] + fill.quantity > order.quantity) return OrderUsedUp.selector;
        (Parties.KeyStatus status,, uint32 counter,) = Parties(fill.register).keyOf(order.trader);
        if (status == Parties.KeyStatus.None) return KeyUnknown.selector;
        if (status != Parties.KeyStatus.Live) return KeyNotLive.selector;
        if (counter != order.counter) return CounterDiffers.selector;
        refusal = PartySignature.refusal(order.trader, _digest(fill, order), signature);
        if (refusal == PartySignature.KeySignatureInvalid.selector) {
            return order.side == _SELLS ? SellerSignatureInvalid.selector : BuyerSignatureInvalid.selector;
        }
    }

    /// @dev What the party has signed, in the domain of the register that knows its key.
    function _digest(Fill calldata fill, Side memory order) private view returns (bytes32) {
        bytes32 domain = keccak256(
            abi.encode(_DOMAIN_TYPEHASH, keccak256("IPX Register"), keccak256("1"), block.chainid, fill.register)
        );
        bytes memory members = abi.encode(
            ORDER_TYPEHASH,
            fill.rightId,
            order.trader,
            order.side,
            fill.terms,
            order.limit,
            order.quantity,
            order.expiresAt,
            order.counter,
            order.salt
        );
        return MessageHashUtils.toTypedDataHash(domain, keccak256(members));
    }

    function _ask(Fill calldata fill) private pure returns (Side memory) {
        return Side({
            trader: fill.seller,
            side: _SELLS,
            limit: fill.askLimit,
            quantity: fill.askQuantity,
            expiresAt: fill.askExpiresAt,
            counter: fill.askCounter,
            salt: fill.askSalt
        });
    }

    function _bid(Fill calldata fill) private pure returns (Side memory) {
        return Side({
            trader: fill.buyer,
            side: _BUYS,
            limit: fill.bidLimit,
            quantity: fill.bidQuantity,
            expiresAt: fill.bidExpiresAt,
            counter: fill.bidCounter,
            salt: fill.bidSalt
        });
    }

    function _orderOf(address register, Side memory order) private pure returns (bytes32) {
        return keccak256(abi.encode(register, order.trader, order.salt));
    }

    function _at(Fill calldata item) private pure returns (uint256 place) {
        assembly {
            place := item
        }
    }
}
// slither-disable-end reentrancy-benign
