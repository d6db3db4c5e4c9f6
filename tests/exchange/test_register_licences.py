"""Licences that a register copy names: which were granted here, which elsewhere, and what is said of those."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from exchange.rows import Licence
from tests.exchange.law_rule_cases import licensed
from tests.exchange.outcomes import code
from tests.exchange.register_licence_rule_cases import elsewhere, licensed_elsewhere
from tests.exchange.scene import Scene
from tests.exchange.test_contract_text import text_of


def as_recorded(scene: Scene, licence: Licence, **fields: Any) -> c.RegisteredLicence:
    """A licence granted here, as the register names it once its filing was confirmed."""
    facts: dict[str, Any] = {
        "licence_id": licence.id,
        "licensee": scene.state.parties[licence.licensee].company_number,
        "starts_on": venue_date(licence.starts_ms).isoformat(),
        "ends_on": venue_date(licence.ends_ms - 1).isoformat(),
        "territory": licence.territory,
        "field_of_use": licence.field_of_use,
    }
    return elsewhere(licence.licence_kind.removesuffix("_licence"), **(facts | fields))


def numbers(scene: Scene, right: str) -> list[int]:
    return [each.number for each in scene.state.rights[right].licences_elsewhere]


def test_a_licence_that_was_filed_from_here_is_no_other_one_beside_itself() -> None:
    scene = Scene()
    seller, right = licensed(scene, "ordinary_licence")
    licence = scene.state.licences[scene.state.rights[right].licences[0]]
    scene.copy(right, seller, licences=(as_recorded(scene, licence),))
    assert scene.state.rights[right].licences_elsewhere == ()
    scene.copy(right, seller, licences=(as_recorded(scene, licence), elsewhere("ordinary")))
    assert [each.licence_id for each in scene.state.rights[right].licences_elsewhere] == ["R-2026-7"]
    scene.replay()


@pytest.mark.parametrize("differing", [{"kind": "exclusive"}, {"licensee": "91440300000000998X"}])
def test_anothers_licence_under_the_id_of_one_from_here_is_not_taken_for_it(differing: Any) -> None:
    scene = Scene()
    seller, right = licensed(scene, "ordinary_licence")
    licence = scene.state.licences[scene.state.rights[right].licences[0]]
    said = {"kind": "ordinary", "licensee": scene.numbers[licence.licensee]} | differing
    scene.copy(right, seller, licences=(elsewhere(said.pop("kind"), licence_id=licence.id, **said),))
    assert numbers(scene, right) == [1]


def test_a_licence_from_here_that_has_ended_is_not_taken_for_anothers_while_the_register_still_names_it() -> (
    None
):
    scene = Scene()
    ends_ms = scene.now + 10 * MS_PER_DAY
    seller, right = licensed(scene, "exclusive_licence", ends_ms=ends_ms)
    licence = scene.state.licences[scene.state.rights[right].licences[0]]
    recorded = as_recorded(scene, licence)
    scene.wait(ends_ms - scene.now)
    assert scene.state.rights[right].licences == ()
    scene.copy(right, seller, licences=(recorded,))
    assert scene.state.rights[right].licences_elsewhere == ()
    assert code(scene.submit(seller, right, deal_kind="exclusive_licence")) == ""
    scene.wait(2 * MS_PER_DAY)
    scene.copy(right, seller)
    assert scene.state.rights[right].licences_ended is UNSET
    scene.replay()


def test_each_licence_of_the_register_keeps_its_number_and_none_comes_again() -> None:
    scene = Scene()
    one, other = elsewhere(licence_id="R-1"), elsewhere("ordinary", licence_id="R-2")
    seller, right = licensed_elsewhere(scene, one, other)
    assert numbers(scene, right) == [1, 2]
    scene.copy(right, seller, licences=(other,))
    assert numbers(scene, right) == [2]
    scene.copy(right, seller, licences=(one, other))
    assert numbers(scene, right) == [3, 2]
    scene.copy(right, seller, licences=(elsewhere("sole", licence_id="R-1"), other))
    assert numbers(scene, right) == [4, 2]
    scene.replay()


def test_the_timeline_keeps_from_when_to_when_the_register_has_named_a_licence() -> None:
    scene = Scene()
    seller, right = licensed_elsewhere(scene, elsewhere())
    (fact,) = [each for each in scene.state.right_facts.values() if each.sort == "licence_elsewhere"]
    assert (fact.subject_id, fact.detail, fact.until_ms) == (f"{right} licence 1", "exclusive_licence", None)
    scene.copy(right, seller)
    assert fact.until_ms == scene.now
    assert all(each.sort != "licence_elsewhere" for each in scene.state.right_facts.values())


def test_a_buyer_of_a_right_is_told_of_the_licences_that_the_register_names() -> None:
    """Interpretation on Technology Contracts, Art. 24(2): they outlive the assignment, whoever has recorded them."""
    scene = Scene()
    seller, right = licensed_elsewhere(
        scene, elsewhere(territory=("CN-GD",), field_of_use="H01", ends_on="2030-06-30"), elsewhere("open")
    )
    deal = scene.state.deals[scene.deal(scene.listing(seller, right), scene.party())]
    text = text_of(scene, deal)
    assert "登记簿记载、在他处订立的有：" in text
    assert "R-2026-7（独占实施许可，地域 CN-GD，领域 H01，2026-01-01至2030-06-30）" in text
    assert "R-2026-7（开放许可，地域 CN，领域 all，2026-01-01至2039-03-01）" in text
    assert "登记在案" not in text
    scene.replay()


def test_a_territory_that_is_none_here_may_meet_every_other() -> None:
    scene = Scene()
    seller, right = licensed_elsewhere(scene, elsewhere(territory=("华南",)))
    refused = scene.submit(seller, right, deal_kind="ordinary_licence", territory=("CN-HI",))
    assert code(refused) == "CN-TECHNOLOGY-CONTRACTS-25"
    assert refused.refusal is not None
    assert dict(refused.refusal.detail)["in_the_way"] == "register R-2026-7"


def test_a_licence_whose_field_the_register_does_not_name_is_for_all_fields() -> None:
    scene = Scene()
    _, right = licensed_elsewhere(scene, elsewhere(field_of_use=""))
    (known,) = scene.state.rights[right].licences_elsewhere
    assert known.field_of_use == "all"


@pytest.mark.parametrize(
    "fields",
    [
        {"licence_id": ""},
        {"field_of_use": "x" * 2_001},
        {"starts_on": "2026-13-01"},
        {"ends_on": "soon"},
        {"territory": ("CN",) * 65},
        {"licensee": "x" * 65},
    ],
)
def test_a_copy_names_no_licence_that_none_could_be(fields: Any) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    assert code(scene.copy(right, seller, licences=(elsewhere(**fields),))) == "MALFORMED"
