"""The signer as a process: it answers its own user over its socket, whatever others send, and is found again."""

from __future__ import annotations

import os
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.chain.errors import ChainFault
from ledger.chain.manifest import write_manifest
from ledger.chain.signer import LocalSigner
from ledger.signatures import exchange_domain, instruction_digest, require_signer
from ledger.signer.client import SignerClient, SignerKey
from ledger.signer.desk import MOST_CONNECTIONS, is_trusted
from ledger.signer.messages import LARGEST_FRAME, AskAddress, encode
from tests.ledger.signer.deployment import CHAIN_ID, KEYS, address_of, instruction, manifest, transaction
from tests.ledger.signer_process import ROOT, SignerProcess

STRANGER = "65534"
ASK_AS_ANOTHER = """
import os, socket, sys
os.setuid(int(sys.argv[3]))
connection = socket.socket(socket.AF_UNIX)
connection.connect(sys.argv[1])
try:
    connection.sendall(bytes.fromhex(sys.argv[2]))
    print(len(connection.recv(1000)))
except ConnectionError:
    print("cut off")
"""


def folder_of(path: Path, *, complete: bool = True) -> tuple[Path, Path]:
    """A folder of keys and a manifest."""
    keys = path / "keys"
    keys.mkdir()
    for name, key in KEYS.items():
        (keys / f"{name}.key").write_text(key.secret().hex())
    write_manifest(path / "chain.json", manifest(complete=complete))
    return keys, path / "chain.json"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignerProcess]:
    folder = tmp_path_factory.mktemp("signer")
    with SignerProcess(*folder_of(folder), folder / "signer.log") as process:
        yield process


@pytest.fixture
def client(signer: SignerProcess) -> Iterator[SignerClient]:
    made = SignerClient(signer.socket_path)
    yield made
    made.close()


def opened(signer: SignerProcess) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.settimeout(30)
    connection.connect(signer.socket_path)
    return connection


def is_cut_off(connection: socket.socket) -> bool:
    """Whether the other side has closed it, without a word."""
    try:
        return connection.recv(1000) == b""
    except ConnectionResetError:
        return True


def test_what_comes_back_is_what_a_key_at_hand_would_have_signed(client: SignerClient) -> None:
    key, here = SignerKey(client, "sender"), LocalSigner(KEYS["sender"])
    assert key.address == here.address
    assert key.sign(transaction()) == here.sign(transaction())
    domain = exchange_domain(CHAIN_ID, address_of("JournalAnchor"))
    signature = SignerKey(client, "service").sign_instruction(domain, instruction())
    require_signer(instruction_digest(domain, instruction()), signature, KEYS["service"].address)


def test_the_front_doors_socket_has_the_service_alone_and_only_for_what_the_front_door_gives(
    signer: SignerProcess,
) -> None:
    door = SignerClient(signer.door_socket_path)
    try:
        domain = exchange_domain(CHAIN_ID, address_of("JournalAnchor"))
        upload = instruction(action="import_right")
        service = SignerKey(door, "service")
        require_signer(
            instruction_digest(domain, upload),
            service.sign_instruction(domain, upload),
            KEYS["service"].address,
        )
        with pytest.raises(ChainFault, match="SIGNER-ACTION"):
            service.sign_instruction(domain, instruction(action="record_statement_line"))
        for name in ("sender", "anchor"):
            with pytest.raises(ChainFault, match="SIGNER-KEY-UNKNOWN"):
                SignerKey(door, name).sign(transaction())
            with pytest.raises(ChainFault, match="SIGNER-KEY-UNKNOWN"):
                _ = SignerKey(door, name).address
    finally:
        door.close()
    assert stat.S_IMODE(Path(signer.door_socket_path).stat().st_mode) == 0o600


def test_a_call_of_256_deals_fits_into_a_frame(client: SignerClient) -> None:
    full = transaction(data=transaction().data + bytes(256 * 640), gas=30_000_000)
    assert SignerKey(client, "sender").sign(full) == LocalSigner(KEYS["sender"]).sign(full)


def test_a_denial_names_its_rule_and_the_connection_goes_on(client: SignerClient) -> None:
    key = SignerKey(client, "sender")
    with pytest.raises(ChainFault, match="SIGNER-CONTRACT") as fault:
        key.sign(transaction(to=address_of("a stranger")))
    assert fault.value.code == "SIGNER-REFUSED"
    assert not fault.value.transient
    assert key.sign(transaction()).raw


def test_the_socket_is_its_owners_alone(signer: SignerProcess) -> None:
    assert stat.S_IMODE(Path(signer.socket_path).stat().st_mode) == 0o600
    assert is_trusted(os.geteuid())
    assert not is_trusted(os.geteuid() + 1)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another user")
def test_another_user_gets_no_answer_even_where_the_socket_lets_it_in(signer: SignerProcess) -> None:
    path = Path(signer.socket_path)
    path.chmod(0o666)
    path.parent.chmod(0o755)
    try:
        asked = subprocess.run(
            [
                sys.executable,
                "-c",
                ASK_AS_ANOTHER,
                str(path),
                encode(AskAddress(key="sender")).hex(),
                STRANGER,
            ],
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
        )
    finally:
        path.chmod(0o600)
        path.parent.chmod(0o700)
    assert asked.stdout.strip() in {"0", "cut off"}, asked
    assert "SIGNER-PEER" in signer.log.read_text()


@pytest.mark.parametrize(
    "sent",
    [
        (LARGEST_FRAME + 1).to_bytes(4) + b"{",
        bytes(4),
        b"\xff\xff\xff\xff",
        (9).to_bytes(4) + b"not JSON!",
        (2).to_bytes(4) + b"{}",
        (30).to_bytes(4) + b'{"type":"secret","key":"send"}',
        (4000).to_bytes(4) + b"[" * 4000,
    ],
)
def test_what_is_no_question_ends_its_connection_and_no_other(
    signer: SignerProcess, client: SignerClient, sent: bytes
) -> None:
    with opened(signer) as connection:
        connection.sendall(sent)
        assert is_cut_off(connection)
    assert SignerKey(client, "sender").address == KEYS["sender"].address


def test_more_connections_than_it_takes_are_closed_at_once(signer: SignerProcess) -> None:
    held = [opened(signer) for _ in range(MOST_CONNECTIONS)]
    try:
        for each in held:  # each is served before the next one comes
            each.sendall(encode(AskAddress(key="sender")))
            assert each.recv(1000)
        with opened(signer) as one_more:
            assert is_cut_off(one_more)
    finally:
        for each in held:
            each.close()


def test_threads_that_ask_over_one_connection_each_get_their_own_answer(client: SignerClient) -> None:
    wrong: list[int] = []

    def ask(first: int) -> None:
        here, key = LocalSigner(KEYS["sender"]), SignerKey(client, "sender")
        asked = [transaction(nonce=nonce) for nonce in range(first, first + 20)]
        wrong.extend(each.nonce for each in asked if key.sign(each) != here.sign(each))

    threads = [threading.Thread(target=ask, args=(100 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_signer_that_was_killed_is_unreachable_and_found_again_when_it_is_back(tmp_path: Path) -> None:
    with SignerProcess(*folder_of(tmp_path), tmp_path / "signer.log") as process:
        client = SignerClient(process.socket_path)
        key = SignerKey(client, "sender")
        before = key.sign(transaction())
        process.end(signal.SIGKILL)
        with pytest.raises(ChainFault, match="SIGNER-UNREACHABLE") as fault:
            key.sign(transaction())
        assert fault.value.transient
        process.start()
        assert key.sign(transaction()) == before
        process.end(signal.SIGTERM)
        assert process.process is not None
        assert process.process.returncode == 0
        assert not Path(process.socket_path).exists()
        assert not Path(process.door_socket_path).exists()
        client.close()
        for key_here in KEYS.values():
            assert key_here.secret().hex() not in process.log.read_text()


@pytest.mark.parametrize(
    "missing", ["IPX_SIGNER_SOCKET", "IPX_KEYS_DIR", "IPX_CHAIN_MANIFEST", "manifest", "key"]
)
def test_what_it_needs_is_named_and_it_does_not_start_without(tmp_path: Path, missing: str) -> None:
    keys, manifest_file = folder_of(tmp_path, complete=missing != "manifest")
    if missing == "key":
        (keys / "anchor.key").write_text("no key")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "IPX_SIGNER_SOCKET": str(tmp_path / "s"),
        "IPX_KEYS_DIR": str(keys),
        "IPX_CHAIN_MANIFEST": str(manifest_file),
    }
    environment.pop(missing, None)
    done = subprocess.run(
        [sys.executable, "-m", "ledger.signer"],
        cwd=ROOT,
        env=environment,
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 2
    named = {"manifest": "DEPLOY-MANIFEST", "key": "anchor.key"}.get(missing, missing)
    assert named in done.stderr
