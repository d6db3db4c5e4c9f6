"""Pledges drawn up here follow the register: a copy that shows one makes it, one that shows it no more ends it."""

from __future__ import annotations

from msgspec import UNSET

from exchange.calendar import venue_date
from exchange.commands import Pledge, PledgeTerms
from exchange.rights.pledge_contracts import ON_ITS_WAY, TRANSITIONS, change_contract, end, leave
from exchange.rows import PledgeContract, Right
from exchange.turn import Turn


def follow_the_register(turn: Turn, right: Right, as_of_ms: int) -> None:
    """A copy shows a pledge that was filed, its change, or that it stands no more."""
    for contract_id in right.pledge_contracts or ():
        contract = turn.state.pledge_contracts[contract_id]
        shown = dict(zip(right.pledge_numbers, right.pledges, strict=True))
        if contract.state == "FILED" and right.id not in contract.numbers:
            _found(turn, contract, right, shown)
        elif right.id in contract.numbers and contract.numbers[right.id] not in shown:
            _gone(turn, contract, right)
        elif contract.state == "CHANGING" and as_of_ms > (contract.asked_ms or 0):
            _changed(turn, contract, right, shown[contract.numbers[right.id]])


def _found(turn: Turn, contract: PledgeContract, right: Right, shown: dict[int, Pledge]) -> None:
    """The register shows a pledge with this pledgee and sum."""
    number = next(
        (each for each, pledge in shown.items() if _is(turn, contract, contract.terms, pledge)), None
    )
    if number is None:
        return
    contract.numbers[right.id] = number
    turn.state.touch(contract)
    if len(contract.numbers) == len(contract.rights):
        contract.office_due_ms = None
        change_contract(turn, contract, "register_shows", "register")


def _gone(turn: Turn, contract: PledgeContract, right: Right) -> None:
    """The register shows it on this right no more; it has ended when it stands on none."""
    del contract.numbers[right.id]
    if contract.state not in ON_ITS_WAY:
        leave(turn, contract, right)
    turn.state.touch(contract)
    if not contract.numbers and (contract.state, "register_clear") in TRANSITIONS:
        end(turn, contract, "register_clear", "register")


def _changed(turn: Turn, contract: PledgeContract, right: Right, pledge: Pledge) -> None:
    if contract.change is None or not _is(turn, contract, contract.change, pledge):
        return
    contract.changed_on = tuple(sorted({*contract.changed_on, right.id}))
    turn.state.touch(contract)
    if set(contract.changed_on) >= set(contract.numbers):
        contract.terms, contract.change = contract.change, None
        contract.asked_ms, contract.changed_on = None, ()
        change_contract(turn, contract, "register_changes", "register")


def _is(turn: Turn, contract: PledgeContract, terms: PledgeTerms, pledge: Pledge) -> bool:
    number = turn.state.parties[contract.pledgee].company_number
    term = pledge.debt_term_ends_on
    if term is not UNSET and term != venue_date(terms.ends_ms - 1).isoformat():
        return False
    return (pledge.company_number, pledge.amount, pledge.currency, pledge.kind) == (
        number,
        terms.amount,
        terms.currency,
        terms.kind,
    )
