"""The register's whole history on the chain: each version's four logs, whole, and how one version follows another.

The first register is the one that the journal's first entry names; it names the three other contracts whose logs belong
to it, and the register that comes after it. A next version counts only if the old log announces it and it names the old
one as its predecessor. Events of all versions are one history, in the chain's order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from ledger.audit.evidence import read_log
from ledger.chain.errors import ChainFault
from ledger.chain.events import (
    ChainEvent,
    DealAgreed,
    OfferAccepted,
    OfferMade,
    OrdersFilled,
    SealedBidsFixed,
    VersionAnnounced,
)
from ledger.chain.manifest import NO_ADDRESS
from ledger.chain.reads import address_on_record

if TYPE_CHECKING:
    from ledger.audit.findings import Findings
    from ledger.chain.client import ChainClient

MOST_VERSIONS: Final = 64
"""Versions of one contract that are followed; a chain of more is a finding."""
_BESIDE: Final = ("encumbranceRegister", "sealedBidRegister", "fillRegister")
"""The register's views that name the contracts whose logs belong to it."""
_BEGINS: Final = (DealAgreed, OfferMade, OfferAccepted, OrdersFilled, SealedBidsFixed)
"""Events with which something begins; none may follow the announcement of a next version."""


class History(msgspec.Struct, frozen=True, kw_only=True):
    """The events of all versions in the chain's order, and the addresses of the contracts that they stand on."""

    events: tuple[ChainEvent, ...] = ()
    registers: tuple[str, ...] = ()
    """The register's versions from the first to the newest, lower case."""
    contracts: tuple[str, ...] = ()
    """Every contract that was read, the registers first, lower case."""


def read_history(
    client: ChainClient, register: str, from_block: int, block: int, findings: Findings
) -> History:
    """Read every version of a register, and of the contracts beside it, up to a block.

    Raises:
        ChainFault: the chain cannot be read; `CHAIN-ANSWER` if there is no such register.
    """
    reading = _Reading(client, from_block, block, findings)
    registers = reading.follow(register)
    beside: dict[str, None] = {}
    for view in _BESIDE:
        named = [address_on_record(client, each, view, block) for each in registers]
        known = reading.follow(named[0])
        for each, found in zip(registers, named, strict=True):
            if found not in known:
                # It was not announced where its predecessor stands; what it has is read all the same.
                findings.add("AUDIT-VERSION-CHAIN", f"{each} names {found} as its {view}, unannounced")
                known += reading.follow(found)
        beside |= dict.fromkeys(known)
    place = {id(event): (event.place.block_number, event.place.log_index) for event in reading.events}
    return History(
        events=tuple(sorted(reading.events, key=lambda event: place[id(event)])),
        registers=tuple(registers),
        contracts=(*registers, *beside),
    )


class _Reading:
    """What has been read so far."""

    def __init__(self, client: ChainClient, from_block: int, block: int, findings: Findings) -> None:
        self._client, self._from_block, self._block, self._findings = client, from_block, block, findings
        self.events: list[ChainEvent] = []
        self._read: set[str] = set()

    def follow(self, first: str) -> list[str]:
        """Read a contract and every version after it; gives their addresses in order."""
        followed: list[str] = []
        address = first.lower()
        while address not in self._read:
            if len(followed) == MOST_VERSIONS:
                self._findings.add("AUDIT-VERSION-CHAIN", f"more than {MOST_VERSIONS} versions after {first}")
                break
            self._read.add(address)
            events = read_log(self._client, address, self._from_block, self._block, self._findings)
            self.events += events
            followed.append(address)
            following = address_on_record(self._client, address, "nextVersion", self._block)
            self._check_announcement(address, events, following)
            if following == NO_ADDRESS or not self._goes_on_from(following, address):
                break
            address = following
        return followed

    def _check_announcement(self, address: str, events: list[ChainEvent], following: str) -> None:
        announced = [event for event in events if isinstance(event, VersionAnnounced)]
        wanted = [] if following == NO_ADDRESS else [following]
        if [event.new_version for event in announced] != wanted:
            detail = f"{address} goes on at {following}, its log says otherwise"
            self._findings.add("AUDIT-VERSION-CHAIN", detail)
        if not announced:
            return
        for event in events:
            if isinstance(event, _BEGINS) and event.seq > announced[0].seq:
                where = f"{type(event).__name__} {event.seq} of {address}"
                self._findings.add("AUDIT-AFTER-VERSION", where)

    def _goes_on_from(self, following: str, address: str) -> bool:
        try:
            named = address_on_record(self._client, following, "predecessor", self._block)
        except ChainFault as fault:
            if fault.code not in {"CHAIN-ANSWER", "CHAIN-REVERTED"}:
                raise
            named = ""
        if named != address:
            self._findings.add("AUDIT-VERSION-CHAIN", f"{following} does not go on from {address}")
        return named == address
