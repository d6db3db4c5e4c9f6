"""The sender: whatever dies, drops or forks, each record stands on the chain once, and in journal order."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from typing import Any

import pytest

from exchange.keccak import keccak
from ledger.alone import Elsewhere, Work, alone, open_database
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.records import RightRecord
from ledger.chain.signer import Transaction
from tests.ledger.works.pipeline import ROOT, Pipeline, child_environment

WAITING = {"QUEUED", "SENT"}


def run_and_die(pipe: Pipeline, moment: str) -> None:
    """A sender in a process of its own, which SIGKILLs itself."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.ledger.works.killed_sender"],
        cwd=ROOT,
        env=child_environment(
            MOMENT=moment,
            MANIFEST=str(pipe.manifest_file),
            SENDER_KEY=pipe.sender._key.secret().hex(),
            DATABASE_URL=pipe.database_url,
            CHAIN_URL=pipe.client._provider.endpoint_uri or "",
        ),
        timeout=60,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == -9, done.stderr[-2000:]


def free_leases(pipe: Pipeline) -> None:
    """Let the lease that a dead sender has left run out."""
    pipe.database.execute("UPDATE outbox SET leased_until = clock_timestamp() - interval '1 s'")


def test_records_of_one_subject_reach_the_chain_in_journal_order_and_once(deep: Pipeline) -> None:
    stories = [deep.assignment() for _ in range(4)] + [deep.licence() for _ in range(4)]
    for step in range(4):
        deep.queue(*(story[step] for story in stories if step < len(story)))
    deep.settle()
    assert Counter(deep.names()) == {
        "RightRegistered": 4,
        "DealAgreed": 8,
        "RegistryConfirmed": 4,
        "LicenceGranted": 4,
        "DealSettled": 8,
    }
    assert deep.outbox().run().sent == 0


def test_one_wave_takes_few_calls_for_many_records(deep: Pipeline) -> None:
    for _ in range(3):
        deep.queue(*deep.assignment())
    deep.send()
    assert len({row["transaction_hash"] for row in deep.rows("transaction_hash")}) == 4


def test_a_wave_waits_until_the_last_one_is_mined(deep: Pipeline) -> None:
    deep.queue(deep.right())
    assert deep.outbox().run().sent == 1
    deep.queue(deep.right())
    waiting = deep.outbox().run()
    assert (waiting.sent, waiting.waiting) == (0, 1)
    deep.fork.mine()
    assert deep.outbox().run().sent == 1
    deep.fork.mine()


@pytest.mark.faults
@pytest.mark.parametrize("moment", ["signed", "written", "sent", "second"])
def test_a_sender_killed_at_any_moment_leaves_each_record_once(deep: Pipeline, moment: str) -> None:
    for _ in range(2):
        deep.queue(*deep.assignment())
    run_and_die(deep, moment)
    free_leases(deep)
    deep.settle()
    assert Counter(deep.names()) == {
        "RightRegistered": 2,
        "DealAgreed": 2,
        "RegistryConfirmed": 2,
        "DealSettled": 2,
    }


def test_dropped_transactions_go_back_to_the_queue_and_are_sent_again(deep: Pipeline) -> None:
    deep.queue(*deep.assignment())
    assert deep.outbox().run().sent == 4
    deep.fork.drop_all()
    again = deep.outbox().run()
    assert (again.requeued, again.sent) == (4, 4)
    deep.settle()
    assert deep.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]


class BlockAfter(ChainClient):
    """A client for whom a block comes right after one of its questions was answered."""

    def __init__(self, url: str, question: str) -> None:
        super().__init__(url)
        self._question = question

    def request(self, method: str, parameters: Any = ()) -> Any:
        answer = super().request(method, parameters)
        if method == self._question:
            self._question = ""
            super().request("anvil_mine", ("0x1",))
        return answer


@pytest.mark.parametrize(
    "question", ["eth_getTransactionReceipt", "eth_getTransactionCount", "eth_getTransactionByHash"]
)
def test_what_is_mined_while_the_sender_asks_is_not_taken_for_lost(deep: Pipeline, question: str) -> None:
    deep.queue(deep.right())
    deep.outbox().run()
    during = deep.outbox(BlockAfter(deep.client._provider.endpoint_uri or "", question)).run()
    assert during.requeued == 0
    assert deep.outbox().run().requeued == 0
    assert deep.states() == ["MINED"]


def test_many_records_in_their_pause_hold_back_their_own_subjects_and_nobody_else(
    deep: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.outbox.MOST_RECORDS", 3)
    stories = [deep.assignment() for _ in range(4)]
    deep.queue(*[story[0] for story in stories])
    deep.database.execute("UPDATE outbox SET leased_until = clock_timestamp() + interval '1 hour'")
    deep.queue(*[record for story in stories for record in story[1:]], deep.right())
    assert deep.outbox().run().sent == 1
    assert deep.states() == ["QUEUED"] * 16 + ["SENT"]


def test_what_is_mined_and_not_read_back_holds_back_what_builds_on_it(deep: Pipeline) -> None:
    right, deal, *_ = deep.assignment()
    deep.queue(right)
    deep.send()
    deep.queue(deal, deep.right())
    assert deep.outbox().run().sent == 1
    deep.fork.mine()
    deep.indexer().run()
    assert deep.outbox().run().sent == 1


def test_a_transaction_dropped_from_the_middle_holds_back_those_behind_it(deep: Pipeline) -> None:
    deep.queue(*deep.assignment())
    deep.outbox().run()
    second = deep.rows("transaction_hash")[1]["transaction_hash"]
    deep.client.request("anvil_dropTransaction", (second,))
    deep.fork.mine()
    deep.settle()
    assert deep.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]


@pytest.mark.parametrize("depth", [1, 2, 3, 4, 5])
def test_a_fork_within_finality_heals_by_itself(deep: Pipeline, depth: int) -> None:
    right, deal, confirmation, settled = deep.assignment()
    for record in (right, deal, confirmation, settled):
        deep.queue(record)
        deep.outbox().run()
        deep.fork.mine()
        deep.indexer().run()
    deep.outbox().run()
    deep.fork.reorganise(depth)
    undone = deep.indexer().run()
    assert undone.undone == min(depth, 4)
    deep.settle()
    assert deep.names() == ["RightRegistered", "DealAgreed", "RegistryConfirmed", "DealSettled"]


def test_an_item_that_the_contract_refuses_lets_the_others_of_its_call_stand(deep: Pipeline) -> None:
    good, bad, other = deep.deal(), deep.deal(forged=True), deep.deal()
    deep.queue(good, bad, other)
    deep.settle()
    assert Counter(deep.names()) == {"DealAgreed": 2, "ItemRefused": 1}


def test_a_transaction_that_waits_too_long_is_sent_again_with_higher_fees(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.outbox().run()
    before = deep.rows("transaction_hash, nonce")[0]
    deep.client.request("anvil_setNextBlockBaseFeePerGas", (hex(10**12),))
    deep.fork.mine()
    assert deep.states() == ["SENT"]
    deep.outbox(replace_after_ms=0).run()
    after = deep.rows("transaction_hash, nonce")[0]
    assert after["nonce"] == before["nonce"]
    assert after["transaction_hash"] != before["transaction_hash"]
    old, new = (deep.client.known(bytes.fromhex(row["transaction_hash"][2:])) for row in (before, after))
    assert old is None
    assert new is not None
    deep.settle()
    assert deep.names() == ["RightRegistered"]


def test_a_call_that_fails_as_a_whole_waits_and_holds_back_only_its_own_subjects(deep: Pipeline) -> None:
    switch(deep, "pauseDeals()")
    deal, licence, settled = deep.licence()
    right = deep.right()
    deep.queue(deal, licence, settled, right)
    deep.send()
    deep.outbox().run()
    assert deep.states() == ["QUEUED", "QUEUED", "QUEUED", "MINED"]
    assert deep.rows("last_error")[0]["last_error"] == "CHAIN-REVERTED"
    assert deep.outbox().run().sent == 0
    switch(deep, "resumeDeals()")
    free_leases(deep)
    deep.settle()
    assert deep.names()[-4:] == ["DealsPauseChanged", "DealAgreed", "LicenceGranted", "DealSettled"]


def test_somebody_else_who_uses_up_our_nonce_does_no_harm(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.outbox().run()
    nonce = deep.rows("nonce")[0]["nonce"]
    deep.fork.drop_all()
    fees = deep.client.fees().raised()
    fields = {"chain_id": deep.manifest.chain_id, "nonce": nonce, "data": b"", "gas": 21_000, "fees": fees}
    signed = deep.sender.sign(Transaction(to=deep.guardian.address, **fields))
    deep.client.send_raw(signed.raw)
    deep.fork.mine()
    deep.settle()
    assert deep.names() == ["RightRegistered"]


def test_a_record_that_cannot_be_read_is_refused_and_stops_nothing(deep: Pipeline) -> None:
    broken = RightRecord(right_id="0x12", holder="0x34", document="0x56")
    deep.queue(broken, deep.right())
    done = deep.outbox().run()
    assert (done.malformed, done.sent) == (1, 1)
    deep.fork.mine()
    deep.outbox().run()
    assert [(row["state"], row["last_error"]) for row in deep.rows("state, last_error")] == [
        ("REFUSED", "RECORD-MALFORMED"),
        ("MINED", None),
    ]


def test_two_senders_never_send_beside_each_other(deep: Pipeline) -> None:
    with (
        open_database(deep.database_url) as other,
        alone(other, Work.OUTBOX),
        pytest.raises(Elsewhere),
        alone(deep.database, Work.OUTBOX),
    ):
        pass
    with alone(deep.database, Work.OUTBOX):
        pass


def test_a_node_that_cannot_be_reached_loses_nothing(deep: Pipeline) -> None:
    deep.queue(deep.right())
    with pytest.raises(ChainFault, match="CHAIN-UNREACHABLE"):
        deep.outbox(ChainClient("http://127.0.0.1:9", timeout_s=0.5)).run()
    deep.settle()  # at once: nothing waits for a lease to end
    assert deep.names() == ["RightRegistered"]


def test_the_same_record_sent_twice_stands_once(deep: Pipeline) -> None:
    right = deep.right()
    deep.queue(right)
    deep.settle()
    deep.database.execute("UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, nonce = NULL")
    deep.settle()
    assert deep.names() == ["RightRegistered"]


def switch(pipe: Pipeline, signature: str) -> None:
    """The guardian stops or allows deals."""
    transaction = Transaction(
        chain_id=pipe.manifest.chain_id,
        nonce=pipe.client.nonce(pipe.guardian.address),
        to=pipe.manifest.address("Register"),
        data=keccak(signature.encode())[:4],
        gas=200_000,
        fees=pipe.client.fees(),
    )
    pipe.client.send_raw(pipe.guardian.sign(transaction).raw)
    pipe.fork.mine()
