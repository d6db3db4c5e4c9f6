"""A lost key through the whole works: the exchange and the chain come to the same key, whoever acts, and in time."""

from __future__ import annotations

import secrets
from dataclasses import replace

import msgspec
import pytest

from exchange import commands as c
from exchange.recoveries import CLOCK_MARGIN_MS, PAPERS_LABEL, WAIT_MS
from exchange.rows import Key, Party, Recovery
from exchange.sealed import commitment
from ledger.chain.calls import call_of
from ledger.chain.guardian import GAS, end_recovery_wait, revoke_key
from ledger.chain.records import KeyRecoveryRecord, Record, RecoveryVetoRecord
from ledger.chain.sending import Sendable, send
from ledger.chain.signer import LocalSigner
from ledger.key_messages import recovery_message
from ledger.messages import KeyRecovery, RecoveryVeto
from ledger.reconcile import reconcile
from ledger.signatures import PrivateKey
from tests.ledger.trading import salt_of
from tests.ledger.works.desk import Company, Desk
from tests.ledger.works.pipeline import LATER_S
from tests.ledger.works.test_outbox_messages import advance, rotation

WHOLE_WAIT_MS = WAIT_MS + CLOCK_MARGIN_MS
LEFT_S = WHOLE_WAIT_MS // 1000


def party_of(desk: Desk, company: Company) -> bytes:
    """By which the chain knows a company."""
    key: Key = desk.row("keys", Key, company.key.address)
    return bytes.fromhex(key.commitment)


def propose(desk: Desk, company: Company) -> PrivateKey:
    """An operator proposes a new key for a company; gives it."""
    new, name = PrivateKey.generate(), f"recovery-{secrets.token_hex(4)}"
    papers = commitment(PAPERS_LABEL, bytes.fromhex(salt_of(name + PAPERS_LABEL)), "营业执照").hex()
    command = c.ProposeRecovery(
        party_id=company.party_id,
        party_commitment=party_of(desk, company).hex(),
        new_key=new.address,
        deadline_s=desk.now() // 1000 + 90 * 86_400,
        possession="",
        erasable={PAPERS_LABEL: papers},
    )
    possession = desk.pipe.signed(recovery_message(command), new)
    desk.give(
        desk.door.submission(
            "venue",
            desk.operators[0].address,
            msgspec.structs.replace(command, possession=possession),
            key=name,
            texts={PAPERS_LABEL: "营业执照", "reason": "seen"},
        )
    )
    return new


def veto(desk: Desk, company: Company, new: PrivateKey) -> None:
    deadline_s = desk.now() // 1000 + 90 * 86_400
    message = RecoveryVeto(
        party=party_of(desk, company),
        new_key=new.address,
        key=company.key.address,
        deadline_s=deadline_s,
    )
    signature = desk.pipe.signed(message, company.key)
    command = c.VetoRecovery(
        party_commitment=message.party.hex(),
        new_key=new.address,
        deadline_s=deadline_s,
        veto_signature=signature,
    )
    desk.by(company, command)


def recovery(desk: Desk, new: PrivateKey) -> Recovery:
    found: Recovery = desk.row("recoveries", Recovery, new.address)
    return found


def own_key(desk: Desk, company: Company) -> str:
    party: Party = desk.row("parties", Party, company.party_id)
    return party.key


def a_fortnight_passes(desk: Desk, *, on_chain: bool = True) -> None:
    """For the venue, and for the chain if told so."""
    if on_chain:
        desk.pipe.client.request("evm_increaseTime", (LEFT_S,))
        desk.pipe.fork.mine()
    to_ms = desk.now() + WHOLE_WAIT_MS + 1_000
    desk.operator(c.JumpClock(to_ms=to_ms))
    desk.operator(c.SetCalendar(closed_days=()))  # the first command of the new time comes behind its ticks


def unlease(desk: Desk) -> None:
    desk.database.execute("UPDATE outbox SET leased_until = NULL")


def last(desk: Desk, kind: str) -> tuple[str, str | None]:
    row = desk.database.execute(
        "SELECT state, last_error FROM outbox WHERE kind = %s ORDER BY id DESC LIMIT 1", (kind,)
    ).fetchone()
    assert row is not None
    return row["state"], row["last_error"]


def beside(desk: Desk, record: Record, signer: LocalSigner) -> None:
    """Somebody puts a record on the chain without the venue."""
    call = call_of([record])
    nonce, fees = desk.pipe.client.nonce(signer.address), desk.pipe.client.fees()
    to = desk.pipe.manifest.address(call.contract)
    sendable = Sendable(to=to, data=call.data, nonce=nonce, gas=300_000, fees=fees)
    sent = send(desk.pipe.client, signer, sendable, lambda *_: None)
    desk.pipe.fork.mine()
    assert desk.pipe.client.wait_for_receipt(sent.hash).succeeded


def by_guardian(desk: Desk, act: bytes) -> None:
    """The guardian's own transaction."""
    client, guardian = desk.pipe.client, desk.pipe.guardian
    to, nonce = desk.pipe.manifest.address("Register"), client.nonce(guardian.address)
    sent = send(
        client,
        guardian,
        Sendable(to=to, data=act, nonce=nonce, gas=GAS, fees=client.fees()),
        lambda *_: None,
    )
    desk.pipe.fork.mine()
    assert client.wait_for_receipt(sent.hash).succeeded


def followed(desk: Desk) -> None:
    """What stands on the chain is final and read, and the exchange told."""
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    desk.works.follow_records()


def differences(desk: Desk) -> list[str]:
    return [each.code for each in reconcile(desk.works, settling_s=0).differences]


def test_a_lost_key_is_replaced_after_a_fortnight_on_both_sides_and_signs_what_waits(desk: Desk) -> None:
    seller, buyer = desk.company(), desk.company()
    right_id = desk.right(seller)
    desk.pay_in(buyer, 5_000_00)
    desk.works.read_statements()
    desk.works.read_register()
    lost = buyer.key
    new = propose(desk, buyer)
    assert recovery(desk, new).completes_ms is None
    desk.chain()
    assert recovery(desk, new).completes_ms is not None
    a_fortnight_passes(desk, on_chain=False)
    deal_id = desk.award(seller, buyer, right_id)
    desk.sign(deal_id, seller)
    desk.works.send_outbox()
    assert last(desk, "recovery_completion") == ("QUEUED", "RecoveryTooEarly"), "the chain's clock is behind"
    assert own_key(desk, buyer) == lost.address
    desk.pipe.client.request("evm_increaseTime", (LEFT_S,))
    desk.pipe.fork.mine()
    unlease(desk)
    desk.chain()
    assert last(desk, "recovery_completion") == ("VERIFIED", None)
    assert (own_key(desk, buyer), recovery(desk, new).state) == (new.address, "COMPLETED")
    buyer = replace(buyer, key=new)
    assert (desk.deal(deal_id).buyer_key, desk.deal(deal_id).seller_signature) == (new.address, "")
    desk.sign(deal_id, seller, buyer)
    desk.chain()
    assert desk.deal(deal_id).state == "EFFECTIVE"
    assert differences(desk) == []


def test_a_veto_overtakes_a_completion_that_waits_for_the_chains_clock(desk: Desk) -> None:
    company = desk.company()
    new = propose(desk, company)
    desk.chain()
    a_fortnight_passes(desk, on_chain=False)
    desk.works.send_outbox()
    assert last(desk, "recovery_completion") == ("QUEUED", "RecoveryTooEarly")
    veto(desk, company, new)
    desk.works.send_outbox()
    followed(desk)
    desk.works.send_outbox()
    followed(desk)
    assert last(desk, "recovery_veto") == ("VERIFIED", None)
    unlease(desk)
    desk.chain()
    assert last(desk, "recovery_completion") == ("REFUSED", "RecoveryUnknown")
    assert recovery(desk, new).state == "VETOED"
    assert desk.pipe.names() == ["RecoveryProposed", "RecoveryVetoed"]
    assert differences(desk) == []


def test_a_veto_that_the_party_sends_to_the_chain_itself_is_told_to_the_exchange(desk: Desk) -> None:
    company = desk.company()
    new = propose(desk, company)
    desk.chain()
    party = party_of(desk, company)
    message = RecoveryVeto(party=party, new_key=new.address, key=company.key.address, deadline_s=LATER_S)
    record = RecoveryVetoRecord(
        party="0x" + party.hex(),
        new_key=new.address,
        key=company.key.address,
        deadline=LATER_S,
        signature=desk.pipe.signed(message, company.key),
    )
    beside(desk, record, desk.pipe.administrator)
    followed(desk)
    followed(desk)
    assert recovery(desk, new).state == "VETOED"
    assert desk.entries("report_key") == 1
    a_fortnight_passes(desk)
    desk.chain()
    assert own_key(desk, company) == company.key.address
    assert differences(desk) == []


def test_a_rotation_that_the_party_sends_to_the_chain_itself_ends_the_recovery(desk: Desk) -> None:
    company = desk.company()
    new, mine = propose(desk, company), PrivateKey.generate()
    desk.chain()
    record = rotation(desk.pipe, "0x" + party_of(desk, company).hex(), company.key, mine)
    beside(desk, record, desk.pipe.administrator)
    followed(desk)
    assert (own_key(desk, company), recovery(desk, new).state) == (mine.address, "ENDED")
    a_fortnight_passes(desk)
    desk.chain()
    assert desk.pipe.names() == ["RecoveryProposed", "KeyRotated"]
    assert differences(desk) == []


@pytest.mark.parametrize("replaced", [False, True])
def test_the_guardians_end_of_the_wait_gives_the_party_its_key_here_too(desk: Desk, replaced: bool) -> None:
    company = desk.company()
    new = propose(desk, company)
    desk.chain()
    other = propose(desk, company) if replaced else None  # not on the chain yet
    by_guardian(desk, end_recovery_wait("0x" + party_of(desk, company).hex(), new.address, b"\x11" * 32))
    followed(desk)
    assert (own_key(desk, company), recovery(desk, new).state) == (new.address, "COMPLETED")
    assert other is None or recovery(desk, other).state == "PROPOSED"
    desk.chain()
    assert other is None or recovery(desk, other).completes_ms is not None, "the chain took it afterwards"
    assert differences(desk) == []


def test_a_recovery_that_the_journal_does_not_know_is_followed_and_named(desk: Desk) -> None:
    company, new = desk.company(), PrivateKey.generate()
    desk.chain()
    party = party_of(desk, company)
    message = KeyRecovery(party=party, new_key=new.address, authorisation=b"\x22" * 32, deadline_s=LATER_S)
    record = KeyRecoveryRecord(
        party="0x" + party.hex(),
        new_key=new.address,
        authorisation="0x" + "22" * 32,
        deadline=LATER_S,
        signature=desk.pipe.signed(message, new),
    )
    beside(desk, record, desk.pipe.sender)
    by_guardian(desk, end_recovery_wait("0x" + party.hex(), new.address, b"\x33" * 32))
    followed(desk)
    assert own_key(desk, company) == new.address
    assert differences(desk) == ["EVENT-UNKNOWN"]


def test_a_veto_of_a_key_that_the_guardian_revoked_meanwhile_counts_nothing(desk: Desk) -> None:
    company = desk.company()
    new = propose(desk, company)
    desk.chain()
    party = "0x" + party_of(desk, company).hex()
    by_guardian(desk, revoke_key(party, company.key.address, "stolen"))
    desk.pipe.fork.mine(3)
    desk.works.read_chain()  # read, and not told to the exchange yet
    veto(desk, company, new)
    assert recovery(desk, new).state == "VETOED"
    desk.chain()
    assert last(desk, "recovery_veto") == ("REFUSED", "KeyNotLive")
    assert recovery(desk, new).state == "PROPOSED"
    a_fortnight_passes(desk)
    desk.chain()
    assert (own_key(desk, company), recovery(desk, new).state) == (new.address, "COMPLETED")
    assert differences(desk) == []


def test_several_events_of_a_key_in_one_transaction_are_told_each(desk: Desk) -> None:
    company = desk.company()
    desk.chain()
    party = "0x" + party_of(desk, company).hex()
    for counter in (3, 5):
        beside(desk, advance(desk.pipe, party, company.key, counter), desk.pipe.administrator)
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    # As if a contract had handed in both.
    desk.database.execute(
        "UPDATE chain_events SET transaction_hash = (SELECT min(transaction_hash) FROM chain_events"
        " WHERE name = 'CounterAdvanced') WHERE name = 'CounterAdvanced'"
    )
    desk.works.follow_records()
    key: Key = desk.row("keys", Key, company.key.address)
    assert key.counter == 5
