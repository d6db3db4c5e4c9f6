"""One forgery for each thing that is checked on the chain or attested, with every hash and seal above it made anew by the venue's own key."""

from __future__ import annotations

import http.server
import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from exchange import commands as c
from ledger.audit.findings import Findings
from ledger.audit.matching import Recorded
from ledger.chain.calls import call_of
from ledger.chain.records import AnyRecord, LicenceRecord, Record, RightRecord
from ledger.journal import Entry
from ledger.secp256k1 import PrivateKey, sign
from tests.exchange.scene import digest
from tests.ledger.audit.conftest import Auditor, ChainScene, audited, new_scene
from tests.ledger.audit.forging import assert_only, place
from tests.ledger.audit.journal_days import trading_day
from tests.ledger.audit.journal_maker import JournalScene
from tests.ledger.audit.journal_writer import write

# --- attestations: a venue that invents what bank or office said, and decides accordingly


def day_with(forge: Callable[[JournalScene], int], chain_url: str, folder: Path) -> tuple[Auditor, int]:
    """A venue on a chain of its own that forges while it decides, so that replay agrees with it."""
    scene = new_scene(chain_url, folder)
    number = forge(scene)
    return audited(scene, chain_url), number


def invented_statement_line(scene: JournalScene) -> int:
    party = scene.party()
    scene.bank_key = PrivateKey.generate()
    scene.credit(party, 1_000_00)
    return len(scene.stored) - 1


def invented_register_copy(scene: JournalScene) -> int:
    party = scene.party()
    scene.office_key = PrivateKey.generate()
    scene.right(party)
    return place(scene, c.RecordRegisterCopy)


def invented_confirmation(scene: JournalScene) -> int:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    scene.office_key = PrivateKey.generate()
    scene.register(deal)
    scene.to_chain()
    return place(scene, c.ConfirmRegistration)


def invented_refusal(scene: JournalScene) -> int:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    scene.office_key = PrivateKey.generate()
    scene.refuse(deal)
    return len(scene.stored) - 1


def forged_deal_signature(scene: JournalScene) -> int:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign_by(deal, forged_by=PrivateKey.generate())
    return place(scene, c.SignAgreement)


def instruction_carried_out_twice(scene: JournalScene) -> int:
    party = scene.party()
    right = scene.right(party)
    again = c.ClassifyExport(right_id=right, export_class="free")
    scene.operator(again)
    scene.references[len(scene.stored)] = digest(f"key {len(scene.stored) - 1}")
    scene.operator(again, who=1)
    return len(scene.stored) - 1


def reported_but_never_recorded(scene: JournalScene) -> int:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    scene.sign_by(deal)
    scene.report("deal", deal)
    return len(scene.stored) - 1


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (invented_statement_line, "AUDIT-ATTESTATION"),
        (invented_register_copy, "AUDIT-ATTESTATION"),
        (invented_confirmation, "AUDIT-ATTESTATION"),
        (invented_refusal, "AUDIT-ATTESTATION"),
        (forged_deal_signature, "AUDIT-DEAL-SIGNATURE"),
        (instruction_carried_out_twice, "AUDIT-REFERENCE"),
        (reported_but_never_recorded, "AUDIT-CHAIN-MISSING"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_venue_that_forges_while_it_decides_is_found(
    chain_url: str, tmp_path: Path, forge: Callable[[JournalScene], int], code: str
) -> None:
    made, number = day_with(forge, chain_url, tmp_path)
    assert_only(made.audit(made.journal.data), code, number)


def test_a_public_export_shows_a_deal_that_was_reported_and_never_recorded(
    chain_url: str, tmp_path: Path
) -> None:
    made, number = day_with(reported_but_never_recorded, chain_url, tmp_path)
    assert_only(made.audit(made.write("public")), "AUDIT-CHAIN-MISSING", number)


# --- the chain


def test_what_only_the_chain_has_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    trading_day(scene)
    extra = RightRecord(right_id="0x" + "ab" * 32, holder="0x" + "cd" * 32, document="0x" + "ef" * 32)
    assert scene.contracts.send(call_of([extra])).succeeded
    made = audited(scene, chain_url)
    assert_only(made.audit(made.journal.data), "AUDIT-CHAIN-UNKNOWN", None)


class LyingScene(ChainScene):
    """A venue whose registrar records another term on the chain than the journal has."""

    def to_chain(self) -> tuple[str, int]:
        for batch in self.records:
            for at, outgoing in enumerate(batch):
                record: Record = msgspec.convert(outgoing.payload, AnyRecord)
                if isinstance(record, LicenceRecord):
                    changed = msgspec.structs.replace(record, ends_at=record.ends_at + 1)
                    batch[at] = msgspec.structs.replace(outgoing, payload=msgspec.to_builtins(changed))
        return super().to_chain()


def test_what_the_chain_states_otherwise_is_named_by_its_entry(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    lying = LyingScene(scene.contracts)
    trading_day(lying)
    made = audited(lying, chain_url)
    number = next(at for at, batch in enumerate(lying.records) for each in batch if each.kind == "licence")
    assert_only(made.audit(made.journal.data), "AUDIT-CHAIN-DIFFERS", number)


def test_an_event_that_stands_twice_is_found(loose: Auditor) -> None:
    from ledger.audit.evidence import read_log

    scene = loose.scene
    events = read_log(scene.contracts.client, scene.register_address, 0, loose.now(), Findings())
    recorded, findings = Recorded(), Findings()
    for stored, batch in zip(scene.stored, scene.records, strict=True):
        recorded.add(msgspec.json.decode(stored.public, type=Entry), batch)
    recorded.compare([*events, events[0]], loose.now(), findings)
    assert [finding.code for finding in findings.all] == ["AUDIT-CHAIN-TWICE"]


def test_a_public_export_whose_deals_others_signed_is_found(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.SignAgreement)
    command = msgspec.json.decode(stored[number].public)["command"]
    forged = sign(bytes(32), PrivateKey.generate())
    stored[number] = loose.scene.signed_again(stored[number], command=command | {"deal_signature": forged})
    assert_only(loose.audit(write(stored, loose.scene, "public").data), "AUDIT-CHAIN-SIGNATURE", None)


def test_a_public_export_whose_registration_has_another_proof_is_found(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.ConfirmRegistration)
    command = msgspec.json.decode(stored[number].public)["command"]
    proof = digest("another proof")
    forged = {"proof_digest": proof, "proof_signature": sign(bytes.fromhex(proof), loose.scene.office_key)}
    stored[number] = loose.scene.signed_again(stored[number], command=command | forged)
    assert_only(loose.audit(write(stored, loose.scene, "public").data), "AUDIT-CHAIN-UNKNOWN", None)


class LyingNode:
    """A node that passes on what the real one says, apart from one log that it leaves out or changes."""

    def __init__(self, real: str, lie: Callable[[list[dict[str, Any]]], None]) -> None:
        node = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                question = self.rfile.read(int(self.headers["Content-Length"]))
                request = urllib.request.Request(real, question, {"Content-Type": "application/json"})  # noqa: S310 - our own node
                with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 - as above
                    told = json.load(answer)
                if json.loads(question)["method"] == "eth_getLogs":
                    node.lie(told["result"])
                data = json.dumps(told).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            def log_message(self, *arguments: object) -> None:
                """Say nothing."""

        self.lie = lie
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def lying_node(chain_url: str) -> Iterator[LyingNode]:
    node = LyingNode(chain_url, lambda _: None)
    yield node
    node.server.shutdown()
    node.server.server_close()


def leave_out_the_last(logs: list[dict[str, Any]]) -> None:
    del logs[-1:]


def leave_out_one(logs: list[dict[str, Any]]) -> None:
    del logs[1:2]


def change_one(logs: list[dict[str, Any]]) -> None:
    if len(logs) > 3:
        logs[3]["data"] = "0x" + "00" * (len(logs[3]["data"]) // 2 - 1)


@pytest.mark.parametrize("lie", [leave_out_the_last, leave_out_one, change_one])
def test_a_node_that_leaves_out_or_changes_an_event_is_found(
    loose: Auditor, lying_node: LyingNode, lie: Callable[[list[dict[str, Any]]], None]
) -> None:
    other = Auditor(loose.scene, lying_node.url)
    assert other.audit(loose.journal.data).verified
    lying_node.lie = lie
    report = other.audit(loose.journal.data)
    assert not report.verified
    assert "AUDIT-CHAIN-LOG" in {finding.code for finding in report.findings}
