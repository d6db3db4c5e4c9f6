"""Entries read without trust: canonical bytes, leaf hash, place, and the openings of what is sealed.

The canonical form is checked by writing the entry again and comparing bytes. That is enough where no character lies
beyond the Basic Multilingual Plane and no number is long; what holds either takes the slower way of
`exchange.canonical`.
"""

from __future__ import annotations

from hashlib import sha256
from typing import TYPE_CHECKING

import msgspec

from exchange import canonical
from exchange.canonical import CanonicalRefused
from exchange.commands import Terms
from ledger.audit.findings import unsound
from ledger.journal import OUTCOME_LABEL, TERMS_LABEL, Entry
from ledger.merkle import leaf_hash

if TYPE_CHECKING:
    from ledger.audit.lines import EntryLine, ExportKind, SealedValue

_SALT_DIGITS = 64
_PREFIX = b"IPX sealed part v1\x00"
_encoder = msgspec.json.Encoder(order="sorted")
_entry_decoder = msgspec.json.Decoder(Entry)
_terms_decoders: dict[type[Terms], msgspec.json.Decoder[Terms]] = {}


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """An entry whose bytes, place, leaf hash and openings hold."""

    entry: Entry
    leaf: bytes
    command: bytes
    """The canonical JSON of its command, which is what was signed as `content`."""
    terms: Terms | None
    terms_salt: str
    outcome: bytes | None
    opened: int
    """Openings that were there and hold."""
    erasable: frozenset[str]
    """Labels of the erasable parts that were opened."""


def open_entry(line: EntryLine, number: int, kind: ExportKind) -> Opened:
    """Check one line as the entry of this number.

    Raises:
        Unsound: AUDIT-PLACE, -LEAF, -ENTRY, -TERMS, -OUTCOME, -ERASABLE, -OPENING-MISSING, -OPENING-EXTRA.
    """
    if line.entry != number:
        unsound("AUDIT-PLACE", f"{line.entry} in the place of {number}")
    public = bytes(line.public)
    leaf = leaf_hash(public)
    if leaf.hex() != line.leaf:
        unsound("AUDIT-LEAF")
    entry = _read(public)
    if entry.entry != number:
        # One that says the number before stands behind its place: the one there may have been put in.
        before = int(entry.entry == number - 1)
        unsound("AUDIT-PLACE", f"its bytes say {entry.entry}", entries_before=before)
    terms, terms_salt, outcome = None, "", None
    if kind == "auditor":
        terms, terms_salt = _terms(entry, line.terms)
        outcome = _opened(OUTCOME_LABEL, entry.sealed.outcome, line.outcome, "AUDIT-OUTCOME")
    elif line.terms is not None or line.outcome is not None or line.erasable:
        unsound("AUDIT-OPENING-EXTRA", "in a public export")
    return Opened(
        entry=entry,
        leaf=leaf,
        command=_encoder.encode(entry.command) if public.isascii() else canonical.encode(entry.command),
        terms=terms,
        terms_salt=terms_salt,
        outcome=outcome,
        opened=(terms is not None) + (outcome is not None) + len(line.erasable),
        erasable=_erasable(entry, line.erasable) if line.erasable else frozenset(),
    )


def _read(public: bytes) -> Entry:
    """Read canonical bytes as an entry; see the module's text."""
    if canonical.is_unusual(public):
        try:
            return canonical.decode_as(public, Entry)
        except CanonicalRefused as error:
            unsound("AUDIT-ENTRY", error.code)
    try:
        entry = _entry_decoder.decode(public)
        written = _encoder.encode(entry)
    except (msgspec.DecodeError, UnicodeError, RecursionError) as error:
        unsound("AUDIT-ENTRY", str(error)[:200])
    if written != public:
        unsound("AUDIT-ENTRY", "not in canonical form")
    return entry


def _terms(entry: Entry, sealed: SealedValue | None) -> tuple[Terms | None, str]:
    """The confidential terms as the engine reads them, and their salt."""
    committed = entry.sealed.terms
    if not committed:
        if sealed is not None:
            unsound("AUDIT-OPENING-EXTRA", TERMS_LABEL)
        return None, ""
    value = _opened(TERMS_LABEL, committed, sealed, "AUDIT-TERMS")
    terms_type = entry.command.terms_type
    if terms_type is None or sealed is None:
        unsound("AUDIT-TERMS", "this command has no terms")
    decoder = _terms_decoders.get(terms_type)
    if decoder is None:
        decoder = _terms_decoders[terms_type] = msgspec.json.Decoder(terms_type)
    try:
        terms = decoder.decode(value)
        same = (
            canonical.encode(terms) == value
            if canonical.is_unusual(value)
            else _encoder.encode(terms) == value
        )
    except (msgspec.DecodeError, CanonicalRefused, UnicodeError, RecursionError) as error:
        unsound("AUDIT-TERMS", str(error)[:200])
    if not same:
        unsound("AUDIT-TERMS", "not in canonical form")
    return terms, sealed.salt


def _erasable(entry: Entry, parts: dict[str, SealedValue]) -> frozenset[str]:
    for label, sealed in parts.items():
        value = _opened(label, entry.command.erasable.get(label, ""), sealed, "AUDIT-ERASABLE")
        if not canonical.is_canonical(value):
            unsound("AUDIT-ERASABLE", f"{label}: not in canonical form")
    return frozenset(parts)


def _opened(label: str, committed: str, sealed: SealedValue | None, code: str) -> bytes:
    """The bytes that open a commitment (hex): see `exchange.sealed.commitment`."""
    if sealed is None:
        unsound("AUDIT-OPENING-MISSING", label)
    if not committed:
        unsound("AUDIT-OPENING-EXTRA", label)
    try:
        salt = bytes.fromhex(sealed.salt)
    except ValueError:
        unsound(code, f"{label}: salt")
    if len(sealed.salt) != _SALT_DIGITS or salt.hex() != sealed.salt:
        unsound(code, f"{label}: salt")
    name = label.encode()
    value = bytes(sealed.value)
    if len(name) >= 2**8 or (
        sha256(b"".join((_PREFIX, bytes((len(name),)), name, salt, value))).hexdigest() != committed
    ):
        unsound(code, label)
    return value
