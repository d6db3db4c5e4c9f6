"""The guardian's own acts on keys: each is one transaction under the guardian's key, beside the venue and its sender.

Whoever runs the venue is not the guardian: nothing here needs the venue's database or its keys.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eth_abi.abi import encode

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.chain.reads import error_name
from ledger.chain.sending import Sendable, send

if TYPE_CHECKING:
    from ledger.chain.client import ChainClient, Receipt
    from ledger.chain.signer import Signer

GAS: Final = 250_000
"""More than either act takes; what is not used is not paid."""
_END_RECOVERY_WAIT: Final = keccak(b"endRecoveryWait(bytes32,address,bytes32)")[:4]
_REVOKE_KEY: Final = keccak(b"revokeKeyAsGuardian((bytes32,address,bytes32,uint64))")[:4]
_WORD: Final = 32


def end_recovery_wait(party: str, new_key: str, ground: bytes) -> bytes:
    """The call by which a recovery takes effect at once; `ground` commits to the order or statement (32 bytes).

    Raises:
        ValueError: `party` is not 0x and 64 hex digits.
    """
    return bytes(
        _END_RECOVERY_WAIT + encode(["bytes32", "address", "bytes32"], [_word(party), new_key, ground])
    )


def revoke_key(party: str, key: str, reason: str) -> bytes:
    """The call that ends a party's key at once; `reason` is a code of at most 32 ASCII characters.

    Raises:
        ValueError: `party` is not 0x and 64 hex digits, or the reason is no such code.
    """
    code = reason.encode("ascii")
    if not 0 < len(code) <= _WORD or not reason.isprintable():
        message = "a reason has 1 to 32 printable ASCII characters"
        raise ValueError(message)
    # The contract does not look at the deadline of what the guardian does.
    revocation = (_word(party), key, code.ljust(_WORD, b"\0"), 0)
    return bytes(_REVOKE_KEY + encode(["(bytes32,address,bytes32,uint64)"], [revocation]))


def carry_out(client: ChainClient, register: str, guardian: Signer, act: bytes, deadline_s: float) -> Receipt:
    """Try an act, send it, and wait until it is mined.

    Raises:
        ChainFault: `CHAIN-REVERTED` with the name of the contract's error, before anything is sent;
            `CHAIN-RECEIPT-LATE` after `deadline_s` seconds; what the client raises.
    """
    try:
        client.try_out(guardian.address, register, act, GAS)
    except ChainFault as fault:
        if fault.code != "CHAIN-REVERTED":
            raise
        raise ChainFault(code=fault.code, detail=error_name(fault.data), data=fault.data) from fault
    # The next nonce that is not mined: what hangs from an earlier attempt is replaced.
    nonce = client.nonce(guardian.address)
    sendable = Sendable(to=register, data=act, nonce=nonce, gas=GAS, fees=client.fees())
    sent = send(client, guardian, sendable, lambda *_: None)
    receipt = client.wait_for_receipt(sent.hash, deadline_s)
    if not receipt.succeeded:
        raise ChainFault(code="CHAIN-REVERTED", detail=f"transaction 0x{sent.hash.hex()}")
    return receipt


def _word(text: str) -> bytes:
    word = bytes.fromhex(text.removeprefix("0x"))
    if len(word) != _WORD:
        message = "a party stands on the chain by 0x and 64 hex digits"
        raise ValueError(message)
    return word
