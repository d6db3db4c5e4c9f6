"""Commands about sealed bids and tenders: sealed before the close, opened after it, scored where it is a tender."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from exchange.commands.command import Command, GivenBy, Terms


class SealBid(Command, frozen=True):
    """A qualified bidder's sealed bid: `commitment` is its EIP-712 hash (`exchange.listings.bid_commitment`)."""

    listing_id: str
    commitment: str


class RevealTerms(Terms, frozen=True):
    """What a sealed bid opens to: price (minor units of the listing's currency), nonce (32 bytes, hex).

    `proposal` is the SHA-256 (hex) of a tender's proposal document, empty for a bid by price alone.
    """

    price: int
    nonce: str
    proposal: str = ""


class RevealBid(Command, frozen=True):
    """A bidder opens its sealed bid while the window for it is open."""

    terms_type: ClassVar[type[Terms] | None] = RevealTerms
    bid_id: str


class ScoreSheet(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One evaluator's points, 0 to 100, by bid and criterion. `expert` is a salted commitment (hex) to who it is."""

    expert: str
    points: dict[str, dict[str, int]]


class ScoreTerms(Terms, frozen=True):
    """The sheets of the whole evaluation committee 评标委员会."""

    sheets: tuple[ScoreSheet, ...]


class RecordScores(Command, frozen=True):
    """The operator records what the evaluation committee found; the award follows from it. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = ScoreTerms
    listing_id: str
