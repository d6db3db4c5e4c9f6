"""Which exchange rates have decided over a listing: the entry that a rule let through by one says so."""

from __future__ import annotations

from exchange.events import ExchangeRateUsed
from exchange.rows import Listing
from exchange.rules import exchange_rates, open_licences, state_assets
from exchange.sellers import sellers_of
from exchange.turn import Turn


def tell(turn: Turn, listing: Listing, *, notice: bool = False) -> None:
    """Name the rate by which each rule has compared a price of this listing; `notice`: its length was asked as well."""
    state = turn.state
    compared = {(open_licences.FEE.code, open_licences.fee_is_compared_in(state, listing))}
    for seller in sellers_of(state, listing):
        for right_id in listing.right_ids:
            in_currency = state_assets.price_is_compared_in(state, seller, right_id, turn.time_ms)
            compared.add((state_assets.BELOW_APPRAISAL.code, in_currency))
        if notice and state_assets.sells_state_assets(state.venue, seller):
            compared.add((state_assets.NOTICE.code, "CNY"))
    for code, currency in sorted(compared, key=str):
        if currency is not None and currency != listing.currency:
            rate = exchange_rates.factors(state, listing.currency, currency, turn.time_ms)
            turn.emit(ExchangeRateUsed(rate_id=rate.rate_id, listing_id=listing.id, rule=code))
