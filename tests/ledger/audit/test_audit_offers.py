"""Standing offers under audit: whole and public copies find every signature, and no forged one passes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from exchange import commands as c
from ledger.chain.calls import call_of
from ledger.chain.events import DealCancelled, OfferAccepted, OfferMade, OfferWithdrawn
from ledger.chain.logs import read_events
from ledger.chain.records import (
    AnyRecord,
    DealCancellationRecord,
    OfferAcceptanceRecord,
    OfferWithdrawalRecord,
    StandingOfferRecord,
)
from ledger.messages import CounterAdvance, OfferAcceptance, StandingOffer
from ledger.offer_messages import withdrawal_message
from ledger.secp256k1 import PrivateKey
from tests.ledger.audit.conftest import Auditor, ChainScene, audited, new_scene
from tests.ledger.audit.forging import assert_only, place
from tests.ledger.audit.journal_days import offers_day, shop
from tests.ledger.audit.journal_maker import JournalScene


@pytest.fixture(scope="module")
def day(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """The whole day on the chain."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("offers"))
    offers_day(scene)
    return audited(scene, chain_url)


def test_a_whole_copy_finds_offers_acceptances_withdrawals_and_cancellations(day: Auditor) -> None:
    report = day.audit(day.journal.data)
    assert report.findings == ()
    assert report.verified
    # Two offers, two acceptances, a withdrawal and a cancellation.
    assert (report.deals_on_chain, report.deal_signatures) == (2, 6)
    scene = day.scene
    events = read_events(scene.contracts.client, scene.register_address, 0, day.now())
    kinds = (OfferMade, OfferAccepted, OfferWithdrawn, DealCancelled)
    assert [sum(isinstance(event, kind) for event in events) for kind in kinds] == [2, 2, 1, 1]
    assert "PARTIES-OWN" not in {note.code for note in report.not_checked}


def test_a_public_copy_finds_the_signatures_of_offers_and_acceptances(day: Auditor) -> None:
    report = day.audit(day.write("public"))
    assert report.findings == ()
    assert report.verified
    assert (report.deals_on_chain, report.deal_signatures) == (2, 4)


STRANGER = PrivateKey.from_hex("0x" + "77" * 32)


def forged_offer(scene: JournalScene) -> int:
    seller, listing, _ = shop(scene)
    scene.sign_offer(listing, seller, forged_by=STRANGER)
    return place(scene, c.SignOffer)


def forged_withdrawal(scene: JournalScene) -> int:
    seller, listing, _ = shop(scene)
    scene.sign_offer(listing, seller)
    scene.withdraw_offer(listing, seller, forged_by=STRANGER)
    return place(scene, c.WithdrawOffer)


def forged_acceptance(scene: JournalScene) -> int:
    seller, listing, buyers = shop(scene)
    scene.sign_offer(listing, seller)
    scene.sign_by(scene.accept(listing, buyers[0]).result["deal_id"], forged_by=STRANGER)
    return place(scene, c.SignAgreement)


def acceptance_signed_by_the_seller(scene: JournalScene) -> int:
    seller, listing, buyers = shop(scene)
    scene.sign_offer(listing, seller)
    deal = scene.accept(listing, buyers[0]).result["deal_id"]
    scene.sign_by(deal, forged_by=scene.private[scene.keys[seller]])
    return place(scene, c.SignAgreement)


def forged_cancellation(scene: JournalScene) -> int:
    _, listing, buyers = shop(scene)
    deal = scene.accept(listing, buyers[0]).result["deal_id"]
    scene.cancel(deal, buyers[0], forged_by=STRANGER)
    return place(scene, c.CancelDeal)


def forged_counter(scene: JournalScene) -> int:
    party = scene.party()
    scene.private[scene.keys[party]], own = STRANGER, scene.private[scene.keys[party]]
    key = scene.state.keys[scene.keys[party]]
    message = CounterAdvance(
        party=bytes.fromhex(key.commitment), key=key.id, counter=1, deadline_s=2_000_000_000
    )
    forged = scene.signed(message, STRANGER)
    scene.private[scene.keys[party]] = own
    command = c.AdvanceCounter(
        party_commitment=key.commitment,
        key=key.id,
        counter=1,
        deadline_s=2_000_000_000,
        key_signature=forged,
    )
    assert scene.by(party, command).refusal is None
    return place(scene, c.AdvanceCounter)


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (forged_offer, "AUDIT-OFFER-SIGNATURE"),
        (forged_withdrawal, "AUDIT-OFFER-SIGNATURE"),
        (forged_acceptance, "AUDIT-DEAL-SIGNATURE"),
        (acceptance_signed_by_the_seller, "AUDIT-DEAL-SIGNATURE"),
        (forged_cancellation, "AUDIT-DEAL-SIGNATURE"),
        (forged_counter, "AUDIT-KEY-SIGNATURE"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_venue_that_forges_a_party_s_signature_is_found(
    chain_url: str, tmp_path: Path, forge: Callable[[JournalScene], int], code: str
) -> None:
    scene = new_scene(chain_url, tmp_path)
    number = forge(scene)
    made = audited(scene, chain_url)
    assert_only(made.audit(made.journal.data), code, number)


def accepted_and_recorded(scene: ChainScene) -> tuple[str, str]:
    """An offer with one acceptance, on the chain; its seller and its listing."""
    seller, listing, buyers = shop(scene)
    scene.sign_offer(listing, seller)
    scene.sign(scene.accept(listing, buyers[0]).result["deal_id"])
    return seller, listing


def records(scene: JournalScene) -> list[AnyRecord]:
    return [msgspec.convert(each.payload, AnyRecord) for batch in scene.records for each in batch]


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_an_offer_and_an_acceptance_that_only_the_chain_has_are_found(
    chain_url: str, tmp_path: Path, kind: str
) -> None:
    scene = new_scene(chain_url, tmp_path)
    seller, _ = accepted_and_recorded(scene)
    sold, bought = scene.private[scene.keys[seller]], scene.private[scene.keys["P-3"]]
    standing = next(each for each in records(scene) if isinstance(each, StandingOfferRecord))
    beside = msgspec.structs.replace(standing, salt="0x" + "12" * 32)
    message: StandingOffer = beside.message()
    beside = msgspec.structs.replace(beside, signature=scene.signed(message, sold))
    assert scene.contracts.send(call_of([beside])).succeeded
    deal_id = "0x" + sold.address[-20:].lower() + bought.address[-20:].lower() + "34" * 12
    accepted = OfferAcceptanceRecord(
        right_id=beside.right_id,
        deal_id=deal_id,
        offer_id=beside.offer_id,
        buyer=bought.address,
        deadline=2_000_000_000,
        signature="",
    )
    taken: OfferAcceptance = accepted.message()
    accepted = msgspec.structs.replace(accepted, signature=scene.signed(taken, bought))
    assert scene.contracts.send(call_of([accepted])).succeeded
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data if kind == "auditor" else made.write("public"))
    assert [finding.code for finding in report.findings] == ["AUDIT-CHAIN-UNKNOWN"] * 2
    assert not report.verified


def test_what_a_party_ended_on_the_chain_itself_is_a_note(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    seller, listing = accepted_and_recorded(scene)
    scene.told("offer_withdrawn", listing)
    by_itself = new_withdrawal(scene, seller)
    assert scene.contracts.send(call_of([by_itself])).succeeded
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    assert report.findings == ()
    assert {note.code: note.count for note in report.not_checked}["PARTIES-OWN"] == 1
    assert not any(
        isinstance(each, OfferWithdrawalRecord | DealCancellationRecord) for each in records(scene)
    )


def new_withdrawal(scene: JournalScene, seller: str) -> OfferWithdrawalRecord:
    standing = next(each for each in records(scene) if isinstance(each, StandingOfferRecord))
    (offer,) = scene.state.offers.values()
    signature = scene.signed(withdrawal_message(offer), scene.private[scene.keys[seller]])
    fields = {name: getattr(standing, name) for name in standing.__struct_fields__ if name != "signature"}
    return OfferWithdrawalRecord(**fields, signature=signature)


@pytest.mark.parametrize("kind", ["auditor", "public"])
@pytest.mark.parametrize("message", ["deal_cancelled", "offer_withdrawn"])
def test_what_the_service_invents_of_a_partys_own_message_is_found(
    chain_url: str, tmp_path: Path, message: str, kind: str
) -> None:
    scene = new_scene(chain_url, tmp_path)
    seller, listing, buyers = shop(scene)
    subject = listing
    if message == "deal_cancelled":
        subject = scene.accept(listing, buyers[0]).result["deal_id"]
    else:
        scene.sign_offer(listing, seller)
    assert scene.told(message, subject).refusal is None
    number = len(scene.stored) - 1
    scene.to_chain()
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data if kind == "auditor" else made.write("public"))
    assert [(finding.code, finding.entry) for finding in report.findings] == [("AUDIT-CHAIN-MISSING", number)]


def test_a_withdrawals_signature_is_sealed_for_acceptances_before_it_must_reach_the_chain_first() -> None:
    scene = JournalScene()
    seller, listing, buyers = shop(scene)
    scene.sign_offer(listing, seller)
    scene.accept(listing, buyers[0])
    scene.withdraw_offer(listing, seller)
    offer = scene.state.offers[listing]
    assert offer.state == "WITHDRAWING"
    signature = offer.withdrawal.encode()
    assert len(signature) == 132
    assert not any(signature in stored.public for stored in scene.stored)
