"""The Python client: `Client` for companies, `OperatorClient` for the venue's operators.

    with Client("http://127.0.0.1:8000", key=PrivateKey.generate()) as client:
        applied = client.apply(roles=("buyer",), jurisdiction="CN", company_number="…", profile={"name": "…"})

Each signs with its own key, repeats what got no answer under the same Idempotency-Key, checks every receipt, and keeps
a log of acknowledgements if it is given one. Amounts are minor units, times ms UTC. Every method raises
`VenueProblem`, `VenueUnreachable`, `ReceiptRefused` or `ReceiptMismatch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.calls import importing
from api.calls.acknowledgements import Acknowledgement, AcknowledgementLog, read_log
from api.calls.deal_check import DealMismatch, deal_signature
from api.calls.giving import CommandGiver, ReceiptMismatch, Trust
from api.calls.reading import Reading
from api.calls.transport import Transport, VenueProblem, VenueUnreachable
from api.money.approvals import instruction_of
from exchange.commands import (
    AcceptBid,
    AcceptPrice,
    AmendBid,
    AnyCommand,
    ApplyParty,
    AppointAgent,
    ApprovalTerms,
    ApproveListing,
    ApproveParty,
    ApprovePayment,
    BidTerms,
    Category,
    ClassifyExport,
    ConfirmDelivery,
    ConsentToDeal,
    DismissAgent,
    EraseSealedPart,
    ExportClass,
    FileDeal,
    FundDeal,
    IssueApiKey,
    JumpClock,
    Jurisdiction,
    LeaveListing,
    ListingTerms,
    PartyTerms,
    PlaceBid,
    QualifyBidder,
    RecordAffiliation,
    RegisterBidder,
    RejectListing,
    RequestWithdrawal,
    ResumeReleases,
    Role,
    SetCalendar,
    SignDeal,
    SubmitListing,
    SuspendParty,
    Terms,
    UnwindDeal,
    WithdrawalTerms,
    WithdrawBid,
    WithdrawListing,
)
from exchange.money.amount import Currency, format_amount
from exchange.parties import VENUE_ACTOR
from ledger.bank import approve
from ledger.receipts import ReceiptRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    import httpx

    from api.cli.import_command import SubmitOutcome
    from api.rights.imports.report import ImportedRight
    from ledger.signatures import PrivateKey

__all__ = [
    "Acknowledgement",
    "AcknowledgementLog",
    "Client",
    "DealMismatch",
    "OperatorClient",
    "ReceiptMismatch",
    "ReceiptRefused",
    "Trust",
    "VenueProblem",
    "VenueUnreachable",
    "read_log",
]

APPLICANT = "applicant"


class _Base(Reading):
    """What companies and operators have in common."""

    def __init__(  # noqa: PLR0913 - what a client consists of, by name
        self,
        base_url: str,
        api_key: str | None = None,
        key: PrivateKey | None = None,
        *,
        trust: Trust | None = None,
        log: AcknowledgementLog | None = None,
        language: str = "en",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect to the venue at `base_url`; `trust` pins its keys, else its own word is taken at first."""
        super().__init__(Transport(base_url, api_key, language=language, transport=transport))
        self.key = key
        self._giver = None if key is None else CommandGiver(self.transport, key, trust=trust, log=log)

    @property
    def giver(self) -> CommandGiver:
        """What signs and sends.

        Raises:
            ValueError: the client was made without a key, to read only.
        """
        if self._giver is None:
            message = "this client has no key: it only reads; give it the company's own key"
            raise ValueError(message)
        return self._giver

    @property
    def actor(self) -> str:
        """As whom commands are given."""
        raise NotImplementedError

    def give(  # noqa: PLR0913 - what a command consists of
        self,
        path: str,
        command: AnyCommand,
        *,
        terms: Terms | None = None,
        parts: Mapping[str, Any] | None = None,
        in_path: tuple[str, ...] = (),
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Sign and send any command; the methods below say what to whom."""
        given, _ = self.giver.give(
            self.actor,
            path,
            command,
            terms=terms,
            parts=parts,
            in_path=in_path,
            idempotency_key=idempotency_key,
        )
        return given

    def submit_rights(self, rows: Sequence[ImportedRight]) -> Sequence[SubmitOutcome]:
        """Give each row's `ImportRight`, a few at once; the same rows again change nothing."""
        last_entry: int = self.transport.get("/v1/time")["last_entry"]
        return importing.submit_rights(self.give, rows, last_entry)

    def simulated_credit(
        self, party_id: str, currency: Currency, amount: int, *, idempotency_key: str
    ) -> dict[str, Any]:
        """Pay money in at the simulated bank; gives its line id, which the venue matches a moment later."""
        body = {"party_id": party_id, "currency": currency, "amount": format_amount(amount)}
        answer: dict[str, Any] = self.transport.post("/v1/simulation/bank-credits", body, idempotency_key)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def __enter__(self) -> Self:
        """Give the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()


class Client(_Base):
    """A company's client. `key` is the company's own, or an agent's under its mandate."""

    _party_id: str | None = None

    @property
    def party_id(self) -> str:
        """The company's party id, asked for once."""
        if self._party_id is None:
            self._party_id = self.own_party().id
        return self._party_id

    @property
    def actor(self) -> str:
        """The company's party id."""
        return self.party_id

    def apply(  # noqa: PLR0913 - what an application consists of
        self,
        *,
        roles: Sequence[Role],
        jurisdiction: Jurisdiction,
        company_number: str,
        profile: Mapping[str, Any],
        category: Category = "company",
        authorisation_letter: str | None = None,
        idempotency_key: str | None = None,
    ) -> tuple[Acknowledgement, str | None]:
        """Apply with this client's key. Gives the API key too, once; the client uses it from now on."""
        parts: dict[str, Any] = {"profile": dict(profile)}
        if authorisation_letter is not None:
            parts["authorisation_letter"] = authorisation_letter
        given, answer = self.giver.give(
            APPLICANT,
            "/v1/parties",
            ApplyParty(roles=tuple(roles), jurisdiction=jurisdiction, key=self.giver.key.address),
            terms=PartyTerms(company_number=company_number, category=category),
            parts=parts,
            idempotency_key=idempotency_key,
        )
        self._party_id = given.result["party_id"]
        return given, self._use(answer)

    def issue_api_key(
        self, party_id: str, *, idempotency_key: str | None = None
    ) -> tuple[Acknowledgement, str | None]:
        """Replace the API key; the company's signature is enough."""
        given, answer = self.giver.give(
            party_id, f"/v1/parties/{party_id}/api-keys", IssueApiKey(), idempotency_key=idempotency_key
        )
        self._party_id = party_id
        return given, self._use(answer)

    def appoint_agent(
        self, key: str, scope: Sequence[str], until_ms: int, authorisation_letter: str
    ) -> Acknowledgement:
        """Let another key act under a mandate."""
        return self.give(
            f"/v1/parties/{self.party_id}/agents",
            AppointAgent(key=key, scope=tuple(scope), until_ms=until_ms),  # type: ignore[arg-type]  # the venue checks the words
            parts={"authorisation_letter": authorisation_letter},
        )

    def dismiss_agent(self, key: str) -> Acknowledgement:
        """End an agent's mandate at once."""
        return self.give(f"/v1/parties/{self.party_id}/agents/dismissal", DismissAgent(key=key))

    def submit_listing(
        self,
        listing: SubmitListing,
        terms: ListingTerms,
        *,
        description: str | None = None,
        undertaking: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Offer a right."""
        words = {"description": description, "undertaking": undertaking}
        parts = {label: text for label, text in words.items() if text is not None}
        return self.give("/v1/listings", listing, terms=terms, parts=parts, idempotency_key=idempotency_key)

    def withdraw_listing(self, listing_id: str) -> Acknowledgement:
        """Take a listing back."""
        return self._on_listing(listing_id, "withdrawal", WithdrawListing(listing_id=listing_id))

    def consent(self, listing_id: str) -> Acknowledgement:
        """Consent as a pledgee (Civil Code Art. 444)."""
        return self._on_listing(listing_id, "consents", ConsentToDeal(listing_id=listing_id))

    def register_bidder(self, listing_id: str) -> Acknowledgement:
        """Register as a bidder; the bid deposit is held."""
        return self._on_listing(listing_id, "bidders", RegisterBidder(listing_id=listing_id))

    def leave(self, listing_id: str) -> Acknowledgement:
        """Leave before registration closes."""
        return self._on_listing(listing_id, "bidders/leave", LeaveListing(listing_id=listing_id))

    def place_bid(
        self,
        listing_id: str,
        price: int,
        *,
        client_order_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Bid, in minor units of the listing's currency."""
        return self._on_listing(
            listing_id,
            "bids",
            PlaceBid(listing_id=listing_id),
            terms=BidTerms(price=price, client_order_id=client_order_id),
            idempotency_key=idempotency_key,
        )

    def amend_bid(self, bid_id: str, price: int, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Change a bid's price; after registration has closed only upwards."""
        return self.give(
            f"/v1/bids/{bid_id}/amendment",
            AmendBid(bid_id=bid_id),
            terms=BidTerms(price=price),
            in_path=("bid_id",),
            idempotency_key=idempotency_key,
        )

    def withdraw_bid(self, bid_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Withdraw a bid while registration is open."""
        return self.give(
            f"/v1/bids/{bid_id}/withdrawal",
            WithdrawBid(bid_id=bid_id),
            in_path=("bid_id",),
            idempotency_key=idempotency_key,
        )

    def accept_price(
        self,
        listing_id: str,
        price: int,
        *,
        client_order_id: str | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Accept a posted price, repeating it."""
        return self._on_listing(
            listing_id,
            "acceptances",
            AcceptPrice(listing_id=listing_id),
            terms=BidTerms(price=price, client_order_id=client_order_id),
            idempotency_key=idempotency_key,
        )

    def accept_bid(self, bid_id: str) -> Acknowledgement:
        """Accept the only bidder's bid."""
        return self.give(f"/v1/bids/{bid_id}/acceptance", AcceptBid(bid_id=bid_id), in_path=("bid_id",))

    def sign_deal(self, deal_id: str, *, price: int | None = None) -> Acknowledgement:
        """Check what is to be signed against its commitments (and the price that was agreed), sign, and send.

        Raises:
            DealMismatch: what the venue shows is not what it committed to, or not what was agreed.
        """
        shown = self.to_sign(deal_id)
        signature = deal_signature(
            shown, deal_id=deal_id, key=self.giver.key, domain=self.giver.trust.deals, price=price
        )
        return self._on_deal(deal_id, "signatures", SignDeal(deal_id=deal_id, deal_signature=signature))

    def fund_deal(self, deal_id: str, statement_line: str) -> Acknowledgement:
        """Put the price into escrow, citing the statement line that brought the money in."""
        return self._on_deal(deal_id, "funding", FundDeal(deal_id=deal_id, statement_line=statement_line))

    def confirm_delivery(self, deal_id: str, delivery_digest: str) -> Acknowledgement:
        """Name the signed delivery record of a result."""
        return self._on_deal(
            deal_id, "delivery", ConfirmDelivery(deal_id=deal_id, delivery_digest=delivery_digest)
        )

    def withdraw(
        self, currency: Currency, amount: int, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Ask for money to be paid out."""
        return self.give(
            "/v1/withdrawals",
            RequestWithdrawal(),
            terms=WithdrawalTerms(currency=currency, amount=amount),
            idempotency_key=idempotency_key,
        )

    def _on_listing(
        self,
        listing_id: str,
        step: str,
        command: AnyCommand,
        *,
        terms: Terms | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        return self.give(
            f"/v1/listings/{listing_id}/{step}",
            command,
            terms=terms,
            in_path=("listing_id",),
            idempotency_key=idempotency_key,
        )

    def _on_deal(self, deal_id: str, step: str, command: AnyCommand) -> Acknowledgement:
        return self.give(f"/v1/deals/{deal_id}/{step}", command, in_path=("deal_id",))

    def _use(self, answer: dict[str, Any]) -> str | None:
        api_key: str | None = answer["api_key"]
        if api_key is not None:
            self.transport.use_api_key(api_key)
        return api_key


class OperatorClient(_Base):
    """An operator's client: every command is signed by a named operator and says why."""

    @property
    def actor(self) -> str:
        """The venue."""
        return VENUE_ACTOR

    def approve_party(self, party_id: str, reason: str) -> Acknowledgement:
        """An applicant has been verified, or a suspension is lifted."""
        command = ApproveParty(party_id=party_id)
        return self._reasoned(f"/v1/parties/{party_id}/approval", command, reason, "party_id")

    def suspend_party(self, party_id: str, reason: str) -> Acknowledgement:
        """Suspend a party."""
        command = SuspendParty(party_id=party_id)
        return self._reasoned(f"/v1/parties/{party_id}/suspension", command, reason, "party_id")

    def record_affiliation(self, party_id: str, affiliate_id: str, reason: str) -> Acknowledgement:
        """Two parties are affiliates."""
        command = RecordAffiliation(party_id=party_id, affiliate_id=affiliate_id)
        return self._reasoned(f"/v1/parties/{party_id}/affiliations", command, reason, "party_id")

    def classify_export(self, right_id: str, export_class: ExportClass) -> Acknowledgement:
        """Find the technology's export class."""
        command = ClassifyExport(right_id=right_id, export_class=export_class)
        return self.give(f"/v1/rights/{right_id}/export-class", command, in_path=("right_id",))

    def approve_listing(self, listing_id: str, reason: str) -> Acknowledgement:
        """Open a listing, or start its public notice."""
        command = ApproveListing(listing_id=listing_id)
        return self._reasoned(f"/v1/listings/{listing_id}/approval", command, reason, "listing_id")

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
        self, deal_id: str, filing_id: str, package: Mapping[str, str], words: object = None
    ) -> Acknowledgement:
        """The filing package went to the office: digests of its papers by name."""
        command = FileDeal(deal_id=deal_id, filing_id=filing_id, package=dict(package))
        parts = None if words is None else {"package": words}
        return self.give(f"/v1/deals/{deal_id}/filing", command, parts=parts, in_path=("deal_id",))

    def unwind_deal(self, deal_id: str, ground: str, reason: str) -> Acknowledgement:
        """Unwind a deal before its terminal step."""
        command = UnwindDeal(deal_id=deal_id, ground=ground)  # type: ignore[arg-type]  # the venue checks the word
        return self._reasoned(f"/v1/deals/{deal_id}/unwinding", command, reason, "deal_id")

    def approve_payment(self, payment_id: str) -> Acknowledgement:
        """Approve a payment, to the venue and to the bank, after looking it up."""
        payment = next(found for found in self.payments() if found.id == payment_id)
        instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
        approval = approve(instruction, self.giver.trust.bank, self.giver.key)
        return self.give(
            f"/v1/payments/{payment_id}/approval",
            ApprovePayment(payment_id=payment_id),
            terms=ApprovalTerms(bank_approval=approval.signature),
            in_path=("payment_id",),
        )

    def resume_releases(self, currency: Currency, reason: str) -> Acknowledgement:
        """Payments of a currency may go on."""
        return self._reasoned("/v1/operator/releases", ResumeReleases(currency=currency), reason)

    def jump_clock(self, to_ms: int) -> Acknowledgement:
        """Move the demonstration clock."""
        given = self.give("/v1/operator/clock", JumpClock(to_ms=to_ms))
        self.giver.venue_time_ms(ask=True)
        return given

    def set_calendar(
        self, closed_days: Sequence[str], working_weekends: Sequence[str] = ()
    ) -> Acknowledgement:
        """Replace the calendar."""
        command = SetCalendar(closed_days=tuple(closed_days), working_weekends=tuple(working_weekends))
        return self.give("/v1/operator/calendar", command)

    def erase(self, entry: int, label: str, ground: str) -> Acknowledgement:
        """Erase an erasable part; commitments and proofs stay."""
        command = EraseSealedPart(entry=entry, label=label, ground=ground)  # type: ignore[arg-type]  # the venue checks the word
        return self.give("/v1/operator/erasures", command)

    def upload_rights(self, content: bytes, media_type: str, *, idempotency_key: str) -> dict[str, Any]:
        """Upload a file of rights; the service signs its rows."""
        answer: dict[str, Any] = self.transport.upload(
            "/v1/rights/imports", content, media_type, idempotency_key
        )
        return answer

    def _reasoned(self, path: str, command: AnyCommand, reason: str, *in_path: str) -> Acknowledgement:
        return self.give(path, command, parts={"reason": reason}, in_path=in_path)
