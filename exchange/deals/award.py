"""The award: a deal begins, with its terms sealed and its signing deadline set; and the end of its listing."""

from __future__ import annotations

from functools import partial

import msgspec
from msgspec import UNSET, UnsetType

from exchange.calendar import MS_PER_DAY, MS_PER_SECOND
from exchange.commands import Arbitration, ListingTerms
from exchange.deals import steps
from exchange.deals.default import offer_award
from exchange.listings import life
from exchange.money import holds
from exchange.rows import Bid, Deal, Listing, LotPart, Offer, Party, Right
from exchange.rows.deals import StandingLicence
from exchange.rules import registered_licences, working_days
from exchange.rules.effects import effect_of
from exchange.terms import deal_terms
from exchange.terms.allocation import allocate
from exchange.terms.contract import form_since
from exchange.turn import Turn

SINCE_ENGINE = 3
BETWEEN_PLACES = Arbitration(institution="SCIA", seat="shenzhen")
SIGNATURE_LIFE_MS = 90 * MS_PER_DAY
"""How long the contract accepts the signatures: far longer than the chain can be away."""


def open_deal(  # noqa: PLR0913 - what an award consists of
    turn: Turn,
    listing: Listing,
    buyer: Party,
    price: int,
    *,
    deposit: int,
    bid: Bid | None,
    offer: Offer | None = None,
    terms_salt: str = "",
    quantity: int | UnsetType = UNSET,
    taken_from: Deal | None = None,
    reverses: str | UnsetType = UNSET,
) -> Deal:
    """A deal at `price` minor units of the listing's currency; `deposit` of the buyer's is already held for it.

    Of a lot one deal for each right, with its part of price and deposit by the published shares; the first is given.
    Under a standing offer it has the offer's terms and text, and the seller's signature is the offer's. `terms_salt` is
    of the terms that were accepted, where those are neither a bid's nor the acceptance's own. `quantity`: how many
    licences the price is for, where it is for several. `taken_from`: the deal whose place it takes by a first refusal;
    `reverses`: the deal whose right it gives back.
    """
    one = partial(
        _open,
        turn,
        listing,
        buyer,
        bid=bid,
        offer=offer,
        terms_salt=terms_salt,
        quantity=quantity,
        taken_from=taken_from,
        reverses=reverses,
    )
    if listing.lot is UNSET:
        return one(listing.right_id, price, deposit=deposit)
    # Nothing else draws an id in between, so the first is known before any is drawn.
    lot_id = f"D-{turn.state.venue.counters.get('D', 0) + 1}"
    parts = zip(listing.lot, allocate(price, listing.lot), allocate(deposit, listing.lot), strict=True)
    deals = [
        one(
            member.right_id,
            part,
            deposit=deposit_part,
            lot=LotPart(id=lot_id, right_ids=listing.right_ids, share=member.share, price=price),
        )
        for member, part, deposit_part in parts
    ]
    return deals[0]


def _open(  # noqa: PLR0913 - what a deal consists of
    turn: Turn,
    listing: Listing,
    buyer: Party,
    right_id: str,
    price: int,
    *,
    deposit: int,
    bid: Bid | None,
    offer: Offer | None,
    terms_salt: str,
    quantity: int | UnsetType,
    taken_from: Deal | None,
    reverses: str | UnsetType,
    lot: LotPart | UnsetType = UNSET,
) -> Deal:
    """The deal of one right."""
    state = turn.state
    venue = state.venue
    right = state.rights[right_id]
    seller = state.parties[listing.seller]
    effect = effect_of(right.office, right.right_type)
    deal_id = state.next_id("D")
    source = bid or taken_from
    deal = Deal(
        id=deal_id,
        deal_kind=listing.deal_kind,
        right_id=right.id,
        right_facts=deal_terms.facts_of(
            right,
            venue.engine,
            _licences_that_go_on(turn, listing, right),
            by_licensee=listing.terms.head_licence is not UNSET,
        ),
        listing_id=listing.id,
        bid_id=bid.id if bid else None,
        seller=seller.id,
        buyer=buyer.id,
        seller_key=seller.key,
        buyer_key=buyer.key,
        currency=listing.currency,
        price=price,
        deposit=deposit,
        terms=listing.terms if offer is not None else _terms_between(turn, listing, buyer, taken_from),
        terms_salt="",
        terms_commitment="",
        contract_commitment="",
        deadline_s=(turn.time_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND,
        awarded_ms=turn.time_ms,
        by_delivery=effect.passes == "delivered",
        quantity=quantity,
        reverses=reverses,
        proposal=UNSET if source is None else source.proposal,
        contract_form=form_since(venue.engine),
        fee_schedule=listing.fee_schedule,
        reassigned_from=taken_from.id if taken_from else UNSET,
        lot=lot,
    )
    if offer is None:
        bid_salt = terms_salt or (bid.terms_salt if bid else turn.request.terms_salt)
        salt = deal_terms.deal_salt(listing.terms_salt, bid_salt, deal_id)
        deal_terms.seal(deal, seller, buyer, salt, simulated=venue.simulated)
    else:
        _take_over(deal, offer)
        offer.deals = (*offer.deals, deal.id)
        state.touch(offer)
    title = right.bibliography
    if title is not UNSET and title.commitment == deal.right_facts.bibliography:
        deal.title_entry = title.entry
    state.add(deal)
    holds.pass_on(turn, taken_from.id if taken_from else listing.id, buyer.id, deal.id, deposit)
    steps.advance(turn, deal, "award", "award")
    listing.deals = (*listing.deals, deal.id)
    state.touch(listing)
    right.open_deals = (*right.open_deals, deal.id)
    state.touch(right)
    due_ms = working_days.end_of(venue, turn.time_ms, steps.WORKING_DAYS_TO_SIGN)
    state.set_deadline("sign_by", deal.id, due_ms)
    return deal


def _terms_between(turn: Turn, listing: Listing, buyer: Party, taken_from: Deal | None) -> ListingTerms:
    """The listing's terms, or those of the deal that is taken by a first refusal.

    Between a party of the Mainland and one from elsewhere they have an arbitration clause: judgments on patents'
    infringement and validity are not recognised between the Mainland and Hong Kong (Arrangement of 2024, Arts. 3(3) and
    15 [L]), awards are (venue rules, § 89).
    """
    seller = turn.state.parties[listing.seller]
    terms = listing.terms if taken_from is None else taken_from.terms
    is_between = (seller.jurisdiction == "CN") != (buyer.jurisdiction == "CN")
    if not is_between or terms.arbitration is not UNSET or turn.state.venue.engine < SINCE_ENGINE:
        return terms
    return msgspec.structs.replace(terms, arbitration=BETWEEN_PLACES)


def _licences_that_go_on(turn: Turn, listing: Listing, right: Right) -> tuple[StandingLicence, ...]:
    """What the buyer of a right takes it with: every licence that lives, granted here or named by its register."""
    state = turn.state
    if listing.deal_kind != "assignment":
        return ()
    standing = (state.licences[each] for each in right.licences)
    here = tuple(
        StandingLicence(
            licence_id=licence.id,
            licence_kind=licence.licence_kind,
            territory=tuple(licence.territory),
            field_of_use=licence.field_of_use,
            starts_ms=licence.starts_ms,
            ends_ms=licence.ends_ms,
        )
        for licence in standing
    )
    return (*here, *registered_licences.standing(state, right, turn.time_ms))


def _take_over(deal: Deal, offer: Offer) -> None:
    deal.right_facts = offer.right_facts
    deal.seller_key, deal.seller_signature = offer.seller_key, offer.signature
    deal.terms_salt = offer.terms_salt
    deal.terms_commitment, deal.contract_commitment = offer.terms_commitment, offer.contract_commitment
    deal.contract_form = offer.contract_form


def close_behind_acceptances(turn: Turn, listing: Listing, cause: str) -> None:
    """Nobody takes from a listing any more, while what was accepted before runs on."""
    life.move(turn, listing, "close" if listing.state == "SUSPENDED" else "award", cause)
    listing_may_end(turn, listing)


def listing_may_end(turn: Turn, listing: Listing) -> None:
    """An awarded listing ends when its last deal has ended: sold if any settled, lapsed otherwise.

    The next bidder is asked after a default, but not for a lot that was paid for, whose rights may be listed anew.
    """
    if listing.state != "AWARDED":
        return
    deals = [turn.state.deals[deal_id] for deal_id in listing.deals]
    ends = [steps.without_dispute(deal) for deal in deals]
    if all(end in steps.ENDED for end in ends):
        last = deals[-1] if deals else None
        again = last is not None and last.defaulted == last.buyer and not (last.lot and last.statement_line)
        if again and offer_award(turn, listing, "deals_ended"):
            return
        life.move(turn, listing, "settled" if "SETTLED" in ends else "fallen_through", "deals_ended")
