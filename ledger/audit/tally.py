"""How much the audited entries brought about, counted from accepted commands: a public export shows these as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.commands import ApplyParty, ImportRight, PlaceBid, SealBid, SubmitListing
from ledger.journal import Accepted

if TYPE_CHECKING:
    from ledger.journal import Entry


class Tally:
    """Rights in the catalogue, parties that applied, listings submitted, bids placed."""

    def __init__(self) -> None:
        self.rights = 0
        self.parties = 0
        self.listings = 0
        self.bids = 0

    def add(self, entry: Entry) -> None:
        """Count an entry. The same right again is none, a refused command neither."""
        if not isinstance(entry.answer, Accepted):
            return
        match entry.command:
            case PlaceBid() | SealBid():
                self.bids += 1
            case ImportRight():
                self.rights += entry.answer.result.get("known") == "no"
            case ApplyParty():
                self.parties += 1
            case SubmitListing():
                self.listings += 1
