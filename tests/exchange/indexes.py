"""What the state says of itself in more than one place: its indexes, and what rows say of one another."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from msgspec import UNSET

from exchange.demand.needs import MOST_NEEDS
from exchange.rows import TRADING_CLOCKS
from exchange.rules import export_control
from exchange.trading_halts import SIGNATURE_END

DEAL_OVER = {"SETTLED", "REFUNDED", "REASSIGNED"}
LISTING_OVER = frozenset({"SOLD", "LAPSED", "REJECTED", "WITHDRAWN"})
OWNERS = {
    "key": ("party_id",),
    "recovery": ("party_id",),
    "order": ("party_id",),
    "deal": ("seller", "buyer"),
    "listing": ("seller",),
    "offer": ("seller",),
}
CLOCKS = {
    "licence": ("licence_end", "recordal"),
    "order": ("order_expiry",),
    "proposal": ("proposal_expiry",),
    "need": ("need_expiry", "archive_need"),
    "deal": ("refusal_by", "sign_by", "fund_by", "perform_by", "export_licence_by", "export_registration_by"),
    "obligation": ("period_end", "report_due", "payment_due", "inspection_end"),
    "document": ("letter_of_intent_by",),
    "freeze": ("freeze_end",),
    "pledge_contract": ("pledge_sign_by",),
    "listing": (
        *("call_end", "price_drop", "sealing_by", "reveal_end", "evaluation_by", "award_offer", "lot_choice"),
        *("notice_end", "registration_close", "listing_close", "archive"),
    ),
}
KIND_OF_CLOCK = {what: kind for kind, clocks in CLOCKS.items() for what in clocks}
CLOCK_OF_STATE = {
    "SEALED": "sealing_by",
    "REVEALING": "reveal_end",
    "EVALUATING": "evaluation_by",
    "REOFFERED": "award_offer",
}
"""By the state of a listing that waits for it."""


def beside_dispute(deal: Any) -> str:
    """A deal's state, or the one in which it is beside its dispute."""
    return str(deal.disputed_from or deal.state)


def lacks_its_licence(state: Any, deal: Any) -> bool:
    """Whether a deal that takes restricted technology out has no export licence from after its last change."""
    restricted = state.rights[deal.right_id].export_class in {"restricted", "unclassified"}
    if state.venue.engine < 5 or not restricted or not export_control.takes_technology_out(state, deal):
        return False
    licences = [
        int(row.id[4:])
        for row in state.documents.values()
        if (row.document, row.subject_id) == ("export_licence", deal.id)
    ]
    return max(licences, default=0) <= (deal.export_void_through or 0)


def listed(listing: Any) -> list[str]:
    """The rights that a listing offers."""
    return [member.right_id for member in listing.lot] if listing.lot else [listing.right_id]


def indexes_agree(state: Any) -> None:
    """What rows say of one another agrees."""
    _rights_agree(state)
    _owned_rows_are_known(state)
    _books_agree(state)
    _proposals_agree(state)
    _needs_agree(state)
    _papers_agree(state)
    _obligations_are_known(state)
    _clocks_agree(state)


def _rights_agree(state: Any) -> None:
    open_deals: dict[str, set[str]] = defaultdict(set)
    for deal in state.deals.values():
        if beside_dispute(deal) not in DEAL_OVER:
            open_deals[deal.right_id].add(deal.id)
    licences: dict[str, set[str]] = defaultdict(set)
    for row in state.licences.values():
        licences[row.right_id].add(row.id)
    open_listings: dict[str, set[str]] = defaultdict(set)
    for row in state.listings.values():
        if row.state in LISTING_OVER or row.terms.head_licence:
            continue
        for right_id in listed(row):
            if not _went_its_way(state, row, right_id):
                open_listings[right_id].add(row.id)
    undone = {
        state.deals[row.reverses].listing_id for row in state.deals.values() if row.reverses in state.deals
    }
    for right in state.rights.values():
        assert set(right.open_deals) == open_deals[right.id]
        assert set(right.licences) == licences[right.id]
        _listings_agree(right, open_listings[right.id], undone)


def _books_agree(state: Any) -> None:
    for listing_id, book in state.books.items():
        live = [bid for bid in state.bids.values() if bid.listing_id == listing_id and bid.state == "LIVE"]
        assert book.ranking() == [bid.id for bid in sorted(live, key=lambda bid: (-bid.price, bid.sequence))]
        assert book.bid_by_party == {bid.party_id: bid.id for bid in live}
    sealed = {(row.listing_id, row.party_id): row.id for row in state.bids.values() if row.state == "SEALED"}
    known = {
        (listing, party): bid for listing, ids in state.sealed_bids.items() for party, bid in ids.items()
    }
    assert sealed == known


def _proposals_agree(state: Any) -> None:
    for listing_id, by_buyer in state.proposals_of.items():
        here = [row for row in state.proposals.values() if row.listing_id == listing_id]
        assert sorted(each for ids in by_buyer.values() for each in ids) == sorted(row.id for row in here)
        live_here = [row for row in here if row.state == "LIVE"]
        assert all(by_buyer[row.buyer][-1] == row.id for row in live_here), "one at a time with each buyer"
        assert not live_here or state.listings[listing_id].state in {"OPEN", "SUSPENDED"}
        for row in live_here:
            assert state.listings[listing_id].bidders[row.buyer].state == "NEGOTIATING"
            assert f"proposal_expiry:{row.id}" in state.deadlines


def _needs_agree(state: Any) -> None:
    for party_id, ids in state.needs_of.items():
        assert sorted(ids) == sorted(row.id for row in state.needs.values() if row.buyer == party_id)
        assert len(ids) <= MOST_NEEDS
    for need in state.needs.values():
        assert (f"need_expiry:{need.id}" in state.deadlines) == (need.state == "OPEN"), "an open one expires"
        assert (f"archive_need:{need.id}" in state.deadlines) == (need.state != "OPEN")
        assert (need.deal_id is not None) == (need.state == "FULFILLED")
        deal = state.deals.get(need.deal_id or "")
        assert deal is None or deal.buyer == need.buyer, "by a deal of the buyer's own"


def _obligations_are_known(state: Any) -> None:
    by_deal: dict[str, set[str]] = defaultdict(set)
    for row in state.obligations.values():
        by_deal[row.deal_id].add(row.id)
    assert {deal_id: set(ids) for deal_id, ids in state.obligations_of.items()} == by_deal
    assert set(by_deal) <= set(state.deals)


def _clocks_agree(state: Any) -> None:
    for deadline in state.deadlines.values():
        assert deadline.id == f"{deadline.what}:{deadline.subject_id}"
        stands_still = deadline.what in TRADING_CLOCKS and state.venue.trading_halt is not UNSET
        assert (deadline.stopped_ms is not UNSET) == stands_still, f"{deadline.id} runs against the halt"
        if deadline.what == SIGNATURE_END:
            assert deadline.subject_id in state.venue.first_approvals
            continue
        assert deadline.subject_id in state.rows[KIND_OF_CLOCK[deadline.what]]
    for listing in state.listings.values():
        standing = f"listing_close:{listing.id}" in state.deadlines
        open_still = {"OPEN", "TRADING", "BIDDING", "NEGOTIATE"}
        assert standing or listing.state not in open_still, f"{listing.id} never closes"
        clock = CLOCK_OF_STATE.get(listing.state)
        assert clock is None or f"{clock}:{listing.id}" in state.deadlines, f"{listing.id} waits for ever"


def _owned_rows_are_known(state: Any) -> None:
    """The index of whose each row is holds every row in memory that is somebody's, and nothing else."""
    for kind, fields in OWNERS.items():
        expected: dict[str, set[str]] = {party_id: set() for party_id in state.parties}
        for row in state.rows[kind].values():
            for field in fields:
                expected.setdefault(getattr(row, field), set()).add(row.id)
        for party_id, ids in expected.items():
            assert ids == set(state.owned.ids(kind, party_id)), (kind, party_id)
    consented: dict[str, set[str]] = {}
    for row in state.listings.values():
        for number in row.co_owner_consents or ():
            consented.setdefault(number, set()).add(row.id)
    assert consented == {number: ids for number, ids in state.consented.items() if ids}


def _listings_agree(right: Any, open_listings: set[str], undone: set[str]) -> None:
    """A right has one open listing and one of an open licence; a deal that another one undoes may still be paid out under its own."""
    current = {each for each in (right.open_listing, right.open_licence_listing) if each}
    assert current <= open_listings <= current | undone


def _went_its_way(state: Any, listing: Any, right_id: str) -> bool:
    """Whether a right of a lot that was paid for has passed or been given up, so that it stands there no more."""
    deals = [state.deals[each] for each in listing.deals] if listing.lot else []
    ends = [deal for deal in deals if deal.right_id == right_id and beside_dispute(deal) in DEAL_OVER]
    return any(deal.statement_line for deal in ends)


def _papers_agree(state: Any) -> None:
    """The last document of its kind counts; a notice stands still exactly while an objection stands."""
    last: dict[tuple[str, str, str], int] = {}
    for row in state.documents.values():
        key = (row.document, row.subject_id, row.party_id)
        last[key] = max(last.get(key, 0), int(row.id.rpartition("-")[2]))
    assert {key: f"DOC-{number}" for key, number in last.items()} == state.documents_of
    for listing in state.listings.values():
        ids = [row.id for row in state.objections.values() if row.listing_id == listing.id]
        assert sorted(state.objections_of.get(listing.id, ())) == sorted(ids)
        standing = [each for each in ids if state.objections[each].state == "STANDING"]
        assert (listing.state == "HELD") == bool(standing), "held while one stands, and no longer"
        clock = f"notice_end:{listing.id}" in state.deadlines
        assert clock or listing.state != "PUBLICITY", f"the notice of {listing.id} never ends"
        assert not (clock and listing.state == "HELD"), f"the notice of {listing.id} runs on"
    for deal in state.deals.values():
        if deal.state == "CONDITIONAL":
            assert sum(deal.funded_by.values()) == (deal.earnest or 0)
            assert deal.licence_id is None
        elif beside_dispute(deal) in {"EFFECTIVE", "WITNESSED"} and deal.licence_id is None:
            assert not lacks_its_licence(state, deal), f"{deal.id} has effect without its export licence"
