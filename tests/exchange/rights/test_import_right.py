"""What may enter the catalogue, who may correct it, and whose word counts in the end."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.events import RightCorrected
from exchange.rights.identity import IdRefused, check_id
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene

CN_RIGHT = "CN-201710117081.7"


def imported(scene: Scene, by: str = "venue", **facts: Any) -> Outcome:
    fields = {"right_id": CN_RIGHT, "office": "CN", "right_type": "invention", "filing_date": "2017-03-01"}
    command = c.ImportRight(**(fields | facts))
    return scene.operator(command) if by == "venue" else scene.by(by, command)


@pytest.mark.parametrize(
    ("right_id", "right_type"),
    [
        (CN_RIGHT, "invention"),
        (CN_RIGHT, "application"),
        ("CN-95115608.X", "invention"),
        ("US-14182756", "design"),
        ("US-29123456", "design"),
        ("HK-99990010.7", "invention"),
        ("HK-publication-1221234", "invention"),
        ("MO-I001234", "invention"),
        ("EP-13163253.1", "invention"),
        ("WO-PCTCN2015074567", "invention"),
        ("CN-achievement-2026990001", "achievement"),
    ],
)
def test_the_id_of_a_right_is_the_number_that_its_office_gave(right_id: str, right_type: Any) -> None:
    check_id(right_id, right_id[:2], right_type, as_of_year=2027)


def test_a_patent_never_passes_for_a_result() -> None:
    for right_id, right_type in ((CN_RIGHT, "achievement"), ("CN-achievement-2026990001", "invention")):
        with pytest.raises(IdRefused):
            check_id(right_id, "CN", right_type, as_of_year=2027)  # type: ignore[arg-type]  # both are types


def test_the_operator_corrects_a_wrong_date_while_nothing_rests_on_it() -> None:
    scene = Scene()
    seller, other = scene.party("seller"), scene.party("seller")
    assert imported(scene, seller, filing_date="2016-02-28").result["known"] == "no"
    assert code(imported(scene, other)) == "RIGHT-DIFFERS"
    outcome = imported(scene)
    assert outcome.result["known"] == "corrected"
    assert outcome.events == (RightCorrected(right_id=CN_RIGHT, fields=("filing_date",)),)
    assert scene.state.rights[CN_RIGHT].filing_date == "2017-03-01"
    assert imported(scene, other).result["known"] == "yes"


def test_the_register_copy_rules_over_what_was_imported() -> None:
    scene = Scene()
    seller = scene.party("seller")
    imported(scene, seller, right_type="application", filing_date="2016-02-28")
    scene.copy(CN_RIGHT, seller, right_type="invention", filing_date="2017-03-01", grant_date="2019-08-20")
    right = scene.state.rights[CN_RIGHT]
    assert (right.right_type, right.filing_date, right.grant_date) == (
        "invention",
        "2017-03-01",
        "2019-08-20",
    )
    assert code(imported(scene, filing_date="2016-02-28")) == "RIGHT-DIFFERS"
    assert imported(scene, seller, grant_date="2019-08-20").result["known"] == "yes"


def test_a_missing_grant_date_is_filled_in_when_the_right_is_given_again() -> None:
    scene = Scene()
    seller = scene.party("seller")
    imported(scene, seller)
    assert imported(scene, seller, grant_date="2019-08-20").result["known"] == "corrected"
    assert scene.state.rights[CN_RIGHT].grant_date == "2019-08-20"
    assert imported(scene, seller).result["known"] == "yes"
    assert code(imported(scene, seller, grant_date="2019-08-21")) == "RIGHT-DIFFERS"


def test_after_a_register_copy_the_venue_alone_fills_in_a_missing_grant_date() -> None:
    scene = Scene()
    seller = scene.party("seller")
    imported(scene, seller)
    scene.copy(CN_RIGHT, seller, grant_date=None)
    assert code(imported(scene, seller, grant_date="2019-08-20")) == "RIGHT-DIFFERS"
    assert imported(scene, grant_date="2019-08-20").result["known"] == "corrected"


def test_a_filled_grant_date_does_not_come_before_the_known_filing_date() -> None:
    scene = Scene()
    imported(scene)
    assert code(imported(scene, filing_date=None, grant_date="2017-02-28")) == "MALFORMED"
    assert scene.state.rights[CN_RIGHT].grant_date is None


def test_the_lost_answer_of_an_application_does_not_cost_its_api_key() -> None:
    scene = Scene()
    party = scene.party(approve=False)
    scene.now += 1
    request = c.Request(
        time_ms=scene.now,
        actor=party,
        signer=scene.keys[party],
        command=c.IssueApiKey(),
        api_key_sha256="ab" * 32,
    )
    assert code(scene.apply(request)) == ""
    assert scene.state.parties[party].api_key_sha256 == "ab" * 32
    bid = c.RegisterBidder(listing_id="L-1")
    assert code(scene.by(party, bid)) == "PARTY-NOT-ACTIVE"
