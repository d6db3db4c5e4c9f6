// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {Deals} from "../Deals.sol";
import {Offers} from "../Offers.sol";
import {Parties} from "../Parties.sol";
import {Recoveries} from "../Recoveries.sol";
import {RegisterFixture} from "./RegisterFixture.sol";

/// @dev The parties' own messages: their hashes as EIP-712 words them, and short ways to send them.
abstract contract PartyFixture is RegisterFixture {
    uint256 internal constant NEW_KEY = 0x4E57;
    uint256 internal constant STRANGER_KEY = 0xDEAD;

    function hashRotation(Parties.KeyRotation memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "KeyRotation(bytes32 party,address oldKey,address newKey,bytes32 authorisation,uint64 deadline)"
        );
        return keccak256(abi.encode(typeHash, item));
    }

    function hashRevocation(Parties.KeyRevocation memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256("KeyRevocation(bytes32 party,address key,bytes32 reason,uint64 deadline)");
        return keccak256(abi.encode(typeHash, item));
    }

    function hashAdvance(Parties.CounterAdvance memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256("CounterAdvance(bytes32 party,address key,uint32 counter,uint64 deadline)");
        return keccak256(abi.encode(typeHash, item));
    }

    function hashRecovery(Recoveries.KeyRecovery memory item) internal pure returns (bytes32) {
        bytes32 typeHash =
            keccak256("KeyRecovery(bytes32 party,address newKey,bytes32 authorisation,uint64 deadline)");
        return keccak256(abi.encode(typeHash, item));
    }

    function hashVeto(Recoveries.RecoveryVeto memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256("RecoveryVeto(bytes32 party,address newKey,address key,uint64 deadline)");
        return keccak256(abi.encode(typeHash, item));
    }

    function hashCancellation(Deals.Deal memory deal) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("DealCancellation(bytes32 deal)"), hashDeal(deal)));
    }

    /// @dev Also the offer's identifier.
    function hashOffer(Offers.StandingOffer memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "StandingOffer(bytes32 rightId,address seller,bytes32 terms,bytes32 contractText,uint64 termSeconds,"
            "uint32 most,uint64 expiresAt,uint32 sellerCounter,bytes32 salt)"
        );
        return keccak256(abi.encode(typeHash, item));
    }

    function hashAcceptance(Offers.OfferAcceptance memory item) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "OfferAcceptance(bytes32 rightId,bytes32 dealId,bytes32 offerId,address buyer,uint64 deadline,"
            "uint32 buyerCounter)"
        );
        return keccak256(abi.encode(typeHash, item));
    }

    function hashWithdrawal(Offers.StandingOffer memory item) internal pure returns (bytes32) {
        return keccak256(abi.encode(keccak256("OfferWithdrawal(bytes32 offer)"), hashOffer(item)));
    }

    function rotation(uint256 oldKey, uint256 newKey) internal pure returns (Parties.KeyRotation memory) {
        return Parties.KeyRotation(SELLER, vm.addr(oldKey), vm.addr(newKey), LETTER, DEADLINE);
    }

    function rotate(uint256 oldKey, uint256 newKey) internal {
        Parties.KeyRotation memory item = rotation(oldKey, newKey);
        bytes32 content = hashRotation(item);
        register.rotateKey(item, signedMessage(oldKey, content), signedMessage(newKey, content));
    }

    function revocation(uint256 key) internal pure returns (Parties.KeyRevocation memory) {
        return Parties.KeyRevocation(SELLER, vm.addr(key), "STOLEN", DEADLINE);
    }

    function revoke(uint256 key) internal {
        Parties.KeyRevocation memory item = revocation(key);
        register.revokeKey(item, signedMessage(key, hashRevocation(item)));
    }

    function advance(bytes32 party, uint256 key, uint32 counter) internal {
        Parties.CounterAdvance memory item = Parties.CounterAdvance(party, addressOf(key), counter, DEADLINE);
        register.advanceCounter(item, signedMessage(key, hashAdvance(item)));
    }

    function recovery(uint256 newKey) internal pure returns (Recoveries.KeyRecovery memory) {
        return Recoveries.KeyRecovery(SELLER, vm.addr(newKey), LETTER, DEADLINE);
    }

    function propose(uint256 newKey) internal {
        Recoveries.KeyRecovery memory item = recovery(newKey);
        propose(item, signedMessage(newKey, hashRecovery(item)));
    }

    function propose(Recoveries.KeyRecovery memory item, bytes memory possession) internal {
        Recoveries.KeyRecovery[] memory items = new Recoveries.KeyRecovery[](1);
        items[0] = item;
        register.proposeRecoveries(items, packed(possession));
    }

    function cancel(Deals.Deal memory deal, uint256 key) internal {
        register.cancelDeal(deal, addressOf(key), signedMessage(key, hashCancellation(deal)));
    }

    function newOffer(uint32 most) internal view returns (Offers.StandingOffer memory) {
        return Offers.StandingOffer({
            rightId: RIGHT,
            seller: SELLER_ADDRESS,
            terms: keccak256("terms"),
            contractText: keccak256("contract"),
            termSeconds: 365 days,
            most: most,
            expiresAt: DEADLINE,
            sellerCounter: 0,
            salt: "salt"
        });
    }

    function offer(Offers.StandingOffer memory item) internal returns (bytes32 offerId) {
        offerId = hashOffer(item);
        offer(item, signedMessage(SELLER_KEY, offerId));
    }

    function offer(Offers.StandingOffer memory item, bytes memory signature) internal {
        Offers.StandingOffer[] memory items = new Offers.StandingOffer[](1);
        items[0] = item;
        register.recordOffers(items, packed(signature));
    }

    function withdraw(Offers.StandingOffer memory item) internal {
        register.withdrawOffer(item, signedMessage(SELLER_KEY, hashWithdrawal(item)));
    }

    function acceptance(bytes32 offerId, bytes12 number) internal view returns (Offers.OfferAcceptance memory) {
        return Offers.OfferAcceptance(RIGHT, dealId(number), offerId, BUYER_ADDRESS, DEADLINE, 0);
    }

    function accept(Offers.OfferAcceptance memory item) internal {
        accept(item, signedMessage(BUYER_KEY, hashAcceptance(item)));
    }

    function accept(Offers.OfferAcceptance memory item, bytes memory signature) internal {
        register.acceptOffers(listOf(item), packed(signature));
    }

    function listOf(Offers.OfferAcceptance memory item)
        internal
        pure
        returns (Offers.OfferAcceptance[] memory items)
    {
        items = new Offers.OfferAcceptance[](1);
        items[0] = item;
    }
}
