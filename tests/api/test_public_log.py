"""The public log over HTTP: whoever trusts the keys alone finds every acknowledged entry, or finds that it is gone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from api.cli.receipts import OPERATORS_OWN
from exchange import canonical
from ledger.alone import open_database, wall_ms
from ledger.log.checkpoints import Checkpoint, log_verifier, origin_of, read_checkpoint, sign_checkpoint
from ledger.log.endpoints import TimestampEndpoint, WitnessEndpoint
from ledger.log.keeping import LogKeeping
from ledger.log.notes import Verifier
from ledger.log.proofs import Proof, check_receipt_in_log, read_proof, write_proof
from ledger.log.stamping import Overdue, Stamping
from ledger.log.tiles import WIDTH, Place, TiledTree, width_at
from ledger.log.timestamps import TimestampClient
from ledger.log.witnesses import WitnessClient
from ledger.merkle import HASH_BYTES, Tree, leaf_hash
from ledger.merkle_checks import verify_consistency
from ledger.receipt_key import ReceiptKey
from ledger.timestamp.opening import CERTIFICATE_FILE, open_authority
from tests.api.running_venue import RunningVenue
from tests.ledger.log.witness_process import WitnessProcess
from tests.ledger.timestamp.authorities import AuthorityProcess

DEADLINE_S = 60.0
NAME = "witness.example/w1"


@pytest.fixture
def log(venue: RunningVenue) -> Verifier:
    """The log's verifier, made from what an auditor trusts."""
    shown = venue.public.venue()
    return log_verifier(origin_of(shown.chain_id, shown.anchor_address), bytes.fromhex(shown.receipt_key))


@pytest.fixture
def witness(log: Verifier, tmp_path: Path) -> Iterator[tuple[WitnessClient, Verifier]]:
    running = WitnessProcess(tmp_path / "witness", log, NAME)
    verifier = running.start("--begin")
    with closing(WitnessClient(WitnessEndpoint(running.url, verifier))) as client:
        yield client, verifier
    running.kill()


def reached(venue: RunningVenue, entry: int) -> bytes:
    """Wait until a checkpoint holds an entry; the tiles are written as the worker would."""
    end = time.monotonic() + DEADLINE_S
    while time.monotonic() < end:
        with open_database(venue.database_url) as database:
            if LogKeeping(database, []).run().size > entry:
                return venue.public.checkpoint()
        time.sleep(0.1)
    message = f"no checkpoint reached entry {entry}"
    raise AssertionError(message)


def test_every_acknowledged_entry_is_shown_to_stand_by_its_receipt(
    venue: RunningVenue, log: Verifier
) -> None:
    venue.party("buyer")
    size = venue.public.receipt(0).seal.tree_size
    newest = max(record.entry for record in venue.public.events())
    reached(venue, newest)
    for entry in {0, 1, size - 1, newest // 2, newest}:
        receipt = venue.public.receipt(entry)
        proof = read_proof(venue.public.entry_proof(entry))
        checked = check_receipt_in_log(receipt, proof, log, [], int(time.time() * 1000))
        assert checked.verdict == "STANDS"


def test_whoever_reads_the_tiles_alone_makes_the_root_and_every_leaf_again(
    venue: RunningVenue, log: Verifier
) -> None:
    newest = max(record.entry for record in venue.public.events())
    stated = read_checkpoint(reached(venue, newest), log).checkpoint

    class Fetched:
        def hashes(self, place: Place) -> bytes:
            return venue.public.transport.text(f"/v1/log/tile/{place.to_path()}")

    leaves = []
    for number in range(-(-stated.size // WIDTH)):
        width = width_at(0, number, stated.size)
        tile = Fetched().hashes(Place(0, number, width))
        leaves += [tile[start : start + HASH_BYTES] for start in range(0, len(tile), HASH_BYTES)]
    whole = Tree(leaves)
    assert whole.root() == stated.root
    tree = TiledTree(Fetched(), stated.size)
    assert [tree.node(0, index) for index in range(stated.size)] == leaves
    entry = venue.public.entry(stated.size - 1)
    assert leaf_hash(canonical.encode(entry.public)) == leaves[-1]


def test_two_checkpoints_are_shown_to_be_one_history(venue: RunningVenue, log: Verifier) -> None:
    newest = max(record.entry for record in venue.public.events())
    first = read_checkpoint(reached(venue, newest), log).checkpoint
    venue.party("buyer")
    newest = max(record.entry for record in venue.public.events())
    second = read_checkpoint(reached(venue, newest), log).checkpoint
    parameters = {"old": first.size, "new": second.size}
    path = [
        bytes.fromhex(each) for each in venue.public.transport.get("/v1/log/consistency", parameters)["path"]
    ]
    assert verify_consistency(first.size, second.size, first.root, second.root, path)


def test_the_log_says_under_which_key_it_signs(venue: RunningVenue, log: Verifier) -> None:
    reached(venue, 0)
    shown = venue.public.transport.get("/v1/log")
    assert shown["vkey"] == log.to_text()
    assert shown["origin"] == log.name


@pytest.mark.parametrize(
    "path",
    [
        "/v1/log/tile/0/999",
        "/v1/log/tile/nonsense",
        "/v1/log/tile/0/000.p/0",
        "/v1/log/entries/99999999/proof",
        "/v1/log/consistency?old=1&new=99999999",
        "/v1/log/consistency?old=9&new=1",
        "/v1/log/checkpoint?beyond=99999999",
        "/v1/log/token?size=99999999",
        "/v1/log/entries/99999999/proof?stamped=true",
    ],
)
def test_what_the_log_does_not_have_is_a_problem_with_a_code(venue: RunningVenue, path: str) -> None:
    reached(venue, 0)
    with venue.http() as http:
        answer = http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (404, "UNKNOWN-ID")


def test_a_full_tile_may_be_kept_for_ever_and_a_checkpoint_for_no_time(venue: RunningVenue) -> None:
    reached(venue, 0)
    with venue.http() as http:
        assert http.get("/v1/log/checkpoint").headers["Cache-Control"] == "no-cache"
        partial = http.get("/v1/log/tile/0/000.p/1")
        assert len(partial.content) == HASH_BYTES
        full = http.get("/v1/log/tile/0/000")
        if full.status_code == httpx.codes.OK:
            assert "immutable" in full.headers["Cache-Control"]


def ipx(venue: RunningVenue, *arguments: str) -> tuple[int, Any]:
    done = CliRunner().invoke(app, ["--url", venue.url, *arguments])
    return done.exit_code, done.stdout


def test_a_receipt_is_checked_on_the_command_line_against_log_and_witness(
    venue: RunningVenue, log: Verifier, witness: tuple[WitnessClient, Verifier], tmp_path: Path
) -> None:
    client, verifier = witness
    venue.party("buyer")
    newest = max(record.entry for record in venue.public.events())
    reached(venue, newest)
    file = tmp_path / "receipts"
    code, line = ipx(venue, "receipt", "show", str(newest))
    assert code == 0
    file.write_text(line)
    check = ["receipt", "check", str(file), "--log", log.to_text(), "--witness", verifier.to_text(), "--json"]
    code, shown = ipx(venue, *check)
    rows = json.loads(shown)
    assert (code, rows[0]["verdict"]) == (2, "NOT-WITNESSED")
    with open_database(venue.database_url) as database:
        assert LogKeeping(database, [client]).run().missing == ()
    code, shown = ipx(venue, *check)
    assert (code, json.loads(shown)[0]["verdict"]) == (0, "STANDS")
    assert json.loads(shown)[0]["witnesses"] == NAME

    proof = tmp_path / "proof"
    proof.write_bytes(venue.public.entry_proof(newest))
    assert (
        ipx(venue, "--url", "http://127.0.0.1:1", *check, "--proof", str(proof))[0] == 0
    )  # without the venue
    checkpoint = tmp_path / "checkpoint"
    checkpoint.write_bytes(venue.public.checkpoint())
    code, shown = ipx(venue, *check, "--checkpoint", str(checkpoint))
    assert (code, json.loads(shown)[0]["verdict"]) == (1, "NOT-SHOWN")

    forged = msgspec.structs.replace(venue.public.receipt(newest), leaf_hash="00" * 32)
    file.write_bytes(msgspec.json.encode(forged))
    assert ipx(venue, *check)[0] == 2


def test_the_command_line_says_that_an_entry_was_left_out_where_the_venue_signed_another_in_its_place(
    venue: RunningVenue, log: Verifier, tmp_path: Path
) -> None:
    venue.party("buyer")
    receipt = venue.public.receipt(max(record.entry for record in venue.public.events()))
    reached(venue, receipt.entry)
    file, proof = tmp_path / "receipts", tmp_path / "proof"
    file.write_bytes(msgspec.json.encode(receipt))
    check = ["--url", "http://127.0.0.1:1", "receipt", "check", str(file), "--log", log.to_text()]
    check += ["--proof", str(proof), "--json"]
    # The venue rewrites its journal: another entry stands there, or all that came after it have moved up.
    others = [leaf_hash(b"another %d" % number) for number in range(receipt.entry + 3)]
    key = ReceiptKey.from_file(venue.folder / "keys" / "receipt.key")
    for key_of_the_log, expected in ((key, (1, "LEFT-OUT")), (ReceiptKey(bytes(32)), (2, ""))):
        tree = Tree(others)
        note = sign_checkpoint(Checkpoint(log.name, len(others), tree.root(len(others))), key_of_the_log)
        path = tuple(tree.inclusion_path(receipt.entry, len(others)))
        rewritten = Proof(receipt.entry, path, note.to_bytes(), tree.node(0, receipt.entry))
        proof.write_bytes(write_proof(rewritten))
        code, shown = ipx(venue, *check)
        assert (code, json.loads(shown)[0]["verdict"] if shown else "") == expected
    # The same receipt stands in the tree that it was given for.
    proof.write_bytes(venue.public.entry_proof(receipt.entry))
    code, shown = ipx(venue, *check)
    assert (code, json.loads(shown)[0]["verdict"]) == (0, "STANDS")


def test_a_receipt_is_dated_on_the_command_line_by_the_token_of_a_checkpoint(
    venue: RunningVenue, log: Verifier, tmp_path: Path
) -> None:
    venue.party("buyer")
    newest = max(record.entry for record in venue.public.events())
    reached(venue, newest)
    file, certificate = tmp_path / "receipts", tmp_path / "authority" / CERTIFICATE_FILE
    file.write_text(ipx(venue, "receipt", "show", str(newest))[1])
    running = AuthorityProcess(tmp_path / "authority")
    running.start("--begin")
    check = ["receipt", "check", str(file), "--log", log.to_text(), "--timestamp", str(certificate), "--json"]
    try:
        code, shown = ipx(venue, *check)
        (row,) = json.loads(shown)
        assert (code, row["verdict"], row["time"]) == (2, "NOT-STAMPED", "")
        with venue.http() as http:
            assert http.get("/v1/log/token").json()["code"] == "UNKNOWN-ID"
        before_ms = wall_ms()
        endpoint = TimestampEndpoint(running.url, certificate.read_bytes())
        with open_database(venue.database_url) as database, closing(TimestampClient(endpoint)) as client:
            while Stamping(database, client).run(Overdue()).tokens:
                pass
    finally:
        running.kill()
    code, shown = ipx(venue, *check)
    (row,) = json.loads(shown)
    assert (code, row["verdict"]) == (0, "STANDS")
    stamped_ms = datetime.fromisoformat(row["time"]).timestamp() * 1000
    assert before_ms - 1_000 <= stamped_ms <= wall_ms() + 1_000
    assert OPERATORS_OWN[0] in row["text"]
    assert OPERATORS_OWN[1] in row["text_zh"]

    proof, token = tmp_path / "proof", tmp_path / "token"
    proof.write_bytes(venue.public.entry_proof(newest, stamped=True))
    token.write_bytes(venue.public.checkpoint_token(row["stamped"]))
    offline = ["--url", "http://127.0.0.1:1", *check, "--proof", str(proof)]
    code, shown = ipx(venue, *offline, "--token", str(token))
    assert (code, json.loads(shown)[0]["time"]) == (0, row["time"])
    assert ipx(venue, *offline)[0] == 2  # a proof alone has no date
    other = open_authority(tmp_path / "other", "another", begin=True)[1]
    certificate.write_bytes(other)
    assert ipx(venue, *offline, "--token", str(token))[0] == 2


def test_a_token_is_given_as_it_was_had_and_kept_for_ever(venue: RunningVenue, log: Verifier) -> None:
    reached(venue, 0)
    seen = venue.public.checkpoint(beyond=0)
    size = read_checkpoint(seen, log).checkpoint.size
    with open_database(venue.database_url) as database:
        database.execute("UPDATE checkpoints SET token = %s WHERE size = %s", (b"as it was had", size))
        with venue.http() as http:
            given = http.get("/v1/log/token", params={"size": size})
            newest = http.get("/v1/log/token")
        database.execute("UPDATE checkpoints SET token = NULL WHERE size = %s", (size,))
    assert (given.content, given.headers["Content-Type"]) == (b"as it was had", "application/cms")
    assert "immutable" in given.headers["Cache-Control"]
    assert newest.headers["Cache-Control"] == "no-cache"
