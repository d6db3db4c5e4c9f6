"""Lots on a random day: listed, signed and paid for as one, then right by right, and what their buyers choose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec import UNSET

from exchange import commands as c
from tests.exchange import encumbering
from tests.exchange.scene import digest

if TYPE_CHECKING:
    from tests.exchange.random_day import RandomDay

SHARES = ((500_000, 300_000, 200_000), (999_998, 1, 1), (333_333, 333_333, 333_334), (600_000, 400_000))


def with_others(day: RandomDay, right: Any, free: list[Any]) -> dict[str, Any]:
    """What a submission says of this right and others of its owner's as one lot, for one payment."""
    shares = day.dice.choose(SHARES)
    first = right.holder_of_record[0]
    same = [row for row in free if row.holder_of_record[:1] == (first,) and row.office == right.office]
    chosen = [right, *(row for row in same if row is not right)][: len(shares)]
    owner = day.state.party_by_number.get(first.company_number, "P-1")
    while len(chosen) < len(shares):
        chosen.append(day.state.rights[day.right(owner)])
    members = zip(chosen, shares, strict=True)
    lot = tuple(c.LotMember(right_id=row.id, share=share) for row, share in members)
    return {"lot": lot, "consideration": UNSET, "max_acceptances": 1, "announcement_number": None}


def carry_on(day: RandomDay) -> bool:
    """Something happens to a lot that is awarded; whether there was one."""
    dice, state = day.dice, day.state
    lots = [row for row in state.listings.values() if row.lot and row.state == "AWARDED"]
    if not lots:
        return False
    listing = dice.choose(lots)
    deals = [state.deals[each] for each in listing.deals[-len(listing.lot) :]]
    match dice.below(12):
        case 0:
            encumbering.dispute(day, dice.choose(deals).id, dice.choose((deals[0].buyer, deals[0].seller)))
        case 1 | 2:
            for deal in deals:
                if deal.state == "DISPUTED":
                    encumbering.outcome(day, deal.id, dice.choose(("resume", "unwind")), None)
        case 3:
            _nobody_goes_on(day, deals)
        case _ if listing.lot_choice_until_ms:
            command = c.DecideLot(listing_id=listing.id, decision=dice.choose(("keep", "rescind")))
            day.by(dice.choose((deals[0].buyer, deals[0].buyer, deals[0].seller)), command)
            _pass(day, dice.choose(deals))
        case _:
            _go_on(day, deals)
    return True


def _go_on(day: RandomDay, deals: list[Any]) -> None:
    """The next step that most of the lot's deals wait for."""
    states = {deal.state for deal in deals}
    if states == {"AWARDED"}:
        _sign(day, deals)
    elif "SIGNED" in states:
        for deal in deals:
            day.chain(deal.id, "refused" if day.dice.chance(10) else "final")
    elif "CHAIN_REFUSED" in states:
        for deal in deals:
            for party in (deal.seller, deal.buyer):
                day.signature(deal.id, party)
    elif states <= {"EFFECTIVE", "WITNESSED"} and not deals[0].licence_id:
        line = day.credit(deals[0].buyer, sum(deal.price for deal in deals), deals[0].currency)
        day.by(deals[0].buyer, c.FundDeal(deal_id=day.dice.choose(deals).id, statement_line=line))
    else:
        for deal in deals:
            _pass(day, deal)


def _sign(day: RandomDay, deals: list[Any]) -> None:
    """Both sign all of it, most often; else one of them is late, or changes its mind."""
    listing = day.state.listings[deals[0].listing_id]
    for right_id in listing.right_ids:
        for pledge in day.state.rights[right_id].pledges:
            pledgee = day.state.party_by_number.get(pledge.company_number)
            if pledgee is not None:
                day.by(pledgee, c.ConsentToDeal(listing_id=listing.id))
    last = day.dice.choose(("", "", "", "", "seller", "buyer"))
    for deal in deals:
        for side, party in (("seller", deal.seller), ("buyer", deal.buyer)):
            if not (deal is deals[-1] and side == last):
                day.signature(deal.id, party)
    if last and day.dice.chance(30):
        day.cancel(deals[-1].id, day.dice.choose((deals[-1].seller, deals[-1].buyer)))


def _nobody_goes_on(day: RandomDay, deals: list[Any]) -> None:
    """Time passes until the next thing of the lot's falls due."""
    subjects = {deals[0].listing_id, *(deal.id for deal in deals)}
    due = [row.due_ms for row in day.state.deadlines.values() if row.subject_id in subjects]
    if due:
        day.wait(max(0, min(due) - day.now))


def _pass(day: RandomDay, deal: Any) -> None:
    """One right of a funded lot passes, is refused, or waits."""
    dice = day.dice
    if deal.state == "FUNDED":
        match dice.below(5):
            case 0:
                day.operator(c.UnwindDeal(deal_id=deal.id, ground=dice.choose(("mutual", "breach"))))
            case 1 | 2 if deal.by_delivery:
                for party in (deal.seller, deal.buyer):
                    record = c.ConfirmDelivery(deal_id=deal.id, delivery_digest=digest("delivery"))
                    day.by(party, record)
            case 1 | 2 | 3:
                day.file(deal.id)
    if deal.state == "FILED":
        match dice.below(4):
            case 0:
                day.refuse(deal.id)
            case 1 | 2:
                day.confirm(deal.id)
    if deal.state in {"REGISTERED", "DELIVERED", "EFFECTIVE"}:
        day.pay_all(deal.id)
