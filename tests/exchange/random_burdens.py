"""Disputes, freezes by notice and pledges on a random day, sensible and senseless."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import steps
from tests.exchange import encumbering
from tests.exchange.scene import digest

if TYPE_CHECKING:
    from tests.exchange.random_day import RandomDay


def burden(day: RandomDay) -> None:
    """One of them happens."""
    happenings = (
        *(disputes, disputes, disputes, answers, answers, answers, files, freezes),
        *(pledges, pledges, pledges_of_several, pledge_office, pledge_register, deposits, remedies),
    )
    day.dice.choose(happenings)(day)


def disputes(day: RandomDay) -> None:
    """A deal comes into dispute, or an outcome is recorded."""
    dice, state = day.dice, day.state
    open_ones = [row for row in state.disputes.values() if row.state == "OPEN"]
    if open_ones and dice.chance(45):
        deal_id = dice.choose(open_ones).deal_id
        if dice.chance(15):
            encumbering.give_back(day, deal_id, dice.choose((0, 900_00)))
            return
        what = dice.choose(("resume", "resume", "unwind", "reverse_deal", "terminate_licence"))
        reverse = day._one("deal") if what == "reverse_deal" or dice.chance(5) else None
        deal = state.deals[deal_id]
        found = (deal.seller, deal.buyer)[day.now % 2] if what == "unwind" and day.now % 3 else UNSET
        encumbering.outcome(day, deal_id, what, reverse, defaulted=found)
        return
    deals = list(state.deals.values())
    if not deals:
        return
    waits = [row for row in deals if row.state in {"SIGNED", "FILED"}]
    deal = dice.choose(waits) if waits and dice.chance(60) else dice.choose(deals[-8:])
    by = dice.choose(("venue", deal.seller, deal.buyer, deal.buyer, dice.choose(list(day.keys))))
    encumbering.dispute(day, deal.id, by)


def files(day: RandomDay) -> None:
    """A deal comes before the office and into dispute."""
    funded = [row for row in day.state.deals.values() if row.state == "FUNDED" and not row.by_delivery]
    if funded:
        deal = day.dice.choose(funded)
        day.copy(deal.right_id, deal.seller)
        day.file(deal.id, f"F-{deal.id}-{len(day.requests)}")
        encumbering.dispute(day, deal.id)


def answers(day: RandomDay) -> None:
    """Chain, office or bank answer about a disputed deal, or somebody tries to bring it on."""
    dice, state = day.dice, day.state
    disputed = [row for row in state.deals.values() if row.state == "DISPUTED"]
    if not disputed:
        return
    waits = [row for row in disputed if row.disputed_from in {"SIGNED", "FILED"}]
    deal = dice.choose(waits) if waits and dice.chance(70) else dice.choose(disputed)
    beside = steps.without_dispute(deal)
    if dice.chance(30):
        day.signature(deal.id, deal.seller)
        day.file(deal.id, f"F-again-{len(day.requests)}")
        return
    match beside:
        case "AWARDED":
            day.told("deal_cancelled", deal.id)
        case "SIGNED":
            day.chain(deal.id, dice.choose(("final", "final", "refused")))
        case "FILED":
            proof = digest(f"proof {len(day.requests)}")
            if dice.chance(60):
                day.copy(deal.right_id, deal.seller)
                day.confirm(deal.id, deal.filing_id, proof=proof)
            else:
                day.refuse(deal.id, proof_digest=proof)
        case _:
            for payment_id in deal.payments:
                payment = state.payments[payment_id]
                day.approve_payment(payment_id, dice.below(2))
                if payment.state == "APPROVED":
                    day.debit(payment_id, payment.amount, payment.currency)


def freezes(day: RandomDay) -> None:
    """The venue is told of a freeze, its extension or its end."""
    dice, state = day.dice, day.state
    standing = list(state.freezes)
    match dice.below(3) if standing else 0:
        case 0:
            since_ms = day.now - dice.below(400) * MS_PER_DAY
            ground = dice.choose(("dispute", "preservation"))
            encumbering.freeze(day, day._one("right"), ground, since_ms=since_ms)
        case 1:
            freeze = state.freezes[dice.choose(standing)]
            until_ms = freeze.until_ms + (dice.below(60) - 5) * MS_PER_DAY
            day.operator(
                c.ExtendFreeze(freeze_id=freeze.id, until_ms=until_ms, document_digest=digest("more"))
            )
        case _:
            encumbering.lift(day, dice.choose(standing))


def pledges(day: RandomDay) -> None:
    """A pledge is drawn up, or takes some step."""
    dice, state = day.dice, day.state
    contracts = list(state.pledge_contracts.values())
    if not contracts or dice.chance(35):
        right = state.rights.get(day._one("right"))
        if right is not None:
            holder, bank = dice.choose(_owners(day, right)), dice.choose(list(day.keys))
            twin = dice.choose(("none", "none", "waived", "stands", None))
            rights = [right.id]
            others = [
                row.id for row in state.rights.values() if row is not right and holder in _owners(day, row)
            ]
            if others and dice.chance(40):
                rights.append(dice.choose(others))
            encumbering.draw_up(day, holder, bank, *rights, twin=twin, amount=dice.choose((1, 30_000_00)))
        return
    _take_a_step(day, dice.choose(contracts))


def _take_a_step(day: RandomDay, row: Any) -> None:
    dice = day.dice
    if any(len(day.state.rights[each].holder_of_record) > 1 for each in row.rights) and dice.chance(50):
        consents(day, row)
    change = c.PledgeChangeTerms(amount=dice.choose((2, 30_000_01)), ends_ms=day.now + 9 * MS_PER_DAY)
    bank = row.pledgee if dice.chance(90) else row.pledgor
    match dice.below(12):
        case 0 | 1 | 2:
            encumbering.sign(day, row.id, bank)
        case 3 | 4 | 5:
            encumbering.file(day, row.id)
        case 6:
            day.operator(
                c.RecordPledgeRefusal(pledge_id=row.id, reason_code="X", document_digest=digest("no"))
            )
        case 7 | 8:
            command = c.ChangePledge(pledge_id=row.id, erasable={"contract": digest("changed")})
            day.by(bank, command, change)
            if row.state == "CHANGING" and dice.chance(60):
                consents(day, row)
                encumbering.hand_in(day, row.id)
        case 9:
            day.by(bank, c.DischargePledge(pledge_id=row.id))
        case 10:
            enforce: Any = {"ground": "agreement", "erasable": encumbering.REASONED}
            day.operator(c.EnforcePledge(pledge_id=row.id, document_digest=digest("deed"), **enforce))
        case _:
            day.by(row.pledgor, c.WithdrawPledge(pledge_id=row.id))


def pledges_of_several(day: RandomDay) -> None:
    """A right of two is pledged by one of them, and goes as far as the other and chance let it."""
    dice = day.dice
    able = [row.id for row in day.state.parties.values() if row.state == "ACTIVE" and "pledgee" in row.roles]
    if len(able) < 3:
        return
    one, other, bank = able[dice.below(len(able) - 2) :][:3]
    drawn = encumbering.draw_up(day, one, bank, day.right(one, other))
    if drawn.refusal is None:
        row = day.state.pledge_contracts[drawn.result["pledge_id"]]
        for step in (encumbering.sign, encumbering.file):
            if dice.chance(60):
                consents(day, row)
            if dice.chance(80):
                step(day, row.id)


def consents(day: RandomDay, row: Any) -> None:
    """Whoever holds a pledged right consents, by its own word or by a paper; sometimes somebody else does."""
    dice, state = day.dice, day.state
    for right_id in row.rights:
        for holder in state.rights[right_id].holder_of_record:
            party = state.party_by_number.get(holder.company_number, "")
            if party and dice.chance(70):
                encumbering.consent(day, row.id, party if dice.chance(90) else dice.choose(list(day.keys)))
            else:
                paper: Any = {"erasable": {"consent": digest("paper")} if dice.chance(90) else {}}
                encumbering.lodge_consent(day, row.id, holder.company_number, **paper)


def pledge_office(day: RandomDay) -> None:
    """What is asked of the office is handed in or decided, once or again, in any order."""
    dice, state = day.dice, day.state
    pledges_ = list(state.pledge_contracts.values())
    filings = [row for row in state.filings.values() if row.pledge_id is not UNSET]
    if pledges_ and (not filings or dice.chance(50)):
        row = dice.choose(pledges_)
        encumbering.hand_in(day, row.id, "" if dice.chance(90) else row.filing_id)
    elif filings:
        fields = {} if dice.chance(90) else {"right_id": "another"}
        ground = dice.choose(("", "", "FEE-GRACE", "FROZEN"))
        encumbering.decided(day, dice.choose(filings[-6:]).id, ground, **fields)


def remedies(day: RandomDay) -> None:
    """A seller demands what is overdue, or chooses what follows."""
    dice, state = day.dice, day.state
    owing = sorted({row.deal_id for row in state.obligations.values() if row.state == "OVERDUE"})
    if not owing:
        return
    deal = state.deals[dice.choose(owing)]
    by = deal.seller if dice.chance(90) else deal.buyer
    if dice.chance(50):
        day.by(by, c.DemandInstalments(deal_id=deal.id, document_digest=digest("notice")))
        return
    what: Any = dice.choose(("whole_price", "rescind"))
    refund = dice.choose((0, 0, 5_00))
    day.by(by, c.ChooseRemedy(deal_id=deal.id, remedy=what), c.RemedyTerms(refund=refund))


def deposits(day: RandomDay) -> None:
    """Two operators, or one, find that somebody is entitled to what is kept."""
    dice, state = day.dice, day.state
    if not state.deposits:
        return
    row = dice.choose(list(state.deposits.values()))
    amount = dice.choose((0, 1, row.amount, row.amount))
    ground: Any = dice.choose(("joined", "debt_due", "discharged"))
    command = c.ReleaseDeposit(deposit_id=row.id, ground=ground, document_digest=digest("deed"))
    for who in range(1 + dice.below(2)):
        day.operator(command, who, c.DepositTerms(amount=amount))


def pledge_register(day: RandomDay) -> None:
    """The register shows what was filed or changed, or that it stands no more."""
    dice, state = day.dice, day.state
    waiting = [row for row in state.pledge_contracts.values() if row.state not in {"DRAWN_UP", "CONTRACT"}]
    if not waiting:
        return
    changing = [row for row in waiting if row.change is not None]
    row = dice.choose(changing) if changing and dice.chance(60) else dice.choose(waiting)
    amount = row.change.amount if row.change is not None else 0
    shown = (encumbering.as_registered(day, row.id, amount),) if dice.chance(75) else ()
    for right_id in row.rights if dice.chance(80) else row.rights[:1]:
        day.copy(right_id, dice.choose(_owners(day, state.rights[right_id])), pledges=shown)


def _owners(day: RandomDay, right: Any) -> list[str]:
    numbers = {each.company_number for each in right.holder_of_record}
    return [party for party in day.keys if day.numbers[party] in numbers] or list(day.keys)
