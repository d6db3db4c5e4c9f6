"""From what was read of a deal to the bytes of its bundle: parts, their digests, and the venue's signature under them.

What a bundle proves, it proves by others' signatures and by paths to signed roots. What the venue merely states, such
as who runs a node, is bound by its service key: an EIP-712 `Instruction` of an action that no command has, no longer
valid when it is made, so that it can serve for nothing else.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final

from exchange import canonical
from ledger.bundle.digests import both
from ledger.signatures import Instruction, content_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.service import Signatory
    from ledger.signatures import Domain

FORMAT: Final = "ipx-bundle/1"
LARGEST_BUNDLE: Final = 4 * 1024 * 1024
"""Bytes. A deal has tens of entries of a few hundred bytes, and texts of some pages."""
ACTION: Final = "deal_bundle"
"""What the venue signs for; no command has this tag."""
PARTS: Final = (
    "about",
    "anchor",
    "capture",
    "chain",
    "checkpoint",
    "contract",
    "custody",
    "deal",
    "entries",
    "missing",
    "recipe",
    "signed",
)


class BundleTooLarge(Exception):
    """A bundle outgrew its bound. `code` is stable."""

    def __init__(self, *, size: int) -> None:
        self.code = "BUNDLE-TOO-LARGE"
        self.cure = "export the journal for an auditor, which has no bound: ipx export --auditor"
        super().__init__(f"{self.code}: {size} bytes: {self.cure}")


def assemble(parts: Mapping[str, Any], domain: Domain, signatory: Signatory | None) -> bytes:
    """Give a bundle's canonical bytes. `parts` has every name of `PARTS`; `domain` is that of instructions.

    `signatory` signs for the service; without one nobody attests what the venue states.

    Raises:
        ChainFault: `SIGNER-UNREACHABLE`, `SIGNER-REFUSED`.
        BundleTooLarge: over `LARGEST_BUNDLE`.
        CanonicalRefused: a part has no canonical form.
    """
    whole: dict[str, Any] = {name: parts[name] for name in PARTS}
    digests = {name: both(canonical.encode(value)) for name, value in whole.items()}
    for language, text in ((whole["contract"] or {}).get("texts") or {}).items():
        digests[f"contract.{language}"] = both(text.encode())
    whole["format"] = FORMAT
    whole["digests"] = digests
    whole["attestation"] = None
    if signatory is not None:
        message = attestation(whole["deal"]["id"], digests, whole["capture"]["read_at_ms"])
        signature = signatory.sign_instruction(domain, message)
        whole["attestation"] = {"signer": signatory.address.lower(), "signature": signature}
    data = canonical.encode(whole)
    if len(data) > LARGEST_BUNDLE:
        raise BundleTooLarge(size=len(data))
    return data


def attestation(deal_id: str, digests: Mapping[str, Mapping[str, str]], read_at_ms: int) -> Instruction:
    """Give what the venue signs under a bundle: it was valid when it was read, and is not any more."""
    return Instruction(
        action=ACTION,
        party="venue",
        reference=sha256(f"{FORMAT} {deal_id}".encode()).digest(),
        content=content_of({name: dict(each) for name, each in digests.items()}),
        valid_until_ms=read_at_ms,
    )
