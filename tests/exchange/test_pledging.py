"""Pledges drawn up here: the register alone makes and ends them, whatever the two sides and the venue say."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, start_of_day, venue_date
from exchange.events import PledgeeConsented
from exchange.rights import pledge_contracts
from exchange.rules.rule import Refusal
from exchange.turn import Turn
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest
from tests.exchange.test_pledge_receipts import Earlier

STATES = {state for state, _ in pledge_contracts.TRANSITIONS} | set(pledge_contracts.TRANSITIONS.values())
EVENTS = {event for _, event in pledge_contracts.TRANSITIONS}


def pledged(state: str = "DRAWN_UP", rights: int = 1, scene: Scene | None = None) -> tuple[Scene, Any]:
    """PLG-1 of P-1's rights to bank P-2, brought into a state by real commands."""
    scene = scene or Scene()
    holder, bank = scene.party(), scene.party("pledgee")
    ids = [scene.right(holder) for _ in range(rights)]
    contract = scene.state.pledge_contracts[
        encumbering.draw_up(scene, holder, bank, *ids).result["pledge_id"]
    ]
    way = ["DRAWN_UP", "CONTRACT", "FILED", "REGISTERED"]
    reached = state if state in way else "REGISTERED"
    if reached != "DRAWN_UP":
        encumbering.sign(scene, contract.id)
    if reached in way[2:]:
        encumbering.file(scene, contract.id)
    if reached == "REGISTERED":
        show(scene, contract)
    if state in {"CHANGING", "CHANGED"}:
        change(scene, contract)
    if state == "CHANGED":
        show(scene, contract, 40_000_00)
    if state == "DISCHARGING":
        scene.by("P-2", c.DischargePledge(pledge_id=contract.id))
    assert contract.state == state
    return scene, contract


def show(scene: Scene, contract: Any, amount: int = 0) -> None:
    """The register shows it on every right."""
    scene.wait(5)
    for right in contract.rights:
        encumbering.shown(scene, right, "P-1", encumbering.as_registered(scene, contract.id, amount))


def change(scene: Scene, contract: Any) -> Any:
    terms = c.PledgeChangeTerms(amount=40_000_00, ends_ms=scene.now + 2 * encumbering.YEAR_MS)
    command = c.ChangePledge(pledge_id=contract.id, erasable={"contract": digest("changed")})
    asked = scene.by("P-2", command, terms)
    encumbering.consent(scene, contract.id, contract.pledgor)
    return asked


def cleared(scene: Scene, contract: Any) -> Any:
    scene.wait(5)
    return scene.copy(contract.rights[0], "P-1")


@pytest.mark.parametrize("event", sorted(EVENTS))
@pytest.mark.parametrize("state", sorted(STATES))
def test_a_pledge_takes_the_steps_of_its_table_and_no_other(state: str, event: str) -> None:
    scene, contract = pledged()
    contract.state = state
    turn = Turn(scene.state, c.Request(time_ms=scene.now, actor="venue", signer="", command=c.Tick()))
    if (state, event) in pledge_contracts.TRANSITIONS:
        pledge_contracts.change_contract(turn, contract, event, "test")
        assert contract.state == pledge_contracts.TRANSITIONS[state, event]
    else:
        with pytest.raises(Refusal) as refusal:
            pledge_contracts.change_contract(turn, contract, event, "test")
        assert refusal.value.rule.code == "WRONG-STATE"
        assert (contract.state, turn.events) == (state, [])


COMMANDS: dict[str, Any] = {
    "sign": lambda scene, row: encumbering.sign(scene, row.id),
    "withdraw": lambda scene, row: scene.by("P-1", c.WithdrawPledge(pledge_id=row.id)),
    "file": lambda scene, row: encumbering.file(scene, row.id),
    "office_refused": lambda scene, row: scene.operator(
        c.RecordPledgeRefusal(pledge_id=row.id, reason_code="12-2", document_digest=digest("notice"))
    ),
    "change": change,
    "discharge": lambda scene, row: scene.by("P-2", c.DischargePledge(pledge_id=row.id)),
    "enforce": lambda scene, row: scene.operator(
        c.EnforcePledge(
            pledge_id=row.id,
            ground="court_order",
            document_digest=digest("order"),
            erasable=encumbering.REASONED,
        )
    ),
}
LIVING = sorted(STATES - pledge_contracts.ENDED - {""})


@pytest.mark.parametrize("event", sorted(COMMANDS))
@pytest.mark.parametrize("state", LIVING)
def test_a_pledges_command_is_taken_or_refused_in_every_state(state: str, event: str) -> None:
    scene, contract = pledged(state)
    hash_before = scene.state.state_hash()
    refusal = COMMANDS[event](scene, contract).refusal
    expected = pledge_contracts.TRANSITIONS.get((state, event))
    if expected is None:
        assert refusal.code == "WRONG-STATE"
        assert scene.state.state_hash() == hash_before
    else:
        assert refusal is None
        assert contract.state == expected
        assert (contract.id in scene.state.pledge_contracts) == (expected not in pledge_contracts.ENDED)
    scene.replay()


@pytest.mark.parametrize("state", LIVING)
def test_a_copy_without_it_ends_a_registered_pledge_and_no_other(state: str) -> None:
    scene, contract = pledged(state)
    cleared(scene, contract)
    assert contract.state == pledge_contracts.TRANSITIONS.get((state, "register_clear"), state)


@pytest.mark.parametrize("state", ["DRAWN_UP", "CONTRACT", "FILED"])
def test_only_a_copy_that_shows_what_was_filed_registers_it(state: str) -> None:
    scene, contract = pledged(state)
    if state == "FILED":
        other = encumbering.as_registered(scene, contract.id, 1)
        encumbering.shown(scene, contract.rights[0], "P-1", other)
        assert contract.state == "FILED"
    show(scene, contract)
    assert contract.state == ("REGISTERED" if state == "FILED" else state)


def test_several_rights_are_registered_together_and_end_one_by_one() -> None:
    scene, contract = pledged("FILED", rights=2)
    first, second = contract.rights
    encumbering.shown(scene, first, "P-1", encumbering.as_registered(scene, contract.id))
    assert contract.state == "FILED"
    encumbering.shown(scene, second, "P-1", encumbering.as_registered(scene, contract.id))
    assert contract.state == "REGISTERED"
    scene.copy(first, "P-1")
    assert (contract.state, set(contract.numbers)) == ("REGISTERED", {second})
    scene.copy(second, "P-1")
    assert contract.state == "DISCHARGED"
    scene.replay()


def test_a_change_stands_when_the_register_shows_its_sum_and_an_older_copy_is_none() -> None:
    scene, contract = pledged("CHANGING")
    show(scene, contract)
    assert (contract.state, contract.terms.amount) == ("CHANGING", 30_000_00)
    show(scene, contract, 40_000_00)
    assert (contract.state, contract.terms.amount, contract.change) == ("CHANGED", 40_000_00, None)


def test_the_office_decides_within_three_working_days_and_that_is_shown() -> None:
    scene, contract = pledged("CONTRACT")
    encumbering.file(scene, contract.id)
    days = (contract.office_due_ms - start_of_day(venue_date(scene.now))) // MS_PER_DAY
    assert 4 <= days <= 6  # with a week-end or without


def test_an_unsigned_pledge_lapses_after_thirty_days() -> None:
    scene, contract = pledged()
    scene.wait(30 * MS_PER_DAY - 5)
    assert contract.state == "DRAWN_UP"
    scene.wait(5)
    assert contract.state == "CANCELLED"
    assert not scene.state.rights[contract.rights[0]].pledge_contracts


def test_the_pledgee_signs_the_very_contract_and_nobody_signs_for_it() -> None:
    scene, contract = pledged()
    forged = c.SignPledge(pledge_id=contract.id, contract_digest=digest("another"))
    assert code(scene.by("P-2", forged)) == "WRONG-STATE"
    assert code(encumbering.sign(scene, contract.id, "P-1")) == "NOT-PERMITTED"
    assert code(scene.by(scene.party(), c.WithdrawPledge(pledge_id=contract.id))) == "NOT-PERMITTED"
    assert code(scene.by("P-1", c.DischargePledge(pledge_id=contract.id))) == "NOT-PERMITTED"


def test_grounds_are_asked_again_when_it_is_signed_and_when_it_is_filed() -> None:
    for state, step in (("DRAWN_UP", encumbering.sign), ("CONTRACT", encumbering.file)):
        scene, contract = pledged(state)
        encumbering.freeze(scene, contract.rights[0])
        assert code(step(scene, contract.id)) == "CN-PATENT-RULES-103"


def test_of_two_pledges_of_one_right_only_one_is_signed() -> None:
    scene, contract = pledged()
    bank = scene.party("pledgee")
    second = encumbering.draw_up(scene, "P-1", bank, *contract.rights).result["pledge_id"]
    encumbering.sign(scene, contract.id)
    assert code(encumbering.sign(scene, second)) == "CN-PLEDGE-STANDS"


def test_a_registered_pledge_needs_consent_and_is_paid_first_like_any_other() -> None:
    scene, contract = pledged("REGISTERED")
    buyer = scene.party()
    listing = scene.listing("P-1", contract.rights[0])
    deal = scene.deal(listing, buyer)
    assert code(scene.signature(deal, "P-1")) == "CN-CIVIL-CODE-444"
    scene.by("P-2", c.ConsentToDeal(listing_id=listing))
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    assert scene.state.deals[deal].pledgee_share == 30_000_00


def test_what_a_pledge_may_not_say() -> None:
    scene = Scene()
    holder, bank = scene.party(), scene.party("pledgee")
    right = scene.right(holder)
    bad = [
        encumbering.draw_up(scene, holder, bank),
        encumbering.draw_up(scene, holder, bank, right, right),
        encumbering.draw_up(scene, holder, holder, right),
        encumbering.draw_up(scene, holder, "P-9", right),
        encumbering.draw_up(scene, holder, bank, right, amount=2**60),
        encumbering.draw_up(scene, holder, bank, "nothing"),
    ]
    codes = ["MALFORMED", "MALFORMED", "ROLE-REQUIRED", "UNKNOWN-ID", "MALFORMED", "UNKNOWN-ID"]
    assert [code(each) for each in bad] == codes


def test_a_pledge_that_a_former_owner_never_filed_keeps_no_later_owner_from_pledging() -> None:
    scene, _ = pledged("CONTRACT")
    buyer, bank = scene.party(), scene.party("pledgee")
    right = scene.state.pledge_contracts["PLG-1"].rights[0]
    assert code(encumbering.draw_up(scene, "P-1", bank, right)) == "CN-PLEDGE-STANDS"
    scene.wait(5)
    scene.copy(right, buyer)
    drawn = encumbering.draw_up(scene, buyer, bank, right)
    assert code(drawn) == ""
    assert code(encumbering.sign(scene, drawn.result["pledge_id"])) == ""
    assert code(encumbering.file(scene, "PLG-1")) == "CN-LICENCE-RECORDAL-12-2"


def refused(scene: Scene, contract: Any) -> str:
    """The office refuses what was asked of it last; gives the state that follows."""
    command = c.RecordPledgeRefusal(pledge_id=contract.id, reason_code="X", document_digest=digest("notice"))
    assert scene.operator(command).refusal is None
    return str(contract.state)


@pytest.mark.parametrize("stood", ["REGISTERED", "CHANGED"])
@pytest.mark.parametrize("asked", ["change", "discharge"])
def test_a_refusal_gives_back_the_state_that_stood_before(asked: str, stood: str) -> None:
    scene, contract = pledged(stood)
    amount = contract.terms.amount
    assert COMMANDS[asked](scene, contract).refusal is None
    assert refused(scene, contract) == stood
    assert contract.terms.amount == amount
    scene.replay()


def test_a_discharge_of_a_pledge_that_stands_on_some_rights_alone_is_refused_back_to_its_contract() -> None:
    scene, contract = pledged("FILED", rights=2)
    encumbering.shown(scene, contract.rights[0], "P-1", encumbering.as_registered(scene, contract.id))
    assert refused(scene, contract) == "CONTRACT"
    scene.by("P-2", c.DischargePledge(pledge_id=contract.id))
    assert contract.state == "DISCHARGING"
    assert refused(scene, contract) == "CONTRACT"


def test_before_engine_5_a_refusal_gave_a_changed_pledge_the_state_of_one_that_never_was() -> None:
    scene, contract = pledged("CHANGED", scene=Earlier())
    change(scene, contract)
    assert refused(scene, contract) == "REGISTERED"


def with_term(scene: Scene, contract: Any, terms: Any) -> c.Pledge:
    """The pledge as a copy shows it that names the term."""
    last_day = venue_date(terms.ends_ms - 1).isoformat()
    shown = encumbering.as_registered(scene, contract.id, terms.amount)
    return msgspec.structs.replace(shown, debt_term_ends_on=last_day)


def test_a_change_of_the_term_alone_stands_when_a_copy_shows_the_new_term() -> None:
    scene, contract = pledged("REGISTERED")
    (right,) = contract.rights
    before = contract.terms
    terms = c.PledgeChangeTerms(amount=before.amount, ends_ms=before.ends_ms + 40 * MS_PER_DAY)
    command = c.ChangePledge(pledge_id=contract.id, erasable={"contract": digest("changed")})
    assert scene.by("P-2", command, terms).refusal is None
    scene.wait(5)
    encumbering.shown(scene, right, "P-1", with_term(scene, contract, before))
    assert contract.state == "CHANGING", "the copy shows the term that it had"
    assert scene.state.rights[right].pledge_numbers == (1,)
    scene.wait(5)
    encumbering.shown(scene, right, "P-1", with_term(scene, contract, terms))
    assert (contract.state, contract.terms.ends_ms) == ("CHANGED", terms.ends_ms)
    scene.replay()


def test_a_copy_with_another_term_registers_no_pledge() -> None:
    scene, contract = pledged("FILED")
    terms = msgspec.structs.replace(contract.terms, ends_ms=contract.terms.ends_ms + MS_PER_DAY)
    encumbering.shown(scene, contract.rights[0], "P-1", with_term(scene, contract, terms))
    assert contract.state == "FILED"
    scene.wait(5)
    encumbering.shown(scene, contract.rights[0], "P-1", with_term(scene, contract, contract.terms))
    assert contract.state == "REGISTERED"


def test_a_term_is_a_day_and_an_earlier_engine_leaves_it_out() -> None:
    scene, contract = pledged("FILED")
    (right,) = contract.rights
    shown = with_term(scene, contract, contract.terms)
    wrong = encumbering.shown(scene, right, "P-1", msgspec.structs.replace(shown, debt_term_ends_on="soon"))
    assert code(wrong) == "MALFORMED"
    scene.state.venue.engine = 4
    encumbering.shown(scene, right, "P-1", shown)
    (known,) = scene.state.rights[right].pledges
    assert known == encumbering.as_registered(scene, contract.id)


def test_a_consent_is_for_the_pledges_that_stood_when_it_was_given() -> None:
    scene, contract = pledged("REGISTERED")
    (right,) = contract.rights
    buyer = scene.party()
    listing = scene.listing("P-1", right)
    deal = scene.deal(listing, buyer)
    given = scene.by("P-2", c.ConsentToDeal(listing_id=listing))
    assert given.events == (
        PledgeeConsented(listing_id=listing, party_id="P-2", pledges=(f"{right} pledge 1",)),
    )
    second = c.Pledge(
        company_number=scene.numbers["P-2"], amount=1, currency="CNY", register_number="another"
    )
    first = encumbering.as_registered(scene, contract.id)
    scene.wait(5)
    encumbering.shown(scene, right, "P-1", first, second)
    refusal = scene.signature(deal, "P-1").refusal
    assert refusal is not None
    assert (refusal.code, refusal.detail["pledge"]) == ("CN-CIVIL-CODE-444", f"{right} pledge 2")
    scene.by("P-2", c.ConsentToDeal(listing_id=listing))
    assert code(scene.signature(deal, "P-1")) == ""
    scene.replay()


def test_a_consent_of_an_earlier_engine_names_no_pledge_and_goes_on_counting() -> None:
    scene, contract = pledged("REGISTERED", scene=Earlier())
    (right,) = contract.rights
    deal = scene.deal(scene.listing("P-1", right), scene.party())
    scene.by("P-2", c.ConsentToDeal(listing_id=scene.state.deals[deal].listing_id))
    scene.give(c.ActivateVersion(schema=1, engine=5, rulebook=1))
    show(scene, contract)
    assert code(scene.signature(deal, "P-1")) == ""


def test_before_engine_5_a_copy_kept_no_word_on_twins_and_invalidation() -> None:
    said: dict[str, Any] = {"same_day_twin": "CN-202010000001.1", "invalidation_requested": True}
    for scene, refused in ((Earlier(), ""), (Scene(), "CN-PLEDGE-TWIN")):
        holder, bank = scene.party(), scene.party("pledgee")
        right = scene.right(holder, **said)
        row = scene.state.rights[right]
        assert (row.same_day_twin is UNSET, row.invalidation_requested is UNSET) == (not refused, not refused)
        assert code(encumbering.draw_up(scene, holder, bank, right)) == refused


def test_what_the_register_comes_to_show_stops_the_filing_of_a_pledge_that_both_have_signed() -> None:
    scene, contract = pledged("CONTRACT")
    scene.copy(contract.rights[0], contract.pledgor, invalidation_requested=True)
    outcome = encumbering.file(scene, contract.id)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "CN-PLEDGE-INVALIDATION"
    assert outcome.refusal.detail["supplier"] == "register_copy"


@pytest.mark.parametrize("said", [{"same_day_twin": ""}, {"same_day_twin": "N" * 201}])
def test_a_twin_without_a_name_is_malformed(said: Any) -> None:
    scene = Scene()
    seller = scene.party()
    right = scene.right(seller)
    assert code(scene.copy(right, seller, **said)) == "MALFORMED"
