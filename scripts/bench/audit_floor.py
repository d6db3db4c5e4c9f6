"""What nobody who audits could leave out, in the fewest steps: canonical form, SHA-256 and key recovery of each entry.

Of every entry its public part, terms and outcome are read and written again in canonical form (RFC 8785), its leaf, its
commitments and what was signed are hashed, the leaf is put into the tree (RFC 6962), and the signer's key is recovered
from the EIP-712 digest. Nothing is decided, no state is kept, no seal, anchor, document or order of lines is looked at.
"""

from __future__ import annotations

from hashlib import sha256
from typing import IO

import coincurve
import msgspec

from exchange.keccak import keccak
from ledger.audit.lines import EntryLine
from ledger.merkle import Frontier
from ledger.signatures import Instruction, domain_separator, exchange_domain
from scripts.bench.audited_market import APPLICANT

_INSTRUCTION = keccak(
    f"Instruction({','.join(f'{kind} {name}' for name, kind in Instruction.members)})".encode()
)
_SEALED = b"IPX sealed part v1\x00"
_TERMS, _OUTCOME = (_SEALED + bytes((len(label),)) + label for label in (b"terms", b"outcome"))


class FloorDiffers(Exception):
    """The floor did not find of an entry what the audit finds, so that it did not do its work."""


def read_and_recover(stream: IO[bytes], chain_id: int, anchor: str) -> tuple[int, int, bytes]:
    """Do it with every entry of an export; how many entries and signatures there were, and the root over all.

    Raises:
        FloorDiffers: bytes that are not canonical, another hash, or another signer.
    """
    lines = msgspec.json.Decoder(EntryLine)
    read, write = msgspec.json.Decoder().decode, msgspec.json.Encoder(order="sorted").encode
    prefix = b"\x19\x01" + domain_separator(exchange_domain(chain_id, anchor))
    texts: dict[str, bytes] = {}
    tree = Frontier()
    signatures = 0
    for data in stream:
        if not data.startswith(b'{"line":"entry"'):
            continue
        line = lines.decode(data)
        public = bytes(line.public)
        entry = read(public)
        leaf = sha256(b"\x00" + public).digest()
        same = write(entry) == public and leaf.hex() == line.leaf
        tree.append(leaf)
        sealed = entry["sealed"]
        for prefix_of_part, part, committed in (
            (_TERMS, line.terms, sealed["terms"]),
            (_OUTCOME, line.outcome, sealed["outcome"]),
        ):
            if part is not None:
                value = bytes(part.value)
                same = same and write(read(value)) == value
                opening = prefix_of_part + bytes.fromhex(part.salt) + value
                same = same and sha256(opening).hexdigest() == committed
        signature = entry["signature"]
        if signature is not None:
            signatures += 1
            command = entry["command"]
            for text in (command["type"], entry["actor"] or APPLICANT):
                if text not in texts:
                    texts[text] = keccak(text.encode())
            struct = keccak(
                _INSTRUCTION
                + texts[command["type"]]
                + texts[entry["actor"] or APPLICANT]
                + bytes.fromhex(entry["reference"])
                + sha256(write(command)).digest()
                + bytes.fromhex(sealed["terms"] or "00" * 32)
                + signature["valid_until_ms"].to_bytes(32, "big")
            )
            value = bytes.fromhex(signature["value"][2:])
            key = coincurve.PublicKey.from_signature_and_message(
                value[:64] + bytes((value[64] - 27,)), keccak(prefix + struct), hasher=None
            )
            address = keccak(key.format(compressed=False)[1:])[12:]
            same = same and address.hex() == signature["signer"][2:].lower()
        if not same:
            message = f"entry {line.entry}"
            raise FloorDiffers(message)
    return tree.size, signatures, tree.root()
