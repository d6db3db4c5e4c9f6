"""Routes of what a seller may do when a fifth of a price paid in parts is overdue (Civil Code Art. 634)."""

from fastapi import APIRouter

from api import documents
from api.forms import Accepted, RowId
from api.giving import PartyGives, terms_of
from api.obligations.schemas import Demand, Remedy
from exchange.commands import ChooseRemedy, DemandInstalments, RemedyTerms
from exchange.rules import civil_code, invalidity, patent_law
from exchange.rules import venue as rules

router = APIRouter(prefix="/v1/deals", tags=["obligations"])


@router.post(
    "/{deal_id}/demand",
    **documents.command(
        rules.WRONG_STATE,
        rules.DEAL_DISPUTED,
        invalidity.INVALIDITY_DECIDED,
        civil_code.INSTALMENTS_OVERDUE,
    ),
)
async def demand(deal_id: RowId, body: Demand, giver: PartyGives) -> Accepted:
    """The seller demands what is overdue; the buyer has 30 days."""
    return await giver.give(DemandInstalments, body, deal_id=deal_id)


@router.post(
    "/{deal_id}/remedy",
    **documents.command(
        rules.WRONG_STATE,
        rules.DEAL_DISPUTED,
        invalidity.INVALIDITY_DECIDED,
        rules.DISPUTE_OUTCOME,
        civil_code.INSTALMENTS_OVERDUE,
        patent_law.NOT_REGISTERED_OWNER,
        patent_law.RIGHT_ENDED,
    ),
)
async def remedy(deal_id: RowId, body: Remedy, giver: PartyGives) -> Accepted:
    """The term is over: the whole price is due now, or what was agreed is rescinded."""
    return await giver.give(ChooseRemedy, body, terms=terms_of(RemedyTerms, body.terms), deal_id=deal_id)
