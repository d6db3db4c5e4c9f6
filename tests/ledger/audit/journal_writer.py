"""Entries as the bytes of an export, as a venue writes them or a forger who holds its receipt key."""

from __future__ import annotations

from dataclasses import dataclass, replace

import msgspec

from exchange import commands as c
from exchange.engine import Engine
from ledger.audit.lines import EntryLine, ExportKind, Header, SealedValue, SealLine, encode_line
from ledger.merkle import Frontier, leaf_hash
from ledger.receipts import Receipt, SignedSeal, make_receipts, seal_batch
from tests.ledger.audit.journal_maker import RECEIPT_KEY, JournalScene, Stored


@dataclass(frozen=True)
class Written:
    """An export and what it was made of."""

    data: bytes
    leaves: tuple[bytes, ...]
    roots: tuple[bytes, ...]
    """The root over the first n entries, at n."""
    receipts: tuple[Receipt, ...]


def write(stored: list[Stored], scene: JournalScene, kind: ExportKind = "auditor", batch: int = 7) -> Written:
    """Write an export of these entries; seals and hashes are made from what stands there."""
    header = Header(
        kind=kind,
        chain_id=scene.chain_id,
        anchor=scene.anchor,
        register=scene.register_address,
        receipt_key=RECEIPT_KEY.public_key.hex(),
    )
    lines = [encode_line(header)]
    frontier = Frontier()
    roots, leaves, receipts = [frontier.root()], [], []
    for start in range(0, len(stored), batch):
        members = stored[start : start + batch]
        batch_leaves = [leaf_hash(each.public) for each in members]
        for number, (each, leaf) in enumerate(zip(members, batch_leaves, strict=True), start):
            lines.append(encode_line(entry_line(each, number, leaf, kind)))
            frontier.append(leaf)
            roots.append(frontier.root())
        last = msgspec.json.decode(members[-1].public)
        seal: SignedSeal = seal_batch(
            RECEIPT_KEY,
            epoch=last["epoch"],
            first_entry=start,
            leaves=batch_leaves,
            tree_root=frontier.root(),
            time_ms=last["time_ms"],
        )
        lines.append(encode_line(SealLine(seal=seal.seal, signature=seal.signature)))
        leaves += batch_leaves
        receipts += make_receipts(seal, batch_leaves)
    return Written(b"".join(lines), tuple(leaves), tuple(roots), tuple(receipts))


def entry_line(stored: Stored, number: int, leaf: bytes, kind: ExportKind = "auditor") -> EntryLine:
    """The line of one entry."""
    auditor = kind == "auditor"
    return EntryLine(
        entry=number,
        leaf=leaf.hex(),
        public=msgspec.Raw(stored.public),
        terms=_sealed(stored.terms) if auditor else None,
        outcome=_sealed(stored.outcome) if auditor else None,
        erasable={label: _part(part) for label, part in sorted(stored.erasable.items())} if auditor else {},
    )


def _sealed(part: tuple[bytes, bytes] | None) -> SealedValue | None:
    return None if part is None else _part(part)


def _part(part: tuple[bytes, bytes]) -> SealedValue:
    return SealedValue(salt=part[0].hex(), value=msgspec.Raw(part[1]))


def decided_again(scene: JournalScene, requests: list[c.Request], originals: list[Stored]) -> list[Stored]:
    """What a venue would have written had it decided these requests instead: the perfect forgery.

    Signatures and references are those of the originals; everything that the venue itself makes is made anew.
    """
    forger = JournalScene(chain_id=scene.chain_id, register=scene.register_address, anchor=scene.anchor)
    forger.stored.clear()
    forger.records.clear()
    forger.engine = Engine()
    for request, original in zip(requests, originals, strict=True):
        forger.apply_as_it_is(request)
        entry = msgspec.json.decode(original.public)
        kept = {name: entry[name] for name in ("signature", "reference")}
        forger.stored[-1] = replace(forger.stored[-1].changed(**kept), erasable=original.erasable)
    return forger.stored
