"""The books by themselves: each account against its postings, each payment against its account and the bank's line.

The engine moves balances by postings alone, so that an account stands at their sum. Money that was moved from one
account to another, a posting that was altered or is gone, and a payment or a debit line that was taken away all show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger.alone import Database
    from ledger.reconciled import Reconciliation

_ACCOUNTS: Final = """
SELECT coalesce(a.id, s.id) AS id, coalesce(a.balance, 0)::bigint AS balance, coalesce(s.total, 0)::bigint AS total
FROM accounts a FULL JOIN (
    SELECT p.id, sum(p.amount) AS total FROM (
        SELECT credit AS id, amount FROM postings UNION ALL SELECT debit, -amount FROM postings
    ) p GROUP BY p.id
) s ON s.id = a.id
WHERE coalesce(a.balance, 0) <> coalesce(s.total, 0) OR a.id IS NULL ORDER BY 1
"""
_DEBITS: Final = """
SELECT l.id, l.payment_id FROM statement_lines l LEFT JOIN payments p ON p.id = l.payment_id
WHERE l.data ->> 'direction' = 'debit' AND l.payment_id IS NOT NULL AND (
    p.id IS NULL OR p.state <> 'PAID' OR p.data ->> 'statement_line' <> l.id OR p.currency <> l.currency
    OR p.data -> 'amount' <> l.data -> 'amount'
) ORDER BY l.id
"""
"""Debit lines of payments that say something else, or are not there. One that no payment explains has an account."""
_PAID: Final = """
SELECT p.id FROM payments p LEFT JOIN statement_lines l ON l.id = p.data ->> 'statement_line'
WHERE p.state = 'PAID' AND (l.id IS NULL OR l.payment_id IS DISTINCT FROM p.id) ORDER BY p.id
"""
_OUTGOING: Final = """
SELECT coalesce(p.id, a.id) AS id, coalesce(a.balance, 0)::bigint AS balance, p.state, p.data ->> 'amount' AS amount
FROM accounts a FULL JOIN payments p ON p.data ->> 'account' = a.id
WHERE (a.purpose = 'outgoing' OR a.id IS NULL) AND (
    p.id IS NULL OR a.id IS NULL
    OR a.balance <> CASE WHEN p.state IN ('PREPARED', 'APPROVED') THEN (p.data ->> 'amount')::bigint ELSE 0 END
) ORDER BY 1
"""
"""Every payment waits on an account of its own, until it is paid or refused."""
_LINES: Final = """
SELECT l.id FROM statement_lines l WHERE NOT EXISTS (
    SELECT FROM postings p WHERE p.currency = l.currency AND p.amount = (l.data ->> 'amount')::bigint
        AND p.subject_id = CASE l.data ->> 'direction' WHEN 'debit' THEN coalesce(l.payment_id, l.id) ELSE l.id END
        AND p.purpose = CASE WHEN l.data ->> 'direction' = 'credit' THEN 'credit'
            WHEN l.payment_id IS NULL THEN 'unexplained_debit' ELSE 'payment' END
) ORDER BY l.id
"""
"""Each line of the bank's was posted once, whole."""


def compare_books(database: Database, found: Reconciliation) -> None:
    """Hold accounts, postings, payments and statement lines against each other, as one transaction shows them.

    Raises:
        psycopg.Error: the database does not answer.
    """
    for row in database.execute(_ACCOUNTS).fetchall():
        at = f"{row['balance']} minor units, its postings come to {row['total']}"
        found.add("ACCOUNT-DIFFERS", row["id"], at)
    for row in database.execute(_DEBITS).fetchall():
        found.add("PAYMENT-DIFFERS", row["payment_id"], f"debit line {row['id']}")
    for row in database.execute(_PAID).fetchall():
        found.add("PAYMENT-DIFFERS", row["id"], "paid without a debit line")
    for row in database.execute(_OUTGOING).fetchall():
        state = "no payment" if row["state"] is None else f"{row['state']}, {row['amount']} minor units"
        found.add("PAYMENT-DIFFERS", row["id"], f"{row['balance']} minor units wait, {state}")
    for row in database.execute(_LINES).fetchall():
        found.add("PAYMENT-DIFFERS", row["id"], "a statement line without its posting")
