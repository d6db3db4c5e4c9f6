"""First refusal 优先受让权 (Civil Code Arts. 847 and 860): who has it, and whether an assignment may be signed past it.

Those who completed a service result have it when the result is assigned; co-owners of an application, who developed
the invention together, when the application right is. It is met by their waiver, or by a notice of the deal's own terms
that nobody has answered by exercising it. It does not bind licences.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import DealKind
from exchange.rows import Deal, Listing, Party, Right, Venue
from exchange.rules import profiles
from exchange.rules.effects import EFFECTS
from exchange.rules.lodged import lodged
from exchange.rules.rule import Rule, define, refuse, venue_rule
from exchange.rules.venue import FACT_MISSING
from exchange.state import State

SINCE_ENGINE = 3
OF_COMPLETERS = define(
    Rule(
        code="CN-CIVIL-CODE-847",
        citation="Civil Code of the PRC, Art. 847",
        jurisdictions=("CN",),
        source="L",
        text="those who completed a service result have the first refusal on equal terms when it is assigned",
        text_zh="转让职务技术成果的，其完成人享有以同等条件优先受让的权利",
        cure="have their waiver of the first refusal lodged with the listing, or give them notice of the award's terms "
        "and wait until they have answered or their term has ended",
        cure_zh="请在挂牌时提交完成人放弃优先受让权的文件，或在成交后按同等条件通知完成人，待其答复或期限届满",
        steps=("approve", "sign"),
        deal_kinds=("assignment",),
        facts_from="venue_finding",
        bound_by=("right", "seller"),
    )
)
OF_CO_DEVELOPERS = define(
    Rule(
        code="CN-CIVIL-CODE-860",
        citation="Civil Code of the PRC, Art. 860",
        jurisdictions=("CN",),
        source="L",
        text="a co-developer that keeps it has the first refusal on equal terms when the application right is assigned",
        text_zh="合作开发的当事人转让专利申请权的，保留优先受让权的其他各方享有以同等条件优先受让的权利",
        cure="give it notice of the award's terms and wait until it has answered or its term has ended",
        cure_zh="请按同等条件通知该共有人，待其答复或期限届满",
        steps=("sign",),
        deal_kinds=("assignment",),
        facts_from="register_copy",
        bound_by=("right", "seller"),
    )
)
UNEQUAL_TERMS = venue_rule(
    75,
    "UNEQUAL-TERMS",
    "a notice of first refusal states the deal's own terms, and whoever exercises it takes them as they are",
    "优先受让权的通知应载明成交的同等条件，行使者须按该条件受让",
    "state the terms commitment and the price that the deal shows",
    "请填写成交所示的条件承诺值与价款",
    steps=("award",),
    deal_kinds=("assignment",),
)


def concerns(rule: Rule, venue: Venue, right: Right, seller: Party, deal_kind: DealKind) -> bool:
    """Whether one of the two articles speaks of such a deal: an assignment of technology of the Mainland's."""
    effect = EFFECTS.get((right.office, right.right_type))
    is_assignment = deal_kind == "assignment" and venue.engine >= SINCE_ENGINE
    if not is_assignment or effect is None or not effect.is_technology:
        return False
    if rule is OF_CO_DEVELOPERS and "application" not in {right.status, right.right_type}:
        return False
    return profiles.binds(rule, venue, right, seller)


def service_is_known(venue: Venue, right: Right, seller: Party, deal_kind: DealKind) -> None:
    """Whether a right was made in service is known before its assignment is offered.

    Raises:
        Refusal: FACT-MISSING.
    """
    if right.service_invention is UNSET and concerns(OF_COMPLETERS, venue, right, seller, deal_kind):
        refuse(FACT_MISSING, fact="service_invention", right_id=right.id, supplier="seller")


def refusal_is_met(
    state: State, listing: Listing, right: Right, time_ms: int, deal: Deal | None = None
) -> None:
    """Nobody who has a first refusal is passed over by a deal in a listed right, or by any where none is named.

    Raises:
        Refusal: CN-CIVIL-CODE-847, CN-CIVIL-CODE-860, FACT-MISSING.
    """
    if deal is not None and _was_answered(listing, deal):
        return
    seller = state.parties[listing.seller]
    deal_id = None if deal is None else deal.id
    service_is_known(state.venue, right, seller, listing.deal_kind)
    if _completers_ask(state, listing, right, seller, time_ms) and _completers(right, deal) != ():
        refuse(OF_COMPLETERS, right_id=right.id, deal_id=deal_id)
    if _co_developers(state, listing, right, deal):
        refuse(OF_CO_DEVELOPERS, right_id=right.id, deal_id=deal_id)


def entitled(state: State, listing: Listing, deal: Deal, time_ms: int) -> tuple[str, ...]:
    """Who has a first refusal of a deal now: completers by commitment, co-developers by company number.

    Raises:
        Refusal: FACT-MISSING where nobody has found who the completers are.
    """
    if _was_answered(listing, deal):
        return ()
    right, seller = state.rights[deal.right_id], state.parties[deal.seller]
    completers: tuple[str, ...] | None = ()
    if _completers_ask(state, listing, right, seller, time_ms):
        completers = _completers(right, deal)
    if completers is None:
        refuse(FACT_MISSING, fact="completers", right_id=right.id, supplier="operator")
    return (*completers, *_co_developers(state, listing, right, deal))


def _was_answered(listing: Listing, deal: Deal) -> bool:
    """It is a first refusal exercised, it gives a right back, or all have let such a price of its listing pass."""
    refused_at = listing.first_refused_at
    if deal.reassigned_from is not UNSET or deal.reverses is not UNSET:
        return True
    return refused_at is not UNSET and deal.price >= refused_at


def _completers_ask(state: State, listing: Listing, right: Right, seller: Party, time_ms: int) -> bool:
    return (
        concerns(OF_COMPLETERS, state.venue, right, seller, listing.deal_kind)
        and right.service_invention is True
        and lodged(state, "first_refusal_waiver", listing.id, time_ms) is None
    )


def _completers(right: Right, deal: Deal | None) -> tuple[str, ...] | None:
    """Those for whom a deal's buyer does not act; None where they were not found."""
    if right.completers is UNSET:
        return None
    buyer = "" if deal is None else deal.buyer
    return tuple(each.commitment for each in right.completers if each.party_id != buyer)


def _co_developers(state: State, listing: Listing, right: Right, deal: Deal | None) -> tuple[str, ...]:
    """Those that have kept it, but a deal's buyer."""
    seller, kept = state.parties[listing.seller], listing.refusals_kept
    if kept is UNSET or not concerns(OF_CO_DEVELOPERS, state.venue, right, seller, listing.deal_kind):
        return ()
    buyer = "" if deal is None else state.parties[deal.buyer].company_number
    return tuple(number for number in kept if number != buyer)
