"""Giving commands: built, sealed, signed with the company's own key, sent, and the receipt checked.

The private key never leaves this process, and what is signed is made here from the command itself, never taken from
the venue.
"""

from __future__ import annotations

import secrets
import time
import uuid
from typing import TYPE_CHECKING, Any

import msgspec

from api.calls.acknowledgements import Acknowledgement, AcknowledgementLog, Sent
from api.calls.transport import Transport, VenueProblem
from exchange.commands import (
    AnyCommand,
    BidTerms,
    DepositTerms,
    DocumentTerms,
    InspectionTerms,
    ListingTerms,
    NeedTerms,
    OrderTerms,
    PartTerms,
    PledgeChangeTerms,
    PledgeTerms,
    ProposalTerms,
    RefusalTerms,
    RemedyTerms,
    RevealTerms,
    ReverseDealTerms,
    RewardTerms,
    RoyaltyReportTerms,
    SetFeeSchedule,
    Terms,
    WithdrawalTerms,
)
from exchange.money.amount import format_amount
from exchange.sealed import SALT_BYTES, Opening, commitment
from ledger.receipts import Receipt, verify_receipt
from ledger.signatures import (
    NO_TERMS,
    Domain,
    Instruction,
    PrivateKey,
    content_of,
    exchange_domain,
    instruction_digest,
    reference_of,
    register_domain,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from exchange.canonical import Value
    from ledger.messages import Hash

VALID_FOR_MS = 10 * 60 * 1000
"""How long a signed instruction is good for."""
TERMS_LABEL = "terms"
AMOUNTS: Mapping[type[Terms], tuple[str, ...]] = {
    DocumentTerms: ("amount",),
    ListingTerms: ("price", "deposit", "step", "reserve", "floor"),
    ProposalTerms: ("price",),
    OrderTerms: ("limit",),
    NeedTerms: ("budget",),
    BidTerms: ("price",),
    RevealTerms: ("price",),
    WithdrawalTerms: ("amount",),
    PartTerms: ("amount",),
    RoyaltyReportTerms: ("base",),
    InspectionTerms: ("base",),
    RewardTerms: ("costs", "on_grant"),
    RefusalTerms: ("price",),
    PledgeTerms: ("amount",),
    PledgeChangeTerms: ("amount",),
    ReverseDealTerms: ("price",),
    DepositTerms: ("amount",),
    RemedyTerms: ("refund",),
}
"""Fields that are decimal strings on the wire."""


class ReceiptMismatch(Exception):
    """The venue's answer and its receipt speak of different entries: keep both, and take them to the auditor."""


class Trust(msgspec.Struct, frozen=True, kw_only=True):
    """What a client takes for the venue: pin it from a source of your own, or take what the venue says at first."""

    chain_id: int
    anchor: str
    register: str
    receipt_key: str
    bank: str

    @property
    def instructions(self) -> Domain:
        """The EIP-712 domain of instructions."""
        return exchange_domain(self.chain_id, self.anchor)

    @property
    def deals(self) -> Domain:
        """The EIP-712 domain of deals."""
        return register_domain(self.chain_id, self.register)


class CommandGiver:
    """One key that gives commands as one actor."""

    def __init__(
        self,
        transport: Transport,
        key: PrivateKey,
        *,
        trust: Trust | None = None,
        log: AcknowledgementLog | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.transport = transport
        self.key = key
        self._trust = trust
        self._log = log
        self._clock = clock
        self._venue_ahead_ms: int | None = None

    @property
    def trust(self) -> Trust:
        """What this client takes for the venue."""
        if self._trust is None:
            venue = self.transport.get("/v1/venue")
            self._trust = Trust(
                chain_id=venue["chain_id"],
                anchor=venue["anchor_address"],
                register=venue["register_address"],
                receipt_key=venue["receipt_key"],
                bank=venue["bank"],
            )
        return self._trust

    def venue_time_ms(self, *, ask: bool = False) -> int:
        """The venue's time (ms UTC): asked for once, then carried on by the local monotonic clock."""
        if ask or self._venue_ahead_ms is None:
            told: int = self.transport.get("/v1/time")["time_ms"]
            self._venue_ahead_ms = told - int(self._clock() * 1000)
        return self._venue_ahead_ms + int(self._clock() * 1000)

    def give(  # noqa: PLR0913 - what a command consists of
        self,
        actor: str,
        path: str,
        command: AnyCommand,
        *,
        terms: Terms | None = None,
        parts: Mapping[str, Value | Opening] | None = None,
        in_path: tuple[str, ...] = (),
        complete: Callable[[AnyCommand, Hash], AnyCommand] | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[Acknowledgement, dict[str, Any]]:
        """Seal, sign and send a command. Gives the checked acknowledgement and the whole answer.

        `parts` are erasable parts by label, with their salt where something rests on it already; `in_path` names the
        fields that stand in the path; `complete` fills in what rests on the commitments: it is given the sealed command
        and the commitment to the terms.

        Raises:
            VenueProblem: refused, or wrong; a refusal under a rule is acknowledged in the log as well.
            VenueUnreachable: whether the command stands is not known; repeat it with the same key.
            ReceiptRefused, ReceiptMismatch: the venue's receipt does not hold.
        """
        key = idempotency_key or str(uuid.uuid4())
        tag = str(type(command).__struct_config__.tag)
        if self._log is not None:
            self._log.sent(Sent(type=tag, idempotency_key=key, path=path))
        openings = {
            label: value if isinstance(value, Opening) else Opening(_salt(), value)
            for label, value in (parts or {}).items()
        }
        sealed = msgspec.structs.replace(command, erasable=_commitments(openings))
        salt = _salt() if terms is not None else ""
        if complete is not None:
            sealed = complete(sealed, _terms_commitment(terms, salt))
        try:
            answer = self._send(actor, path, key, sealed, (terms, salt), openings, in_path)
        except VenueProblem as problem:
            if problem.entry is not None and problem.receipt is not None:
                self._acknowledge(tag, key, {**problem.document, "status": "refused"})
            raise
        return self._acknowledge(tag, key, answer), answer

    def _send(  # noqa: PLR0913 - what a signed command consists of
        self,
        actor: str,
        path: str,
        key: str,
        command: AnyCommand,
        sealed_terms: tuple[Terms | None, str],
        openings: dict[str, Opening],
        in_path: tuple[str, ...],
    ) -> dict[str, Any]:
        for ask in (False, True):
            signature = self._sign(actor, key, command, sealed_terms, ask=ask)
            body = body_of(command, sealed_terms, openings, signature, in_path)
            try:
                answer: dict[str, Any] = self.transport.post(path, body, key)
            except VenueProblem as problem:
                # The venue's clock may have been moved since we asked.
                if ask or problem.code != "SIGNATURE-EXPIRED":
                    raise
            else:
                return answer
        message = "unreachable: the second try either returns or raises"
        raise AssertionError(message)

    def _sign(
        self, actor: str, key: str, command: AnyCommand, sealed_terms: tuple[Terms | None, str], *, ask: bool
    ) -> dict[str, Any]:
        terms, salt = sealed_terms
        valid_until_ms = self.venue_time_ms(ask=ask) + VALID_FOR_MS
        instruction = Instruction(
            action=str(type(command).__struct_config__.tag),
            party=actor,
            reference=reference_of(key),
            content=content_of(command),
            terms=_terms_commitment(terms, salt),
            valid_until_ms=valid_until_ms,
        )
        digest = instruction_digest(self.trust.instructions, instruction)
        return {
            "signer": self.key.address,
            "value": sign(digest, self.key),
            "valid_until_ms": valid_until_ms,
        }

    def _acknowledge(self, tag: str, key: str, answer: dict[str, Any]) -> Acknowledgement:
        made = msgspec.convert({**answer, "type": tag, "idempotency_key": key}, Acknowledgement)
        check_receipt(made.receipt, made.entry, self.trust.receipt_key)
        if self._log is not None:
            self._log.acknowledged(made)
        return made


def check_receipt(receipt: Receipt, entry: int, receipt_key: str, leaf: bytes | None = None) -> None:
    """Check that a receipt is the venue's and speaks of this entry (and of these public bytes, if given).

    Raises:
        ReceiptRefused: the receipt does not hold.
        ReceiptMismatch: it is another entry's.
    """
    if receipt.entry != entry:
        message = f"the answer names entry {entry}, its receipt entry {receipt.entry}"
        raise ReceiptMismatch(message)
    verify_receipt(receipt, bytes.fromhex(receipt_key), leaf)


def body_of(
    command: AnyCommand,
    sealed_terms: tuple[Terms | None, str],
    openings: Mapping[str, Opening],
    signature: Mapping[str, Any],
    in_path: tuple[str, ...],
) -> dict[str, Any]:
    """A command as it goes over the wire: amounts as decimal strings, openings instead of commitments."""
    fields: dict[str, Any] = msgspec.to_builtins(command)
    left_out = {"type", "erasable", *in_path}
    body: dict[str, Any] = {name: value for name, value in fields.items() if name not in left_out}
    if isinstance(command, SetFeeSchedule):
        _write_fees(body)
    terms, salt = sealed_terms
    if terms is not None:
        shown: dict[str, Any] = msgspec.to_builtins(terms)
        for name in AMOUNTS.get(type(terms), ()):
            if shown.get(name) is not None:
                shown[name] = format_amount(shown[name])
        royalty = shown.get("consideration", {}).get("royalty", {})
        for name in ("floor", "ceiling"):
            if royalty.get(name) is not None:
                royalty[name] = format_amount(royalty[name])
        body["terms"] = {**shown, "salt": salt}
    if openings:
        body["erasable"] = {
            label: {"salt": opening.salt, "value": opening.value} for label, opening in openings.items()
        }
    body["signature"] = signature
    return body


def _write_fees(body: dict[str, Any]) -> None:
    """A schedule's amounts as decimal strings; they stand among the public fields."""
    for band in body["bands"]:
        band["above"] = format_amount(band["above"])
    for name in ("minimum", "maximum"):
        if body[name] is not None:
            body[name] = format_amount(body[name])


def _terms_commitment(terms: Terms | None, salt: str) -> Hash:
    return NO_TERMS if terms is None else commitment(TERMS_LABEL, bytes.fromhex(salt), terms)


def _commitments(openings: Mapping[str, Opening]) -> dict[str, str]:
    return {
        label: commitment(label, bytes.fromhex(opening.salt), opening.value).hex()
        for label, opening in openings.items()
    }


def _salt() -> str:
    return secrets.token_bytes(SALT_BYTES).hex()
