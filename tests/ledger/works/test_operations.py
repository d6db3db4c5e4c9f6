"""What an operator sees: figures that move with what happens, and one id that finds the whole way in the logs."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.parser import text_string_to_metric_families

from exchange import commands as c
from ledger import log_lines, metrics
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.indexer import Indexer
from ledger.reconciling import kept_results
from ledger.secp256k1 import PrivateKey
from ledger.venue_metrics import VenueCollector, read_figures
from ledger.works import BY_NAME, Works
from scripts.stack.ports import free_port
from tests.ledger.works.desk import Company, Desk
from tests.ledger.works.pipeline import Pipeline

REQUEST = "5f0c7a52-1111-4222-8333-944455556666"


class Shown:
    """The venue's figures as a scrape gives them."""

    def __init__(self, database_url: str) -> None:
        self.registry = CollectorRegistry()
        self.registry.register(VenueCollector(database_url))

    def __getitem__(self, name: str) -> float:
        value = self.registry.get_sample_value(name)
        assert value is not None, name
        return value

    def records(self, state: str) -> float | None:
        return self.registry.get_sample_value("ipx_outbox_records", {"state": state})


def served(port: int) -> dict[tuple[str, str], float]:
    """What a process serves on its port: samples by name and label's value."""
    text = httpx.get(f"http://127.0.0.1:{port}/metrics", trust_env=False).text
    return {
        (sample.name, "".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def counted(name: str, **labels: str) -> float:
    """A counter of this process, 0 before it first moved."""
    return metrics.REGISTRY.get_sample_value(name, labels) or 0.0


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """The lines of the worker, in which the works run here."""
    stream = io.StringIO()
    with log_lines.lines_of("worker", stream):
        yield stream


def lines_with(text: str, word: str) -> list[dict[str, Any]]:
    """What `grep` finds in lines of JSON."""
    return [msgspec.json.decode(line) for line in text.splitlines() if word in line]


def deal_to_be(desk: Desk) -> tuple[Company, Company, str]:
    seller, buyer = desk.company(), desk.company()
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.works.read_statements()
    desk.works.read_register()
    return seller, buyer, right_id


def test_one_listing_finds_the_whole_way_of_a_deal_from_the_request_to_the_chain(
    desk: Desk, told: io.StringIO
) -> None:
    seller, buyer, right_id = deal_to_be(desk)
    listing_id = desk.listing(seller, right_id)
    deal_id = desk.accept(listing_id, buyer)
    desk.by(seller, desk.agreement(deal_id, seller))
    submission = desk.door.submission(buyer.party_id, buyer.key.address, desk.agreement(deal_id, buyer))
    entry = desk.give(msgspec.structs.replace(submission, request_id=REQUEST)).entry
    desk.chain()

    sequencer = desk.sequencer.log.read_text()
    (signed,) = lines_with(sequencer, REQUEST)
    assert (signed["event"], signed["entry"], signed["deal_id"]) == ("decided", entry, deal_id)
    assert "deal" in signed["records"]

    whole_way = lines_with(sequencer, f'"{listing_id}"') + lines_with(told.getvalue(), f'"{listing_id}"')
    commands = [line["command"] for line in whole_way if line["event"] == "decided"]
    assert commands[:3] == ["submit_listing", "approve_listing", "accept_price"]
    steps = [line for line in whole_way if line["event"] != "decided" and line.get("kind") == "deal"]
    assert sorted(line["event"] for line in steps) == [
        "event read",
        "record final",
        "record mined",
        "record sent",
        "record verified",
    ]
    (row,) = [row for row in desk.pipe.rows("id, kind, transaction_hash") if row["kind"] == "deal"]
    assert {line["transaction"] for line in steps} == {row["transaction_hash"]}
    assert {line["outbox"] for line in steps} == {row["id"]}
    assert {line["entry"] for line in steps} == {entry}
    assert {line["deal_id"] for line in steps} == {deal_id}


def test_of_many_records_in_one_call_each_event_is_told_with_its_own(desk: Desk, told: io.StringIO) -> None:
    desk.pipe.queue(*(desk.pipe.right() for _ in range(3)))
    desk.chain()
    lines = lines_with(told.getvalue(), '"event read"')
    read = [line["outbox"] for line in lines if line["name"] == "RightRegistered"]
    assert read == [row["id"] for row in desk.pipe.rows("id")]


def test_an_event_is_read_and_told_whose_rows_were_spoilt_since(desk: Desk, told: io.StringIO) -> None:
    desk.pipe.queue(*(desk.pipe.right() for _ in range(2)))
    desk.works.send_outbox()
    desk.pipe.database.execute('UPDATE outbox SET payload = \'{"type": "none"}\'')
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    read = [line for line in lines_with(told.getvalue(), '"event read"') if line["name"] == "RightRegistered"]
    assert len({line["seq"] for line in read}) == 2
    assert {line["outbox"] for line in read} == {row["id"] for row in desk.pipe.rows("id")}


def test_a_request_id_is_no_part_of_the_journal(desk: Desk) -> None:
    key = PrivateKey.generate().address
    command = c.ApplyParty(roles=("buyer",), jurisdiction="HK", key=key)
    submission = desk.door.submission("", key, command, c.PartyTerms(company_number="12345678"))
    given = desk.give(msgspec.structs.replace(submission, request_id=REQUEST))
    columns = "public, terms, outcome"
    row = desk.database.execute(f"SELECT {columns} FROM journal WHERE entry = %s", (given.entry,)).fetchone()  # noqa: S608
    assert row is not None
    stored = b"".join(bytes(value) for value in row.values() if value is not None)
    answers = desk.database.execute("SELECT answer::text FROM answers").fetchall()
    assert REQUEST.encode() not in stored
    assert REQUEST not in str(answers)
    with desk.sequencer.client() as client:  # another request repeats it: the same answer, and no entry
        again = client.submit(msgspec.structs.replace(submission, request_id=REQUEST[::-1]))
    assert again == given


def test_the_figures_move_as_a_deal_is_made_recorded_and_reconciled(desk: Desk) -> None:
    shown = Shown(desk.pipe.database_url)
    sent, mined, verified = (
        counted("ipx_chain_records_total", step=step) for step in ("sent", "mined", "verified")
    )
    before = shown["ipx_journal_entries"]
    seller, buyer, right_id = deal_to_be(desk)
    desk.sign(desk.award(seller, buyer, right_id), seller, buyer)
    assert shown["ipx_journal_entries"] > before
    waiting = shown.records("QUEUED")
    assert waiting is not None
    assert waiting > 0
    assert shown["ipx_outbox_oldest_seconds"] > 0
    desk.chain()
    assert shown.records("QUEUED") == 0
    assert shown["ipx_outbox_oldest_seconds"] == 0
    assert shown.records("VERIFIED") == counted("ipx_chain_records_total", step="verified") - verified
    assert counted("ipx_chain_records_total", step="sent") - sent >= waiting
    assert counted("ipx_chain_records_total", step="mined") - mined >= waiting
    assert shown["ipx_index_lag_blocks"] == 0
    assert shown["ipx_chain_block"] == desk.pipe.client.block_number()
    assert shown["ipx_chain_final_block"] == desk.pipe.client.finalized_block().number
    assert shown["ipx_heartbeat_age_seconds"] >= 0


def test_the_sequencer_serves_its_figures_on_the_loopback_address_alone(desk: Desk) -> None:
    before = served(desk.metrics_port)
    assert before["ipx_sequencer_serving", ""] == 1
    assert before["ipx_sequencer_epoch", ""] == 1
    seller, buyer, right_id = deal_to_be(desk)
    listing_id = desk.listing(seller, right_id)
    submission = desk.door.submission(
        buyer.party_id, buyer.key.address, c.AcceptPrice(listing_id=listing_id), c.BidTerms(price=1_000_00)
    )
    desk.give(submission)
    desk.give(submission)
    with desk.sequencer.client() as client:
        late = desk.door.submission(
            buyer.party_id,
            buyer.key.address,
            c.AcceptPrice(listing_id=listing_id),
            c.BidTerms(price=1_000_00),
        )
        assert client.submit(late).status == "refused"
    after = served(desk.metrics_port)
    moved = {name: after[name] - before.get(name, 0) for name in after}
    assert moved["ipx_deals_total", ""] == 1
    assert moved["ipx_commands_total", "repeat"] == 1
    assert moved["ipx_commands_total", "refused"] == 1
    assert moved["ipx_commands_total", "accepted"] >= 4
    entries = moved["ipx_sequencer_entries", ""]
    assert moved["ipx_batch_entries_sum", ""] == entries
    assert 0 < moved["ipx_commit_seconds_count", ""] == moved["ipx_batch_entries_count", ""] <= entries
    assert after["ipx_sequencer_queued", ""] == 0
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://127.0.0.2:{desk.metrics_port}/metrics", trust_env=False)


def test_while_the_chain_is_away_the_ages_grow_and_the_records_wait(desk: Desk) -> None:
    seller, buyer, right_id = deal_to_be(desk)
    desk.works.read_chain()
    desk.sign(desk.award(seller, buyer, right_id), seller, buyer)
    away = Works(msgspec.structs.replace(desk.settings, chain_url=f"http://127.0.0.1:{free_port()}"))
    shown = Shown(desk.pipe.database_url)
    names = ("ipx_chain_seen_age_seconds", "ipx_index_age_seconds", "ipx_outbox_oldest_seconds")
    ages = []
    for _ in range(2):
        with pytest.raises(ChainFault):
            away.read_chain()
        ages.append([shown[name] for name in names])
        time.sleep(0.05)
    away.close()
    assert all(later > earlier for earlier, later in zip(*ages, strict=True)), ages
    assert shown.records("QUEUED") != 0
    assert shown.records("VERIFIED") == 0


def test_a_halted_index_lags_block_by_block(shallow: Pipeline) -> None:
    shallow.indexer().run()
    shallow.database.execute("UPDATE chain_cursor SET halted_for = 'CHAIN-FINAL-LOST'")
    shown = Shown(shallow.database_url)
    assert (shown["ipx_index_halted"], shown["ipx_index_lag_blocks"]) == (1, 0)
    for lag in (4, 7):
        shallow.fork.mine(lag - int(shown["ipx_index_lag_blocks"]))
        assert shallow.indexer().run().halted_for == "CHAIN-FINAL-LOST"
        assert shown["ipx_index_lag_blocks"] == lag


def test_a_reorganisation_is_counted_with_what_it_undid(deep: Pipeline) -> None:
    deep.queue(*deep.assignment())
    deep.settle()
    before, undone = counted("ipx_reorganisations_total"), counted("ipx_chain_events_undone_total")
    deep.fork.reorganise(12)
    found = Indexer(deep.database, ChainClient(deep.fork.url), deep.manifest).run()
    assert found.undone > 0
    assert counted("ipx_reorganisations_total") == before + 1
    assert counted("ipx_chain_events_undone_total") == undone + found.undone


def test_a_database_that_is_away_is_told_and_nothing_else(tmp_path: Path) -> None:
    shown = CollectorRegistry()
    shown.register(VenueCollector(f"postgresql+psycopg://postgres@/ipx?host={tmp_path}"))
    assert shown.get_sample_value("ipx_database_up") == 0
    assert shown.get_sample_value("ipx_journal_entries") is None


def test_the_worker_reconciles_at_intervals_keeps_the_result_and_raises_an_alarm(
    desk: Desk, told: io.StringIO
) -> None:
    assert "reconcile_books" in BY_NAME
    seller, buyer, right_id = deal_to_be(desk)
    desk.sign(desk.award(seller, buyer, right_id), seller, buyer)
    desk.chain()
    shown = Shown(desk.pipe.database_url)
    assert desk.works.reconcile_books() is True
    assert desk.works.reconcile_books() is False, "it is not time yet"
    assert shown["ipx_unreconciled_items"] == 0

    alarms = counted("ipx_alarms_total", code="RECONCILIATION-DIFFERS")
    eager = Works(msgspec.structs.replace(desk.settings, reconcile_interval_ms=0))
    desk.database.execute("UPDATE reconciliations SET made_ms = 0")
    desk.database.execute("DELETE FROM chain_events WHERE name = 'DealAgreed'")
    assert eager.reconcile_books() is True
    eager.close()
    assert shown["ipx_unreconciled_items"] >= 1
    assert counted("ipx_alarms_total", code="RECONCILIATION-DIFFERS") == alarms + 1
    (alarm,) = lines_with(told.getvalue(), "RECONCILIATION-DIFFERS")
    assert (alarm["level"], alarm["event"]) == ("critical", "alarm")
    assert "INDEX-DIFFERS" in alarm["found"]
    figures = read_figures(desk.pipe.database_url)
    assert figures is not None
    assert figures.reconciliation is not None
    assert figures.reconciliation.codes == alarm["found"]
    kept = desk.database.execute(
        "SELECT report -> 'differences' AS named FROM reconciliations ORDER BY id"
    ).fetchall()
    assert [bool(row["named"]) for row in kept] == [False, True]
    assert [each.codes for each in kept_results(desk.pipe.database_url, 10)] == [{}, alarm["found"]]
    assert [each.codes for each in kept_results(desk.pipe.database_url, 1)] == [alarm["found"]]


def make_due(desk: Desk) -> None:
    desk.database.execute("UPDATE reconciliations SET made_ms = 0")


def last_kept(desk: Desk) -> tuple[int, list[tuple[str, str]]]:
    """How many differences counted in the last comparison, and what it awaits."""
    row = desk.database.execute(
        "SELECT differences, report -> 'awaited' AS awaited FROM reconciliations ORDER BY id DESC LIMIT 1"
    ).fetchone()
    assert row is not None
    return row["differences"], [(each["code"], each["subject"]) for each in row["awaited"]]


BEHIND = [("STATEMENT-BEHIND", "CNY"), ("CUSTODY-DIFFERS", "CNY")]


def test_a_statement_that_is_still_being_read_raises_no_alarm(desk: Desk) -> None:
    alarms = counted("ipx_alarms_total", code="RECONCILIATION-DIFFERS")
    desk.bank.control("credits", currency="CNY", amount_minor=7, reference="P-1")
    assert desk.works.reconcile_books() is True
    assert last_kept(desk) == (0, BEHIND)
    assert desk.works.reconcile_books() is False, "it is looked at again soon, not at once"
    make_due(desk)
    desk.works.read_statements()
    assert desk.works.reconcile_books() is True
    assert last_kept(desk) == (0, [])
    assert counted("ipx_alarms_total", code="RECONCILIATION-DIFFERS") == alarms


def test_a_difference_with_the_bank_that_stands_at_every_look_is_an_alarm(
    desk: Desk, told: io.StringIO
) -> None:
    desk.bank.control("credits", currency="CNY", amount_minor=7, reference="P-1")
    for _ in range(2):
        assert desk.works.reconcile_books() is True
        assert last_kept(desk) == (0, BEHIND), "found, and not for long"
        make_due(desk)
    desk.database.execute(
        "UPDATE reconciliations SET report = jsonb_set(jsonb_set(report, '{awaited,0,since_ms}', '0'),"
        " '{awaited,1,since_ms}', '0')"
    )
    assert desk.works.reconcile_books() is True
    assert last_kept(desk) == (2, [])
    (alarm,) = lines_with(told.getvalue(), "RECONCILIATION-DIFFERS")
    assert alarm["found"] == {"STATEMENT-BEHIND": 1, "CUSTODY-DIFFERS": 1}
    make_due(desk)
    desk.works.read_statements()
    assert desk.works.reconcile_books() is True
    assert last_kept(desk) == (0, [])


def test_other_differences_count_beside_one_that_is_awaited(desk: Desk) -> None:
    desk.bank.control("credits", currency="CNY", amount_minor=7, reference="P-1")
    desk.database.execute(
        "INSERT INTO chain_events (contract, seq, name, block_number, block_hash, transaction_hash, log_index, data)"
        " VALUES ('0x01', 1, 'DealAgreed', 0, '0x02', '0x03', 0, '{}')"
    )
    assert desk.works.reconcile_books() is True
    assert last_kept(desk) == (1, BEHIND)


def test_a_long_comparison_rests_the_longer(desk: Desk) -> None:
    eager = Works(msgspec.structs.replace(desk.settings, reconcile_interval_ms=0))
    now_ms = time.time_ns() // 1_000_000
    desk.database.execute(
        "INSERT INTO reconciliations (made_ms, took_ms, block, differences, report) VALUES (%s, 3600000, 0, 0, '{}')",
        (now_ms - 3_600_000,),
    )
    assert eager.reconcile_books() is False
    eager.close()
