"""Checkpoints get a token over what the sequencer signed, and nothing is kept that was not checked."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from ledger.alone import Database, open_database, wall_ms
from ledger.log import stamping, timestamps
from ledger.log.checkpoints import Checkpoint, as_signed, log_verifier, sign_checkpoint
from ledger.log.endpoints import TimestampEndpoint
from ledger.log.notes import COSIGNATURE, Note, NoteRefused, Verifier, cosign, read_note
from ledger.log.stamping import Overdue, Stamping
from ledger.log.timestamps import CLOCKS_MS, TimestampClient, TimestampFault
from ledger.receipt_key import ReceiptKey
from ledger.settings import SettingsRefused
from ledger.timestamp.issuing import Authority
from ledger.timestamp.opening import open_authority
from ledger.timestamp.requests import REPLY_TYPE, write_reply
from ledger.timestamp.verifying import verify_token
from ledger.worker_settings import timestamp_in
from tests.ledger.conftest import writing
from tests.ledger.timestamp.authorities import NAME, AuthorityProcess
from tests.ledger.trading import GENESIS

KEY, WITNESS_KEY = ReceiptKey(b"\x01" * 32), ReceiptKey(b"\x02" * 32)
ORIGIN = f"ipx/{GENESIS.chain_id}/{GENESIS.anchor}"
LOG = log_verifier(ORIGIN, KEY.public_key)
ADD = "INSERT INTO checkpoints (size, root, note, made_ms) VALUES (%s, %s, %s, %s)"
TOKENS = "SELECT size, token FROM checkpoints WHERE token IS NOT NULL ORDER BY size"
Answer = Callable[[bytes], tuple[int, str, bytes]]


@pytest.fixture
def opened(tmp_path: Path) -> tuple[Authority, bytes]:
    return open_authority(tmp_path / "authority", NAME, begin=True)


@pytest.fixture
async def database(migrated_database_url: str) -> Any:
    async with writing(migrated_database_url, KEY):
        pass
    with open_database(migrated_database_url) as found:
        yield found


def note_of(size: int) -> Note:
    return sign_checkpoint(Checkpoint(ORIGIN, size, size.to_bytes(32, "big")), KEY)


def add(database: Database, size: int, *, age_ms: int = 0) -> Note:
    note = note_of(size)
    database.execute(ADD, (size, size.to_bytes(32, "big"), note.to_bytes(), wall_ms() - age_ms))
    return note


@contextmanager
def serving(answer: Answer) -> Iterator[str]:
    """Whatever an authority could say, over real HTTP."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, kind, content = answer(body)
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            pieces = (
                [content] if type(content) is bytes else [content[i : i + 1] for i in range(len(content))]
            )
            for piece in pieces:
                self.wfile.write(piece)
                if len(pieces) > 1:
                    time.sleep(0.01)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def asking(url: str, certificate: bytes) -> Iterator[TimestampClient]:
    with closing(TimestampClient(TimestampEndpoint(url, certificate))) as client:
        yield client


def honest(authority: Authority, shift_ms: int = 0) -> Answer:
    return lambda body: (200, REPLY_TYPE, authority.answer(body, wall_ms() + shift_ms))


def test_what_is_stamped_is_the_note_as_the_log_signed_it_whoever_cosigns_later() -> None:
    note = note_of(7)
    signed = note.to_bytes()
    assert as_signed(note, LOG) == signed
    line = cosign(note.text, "witness.example/w1", WITNESS_KEY, 1_800_000_000)
    assert as_signed(note.with_lines([line]), LOG) == signed
    assert as_signed(Note(note.text, (line, *note.signatures)), LOG) == signed
    assert signed == (note.text + "\n" + note.signatures[0].to_text()).encode()


def test_what_the_log_has_not_signed_is_not_stamped() -> None:
    note = note_of(7)
    with pytest.raises(NoteRefused, match="NOTE-SIGNATURE"):
        as_signed(Note(note.text.replace("\n7\n", "\n8\n"), note.signatures), LOG)
    witness = Verifier(name="w", kind=COSIGNATURE, public_key=WITNESS_KEY.public_key)
    with pytest.raises(NoteRefused, match="NOTE-UNSIGNED"):
        as_signed(note, witness)


def test_every_checkpoint_gets_its_own_token_the_newest_first(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stamping, "MOST_AT_ONCE", 2)
    notes = {size: add(database, size) for size in (5, 6, 7)}
    running = AuthorityProcess(tmp_path / "process")
    certificate = running.start("--begin")
    try:
        with asking(running.url, certificate) as client:
            keeper = Stamping(database, client)
            done = keeper.run(Overdue())
            assert (done.tokens, done.missing) == (2, 1)
            assert [row["size"] for row in database.execute(TOKENS)] == [6, 7]
            assert keeper.run(Overdue()).tokens == 1
            kept = database.execute(TOKENS).fetchall()
            serials = [
                verify_token(row["token"], notes[row["size"]].to_bytes(), certificate).serial for row in kept
            ]
            assert serials == [3, 2, 1]
            done = keeper.run(Overdue())
            assert (done.tokens, done.missing) == (0, 0)
    finally:
        running.kill()


def test_an_authority_that_is_away_is_left_alone_for_a_while_and_asked_again(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(timestamps, "FIRST_REST_S", 0.3)
    add(database, 5)
    running = AuthorityProcess(tmp_path / "process")
    certificate = running.start("--begin")
    running.kill()
    try:
        with asking(running.url, certificate) as client:
            keeper = Stamping(database, client)
            with pytest.raises(TimestampFault, match="TIMESTAMP-UNREACHABLE") as first:
                keeper.run(Overdue())
            with pytest.raises(TimestampFault) as again:
                keeper.run(Overdue())
            assert again.value is first.value  # not asked: it is left alone
            assert database.execute(TOKENS).fetchall() == []
            running.start()
            client._rested_at = 0.0
            assert keeper.run(Overdue()).tokens == 1
    finally:
        running.kill()


def test_no_token_is_kept_that_was_made_for_anything_else(
    database: Database, opened: tuple[Authority, bytes], tmp_path: Path
) -> None:
    authority, certificate = opened
    other, _ = open_authority(tmp_path / "other", NAME, begin=True)
    add(database, 5)
    cases: list[tuple[Answer, str]] = [
        (honest(other), "TIMESTAMP-TOKEN.*TOKEN-SIGNER"),
        (honest(authority, CLOCKS_MS + 5_000), "TIMESTAMP-TIME"),
        (honest(authority, -CLOCKS_MS - 5_000), "TIMESTAMP-NOT-GRANTED"),  # its clock would have gone back
        (lambda _: (200, REPLY_TYPE, b""), "TIMESTAMP-ANSWER"),
        (lambda _: (200, REPLY_TYPE, write_reply(b"\x30\x00")), "TIMESTAMP-TOKEN.*TOKEN-MALFORMED"),
        (lambda _: (200, REPLY_TYPE, bytes(200_000)), "TIMESTAMP-ANSWER"),
        (lambda body: (200, "text/html", authority.answer(body, wall_ms())), "TIMESTAMP-ANSWER"),
        (lambda _: (503, REPLY_TYPE, b"busy"), "TIMESTAMP-ANSWER"),
        (lambda _: (302, REPLY_TYPE, b""), "TIMESTAMP-ANSWER"),
    ]
    for answer, found in cases:
        with serving(answer) as url, asking(url, certificate) as client:
            with pytest.raises(TimestampFault, match=found):
                Stamping(database, client).run(Overdue())
            assert database.execute(TOKENS).fetchall() == []


def test_an_authority_whose_clock_is_behind_ours_dates_nothing(opened: tuple[Authority, bytes]) -> None:
    authority, certificate = opened
    with serving(honest(authority, -CLOCKS_MS - 5_000)) as url, asking(url, certificate) as client:
        for since_ms in (0, wall_ms()):
            with pytest.raises(TimestampFault, match="TIMESTAMP-TIME"):
                client.stamp(b"x", since_ms)


def test_an_answer_that_trickles_in_is_given_up(
    opened: tuple[Authority, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate = opened
    monkeypatch.setattr(timestamps, "DEADLINE_S", 0.2)

    class Trickle(bytes):
        """Content that the server below writes bit by bit."""

    answer: Answer = lambda body: (200, REPLY_TYPE, Trickle(authority.answer(body, wall_ms())))  # noqa: E731
    slow = pytest.raises(TimestampFault, match="ReadTimeout")
    with serving(answer) as url, asking(url, certificate) as client, slow:
        client.stamp(b"x", 0)


def test_a_run_ends_however_many_wait(
    database: Database, opened: tuple[Authority, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    authority, certificate = opened
    monkeypatch.setattr(stamping, "LONGEST_RUN_S", -1.0)
    add(database, 5)
    with serving(honest(authority)) as url, asking(url, certificate) as client:
        done = Stamping(database, client).run(Overdue())
    assert (done.tokens, done.missing) == (0, 1)


def test_an_older_token_is_not_taken_for_an_answer(opened: tuple[Authority, bytes]) -> None:
    authority, certificate = opened
    replayed: list[bytes] = []

    def replay(body: bytes) -> tuple[int, str, bytes]:
        replayed.append(authority.answer(body, wall_ms()))
        return 200, REPLY_TYPE, replayed[0]

    with serving(replay) as url:
        with asking(url, certificate) as client:
            assert client.stamp(b"x", 0)
            with pytest.raises(TimestampFault, match="another nonce"):
                client.stamp(b"x", 0)
        with asking(url, certificate) as client, pytest.raises(TimestampFault, match="TOKEN-IMPRINT"):
            client.stamp(b"y", 0)


def test_a_checkpoint_that_was_changed_in_the_tables_is_not_stamped(
    database: Database, opened: tuple[Authority, bytes]
) -> None:
    authority, certificate = opened
    note = add(database, 5)
    add(database, 4)
    changed = note.to_bytes().replace(b"\n5\n", b"\n6\n")
    database.execute("UPDATE checkpoints SET note = %s WHERE size = 5", (changed,))
    assert read_note(changed)
    with serving(honest(authority)) as url, asking(url, certificate) as client, capture_logs() as said:
        done = Stamping(database, client).run(Overdue())
    assert [row["size"] for row in database.execute(TOKENS)] == [4]
    assert (done.tokens, done.missing) == (1, 1)
    assert [each["code"] for each in said] == ["CHECKPOINT-NOT-OURS"]


def test_a_token_that_is_missing_for_too_long_is_an_alarm_and_not_at_every_look(
    database: Database, opened: tuple[Authority, bytes]
) -> None:
    _, certificate = opened
    endpoint = TimestampEndpoint("http://127.0.0.1:1/", certificate)
    add(database, 5, age_ms=stamping.OVERDUE_MS - 30_000)
    overdue = Overdue()
    with closing(TimestampClient(endpoint)) as client, capture_logs() as said:
        keeper = Stamping(database, client)
        with pytest.raises(TimestampFault):
            keeper.run(overdue)
        assert said == []
        add(database, 4, age_ms=stamping.OVERDUE_MS + 1)
        for _ in range(3):
            with pytest.raises(TimestampFault):
                keeper.run(overdue)
    assert [(each["code"], each["missing"]) for each in said] == [("CHECKPOINT-NOT-STAMPED", 2)]


def test_a_day_old_checkpoint_is_given_up(database: Database, opened: tuple[Authority, bytes]) -> None:
    authority, certificate = opened
    add(database, 4, age_ms=stamping.GIVEN_UP_MS + 1)
    with serving(honest(authority)) as url, asking(url, certificate) as client, capture_logs() as said:
        assert Stamping(database, client).run(Overdue()).tokens == 0
    assert said == []


def test_an_authority_is_named_by_address_and_certificate(
    tmp_path: Path, opened: tuple[Authority, bytes]
) -> None:
    file = tmp_path / "certificate.pem"
    file.write_bytes(opened[1])
    assert timestamp_in(f"https://tsa.example/tsr {file}") == TimestampEndpoint(
        "https://tsa.example/tsr", opened[1]
    )
    assert timestamp_in(" ") is None
    file_of_nothing = tmp_path / "empty"
    file_of_nothing.touch()
    for text in (
        "https://tsa.example",
        f"ftp://tsa.example {file}",
        f"https://a {tmp_path / 'none'}",
        f"https://a {file_of_nothing}",
    ):
        with pytest.raises(SettingsRefused, match="IPX_TIMESTAMP"):
            timestamp_in(text)
