"""The rules that a listing and its bidders meet, in the order in which they are asked."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import OrderSide
from exchange.listings import lots, titles
from exchange.listings.titles import meet
from exchange.parties import active_actor, with_role
from exchange.rows import Deal, Listing, Party, Right
from exchange.rules import (
    civil_code,
    company_law,
    conflicts,
    continuous_trading,
    credit,
    exchanges,
    export_control,
    invalidity,
    open_licences,
    patent_law,
    secrecy,
    state_assets,
    trademark_law,
)
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.sellers import sellers_of
from exchange.turn import Turn

LAST_STEP_SINCE_ENGINE = 3
"""Since this version a signature asks again who buys, and a delivery what a filing asks."""
WHOLE_LOT_SINCE_ENGINE = 5
"""Since this version a seller's step towards a buyer asks for all rights of a lot, and for all that sell it."""
FUNDING_SINCE_ENGINE = 5
"""Since this version an assignment's price asks again who buys, as a licence's did before."""


def licence_is_compatible(turn: Turn, listing: Listing) -> None:
    """A licence under this listing agrees with all that live. Raises Refusal CN-TECHNOLOGY-CONTRACTS-25."""
    if listing.deal_kind == "assignment":
        return
    for right in lots.rights_of(turn.state, listing):
        patent_law.licences_are_compatible(
            turn.state, right, listing.deal_kind, listing.terms, turn.time_ms, apart_from_listing=listing.id
        )


def buyer_may_take_part(turn: Turn, listing: Listing, *, sells_too: bool = False) -> Party:
    """The acting party, if it may buy from this listing; by a first refusal, a co-owner that `sells_too` may.

    Raises:
        Refusal: ROLE-REQUIRED, CN-AUCTION-LAW-22 and -30, CN-AUCTION-LAW-37, AFFILIATE-MAY-NOT-BID,
            CN-COMPANY-LAW-48, CN-ANTI-MONEY-LAUNDERING-40, DISHONEST-DEBTOR,
            CN-TECHNOLOGY-EXPORT-29 and -30, CN-PATENT-LAW-4, CN-SC-2011-38-HOLDERS, FACT-MISSING, CN-PATENT-LAW-44,
            INVALIDITY-DECIDED, PARTY-NOT-ACTIVE.
    """
    state = turn.state
    buyer = active_actor(turn)
    seller = state.parties[listing.seller]
    conflicts.bidder_is_independent(state, listing, seller, buyer, turn.request.signer, sells_too=sells_too)
    conflicts.bidder_is_not_of_the_venue(state, listing, buyer, turn.time_ms)
    conflicts.bidder_has_not_colluded(state, listing, buyer, turn.time_ms)
    with_role(buyer, "buyer")
    for each in (buyer, *sellers_of(state, listing)):
        credit.party_is_not_sanctioned(state, each, turn.time_ms)
    credit.party_is_no_dishonest_debtor(state, buyer, turn.time_ms)
    company_law.contribution_is_to_its_company(listing, buyer)
    for right in lots.rights_of(state, listing):
        for each in sellers_of(state, listing):
            export_control.may_leave_the_mainland(state, right, each, buyer, turn.time_ms)
        secrecy.right_is_not_secret(state, right)
        exchanges.buyer_says_whether_it_is_a_nominee(state, right, listing, buyer, turn.time_ms)
        exchanges.holders_are_few(state, right, listing, buyer, turn.time_ms)
        patent_law.right_is_alive(right, turn.time_ms)
        invalidity.no_decision_stands(right)
    if seller.state != "ACTIVE":
        refuse(rules.PARTY_NOT_ACTIVE, party_id=seller.id, state=seller.state)
    return buyer


def seller_may_deal_with(turn: Turn, listing: Listing, buyer: Party) -> None:
    """The seller's own step towards a buyer: what bars that buyer may have changed since its own.

    Before engine version 5 only a lot's first right, and whoever listed it, were asked for the export.

    Raises:
        Refusal: CN-TECHNOLOGY-EXPORT-29 and -30, CN-ANTI-MONEY-LAUNDERING-40, CN-AUCTION-LAW-22.
    """
    state = turn.state
    sellers = sellers_of(state, listing)
    for each in (buyer, *sellers):
        credit.party_is_not_sanctioned(state, each, turn.time_ms)
    rights = lots.rights_of(state, listing)
    if state.venue.engine < WHOLE_LOT_SINCE_ENGINE:
        rights, sellers = rights[:1], sellers[:1]
    else:
        conflicts.bidder_is_not_of_the_venue(state, listing, buyer, turn.time_ms)
    for right in rights:
        for each in sellers:
            export_control.may_leave_the_mainland(state, right, each, buyer, turn.time_ms)


def orders_may_be_matched(turn: Turn, right: Right, party: Party) -> None:
    """Continuous trading in this right, with this party, is lawful here, and the venue has recorded what lets it.

    Raises:
        Refusal: CN-SC-2012-37-CENTRALISED-TRADING, HK-AUTOMATED-TRADING-95.
    """
    venue = turn.state.venue
    continuous_trading.venue_may_have_a_book(venue)
    continuous_trading.may_be_matched(right, party)
    continuous_trading.venue_is_authorised(venue)


def trader_may_order(turn: Turn, listing: Listing, side: OrderSide) -> Party:
    """The acting party, if it may have an order on this side: only buyers buy, and the seller alone sells.

    Raises:
        Refusal: as `buyer_may_take_part` of a buyer; NOT-PERMITTED, CN-ANTI-MONEY-LAUNDERING-40, CN-PATENT-LAW-44,
            INVALIDITY-DECIDED, of whoever sells.
    """
    if side == "buy":
        return buyer_may_take_part(turn, listing)
    seller = active_actor(turn)
    if seller.id != listing.seller:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id, party_id=seller.id)
    credit.party_is_not_sanctioned(turn.state, seller, turn.time_ms)
    right = turn.state.rights[listing.right_id]
    patent_law.right_is_alive(right, turn.time_ms)
    invalidity.no_decision_stands(right)
    return seller


def seller_may_dispose(turn: Turn, deal: Deal) -> None:
    """The right lives, and its seller's title stands: asked at every step that leads to title or money.

    Raises:
        Refusal: CN-PATENT-LAW-4, CN-PATENT-LAW-44, CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`),
            of a sub-licence HEAD-LICENCE-NOT-IN-FORCE, SUB-LICENCE-BEYOND-HEAD;
            CN-TRADEMARK-LAW-42.
    """
    right = turn.state.rights[deal.right_id]
    secrecy.right_is_not_secret(turn.state, right)
    patent_law.right_is_alive(right, turn.time_ms)
    meet(titles.of_a_deal(turn.state, right, deal, turn.time_ms))
    trademark_law.similar_marks_go_together(right, deal.deal_kind)


def sides_are_not_sanctioned(turn: Turn, deal: Deal) -> None:
    """Raises Refusal CN-ANTI-MONEY-LAUNDERING-40 while a list of sanctions names the seller or the buyer."""
    for party_id in (deal.seller, deal.buyer):
        credit.party_is_not_sanctioned(turn.state, turn.state.parties[party_id], turn.time_ms)


def deal_may_be_signed(turn: Turn, deal: Deal) -> None:
    """What may have changed since the award and bars the parties from signing.

    Raises:
        Refusal: CN-PATENT-LAW-4, CN-PATENT-LAW-44, CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`),
            of a sub-licence HEAD-LICENCE-NOT-IN-FORCE, SUB-LICENCE-BEYOND-HEAD;
            CN-ANTI-MONEY-LAUNDERING-40, CN-PATENT-RULES-103, CN-TECHNOLOGY-EXPORT-29 and -30, CN-CIVIL-CODE-444,
            CN-PATENT-LAW-51, CN-STATE-ASSETS-RESULT, INVALIDITY-DECIDED, CN-AUCTION-LAW-22, CN-AUCTION-LAW-30,
            CN-AUCTION-LAW-37, AFFILIATE-MAY-NOT-BID, FACT-MISSING.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    seller_may_dispose(turn, deal)
    if deal.state == "AWARDED" and deal.contract_form == "named" and deal.reverses is UNSET:
        # Once both have signed they have read it; what an outcome has given back goes back under any name.
        civil_code.named_title_stands(right, deal.right_facts)
    invalidity.no_decision_stands(right)
    sides_are_not_sanctioned(turn, deal)
    patent_law.right_is_not_frozen(right)
    _may_leave(turn, deal)
    listing = state.listings[deal.listing_id]
    civil_code.pledgees_consent(state, right, listing)
    open_licences.no_open_licence_is_declared(state, right, deal.deal_kind, turn.time_ms)
    # Nobody competes for what an outcome has given back: there is no result to publish.
    for each in sellers_of(state, listing) if deal.reverses is UNSET else ():
        state_assets.result_is_published(state.venue, each, deal, turn.time_ms)
    if state.venue.engine >= LAST_STEP_SINCE_ENGINE:
        buyer_stands_apart(turn, deal)


def buyer_stands_apart(turn: Turn, deal: Deal) -> None:
    """The buyer is neither of the seller's nor of the venue's, and no finding of collusion stands against it.

    Of a right that an outcome gives back nobody asks: its buyer has bid on nothing.

    Raises:
        Refusal: CN-AUCTION-LAW-22, -30 and -37, AFFILIATE-MAY-NOT-BID.
    """
    if deal.reverses is not UNSET:
        return
    state = turn.state
    listing, buyer = state.listings[deal.listing_id], state.parties[deal.buyer]
    took = deal.reassigned_from is not UNSET
    conflicts.bidder_is_independent(state, listing, state.parties[deal.seller], buyer, "", sells_too=took)
    if state.venue.engine >= conflicts.STAFF_CHAINS_SINCE_ENGINE:
        conflicts.bidder_is_not_of_the_venue(state, listing, buyer, turn.time_ms)
    conflicts.bidder_has_not_colluded(state, listing, buyer, turn.time_ms)


def buyer_may_sign(turn: Turn, deal: Deal) -> None:
    """What bars a buyer by papers of its own: it answers for them itself, so that they excuse no default.

    Raises:
        Refusal: CN-SC-2011-38-HOLDERS, FACT-MISSING.
    """
    state = turn.state
    if state.venue.engine < LAST_STEP_SINCE_ENGINE:
        return
    right, listing = state.rights[deal.right_id], state.listings[deal.listing_id]
    exchanges.holders_are_few(state, right, listing, state.parties[deal.buyer], turn.time_ms)


def right_may_pass(turn: Turn, deal: Deal) -> None:
    """What bars an assigned right from passing at the parties' own last step: its filing, or its delivery record.

    Engines before version 3 asked less of a delivery, and nothing of a class that was found after the signatures.

    Raises:
        Refusal: as `seller_may_dispose`; INVALIDITY-DECIDED, CN-PATENT-RULES-103, CN-TECHNOLOGY-EXPORT-29, -30 and
            -40, CN-CIVIL-CODE-444.
    """
    state = turn.state
    seller_may_dispose(turn, deal)
    if state.venue.engine < LAST_STEP_SINCE_ENGINE:
        return
    right = state.rights[deal.right_id]
    invalidity.no_decision_stands(right)
    patent_law.right_is_not_frozen(right)
    _may_leave(turn, deal)
    export_control.export_is_filed_again(state, deal, turn.time_ms)
    civil_code.pledgees_consent(state, right, state.listings[deal.listing_id])


def _may_leave(turn: Turn, deal: Deal) -> None:
    state = turn.state
    right, buyer = state.rights[deal.right_id], state.parties[deal.buyer]
    for each in sellers_of(state, state.listings[deal.listing_id]):
        export_control.may_leave_the_mainland(state, right, each, buyer, turn.time_ms, deal.id)


def offer_may_be_signed(turn: Turn, listing: Listing) -> None:
    """What may have changed since the listing was opened and bars its seller from signing for whoever accepts.

    Raises:
        Refusal: CN-PATENT-LAW-4, CN-PATENT-LAW-44, CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`),
            of a sub-licence HEAD-LICENCE-NOT-IN-FORCE, SUB-LICENCE-BEYOND-HEAD;
            INVALIDITY-DECIDED, CN-PATENT-RULES-103, CN-CIVIL-CODE-444, CN-CIVIL-CODE-865, FACT-MISSING.
    """
    state = turn.state
    right = state.rights[listing.right_id]
    civil_code.title_is_on_record(state.venue, right)
    patent_law.right_is_alive(right, turn.time_ms)
    invalidity.no_decision_stands(right)
    meet(titles.of_a_listing(state, right, listing, turn.time_ms))
    patent_law.right_is_not_frozen(right)
    civil_code.pledgees_consent(state, right, listing)
    patent_law.licence_ends_with_the_right(right, listing.terms)


def licence_may_be_granted(turn: Turn, deal: Deal) -> None:
    """What may have changed since the award and bars a licence from coming into being: what bars signing, and its term.

    Raises:
        Refusal: as `deal_may_be_signed`; CN-CIVIL-CODE-865, CN-TECHNOLOGY-CONTRACTS-25, WRONG-STATE when its term is
            over.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    deal_may_be_signed(turn, deal)
    patent_law.licence_ends_with_the_right(right, deal.terms)
    if deal.terms.ends_ms is not None and deal.terms.ends_ms <= turn.time_ms:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="funded", term_over=True)
    patent_law.licences_are_compatible(
        state, right, deal.deal_kind, deal.terms, turn.time_ms, apart_from_listing=deal.listing_id
    )
