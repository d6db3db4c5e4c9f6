"""Sealed bids against the chain: what was acknowledged and not taken back by the close is the set that was fixed.

From a public export alone: the commands show who sealed which commitment, who took it back and who left, and since
engine version 5 the answers which bids ended with a finding of the venue's. Before that the commands show whom the
operator recorded as an affiliate of the seller, and nothing shows whose bid a document ended.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.calendar import MS_PER_SECOND
from exchange.commands import (
    LeaveListing,
    RecordAffiliation,
    ReportChainRecord,
    RevealBid,
    SealBid,
    SubmitListing,
    WithdrawBid,
)
from exchange.identifiers import chain_key
from exchange.listings.parting import ENDED_BIDS_SINCE_ENGINE
from ledger import merkle
from ledger.chain.events import SealedBidsFixed
from ledger.journal import Accepted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ledger.audit.findings import Findings
    from ledger.chain.events import ChainEvent
    from ledger.journal import Entry


class _Sealed(msgspec.Struct, frozen=True):
    party_id: str
    commitment: str
    listing_id: str


class SealedSets:
    """The sealed bids of every listing, as the entries taken so far leave them."""

    def __init__(self) -> None:
        self._sellers: dict[str, str] = {}
        self._bids: dict[str, dict[str, _Sealed]] = {}
        """Listing to bid to what was sealed."""
        self._sealed: dict[str, _Sealed] = {}
        """By bid, taken back ones included."""
        self._listing_of: dict[str, str] = {}
        """By its key on the chain."""
        self._wrongly_opened: list[tuple[int, str]] = []
        """Entry and bid: opened by another, before its set was final, or not in the set."""
        self._affiliations: list[tuple[int, str, str]] = []
        self._ended: dict[str, int] = {}
        """Bid to the time (ms UTC) of the entry that ended it, by what the venue found."""
        self._reports: dict[str, tuple[int, ReportChainRecord]] = {}
        """Listing to the entry that reported its set as final."""

    def add(self, entry: Entry) -> None:
        """Take down what an accepted entry does to sealed bids."""
        command, answer = entry.command, entry.answer
        if not isinstance(answer, Accepted):
            return
        for bid_id in filter(None, answer.result.get("ended_bids", "").split(",")):
            self._ended[bid_id] = entry.time_ms
        match command:
            case SubmitListing():
                self._sellers[answer.result["listing_id"]] = entry.actor
            case SealBid(listing_id=listing_id):
                self._seal(answer.result["bid_id"], _Sealed(entry.actor, command.commitment, listing_id))
            case WithdrawBid(bid_id=bid_id) if bid_id in self._sealed:
                self._bids[self._sealed[bid_id].listing_id].pop(bid_id, None)
            case RevealBid(bid_id=bid_id) if not self._may_be_opened(bid_id, entry.actor):
                self._wrongly_opened.append((entry.entry, bid_id))
            case LeaveListing(listing_id=listing_id):
                bids = self._bids.get(listing_id, {})
                self._bids[listing_id] = {
                    bid_id: sealed for bid_id, sealed in bids.items() if sealed.party_id != entry.actor
                }
            case RecordAffiliation(party_id=one, affiliate_id=other) if (
                entry.engine < ENDED_BIDS_SINCE_ENGINE
            ):
                self._affiliations.append((entry.time_ms, one, other))
            case ReportChainRecord(record="sealed_set", outcome="final", subject_id=listing_id):
                self._reports[listing_id] = (entry.entry, command)
            case _:
                pass

    def knows(self, event: SealedBidsFixed) -> bool:
        """Whether anybody sealed a bid on the listing of this set."""
        return event.listing_id in self._listing_of

    def check(self, events: Sequence[ChainEvent], block: int, findings: Findings) -> int:
        """Hold every set on the chain, read at `block`, against the entries; gives how many lie beyond the block."""
        for entry, bid_id in self._wrongly_opened:
            findings.add("AUDIT-SEALED-BIDS", f"{bid_id} was opened", entry=entry)
        fixed: set[str] = set()
        for event in events:
            if isinstance(event, SealedBidsFixed) and self.knows(event):
                listing_id = self._listing_of[event.listing_id]
                fixed.add(listing_id)
                if not self._is_whole(listing_id, event):
                    findings.add("AUDIT-SEALED-BIDS", f"SealedBidsFixed {event.seq}, {listing_id}")
        beyond = 0
        for listing_id, (entry, report) in self._reports.items():
            if listing_id in fixed:
                continue
            if report.block > block:
                beyond += 1
            else:
                findings.add("AUDIT-CHAIN-MISSING", f"transaction {report.transaction}", entry=entry)
        return beyond

    def _seal(self, bid_id: str, sealed: _Sealed) -> None:
        self._sealed[bid_id] = sealed
        self._bids.setdefault(sealed.listing_id, {})[bid_id] = sealed
        self._listing_of["0x" + chain_key("listing", sealed.listing_id).hex()] = sealed.listing_id

    def _may_be_opened(self, bid_id: str, actor: str) -> bool:
        """By whoever sealed it, where it stands in a set that is final by now."""
        sealed = self._sealed.get(bid_id)
        if sealed is None or sealed.party_id != actor or sealed.listing_id not in self._reports:
            return False
        return bid_id in self._bids[sealed.listing_id]

    def _is_whole(self, listing_id: str, event: SealedBidsFixed) -> bool:
        out = self._affiliates_of(self._sellers.get(listing_id, ""), event.closed_at)
        ended = {bid_id for bid_id, time_ms in self._ended.items() if _by(event.closed_at, time_ms)}
        kept = sorted(
            each.commitment
            for bid_id, each in self._bids[listing_id].items()
            if bid_id not in ended and each.party_id not in out
        )
        leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in kept]
        return (event.count, event.root) == (len(kept), "0x" + merkle.root(leaves).hex())

    def _affiliates_of(self, seller: str, closed_at: int) -> set[str]:
        """Whom the operator had recorded by the close (Unix seconds) as an affiliate of the seller."""
        known = [pair for time_ms, *pair in self._affiliations if _by(closed_at, time_ms)]
        return {party for pair in known if seller in pair for party in pair} - {seller}


def _by(closed_at: int, time_ms: int) -> bool:
    """Whether a time (ms UTC) lies no later than the second of a close (Unix seconds)."""
    return time_ms < (closed_at + 1) * MS_PER_SECOND
