"""A check says what the engine says: of a listing that would be refused its first ground is the refusal's, of one that
would be taken there is none."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, venue_date
from exchange.listings import findings
from exchange.listings.findings import Finding
from exchange.turn import Outcome, Turn
from tests.exchange import floor_rule_cases
from tests.exchange.lot_rule_cases import lot_of
from tests.exchange.outcomes import code
from tests.exchange.rule_cases import CASES, VENUES, named_cases
from tests.exchange.scene import Scene
from tests.exchange.test_rules import CASE_FILES
from tests.undertakings import offered

assert CASE_FILES, "importing them enters their cases"


class CheckedScene(Scene):
    """A scene in which every listing is checked before it is submitted, and before it is opened."""

    checks = 0

    def _apply(self, request: c.Request) -> Outcome:
        found = self.check_of(request)
        outcome = super()._apply(request)
        if found is not None:
            self.checks += 1
            refused = None if outcome.refusal is None else (outcome.refusal.code, outcome.refusal.detail)
            first = None if not found else (found[0].rule.code, found[0].detail)
            assert first == refused
        return outcome

    def check_of(self, request: c.Request) -> tuple[Finding, ...] | None:
        """The grounds of this step, None where no check is made of it."""
        command, state = request.command, self.engine.state
        if not state.venues:
            return None
        before = state.state_hash()
        turn = Turn(state, request)
        found: tuple[Finding, ...] | None = None
        if isinstance(command, c.SubmitListing) and command.right_id in state.rights:
            party: Any = state.parties.get(request.actor)
            if (
                party is not None
                and request.signer == party.key
                and isinstance(request.terms, c.ListingTerms)
            ):
                grounds = findings.on_draft(turn, command, request.terms).grounds
                found = tuple(each for each in grounds if each.step == "list")
        elif isinstance(command, c.ApproveListing) and command.listing_id in state.listings:
            listing = state.listings[command.listing_id]
            if listing.state == "SUBMITTED":
                found = findings.on_listing(turn, listing).grounds
        assert state.state_hash() == before
        assert turn.events == []
        return found


@pytest.mark.parametrize("name", named_cases())
def test_the_first_ground_of_a_check_is_what_the_engine_refuses_under(name: str) -> None:
    scene = CheckedScene(**VENUES[name])
    for _ in CASES[name](scene):
        pass


def test_many_cases_are_checked() -> None:
    scene = CheckedScene()
    for name in ("CN-PATENT-LAW-44", "CN-ACHIEVEMENTS-18", "CN-PATENT-RULES-86"):
        for _ in CASES[name](scene):
            pass
    assert scene.checks >= 6


def test_every_ground_is_named_once_and_later_steps_are_warned_of() -> None:
    scene = Scene()
    owner, other, bank = scene.party(), scene.party(), scene.party("pledgee")
    pledge = c.Pledge(company_number=scene.numbers[bank], amount=1, currency="CNY")
    right = scene.right(
        owner, freeze="dispute", in_fee_grace=True, pledges=(pledge,), expiry_date="2030-01-01"
    )
    scene.operator(c.ClassifyExport(right_id=right, export_class="restricted"))
    terms = offered(price=1, territory=("HK",), ends_ms=scene.now + 10**12)
    command = c.SubmitListing(
        right_id=right,
        mode="posted",
        deal_kind="exclusive_licence",
        currency="CNY",
        closes_ms=scene.now + 10**9,
    )
    request = c.Request(
        time_ms=scene.now, actor=other, signer=scene.keys[other], command=command, terms=terms
    )
    found = findings.on_draft(Turn(scene.state, request), command, terms)
    assert [each.rule.code for each in found.grounds] == [
        "CN-PATENT-RULES-103",
        "CN-LICENCE-RECORDAL-12-2",
        "TERRITORY-OUTSIDE-RIGHT",
        "CN-CIVIL-CODE-865",
    ]
    assert [(each.step, each.rule.code) for each in found.warnings] == [
        ("bid", "CN-TECHNOLOGY-EXPORT-30"),
        ("sign", "CN-CIVIL-CODE-444"),
        ("file", "CN-LICENCE-RECORDAL-12-6"),
    ]


def drafted(scene: Scene, seller: str, right: str, price: int) -> findings.Findings:
    """What a check of a posted assignment finds."""
    terms = offered(price=price)
    command = c.SubmitListing(
        right_id=right, mode="posted", deal_kind="assignment", currency="CNY", closes_ms=scene.now + 10**10
    )
    request = c.Request(
        time_ms=scene.now, actor=seller, signer=scene.keys[seller], command=command, terms=terms
    )
    return findings.on_draft(Turn(scene.state, request), command, terms)


def test_nobody_but_the_owner_learns_by_trying_prices_how_a_right_was_appraised() -> None:
    scene = Scene()
    owner, right = floor_rule_cases.state_asset(scene)
    stranger = scene.party(category="state_enterprise", approve=False)
    low, high = (drafted(scene, stranger, right, price) for price in (1, 10**12))
    assert (low.grounds, low.warnings) == (high.grounds, high.warnings)
    # How long a contract's recognition takes hangs on the price that was typed, and on nothing else.
    owed = [
        [(each.duty.code, {**each.detail, "working_days": None}) for each in found.duties]
        for found in (low, high)
    ]
    assert owed[0] == owed[1] != []
    codes = [
        {each.rule.code for each in drafted(scene, owner, right, price).grounds} for price in (1, 10**12)
    ]
    assert codes[0] - codes[1] == {"CN-STATE-ASSETS-APPRAISAL"}


def test_of_an_open_listing_whose_co_owners_have_consented_the_check_finds_no_silent_one() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    listing = scene.state.listings[scene.listing(seller, scene.right(seller, other), approve=False)]
    assert [each.rule.code for each in findings.on_listing(turn_of(scene), listing).grounds] == [
        "CN-PATENT-LAW-14"
    ]
    scene.by(other, c.ConsentToListing(listing_id=listing.id))
    assert findings.on_listing(turn_of(scene), listing).grounds == ()
    scene.operator(c.ApproveListing(listing_id=listing.id))
    assert (listing.state, findings.on_listing(turn_of(scene), listing).grounds) == ("OPEN", ())


def test_of_an_open_listing_the_check_names_the_title_without_which_nobody_signs_its_deals() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    rights = [scene.right(seller) for _ in range(2)]
    lot = scene.listing(seller, rights[0], deposit=0, **lot_of(rights, (600_000, 400_000)))
    listing = scene.state.listings[lot]
    assert findings.on_listing(turn_of(scene), listing).grounds == ()
    for right in rights:
        scene.erase_title(right)
    named = {
        each.detail["right_id"]: (each.step, each.rule.code, each.detail["fact"])
        for each in findings.on_listing(turn_of(scene), listing).grounds
    }
    assert named == dict.fromkeys(rights, ("sign", "FACT-MISSING", "title"))
    deal = scene.deal(lot, buyer)
    assert code(scene.by(seller, scene.agreement(deal))) == "FACT-MISSING"


def turn_of(scene: Scene) -> Turn:
    return Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))


def test_a_secrecy_notice_counts_that_comes_in_the_same_millisecond_as_a_declassification() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    listing = scene.state.listings[scene.listing(seller, right)]
    for document in ("secrecy_notice", "declassification", "secrecy_notice"):
        scene.document(document, right)
        scene.now -= 1
    assert len({row.recorded_ms for row in scene.state.documents.values()}) == 1
    assert listing.state == "SUSPENDED"


def warned_of(scene: Scene, listing: str) -> list[str]:
    """The rules under which later steps of a listing would be refused now."""
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    return [each.rule.code for each in findings.on_listing(turn, scene.state.listings[listing]).warnings]


def test_a_request_to_declare_the_right_invalid_is_warned_of_and_bars_no_listing() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller, invalidation_requested=True)
    listing = scene.listing(seller, right, approve=False)
    turn = turn_of(scene)
    found = findings.on_listing(turn, scene.state.listings[listing])
    assert found.grounds == ()
    warned = [(each.step, each.rule.code, each.detail) for each in found.warnings]
    detail = {"right_id": right, "supplier": "register_copy"}
    assert ("pledge", "CN-PLEDGE-INVALIDATION", detail) in warned
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""
    scene.copy(right, seller)
    assert "CN-PLEDGE-INVALIDATION" not in warned_of(scene, listing)


def test_a_fee_that_fell_due_since_the_copy_was_made_is_warned_of_and_bars_no_listing() -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller, fee_due=venue_date(scene.now).isoformat())
    listing = scene.listing(seller, right, approve=False)
    assert "CN-LICENCE-RECORDAL-12-6" not in warned_of(scene, listing)
    scene.wait(MS_PER_DAY)
    assert "CN-LICENCE-RECORDAL-12-6" in warned_of(scene, listing)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""
    scene.copy(right, seller, fee_due="2036-03-01")
    assert "CN-LICENCE-RECORDAL-12-6" not in warned_of(scene, listing)
