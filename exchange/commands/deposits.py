"""The command about deposits: who is entitled to one."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy, Terms

DepositGround = Literal["joined", "debt_due", "discharged"]
"""The co-owner has become a party; the pledgee's debt is due; the pledge is discharged, and the money the pledgor's."""


class DepositTerms(Terms, frozen=True):
    """What of the deposit is the entitled one's, in minor units; what is left of a pledge's is the seller's."""

    amount: int


class ReleaseDeposit(Command, frozen=True):
    """A deposit is paid out, on the document that shows who is entitled: its SHA-256 (hex). Erasable: `reason`.

    Takes two different operators; each payment takes two approvals like any other.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = DepositTerms
    deposit_id: str
    ground: DepositGround
    document_digest: str
