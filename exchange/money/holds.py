"""Holds 冻结款项: money that is set aside for one thing, in two phases: pending, then posted, voided or expired, once.

A bid deposit, a price held at acceptance, what an order may cost, and a payment on its way to the bank each are one
hold with an id. While it is pending its money stands on the account that it names; ended, it has posted part or all to
where it was held for and given the rest back, in one turn. A hold expires where time alone has ended what it was for.
The pending holds of an account are its whole balance.
"""

from __future__ import annotations

from exchange.commands import Tick
from exchange.events import HoldChanged
from exchange.money.accounts import account_id, post
from exchange.money.amount import Currency
from exchange.rows import Hold
from exchange.rows.money import HoldSort
from exchange.transitions import Table, take_step
from exchange.turn import Turn

SINCE_ENGINE = 3
HOLD_TRANSITIONS: Table = {
    ("", "hold"): "PENDING",
    ("PENDING", "change"): "PENDING",
    ("PENDING", "pass_on"): "PENDING",
    ("PENDING", "post"): "POSTED",
    ("PENDING", "void"): "VOIDED",
    ("PENDING", "expire"): "EXPIRED",
}
"""`change`: an order's hold grows, shrinks or gives a deal its part, as a bidder's of a lot does; `pass_on`: a bidder's
hold becomes that of its deal."""


def change_hold(  # noqa: PLR0913 - what moves by a step
    turn: Turn, hold: Hold, event: str, *, amount: int, posted: int = 0, voided: int = 0
) -> None:
    """Take a step of the table: `amount` minor units stand pending after it, `posted` and `voided` have left by it.

    An ended hold leaves memory; its table keeps it.

    Raises:
        Refusal: WRONG-STATE when the event does not follow from the hold's state.
    """
    old = take_step(HOLD_TRANSITIONS, hold, event)
    hold.amount = amount
    hold.posted += posted
    hold.voided += voided
    turn.state.touch(hold)
    turn.emit(
        HoldChanged(
            hold_id=hold.id,
            subject_id=hold.subject_id,
            old=old,
            new=hold.state,
            amount=amount,
            posted=posted,
            voided=voided,
        )
    )
    if hold.state != "PENDING":
        hold.ended_ms = turn.time_ms
        turn.state.archive(hold)


def enter(  # noqa: PLR0913 - what a hold consists of
    turn: Turn,
    subject_id: str,
    party_id: str,
    sort: HoldSort,
    currency: Currency,
    amount: int,
    account: tuple[str, str],
) -> None:
    """A hold of money that the caller has put, or puts, onto `account` (owner, purpose); nothing where that is zero."""
    if amount == 0 or turn.state.venue.engine < SINCE_ENGINE:
        return
    hold = Hold(
        id=turn.state.next_id("H"),
        sort=sort,
        subject_id=subject_id,
        party_id=party_id,
        account=account_id(*account, currency),
        currency=currency,
        since_ms=turn.time_ms,
        amount=amount,
        state=HOLD_TRANSITIONS["", "hold"],
    )
    turn.state.add(hold)
    turn.emit(
        HoldChanged(
            hold_id=hold.id,
            subject_id=subject_id,
            old="",
            new=hold.state,
            amount=amount,
            posted=0,
            voided=0,
        )
    )


def end(  # noqa: PLR0913 - what ends how
    turn: Turn, subject_id: str, party_id: str, event: str, held: int, posted: int = 0
) -> None:
    """The end of a hold of `held` minor units, if there is one: `posted` of it has gone on, the rest back."""
    hold = _pending(turn, subject_id, party_id, held)
    if hold is not None:
        whole = hold.posted + posted
        change_hold(
            turn, hold, "post" if whole else event, amount=0, posted=posted, voided=hold.amount - posted
        )


def hold_of_party(  # noqa: PLR0913 - what is held of whom for what
    turn: Turn, subject_id: str, party_id: str, sort: HoldSort, currency: Currency, amount: int, purpose: str
) -> None:
    """Hold so much of a party's available balance; the handler has checked that it is there."""
    giving, holding = (party_id, "available"), (party_id, "deposit")
    post(turn, giving, holding, currency, amount, subject_id, purpose)
    enter(turn, subject_id, party_id, sort, currency, amount, holding)


def give_back(  # noqa: PLR0913 - what goes back to whom, and why
    turn: Turn,
    subject_id: str,
    party_id: str,
    currency: Currency,
    held: int,
    purpose: str,
    event: str = "void",
) -> None:
    """The whole of what is held of a party returns to its available balance."""
    post(turn, (party_id, "deposit"), (party_id, "available"), currency, held, subject_id, purpose)
    end(turn, subject_id, party_id, event, held)


def post_part(  # noqa: PLR0913 - what goes where, and what is left of it
    turn: Turn,
    subject_id: str,
    party_id: str,
    currency: Currency,
    held: int,
    amount: int,
    receiver: tuple[str, str],
    purpose: str,
    return_purpose: str = "deposit_return",
) -> None:
    """Of what is held `amount` goes to `receiver` (owner, purpose), and the rest back to its party, in one turn."""
    holding = (party_id, "deposit")
    post(turn, holding, receiver, currency, amount, subject_id, purpose)
    post(turn, holding, (party_id, "available"), currency, held - amount, subject_id, return_purpose)
    end(turn, subject_id, party_id, "void", held, amount)


def change(turn: Turn, subject_id: str, party_id: str, held: int, more: int) -> None:
    """A hold of `held` stands for so much more, or less; the caller posts it. What it has less went back."""
    hold = _pending(turn, subject_id, party_id, held)
    if hold is not None and more:
        change_hold(turn, hold, "change", amount=held + more, voided=max(-more, 0))


def give_part(  # noqa: PLR0913 - what of which hold becomes another
    turn: Turn, subject_id: str, party_id: str, currency: Currency, held: int, part: int, deal_id: str
) -> None:
    """A part of an order's hold becomes the hold of the deal that it has made; no money moves."""
    hold = _pending(turn, subject_id, party_id, held)
    if hold is not None:
        change_hold(turn, hold, "change", amount=held - part, posted=part)
    enter(turn, deal_id, party_id, "price", currency, part, (party_id, "deposit"))


def pass_on(turn: Turn, subject_id: str, party_id: str, deal_id: str, part: int) -> None:
    """So much of what is held of a bidder is held for its deal from now on: all, or for each deal of a lot a part."""
    hold = turn.state.holds.get(turn.state.hold_of.get((subject_id, party_id), ""))
    if hold is None or not part:
        return
    if part < hold.amount:
        change_hold(turn, hold, "change", amount=hold.amount - part, posted=part)
        enter(turn, deal_id, party_id, hold.sort, hold.currency, part, (party_id, "deposit"))
    else:
        turn.state.move_hold(hold, deal_id)
        change_hold(turn, hold, "pass_on", amount=hold.amount)


def given_up(turn: Turn) -> str:
    """The event of a hold whose purpose has fallen away: it expires by the clock, anybody's command voids it."""
    return "expire" if isinstance(turn.request.command, Tick) else "void"


def _pending(turn: Turn, subject_id: str, party_id: str, held: int) -> Hold | None:
    """The hold of so much; None where nothing is held, or before engine version 3.

    Raises:
        EngineFault: the hold differs, or has ended: nothing is posted or given back a second time.
    """
    if turn.state.venue.engine < SINCE_ENGINE:
        return None
    hold = turn.state.holds.get(turn.state.hold_of.get((subject_id, party_id), ""))
    if (0 if hold is None else hold.amount) != held:
        turn.fault(f"{held} held for {subject_id} of {party_id}, and its hold says otherwise")
    return hold
