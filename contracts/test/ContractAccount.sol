// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @dev Contract accounts for ERC-1271: an honest one, and some that misbehave when asked.
contract ContractAccount {
    enum Manner {
        AcceptsOwner,
        AcceptsAll,
        AcceptsYes,
        BurnsGas,
        AnswersShort,
        AnswersWrong,
        AnswersAtLength,
        SpendsMuch,
        Reverts
    }

    Manner private immutable _MANNER;
    address private immutable _OWNER;

    constructor(Manner manner, address owner) {
        _MANNER = manner;
        _OWNER = owner;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        bytes4 magic = this.isValidSignature.selector;
        if (_MANNER == Manner.AcceptsOwner) {
            bytes32 r = bytes32(signature[0:32]);
            bytes32 s = bytes32(signature[32:64]);
            bool owner = ecrecover(digest, uint8(signature[64]), r, s) == _OWNER;
            return owner ? magic : bytes4(0);
        }
        if (_MANNER == Manner.AcceptsAll) return magic;
        if (_MANNER == Manner.AcceptsYes) return keccak256(signature) == keccak256("yes") ? magic : bytes4(0);
        if (_MANNER == Manner.SpendsMuch) {
            // Nearly all that it is given, and an answer that shows whether it was given it.
            uint256 least = gasleft() > 140_000 ? 5_000 : 0;
            while (gasleft() > least) {}
            return magic;
        }
        if (_MANNER == Manner.AnswersWrong) return 0xffffffff;
        if (_MANNER == Manner.Reverts) revert();
        if (_MANNER == Manner.AnswersShort) {
            assembly {
                mstore(0, magic)
                return(0, 4)
            }
        }
        if (_MANNER == Manner.AnswersAtLength) {
            assembly {
                mstore(0, magic)
                return(0, 100000)
            }
        }
        uint256 i;
        while (true) {
            unchecked {
                ++i;
            }
        }
        return magic;
    }
}
