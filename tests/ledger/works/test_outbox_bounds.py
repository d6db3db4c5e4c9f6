"""The sender's bounds: what it may spend, gaps that it fills, and the alarms for what stands still."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from ledger.alarms import Alarms
from ledger.alone import Work
from ledger.chain.client import Fees
from ledger.chain.errors import ChainFault
from ledger.chain.sending import Sendable, gas_bound
from ledger.chain.signer import Transaction
from ledger.nonce_gaps import NonceGaps
from ledger.outbox import Sent
from ledger.outbox_watch import watch_outbox
from ledger.sequencer.takeover import WRITER_LOCK
from ledger.spending import Limits, Spending
from ledger.store.migrate import MIGRATION_LOCK
from tests.ledger.works.desk import Desk
from tests.ledger.works.pipeline import Pipeline

ETHER = 10**18
PLENTY = Limits(transaction_wei=10 * ETHER, day_wei=100 * ETHER)


def cost_of(pipe: Pipeline, gas: int) -> int:
    """What so much gas costs at the most now."""
    return gas * pipe.client.fees().max_fee


def run(pipe: Pipeline, limits: Limits, alarms: Alarms | None = None) -> Sent:
    return pipe.outbox(limits=limits, alarms=alarms).run()


def alarms_in(said: Any) -> list[str]:
    return [each["code"] for each in said if each["event"] == "alarm"]


def spent(pipe: Pipeline) -> list[dict[str, Any]]:
    return pipe.database.execute("SELECT * FROM sent_transactions ORDER BY nonce").fetchall()


# --- what it may spend


def test_over_the_cap_of_a_transaction_nothing_is_sent_and_one_alarm_says_so_until_it_is_raised(
    deep: Pipeline,
) -> None:
    right = deep.right()
    deep.queue(right)
    needed = cost_of(deep, gas_bound((right,)))
    alarms = Alarms()
    with capture_logs() as said:
        for _ in range(3):
            capped = run(deep, Limits(transaction_wei=needed - 1, day_wei=ETHER), alarms)
            assert (capped.sent, capped.stopped_by) == (0, "CHAIN-COST-TRANSACTION")
    assert alarms_in(said) == ["CHAIN-COST-TRANSACTION"]
    assert "IPX_MOST_WEI_TRANSACTION" in said[0]["cure"]
    assert deep.rows("state, attempts, nonce, last_error") == [
        {"state": "QUEUED", "attempts": 0, "nonce": None, "last_error": None}
    ]
    assert deep.client.nonce(deep.sender.address, "pending") == deep.client.nonce(deep.sender.address)
    with capture_logs() as said:
        assert run(deep, Limits(transaction_wei=needed, day_wei=ETHER), alarms).sent == 1
    assert [each["event"] for each in said] == ["an alarm is over"]
    deep.settle()
    assert deep.names() == ["RightRegistered"]


def test_over_the_cap_of_a_day_nothing_is_sent_until_what_was_sent_is_a_day_old(deep: Pipeline) -> None:
    right = deep.right()
    limits = Limits(transaction_wei=ETHER, day_wei=cost_of(deep, gas_bound((right,))) * 3 // 2)
    deep.queue(right)
    assert run(deep, limits).sent == 1
    deep.fork.drop_all()
    deep.database.execute("UPDATE sent_transactions SET nonce = nonce + 1000")  # another one's, as costly
    deep.database.execute("UPDATE outbox SET state = 'QUEUED'")
    assert run(deep, limits).stopped_by == "CHAIN-COST-DAY"
    assert deep.states() == ["QUEUED"]
    deep.database.execute("UPDATE sent_transactions SET sent_at = sent_at - interval '24 hours'")
    assert run(deep, limits).sent == 1
    deep.settle()


def test_a_mined_transaction_counts_what_it_has_cost_and_one_sent_again_counts_once(deep: Pipeline) -> None:
    deep.queue(deep.right())
    run(deep, PLENTY)
    (before,) = spent(deep)
    assert before["paid_wei"] is None
    deep.outbox(replace_after_ms=0, limits=PLENTY).run()
    (replaced,) = spent(deep)
    assert replaced["most_wei"] > before["most_wei"] * 110 // 100
    deep.settle()
    (paid,) = spent(deep)
    receipt = deep.client.receipt(bytes.fromhex(deep.rows("transaction_hash")[0]["transaction_hash"][2:]))
    assert receipt is not None
    assert paid["paid_wei"] == receipt.gas_used * receipt.gas_price < replaced["most_wei"]


def test_a_replacement_over_the_cap_leaves_the_cheaper_one_waiting(deep: Pipeline) -> None:
    right = deep.right()
    deep.queue(right)
    limits = Limits(transaction_wei=cost_of(deep, gas_bound((right,))), day_wei=ETHER)
    run(deep, limits)
    before = deep.rows("transaction_hash")
    capped = deep.outbox(replace_after_ms=0, limits=limits).run()
    assert (capped.waiting, capped.stopped_by) == (1, "CHAIN-COST-TRANSACTION")
    assert deep.rows("transaction_hash") == before
    deep.settle()
    assert deep.names() == ["RightRegistered"]


def test_two_senders_share_the_cap_of_a_day(deep: Pipeline) -> None:
    account = Spending(deep.database, Limits(transaction_wei=100, day_wei=250))
    one = Sendable(to="", data=b"", nonce=1, gas=100, fees=Fees(1, 1))
    account.permit("0xa", one, one.fees, "outbox")
    account.permit("0xb", one, one.fees, "anchor")
    with pytest.raises(ChainFault, match="CHAIN-COST-DAY"):
        account.permit("0xc", one, one.fees, "anchor")
    account.permit("0xa", one, one.fees, "outbox")  # the same nonce again


def test_an_anchor_over_the_cap_is_not_sent_and_trading_goes_on(desk: Desk) -> None:
    alarms = Alarms()
    small = Limits(transaction_wei=1, day_wei=1)
    with capture_logs() as said:
        for _ in range(2):
            assert desk.pipe.anchoring(limits=small, alarms=alarms).run(at_once=True).stopped_by
            desk.company()
    assert alarms_in(said) == ["CHAIN-COST-TRANSACTION"]
    assert desk.pipe.anchoring(alarms=alarms).run().sent


# --- gaps


def sent_one_too_high(pipe: Pipeline) -> None:
    """A record waits under the nonce behind the next one, for which the node has nothing."""
    pipe.queue(pipe.right())
    pipe.outbox().run()
    (row,) = pipe.rows("transaction_hash, nonce")
    sent = pipe.client.transaction_input(bytes.fromhex(row["transaction_hash"][2:]))
    assert sent is not None
    pipe.fork.drop_all()
    higher = pipe.sender.sign(
        Transaction(
            chain_id=pipe.manifest.chain_id,
            nonce=row["nonce"] + 1,
            to=pipe.manifest.address("Register"),
            data=sent,
            gas=200_000,
            fees=pipe.client.fees(),
        )
    )
    pipe.client.send_raw(higher.raw)
    pipe.database.execute(
        "UPDATE outbox SET transaction_hash = %s, nonce = nonce + 1", ("0x" + higher.hash.hex(),)
    )


def test_a_gap_is_filled_with_nothing_after_it_was_seen_twice(deep: Pipeline) -> None:
    sent_one_too_high(deep)
    gaps = NonceGaps(between_looks_s=0)
    for _ in range(3):  # however many blocks come: what stands behind the gap is not mined
        deep.fork.mine()
    assert deep.states() == ["SENT"]
    assert deep.outbox(gaps=gaps).run().filled == 0
    done = deep.outbox(gaps=gaps).run()
    assert (done.filled, done.waiting) == (1, 1)
    gap, *_ = spent(deep)
    assert (gap["purpose"], gap["nonce"]) == ("gap", deep.client.nonce(deep.sender.address))
    deep.fork.mine()
    assert deep.outbox(gaps=gaps).run().mined == 1
    assert deep.names() == ["RightRegistered"]


def test_a_gap_is_not_filled_over_the_cap(deep: Pipeline) -> None:
    sent_one_too_high(deep)
    gaps, limits = NonceGaps(between_looks_s=0), Limits(transaction_wei=1, day_wei=1)
    deep.outbox(gaps=gaps, limits=limits).run()
    assert deep.outbox(gaps=gaps, limits=limits).run().stopped_by == "CHAIN-COST-TRANSACTION"


def test_a_gap_left_by_a_fork_is_filled_though_the_node_says_that_something_waits(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.send()
    deep.outbox().run()
    deep.indexer().run()
    deep.queue(deep.right())
    deep.outbox().run()
    deep.fork.reorganise(1)
    gaps = NonceGaps(between_looks_s=0)
    filled = [deep.outbox(gaps=gaps, replace_after_ms=0).run().filled for _ in range(2)]
    assert filled == [0, 1]
    deep.fork.mine()
    deep.indexer().run()
    deep.settle()
    assert deep.names() == ["RightRegistered", "RightRegistered"]


def test_a_gap_seen_once_or_too_soon_again_is_left_alone(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.outbox().run()
    lowest = deep.client.nonce(deep.sender.address) + 1
    deep.fork.drop_all()
    gaps = NonceGaps(between_looks_s=60)
    for _ in range(3):
        assert gaps.look(deep.client, deep.sender.address, lowest, patience_s=60) is None
    eager = NonceGaps(between_looks_s=0)
    assert eager.look(deep.client, deep.sender.address, lowest, patience_s=60) is None
    assert eager.look(deep.client, deep.sender.address, lowest, patience_s=60) == lowest - 1


def test_a_nonce_that_moves_between_the_looks_is_no_gap(deep: Pipeline) -> None:
    deep.queue(deep.right(), *deep.licence())
    deep.outbox().run()
    first = deep.client.nonce(deep.sender.address)
    gaps = NonceGaps(between_looks_s=0)
    assert gaps.look(deep.client, deep.sender.address, first + 10, patience_s=60) is None
    deep.fork.mine()
    deep.queue(deep.right())
    deep.outbox().run()
    assert gaps.look(deep.client, deep.sender.address, first + 10, patience_s=60) is None


def test_what_waits_unknown_to_every_record_is_given_time_before_it_is_replaced(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.outbox().run()
    lowest = deep.client.nonce(deep.sender.address) + 1
    gaps = NonceGaps(between_looks_s=0)
    for _ in range(3):
        assert gaps.look(deep.client, deep.sender.address, lowest, patience_s=60) is None
    assert gaps.look(deep.client, deep.sender.address, lowest, patience_s=0) == lowest - 1


def test_no_look_finds_a_gap_where_nothing_is_missing(deep: Pipeline) -> None:
    gaps = NonceGaps(between_looks_s=0)
    mined = deep.client.nonce(deep.sender.address)
    for _ in range(3):
        assert gaps.look(deep.client, deep.sender.address, mined, patience_s=0) is None


# --- what stands still


@pytest.mark.parametrize("state", ["QUEUED", "SENT", "MINED", "FINAL"])
def test_a_record_that_stands_still_in_a_state_is_told_once_and_again_when_it_is_over(
    deep: Pipeline, state: str
) -> None:
    deep.queue(deep.right(), deep.right())
    deep.database.execute("UPDATE outbox SET state = %s WHERE state <> %s", (state, state))
    alarms = Alarms()
    with capture_logs() as said:
        assert watch_outbox(deep.database, alarms, 60_000) == 0
        deep.database.execute("UPDATE outbox SET state_since = state_since - interval '4 minutes'")
        for _ in range(3):
            assert watch_outbox(deep.database, alarms, 60_000) == 2
    (alarm,) = said
    assert (alarm["event"], alarm["code"], alarm["records"]) == ("alarm", f"OUTBOX-STUCK-{state}", 2)
    assert alarm["cure"]
    with capture_logs() as said:
        deep.database.execute("UPDATE outbox SET state = 'VERIFIED'")
        assert watch_outbox(deep.database, alarms, 60_000) == 0
    assert [(each["event"], each["code"]) for each in said] == [("an alarm is over", f"OUTBOX-STUCK-{state}")]


def test_a_mined_record_is_given_the_time_of_finality(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.database.execute("UPDATE outbox SET state = 'MINED'")
    deep.database.execute("UPDATE outbox SET state_since = state_since - interval '2 minutes'")
    assert watch_outbox(deep.database, Alarms(), 60_000) == 0


def test_the_time_in_a_state_begins_with_the_state_and_not_with_another_attempt(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.outbox().run()
    deep.database.execute("UPDATE outbox SET state_since = state_since - interval '1 hour'")
    (before,) = deep.rows("state_since, transaction_hash")
    deep.outbox(replace_after_ms=0).run()
    (replaced,) = deep.rows("state_since, transaction_hash")
    assert replaced["transaction_hash"] != before["transaction_hash"]
    assert replaced["state_since"] == before["state_since"]
    deep.settle()
    assert deep.rows("state_since")[0]["state_since"] > before["state_since"]


def test_a_recovery_before_its_time_stands_still_without_an_alarm(deep: Pipeline) -> None:
    deep.queue(deep.right())
    deep.database.execute(
        "UPDATE outbox SET state_since = state_since - interval '1 day', last_error = 'RecoveryTooEarly'"
    )
    assert watch_outbox(deep.database, Alarms(), 60_000) == 0


def test_what_is_final_and_two_days_old_is_forgotten_and_nothing_that_a_day_counts_or_a_sender_may_replace(
    deep: Pipeline,
) -> None:
    """Rows of the anchor's sender among them; the fork's finality lies behind what was mined last."""
    spending, address = Spending(deep.database, PLENTY), deep.sender.address
    deep.queue(deep.right())
    run(deep, PLENTY)
    deep.settle()
    (first,) = [row["nonce"] for row in spent(deep)]
    deep.database.execute("UPDATE sent_transactions SET sent_at = sent_at - interval '47 hours'")
    run(deep, PLENTY)
    assert [row["nonce"] for row in spent(deep)] == [first], "not old enough"
    deep.queue(deep.right())
    run(deep, PLENTY)
    deep.fork.mine(1)
    run(deep, PLENTY)
    deep.database.execute("UPDATE sent_transactions SET sent_at = sent_at - interval '49 hours'")
    assert deep.client.nonce(address, "finalized") <= first + 1, "mined, not final"
    while deep.client.nonce(address, "finalized") <= first:
        deep.fork.mine(1)
    assert deep.client.nonce(address, "finalized") == first + 1
    assert spending.prune(deep.client) == 1
    assert [row["nonce"] for row in spent(deep)] == [first + 1], "a fork may still take it back"
    deep.fork.mine(80)
    assert run(deep, PLENTY).sent == 0
    assert spent(deep) == []


def test_nothing_old_asks_the_node_for_nothing(deep: Pipeline) -> None:
    deep.queue(deep.right())
    run(deep, PLENTY)
    assert Spending(deep.database, PLENTY).prune(None) == 0  # type: ignore[arg-type]
    assert len(spent(deep)) == 1


def test_no_two_works_have_one_lock() -> None:
    keys = [*map(int, Work), WRITER_LOCK, MIGRATION_LOCK]
    assert len(set(keys)) == len(keys)
