"""The evidence desk at the front door and on the command line: what is found, by whom, and what is proven offline."""

from __future__ import annotations

import hashlib
import json
import os
import random
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import msgspec
import pytest

from api.cli import file_digests
from api.client import Client
from api.evidence.schemas import OwnEvidenceView
from exchange import commands as c
from exchange.evidence import document_commitment
from exchange.sealed import Opening, commitment
from ledger.evidence_receipts import EvidenceReceipt
from ledger.log.checkpoints import log_verifier, origin_of
from ledger.log.proofs import check_receipt_in_log, read_proof
from tests.api.auction import refusal, refused_without_trace
from tests.api.running_venue import RunningVenue
from tests.api.test_command_line import Terminal, company_terminal, operator_terminal
from tests.api.test_public_log import reached

WORDS = "设计手稿第三版"


def fresh() -> str:
    """The SHA-256 of a document that nobody has lodged."""
    return hashlib.sha256(os.urandom(16)).hexdigest()


def lodged(client: Client, sha256: str = "", **facts: Any) -> tuple[str, int, str]:
    """Id, entry and SHA-256 of a deposit."""
    sha256 = sha256 or fresh()
    given = client.lodge_evidence(sha256, facts.pop("kind", "work"), WORDS, **facts)
    return given.result["evidence_id"], given.entry, sha256


class Standing(NamedTuple):
    """A paper, who lodged it, and its deposit, which a checkpoint holds; and another with an SM3 of something else."""

    paper: Path
    party: Client
    evidence_id: str
    entry: int
    sha256: str
    receipt: EvidenceReceipt
    false_receipt: EvidenceReceipt


@pytest.fixture(scope="module")
def standing(venue: RunningVenue, tmp_path_factory: pytest.TempPathFactory) -> Standing:
    """One for all tests: a checkpoint may take ten seconds."""
    paper = tmp_path_factory.mktemp("papers") / "paper.pdf"
    paper.write_bytes(b"%PDF a paper of its own " + os.urandom(3 * 1024 * 1024))
    made = file_digests.digest_file(paper)
    party, other = venue.party(), venue.party()
    evidence_id, entry, sha256 = lodged(party, made.sha256, sm3=made.sm3, kind="infringement_capture")
    false_id, last, _ = lodged(other, made.sha256, sm3=fresh())
    reached(venue, last)
    receipts = [
        each.evidence_receipt(each.evidence(of)) for each, of in ((party, evidence_id), (other, false_id))
    ]
    return Standing(paper, party, evidence_id, entry, sha256, *receipts)


@pytest.fixture
def paper(standing: Standing, tmp_path: Path) -> Path:
    """A copy of the paper that a test may change."""
    path = tmp_path / standing.paper.name
    path.write_bytes(standing.paper.read_bytes())
    return path


def test_whoever_has_the_document_finds_its_entry_time_and_proof_and_not_who_lodged_it(
    venue: RunningVenue, standing: Standing
) -> None:
    evidence_id, entry, sha256 = standing.evidence_id, standing.entry, standing.sha256
    for stranger in (venue.public, venue.party()):
        found, _ = stranger.find_evidence(sha256)
        assert not isinstance(found, OwnEvidenceView)
        assert (found.id, found.entry) == (evidence_id, entry)
        shown = found.model_dump_json()
        assert not any(word in shown for word in (f'"{standing.party.party_id}"', WORDS, "capture"))
        stored = venue.public.entry(entry)
        assert (found.lodged_ms, stored.type) == (stored.time_ms, "lodge_evidence")
        document = found.document
        assert document is not None
        made = document_commitment(document.sha256, document.sm3, document.salt)
        assert (made, document.sha256) == (stored.public["command"]["document"], sha256)
        assert found.proof is not None
        proof = read_proof(found.proof.encode())
        venue_view = venue.public.venue()
        origin = origin_of(venue_view.chain_id, venue_view.anchor_address)
        key = log_verifier(origin, bytes.fromhex(venue_view.receipt_key))
        checked = check_receipt_in_log(venue.public.receipt(entry), proof, key, [], 0)
        assert (checked.verdict, proof.index) == ("STANDS", entry)
        assert read_proof(venue.public.evidence_proof(evidence_id)).index == entry


def test_its_party_and_the_venue_see_a_deposit_in_full(venue: RunningVenue) -> None:
    party = venue.party()
    right_id = venue.right(party)
    evidence_id, entry, sha256 = lodged(party, subject_id=right_id)
    for client in (party, venue.operator):
        for found in (client.evidence(evidence_id), next(client.find_evidence(sha256))):
            assert isinstance(found, OwnEvidenceView)
            facts = (found.party_id, found.kind, found.subject_id, found.description)
            assert facts == (party.party_id, "work", right_id, WORDS)
            assert found.document is not None
            assert found.document.sha256 == sha256
    assert [each.id for each in party.own_evidence()] == [evidence_id]
    assert evidence_id in [each.id for each in venue.operator.own_evidence()]
    assert list(venue.party().own_evidence()) == []
    by_id = venue.public.evidence(evidence_id)
    assert (by_id.entry, by_id.document) == (entry, None)


def test_by_its_number_alone_nothing_of_the_digest_is_told_nor_does_the_journal_tell_it(
    venue: RunningVenue,
) -> None:
    """A digest of a short text tells the text; so the journal has a salted commitment to it, and nothing else."""
    party, rival = venue.party(), venue.party()
    evidence_id, entry, sha256 = lodged(party)
    with venue.http() as http:
        for path in (f"/v1/evidence/{evidence_id}", f"/v1/entries/{entry}", f"/v1/entries/{entry}/receipt"):
            assert sha256 not in http.get(path).text
    seen = rival.entry(entry)
    assert (seen.terms, seen.events, seen.erasable) == (None, [], {})
    assert sha256 not in seen.model_dump_json()
    assert sha256 in party.entry(entry).model_dump_json()


def test_in_any_order_every_deposit_of_a_digest_is_found_the_first_one_first(venue: RunningVenue) -> None:
    dice = random.Random(5)  # noqa: S311 - the same order in every run
    parties = [venue.party() for _ in range(5)]
    digests = [fresh() for _ in range(5)]
    turns = [(who, sha256) for who in range(5) for sha256 in digests]
    dice.shuffle(turns)
    expected: dict[str, list[tuple[str, int]]] = {each: [] for each in digests}
    for who, sha256 in turns:
        evidence_id, entry, _ = lodged(parties[who], sha256)
        expected[sha256].append((evidence_id, entry))
    for sha256, wanted in expected.items():
        found = list(venue.public.find_evidence(sha256))
        assert [(each.id, each.entry) for each in found] == wanted
        assert [each.lodged_ms for each in found] == sorted(each.lodged_ms for each in found)
        with venue.http() as http:
            page = http.get("/v1/evidence", params={"sha256": sha256, "limit": 2}).json()
            assert [each["id"] for each in page["evidence"]] == [each for each, _ in wanted[:2]]
    assert list(venue.public.find_evidence(fresh())) == []


def test_one_digest_is_lodged_once_by_a_party_and_repeated_under_its_key(venue: RunningVenue) -> None:
    party, other = venue.party(), venue.party()
    sha256 = fresh()
    first = party.lodge_evidence(
        sha256, "work", WORDS, idempotency_key=f"first {sha256[:8]}".replace(" ", "-")
    )
    problem = refused_without_trace(venue, lambda: lodged(party, sha256), "EVIDENCE-STANDS", 409)
    assert problem.facts["evidence_id"] == first.result["evidence_id"]
    assert problem.facts["lodged_ms"] == party.evidence(first.result["evidence_id"]).lodged_ms
    assert lodged(other, sha256)[1] > first.entry
    assert len(list(venue.public.find_evidence(sha256))) == 2


def test_only_verified_parties_lodge_and_nobody_asks_for_everything_without_an_account(
    venue: RunningVenue,
) -> None:
    waiting = venue.party(approve=False)
    refused_without_trace(venue, lambda: lodged(waiting), "PARTY-NOT-ACTIVE", 403)
    refusal(lambda: list(venue.public.own_evidence()), "BODY-MALFORMED", 422)
    refusal(lambda: venue.public.evidence("EV-999999"), "UNKNOWN-ID", 404)
    refusal(lambda: venue.public.evidence_proof("EV-999999"), "UNKNOWN-ID", 404)
    refusal(lambda: list(venue.public.find_evidence("AB" * 32)), "BODY-MALFORMED", 422)
    refusal(lambda: list(venue.public.find_evidence("ab" * 31)), "BODY-MALFORMED", 422)
    refusal(lambda: lodged(venue.party(), subject_id="D-999999"), "UNKNOWN-ID", 404)
    with venue.http() as http:
        assert http.post("/v1/evidence", json={}, headers={"Idempotency-Key": "x"}).status_code == 401


def test_a_commitment_to_other_digests_is_refused(venue: RunningVenue) -> None:
    salt = fresh()
    terms = c.EvidenceTerms(sha256=fresh(), document_salt=salt, kind="other")
    command = c.LodgeEvidence(document=document_commitment(fresh(), None, salt))
    party = venue.party()
    call = partial(party.give, "/v1/evidence", command, terms=terms, parts={"description": WORDS})
    refused_without_trace(venue, call, "DOCUMENT-DIFFERS", 422)


@pytest.mark.parametrize("value", ["\0", "\u202e", "tab\t", "长" * 2_001, 5, {"a": 1}, None])
def test_a_description_that_no_page_could_show_is_refused_at_the_door(
    venue: RunningVenue, value: Any
) -> None:
    salt, sha256 = fresh(), fresh()
    terms = c.EvidenceTerms(sha256=sha256, document_salt=salt, kind="other")
    command = c.LodgeEvidence(document=document_commitment(sha256, None, salt))
    party = venue.party()
    call = partial(party.give, "/v1/evidence", command, terms=terms, parts={"description": value})
    assert "description" in str(refusal(call, "BODY-MALFORMED", 422).document["errors"])


@pytest.mark.parametrize(
    "facts", [{"kind": "notarial_deed"}, {"sm3": "AB" * 32}, {"sm3": "ab"}, {"subject_id": "张三"}]
)
def test_facts_out_of_shape_are_refused_at_the_door(venue: RunningVenue, facts: dict[str, Any]) -> None:
    refusal(lambda: lodged(venue.party(), **facts), "BODY-MALFORMED", 422)


def test_a_held_description_is_erased_once_the_hold_is_lifted_and_the_digest_stands(
    venue: RunningVenue,
) -> None:
    party, operator = venue.party(), venue.operator
    evidence_id, entry, sha256 = lodged(party)
    erase = partial(operator.erase, entry, "description", "data-subject-request", "asked for")
    placed = operator.place_legal_hold(
        [entry], "court_order", fresh(), "（2027）粤03证保1号", "the court asks"
    )
    hold_id = placed.result["hold_id"]
    problem = refused_without_trace(venue, erase, "LEGAL-HOLD", 409)
    assert (problem.facts["hold_id"], problem.facts["ground"]) == (hold_id, "court_order")
    assert [each.id for each in operator.legal_holds("STANDING") if each.entries == [entry]] == [hold_id]
    assert "legal_hold" not in party.entry(placed.entry).model_dump_json().replace("place_legal_hold", "")
    operator.lift_legal_hold(hold_id, fresh(), "（2027）粤03证保1号之一", "it has ended")
    assert [each.state for each in operator.legal_holds() if each.id == hold_id] == ["LIFTED"]
    refusal(lambda: operator.lift_legal_hold(hold_id, fresh(), "again", "again"), "UNKNOWN-ID", 404)
    erase()
    found = party.evidence(evidence_id)
    assert isinstance(found, OwnEvidenceView)
    assert found.description is None
    (still,) = venue.public.find_evidence(sha256)
    assert still.document is not None
    assert still.document == found.document


def test_holds_are_the_venues_business_alone(venue: RunningVenue) -> None:
    party = venue.party()
    with venue.http() as http:
        assert http.get("/v1/operator/legal-holds").status_code == 401
        headers = {"Authorization": party.transport._http.headers["authorization"]}
        assert http.get("/v1/operator/legal-holds", headers=headers).status_code == 403
    hold = partial(venue.operator.place_legal_hold, ground="dispute", document_digest=fresh())
    refusal(lambda: hold([10**9], reference="r", reason="r"), "UNKNOWN-ID", 404)
    refusal(lambda: hold([], reference="r", reason="r"), "BODY-MALFORMED", 422)
    refusal(lambda: hold([0, 0], reference="r", reason="r"), "MALFORMED", 422)


# --- on the command line


@pytest.fixture
def log(venue: RunningVenue) -> str:
    shown = venue.public.venue()
    origin = origin_of(shown.chain_id, shown.anchor_address)
    return log_verifier(origin, bytes.fromhex(shown.receipt_key)).to_text()


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Everything that leaves this process over HTTP: addresses, headers and bodies."""
    seen: list[bytes] = []
    handle = httpx.HTTPTransport.handle_request

    def watched(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url).encode() + repr(request.headers).encode() + request.read())
        return handle(self, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", watched)
    return seen


def offline(terminal: Terminal) -> Terminal:
    """The same terminal where no venue answers."""
    terminal.environment["IPX_URL"] = "http://127.0.0.1:1"
    return terminal


def test_a_paper_is_lodged_found_and_proven_offline_and_never_leaves_the_machine(
    venue: RunningVenue, log: str, sent: list[bytes], tmp_path: Path
) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(os.urandom(3 * 1024 * 1024))
    terminal = company_terminal(venue, tmp_path / "company", venue.party())
    given = terminal.json("evidence", "lodge", str(paper), "--description", WORDS, "--kind", "work")
    evidence_id, sha256 = given["result"]["evidence_id"], given["sha256"]
    assert sha256 == hashlib.sha256(paper.read_bytes()).hexdigest()
    reached(venue, given["entry"])
    receipt = tmp_path / "receipt.json"
    terminal.run("evidence", "show", evidence_id, "--receipt", str(receipt))
    stranger = Terminal(venue, tmp_path)
    theirs = tmp_path / "found.json"
    (found,) = stranger.json("evidence", "find", str(paper), "--receipt", str(theirs))
    assert (found["id"], found["entry"]) == (evidence_id, given["entry"])
    assert stranger.json("evidence", "find", sha256.upper())[0]["id"] == evidence_id
    assert evidence_id in terminal.run("evidence", "list")
    assert len(sent) > 8
    inside = paper.read_bytes()[1_000:1_064]
    assert not any(inside in each or inside.hex().encode() in each for each in sent)
    for each in (receipt, theirs):
        shown = offline(stranger).json("evidence", "check", str(paper), str(each), "--log", log)
        assert (shown["verdict"], shown["entry"]) == ("STANDS", given["entry"])
        assert shown["checkpoint"] > given["entry"]
    assert "STANDS" in stranger.run("evidence", "check", str(paper), str(receipt), "--log", log)


def test_another_file_and_another_log_are_told_apart(
    venue: RunningVenue, standing: Standing, paper: Path, log: str, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(msgspec.json.encode(standing.receipt))
    terminal = offline(Terminal(venue, tmp_path))
    check = ("evidence", "check", str(paper), str(receipt), "--json")
    assert json.loads(terminal.run(*check, "--log", log))["verdict"] == "STANDS"
    other = log_verifier("ipx/1/0x00", os.urandom(32)).to_text()
    assert "no verdict" in terminal.run(*check, "--log", other, code=2)
    witness = log_verifier("witness.example/w1", os.urandom(32)).to_text()
    shown = json.loads(terminal.run(*check, "--log", log, "--witness", witness, code=2))
    assert shown["verdict"] == "NOT-WITNESSED"
    paper.write_bytes(paper.read_bytes() + b"!")
    assert json.loads(terminal.run(*check, "--log", log, code=1))["verdict"] == "OTHER-FILE"


def forged(receipt: EvidenceReceipt, venue: RunningVenue) -> dict[str, EvidenceReceipt]:
    """What somebody might make of a receipt, so that it says more than it does."""
    replace = msgspec.structs.replace
    other, salt = fresh(), receipt.document_salt
    public = json.loads(receipt.public)
    of_another = public | {
        "command": public["command"] | {"document": document_commitment(other, None, salt)}
    }
    earlier = public | {"time_ms": public["time_ms"] - 1}
    return {
        "another digest": replace(receipt, sha256=other),
        "another sm3": replace(receipt, sm3=other),
        "another salt": replace(receipt, document_salt=other),
        "another id": replace(receipt, evidence_id="EV-999999"),
        "another entry's bytes": replace(
            receipt, sha256=other, sm3=None, public=msgspec.json.encode(of_another, order="sorted").decode()
        ),
        "an earlier time": replace(receipt, public=msgspec.json.encode(earlier, order="sorted").decode()),
        "bytes in another order": replace(receipt, public=json.dumps(dict(reversed(public.items())))),
        "another receipt": replace(receipt, receipt=venue.public.receipt(0)),
        "another signature": replace(receipt, receipt=replace(receipt.receipt, signature="00" * 64)),
        "no lodging": replace(receipt, public=venue.public.entry(0).model_dump_json()),
        "no proof at all": replace(receipt, proof="nonsense"),
    }


def test_no_part_of_a_receipt_can_be_another_and_no_proof_is_no_verdict(
    venue: RunningVenue, standing: Standing, paper: Path, log: str, tmp_path: Path
) -> None:
    whole, entry = standing.receipt, standing.entry
    receipt = tmp_path / "receipt.json"
    terminal = offline(Terminal(venue, tmp_path))
    for name, each in forged(whole, venue).items():
        receipt.write_bytes(msgspec.json.encode(each))
        said = terminal.run("evidence", "check", str(paper), str(receipt), "--log", log, code=2)
        assert "no verdict" in said, name
    for proof, verdict, code in (
        ("", "NO-PROOF", 2),
        (venue.public.entry_proof(entry - 1).decode(), "NOT-SHOWN", 1),
    ):
        receipt.write_bytes(msgspec.json.encode(msgspec.structs.replace(whole, proof=proof)))
        said = terminal.run("evidence", "check", str(paper), str(receipt), "--log", log, "--json", code=code)
        assert json.loads(said)["verdict"] == verdict
    for content in (b"", b"{}", b"[" * 100_000, b"x" * 5_000_000):
        receipt.write_bytes(content)
        terminal.run("evidence", "check", str(paper), str(receipt), "--log", log, code=2)


def test_a_party_that_lodges_another_sm3_beside_the_digest_is_found_out(
    venue: RunningVenue, standing: Standing, paper: Path, log: str, tmp_path: Path
) -> None:
    receipt = tmp_path / "receipt.json"
    receipt.write_bytes(msgspec.json.encode(standing.false_receipt))
    terminal = offline(Terminal(venue, tmp_path))
    said = terminal.run("evidence", "check", str(paper), str(receipt), "--log", log, "--json", code=1)
    assert json.loads(said)["verdict"] == "OTHER-SM3"


def test_what_is_not_found_and_what_is_no_document_says_so(
    venue: RunningVenue, paper: Path, tmp_path: Path
) -> None:
    terminal = Terminal(venue, tmp_path)
    paper.write_bytes(b"nobody's")
    assert "none" in terminal.run("evidence", "find", str(paper), code=1)
    assert "64 hex digits" in terminal.run("evidence", "find", "no-such-file", code=2)
    terminal.run("evidence", "show", "EV-999999", code=1)
    evidence_id, _, _ = lodged(venue.party())
    said = terminal.run("evidence", "show", evidence_id, "--receipt", str(tmp_path / "r"), code=2)
    assert "evidence find FILE" in said
    assert not (tmp_path / "r").exists()


def test_an_operator_holds_and_lifts_from_the_terminal(
    venue: RunningVenue, paper: Path, tmp_path: Path
) -> None:
    _, entry, _ = lodged(venue.party())
    operator = operator_terminal(venue, tmp_path)
    words = ("--reference", "（2027）深仲1号", "--reason", "the tribunal asks")
    place = ("legal-hold", "place", str(paper), "--entry", str(entry), "--ground", "arbitration")
    hold_id = operator.json(*place, *words)["result"]["hold_id"]
    assert hold_id in operator.run("legal-hold", "list", "--state", "STANDING")
    operator.run("legal-hold", "lift", hold_id, str(paper), *words)
    shown = operator.json("legal-hold", "list")
    assert [each["state"] for each in shown if each["id"] == hold_id] == ["LIFTED"]


def test_a_file_that_takes_long_shows_how_far_it_is(
    paper: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    quick = file_digests.digest_file(paper)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(file_digests, "QUIET_S", -1.0)
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert file_digests.digest_file(paper) == quick
    assert paper.name in capsys.readouterr().err


def test_the_digests_are_those_that_other_programs_make(tmp_path: Path) -> None:
    """FIPS 180-4 and GB/T 32905, the text `abc` of their examples; and a file without a byte."""
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert file_digests.digest_file(path) == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    )
    path.write_bytes(b"")
    assert file_digests.digest_file(path).sha256 == hashlib.sha256(b"").hexdigest()


def test_the_commitment_is_an_ordinary_sealed_part(venue: RunningVenue) -> None:
    """Anybody can make it again from docs/evidence.md: label `document`, the salt, both digests."""
    party = venue.party()
    evidence_id, _, sha256 = lodged(party)
    shown = party.evidence(evidence_id).document
    assert shown is not None
    opening = Opening(shown.salt, {"sha256": sha256, "sm3": None})
    made: Callable[..., bytes] = commitment
    assert made("document", bytes.fromhex(opening.salt), opening.value).hex() == shown.commitment
