"""Lost keys at the front door: the new key signs for itself, an operator attests, the party sees it and may say no."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.app import REFUSED, app
from api.cli.connection import PASSWORD
from api.client import Client, OperatorClient, RecoveryRequest, VenueProblem
from exchange import commands as c
from exchange.recoveries import PAPERS_LABEL, WAIT_MS
from ledger.keystore import write_keystore
from ledger.signatures import PrivateKey, recover
from tests.api.running_venue import RunningVenue

CHEAP = 2
"""The least scrypt cost: these keys guard nothing."""
PAPERS = "ab" * 32


def token_of(client: Client | OperatorClient) -> str:
    token: str = client.transport._http.headers["authorization"].split()[1]
    return token


def with_new_key(venue: RunningVenue, company: Client) -> Client:
    """The same company, whose key is lost, with another one."""
    client: Client = venue.kept(Client(venue.url, token_of(company), PrivateKey.generate()))
    return client


def proposed(venue: RunningVenue, company: Client) -> Client:
    """A company for which another key is proposed; the client that holds that key."""
    client = with_new_key(venue, company)
    venue.operator.propose_recovery(client.request_recovery(company.party_id, PAPERS), "seen at the counter")
    return client


def said_by_chain(venue: RunningVenue, key: str, outcome: Any = "final", record: Any = "recovery") -> None:
    report = c.ReportChainRecord(
        record=record, subject_id=key, outcome=outcome, transaction="0x" + "22" * 32, block=7
    )
    venue.service(report)


def recovered(venue: RunningVenue, old: str, new: str) -> None:
    venue.service(
        c.ReportKey(key=old, event="recovered", new_key=new, counter=0, transaction="0x" + "33" * 32, block=9)
    )


def code_of(problem: pytest.ExceptionInfo[VenueProblem]) -> str:
    return problem.value.code


def test_a_party_sees_that_its_key_is_to_be_replaced_and_until_when_it_can_say_no(
    venue: RunningVenue,
) -> None:
    company = venue.party()
    new = proposed(venue, company).giver.key.address
    (own,) = company.enrolled_keys()
    (row,) = company.recoveries_of(company.party_id)
    assert own.recovery is not None
    assert (own.recovery.new_key, row.new_key, row.state) == (new, new, "PROPOSED")
    assert own.recovery.veto_until_ms == row.veto_until_ms == row.proposed_ms + WAIT_MS
    assert (row.completes_ms, row.papers) == (None, PAPERS)
    said_by_chain(venue, new)
    (row,) = company.recoveries_of(company.party_id)
    assert row.completes_ms is not None
    assert row.completes_ms > row.proposed_ms + WAIT_MS
    types = [event["type"] for entry in company.events() for event in entry.events]
    assert "recovery_proposed" in types
    (entry,) = [entry for entry in company.events() if entry.type == "propose_recovery"]
    assert entry.erasable == {}, "the operator's reason is the operator's"


def test_nobody_else_sees_it(venue: RunningVenue) -> None:
    company, rival = venue.party(), venue.party()
    new = proposed(venue, company).giver.key.address
    for asked in (
        lambda: list(rival.recoveries_of(company.party_id)),
        lambda: rival.veto_to_sign(company.party_id, new),
        lambda: rival.recovery_to_sign(company.party_id, new, "ab" * 32),
        lambda: rival.veto_to_sign(rival.party_id, new),
    ):
        with pytest.raises(VenueProblem) as problem:
            asked()
        assert code_of(problem) in {"CALLER-NOT-PERMITTED", "UNKNOWN-ID"}
    shown = [event for entry in rival.events() for event in entry.events]
    assert "recovery_proposed" not in {event["type"] for event in shown}
    assert list(venue.operator.recoveries_of(company.party_id))


def test_a_new_key_takes_over_when_the_chain_says_so_and_the_lost_one_is_turned_away(
    venue: RunningVenue,
) -> None:
    company = venue.party()
    holder = proposed(venue, company)
    lost, new = company.giver.key.address, holder.giver.key.address
    with pytest.raises(VenueProblem) as problem:
        holder.issue_api_key(company.party_id)
    assert code_of(problem) == "SIGNATURE-WRONG"
    said_by_chain(venue, new)
    recovered(venue, lost, new)
    holder.issue_api_key(company.party_id)
    finder = venue.kept(Client(venue.url, key=company.giver.key))
    with pytest.raises(VenueProblem) as problem:
        finder.issue_api_key(company.party_id)
    assert code_of(problem) == "SIGNATURE-WRONG"
    (row,) = holder.recoveries_of(company.party_id)
    assert (row.state, row.veto_until_ms) == ("COMPLETED", None)
    assert [key.recovery for key in holder.enrolled_keys()] == [None, None]


def test_the_live_key_says_no(venue: RunningVenue) -> None:
    company = venue.party()
    new = proposed(venue, company).giver.key.address
    with pytest.raises(VenueProblem) as problem:
        venue.party().veto_recovery(new)
    assert code_of(problem) == "UNKNOWN-ID", "of another party"
    given = company.veto_recovery(new)
    assert given.result == {"new_key": new, "state": "VETOED"}
    (own,) = company.enrolled_keys()
    assert own.recovery is None
    with pytest.raises(VenueProblem) as problem:
        company.veto_recovery(new)
    assert code_of(problem) == "WRONG-STATE"


def test_what_the_new_key_did_not_sign_itself_never_becomes_an_entry(venue: RunningVenue) -> None:
    company, other = venue.party(), venue.party()
    made = with_new_key(venue, company).request_recovery(company.party_id, PAPERS)
    of_other = with_new_key(venue, other).request_recovery(other.party_id, PAPERS).party_commitment
    before = venue.state_of()
    changed: list[dict[str, Any]] = [
        {"new_key": PrivateKey.generate().address},
        {"party_id": other.party_id, "party_commitment": of_other},
        {"papers": "cd" * 32},
        {"papers_salt": "cd" * 32},
        {"deadline_s": made.deadline_s + 1},
    ]
    for fields in changed:
        with pytest.raises(VenueProblem) as problem:
            venue.operator.propose_recovery(msgspec.structs.replace(made, **fields), "seen")
        assert code_of(problem) == "SIGNATURE-WRONG", fields
        assert problem.value.document["expected_signer"] == fields.get("new_key", made.new_key)
    with pytest.raises(VenueProblem) as problem:
        venue.operator.propose_recovery(msgspec.structs.replace(made, possession="0x" + "00" * 65), "seen")
    assert code_of(problem) == "SIGNATURE-MALFORMED"
    assert venue.state_of() == before
    assert list(venue.operator.recoveries_of(company.party_id)) == []


def test_what_was_signed_for_one_party_recovers_no_other(venue: RunningVenue) -> None:
    company, other = venue.party(), venue.party()
    made = with_new_key(venue, company).request_recovery(company.party_id, PAPERS)
    with pytest.raises(VenueProblem) as problem:
        venue.operator.propose_recovery(msgspec.structs.replace(made, party_id=other.party_id), "seen")
    assert code_of(problem) == "WRONG-STATE"
    assert list(venue.operator.recoveries_of(other.party_id)) == []


def test_a_veto_by_another_key_never_becomes_an_entry(venue: RunningVenue) -> None:
    company = venue.party()
    holder = proposed(venue, company)
    new = holder.giver.key.address
    command = c.VetoRecovery(
        party_commitment="ab" * 32,
        new_key=new,
        deadline_s=company.time_ms() // 1000 + 60 * 86_400,
        veto_signature="0x" + holder.giver.key.sign_digest(bytes(32)).hex(),
    )
    path = f"/v1/parties/{company.party_id}/recoveries/{new}/veto"
    with pytest.raises(VenueProblem) as problem:
        company.give(path, command, in_path=("new_key",))
    assert code_of(problem) in {"SIGNATURE-WRONG", "SIGNATURE-MALFORMED"}
    (row,) = company.recoveries_of(company.party_id)
    assert row.state == "PROPOSED"


def test_only_an_operator_proposes_and_only_the_party_itself_vetoes(venue: RunningVenue) -> None:
    company, rival = venue.party(), venue.party()
    holder = proposed(venue, company)
    made = with_new_key(venue, company).request_recovery(company.party_id, PAPERS)
    parts = {PAPERS_LABEL: made.opening, "reason": "mine"}
    with pytest.raises(VenueProblem) as problem:
        company.give(
            f"/v1/parties/{company.party_id}/recoveries", made.command(), parts=parts, in_path=("party_id",)
        )
    assert code_of(problem) == "CALLER-NOT-PERMITTED"
    command = c.VetoRecovery(
        party_commitment="ab" * 32,
        new_key=holder.giver.key.address,
        deadline_s=2**31,
        veto_signature="0x" + "11" * 65,
    )
    path = f"/v1/parties/{company.party_id}/recoveries/{holder.giver.key.address}/veto"
    with pytest.raises(VenueProblem) as problem:
        rival.give(path, command, in_path=("new_key",))
    assert code_of(problem) == "CALLER-NOT-PERMITTED"


def test_an_unknown_party_and_one_without_a_key_are_refused_under_a_rule_with_an_entry(
    venue: RunningVenue,
) -> None:
    applicant = venue.party(approve=False)
    made = with_new_key(venue, applicant).request_recovery(applicant.party_id, PAPERS)
    with pytest.raises(VenueProblem) as problem:
        venue.operator.propose_recovery(made, "seen")
    assert (code_of(problem), problem.value.entry is None) == ("KEY-NOT-ENROLLED", False)
    with pytest.raises(VenueProblem) as problem:
        venue.operator.propose_recovery(msgspec.structs.replace(made, party_id="P-999999"), "seen")
    assert (code_of(problem), problem.value.entry is None) == ("UNKNOWN-ID", False)


def test_what_is_shown_for_signing_is_what_the_venue_takes(venue: RunningVenue) -> None:
    company = venue.party()
    holder = with_new_key(venue, company)
    made = holder.request_recovery(company.party_id, PAPERS)
    shown = company.recovery_to_sign(
        company.party_id, made.new_key, made.command().erasable[PAPERS_LABEL], made.deadline_s
    )
    assert recover(bytes.fromhex(shown.digest[2:]), made.possession) == shown.signer == made.new_key
    assert shown.typed_data["primaryType"] == "KeyRecovery"
    assert "14 days" in shown.words
    assert "14 天" in shown.words_zh
    assert company.giver.key.address in shown.words
    venue.operator.propose_recovery(made, "seen")
    veto = company.veto_to_sign(company.party_id, made.new_key)
    assert (veto.typed_data["primaryType"], veto.signer) == ("RecoveryVeto", company.giver.key.address)
    assert made.new_key in veto.words
    assert "反对" in veto.words_zh
    signature = "0x" + company.giver.key.sign_digest(bytes.fromhex(veto.digest[2:])).hex()
    command = c.VetoRecovery(
        party_commitment=made.party_commitment,
        new_key=made.new_key,
        deadline_s=veto.deadline_s,
        veto_signature=signature,
    )
    path = f"/v1/parties/{company.party_id}/recoveries/{made.new_key}/veto"
    assert company.give(path, command, in_path=("new_key",)).result["state"] == "VETOED"


def test_a_party_that_has_bound_no_key_has_nothing_to_sign(venue: RunningVenue) -> None:
    with pytest.raises(VenueProblem) as problem:
        venue.operator.recovery_to_sign("P-999999", PrivateKey.generate().address, "ab" * 32)
    assert code_of(problem) == "UNKNOWN-ID"
    assert list(venue.operator.recoveries_of("P-999999")) == []


# --- the same from the terminal


class Terminal:
    """Somebody's terminal: a key file, an API key, and a runner."""

    def __init__(self, venue: RunningVenue, folder: Path, key: PrivateKey, token: str) -> None:
        folder.mkdir()
        write_keystore(folder / "key.json", key, "correct horse", CHEAP)
        self.environment = {
            "IPX_URL": venue.url,
            "IPX_KEYSTORE": str(folder / "key.json"),
            "IPX_API_KEY": token,
            PASSWORD: "correct horse",
            "TERM": "dumb",
            "COLUMNS": "200",
        }

    def run(self, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(app, words, env=self.environment)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))


def test_a_lost_key_from_the_terminal(venue: RunningVenue, tmp_path: Path) -> None:
    company = venue.party()
    new = PrivateKey.generate()
    operator = Terminal(venue, tmp_path / "operator", venue.operator_keys[0], venue.operator_tokens[0])
    holder = Terminal(venue, tmp_path / "new", new, token_of(company))
    owner = Terminal(venue, tmp_path / "old", company.giver.key, token_of(company))
    papers, made = tmp_path / "papers.pdf", tmp_path / "request.json"
    papers.write_bytes(b"%PDF a licence with a seal")
    words = ("key", "recovery", "request", company.party_id, "--papers", str(papers))
    shown = holder.json(*words, "--out", str(made))
    assert shown == {"party_id": company.party_id, "new_key": new.address, "file": str(made)}
    assert made.stat().st_mode & 0o777 == 0o600
    holder.run(*words, "--out", str(made), code=2)  # a request is not written over
    given = operator.json("key", "recovery", "propose", str(made), "--reason", "licence and seal seen")
    assert given["result"]["state"] == "PROPOSED"
    assert new.address in owner.run("key", "list")
    (row,) = owner.json("key", "recovery", "list")
    assert row == operator.json("key", "recovery", "list", company.party_id)[0]
    assert (row["state"], row["new_key"]) == ("PROPOSED", new.address)
    other = ("key", "recovery", "propose", str(other_request(made)), "--reason", "x")
    assert "SIGNATURE-WRONG" in operator.run(*other, code=REFUSED)
    assert owner.json("key", "recovery", "veto", new.address)["result"]["state"] == "VETOED"
    assert "WRONG-STATE" in owner.run("key", "recovery", "veto", new.address, code=REFUSED)
    operator.run("key", "recovery", "propose", str(papers), "--reason", "x", code=2)


def other_request(made: Path) -> Path:
    """The same request for another key."""
    changed = msgspec.json.decode(made.read_bytes()) | {"new_key": PrivateKey.generate().address}
    path = made.with_name("other.json")
    path.write_bytes(msgspec.json.encode(changed))
    return path


def test_a_request_is_signed_without_an_api_key_by_who_knows_the_partys_commitment(
    venue: RunningVenue, tmp_path: Path
) -> None:
    company = venue.party()
    (own,) = company.enrolled_keys()
    holder = Terminal(venue, tmp_path / "new", PrivateKey.generate(), "")
    papers, made = tmp_path / "papers.pdf", tmp_path / "request.json"
    papers.write_bytes(b"%PDF")
    words = ("key", "recovery", "request", company.party_id, "--papers", str(papers), "--out", str(made))
    holder.run(*words, "--commitment", "12", code=2)
    holder.run(*words, "--commitment", own.commitment)
    read = msgspec.json.decode(made.read_bytes(), type=RecoveryRequest)
    assert read.papers_salt not in repr(read)
    assert venue.operator.propose_recovery(read, "seen").result["state"] == "PROPOSED"
