"""Records queued for the chain against the rows of state that they were made from.

An altered row shows, whichever side it is on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from exchange.calendar import MS_PER_SECOND
from exchange.identifiers import chain_key, deal_chain_id, deal_kind_number
from exchange.rows import Deal, Licence, Party, SealedSet
from exchange.sealed import commitment
from exchange.terms.deal_terms import TERMS_LABEL
from exchange.terms.offer_terms import came_of, contract_opening_of, is_under, terms_of
from ledger.chain.comparison import stated_by_record
from ledger.chain.records import (
    DealRecord,
    FillRecord,
    LicenceRecord,
    RegistryConfirmationRecord,
    SealedSetRecord,
)
from ledger.order_messages import fill_of
from ledger.outbox_records import address_word
from ledger.reconcile_offers import Acceptances, compare_offers, is_simulated, register_of
from ledger.reconciled import require_record
from ledger.sealed_records import sealed_set_record

if TYPE_CHECKING:
    from exchange.rows import Offer
    from ledger.alone import Database
    from ledger.reconciled import KeptRecord, Reconciliation, RecordsBySubject


def compare_state(
    database: Database, kept: list[KeptRecord], offers: dict[str, Offer], found: Reconciliation
) -> None:
    """Hold the records and their subjects against the rows; the database as one transaction shows it."""
    records: RecordsBySubject = {}
    for each in kept:
        records.setdefault((each.kind, each.subject_id), []).append(each.record)
    deals = [
        msgspec.convert(row["data"], Deal) for row in database.execute("SELECT data FROM deals ORDER BY id")
    ]
    licences = [
        msgspec.convert(row["data"], Licence)
        for row in database.execute("SELECT data FROM licences ORDER BY id")
    ]
    parties = {
        party.id: party
        for party in (
            msgspec.convert(row["data"], Party) for row in database.execute("SELECT data FROM parties")
        )
    }
    simulated, register = is_simulated(database), register_of(database)
    found.deals = len(deals)
    acceptances = Acceptances(database, records)
    for deal in deals:
        offer = offers.get(deal.listing_id)
        _compare_terms(deal, parties, offer, found, simulated=simulated)
        if not (deal.seller_signature and deal.buyer_signature):
            pass
        elif isinstance(deal.orders, tuple):
            wanted = stated_by_record(fill_of(deal, *deal.orders, register))
            signed = {"seller_signature": deal.seller_signature, "buyer_signature": deal.buyer_signature}
            require_record(records, "deal", deal.id, FillRecord, wanted | signed, found)
        elif is_under(offer, deal):
            acceptances.compare(deal, found)
        else:
            _compare_agreement(deal, records, found)
        _compare_deal(deal, records, found)
    compare_offers(database, records, found)
    deal_of = {deal.id: deal for deal in deals}
    for licence in licences:
        _compare_licence(licence, deal_of.get(licence.deal_id), records, found)
    sealed_sets = [
        msgspec.convert(row["data"], SealedSet)
        for row in database.execute("SELECT data FROM sealed_sets ORDER BY id")
    ]
    for sealed_set in sealed_sets:
        wanted = stated_by_record(sealed_set_record(sealed_set))
        require_record(records, "sealed_set", sealed_set.id, SealedSetRecord, wanted, found)
    known = {sealed_set.id for sealed_set in sealed_sets}
    known |= set(deal_of) | {licence.id for licence in licences}
    known |= {row["id"] for row in database.execute("SELECT id FROM rights")}
    known |= {row["id"] for row in database.execute("SELECT id FROM keys")} | set(offers)
    known |= {row["id"] for row in database.execute("SELECT id FROM recoveries")}
    for each in kept:
        # A pledge or freeze names its right first, an offer its listing.
        if each.subject_id not in known and each.subject_id.split(" ", 1)[0] not in known:
            found.add("RECORD-UNKNOWN", each.record_id)


def _compare_terms(
    deal: Deal, parties: dict[str, Party], offer: Offer | None, found: Reconciliation, *, simulated: bool
) -> None:
    """Terms, and every text of the contract that is made from them, are what the deal is committed to."""
    seller = parties.get(deal.seller)
    # What was accepted under an offer leaves its buyer open, whoever the row says that is.
    buyer = parties.get(deal.buyer) or (seller if came_of(offer, deal) else None)
    if seller is None or buyer is None:
        found.add("DEAL-TERMS-DIFFER", deal.id)
        return
    sides = (seller, buyer)
    salt = bytes.fromhex(deal.terms_salt)
    terms = terms_of(deal, *sides, offer, simulated=simulated)
    label, contract = contract_opening_of(deal, *sides, offer, simulated=simulated)
    if (
        commitment(TERMS_LABEL, salt, terms).hex() != deal.terms_commitment
        or commitment(label, salt, contract).hex() != deal.contract_commitment
    ):
        found.add("DEAL-TERMS-DIFFER", deal.id)


def _compare_agreement(deal: Deal, records: RecordsBySubject, found: Reconciliation) -> None:
    """A deal that both signed."""
    wanted = {
        "deal_id": _deal_key(deal),
        "right_id": _key("right", deal.right_id),
        "kind": deal_kind_number(deal.deal_kind, by_delivery=deal.by_delivery),
        "seller": deal.seller_key,
        "buyer": deal.buyer_key,
        "terms": "0x" + deal.terms_commitment,
        "contract_text": "0x" + deal.contract_commitment,
        "deadline": deal.deadline_s,
        "seller_signature": deal.seller_signature,
        "buyer_signature": deal.buyer_signature,
    }
    require_record(records, "deal", deal.id, DealRecord, wanted, found)


def _compare_deal(deal: Deal, records: RecordsBySubject, found: Reconciliation) -> None:
    registered = deal.deal_kind == "assignment" and not deal.by_delivery
    if registered and deal.state in {"REGISTERED", "SETTLED"}:
        wanted = {
            "right_id": _key("right", deal.right_id),
            "deal_id": _deal_key(deal),
            "proof": "0x" + deal.proof_digest,
        }
        require_record(records, "registration", deal.id, RegistryConfirmationRecord, wanted, found)
    if deal.state == "SETTLED" and ("settled", deal.id) not in records:
        found.add("RECORD-NOT-QUEUED", deal.id, "settled")
    undone = deal.state == "REFUNDED" and bool(deal.chain_transaction and deal.seller_signature)
    if undone and ("unwound", deal.id) not in records:
        found.add("RECORD-NOT-QUEUED", deal.id, "unwound")


def _compare_licence(
    licence: Licence, deal: Deal | None, records: RecordsBySubject, found: Reconciliation
) -> None:
    wanted: dict[str, object] = {
        "licence_id": _key("licence", licence.id),
        "right_id": _key("right", licence.right_id),
        "starts_at": licence.starts_ms // MS_PER_SECOND,
        "ends_at": licence.granted_until_ms // MS_PER_SECOND,
    }
    if deal is not None:
        wanted["deal_id"] = _deal_key(deal)
        wanted["terms"] = "0x" + deal.recorded_terms
        wanted["licensor"] = address_word(deal.seller_key)
        wanted["licensee"] = address_word(deal.buyer_key)
    require_record(records, "licence", licence.id, LicenceRecord, wanted, found)


def _deal_key(deal: Deal) -> str:
    return "0x" + deal_chain_id(deal.id, deal.seller_key, deal.buyer_key).hex()


def _key(kind: Any, row_id: str) -> str:  # noqa: ANN401 - one of the chain's kinds
    return "0x" + chain_key(kind, row_id).hex()
