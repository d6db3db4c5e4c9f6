"""A licence on the chain is that of its deal: the settler alone can write another, and every audit finds it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.audit.findings import Findings
from ledger.audit.keys import offer_of
from ledger.audit.licences import check_licences
from ledger.chain.events import ChainEvent, DealAgreed, LicenceGranted, OfferAccepted, OfferMade, Place
from ledger.signatures import struct_hash

PLACE = Place(contract="0x" + "aa" * 20, block_number=1, block_hash=b"", transaction_hash=b"", log_index=0)
RIGHT, DEAL, TERMS, TEXT, OTHER = ("0x" + each * 32 for each in ("11", "22", "33", "44", "55"))
SELLER, BUYER = "0x" + "66" * 20, "0x" + "77" * 20
TERM_S = 1_000


def word(address: str) -> str:
    return "0x" + "00" * 12 + address[2:]


AGREED = DealAgreed(
    right_id=RIGHT, deal_id=DEAL, kind=4, seller=SELLER, buyer=BUYER, terms=TERMS, contract_text=TEXT,
    deadline=9, seq=1, place=PLACE,
)  # fmt: skip
OFFERED = OfferMade(
    right_id=RIGHT, seller=SELLER, terms=TERMS, contract_text=TEXT, term_seconds=TERM_S, most=2, expires_at=9,
    seller_counter=0, salt=OTHER, seq=1, place=PLACE,
)  # fmt: skip
ACCEPTED = OfferAccepted(
    right_id=RIGHT, deal_id=DEAL, offer_id="0x" + struct_hash(offer_of(OFFERED)).hex(), buyer=BUYER, deadline=9,
    seq=2, place=PLACE,
)  # fmt: skip
GRANTED = LicenceGranted(
    licence_id=OTHER, right_id=RIGHT, deal_id=DEAL, head_id="0x" + "00" * 32, licensor=word(SELLER),
    licensee=word(BUYER), terms=TERMS, scope=OTHER, starts_at=5, ends_at=5 + TERM_S, sublicensable=False,
    seq=3, place=PLACE,
)  # fmt: skip
WAYS: dict[str, list[ChainEvent]] = {"deal": [AGREED], "offer": [OFFERED, ACCEPTED]}


def found(events: list[ChainEvent]) -> list[str]:
    findings = Findings()
    check_licences(events, findings)
    assert {finding.code for finding in findings.all} <= {"AUDIT-CHAIN-LICENCE"}
    return [finding.detail for finding in findings.all]


@pytest.mark.parametrize("way", WAYS)
def test_a_licence_of_its_deal_is_sound(way: str) -> None:
    assert found([*WAYS[way], GRANTED]) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("changed", "what"),
    [
        ({"licensor": word(BUYER)}, "another licensor than the deal's seller"),
        ({"licensee": word(SELLER)}, "another licensee than the deal's buyer"),
        ({"terms": OTHER}, "other terms than the deal's"),
        ({"deal_id": OTHER}, "no such deal before it"),
        ({"place": msgspec.structs.replace(PLACE, contract="0x" + "bb" * 20)}, "no such deal before it"),
    ],
)
def test_a_licence_that_is_not_its_deals_is_found(way: str, changed: dict[str, Any], what: str) -> None:
    assert found([*WAYS[way], msgspec.structs.replace(GRANTED, **changed)]) == [f"LicenceGranted 3: {what}"]


def test_a_licence_longer_than_its_offer_gives_is_found() -> None:
    longer = msgspec.structs.replace(GRANTED, ends_at=GRANTED.ends_at + 1)
    assert found([*WAYS["offer"], longer]) == ["LicenceGranted 3: a longer term than the offer's"]
    assert found([*WAYS["deal"], longer]) == []


def test_an_acceptance_of_an_offer_that_never_stood_is_found() -> None:
    assert found([ACCEPTED]) == ["OfferAccepted 2: no such offer before it"]


SUB_DEAL, SUB = "0x" + "88" * 32, "0x" + "99" * 32
SUB_AGREED = msgspec.structs.replace(AGREED, deal_id=SUB_DEAL, seller=BUYER, buyer=SELLER, seq=4)
HEAD = msgspec.structs.replace(GRANTED, sublicensable=True)
SUB_GRANTED = msgspec.structs.replace(
    GRANTED,
    licence_id=SUB,
    deal_id=SUB_DEAL,
    head_id=OTHER,
    licensor=word(BUYER),
    licensee=word(SELLER),
    seq=5,
)


@pytest.mark.parametrize(
    ("head", "changed", "what"),
    [
        ({}, {}, None),
        ({}, {"head_id": TEXT}, "no such head licence before it"),
        ({"sublicensable": False}, {}, "its head licence allows none"),
        ({}, {"right_id": OTHER}, "another right than its head licence's"),
        ({}, {"ends_at": HEAD.ends_at + 1}, "a term beyond its head licence's"),
        ({}, {"starts_at": HEAD.starts_at - 1}, "a term beyond its head licence's"),
    ],
)
def test_a_sub_licence_beyond_its_head_is_found(
    head: dict[str, Any], changed: dict[str, Any], what: str | None
) -> None:
    granted = [
        msgspec.structs.replace(HEAD, **head),
        SUB_AGREED,
        msgspec.structs.replace(SUB_GRANTED, **changed),
    ]
    assert found([AGREED, *granted]) == ([] if what is None else [f"LicenceGranted 5: {what}"])
