"""Sealed bids under audit: no acknowledged bid can have been left out of the set that stands on the chain."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

import msgspec
import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from ledger import merkle
from ledger.audit.findings import Findings
from ledger.audit.report import Report
from ledger.audit.sealed_sets import SealedSets
from ledger.chain.records import AnyRecord, SealedSetRecord
from ledger.journal import Entry
from tests.ledger.audit.conftest import ChainScene, audited, new_scene

DEPOSIT, LEAST = 1_000_00, 100_000_00


def sealed_day(scene: ChainScene, *, fix: bool = True) -> str:
    """Seven are qualified and seal, and two stay.

    One takes its bid back, one leaves, one turns out to be the seller's affiliate, one an affiliate of an affiliate of
    the venue's staff, and a list of sanctions names one. One that stays was the seller's affiliate before it bid.
    """
    seller, *bidders = (scene.party() for _ in range(8))
    for pair in (c.RecordAffiliation, c.EndAffiliation):
        scene.operator(pair(party_id=bidders[4], affiliate_id=seller))
    terms = {"deposit": DEPOSIT, "reveal_ms": MS_PER_DAY}
    listing = scene.listing(seller, scene.right(seller), "sealed", **terms)  # type: ignore[arg-type]
    bids = []
    for number, bidder in enumerate(bidders):
        scene.credit(bidder, DEPOSIT)
        scene.bidder(listing, bidder)
        bids.append(scene.seal(listing, bidder, LEAST + number).result["bid_id"])
    scene.by(bidders[0], c.WithdrawBid(bid_id=bids[0]))
    scene.by(bidders[1], c.LeaveListing(listing_id=listing))
    scene.operator(c.RecordAffiliation(party_id=bidders[2], affiliate_id=seller))
    between, clerk = scene.party(), scene.party()
    for affiliate in (bidders[5], clerk):
        scene.operator(c.RecordAffiliation(party_id=between, affiliate_id=affiliate))
    scene.document("venue_staff", clerk)
    scene.document("sanctions_listing", bidders[6])
    scene.wait(30 * MS_PER_DAY)
    assert len(scene.state.sealed_sets[listing].commitments) == 2
    if fix:
        scene.to_chain()
    scene.fixed(listing)
    for number in (3, 4):
        assert scene.reveal(bids[number], LEAST + number).refusal is None
    scene.wait(scene.state.listings[listing].reveal_closes_ms - scene.now)
    return listing


def codes(report: Report) -> set[str]:
    return {finding.code for finding in report.findings}


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_both_copies_find_the_set_that_stands_on_the_chain(
    chain_url: str, tmp_path: Path, kind: Literal["auditor", "public"]
) -> None:
    scene = new_scene(chain_url, tmp_path)
    sealed_day(scene)
    made = audited(scene, chain_url)
    report = made.audit(made.write(kind))
    assert report.findings == ()
    assert (report.verified, report.bids) == (True, 7)


@pytest.mark.parametrize("way", ["before_it_is_final", "by_another", "taken_back"])
def test_a_bid_that_was_opened_out_of_turn_is_found(chain_url: str, tmp_path: Path, way: str) -> None:
    scene = new_scene(chain_url, tmp_path)
    sealed_day(scene)
    sets, findings = SealedSets(), Findings()
    entries = [msgspec.json.decode(stored.public, type=Entry) for stored in scene.stored]
    openings = [entry for entry in entries if isinstance(entry.command, c.RevealBid)]
    for entry in entries:
        taken = entry
        if entry in openings:
            if way == "by_another":
                taken = msgspec.structs.replace(entry, actor="P-1")
            if way == "taken_back":
                taken = msgspec.structs.replace(entry, command=c.RevealBid(bid_id="B-1"))
        elif way == "before_it_is_final" and isinstance(entry.command, c.ReportChainRecord):
            continue
        sets.add(taken)
    sets.check((), 0, findings)
    assert {finding.code for finding in findings.all} >= {"AUDIT-SEALED-BIDS"}
    assert len([each for each in findings.all if each.code == "AUDIT-SEALED-BIDS"]) == len(openings) == 2


def drop_one(record: SealedSetRecord, commitments: list[str]) -> SealedSetRecord:
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in commitments[1:]]
    return msgspec.structs.replace(record, root="0x" + merkle.root(leaves).hex(), count=len(leaves))


def add_one(record: SealedSetRecord, commitments: list[str]) -> SealedSetRecord:
    leaves = [merkle.leaf_hash(bytes.fromhex(each)) for each in sorted([*commitments, "ab" * 32])]
    return msgspec.structs.replace(record, root="0x" + merkle.root(leaves).hex(), count=len(leaves))


def count_wrong(record: SealedSetRecord, commitments: list[str]) -> SealedSetRecord:
    return msgspec.structs.replace(record, count=len(commitments) + 1)


@pytest.mark.parametrize("forge", [drop_one, add_one, count_wrong])
@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_set_with_a_bid_less_or_more_is_found(
    chain_url: str,
    tmp_path: Path,
    kind: Literal["auditor", "public"],
    forge: Callable[[SealedSetRecord, list[str]], SealedSetRecord],
) -> None:
    scene = new_scene(chain_url, tmp_path)
    listing = sealed_day(scene, fix=False)
    commitments = list(scene.state.sealed_sets[listing].commitments)
    for batch in scene.records:
        for number, outgoing in enumerate(batch):
            if outgoing.kind == "sealed_set":
                record = msgspec.convert(outgoing.payload, AnyRecord)
                assert isinstance(record, SealedSetRecord)
                forged = msgspec.to_builtins(forge(record, commitments))
                batch[number] = msgspec.structs.replace(outgoing, payload=forged)
    scene.to_chain()
    made = audited(scene, chain_url)
    report = made.audit(made.write(kind))
    wanted = {"AUDIT-SEALED-BIDS"} if kind == "public" else {"AUDIT-CHAIN-DIFFERS", "AUDIT-CHAIN-MISSING"}
    assert codes(report) == wanted


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_set_that_was_called_final_and_stands_nowhere_is_found(
    chain_url: str, tmp_path: Path, kind: Literal["auditor", "public"]
) -> None:
    scene = new_scene(chain_url, tmp_path)
    sealed_day(scene, fix=False)
    scene.contracts.client.request("anvil_mine", ("0x10",))
    made = audited(scene, chain_url)
    assert "AUDIT-CHAIN-MISSING" in codes(made.audit(made.write(kind)))
