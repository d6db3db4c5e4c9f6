"""An operator's client."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET, UnsetType

from api.calls.acknowledgements import Acknowledgement
from api.calls.checks import CheckCalls
from api.calls.encumbrance_desk import EncumbranceDesk
from api.calls.evidence import LegalHoldCalls
from api.calls.first_refusals import RefusalDesk
from api.calls.objections import DocumentCalls
from api.calls.party_desk import PartyDesk
from exchange.commands import (
    AnyCommand,
    ApprovalTerms,
    ApproveListing,
    ApprovePayment,
    AssignSuspense,
    CalendarPlace,
    ClassifyExport,
    CoOwnerConsentTerms,
    EraseSealedPart,
    ExportClass,
    FileDeal,
    HaltGround,
    HaltTrading,
    Holder,
    HoldingTerms,
    JumpClock,
    LodgeCoOwnerConsent,
    QualifyBidder,
    RecordExchangeRate,
    RecordHolding,
    RecordScores,
    RecordTradingAuthorisation,
    RejectListing,
    ResumeReleases,
    ResumeTrading,
    ReturnSuspense,
    ScoreSheet,
    ScoreTerms,
    SetCalendar,
    SetFeeSchedule,
    TieFamily,
    UnwindDeal,
    WithdrawalTerms,
    WithdrawFees,
    WithdrawTradingAuthorisation,
)
from exchange.money.amount import Currency
from exchange.parties import VENUE_ACTOR
from exchange.recoveries import PAPERS_LABEL
from ledger.bank import approve, instruction_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from api.calls.recoveries import RecoveryRequest


class OperatorClient(CheckCalls, DocumentCalls, EncumbranceDesk, RefusalDesk, LegalHoldCalls, PartyDesk):
    """An operator's client: every command is signed by a named operator and says why."""

    @property
    def actor(self) -> str:
        """The venue."""
        return VENUE_ACTOR

    def propose_recovery(self, request: RecoveryRequest, reason: str) -> Acknowledgement:
        """A party has lost its key: another one, which has signed the request, is to take its place."""
        return self.give(
            f"/v1/parties/{request.party_id}/recoveries",
            request.command(),
            parts={PAPERS_LABEL: request.opening, "reason": reason},
            in_path=("party_id",),
        )

    def classify_export(self, right_id: str, export_class: ExportClass, reason: str) -> Acknowledgement:
        """Find the technology's export class."""
        command = ClassifyExport(right_id=right_id, export_class=export_class)
        return self._reasoned(f"/v1/rights/{right_id}/export-class", command, reason, "right_id")

    def record_holding(
        self, right_id: str, holders: Sequence[Holder], undertaking: object, reason: str
    ) -> Acknowledgement:
        """Find who holds a right that no register keeps; what is said of the undertaking is sealed and erasable."""
        return self.give(
            f"/v1/rights/{right_id}/holding",
            RecordHolding(right_id=right_id),
            terms=HoldingTerms(holders=tuple(holders)),
            parts={"undertaking": undertaking, "reason": reason},
            in_path=("right_id",),
        )

    def tie_family(self, family_id: str, right_ids: Sequence[str], reason: str) -> Acknowledgement:
        """Find which rights are of one family."""
        command = TieFamily(family_id=family_id, right_ids=tuple(right_ids))
        return self._reasoned("/v1/families", command, reason)

    def lodge_co_owner_consent(
        self, listing_id: str, company_number: str, consent: object, reason: str
    ) -> Acknowledgement:
        """Lodge a co-owner's written consent to a listing, sealed and erasable."""
        return self.give(
            f"/v1/listings/{listing_id}/co-owner-consents/papers",
            LodgeCoOwnerConsent(listing_id=listing_id),
            terms=CoOwnerConsentTerms(company_number=company_number),
            parts={"consent": consent, "reason": reason},
            in_path=("listing_id",),
        )

    def approve_listing(self, listing_id: str, reason: str) -> Acknowledgement:
        """Open a listing, or start its public notice."""
        command = ApproveListing(listing_id=listing_id)
        return self._reasoned(f"/v1/listings/{listing_id}/approval", command, reason, "listing_id")

    def record_scores(self, listing_id: str, sheets: Sequence[ScoreSheet], reason: str) -> Acknowledgement:
        """The evaluation committee's sheets of a tender; the award follows from them."""
        return self.give(
            f"/v1/listings/{listing_id}/scores",
            RecordScores(listing_id=listing_id),
            terms=ScoreTerms(sheets=tuple(sheets)),
            parts={"reason": reason},
            in_path=("listing_id",),
        )

    def reject_listing(self, listing_id: str, reason: str) -> Acknowledgement:
        """Send a listing back."""
        command = RejectListing(listing_id=listing_id)
        return self._reasoned(f"/v1/listings/{listing_id}/rejection", command, reason, "listing_id")

    def qualify_bidder(self, listing_id: str, party_id: str, reason: str) -> Acknowledgement:
        """Qualify a registered bidder."""
        path = f"/v1/listings/{listing_id}/bidders/{party_id}/qualification"
        command = QualifyBidder(listing_id=listing_id, party_id=party_id)
        return self._reasoned(path, command, reason, "listing_id", "party_id")

    def file_deal(
        self, deal_id: str, filing_id: str, package: Mapping[str, str], reason: str, words: object = None
    ) -> Acknowledgement:
        """The filing package went to the office: digests of its papers by name."""
        command = FileDeal(deal_id=deal_id, filing_id=filing_id, package=dict(package))
        parts = {"reason": reason} if words is None else {"reason": reason, "package": words}
        return self.give(f"/v1/deals/{deal_id}/filing", command, parts=parts, in_path=("deal_id",))

    def unwind_deal(self, deal_id: str, ground: str, reason: str) -> Acknowledgement:
        """Unwind a deal before its terminal step."""
        command = UnwindDeal(deal_id=deal_id, ground=ground)  # type: ignore[arg-type]  # the venue checks the word
        return self._reasoned(f"/v1/deals/{deal_id}/unwinding", command, reason, "deal_id")

    def approve_payment(self, payment_id: str, reason: str) -> Acknowledgement:
        """Approve a payment, to the venue and to the bank, after looking it up."""
        payment = next(found for found in self.payments() if found.id == payment_id)
        instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
        approval = approve(instruction, self.giver.trust.bank, self.giver.key)
        return self.give(
            f"/v1/payments/{payment_id}/approval",
            ApprovePayment(payment_id=payment_id),
            terms=ApprovalTerms(bank_approval=approval.signature),
            parts={"reason": reason},
            in_path=("payment_id",),
        )

    def resume_releases(self, currency: Currency, reason: str) -> Acknowledgement:
        """Payments of a currency may go on; the second operator's word does it."""
        return self._reasoned("/v1/operator/releases", ResumeReleases(currency=currency), reason)

    def assign_suspense(self, line_id: str, party_id: str, reason: str) -> Acknowledgement:
        """A credit that named nobody is a party's, or covers an unexplained debit (`venue`); two operators say so."""
        command = AssignSuspense(line_id=line_id, party_id=party_id)
        return self._reasoned(f"/v1/operator/suspense/{line_id}/assignment", command, reason, "line_id")

    def return_suspense(self, line_id: str, reason: str) -> Acknowledgement:
        """A credit that named nobody goes back to its payer, by a payment that two operators approve."""
        command = ReturnSuspense(line_id=line_id)
        return self._reasoned(f"/v1/operator/suspense/{line_id}/return", command, reason, "line_id")

    def withdraw_fees(self, currency: Currency, amount: int, reason: str) -> Acknowledgement:
        """Fees (minor units) are paid out to the venue, by a payment that two operators approve."""
        terms = WithdrawalTerms(currency=currency, amount=amount)
        return self.give("/v1/operator/fees", WithdrawFees(), terms=terms, parts={"reason": reason})

    def set_fee_schedule(self, schedule: SetFeeSchedule, reason: str) -> Acknowledgement:
        """Other fees for listings that open from now on."""
        return self.give("/v1/operator/fee-schedules", schedule, parts={"reason": reason})

    def record_exchange_rate(self, rate: RecordExchangeRate, reason: str) -> Acknowledgement:
        """A rate that a monetary authority has published."""
        return self.give("/v1/operator/exchange-rates", rate, parts={"reason": reason})

    def jump_clock(self, to_ms: int, reason: str) -> Acknowledgement:
        """Move the demonstration clock."""
        given = self._reasoned("/v1/operator/clock", JumpClock(to_ms=to_ms), reason)
        self.giver.venue_time_ms(ask=True)
        return given

    def set_calendar(
        self,
        closed_days: Sequence[str],
        reason: str,
        working_weekends: Sequence[str] = (),
        place: CalendarPlace | UnsetType = UNSET,
    ) -> Acknowledgement:
        """Replace the calendar of the venue's own place, or of another."""
        command = SetCalendar(
            closed_days=tuple(closed_days), working_weekends=tuple(working_weekends), place=place
        )
        return self._reasoned("/v1/operator/calendar", command, reason)

    def authorise_trading(self, ground: str, document: object, reason: str) -> Acknowledgement:
        """Record what lets this venue trade continuously; what is said of the document is sealed and erasable."""
        command = RecordTradingAuthorisation(ground=ground)  # type: ignore[arg-type]  # the venue checks the word
        parts = {"reason": reason, "document": document}
        return self.give("/v1/operator/trading-authorisation", command, parts=parts)

    def stop_trading(self, reason: str) -> Acknowledgement:
        """What let this venue trade continuously holds no more."""
        path = "/v1/operator/trading-authorisation/withdrawal"
        return self._reasoned(path, WithdrawTradingAuthorisation(), reason)

    def halt_trading(self, ground: HaltGround, reason: str) -> Acknowledgement:
        """Sign for a halt of trading; the second operator's signature for the same ground does it."""
        return self._reasoned("/v1/operator/trading-halt", HaltTrading(ground=ground), reason)

    def resume_trading(self, reason: str) -> Acknowledgement:
        """Sign for trading to go on; the second operator's signature does it."""
        return self._reasoned("/v1/operator/trading-halt/resumption", ResumeTrading(), reason)

    def erase(self, entry: int, label: str, ground: str, reason: str) -> Acknowledgement:
        """Erase an erasable part; commitments and proofs stay."""
        command = EraseSealedPart(entry=entry, label=label, ground=ground)  # type: ignore[arg-type]  # the venue checks the word
        return self._reasoned("/v1/operator/erasures", command, reason)

    def upload_rights(self, content: bytes, media_type: str, *, idempotency_key: str) -> dict[str, Any]:
        """Upload a file of rights; the service signs its rows."""
        answer: dict[str, Any] = self.transport.upload(
            "/v1/rights/imports", content, media_type, idempotency_key
        )
        return answer

    def _reasoned(self, path: str, command: AnyCommand, reason: str, *in_path: str) -> Acknowledgement:
        return self.give(path, command, parts={"reason": reason}, in_path=in_path)
