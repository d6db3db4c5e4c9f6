// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";

/// @title A party's signature, by key or by contract account
/// @notice Checks a digest against a party's address: an ECDSA key (64 bytes as in ERC-2098, or 65 bytes) or a
/// contract account (ERC-1271).
/// @dev The key is tried first: an ordinary account that carries delegated code (EIP-7702) keeps the right to
/// sign with its key. OpenZeppelin's SignatureChecker asks the code first, refuses 64 bytes, and caps no gas.
library PartySignature {
    /// @notice Gas that a contract account may use for one check.
    uint256 internal constant CONTRACT_GAS = 150_000;
    /// @notice Longest signature that is looked at, in bytes.
    uint256 internal constant MAX_LENGTH = 4_096;

    /// @dev Half the order of secp256k1, rounded down: the largest `s` that EIP-2 allows.
    uint256 private constant HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0;
    /// @dev Length of the short form (ERC-2098): r, then s with the parity in its highest bit.
    uint256 private constant SHORT = 64;

    /// @notice Not the key's signature over this message, chain and contract.
    error KeySignatureInvalid();
    /// @notice A signature in its malleable form (high s). Cure: sign with a library that follows EIP-2.
    error SignatureMalleable();
    /// @notice Too little gas left to let a contract account check fairly. Cure: send the batch with more gas.
    /// @dev The whole call is undone: a sender must not be able to have a good signature refused by starving it.
    error TooLittleGas();
    /// @notice A batch's signatures end before its items do, or go on after them, or one is too long.
    error SignaturesMisplaced();

    /// @dev Takes the next of several signatures that follow one another in calldata: 64 bytes in the short form; any
    /// other kind as 32 zero bytes, 32 bytes for its length, and its bytes. An `r` of zero is no signature, so the
    /// two cannot be mistaken for one another. Places only grow: a caller that comes out exactly at the end of the
    /// signatures has read nothing beyond it, and reverts with {SignaturesMisplaced} if it does not.
    // A place in calldata has an offset and a length: neither of the two assignments overwrites the other.
    // slither-disable-next-line write-after-write
    function take(uint256 place) internal pure returns (bytes calldata signature, uint256 rest) {
        uint256 length = SHORT;
        uint256 first;
        assembly {
            first := calldataload(place)
        }
        if (first == 0) {
            assembly {
                length := calldataload(add(place, 0x20))
            }
            require(length <= MAX_LENGTH, SignaturesMisplaced());
            place += SHORT;
        }
        // Both are bounded: a place in calldata, and a length of at most MAX_LENGTH.
        unchecked {
            rest = place + length;
        }
        assembly {
            signature.offset := place
            signature.length := length
        }
    }

    /// @dev Selector of the error that refuses the signature, or zero. {SignatureMalleable} is told apart so that the
    /// signer learns that the signature itself must be made anew.
    function refusal(address signer, bytes32 digest, bytes calldata signature) internal view returns (bytes4) {
        bool malleable;
        if (signature.length == SHORT || signature.length == SHORT + 1) {
            bytes32 r;
            uint256 s;
            uint256 v;
            assembly {
                r := calldataload(signature.offset)
                s := calldataload(add(signature.offset, 0x20))
                v := shr(248, calldataload(add(signature.offset, 0x40)))
            }
            if (signature.length == SHORT) (v, s) = (27 + (s >> 255), s & (type(uint256).max >> 1));
            malleable = s > HALF_ORDER;
            // A failed recovery gives zero, and no signer is zero.
            if (!malleable && ecrecover(digest, uint8(v), r, bytes32(s)) == signer) return 0;
        }
        if (signer.code.length != 0 && _contractAccepts(signer, digest, signature)) return 0;
        return malleable ? SignatureMalleable.selector : KeySignatureInvalid.selector;
    }

    function _contractAccepts(address account, bytes32 digest, bytes calldata signature)
        private
        view
        returns (bool accepted)
    {
        bytes memory question = abi.encodeCall(IERC1271.isValidSignature, (digest, signature));
        // EIP-150 keeps back one part in 64 of the gas left; the rest must cover the cap in full.
        require(gasleft() > (CONTRACT_GAS * 64) / 63 + 5_000, TooLittleGas());
        bytes4 magic = IERC1271.isValidSignature.selector;
        // At most one word of the answer is copied, so an account cannot make the register pay for a long one.
        assembly ("memory-safe") {
            mstore(0x00, 0)
            let ok := staticcall(CONTRACT_GAS, account, add(question, 0x20), mload(question), 0x00, 0x20)
            accepted := and(ok, and(gt(returndatasize(), 0x1f), eq(mload(0x00), magic)))
        }
    }
}
