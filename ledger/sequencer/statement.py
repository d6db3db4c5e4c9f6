"""One batch, one statement: journal, sealed parts, answers, rows of state, balances, postings and outbox.

It begins by moving `sequencer_head` on from where this writer expects it, and every insert joins that row: where the
head stands elsewhere, nothing at all is written, and the statement stops itself. Balances are moved by the sums of the
postings, and what they come to is compared with the engine's: a difference undoes the batch as well. A posting on an
account that the engine does not call changed is never written. Each batch names the hash of the state after it.

Empty columns travel as empty values, so that the types of the parameters, and with them the prepared statement, stay
the same from batch to batch.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import msgspec

from exchange.turn import EngineFault
from ledger.journal import type_of
from ledger.sequencer.draft import erasures_of, postings_of, stored_answer
from ledger.store.binary_arrays import ARRAY_BY_TYPE
from ledger.store.tables import ROW_TABLE_BY_KIND

if TYPE_CHECKING:
    from exchange.rows import Account
    from exchange.state import State
    from ledger.sequencer.draft import Batch, Decided

FENCED_OUT = "FENCED-OUT"
BALANCES_DIFFER = "BALANCES-DIFFER"
STOPPED = "IPX01"
"""SQLSTATE of a batch that stopped itself; the message is one of the two codes."""

Columns = list[list[Any]]
"""One list a column, all of the same length."""

_HEAD = """head AS (
    UPDATE sequencer_head SET last_entry = $1::int8, head_hash = $2::bytea, last_time_ms = $3::int8,
        heartbeat = clock_timestamp(), served_until = clock_timestamp()
    WHERE epoch = $4::int8 AND last_entry = $5::int8 RETURNING epoch
)"""
_HEAD_PARAMETERS = 5
_BATCH = """batch AS (
    INSERT INTO batches
    (first_entry, count, epoch, batch_root, tree_size, tree_root, frontier, time_ms, signature, state_hash)
    SELECT u.* FROM {source}, head
)"""
_BATCH_TYPES = ("int8", "int4", "int8", "bytea", "int8", "bytea", "bytea", "int8", "bytea", "bytea")
_SECTIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "batch": (_BATCH, _BATCH_TYPES),
    "journal": (
        """entries AS (
    INSERT INTO journal
    (entry, public, leaf, type, actor, time_ms, terms, terms_salt, outcome, outcome_salt, batch_first)
    SELECT u.c1, u.c2, u.c3, u.c4, u.c5, u.c6, NULLIF(u.c7, ''::bytea), NULLIF(u.c8, ''::bytea), u.c9, u.c10, u.c11
    FROM {source}, head
)""",
        ("int8", "bytea", "bytea", "text", "text", "int8", "bytea", "bytea", "bytea", "bytea", "int8"),
    ),
    "answers": (
        """answered AS (
    INSERT INTO answers (party, idempotency_key_hash, client_order_id, body_digest, entry, answer)
    SELECT u.c1, u.c2, NULLIF(u.c3, ''), u.c4, u.c5, u.c6::jsonb FROM {source}, head
)""",
        ("text", "bytea", "text", "text", "int8", "text"),
    ),
    "sealed": (
        """sealed AS (
    INSERT INTO sealed_parts (entry, label, salt, value) SELECT u.* FROM {source}, head
)""",
        ("int8", "text", "bytea", "bytea"),
    ),
    "erased": (
        """erased AS (
    UPDATE sealed_parts s SET salt = NULL, value = NULL, erased_by_entry = u.c3
    FROM {source}, head WHERE s.entry = u.c1 AND s.label = u.c2 AND s.erased_by_entry IS NULL
)""",
        ("int8", "text", "int8"),
    ),
    "postings": (
        """posted AS (
    INSERT INTO postings (entry, position, debit, credit, currency, amount, subject_id, purpose)
    SELECT u.* FROM {source}, head
)""",
        ("int8", "int4", "text", "text", "text", "int8", "text", "text"),
    ),
    "outbox": (
        """outgoing AS (
    INSERT INTO outbox (record_id, kind, subject_id, payload, entry, updated_ms)
    SELECT u.c1, u.c2, u.c3, u.c4::jsonb, u.c5, u.c6 FROM {source}, head
    ON CONFLICT (record_id) DO NOTHING
)""",
        ("text", "text", "text", "text", "int8", "int8"),
    ),
    "opened": (
        """opened AS (
    INSERT INTO accounts (id, owner, purpose, currency, balance, entry, created_entry)
    SELECT u.* FROM {source}, head RETURNING id, balance
)""",
        ("text", "text", "text", "text", "int8", "int8", "int8"),
    ),
    "moved": (
        """moved AS (
    UPDATE accounts a SET balance = a.balance + u.c2, entry = u.c3
    FROM {source}, head WHERE a.id = u.c1 RETURNING a.id, a.balance
)""",
        ("text", "int8", "int8"),
    ),
    "expected": (
        """wrong AS (
    SELECT 1 FROM {source} LEFT JOIN ({balances}) b ON b.id = u.c1 WHERE b.balance IS DISTINCT FROM u.c2
)""",
        ("text", "int8"),
    ),
}
for _kind, _table in ROW_TABLE_BY_KIND.items():
    _SECTIONS[f"row {_kind}"] = (
        f"""kept_{_kind} AS (
    INSERT INTO {_table.name} AS t (id, data, entry, created_entry, archived)
    SELECT u.c1, u.c2::jsonb, u.c3, u.c4, u.c5 FROM {{source}}, head
    ON CONFLICT (id) DO UPDATE SET data = excluded.data, entry = excluded.entry, archived = excluded.archived
)""",  # noqa: S608 - names of our own tables
        ("text", "text", "int8", "int8", "bool"),
    )
    _SECTIONS[f"gone {_kind}"] = (
        f"gone_{_kind} AS (DELETE FROM {_table.name} t USING {{source}}, head WHERE t.id = u.c1)",  # noqa: S608 - as above
        ("text",),
    )


@lru_cache(maxsize=512)
def text_of(sections: tuple[str, ...]) -> str:
    """The statement that writes these sections, with PostgreSQL's own `$n` placeholders."""
    parts = [_HEAD]
    number = _HEAD_PARAMETERS
    balances = " UNION ALL ".join(
        f"SELECT id, balance FROM {name}"  # noqa: S608 - names from this page
        for name in ("opened", "moved")
        if name in sections
    )
    for name in sections:
        template, types = _SECTIONS[name]
        placeholders = ", ".join(f"${number + i}::{kind}[]" for i, kind in enumerate(types, start=1))
        columns = ", ".join(f"c{i}" for i in range(1, len(types) + 1))
        number += len(types)
        parts.append(template.format(source=f"unnest({placeholders}) AS u({columns})", balances=balances))
    balance_check = f"WHEN EXISTS (SELECT FROM wrong) THEN ipx_stop('{BALANCES_DIFFER}')" if balances else ""
    fenced = f"WHEN NOT EXISTS (SELECT FROM head) THEN ipx_stop('{FENCED_OUT}')"
    return f"WITH {', '.join(parts)} SELECT CASE {fenced} {balance_check} ELSE true END"


def statement_of(batch: Batch, state: State) -> tuple[str, list[Any]]:
    """The statement that writes a batch, and its parameters. `state` is the engine's, after the batch.

    Raises:
        EngineFault: see `sections_of`.
    """
    sections = sections_of(batch, state)
    parameters: list[Any] = [
        batch.last_entry,
        batch.frontier.root(),
        batch.last_time_ms,
        batch.epoch,
        batch.first_entry - 1,
    ]
    for name, columns in sections.items():
        kinds = _SECTIONS[name][1]
        parameters += [ARRAY_BY_TYPE[kind](column) for kind, column in zip(kinds, columns, strict=True)]
    return text_of(tuple(sections)), parameters


def sections_of(batch: Batch, state: State) -> dict[str, Columns]:
    """What a batch writes, by the names of the statement's sections; those with nothing in them are left out.

    Raises:
        EngineFault: the postings and the accounts that have changed do not belong together.
    """
    sections: dict[str, Columns] = {"batch": _batch_columns(batch), "journal": _journal_columns(batch)}
    collected = {
        "answers": [_answer_row(each) for each in batch.decided if each.admitted.scope],
        "sealed": _sealed_rows(batch),
        "erased": [
            (event.entry, event.label, each.entry) for each in batch.decided for event in erasures_of(each)
        ],
        "postings": [row for each in batch.decided for row in _posting_rows(each)],
        "outbox": [row for each in batch.decided for row in _outbox_rows(each)],
        **_account_rows(batch, state),
        **_state_rows(batch),
    }
    for name, rows in collected.items():
        if rows:
            sections[name] = [list(column) for column in zip(*rows, strict=True)]
    return sections


def _batch_columns(batch: Batch) -> Columns:
    seal = batch.seal.seal
    values = (
        seal.first_entry,
        seal.count,
        seal.epoch,
        bytes.fromhex(seal.batch_root),
        seal.tree_size,
        bytes.fromhex(seal.tree_root),
        batch.frontier.to_bytes(),
        seal.time_ms,
        bytes.fromhex(batch.seal.signature),
        batch.state_hash,
    )
    return [[value] for value in values]


def _journal_columns(batch: Batch) -> Columns:
    decided = batch.decided
    return [
        [each.entry for each in decided],
        [each.public for each in decided],
        [each.leaf for each in decided],
        [type_of(each.admitted.command) for each in decided],
        [each.admitted.actor for each in decided],
        [each.time_ms for each in decided],
        [each.admitted.terms_bytes for each in decided],
        [each.admitted.terms_salt for each in decided],
        [each.outcome_bytes for each in decided],
        [each.outcome_salt for each in decided],
        [batch.first_entry] * len(decided),
    ]


def _answer_row(each: Decided) -> tuple[Any, ...]:
    admitted = each.admitted
    return (
        admitted.scope,
        admitted.key_hash,
        admitted.client_order_id,
        admitted.body_digest,
        each.entry,
        msgspec.json.encode(stored_answer(each)).decode(),
    )


def _sealed_rows(batch: Batch) -> list[tuple[Any, ...]]:
    return [
        (each.entry, label, salt, value)
        for each in batch.decided
        for label, salt, value in each.admitted.erasable
    ]


def _posting_rows(each: Decided) -> list[tuple[Any, ...]]:
    return [
        (
            each.entry,
            position,
            posted.debit,
            posted.credit,
            posted.currency,
            posted.amount,
            posted.subject_id,
            posted.purpose,
        )
        for position, posted in enumerate(postings_of(each))
    ]


def _outbox_rows(each: Decided) -> list[tuple[Any, ...]]:
    return [
        (
            record.record_id,
            record.kind,
            record.subject_id,
            msgspec.json.encode(record.payload).decode(),
            each.entry,
            each.time_ms,
        )
        for record in each.records
    ]


def _account_rows(batch: Batch, state: State) -> dict[str, list[tuple[Any, ...]]]:
    """Accounts opened, accounts moved, and what every changed account must come to.

    Raises:
        EngineFault: a posting is on an account that is not among the changes.
    """
    deltas: dict[str, int] = {}
    for each in batch.decided:
        for posted in postings_of(each):
            deltas[posted.debit] = deltas.get(posted.debit, 0) - posted.amount
            deltas[posted.credit] = deltas.get(posted.credit, 0) + posted.amount
    opened, moved, expected = [], [], []
    for change in batch.changes:
        if change.kind != "account":
            continue
        account: Account = state.accounts[change.id]
        entry = batch.changed[change.kind, change.id]
        delta = deltas.get(change.id, 0)
        made = batch.created.get((change.kind, change.id))
        if made is None:
            moved.append((account.id, delta, entry))
        else:
            row = (account.id, account.owner, account.purpose, account.currency)
            opened.append((*row, delta, entry, made))
        expected.append((account.id, account.balance))
    unmoved = deltas.keys() - {account_id for account_id, _ in expected}
    if unmoved:
        message = f"postings on accounts that did not change: {', '.join(sorted(unmoved))}"
        raise EngineFault(message)
    return {"opened": opened, "moved": moved, "expected": expected}


def _state_rows(batch: Batch) -> dict[str, list[tuple[Any, ...]]]:
    """Rows of every other kind as they stand after the batch, and ids of those that are gone."""
    rows: dict[str, list[tuple[Any, ...]]] = {}
    for change in batch.changes:
        if change.kind == "account":
            continue
        key = (change.kind, change.id)
        if change.data is None:
            rows.setdefault(f"gone {change.kind}", []).append((change.id,))
            continue
        entry = batch.changed[key]
        row = (
            change.id,
            change.data.decode(),
            entry,
            batch.created.get(key, entry),
            change.archived,
        )
        rows.setdefault(f"row {change.kind}", []).append(row)
    return dict(sorted(rows.items()))
