"""The audit follows the chain of versions, and knows which key signed under which counter, by events alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from eth_abi.abi import encode
from msgspec.structs import replace

from exchange.keccak import keccak
from ledger.audit.findings import Findings
from ledger.audit.history import History, read_history
from ledger.audit.keys import KeyHistory, KeysSeen
from ledger.audit.report import Report, as_lines
from ledger.chain.calls import grouped
from ledger.chain.client import ChainClient
from ledger.chain.comparison import content_of, content_of_event
from ledger.chain.compiler import Artifact, hardhat_artifacts
from ledger.chain.deploy import deploy
from ledger.chain.events import ChainEvent, CounterAdvanced, DealAgreed, KeyEnrolled, VersionAnnounced
from ledger.chain.manifest import MANAGED
from ledger.chain.records import Record, RecoveryCompletionRecord
from ledger.secp256k1 import PrivateKey
from tests.ledger.chain.conftest import (
    ROOT,
    MiningClient,
    Venue,
    enrolment,
    funded_signer,
    new_hash,
    plan_for,
    signed_deal,
)
from tests.ledger.chain.whole_day import advance, recovery, rotation, whole_day


def by_administrator(venue: Venue, target: str, call: bytes) -> None:
    """The administrator schedules a call, waits, and carries it out."""
    manager, admin = venue.manifest.address("AccessManager"), venue.manifest.administrator
    client = venue.client
    client.request("anvil_setBalance", (admin.address, hex(10**20)))
    client.request("anvil_impersonateAccount", (admin.address,))
    schedule = keccak(b"schedule(address,bytes,uint48)")[:4] + encode(
        ["address", "bytes", "uint48"], [target, call, 0]
    )
    for to, data, wait_s in ((manager, schedule, admin.execution_delay_s), (target, call, 0)):
        transaction = {"from": admin.address, "to": to, "data": "0x" + data.hex(), "gas": hex(1_000_000)}
        sent = bytes.fromhex(client.request("eth_sendTransaction", (transaction,))[2:])
        client.request("evm_mine")
        assert client.wait_for_receipt(sent).succeeded
        client.request("evm_increaseTime", (wait_s,))
        client.request("evm_mine")
    client.request("anvil_stopImpersonatingAccount", (admin.address,))


class Versions:
    """A register, and the version that comes after it."""

    def __init__(self, chain_url: str, folder: Path) -> None:
        self.client = MiningClient(chain_url)
        self.artifacts: dict[str, Artifact] = hardhat_artifacts(ROOT)
        self.operator = funded_signer(self.client)
        self.folder = folder
        self.old = self.deployed("old", {})

    def deployed(self, name: str, predecessors: dict[str, str]) -> Venue:
        path = self.folder / f"{name}.json"
        plan = plan_for(self.client, self.artifacts, funded_signer(self.client), self.operator.address, path)
        plan.predecessors = predecessors
        return Venue(self.client, deploy(plan), self.operator)

    def announced(self) -> Venue:
        """The next version, announced on all contracts that have one."""
        old = {name: self.old.manifest.address(name) for name in MANAGED}
        new = self.deployed("new", old)
        for name, address in old.items():
            data = keccak(b"announceVersion(address)")[:4] + encode(["address"], [new.manifest.address(name)])
            by_administrator(self.old, address, data)
        return new

    def read(self, findings: Findings) -> History:
        return read_history(self.client, self.old.register, 0, self.client.block_number(), findings)


@pytest.fixture
def versions(chain_url: str, tmp_path: Path) -> Versions:
    return Versions(chain_url, tmp_path)


def test_events_of_every_version_are_one_history(versions: Versions) -> None:
    for call in grouped(whole_day(versions.old)):
        assert versions.old.send(call).succeeded
    new = versions.announced()
    for call in grouped(whole_day(new)):
        assert new.send(call).succeeded
    findings = Findings()
    history = versions.read(findings)
    assert findings.all == []
    assert history.registers == (versions.old.register.lower(), new.register.lower())
    assert len(history.contracts) == 2 * len(MANAGED)
    names = [type(event).__name__ for event in history.events]
    assert names.count("VersionAnnounced") == len(MANAGED)
    assert names.count("PledgeRegistered") == names.count("SealedBidsFixed") == 2
    blocks = [(event.place.block_number, event.place.log_index) for event in history.events]
    assert blocks == sorted(blocks)


def test_what_is_under_way_ends_in_the_old_version_and_nothing_new_begins_there(versions: Versions) -> None:
    sale = signed_deal(versions.old)
    versions.old.record([sale])
    versions.announced()
    late = signed_deal(versions.old)
    (call,) = grouped([late])
    assert not versions.old.send(call).succeeded


class Told(ChainClient):
    """A client whose answers a test changes."""

    def __init__(self, url: str, change: Callable[[str, Any, Any], Any]) -> None:
        super().__init__(url)
        self._change = change

    def request(self, method: str, params: Any = ()) -> Any:
        return self._change(method, params, super().request(method, params))


def test_a_successor_that_the_log_does_not_announce_is_found(versions: Versions, chain_url: str) -> None:
    next_version = "0x" + keccak(b"nextVersion()")[:4].hex()
    elsewhere = versions.deployed("elsewhere", {}).register

    def lie(method: str, params: Any, answer: Any) -> Any:
        asked = method == "eth_call" and params[0]["data"] == next_version
        if asked and params[0]["to"].lower() == versions.old.register.lower():
            return "0x" + elsewhere[2:].rjust(64, "0")
        return answer

    findings = Findings()
    told = Told(chain_url, lie)
    read_history(told, versions.old.register, 0, versions.client.block_number(), findings)
    assert [finding.code for finding in findings.all] == ["AUDIT-VERSION-CHAIN"] * 2


def test_a_deal_behind_the_announcement_is_found(versions: Versions) -> None:
    from ledger.audit.history import _Reading

    versions.old.record([signed_deal(versions.old)])
    new = versions.announced()
    events = [
        e for e in versions.read(Findings()).events if e.place.contract == versions.old.register.lower()
    ]
    agreed = next(event for event in events if isinstance(event, DealAgreed))
    announced = next(event for event in events if isinstance(event, VersionAnnounced))
    late = replace(agreed, seq=announced.seq + 1)
    findings = Findings()
    reading = _Reading(versions.client, 0, 1, findings)
    reading._check_announcement(versions.old.register, [*events, late], new.register.lower())
    assert [finding.code for finding in findings.all] == ["AUDIT-AFTER-VERSION"]


# --- keys


def followed(
    venue: Venue,
    records: list[Record],
    findings: Findings,
    change: Callable[[ChainEvent], ChainEvent] | None = None,
) -> KeysSeen:
    """The key history of a register, with the signatures of these records."""
    signatures = {content_of(record): record.signatures() for record in records}
    history = KeyHistory(
        venue.client.chain_id(),
        lambda event: signatures.get(content_of_event(event), ()),
        lambda address: bool(venue.client.code(address)),
        findings,
    )
    found = read_history(venue.client, venue.register, 0, venue.client.block_number(), Findings())
    return history.follow(change(event) if change else event for event in found.events)


def test_every_deal_is_checked_under_the_counters_of_its_moment(versions: Versions) -> None:
    venue = versions.old
    party, first, second = new_hash(), PrivateKey.generate(), PrivateKey.generate()
    records: list[Record] = [enrolment(venue, first, party), signed_deal(venue, seller=first)]
    records += [advance(venue, party, first, 5), signed_deal(venue, seller=first, counters=(5, 0))]
    records += [rotation(venue, party, first, second), signed_deal(venue, seller=second)]
    for record in records:
        venue.record([record])
    findings = Findings()
    seen = followed(venue, records, findings)
    assert (findings.all, seen.signatures, seen.unsigned) == ([], 6, 0)
    # The same deals under counters that the chain did not have then.
    without = [record for record in records if type(record).__name__ != "CounterAdvanceRecord"]
    findings = Findings()

    def unadvanced(event: ChainEvent) -> ChainEvent:
        return replace(event, new_counter=0, old_counter=0) if isinstance(event, CounterAdvanced) else event

    followed(venue, without, findings, unadvanced)
    assert {finding.code for finding in findings.all} == {"AUDIT-CHAIN-SIGNATURE"}


def test_a_deal_of_a_key_that_no_event_brought_in_is_found(versions: Versions) -> None:
    venue = versions.old
    party, key = new_hash(), PrivateKey.generate()
    records: list[Record] = [enrolment(venue, key, party), signed_deal(venue, seller=key)]
    for record in records:
        venue.record([record])
    findings = Findings()
    other = "0x" + "99" * 20

    def elsewhere(event: ChainEvent) -> ChainEvent:
        bound = isinstance(event, KeyEnrolled) and event.key == key.address.lower()
        return replace(event, key=other) if bound else event

    followed(venue, records, findings, elsewhere)
    assert "AUDIT-CHAIN-KEY" in {finding.code for finding in findings.all}


def test_recoveries_are_flagged_with_who_attested_them(versions: Versions) -> None:
    venue = versions.old
    party, lost, found = new_hash(), PrivateKey.generate(), PrivateKey.generate()
    venue.record([enrolment(venue, lost, party)])
    venue.record([recovery(venue, party, found)])
    venue.client.request("evm_increaseTime", (14 * 86_400,))
    venue.client.request("evm_mine")
    venue.record([RecoveryCompletionRecord(party=party, new_key=found.address)])
    findings = Findings()
    seen = followed(venue, [], findings)
    assert findings.all == []
    assert (seen.enrolled, seen.proposed, seen.recovered) == (1, 1, 1)
    assert [each.event for each in seen.listed] == ["RecoveryProposed", "KeyRecovered", "KeyEnrolled"]
    assert {each.attestor for each in seen.listed} == {venue.operator.address.lower()}
    recovered = seen.listed[1]
    assert (recovered.key, recovered.replaced) == (found.address.lower(), lost.address.lower())
    figures: dict[str, Any] = dict.fromkeys(Report.__struct_fields__, 0)
    figures |= {"verified": True, "kind": "auditor", "anchor": "", "first_bad": None, "keys": seen.listed}
    figures |= dict.fromkeys(("anchored_by", "registers", "not_checked", "findings"), ())
    report = Report(**figures)
    flagged = [line for line in as_lines(report) if line.lstrip().startswith("!")]
    assert any("KeyRecovered" in line and recovered.attestor in line for line in flagged)
