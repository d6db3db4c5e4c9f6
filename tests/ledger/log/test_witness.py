"""The witness cosigns what extends all that it has cosigned before, and nothing else, whatever happens to it."""

from __future__ import annotations

import subprocess
import threading
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.log.checkpoints import Checkpoint, cosignatures, log_verifier, origin_of, sign_checkpoint
from ledger.log.endpoints import WitnessEndpoint
from ledger.log.notes import COSIGNATURE, Note, Verifier, read_lines
from ledger.log.witnesses import WitnessClient, WitnessFault
from ledger.merkle import EMPTY_ROOT, Tree, consistency_path, leaf_hash
from ledger.receipt_key import ReceiptKey
from ledger.settings import SettingsRefused, witnesses_in
from ledger.witness.cosigning import SIZE_TYPE, Memory, Reply, Witness, WitnessRefused
from ledger.witness.requests import AddCheckpoint, read_add_checkpoint
from tests.ledger.log.witness_process import WitnessProcess

ROOT = Path(__file__).resolve().parents[3]
ORIGIN = origin_of(31_337, "0x" + "ab" * 20)
NAME = "witness.example/w1"
KEY, OWN, OTHER = (ReceiptKey(bytes([number]) * 32) for number in (1, 2, 3))
LOG = log_verifier(ORIGIN, KEY.public_key)
WITNESS = Verifier(name=NAME, kind=COSIGNATURE, public_key=OWN.public_key)
NOW_S = 1_800_000_000
TREE = Tree(leaf_hash(b"entry %d" % number) for number in range(300))
FORKED = Tree(leaf_hash(b"entry %d" % (number if number != 5 else 999)) for number in range(300))


def note_of(size: int, tree: Tree = TREE, key: ReceiptKey = KEY, origin: str = ORIGIN) -> Note:
    root = tree.root(size) if size else EMPTY_ROOT
    return sign_checkpoint(Checkpoint(origin, size, root), key)


def request(old: int, size: int, tree: Tree = TREE) -> bytes:
    path = tuple(consistency_path(tree, old, size)) if old <= size else ()
    return AddCheckpoint(old, path, note_of(size, tree).to_bytes()).to_bytes()


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    return Memory.create(tmp_path / "cosigned.json", ORIGIN)


@pytest.fixture
def witness(memory: Memory) -> Witness:
    return Witness(NAME, OWN, LOG, memory)


def cosigned(reply: Reply, size: int, tree: Tree = TREE) -> bool:
    if reply.status != 200:
        return False
    note = note_of(size, tree).with_lines(read_lines(reply.text))
    return cosignatures(note, [WITNESS]) == {NAME: NOW_S}


def test_each_checkpoint_that_extends_the_last_is_cosigned(witness: Witness) -> None:
    old = 0
    for size in (0, 1, 1, 2, 7, 8, 255, 256, 300):
        assert cosigned(witness.add_checkpoint(request(old, size), NOW_S), size)
        old = size


def test_a_fork_is_not_cosigned_though_its_own_path_holds(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, 100), NOW_S).status == 200
    for size in (100, 101, 300):
        assert witness.add_checkpoint(request(100, size, FORKED), NOW_S).status == 422
    assert cosigned(witness.add_checkpoint(request(100, 101), NOW_S), 101)


def test_a_smaller_checkpoint_is_not_cosigned_after_a_larger_one(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, 100), NOW_S).status == 200
    assert witness.add_checkpoint(request(0, 99), NOW_S) == Reply(409, "100\n", SIZE_TYPE)
    assert witness.add_checkpoint(request(100, 99), NOW_S).status == 400


def test_whoever_does_not_know_the_size_is_told_it(witness: Witness) -> None:
    assert witness.add_checkpoint(request(0, 8), NOW_S).status == 200
    for old in (0, 7, 9):
        assert witness.add_checkpoint(request(old, 20), NOW_S) == Reply(409, "8\n", SIZE_TYPE)


def test_nobody_but_the_log_has_anything_cosigned(witness: Witness) -> None:
    strange = AddCheckpoint(0, (), note_of(8, key=OTHER).to_bytes()).to_bytes()
    assert witness.add_checkpoint(strange, NOW_S).status == 403
    elsewhere = note_of(8, origin=origin_of(1, "0x" + "cd" * 20))
    assert witness.add_checkpoint(AddCheckpoint(0, (), elsewhere.to_bytes()).to_bytes(), NOW_S).status == 404


def test_the_empty_tree_has_one_root_and_its_path_is_empty(witness: Witness) -> None:
    wrong = sign_checkpoint(Checkpoint(ORIGIN, 0, b"\x01" * 32), KEY)
    assert witness.add_checkpoint(AddCheckpoint(0, (), wrong.to_bytes()).to_bytes(), NOW_S).status == 422
    padded = AddCheckpoint(0, (b"\x01" * 32,), note_of(8).to_bytes()).to_bytes()
    assert witness.add_checkpoint(padded, NOW_S).status == 422


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"old 0\n",
        b"old 00\n\n" + note_of(8).to_bytes(),
        b"old -1\n\n" + note_of(8).to_bytes(),
        b"old 0\nAAAA\n\n" + note_of(8).to_bytes(),
        b"old 0\n" + b"A" * 43 + b"=\n" * 64 + b"\n" + note_of(8).to_bytes(),
        b"old 0\n\n" + b"x" * 40_000,
        b"old 0\n\nno note at all\n",
        b"\xff\n\n" + note_of(8).to_bytes(),
    ],
)
def test_what_is_no_request_is_answered_400_and_changes_nothing(witness: Witness, body: bytes) -> None:
    assert witness.add_checkpoint(body, NOW_S).status == 400
    assert cosigned(witness.add_checkpoint(request(0, 8), NOW_S), 8)


@given(st.binary(max_size=400))
def test_no_bytes_whatever_make_reading_a_request_fail(body: bytes) -> None:
    read_add_checkpoint(body)
    read_add_checkpoint(b"old 0\n\n" + body)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300), st.booleans()), max_size=12))
def test_whatever_it_is_asked_all_that_it_cosigns_is_one_history(
    tmp_path_factory: pytest.TempPathFactory, asked: list[tuple[int, int, bool]]
) -> None:
    path = tmp_path_factory.mktemp("witness") / "cosigned.json"
    witness = Witness(NAME, OWN, LOG, Memory.create(path, ORIGIN))
    seen: list[tuple[int, bytes]] = [(0, EMPTY_ROOT)]
    for old, size, forked in asked:
        tree = FORKED if forked else TREE
        if witness.add_checkpoint(request(old, size, tree), NOW_S).status == 200:
            assert size >= seen[-1][0]
            seen.append((size, tree.root(size) if size else EMPTY_ROOT))
        witness = Witness(NAME, OWN, LOG, Memory(path))  # as after a kill
    trees = (TREE, FORKED)
    assert any(
        all(root == (tree.root(size) if size else EMPTY_ROOT) for size, root in seen) for tree in trees
    )


def test_threads_that_ask_together_never_roll_it_back(witness: Witness, memory: Memory) -> None:
    def ask(size: int) -> None:
        for _ in range(50):
            old = memory.last.size
            if old >= size:
                return
            witness.add_checkpoint(request(old, size), NOW_S)

    threads = [threading.Thread(target=ask, args=(size,)) for size in range(20, 300, 20)]
    for thread in threads:
        thread.start()
    largest = 0
    while any(thread.is_alive() for thread in threads):
        assert memory.last.size >= largest
        largest = memory.last.size
    assert memory.last.size == 280


def test_a_witness_that_cannot_keep_what_it_cosigns_gives_no_cosignature(
    witness: Witness, tmp_path: Path
) -> None:
    (tmp_path / "cosigned.new").mkdir()
    with pytest.raises(WitnessRefused, match="WITNESS-DISK"):
        witness.add_checkpoint(request(0, 8), NOW_S)
    (tmp_path / "cosigned.new").rmdir()
    assert cosigned(witness.add_checkpoint(request(0, 5), NOW_S), 5)


@pytest.mark.parametrize("content", [None, b"", b"{}", b'{"origin": "x", "size": -1, "root": "00"}'])
def test_a_witness_without_its_memory_does_not_begin_again(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "cosigned.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(WitnessRefused, match="WITNESS-STATE"):
        Memory(path)


def test_a_memory_of_another_log_is_refused(tmp_path: Path) -> None:
    other = Memory.create(tmp_path / "cosigned.json", "another log")
    with pytest.raises(WitnessRefused, match="WITNESS-STATE"):
        Witness(NAME, OWN, LOG, other)


def test_a_killed_witness_goes_on_where_it_was_and_a_real_client_finds_its_size(
    tmp_path: Path,
) -> None:
    running = WitnessProcess(tmp_path / "witness", LOG, NAME)
    verifier = running.start("--begin")
    endpoint = WitnessEndpoint(running.url, verifier)
    with closing(WitnessClient(endpoint)) as client, closing(WitnessClient(endpoint)) as fresh:
        try:
            line = client.cosign(note_of(100), 100, TREE)
            assert set(cosignatures(note_of(100).with_lines([line]), [verifier])) == {NAME}
            running.kill()
            with pytest.raises(WitnessFault, match="WITNESS-UNREACHABLE"):
                client.cosign(note_of(200), 200, TREE)
            assert running.start() == verifier
            assert fresh.cosign(note_of(200), 200, TREE)
            with pytest.raises(WitnessFault, match="WITNESS-AHEAD") as ahead:
                fresh.cosign(note_of(150), 150, TREE)
            assert ahead.value.size == 200
            with pytest.raises(WitnessFault, match="WITNESS-REFUSED"):
                fresh.cosign(note_of(300, FORKED), 300, FORKED)
        finally:
            running.kill()


def test_a_witness_with_no_key_starts_only_when_it_is_told_to_begin(tmp_path: Path) -> None:
    command = [*WitnessProcess(tmp_path, LOG, NAME).command, "--show"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "WITNESS-KEY" in done.stderr
    shown = [
        subprocess.run(each, cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=True).stdout
        for each in ([*command, "--begin"], command)
    ]
    assert shown[0] == shown[1]
    assert Verifier.from_text(shown[0].strip()).name == NAME


def test_witnesses_are_named_by_address_and_key() -> None:
    other = Verifier(name="other.example", kind=COSIGNATURE, public_key=OTHER.public_key)
    text = f"http://127.0.0.1:1 {WITNESS.to_text()}, https://other.example/ {other.to_text()}"
    assert witnesses_in(text) == (
        WitnessEndpoint("http://127.0.0.1:1", WITNESS),
        WitnessEndpoint("https://other.example", other),
    )
    assert witnesses_in("") == ()


@pytest.mark.parametrize(
    "text",
    [
        "http://127.0.0.1:1",
        "http://127.0.0.1:1 nonsense",
        f"ftp://127.0.0.1 {WITNESS.to_text()}",
        f"http://127.0.0.1 {LOG.to_text()}",
        f"http://a {WITNESS.to_text()},http://b {WITNESS.to_text()}",
    ],
)
def test_a_witness_that_is_named_otherwise_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(SettingsRefused, match="IPX_WITNESSES"):
        witnesses_in(text)
