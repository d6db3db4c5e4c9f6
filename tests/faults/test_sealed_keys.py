"""No key of the venue is in the memory, environment or log of worker or front door while a signer has them."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_bytes, token_hex

import httpx
import psutil
import pytest

from api.auth import key_hash, new_api_key
from tests.api.rights.test_imports_again import right_number, table
from tests.faults.front_door_process import FrontDoorProcess
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
        further = desk.settings.chain_url.replace("127.0.0.1", "localhost")
        more = {"IPX_SIGNER_SOCKET": signer.socket_path, "IPX_CHAIN_READ_URLS": further}
        sealed = Worker(desk, redis_url, tmp_path / "sealed", **more)
        sealed.start()
        try:
            signs_with_every_key(desk, sealed)
            assert sealed.process is not None
            assert keys_found_in(psutil.Process(sealed.process.pid), secrets) == set()
        finally:
            sealed.end(signal.SIGKILL)
        said = sealed.log.read_bytes() + (tmp_path / "signer.log").read_bytes()
        assert not [form for secret in secrets.values() for form in forms_of(secret).values() if form in said]
        weaknesses = (b"SIGNER-NOT-SEALED", b"CHAIN-ONE-NODE")
        assert not [code for code in weaknesses if code in sealed.log.read_bytes()]
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
    assert all(code in opened.log.read_bytes() for code in weaknesses)


def takes_a_file_and_gives_a_bundle(port: int, token: str, deal_id: str, signer: str) -> None:
    """What the front door has the service sign."""
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=DEADLINE_S) as http:
        http.headers["Authorization"] = f"Bearer {token}"
        headers = {"Idempotency-Key": token_hex(8), "Content-Type": "text/csv"}
        answer = http.post("/v1/rights/imports", content=table(right_number()), headers=headers)
        assert [row["outcome"] for row in answer.json()["submitted"]] == ["registered"], answer.text
        bundle = http.get(f"/v1/deals/{deal_id}/bundle").json()
        assert bundle["attestation"]["signer"] == signer.lower()


def test_the_front_door_holds_no_key_while_the_service_signs_for_it(desk: Desk, tmp_path: Path) -> None:
    seller, buyer = desk.company(), desk.company()
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.works.read_statements()
    desk.works.read_register()
    deal_id = desk.award(seller, buyer, right_id)
    keys = desk.settings.keys
    secrets = {name: bytes.fromhex((keys / f"{name}.key").read_text()) for name in NAMES}
    secrets["receipt"] = (keys / "receipt.key").read_bytes()
    secrets |= {f"operator {key.address}": key.secret() for key in desk.operators}
    held = {"its own": token_bytes(32)}
    token, staff = new_api_key(), tmp_path / "staff-keys.json"
    staff.write_text(json.dumps({"operators": {desk.operators[0].address: key_hash(token)}}))
    log = tmp_path / "api.log"
    with SignerProcess(keys, desk.pipe.manifest_file, tmp_path / "signer.log") as signer:
        environment = {
            "IPX_STAFF_KEYS": str(staff),
            "IPX_SIGNER_DOOR_SOCKET": signer.door_socket_path,
            "IPX_BANK_TOKEN": held["its own"].hex(),
        }
        door = FrontDoorProcess(desk.pipe.database_url, desk.sequencer.socket_path, log, **environment)
        with door:
            takes_a_file_and_gives_a_bundle(door.port, token, deal_id, desk.service_key.address)
            assert door.process is not None
            process = psutil.Process(door.process.pid)
            assert keys_found_in(process, secrets) == set()
            assert keys_found_in(process, held) == {"its own as hex"}  # the search finds what is there
    said = log.read_bytes() + (tmp_path / "signer.log").read_bytes()
    assert not [form for secret in secrets.values() for form in forms_of(secret).values() if form in said]
