"""The Python client: `Client` for companies, `OperatorClient` for the venue's operators.

    with Client("http://127.0.0.1:8000", key=PrivateKey.generate()) as client:
        applied = client.apply(
            roles=("buyer",), jurisdiction="CN", company_number="…", profile={"name": "…"}, authorisation_letter="…"
        )

Each signs with its own key, repeats what got no answer under the same Idempotency-Key, checks every receipt, and keeps
a log of acknowledgements if it is given one. Amounts are minor units, times ms UTC. Every method raises
`VenueProblem`, `VenueUnreachable`, `ReceiptRefused` or `ReceiptMismatch`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from msgspec import UNSET, UnsetType

from api.calls.acknowledgements import Acknowledgement, AcknowledgementLog, read_log
from api.calls.checks import CheckCalls
from api.calls.deal_check import deal_signature
from api.calls.encumbrances import EncumbranceCalls
from api.calls.evidence import EvidenceCalls
from api.calls.first_refusals import RefusalCalls
from api.calls.giving import ReceiptMismatch, Trust
from api.calls.mismatch import DealMismatch, require
from api.calls.needs import NeedCalls
from api.calls.objections import ObjectionCalls
from api.calls.obligations import ObligationCalls
from api.calls.offers import OfferCalls
from api.calls.operator import OperatorClient
from api.calls.orders import OrderCalls
from api.calls.proposals import ProposalCalls
from api.calls.recoveries import RecoveryCalls, RecoveryRequest
from api.calls.sealed_bids import SealedBidCalls
from api.calls.transport import VenueProblem, VenueUnreachable
from api.deals.schemas import OwnDealView
from exchange.commands import (
    AcceptAward,
    AcceptBid,
    AcceptPrice,
    AmendBid,
    AnyCommand,
    ApplyParty,
    AppointAgent,
    BidTerms,
    Category,
    ChooseDealKey,
    ConfirmDelivery,
    ConsentToDeal,
    ConsentToListing,
    DecideLot,
    DeclineAward,
    DismissAgent,
    FundDeal,
    IssueApiKey,
    Jurisdiction,
    LeaveListing,
    ListingTerms,
    LotMember,
    PartyTerms,
    PayEarnest,
    PlaceBid,
    RegisterBidder,
    RequestWithdrawal,
    RescindDeal,
    Role,
    SignAgreement,
    SubmitListing,
    Terms,
    WithdrawalTerms,
    WithdrawBid,
    WithdrawListing,
)
from exchange.money.amount import Currency
from exchange.terms.allocation import allocate
from ledger.receipts import ReceiptRefused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ledger.signatures import PrivateKey


__all__ = [
    "Acknowledgement",
    "AcknowledgementLog",
    "Client",
    "DealMismatch",
    "OperatorClient",
    "ReceiptMismatch",
    "ReceiptRefused",
    "RecoveryRequest",
    "Trust",
    "VenueProblem",
    "VenueUnreachable",
    "read_log",
]

APPLICANT = "applicant"


class Client(
    RecoveryCalls,
    OfferCalls,
    ProposalCalls,
    SealedBidCalls,
    OrderCalls,
    NeedCalls,
    CheckCalls,
    ObjectionCalls,
    ObligationCalls,
    EncumbranceCalls,
    RefusalCalls,
    EvidenceCalls,
):
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
        authorisation_letter: str,
        category: Category = "company",
        idempotency_key: str | None = None,
    ) -> tuple[Acknowledgement, str | None]:
        """Apply with this client's key. Gives the API key too, once; the client uses it from now on.

        `authorisation_letter` 授权委托书 binds the key: its text, or its SHA-256.
        """
        given, answer = self.giver.give(
            APPLICANT,
            "/v1/parties",
            ApplyParty(roles=tuple(roles), jurisdiction=jurisdiction, key=self.giver.key.address),
            terms=PartyTerms(company_number=company_number, category=category),
            parts={"profile": dict(profile), "authorisation_letter": authorisation_letter},
            idempotency_key=idempotency_key,
        )
        self._party_id = given.result["party_id"]
        return given, self._use(answer)

    def choose_deal_key(self, deal_id: str, key: str) -> Acknowledgement:
        """Sign this deal with another enrolled key, so that rivals cannot see on the chain whose deal it is."""
        return self._on_deal(deal_id, "key", ChooseDealKey(deal_id=deal_id, key=key))

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

    def consent_as_co_owner(
        self, listing_id: str, *, keeps_refusal: bool | UnsetType = UNSET
    ) -> Acknowledgement:
        """Consent as a co-owner of the listed right; of an application it may keep its first refusal."""
        command = ConsentToListing(listing_id=listing_id, keeps_refusal=keeps_refusal)
        return self._on_listing(listing_id, "co-owner-consents", command)

    def register_bidder(self, listing_id: str) -> Acknowledgement:
        """Register as a bidder; the bid deposit is held."""
        return self._on_listing(listing_id, "bidders", RegisterBidder(listing_id=listing_id))

    def take_award(self, listing_id: str) -> Acknowledgement:
        """After a default, as the next bidder: take the award at the price of the own bid."""
        path = f"/v1/listings/{listing_id}/award/acceptance"
        return self.give(path, AcceptAward(listing_id=listing_id), in_path=("listing_id",))

    def decline_award(self, listing_id: str) -> Acknowledgement:
        """After a default, as the next bidder: decline the award, which costs nothing."""
        path = f"/v1/listings/{listing_id}/award/refusal"
        return self.give(path, DeclineAward(listing_id=listing_id), in_path=("listing_id",))

    def decide_lot(self, listing_id: str, decision: Literal["keep", "rescind"]) -> Acknowledgement:
        """As the buyer of a lot, one of whose rights did not pass: keep or rescind the others."""
        path = f"/v1/listings/{listing_id}/lot-decision"
        return self.give(path, DecideLot(listing_id=listing_id, decision=decision), in_path=("listing_id",))

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

    def sign_deal(
        self, deal_id: str, *, price: int | None = None, deal_key: PrivateKey | None = None
    ) -> Acknowledgement:
        """Check what is to be signed against its commitments (and the price that was agreed), sign, and send.

        `deal_key` is the key chosen for this deal, if it is not the company's own.

        Raises:
            DealMismatch: what the venue shows is not what it committed to, or not what was agreed.
        """
        shown = self.to_sign(deal_id)
        signature = deal_signature(
            shown, deal_id=deal_id, key=deal_key or self.giver.key, domain=self.giver.trust.deals, price=price
        )
        command = SignAgreement(
            deal_id=deal_id, agreement_digest=shown.agreement_digest, deal_signature=signature
        )
        return self._on_deal(deal_id, "signatures", command)

    def sign_lot(self, deal_id: str, *, price: int | None = None) -> list[Acknowledgement]:
        """Sign every deal of a lot that is not signed by this company yet, named by one of them.

        `price` is that of the whole lot: each deal is then signed at its part of it by the shares that the listing has
        published, and at no other.

        Raises:
            DealMismatch: as `sign_deal`; or the deals are not those of the lot's listing.
        """
        named = self.own_deal(deal_id)
        members = self.listing(named.listing_id).lot
        if named.lot is None or members is None:
            raise DealMismatch("LOT")  # noqa: EM101 - a code
        lot = tuple(LotMember(right_id=each.right_id, share=each.share) for each in members)
        parts = (
            None
            if price is None
            else dict(zip((each.right_id for each in lot), allocate(price, lot), strict=True))
        )
        found = [view for view in self.deals(own=True) if isinstance(view, OwnDealView)]
        deals = [view for view in found if view.lot is not None and view.lot.id == named.lot.id]
        by_right = {view.right_id: view for view in deals}
        require(len(deals) == len(lot) and by_right.keys() == {member.right_id for member in lot}, "LOT")
        is_seller = self.party_id == named.seller
        return [
            self.sign_deal(view.id, price=None if parts is None else parts[view.right_id])
            for view in (by_right[member.right_id] for member in lot)
            if not (view.seller_signature if is_seller else view.buyer_signature)
        ]

    def pay_earnest(self, deal_id: str, statement_line: str) -> Acknowledgement:
        """Pay the agreed earnest money 定金, citing a line that brought money in; it counts toward the price."""
        return self._on_deal(deal_id, "earnest", PayEarnest(deal_id=deal_id, statement_line=statement_line))

    def fund_deal(self, deal_id: str, statement_line: str = "") -> Acknowledgement:
        """Put what is due first into escrow, citing the line that brought the money in; none where nothing is due."""
        return self._on_deal(deal_id, "funding", FundDeal(deal_id=deal_id, statement_line=statement_line))

    def rescind_deal(self, deal_id: str) -> Acknowledgement:
        """As the buyer of an application that was refused before its transfer's registration: rescind."""
        return self._on_deal(deal_id, "rescission", RescindDeal(deal_id=deal_id))

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
