"""Legal holds 法律留存: entries that a court, an arbitration, an authority or a dispute needs are kept whole.

A duty to keep that a law itself gives needs no hold: `exchange.listings.retention`.
"""

from __future__ import annotations

import re

from exchange.commands import LegalHoldTerms, LiftLegalHold, PlaceLegalHold
from exchange.events import LegalHoldChanged
from exchange.rows import LegalHold
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.transitions import Table, take_step
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 4
TRANSITIONS: Table = {("STANDING", "lift"): "LIFTED"}
MOST_ENTRIES = 100
"""Of one hold; a proceeding that needs more has several."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def place_legal_hold(turn: Turn, command: PlaceLegalHold) -> Result:
    """From now on no part of these entries can be erased."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    terms = turn.request.terms
    if not isinstance(terms, LegalHoldTerms):
        turn.fault("a legal hold without terms was authorised")
    if turn.request.entry is None:
        turn.fault("a legal hold without the number of its entry")
    entries = tuple(sorted(set(terms.entries)))
    if not 0 < len(entries) == len(terms.entries) <= MOST_ENTRIES:
        refuse(rules.MALFORMED, field="entries", most=MOST_ENTRIES)
    if entries[0] < 0 or entries[-1] >= turn.request.entry:
        refuse(rules.UNKNOWN_ID, kind="entry", id=str(entries[0] if entries[0] < 0 else entries[-1])[:64])
    _require_digest(command.document_digest)
    _require_reference(command)
    hold = LegalHold(
        id=state.next_id("LH"),
        entries=entries,
        ground=terms.ground,
        document_digest=command.document_digest,
        placed_ms=turn.time_ms,
    )
    state.add(hold)
    turn.emit(LegalHoldChanged(hold_id=hold.id, entries=entries, ground=hold.ground, old="", new=hold.state))
    return {"hold_id": hold.id, "state": hold.state}


def lift_legal_hold(turn: Turn, command: LiftLegalHold) -> Result:
    """The proceeding needs the entries no more."""
    state = turn.state
    hold = state.legal_holds.get(command.hold_id)
    if hold is None:
        refuse(rules.UNKNOWN_ID, kind="legal_hold", id=command.hold_id[:64])
    _require_digest(command.document_digest)
    _require_reference(command)
    old = take_step(TRANSITIONS, hold, "lift")
    hold.lifted_ms = turn.time_ms
    state.archive(hold)
    turn.emit(
        LegalHoldChanged(hold_id=hold.id, entries=hold.entries, ground=hold.ground, old=old, new=hold.state)
    )
    return {"hold_id": hold.id, "state": hold.state}


def _require_digest(document_digest: str) -> None:
    if not _DIGEST.fullmatch(document_digest):
        refuse(rules.MALFORMED, field="document_digest")


def _require_reference(command: PlaceLegalHold | LiftLegalHold) -> None:
    if not command.erasable.get("reference"):
        refuse(rules.FACT_MISSING, fact="reference", supplier="operator")


HANDLERS: Handlers = {PlaceLegalHold: place_legal_hold, LiftLegalHold: lift_legal_hold}
