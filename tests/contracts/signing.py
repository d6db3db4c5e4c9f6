"""Signatures of every kind: good ones, and ones that are wrong in one way each."""

from __future__ import annotations

from random import Random

from exchange.keccak import keccak
from ledger.secp256k1 import PrivateKey
from tests.contracts.deployment import OWNER
from tests.contracts.model_base import Account
from tests.contracts.shapes import Domain, Signed

_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
KEYS = [PrivateKey(keccak(b"key %d of a random sequence" % number)) for number in range(12)]
"""Keys of ordinary accounts."""
_BY_ADDRESS = {key.address.lower(): key for key in KEYS}
WRONG = (
    *(
        "forged",
        "another chain",
        "another contract",
        "another name",
        "another version",
        "malleable",
        "v from 0",
    ),
    *("cut", "long", "nothing", "high s in 64 bytes", "r of zero", "4096 bytes", "4097 bytes", "raw digest"),
)


def short(signature: bytes) -> bytes:
    """The 64 bytes of ERC-2098: r, then s with the parity in its highest bit."""
    return signature[:32] + (int.from_bytes(signature[32:64], "big") | (signature[64] - 27) << 255).to_bytes(
        32, "big"
    )


def malleable(signature: bytes) -> bytes:
    """The other signature of the pair, with a high s."""
    other = _ORDER - int.from_bytes(signature[32:64], "big")
    return signature[:32] + other.to_bytes(32, "big") + bytes((55 - signature[64],))


def packed(signatures: list[bytes]) -> bytes:
    """As a batch carries them: the short form as it is, any other behind a zero word and its length."""
    return b"".join(
        item if len(item) == 64 and any(item[:32]) else bytes(32) + len(item).to_bytes(32, "big") + item
        for item in signatures
    )


class Signer:
    """Signs for whoever is asked, well or in a chosen wrong way."""

    def __init__(self, draw: Random, domain: Domain, accounts: dict[str, Account]) -> None:
        self._draw, self._domain, self._accounts = draw, domain, accounts

    def sign(self, signer: str, message: Signed, wrong: float) -> bytes:
        """A signature; with the chance `wrong` it is wrong in some way."""
        key = _BY_ADDRESS.get(signer, OWNER)
        if self._draw.random() >= wrong:
            good = key.sign_digest(self._domain.digest(message))
            return good if signer in self._accounts or self._draw.random() < 0.3 else short(good)
        return self.wrongly(self._draw.choice(WRONG), key, message)

    def wrongly(self, manner: str, key: PrivateKey, message: Signed) -> bytes:
        """A signature that is wrong in this manner."""
        domain = {
            "another chain": self._domain._replace(chain_id=self._domain.chain_id + 1),
            "another contract": self._domain._replace(contract="0x" + "17" * 20),
            "another name": self._domain._replace(name="IPX Exchange"),
            "another version": self._domain._replace(version="2"),
        }.get(manner, self._domain)
        if manner == "forged":
            key = self._draw.choice([other for other in KEYS if other is not key])
        good = key.sign_digest(domain.digest(message))
        made = {
            "malleable": malleable(good),
            "v from 0": good[:64] + bytes((good[64] - 27,)),
            "cut": good[:63],
            "long": good + b"\x00",
            "nothing": b"",
            "high s in 64 bytes": good[:32] + b"\x7f" + b"\xff" * 31,
            "r of zero": bytes(32) + good[32:64],
            "4096 bytes": good + bytes(4_096 - 65),
            "4097 bytes": good + bytes(4_097 - 65),
            "raw digest": key.sign_digest(keccak(domain.digest(message))),
        }.get(manner, good)
        return (
            short(made)
            if len(made) == 65 and made[64] > 26 and manner != "malleable" and self._draw.random() < 0.5
            else made
        )
