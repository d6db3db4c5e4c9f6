"""The model's other contracts: encumbrances, sealed sets, and the anchor of the journal."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from tests.contracts.model_base import NumberedLog, Switched, World, revert
from tests.contracts.shapes import ZERO, ZERO_ADDRESS, Freeze, Pledge, Release, SealedSet

EMPTY_ROOT = bytes.fromhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
MOST_GROWTH = 2**20


@dataclass
class Encumbrance:
    """A pledge or a freeze, and what ended it."""

    seq: int
    item: Pledge | Freeze
    release: Release | None = None


Book = dict[bytes, Encumbrance]


class EncumbranceModel(Switched):
    """Pledges and freezes; the switch is there and hinders nothing."""

    batches = ("recordPledges", "dischargePledges", "freezeRights", "releaseRights")
    rights_of_call = MappingProxyType(dict.fromkeys(batches, "registrar"))

    def __init__(self, address: str, world: World) -> None:
        super().__init__("EncumbranceRegister", address, world)
        self.pledges: Book = {}
        self.freezes: Book = {}

    def record_pledges(self, items: list[Pledge]) -> None:
        """Mirror registered pledges."""
        for item in items:
            needed = (item.right, item.pledge, item.pledgor, item.pledgee, item.proof)
            self._begin(self.pledges, "PledgeRegistered", item.pledge, item, zero=ZERO in needed)

    def freeze_rights(self, items: list[Freeze]) -> None:
        """Mirror freezes."""
        for item in items:
            self._begin(self.freezes, "RightFrozen", item.freeze, item, zero=ZERO in item)

    def discharge_pledges(self, items: list[Release]) -> None:
        """Mirror discharges of pledges."""
        for item in items:
            self._end(self.pledges, "PledgeDischarged", item)

    def release_rights(self, items: list[Release]) -> None:
        """Mirror releases of freezes."""
        for item in items:
            self._end(self.freezes, "RightReleased", item)

    @staticmethod
    def live(book: Book, right: bytes) -> int:
        """How many stand on a right."""
        return sum(1 for record in book.values() if record.item.right == right and record.release is None)

    def _begin(self, book: Book, event: str, name: bytes, item: Pledge | Freeze, *, zero: bool) -> None:
        if name in book:
            if book[name].item != item:
                self.refuse(name, "IdTaken")
        elif zero:
            self.refuse(name, "ZeroValue")
        else:
            before = self.live(book, item.right)
            book[name] = Encumbrance(self.emit(event, *item, before, before + 1), item)

    def _end(self, book: Book, event: str, item: Release) -> None:
        record = book.get(item.id)
        if record is None:
            self.refuse(item.id, "RecordUnknown")
        elif record.item.right != item.right:
            self.refuse(item.id, "AnotherRight")
        elif record.release is not None:
            if record.release != item:
                self.refuse(item.id, "AlreadyEnded")
        elif item.proof == ZERO:
            self.refuse(item.id, "ZeroValue")
        else:
            before = self.live(book, item.right)
            self.emit(event, *item, before, before - 1)
            record.release = item


class SealedModel(Switched):
    """Sealed sets: one for each round of a listing, for good."""

    batches = ("fixSealedBids",)
    stopped_by_pause = batches
    rights_of_call = MappingProxyType({"fixSealedBids": "settler"})

    def __init__(self, address: str, world: World) -> None:
        super().__init__("SealedBidRegister", address, world)
        self.sets: dict[tuple[bytes, int], tuple[int, SealedSet]] = {}

    def fix_sealed_bids(self, items: list[SealedSet]) -> None:
        """Fix sets."""
        for item in items:
            standing = self.sets.get(item[:2])
            if standing is not None:
                if standing[1] != item:
                    self.refuse(item.listing, "IdTaken")
            elif ZERO in {item.listing, item.root} or not item.round or not item.closed_at:
                self.refuse(item.listing, "ZeroValue")
            else:
                self.sets[item[:2]] = (self.emit("SealedBidsFixed", *item), item)


class AnchorModel(NumberedLog):
    """The journal's root: it grows, and its key hands itself over."""

    def __init__(self, address: str, world: World, key: str) -> None:
        super().__init__("JournalAnchor", address, world)
        self.size, self.root = 0, EMPTY_ROOT
        self.key, self.proposed = key, ZERO_ADDRESS

    def anchor(self, root: bytes, size: int, previous_root: bytes) -> None:
        """Anchor a later root."""
        self._require_key(self.key)
        if size <= self.size:
            revert("SizeNotAbove", size, self.size)
        if size - self.size > MOST_GROWTH:
            revert("GrowthTooLarge", size - self.size, MOST_GROWTH)
        if previous_root != self.root:
            revert("PreviousRootDiffers", previous_root, self.root)
        if root == ZERO:
            revert("RootIsZero")
        self.emit("Anchored", size, self.size, root, self.root)
        self.size, self.root = size, root

    def propose_key(self, proposal: str) -> None:
        """Name a successor, or none."""
        self._require_key(self.key)
        self.emit("AnchorKeyProposed", self.key, self.proposed, proposal)
        self.proposed = proposal

    def accept_key(self) -> None:
        """The successor takes over."""
        self._require_key(self.proposed)
        self.emit("AnchorKeyRotated", self.key, self.sender)
        self.key, self.proposed = self.sender, ZERO_ADDRESS

    def _require_key(self, key: str) -> None:
        if self.sender != key:
            revert("NotTheKey", self.sender)
