"""Anchoring: the root of exactly what was committed, in order, once, and nothing of a journal that was changed."""

from __future__ import annotations

import pytest

from ledger.anchoring import JournalDiffers
from ledger.chain.events import Anchored
from ledger.chain.logs import read_events
from ledger.merkle import EMPTY_ROOT, root
from tests.ledger.works.desk import Desk


def anchored(desk: Desk) -> list[tuple[int, str]]:
    """What the contract has been told."""
    client, manifest = desk.pipe.client, desk.pipe.manifest
    address = manifest.address("JournalAnchor")
    events = read_events(client, address, manifest.first_block(), client.block_number())
    return [(event.size, event.root) for event in events if isinstance(event, Anchored)]


def kept(desk: Desk) -> list[tuple[int, str]]:
    rows = desk.database.execute("SELECT size, state FROM anchors ORDER BY size").fetchall()
    return [(row["size"], row["state"]) for row in rows]


def leaves(desk: Desk) -> list[bytes]:
    return [
        bytes(row["leaf"])
        for row in desk.database.execute("SELECT leaf FROM journal ORDER BY entry").fetchall()
    ]


def bring_to_end(desk: Desk) -> None:
    """The anchor that waits is mined, read back and final."""
    for _ in range(6):
        desk.works.anchor_journal()
        desk.pipe.fork.mine(3)
        desk.works.read_chain()
        desk.works.follow_records()
    assert {state for _, state in kept(desk)} == {"VERIFIED"}


def test_each_anchor_is_the_root_over_everything_committed_by_then(desk: Desk) -> None:
    sizes = []
    for _ in range(3):
        desk.company()
        bring_to_end(desk)
        sizes.append(len(leaves(desk)))
    stored = leaves(desk)
    assert anchored(desk) == [(size, "0x" + root(stored[:size]).hex()) for size in sizes]
    previous = [EMPTY_ROOT, *(root(stored[:size]) for size in sizes)]
    rows = desk.database.execute("SELECT previous_root FROM anchors ORDER BY size").fetchall()
    assert [bytes(row["previous_root"]) for row in rows] == previous[:-1]


def test_an_anchor_is_due_after_so_many_entries_or_so_much_time(desk: Desk) -> None:
    desk.pipe.anchoring().run()
    desk.pipe.fork.mine(3)
    bring_to_end(desk)
    first = len(anchored(desk))
    assert desk.pipe.anchoring(every_entries=1, interval_ms=0).run(at_once=True).made == 0
    desk.company()
    assert desk.pipe.anchoring(every_entries=100, interval_ms=3_600_000).run().made == 0
    assert desk.pipe.anchoring(every_entries=2, interval_ms=3_600_000).run().made == len(leaves(desk))
    bring_to_end(desk)
    desk.company()
    assert desk.pipe.anchoring(every_entries=100, interval_ms=0).run().made == len(leaves(desk))
    bring_to_end(desk)
    assert len(anchored(desk)) == first + 2


def test_an_anchor_that_comes_again_below_a_later_one_is_found(desk: Desk) -> None:
    """A fork undoes two anchors, and the same transactions are mined again: the first cannot be sent any more."""
    bring_to_end(desk)
    raws = []
    for _ in range(2):
        desk.company()
        assert desk.works.anchor_journal(at_once=True).sent
        row = desk.database.execute("SELECT transaction_hash FROM anchors ORDER BY size DESC").fetchone()
        assert row is not None
        raws.append(desk.pipe.client.request("eth_getRawTransactionByHash", (row["transaction_hash"],)))
        desk.pipe.fork.mine()
        desk.works.read_chain()
        desk.works.anchor_journal()
    desk.pipe.fork.reorganise(2)
    assert desk.works.read_chain().undone == 2
    for raw in raws:
        desk.pipe.client.send_raw(bytes.fromhex(raw[2:]))
    desk.pipe.fork.mine()
    desk.works.read_chain()
    bring_to_end(desk)
    assert [size for size, _ in kept(desk)] == [size for size, _ in anchored(desk)]


def test_a_second_anchor_reads_only_new_leaves(desk: Desk) -> None:
    bring_to_end(desk)
    old = len(leaves(desk))
    stored = leaves(desk)
    desk.database.execute("DELETE FROM journal WHERE entry < %s", (old,))
    desk.company()
    desk.works.anchor_journal()
    bring_to_end(desk)
    assert anchored(desk)[-1][1] == "0x" + root(stored + leaves(desk)).hex()


@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE journal SET leaf = sha256('another') WHERE entry = 3",
        "DELETE FROM journal WHERE entry = 3",
        "UPDATE journal SET entry = entry + 1000 WHERE entry = 3",
    ],
)
def test_a_changed_journal_is_not_anchored(desk: Desk, tampering: str) -> None:
    desk.company()
    desk.database.execute(tampering)
    with pytest.raises(JournalDiffers, match="ANCHOR-ROOT-DIFFERS"):
        desk.works.anchor_journal()
    assert kept(desk) == []


def test_a_lost_anchor_is_sent_again_and_stands_once(desk: Desk) -> None:
    desk.works.anchor_journal()
    desk.pipe.fork.drop_all()
    desk.pipe.fork.mine()
    assert anchored(desk) == []
    bring_to_end(desk)
    assert len(anchored(desk)) == 1


def test_an_anchor_on_a_dead_branch_is_sent_again(desk: Desk) -> None:
    desk.works.anchor_journal()
    desk.pipe.fork.mine()
    desk.works.anchor_journal()
    desk.works.read_chain()
    assert [state for _, state in kept(desk)] == ["MINED"]
    desk.pipe.fork.reorganise(1)
    bring_to_end(desk)
    assert len(anchored(desk)) == 1


def test_a_sender_that_forgot_that_its_anchor_was_mined_finds_it_on_the_chain(desk: Desk) -> None:
    desk.works.anchor_journal()
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    desk.database.execute("UPDATE anchors SET state = 'QUEUED', transaction_hash = NULL")
    bring_to_end(desk)
    assert len(anchored(desk)) == 1
    row = desk.database.execute("SELECT transaction_hash FROM anchors").fetchone()
    assert row is not None
    assert row["transaction_hash"] is not None


def test_another_root_than_the_contracts_is_refused_with_an_alarm(desk: Desk) -> None:
    bring_to_end(desk)
    desk.company()
    desk.database.execute("UPDATE anchors SET root = sha256('another')")
    desk.works.anchor_journal()
    desk.pipe.fork.mine()
    row = desk.database.execute("SELECT state, last_error FROM anchors ORDER BY size DESC LIMIT 1").fetchone()
    assert row == {"state": "QUEUED", "last_error": "ANCHOR-REFUSED"}
    assert len(anchored(desk)) == 1


def test_a_waiting_anchor_is_sent_again_dearer(desk: Desk) -> None:
    desk.works.anchor_journal()
    before = desk.database.execute("SELECT transaction_hash FROM anchors").fetchone()
    desk.pipe.client.request("anvil_setNextBlockBaseFeePerGas", (hex(10**12),))
    desk.pipe.fork.mine()
    desk.pipe.anchoring(replace_after_ms=0).run()
    after = desk.database.execute("SELECT transaction_hash FROM anchors").fetchone()
    assert before != after
    bring_to_end(desk)
    assert len(anchored(desk)) == 1
