"""Each licence on the chain against the deal that it stands on, by the register's own events alone.

The contract holds a licence against its deal's right, kind and state, and no more, since a deal is one word of its
storage. That licensor, licensee and terms are those that both signed, and that a licence under a standing offer is no
longer than offered, follows from the events, so anybody can check it from any copy of the log. So does it that a
sub-licence lies within the term of a head licence of the same right that allows it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from ledger.audit.keys import offer_of
from ledger.chain.events import DealAgreed, LicenceGranted, OfferAccepted, OfferMade, OrdersFilled
from ledger.chain.records import ZERO_HASH
from ledger.signatures import struct_hash

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ledger.audit.findings import Findings
    from ledger.chain.events import ChainEvent


class _Agreed(msgspec.Struct, frozen=True):
    """What was signed: keys (lower case), terms (0x hex), and the longest term in seconds where an offer gives it."""

    seller: str
    buyer: str
    terms: str
    longest_s: int | None


def check_licences(events: Iterable[ChainEvent], findings: Findings) -> None:
    """Look at the events of all versions in the chain's order; adds AUDIT-CHAIN-LICENCE for each that differs."""
    offers: dict[str, OfferMade] = {}
    agreed: dict[tuple[str, str], _Agreed] = {}
    granted: dict[tuple[str, str], LicenceGranted] = {}
    for event in events:
        contract = event.place.contract
        match event:
            case OfferMade():
                offers["0x" + struct_hash(offer_of(event)).hex()] = event
            case DealAgreed():
                agreed[contract, event.deal_id] = _Agreed(event.seller, event.buyer, event.terms, None)
            case OfferAccepted():
                offer = offers.get(event.offer_id)
                if offer is None:
                    findings.add("AUDIT-CHAIN-LICENCE", f"OfferAccepted {event.seq}: no such offer before it")
                    continue
                agreed[contract, event.deal_id] = _Agreed(
                    offer.seller, event.buyer, offer.terms, offer.term_seconds
                )
            case OrdersFilled():
                agreed[event.register, event.deal_id] = _Agreed(event.seller, event.buyer, event.terms, None)
            case LicenceGranted():
                found = _differences(event, agreed.get((contract, event.deal_id)))
                if event.head_id != ZERO_HASH:
                    found += _beyond_its_head(event, granted.get((contract, event.head_id)))
                for what in found:
                    findings.add("AUDIT-CHAIN-LICENCE", f"LicenceGranted {event.seq}: {what}")
                granted[contract, event.licence_id] = event
            case _:
                pass


def _differences(event: LicenceGranted, deal: _Agreed | None) -> list[str]:
    if deal is None:
        return ["no such deal before it"]
    found = []
    if event.licensor != _word(deal.seller):
        found.append("another licensor than the deal's seller")
    if event.licensee != _word(deal.buyer):
        found.append("another licensee than the deal's buyer")
    if event.terms != deal.terms:
        found.append("other terms than the deal's")
    if deal.longest_s is not None and event.ends_at - event.starts_at > deal.longest_s:
        found.append("a longer term than the offer's")
    return found


def _beyond_its_head(event: LicenceGranted, head: LicenceGranted | None) -> list[str]:
    """What a sub-licence has that its head does not give; an earlier end of the head ends it by the contract."""
    if head is None:
        return ["no such head licence before it"]
    found = []
    if event.right_id != head.right_id:
        found.append("another right than its head licence's")
    if not head.sublicensable:
        found.append("its head licence allows none")
    if event.starts_at < head.starts_at or event.ends_at > head.ends_at:
        found.append("a term beyond its head licence's")
    return found


def _word(address: str) -> str:
    return "0x" + address[2:].rjust(64, "0")
