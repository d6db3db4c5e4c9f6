"""First refusals on a random day: service results and joint applications are sold, noticed, waived, taken and left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange import refusing
from tests.exchange.scene import cn_right_id, digest

if TYPE_CHECKING:
    from tests.exchange.random_day import RandomDay


def refusals(day: RandomDay) -> None:
    """One of them happens."""
    happenings = (sale, sale, answers, answers, answers, answers, answers, finding)
    day.dice.choose(happenings)(day)


def sale(day: RandomDay) -> None:
    """A service result, or an application of two, is sold, most often to a third, and noticed at once."""
    dice, state = day.dice, day.state
    able = [row.id for row in state.parties.values() if row.state == "ACTIVE" and "seller" in row.roles]
    right_id = cn_right_id(8_000 + dice.below(60))
    if len(able) < 3 or right_id in state.rights:
        return
    seller, other, buyer = (able[(place + dice.below(2)) % len(able)] for place in (0, 2, 4))
    if seller == other:
        return
    joint = dice.chance(45)
    if joint:
        day.right(seller, other, right_id=right_id, status="application", service_invention=dice.chance(30))
    else:
        day.right(seller, right_id=right_id, service_invention=True)
    if dice.chance(85):
        refusing.found(
            day, right_id, *dice.choose(((other,), (other, None), (other, other), (other, seller)))
        )
    listing_id = offer(day, seller, right_id)
    if not listing_id:
        return
    if joint:
        refusing.consent(day, listing_id, other, keeps=dice.choose((True, True, None, False)))
    if dice.chance(15):
        refusing.lodge_waiver(day, listing_id)
    day.operator(c.ApproveListing(listing_id=listing_id))
    sell(day, listing_id, buyer, other)
    for deal_id in state.listings[listing_id].deals:
        noticed(day, deal_id, other)


def noticed(day: RandomDay, deal_id: str, other: str) -> None:
    """The seller gives notice, perhaps after it has tried to sign; perhaps the other takes the deal at once."""
    dice, deal = day.dice, day.state.deals[deal_id]
    if dice.chance(40):
        day.signature(deal_id, deal.seller)
    refusing.notice(day, deal_id)
    if dice.chance(30):
        day._money(other, 10**9, deal.currency)
        refusing.exercise(day, deal_id, other)


def offer(day: RandomDay, seller: str, right_id: str) -> str:
    """The right is listed in one of several modes; empty where it cannot be."""
    dice = day.dice
    mode = dice.choose(("posted", "posted", "negotiated", "competitive", "english"))
    fields: dict[str, Any] = {"price": dice.choose((100_000_01, 1, 99)), "ends_ms": None}
    if mode in {"competitive", "english"}:
        fields |= {"deposit": 0 if fields["price"] == 1 else 20, "step": 1}
    listed = day.submit(seller, right_id, mode, **fields)
    return "" if listed.refusal is not None else listed.result["listing_id"]


def sell(day: RandomDay, listing_id: str, buyer: str, other: str) -> None:
    """The listing comes to its award, most often."""
    dice, listing = day.dice, day.state.listings[listing_id]
    for party in (buyer, other):
        day._money(party, listing.terms.price + 40, listing.currency)
    if listing.mode == "posted":
        day.accept(listing_id, buyer, listing.terms.price)
    elif listing.mode == "negotiated":
        made = day.propose(listing_id, buyer, listing.terms.price)
        if made.refusal is None:
            day.by(listing.seller, c.AcceptProposal(proposal_id=made.result["proposal_id"]))
    else:
        bidders = [buyer, *(party for party in day.keys if dice.chance(20))]
        for party in bidders:
            day._money(party, 40, listing.currency)
            day.bidder(listing_id, party)
        if listing.registration_closes_ms and day.now < listing.registration_closes_ms:
            day.wait(listing.registration_closes_ms - day.now)
        for above, party in enumerate(reversed(bidders)):
            day.bid(listing_id, party, listing.terms.price + above)
        if dice.chance(70):
            day.wait(max(0, listing.closes_ms - day.now))


def answers(day: RandomDay) -> None:
    """Of a deal that is awarded or noticed, notice is given, or somebody answers it, or tries to."""
    dice, state = day.dice, day.state
    waiting = [
        row
        for row in state.deals.values()
        if row.state in {"AWARDED", "ROFR_PENDING"} and not row.by_delivery
    ]
    pending = [row for row in waiting if row.state == "ROFR_PENDING"]
    rows = pending if pending and dice.chance(70) else waiting or list(state.deals.values())[-3:]
    if not rows:
        return
    deal = dice.choose(rows)
    listing, right = state.listings[deal.listing_id], state.rights[deal.right_id]
    having = [each.party_id for each in right.completers or () if each.party_id]
    having += [
        state.party_by_number[each] for each in listing.refusals_kept or () if each in state.party_by_number
    ]
    party = dice.choose(having) if having and dice.chance(85) else dice.choose(list(day.keys))
    match dice.below(9):
        case 0 | 1 | 2:
            if dice.chance(80):
                day._money(party, deal.deposit, deal.currency)
            refusing.exercise(day, deal.id, party, deal.price + (1 if dice.chance(10) else 0))
        case 3 | 4:
            refusing.waive(day, deal.id, party)
        case 5:
            terms = deal.terms_commitment if dice.chance(75) else digest("others")
            refusing.notice(day, deal.id, terms_commitment=terms)
        case 6:
            refusing.lodge_waiver(day, deal.listing_id)
        case 7:
            day.wait(dice.choose((6, 15)) * MS_PER_DAY)
        case _:
            day.cancel(deal.id, dice.choose((deal.seller, deal.buyer)))


def finding(day: RandomDay) -> None:
    """The venue finds completers of some right, who may be others than before."""
    dice = day.dice
    right_id = day._one("right")
    parties = [dice.choose((*day.keys, None)) for _ in range(1 + dice.below(2))]
    refusing.found(day, right_id, *parties)
