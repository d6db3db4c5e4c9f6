"""Continuous trading under audit: whole and public copies of its journal hold."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from exchange import commands as c
from exchange.events import OrdersMatched
from ledger.audit.keys import orders_of
from ledger.chain.calls import call_of
from ledger.chain.records import FillRecord
from ledger.secp256k1 import PrivateKey
from tests.exchange import ordering
from tests.ledger.audit.conftest import Auditor, audited, new_scene
from tests.ledger.audit.forging import assert_only, place
from tests.ledger.audit.journal_days import floor_day
from tests.ledger.audit.journal_maker import JournalScene, secret

STRANGER = PrivateKey(secret("a stranger"))


@pytest.fixture(scope="module")
def day(chain_url: str, tmp_path_factory: pytest.TempPathFactory) -> Auditor:
    """The whole day on the chain."""
    scene = new_scene(chain_url, tmp_path_factory.mktemp("floor"), "hong-kong")
    floor_day(scene)
    return audited(scene, chain_url)


def test_the_day_has_fills_of_the_call_and_of_continuous_trading(day: Auditor) -> None:
    fills = [
        each for outcome in day.scene.outcomes for each in outcome.events if isinstance(each, OrdersMatched)
    ]
    assert [(each.price, each.quantity) for each in fills] == [
        *[(1_000_00, 2), (900_00, 1), (950_00, 1)],
        *[(960_00, 1), (960_00, 1)],
    ]


@pytest.mark.parametrize("kind", ["auditor", "public"])
def test_a_copy_of_the_journal_holds(day: Auditor, kind: str) -> None:
    report = day.audit(day.write(kind))  # type: ignore[arg-type]  # one of the kinds of export
    assert report.findings == ()
    assert report.verified
    assert report.deals_on_chain == 3


def events_of(day: Auditor) -> list[str]:
    scene = day.scene
    return [each.kind for batch in scene.records for each in batch if each.payload.get("record") == "fill"]


def test_fills_of_two_signed_orders_stand_on_the_chain_and_their_licence_after_them(day: Auditor) -> None:
    assert events_of(day) == ["deal", "deal"]
    deals = day.scene.state.deals
    assert (deals["D-4"].state, deals["D-5"].state) == ("EFFECTIVE", "SIGNED")


def forged_order(scene: JournalScene) -> int:
    """The venue signs an order in its party's place."""
    floor_day(scene)
    seller = scene.state.listings["L-1"].seller
    own = scene.keys[seller]
    salt = "21" * 32
    terms = ordering.signed_terms(scene, seller, "L-1", "sell", 2_000_00, 1, salt)
    scene.private[own], right_one = STRANGER, scene.private[own]
    forged = ordering.signed_terms(scene, seller, "L-1", "sell", 2_000_00, 1, salt).order_signature
    scene.private[own] = right_one
    terms = msgspec.structs.replace(terms, order_signature=forged)
    assert ordering.place(scene, seller, "L-1", "sell", 2_000_00, 1, terms=terms).refusal is None
    return place(scene, c.PlaceOrder, -1)


def test_a_venue_that_forges_an_orders_signature_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path, "hong-kong")
    number = forged_order(scene)
    made = audited(scene, chain_url)
    assert_only(made.audit(made.journal.data), "AUDIT-ORDER-SIGNATURE", number)


def test_a_fill_that_only_the_chain_has_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path, "hong-kong")
    floor_day(scene)
    payloads = [each.payload for batch in scene.records for each in batch]
    fill = msgspec.convert(next(each for each in payloads if each.get("record") == "fill"), FillRecord)
    deal_id = fill.deal_id[:-24] + "34" * 12
    bid_salt = "0x" + "12" * 32
    beside = msgspec.structs.replace(fill, deal_id=deal_id, bid_salt=bid_salt, ask_salt=bid_salt)
    sold, bought = (
        scene.private[next(own for own in scene.private if own.lower() == each.lower())]
        for each in (fill.seller, fill.buyer)
    )
    ask, bid = orders_of(beside)
    beside = msgspec.structs.replace(
        beside, seller_signature=scene.signed(ask, sold), buyer_signature=scene.signed(bid, bought)
    )
    assert scene.contracts.send(call_of([beside])).succeeded
    made = audited(scene, chain_url)
    report = made.audit(made.journal.data)
    assert [finding.code for finding in report.findings] == ["AUDIT-CHAIN-UNKNOWN"]
