"""The rogue operator's hand: rows of the four tables that an export is made of, changed and made to fit again.

How far they are made to fit is the degree of a tampering. `none`: a column is changed and nothing else. `leaf`:
commitments and leaf hash of the entry are made anew. `tree`: every hash above it as well, and the notes of the
checkpoints, but nothing is signed. `everything`: the engine decides every command again, state hashes and answers
follow, operators and service sign what they gave, the receipt key signs every seal and checkpoint; what is nobody's but
others' (parties' signatures, the bank's and the office's, cosignatures, tokens) cannot be made again.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import psycopg
from psycopg.rows import dict_row

from exchange import canonical
from exchange import commands as c
from exchange.engine import Engine
from exchange.sealed import commitment
from ledger.journal import (
    OUTCOME_LABEL,
    TERMS_LABEL,
    Entry,
    SealedParts,
    Signature,
    StoredEntry,
    answer_of,
    outcome_value,
    request_of,
    type_of,
)
from ledger.log.checkpoints import Checkpoint, origin_of, sign_checkpoint, stated_by
from ledger.log.notes import Note, read_note
from ledger.merkle import Frontier, leaf_hash, root
from ledger.receipt_key import ReceiptKey
from ledger.receipts import seal_batch
from ledger.signatures import (
    NO_TERMS,
    Instruction,
    PrivateKey,
    exchange_domain,
    instruction_digest,
    sign,
)
from ledger.store.connections import psycopg_url
from tests.faults.rogue_day import Stolen

Row = dict[str, Any]
TABLES = {
    "journal": "entry",
    "sealed_parts": "entry, label",
    "batches": "first_entry",
    "checkpoints": "size",
}
"""What an export is made of, with the order of each."""


@dataclass
class Tables:
    """Rows by table, as they stand or as somebody would have them."""

    rows: dict[str, list[Row]] = field(default_factory=dict)

    @classmethod
    def read(cls, database_url: str) -> Tables:
        with psycopg.connect(psycopg_url(database_url), row_factory=dict_row) as connection:
            found = {
                name: connection.execute(f"SELECT * FROM {name} ORDER BY {order}".encode()).fetchall()  # noqa: S608
                for name, order in TABLES.items()
            }
        return cls(found)

    def copy(self) -> Tables:
        return copy.deepcopy(self)

    @property
    def journal(self) -> list[Row]:
        return self.rows["journal"]

    @property
    def parts(self) -> list[Row]:
        return self.rows["sealed_parts"]

    @property
    def batches(self) -> list[Row]:
        return self.rows["batches"]

    @property
    def checkpoints(self) -> list[Row]:
        return self.rows["checkpoints"]

    def write(self, connection: psycopg.Connection[Any], standing: Tables) -> None:
        """Write those tables that are not as they stood."""
        with connection.transaction():
            for name, rows in self.rows.items():
                if rows == standing.rows[name]:
                    continue
                columns = list(rows[0] if rows else standing.rows[name][0])
                connection.execute(f"TRUNCATE {name}".encode())
                copying = f"COPY {name} ({', '.join(columns)}) FROM STDIN".encode()
                with connection.cursor() as cursor, cursor.copy(copying) as copied:
                    for row in rows:
                        copied.write_row([row[column] for column in columns])

    # --- what belongs to an entry

    def batch_of(self, entry: int) -> tuple[int, int]:
        """First and last entry of the batch that an entry stands in."""
        batch = next(each for each in self.batches if entry < each["first_entry"] + each["count"])
        return batch["first_entry"], batch["first_entry"] + batch["count"] - 1

    def shift(self, first: int, by: int) -> None:
        """Give every entry from this one on another number."""
        for row in self.journal:
            row["entry"] += by * (row["entry"] >= first)
        for part in self.parts:
            part["entry"] += by * (part["entry"] >= first)


class Hand:
    """What the operator can do with its keys."""

    def __init__(self, stolen: Stolen) -> None:
        trust = stolen.trust
        self._key = ReceiptKey(bytes.fromhex(stolen.receipt_seed))
        keys = [PrivateKey.from_hex(each) for each in stolen.secrets]
        self._private: dict[str, PrivateKey] = {key.address: key for key in keys}
        self._domain = exchange_domain(trust.chain_id, trust.anchor)
        self._origin = origin_of(trust.chain_id, trust.anchor)

    # --- leaf

    @staticmethod
    def refit_entry(row: Row, parts: Sequence[Row] = ()) -> None:
        """Make an entry's commitments and its leaf hash anew from what stands beside them."""
        public = msgspec.json.decode(row["public"])
        sealed = {"terms": "", "outcome": _committed(OUTCOME_LABEL, row["outcome_salt"], row["outcome"])}
        if row["terms"] is not None:
            sealed["terms"] = _committed(TERMS_LABEL, row["terms_salt"], row["terms"])
        erasable = dict(public["command"].get("erasable", {}))
        for part in parts:
            if part["salt"] is not None and part["label"] in erasable:
                erasable[part["label"]] = _committed(part["label"], part["salt"], part["value"])
        if erasable:
            public["command"]["erasable"] = erasable
        row["public"] = canonical.encode(public | {"sealed": sealed})
        row["leaf"] = leaf_hash(row["public"])

    # --- tree

    def refit_tree(self, tables: Tables, *, signed: bool) -> None:
        """Make every root, seal and checkpoint anew from the leaves. Without keys the old signatures stay."""
        leaves = [row["leaf"] for row in tables.journal]
        frontier = Frontier()
        roots = {0: frontier.root()}
        for batch in tables.batches:
            first, count = batch["first_entry"], batch["count"]
            members = leaves[first : first + count]
            frontier.extend(members)
            roots[frontier.size] = frontier.root()
            last = msgspec.json.decode(tables.journal[first + count - 1]["public"])
            batch |= {
                "batch_root": root(members),
                "tree_size": frontier.size,
                "tree_root": frontier.root(),
                "frontier": frontier.to_bytes(),
                "time_ms": last["time_ms"],
                "epoch": last["epoch"],
            }
            if signed:
                seal = seal_batch(
                    self._key,
                    epoch=last["epoch"],
                    first_entry=first,
                    leaves=members,
                    tree_root=frontier.root(),
                    time_ms=last["time_ms"],
                )
                batch["signature"] = bytes.fromhex(seal.signature)
        for row in tables.checkpoints:
            self._refit_checkpoint(row, roots[row["size"]], signed=signed)

    def _refit_checkpoint(self, row: Row, tree_root: bytes, *, signed: bool) -> None:
        if row["root"] == tree_root and stated_by(read_note(row["note"])).size == row["size"]:
            return  # nothing below it has changed: cosignatures and token still hold
        row["root"] = tree_root
        checkpoint = Checkpoint(self._origin, row["size"], tree_root)
        if signed:
            row |= {
                "note": sign_checkpoint(checkpoint, self._key).to_bytes(),
                "token": None,
                "witnessed_ms": None,
            }
        else:
            row["note"] = Note(checkpoint.to_text(), read_note(row["note"]).signatures).to_bytes()

    # --- everything

    def decide_again(self, tables: Tables) -> None:
        """Number entries as they stand, have the engine decide each, and sign what operators and service gave.

        Raises:
            Whatever an engine raises of a history that makes none: no operator would hand that out.
        """
        engine = Engine()
        for number, row in enumerate(tables.journal):
            entry = msgspec.json.decode(row["public"], type=Entry)
            changed: dict[str, Any] = {"entry": number}
            if isinstance(entry.command, c.RecordStateHash):
                changed["command"] = c.RecordStateHash(state_hash=engine.state.state_hash())
            entry = msgspec.structs.replace(entry, **changed)
            stored = StoredEntry(
                entry=number,
                public=row["public"],
                leaf=row["leaf"],
                terms=row["terms"],
                terms_salt=row["terms_salt"],
            )
            outcome = engine.apply(request_of(entry, stored))
            value = outcome_value(outcome)
            row["outcome"] = canonical.encode(value)
            sealed = SealedParts(
                terms=entry.sealed.terms,
                outcome=commitment(OUTCOME_LABEL, row["outcome_salt"], value).hex(),
            )
            entry = msgspec.structs.replace(
                entry, sealed=sealed, answer=answer_of(outcome), signature=self._signature(entry)
            )
            row["public"] = canonical.encode(entry)
            row["leaf"] = leaf_hash(row["public"])

    def _signature(self, entry: Entry) -> Signature | None:
        """The signature of the operator's own keys over what an entry says now; others' stay as they are."""
        signature = entry.signature
        if signature is None or (key := self._private.get(signature.signer)) is None:
            return signature
        instruction = Instruction(
            action=type_of(entry.command),
            party=entry.actor or "applicant",
            reference=bytes.fromhex(entry.reference),
            content=canonical.digest(entry.command),
            terms=bytes.fromhex(entry.sealed.terms) if entry.sealed.terms else NO_TERMS,
            valid_until_ms=signature.valid_until_ms,
        )
        value = sign(instruction_digest(self._domain, instruction), key)
        return msgspec.structs.replace(signature, value=value)


def _committed(label: str, salt: bytes, value: bytes) -> str:
    return commitment(label, salt, msgspec.json.decode(value)).hex()
