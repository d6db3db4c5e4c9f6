"""What a company still has open, which it brings to its end before it leaves."""

from __future__ import annotations

from collections.abc import Iterator

from exchange.commands import DocumentKind
from exchange.deals import obligations, steps
from exchange.listings import bidders, life
from exchange.money.payments import UNDER_WAY
from exchange.rights import pledge_contracts
from exchange.rows import Deal, Listing, Order, Party
from exchange.rules.lodged import stands
from exchange.rules.onboarding import STILL_BOUND
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.terms.consideration import commissions_of

_NOTICES: tuple[tuple[DocumentKind, DocumentKind], ...] = (
    ("sanctions_listing", "sanctions_removal"),
    ("dishonesty_listing", "dishonesty_removal"),
    ("venue_staff", "venue_staff_left"),
)


def nothing_is_open(state: State, party: Party, time_ms: int) -> None:
    """Raises Refusal PARTY-STILL-BOUND, which names the first thing that is open.

    What is recorded of it as staff of the venue, or by a list that names it, it does not leave behind by leaving.
    """
    for notice, lifting in _NOTICES:
        if stands(state, notice, lifting, party.id, time_ms):
            refuse(STILL_BOUND, party_id=party.id, in_the_way=notice)
    found = next(_open(state, party), None)
    if found is not None:
        refuse(STILL_BOUND, party_id=party.id, in_the_way=found)


def _open(state: State, party: Party) -> Iterator[str]:
    """Ids of what is open: deals and what is owed under them first, then what may become one, then money."""
    yield from _agreed(state, party)
    own = [state.listings[each] for each in state.owned.ids(Listing.kind, party.id)]
    yield from (listing.id for listing in own if listing.state not in life.ENDED)
    yield from state.owned.ids(Order.kind, party.id)
    yield from (each for each in state.needs_of.get(party.id, ()) if state.needs[each].state == "OPEN")
    yield from _bids_on(state, party)
    payments = state.payments.values()
    yield from (each.id for each in payments if each.party_id == party.id and each.state in UNDER_WAY)
    yield from (each.id for each in state.accounts.values() if each.owner == party.id and each.balance)


def _agreed(state: State, party: Party) -> Iterator[str]:
    deals = [state.deals[each] for each in state.owned.ids(Deal.kind, party.id)]
    yield from (deal.id for deal in deals if deal.state not in steps.ENDED)
    yield from (deal.id for deal in state.deals.values() if _still_pays(state, deal, party.id))
    for owed in state.obligations.values():
        is_open = owed.state not in obligations.ENDED or obligations.is_being_paid_out(state, owed)
        if party.id in {owed.payer, owed.payee} and is_open:
            yield owed.id
    for pledge in state.pledge_contracts.values():
        if party.id in {pledge.pledgor, pledge.pledgee} and pledge.state not in pledge_contracts.ENDED:
            yield pledge.id


def _still_pays(state: State, deal: Deal, agent_id: str) -> bool:
    """Whether a deal may still bring an agent a commission."""
    if all(each.party_id != agent_id for each in commissions_of(deal.terms)):
        return False
    owed = (state.obligations[each] for each in state.obligations_of.get(deal.id, ()))
    return deal.state not in steps.ENDED or any(each.state not in obligations.ENDED for each in owed)


def _bids_on(state: State, party: Party) -> Iterator[str]:
    """Listings that have not ended in which it takes part, or sells as a co-owner that has consented."""
    for listing in state.listings.values():
        bidder = listing.bidders.get(party.id)
        takes_part = bidder is not None and bidder.state not in bidders.GONE
        consents = listing.co_owner_consents or ()
        if listing.state not in life.ENDED and (takes_part or party.company_number in consents):
            yield listing.id
