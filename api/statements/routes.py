"""Routes of account statements."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import RowFilter
from api.statements.reading import StatementReader, TooManyMovements
from api.statements.schemas import StatementView
from exchange.rows import Party
from exchange.rules import venue as rules
from ledger.months import Month

router = APIRouter(tags=["money"])


@router.get(
    "/v1/accounts/statement", **documents.reads(rules.UNKNOWN_ID, problems.STATEMENT_TOO_LONG, private=True)
)
async def statement(
    door: TheDoor,
    caller: Annotated[Caller, allow("party", "operator", "service")],
    month: Annotated[str, Query(pattern=r"^2[0-9]{3}-(0[1-9]|1[0-2])$", description="In UTC+8.")],
    owner: Annotated[RowFilter, Query(description="Staff only: the party whose statement it is.")] = None,
) -> StatementView:
    """The caller's account statement of a month: what stood, every movement, what stands, and what is held."""
    party_id = owner or caller.actor
    if not caller.staff and not caller.is_party(party_id):
        raise problems.unknown_id(party_id, "party")
    if await door.reader.row(Party, party_id) is None:
        raise problems.unknown_id(party_id, "party")
    try:
        made = await StatementReader.beside(door.reader).statement(party_id, Month.read(month))
    except TooManyMovements as error:
        raise problems.Problem(problems.STATEMENT_TOO_LONG) from error
    return StatementView.model_validate(made)
