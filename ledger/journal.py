"""The journal's entries as bytes: what is hashed, what is sealed, and how both are read back without trust.

An entry's public part in canonical JSON is the leaf of the tree. It holds commitments to its sealed parts; their
openings are kept beside it. Reading is strict: whatever is not exactly what writing gives is refused, so that no two
different rows can pass for one entry.
"""

from __future__ import annotations

from typing import NoReturn

import msgspec

from exchange import canonical
from exchange.canonical import CanonicalRefused
from exchange.commands import AnyCommand, Command, Request, Terms
from exchange.events import AnyEvent
from exchange.rules.rule import Detail
from exchange.sealed import Opening, commitment_to, matches
from exchange.turn import Outcome
from ledger.merkle import leaf_hash

TERMS_LABEL = "terms"
OUTCOME_LABEL = "outcome"

_CURES = {
    "JOURNAL-ENTRY": "restore the entry from an export: its bytes are not a canonical entry of a known schema",
    "JOURNAL-PLACE": "restore the entry from an export: it stands in another entry's place",
    "JOURNAL-LEAF": "restore the entry from an export: its bytes do not have the leaf hash that is kept with them",
    "JOURNAL-TERMS": "restore the entry's terms from an export: they do not open its commitment",
    "JOURNAL-OUTCOME": "restore the entry's outcome from an export: it does not open its commitment",
    "JOURNAL-ERASABLE": "restore the sealed part from an export: it does not open its commitment",
    "JOURNAL-LINE": "export the journal again: a line of the file is not what an export writes",
}


class JournalRefused(ValueError):
    """Stored or exported bytes that are no entry, or not this entry. `code` is stable, `cure` says what to do."""

    def __init__(self, code: str, *, entry: int | None = None, found: str = "") -> None:
        place = "" if entry is None else f" entry {entry}"
        super().__init__(f"{code}{place}: {_CURES[code]}" + (f" ({found})" if found else ""))
        self.code = code
        self.entry = entry
        self.cure = _CURES[code]


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The giver's EIP-712 `Instruction` signature: address (EIP-55), value as 0x hex, end of validity (ms UTC)."""

    signer: str
    value: str
    valid_until_ms: int


class SealedParts(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Commitments (hex) to the confidential parts; `terms` is empty for a command without terms."""

    terms: str
    outcome: str


class Accepted(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="accepted", tag_field="status"
):
    """The command was carried out; `result` holds ids and states only."""

    result: dict[str, str]


class Refused(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="refused", tag_field="status"
):
    """The command was refused under the rule of this code."""

    code: str


class Entry(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The public part of an entry, schema 1. `reference` is the SHA-256 (hex) of the Idempotency-Key, or empty."""

    schema: int
    engine: int
    rulebook: int
    epoch: int
    entry: int
    time_ms: int
    actor: str
    reference: str
    command: AnyCommand
    signature: Signature | None
    api_key_sha256: str
    sealed: SealedParts
    answer: Accepted | Refused


class StoredEntry(msgspec.Struct, frozen=True, kw_only=True):
    """An entry as its row keeps it: bytes, the leaf hash over the public ones, and the openings of what is sealed."""

    entry: int
    public: bytes
    leaf: bytes
    terms: bytes | None = None
    terms_salt: bytes | None = None
    outcome: bytes | None = None
    outcome_salt: bytes | None = None


class OutcomeValue(msgspec.Struct, frozen=True):
    """What is sealed of an outcome."""

    detail: Detail
    events: tuple[AnyEvent, ...]


def outcome_value(outcome: Outcome) -> OutcomeValue:
    """What is sealed of an outcome: its events, and the facts that decided a refusal."""
    refusal = outcome.refusal
    return OutcomeValue({} if refusal is None else refusal.detail, outcome.events)


def answer_of(outcome: Outcome) -> Accepted | Refused:
    """What everybody may know of an outcome: ids and states, or the code of the rule."""
    if outcome.refusal is None:
        return Accepted(result=outcome.result)
    return Refused(code=outcome.refusal.code)


def type_of(command: Command) -> str:
    """A command's stable type tag, e.g. `place_bid`."""
    return str(type(command).__struct_config__.tag)


def giver_of(command: Command, actor: str, signer: str) -> str:
    """Whose idempotency keys an instruction takes: the actor's, or the signer's where it has no actor of its own.

    Operators and the service all speak for the venue. The service's keys are its own, so that nobody else can take
    them before it.
    """
    return signer if command.given_by == "service" else actor or signer


def decode_entry(public: bytes) -> Entry:
    """Read an entry's public part, strictly.

    Raises:
        JournalRefused: JOURNAL-ENTRY for bytes that writing an entry cannot give.
    """
    try:
        return canonical.decode_as(public, Entry)
    except CanonicalRefused as error:
        code = "JOURNAL-ENTRY"
        raise JournalRefused(code, found=error.code) from error


def check_entry(stored: StoredEntry) -> Entry:
    """Read a stored entry and check that its place, its leaf hash and the openings beside it belong to it.

    Openings that are not there are not checked; an auditor's export has them all.

    Raises:
        JournalRefused: the code names the first part that does not fit, `entry` the place.
    """
    if leaf_hash(stored.public) != stored.leaf:
        _refuse("JOURNAL-LEAF", stored.entry)
    try:
        entry = decode_entry(stored.public)
    except JournalRefused as error:
        raise JournalRefused(error.code, entry=stored.entry) from error
    if entry.entry != stored.entry:
        _refuse("JOURNAL-PLACE", stored.entry)
    if stored.terms is not None and not _opens(
        entry.sealed.terms, TERMS_LABEL, stored.terms_salt, stored.terms
    ):
        _refuse("JOURNAL-TERMS", stored.entry)
    if stored.outcome is not None and not _opens(
        entry.sealed.outcome, OUTCOME_LABEL, stored.outcome_salt, stored.outcome
    ):
        _refuse("JOURNAL-OUTCOME", stored.entry)
    return entry


def check_erasable(entry: Entry, openings: dict[str, Opening]) -> None:
    """Check openings of erasable parts against the commitments in an entry's command.

    Raises:
        JournalRefused: JOURNAL-ERASABLE if one opens nothing here.
    """
    for label, opening in openings.items():
        committed = entry.command.erasable.get(label, "")
        if len(committed) != 64 or not matches(bytes.fromhex(committed), label, opening):  # noqa: PLR2004 - 32 bytes
            _refuse("JOURNAL-ERASABLE", entry.entry)


def request_of(entry: Entry, stored: StoredEntry) -> Request:
    """The request that this entry was decided from, for a replay.

    Raises:
        JournalRefused: JOURNAL-TERMS if the terms are missing or of another shape.
    """
    terms: Terms | None = None
    terms_type = entry.command.terms_type
    if entry.sealed.terms:
        if stored.terms is None or stored.terms_salt is None or terms_type is None:
            _refuse("JOURNAL-TERMS", stored.entry)
        try:
            terms = msgspec.json.decode(stored.terms, type=terms_type)
        except msgspec.DecodeError as error:
            code = "JOURNAL-TERMS"
            raise JournalRefused(code, entry=stored.entry) from error
    return Request(
        time_ms=entry.time_ms,
        actor=entry.actor,
        signer="" if entry.signature is None else entry.signature.signer,
        command=entry.command,
        terms=terms,
        terms_salt="" if terms is None or stored.terms_salt is None else stored.terms_salt.hex(),
        api_key_sha256=entry.api_key_sha256,
        entry=entry.entry,
    )


def _opens(committed: str, label: str, salt: bytes | None, value: bytes) -> bool:
    if salt is None or not committed or not canonical.is_canonical(value):
        return False
    return commitment_to(label, salt, value).hex() == committed


def _refuse(code: str, entry: int) -> NoReturn:
    raise JournalRefused(code, entry=entry)
