"""Standing offers in the tables against what was queued for the chain of them, and what each acceptance must say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from exchange.identifiers import chain_key, deal_chain_id
from exchange.offers import subject_of
from exchange.rows import Listing, Offer, Party, Venue
from exchange.sealed import commitment
from exchange.terms.deal_terms import TERMS_LABEL
from exchange.terms.offer_terms import offer_openings, offered_by
from ledger.chain.records import OfferAcceptanceRecord, OfferWithdrawalRecord, StandingOfferRecord
from ledger.offer_messages import offer_message
from ledger.reconciled import require_record

if TYPE_CHECKING:
    from exchange.rows import Deal
    from ledger.alone import Database
    from ledger.reconciled import Reconciliation, RecordsBySubject

_OFFERS: Final = (
    "SELECT o.data AS offer, l.data AS listing, p.data AS seller FROM offers o JOIN listings l ON l.id = o.id"
    " JOIN parties p ON p.id = l.seller ORDER BY o.id"
)


def read_offers(database: Database) -> dict[str, Offer]:
    """Every listing's offer, by the listing's id."""
    rows = database.execute("SELECT data FROM offers ORDER BY id").fetchall()
    return {offer.id: offer for offer in (msgspec.convert(row["data"], Offer) for row in rows)}


def is_simulated(database: Database) -> bool:
    """Whether the venue is a simulated one, as each contract of it says."""
    rows = database.execute("SELECT data FROM venues").fetchall()
    return any(msgspec.convert(row["data"], Venue).simulated for row in rows)


def register_of(database: Database) -> str:
    """The address of the venue's register, empty before it has begun."""
    rows = database.execute("SELECT data FROM venues").fetchall()
    return next((msgspec.convert(row["data"], Venue).register for row in rows), "")


def compare_offers(database: Database, records: RecordsBySubject, found: Reconciliation) -> None:
    """Each offer has the terms of its listing, and its newest record says what its row says."""
    simulated = is_simulated(database)
    for row in database.execute(_OFFERS).fetchall():
        offer = msgspec.convert(row["offer"], Offer)
        offered = offered_by(msgspec.convert(row["listing"], Listing), offer.right_facts)
        seller, salt = msgspec.convert(row["seller"], Party), bytes.fromhex(offer.terms_salt)
        terms, contract = offer_openings(offered, seller, offer.contract_form, simulated=simulated)
        if (
            commitment(TERMS_LABEL, salt, terms).hex() != offer.terms_commitment
            or commitment(contract[0], salt, contract[1]).hex() != offer.contract_commitment
        ):
            found.add("OFFER-TERMS-DIFFER", offer.id)
        subject = subject_of(offer)
        wanted = _wanted(offer)
        signed = wanted | {"signature": offer.signature}
        require_record(records, "offer", subject, StandingOfferRecord, signed, found)
        if offer.state == "WITHDRAWN" and offer.withdrawal:
            withdrawn = wanted | {"signature": offer.withdrawal}
            require_record(records, "offer_withdrawal", subject, OfferWithdrawalRecord, withdrawn, found)


class Acceptances:
    """What the acceptances of offers are held against: the offers queued for the chain, and whose each key is."""

    def __init__(self, database: Database, records: RecordsBySubject) -> None:
        self._records = records
        self._party_of = {
            row["id"]: row["party_id"] for row in database.execute("SELECT id, party_id FROM keys")
        }
        self._offered = {
            (subject.partition(" ")[0], record.offer_id, record.terms, record.contract_text, record.signature)
            for (kind, subject), queued in records.items()
            if kind == "offer"
            for record in queued
            if isinstance(record, StandingOfferRecord)
        }

    def compare(self, deal: Deal, found: Reconciliation) -> None:
        """A signed deal under an offer names one of its listing's offers, with the seller's signature over it."""
        wanted: dict[str, Any] = {
            "right_id": "0x" + chain_key("right", deal.right_id).hex(),
            "deal_id": "0x" + deal_chain_id(deal.id, deal.seller_key, deal.buyer_key).hex(),
            "buyer": deal.buyer_key,
            "deadline": deal.deadline_s,
            "signature": deal.buyer_signature,
        }
        newest = require_record(self._records, "deal", deal.id, OfferAcceptanceRecord, wanted, found)
        if newest is None:
            return
        terms, text = "0x" + deal.terms_commitment, "0x" + deal.contract_commitment
        offer_id = getattr(newest, "offer_id", "")
        if (deal.listing_id, offer_id, terms, text, deal.seller_signature) not in self._offered:
            found.add("RECORD-DIFFERS", deal.id, "deal: offer_id")
        # The terms that were signed name no buyer: whose key accepted says who it is.
        if self._party_of.get(deal.buyer_key) != deal.buyer:
            found.add("RECORD-DIFFERS", deal.id, "deal: buyer")


def is_known_refused(subject_id: str, offers: dict[str, Offer]) -> bool:
    """Whether the exchange has it that the chain did not take this offer: it is not what stands of its listing."""
    offer = offers.get(subject_id.partition(" ")[0])
    return offer is not None and (subject_of(offer) != subject_id or offer.state in {"ENDED", "WITHDRAWN"})


def _wanted(offer: Offer) -> dict[str, Any]:
    message = offer_message(offer)
    return {
        "right_id": "0x" + message.right_id.hex(),
        "seller": message.seller,
        "terms": "0x" + message.terms.hex(),
        "contract_text": "0x" + message.contract_text.hex(),
        "term_seconds": message.term_s,
        "most": message.most,
        "expires_at": message.expires_at_s,
        "seller_counter": message.seller_counter,
        "salt": "0x" + message.salt.hex(),
    }
