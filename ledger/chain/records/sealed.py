"""The sealed bids of a round as they stood at its close, and the journal's anchor."""

from __future__ import annotations

from ledger.chain.records.base import Record, content_id


class SealedSetRecord(Record, frozen=True, kw_only=True, tag="sealed_set"):
    """Root (RFC 6962) over the `count` commitments of a round's sealed bids; `closed_at` in Unix seconds."""

    contract = "SealedBidRegister"
    function = "fixSealedBids"
    types = ("bytes32", "uint16", "bytes32", "uint64", "uint64")
    role = "settler"
    listing_id: str
    round: int
    root: str
    count: int
    closed_at: int

    @property
    def item_id(self) -> str:
        """The listing."""
        return self.listing_id

    @property
    def record_id(self) -> str:
        """The hash of the whole: a listing has a set for each round."""
        return content_id(self)

    def subjects(self) -> frozenset[str]:
        """Give the listing."""
        return frozenset((self.listing_id,))


class AnchorRecord(Record, frozen=True, kw_only=True, tag="anchor"):
    """The journal's Merkle root at a size. Anchors go one at a time, and the contract reverts where it refuses."""

    contract = "JournalAnchor"
    form = "arguments"
    function = "anchor"
    types = ("bytes32", "uint64", "bytes32")
    role = "anchorer"
    root: str
    size: int
    previous_root: str

    @property
    def item_id(self) -> str:
        """The size, as a word: there is one anchor for a size."""
        return "0x" + self.size.to_bytes(32).hex()

    def subjects(self) -> frozenset[str]:
        """Give the journal: anchors keep their order."""
        return frozenset(("journal",))
