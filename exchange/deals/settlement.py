"""Settlement: signatures, chain record, escrow, filing, registration or delivery, release and payout, and the way out.

The holder changes when the register confirms, and nowhere else; the price is paid to the cent: escrow in = paid out +
fees + refunds.
"""

from __future__ import annotations

import re

from exchange import keys, offers, recoveries
from exchange.bounds import LONGEST_TEXT, LONGEST_TRANSACTION, SIGNATURE, require_text
from exchange.calendar import MS_PER_SECOND, end_of_working_day
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
from exchange.deals import acceptances, licences
from exchange.deals.agreement import agreement_digest
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.deals.filing import filing_of, require_outcome, take_proof
from exchange.deals.release import release
from exchange.deals.steps import advance, deal_of, require_step
from exchange.deals.unwinding import cancel_deal, unwind
from exchange.events import ChainRecordReported, DealSigned, DeliveryConfirmed
from exchange.listings.checks import deal_may_be_signed, licence_may_be_granted, seller_may_dispose
from exchange.money.accounts import post, require_available
from exchange.money.lines import covering_lines, draw
from exchange.parties import active_actor
from exchange.rights.register import change_witnessed_holders, witness
from exchange.rows import Deadline, Deal, Filing
from exchange.rules import civil_code, patent_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms import filing_package
from exchange.terms.offer_terms import came_of
from exchange.turn import Handlers, Result, Turn

WORKING_DAYS_TO_FUND = 5
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

    Under a standing offer the seller's signature is there already, and the buyer signs its acceptance. `digest` is of
    what was signed, which must be what is to be signed.
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
    deal_may_be_signed(turn, deal)
    keys.require_live(state, party.id, deal.seller_key if is_seller else deal.buyer_key)
    wanted = agreement_digest(deal, acceptances.offer_of(state, deal), keys.counters(state, deal))
    if digest not in {None, wanted}:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="signed", agreement_digest=wanted)
    if is_seller:
        deal.seller_signature = command.deal_signature
    else:
        deal.buyer_signature = command.deal_signature
    state.touch(deal)
    complete = bool(deal.seller_signature and deal.buyer_signature)
    turn.emit(DealSigned(deal_id=deal.id, party_id=party.id, complete=complete))
    if complete:
        state.clear_deadline("sign_by", deal.id)
        if not deal.by_delivery:
            witness(turn, state.rights[deal.right_id])
        advance(turn, deal, "signed", "sign_deal")
        acceptances.complete_withdrawal(turn, deal.listing_id)
    return {"deal_id": deal.id, "state": deal.state}


def report_chain_record(turn: Turn, command: ReportChainRecord) -> Result:
    """A deal goes on when its chain record is final.

    Refused, it waits for fresh signatures on the same contract, for as long as they take: what the parties have signed
    binds them whatever a chain does, so no clock unwinds it.
    """
    require_text("subject_id", command.subject_id, 2 * LONGEST_TEXT)
    if len(command.transaction) > LONGEST_TRANSACTION:
        refuse(rules.MALFORMED, field="transaction", longest=LONGEST_TRANSACTION)
    if command.record == "deal":
        deal = deal_of(turn.state, command.subject_id)
        event = "witnessed" if command.outcome == "final" else "chain_refused"
        require_step(deal, event)
        deal.chain_transaction = command.transaction
        if event == "chain_refused":
            if acceptances.offer_of(turn.state, deal) is not None:
                acceptances.leave(turn, deal, event)
            deal.seller_signature = deal.buyer_signature = ""
            deal.deadline_s = (turn.time_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND
        else:
            venue = turn.state.venue
            due_ms = end_of_working_day(
                turn.time_ms, WORKING_DAYS_TO_FUND, venue.closed_days, venue.working_weekends
            )
            # A payment date of the contract: it runs on through an outage of the venue.
            turn.state.set_deadline("fund_by", deal.id, due_ms, venue_clock=False)
        advance(turn, deal, event, "report_chain_record")
    elif command.record == "key" and command.outcome == "refused":
        keys.refused_by_chain(turn, command.subject_id)
    elif command.record == "offer" and command.outcome == "refused":
        offers.refused_by_chain(turn, command.subject_id)
    elif command.record in {"recovery", "recovery_veto"}:
        recoveries.reported(turn, command)
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
    """The buyer's price goes into escrow: what is held already, and the rest from its available balance."""
    state = turn.state
    deal = deal_of(state, command.deal_id)
    buyer = active_actor(turn)
    if buyer.id != deal.buyer:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=buyer.id)
    require_step(deal, "funded")
    if deal.deal_kind == "assignment":
        seller_may_dispose(turn, deal)
    else:
        licence_may_be_granted(turn, deal)
    rest = deal.price - deal.deposit
    require_available(state, buyer.id, deal.currency, rest)
    drawn = covering_lines(state, deal, command.statement_line)
    draw(turn, deal, drawn)
    post(turn, (buyer.id, "deposit"), (deal.id, "escrow"), deal.currency, deal.deposit, deal.id, "escrow_in")
    post(turn, (buyer.id, "available"), (deal.id, "escrow"), deal.currency, rest, deal.id, "escrow_in")
    deal.deposit = 0
    deal.statement_line = command.statement_line
    state.clear_deadline("fund_by", deal.id)
    advance(turn, deal, "funded", "fund_deal")
    if deal.deal_kind != "assignment":
        licences.grant(turn, deal)
        advance(turn, deal, "granted", "fund_deal")
        release(turn, deal)
    return {"deal_id": deal.id, "state": deal.state}


def file_deal(turn: Turn, command: FileDeal) -> Result:
    """The filing package went to the office: an assignment for registration, a licence for recordal."""
    state = turn.state
    deal = deal_of(state, command.deal_id)
    require_text("filing_id", command.filing_id)
    right = state.rights[deal.right_id]
    if deal.deal_kind == "assignment":
        require_step(deal, "filed")
        civil_code.pledgees_consent(state, right, state.listings[deal.listing_id])
    elif deal.by_delivery or deal.licence_id not in state.licences or deal.filing_id:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="filed")
    if command.filing_id in state.filings:
        refuse(rules.FILING_ID_TAKEN, filing_id=command.filing_id)
    seller_may_dispose(turn, deal)
    patent_law.fees_are_paid(right)
    patent_law.right_is_not_frozen(right)
    _package_is_the_deals(state, deal, command)
    state.add(filing_of(state, deal, command))
    deal.filing_id, deal.package = command.filing_id, command.package
    state.touch(deal)
    if deal.deal_kind == "assignment":
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
    require_step(deal, "registered")
    _title_may_pass(turn, deal)
    take_proof(turn.state, filing, command.proof_digest)
    deal.proof_digest = command.proof_digest
    advance(turn, deal, "registered", "confirm_registration")
    _change_holder(turn, deal)
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
        require_step(deal, "office_refused")
        take_proof(turn.state, filing, command.proof_digest)
        unwind(turn, deal, "office_refused", command.reason_code)
    return {"deal_id": deal.id, "state": deal.state}


def confirm_delivery(turn: Turn, command: ConfirmDelivery) -> Result:
    """Both parties name the same signed delivery record: the result has passed, and the price is released."""
    deal = deal_of(turn.state, command.deal_id)
    party = active_actor(turn)
    if party.id not in {deal.seller, deal.buyer}:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=party.id)
    require_step(deal, "delivered")
    seller_may_dispose(turn, deal)
    if not _DIGEST.fullmatch(command.delivery_digest):
        refuse(rules.MALFORMED, field="delivery_digest")
    if party.id == deal.seller:
        deal.seller_delivery = command.delivery_digest
    else:
        deal.buyer_delivery = command.delivery_digest
    turn.state.touch(deal)
    turn.emit(DeliveryConfirmed(deal_id=deal.id, party_id=party.id, delivery_digest=command.delivery_digest))
    if deal.seller_delivery == deal.buyer_delivery:
        deal.proof_digest = deal.seller_delivery
        right = turn.state.rights[deal.right_id]
        right.delivered_to = deal.buyer
        turn.state.touch(right)
        advance(turn, deal, "delivered", "confirm_delivery")
        release(turn, deal)
    return {"deal_id": deal.id, "state": deal.state}


def unwind_deal(turn: Turn, command: UnwindDeal) -> Result:
    """The operator unwinds a deal that is not before the office yet: from FILED its refusal alone leads back."""
    deal = deal_of(turn.state, command.deal_id)
    require_step(deal, "unwind")
    unwind(turn, deal, "unwind", command.ground)
    return {"deal_id": deal.id, "state": deal.state}


def deadline_passed(turn: Turn, deadline: Deadline) -> None:
    """Not signed, or not funded, in time: the deal is unwound.

    Except where the buyer has signed what it had accepted under a standing offer: its seller is bound, and does not
    come free by waiting.
    """
    deal = turn.state.deals[deadline.subject_id]
    if deal.buyer_signature and came_of(turn.state.offers.get(deal.listing_id), deal):
        return
    unwind(turn, deal, "unwind", f"{deadline.what}_passed")


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
DEADLINES = {"sign_by": deadline_passed, "fund_by": deadline_passed, **licences.DEADLINES}
