"""What an engine before version 3 has held without a hold's row: each gets its row as that version comes into force."""

from __future__ import annotations

from exchange.listings.life import WITH_BIDDERS
from exchange.money import holds
from exchange.rows.money import HoldSort
from exchange.turn import Turn


def enter_holds(turn: Turn) -> None:
    """A hold for every deposit, every price held at acceptance and every payment under way; no money moves."""
    state = turn.state
    for listing in [row for row in state.listings.values() if row.state in WITH_BIDDERS]:
        for party_id, bidder in sorted(listing.bidders.items()):
            account = (party_id, "deposit")
            holds.enter(turn, listing.id, party_id, "bid_deposit", listing.currency, bidder.deposit, account)
    for deal in list(state.deals.values()):
        sort: HoldSort = "price" if deal.bid_id is None else "bid_deposit"
        account = (deal.buyer, "deposit")
        holds.enter(turn, deal.id, deal.buyer, sort, deal.currency, deal.deposit, account)
    for payment in [row for row in state.payments.values() if row.state in {"PREPARED", "APPROVED"}]:
        account = (payment.id, "outgoing")
        holds.enter(turn, payment.id, payment.party_id, "payment", payment.currency, payment.amount, account)
