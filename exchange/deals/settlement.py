"""Settlement: signatures, chain record, escrow, filing, registration or delivery, release and payout, and the way out.

The holder changes when the register confirms, and nowhere else; the price is paid to the cent: escrow in = paid out +
fees + refunds.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange import keys, offers, recoveries
from exchange.bounds import LONGEST_TEXT, LONGEST_TRANSACTION, SIGNATURE, require_text
from exchange.calendar import MS_PER_SECOND
from exchange.commands import (
    CancelDeal,
    ConfirmDelivery,
    ConfirmRegistration,
    FileDeal,
    FundDeal,
    Holder,
    RefuseRegistration,
    ReportChainRecord,
    SignAgreement,
    SignDeal,
    UnwindDeal,
)
from exchange.deals import acceptances, clocks, earnest, exports, first_refusal, licences, lots, performance
from exchange.deals.agreement import agreement_digest
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.deals.default import unsigned_party
from exchange.deals.delivering import confirm_delivery
from exchange.deals.filing import filing_of, require_outcome, take_proof
from exchange.deals.release import release
from exchange.deals.signing import complete as complete_signing
from exchange.deals.steps import advance, deal_of, dispute_of, require_answer, require_step, take_answer
from exchange.deals.unwinding import cancel_deal, unwind
from exchange.events import ChainRecordReported, DealSigned
from exchange.listings import sealed_bids
from exchange.listings.checks import (
    FUNDING_SINCE_ENGINE,
    buyer_may_sign,
    buyer_stands_apart,
    deal_may_be_signed,
    licence_may_be_granted,
    right_may_pass,
    seller_may_dispose,
    sides_are_not_sanctioned,
)
from exchange.money import holds
from exchange.money.accounts import post, require_available
from exchange.money.lines import covering_lines, draw, take_part
from exchange.parties import active_actor
from exchange.rights.register import change_witnessed_holders
from exchange.rows import Deadline, Deal, Filing
from exchange.rules import (
    civil_code,
    disputes,
    exchanges,
    export_control,
    invalidity,
    licence_recordal,
    patent_law,
    working_days,
)
from exchange.rules import lots as rules_of_lots
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms import filing_package
from exchange.terms.consideration import due_at_effect
from exchange.terms.offer_terms import came_of
from exchange.turn import Handlers, Result, Turn

_DIGEST = re.compile(r"[0-9a-f]{64}")


def sign_deal(turn: Turn, command: SignDeal) -> Result:
    """As engine version 1 took a signature: without what it was made for."""
    if turn.state.venue.engine >= keys.SINCE_ENGINE:
        refuse(rules.MALFORMED, field="agreement_digest")
    return _sign(turn, command, None)


def sign_agreement(turn: Turn, command: SignAgreement) -> Result:
    """A party signs what is signed of a deal now; see `_sign`."""
    return _sign(turn, command, command.agreement_digest)


def _sign(turn: Turn, command: SignDeal | SignAgreement, digest: str | None) -> Result:
    """A party signs the register's `Deal` if nothing bars it by now. With both signatures the deal is SIGNED.

    The deals of a lot are so when each of them has both, all at once: a contract that has them waits for the others.
    Under a standing offer the seller's signature is there already, and the buyer signs its acceptance. `digest` is of
    what was signed, which must be what is to be signed. After an auction it is the confirmation 成交确认书 (Auction Law
    Art. 52): of it the venue signs the receipts of both entries, and of the one that made the award.
    """
    state = turn.state
    deal = deal_of(state, command.deal_id)
    party = active_actor(turn)
    if party.id not in {deal.seller, deal.buyer}:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=party.id)
    require_step(deal, "signed")
    if not SIGNATURE.fullmatch(command.deal_signature):
        refuse(rules.MALFORMED, field="deal_signature")
    is_seller = party.id == deal.seller
    if deal.seller_signature if is_seller else deal.buyer_signature:
        refuse(rules.SIGNED_ALREADY, deal_id=deal.id, party_id=party.id)
    together = lots.bound(state, deal) if deal.state == "AWARDED" else (deal,)
    for each in together:
        _nothing_bars(turn, each, is_seller=is_seller)
    keys.require_live(state, party.id, deal.seller_key if is_seller else deal.buyer_key)
    wanted = agreement_digest(deal, acceptances.offer_of(state, deal), keys.counters(state, deal))
    if digest not in {None, wanted}:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="signed", agreement_digest=wanted)
    if is_seller:
        deal.seller_signature = command.deal_signature
    else:
        deal.buyer_signature = command.deal_signature
    if deal.voided_by == party.id:
        deal.voided_by = UNSET
    state.touch(deal)
    complete = bool(deal.seller_signature and deal.buyer_signature)
    turn.emit(DealSigned(deal_id=deal.id, party_id=party.id, complete=complete))
    if lots.all_signed(together):
        for each in together:
            complete_signing(turn, each, "sign_deal")
    return {"deal_id": deal.id, "state": deal.state}


def _nothing_bars(turn: Turn, deal: Deal, *, is_seller: bool) -> None:
    """What would bar this party from signing. Raises Refusal of the rules that a signature meets."""
    deal_may_be_signed(turn, deal)
    if not is_seller:
        buyer_may_sign(turn, deal)
    if deal.state == "AWARDED":
        # Afterwards both have signed once, and are bound: no first refusal that is found later undoes that.
        first_refusal.require_met(turn, deal)


def report_chain_record(turn: Turn, command: ReportChainRecord) -> Result:
    """A deal goes on when its chain record is final.

    Refused, it waits for fresh signatures on the same contract, for as long as they take: what the parties have signed
    binds them whatever a chain does, so no clock unwinds it. So does a fill of two signed orders.
    """
    require_text("subject_id", command.subject_id, 2 * LONGEST_TEXT)
    if len(command.transaction) > LONGEST_TRANSACTION:
        refuse(rules.MALFORMED, field="transaction", longest=LONGEST_TRANSACTION)
    if command.record == "deal":
        deal = deal_of(turn.state, command.subject_id)
        event = "witnessed" if command.outcome == "final" else "chain_refused"
        require_answer(turn.state, deal, event)
        deal.chain_transaction = command.transaction
        if event == "chain_refused":
            if acceptances.offer_of(turn.state, deal) is not None:
                acceptances.leave(turn, deal, event)
            deal.seller_signature = deal.buyer_signature = ""
            deal.orders = UNSET
            deal.deadline_s = (turn.time_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND
            take_answer(turn, deal, event, "report_chain_record")
        else:
            exports.witnessed(turn, deal)
    elif command.record == "key" and command.outcome == "refused":
        keys.refused_by_chain(turn, command.subject_id)
    elif command.record == "offer" and command.outcome == "refused":
        offers.refused_by_chain(turn, command.subject_id)
    elif command.record in {"recovery", "recovery_veto"}:
        recoveries.reported(turn, command)
    elif command.record == "sealed_set":
        sealed_bids.reported(turn, command)
    turn.emit(
        ChainRecordReported(
            record=command.record,
            subject_id=command.subject_id,
            outcome=command.outcome,
            transaction=command.transaction,
        )
    )
    return {"subject_id": command.subject_id, "outcome": command.outcome}


def fund_deal(turn: Turn, command: FundDeal) -> Result:
    """What is due first goes into escrow: earnest money, what is held already, and the rest from the available balance.

    Nothing may be due, under a royalty alone or for shares: then no line is cited, and the buyer calls for the deal.
    With a deal of a lot all its others are funded, or none is.
    """
    state = turn.state
    deal = deal_of(state, command.deal_id)
    buyer = active_actor(turn)
    if buyer.id != deal.buyer:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=buyer.id)
    require_step(deal, "funded")
    together = lots.bound(state, deal)
    for each in together:
        require_step(each, "funded")
        if each.deal_kind == "assignment":
            seller_may_dispose(turn, each)
            invalidity.no_decision_stands(state.rights[each.right_id])
            sides_are_not_sanctioned(turn, each)
            export_control.deal_takes_out_nothing_prohibited(state, each)
            if state.venue.engine >= FUNDING_SINCE_ENGINE:
                buyer_stands_apart(turn, each)
        else:
            licence_may_be_granted(turn, each)
    dues = [due_at_effect(each.terms, each.price) - earnest.lying(state, each) for each in together]
    due, missing = (
        sum(dues),
        sum(part - min(each.deposit, part) for each, part in zip(together, dues, strict=True)),
    )
    if not due and command.statement_line:
        refuse(rules.MALFORMED, field="statement_line", due=0)
    require_available(state, buyer.id, deal.currency, missing)
    drawn = covering_lines(state, buyer.id, deal.currency, due, command.statement_line) if due else {}
    for each, part in zip(together, dues, strict=True):
        _into_escrow(turn, each, part, take_part(drawn, part), command.statement_line)
    return {"deal_id": deal.id, "state": deal.state}


def _into_escrow(turn: Turn, deal: Deal, due: int, drawn: dict[str, int], line_id: str) -> None:
    """What is due first of one deal, and what follows from it for a licence."""
    held = min(deal.deposit, due)
    draw(turn, deal, drawn)
    available, escrow = (deal.buyer, "available"), (deal.id, "escrow")
    earnest.count_toward_price(turn, deal)
    holds.post_part(turn, deal.id, deal.buyer, deal.currency, deal.deposit, held, escrow, "escrow_in")
    post(turn, available, escrow, deal.currency, due - held, deal.id, "escrow_in")
    deal.deposit = 0
    deal.statement_line = line_id
    turn.state.clear_deadline("fund_by", deal.id)
    advance(turn, deal, "funded", "fund_deal")
    if deal.deal_kind != "assignment":
        licences.grant(turn, deal)
        advance(turn, deal, "granted", "fund_deal")
        release(turn, deal)
    else:
        performance.begins(turn, deal)


def file_deal(turn: Turn, command: FileDeal) -> Result:
    """The filing package went to the office: an assignment for registration, a licence for recordal."""
    state = turn.state
    deal = deal_of(state, command.deal_id)
    require_text("filing_id", command.filing_id)
    disputes.deal_is_not_disputed(deal)
    rules_of_lots.buyer_has_chosen(state.listings[deal.listing_id], deal)
    right = state.rights[deal.right_id]
    if deal.deal_kind == "assignment":
        require_step(deal, "filed")
        civil_code.pledgees_consent(state, right, state.listings[deal.listing_id])
    elif deal.by_delivery or deal.licence_id not in state.licences or deal.filing_id:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="filed")
    if command.filing_id in state.filings:
        refuse(rules.FILING_ID_TAKEN, filing_id=command.filing_id)
    if deal.deal_kind == "assignment":
        right_may_pass(turn, deal)
    else:
        seller_may_dispose(turn, deal)
        export_control.export_is_filed_again(state, deal, turn.time_ms)
    sides_are_not_sanctioned(turn, deal)
    patent_law.fees_are_paid(state, right, turn.time_ms)
    export_control.export_is_certified(state, deal, turn.time_ms)
    licence_recordal.licence_is_not_recorded_twice(state, right, deal)
    patent_law.right_is_not_frozen(right)
    _package_is_the_deals(state, deal, command)
    state.add(filing_of(state, deal, command))
    deal.filing_id, deal.package = command.filing_id, command.package
    state.touch(deal)
    if deal.deal_kind == "assignment":
        performance.has_come(turn, deal)
        advance(turn, deal, "filed", "file_deal")
    return {"deal_id": deal.id, "state": deal.state, "filing_id": deal.filing_id}


def _package_is_the_deals(state: State, deal: Deal, command: FileDeal) -> None:
    """What is filed are the papers made from this deal."""
    papers = filing_package.digests_of(state, deal)
    if command.package != papers:
        differing = (name for name in sorted(papers) if papers[name] != command.package.get(name))
        refuse(rules.PACKAGE_DIFFERS, deal_id=deal.id, paper=next(differing, None))


def confirm_registration(turn: Turn, command: ConfirmRegistration) -> Result:
    """The register confirms: the holder of record changes, and the price is released; or a licence is recorded.

    While the register's last copy names neither seller nor buyer, or an ended right, neither title nor money moves: a
    newer copy cures it, or the office's refusal of the filing, which unwinds the deal.
    """
    deal, filing = _filed_deal(turn, command)
    if deal.licence_id is not None:
        licence = turn.state.licences.get(deal.licence_id)
        if licence is None or licence.recorded:
            refuse(rules.WRONG_STATE, deal_id=deal.id, state="RECORDED", step="confirm_registration")
        take_proof(turn.state, filing, command.proof_digest)
        deal.proof_digest = command.proof_digest
        turn.state.touch(deal)
        licences.record(turn, licence)
        return {"deal_id": deal.id, "licence_id": licence.id, "state": licence.state}
    require_answer(turn.state, deal, "registered")
    _title_may_pass(turn, deal)
    take_proof(turn.state, filing, command.proof_digest)
    deal.proof_digest = command.proof_digest
    take_answer(turn, deal, "registered", "confirm_registration")
    _change_holder(turn, deal)
    if deal.state == "DISPUTED":
        dispute = dispute_of(turn.state, deal)
        dispute.holds_release = True
        turn.state.touch(dispute)
    else:
        release(turn, deal)
    return {"deal_id": deal.id, "state": deal.state}


def refuse_registration(turn: Turn, command: RefuseRegistration) -> Result:
    """The register refuses an assignment: the deal is unwound. A refused licence recordal may be filed again."""
    deal, filing = _filed_deal(turn, command)
    require_text("reason_code", command.reason_code)
    if deal.licence_id is not None:
        licence = turn.state.licences.get(deal.licence_id)
        if licence is None or licence.recorded:
            refuse(rules.WRONG_STATE, deal_id=deal.id, state="RECORDED", step="refuse_registration")
        take_proof(turn.state, filing, command.proof_digest)
        deal.filing_id = ""
        turn.state.touch(deal)
    else:
        require_answer(turn.state, deal, "office_refused")
        take_proof(turn.state, filing, command.proof_digest)
        if deal.state == "DISPUTED":
            take_answer(turn, deal, "office_refused", command.reason_code)
        else:
            unwind(turn, deal, "office_refused", command.reason_code)
    return {"deal_id": deal.id, "state": deal.state}


def unwind_deal(turn: Turn, command: UnwindDeal) -> Result:
    """The operator unwinds a deal that is not before the office yet: from FILED its refusal alone leads back."""
    deal = deal_of(turn.state, command.deal_id)
    require_step(deal, "unwind")
    together = lots.bound(turn.state, deal)
    # Whoever could not sign yet, for want of a notice or of the answers to it, has kept nobody waiting.
    could_sign = not any(first_refusal.is_to_be_met(turn, each) for each in together)
    defaulted = unsigned_party(together) if command.ground == "breach" and could_sign else ""
    unwind(turn, deal, "unwind", command.ground, defaulted=defaulted)
    return {"deal_id": deal.id, "state": deal.state}


def deadline_passed(turn: Turn, deadline: Deadline) -> None:
    """Not signed, or not funded, in time: the deal is unwound, and its lot with it.

    Except where the buyer has signed what it had accepted under a standing offer: its seller is bound, and does not
    come free by waiting.
    """
    deal = turn.state.deals[deadline.subject_id]
    if deal.buyer_signature and came_of(turn.state.offers.get(deal.listing_id), deal):
        return
    if lots.held_up(turn.state, deal):
        # Nobody can sign or pay for the lot before that dispute has ended.
        due_ms = working_days.end_of(turn.state.venue, turn.time_ms, lots.WORKING_DAYS_HELD_UP)
        clocks.set_clock(turn, deal, deadline.what, deal.id, due_ms)
        return
    together = lots.bound(turn.state, deal)
    defaulted = deal.buyer if deadline.what == "fund_by" else unsigned_party(together)
    if any(first_refusal.is_owed_a_notice(turn, each) for each in together):
        defaulted = deal.seller
    unwind(turn, deal, "unwind", f"{deadline.what}_passed", defaulted=defaulted)


def _filed_deal(turn: Turn, command: ConfirmRegistration | RefuseRegistration) -> tuple[Deal, Filing]:
    deal = deal_of(turn.state, command.deal_id)
    if not _DIGEST.fullmatch(command.proof_digest):
        refuse(rules.MALFORMED, field="proof_digest")
    if not SIGNATURE.fullmatch(command.proof_signature):
        refuse(rules.MALFORMED, field="proof_signature")
    return deal, require_outcome(turn, deal, command)


def _title_may_pass(turn: Turn, deal: Deal) -> None:
    """The seller can still give what the deal gives; a copy that shows the outcome already names the buyer."""
    right = turn.state.rights[deal.right_id]
    if right.holder_of_record == (_sole_holder(turn, deal),):
        patent_law.right_is_alive(right, turn.time_ms)
    else:
        seller_may_dispose(turn, deal)


def _sole_holder(turn: Turn, deal: Deal) -> Holder:
    return Holder(company_number=turn.state.parties[deal.buyer].company_number)


def _change_holder(turn: Turn, deal: Deal) -> None:
    state = turn.state
    right = state.rights[deal.right_id]
    right.holder_of_record = (_sole_holder(turn, deal),)
    right.register_as_of_ms = turn.time_ms
    if state.venue.engine >= exchanges.SINCE_ENGINE:
        right.bought_ms = turn.time_ms
    change_witnessed_holders(turn, right, deal.id, deal.proof_digest)


HANDLERS: Handlers = {
    SignDeal: sign_deal,
    SignAgreement: sign_agreement,
    CancelDeal: cancel_deal,
    ReportChainRecord: report_chain_record,
    FundDeal: fund_deal,
    FileDeal: file_deal,
    ConfirmRegistration: confirm_registration,
    RefuseRegistration: refuse_registration,
    ConfirmDelivery: confirm_delivery,
    UnwindDeal: unwind_deal,
}
DEADLINES = {
    "sign_by": deadline_passed,
    "fund_by": deadline_passed,
    **licences.DEADLINES,
    **exports.DEADLINES,
    **performance.DEADLINES,
    **first_refusal.DEADLINES,
}
