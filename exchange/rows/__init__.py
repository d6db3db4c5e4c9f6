"""The rows of the engine's memory, one type for each table: what stands of the venue, parties, rights, deals and money.

Amounts are integer minor units of the row's currency; times are milliseconds UTC. Nothing here decides anything.
"""

from __future__ import annotations

from exchange.rows.deals import (
    Deal,
    FiledLicence,
    FiledPledge,
    Filing,
    LotPart,
    RefusalNotice,
    RightFacts,
    StoppedPayments,
)
from exchange.rows.deposits import Deposit
from exchange.rows.disputes import Dispute
from exchange.rows.documents import Document, Objection
from exchange.rows.encumbrances import Freeze, PledgeContract, PledgeReceipts
from exchange.rows.evidence import Evidence, LegalHold
from exchange.rows.facts import RightFact
from exchange.rows.fees import FeeSchedule
from exchange.rows.licences import Licence, LicenceScope
from exchange.rows.listings import Bid, Bidder, Listing, Offer
from exchange.rows.money import Account, Hold, Payment, StatementLine
from exchange.rows.needs import Need
from exchange.rows.obligations import Obligation
from exchange.rows.orders import Order, SignedOrder
from exchange.rows.parties import APPROVED, Agent, Key, Party, Recovery
from exchange.rows.proposals import Proposal
from exchange.rows.rates import ExchangeRate
from exchange.rows.records import KeptRecord
from exchange.rows.rights import Bibliography, RegisterEntry, Right
from exchange.rows.row import Row
from exchange.rows.sealed_bids import SealedSet
from exchange.rows.surveillance import SurveillanceCase
from exchange.rows.venue import TRADING_CLOCKS, Deadline, TradingAuthorisation, TradingHalt, Venue

__all__ = [
    "APPROVED",
    "ROW_TYPES",
    "ROW_TYPE_BY_KIND",
    "TRADING_CLOCKS",
    "Account",
    "Agent",
    "Bibliography",
    "Bid",
    "Bidder",
    "Deadline",
    "Deal",
    "Deposit",
    "Dispute",
    "Document",
    "Evidence",
    "ExchangeRate",
    "FeeSchedule",
    "FiledLicence",
    "FiledPledge",
    "Filing",
    "Freeze",
    "Hold",
    "KeptRecord",
    "Key",
    "LegalHold",
    "Licence",
    "LicenceScope",
    "Listing",
    "LotPart",
    "Need",
    "Objection",
    "Obligation",
    "Offer",
    "Order",
    "Party",
    "Payment",
    "PledgeContract",
    "PledgeReceipts",
    "Proposal",
    "Recovery",
    "RefusalNotice",
    "RegisterEntry",
    "Right",
    "RightFact",
    "RightFacts",
    "Row",
    "SealedSet",
    "SignedOrder",
    "StatementLine",
    "StoppedPayments",
    "SurveillanceCase",
    "TradingAuthorisation",
    "TradingHalt",
    "Venue",
]

ROW_TYPES: tuple[type[Row], ...] = (
    Venue, Party, Right, Listing, Bid, Deal, Licence, Filing, Account, Payment, StatementLine, Deadline,
    Key, LicenceScope, Offer, Recovery, Proposal, SealedSet, Order, Need, Obligation, FeeSchedule,
    Dispute, Freeze, PledgeContract, RightFact,
    Document, Objection, Deposit,
    RegisterEntry,
    Hold, ExchangeRate, KeptRecord,
    Evidence, LegalHold,
    PledgeReceipts, SurveillanceCase,
)  # fmt: skip
ROW_TYPE_BY_KIND: dict[str, type[Row]] = {row_type.kind: row_type for row_type in ROW_TYPES}
