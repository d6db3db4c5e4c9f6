"""Whether a right was made in service 职务技术成果, and who completed it 完成人: the venue's finding."""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.commands import CompletersTerms, RecordCompleters
from exchange.events import CompletersFound
from exchange.rights.catalogue import MOST_INVENTORS, right_of
from exchange.rows import Right
from exchange.rules import venue as rules
from exchange.rules.first_refusal import SINCE_ENGINE
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

_COMMITMENT = re.compile(r"[0-9a-f]{64}", re.ASCII)


def record_completers(turn: Turn, command: RecordCompleters) -> Result:
    """While completers have notice of a deal nobody joins or leaves them, and parties that act for them may be added.

    Raises:
        Refusal: UNKNOWN-ID, MALFORMED, FACT-MISSING without the evidence, RIGHT-DIFFERS where the right has another
            number of inventors, WRONG-STATE while others have notice of a deal.
    """
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    right = right_of(state, command.right_id)
    terms = turn.request.terms
    if not isinstance(terms, CompletersTerms):
        turn.fault("a finding without completers was authorised")
    if "evidence" not in command.erasable:
        refuse(rules.FACT_MISSING, fact="evidence", right_id=right.id, supplier="seller")
    commitments = {each.commitment for each in terms.completers}
    sound = len(commitments) == len(terms.completers) <= MOST_INVENTORS
    if not sound or (commitments and not terms.service_invention):
        refuse(rules.MALFORMED, field="completers", most=MOST_INVENTORS)
    if not all(map(_COMMITMENT.fullmatch, commitments)):
        refuse(rules.MALFORMED, field="commitment")
    for each in terms.completers:
        if each.party_id is not None and each.party_id not in state.parties:
            refuse(rules.UNKNOWN_ID, kind="party", id=each.party_id[:64])
    if commitments and right.inventors not in {UNSET, len(commitments)}:
        refuse(rules.RIGHT_DIFFERS, right_id=right.id, fields="inventors")
    _nobody_has_notice(state, right, commitments)
    others = right.completers is not UNSET and {each.commitment for each in right.completers} != commitments
    right.service_invention, right.completers = terms.service_invention, terms.completers or UNSET
    state.touch(right)
    if others:
        _ask_again(state, right)
    parties = tuple(sorted({each.party_id for each in terms.completers if each.party_id is not None}))
    turn.emit(
        CompletersFound(
            right_id=right.id,
            service_invention=terms.service_invention,
            count=len(commitments),
            parties=parties,
        )
    )
    return {"right_id": right.id, "completers": str(len(commitments))}


def _nobody_has_notice(state: State, right: Right, commitments: set[str]) -> None:
    """Raises Refusal WRONG-STATE where an open deal was noticed to other persons than these."""
    if right.completers is UNSET or {each.commitment for each in right.completers} == commitments:
        return
    for deal_id in right.open_deals:
        deal = state.deals[deal_id]
        if deal.refusal is not UNSET:
            refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="record_completers")


def _ask_again(state: State, right: Right) -> None:
    """Others than these have refused a price of the right's listing: nobody has, of these."""
    listing = state.listings.get(right.open_listing or "")
    if listing is not None and listing.first_refused_at is not UNSET:
        listing.first_refused_at = UNSET
        state.touch(listing)


HANDLERS: Handlers = {RecordCompleters: record_completers}
