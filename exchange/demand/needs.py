"""Commands about technology needs: one transition table, and what a buyer may post.

Nothing here reads what a need says in words, and nobody approves one: only an approved buyer posts. The budget is
compared with nothing in here, so that no refusal can tell it.
"""

from __future__ import annotations

from exchange.calendar import MS_PER_DAY
from exchange.commands import AmendNeed, FulfilNeed, NeedTerms, PostNeed, WithdrawNeed
from exchange.deals.steps import deal_of
from exchange.events import NeedAmended, NeedChanged, NeedPosted
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor, with_role
from exchange.rights.classes import MOST_CLASSES, is_class_symbol
from exchange.rows import Deadline, Need
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.scope import TERRITORIES
from exchange.transitions import Table, require_step, take_step
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
TRANSITIONS: Table = {
    ("OPEN", "amend"): "OPEN",
    ("OPEN", "fulfil"): "FULFILLED",
    ("OPEN", "withdraw"): "WITHDRAWN",
    ("OPEN", "expire"): "EXPIRED",
}
MOST_NEEDS = 100
"""Of one party: those that stand, and those that have ended since `KEPT_MS`."""
MOST_TERRITORIES = 64
LONGEST_NEED_MS = 366 * MS_PER_DAY
KEPT_MS = 30 * MS_PER_DAY
"""So long an ended need stays in memory: what is said to it then is answered with its state."""
FALLEN_THROUGH = frozenset({"UNWINDING", "REFUNDED", "REASSIGNED"})
"""States of deals that meet no need."""


def post_need(turn: Turn, command: PostNeed) -> Result:
    """A buyer says what it looks for."""
    state = turn.state
    buyer = with_role(active_actor(turn), "buyer")
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.WRONG_STATE, step="post_need", engine=state.venue.engine)
    terms = _checked_terms(turn, command)
    for part in ("title", "description"):
        if part not in command.erasable:
            refuse(rules.FACT_MISSING, fact=part, supplier="buyer")
    standing = state.needs_of.get(buyer.id, [])
    if len(standing) >= MOST_NEEDS:
        refuse(rules.NEEDS_FULL, party_id=buyer.id, most=MOST_NEEDS)
    need = Need(
        id=state.next_id("TN"),
        buyer=buyer.id,
        classes=command.classes,
        territories=command.territories,
        kinds=command.kinds,
        currency=command.currency,
        until_ms=command.until_ms,
        terms=terms,
        terms_salt=turn.request.terms_salt,
        posted_ms=turn.time_ms,
    )
    state.add(need)
    _start_clock(turn, need)
    turn.emit(NeedPosted(need_id=need.id, party_id=buyer.id, until_ms=need.until_ms))
    return {"need_id": need.id, "state": need.state}


def amend_need(turn: Turn, command: AmendNeed) -> Result:
    """The buyer replaces facts and terms of an open need."""
    need = _own(turn, command.need_id)
    require_step(TRANSITIONS, need, "amend")
    with_role(active_actor(turn), "buyer")
    need.terms = _checked_terms(turn, command)
    need.terms_salt = turn.request.terms_salt
    need.classes, need.territories, need.kinds = command.classes, command.territories, command.kinds
    need.currency, need.until_ms = command.currency, command.until_ms
    turn.state.touch(need)
    _start_clock(turn, need)
    turn.emit(NeedAmended(need_id=need.id, party_id=need.buyer, until_ms=need.until_ms))
    return {"need_id": need.id, "state": need.state}


def withdraw_need(turn: Turn, command: WithdrawNeed) -> Result:
    """The buyer takes its need back."""
    need = _own(turn, command.need_id)
    _end(turn, need, "withdraw", "withdraw_need")
    return {"need_id": need.id, "state": need.state}


def fulfil_need(turn: Turn, command: FulfilNeed) -> Result:
    """The buyer names the deal of its own that meets its need; a deal that falls through later changes nothing here."""
    need = _own(turn, command.need_id)
    require_step(TRANSITIONS, need, "fulfil")
    deal = deal_of(turn.state, command.deal_id)
    if deal.buyer != need.buyer:
        refuse(rules.NOT_PERMITTED, need_id=need.id, deal_id=deal.id)
    if deal.state in FALLEN_THROUGH:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="fulfil")
    need.deal_id = deal.id
    _end(turn, need, "fulfil", "fulfil_need")
    return {"need_id": need.id, "deal_id": deal.id, "state": need.state}


def need_expiry(turn: Turn, deadline: Deadline) -> None:
    """The time that the buyer named has come."""
    _end(turn, turn.state.needs[deadline.subject_id], "expire", "need_expiry")


def archive_need(turn: Turn, deadline: Deadline) -> None:
    """A need that has ended leaves memory; its table keeps it."""
    turn.state.archive(turn.state.needs[deadline.subject_id])


def _end(turn: Turn, need: Need, event: str, cause: str) -> None:
    state = turn.state
    old = take_step(TRANSITIONS, need, event)
    need.ended_ms = turn.time_ms
    state.touch(need)
    state.clear_deadline("need_expiry", need.id)
    state.set_deadline("archive_need", need.id, turn.time_ms + KEPT_MS, venue_clock=False)
    turn.emit(NeedChanged(need_id=need.id, party_id=need.buyer, old=old, new=need.state, cause=cause))


def _start_clock(turn: Turn, need: Need) -> None:
    # A date that the buyer has named runs on through an outage of the venue.
    turn.state.set_deadline("need_expiry", need.id, need.until_ms, venue_clock=False)


def _own(turn: Turn, need_id: str) -> Need:
    need = _need_of(turn.state, need_id)
    if need.buyer != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, need_id=need.id)
    return need


def _need_of(state: State, need_id: str) -> Need:
    need = state.needs.get(need_id)
    if need is None:
        refuse(rules.UNKNOWN_ID, kind="need", id=need_id)
    return need


def _checked_terms(turn: Turn, command: PostNeed | AmendNeed) -> NeedTerms:
    """The terms, if they and the command's facts are within their bounds. Raises Refusal MALFORMED."""
    terms = turn.request.terms
    if not isinstance(terms, NeedTerms):
        turn.fault("a need without terms was authorised")
    if not turn.time_ms < command.until_ms <= turn.time_ms + LONGEST_NEED_MS:
        refuse(rules.MALFORMED, field="until_ms", most=turn.time_ms + LONGEST_NEED_MS)
    if len(command.classes) > MOST_CLASSES or not all(map(is_class_symbol, command.classes)):
        refuse(rules.MALFORMED, field="classes", most=MOST_CLASSES)
    if not 0 < len(command.territories) <= MOST_TERRITORIES or not TERRITORIES.issuperset(
        command.territories
    ):
        refuse(rules.MALFORMED, field="territories", most=MOST_TERRITORIES)
    for field in ("classes", "territories", "kinds"):
        values = getattr(command, field)
        if len(set(values)) != len(values):
            refuse(rules.MALFORMED, field=field, reason="twice")
    if not command.kinds:
        refuse(rules.MALFORMED, field="kinds")
    if terms.budget is not None and not 0 < terms.budget <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="budget")
    return terms


HANDLERS: Handlers = {
    PostNeed: post_need,
    AmendNeed: amend_need,
    WithdrawNeed: withdraw_need,
    FulfilNeed: fulfil_need,
}
DEADLINES = {"need_expiry": need_expiry, "archive_need": archive_need}
