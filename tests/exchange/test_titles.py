"""A contract names its right: title and applicants by their sealed commitment, numbers and holder in the clear."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.sealed import Opening, commitment
from exchange.terms import contract as contracts
from exchange.terms import text
from exchange.terms.contract import LANGUAGES, ContractTerms
from exchange.terms.text import annex
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, cn_right_id, titled

SALT = "5c" * 32
BIBLIOGRAPHY: dict[str, Any] = {"title": "一种无人机的避障方法", "applicants": ["示例甲", "示例乙"]}


def contract_of(scene: Scene, deal_id: str) -> ContractTerms:
    deal = scene.state.deals[deal_id]
    seller, buyer = (scene.state.parties[side] for side in (deal.seller, deal.buyer))
    return contracts.of_deal(deal, seller, buyer, simulated=True)


def sold(scene: Scene, **facts: Any) -> tuple[str, str, str]:
    """A right, its seller and the deal in which it is sold."""
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, **facts)
    return right, seller, scene.deal(scene.listing(seller, right), buyer)


def test_a_contract_names_title_numbers_and_holder_of_its_right_in_every_language() -> None:
    scene = Scene()
    right, seller, deal_id = sold(scene)
    contract = contract_of(scene, deal_id)
    number = right.removeprefix("CN-")
    for language in LANGUAGES:
        words = text.text(contract, language)
        for named in (titled(right)["bibliography"], f" {number}", f"ZL{number}", scene.numbers[seller]):
            assert named in words.replace("：", " "), (language, named)


@pytest.mark.parametrize(
    ("right_id", "right_type", "number"),
    [
        ("CN-achievement-2026990001", "achievement", "2026990001"),
        ("CN-know-how-KH2026", "know_how", "KH2026"),
        ("CN-software-2026SR0000123", "software_copyright", "2026SR0000123"),
        ("HK-publication-1234567", "invention", "1234567"),
        ("CN-201610178553.5", "invention", "201610178553.5"),
    ],
)
def test_the_number_of_a_right_is_what_its_id_has_behind_office_and_kind(
    right_id: str, right_type: Any, number: str
) -> None:
    scene = Scene()
    contract = contract_of(scene, sold(scene)[2])
    facts = msgspec.structs.replace(contract.right, office=right_id[:2], right_type=right_type)
    assert msgspec.structs.replace(contract, right_id=right_id, right=facts).number == number


def test_an_english_text_says_what_an_ordinary_licence_is_and_an_older_one_stays_as_it_was() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller), deal_kind="ordinary_licence")
    contract = contract_of(scene, scene.deal(listing, buyer))
    bare = {"bibliography": UNSET, "holders": UNSET, "publication_number": UNSET}
    older = msgspec.structs.replace(contract, right=msgspec.structs.replace(contract.right, **bare))
    assert "Non-exclusive (ordinary) licence" in text.text(contract, "en")
    assert text.text(older, "en").splitlines()[1].startswith("Ordinary licence of technology D-")


# --- the annex


def annexed(value: Any = BIBLIOGRAPHY) -> ContractTerms:
    """A contract that names this bibliography."""
    scene = Scene()
    contract = contract_of(scene, sold(scene)[2])
    sealed = commitment("bibliography", bytes.fromhex(SALT), value).hex()
    return msgspec.structs.replace(
        contract, right=msgspec.structs.replace(contract.right, bibliography=sealed)
    )


def test_the_annex_shows_title_and_applicants_and_what_opens_the_commitment_to_them() -> None:
    contract, opening = annexed(), Opening(SALT, BIBLIOGRAPHY)
    assert annex.opens(contract, opening)
    for words in annex.annexes(contract, opening).values():
        for shown in (*BIBLIOGRAPHY["applicants"], BIBLIOGRAPHY["title"], SALT, contract.right.bibliography):
            assert str(shown) in words


@pytest.mark.parametrize(
    "opening",
    [
        Opening("5d" * 32, BIBLIOGRAPHY),
        Opening("5c", BIBLIOGRAPHY),
        Opening(SALT, BIBLIOGRAPHY | {"title": "另一名称"}),
        Opening(SALT, BIBLIOGRAPHY | {"applicants": []}),
        Opening(SALT, None),
    ],
)
def test_nothing_else_opens_the_title_that_a_contract_names(opening: Opening) -> None:
    assert not annex.opens(annexed(), opening)


@pytest.mark.parametrize("value", [{"applicants": ["示例甲"]}, {"title": ""}, {"title": "\u202e"}, ["名称"]])
def test_a_bibliography_without_a_title_is_no_annex(value: Any) -> None:
    assert not annex.opens(annexed(value), Opening(SALT, value))


def test_nothing_in_an_annex_turns_or_breaks_its_lines() -> None:
    value = {"title": "A\u202eB", "applicants": ["C\nD"]}
    words = annex.annex(annexed(value), Opening(SALT, value), "en")
    assert "\u202e" not in words.splitlines()[1]
    assert "Applicants: CD" in words


# --- on record


class Earlier(Scene):
    """A venue of the fourth engine."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=4, rulebook=1))


def imported(right_id: str, *, title: bool = True, **fields: Any) -> c.ImportRight:
    facts = {"office": "CN", "right_type": "invention", "filing_date": "2019-03-01", **fields}
    return c.ImportRight(right_id=right_id, erasable=titled(right_id) if title else {}, **facts)


def test_a_missing_title_is_filled_in_and_no_later_import_replaces_it() -> None:
    scene = Scene()
    right, seller = cn_right_id(0), scene.party()
    scene.service(imported(right, title=False))
    assert scene.state.rights[right].bibliography is UNSET
    assert scene.by(seller, imported(right)).result["known"] == "corrected"
    first = scene.state.rights[right].bibliography
    again = msgspec.structs.replace(imported(right), erasable=titled("another salt"))
    for outcome in (scene.by(seller, again), scene.service(again)):
        assert outcome.result["known"] == "yes"
    assert scene.state.rights[right].bibliography == first


def test_a_party_fills_in_no_title_behind_a_register_copy() -> None:
    scene = Scene()
    right, seller = cn_right_id(0), scene.party()
    scene.service(imported(right, title=False))
    scene.copy(right, seller)
    assert scene.by(seller, imported(right)).result["known"] == "yes"
    assert scene.service(imported(right)).result["known"] == "corrected"


def test_an_older_engine_looks_for_no_title() -> None:
    scene = Earlier()
    right = cn_right_id(0)
    scene.service(imported(right))
    assert scene.state.rights[right].bibliography is UNSET


def test_a_title_that_is_erased_bars_a_listing_until_another_is_on_record() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    scene.erase_title(right)
    refused = scene.submit(seller, right).refusal
    assert refused is not None
    assert (refused.code, refused.detail["fact"]) == ("FACT-MISSING", "title")
    scene.service(imported(right))
    assert code(scene.submit(seller, right)) == ""


def test_nobody_signs_a_contract_whose_title_cannot_be_read_and_nobody_defaults_by_that() -> None:
    scene = Scene()
    right, seller, deal_id = sold(scene)
    scene.erase_title(right)
    scene.service(msgspec.structs.replace(imported(right), erasable=titled("another salt")))
    assert code(scene.by(seller, scene.agreement(deal_id))) == "FACT-MISSING"
    scene.wait(30 * MS_PER_DAY)
    deal = scene.state.deals[deal_id]
    assert (deal.state, deal.defaulted) == ("REFUNDED", UNSET)


def test_what_both_have_signed_goes_on_when_its_title_is_erased() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller)
    listing = scene.listing(seller, right, deal_kind="ordinary_licence", ends_ms=scene.now + 900 * MS_PER_DAY)
    deal_id = scene.deal(listing, buyer)
    scene.sign(deal_id)
    scene.erase_title(right)
    assert code(scene.fund(deal_id)) == ""
    assert scene.state.deals[deal_id].state == "EFFECTIVE"


def test_a_listing_from_before_waits_for_its_title_and_a_deal_from_before_does_not() -> None:
    scene = Earlier()
    seller, buyer = scene.party(), scene.party()
    before, awarded_later, titled_later = (scene.right(seller) for _ in range(3))
    listings = [scene.listing(seller, right) for right in (before, awarded_later, titled_later)]
    old = scene.deal(listings[0], buyer)
    scene.give(c.ActivateVersion(schema=1, engine=5, rulebook=1))
    scene.service(imported(titled_later, grant_date="2021-06-01"))
    scene.verify(buyer)
    untitled, named = (scene.deal(listing, buyer) for listing in listings[1:])
    assert code(scene.by(seller, scene.agreement(old))) == ""
    assert code(scene.by(seller, scene.agreement(untitled))) == "FACT-MISSING"
    assert code(scene.by(seller, scene.agreement(named))) == ""
    assert not contract_of(scene, old).names_its_right
    assert contract_of(scene, named).names_its_right
    scene.replay()
