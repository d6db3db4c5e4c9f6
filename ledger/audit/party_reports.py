"""What the service reported of offers and deals that parties ended on the chain themselves: it must stand there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from exchange.identifiers import DEAL_NUMBER_BYTES, deal_number
from exchange.offers import offer_salt
from ledger.audit.keys import offer_of
from ledger.chain.events import DealCancelled, OfferMade, OfferWithdrawn
from ledger.signatures import struct_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exchange.commands import ReportPartyMessage
    from ledger.audit.findings import Findings
    from ledger.chain.events import ChainEvent


class _Report(msgspec.Struct, frozen=True, kw_only=True):
    entry: int
    command: ReportPartyMessage


class PartyReports:
    """The accepted reports, and the offers that were signed, in the journal's order."""

    def __init__(self) -> None:
        self._reports: list[_Report] = []
        self._offers: dict[str, int] = {}
        """How many offers of each listing were signed."""

    def add_offer(self, listing_id: str) -> bytes:
        """Take down that an offer was signed; gives the salt that tells it from every other."""
        number = self._offers.get(listing_id, 0)
        self._offers[listing_id] = number + 1
        return offer_salt(listing_id, number)

    def add(self, entry: int, command: ReportPartyMessage) -> None:
        """Take a report down."""
        self._reports.append(_Report(entry=entry, command=command))

    def check(self, events: Iterable[ChainEvent], block: int, findings: Findings) -> int:
        """Look for the event of each, read at `block`; gives how many were reported in later blocks."""
        if not self._reports:
            return 0
        cancelled: dict[str, str] = {}
        withdrawn: set[str] = set()
        made: dict[str, str] = {}
        for event in events:
            match event:
                case DealCancelled():
                    cancelled[event.deal_id[-2 * DEAL_NUMBER_BYTES :]] = event.key.lower()
                case OfferWithdrawn():
                    withdrawn.add(event.offer_id)
                case OfferMade():
                    made["0x" + struct_hash(offer_of(event)).hex()] = event.salt
                case _:
                    pass
        # An offer may be withdrawn there before it was recorded: of that one no more than its hash is known.
        unrecorded = not withdrawn <= set(made)
        salts = {made[offer_id] for offer_id in withdrawn & set(made)}
        beyond = 0
        for report in self._reports:
            command = report.command
            if command.message == "deal_cancelled":
                key = cancelled.get(deal_number(command.subject_id).hex())
                stands = key is not None and (command.key is UNSET or command.key.lower() == key)
            else:
                stands = unrecorded or bool(salts & self._salts(command.subject_id))
            if stands:
                continue
            if command.block > block:
                beyond += 1
            else:
                detail = f"{command.message} {command.subject_id}, transaction {command.transaction}"
                findings.add("AUDIT-CHAIN-MISSING", detail, entry=report.entry)
        return beyond

    def _salts(self, listing_id: str) -> set[str]:
        return {
            "0x" + offer_salt(listing_id, number).hex() for number in range(self._offers.get(listing_id, 0))
        }
