"""The model's register: rights, licences and corrections on top of parties and deals."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from eth_abi.abi import encode

from exchange.keccak import keccak
from tests.contracts.model_base import World
from tests.contracts.model_deals import (
    AGREED,
    ASSIGNMENT,
    LICENCES,
    LICENSED,
    ORDINARY_LICENCE,
    REGISTERED,
    Dealings,
)
from tests.contracts.shapes import ZERO, Confirmation, Correction, Licence, LicenceEnding, RightEntry

LEVELS = 8
"""Most licences from the head of a tree down to its last sub-licence."""
MOST_SAME_SCOPE = 1_024
LATEST_END = 2**40 - 1
REGISTRAR = (
    "recordRights",
    "confirmRegistrations",
    "enrolKeys",
    "proposeRecoveries",
    "recordStandings",
    "recordCorrections",
)
SETTLER = (
    "recordAgreements",
    "settleDeals",
    "unwindDeals",
    "recordOffers",
    "acceptOffers",
    "recordLicences",
    "endLicences",
)


@dataclass
class RightRecord:
    """A right and its holder of record."""

    seq: int
    entry: RightEntry
    holder: bytes


@dataclass
class LicenceRecord:
    """A licence as granted, and how it ended before its term if it did."""

    seq: int
    kind: int
    item: Licence
    ending: LicenceEnding | None = None

    @property
    def ends_at(self) -> int:
        """When it ends by itself: with its term, or before."""
        return self.item.ends_at if self.ending is None else self.ending.ended_at


class RegisterModel(Dealings):
    """The whole register."""

    batches = (*REGISTRAR, *SETTLER)
    stopped_by_pause = ("recordAgreements", "recordOffers", "acceptOffers")
    rights_of_call = MappingProxyType(
        {
            **dict.fromkeys(REGISTRAR, "registrar"),
            **dict.fromkeys(SETTLER, "settler"),
            **dict.fromkeys(("revokeKeyAsGuardian", "endRecoveryWait"), "guardian"),
        }
    )

    def __init__(self, address: str, world: World, chain_id: int) -> None:
        super().__init__("Register", address, world, chain_id)
        self.rights: dict[bytes, RightRecord] = {}
        self.confirmed_without_deal: set[Confirmation] = set()
        self.licences: dict[bytes, LicenceRecord] = {}
        self.corrections: dict[bytes, Correction] = {}

    def record_rights(self, entries: list[RightEntry]) -> None:
        """Enter rights."""
        for entry in entries:
            standing = self.rights.get(entry.right)
            if standing is not None:
                if standing.entry != entry:
                    self.refuse(entry.right, "IdTaken")
            elif ZERO in entry:
                self.refuse(entry.right, "ZeroValue")
            else:
                seq = self.emit("RightRegistered", *entry)
                self.rights[entry.right] = RightRecord(seq, entry, entry.holder)

    def confirm_registrations(self, items: list[Confirmation]) -> None:
        """The public register's word on a new holder. Without a deal, a refusal names the hash of the item."""
        for item in items:
            deal = self.deals.get(item.deal)
            if item in self.confirmed_without_deal or (deal is not None and deal.outcome == item):
                continue
            refusal = None if item.deal == ZERO else self._deal_behind_refusal(item)
            refusal = refusal or self._holders_refusal(item)
            if refusal is not None:
                named = item.deal if item.deal != ZERO else keccak(encode(["bytes32"] * 5, list(item)))
                self.refuse(named, refusal)
                continue
            self.emit("RegistryConfirmed", *item)
            self.rights[item.right].holder = item.new_holder
            if deal is None:
                self.confirmed_without_deal.add(item)
            else:
                deal.state, deal.outcome = REGISTERED, item

    def record_licences(self, items: list[Licence]) -> None:
        """Grant licences on agreed deals."""
        for item in items:
            standing = self.licences.get(item.licence)
            if standing is not None:
                if standing.item != item:
                    self.refuse(item.licence, "IdTaken")
                continue
            refusal = self._licence_refusal(item) or self._head_refusal(item) or self._conflict(item)
            if refusal is not None:
                self.refuse(item.licence, refusal)
                continue
            deal = self.deal_or_fill(item.deal)
            assert deal is not None
            deal.state, deal.outcome = LICENSED, item
            self.deals[item.deal] = deal
            self.licences[item.licence] = LicenceRecord(self.emit("LicenceGranted", *item), deal.kind, item)

    def end_licences(self, items: list[LicenceEnding]) -> None:
        """End licences before their term is over."""
        for item in items:
            licence = self.licences.get(item.licence)
            if licence is None:
                self.refuse(item.licence, "RecordUnknown")
            elif licence.item.right != item.right:
                self.refuse(item.licence, "AnotherRight")
            elif licence.ending == item:
                continue
            elif not licence.item.starts_at <= item.ended_at < licence.ends_at:
                self.refuse(item.licence, "LicenceTermInvalid" if licence.ending is None else "AlreadyEnded")
            else:
                self.emit("LicenceEnded", *item, licence.ends_at)
                licence.ending = item

    def record_corrections(self, items: list[Correction]) -> None:
        """Say which earlier event was wrong."""
        for item in items:
            standing = self.corrections.get(item.correction)
            if standing is not None:
                if standing != item:
                    self.refuse(item.correction, "IdTaken")
            elif ZERO in {item.correction, item.new_value, item.ground}:
                self.refuse(item.correction, "ZeroValue")
            elif not 1 <= item.corrected_seq <= self.seq:
                self.refuse(item.correction, "EventUnknown")
            else:
                self.emit("Corrected", *item)
                self.corrections[item.correction] = item

    def line(self, licence: bytes) -> list[LicenceRecord]:
        """A licence and every head above it, from itself upwards; empty if it is unknown."""
        found = []
        standing = self.licences.get(licence)
        while standing is not None:
            found.append(standing)
            head = standing.item.head
            standing = self.licences.get(head) if head != ZERO else None
        return found

    def end_of(self, licence: bytes) -> int:
        """When a licence ends, by itself or with a head above it; 0 if it is unknown."""
        return min((record.ends_at for record in self.line(licence)), default=0)

    def _deal_behind_refusal(self, item: Confirmation) -> str | None:
        deal = self.deals.get(item.deal)
        if deal is None:
            return "RecordUnknown"
        if deal.content.right != item.right:
            return "AnotherRight"
        if deal.kind != ASSIGNMENT:
            return "DealKindForbids"
        return None if deal.state == AGREED else "DealStateForbids"

    def _holders_refusal(self, item: Confirmation) -> str | None:
        if ZERO in {item.old_holder, item.new_holder, item.proof}:
            return "ZeroValue"
        if item.old_holder == item.new_holder:
            return "HolderUnchanged"
        if item.right not in self.rights:
            return "RightUnknown"
        return None if self.rights[item.right].holder == item.old_holder else "HolderMismatch"

    def _licence_refusal(self, item: Licence) -> str | None:
        if ZERO in {item.licence, item.licensor, item.licensee, item.terms, item.scope}:
            return "ZeroValue"
        if not item.starts_at < item.ends_at <= LATEST_END:
            return "LicenceTermInvalid"
        deal = self.deal_or_fill(item.deal)
        if deal is None:
            return "RecordUnknown"
        if deal.content.right != item.right:
            return "AnotherRight"
        if deal.kind not in LICENCES:
            return "DealKindForbids"
        return None if deal.state == AGREED else "DealStateForbids"

    def _head_refusal(self, item: Licence) -> str | None:
        if item.head == ZERO:
            return None
        head = self.licences.get(item.head)
        if head is None:
            return "RecordUnknown"
        if head.item.right != item.right:
            return "AnotherRight"
        if not head.item.sublicensable or len(self.line(item.head)) >= LEVELS:
            return "HeadForbids"
        if item.starts_at < head.item.starts_at or item.ends_at > self.end_of(item.head):
            return "LicenceTermInvalid"
        return None

    def _conflict(self, item: Licence) -> str | None:
        """Hold a new licence against every other of its right and scope but the heads above it."""
        deal = self.deal_or_fill(item.deal)
        assert deal is not None
        kind = deal.kind
        heads = self.line(item.head) if item.head != ZERO else []
        beside = [
            record
            for record in reversed(self.licences.values())
            if (record.item.right, record.item.scope) == (item.right, item.scope)
        ]
        lists = [[record for record in beside if record.kind != ORDINARY_LICENCE]]
        if kind != ORDINARY_LICENCE:
            lists.append([record for record in beside if record.kind == ORDINARY_LICENCE])
        for records in lists:
            for record in records[:MOST_SAME_SCOPE]:
                starts = max(record.item.starts_at, item.starts_at)
                ends = min(self.end_of(record.item.licence), item.ends_at)
                if starts < ends and record not in heads:
                    return "LicencesConflict"
            if len(records) > MOST_SAME_SCOPE:
                return "TooManyLicences"
        return None
