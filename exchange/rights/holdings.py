"""Who holds a right that no register keeps: the venue's finding, which stands where a register copy would."""

from __future__ import annotations

from exchange.commands import HoldingTerms, RecordHolding
from exchange.events import HoldingRecorded
from exchange.listings import life
from exchange.rights.catalogue import right_of
from exchange.rights.history import keep
from exchange.rights.other_rights import SINCE_ENGINE, has_register
from exchange.rights.register import check_holders, holder_names
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn


def record_holding(turn: Turn, command: RecordHolding) -> Result:
    """The venue has found who holds a right: a listing of another's is suspended, as by a register copy.

    A deal that is open, or has passed the right already, is not undercut.

    Raises:
        Refusal: UNKNOWN-ID, MALFORMED, FACT-MISSING without the undertaking, RIGHT-DIFFERS for a right that a register
            keeps, WRONG-STATE while a deal is open on it or after a delivery record has passed it.
    """
    right = right_of(turn.state, command.right_id)
    terms = turn.request.terms
    if not isinstance(terms, HoldingTerms):
        turn.fault("a finding without holders was authorised")
    if turn.state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=turn.state.venue.engine)
    if right.right_type == "achievement" or has_register(right.office, right.right_type):
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="status")
    if "undertaking" not in command.erasable:
        refuse(rules.FACT_MISSING, fact="undertaking", right_id=right.id, supplier="holder")
    check_holders(terms.holders)
    if right.open_deals or right.delivered_to is not None:
        refuse(rules.WRONG_STATE, right_id=right.id, state=right.status or "", step="record_holding")
    right.status, right.holder_of_record = "held", terms.holders
    turn.state.touch(right)
    keep(turn, right, turn.time_ms)
    holders = holder_names(turn.state, tuple(holder.company_number for holder in terms.holders))
    turn.emit(HoldingRecorded(right_id=right.id, holders=holders))
    life.follow_the_register(turn, right)
    return {"right_id": right.id, "status": "held"}


HANDLERS: Handlers = {RecordHolding: record_holding}
