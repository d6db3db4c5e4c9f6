"""Reconciliation: a day's work agrees on both sides, and whatever is missing, forged or altered is named."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Iterator
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from structlog.testing import capture_logs

from exchange import commands as c
from exchange.rows import Right
from ledger.office import RegisteredFreeze
from ledger.reconcile import reconcile
from ledger.reconciled import Reconciliation
from ledger.store.connections import psycopg_url
from ledger.works import Works
from scripts.stack.servers import Addresses
from tests import databases
from tests.ledger.works.desk import Company, Desk, open_desk
from tests.ledger.works.pipeline import Fork
from tests.ledger.works.test_pledge_errands import contract, drawn_up, hand_in


def a_days_work(desk: Desk) -> None:
    """An assignment to its payout, a licence, and a deal unwound; rights pledged and frozen. All of it on the chain."""
    seller, buyer = desk.company(), desk.company()
    encumber(desk, seller)
    rights = [desk.right(seller) for _ in range(3)]
    desk.pay_in(buyer, 5_000_00)
    desk.errands()
    kinds = ("assignment", "ordinary_licence", "assignment")
    deals = [desk.award(seller, buyer, right_id, kind) for right_id, kind in zip(rights, kinds, strict=True)]
    for deal_id in deals:
        desk.sign(deal_id, seller, buyer)
    desk.chain()
    for deal_id in deals[:2]:
        desk.fund(deal_id, buyer)
    desk.file(deals[0], seller, buyer)
    desk.operator(c.UnwindDeal(deal_id=deals[2], ground="mutual"))
    desk.errands()
    desk.approve_payments()
    desk.errands()
    desk.errands()
    desk.chain()
    for _ in range(3):
        desk.works.anchor_journal(at_once=True)
        desk.pipe.fork.mine(3)
        desk.works.read_chain()
        desk.works.follow_records()


def encumber(desk: Desk, holder: Company) -> None:
    """A right that was pledged here, one that the register shows as frozen, one whose freeze the venue was told of."""
    _, bank, _ = drawn_up(desk)
    hand_in(desk, "PF")
    desk.works.hand_in_filings()
    desk.works.read_register()
    assert bank.number in str(desk.row("rights", Right, contract(desk).rights[0]).pledges)
    frozen, told = (
        desk.right(holder, freezes=freezes)
        for freezes in ((RegisteredFreeze(kind="dispute", until=None),), ())
    )
    desk.errands()
    assert desk.row("rights", Right, frozen).freeze == "dispute"
    command = c.RecordFreeze(
        right_id=told, ground="dispute", document_digest="ab" * 32, since_ms=desk.now() - 1
    )
    operator = desk.operators[0].address
    desk.give(desk.door.submission("venue", operator, command, texts={"reference": "(2026)知民初1号"}))


@pytest.fixture(scope="module")
def desk(
    shallow_fork: Fork,
    stack_addresses: Addresses,
    _migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Desk]:
    """One day's work for the whole page; each test leaves both sides in agreement."""
    server, name = stack_addresses.database_url, f"day_{secrets.token_hex(4)}"
    with psycopg.connect(psycopg_url(server), autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{_migrated_template}"'.encode())
        with open_desk(shallow_fork, databases.sibling(server, name), tmp_path_factory.mktemp("day")) as made:
            a_days_work(made)
            yield made
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def found(desk: Desk) -> Reconciliation:
    return reconcile(desk.works, settling_s=0)


def codes(desk: Desk) -> set[str]:
    return {difference.code for difference in found(desk).differences}


def test_a_days_work_agrees_on_both_sides(desk: Desk) -> None:
    result = found(desk)
    assert result.differences == []
    assert result.agrees
    assert result.deals >= 3
    assert result.anchors >= 1
    assert result.events == result.records - result.pending >= 11
    assert result.money["CNY"] == desk.works.bank.balances().accounts[0].balance_minor  # type: ignore[union-attr]


TAMPERINGS = [
    ("DELETE FROM outbox WHERE kind = 'deal'", {"EVENT-UNKNOWN", "RECORD-NOT-QUEUED"}),
    (
        "DELETE FROM outbox WHERE kind = 'registration'",
        {"EVENT-UNKNOWN", "RECORD-NOT-QUEUED", "HOLDER-DIFFERS"},
    ),
    ("DELETE FROM outbox WHERE kind = 'licence'", {"EVENT-UNKNOWN", "RECORD-NOT-QUEUED"}),
    ("DELETE FROM outbox WHERE kind = 'settled'", {"EVENT-UNKNOWN", "RECORD-NOT-QUEUED"}),
    ("DELETE FROM outbox WHERE kind = 'unwound'", {"EVENT-UNKNOWN", "RECORD-NOT-QUEUED"}),
    ("DELETE FROM outbox WHERE kind = 'right'", {"EVENT-UNKNOWN"}),
    (
        "UPDATE outbox SET payload = payload || '{\"deadline\": 4000000001}' WHERE kind = 'deal'",
        {"EVENT-DIFFERS", "RECORD-DIFFERS"},
    ),
    (
        ("UPDATE outbox SET payload = jsonb_set(payload, '{proof}', to_jsonb('0x' || repeat('ab', 32)))"
        " WHERE kind = 'registration'"),
        {"EVENT-DIFFERS", "RECORD-DIFFERS"},
    ),
    (("UPDATE outbox SET state = 'REFUSED', payload = jsonb_set(payload, '{right_id}', to_jsonb('0x' || repeat('ab', 32)))"
     " WHERE kind = 'right'"), {"EVENT-UNKNOWN", "RECORD-REFUSED"}),
    ("UPDATE outbox SET payload = '{\"record\": \"nonsense\"}' WHERE kind = 'unwound'",
     {"RECORD-MALFORMED", "EVENT-UNKNOWN", "RECORD-NOT-QUEUED"}),
    (
        ("INSERT INTO outbox (record_id, kind, subject_id, payload, entry, state, updated_ms)"
        " SELECT 'deal:forged', 'deal', 'D-99', jsonb_set(payload, '{deal_id}', to_jsonb('0x' || repeat('ab', 32))),"
        " 1, 'VERIFIED', 0 FROM outbox WHERE kind = 'deal' LIMIT 1"),
        {"RECORD-MISSING", "RECORD-UNKNOWN"},
    ),
    ("UPDATE deals SET data = jsonb_set(data, '{price}', '1') WHERE id = 'D-1'", {"DEAL-TERMS-DIFFER"}),
    ("UPDATE deals SET data = jsonb_set(data, '{right_facts,expiry_date}', '\"2041-01-01\"') WHERE id = 'D-1'",
     {"DEAL-TERMS-DIFFER"}),
    ("UPDATE deals SET data = jsonb_set(data, '{terms,improvements}', '\"shared\"') WHERE id = 'D-1'",
     {"DEAL-TERMS-DIFFER"}),
    ("UPDATE deals SET data = data - 'contract_form' WHERE id = 'D-1'", {"DEAL-TERMS-DIFFER"}),
    ("UPDATE deals SET data = jsonb_set(data, '{buyer}', '\"P-9\"') WHERE id = 'D-2'", {"DEAL-TERMS-DIFFER"}),
    (
        "UPDATE deals SET data = jsonb_set(data, '{proof_digest}', to_jsonb(repeat('ab', 32))) WHERE id = 'D-1'",
        {"RECORD-DIFFERS"},
    ),
    ("DELETE FROM deals WHERE id = 'D-2'", {"RECORD-UNKNOWN"}),
    ("UPDATE licences SET data = jsonb_set(data, '{starts_ms}', '0')", {"RECORD-DIFFERS"}),
    ("UPDATE licences SET data = jsonb_set(data, '{granted_until_ms}', '4102444800000')", {"RECORD-DIFFERS"}),
    (
        ("UPDATE outbox SET payload = jsonb_set(payload, '{licensee}', to_jsonb('0x' || repeat('ab', 32)))"
        " WHERE kind = 'licence'"),
        {"EVENT-DIFFERS", "RECORD-DIFFERS"},
    ),
    ("DELETE FROM licences", {"RECORD-UNKNOWN"}),
    ("DELETE FROM chain_events WHERE name = 'DealAgreed'", {"INDEX-DIFFERS"}),
    (
        "UPDATE chain_events SET data = jsonb_set(data, '{kind}', '5') WHERE name = 'DealAgreed'",
        {"INDEX-DIFFERS"},
    ),
    (
        ("INSERT INTO chain_events SELECT contract, seq + 1000, name, block_number, block_hash, transaction_hash,"
        " log_index + 1000, data, final FROM chain_events WHERE name = 'DealSettled'"),
        {"INDEX-DIFFERS"},
    ),
    ("DELETE FROM anchors", {"ANCHOR-UNKNOWN"}),
    ("UPDATE anchors SET root = sha256('another')", {"ANCHOR-DIFFERS"}),
    ("UPDATE anchors SET size = size + 1", {"ANCHOR-UNKNOWN", "ANCHOR-MISSING"}),
    ("UPDATE journal SET leaf = sha256('another') WHERE entry = 4", {"JOURNAL-DIFFERS"}),
    ("DELETE FROM journal WHERE entry > 10", {"JOURNAL-DIFFERS", "FREEZE-DIFFERS"}),
    (
        "UPDATE accounts SET balance = balance + 1 WHERE purpose = 'available' AND balance > 0",
        {"ACCOUNTS-UNBALANCED", "ACCOUNT-DIFFERS"},
    ),
    ("UPDATE accounts SET balance = balance - 1 WHERE purpose = 'custody'",
     {"ACCOUNTS-UNBALANCED", "ACCOUNT-DIFFERS", "CUSTODY-DIFFERS"}),
    (("UPDATE accounts SET balance = balance + CASE WHEN owner = 'venue' THEN 5 ELSE -5 END"
      " WHERE id IN ('P-2/available/CNY', 'venue/fees/CNY')"), {"ACCOUNT-DIFFERS"}),
    ("DELETE FROM accounts WHERE purpose = 'outgoing'", {"ACCOUNT-DIFFERS", "PAYMENT-DIFFERS"}),
    ("DELETE FROM postings", {"ACCOUNT-DIFFERS", "PAYMENT-DIFFERS"}),
    ("DELETE FROM postings WHERE purpose = 'payment'", {"ACCOUNT-DIFFERS", "PAYMENT-DIFFERS"}),
    ("UPDATE postings SET amount = amount + 7 WHERE entry = (SELECT max(entry) FROM postings)",
     {"ACCOUNT-DIFFERS", "PAYMENT-DIFFERS"}),
    ("UPDATE postings SET credit = 'venue/fees/CNY' WHERE purpose = 'credit'", {"ACCOUNT-DIFFERS"}),
    ("DELETE FROM payments", {"PAYMENT-DIFFERS"}),
    ("UPDATE payments SET data = jsonb_set(data, '{amount}', '1')", {"PAYMENT-DIFFERS"}),
    ("UPDATE payments SET data = jsonb_set(data, '{state}', '\"APPROVED\"')", {"PAYMENT-DIFFERS"}),
    ("UPDATE payments SET data = jsonb_set(data, '{statement_line}', '\"another\"')", {"PAYMENT-DIFFERS"}),
    ("DELETE FROM statement_lines WHERE data ->> 'direction' = 'credit'", {"STATEMENT-BEHIND"}),
    ("DELETE FROM statement_lines WHERE data ->> 'direction' = 'debit'", {"STATEMENT-BEHIND", "PAYMENT-DIFFERS"}),
    ("UPDATE statement_lines SET data = jsonb_set(data, '{amount}', '1') WHERE data ->> 'direction' = 'debit'",
     {"PAYMENT-DIFFERS"}),
    ("UPDATE statement_lines SET data = jsonb_set(data, '{amount}', '1') WHERE data ->> 'direction' = 'credit'",
     {"PAYMENT-DIFFERS"}),
    ("UPDATE rights SET data = jsonb_set(data, '{holder_of_record}', '[]')",
     {"HOLDER-DIFFERS", "REGISTER-DIFFERS"}),
    (("UPDATE rights SET data = jsonb_set(data, '{holder_of_record,0,company_number}', '\"91\"')"
      " WHERE id = (SELECT data ->> 'right_id' FROM deals WHERE id = 'D-1')"), {"HOLDER-DIFFERS"}),
    (("UPDATE rights SET data = jsonb_set(data, '{witnessed_holders}', '[\"91\"]')"
     " WHERE data -> 'witnessed_holders' <> '[]'"), {"HOLDER-DIFFERS"}),
    ("UPDATE rights SET data = jsonb_set(data, '{status}', '\"expired\"')", {"REGISTER-DIFFERS"}),
    ("UPDATE rights SET data = jsonb_set(data, '{expiry_date}', '\"2049-03-01\"')", {"REGISTER-DIFFERS"}),
    ("UPDATE rights SET data = data - 'copies_seen'", {"REGISTER-DIFFERS"}),
    ("DELETE FROM register_entries", {"REGISTER-DIFFERS"}),
    ("DELETE FROM register_entries WHERE created_entry = (SELECT min(created_entry) FROM register_entries)",
     {"REGISTER-DIFFERS"}),
    ("UPDATE register_entries SET data = jsonb_set(data, '{status}', '\"expired\"')", {"REGISTER-DIFFERS"}),
    ("UPDATE rights SET data = data || '{\"pledges\": [], \"pledge_numbers\": []}' WHERE data -> 'pledges' <> '[]'",
     {"PLEDGE-DIFFERS", "REGISTER-DIFFERS"}),
    ("UPDATE rights SET data = jsonb_set(data, '{pledges,0,company_number}', '\"91\"') WHERE data -> 'pledges' <> '[]'",
     {"PLEDGE-DIFFERS", "REGISTER-DIFFERS"}),
    ("UPDATE rights SET data = jsonb_set(data, '{pledges,0,amount}', '1') WHERE data -> 'pledges' <> '[]'",
     {"REGISTER-DIFFERS"}),
    ("UPDATE pledge_contracts SET data = jsonb_set(data, '{numbers}', '{}')", {"PLEDGE-DIFFERS"}),
    ("DELETE FROM pledge_contracts", {"PLEDGE-DIFFERS"}),
    ("UPDATE rights SET data = jsonb_set(data, '{freeze}', '\"none\"') WHERE data ->> 'freeze' <> 'none'",
     {"FREEZE-DIFFERS", "REGISTER-DIFFERS"}),
    ("UPDATE freezes SET data = jsonb_set(data, '{state}', '\"RELEASED\"')", {"FREEZE-DIFFERS"}),
    ("UPDATE freezes SET data = jsonb_set(data, '{until_ms}', '1')", {"FREEZE-DIFFERS"}),
    ("UPDATE rights SET data = data - 'notices' WHERE data ? 'notices'", {"FREEZE-DIFFERS"}),
    ("DELETE FROM freezes", {"FREEZE-DIFFERS"}),
    ("DELETE FROM deadlines WHERE id LIKE 'freeze_end:%'", {"FREEZE-DIFFERS"}),
]  # fmt: skip


def test_every_missing_forged_or_altered_row_is_named(desk: Desk) -> None:
    """Each tampering on its own, undone before the next: one day's work is enough for all."""
    database = desk.database
    tables = (
        "outbox",
        "deals",
        "licences",
        "chain_events",
        "anchors",
        "journal",
        "accounts",
        "statement_lines",
        "postings",
        "payments",
        "rights",
        "register_entries",
        "pledge_contracts",
        "freezes",
        "deadlines",
    )
    keep(desk, tables)
    missed = []
    for statement, expected in TAMPERINGS:
        assert database.execute(statement.encode()).rowcount > 0, statement
        if codes(desk) != expected:
            missed.append((statement, codes(desk), expected))
        for table in tables:
            restore(desk, table)
    assert missed == []
    assert codes(desk) == set()


def keep(desk: Desk, tables: Iterable[str]) -> None:
    for table in tables:
        desk.database.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(f"kept_{table}")))
        copy = sql.SQL("CREATE TABLE {} AS SELECT * FROM {}")
        desk.database.execute(copy.format(sql.Identifier(f"kept_{table}"), sql.Identifier(table)))


def restore(desk: Desk, table: str) -> None:
    rows = desk.database.execute(
        "SELECT column_name AS name FROM information_schema.columns"
        " WHERE table_name = %s AND is_generated = 'NEVER' ORDER BY ordinal_position",
        (table,),
    ).fetchall()
    names = sql.SQL(", ").join(sql.Identifier(row["name"]) for row in rows)
    desk.database.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    back = sql.SQL("INSERT INTO {} ({}) OVERRIDING SYSTEM VALUE SELECT {} FROM {}")
    desk.database.execute(back.format(sql.Identifier(table), names, names, sql.Identifier(f"kept_{table}")))


ROWS = [
    ("UPDATE rights SET data = jsonb_set(data, '{status}', '\"expired\"')", ["right"]),
    ("UPDATE rights SET archived = true", ["right", "right archived"]),
    ("UPDATE rights SET data = data || '{\"more\": 1}'", ["right"]),
    ("UPDATE register_entries SET data = jsonb_set(data, '{status}', '\"expired\"')", ["register_entry archived"]),
    ("DELETE FROM register_entries WHERE created_entry = (SELECT max(created_entry) FROM register_entries)",
     ["register_entry archived"]),
    (("UPDATE accounts SET balance = balance + CASE WHEN owner = 'venue' THEN 5 ELSE -5 END"
      " WHERE id IN ('P-2/available/CNY', 'venue/fees/CNY')"), ["account"]),
]  # fmt: skip


def audited(desk: Desk) -> list[str]:
    """The kinds of row that the venue's own audit calls altered; its verdict is over the journal, and holds."""
    desk.database.execute("DELETE FROM verdicts")  # so that the next one is due
    with capture_logs() as lines:
        assert desk.works.audit_journal()
    (row,) = desk.database.execute("SELECT verified, report FROM verdicts").fetchall()
    assert row["verified"], row["report"]["first_bad"]
    assert "row_sums" not in row["report"]
    differ: list[str] = row["report"]["tables_differ"]
    alarms = [line["kinds"] for line in lines if line.get("code") == "TABLES-DIFFER"]
    assert alarms == ([differ] if differ else [])
    return differ


def test_the_self_audit_names_the_kind_of_every_altered_row_those_that_left_memory_included(
    desk: Desk,
) -> None:
    tables = ("rights", "register_entries", "accounts")
    keep(desk, tables)
    assert audited(desk) == []
    for statement, expected in ROWS:
        assert desk.database.execute(statement.encode()).rowcount > 0, statement
        assert audited(desk) == expected, statement
        for table in tables:
            restore(desk, table)
    assert audited(desk) == []


def test_money_that_the_bank_has_and_nobody_recorded_is_a_difference(desk: Desk) -> None:
    desk.bank.control("credits", currency="CNY", amount_minor=7, reference="P-1")
    assert codes(desk) == {"STATEMENT-BEHIND", "CUSTODY-DIFFERS"}
    desk.works.read_statements()
    assert codes(desk) == set()


def test_a_record_on_its_way_is_no_difference(desk: Desk) -> None:
    seller, buyer = desk.company(), desk.company()
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.errands()
    desk.sign(desk.award(seller, buyer, right_id), seller, buyer)
    result = found(desk)
    assert (result.differences, result.pending) == ([], 4)
    desk.works.send_outbox()
    desk.pipe.fork.mine()
    assert codes(desk) == set()
    desk.chain()
    assert found(desk).pending == 0


def test_without_a_bank_the_verdict_says_that_it_was_not_compared(desk: Desk) -> None:
    import msgspec

    works = Works(msgspec.structs.replace(desk.settings, bank=None))
    result = reconcile(works, settling_s=0)
    assert (result.differences, result.not_compared) == ([], ["bank"])


def test_final_events_that_the_chain_has_lost_are_a_difference(
    deep_fork: Fork, migrated_database_url: str, tmp_path: Path
) -> None:
    with open_desk(deep_fork, migrated_database_url, tmp_path) as desk:
        desk.pipe.queue(desk.pipe.right())
        desk.pipe.settle()
        desk.works.anchor_journal(at_once=True)
        desk.pipe.fork.mine(100)
        desk.works.anchor_journal()
        desk.works.read_chain()
        desk.works.follow_records()
        assert codes(desk) == {"RECORD-UNKNOWN"}  # a record that no commit has made
        first = desk.pipe.events()[0].place.block_number
        desk.pipe.fork.roll_back(desk.pipe.client.block_number() - first + 1)
        desk.pipe.fork.mine(100)
        assert codes(desk) == {"RECORD-UNKNOWN", "RECORD-MISSING", "ANCHOR-MISSING", "INDEX-DIFFERS"}
