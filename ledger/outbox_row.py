"""One row of the outbox: a record for the chain with what it is called there and here."""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, get_args

import msgspec

from exchange.commands import ChainRecordKind

if TYPE_CHECKING:
    from ledger.chain.records import Record

WORD_BYTES: Final = 32
REPORTED_AS: Final[dict[str, str]] = {
    **{kind: kind for kind in get_args(ChainRecordKind)},
    "pledge_end": "pledge",
    "freeze_end": "freeze",
    "recovery_completion": "recovery",
}
"""A kind of the outbox as the exchange is told of it; `settled` has no name there and ends in an alarm when refused."""


class OutboxRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record for the chain. `kind` and `subject_id` are as the exchange is told of what became of it."""

    record_id: str
    kind: str
    subject_id: str
    payload: dict[str, Any]


def queued(kind: str, subject_id: str, record: Record, entry: int | None = None) -> OutboxRecord:
    """With an entry where the same subject may come again, without where it comes once for ever."""
    record_id = f"{kind}:{subject_id}" if entry is None else f"{kind}:{subject_id}:{entry}"
    payload: dict[str, Any] = msgspec.to_builtins(record)
    return OutboxRecord(record_id=record_id, kind=kind, subject_id=subject_id, payload=payload)


def code_word(text: str) -> str:
    """A code as the contract's bytes32: itself filled up with zeros, or its SHA-256 where it does not fit as it is.

    An office's own reason codes come through here: they may be long, and in any script.
    """
    written = text.encode()
    if not (text.isascii() and text.isprintable() and 0 < len(written) <= WORD_BYTES):
        written = sha256(written).digest()
    return "0x" + written.ljust(WORD_BYTES, b"\0").hex()
