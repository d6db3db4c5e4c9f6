"""A rogue operator edits, deletes, inserts, swaps and cuts off stored rows, and makes the rest fit as far as it can.

A thousand times, each audited for real against the chain: the audit names the first bad entry, or the interval between
two anchors where everything above it was made anew and nobody has kept anything. `tests.soak` draws others.
"""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Iterator
from random import Random
from typing import Final

import psycopg
import pytest

from ledger.chain.calls import call_of
from ledger.chain.records import AnchorRecord
from ledger.chain.sending import Sendable, send
from ledger.chain.signer import LocalSigner
from ledger.merkle import Frontier
from ledger.secp256k1 import PrivateKey
from ledger.store.connections import psycopg_url
from scripts.stack.servers import Addresses
from tests import databases
from tests.faults.auditing import Auditor, Trial, try_all
from tests.faults.rogue_day import Stolen, rogue_day
from tests.faults.rogue_hand import Hand, Tables
from tests.faults.scale import SCALE, SEED
from tests.faults.tamperings import NAIVE, REFITTED, Degree, Draw
from tests.ledger.works.pipeline import Fork

pytestmark = pytest.mark.faults
EACH: Final[dict[Degree, int]] = {"none": 200, "leaf": 110, "tree": 110, "everything": 560}
"""Of a thousand; those of `REANCHORED` come to it."""
REANCHORED: Final = 20
PROCESSES: Final = 2


@pytest.fixture(scope="module")
def day(
    shallow_fork: Fork,
    stack_addresses: Addresses,
    _migrated_template: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[Stolen, tuple[int, ...]]]:
    """One day for all, and the sizes at which it was anchored."""
    server = stack_addresses.database_url
    url = databases.create(server, "rogue_day", _migrated_template)
    with rogue_day(shallow_fork, url, tmp_path_factory.mktemp("rogue")) as stolen:
        with psycopg.connect(psycopg_url(url)) as connection:
            rows = connection.execute("SELECT size FROM anchors ORDER BY size").fetchall()
        yield stolen, tuple(row[0] for row in rows)
    databases.drop(server, url)


def trials() -> list[Trial]:
    """Which are drawn: by seed, degree and number alone."""
    return [Trial(SEED, degree, number) for degree, count in EACH.items() for number in range(count * SCALE)]


def test_the_audit_names_every_one_of_a_thousand_tamperings(
    day: tuple[Stolen, tuple[int, ...]], stack_addresses: Addresses
) -> None:
    stolen, anchored = day
    assert len(anchored) >= 3
    server = stack_addresses.database_url
    wanted = trials()
    template = databases.name_of(stolen.database_url)
    urls = [databases.create(server, f"rogue_{number}", template) for number in range(PROCESSES)]
    try:
        with multiprocessing.get_context("spawn").Pool(PROCESSES) as pool:
            parts = [(stolen.at(url), anchored, wanted[number::PROCESSES]) for number, url in enumerate(urls)]
            found = [each for part in pool.starmap(try_all, parts) for each in part]
    finally:
        for url in urls:
            databases.drop(server, url)
    missed = [f"{each.trial} {each.name}: {each.missed}" for each in found if each.missed]
    assert not missed, "\n".join(missed)
    kinds = Counter(each.name for each in found)
    assert len(found) == len(wanted)
    assert {name.partition(", ")[0] for name in kinds} == set(NAIVE) | set(REFITTED)
    assert sum(count for name, count in kinds.items() if name.endswith(", everything")) >= 500 * SCALE


def test_to_anchor_a_rewritten_history_later_hides_nothing(
    day: tuple[Stolen, tuple[int, ...]], shallow_fork: Fork
) -> None:
    """The contract takes any root after the last one: it stands above those that stood before."""
    stolen, anchored = day
    standing = Tables.read(stolen.database_url)
    draw, auditor = Draw(standing, Hand(stolen), anchored), Auditor(stolen, standing)
    chance = Random(f"{SEED} anchored again")  # noqa: S311 - the same ones for the same seed
    missed, made = [], 0
    try:
        while made < REANCHORED * SCALE:
            tampering = draw.tampering(chance, "everything")
            tables = tampering.tables
            if tampering.evidence != "none" or len(tables.journal) <= anchored[-1]:
                continue  # the contract lets no tree shrink
            made += 1
            data = auditor.exported(tables, tampering.bad)
            snapshot = shallow_fork.client.request("evm_snapshot")
            root = tables.batches[-1]["tree_root"]
            anchor(shallow_fork, stolen, root, len(tables.journal), root_at(standing, anchored[-1]))
            wrong = auditor.judged(tampering, data)
            assert shallow_fork.client.request("evm_revert", (snapshot,)) is True
            if wrong:
                missed.append((tampering.name, tampering.bad, tampering.widest, wrong))
    finally:
        auditor.close()
    assert missed == []


def root_at(tables: Tables, size: int) -> bytes:
    frontier = Frontier()
    frontier.extend([row["leaf"] for row in tables.journal[:size]])
    return frontier.root()


def anchor(fork: Fork, stolen: Stolen, root: bytes, size: int, previous: bytes) -> None:
    """Anchor a root with the venue's own key, behind what the contract has."""
    signer = LocalSigner(PrivateKey.from_hex(stolen.anchor_secret))
    record = AnchorRecord(root="0x" + root.hex(), size=size, previous_root="0x" + previous.hex())
    sendable = Sendable(
        to=stolen.trust.anchor,
        data=call_of([record]).data,
        nonce=fork.client.nonce(signer.address),
        gas=300_000,
        fees=fork.client.fees(),
    )
    sent = send(fork.client, signer, sendable, lambda *_: None)
    fork.mine(4)
    assert fork.client.wait_for_receipt(sent.hash).succeeded
