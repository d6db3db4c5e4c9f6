"""`kill -9` of the worker's works at named messages: the next run goes on, and what was due is done once."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from exchange import commands as c
from exchange.rows import Venue
from ledger.chain.events import Anchored
from ledger.chain.logs import read_events
from ledger.log.checkpoints import log_verifier, origin_of
from ledger.log.stored_tiles import StoredTiles
from ledger.log.tiles import WIDTH, TiledTree
from ledger.merkle import root_from
from ledger.outbox import LEASE_S
from ledger.reconcile import reconcile
from tests.faults.cutting import SocketCutting
from tests.faults.killing import Hands, Point, both
from tests.ledger.log.witness_process import WitnessProcess
from tests.ledger.timestamp.authorities import AuthorityProcess
from tests.ledger.works.desk import TOKEN, Desk, open_desk
from tests.ledger.works.pipeline import Fork, Pipeline, pipeline

pytestmark = pytest.mark.faults
SEND, RECEIPT, LOGS = b"eth_sendRawTransaction", b"eth_getTransactionReceipt", b"eth_getLogs"
LEASE = b"UPDATE outbox SET leased_until = clock_timestamp() +"
SENT, MINED = b"UPDATE outbox SET state = 'SENT'", b"UPDATE outbox SET state = 'MINED'"
EVENT, CURSOR, COMMIT = b"COPY chain_events", b"INSERT INTO chain_cursor", b"COMMIT"


TAKEN = Point("send_outbox", "database", "the lease is committed", COMMIT, answered=True, first=LEASE)
READ = Point("read_chain", "database", "events and cursor are being committed", COMMIT, first=CURSOR)
POINTS = [
    Point("send_outbox", "database", "what may go is asked for", b"FOR UPDATE SKIP LOCKED"),
    Point("send_outbox", "database", "the lease is written", LEASE),
    TAKEN,
    Point("send_outbox", "database", "what is signed is written down", SENT),
    Point("send_outbox", "database", "what is signed stands written down", SENT, answered=True),
    Point("send_outbox", "node", "a transaction goes", SEND),
    Point("send_outbox", "node", "a transaction has gone", SEND, answered=True),
    Point("send_outbox", "node", "a receipt is asked for", RECEIPT),
    Point("send_outbox", "node", "a receipt has come", RECEIPT, answered=True),
    Point("send_outbox", "database", "that it is mined is written", MINED),
    Point("send_outbox", "database", "that it is mined stands written", MINED, answered=True),
    Point("read_chain", "node", "logs are asked for", LOGS),
    Point("read_chain", "node", "logs have come", LOGS, answered=True),
    Point("read_chain", "database", "an event is written", EVENT),
    Point("read_chain", "database", "the cursor is written", CURSOR, answered=True),
    READ,
    Point("read_chain", "database", "events and cursor are committed", COMMIT, answered=True, first=CURSOR),
]
ANCHOR, ANCHOR_SENT, ANCHOR_MINED = (
    b"INSERT INTO anchors",
    b"UPDATE anchors SET state = 'SENT'",
    b"UPDATE anchors SET state = 'MINED'",
)
STATE, TILE = b"UPDATE outbox SET state = $1", b"INSERT INTO tiles"
OTHERS = [
    *both("read_statements", "bank", "lines are asked for", b"/statements"),
    *both("read_statements", "sequencer", "a line is reported", b"record_statement_line"),
    *both("instruct_payments", "bank", "an instruction goes", b"/instructions"),
    *both("instruct_payments", "sequencer", "the bank's refusal is reported", b"refuse_payment"),
    *both("read_register", "office", "a copy is asked for", b"/register/"),
    *both("read_register", "sequencer", "a copy is reported", b"record_register_copy"),
    *both("hand_in_filings", "office", "a filing goes", b"POST /filings"),
    *both("hand_in_filings", "office", "its paper is asked for", b"/proof"),
    *both("hand_in_filings", "sequencer", "a decision is reported", b"confirm_registration"),
    *both("follow_records", "database", "that a record is final is written", STATE),
    *both("follow_records", "sequencer", "a record is reported", b"report_chain_record"),
    *both("follow_records", "database", "that a record is verified is written", STATE, first=STATE),
    *both("anchor_journal", "database", "an anchor is made", ANCHOR),
    *both("anchor_journal", "database", "an anchor is committed", COMMIT, first=ANCHOR),
    *both("anchor_journal", "database", "what is signed is written down", ANCHOR_SENT),
    *both("anchor_journal", "node", "an anchor goes", SEND),
    *both("anchor_journal", "node", "an anchor's receipt is asked for", RECEIPT),
    *both("anchor_journal", "database", "that an anchor is mined is written", ANCHOR_MINED),
    *both("keep_log", "database", "a tile is written", TILE),
    *both("keep_log", "database", "a tile is committed", COMMIT, first=TILE),
    *both("keep_log", "witness", "a cosignature is asked for", b"/add-checkpoint"),
    *both("keep_log", "database", "cosignatures are kept", b"UPDATE checkpoints SET note"),
    *both("stamp_checkpoints", "authority", "a token is asked for", b"application/timestamp-query"),
    *both("stamp_checkpoints", "database", "a token is kept", b"UPDATE checkpoints SET token"),
]
"""Of the works beside sender and indexer."""
FILINGS = sum(point.work == "hand_in_filings" for point in OTHERS)
WITNESS = "witness.example/w1"


def hands(stack: ExitStack, pipe: Pipeline, folder: Path, short: Path) -> Hands:
    """Sender and indexer."""
    keys = folder / "keys"
    keys.mkdir()
    (keys / "sender.key").write_text(pipe.sender._key.secret().hex())
    made = Hands(stack, pipe, keys, folder, short)
    made.start()
    return made


def test_killed_at_each_message_each_record_stands_on_the_chain_once_and_is_read_once(
    shallow_fork: Fork, migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    with ExitStack() as stack:
        pipe = stack.enter_context(pipeline(shallow_fork, migrated_database_url, tmp_path))
        works = hands(stack, pipe, tmp_path, short_folder)
        for point in POINTS:
            pipe.queue(*pipe.assignment())
            if point.work == "read_chain" or point.text in {RECEIPT, MINED}:
                assert works.run("send_outbox") == 0
                shallow_fork.mine()
            works.killed_at(point)
            # What a sender that died has taken is free after its lease: the next test waits for that, this one does not.
            pipe.database.execute("UPDATE outbox SET leased_until = NULL WHERE state = 'QUEUED'")
            shallow_fork.mine()
        for _ in range(8):
            assert (works.run("send_outbox"), works.run("read_chain")) == (0, 0)
            shallow_fork.mine(3)
        stories = len(POINTS)
        assert Counter(pipe.names()) == {
            "RightRegistered": stories,
            "DealAgreed": stories,
            "RegistryConfirmed": stories,
            "DealSettled": stories,
        }
        assert set(pipe.states()) <= {"MINED", "FINAL"}
        rows = pipe.database.execute("SELECT name FROM chain_events WHERE name <> 'KeyEnrolled'").fetchall()
        assert Counter(row["name"] for row in rows) == Counter(pipe.names())


def test_what_a_killed_sender_had_taken_is_free_when_its_lease_has_run_out_and_an_indexer_is_back_at_once(
    shallow_fork: Fork,
    migrated_database_url: str,
    tmp_path: Path,
    short_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with ExitStack() as stack:
        pipe = stack.enter_context(pipeline(shallow_fork, migrated_database_url, tmp_path))
        works = hands(stack, pipe, tmp_path, short_folder)
        pipe.queue(*pipe.assignment())
        works.killed_at(TAKEN)
        died = time.monotonic()
        assert works.run("send_outbox") == 0
        free = pipe.database.execute(
            "SELECT 1 FROM outbox WHERE leased_until <= clock_timestamp()"
        ).fetchone()
        assert free is not None or set(pipe.states()) == {"QUEUED"}, "nobody else takes what is leased"
        while set(pipe.states()) == {"QUEUED"}:
            assert time.monotonic() - died < 3 * LEASE_S
            time.sleep(0.1)
            assert works.run("send_outbox") == 0
        sender_s = time.monotonic() - died
        shallow_fork.mine()
        works.killed_at(READ)
        died = time.monotonic()
        assert works.run("read_chain") == 0
        indexer_s = time.monotonic() - died
        pipe.settle()
        assert pipe.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]
        rows = pipe.database.execute(
            "SELECT name FROM chain_events WHERE name <> 'KeyEnrolled' ORDER BY seq"
        ).fetchall()
        assert [row["name"] for row in rows] == pipe.names()
    with capsys.disabled():
        print(f"\nback after SIGKILL: the sender in {sender_s:.1f} s, the indexer in {indexer_s:.1f} s")  # noqa: T201


# --- the other works


class Due:
    """Makes something due for each work, under its name, and says in the end that all of it was done once."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.seller, self.buyer = desk.company(), desk.company()
        self.credits, self.withdrawals, self.refused, self.filings, self.licences = 1, 0, 0, 0, 0
        self.rights = [desk.right(self.seller) for _ in range(1 + FILINGS)]
        desk.pay_in(self.buyer, 100_000_00)
        desk.errands()
        self.listing = desk.listing(self.seller, self.rights[0], "ordinary_licence", most=100)
        desk.chain()

    def read_statements(self, _: Point) -> None:
        self.desk.pay_in(self.seller, 100)
        self.credits += 1

    def instruct_payments(self, point: Point) -> None:
        self.desk.works.read_statements()  # what was paid before is known to be paid
        self.desk.by(self.buyer, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=100))
        self.desk.approve_payments()
        self.withdrawals += 1
        if point.to == "sequencer":
            self.desk.bank.faults({"refuse": {"remaining": 1}})
            self.refused += 1

    def read_register(self, _: Point) -> None:
        self.rights.append(self.desk.right(self.seller))

    def hand_in_filings(self, _: Point) -> None:
        self.filings += 1
        deal_id = self.desk.award(self.seller, self.buyer, self.rights[self.filings])
        self._bring_to_chain(deal_id)
        self.desk.works.follow_records()
        self.desk.fund(deal_id, self.buyer)
        self.desk.file(deal_id, self.seller, self.buyer)

    def follow_records(self, _: Point) -> None:
        self.licences += 1
        self._bring_to_chain(self.desk.accept(self.listing, self.buyer))

    def _bring_to_chain(self, deal_id: str) -> None:
        self.desk.sign(deal_id, self.seller, self.buyer)
        self.desk.works.send_outbox()
        self.desk.pipe.fork.mine(3)
        self.desk.works.send_outbox()
        self.desk.works.read_chain()

    def anchor_journal(self, point: Point) -> None:
        while self.count("anchors WHERE state IN ('QUEUED', 'SENT')"):
            self.desk.works.anchor_journal()
            self.desk.pipe.fork.mine()
        self.entries(1)
        if point.text in {RECEIPT, ANCHOR_MINED}:
            self.desk.works.anchor_journal()
            self.desk.pipe.fork.mine()

    def keep_log(self, point: Point) -> None:
        if TILE in {point.text, point.first}:
            full = WIDTH * (self.count("tiles WHERE level = 0") + 1)
            self.entries(max(0, full - self.count("journal")))
        else:
            self.stamp_checkpoints(point)

    def stamp_checkpoints(self, _: Point) -> None:
        self.entries(1)
        newest = "(SELECT * FROM checkpoints ORDER BY size DESC LIMIT 1) c"
        self.desk.wait_for(lambda: self.count(f"{newest} WHERE witnessed_ms IS NULL AND token IS NULL") == 1)

    def entries(self, count: int) -> None:
        """So many further entries in the journal."""
        command = c.ClassifyExport(right_id=self.rights[0], export_class="free")
        with ThreadPoolExecutor(8) as callers:
            list(callers.map(lambda _: self.desk.operator(command), range(count)))

    def count(self, rows: str) -> int:
        found = self.desk.database.execute(f"SELECT count(*) AS n FROM {rows}").fetchone()  # noqa: S608 - our own words
        assert found is not None
        return int(found["n"])

    def is_done_once(self) -> None:
        """All of it, and nothing more than once, on either side."""
        desk = self.desk
        desk.works.read_statements()
        for _ in range(3):
            desk.works.send_outbox()
            desk.works.anchor_journal()
            desk.pipe.fork.mine(3)
            desk.works.read_chain()
            desk.works.follow_records()
        desk.works.keep_log()
        paid = self.withdrawals - self.refused
        assert desk.entries("record_statement_line") == self.credits + paid
        assert desk.entries("refuse_payment") == self.refused
        assert self.count("payments WHERE state = 'PAID'") == paid
        assert self.count("payments WHERE state = 'APPROVED'") == 0
        assert desk.entries("record_register_copy") == len(self.rights)
        assert self.count("deals WHERE state = 'WITNESSED'") == self.licences
        assert self.count("deals WHERE state = 'REGISTERED'") == self.filings
        assert desk.entries("confirm_registration") == self.filings == FILINGS
        told = self.licences + 2 * self.filings
        assert desk.entries("report_chain_record") == told, "each deal, and each registration"
        assert Counter(desk.pipe.names())["DealAgreed"] == self.licences + self.filings
        assert Counter(desk.pipe.names())["RegistryConfirmed"] == self.filings
        anchors = desk.database.execute("SELECT size, state FROM anchors ORDER BY size").fetchall()
        assert [row["size"] for row in anchors] == [event.size for event in anchored(desk.pipe)]
        assert {row["state"] for row in anchors} == {"VERIFIED"}
        head = desk.database.execute(
            "SELECT last_entry + 1 AS size, head_hash FROM sequencer_head"
        ).fetchone()
        assert head is not None
        assert self.count("tiles WHERE level = 0") == head["size"] // WIDTH
        assert (
            root_from(TiledTree(StoredTiles(desk.database), head["size"]), head["size"]) == head["head_hash"]
        )
        assert reconcile(desk.works, settling_s=0).differences == []

    def is_sealed(self, works: Hands) -> bool:
        """Whether every checkpoint has its token, and the newest its cosignature, by then."""
        assert (works.run("keep_log"), works.run("stamp_checkpoints")) == (0, 0)
        newest = "(SELECT witnessed_ms FROM checkpoints ORDER BY size DESC LIMIT 1) c"
        return (
            self.count("checkpoints WHERE token IS NULL"),
            self.count(f"{newest} WHERE witnessed_ms > 0"),
        ) == (0, 1)


def anchored(pipe: Pipeline) -> list[Anchored]:
    """The anchors on the chain, in its order."""
    newest, first = pipe.client.block_number(), pipe.manifest.first_block()
    events = read_events(pipe.client, pipe.manifest.address("JournalAnchor"), first, newest)
    return [event for event in events if isinstance(event, Anchored)]


def test_every_other_work_killed_at_each_message_goes_on_at_the_next_run_and_does_what_was_due_once(
    shallow_fork: Fork, migrated_database_url: str, tmp_path: Path, short_folder: Path
) -> None:
    marks = "tests.faults.frequent_marks"
    with ExitStack() as stack:
        desk = stack.enter_context(open_desk(shallow_fork, migrated_database_url, tmp_path, module=marks))
        venue = desk.row("venues", Venue, "venue")
        origin = origin_of(venue.chain_id, venue.anchor)
        log = log_verifier(origin, bytes.fromhex(venue.receipt_key))
        witness = WitnessProcess(tmp_path / "witness", log, WITNESS)
        authority = AuthorityProcess(tmp_path / "authority")
        vkey, certificate = witness.start("--begin").to_text(), tmp_path / "authority.pem"
        stack.callback(witness.kill)
        certificate.write_bytes(authority.start("--begin"))
        stack.callback(authority.kill)
        works = Hands(stack, desk.pipe, desk.settings.keys, tmp_path, short_folder)
        sequencer = SocketCutting(short_folder / "sequencer", desk.sequencer.socket_path)
        works.proxies["sequencer"] = stack.enter_context(sequencer)
        works.start(
            IPX_SEQUENCER_SOCKET=sequencer.path,
            IPX_BANK_URL=works.before("bank", desk.bank.url),
            IPX_BANK_SIGNER=desk.bank.signer,
            IPX_BANK_TOKEN=TOKEN,
            IPX_OFFICE_URL=works.before("office", desk.office.url),
            IPX_OFFICE_SIGNER=desk.office.signer,
            IPX_OFFICE_TOKEN=TOKEN,
            IPX_WITNESSES=f"{works.before('witness', witness.url)} {vkey}",
            IPX_TIMESTAMP=f"{works.before('authority', authority.url)} {certificate}",
            IPX_ANCHOR_ENTRIES="1",
        )
        due = Due(desk)
        for point in OTHERS:
            getattr(due, point.work)(point)
            works.killed_at(point)
            assert works.run(point.work) == 0, point
        due.is_done_once()
        desk.wait_for(partial(due.is_sealed, works))
