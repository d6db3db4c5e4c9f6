"""Standing offers and cancellations to the real chain and back: what was accepted before a withdrawal survives it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from exchange import commands as c
from ledger.chain.calls import call_of
from ledger.chain.events import DealCancelled, OfferAccepted, OfferMade
from ledger.chain.records import AnyRecord, DealCancellationRecord, OfferWithdrawalRecord, Record
from ledger.chain.sending import Sendable, send
from ledger.deal_messages import deal_message
from ledger.messages import CounterAdvance
from ledger.offer_messages import cancellation_message, offer_chain_id, offer_message, withdrawal_message
from ledger.reconcile import reconcile
from tests.ledger.works.desk import Company, Desk
from tests.ledger.works.pipeline import LATER_S


class Shop:
    """A seller with a standing offer and buyers with money."""

    def __init__(self, desk: Desk, buyers: int = 3) -> None:
        self.desk = desk
        self.seller = desk.company()
        self.buyers = [desk.company() for _ in range(buyers)]
        right = desk.right(self.seller)
        for buyer in self.buyers:
            desk.pay_in(buyer, 5_000_00)
        desk.works.read_statements()
        desk.works.read_register()
        self.listing = desk.listing(self.seller, right, "ordinary_licence", most=5)

    def offered(self) -> Shop:
        self.desk.sign_offer(self.listing, self.seller)
        return self

    def accept(self, number: int) -> str:
        return self.desk.accept(self.listing, self.buyers[number])

    @property
    def offer(self) -> Any:
        return self.desk.offer(self.listing)


def by_hand(desk: Desk, record: Record) -> None:
    """Anybody submits what a party signed, beside the venue."""
    stranger, client = desk.pipe.guardian, desk.pipe.client
    call = call_of([record])
    sendable = Sendable(
        to=desk.pipe.manifest.address("Register"),
        data=call.data,
        nonce=client.nonce(stranger.address),
        gas=300_000,
        fees=client.fees(),
    )
    sent = send(client, stranger, sendable, lambda *_: None)
    desk.pipe.fork.mine()
    assert client.wait_for_receipt(sent.hash).succeeded


def withdrawal(desk: Desk, offer: Any, seller: Company) -> OfferWithdrawalRecord:
    message = offer_message(offer)
    return OfferWithdrawalRecord(
        right_id="0x" + message.right_id.hex(),
        seller=message.seller,
        terms="0x" + message.terms.hex(),
        contract_text="0x" + message.contract_text.hex(),
        term_seconds=message.term_s,
        most=message.most,
        expires_at=message.expires_at_s,
        seller_counter=message.seller_counter,
        salt="0x" + message.salt.hex(),
        signature=desk.signed(withdrawal_message(offer), seller),
    )


def cancellation(desk: Desk, deal_id: str, company: Company) -> DealCancellationRecord:
    deal = desk.deal(deal_id)
    message = deal_message(deal, desk.counters(deal))
    return DealCancellationRecord(
        right_id="0x" + message.right_id.hex(),
        deal_id="0x" + message.deal_id.hex(),
        kind=message.kind,
        seller=message.seller,
        buyer=message.buyer,
        terms="0x" + message.terms.hex(),
        contract_text="0x" + message.contract_text.hex(),
        deadline=message.deadline_s,
        key=company.key.address,
        signature=desk.signed(cancellation_message(message), company),
    )


def records(desk: Desk, kind: str) -> list[AnyRecord]:
    rows = desk.pipe.rows("kind, payload")
    return [msgspec.convert(row["payload"], AnyRecord) for row in rows if row["kind"] == kind]


def agrees(desk: Desk) -> None:
    assert reconcile(desk.works, settling_s=0).differences == []


def settled_runs(desk: Desk, rounds: int = 8) -> None:
    """Until nothing is on its way, whatever was refused on it, without waiting for pauses."""
    for _ in range(rounds):
        desk.database.execute("UPDATE outbox SET leased_until = NULL")
        desk.works.send_outbox()
        desk.pipe.fork.mine(3)
        desk.works.read_chain()
        desk.works.follow_records()
        if set(desk.pipe.states()) <= {"VERIFIED", "REFUSED"}:
            return
    message = f"still on its way: {desk.pipe.rows('record_id, state, last_error')}"
    raise AssertionError(message)


def test_acceptances_before_a_withdrawal_are_sent_first_and_survive(desk: Desk) -> None:
    shop = Shop(desk).offered()
    deals = [shop.accept(number) for number in range(3)]
    desk.sign(deals[0], shop.buyers[0])
    desk.withdraw_offer(shop.listing, shop.seller)
    assert shop.offer.state == "WITHDRAWING"
    assert records(desk, "offer_withdrawal") == []
    desk.sign(deals[1], shop.buyers[1])
    desk.chain()
    assert "OfferWithdrawn" not in desk.pipe.names()
    desk.sign(deals[2], shop.buyers[2])
    assert shop.offer.state == "WITHDRAWN"
    desk.chain()
    assert desk.pipe.names() == [
        "RightRegistered", "OfferMade", *["OfferAccepted"] * 3, "OfferWithdrawn",
    ]  # fmt: skip
    made = next(event for event in desk.pipe.events() if isinstance(event, OfferMade))
    assert made.salt == "0x" + shop.offer.salt
    assert {desk.deal(deal).state for deal in deals} == {"WITNESSED"}
    for deal, buyer in zip(deals, shop.buyers, strict=True):
        desk.fund(deal, buyer)
    desk.chain()
    assert desk.pipe.names().count("LicenceGranted") == 3
    assert set(desk.pipe.states()) == {"VERIFIED"}
    agrees(desk)


def test_the_chain_and_the_venue_name_an_offer_alike(desk: Desk) -> None:
    shop = Shop(desk, 1).offered()
    desk.sign(shop.accept(0), shop.buyers[0])
    desk.chain()
    accepted = next(event for event in desk.pipe.events() if isinstance(event, OfferAccepted))
    assert accepted.offer_id == "0x" + offer_chain_id(shop.offer).hex()
    agrees(desk)


def test_a_withdrawal_that_the_seller_sent_itself_is_told_once_and_sent_by_nobody(desk: Desk) -> None:
    shop = Shop(desk, 2).offered()
    desk.chain()
    waits = shop.accept(0)
    by_hand(desk, withdrawal(desk, shop.offer, shop.seller))
    desk.works.read_chain()
    assert desk.works.follow_records().messages == 0, "not final yet"
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    assert desk.works.follow_records().messages == 1
    assert desk.works.follow_records().messages == 0
    assert shop.offer.state == "WITHDRAWING"
    desk.sign(waits, shop.buyers[0])
    assert (shop.offer.state, records(desk, "offer_withdrawal")) == ("WITHDRAWN", [])
    # The chain takes no acceptance any more; what was accepted binds, and both sign it.
    settled_runs(desk)
    assert desk.deal(waits).state == "CHAIN_REFUSED"
    desk.sign(waits, shop.buyers[0], shop.seller)
    settled_runs(desk)
    assert desk.deal(waits).state == "WITNESSED"
    assert desk.pipe.names().count("DealAgreed") == 1
    agrees(desk)


def test_an_offer_that_the_chain_refuses_is_over_and_its_buyers_sign_with_the_seller(desk: Desk) -> None:
    shop = Shop(desk, 2)
    desk.chain()
    key = shop.seller.key
    party = desk.database.execute(
        "SELECT data ->> 'commitment' AS party FROM keys WHERE id = %s", (key.address,)
    ).fetchone()
    assert party is not None
    from ledger.chain.records import CounterAdvanceRecord

    message = CounterAdvance(
        party=bytes.fromhex(party["party"]), key=key.address, counter=3, deadline_s=LATER_S
    )
    by_hand(
        desk,
        CounterAdvanceRecord(
            party="0x" + party["party"],
            key=key.address,
            counter=3,
            deadline=LATER_S,
            signature=desk.signed(message, shop.seller),
        ),
    )
    shop.offered()  # under the counter that the venue still has the key with
    waits, signed = shop.accept(0), shop.accept(1)
    desk.sign(signed, shop.buyers[1])
    settled_runs(desk)
    assert shop.offer.state == "ENDED"
    assert {desk.deal(deal).state for deal in (waits, signed)} == {"AWARDED", "CHAIN_REFUSED"}
    for deal, buyer in ((waits, shop.buyers[0]), (signed, shop.buyers[1])):
        desk.sign(deal, shop.seller, buyer)
    settled_runs(desk)
    assert {desk.deal(deal).state for deal in (waits, signed)} == {"WITNESSED"}
    agrees(desk)


def test_an_offer_signed_anew_stands_beside_what_was_accepted_before(desk: Desk) -> None:
    shop = Shop(desk, 2).offered()
    first = shop.accept(0)
    desk.sign(first, shop.buyers[0])
    desk.chain()
    party = desk.database.execute(
        "SELECT data ->> 'commitment' AS party FROM keys WHERE id = %s", (shop.seller.key.address,)
    ).fetchone()
    assert party is not None
    until_s = desk.now() // 1_000 + 60 * 86_400
    message = CounterAdvance(
        party=bytes.fromhex(party["party"]), key=shop.seller.key.address, counter=1, deadline_s=until_s
    )
    desk.by(
        shop.seller,
        c.AdvanceCounter(
            party_commitment=party["party"],
            key=shop.seller.key.address,
            counter=1,
            deadline_s=until_s,
            key_signature=desk.signed(message, shop.seller),
        ),
    )
    assert shop.offer.state == "ENDED"
    shop.offered()
    second = shop.accept(1)
    desk.sign(second, shop.buyers[1])
    desk.chain()
    assert desk.pipe.names().count("OfferMade") == 2
    assert {desk.deal(deal).state for deal in (first, second)} == {"WITNESSED"}
    agrees(desk)


@pytest.mark.parametrize("who", ["seller", "buyer"])
def test_a_deal_cancelled_at_the_venue_can_never_be_recorded(desk: Desk, who: str) -> None:
    shop = Shop(desk, 1)
    deal_id = shop.accept(0)
    desk.chain()
    desk.cancel(deal_id, shop.seller if who == "seller" else shop.buyers[0])
    assert (desk.deal(deal_id).state, desk.balance(shop.buyers[0])) == ("REFUNDED", 5_000_00)
    desk.chain()
    cancelled = next(event for event in desk.pipe.events() if isinstance(event, DealCancelled))
    assert cancelled.key == (shop.seller if who == "seller" else shop.buyers[0]).key.address.lower()
    assert set(desk.pipe.states()) == {"VERIFIED"}
    assert desk.works.follow_records().messages == 0
    agrees(desk)


def test_a_cancellation_that_a_party_sent_itself_unwinds_its_deal(desk: Desk) -> None:
    shop = Shop(desk, 1)
    deal_id = shop.accept(0)
    desk.chain()
    by_hand(desk, cancellation(desk, deal_id, shop.seller))
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    assert desk.works.follow_records().messages == 1
    assert desk.deal(deal_id).unwound_for == "party_cancelled"
    assert desk.balance(shop.buyers[0]) == 5_000_00
    assert records(desk, "deal_cancellation") == []
    agrees(desk)


def test_a_signed_deal_that_is_cancelled_on_the_chain_stays_bound_and_takes_another_key(desk: Desk) -> None:
    shop = Shop(desk, 1)
    deal_id = shop.accept(0)
    desk.chain()
    own = cancellation(desk, deal_id, shop.seller)
    desk.sign(deal_id, shop.seller, shop.buyers[0])
    by_hand(desk, own)
    settled_runs(desk)
    assert desk.deal(deal_id).state == "CHAIN_REFUSED"
    assert desk.works.follow_records().messages == 0
    other = Company(shop.buyers[0].party_id, type(shop.seller.key).generate(), shop.buyers[0].number)
    desk.enrol_other(shop.buyers[0], other)
    desk.by(shop.buyers[0], c.ChooseDealKey(deal_id=deal_id, key=other.key.address))
    desk.by(shop.buyers[0], desk.agreement(deal_id, other))
    desk.sign(deal_id, shop.seller)
    settled_runs(desk)
    assert desk.deal(deal_id).state == "WITNESSED"
    agrees(desk)


def test_a_cancellation_of_a_deal_under_an_offer_is_not_told(desk: Desk) -> None:
    shop = Shop(desk, 1).offered()
    deal_id = shop.accept(0)
    desk.chain()
    by_hand(desk, cancellation(desk, deal_id, shop.seller))
    desk.pipe.fork.mine(3)
    desk.works.read_chain()
    assert desk.works.follow_records().messages == 0
    assert desk.deal(deal_id).state == "AWARDED"


TAMPERINGS = [
    ("DELETE FROM outbox WHERE kind = 'offer'", {"EVENT-UNKNOWN", "RECORD-NOT-QUEUED", "RECORD-DIFFERS"}),
    (
        "UPDATE outbox SET payload = payload || '{\"most\": 9}' WHERE kind = 'offer'",
        {"EVENT-UNKNOWN", "RECORD-MISSING", "RECORD-DIFFERS"},
    ),
    ("UPDATE offers SET data = jsonb_set(data, '{most}', '9')", {"RECORD-DIFFERS"}),
    (
        "UPDATE offers SET data = jsonb_set(data, '{terms_salt}', to_jsonb(repeat('ab', 32)))",
        {"OFFER-TERMS-DIFFER"},
    ),
    ("UPDATE deals SET data = jsonb_set(data, '{price}', '1')", {"DEAL-TERMS-DIFFER"}),
    ("UPDATE deals SET data = jsonb_set(data, '{buyer}', '\"P-9\"')", {"RECORD-DIFFERS"}),
    ("UPDATE deals SET data = jsonb_set(data, '{buyer_signature}', '\"0x12\"')", {"RECORD-DIFFERS"}),
    ("UPDATE deals SET data = jsonb_set(data, '{seller_signature}', '\"0x12\"')", {"RECORD-DIFFERS"}),
    ("DELETE FROM offers", {"RECORD-UNKNOWN", "DEAL-TERMS-DIFFER", "RECORD-NOT-QUEUED"}),
]


def test_every_altered_row_of_an_offer_is_named(desk: Desk) -> None:
    shop = Shop(desk, 1).offered()
    desk.sign(shop.accept(0), shop.buyers[0])
    desk.chain()
    agrees(desk)
    for statement, expected in TAMPERINGS:
        with desk.database.transaction(force_rollback=True):
            assert desk.database.execute(statement.encode()).rowcount > 0, statement
            found = reconcile_within(desk)
        assert found == expected, statement


def reconcile_within(desk: Desk) -> set[str]:
    """As the open transaction shows it."""
    from ledger.reconcile_chain import ChainSide, compare_chain
    from ledger.reconciled import Reconciliation

    found = Reconciliation()
    compare_chain(desk.database, ChainSide(desk.pipe.client, desk.pipe.manifest, found), found)
    return {difference.code for difference in found.differences}
