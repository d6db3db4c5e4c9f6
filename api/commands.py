"""The one way from an HTTP request to a decided command.

The body's fields become the command's public fields, its terms are taken apart into value and salt, its erasable parts
become commitments; then the signature over exactly that is checked, and the sequencer decides. What has the wrong
shape or signature never reaches the sequencer, and leaves no entry.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec

from api import problems
from api.problems import Problem
from exchange import canonical
from exchange.commands import AnyCommand, BidTerms, Command, OrderTerms, Terms
from exchange.rules import venue as venue_rules
from exchange.sealed import Opening, commitment
from ledger.log_lines import note_entry, request_id
from ledger.secp256k1 import normalised
from ledger.sequencer.messages import Answer, SequencerRefused, Submission
from ledger.signatures import (
    NO_TERMS,
    Instruction,
    SignatureRefused,
    instruction_digest,
    recover,
    reference_of,
)

if TYPE_CHECKING:
    from api.auth import Caller
    from api.door import Door

TERMS_LABEL = "terms"
APPLICANT = "applicant"
"""Stands for the party in the instruction of a company that has no party id yet."""
LONGEST_SIGNATURE_LIFE_MS = 366 * 24 * 3600 * 1000
LONGEST_ERASABLE = 64 * 1024
"""Bytes of one erasable part in canonical form."""
_IDEMPOTENCY_KEY = re.compile(r"[!-~]{1,128}", re.ASCII)
_AnyCommandType = TypeVar("_AnyCommandType", bound=Command)


class Signature(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An EIP-712 `Instruction` signature as it came in; `valid_until_ms` is signed with it (ms UTC)."""

    value: str
    valid_until_ms: int
    signer: str | None = None


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """A command as it was given: what is public, what is sealed, and who says to have signed it."""

    command: AnyCommand
    terms: Terms | None = None
    terms_salt: str = ""
    erasable: dict[str, Opening] = {}
    signature: Signature


def idempotency_key(header: str | None) -> str:
    """The key of a POST.

    Raises:
        Problem: IDEMPOTENCY-KEY-MISSING, IDEMPOTENCY-KEY-MALFORMED.
    """
    if header is None:
        raise Problem(problems.IDEMPOTENCY_KEY_MISSING)
    if _IDEMPOTENCY_KEY.fullmatch(header) is None:
        raise Problem(problems.IDEMPOTENCY_KEY_MALFORMED)
    return header


def require_json(content_type: str | None) -> None:
    """Raises Problem MEDIA-TYPE-UNKNOWN unless a body is said to be JSON."""
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise Problem(problems.MEDIA_TYPE_UNKNOWN, taken=["application/json"])


def seal(openings: dict[str, Opening]) -> dict[str, str]:
    """The commitments (hex) to erasable parts, by label.

    Raises:
        Problem: BODY-MALFORMED for a part that has no canonical form or is too long.
    """
    commitments = {}
    for label, opening in openings.items():
        try:
            if len(canonical.encode(opening.value)) > LONGEST_ERASABLE:
                raise malformed(["erasable", label], "too_long")
            commitments[label] = commitment(label, bytes.fromhex(opening.salt), opening.value).hex()
        except canonical.CanonicalRefused as error:
            raise malformed(["erasable", label, "value"], error.code) from error
    return commitments


def build(
    command_type: type[_AnyCommandType], fields: dict[str, Any], openings: dict[str, Opening]
) -> _AnyCommandType:
    """A command from its public fields and its erasable parts.

    Raises:
        Problem: BODY-MALFORMED where a value does not fit.
    """
    try:
        return msgspec.convert({**_given(command_type, fields), "erasable": seal(openings)}, command_type)
    except msgspec.ValidationError as error:
        raise malformed(["body"], str(error)[:200]) from error


def _given(command_type: type[Command], fields: dict[str, Any]) -> dict[str, Any]:
    """The fields without those that are null where the command, being older than they are, has nothing at all."""
    later = {each.name for each in msgspec.structs.fields(command_type) if each.default is msgspec.UNSET}
    return {name: value for name, value in fields.items() if value is not None or name not in later}


def malformed(location: list[str | int], reason: str) -> Problem:
    """A BODY-MALFORMED problem that names one field."""
    return Problem(
        problems.BODY_MALFORMED, errors=[{"field": ".".join(map(str, location)), "reason": reason}]
    )


def instruction_of(actor: str, key: str, given: Given) -> Instruction:
    """What the giver must have signed: action, party, reference, content, terms and end of validity."""
    terms = NO_TERMS
    if given.terms is not None:
        terms = commitment(TERMS_LABEL, bytes.fromhex(given.terms_salt), given.terms)
    return Instruction(
        action=str(type(given.command).__struct_config__.tag),
        party=actor or APPLICANT,
        reference=reference_of(key),
        content=canonical.digest(given.command),
        terms=terms,
        valid_until_ms=given.signature.valid_until_ms,
    )


async def submit(  # noqa: PLR0913 - who gives, as whom, under which key, and what
    door: Door,
    caller: Caller,
    actor: str,
    key: str,
    given: Given,
    *,
    api_key_sha256: str = "",
    beside: str = "",
) -> Answer:
    """Check the signature and have the sequencer decide. `beside`: what the request asked for beyond this command.

    Raises:
        Problem: a signature's, a transport's, or the refusal by a rule, with the receipt of its entry.
    """
    signer = await _signer(door, caller, actor, key, given)
    client_order_id = given.terms.client_order_id if isinstance(given.terms, BidTerms | OrderTerms) else None
    submission = Submission(
        party=actor,
        idempotency_key=key,
        client_order_id=client_order_id,
        body_digest=_meaning(client_order_id or key, given, beside),
        command=msgspec.Raw(canonical.encode(given.command)),
        terms=None if given.terms is None else Opening(given.terms_salt, given.terms),
        erasable=given.erasable,
        signer=signer,
        signature=normalised(given.signature.value),
        valid_until_ms=given.signature.valid_until_ms,
        api_key_sha256=api_key_sha256,
        request_id=request_id(),
    )
    try:
        answer = await door.sequencer.submit(submission)
    except SequencerRefused as error:
        raise _not_decided(error) from error
    note_entry(answer.entry)
    if answer.status == "refused":
        raise problems.refusal(
            answer.code or venue_rules.MALFORMED.code,
            msgspec.to_builtins(answer.detail),
            entry=answer.entry,
            time_ms=answer.time_ms,
            receipt=msgspec.to_builtins(answer.receipt),
        )
    return answer


async def _signer(door: Door, caller: Caller, actor: str, key: str, given: Given) -> str:
    """The address that signed, which must be one of the caller's."""
    signature = given.signature
    now_ms = await door.now_ms()
    if not now_ms < signature.valid_until_ms <= now_ms + LONGEST_SIGNATURE_LIFE_MS:
        raise Problem(problems.SIGNATURE_EXPIRED, valid_until_ms=signature.valid_until_ms, time_ms=now_ms)
    instruction = instruction_of(actor, key, given)
    digest = instruction_digest(await door.instruction_domain(), instruction)
    try:
        recovered = recover(digest, signature.value)
    except SignatureRefused as error:
        raise Problem(problems.SIGNATURE_MALFORMED, reason=error.code, digest="0x" + digest.hex()) from error
    wanted = signature.signer
    if wanted is None or wanted.lower() == recovered.lower():
        if recovered in _keys_of(caller, given, now_ms):
            return recovered
        if recovered in _keys_of(await door.doorkeeper.fresh(caller), given, now_ms):
            return recovered
    raise Problem(
        problems.SIGNATURE_WRONG,
        digest="0x" + digest.hex(),
        recovered_signer=recovered,
        signed={
            "action": instruction.action,
            "party": instruction.party,
            "reference": "0x" + instruction.reference.hex(),
            "content": "0x" + instruction.content.hex(),
            "terms": "0x" + instruction.terms.hex(),
            "valid_until": instruction.valid_until_ms,
        },
    )


def _keys_of(caller: Caller, given: Given, now_ms: int) -> set[str]:
    """The addresses whose signature this caller may use; whether for this command, the engine decides."""
    if given.command.given_by == "applicant":
        return {str(getattr(given.command, "key", ""))}
    if caller.party is None:
        return {caller.address}
    return {caller.party.key, *(agent.key for agent in caller.party.agents if now_ms < agent.until_ms)}


def _meaning(secret: str, given: Given, beside: str) -> str:
    """What was asked, whatever salts and signature came with it: a client that lost the answer may sign afresh.

    Keyed with the Idempotency-Key, of which only a hash is kept, so that it tells nobody what was erased; an order,
    which has nothing that can be erased, with its client order id, so that the same order is known under any key.
    """
    parts = canonical.encode(
        {
            "command": {**msgspec.to_builtins(given.command), "erasable": {}},
            "terms": msgspec.to_builtins(given.terms),
            "erasable": {label: opening.value for label, opening in given.erasable.items()},
            "beside": beside,
        }
    )
    return hmac.new(secret.encode(), parts, hashlib.sha256).hexdigest()


def _not_decided(error: SequencerRefused) -> Problem:
    kinds = {
        "SIGNATURE-EXPIRED": problems.SIGNATURE_EXPIRED,
        "IDEMPOTENCY-KEY-REUSED": problems.IDEMPOTENCY_KEY_REUSED,
        "CLIENT-ORDER-ID-REUSED": problems.CLIENT_ORDER_ID_REUSED,
        "SEALED-PART-UNKNOWN": problems.SEALED_PART_UNKNOWN,
        "ENGINE-FAULT": problems.INTERNAL,
        "COMMAND-MALFORMED": problems.BODY_MALFORMED,
        "TERMS-MALFORMED": problems.BODY_MALFORMED,
        "ERASABLE-MISMATCH": problems.BODY_MALFORMED,
    }
    kind = kinds.get(error.code, problems.UNAVAILABLE)
    return Problem(kind, headers={"Retry-After": "1"} if kind is problems.UNAVAILABLE else {})
