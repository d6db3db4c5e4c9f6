"""Commands about disputes over a deal: raised on a reference, ended by an outcome that an operator records."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, GivenBy, Terms

DisputeGround = Literal["non_payment", "non_performance", "title", "validity", "scope", "agreement", "other"]
DisputeBody = Literal[
    "scia", "cietac", "hkiac", "wtc_macau", "court_cn", "court_hk", "court_mo", "cnipa", "mediation"
]
"""Who decides: arbitration in Shenzhen, Beijing, Hong Kong or Macau, a court, CNIPA, or a mediator."""
DisputeOutcome = Literal["resume", "unwind", "reverse_deal", "terminate_licence"]


class RaiseDispute(Command, frozen=True):
    """A party to a deal, or an operator, brings it into dispute: its clocks stand still until an outcome is recorded.

    `document_digest`: SHA-256 (hex) of the request, notice or order. Erasable: `reference`, the case number, which must
    be there; of an operator also `reason`.
    """

    given_by: ClassVar[GivenBy] = "enrolled"
    deal_id: str
    ground: DisputeGround
    body: DisputeBody
    document_digest: str


class RecordDisputeOutcome(Command, frozen=True):
    """What was decided or agreed, with its document's digest: the deal goes on, is unwound, or another undoes it.

    `terminate_licence` ends the licence in force for the time to come. reverse_deal: of that outcome alone, the deal
    that gives the right back. defaulted: of an unwinding alone, the party that was found not to have performed.
    Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    dispute_id: str
    outcome: DisputeOutcome
    document_digest: str
    reverse_deal: str | None = None
    defaulted: str | UnsetType = UNSET


class ReverseDealTerms(Terms, frozen=True):
    """What is paid for the right that is given back, in minor units of the deal's currency; 0 if nothing."""

    price: int


class OrderReverseDeal(Command, frozen=True):
    """The outcome has the right given back: the engine draws up the assignment from buyer to seller that does so.

    `document_digest`: SHA-256 (hex) of the award, judgment or settlement. Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = ReverseDealTerms
    dispute_id: str
    document_digest: str
