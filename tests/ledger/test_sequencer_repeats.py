"""A command is applied once, however often it is sent; a key and an order id belong to one command for ever."""

from __future__ import annotations

import msgspec
import pytest

from exchange import commands
from exchange.sealed import Opening
from ledger.receipt_key import ReceiptKey
from ledger.receipts import verify_receipt
from ledger.sequencer.admission import admit
from ledger.sequencer.messages import Answer, SequencerRefused, Submission
from ledger.sequencer.session import Session
from tests.ledger.conftest import rows_of, stored_entries, writing
from tests.ledger.trading import Door, right_id


async def decide(session: Session, *submissions: Submission) -> list[Answer | SequencerRefused | None]:
    return await session.decide([admit(submission) for submission in submissions])


async def test_a_repeat_gets_the_same_answer_and_makes_no_entry_across_restarts(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    first = door.import_right(1)
    refused = door.operator(commands.ApproveParty(party_id="P-9"))
    async with writing(migrated_database_url, key) as session:
        answers = await decide(session, first, refused)
        assert await decide(session, first, refused) == answers
        entries = session.next_entry
    async with writing(migrated_database_url, key) as session:
        assert await decide(session, refused, first) == answers[::-1]
        assert session.next_entry == entries
    assert [answer.status for answer in answers if isinstance(answer, Answer)] == ["accepted", "refused"]
    for answer in answers:
        assert isinstance(answer, Answer)
        leaf = (await stored_entries(migrated_database_url))[answer.entry].public
        verify_receipt(answer.receipt, key.public_key, leaf)


async def test_a_refusal_is_an_entry_with_a_receipt_and_changes_no_state(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    async with writing(migrated_database_url, key) as session:
        before = session.state_hash(), session.next_entry
        (answer,) = await decide(session, Door().operator(commands.ApproveParty(party_id="P-9")))
        assert isinstance(answer, Answer)
        assert (answer.status, answer.code, answer.entry) == ("refused", "UNKNOWN-ID", before[1])
        assert session.state_hash() == before[0]


async def test_the_same_key_with_another_body_is_refused(migrated_database_url: str, key: ReceiptKey) -> None:
    door = Door()
    first = door.import_right(1)
    other = msgspec.structs.replace(door.import_right(2), idempotency_key=first.idempotency_key)
    async with writing(migrated_database_url, key) as session:
        await decide(session, first)
        (refusal,) = await decide(session, other)
        assert isinstance(refusal, SequencerRefused)
        assert (refusal.code, refusal.status, refusal.retryable) == ("IDEMPOTENCY-KEY-REUSED", 422, False)
        assert right_id(2) not in session.state.rights


async def test_the_same_key_of_another_party_is_another_key(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    one = door.application(1)
    other = msgspec.structs.replace(door.application(2), idempotency_key=one.idempotency_key)
    async with writing(migrated_database_url, key) as session:
        answers = await decide(session, one, other)
        assert [answer.status for answer in answers if isinstance(answer, Answer)] == ["accepted", "accepted"]


async def test_a_repeat_within_one_batch_waits_for_the_first(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    first = Door().import_right(1)
    async with writing(migrated_database_url, key) as session:
        answer, later = await decide(session, first, first)
        assert later is None
        assert await decide(session, first) == [answer]


async def test_a_client_order_id_is_used_once_per_party_for_ever(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    commands_of = [commands.ApproveParty(party_id=f"P-{number}") for number in range(4)]

    def order(number: int, order_id: str) -> Submission:
        return msgspec.structs.replace(door.operator(commands_of[number]), client_order_id=order_id)

    async with writing(migrated_database_url, key) as session:
        first = order(0, "mine")
        same_batch = [*(await decide(session, first, order(1, "mine")))]
        assert same_batch[1] is None, "asked again after the batch"
        same_batch[1:] = await decide(session, order(1, "mine"))
        (again,) = await decide(session, changed(first, idempotency_key="another"))
        assert again == same_batch[0]
        (later,) = await decide(session, order(2, "mine"))
        (free,) = await decide(session, order(3, "mine-2"))
    assert isinstance(same_batch[0], Answer)
    assert isinstance(free, Answer)
    for refusal in (same_batch[1], later):
        assert isinstance(refusal, SequencerRefused)
        assert refusal.code == "CLIENT-ORDER-ID-REUSED"


def changed(submission: Submission, **fields: object) -> Submission:
    return msgspec.structs.replace(submission, **fields)


BASE = Door("bad")
TICK = msgspec.Raw(b'{"type":"tick"}')
CASES = {
    "a command of the sequencer's own": (changed(BASE.import_right(1), command=TICK), "COMMAND-RESERVED"),
    "a venue actor without a signer": (changed(BASE.import_right(1), signer=""), "SIGNER-MISSING"),
    "no signature": (changed(BASE.import_right(1), signature=""), "SIGNER-MISSING"),
    "no JSON": (changed(BASE.import_right(1), command=msgspec.Raw(b'{"type":')), "COMMAND-MALFORMED"),
    "an unknown command": (
        changed(BASE.import_right(1), command=msgspec.Raw(b'{"type":"x"}')),
        "COMMAND-MALFORMED",
    ),
    "an unknown field": (
        changed(
            BASE.import_right(1), command=msgspec.Raw(b'{"type":"approve_party","party_id":"P-1","x":1}')
        ),
        "COMMAND-MALFORMED",
    ),
    "an integer that JSON readers round": (
        changed(BASE.import_right(1), command=msgspec.Raw(b'{"type":"jump_clock","to_ms":9007199254740993}')),
        "COMMAND-MALFORMED",
    ),
    "a text that the database cannot hold": (
        changed(BASE.import_right(1), command=msgspec.Raw(b'{"type":"approve_party","party_id":"P\\u0000"}')),
        "COMMAND-MALFORMED",
    ),
    "a key beyond the limit": (changed(BASE.import_right(1), idempotency_key="k" * 129), "COMMAND-MALFORMED"),
    "an empty key": (changed(BASE.import_right(1), idempotency_key=""), "COMMAND-MALFORMED"),
    "a client order id of control characters": (
        changed(BASE.import_right(1), client_order_id="a\nb"),
        "COMMAND-MALFORMED",
    ),
    "terms where none belong": (
        changed(BASE.import_right(1), terms=Opening("ab" * 32, {})),
        "TERMS-MALFORMED",
    ),
    "terms of another shape": (
        changed(BASE.application(1), terms=Opening("ab" * 32, {"price": 1})),
        "TERMS-MALFORMED",
    ),
    "terms with a short salt": (
        changed(BASE.application(1), terms=Opening("ab", {"company_number": "1"})),
        "TERMS-MALFORMED",
    ),
    "terms that the database cannot hold": (
        changed(BASE.application(1), terms=Opening("ab" * 32, {"company_number": "1\x00"})),
        "TERMS-MALFORMED",
    ),
    "an opening of another commitment": (
        changed(BASE.application(1), erasable={"profile": Opening("ab" * 32, {"name": "other"})}),
        "ERASABLE-MISMATCH",
    ),
    "an opening without a commitment": (
        changed(BASE.application(1), erasable={"reason": Opening("ab" * 32, "text")}),
        "ERASABLE-MISMATCH",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_is_no_command_is_refused_before_it_becomes_an_entry(case: str) -> None:
    submission, code = CASES[case]
    with pytest.raises(SequencerRefused) as refusal:
        admit(submission)
    assert refusal.value.code == code
    assert not refusal.value.retryable
    assert refusal.value.cure


async def test_an_erased_part_is_gone_and_every_proof_stands(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    erase = {"label": "profile", "ground": "data-subject-request"}
    async with writing(migrated_database_url, key) as session:
        (applied,) = await decide(session, door.application(1))
        assert isinstance(applied, Answer)
        before = await stored_entries(migrated_database_url)
        command = commands.EraseSealedPart(entry=applied.entry, **erase)  # type: ignore[arg-type]  # texts of the literals
        (erased,) = await decide(session, door.operator(command))
        (again,) = await decide(session, door.operator(command))
        (nothing,) = await decide(
            session,
            door.operator(commands.EraseSealedPart(entry=99, **erase)),  # type: ignore[arg-type]  # as above
        )
    assert isinstance(erased, Answer)
    assert erased.status == "accepted"
    for refusal in (again, nothing):
        assert isinstance(refusal, SequencerRefused)
        assert refusal.code == "SEALED-PART-UNKNOWN"
    parts = await rows_of(
        migrated_database_url,
        "SELECT salt, value, erased_by_entry FROM sealed_parts WHERE entry = %s AND label = 'profile'",
        applied.entry,
    )
    assert parts == [(None, None, erased.entry)]
    after = await stored_entries(migrated_database_url)
    assert after[: len(before)] == before
    verify_receipt(applied.receipt, key.public_key, after[applied.entry].public)
