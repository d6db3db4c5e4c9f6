"""No key of the venue is in the worker's memory, environment or log while a signer has them."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from tests.ledger.signer_process import SignerProcess
from tests.ledger.works.desk import Desk
from tests.ledger.works.worker_process import Worker
from tests.processes import has_ended

pytestmark = pytest.mark.faults
DEADLINE_S = 90.0
NAMES = ("sender", "anchor", "service")


def forms_of(secret: bytes) -> dict[str, bytes]:
    """How a key may lie in a memory: as it is, as a number of little-endian limbs, as text."""
    return {
        "bytes": secret,
        "reversed": secret[::-1],
        "hex": secret.hex().encode(),
    }


def memory_of(process: psutil.Process) -> Iterator[bytes]:
    """Every region of a process that it can write to: nowhere else can a key have come to lie."""
    with Path(f"/proc/{process.pid}/mem").open("rb", buffering=0) as memory:
        for line in Path(f"/proc/{process.pid}/maps").read_text().splitlines():
            span, rights, *_ = line.split()
            if not rights.startswith("rw"):
                continue
            first, last = (int(part, 16) for part in span.split("-"))
            memory.seek(first)
            try:
                yield memory.read(last - first)
            except OSError:  # a guard page
                continue


def keys_found_in(process: psutil.Process, secrets: dict[str, bytes]) -> set[str]:
    """Names and forms of the keys that a process, or one that it has started, holds anywhere."""
    found = set()
    for each in (process, *process.children(recursive=True)):
        try:
            regions = [*memory_of(each), Path(f"/proc/{each.pid}/environ").read_bytes()]
        except OSError:
            if each == process or not has_ended(each):
                raise
            continue  # one that it had started has ended meanwhile, and holds nothing any more
        assert sum(map(len, regions)) > 10_000_000 or has_ended(each), "that was no Python process's memory"
        for name, secret in secrets.items():
            for form, pattern in forms_of(secret).items():
                if any(pattern in region for region in regions):
                    found.add(f"{name} as {form}")
    return found


def until(condition: Callable[[], bool], worker: Worker) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end, worker.log.read_text()[-3000:]
        time.sleep(0.1)


def signs_with_every_key(desk: Desk, worker: Worker) -> None:
    """A record by the sender, an anchor by the anchorer, a statement line by the service."""
    payer = desk.company()
    desk.pay_in(payer, 1)
    desk.pipe.queue(desk.pipe.right())

    def done() -> bool:
        desk.pipe.fork.mine()
        anchors = desk.database.execute("SELECT state FROM anchors WHERE state = 'VERIFIED'").fetchall()
        return desk.balance(payer) == 1 and set(desk.pipe.states()) == {"VERIFIED"} and bool(anchors)

    until(done, worker)


def test_the_worker_holds_no_key_while_the_signer_has_them(
    desk: Desk, redis_url: str, tmp_path: Path
) -> None:
    keys = desk.settings.keys
    secrets = {name: bytes.fromhex((keys / f"{name}.key").read_text()) for name in NAMES}
    for folder in ("sealed", "open"):
        (tmp_path / folder).mkdir()
    with SignerProcess(keys, desk.pipe.manifest_file, tmp_path / "signer.log") as signer:
        sealed = Worker(desk, redis_url, tmp_path / "sealed", IPX_SIGNER_SOCKET=signer.socket_path)
        sealed.start()
        try:
            signs_with_every_key(desk, sealed)
            assert sealed.process is not None
            assert keys_found_in(psutil.Process(sealed.process.pid), secrets) == set()
        finally:
            sealed.end(signal.SIGKILL)
        said = sealed.log.read_bytes() + (tmp_path / "signer.log").read_bytes()
        assert not [form for secret in secrets.values() for form in forms_of(secret).values() if form in said]
        assert b"SIGNER-NOT-SEALED" not in sealed.log.read_bytes()
    # The same search finds them where the worker signs by itself: it can find what is there.
    opened = Worker(desk, redis_url, tmp_path / "open")
    opened.start()
    try:
        signs_with_every_key(desk, opened)
        assert opened.process is not None
        found = keys_found_in(psutil.Process(opened.process.pid), secrets)
        assert {each.partition(" ")[0] for each in found} == set(NAMES), found
    finally:
        opened.end(signal.SIGKILL)
    assert b"SIGNER-NOT-SEALED" in opened.log.read_bytes()
