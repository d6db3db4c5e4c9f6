"""What a submitted listing must look like, whatever right and mode it is of."""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.bounds import require_moment, require_text
from exchange.calendar import MS_PER_DAY
from exchange.commands import ListingTerms, SubmitListing
from exchange.listings import considerations, undertakings
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rules import auction_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.consideration import has_price
from exchange.terms.scope import TERRITORIES
from exchange.turn import Turn

LONGEST_LISTING_MS = 366 * MS_PER_DAY
MOST_TERRITORIES = 64
LONGEST_FIELD_OF_USE = 200
ANNOUNCEMENT_NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,31}", re.ASCII)


def check_shape(turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
    """Raises Refusal MALFORMED, naming the first field that no listing can have so."""
    if not turn.time_ms < command.closes_ms <= turn.time_ms + LONGEST_LISTING_MS:
        refuse(rules.MALFORMED, field="closes_ms")
    considerations.require_well_formed(turn, command, terms)
    least = 1 if has_price(terms) else 0
    if not least <= terms.price <= LARGEST_AMOUNT or terms.deposit < 0 or not 0 <= terms.step <= terms.price:
        refuse(rules.MALFORMED, field="price, deposit or step")
    undertakings.require_well_formed(turn.state, terms)
    number = command.announcement_number
    if number is not None and not ANNOUNCEMENT_NUMBER.fullmatch(number):
        refuse(rules.MALFORMED, field="announcement_number")
    require_text("field_of_use", terms.field_of_use.strip(), LONGEST_FIELD_OF_USE)
    if not 0 < len(terms.territory) <= MOST_TERRITORIES or not TERRITORIES.issuperset(terms.territory):
        refuse(rules.MALFORMED, field="territory", most=MOST_TERRITORIES)
    for field in ("starts_ms", "ends_ms"):
        if getattr(terms, field) is not None:
            require_moment(field, getattr(terms, field))
    if terms.ends_ms is not None and terms.ends_ms <= max(turn.time_ms, terms.starts_ms or 0):
        refuse(rules.MALFORMED, field="ends_ms")


def auction_is_one(turn: Turn, command: SubmitListing) -> None:
    """Only bidding by several is called an auction, with its preview. Raises Refusal MALFORMED, CN-AUCTION-LAW-48."""
    if command.auction is not UNSET and command.mode not in {"english", "dutch"}:
        refuse(rules.MALFORMED, field="auction", mode=command.mode)
    bidding_ms = command.registration_closes_ms or command.closes_ms
    auction_law.preview_is_long_enough(command.auction, turn.time_ms, bidding_ms)
