"""Sub-licences: under a head licence and never beyond it, beside what the owner does, ended with what they stand on."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import Engine
from exchange.events import HeadLicensorNoticed, LicenceChanged
from exchange.terms import text
from exchange.terms.contract import of_deal
from exchange.terms.scope import field_lies_within
from exchange.turn import Outcome
from ledger.outbox_records import outbox_records
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import royalty
from tests.exchange.scene import Scene
from tests.exchange.sub_licensing import HEAD_ENDS_MS, granted, head, listed, submit


def sub_licensed(scene: Scene, **fields: Any) -> tuple[str, str, str, str]:
    """Owner, licensee, the head licence, and a living sub-licence under it."""
    owner, licensee, licence = head(scene, **fields)
    listing = listed(scene, licensee, licence)
    return owner, licensee, licence, granted(scene, scene.deal(listing, scene.party()))


def ends(outcome: Outcome) -> list[tuple[str, str, str]]:
    """Which licences an outcome has ended, how and why, in its order."""
    return [
        (event.licence_id, event.new, event.cause)
        for event in outcome.events
        if isinstance(event, LicenceChanged) and event.new not in {"GRANTED", "RECORDED", "OVERDUE"}
    ]


def test_it_stands_beside_its_exclusive_head_and_other_sub_licences() -> None:
    scene = Scene()
    owner, licensee, licence, first = sub_licensed(scene)
    listing = listed(scene, licensee, licence)
    second = granted(scene, scene.deal(listing, scene.party()))
    right_id = scene.state.licences[licence].right_id
    assert set(scene.state.rights[right_id].licences) == {licence, first, second}
    direct = scene.submit(owner, right_id, deal_kind="ordinary_licence")
    assert code(direct) == "CN-TECHNOLOGY-CONTRACTS-25"
    scene.replay()


def test_it_is_offered_while_its_head_is_not_paid_out_yet() -> None:
    """The deal of the head is open then, and is no more in the way than the head itself."""
    scene = Scene()
    owner, licensee = scene.party(), scene.party()
    listing = scene.listing(owner, scene.right(owner), deal_kind="exclusive_licence", may_sublicense=True)
    deal = scene.deal(listing, licensee)
    scene.sign(deal)
    scene.fund(deal)
    licence = scene.state.deals[deal].licence_id
    assert scene.state.deals[deal].state == "EFFECTIVE"
    below = listed(scene, licensee, licence, ends_ms=None)
    granted(scene, scene.deal(below, scene.party()))


def test_its_chain_record_names_its_head_and_lies_within_it() -> None:
    scene = Scene()
    sub_licensed(scene)
    # Every request anew, with the state behind it: a deal's keys and commitments are then as they were.
    engine, records = Engine(), []
    for number, request in enumerate(scene.requests):
        outcome = engine.apply(request)
        records += [row for row in outbox_records(number, outcome, engine.state) if row.kind == "licence"]
    above, below = (row.payload for row in records)
    assert below["head_id"] == above["licence_id"]
    assert above["sublicensable"] is True
    assert below.get("sublicensable", False) is False
    assert above["starts_at"] <= below["starts_at"] < below["ends_at"] <= above["ends_at"]
    assert above["right_id"] == below["right_id"]


def test_its_licensor_is_told_at_the_listing_and_at_the_grant() -> None:
    scene = Scene()
    owner, _, licence, below = sub_licensed(scene)
    told = [
        event for each in scene.outcomes for event in each.events if isinstance(event, HeadLicensorNoticed)
    ]
    assert [(event.party_id, event.head_licence) for event in told] == [(owner, licence)] * 2
    assert told[1].licence_id == below


def test_it_ends_with_the_termination_of_its_head() -> None:
    scene = Scene()
    _, _, licence, below = sub_licensed(scene)
    deal = scene.state.licences[licence].deal_id
    encumbering.dispute(scene, deal)
    outcome = encumbering.outcome(scene, deal, "terminate_licence")
    assert ends(outcome) == [
        (licence, "TERMINATED", "dispute_outcome"),
        (below, "TERMINATED", "head_licence_ended"),
    ]
    records = outbox_records(1, outcome, scene.state)
    assert [row.kind for row in records] == ["licence_end", "licence_end"]
    assert not scene.state.licences
    scene.replay()


def test_it_ends_with_its_heads_term_and_never_after_it() -> None:
    scene = Scene()
    _, licensee, licence = head(scene, ends_ms=scene.now + 90 * MS_PER_DAY)
    term = scene.state.licences[licence].ends_ms
    listing = listed(scene, licensee, licence, ends_ms=term)
    below = granted(scene, scene.deal(listing, scene.party()))
    scene.wait(90 * MS_PER_DAY)
    ended = [each for outcome in scene.outcomes for each in ends(outcome)]
    assert ended == [(licence, "EXPIRED", "licence_end"), (below, "EXPIRED", "licence_end")]


@pytest.mark.parametrize("status", ["invalidated", "expired"])
def test_both_end_with_their_right(status: str) -> None:
    scene = Scene()
    owner, _, licence, below = sub_licensed(scene)
    outcome = scene.copy(scene.state.licences[licence].right_id, owner, status=status)
    assert ends(outcome) == [(licence, "ENDED", f"right_{status}"), (below, "ENDED", f"right_{status}")]


def test_an_earlier_end_of_the_right_shortens_both() -> None:
    scene = Scene()
    owner, _, licence, below = sub_licensed(scene)
    scene.copy(scene.state.licences[licence].right_id, owner, expiry_date="2028-03-01")
    assert scene.state.licences[licence].ends_ms == scene.state.licences[below].ends_ms < HEAD_ENDS_MS


def test_the_end_of_the_head_suspends_the_listing_and_bars_what_it_has_awarded() -> None:
    scene = Scene()
    _, licensee, licence = head(scene)
    listing = listed(scene, licensee, licence, max_acceptances=2)
    first, second = scene.party(), scene.party()
    signed, unsigned = scene.deal(listing, first), scene.accept
    scene.sign(signed)
    deal = scene.state.licences[licence].deal_id
    encumbering.dispute(scene, deal)
    scene.credit(second, 100_000_00)
    awarded = unsigned(listing, second).result["deal_id"]
    assert code(scene.signature(awarded, licensee)) == "HEAD-LICENCE-NOT-IN-FORCE"
    assert code(scene.fund(signed)) == "HEAD-LICENCE-NOT-IN-FORCE"
    encumbering.outcome(scene, deal, "terminate_licence")
    assert scene.state.listings[listing].state in {"SUSPENDED", "AWARDED"}
    assert code(scene.fund(signed)) == "HEAD-LICENCE-NOT-IN-FORCE"
    scene.wait(30 * MS_PER_DAY)
    assert {scene.state.deals[each].state for each in (signed, awarded)} == {"REFUNDED"}
    assert all(not scene.state.deals[each].defaulted for each in (signed, awarded))


def test_an_open_listing_is_suspended_when_its_head_ends_and_lapses() -> None:
    scene = Scene()
    _, licensee, licence = head(scene)
    listing = listed(scene, licensee, licence)
    deal = scene.state.licences[licence].deal_id
    encumbering.dispute(scene, deal)
    encumbering.outcome(scene, deal, "terminate_licence")
    assert scene.state.listings[listing].state == "SUSPENDED"
    scene.wait(30 * MS_PER_DAY)
    assert scene.state.listings[listing].state == "LAPSED"
    scene.replay()


def test_a_listing_that_waits_for_approval_is_not_opened_under_an_ended_head() -> None:
    scene = Scene()
    _, licensee, licence = head(scene)
    listing = submit(scene, licensee, licence).result["listing_id"]
    deal = scene.state.licences[licence].deal_id
    encumbering.dispute(scene, deal)
    encumbering.outcome(scene, deal, "terminate_licence")
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "HEAD-LICENCE-NOT-IN-FORCE"


def test_the_owner_goes_on_beside_it() -> None:
    """A licensee's listings and deals take nothing from the owner, who lists, sells and transfers as before."""
    scene = Scene()
    owner, licensee, licence = head(scene)
    right_id = scene.state.licences[licence].right_id
    awarded = scene.deal(listed(scene, licensee, licence, max_acceptances=2), scene.party())
    buyer = scene.party()
    deal = scene.deal(scene.listing(owner, right_id), buyer)
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    assert scene.state.deals[deal].state == "SETTLED"
    below = granted(scene, awarded)
    assert scene.state.licences[below].licensor == licensee
    assert scene.state.rights[right_id].open_listing is None


def test_what_it_brings_is_the_licensees_alone() -> None:
    scene = Scene()
    owner, other, bank = scene.party(), scene.party(), scene.party("pledgee")
    licensee, buyer = scene.party(), scene.party()
    right_id = scene.right(owner, other)
    listing = scene.listing(
        owner,
        right_id,
        approve=False,
        deal_kind="exclusive_licence",
        may_sublicense=True,
        ends_ms=HEAD_ENDS_MS,
    )
    scene.by(other, c.ConsentToListing(listing_id=listing))
    scene.operator(c.ApproveListing(listing_id=listing))
    licence = granted(scene, scene.deal(listing, licensee))
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1_000_000_00, currency="CNY")
    scene.copy(right_id, owner, other, pledges=(pledge,))
    below = listed(scene, licensee, licence)
    assert code(scene.by(other, c.ConsentToListing(listing_id=below))) == "NOT-PERMITTED"
    deal = scene.deal(below, buyer)
    assert code(scene.signature(deal, licensee)) == "CN-CIVIL-CODE-444"
    scene.by(bank, c.ConsentToDeal(listing_id=below))
    granted(scene, deal)
    paid = [scene.state.payments[each] for each in scene.state.deals[deal].payments]
    assert {each.party_id for each in paid} == {licensee}


def test_it_may_bear_a_royalty_and_stand_under_an_offer() -> None:
    scene = Scene()
    _, licensee, licence = head(scene, deal_kind="ordinary_licence", ends_ms=None)
    below = listed(scene, licensee, licence, price=0, consideration=royalty(), ends_ms=None)
    assert scene.sign_offer(below, licensee).refusal is None
    buyer = scene.party()
    deal = scene.accept(below, buyer, 0).result["deal_id"]
    scene.signature(deal, buyer)
    scene.chain(deal)
    assert scene.fund(deal).refusal is None
    row = scene.state.licences[scene.state.deals[deal].licence_id]
    assert row.ends_ms <= scene.state.licences[licence].ends_ms
    assert [each.sort for each in scene.state.obligations.values()] == ["royalty"]


@pytest.mark.parametrize(
    "fields",
    [
        {"may_sublicense": True},
        {"announcement_number": "2026-7"},
        {"deal_kind": "assignment"},
        {"head_licence": ""},
    ],
)
def test_what_no_sub_licence_can_be_is_malformed(fields: dict[str, Any]) -> None:
    scene = Scene()
    _, licensee, licence = head(scene)
    outcome = submit(scene, licensee, licence, **fields)
    assert (code(outcome), outcome.refusal.detail["field"]) == ("MALFORMED", "head_licence")  # type: ignore[union-attr]


def test_a_licence_in_a_sole_licensors_place_is_not_used_up_by_a_sub_licence() -> None:
    scene = Scene()
    owner, licensee, licence = head(scene, deal_kind="sole_licence")
    right_id = scene.state.licences[licence].right_id
    granted(scene, scene.deal(listed(scene, licensee, licence), scene.party()))
    assert code(scene.submit(owner, right_id, deal_kind="ordinary_licence")) == "CN-TECHNOLOGY-CONTRACTS-25"
    scene.document("licensor_cannot_work", right_id)
    assert scene.submit(owner, right_id, deal_kind="ordinary_licence").refusal is None


def test_its_contract_names_its_head_in_every_language() -> None:
    scene = Scene()
    _, licensee, licence = head(scene)
    deal = scene.state.deals[scene.deal(listed(scene, licensee, licence), scene.party())]
    seller, buyer = scene.state.parties[deal.seller], scene.state.parties[deal.buyer]
    contract = of_deal(deal, seller, buyer, simulated=True)
    assert all(licence in words for words in text.texts(contract).values())
    assert not contract.is_kept_in_force


@pytest.mark.parametrize(
    ("part", "whole", "inside"),
    [
        ("battery", "all", True),
        ("Battery ", "battery", True),
        ("battery", "H01", False),
        ("all", "H01", False),
        ("all", "不限", True),
        ("H01", "H", True),
        ("H", "H01", False),
        ("H01;A61", "H01", False),
        ("H01;A61", "A;H01;B", True),
        ("H01", "battery", False),
    ],
)
def test_a_field_lies_within_another_only_where_that_is_known(part: str, whole: str, inside: bool) -> None:
    assert field_lies_within(part, whole) is inside
