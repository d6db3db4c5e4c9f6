"""What the public register said of rights, and corrections of what was recorded."""

from __future__ import annotations

from exchange.keccak import keccak
from ledger.chain.records.base import ZERO_HASH, Record


class RightRecord(Record, frozen=True, kw_only=True, tag="right"):
    """A right with its holder of record; `document` is the hash of the register copy."""

    function = "recordRights"
    types = ("bytes32", "bytes32", "bytes32")
    role = "registrar"
    right_id: str
    holder: str
    document: str

    @property
    def item_id(self) -> str:
        """The right."""
        return self.right_id

    def subjects(self) -> frozenset[str]:
        """Give the right."""
        return frozenset((self.right_id,))


class RegistryConfirmationRecord(Record, frozen=True, kw_only=True, tag="registry_confirmation"):
    """The public register confirmed a new holder; `deal_id` is `ZERO_HASH` if no deal of this venue is behind it."""

    function = "confirmRegistrations"
    types = ("bytes32",) * 5
    role = "registrar"
    right_id: str
    deal_id: str
    old_holder: str
    new_holder: str
    proof: str

    @property
    def item_id(self) -> str:
        """The deal, or the hash of the whole if there is none."""
        if self.deal_id != ZERO_HASH:
            return self.deal_id
        return "0x" + keccak(b"".join(self.values())).hex()

    def subjects(self) -> frozenset[str]:
        """Give the deal and the right."""
        return frozenset((self.deal_id, self.right_id)) - {ZERO_HASH}


class CorrectionRecord(Record, frozen=True, kw_only=True, tag="correction"):
    """An earlier event was wrong; `corrected_seq` is its number, old and new value are hashes."""

    function = "recordCorrections"
    types = ("uint64", "bytes32", "bytes32", "bytes32", "bytes32")
    role = "registrar"
    corrected_seq: int
    correction_id: str
    old_value: str
    new_value: str
    ground: str

    @property
    def item_id(self) -> str:
        """The correction."""
        return self.correction_id

    def subjects(self) -> frozenset[str]:
        """Give the correction."""
        return frozenset((self.correction_id,))
