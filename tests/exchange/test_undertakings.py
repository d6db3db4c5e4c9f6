"""The seller's undertaking: what is not answered passes nothing, and what the venue finds stands over the answer."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import VERSIONS
from exchange.listings import findings
from exchange.terms.contract import of_deal
from exchange.turn import Outcome, Turn
from tests.exchange.lot_rule_cases import submit_lot
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene
from tests.undertakings import PLAIN, undertaking

TOO_MANY = tuple(f"HOLDER{each}" for each in range(201))


class FourthEngine(Scene):
    """A venue that has activated the fourth engine only."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=4, rulebook=1))


def detail(outcome: Outcome) -> Any:
    assert outcome.refusal is not None
    return outcome.refusal.detail


def named(scene: Scene, seller: str, right: str, **fields: Any) -> list[tuple[str, str, Any]]:
    """Step, code and missing fact of all that a check of a draft finds."""
    stated: dict[str, Any] = {
        "right_id": right,
        "mode": "posted",
        "deal_kind": "assignment",
        "currency": "CNY",
        "closes_ms": scene.now + 30 * MS_PER_DAY,
    }
    command = c.SubmitListing(**stated)
    terms = c.ListingTerms(price=1_00, **fields)
    request = c.Request(
        time_ms=scene.now, actor=seller, signer=scene.keys[seller], command=command, terms=terms
    )
    found = findings.on_draft(Turn(scene.state, request), command, terms).grounds
    return [(each.step, each.rule.code, each.detail.get("fact")) for each in found]


def test_a_check_names_every_answer_that_lacks_at_once() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller, scene.party())
    lacking = (
        "state_secret",
        "open_licence_elsewhere",
        "venue_staff",
        "nominee",
        "co_owners_agreed_otherwise",
    )
    missing = [("list", "FACT-MISSING", fact) for fact in lacking]
    assert [each for each in named(scene, seller, right) if each[2]] == missing
    one = undertaking(nominee=True, venue_staff=UNSET)
    assert [each[2] for each in named(scene, seller, right, undertaking=one) if each[2]] == [
        "venue_staff",
        "holders",
    ]


def test_a_missing_answer_names_its_supplier_and_whose_it_is() -> None:
    scene = Scene()
    seller = scene.party()
    refused = scene.submit(seller, scene.right(seller), undertaking=UNSET)
    assert detail(refused) == {"fact": "state_secret", "party_id": seller, "supplier": "undertaking"}


def test_the_owner_of_a_whole_right_and_a_licensee_are_not_asked_of_co_owners() -> None:
    scene = Scene()
    seller = scene.party()
    alone = undertaking(co_owners_agreed_otherwise=UNSET)
    assert code(scene.submit(seller, scene.right(seller), undertaking=alone)) == ""
    scene.replay()


@pytest.mark.parametrize("holders", [0, -1, 1_000_001])
def test_a_nominee_holds_for_a_number_that_there_can_be(holders: int) -> None:
    scene = Scene()
    seller = scene.party()
    word = undertaking(nominee=True, holders=holders)
    assert (
        detail(scene.submit(seller, scene.right(seller), undertaking=word))["field"] == "undertaking.holders"
    )


def test_whoever_holds_for_itself_names_no_holders() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    for nominee in (False, UNSET):
        word = undertaking(nominee=nominee, holders=2)
        assert code(scene.submit(seller, right, undertaking=word)) == "MALFORMED"


def test_a_list_on_record_stands_over_the_number_that_a_nominee_names() -> None:
    scene = Scene()
    seller = scene.party()
    right, few = scene.right(seller), undertaking(nominee=True, holders=2)
    scene.document("holders", seller, holders=TOO_MANY)
    refused = scene.submit(seller, right, undertaking=few)
    assert (code(refused), detail(refused)["holders"]) == ("CN-SC-2011-38-HOLDERS", 201)
    scene.document("holders", seller, holders=TOO_MANY[:200])
    many = undertaking(nominee=True, holders=300)
    assert code(scene.submit(seller, right, undertaking=many)) == ""


def test_a_seller_whose_papers_call_it_a_nominee_says_for_how_many_it_holds_whatever_it_answers() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    scene.verify(seller, "beneficial_owners", nominee=True)
    refused = scene.submit(seller, right)
    assert (code(refused), detail(refused)["fact"]) == ("FACT-MISSING", "holders")
    scene.document("holders", seller, holders=TOO_MANY[:200])
    assert code(scene.submit(seller, right)) == ""


def test_of_several_sellers_each_holds_for_few() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    right = scene.right(seller, other)
    scene.document("holders", other, holders=TOO_MANY)
    submitted = scene.submit(seller, right, undertaking=undertaking(co_owners_agreed_otherwise=False))
    assert code(submitted) == ""
    listing = submitted.result["listing_id"]
    assert code(scene.by(other, c.ConsentToListing(listing_id=listing))) == ""
    refused = scene.operator(c.ApproveListing(listing_id=listing))
    assert (code(refused), detail(refused)["holders"]) == ("CN-SC-2011-38-HOLDERS", 201)


def test_a_nominee_of_many_grants_licences() -> None:
    scene = Scene()
    seller = scene.party()
    many = undertaking(nominee=True, holders=201)
    submitted = scene.submit(seller, scene.right(seller), deal_kind="ordinary_licence", undertaking=many)
    assert code(submitted) == ""


def test_a_secret_that_is_found_after_the_seller_has_denied_it_is_not_opened() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, approve=False)
    scene.document("secrecy_notice", right)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-PATENT-LAW-4"


def test_a_declassification_that_a_later_notice_has_undone_does_not_excuse_the_sellers_word() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    scene.document("declassification", right)
    scene.document("secrecy_notice", right)
    assert code(scene.submit(seller, right, undertaking=undertaking(state_secret=True))) == "CN-PATENT-LAW-4"


def test_what_staff_had_open_before_it_was_found_goes_on_and_nothing_new_is_listed() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    waiting = scene.listing(seller, scene.right(seller), approve=False)
    scene.document("venue_staff", seller)
    assert code(scene.operator(c.ApproveListing(listing_id=waiting))) == "STAFF-MAY-NOT-SELL"
    deal = scene.deal(listing, buyer)
    assert code(scene.signature(deal, seller)) == ""


def test_a_co_owner_that_consents_and_is_staff_keeps_the_listing_from_opening() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller, other), approve=False)
    scene.by(other, c.ConsentToListing(listing_id=listing))
    scene.document("venue_staff", other)
    refused = scene.operator(c.ApproveListing(listing_id=listing))
    assert (code(refused), detail(refused)["party_id"]) == ("STAFF-MAY-NOT-SELL", other)


def test_one_answer_covers_all_rights_of_a_lot() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    rights = [scene.right(seller), scene.right(seller, other), scene.right(seller)]
    silent = undertaking(co_owners_agreed_otherwise=UNSET)
    refused = submit_lot(scene, seller, rights, undertaking=silent)
    assert (code(refused), detail(refused)["right_id"]) == ("FACT-MISSING", rights[1])
    secret = undertaking(state_secret=True)
    assert code(submit_lot(scene, seller, rights, undertaking=secret)) == "CN-PATENT-LAW-4"


def test_an_agreement_of_co_owners_ends_with_its_time_and_the_law_is_back() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    right = scene.right(seller, other)
    scene.document(
        "co_owners_agreement", right, valid_until_ms=scene.now + MS_PER_DAY, alone=("sole_licence",)
    )
    listing = scene.listing(seller, right, approve=False, deal_kind="sole_licence")
    scene.wait(2 * MS_PER_DAY)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-PATENT-LAW-14"


def test_no_agreement_lets_a_co_owner_sell_the_right_alone_or_declare_an_open_licence() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    right = scene.right(seller, other)
    agreement: Any = {"document": "co_owners_agreement", "subject_id": right}
    terms = c.DocumentTerms(**agreement, alone=("assignment",))
    command = c.RecordDocument(digest="0" * 64)
    assert code(scene.operator(command, terms=terms)) == "MALFORMED"
    elsewhere = c.DocumentTerms(document="declassification", subject_id=right, alone=("sole_licence",))
    assert code(scene.operator(command, terms=elsewhere)) == "MALFORMED"
    scene.document("co_owners_agreement", right, alone=("ordinary_licence",))
    listing = scene.listing(
        seller, right, approve=False, deal_kind="ordinary_licence", announcement_number="2026-1"
    )
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "CN-PATENT-LAW-14"


def test_the_undertaking_is_kept_with_the_listing_and_is_no_clause_of_its_deals() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    word = undertaking(nominee=True, holders=7)
    listing = scene.listing(seller, scene.right(seller), undertaking=word)
    assert scene.state.listings[listing].terms.undertaking == word
    deal = scene.state.deals[scene.deal(listing, buyer)]
    contract = of_deal(deal, scene.state.parties[seller], scene.state.parties[buyer], simulated=True)
    stated = msgspec.to_builtins(contract)
    assert "price" in stated
    assert set(stated).isdisjoint(("undertaking", *PLAIN.__struct_fields__))


def test_engines_before_the_fifth_know_of_no_undertaking_and_no_agreement() -> None:
    scene = FourthEngine()
    seller, other = scene.party(), scene.party()
    right = scene.right(seller, other)
    kind = {"deal_kind": "ordinary_licence"}
    assert code(scene.submit(seller, right, undertaking=PLAIN, **kind)) == "MALFORMED"
    assert code(scene.document("co_owners_agreement", right)) == "MALFORMED"
    scene.document("venue_staff", seller)
    assert code(scene.submit(seller, right, undertaking=UNSET, **kind)) == ""
    scene.replay()


def test_a_listing_of_the_fourth_engine_is_not_opened_by_the_fifth_without_an_undertaking() -> None:
    scene = FourthEngine()
    seller = scene.party()
    right = scene.right(seller)
    opened, waiting = scene.listing(seller, right), scene.listing(seller, scene.right(seller), approve=False)
    schema, engine, rulebook = VERSIONS
    scene.give(c.ActivateVersion(schema=schema, engine=engine, rulebook=rulebook))
    scene.copy(scene.state.listings[waiting].right_id, seller)
    scene.title_again(scene.state.listings[waiting].right_id)
    refused = scene.operator(c.ApproveListing(listing_id=waiting))
    assert detail(refused) == {"fact": "state_secret", "party_id": seller, "supplier": "undertaking"}
    assert scene.state.listings[opened].state == "OPEN"
    scene.operator(c.RejectListing(listing_id=waiting))
    assert code(scene.submit(seller, scene.state.listings[waiting].right_id)) == ""
