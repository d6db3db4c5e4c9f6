"""Everything that can be looked up at the venue, as typed views: amounts in minor units, times in ms UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from pydantic import TypeAdapter

from api.bids.schemas import BidView
from api.calls.encumbrance_reading import EncumbranceReading
from api.calls.giving import Trust, check_receipt
from api.calls.pages import MOST_PAGES, PAGE, quoted
from api.deals.schemas import (
    ContractView,
    DealView,
    FilingPackage,
    LicenceView,
    OwnDealView,
    OwnLicenceView,
    ToSign,
)
from api.demand.schemas import ListingMatch, NeedMatch, NeedView, OwnNeedView
from api.journal.schemas import ChainEventView, EntryView, VerdictView
from api.listings.schemas import BookView, ListingView, OwnListingView
from api.log.schemas import LogView
from api.money.schemas import (
    AccountView,
    ExchangeRateView,
    FeeScheduleView,
    HoldView,
    LineView,
    PaymentView,
    PostingView,
)
from api.obligations.schemas import ObligationView
from api.offers.schemas import EndingToSign, OfferToSign, OfferView, OwnOfferView
from api.orders.schemas import OrderTermsView, OrderView
from api.parties.schemas import KeyView, OwnPartyView, PartyView
from api.proposals.schemas import ProposalView
from api.recoveries.schemas import RecoveryMessageToSign, RecoveryView
from api.rights.schemas import EnrolledRightView, FamilyView, RightView, Timeline
from api.sealed_bids.schemas import SealedSetView
from api.statements.schemas import StatementView
from api.venue.schemas import Rulebook, VenueView
from exchange import canonical
from ledger.receipts import Receipt

if TYPE_CHECKING:
    from collections.abc import Iterator

_DEAL: TypeAdapter[OwnDealView | DealView] = TypeAdapter(OwnDealView | DealView)
_OFFER: TypeAdapter[OwnOfferView | OfferView] = TypeAdapter(OwnOfferView | OfferView)
_LISTING: TypeAdapter[OwnListingView | ListingView] = TypeAdapter(OwnListingView | ListingView)
_RIGHT: TypeAdapter[EnrolledRightView | RightView] = TypeAdapter(EnrolledRightView | RightView)
_PARTY: TypeAdapter[OwnPartyView | PartyView] = TypeAdapter(OwnPartyView | PartyView)
_NEED: TypeAdapter[OwnNeedView | NeedView] = TypeAdapter(OwnNeedView | NeedView)
_LICENCE: TypeAdapter[OwnLicenceView | LicenceView] = TypeAdapter(OwnLicenceView | LicenceView)


class Reading(EncumbranceReading):
    """The questions of every client. Lists are iterated page by page; filters that are None filter nothing.

    Every method raises `VenueProblem` or `VenueUnreachable`.
    """

    def time_ms(self) -> int:
        """The venue's time, ms UTC."""
        told: int = self.transport.get("/v1/time")["time_ms"]
        return told

    def venue(self) -> VenueView:
        """Domains, contracts, keys, versions."""
        return VenueView.model_validate(self.transport.get("/v1/venue"))

    def rulebook(self, profile: str | None = None, step: str | None = None) -> Rulebook:
        """Rules, all or those of a profile and a step, and every kind of problem."""
        asked = {"profile": profile, "step": step}
        return Rulebook.model_validate(self.transport.get("/v1/rulebook", asked))

    def party(self, party_id: str) -> OwnPartyView | PartyView:
        """A party."""
        return _PARTY.validate_python(self._one("/v1/parties", party_id))

    def own_party(self) -> OwnPartyView:
        """The party that the API key belongs to."""
        return OwnPartyView.model_validate(self.transport.get("/v1/parties/me"))

    def enrolled_key(self, address: str) -> KeyView:
        """One of the own party's keys, as the chain knows it."""
        own = self.own_party().id
        return KeyView.model_validate(self._one(f"/v1/parties/{own}/keys", address))

    def enrolled_keys(self) -> Iterator[KeyView]:
        """The own party's keys in the order of their enrolment."""
        return self.keys_of(self.own_party().id)

    def keys_of(self, party_id: str) -> Iterator[KeyView]:
        """A party's keys in the order of their enrolment: to itself and to the venue."""
        return map(KeyView.model_validate, self._pages(f"/v1/parties/{quoted(party_id)}/keys", "keys"))

    def recoveries_of(self, party_id: str) -> Iterator[RecoveryView]:
        """A party's recoveries in the order of their proposal: to itself and to the venue."""
        pages = self._pages(f"/v1/parties/{quoted(party_id)}/recoveries", "recoveries")
        return map(RecoveryView.model_validate, pages)

    def recovery_to_sign(
        self, party_id: str, new_key: str, authorisation: str, deadline_s: int | None = None
    ) -> RecoveryMessageToSign:
        """What the new key of a party that lost its own signs; `authorisation` is the commitment to the papers."""
        asked = {"new_key": new_key, "authorisation": authorisation, "deadline_s": deadline_s}
        path = f"/v1/parties/{quoted(party_id)}/recoveries/to-sign"
        return RecoveryMessageToSign.model_validate(self.transport.get(path, asked))

    def veto_to_sign(
        self, party_id: str, new_key: str, deadline_s: int | None = None
    ) -> RecoveryMessageToSign:
        """What the party's live key signs to refuse a recovery."""
        path = f"/v1/parties/{quoted(party_id)}/recoveries/{quoted(new_key)}/veto/to-sign"
        return RecoveryMessageToSign.model_validate(self.transport.get(path, {"deadline_s": deadline_s}))

    def parties(self, *, state: str | None = None) -> Iterator[OwnPartyView | PartyView]:
        """Parties in the order of their application."""
        return map(_PARTY.validate_python, self._pages("/v1/parties", "parties", state=state))

    def right(self, right_id: str) -> EnrolledRightView | RightView:
        """A right."""
        return _RIGHT.validate_python(self._one("/v1/rights", right_id))

    def enrolled_right(self, right_id: str) -> EnrolledRightView:
        """A right with holders, pledges and licences: for approved parties and the venue.

        Raises:
            pydantic.ValidationError: the caller is neither, and sees the outline only.
        """
        return EnrolledRightView.model_validate(self._one("/v1/rights", right_id))

    def rights(
        self, *, office: str | None = None, right_type: str | None = None, status: str | None = None
    ) -> Iterator[EnrolledRightView | RightView]:
        """Rights in the order of their import."""
        pages = self._pages("/v1/rights", "rights", office=office, right_type=right_type, status=status)
        return map(_RIGHT.validate_python, pages)

    def family(self, right_id: str) -> FamilyView:
        """The rights of a right's family, itself among them."""
        return FamilyView.model_validate(self.transport.get(f"/v1/rights/{quoted(right_id)}/family"))

    def timeline(self, right_id: str) -> Timeline:
        """What was said of a right, oldest first."""
        return Timeline.model_validate(self.transport.get(f"/v1/rights/{quoted(right_id)}/timeline"))

    def listing(self, listing_id: str) -> OwnListingView | ListingView:
        """A listing."""
        return _LISTING.validate_python(self._one("/v1/listings", listing_id))

    def listings(
        self,
        *,
        state: str | None = None,
        mode: str | None = None,
        right_id: str | None = None,
        seller: str | None = None,
    ) -> Iterator[OwnListingView | ListingView]:
        """Listings in the order of their submission."""
        pages = self._pages(
            "/v1/listings", "listings", state=state, mode=mode, right_id=right_id, seller=seller
        )
        return map(_LISTING.validate_python, pages)

    def book(self, listing_id: str) -> BookView:
        """A listing's book."""
        return BookView.model_validate(self.transport.get(f"/v1/listings/{quoted(listing_id)}/book"))

    def offer(self, listing_id: str) -> OwnOfferView | OfferView:
        """A listing's standing offer."""
        return _OFFER.validate_python(self.transport.get(f"/v1/listings/{quoted(listing_id)}/offer"))

    def offer_to_sign(self, listing_id: str) -> OfferToSign:
        """What a seller signs for whoever accepts. Check it with `sign_offer`."""
        path = f"/v1/listings/{quoted(listing_id)}/offer/to-sign"
        return OfferToSign.model_validate(self.transport.get(path))

    def withdrawal_to_sign(self, listing_id: str) -> EndingToSign:
        """What a seller signs to withdraw its offer. Check it with `withdraw_offer`."""
        path = f"/v1/listings/{quoted(listing_id)}/offer/withdrawal/to-sign"
        return EndingToSign.model_validate(self.transport.get(path))

    def bid(self, bid_id: str) -> BidView:
        """A bid."""
        return BidView.model_validate(self._one("/v1/bids", bid_id))

    def bids(self, *, listing_id: str | None = None, state: str | None = None) -> Iterator[BidView]:
        """The caller's own bids; all of them to an operator."""
        pages = self._pages("/v1/bids", "bids", listing_id=listing_id, state=state)
        return map(BidView.model_validate, pages)

    def sealed_bids(self, listing_id: str) -> SealedSetView:
        """The sealed bids of a listing as they stood at the close."""
        path = f"/v1/listings/{quoted(listing_id)}/sealed-bids"
        return SealedSetView.model_validate(self.transport.get(path))

    def proposal(self, proposal_id: str) -> ProposalView:
        """A proposal, to its two sides and the venue."""
        return ProposalView.model_validate(self._one("/v1/proposals", proposal_id))

    def proposals(
        self, listing_id: str, *, buyer: str | None = None, state: str | None = None
    ) -> Iterator[ProposalView]:
        """The proposals on a listing: all of them to its seller and the venue, to a buyer its own."""
        path = f"/v1/listings/{quoted(listing_id)}/proposals"
        return map(ProposalView.model_validate, self._pages(path, "proposals", buyer=buyer, state=state))

    def order_terms(self, listing_id: str) -> OrderTermsView:
        """What an order on a listing is signed over beside its limit and quantity. Check it with `place_order`."""
        path = f"/v1/listings/{quoted(listing_id)}/order-terms"
        return OrderTermsView.model_validate(self.transport.get(path))

    def order(self, order_id: str) -> OrderView:
        """An order, to its party and the venue."""
        return OrderView.model_validate(self._one("/v1/orders", order_id))

    def orders(self, *, listing_id: str | None = None, state: str | None = None) -> Iterator[OrderView]:
        """The caller's own orders; all of them to the venue."""
        pages = self._pages("/v1/orders", "orders", listing_id=listing_id, state=state)
        return map(OrderView.model_validate, pages)

    def need(self, need_id: str) -> OwnNeedView | NeedView:
        """A technology need; to its own buyer with its budget."""
        return _NEED.validate_python(self._one("/v1/needs", need_id))

    def needs(
        self, *, state: str | None = None, buyer: str | None = None
    ) -> Iterator[OwnNeedView | NeedView]:
        """Technology needs in the order of their posting."""
        return map(_NEED.validate_python, self._pages("/v1/needs", "needs", state=state, buyer=buyer))

    def matches(self, need_id: str) -> Iterator[ListingMatch]:
        """Listings that fit a need of the caller's own, best first."""
        pages = self._pages(f"/v1/needs/{quoted(need_id)}/matches", "matches")
        return map(ListingMatch.model_validate, pages)

    def matching_needs(self, listing_id: str) -> Iterator[NeedMatch]:
        """Open needs that fit a listing of the caller's own, best first."""
        pages = self._pages(f"/v1/listings/{quoted(listing_id)}/matching-needs", "matches")
        return map(NeedMatch.model_validate, pages)

    def fee_schedules(self) -> Iterator[FeeScheduleView]:
        """The venue's fees, every version."""
        return map(FeeScheduleView.model_validate, self._pages("/v1/fee-schedules", "fee_schedules"))

    def exchange_rates(self) -> Iterator[ExchangeRateView]:
        """Every recorded rate; the last of a pair counts."""
        return map(ExchangeRateView.model_validate, self._pages("/v1/exchange-rates", "exchange_rates"))

    def obligation(self, obligation_id: str) -> ObligationView:
        """What falls due, to its two sides and the venue."""
        return ObligationView.model_validate(self._one("/v1/obligations", obligation_id))

    def obligations(
        self, *, deal_id: str | None = None, state: str | None = None
    ) -> Iterator[ObligationView]:
        """What the caller owes and is owed; all of it to the venue."""
        pages = self._pages("/v1/obligations", "obligations", deal_id=deal_id, state=state)
        return map(ObligationView.model_validate, pages)

    def contract(self, deal_id: str, language: str | None = None) -> ContractView:
        """A deal's contract in one of its languages, the one that prevails if none is named."""
        path = f"/v1/deals/{quoted(deal_id)}/contract"
        return ContractView.model_validate(self.transport.get(path, {"language": language}))

    def bundle(self, deal_id: str) -> bytes:
        """A deal's evidence bundle, as it was made: check it by `ipx-verify`."""
        return self.transport.text(f"/v1/deals/{quoted(deal_id)}/bundle")

    def certificate(self, deal_id: str) -> bytes:
        """A deal's certificate 存证证明, a PDF."""
        return self.transport.text(f"/v1/deals/{quoted(deal_id)}/certificate.pdf")

    def deal(self, deal_id: str) -> OwnDealView | DealView:
        """A deal."""
        return _DEAL.validate_python(self._one("/v1/deals", deal_id))

    def own_deal(self, deal_id: str) -> OwnDealView:
        """A deal in full: for its parties and the venue.

        Raises:
            pydantic.ValidationError: the caller is neither, and sees the outline only.
        """
        return OwnDealView.model_validate(self._one("/v1/deals", deal_id))

    def deals(
        self,
        *,
        state: str | None = None,
        deal_kind: str | None = None,
        right_id: str | None = None,
        own: bool | None = None,
    ) -> Iterator[OwnDealView | DealView]:
        """Deals in the order of their award."""
        pages = self._pages(
            "/v1/deals", "deals", state=state, deal_kind=deal_kind, right_id=right_id, own=own
        )
        return map(_DEAL.validate_python, pages)

    def to_sign(self, deal_id: str) -> ToSign:
        """What a deal's parties sign. Check it with `sign_deal`, which signs nothing that it has not made itself."""
        return ToSign.model_validate(self.transport.get(f"/v1/deals/{quoted(deal_id)}/to-sign"))

    def cancellation_to_sign(self, deal_id: str) -> EndingToSign:
        """What a party signs to cancel a deal. Check it with `cancel_deal`."""
        path = f"/v1/deals/{quoted(deal_id)}/cancellation/to-sign"
        return EndingToSign.model_validate(self.transport.get(path))

    def filing_package(self, deal_id: str) -> FilingPackage:
        """The papers for the office with their digests."""
        return FilingPackage.model_validate(self.transport.get(f"/v1/deals/{quoted(deal_id)}/filing-package"))

    def licences(
        self, *, right_id: str | None = None, state: str | None = None
    ) -> Iterator[OwnLicenceView | LicenceView]:
        """Licences in the order of their grant."""
        pages = self._pages("/v1/licences", "licences", right_id=right_id, state=state)
        return map(_LICENCE.validate_python, pages)

    def accounts(self, *, owner: str | None = None, currency: str | None = None) -> Iterator[AccountView]:
        """The caller's own accounts; any owner's to the venue's staff."""
        return map(
            AccountView.model_validate,
            self._pages("/v1/accounts", "accounts", owner=owner, currency=currency),
        )

    def balance(self, owner: str, purpose: str, currency: str) -> int:
        """Minor units on an account; zero where it has never been used."""
        account_id = f"{owner}/{purpose}/{currency}"
        found = (
            account for account in self.accounts(owner=owner, currency=currency) if account.id == account_id
        )
        return next((account.balance for account in found), 0)

    def postings(self, account_id: str, *, after: int = -1) -> list[PostingView]:
        """Postings on an account of entries later than `after`."""
        path = f"/v1/accounts/{'/'.join(quoted(part) for part in account_id.split('/'))}/postings"
        answer = self.transport.get(path, {"after": after, "limit": PAGE})
        return [PostingView.model_validate(posting) for posting in answer["postings"]]

    def holds(self, account_id: str, *, state: str | None = None) -> Iterator[HoldView]:
        """What an account holds and has held, in the order in which it was set aside."""
        path = f"/v1/accounts/{'/'.join(quoted(part) for part in account_id.split('/'))}/holds"
        return map(HoldView.model_validate, self._pages(path, "holds", state=state))

    def statement(self, month: str, *, owner: str | None = None) -> StatementView:
        """The account statement of a month, `YYYY-MM` in UTC+8: one's own; any party's to the venue's staff."""
        answer = self.transport.get("/v1/accounts/statement", {"month": month, "owner": owner})
        return StatementView.model_validate(answer)

    def statement_lines(self, *, currency: str | None = None) -> Iterator[LineView]:
        """Matched lines of the bank's statement."""
        pages = self._pages("/v1/statement-lines", "statement_lines", currency=currency)
        return map(LineView.model_validate, pages)

    def payments(self, *, state: str | None = None) -> Iterator[PaymentView]:
        """Instructions to the bank."""
        return map(PaymentView.model_validate, self._pages("/v1/payments", "payments", state=state))

    def entry(self, number: int) -> EntryView:
        """A journal entry, as far as the caller may see it."""
        return EntryView.model_validate(self.transport.get(f"/v1/entries/{number}"))

    def receipt(self, number: int) -> Receipt:
        """The receipt of an entry, made again from its batch's seal."""
        return msgspec.convert(self.transport.get(f"/v1/entries/{number}/receipt"), Receipt)

    def log(self) -> LogView:
        """The public log's name, key and newest size; unchecked."""
        return LogView.model_validate(self.transport.get("/v1/log"))

    def checkpoint(self, *, beyond: int | None = None) -> bytes:
        """The newest signed checkpoint of the public log, or the first one that holds an entry; unchecked."""
        return self.transport.text("/v1/log/checkpoint", {"beyond": beyond})

    def entry_proof(self, number: int, *, stamped: bool = False) -> bytes:
        """What the venue hands over to show that an entry stands in its log (C2SP tlog-proof); unchecked.

        stamped: in the first checkpoint that has a time-stamp token, instead of the newest one.
        """
        return self.transport.text(
            f"/v1/log/entries/{number}/proof", {"stamped": "true" if stamped else None}
        )

    def checkpoint_token(self, size: int | None = None) -> bytes:
        """The time-stamp token (RFC 3161) of the checkpoint of so many entries, or of the newest; unchecked."""
        return self.transport.text("/v1/log/token", {"size": size})

    def check_entry(self, receipt: Receipt, trust: Trust) -> EntryView:
        """Fetch an entry and check that it is what the receipt was given for.

        Raises:
            ReceiptRefused: the journal shows another entry than the venue acknowledged.
        """
        entry = self.entry(receipt.entry)
        check_receipt(receipt, receipt.entry, trust.receipt_key, canonical.encode(entry.public))
        return entry

    def events(self, *, after: int = -1, own: bool | None = None) -> Iterator[EntryView]:
        """Entries behind `after`, up to the journal's present end."""
        for _ in range(MOST_PAGES):
            answer = self.transport.get("/v1/events", {"after": after, "own": own, "limit": PAGE})
            yield from map(EntryView.model_validate, answer["entries"])
            if not answer["entries"]:
                return
            after = answer["next_after"]

    def chain_events(self) -> Iterator[ChainEventView]:
        """What the indexer read off the chain."""
        return map(ChainEventView.model_validate, self._pages("/v1/chain/events", "chain_events"))

    def verdict(self) -> VerdictView:
        """The audit's latest verdict."""
        return VerdictView.model_validate(self.transport.get("/v1/audit/verdict"))
