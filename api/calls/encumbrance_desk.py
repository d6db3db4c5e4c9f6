"""What operators record of disputes, freezes and pledges."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from api.calls.base import GivingClient
from exchange.commands import (
    DepositTerms,
    EnforcePledge,
    ExtendFreeze,
    FilePledge,
    HandInPledge,
    LiftFreeze,
    LodgePledgeConsent,
    OrderReverseDeal,
    PledgeConsentTerms,
    RaiseDispute,
    RecordDisputeOutcome,
    RecordFreeze,
    RecordPledgeRefusal,
    ReleaseDeposit,
    ReverseDealTerms,
)

if TYPE_CHECKING:
    from api.calls.acknowledgements import Acknowledgement


class EncumbranceDesk(GivingClient):
    """The calls of operators.

    Digests are SHA-256 (hex) of the document; references and reasons are sealed and erasable.
    """

    def record_dispute(  # noqa: PLR0913 - what a dispute consists of
        self, deal_id: str, ground: str, body: str, reference: str, document_digest: str, reason: str
    ) -> Acknowledgement:
        """Bring a deal into dispute on a reference of an arbitral tribunal, a court or an office."""
        command = RaiseDispute(
            deal_id=deal_id,
            ground=ground,  # type: ignore[arg-type]  # the venue checks the word
            body=body,  # type: ignore[arg-type]  # the venue checks the word
            document_digest=document_digest,
        )
        parts = {"reference": reference, "reason": reason}
        return self.give(f"/v1/deals/{deal_id}/disputes", command, parts=parts, in_path=("deal_id",))

    def record_dispute_outcome(  # noqa: PLR0913 - what an outcome consists of
        self,
        dispute_id: str,
        outcome: str,
        document_digest: str,
        reason: str,
        reverse_deal: str | None = None,
        *,
        defaulted: str | None = None,
    ) -> Acknowledgement:
        """The deal goes on (`resume`), is unwound (`unwind`), or another has undone it (`reverse_deal`).

        `terminate_licence` ends the licence in force. `defaulted`: of an unwinding, the party that was found not to
        have performed.
        """
        command = RecordDisputeOutcome(
            dispute_id=dispute_id,
            outcome=outcome,  # type: ignore[arg-type]  # the venue checks the word
            document_digest=document_digest,
            reverse_deal=reverse_deal,
            defaulted=UNSET if defaulted is None else defaulted,
        )
        path = f"/v1/disputes/{dispute_id}/outcome"
        return self.give(path, command, parts={"reason": reason}, in_path=("dispute_id",))

    def order_reverse_deal(
        self, dispute_id: str, price: int, document_digest: str, reason: str
    ) -> Acknowledgement:
        """The outcome has the right given back, for `price` minor units: the deal that does so is drawn up."""
        command = OrderReverseDeal(dispute_id=dispute_id, document_digest=document_digest)
        path = f"/v1/disputes/{dispute_id}/reverse-deal"
        terms = ReverseDealTerms(price=price)
        return self.give(path, command, terms=terms, parts={"reason": reason}, in_path=("dispute_id",))

    def record_freeze(  # noqa: PLR0913 - what a freeze consists of
        self,
        right_id: str,
        ground: str,
        reference: str,
        document_digest: str,
        since_ms: int,
        reason: str,
        *,
        until_ms: int | None = None,
    ) -> Acknowledgement:
        """A notice or order has frozen a right; `until_ms` is the court's date."""
        command = RecordFreeze(
            right_id=right_id,
            ground=ground,  # type: ignore[arg-type]  # the venue checks the word
            document_digest=document_digest,
            since_ms=since_ms,
            until_ms=until_ms,
        )
        parts = {"reference": reference, "reason": reason}
        return self.give(f"/v1/rights/{right_id}/freezes", command, parts=parts, in_path=("right_id",))

    def extend_freeze(
        self, freeze_id: str, until_ms: int, document_digest: str, reason: str
    ) -> Acknowledgement:
        """A freeze lasts longer."""
        command = ExtendFreeze(freeze_id=freeze_id, until_ms=until_ms, document_digest=document_digest)
        path = f"/v1/freezes/{freeze_id}/extension"
        return self.give(path, command, parts={"reason": reason}, in_path=("freeze_id",))

    def lift_freeze(self, freeze_id: str, document_digest: str, reason: str) -> Acknowledgement:
        """A freeze was lifted."""
        command = LiftFreeze(freeze_id=freeze_id, document_digest=document_digest)
        path = f"/v1/freezes/{freeze_id}/lifting"
        return self.give(path, command, parts={"reason": reason}, in_path=("freeze_id",))

    def file_pledge(
        self, pledge_id: str, filing_id: str, package_digest: str, reason: str
    ) -> Acknowledgement:
        """The application for a pledge's registration went to an office without an adapter."""
        command = FilePledge(pledge_id=pledge_id, filing_id=filing_id, package_digest=package_digest)
        path = f"/v1/pledges/{pledge_id}/filing"
        return self.give(path, command, parts={"reason": reason}, in_path=("pledge_id",))

    def hand_in_pledge(
        self, pledge_id: str, filing_id: str, document_digest: str, reason: str
    ) -> Acknowledgement:
        """Registration, change or discharge goes to the office; the digest is of the parties' own paper."""
        command = HandInPledge(pledge_id=pledge_id, filing_id=filing_id, document_digest=document_digest)
        path = f"/v1/pledges/{pledge_id}/hand-in"
        return self.give(path, command, parts={"reason": reason}, in_path=("pledge_id",))

    def lodge_pledge_consent(
        self, pledge_id: str, company_number: str, contract_digest: str, consent: object, reason: str
    ) -> Acknowledgement:
        """Lodge a written consent to the contract, or the change, of this digest: sealed and erasable."""
        return self.give(
            f"/v1/pledges/{pledge_id}/consents/papers",
            LodgePledgeConsent(pledge_id=pledge_id, contract_digest=contract_digest),
            terms=PledgeConsentTerms(company_number=company_number),
            parts={"consent": consent, "reason": reason},
            in_path=("pledge_id",),
        )

    def record_pledge_refusal(
        self, pledge_id: str, reason_code: str, document_digest: str, reason: str
    ) -> Acknowledgement:
        """The office has refused what was asked of it last."""
        command = RecordPledgeRefusal(
            pledge_id=pledge_id, reason_code=reason_code, document_digest=document_digest
        )
        path = f"/v1/pledges/{pledge_id}/refusal"
        return self.give(path, command, parts={"reason": reason}, in_path=("pledge_id",))

    def release_deposit(
        self, deposit_id: str, ground: str, amount: int, document_digest: str, reason: str
    ) -> Acknowledgement:
        """Find who is entitled to a deposit: `joined`, `debt_due` or `discharged`; takes two operators."""
        command = ReleaseDeposit(
            deposit_id=deposit_id,
            ground=ground,  # type: ignore[arg-type]  # the venue checks the word
            document_digest=document_digest,
        )
        path = f"/v1/deposits/{deposit_id}/release"
        terms = DepositTerms(amount=amount)
        return self.give(path, command, terms=terms, parts={"reason": reason}, in_path=("deposit_id",))

    def enforce_pledge(
        self, pledge_id: str, ground: str, reference: str, document_digest: str, reason: str
    ) -> Acknowledgement:
        """A pledge is enforced, by `agreement` or `court_order`."""
        command = EnforcePledge(
            pledge_id=pledge_id,
            ground=ground,  # type: ignore[arg-type]  # the venue checks the word
            document_digest=document_digest,
        )
        path = f"/v1/pledges/{pledge_id}/enforcement"
        parts = {"reference": reference, "reason": reason}
        return self.give(path, command, parts=parts, in_path=("pledge_id",))
