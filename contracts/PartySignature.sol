// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

/// @title A party's signature, by key or by contract account
/// @notice Checks a digest against a party's address: an ECDSA key (65 bytes, or 64 bytes as in ERC-2098) or a
/// contract account (ERC-1271).
/// @dev The key is tried first: an ordinary account that carries delegated code (EIP-7702) keeps the right to
/// sign with its key. OpenZeppelin's SignatureChecker asks the code first, refuses 64 bytes, and caps no gas.
library PartySignature {
    enum Verdict {
        Valid,
        Invalid,
        Malleable
    }

    /// @notice Gas that a contract account may use for one check.
    uint256 internal constant CONTRACT_GAS = 150_000;
    /// @notice Longest signature that is looked at, in bytes.
    uint256 internal constant MAX_LENGTH = 4_096;

    /// @notice Too little gas left to let a contract account check fairly. Cure: send the batch with more gas.
    /// @dev The whole call is undone: a sender must not be able to have a good signature refused by starving it.
    error TooLittleGas();

    /// @dev `Malleable` is told apart so that the signer learns that the signature itself must be made anew.
    function check(address signer, bytes32 digest, bytes calldata signature) internal view returns (Verdict) {
        if (signature.length > MAX_LENGTH) return Verdict.Invalid;
        bool malleable;
        if (signature.length == 64 || signature.length == 65) {
            (uint8 v, bytes32 r, bytes32 s) = ECDSA.parseCalldata(signature);
            (address recovered, ECDSA.RecoverError err,) = ECDSA.tryRecover(digest, v, r, s);
            if (err == ECDSA.RecoverError.NoError && recovered == signer) return Verdict.Valid;
            malleable = err == ECDSA.RecoverError.InvalidSignatureS;
        }
        if (signer.code.length != 0 && _contractAccepts(signer, digest, signature)) return Verdict.Valid;
        return malleable ? Verdict.Malleable : Verdict.Invalid;
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
