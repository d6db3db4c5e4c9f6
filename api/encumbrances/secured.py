"""What the pledges that stood over a right at a moment secure: sum, currency, term and rights.

The register's copy of that moment says sum and currency, and where it does the term; a term that it leaves open is the
contract's, if the pledge was drawn up here and still secures that sum, and is told to its sides and the venue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from api.encumbrances.schemas import SecuredView
from exchange.calendar import venue_date
from exchange.rows import Party, PledgeContract, PledgeReceipts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from api.reading import Reader
    from exchange.commands import Pledge
    from exchange.rows import Right


def pledge_subject(right_id: str, number: int) -> str:
    """How a right's timeline calls a pledge of the register's."""
    return f"{right_id} pledge {number}"


async def secured_at(
    reader: Reader, right: Right, at_ms: int, *, is_now: bool, sees_contract: Callable[[PledgeContract], bool]
) -> dict[str, SecuredView]:
    """By subject in the timeline, what each pledge secured that stood at `at_ms` (ms UTC).

    A contract's term is sealed between its sides: `sees_contract` says whether the reader is told it.
    Of a past moment, whatever engines before version 5 recorded is left out: they kept no number beside a pledge.
    """
    shown: Iterable[tuple[int, Pledge]] = ()
    if is_now:
        shown = zip(right.pledge_numbers, right.pledges, strict=True)
    else:
        entry = await reader.register_entry(right.id, at_ms)
        if entry is not None and entry.pledge_numbers is not UNSET:
            shown = zip(entry.pledge_numbers, entry.pledges, strict=True)
    pledges = dict(shown)
    contracts = await _contracts(reader, right, pledges)
    together = await _together(reader, right) if is_now else {}
    return {
        pledge_subject(right.id, number): _view(
            right, pledge, contracts.get(number), together.get(number, ()), sees_contract
        )
        for number, pledge in pledges.items()
    }


async def _contracts(reader: Reader, right: Right, pledges: dict[int, Pledge]) -> dict[int, PledgeContract]:
    """Those of the pledges that were drawn up here: known by the number on this right, or by the register's own."""
    ids = {*(right.pledge_contracts or ()), *(each.register_number for each in pledges.values())} - {""}
    rows = [stored.row for stored in await reader.rows(PledgeContract, sorted(ids))] if pledges else []
    banks = await reader.rows(Party, sorted({row.pledgee for row in rows}))
    names = {stored.row.id: stored.row.company_number for stored in banks}
    return {
        number: row
        for number, pledge in pledges.items()
        for row in rows
        if right.id in row.rights
        and names[row.pledgee] == pledge.company_number
        and (row.numbers.get(right.id) == number or row.id == pledge.register_number)
    }


async def _together(reader: Reader, right: Right) -> dict[int, tuple[str, ...]]:
    """For each pledge that stands now, the rights on which copies show it."""
    ids = {} if right.pledge_receipt_ids is UNSET else right.pledge_receipt_ids
    rows = await reader.rows(PledgeReceipts, sorted(ids.values()))
    rights = {stored.row.id: stored.row.rights for stored in rows}
    return {int(number): rights.get(row_id, ()) for number, row_id in ids.items()}


def _view(
    right: Right,
    pledge: Pledge,
    contract: PledgeContract | None,
    together: tuple[str, ...],
    sees_contract: Callable[[PledgeContract], bool],
) -> SecuredView:
    term = None if pledge.debt_term_ends_on is UNSET else pledge.debt_term_ends_on
    if contract is not None and term is None and sees_contract(contract):
        agreed = contract.terms
        same = (agreed.amount, agreed.currency, agreed.kind) == (pledge.amount, pledge.currency, pledge.kind)
        term = venue_date(agreed.ends_ms - 1).isoformat() if same else None
    return SecuredView(
        register_office=right.office,
        register_number=pledge.register_number,
        kind=pledge.kind,
        amount=pledge.amount,
        currency=pledge.currency,
        term_ends_on=term,
        rights=sorted({right.id, *(together if contract is None else contract.rights)}),
    )
