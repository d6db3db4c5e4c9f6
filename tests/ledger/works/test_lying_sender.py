"""The sender over a node that lies: nothing is refused for good unless a majority of the nodes says so."""

from __future__ import annotations

import msgspec
import pytest
from structlog.testing import capture_logs

from ledger.chain.client import ChainClient
from ledger.chain.quorum import Nodes
from ledger.outbox import STUCK_AFTER
from ledger.works import Works
from tests.ledger.works import lies
from tests.ledger.works.desk import Desk
from tests.ledger.works.pipeline import Pipeline
from tests.ledger.works.test_outbox_messages import MINED, advance, outcome, party_of, revocation

TIMEOUT_S = 30.0


@pytest.mark.parametrize("honest", [0, 1, 2])
def test_what_the_node_that_is_sent_to_invents_refuses_nothing_while_others_are_asked(
    shallow: Pipeline, honest: int
) -> None:
    party, key = party_of(shallow)
    shallow.settle()
    shallow.fork.mine(3)
    shallow.indexer().run()
    shallow.queue(advance(shallow, party, key, 1))
    url = shallow.fork.url
    with lies.refusing(url, "KeyNotLive()") as (liar, ended), lies.honest(url) as other:
        nodes = Nodes((liar, *(url, other)[:honest]), TIMEOUT_S)
        sender = shallow.outbox(ChainClient(liar), read=nodes.reading)
        with capture_logs() as said:
            sender.run()
        if honest == 0:  # one node alone is believed, as docs/architecture.md says
            assert outcome(shallow)[-1] == ("REFUSED", "KeyNotLive")
            return
        reason = "CHAIN-NO-QUORUM" if honest == 1 else "KeyNotLive"
        assert shallow.rows("state, last_error")[-1] == {"state": "QUEUED", "last_error": reason}
        named = [(each["code"], each["url"]) for each in said if each["event"] == "alarm"]
        assert named == ([] if honest == 1 else [("CHAIN-NODE-DIFFERS", liar)])
        ended.set()
        shallow.database.execute("UPDATE outbox SET leased_until = NULL")
        sender.run()
        shallow.fork.mine()
        sender.run()
        nodes.close()
    assert outcome(shallow)[-1] == MINED


def test_a_refusal_that_only_the_node_that_is_sent_to_calls_final_is_not_final(deep: Pipeline) -> None:
    party, key = party_of(deep)
    deep.settle()
    deep.fork.mine(70)
    deep.indexer().run()
    deep.queue(revocation(deep, party, key))
    deep.settle()
    deep.queue(advance(deep, party, key, 1))
    url = deep.fork.url
    with lies.lying(url, lies.EarlyFinality(url)) as liar, lies.honest(url) as other:
        nodes = Nodes((liar, url, other), TIMEOUT_S)
        deep.outbox(ChainClient(liar), read=nodes.reading).run()
        nodes.close()
        assert deep.rows("state, last_error")[-1] == {"state": "QUEUED", "last_error": "KeyNotLive"}
        deep.database.execute("UPDATE outbox SET leased_until = NULL")
        deep.outbox(ChainClient(liar)).run()  # asked alone, it is believed
    assert outcome(deep)[-1] == ("REFUSED", "KeyNotLive")


def test_one_record_on_which_no_majority_agrees_holds_up_no_other(shallow: Pipeline) -> None:
    party, key = party_of(shallow)
    shallow.settle()
    shallow.fork.mine(3)
    shallow.indexer().run()
    expired = advance(shallow, party, key, 1, deadline=1)
    shallow.queue(expired, shallow.deal())
    url = shallow.fork.url
    with lies.refusing(url, "KeyNotLive()") as (liar, _):
        nodes = Nodes((url, liar), TIMEOUT_S)
        sent = shallow.outbox(read=nodes.reading).run()
        nodes.close()
    assert sent.sent == 1
    assert shallow.rows("state, last_error")[-2:] == [
        {"state": "QUEUED", "last_error": "CHAIN-NO-QUORUM"},
        {"state": "SENT", "last_error": None},
    ]


def test_a_record_that_is_said_to_be_mined_and_is_nowhere_does_not_go_round_for_ever_in_silence(
    desk: Desk,
) -> None:
    desk.pipe.queue(desk.pipe.right())
    url = desk.pipe.fork.url
    told: list[int] = []
    with lies.swallowing(url) as liar, lies.honest(url) as other:
        works = Works(msgspec.structs.replace(desk.settings, chain_url=liar, chain_read_urls=(url, other)))
        for attempt in range(1, STUCK_AFTER + 2):
            works.send_outbox()
            assert works.send_outbox().mined == 1
            with capture_logs() as said:
                for _ in range(3):  # its block is read, then it is looked for
                    desk.pipe.fork.mine()
                    works.read_chain()
                    works.follow_records()
            row = desk.pipe.row_of("right", "state, attempts, last_error")
            assert row == {"state": "QUEUED", "attempts": attempt, "last_error": "CHAIN-REORGANISED"}
            alarms = [each for each in said if each["event"] == "alarm" and each["code"] == "OUTBOX-STUCK"]
            told += [attempt] * len(alarms)
        works.close()
    assert told == [STUCK_AFTER, STUCK_AFTER + 1]
