"""One record of every kind that a venue sends in a day, in journal order."""

from __future__ import annotations

import time

from msgspec.structs import replace

from ledger.audit.keys import orders_of
from ledger.chain.records import (
    CorrectionRecord,
    CounterAdvanceRecord,
    DealCancellationRecord,
    FillRecord,
    FreezeRecord,
    KeyRecoveryRecord,
    KeyRevocationRecord,
    KeyRotationRecord,
    LicenceEndedRecord,
    LicenceRecord,
    OfferAcceptanceRecord,
    OfferWithdrawalRecord,
    PledgeDischargedRecord,
    PledgeRecord,
    Record,
    RecoveryVetoRecord,
    RegistryConfirmationRecord,
    ReleaseRecord,
    RightRecord,
    SealedSetRecord,
    SettledRecord,
    StandingOfferRecord,
    StandingRecord,
    UnwoundRecord,
)
from ledger.chain.records.base import word
from ledger.chain.records.sealed import AnchorRecord
from ledger.merkle import EMPTY_ROOT
from ledger.messages import (
    CounterAdvance,
    DealCancellation,
    KeyRecovery,
    KeyRevocation,
    KeyRotation,
    OfferWithdrawal,
    RecoveryVeto,
)
from ledger.secp256k1 import PrivateKey
from tests.ledger.chain.conftest import (
    LATER_S,
    Venue,
    deal_id_of,
    enrolment,
    new_hash,
    signed_deal,
)


def whole_day(venue: Venue) -> list[Record]:
    """All but the completion of a recovery, which takes a fortnight."""
    parts = (_rights_and_deals(venue), _keys(venue), _offers(venue), [fill(venue)], _others())
    return [record for part in parts for record in part]


def _rights_and_deals(venue: Venue) -> list[Record]:
    right, holder, pledge, freeze, licence = (new_hash() for _ in range(5))
    sale = signed_deal(venue, kind=1, right_id=right)
    grant = signed_deal(venue, kind=4, right_id=right)
    undone = signed_deal(venue, kind=2, right_id=right)
    return [
        RightRecord(right_id=right, holder=holder, document=new_hash()),
        PledgeRecord(
            pledge_id=pledge,
            right_id=right,
            pledgor=holder,
            pledgee=new_hash(),
            terms=new_hash(),
            proof=new_hash(),
        ),
        FreezeRecord(freeze_id=freeze, right_id=right, ground=new_hash()),
        ReleaseRecord(freeze_id=freeze, right_id=right, proof=new_hash()),
        PledgeDischargedRecord(pledge_id=pledge, right_id=right, proof=new_hash()),
        sale,
        grant,
        undone,
        UnwoundRecord(deal_id=undone.deal_id, reason="0x" + b"PAYMENT-LATE".ljust(32, b"\0").hex()),
        licence_of(licence, right, grant.deal_id),
        LicenceEndedRecord(licence_id=licence, right_id=right, ended_at=1_850_000_000, reason=new_hash()),
        RegistryConfirmationRecord(
            right_id=right, deal_id=sale.deal_id, old_holder=holder, new_holder=new_hash(), proof=new_hash()
        ),
        SettledRecord(deal_id=sale.deal_id),
        cancellation(venue),
    ]


def licence_of(licence_id: str, right_id: str, deal_id: str) -> LicenceRecord:
    return LicenceRecord(
        licence_id=licence_id,
        right_id=right_id,
        deal_id=deal_id,
        licensor=new_hash(),
        licensee=new_hash(),
        terms=new_hash(),
        scope=new_hash(),
        starts_at=1_800_000_000,
        ends_at=1_900_000_000,
    )


def cancellation(venue: Venue) -> DealCancellationRecord:
    """Of a deal that only its seller signed yet."""
    seller = venue.key()
    deal = signed_deal(venue, seller=seller)
    fields = {name: getattr(deal, name) for name in deal.__struct_fields__[: len(deal.types)]}
    draft = DealCancellationRecord(**fields, key=seller.address, signature="")
    signature = venue.signed(DealCancellation(deal=word(draft.deal)), seller)
    return replace(draft, signature=signature)


def advance(venue: Venue, party: str, key: PrivateKey, counter: int) -> CounterAdvanceRecord:
    message = CounterAdvance(party=word(party), key=key.address, counter=counter, deadline_s=LATER_S)
    return CounterAdvanceRecord(
        party=party,
        key=key.address,
        counter=counter,
        deadline=LATER_S,
        signature=venue.signed(message, key),
    )


def rotation(venue: Venue, party: str, old: PrivateKey, new: PrivateKey) -> KeyRotationRecord:
    letter = new_hash()
    message = KeyRotation(
        party=word(party),
        old_key=old.address,
        new_key=new.address,
        authorisation=word(letter),
        deadline_s=LATER_S,
    )
    return KeyRotationRecord(
        party=party,
        old_key=old.address,
        new_key=new.address,
        authorisation=letter,
        deadline=LATER_S,
        old_signature=venue.signed(message, old),
        new_signature=venue.signed(message, new),
    )


def revocation(venue: Venue, party: str, key: PrivateKey, deadline: int = LATER_S) -> KeyRevocationRecord:
    reason = new_hash()
    message = KeyRevocation(party=word(party), key=key.address, reason=word(reason), deadline_s=deadline)
    return KeyRevocationRecord(
        party=party, key=key.address, reason=reason, deadline=deadline, signature=venue.signed(message, key)
    )


def recovery(venue: Venue, party: str, new: PrivateKey) -> KeyRecoveryRecord:
    letter = new_hash()
    message = KeyRecovery(
        party=word(party), new_key=new.address, authorisation=word(letter), deadline_s=LATER_S
    )
    return KeyRecoveryRecord(
        party=party,
        new_key=new.address,
        authorisation=letter,
        deadline=LATER_S,
        signature=venue.signed(message, new),
    )


def veto(venue: Venue, party: str, new: PrivateKey, live: PrivateKey) -> RecoveryVetoRecord:
    message = RecoveryVeto(party=word(party), new_key=new.address, key=live.address, deadline_s=LATER_S)
    return RecoveryVetoRecord(
        party=party,
        new_key=new.address,
        key=live.address,
        deadline=LATER_S,
        signature=venue.signed(message, live),
    )


def _keys(venue: Venue) -> list[Record]:
    party = new_hash()
    first, second, lost = (PrivateKey.generate() for _ in range(3))
    return [
        enrolment(venue, first, party),
        advance(venue, party, first, 3),
        rotation(venue, party, first, second),
        recovery(venue, party, lost),
        veto(venue, party, lost, second),
        StandingRecord(party=party, standing=2, reason=new_hash()),
        revocation(venue, party, second),
    ]


def standing_offer(venue: Venue, seller: PrivateKey, *, most: int = 2) -> StandingOfferRecord:
    draft = StandingOfferRecord(
        right_id=new_hash(),
        seller=seller.address,
        terms=new_hash(),
        contract_text=new_hash(),
        term_seconds=86_400,
        most=most,
        expires_at=LATER_S,
        salt=new_hash(),
        signature="",
    )
    return replace(draft, signature=venue.signed(draft.message(), seller))


def acceptance(venue: Venue, offer: StandingOfferRecord, buyer: PrivateKey) -> OfferAcceptanceRecord:
    draft = OfferAcceptanceRecord(
        right_id=offer.right_id,
        deal_id=deal_id_of(offer.seller, buyer.address),
        offer_id=offer.offer_id,
        buyer=buyer.address,
        deadline=LATER_S,
        signature="",
    )
    return replace(draft, signature=venue.signed(draft.message(), buyer))


def withdrawal(venue: Venue, offer: StandingOfferRecord, seller: PrivateKey) -> OfferWithdrawalRecord:
    fields = {name: getattr(offer, name) for name in offer.__struct_fields__[: len(offer.types)]}
    signature = venue.signed(OfferWithdrawal(offer=word(offer.offer_id)), seller)
    return OfferWithdrawalRecord(**fields, signature=signature)


def _offers(venue: Venue) -> list[Record]:
    seller = venue.key()
    offer = standing_offer(venue, seller)
    return [offer, acceptance(venue, offer, venue.key()), withdrawal(venue, offer, seller)]


def fill(venue: Venue) -> FillRecord:
    """Of two orders of parties of their own."""
    seller, buyer = venue.key(), venue.key()
    draft = FillRecord(
        right_id=new_hash(),
        deal_id=deal_id_of(seller.address, buyer.address),
        register=venue.register,
        terms=new_hash(),
        seller=seller.address,
        buyer=buyer.address,
        price=100,
        quantity=2,
        ask_limit=90,
        ask_quantity=5,
        ask_expires_at=LATER_S,
        ask_counter=0,
        ask_salt=new_hash(),
        bid_limit=110,
        bid_quantity=3,
        bid_expires_at=LATER_S,
        bid_counter=0,
        bid_salt=new_hash(),
        seller_signature="",
        buyer_signature="",
    )
    ask, bid = orders_of(draft)
    return replace(
        draft, seller_signature=venue.signed(ask, seller), buyer_signature=venue.signed(bid, buyer)
    )


def _others() -> list[Record]:
    return [
        SealedSetRecord(listing_id=new_hash(), round=1, root=new_hash(), count=5, closed_at=int(time.time())),
        CorrectionRecord(
            corrected_seq=1,
            correction_id=new_hash(),
            old_value=new_hash(),
            new_value=new_hash(),
            ground=new_hash(),
        ),
        AnchorRecord(root=new_hash(), size=1000, previous_root="0x" + EMPTY_ROOT.hex()),
    ]
