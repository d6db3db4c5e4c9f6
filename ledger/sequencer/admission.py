"""What the sequencer looks at before the engine does: shape, who may speak, and that sealed parts are what they say.

Signatures were checked by the front door and are checked again by every audit; here only their presence counts. What
is refused here makes no entry: it is not yet a command.
"""

from __future__ import annotations

import hashlib
import re
from hmac import compare_digest

import msgspec

from exchange import canonical
from exchange.canonical import CanonicalRefused
from exchange.commands import AnyCommand, Terms, decode_command
from exchange.sealed import Opening, SealedRefused, commitment_to
from ledger.journal import TERMS_LABEL, Signature, giver_of
from ledger.sequencer.messages import Submission, refuse

LONGEST_KEY = 128
LONGEST_NAME = 200
MOST_ERASABLE = 16
_HEX_32 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NUL_ESCAPE = b"\\u0000"
"""Canonical JSON writes U+0000 so, and PostgreSQL's jsonb and text cannot hold it."""


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """A submission taken apart: what the engine decides, what the entry says, what is stored beside it.

    scope: whose idempotency keys these are (see `giver_of`).
    """

    scope: str
    actor: str
    key_hash: bytes
    client_order_id: str
    body_digest: str
    command: AnyCommand
    terms: Terms | None = None
    terms_bytes: bytes = b""
    terms_salt: bytes = b""
    terms_commitment: str = ""
    erasable: tuple[tuple[str, bytes, bytes], ...] = ()
    """Label, salt, canonical value."""
    signature: Signature | None = None
    api_key_sha256: str = ""
    request_id: str = ""
    """For log lines alone: no part of the entry."""


def own(command: AnyCommand) -> Admitted:
    """A command of the sequencer's own: the venue speaks, nobody signs, nobody waits for the answer."""
    return Admitted(
        scope="", actor="venue", key_hash=b"", client_order_id="", body_digest="", command=command
    )


def admit(submission: Submission) -> Admitted:
    """Take a submission apart.

    Raises:
        SequencerRefused: COMMAND-MALFORMED, COMMAND-RESERVED, SIGNER-MISSING, TERMS-MALFORMED, ERASABLE-MISMATCH.
    """
    _check_names(submission)
    try:
        command = decode_command(bytes(submission.command))
        written = canonical.encode(command)
    except (msgspec.DecodeError, CanonicalRefused, UnicodeDecodeError, RecursionError) as error:
        refuse("COMMAND-MALFORMED", str(error)[:200])
    if _NUL_ESCAPE in written:
        refuse("COMMAND-MALFORMED", "U+0000 in a text")
    if command.given_by == "sequencer":
        refuse("COMMAND-RESERVED")
    if not submission.signer or not submission.signature:
        refuse("SIGNER-MISSING")
    terms, terms_bytes, terms_salt, terms_commitment = _terms(command, submission.terms)
    return Admitted(
        scope=giver_of(command, submission.party, submission.signer),
        actor=submission.party,
        key_hash=hashlib.sha256(submission.idempotency_key.encode()).digest(),
        client_order_id=submission.client_order_id or "",
        body_digest=submission.body_digest,
        command=command,
        terms=terms,
        terms_bytes=terms_bytes,
        terms_salt=terms_salt,
        terms_commitment=terms_commitment,
        erasable=_erasable(command.erasable, submission.erasable),
        signature=Signature(
            signer=submission.signer,
            value=submission.signature,
            valid_until_ms=submission.valid_until_ms,
        ),
        api_key_sha256=submission.api_key_sha256,
        request_id=submission.request_id,
    )


def _check_names(submission: Submission) -> None:
    names = (submission.party, submission.client_order_id or "", submission.signer, submission.signature)
    if max(map(len, names)) > LONGEST_NAME or not "".join(names).isprintable():
        refuse("COMMAND-MALFORMED", "party, client_order_id, signer or signature")
    if not 0 < len(submission.idempotency_key) <= LONGEST_KEY or not submission.idempotency_key.isascii():
        refuse("COMMAND-MALFORMED", "idempotency_key")
    if not 0 < len(submission.body_digest) <= LONGEST_KEY or not submission.body_digest.isalnum():
        refuse("COMMAND-MALFORMED", "body_digest")
    if submission.api_key_sha256 and _HEX_32.fullmatch(submission.api_key_sha256) is None:
        refuse("COMMAND-MALFORMED", "api_key_sha256")
    if not 0 <= submission.valid_until_ms <= canonical.LARGEST_INTEGER:
        refuse("COMMAND-MALFORMED", "valid_until_ms")


def _terms(command: AnyCommand, opening: Opening | None) -> tuple[Terms | None, bytes, bytes, str]:
    """The terms, their canonical bytes, their salt, and the commitment (hex) to them."""
    if opening is None:
        return None, b"", b"", ""  # the engine refuses a command that should have terms
    if command.terms_type is None or _HEX_32.fullmatch(opening.salt) is None:
        refuse("TERMS-MALFORMED", "no terms wanted, or a salt that is not 32 bytes of hex")
    try:
        terms = msgspec.convert(opening.value, command.terms_type)
        written = canonical.encode(terms)
        salt = bytes.fromhex(opening.salt)
        committed = commitment_to(TERMS_LABEL, salt, written)
    except (msgspec.ValidationError, CanonicalRefused) as error:
        refuse("TERMS-MALFORMED", str(error)[:200])
    if _NUL_ESCAPE in written:
        refuse("TERMS-MALFORMED", "U+0000 in a text")
    return terms, written, salt, committed.hex()


def _erasable(
    commitments: dict[str, str], openings: dict[str, Opening]
) -> tuple[tuple[str, bytes, bytes], ...]:
    """Openings as they are stored; each must belong to a commitment that the command names."""
    if not commitments and not openings:
        return ()
    if len(commitments) > MOST_ERASABLE or any(
        _HEX_32.fullmatch(each) is None for each in commitments.values()
    ):
        refuse("ERASABLE-MISMATCH", "commitments")
    parts = []
    for label, opening in sorted(openings.items()):
        part = _opened(commitments.get(label, ""), label, opening)
        if part is None:
            refuse("ERASABLE-MISMATCH", label[:LONGEST_NAME])
        parts.append((label, *part))
    return tuple(parts)


def _opened(committed: str, label: str, opening: Opening) -> tuple[bytes, bytes] | None:
    """Salt and canonical value, if they open the commitment (hex)."""
    if _HEX_32.fullmatch(opening.salt) is None:
        return None
    salt = bytes.fromhex(opening.salt)
    try:
        value = canonical.encode(opening.value)
        opens = compare_digest(commitment_to(label, salt, value).hex(), committed)
    except (SealedRefused, CanonicalRefused):
        return None
    return (salt, value) if opens else None
