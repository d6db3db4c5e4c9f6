"""A contract says that a right is not granted of applications alone, and a Mainland patent is sold with its day of grant."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.terms import text
from exchange.terms.contract import LANGUAGES, ContractTerms, of_deal
from tests.exchange.other_right_cases import FILED, KNOW_HOW, LAYOUT, MARK, SOFTWARE
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

GRANT = {"zh-Hans": "授权公告日：", "zh-Hant": "批予公告日期：", "en": "grant published: "}
REGISTERED = {"zh-Hans": "注册（登记）日：", "zh-Hant": "註冊（登記）日期：", "en": "registered: "}
AWAITED = {"zh-Hans": "未授权；", "zh-Hant": "未批予；", "en": "not granted; "}
UNREGISTERED = {"zh-Hans": "尚未注册（登记）；", "zh-Hant": "尚未註冊（登記）；", "en": "not registered; "}
NOT_STATED = {
    "zh-Hans": "登记簿副本未载明；",
    "zh-Hant": "登記冊副本未載明；",
    "en": "not stated by the register copy; ",
}
DATED = {"zh-Hans": "2021-06-01；", "zh-Hant": "2021-06-01；", "en": "2021-06-01; "}
NOTHING = dict.fromkeys(LANGUAGES, "")


def contract_of(scene: Scene, seller: str, right_id: str) -> ContractTerms:
    deal = scene.state.deals[scene.deal(scene.listing(seller, right_id), scene.party())]
    parties = scene.state.parties
    return of_deal(deal, parties[deal.seller], parties[deal.buyer], simulated=True)


def assert_says(contract: ContractTerms, label: dict[Any, str], said: dict[Any, str]) -> None:
    """Every text has the label with these words, and neither label where there are none."""
    for language in LANGUAGES:
        subject = text.text(contract, language).splitlines()[2]
        labels = [each for each in (GRANT[language], REGISTERED[language]) if each in subject]
        assert labels == ([label[language]] if said[language] else []), (language, subject)
        assert label[language] + said[language] in subject or not said[language], (language, subject)


@pytest.mark.parametrize(
    ("right_id", "right_type", "facts", "label", "said"),
    [
        ("", "invention", {}, GRANT, DATED),
        ("", "invention", {"status": "application"}, GRANT, AWAITED),
        ("US-16000001", "invention", {"grant_date": None}, GRANT, NOT_STATED),
        ("US-16000001", "invention", {"status": "application"}, GRANT, AWAITED),
        ("HK-2400123.4", "design", {}, REGISTERED, DATED),
        ("HK-2400123.4", "design", {"grant_date": None}, REGISTERED, NOT_STATED),
        ("HK-2400123.4", "design", {"status": "application"}, REGISTERED, UNREGISTERED),
        (
            "CN-achievement-2026990001",
            "achievement",
            {"status": "achievement", "expiry_date": None},
            GRANT,
            NOTHING,
        ),
    ],
)
def test_a_text_says_not_granted_of_an_application_alone(
    right_id: str, right_type: str, facts: dict[str, Any], label: dict[Any, str], said: dict[Any, str]
) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller, right_id=right_id, right_type=right_type, **facts)
    assert_says(contract_of(scene, seller, right), label, said)


@pytest.mark.parametrize(
    ("right_id", "right_type", "facts", "said"),
    [
        (MARK, "trademark", FILED | {"similar_marks": ()}, NOTHING),
        (MARK, "trademark", FILED | {"similar_marks": (), "grant_date": "2021-06-01"}, DATED),
        (MARK, "trademark", FILED | {"similar_marks": (), "status": "application"}, UNREGISTERED),
        (LAYOUT, "layout_design", FILED, NOTHING),
        (SOFTWARE, "software_copyright", {}, NOTHING),
        (KNOW_HOW, "know_how", {}, NOTHING),
        ("CN-copyright-GD2016F00001234", "copyright", {}, NOTHING),
    ],
)
def test_of_a_right_that_no_grant_makes_no_text_speaks_of_one(
    right_id: str, right_type: str, facts: dict[str, Any], said: dict[Any, str]
) -> None:
    scene = Scene()
    seller = scene.party()
    scene.other_right(right_id, right_type, seller, **facts)
    assert_says(contract_of(scene, seller, right_id), REGISTERED, said)


def test_the_terms_say_what_the_register_calls_the_right_and_an_older_contract_keeps_its_words() -> None:
    scene = Scene()
    seller = scene.party()
    scene.other_right(KNOW_HOW, "know_how", seller)
    contract = contract_of(scene, seller, KNOW_HOW)
    assert contract.right.status == "held"
    bare = msgspec.structs.replace(contract.right, bibliography=UNSET, holders=UNSET, status=UNSET)
    assert_says(msgspec.structs.replace(contract, right=bare), GRANT, AWAITED)


class Earlier(Scene):
    """A venue of the fourth engine."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=4, rulebook=1))


def test_a_granted_mainland_patent_is_not_offered_for_assignment_without_its_day_of_grant() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller, grant_date=None)
    refused = scene.submit(seller, right)
    assert code(refused) == "FACT-MISSING"
    assert refused.refusal is not None
    assert refused.refusal.detail["fact"] == "grant_date"
    assert code(scene.submit(seller, scene.right(seller, status="application"))) == ""
    assert code(scene.submit(seller, scene.right(seller, right_id="US-16000001", grant_date=None))) == ""
    scene.copy(right, seller)
    assert code(scene.submit(seller, right)) == ""


def test_before_engine_five_nobody_asks_for_it_and_an_approval_since_then_does() -> None:
    scene = Earlier()
    seller = scene.party()
    right = scene.right(seller, grant_date=None)
    listing = scene.listing(seller, right, approve=False)
    scene.upgrade()
    scene.title_again(right)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "FACT-MISSING"
