"""Market surveillance 市场监察: cases that an operator opens and closes.

A suspicion opens a case and blocks nobody. No rule reads a case: what is found is recorded by a finding or a document
of its own, which then counts.
"""

from __future__ import annotations

from exchange.commands import CloseSurveillanceCase, OpenSurveillanceCase, SurveillanceCaseTerms
from exchange.events import SurveillanceCaseChanged
from exchange.rows import SurveillanceCase
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table, take_step
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 5
TRANSITIONS: Table = {("OPEN", "close"): "CLOSED"}
MOST_SUBJECTS = 100


def open_surveillance_case(turn: Turn, command: OpenSurveillanceCase) -> Result:
    """An operator looks into what is suspected of parties, listings or deals, and says why."""
    state = turn.state
    _require_reason(turn, command)
    terms = turn.request.terms
    if not isinstance(terms, SurveillanceCaseTerms):
        turn.fault("a surveillance case without terms was authorised")
    subjects = tuple(sorted(set(terms.subjects)))
    if not 0 < len(subjects) == len(terms.subjects) <= MOST_SUBJECTS:
        refuse(rules.MALFORMED, field="subjects", most=MOST_SUBJECTS)
    for subject in subjects:
        if not _is_known(state, subject):
            refuse(rules.UNKNOWN_ID, kind="subject", id=subject[:64])
    case = SurveillanceCase(id=state.next_id("CASE"), subjects=subjects, opened_ms=turn.time_ms)
    state.add(case)
    _tell(turn, case, old="")
    return {"case_id": case.id, "state": case.state}


def close_surveillance_case(turn: Turn, command: CloseSurveillanceCase) -> Result:
    """An operator has looked into it, and says what came of it."""
    state = turn.state
    _require_reason(turn, command)
    case = state.surveillance_cases.get(command.case_id)
    if case is None:
        refuse(rules.UNKNOWN_ID, kind="surveillance_case", id=command.case_id[:64])
    old = take_step(TRANSITIONS, case, "close")
    case.outcome, case.closed_ms = command.outcome, turn.time_ms
    state.archive(case)
    _tell(turn, case, old=old)
    return {"case_id": case.id, "state": case.state}


def _is_known(state: State, subject: str) -> bool:
    return subject in state.parties or subject in state.listings or subject in state.deals


def _require_reason(turn: Turn, command: OpenSurveillanceCase | CloseSurveillanceCase) -> None:
    if turn.state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=turn.state.venue.engine)
    if not command.erasable.get("reason"):
        refuse(rules.FACT_MISSING, fact="reason", supplier="operator")


def _tell(turn: Turn, case: SurveillanceCase, old: str) -> None:
    turn.emit(
        SurveillanceCaseChanged(
            case_id=case.id, subjects=case.subjects, old=old, new=case.state, outcome=case.outcome or ""
        )
    )


HANDLERS: Handlers = {
    OpenSurveillanceCase: open_surveillance_case,
    CloseSurveillanceCase: close_surveillance_case,
}
