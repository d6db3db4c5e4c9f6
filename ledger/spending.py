"""What the venue may spend on the chain: so much a transaction, so much in 24 hours. Beyond it nothing is sent.

Counted is what a transaction costs at the most when it is sent, and what it has cost when it is mined. All senders of a
venue share the day's bound. It is written down before anything is sent, so that a sender that is killed has counted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

import msgspec

from ledger.alone import Work
from ledger.chain.errors import ChainFault
from ledger.signer.settings import MOST_WEI_DAY, MOST_WEI_TRANSACTION

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.chain.client import ChainClient, Fees, Receipt
    from ledger.chain.sending import Sendable

Purpose: TypeAlias = Literal["outbox", "anchor", "gap"]
STOPPING: Final = frozenset({"CHAIN-COST-TRANSACTION", "CHAIN-COST-DAY", "SIGNER-REFUSED"})
"""Faults that concern no single record: nothing more is sent until somebody cures them, or fees fall."""
_SPENT: Final = """
SELECT coalesce(sum(coalesce(paid_wei, most_wei)), 0) AS wei FROM sent_transactions
WHERE sent_at > clock_timestamp() - interval '24 hours' AND (sender, nonce) <> (%s, %s)
"""
_WRITE: Final = """
INSERT INTO sent_transactions (sender, nonce, purpose, most_wei, sent_at) VALUES (%s, %s, %s, %s, clock_timestamp())
ON CONFLICT (sender, nonce) DO UPDATE SET purpose = excluded.purpose, paid_wei = NULL, sent_at = clock_timestamp(),
    most_wei = greatest(excluded.most_wei, sent_transactions.most_wei)
"""
_PAID: Final = "UPDATE sent_transactions SET paid_wei = %s WHERE sender = %s AND nonce = %s"
_OLD: Final = (
    "SELECT DISTINCT sender FROM sent_transactions WHERE sent_at < clock_timestamp() - interval '48 hours'"
)
_PRUNE: Final = """
DELETE FROM sent_transactions WHERE sender = %s AND nonce < %s AND sent_at < clock_timestamp() - interval '48 hours'
"""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Bounds in wei."""

    transaction_wei: int
    day_wei: int


DEFAULT_LIMITS: Final = Limits(transaction_wei=MOST_WEI_TRANSACTION, day_wei=MOST_WEI_DAY)
"""Those of a venue that sets none."""


class Spending:
    """The account of one venue's costs on the chain."""

    def __init__(self, database: Database, limits: Limits) -> None:
        self._database = database
        self._limits = limits

    def permit(self, sender: str, sendable: Sendable, fees: Fees, purpose: Purpose) -> None:
        """Take a transaction into the account, before it is signed.

        Raises:
            ChainFault: `CHAIN-COST-TRANSACTION`, `CHAIN-COST-DAY`; it must not be sent then.
            psycopg.Error: the database does not answer.
        """
        most = sendable.gas * fees.max_fee
        if most > self._limits.transaction_wei:
            detail = f"{most} wei, at most {self._limits.transaction_wei}"
            raise ChainFault(code="CHAIN-COST-TRANSACTION", detail=detail)
        with self._database.transaction():
            self._database.execute("SELECT pg_advisory_xact_lock(%s)", (int(Work.DAY_OF_COSTS),))
            row = self._database.execute(_SPENT, (sender, sendable.nonce)).fetchone()
            spent = 0 if row is None else int(row["wei"])
            if spent + most > self._limits.day_wei:
                detail = f"{spent} and {most} wei, at most {self._limits.day_wei} in 24 hours"
                raise ChainFault(code="CHAIN-COST-DAY", detail=detail)
            self._database.execute(_WRITE, (sender, sendable.nonce, purpose, most))

    def paid(self, sender: str, nonce: int, receipt: Receipt) -> None:
        """What was mined under a nonce has cost what its receipt says.

        Raises:
            psycopg.Error: the database does not answer.
        """
        self._database.execute(_PAID, (receipt.gas_used * receipt.gas_price, sender, nonce))

    def prune(self, client: ChainClient) -> int:
        """Forget what no day counts any more and nothing can replace: two days old, under a nonce that is final.

        Gives how many rows went. The node is asked only where something is old enough.

        Raises:
            ChainFault: what the client raises.
            psycopg.Error: the database does not answer.
        """
        pruned = 0
        for row in self._database.execute(_OLD).fetchall():
            final = client.nonce(row["sender"], "finalized")
            pruned += self._database.execute(_PRUNE, (row["sender"], final)).rowcount
        return pruned
