"""The rows of the engine's memory, one type for each table: what stands of the venue, parties, rights, deals and money.

Amounts are integer minor units of the row's currency; times are milliseconds UTC. Nothing here decides anything.
"""

from __future__ import annotations

from exchange.rows.deals import Deal, FiledLicence, Filing, RightFacts
from exchange.rows.licences import Licence, LicenceScope
from exchange.rows.listings import Bid, Bidder, Listing, Offer
from exchange.rows.money import Account, Payment, StatementLine
from exchange.rows.parties import Agent, Key, Party, Recovery
from exchange.rows.proposals import Proposal
from exchange.rows.rights import Right
from exchange.rows.row import Row
from exchange.rows.venue import Deadline, Venue

__all__ = [
    "ROW_TYPES",
    "ROW_TYPE_BY_KIND",
    "Account",
    "Agent",
    "Bid",
    "Bidder",
    "Deadline",
    "Deal",
    "FiledLicence",
    "Filing",
    "Key",
    "Licence",
    "LicenceScope",
    "Listing",
    "Offer",
    "Party",
    "Payment",
    "Proposal",
    "Recovery",
    "Right",
    "RightFacts",
    "Row",
    "StatementLine",
    "Venue",
]

ROW_TYPES: tuple[type[Row], ...] = (
    Venue, Party, Right, Listing, Bid, Deal, Licence, Filing, Account, Payment, StatementLine, Deadline,
    Key, LicenceScope, Offer, Recovery, Proposal,
)  # fmt: skip
ROW_TYPE_BY_KIND: dict[str, type[Row]] = {row_type.kind: row_type for row_type in ROW_TYPES}
