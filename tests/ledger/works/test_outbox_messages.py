"""A party's own message through the sender: recorded once, or refused for good by its name, and never in the way."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from msgspec.structs import replace

from ledger.chain.records import (
    CounterAdvanceRecord,
    KeyRevocationRecord,
    KeyRotationRecord,
    RecoveryCompletionRecord,
)
from ledger.messages import CounterAdvance, KeyRecovery, KeyRevocation, KeyRotation
from ledger.secp256k1 import PrivateKey
from tests.ledger.works.pipeline import LATER_S, Pipeline, new_hash


def party_of(pipe: Pipeline) -> tuple[str, PrivateKey]:
    party, key = new_hash(), PrivateKey.generate()
    pipe.queue(pipe.enrolment(key, party))
    return party, key


def advance(
    pipe: Pipeline, party: str, key: PrivateKey, counter: int, deadline: int = LATER_S
) -> CounterAdvanceRecord:
    message = CounterAdvance(
        party=bytes.fromhex(party[2:]), key=key.address, counter=counter, deadline_s=deadline
    )
    return CounterAdvanceRecord(
        party=party,
        key=key.address,
        counter=counter,
        deadline=deadline,
        signature=pipe.signed(message, key),
    )


def revocation(pipe: Pipeline, party: str, key: PrivateKey) -> KeyRevocationRecord:
    reason = secrets.token_bytes(32)
    message = KeyRevocation(
        party=bytes.fromhex(party[2:]), key=key.address, reason=reason, deadline_s=LATER_S
    )
    return KeyRevocationRecord(
        party=party,
        key=key.address,
        reason="0x" + reason.hex(),
        deadline=LATER_S,
        signature=pipe.signed(message, key),
    )


def rotation(pipe: Pipeline, party: str, old: PrivateKey, new: PrivateKey) -> KeyRotationRecord:
    letter = secrets.token_bytes(32)
    message = KeyRotation(
        party=bytes.fromhex(party[2:]),
        old_key=old.address,
        new_key=new.address,
        authorisation=letter,
        deadline_s=LATER_S,
    )
    return KeyRotationRecord(
        party=party,
        old_key=old.address,
        new_key=new.address,
        authorisation="0x" + letter.hex(),
        deadline=LATER_S,
        old_signature=pipe.signed(message, old),
        new_signature=pipe.signed(message, new),
    )


def outcome(pipe: Pipeline) -> list[tuple[str, Any]]:
    """State and error of each record, those without a transaction as the contract's refusals."""
    rows = pipe.rows("state, last_error, transaction_hash")
    return [
        ("REFUSED" if row["transaction_hash"] is None else row["state"], row["last_error"]) for row in rows
    ]


MINED = ("MINED", None)


def test_messages_go_in_journal_order_with_what_they_concern(shallow: Pipeline) -> None:
    party, first = party_of(shallow)
    second = PrivateKey.generate()
    shallow.queue(
        advance(shallow, party, first, 4),
        shallow.deal(seller=first, counter=4),
        rotation(shallow, party, first, second),
        shallow.deal(seller=second),
        revocation(shallow, party, second),
    )
    shallow.settle(12)
    assert outcome(shallow) == [MINED] * 6
    assert shallow.names() == ["CounterAdvanced", "DealAgreed", "KeyRotated", "DealAgreed", "KeyRevoked"]


def test_a_refused_message_is_final_by_its_name_and_blocks_nobody(shallow: Pipeline) -> None:
    party, key = party_of(shallow)
    shallow.settle()
    shallow.fork.mine(3)
    shallow.indexer().run()
    forged = replace(
        revocation(shallow, party, key), signature=revocation(shallow, party, PrivateKey.generate()).signature
    )
    shallow.queue(
        forged,
        advance(shallow, party, key, 1, deadline=1),
        advance(shallow, party, PrivateKey.generate(), 1),
        shallow.deal(),
    )
    shallow.settle()
    assert outcome(shallow)[1:] == [
        ("REFUSED", "KeySignatureInvalid"),
        ("REFUSED", "MessageExpired"),
        ("REFUSED", "NotThePartysKey"),
        MINED,
    ]
    sent = shallow.client.nonce(shallow.sender.address)
    assert shallow.outbox().run().sent == 0
    assert shallow.client.nonce(shallow.sender.address) == sent


def test_a_refusal_that_is_not_final_yet_is_tried_again(deep: Pipeline) -> None:
    party, key = party_of(deep)
    deep.settle()
    deep.fork.mine(70)
    deep.indexer().run()
    deep.queue(revocation(deep, party, key))
    deep.settle()
    deep.queue(advance(deep, party, key, 1))
    deep.outbox().run()
    assert deep.rows("state, last_error")[-1] == {"state": "QUEUED", "last_error": "KeyNotLive"}
    deep.fork.mine(70)
    deep.indexer().run()
    deep.database.execute("UPDATE outbox SET leased_until = NULL")
    deep.outbox().run()
    assert outcome(deep)[-1] == ("REFUSED", "KeyNotLive")


def test_what_somebody_else_has_submitted_already_stands_for_the_venues_own(shallow: Pipeline) -> None:
    party, key = party_of(shallow)
    record = advance(shallow, party, key, 2)
    shallow.queue(record)
    shallow.settle()
    shallow.queue(advance(shallow, party, key, 5))
    shallow.settle()
    # The first one is sent again, after the counter has gone on: the contract would revert.
    shallow.database.execute(
        "UPDATE outbox SET state = 'QUEUED', transaction_hash = NULL, block_number = NULL WHERE payload ->> 'counter' = '2'"
    )
    assert shallow.outbox().run().reverted == 1
    assert outcome(shallow) == [MINED] * 3
    assert shallow.names().count("CounterAdvanced") == 2


def test_a_recovery_sent_before_its_time_waits(shallow: Pipeline) -> None:
    party, _ = party_of(shallow)
    new = PrivateKey.generate()
    message = KeyRecovery(
        party=bytes.fromhex(party[2:]),
        new_key=new.address,
        authorisation=bytes(31) + b"1",
        deadline_s=LATER_S,
    )
    from ledger.chain.records import KeyRecoveryRecord

    shallow.queue(
        KeyRecoveryRecord(
            party=party,
            new_key=new.address,
            authorisation="0x" + (bytes(31) + b"1").hex(),
            deadline=LATER_S,
            signature=shallow.signed(message, new),
        )
    )
    shallow.settle()
    shallow.fork.mine(3)
    shallow.indexer().run()
    shallow.queue(RecoveryCompletionRecord(party=party, new_key=new.address))
    shallow.outbox().run()
    assert shallow.rows("state, last_error")[-1] == {"state": "QUEUED", "last_error": "RecoveryTooEarly"}
    shallow.client.request("evm_increaseTime", (14 * 86_400 + 60,))
    shallow.fork.mine()
    shallow.database.execute("UPDATE outbox SET leased_until = NULL")
    shallow.settle()
    assert outcome(shallow)[-1] == MINED
    assert shallow.names()[-1] == "KeyRecovered"


def test_a_deal_of_a_revoked_key_or_an_old_counter_is_refused_by_name(shallow: Pipeline) -> None:
    party, key = party_of(shallow)
    shallow.queue(advance(shallow, party, key, 1), shallow.deal(seller=key, counter=0))
    shallow.queue(revocation(shallow, party, key), shallow.deal(seller=key, counter=1))
    shallow.queue(shallow.deal(forged=True))
    shallow.settle(12)
    grounds = [event.error for event in shallow.events() if type(event).__name__ == "ItemRefused"]  # type: ignore[attr-defined]
    assert sorted(grounds) == ["BuyerSignatureInvalid", "CounterDiffers", "KeyNotLive"]


@pytest.mark.parametrize("replaced", [False, True])
def test_a_message_that_fails_on_the_chain_is_judged_anew(shallow: Pipeline, replaced: bool) -> None:
    party, key = party_of(shallow)
    shallow.settle()
    shallow.queue(advance(shallow, party, key, 3))
    shallow.outbox().run()  # on its way; meanwhile somebody revokes the key, and is mined first
    shallow.fork.drop_all() if not replaced else None
    pending = shallow.rows("state")[-1]["state"]
    assert pending == "SENT"
    revoke = revocation(shallow, party, key)
    from ledger.chain.calls import call_of
    from ledger.chain.sending import Sendable, send

    stranger = shallow.guardian
    call = call_of([revoke])
    fees = shallow.client.fees().raised().raised().raised()
    send(
        shallow.client,
        stranger,
        Sendable(
            to=shallow.manifest.address("Register"),
            data=call.data,
            nonce=shallow.client.nonce(stranger.address),
            gas=200_000,
            fees=fees,
        ),
        lambda *_: None,
    )
    shallow.fork.mine(4)
    shallow.indexer().run()
    for _ in range(4):
        shallow.database.execute("UPDATE outbox SET leased_until = NULL")
        shallow.outbox().run()
        shallow.fork.mine(3)
        shallow.indexer().run()
    assert outcome(shallow)[-1] == ("REFUSED", "KeyNotLive")
