"""Deposits 提存: money that a release could not pay out."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands import Holder
from exchange.money.amount import Currency
from exchange.rows.row import Row

DepositSort = Literal["share", "pledge"]


class Deposit(Row):
    """Money kept for a co-owner or a pledgee: HELD, then RELEASED. Minor units, ms UTC.

    It stands on the account `deal/share_deposit` or `deal/pledge_deposit`, and says all that its release needs: its
    deal may have left memory by then.
    """

    kind: ClassVar[str] = "deposit"
    deal_id: str
    right_id: str
    sort: DepositSort
    company_number: str
    """Whose it is, or may be."""
    seller: str
    holders: tuple[Holder, ...]
    """All owners with their shares, where there were several."""
    currency: Currency
    amount: int
    kept_ms: int
    pledge_key: str = ""
    """Of a pledgee's: which pledge of the right it is for, or before engine version 5 which (`pledge_identity`)."""
    state: str = ""
    ground: str = ""
    document_digest: str = ""
    payments: tuple[str, ...] = ()
