"""What deals have brought each registered pledge, over all the rights that it stands on: no debt is prepaid twice.

One pledge may burden several rights, which are sold one after the other (Civil Code Art. 444). It is known by its
contract where it was drawn up here, else by the register's number of it; what a copy shows without a number stands on
its right alone. Before engine version 5 receipts were kept right by right, of a pledgee's pledges together.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import Pledge
from exchange.money.amount import Currency
from exchange.rights.pledge_identity import is_the_registers, name_of, receipts_key, registered_as
from exchange.rows import PledgeReceipts, Right
from exchange.state import State
from exchange.turn import Turn

SINCE_ENGINE = 5


def enter(turn: Turn) -> None:
    """Engine version 5 is in force: every pledge that stands takes over what it has received before."""
    for right in sorted(turn.state.rights.values(), key=lambda row: row.id):
        follow(turn, right)


def follow(turn: Turn, right: Right) -> None:
    """Hold what each pledge has received beside what the register shows on this right now."""
    state = turn.state
    before = {} if right.pledge_receipt_ids is UNSET else right.pledge_receipt_ids
    if state.venue.engine < SINCE_ENGINE or not (before or right.pledges):
        return
    ids: dict[str, str] = {}
    for number, pledge in zip(right.pledge_numbers, right.pledges, strict=True):
        row = state.pledge_receipts.get(before.get(str(number), ""))
        name = _known_as(state, right, number, pledge, row)
        joined = row if row is not None and row.pledge == name else _join(turn, right, name)
        if row is None:
            _carry_over(right, pledge, joined)
        ids[str(number)] = joined.id
    right.pledge_receipt_ids = ids or UNSET
    right.pledge_receipts = {}
    state.touch(right)
    for number_before, row_id in before.items():
        if row_id not in ids.values():
            heir = state.pledge_receipts.get(ids.get(number_before, ""))
            _leave(turn, right, state.pledge_receipts[row_id], heir)


def owed(state: State, right: Right, numbers: tuple[int, ...]) -> list[tuple[int, Pledge, int, str]]:
    """Some of a right's pledges by number, each with what it still lacks (minor units) and what `receive` calls it."""
    received: dict[tuple[str, Currency], int] = {}
    found = []
    for number, pledge, name in zip(right.pledge_numbers, right.pledges, _names(state, right), strict=True):
        if number not in numbers:
            continue
        key = name, pledge.currency
        left = received.setdefault(key, _received(state, right, *key))
        before = min(left, pledge.amount)
        received[key] = left - before
        found.append((number, pledge, pledge.amount - before, name))
    return found


def receive(turn: Turn, right: Right, name: str, currency: Currency, amount: int) -> None:
    """A deal has brought a pledge so much, in the pledge's own currency."""
    row = turn.state.pledge_receipts.get(name)
    if row is None:
        right.pledge_receipts[name] = right.pledge_receipts.get(name, 0) + amount
        turn.state.touch(right)
        return
    row.received[currency] = row.received.get(currency, 0) + amount
    turn.state.touch(row)


def _names(state: State, right: Right) -> list[str]:
    """For each of a right's pledges, under which id or key its receipts are kept."""
    ids = right.pledge_receipt_ids
    if state.venue.engine < SINCE_ENGINE or ids is UNSET:
        return [receipts_key(pledge) for pledge in right.pledges]
    return [ids[str(number)] for number in right.pledge_numbers]


def _received(state: State, right: Right, name: str, currency: Currency) -> int:
    row = state.pledge_receipts.get(name)
    return right.pledge_receipts.get(name, 0) if row is None else row.received.get(currency, 0)


def _known_as(state: State, right: Right, number: int, pledge: Pledge, row: PledgeReceipts | None) -> str:
    """The pledge, the same on each right that it burdens; a contract that has left memory is still named by its row."""
    for contract_id in right.pledge_contracts or ():
        if state.pledge_contracts[contract_id].numbers.get(right.id) == number:
            return contract_id
    unnamed = name_of(right.id, number)
    if row is not None and row.pledge != unnamed:
        return row.pledge
    return registered_as(right, pledge) or unnamed


def _join(turn: Turn, right: Right, pledge: str) -> PledgeReceipts:
    """The pledge stands on this right as well, or on this one first."""
    state = turn.state
    row = state.pledge_receipts.get(state.receipts_of_pledge.get(pledge, ""))
    if row is None:
        row = PledgeReceipts(id=state.next_id("PRC"), pledge=pledge)
        state.add(row)
    row.rights = tuple(sorted({*row.rights, right.id}))
    state.touch(row)
    return row


def _leave(turn: Turn, right: Right, row: PledgeReceipts, heir: PledgeReceipts | None) -> None:
    """It stands on this right no more; with its last right it leaves memory, and who it turns out to be goes on.

    What the register knows by a number may be shown again: what it has received is kept for that.
    """
    row.rights = tuple(each for each in row.rights if each != right.id)
    turn.state.touch(row)
    if row.rights or (heir is None and row.received and is_the_registers(right, row.pledge)):
        return
    if heir is not None:
        for currency, amount in row.received.items():
            heir.received[currency] = heir.received.get(currency, 0) + amount
        turn.state.touch(heir)
    turn.state.archive(row)


def _carry_over(right: Right, pledge: Pledge, row: PledgeReceipts) -> None:
    """What was kept right by right before: each pledge of a pledgee's takes up to its sum, in their order."""
    key = receipts_key(pledge)
    share = min(right.pledge_receipts.get(key, 0), pledge.amount)
    if share:
        row.received[pledge.currency] = row.received.get(pledge.currency, 0) + share
        right.pledge_receipts[key] -= share
