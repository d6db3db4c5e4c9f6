"""First refusal of an awarded deal: notice, waivers, the term's end, and whoever takes the deal on equal terms.

Whoever exercises first has it: those who agree among themselves act by one party, or let one of them go first. The
deal then stands anew with that party as its buyer, and the first buyer has everything back.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import UNSET

from exchange.calendar import MS_PER_DAY, MS_PER_SECOND
from exchange.commands import ExerciseRefusal, GiveRefusalNotice, RefusalTerms, WaiveRefusal
from exchange.deals import award, default, signing, steps
from exchange.deals.release import close_deal, refund
from exchange.events import RefusalExercised, RefusalNoticed, RefusalWaived
from exchange.listings import bid_life, bidders, life
from exchange.listings.checks import buyer_may_take_part
from exchange.money import holds
from exchange.money.accounts import require_available
from exchange.parties import active_actor
from exchange.rows import Deadline, Deal, Document, Listing, Party, RefusalNotice
from exchange.rows.money import HoldSort
from exchange.rules import credit, invalidity, patent_law, working_days
from exchange.rules import first_refusal as rules_of_refusal
from exchange.rules import venue as rules
from exchange.rules.rule import Refusal, refuse
from exchange.sellers import sellers_of
from exchange.turn import Handlers, Result, Turn

TERM_MS = 15 * MS_PER_DAY
"""From the notice (venue rules, § 74)."""
WORKING_DAYS_HELD_UP = 5
"""By which the term is prolonged, again and again, while nobody can exercise it."""
EXERCISED = "first_refusal"
NOT_ITS_OWN_SINCE_ENGINE = 5
"""Since this version a deal's own buyer, should it be found to be a completer, does not take the deal from itself: that
would end the others' first refusals of it.
"""
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)


def give_notice(turn: Turn, command: GiveRefusalNotice) -> Result:
    """The seller has given notice to everyone with a first refusal: their term runs, and nobody signs meanwhile.

    Raises:
        Refusal: UNKNOWN-ID, NOT-PERMITTED, WRONG-STATE, MALFORMED, UNEQUAL-TERMS, FACT-MISSING.
    """
    state = turn.state
    deal = steps.deal_of(state, command.deal_id)
    if deal.seller != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id)
    steps.require_step(deal, "notice")
    if deal.lot is not UNSET:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="notice", lot=deal.lot.id)
    if not _DIGEST.fullmatch(command.notice_digest):
        refuse(rules.MALFORMED, field="notice_digest")
    if command.terms_commitment != deal.terms_commitment:
        refuse(rules_of_refusal.UNEQUAL_TERMS, deal_id=deal.id, field="terms_commitment")
    listing = state.listings[deal.listing_id]
    entitled = rules_of_refusal.entitled(state, listing, deal, turn.time_ms)
    if not entitled:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="notice", entitled=0)
    deal.refusal = RefusalNotice(
        notice_digest=command.notice_digest, noticed_ms=turn.time_ms, entitled=entitled
    )
    state.clear_deadline("sign_by", deal.id)
    steps.advance(turn, deal, "notice", "give_refusal_notice")
    until_ms = turn.time_ms + TERM_MS
    state.set_deadline("refusal_by", deal.id, until_ms)
    turn.emit(
        RefusalNoticed(
            deal_id=deal.id, notice_digest=command.notice_digest, count=len(entitled), until_ms=until_ms
        )
    )
    return {"deal_id": deal.id, "state": deal.state}


def waive(turn: Turn, command: WaiveRefusal) -> Result:
    """A party gives up its first refusal of a deal; with the last of them the deal goes on.

    Raises:
        Refusal: UNKNOWN-ID, NOT-PERMITTED, WRONG-STATE, DEAL-DISPUTED.
    """
    deal = steps.deal_of(turn.state, command.deal_id)
    party = active_actor(turn)
    mine = _held_by(turn, deal, party)
    steps.require_step(deal, "refusal_over")
    _waived(turn, deal, mine)
    return {"deal_id": deal.id, "state": deal.state}


def exercise(turn: Turn, command: ExerciseRefusal) -> Result:
    """A party with a first refusal takes the deal: as any buyer it must be free to buy, and hold what the first held.

    Raises:
        Refusal: UNKNOWN-ID, NOT-PERMITTED, WRONG-STATE, DEAL-DISPUTED, UNEQUAL-TERMS, FUNDS-SHORT, and as
            `buyer_may_take_part`.
    """
    state = turn.state
    deal = steps.deal_of(state, command.deal_id)
    _held_by(turn, deal, active_actor(turn))
    steps.require_step(deal, "exercised")
    listing = state.listings[deal.listing_id]
    buyer = buyer_may_take_part(turn, listing, sells_too=True)
    has_it_already = buyer.id == deal.buyer and state.venue.engine >= NOT_ITS_OWN_SINCE_ENGINE
    if has_it_already or buyer.id in default.passed_over(state, listing):
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=buyer.id)
    if life.is_barred(state, listing):
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="exercised", barred=True)
    terms = turn.request.terms
    if not isinstance(terms, RefusalTerms) or terms.price != deal.price:
        refuse(rules_of_refusal.UNEQUAL_TERMS, deal_id=deal.id, field="price")
    require_available(state, buyer.id, deal.currency, deal.deposit)
    sort: HoldSort = "price" if deal.bid_id is None else "bid_deposit"
    holds.hold_of_party(turn, deal.id, buyer.id, sort, deal.currency, deal.deposit, "hold")
    new = award.open_deal(turn, listing, buyer, deal.price, deposit=deal.deposit, bid=None, taken_from=deal)
    turn.emit(RefusalExercised(deal_id=deal.id, new_deal_id=new.id))
    _give_way(turn, listing, deal, new)
    return {"deal_id": new.id, "state": new.state}


def term_ended(turn: Turn, deadline: Deadline) -> None:
    """Nobody has exercised it in time; while something that will pass keeps everybody from it, the term runs on."""
    deal = turn.state.deals[deadline.subject_id]
    if _is_held_up(turn, deal):
        due_ms = working_days.end_of(turn.state.venue, turn.time_ms, WORKING_DAYS_HELD_UP)
        turn.state.set_deadline("refusal_by", deal.id, due_ms)
        return
    _over(turn, deal, deadline.what)


def _is_held_up(turn: Turn, deal: Deal) -> bool:
    """Whether nobody can exercise a first refusal of a deal now: for its right is barred, or a seller is sanctioned."""
    state, listing = turn.state, turn.state.listings[deal.listing_id]
    right = state.rights[deal.right_id]
    return (
        patent_law.is_frozen(right)
        or invalidity.is_decided(right)
        or any(credit.is_sanctioned(state, each, turn.time_ms) for each in sellers_of(state, listing))
    )


def waiver_lodged(turn: Turn, document: Document) -> None:
    """The completers' waiver came in while the term runs: it need not run on for them."""
    state = turn.state
    for deal_id in state.listings[document.subject_id].deals:
        deal = state.deals[deal_id]
        completers = state.rights[deal.right_id].completers
        if steps.without_dispute(deal) == "ROFR_PENDING" and completers is not UNSET:
            _waived(turn, deal, {each.commitment for each in completers})


def goes_on(turn: Turn, deal: Deal) -> None:
    """A deal goes on after a dispute: where nobody has a first refusal of it any more, its term is over."""
    if deal.state == "ROFR_PENDING" and not _left(_notice_of(turn, deal)):
        _over(turn, deal, "waived")


def require_met(turn: Turn, deal: Deal) -> None:
    """Nobody who has a first refusal is passed over by signing.

    Raises:
        Refusal: CN-CIVIL-CODE-847, CN-CIVIL-CODE-860, FACT-MISSING.
    """
    listing, right = turn.state.listings[deal.listing_id], turn.state.rights[deal.right_id]
    rules_of_refusal.refusal_is_met(turn.state, listing, right, turn.time_ms, deal)


def is_owed_a_notice(turn: Turn, deal: Deal) -> bool:
    """Whether a deal waits for a notice that its seller has not given, and could not be signed for that alone."""
    if deal.state != "AWARDED":
        return False
    try:
        require_met(turn, deal)
    except Refusal:
        return True
    return False


def is_to_be_met(turn: Turn, deal: Deal) -> bool:
    """Whether nobody can sign a deal yet, since its notice is owed or its term runs."""
    return deal.state == "ROFR_PENDING" or is_owed_a_notice(turn, deal)


def _held_by(turn: Turn, deal: Deal, party: Party) -> set[str]:
    """The first refusals of a deal that a party still has. Raises Refusal NOT-PERMITTED where it has none."""
    notice, completers = deal.refusal, turn.state.rights[deal.right_id].completers
    acts_for = {party.company_number}
    if completers is not UNSET:
        acts_for |= {each.commitment for each in completers if each.party_id == party.id}
    held = set() if notice is UNSET else acts_for & set(notice.entitled) - set(notice.waived)
    if not held:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=party.id)
    return held


def _notice_of(turn: Turn, deal: Deal) -> RefusalNotice:
    if deal.refusal is UNSET:
        turn.fault(f"a first refusal of {deal.id} that nobody was given notice of")
    return deal.refusal


def _left(notice: RefusalNotice) -> int:
    """How many of them have not waived."""
    return len(notice.entitled) - len(notice.waived)


def _waived(turn: Turn, deal: Deal, given_up: set[str]) -> None:
    """They have no first refusal of it any more; with the last of them it goes on, unless it is disputed."""
    notice = _notice_of(turn, deal)
    waived = tuple(each for each in notice.entitled if each in given_up or each in notice.waived)
    deal.refusal = msgspec.structs.replace(notice, waived=waived)
    turn.state.touch(deal)
    left = _left(deal.refusal)
    turn.emit(RefusalWaived(deal_id=deal.id, left=left))
    if not left and deal.state != "DISPUTED":
        _over(turn, deal, "waived")


def _over(turn: Turn, deal: Deal, cause: str) -> None:
    """Nobody takes the deal on these terms: its parties sign it, in the time that they have after an award.

    Where the contract would not take their signatures for so long, they sign afresh.
    """
    state = turn.state
    state.clear_deadline("refusal_by", deal.id)
    _refused_at(turn, deal)
    steps.advance(turn, deal, "refusal_over", cause)
    due_ms = working_days.end_of(state.venue, turn.time_ms, steps.WORKING_DAYS_TO_SIGN)
    state.set_deadline("sign_by", deal.id, due_ms)
    if deal.deadline_s * MS_PER_SECOND <= due_ms:
        signing.ask_afresh(turn, deal)


def _refused_at(turn: Turn, deal: Deal) -> None:
    """Whoever had this price before it and did not take it has no first refusal of the listing at it or above."""
    listing = turn.state.listings[deal.listing_id]
    listing.first_refused_at = deal.price
    turn.state.touch(listing)


def _give_way(turn: Turn, listing: Listing, deal: Deal, new: Deal) -> None:
    """The first buyer has its money back, and comes first again if the new one defaults: its bid won."""
    state = turn.state
    deal.refusal = msgspec.structs.replace(_notice_of(turn, deal), reassigned_to=new.id)
    deal.unwound_for = EXERCISED
    state.clear_deadline("refusal_by", deal.id)
    _refused_at(turn, deal)
    steps.advance(turn, deal, "exercised", "exercise_refusal")
    refund(turn, deal)
    if deal.buyer in listing.bidders:
        bidders.move(turn, listing, deal.buyer, "give_way")
    if deal.bid_id is not None:
        bid_life.change_bid(turn, state.bids[deal.bid_id], "give_way", EXERCISED)
        listing.runners_up = (deal.bid_id, *(listing.runners_up or ()))
        state.touch(listing)
    close_deal(turn, deal)


HANDLERS: Handlers = {
    GiveRefusalNotice: give_notice,
    WaiveRefusal: waive,
    ExerciseRefusal: exercise,
}
DEADLINES = {"refusal_by": term_ended}
