"""Where an escrow goes: fee, taxes, pledgees, agents, co-owners, seller. Every cent of it, once.

Of what is paid of an obligation in part the venue has the fee of so much, and pledgees come before the seller's side;
each other line has in proportion to what it still lacks of the whole, and of the last part all that it lacks. So every
cent of a part is somebody's at once, and all parts together are what one payment would have been.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from msgspec import UNSET, UnsetType

from exchange.deals import deposits
from exchange.money.accounts import FEES, balance, post
from exchange.money.payments import prepare_payment
from exchange.rights import pledge_receipts
from exchange.rows import Deal, Obligation
from exchange.rows.money import ReleaseLine
from exchange.terms.allocation import share_out
from exchange.terms.consideration import BASIS_POINTS, commissions_of, withheld
from exchange.turn import Turn

TAX, COMMISSION, CO_OWNER, SELLER = "tax", "commission", "co_owner", "seller"


class Released(NamedTuple):
    """What is released of an amount, in minor units and without late interest.

    `principal` of the `whole` is paid now, and bears `fee`; `to_come` is not paid yet, less the fee that it will bear.
    """

    whole: int
    principal: int
    fee: int
    to_come: int = 0


def split(turn: Turn, deal: Deal, paid: Deal | Obligation, now: Released, pledges: tuple[int, ...]) -> None:
    """Every cent of an escrow account: fee, taxes, pledgees, agents, co-owners, seller.

    Civil Code Art. 444: what a sale or a licence brings in prepays the debt, or is deposited 提存 where the pledgee
    cannot be paid here: it is no party, or its claim is in another currency. A pledge takes no more than its sum from
    all deals together, in whichever of its rights they are. `pledges`: by their numbers on the right.
    """
    state = turn.state
    right = state.rights[deal.right_id]
    left = balance(state, paid.id, "escrow", paid.currency)
    interest = left - now.principal
    paid.fee += now.fee
    post(turn, (paid.id, "escrow"), FEES, paid.currency, now.fee, paid.id, "fee")
    left -= now.fee
    taxes, to_come = _withhold(turn, deal, paid, now, left, interest)
    left -= taxes
    for number, pledge, owed, receipts in pledge_receipts.owed(state, right, pledges):
        pledgee = state.party_by_number.get(pledge.company_number)
        same_currency = pledge.currency == paid.currency
        share = min(owed, left) if same_currency else left
        if pledgee is not None and same_currency:
            pay(turn, deal, paid, pledgee, share)
        else:
            deposits.keep_pledge(turn, deal, paid, pledge, number, share)
        if same_currency:
            pledge_receipts.receive(turn, right, receipts, pledge.currency, share)
        paid.pledgee_share += share
        left -= share
    state.touch(right)
    if left:
        taken, to_come_after = _pay_agents(turn, deal, paid, now, left, interest, to_come)
        left -= taken
        left -= _share_out(turn, deal, paid, left, to_come_after)
        _note(paid, SELLER, left)
        pay(turn, deal, paid, deal.seller, left)
    state.touch(paid)


def in_proportion(wanted: Sequence[int], now: int, to_come: int) -> tuple[int, ...]:
    """What each of some lines has of what is paid `now`, where it wants so much of that and of what is `to_come`.

    In proportion, to the unit and never more than it wants: all of it where nothing is to come. The rest of `now` is
    for who comes behind them. Where both are less than they want, they have more now: their caller has that.
    """
    now = max(now, sum(wanted) - to_come)
    weights = (*wanted, now + to_come - sum(wanted))
    return share_out(now, weights)[:-1] if any(weights) else tuple(wanted)


def _withhold(  # noqa: PLR0913 - what a line follows from
    turn: Turn, deal: Deal, paid: Deal | Obligation, now: Released, left: int, interest: int
) -> tuple[int, int]:
    """What the buyer withholds goes back to it, for it to pay over: each tax of the whole rounded down, as agreed.

    Gives what they take now, and what is to come behind them.
    """
    had = _had(paid)
    agreed = deal.terms.withholding or ()
    wanted: list[int] = []
    for tax in agreed:
        lacks = withheld(tax, now.whole) - had.get(f"{TAX} {tax.name}", 0)
        wanted.append(min(lacks, left + now.to_come - sum(wanted)))
    shares = in_proportion(wanted, left - interest, now.to_come)
    for tax, share in zip(agreed, shares, strict=True):
        _note(paid, f"{TAX} {tax.name}", share)
        pay(turn, deal, paid, deal.buyer, share, "tax")
    return sum(shares), now.to_come - sum(wanted) + sum(shares)


def _pay_agents(  # noqa: PLR0913 - what a line follows from
    turn: Turn, deal: Deal, paid: Deal | Obligation, now: Released, left: int, interest: int, to_come: int
) -> tuple[int, int]:
    """The seller's agents have their parts of what would be the seller's, each rounded down; pledgees come before them.

    Gives what they take now, and what is to come behind them.
    """
    had = _had(paid)
    agreed = commissions_of(deal.terms)
    wanted: list[int] = []
    for commission in agreed:
        lacks = now.whole * commission.basis_points // BASIS_POINTS
        lacks -= had.get(f"{COMMISSION} {commission.party_id}", 0)
        wanted.append(min(lacks, left + to_come - sum(wanted)))
    shares = in_proportion(wanted, max(0, left - interest), to_come)
    for commission, share in zip(agreed, shares, strict=True):
        _note(paid, f"{COMMISSION} {commission.party_id}", share)
        pay(turn, deal, paid, commission.party_id, share, "commission")
    return sum(shares), to_come - sum(wanted) + sum(shares)


def _share_out(turn: Turn, deal: Deal, paid: Deal | Obligation, left: int, to_come: int) -> int:
    """The other co-owners have their shares of what would be the seller's; gives what they have.

    A co-owner that is no party here has its share deposited, until the bank can be told whose account it goes to.
    """
    holders = deal.right_facts.co_owners
    if holders is UNSET:
        return 0
    state, had = turn.state, _had(paid)
    before = sum(amount for name, amount in had.items() if name.split()[0] in {CO_OWNER, SELLER})
    others: list[str] = []
    wanted: list[int] = []
    for company_number, share in deposits.shares_of(holders, before + left + to_come):
        if state.party_by_number.get(company_number) == deal.seller:
            continue
        lacks = max(0, share - had.get(f"{CO_OWNER} {company_number}", 0))
        others.append(company_number)
        wanted.append(min(lacks, left + to_come - sum(wanted)))
    shares = in_proportion(wanted, left, to_come)
    for company_number, share in zip(others, shares, strict=True):
        _note(paid, f"{CO_OWNER} {company_number}", share)
        party_id = state.party_by_number.get(company_number)
        if party_id is None:
            deposits.keep_share(turn, deal, paid, company_number, share)
        else:
            pay(turn, deal, paid, party_id, share, "co_owner")
    return sum(shares)


def _had(paid: Deal | Obligation) -> dict[str, int]:
    """What each line has had of the parts that were paid before."""
    return paid.parts.lines if isinstance(paid, Obligation) and paid.parts is not UNSET else {}


def _note(paid: Deal | Obligation, line: str, amount: int) -> None:
    if amount and isinstance(paid, Obligation) and paid.parts is not UNSET:
        paid.parts.lines[line] = paid.parts.lines.get(line, 0) + amount


def pay(  # noqa: PLR0913 - what a payment follows from
    turn: Turn,
    deal: Deal,
    paid: Deal | Obligation,
    party_id: str,
    amount: int,
    line: ReleaseLine | UnsetType = UNSET,
) -> None:
    """A payment of `amount` minor units out of the escrow of `paid`; zero is none."""
    if amount == 0:
        return
    obligation_id = UNSET if paid is deal else paid.id
    payment = prepare_payment(
        turn, party_id, paid.currency, amount, deal_id=deal.id, obligation_id=obligation_id, line=line
    )
    purpose = "release" if line is UNSET else line
    post(turn, (paid.id, "escrow"), (payment.id, "outgoing"), paid.currency, amount, paid.id, purpose)
    paid.payments = (*paid.payments, payment.id)
