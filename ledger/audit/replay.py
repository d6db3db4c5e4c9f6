"""Replay: the engine decides every entry again, and must give the same answer, events and state, byte for byte."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange import canonical
from exchange.canonical import CanonicalRefused
from exchange.commands import (
    AmendOrder,
    ApprovePayment,
    CancelDeal,
    EnrolKey,
    PlaceOrder,
    RecordStateHash,
    Request,
    SignAgreement,
    SignDeal,
    SignOffer,
    WithdrawOffer,
)
from exchange.engine import VERSIONS, Engine
from exchange.events import (
    CounterAdvanced,
    DealCancelled,
    DealChanged,
    FreezeSeen,
    HolderChanged,
    KeyEnrolled,
    KeyRevoked,
    KeyRotated,
    LicenceChanged,
    OfferSigned,
    OfferWithdrawn,
    OrderSigned,
    PartyApproved,
    PartyClosed,
    PartySuspended,
    PledgeSeen,
    RecoveryDue,
    RecoveryProposed,
    RecoveryVetoed,
    SealedBidsFixed,
)
from exchange.keys import counters
from exchange.rows import Row
from exchange.state import State
from exchange.turn import EngineFault
from ledger.audit.approvals import check_approvals
from ledger.audit.findings import unsound
from ledger.deal_messages import deal_message, message_under
from ledger.journal import Accepted, answer_of, outcome_value, type_of
from ledger.key_messages import KEY_COMMANDS, KeySignatureWrong, check_key_signatures
from ledger.offer_messages import (
    OFFER_COMMANDS,
    cancellation_message,
    offer_message,
    withdrawal_message,
)
from ledger.order_messages import order_message
from ledger.outbox_records import outbox_records
from ledger.signatures import SignatureRefused, message_digest, recover, register_domain

if TYPE_CHECKING:
    from exchange.commands import OrderSide
    from exchange.turn import Outcome
    from ledger.audit.entries import Opened
    from ledger.key_messages import KeyCommand
    from ledger.messages import RegisterMessage
    from ledger.outbox_row import OutboxRecord

_FIRST = (1, 1, 1)
_ON_CHAIN = frozenset(
    {
        DealChanged,
        HolderChanged,
        LicenceChanged,
        PledgeSeen,
        FreezeSeen,
        KeyEnrolled,
        KeyRotated,
        KeyRevoked,
        CounterAdvanced,
        OfferSigned,
        OfferWithdrawn,
        DealCancelled,
        PartyApproved,
        PartyClosed,
        PartySuspended,
        RecoveryProposed,
        RecoveryVetoed,
        RecoveryDue,
        SealedBidsFixed,
    }
)
"""Events that may have to be recorded on the chain."""
_encoder = msgspec.json.Encoder(order="sorted")


class ReplayedState(State):
    """A state that does not keep what has changed: nobody takes it, and it would grow with the journal."""

    def _mark(self, row: Row, archived: Row | None) -> None:  # noqa: ARG002 - as the method that it replaces
        self.change_count += 1


class Replay:
    """An engine that follows the journal, and what came of it in figures."""

    def __init__(self, state: ReplayedState | None = None) -> None:
        self._engine = Engine(ReplayedState() if state is None else state)
        self.entries = 0
        self.deals = 0
        self.transfers = 0
        self.licences = 0
        self.deal_signatures = 0
        """Of deals, acceptances, offers, orders, withdrawals and cancellations."""
        self.key_signatures = 0
        self.approvals = 0
        self.state_hashes = 0
        self.agreed_before = 0
        """The entry before which the state was last seen to agree with a journalled state hash."""

    def step(self, opened: Opened) -> list[OutboxRecord]:
        """Decide an entry again; gives what belongs on the chain because of it.

        Raises:
            Unsound: AUDIT-VERSION, -REPLAY, -ANSWER, -EVENTS, -STATE-HASH, -DEAL-SIGNATURE, -OFFER-SIGNATURE,
                -ORDER-SIGNATURE, -KEY-SIGNATURE, -APPROVAL.
        """
        entry, state = opened.entry, self._engine.state
        venue = state.venues.get("venue")
        versions = _FIRST if venue is None else (venue.schema, venue.engine, venue.rulebook)
        unknown = versions != VERSIONS and any(
            each > ours for each, ours in zip(versions, VERSIONS, strict=True)
        )
        if (entry.schema, entry.engine, entry.rulebook) != versions or unknown:
            unsound("AUDIT-VERSION", f"{(entry.schema, entry.engine, entry.rulebook)}, not {versions}")
        if isinstance(entry.command, RecordStateHash):
            if entry.command.state_hash != state.state_hash():
                unsound("AUDIT-STATE-HASH")
            self.state_hashes += 1
            self.agreed_before = entry.entry
        outcome = self._decide(opened)
        if answer_of(outcome) != entry.answer:
            unsound("AUDIT-ANSWER", _answer_text(outcome))
        if _canonical(outcome) != opened.outcome:
            unsound("AUDIT-EVENTS")
        if outcome.refusal is None:
            self._check_signatures(opened, outcome)
        self.entries += 1
        return self._count(entry.entry, outcome)

    def _check_signatures(self, opened: Opened, outcome: Outcome) -> None:
        """Whatever an accepted command carries for the contract was signed by the key that it is said to be of."""
        command, actor = opened.entry.command, opened.entry.actor
        if isinstance(command, SignDeal | SignAgreement):
            self._check_deal_signature(command, actor)
        elif isinstance(command, OFFER_COMMANDS):
            self._check_offer_signature(command, actor)
        elif isinstance(command, PlaceOrder | AmendOrder):
            self._check_order_signature(outcome)
        elif isinstance(command, KEY_COMMANDS):
            self._check_key_signatures(opened, command)
        elif isinstance(command, ApprovePayment):
            state = self._engine.state
            check_approvals(state.payments[command.payment_id], state.venue)
            self.approvals += 1

    def state_hash(self) -> str:
        """The hash of the state after the last entry."""
        return self._engine.state.state_hash()

    def _decide(self, opened: Opened) -> Outcome:
        entry = opened.entry
        try:
            return self._engine.apply(
                Request(
                    time_ms=entry.time_ms,
                    actor=entry.actor,
                    signer="" if entry.signature is None else entry.signature.signer,
                    command=entry.command,
                    terms=opened.terms,
                    terms_salt=opened.terms_salt,
                    api_key_sha256=entry.api_key_sha256,
                    entry=entry.entry,
                )
            )
        except EngineFault as fault:
            unsound("AUDIT-REPLAY", str(fault))
        except Exception as error:  # noqa: BLE001 - a forged journal may break the engine in any way; it must not end the audit
            unsound("AUDIT-REPLAY", f"{type(error).__name__}: {error}")

    def _check_key_signatures(self, opened: Opened, command: KeyCommand) -> None:
        venue = self._engine.state.venue
        signature = opened.entry.signature
        old_key = "" if signature is None else signature.signer
        enrolled_as = b""
        if isinstance(command, EnrolKey):
            enrolled_as = bytes.fromhex(self._engine.state.keys[command.key].commitment)
        try:
            check_key_signatures(
                register_domain(venue.chain_id, venue.register), command, old_key, enrolled_as
            )
        except (KeySignatureWrong, SignatureRefused) as wrong:
            unsound("AUDIT-KEY-SIGNATURE", f"{type_of(command)}: {wrong.code}")
        self.key_signatures += 1

    def _check_deal_signature(self, command: SignDeal | SignAgreement, actor: str) -> None:
        deal = self._engine.state.deals[command.deal_id]
        state = self._engine.state
        offer = state.offers.get(deal.listing_id)
        message = message_under(state.venue.engine, deal, offer, counters(state, deal))
        wanted = deal.seller_key if actor == deal.seller else deal.buyer_key
        self._require_signer("AUDIT-DEAL-SIGNATURE", deal.id, message, command.deal_signature, wanted)

    def _check_offer_signature(self, command: SignOffer | WithdrawOffer | CancelDeal, actor: str) -> None:
        state = self._engine.state
        if isinstance(command, CancelDeal):
            deal = state.deals[command.deal_id]
            ended = cancellation_message(deal_message(deal, counters(state, deal)))
            wanted = deal.seller_key if actor == deal.seller else deal.buyer_key
            self._require_signer(
                "AUDIT-DEAL-SIGNATURE", deal.id, ended, command.cancellation_signature, wanted
            )
            return
        offer = state.offers[command.listing_id]
        message: RegisterMessage
        if isinstance(command, SignOffer):
            message, signature = offer_message(offer), command.offer_signature
        else:
            message, signature = withdrawal_message(offer), offer.withdrawal
        self._require_signer("AUDIT-OFFER-SIGNATURE", offer.id, message, signature, offer.seller_key)

    def _check_order_signature(self, outcome: Outcome) -> None:
        """What an order's event says is what its party signed; an order without signature has no such event."""
        for event in outcome.events:
            if isinstance(event, OrderSigned):
                side: OrderSide = "buy" if event.side == "buy" else "sell"
                message = order_message(event, event.right_id, side)
                self._require_signer(
                    "AUDIT-ORDER-SIGNATURE", event.order_id, message, event.signature, event.key
                )

    def _require_signer(
        self, code: str, subject: str, message: RegisterMessage, signature: str, wanted: str
    ) -> None:
        venue = self._engine.state.venue
        try:
            digest = message_digest(register_domain(venue.chain_id, venue.register), message)
            recovered = recover(digest, signature)
        except SignatureRefused as error:
            unsound(code, f"{subject}: {error.code}")
        if recovered != wanted:
            unsound(code, f"{subject}: recovered {recovered}, not {wanted}")
        self.deal_signatures += 1

    def _count(self, entry: int, outcome: Outcome) -> list[OutboxRecord]:
        on_chain = False
        for event in outcome.events:
            if type(event) not in _ON_CHAIN:
                continue
            on_chain = True
            if isinstance(event, DealChanged):
                self.deals += not event.old
            elif isinstance(event, HolderChanged):
                self.transfers += bool(event.deal_id)
            elif isinstance(event, LicenceChanged):
                self.licences += not event.old
        if not on_chain:
            return []
        try:
            return outbox_records(entry, outcome, self._engine.state)
        except Exception as error:  # noqa: BLE001 - as above
            unsound("AUDIT-REPLAY", f"nothing that can be recorded: {type(error).__name__}: {error}")


def _canonical(outcome: Outcome) -> bytes:
    """The bytes that are sealed of an outcome. Four-byte characters are sorted in the slower way."""
    value = outcome_value(outcome)
    try:
        data = _encoder.encode(value)
        if not data.isascii():
            return canonical.encode(value)
    except (CanonicalRefused, UnicodeError) as error:
        unsound("AUDIT-REPLAY", f"no canonical outcome: {error}")
    return data


def _answer_text(outcome: Outcome) -> str:
    answer = answer_of(outcome)
    return "accepted" if isinstance(answer, Accepted) else f"refused: {answer.code}"
