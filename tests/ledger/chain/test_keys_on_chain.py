"""Only what a party's live key signed under its counter, in time and not cancelled, becomes a deal."""

from __future__ import annotations

import secrets

import pytest
from msgspec.structs import replace

from ledger.chain.calls import call_of
from ledger.chain.client import ChainClient
from ledger.chain.errors import ChainFault
from ledger.chain.events import ItemRefused, KeyRecovered
from ledger.chain.logs import read_events
from ledger.chain.reads import (
    DealState,
    EncumbrancesOnRecord,
    KeyStatus,
    deal_on_record,
    encumbrances_on_record,
    error_name,
    key_on_record,
    licence_active,
    licence_on_record,
    offer_on_record,
    party_on_record,
    sealed_set_on_record,
)
from ledger.chain.records import (
    FreezeRecord,
    PledgeRecord,
    Record,
    RecoveryCompletionRecord,
    SealedSetRecord,
    StandingRecord,
)
from ledger.secp256k1 import PrivateKey
from tests.ledger.chain.conftest import (
    Venue,
    deal_id_of,
    enrolment,
    new_hash,
    signed_again,
    signed_deal,
)
from tests.ledger.chain.whole_day import (
    acceptance,
    advance,
    cancellation,
    licence_of,
    recovery,
    revocation,
    rotation,
    standing_offer,
    veto,
    withdrawal,
)

NO_KEY = "0x" + "00" * 20


def _refused(venue: Venue, record: Record) -> str:
    """The name of the error with which the contract refuses this record."""
    receipt = venue.record([record])
    found = read_events(venue.client, receipt.logs[0].address, receipt.block_number, receipt.block_number)
    (event,) = found
    assert isinstance(event, ItemRefused)
    assert event.id == record.item_id.lower()
    return event.error


def _reverted(client: ChainClient, venue: Venue, record: Record) -> str:
    call = call_of([record])
    with pytest.raises(ChainFault) as fault:
        client.estimate_gas(venue.operator.address, venue.manifest.address(call.contract), call.data)
    assert fault.value.code == "CHAIN-REVERTED"
    return error_name(fault.value.data)


def _party(venue: Venue) -> tuple[str, PrivateKey]:
    party, key = new_hash(), PrivateKey.generate()
    venue.record([enrolment(venue, key, party)])
    return party, key


def test_a_deal_of_a_key_that_is_not_live_or_under_another_counter_is_refused_by_name(venue: Venue) -> None:
    unknown = PrivateKey.generate()
    assert _refused(venue, signed_deal(venue, seller=unknown)) == "KeyUnknown"
    assert _refused(venue, signed_deal(venue, counters=(0, 1))) == "CounterDiffers"
    party, first = _party(venue)
    second = PrivateKey.generate()
    early = signed_deal(venue, buyer=first)
    venue.record([advance(venue, party, first, 7)])
    assert _refused(venue, early) == "CounterDiffers"
    assert key_on_record(venue.client, venue.register, first.address).counter == 7
    under_seven = signed_deal(venue, buyer=first, counters=(0, 7))
    venue.record([rotation(venue, party, first, second)])
    assert _refused(venue, under_seven) == "KeyNotLive"
    assert key_on_record(venue.client, venue.register, first.address).status is KeyStatus.REPLACED
    venue.record([signed_deal(venue, buyer=second)])
    venue.record([revocation(venue, party, second)])
    assert _refused(venue, signed_deal(venue, buyer=second)) == "KeyNotLive"
    assert party_on_record(venue.client, venue.register, party).key == second.address.lower()


def test_a_deal_that_is_late_foreign_or_cancelled_is_refused_by_name(venue: Venue) -> None:
    assert _refused(venue, signed_deal(venue, deadline=1)) == "DealExpired"
    seller, buyer = venue.key(), venue.key()
    foreign = deal_id_of(buyer.address, seller.address)
    assert _refused(venue, signed_deal(venue, seller=seller, buyer=buyer, deal_id=foreign)) == "DealIdForeign"
    cancelled = cancellation(venue)
    venue.record([cancelled])
    on_record = deal_on_record(venue.client, venue.register, cancelled.deal_id)
    assert on_record.state is DealState.CANCELLED
    good = signed_deal(venue)
    venue.record([good])
    fields = {name: getattr(good, name) for name in good.__struct_fields__[: len(good.types)]}
    late = type(cancelled)(**fields, key=good.seller, signature=good.seller_signature)
    assert _reverted(venue.client, venue, late) == "DealStateForbids"


def test_a_cancelled_deal_is_never_recorded_even_with_both_signatures(venue: Venue) -> None:
    seller, buyer = venue.key(), venue.key()
    deal = signed_deal(venue, seller=seller, buyer=buyer)
    cancelled = cancellation(venue)
    fields = {name: getattr(deal, name) for name in deal.__struct_fields__[: len(deal.types)]}
    draft = type(cancelled)(**fields, key=buyer.address, signature="")
    from ledger.chain.records.base import word
    from ledger.messages import DealCancellation

    signature = venue.signed(DealCancellation(deal=word(draft.deal)), buyer)
    venue.record([replace(draft, signature=signature)])
    assert _refused(venue, deal) == "DealIsCancelled"
    assert _refused(venue, signed_again(venue, replace(deal, terms=new_hash()), seller, buyer)) == "IdTaken"


def test_a_binding_without_the_key_is_refused_by_name(venue: Venue) -> None:
    key, other = PrivateKey.generate(), PrivateKey.generate()
    assert _refused(venue, enrolment(venue, key, signer=other)) == "KeySignatureInvalid"
    assert _refused(venue, enrolment(venue, key, deadline=1)) == "MessageExpired"
    party, first = _party(venue)
    assert _refused(venue, enrolment(venue, first)) == "KeyTaken"
    assert _refused(venue, enrolment(venue, key, party)) == "PartyHasKey"


def test_a_message_that_is_forged_late_or_out_of_place_reverts_by_name(venue: Venue) -> None:
    party, key = _party(venue)
    other = PrivateKey.generate()
    for record, error in (
        (revocation(venue, party, key, deadline=1), "MessageExpired"),
        (
            replace(revocation(venue, party, key), signature=revocation(venue, party, other).signature),
            "KeySignatureInvalid",
        ),
        (revocation(venue, new_hash(), key), "NotThePartysKey"),
        (rotation(venue, party, other, key), "NotThePartysKey"),
        (rotation(venue, party, key, key), "KeyTaken"),
        (veto(venue, party, other, key), "RecoveryUnknown"),
        (RecoveryCompletionRecord(party=party, new_key=other.address), "RecoveryUnknown"),
    ):
        assert _reverted(venue.client, venue, record) == error
    venue.record([recovery(venue, party, other)])
    completion = RecoveryCompletionRecord(party=party, new_key=other.address)
    assert _reverted(venue.client, venue, completion) == "RecoveryTooEarly"
    assert party_on_record(venue.client, venue.register, party).recovery_key == other.address.lower()


def test_a_recovery_takes_effect_after_a_fortnight_and_stays_marked(venue: Venue) -> None:
    party, lost = _party(venue)
    found = PrivateKey.generate()
    venue.record([recovery(venue, party, found)])
    venue.client.request("evm_increaseTime", (14 * 86_400,))
    venue.client.request("evm_mine")
    venue.record([RecoveryCompletionRecord(party=party, new_key=found.address)])
    (recovered,) = (event for event in venue.events() if isinstance(event, KeyRecovered))
    assert (recovered.old_key, recovered.new_key) == (lost.address.lower(), found.address.lower())
    assert key_on_record(venue.client, venue.register, found.address).recovered
    assert party_on_record(venue.client, venue.register, party).recovery_key == NO_KEY
    assert _refused(venue, signed_deal(venue, seller=lost)) == "KeyNotLive"


def test_an_offer_takes_as_many_acceptances_as_it_says_until_it_is_withdrawn(venue: Venue) -> None:
    seller = venue.key()
    offer = standing_offer(venue, seller, most=2)
    assert _refused(venue, acceptance(venue, offer, venue.key())) == "RecordUnknown"
    first = acceptance(venue, offer, venue.key())
    venue.record([offer])
    venue.record([first])
    forged = replace(acceptance(venue, offer, venue.key()), signature=first.signature)
    assert _refused(venue, forged) == "BuyerSignatureInvalid"
    venue.record([acceptance(venue, offer, venue.key())])
    assert _refused(venue, acceptance(venue, offer, venue.key())) == "OfferUsedUp"
    assert offer_on_record(venue.client, venue.register, offer.offer_id).accepted == 2
    venue.record([withdrawal(venue, offer, seller)])
    assert _refused(venue, acceptance(venue, offer, venue.key())) == "OfferIsWithdrawn"
    on_record = deal_on_record(venue.client, venue.register, first.deal_id)
    assert (on_record.kind, on_record.state) == (4, DealState.AGREED), "what was accepted before stands"


def test_a_sub_licence_is_active_only_while_its_head_is(venue: Venue) -> None:
    right = new_hash()
    deals = [signed_deal(venue, kind=kind, right_id=right) for kind in (2, 4)]
    head = replace(licence_of(new_hash(), right, deals[0].deal_id), sublicensable=True)
    sub = replace(licence_of(new_hash(), right, deals[1].deal_id), head_id=head.licence_id, scope=head.scope)
    venue.record([*deals])
    venue.record([head, sub])
    assert licence_on_record(venue.client, venue.register, sub.licence_id).ends_at == head.ends_at
    assert licence_active(venue.client, venue.register, sub.licence_id, 1_850_000_000)
    from ledger.chain.records import LicenceEndedRecord

    ended = LicenceEndedRecord(
        licence_id=head.licence_id, right_id=right, ended_at=1_840_000_000, reason=new_hash()
    )
    venue.record([ended])
    assert not licence_active(venue.client, venue.register, sub.licence_id, 1_850_000_000)
    conflicting = licence_of(new_hash(), right, signed_deal(venue, kind=4, right_id=right).deal_id)
    assert _refused(venue, conflicting) == "RecordUnknown"


def test_standing_and_encumbrances_and_sealed_sets_are_read_back(venue: Venue) -> None:
    party, _ = _party(venue)
    venue.record([StandingRecord(party=party, standing=2, reason=new_hash())])
    assert party_on_record(venue.client, venue.register, party).standing == 2
    right = new_hash()
    pledge = PledgeRecord(
        pledge_id=new_hash(),
        right_id=right,
        pledgor=new_hash(),
        pledgee=new_hash(),
        terms=new_hash(),
        proof=new_hash(),
    )
    venue.record([pledge])
    venue.record([FreezeRecord(freeze_id=new_hash(), right_id=right, ground=new_hash())])
    encumbrances = venue.manifest.address("EncumbranceRegister")
    assert encumbrances_on_record(venue.client, encumbrances, right) == EncumbrancesOnRecord(1, 1)
    sealed = SealedSetRecord(
        listing_id=new_hash(), round=2, root="0x" + secrets.token_hex(32), count=3, closed_at=5
    )
    venue.record([sealed])
    register = venue.manifest.address("SealedBidRegister")
    found = sealed_set_on_record(venue.client, register, sealed.listing_id, 2)
    assert (found.root, found.count, found.closed_at) == (sealed.root, 3, 5)
    assert sealed_set_on_record(venue.client, register, sealed.listing_id, 1).seq == 0
    assert _refused(venue, replace(sealed, root=new_hash())) == "IdTaken"
