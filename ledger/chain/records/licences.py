"""Licences granted on their deals, and ended before their time."""

from __future__ import annotations

from ledger.chain.records.base import ZERO_HASH, Record


class LicenceRecord(Record, frozen=True, kw_only=True, tag="licence"):
    """A licence granted on its deal; from `starts_at` up to, not including, `ends_at` (Unix seconds).

    `head_id` is the licence under which it is granted, `ZERO_HASH` if the right's holder grants it; `scope` is a
    commitment to territory and field of use, the same for equal ones on one right.
    """

    function = "recordLicences"
    types = ("bytes32",) * 8 + ("uint64", "uint64", "bool")
    role = "settler"
    licence_id: str
    right_id: str
    deal_id: str
    head_id: str = ZERO_HASH
    licensor: str
    licensee: str
    terms: str
    scope: str
    starts_at: int
    ends_at: int
    sublicensable: bool = False

    @property
    def item_id(self) -> str:
        """The licence."""
        return self.licence_id

    def subjects(self) -> frozenset[str]:
        """Give the licence, its head, the deal and the right."""
        return frozenset((self.licence_id, self.head_id, self.deal_id, self.right_id)) - {ZERO_HASH}


class LicenceEndedRecord(Record, frozen=True, kw_only=True, tag="licence_ended"):
    """A licence ended before its term was over; `ended_at` in Unix seconds, `reason` a code as bytes32."""

    function = "endLicences"
    types = ("bytes32", "bytes32", "uint64", "bytes32")
    role = "settler"
    licence_id: str
    right_id: str
    ended_at: int
    reason: str

    @property
    def item_id(self) -> str:
        """The licence."""
        return self.licence_id

    def subjects(self) -> frozenset[str]:
        """Give the licence and the right."""
        return frozenset((self.licence_id, self.right_id))
