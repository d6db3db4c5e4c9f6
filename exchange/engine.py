"""The engine: `apply(request)` decides one command and answers with events or with a refusal that names its rule.

Deterministic: the same requests in the same order give the same events and the same state, on any machine.
"""

from __future__ import annotations

from collections.abc import Callable

from exchange import (
    documents,
    evidence,
    keys,
    legal_holds,
    offers,
    onboarding,
    parties,
    recoveries,
    surveillance,
    trading_halts,
    venue,
)
from exchange.commands import OpenVenue, Request, Tick
from exchange.deals import (
    deposits,
    disputes,
    first_refusal,
    instalments,
    lot_choices,
    obligations,
    paying,
    rescission,
    rewards,
    royalties,
    settlement,
)
from exchange.demand import needs
from exchange.events import DeadlineFired
from exchange.listings import (
    auction_records,
    awards,
    co_owners,
    floor,
    objections,
    orders,
    proposals,
    retention,
    sealed_bids,
)
from exchange.money import desk, fees, rates
from exchange.rights import catalogue, completers, families, freezes, holdings, pledging, register
from exchange.rows import Deadline
from exchange.rules import trading_halts as halt_rules
from exchange.rules import venue as rules
from exchange.rules.rule import Refusal, refuse
from exchange.state import State
from exchange.turn import EngineFault, Handlers, Outcome, Turn, refused

SCHEMA_VERSION = 1
ENGINE_VERSION = 5
RULEBOOK_VERSION = 1
VERSIONS = (SCHEMA_VERSION, ENGINE_VERSION, RULEBOOK_VERSION)
"""The newest of each that this program knows."""

DeadlineHandler = Callable[[Turn, Deadline], None]

HANDLERS: Handlers = {
    **venue.HANDLERS,
    **trading_halts.HANDLERS,
    **parties.HANDLERS,
    **onboarding.HANDLERS,
    **keys.HANDLERS,
    **offers.HANDLERS,
    **recoveries.HANDLERS,
    **catalogue.HANDLERS,
    **register.HANDLERS,
    **holdings.HANDLERS,
    **completers.HANDLERS,
    **families.HANDLERS,
    **floor.HANDLERS,
    **co_owners.HANDLERS,
    **proposals.HANDLERS,
    **sealed_bids.HANDLERS,
    **awards.HANDLERS,
    **orders.HANDLERS,
    **needs.HANDLERS,
    **objections.HANDLERS,
    **documents.HANDLERS,
    **settlement.HANDLERS,
    **first_refusal.HANDLERS,
    **paying.HANDLERS,
    **royalties.HANDLERS,
    **rewards.HANDLERS,
    **fees.HANDLERS,
    **rates.HANDLERS,
    **disputes.HANDLERS,
    **deposits.HANDLERS,
    **instalments.HANDLERS,
    **lot_choices.HANDLERS,
    **rescission.HANDLERS,
    **freezes.HANDLERS,
    **pledging.HANDLERS,
    **desk.HANDLERS,
    **evidence.HANDLERS,
    **legal_holds.HANDLERS,
    **surveillance.HANDLERS,
}
DEADLINES: dict[str, DeadlineHandler] = {
    **trading_halts.DEADLINES,
    **floor.DEADLINES,
    **proposals.DEADLINES,
    **sealed_bids.DEADLINES,
    **awards.DEADLINES,
    **retention.DEADLINES,
    **orders.DEADLINES,
    **needs.DEADLINES,
    **settlement.DEADLINES,
    **obligations.DEADLINES,
    **lot_choices.DEADLINES,
    **freezes.DEADLINES,
    **pledging.DEADLINES,
    **recoveries.DEADLINES,
    **evidence.DEADLINES,
}
DEADLINES_PER_TICK = 1_000
"""At most so many fire in one entry; the sequencer gives another Tick for the rest."""


class Engine:
    """Holds the state and applies requests to it."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.last_time_ms = 0

    def due_at(self) -> int | None:
        """The time (ms UTC) of the next deadline, None if none stands. The sequencer gives a Tick when it comes."""
        deadline = self.state.next_deadline()
        return None if deadline is None else deadline.due_ms

    def apply(self, request: Request) -> Outcome:
        """Decide one request.

        Raises:
            EngineFault: time went back, a deadline was passed over, a refusal came after a change, or anything
                else that the engine did not foresee: fail-stop.
        """
        if request.time_ms < self.last_time_ms:
            message = f"time went back from {self.last_time_ms} to {request.time_ms}"
            raise EngineFault(message)
        turn = Turn(self.state, request)
        self.state.time_ms = request.time_ms
        command = request.command
        try:
            return self._decide(turn)
        except EngineFault:
            raise
        except Exception as error:
            message = f"{type(command).__name__} met {type(error).__name__}"
            raise EngineFault(message) from error

    def _decide(self, turn: Turn) -> Outcome:
        request = turn.request
        command = request.command
        if isinstance(command, Tick):
            self.last_time_ms = request.time_ms
            self._fire_deadlines(turn)
            return Outcome(tuple(turn.events), {}, None)
        due_ms = self.due_at()
        if (
            due_ms is not None
            and due_ms <= request.time_ms
            and not isinstance(command, venue.BEFORE_DEADLINES)
        ):
            message = f"a deadline of {due_ms} was passed over at {request.time_ms}"
            raise EngineFault(message)
        self.last_time_ms = request.time_ms
        changes_before = self.state.change_count
        try:
            if not self.state.venues and not isinstance(command, OpenVenue):
                refuse(rules.WRONG_STATE, state="venue not open", step=command.__struct_config__.tag)
            parties.authorise(turn)
            halt_rules.trading_is_not_halted(self.state, command)
            result = HANDLERS[type(command)](turn, command)
            auction_records.keep(turn, result)
        except Refusal as refusal:
            if self.state.change_count != changes_before or turn.events:
                message = f"{type(command).__name__} was refused ({refusal.rule.code}) after it had changed the state"
                raise EngineFault(message) from refusal
            return Outcome((), {}, refused(refusal.rule, refusal.detail))
        return Outcome(tuple(turn.events), result, None)

    def _fire_deadlines(self, turn: Turn) -> None:
        for _ in range(DEADLINES_PER_TICK):
            deadline = self.state.next_deadline()
            if deadline is None or deadline.due_ms > turn.time_ms:
                return
            self.state.remove(deadline)
            turn.emit(DeadlineFired(deadline_id=deadline.id, due_ms=deadline.due_ms))
            DEADLINES[deadline.what](turn, deadline)
