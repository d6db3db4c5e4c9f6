"""Pledges and freezes; they stand in a register of their own."""

from __future__ import annotations

from ledger.chain.records.base import Record


class _OfPledge(Record, frozen=True, kw_only=True):
    contract = "EncumbranceRegister"
    role = "registrar"
    right_id: str
    pledge_id: str

    @property
    def item_id(self) -> str:
        """The pledge."""
        return self.pledge_id

    def subjects(self) -> frozenset[str]:
        """Give the pledge and the right."""
        return frozenset((self.pledge_id, self.right_id))


class _OfFreeze(Record, frozen=True, kw_only=True):
    contract = "EncumbranceRegister"
    types = ("bytes32",) * 3
    role = "registrar"
    right_id: str
    freeze_id: str

    @property
    def item_id(self) -> str:
        """The freeze."""
        return self.freeze_id

    def subjects(self) -> frozenset[str]:
        """Give the freeze and the right."""
        return frozenset((self.freeze_id, self.right_id))


class PledgeRecord(_OfPledge, frozen=True, kw_only=True, tag="pledge"):
    """A pledge was registered."""

    function = "recordPledges"
    types = ("bytes32",) * 6
    pledgor: str
    pledgee: str
    terms: str
    proof: str


class PledgeDischargedRecord(_OfPledge, frozen=True, kw_only=True, tag="pledge_discharged"):
    """A pledge was discharged."""

    function = "dischargePledges"
    types = ("bytes32",) * 3
    proof: str


class FreezeRecord(_OfFreeze, frozen=True, kw_only=True, tag="freeze"):
    """A right was frozen; `ground` is the hash of the document that orders it."""

    function = "freezeRights"
    ground: str


class ReleaseRecord(_OfFreeze, frozen=True, kw_only=True, tag="release"):
    """A freeze was released; `proof` is the hash of the document that ends it."""

    function = "releaseRights"
    proof: str
