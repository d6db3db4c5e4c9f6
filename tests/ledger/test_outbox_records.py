"""What is queued for the chain: one record for each event that belongs there, in journal order, never twice."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from hashlib import sha256

import msgspec
import pytest

from exchange import commands
from exchange.deals.agreement import agreement_digest
from exchange.events import AnyEvent, DealChanged, HolderChanged, LicenceChanged
from exchange.keys import counters
from exchange.terms import filing_package
from ledger.chain.records import (
    AnyRecord,
    DealRecord,
    FreezeRecord,
    LicenceRecord,
    PledgeDischargedRecord,
    PledgeRecord,
    RegistryConfirmationRecord,
    ReleaseRecord,
    RightRecord,
    UnwoundRecord,
)
from ledger.outbox_row import OutboxRecord
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.admission import admit
from ledger.sequencer.lost import SessionLost
from ledger.sequencer.messages import Answer, Submission
from ledger.sequencer.session import Session
from tests.ledger.conftest import rows_of, writing
from tests.ledger.trading import DAY_MS, SIGNATURE, Door, RandomDay, company_number, key_of, right_id
from tests.undertakings import offered

Queued = list[tuple[str, str, AnyRecord, int]]


async def queued(url: str) -> Queued:
    """Kind, subject, record and entry of everything in the outbox, in its order."""
    rows = await rows_of(url, "SELECT kind, subject_id, payload, entry FROM outbox ORDER BY id")
    return [
        (kind, subject, msgspec.convert(payload, AnyRecord), entry) for kind, subject, payload, entry in rows
    ]


async def events(url: str) -> list[AnyEvent]:
    """Every event of the journal."""
    found: list[AnyEvent] = []
    for row in await rows_of(url, "SELECT outcome FROM journal ORDER BY entry"):
        found += msgspec.convert(msgspec.json.decode(row[0])["events"], list[AnyEvent])
    return found


async def test_every_event_that_belongs_on_the_chain_is_queued_once_and_in_order(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    url = migrated_database_url
    for seed in (21, 22):
        day = RandomDay(seed)
        day.lines = seed * 1_000
        day.parties, day.rights = (seed - 21) * 500, (seed - 21) * 500
        async with writing(url, key) as session:
            for _ in range(60):
                time_ms = session._engine.last_time_ms
                await session.decide([admit(day.next(session.state, time_ms)) for _ in range(4)])
    rows = await queued(url)
    all_events = await events(url)
    signed = [e.deal_id for e in all_events if isinstance(e, DealChanged) and e.new == "SIGNED"]
    granted = [e.licence_id for e in all_events if isinstance(e, LicenceChanged) and not e.old]
    registered = [e.deal_id for e in all_events if isinstance(e, HolderChanged)]
    settled = [e.deal_id for e in all_events if isinstance(e, DealChanged) and e.new == "SETTLED"]
    assert [subject for kind, subject, _, _ in rows if kind == "deal"] == signed
    assert [subject for kind, subject, _, _ in rows if kind == "licence"] == granted
    assert [subject for kind, subject, _, _ in rows if kind == "registration"] == registered
    assert [subject for kind, subject, _, _ in rows if kind == "settled"] == settled
    assert len(signed) > 5
    assert granted
    entries = [entry for _, _, _, entry in rows]
    assert entries == sorted(entries)
    rights: set[str] = set()
    for _, subject, record, _ in rows:
        if isinstance(record, RightRecord):
            assert subject not in rights
            rights.add(record.right_id)
        if isinstance(record, DealRecord | LicenceRecord):
            assert record.right_id in rights
    unwound = [
        e.deal_id
        for e in all_events
        if isinstance(e, DealChanged) and e.new == "UNWINDING" and e.old not in {"AWARDED", "CHAIN_REFUSED"}
    ]
    assert [subject for kind, subject, _, _ in rows if kind == "unwound"] == unwound


async def give(session: Session, *submissions: Submission) -> None:
    """Have these accepted."""
    answers = await session.decide([admit(submission) for submission in submissions])
    assert all(isinstance(answer, Answer) and answer.status == "accepted" for answer in answers), answers


async def test_the_chain_hears_of_pledges_and_freezes_after_it_knows_the_right(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()

    def copy(as_of_ms: int, *, pledged: bool, freeze: str) -> Submission:
        pledge = commands.Pledge(company_number="91", amount=5, currency="HKD")
        facts = commands.RegisterFacts(
            copy="{}",
            licences=(),
            attestation="",
            status="granted",
            holders=(commands.Holder(company_number=company_number(1)),),
            expiry_date="2035-03-02",
            pledges=(pledge,) if pledged else (),
            freeze=freeze,  # type: ignore[arg-type]  # one of the literals
        )
        command = commands.RecordRegisterCopy(right_id=right_id(1), as_of_ms=as_of_ms, copy_digest="ab" * 32)
        return door.service(command, facts)

    async with writing(migrated_database_url, key) as session:
        await give(session, door.import_right(1))
        await give(
            session, copy(1, pledged=True, freeze="none"), copy(2, pledged=True, freeze="preservation")
        )
        await give(session, copy(3, pledged=False, freeze="none"))
    rows = await queued(migrated_database_url)
    assert [type(record) for _, _, record, _ in rows] == [
        RightRecord,
        PledgeRecord,
        FreezeRecord,
        PledgeDischargedRecord,
        ReleaseRecord,
    ]
    pledge, discharged = rows[1][2], rows[3][2]
    assert isinstance(pledge, PledgeRecord)
    assert isinstance(discharged, PledgeDischargedRecord)
    assert pledge.pledge_id == discharged.pledge_id
    frozen, released = rows[2][2], rows[4][2]
    assert isinstance(frozen, FreezeRecord)
    assert isinstance(released, ReleaseRecord)
    assert frozen.freeze_id == released.freeze_id


async def signed_deal(session: Session, door: Door) -> Callable[[], Awaitable[None]]:
    """An assignment with both signatures, waiting for the chain; gives the act of signing it again."""
    now_ms = session._engine.last_time_ms
    await give(
        session,
        door.application(1),
        door.application(2),
        door.import_right(1),
        door.register_copy(1, 1, now_ms),
    )
    await give(session, *[door.enrolment(number, f"P-{number}", now_ms) for number in (1, 2)])
    await give(session, *[door.verification(f"P-{number}", now_ms) for number in (1, 2)])
    await give(session, *[door.operator(commands.ApproveParty(party_id=f"P-{number}")) for number in (1, 2)])
    await give(session, door.credit("line", "P-2", 1_000, 1_000))
    command = commands.SubmitListing(
        right_id=right_id(1), mode="posted", deal_kind="assignment", currency="HKD", closes_ms=now_ms + DAY_MS
    )
    await give(session, door.submission("P-1", key_of(1), command, offered(price=900)))
    await give(session, door.operator(commands.ApproveListing(listing_id="L-1")))
    accept = commands.AcceptPrice(listing_id="L-1")
    await give(session, door.submission("P-2", key_of(2), accept, commands.BidTerms(price=900)))

    async def sign() -> None:
        state = session._engine.state
        deal = state.deals["D-1"]
        command = commands.SignAgreement(
            deal_id="D-1",
            agreement_digest=agreement_digest(deal, None, counters(state, deal)),
            deal_signature=SIGNATURE,
        )
        await give(session, *[door.submission(f"P-{number}", key_of(number), command) for number in (1, 2)])

    await sign()
    return sign


def report(outcome: str) -> commands.ReportChainRecord:
    return commands.ReportChainRecord(
        record="deal",
        subject_id="D-1",
        outcome=outcome,  # type: ignore[arg-type]  # one of the literals
        transaction="0x" + "01" * 32,
        block=1,
    )


async def test_a_deal_that_the_chain_refused_is_queued_again_even_with_the_same_signatures(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    async with writing(migrated_database_url, key) as session:
        sign = await signed_deal(session, door)
        await give(session, door.service(report("refused")))
        await sign()
    records = [record for kind, _, record, _ in await queued(migrated_database_url) if kind == "deal"]
    assert len(records) == 2
    assert records[0] == records[1]


async def filed_deal(session: Session, door: Door) -> None:
    """An assignment that waits for the register."""
    await signed_deal(session, door)
    await give(session, door.service(report("final")))
    fund = commands.FundDeal(deal_id="D-1", statement_line="line")
    await give(session, door.submission("P-2", key_of(2), fund))
    state = session._engine.state
    package = filing_package.digests_of(state, state.deals["D-1"])
    await give(session, door.operator(commands.FileDeal(deal_id="D-1", filing_id="F", package=package)))


@pytest.mark.parametrize("reason", ["不予登记", "r" * 33, "two\nlines"])
async def test_a_reason_in_any_script_and_length_is_recorded_as_its_digest(
    migrated_database_url: str, key: ReceiptKey, reason: str
) -> None:
    door = Door()
    async with writing(migrated_database_url, key) as session:
        await filed_deal(session, door)
        await give(session, door.refusal(session.state.filings["F"], reason))
    record = (await queued(migrated_database_url))[-1][2]
    assert isinstance(record, UnwoundRecord)
    assert record.reason == "0x" + sha256(reason.encode()).hexdigest()


async def test_an_event_that_cannot_be_recorded_is_an_engine_fault_of_its_command_alone(
    migrated_database_url: str, key: ReceiptKey, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> list[OutboxRecord]:
        message = "no record"
        raise UnicodeError(message)

    door = Door()
    async with writing(migrated_database_url, key) as session:
        monkeypatch.setattr(session, "_records_of", fails)
        with pytest.raises(SessionLost) as lost:
            await session.decide([admit(door.import_right(1))])
    assert (lost.value.culprit, lost.value.ask_again) == (0, False)


async def test_a_registration_moves_the_holder_that_the_right_was_recorded_with(
    migrated_database_url: str, key: ReceiptKey
) -> None:
    door = Door()
    async with writing(migrated_database_url, key) as session:
        await filed_deal(session, door)
        await give(session, door.confirmation(session.state.filings["F"]))
    right, deal, registration = [
        record for kind, _, record, _ in await queued(migrated_database_url) if kind != "key"
    ]
    assert isinstance(right, RightRecord)
    assert isinstance(deal, DealRecord)
    assert isinstance(registration, RegistryConfirmationRecord)
    assert right.holder == registration.old_holder != registration.new_holder
    assert (registration.deal_id, registration.right_id) == (deal.deal_id, right.right_id)
    assert registration.proof == "0x" + sha256(b"F").hexdigest()
