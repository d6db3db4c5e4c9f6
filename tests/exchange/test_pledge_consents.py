"""Co-owners consent to a pledge as it stands, and the pledgor to its change, or nothing is signed and nothing filed."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import PledgeConsented
from exchange.terms import pledge_package
from tests.exchange import encumbering
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, company_number, digest
from tests.exchange.test_pledge_receipts import Earlier
from tests.exchange.test_pledging import pledged


def co_owned(owners: int = 2) -> tuple[Scene, Any, list[str]]:
    """PLG-1 of a right of so many owners, the first of them its pledgor, drawn up for a bank."""
    scene = Scene()
    holders = [scene.party() for _ in range(owners)]
    right, bank = scene.right(*holders), scene.party("pledgee")
    pledge_id = encumbering.draw_up(scene, holders[0], bank, right).result["pledge_id"]
    return scene, scene.state.pledge_contracts[pledge_id], holders


def registered(scene: Scene, contract: Any, holders: list[str], amount: int = 0) -> None:
    scene.wait(5)
    shown = encumbering.as_registered(scene, contract.id, amount)
    scene.copy(contract.rights[0], *holders, pledges=(shown,))


def stands(scene: Scene, contract: Any, holders: list[str]) -> None:
    """The pledge is signed, filed and registered."""
    encumbering.sign(scene, contract.id)
    encumbering.file(scene, contract.id)
    registered(scene, contract, holders)
    assert contract.state == "REGISTERED"


def ask_for(scene: Scene, contract: Any, amount: int) -> Any:
    """The pledgee asks for another sum (minor units)."""
    terms = c.PledgeChangeTerms(amount=amount, ends_ms=scene.now + 200 * MS_PER_DAY)
    change = c.ChangePledge(pledge_id=contract.id, erasable={"contract": digest("changed")})
    return scene.by(contract.pledgee, change, terms)


def test_a_pledge_of_several_is_signed_and_filed_once_every_one_of_them_has_consented() -> None:
    scene, contract, (_, second, third, fourth) = co_owned(4)
    assert code(encumbering.sign(scene, contract.id)) == "CN-PATENT-LAW-14"
    told = list(encumbering.consent(scene, contract.id, third).events)
    assert told == [
        PledgeConsented(
            pledge_id=contract.id, pledgor=contract.pledgor, pledgee=contract.pledgee, holder=third
        )
    ]
    assert code(encumbering.sign(scene, contract.id)) == "CN-PATENT-LAW-14"
    encumbering.consent(scene, contract.id, second)
    assert code(encumbering.sign(scene, contract.id)) == "CN-PATENT-LAW-14"
    encumbering.consent(scene, contract.id, fourth)
    assert code(encumbering.sign(scene, contract.id)) == ""
    assert code(encumbering.file(scene, contract.id)) == ""
    scene.replay()


def test_who_owns_none_of_its_rights_and_the_sides_themselves_consent_to_nothing() -> None:
    scene, contract, (pledgor, _) = co_owned()
    for party in (pledgor, contract.pledgee, scene.party()):
        assert code(encumbering.consent(scene, contract.id, party)) == "NOT-PERMITTED"
    assert code(encumbering.lodge_consent(scene, contract.id, company_number(99))) == "NOT-PERMITTED"
    assert code(encumbering.sign(scene, contract.id)) == "CN-PATENT-LAW-14"


def test_what_is_consented_to_is_the_contract_that_was_read() -> None:
    scene, contract, (_, other) = co_owned()
    another = c.ConsentToPledge(pledge_id=contract.id, contract_digest=digest("another"))
    assert code(scene.by(other, another)) == "WRONG-STATE"
    assert code(encumbering.sign(scene, contract.id)) == "CN-PATENT-LAW-14"


def test_a_co_owner_that_can_sign_says_so_itself_and_for_another_there_is_a_paper() -> None:
    scene = Scene()
    holder, other, bank = scene.party(), scene.party(), scene.party("pledgee")
    outsider = company_number(77)
    owners = tuple(
        c.Holder(company_number=number, share=share)
        for number, share in (
            (scene.numbers[holder], 5_000),
            (scene.numbers[other], 3_000),
            (outsider, 2_000),
        )
    )
    right = scene.right(holder, holders=owners)
    pledge = encumbering.draw_up(scene, holder, bank, right).result["pledge_id"]
    assert code(encumbering.lodge_consent(scene, pledge, scene.numbers[other])) == "NOT-PERMITTED"
    assert code(encumbering.lodge_consent(scene, pledge, outsider, erasable={})) == "FACT-MISSING"
    assert code(encumbering.lodge_consent(scene, pledge, outsider)) == ""
    encumbering.consent(scene, pledge, other)
    assert code(encumbering.sign(scene, pledge)) == ""
    scene.replay()


def test_a_pledgee_that_is_a_co_owner_consents_by_its_signature() -> None:
    scene = Scene()
    holder, bank = scene.party(), scene.party("pledgee")
    pledge = encumbering.draw_up(scene, holder, bank, scene.right(holder, bank)).result["pledge_id"]
    assert code(encumbering.sign(scene, pledge)) == ""


def test_a_co_owner_who_comes_after_the_signature_is_asked_before_the_filing() -> None:
    scene, contract, (holder, other) = co_owned()
    encumbering.consent(scene, contract.id, other)
    encumbering.sign(scene, contract.id)
    third = scene.party()
    shares = ((holder, 5_000), (other, 2_500), (third, 2_500))
    owners = tuple(c.Holder(company_number=scene.numbers[who], share=share) for who, share in shares)
    assert code(scene.copy(contract.rights[0], holders=owners)) == ""
    assert code(encumbering.file(scene, contract.id)) == "CN-PATENT-LAW-14"
    encumbering.consent(scene, contract.id, third)
    assert code(encumbering.file(scene, contract.id)) == ""
    assert code(encumbering.consent(scene, contract.id, third)) == "WRONG-STATE"


def test_a_change_asks_every_co_owner_anew() -> None:
    scene, contract, holders = co_owned()
    encumbering.consent(scene, contract.id, holders[1])
    encumbering.sign(scene, contract.id)
    encumbering.file(scene, contract.id)
    registered(scene, contract, holders)
    assert code(ask_for(scene, contract, 40_000_00)) == ""
    encumbering.consent(scene, contract.id, holders[0])
    assert code(encumbering.hand_in(scene, contract.id)) == "CN-PATENT-LAW-14"
    encumbering.consent(scene, contract.id, holders[1])
    assert code(encumbering.hand_in(scene, contract.id)) == ""
    registered(scene, contract, holders, 40_000_00)
    assert contract.state == "CHANGED"
    scene.replay()


def test_a_pledgee_raises_no_sum_that_the_pledgor_has_not_consented_to() -> None:
    scene, contract, (owner,) = co_owned(1)
    stands(scene, contract, [owner])
    assert code(ask_for(scene, contract, 9_000_000_00)) == ""
    refused = encumbering.hand_in(scene, contract.id)
    assert refused.refusal is not None
    assert (code(refused), dict(refused.refusal.detail)["supplier"]) == ("FACT-MISSING", "pledgor")
    assert code(encumbering.consent(scene, contract.id, contract.pledgee)) == "NOT-PERMITTED"
    encumbering.consent(scene, contract.id, owner)
    assert code(encumbering.hand_in(scene, contract.id)) == ""
    assert code(encumbering.consent(scene, contract.id, owner)) == ""
    registered(scene, contract, [owner], 9_000_000_00)
    assert (contract.state, contract.terms.amount) == ("CHANGED", 9_000_000_00)
    scene.replay()


def test_each_change_asks_the_pledgor_for_itself() -> None:
    scene, contract, (owner,) = co_owned(1)
    stands(scene, contract, [owner])
    ask_for(scene, contract, 30_000_01)
    encumbering.consent(scene, contract.id, owner)
    scene.operator(
        c.RecordPledgeRefusal(pledge_id=contract.id, reason_code="X", document_digest=digest("no"))
    )
    ask_for(scene, contract, 9_000_000_00)
    assert code(encumbering.hand_in(scene, contract.id)) == "FACT-MISSING"


def test_a_change_of_a_right_that_was_sold_since_is_still_the_pledgors() -> None:
    scene, contract, (owner,) = co_owned(1)
    stands(scene, contract, [owner])
    registered(scene, contract, [scene.party()])
    ask_for(scene, contract, 9_000_000_00)
    assert code(encumbering.hand_in(scene, contract.id)) == "FACT-MISSING"
    encumbering.consent(scene, contract.id, owner)
    assert code(encumbering.hand_in(scene, contract.id)) == ""


def test_a_pledgor_that_is_suspended_consents_to_a_change_by_a_paper() -> None:
    scene, contract, (owner,) = co_owned(1)
    stands(scene, contract, [owner])
    ask_for(scene, contract, 40_000_00)
    number = scene.numbers[owner]
    assert code(encumbering.lodge_consent(scene, contract.id, number)) == "NOT-PERMITTED"
    scene.operator(c.SuspendParty(party_id=owner, erasable={"reason": digest("reason")}))
    assert code(encumbering.lodge_consent(scene, contract.id, number)) == ""
    assert code(encumbering.hand_in(scene, contract.id)) == ""


@pytest.mark.parametrize("state", ["FILED", "REGISTERED", "DISCHARGING"])
def test_nobody_consents_once_the_office_has_it(state: str) -> None:
    scene, contract, holders = co_owned()
    other = holders[1]
    encumbering.consent(scene, contract.id, other)
    encumbering.sign(scene, contract.id)
    encumbering.file(scene, contract.id)
    if state != "FILED":
        registered(scene, contract, holders)
    if state == "DISCHARGING":
        scene.by(contract.pledgee, c.DischargePledge(pledge_id=contract.id))
    assert contract.state == state
    assert code(encumbering.consent(scene, contract.id, other)) == "WRONG-STATE"


def test_the_office_is_shown_whose_consents_there_are() -> None:
    scene, contract, (_, other) = co_owned()
    right = scene.state.rights[contract.rights[0]]
    assert "coowner_consent" not in pledge_package.papers_of(scene.state, contract, "pledge", right)
    encumbering.consent(scene, contract.id, other)
    paper = pledge_package.papers_of(scene.state, contract, "pledge", right)["coowner_consent"]
    assert scene.numbers[other] in paper
    assert "coowner_consent" not in pledge_package.papers_of(scene.state, contract, "discharge", right)


def test_the_office_is_shown_no_consent_of_co_owners_where_the_owner_pledges_alone() -> None:
    scene, contract, (owner,) = co_owned(1)
    stands(scene, contract, [owner])
    ask_for(scene, contract, 40_000_00)
    encumbering.consent(scene, contract.id, owner)
    right = scene.state.rights[contract.rights[0]]
    assert "coowner_consent" not in pledge_package.papers_of(scene.state, contract, "pledge_change", right)


def test_engines_before_the_fifth_draw_up_no_pledge_of_several_and_take_no_consent() -> None:
    scene = Earlier()
    holder, other, bank = scene.party(), scene.party(), scene.party("pledgee")
    right = scene.right(holder, other)
    assert code(encumbering.draw_up(scene, holder, bank, right)) == "CN-PATENT-LAW-14"
    scene.copy(right, holder)
    pledge = encumbering.draw_up(scene, holder, bank, right).result["pledge_id"]
    assert code(encumbering.consent(scene, pledge, other)) == "MALFORMED"
    contract = scene.state.pledge_contracts[pledge]
    stands(scene, contract, [holder])
    ask_for(scene, contract, 40_000_00)
    assert code(encumbering.hand_in(scene, pledge)) == ""
    scene.replay()


def test_a_change_that_nobody_consents_to_is_taken_back_until_the_office_has_it() -> None:
    scene, contract = pledged("REGISTERED")
    terms = c.PledgeChangeTerms(amount=40_000_00, ends_ms=scene.now + 2 * encumbering.YEAR_MS)
    command = c.ChangePledge(pledge_id=contract.id, erasable={"contract": digest("changed")})
    assert code(scene.by("P-2", command, terms)) == ""
    assert code(scene.by("P-1", c.WithdrawPledge(pledge_id=contract.id))) == "WRONG-STATE"
    assert code(scene.by("P-2", c.WithdrawPledge(pledge_id=contract.id))) == ""
    assert (contract.state, contract.change, contract.terms.amount) == ("REGISTERED", None, 30_000_00)
    assert code(scene.by("P-2", command, terms)) == ""
    encumbering.consent(scene, contract.id, "P-1")
    assert code(encumbering.hand_in(scene, contract.id)) == ""
    assert code(scene.by("P-2", c.WithdrawPledge(pledge_id=contract.id))) == "WRONG-STATE"
    assert contract.state == "CHANGING"
    scene.replay()
