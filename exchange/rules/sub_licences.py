"""Sub-licences 再许可: what a licensee may grant under its own licence, the head licence 主许可.

Nobody but whom the contract lets may license others (Patent Law Art. 12 [L]); what is agreed so is an ordinary licence
(Interpretation on Technology Contracts Art. 25(2) [L]). It lies within its head and ends with it: nobody gives more
than it has. A sub-licence gives no sub-licences, so that under a head there is one level.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import DealKind, ListingTerms
from exchange.rows import Licence, Party, Right
from exchange.rules import patent_law
from exchange.rules.rule import BY_ANALOGY, EVERYWHERE, LICENCES, Rule, define, refuse, venue_rule
from exchange.state import State
from exchange.terms.scope import field_lies_within, lies_within

SINCE_ENGINE = 3
NOT_ALLOWED = define(
    Rule(
        code="CN-PATENT-LAW-12",
        citation="Patent Law of the PRC, Art. 12" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="a licensee may license others only under a licence of its own whose contract lets it",
        text_zh="被许可人无权允许合同规定以外的任何单位或者个人实施该专利，合同允许再许可的除外",
        cure="take a licence whose contract allows sub-licences, then grant under it",
        cure_zh="请取得合同约定允许再许可的许可后，再行许可他人",
        steps=("list",),
        deal_kinds=LICENCES,
    )
)
NOT_ORDINARY = define(
    Rule(
        code="CN-TECHNOLOGY-CONTRACTS-25-2",
        citation="Supreme People's Court, Interpretation on Technology Contracts, Art. 25(2)" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="a sub-licence is a non-exclusive (ordinary) licence; no contract made here agrees otherwise",
        text_zh="合同约定被许可人可以再许可的，该再许可为普通实施许可；在本中心订立的合同均无另行约定",
        cure="offer a non-exclusive (ordinary) licence",
        cure_zh="请改为普通许可",
        steps=("list",),
        deal_kinds=LICENCES,
    )
)
NOT_IN_FORCE = venue_rule(
    91,
    "HEAD-LICENCE-NOT-IN-FORCE",
    "a sub-licence stands on a licence of the same right that was granted here, has begun, has not ended and is not "
    "in dispute",
    "再许可须以在本中心授予的、就同一权利的、已生效且未终止、无争议的许可为依据",
    "wait until the head licence has begun or its dispute has ended; under one that has ended nothing is granted",
    "请等待主许可生效或其争议终结；主许可已终止的，不得再许可",
    steps=("list", "approve", "sign", "fund", "file"),
    deal_kinds=LICENCES,
)
BEYOND_HEAD = venue_rule(
    92,
    "SUB-LICENCE-BEYOND-HEAD",
    "a sub-licence lies within its head licence: in territory, in field of use, in time",
    "再许可的地域、领域和期限均不得超出主许可",
    "narrow the territory, the field or the term; a field of use is known to lie within another only where both are "
    "said in the same words or are IPC sections or classes; where no end is named, the term is the right's",
    "请缩小地域、领域或期限；仅当双方领域用语相同或均以国际专利分类的部或大类表示时，方可认定一领域属于另一领域；"
    "未约定终止日的，以权利届满日为准",
    steps=("list", "approve", "sign", "fund", "file"),
    deal_kinds=LICENCES,
)


def kind_is_ordinary(kind: DealKind, terms: ListingTerms) -> None:
    """Raises Refusal CN-TECHNOLOGY-CONTRACTS-25-2 for a sub-licence of another kind."""
    if terms.head_licence is not UNSET and kind != "ordinary_licence":
        refuse(NOT_ORDINARY, head_licence=terms.head_licence, deal_kind=kind)


def contract_lets_the_licensee(state: State, seller: Party, terms: ListingTerms) -> None:
    """The seller holds the head licence, and its contract allows sub-licences. Neither changes while it lives.

    Of a licence granted before engine version 3 it is not on record, so that it allows none.

    Raises:
        Refusal: CN-PATENT-LAW-12.
    """
    head = head_of(state, terms)
    if head is not None and (head.licensee != seller.id or head.may_sublicense is not True):
        refuse(NOT_ALLOWED, head_licence=head.id, party_id=seller.id)


def head_is_in_force(state: State, right: Right, terms: ListingTerms, time_ms: int) -> None:
    """Raises Refusal HEAD-LICENCE-NOT-IN-FORCE: without it nothing is granted, and nothing passes, under it."""
    head = head_of(state, terms)
    if head is None or head.right_id != right.id:
        refuse(NOT_IN_FORCE, head_licence=str(terms.head_licence), right_id=right.id)
    deal = state.deals.get(head.deal_id)
    if deal is not None and deal.state == "DISPUTED":
        refuse(NOT_IN_FORCE, head_licence=head.id, right_id=right.id, in_the_way=deal.id)
    if not head.starts_ms <= time_ms < head.ends_ms:
        refuse(NOT_IN_FORCE, head_licence=head.id, starts_ms=head.starts_ms, ends_ms=head.ends_ms)


def lies_within_its_head(state: State, right: Right, terms: ListingTerms) -> None:
    """Nobody gives more than it has.

    Raises:
        Refusal: SUB-LICENCE-BEYOND-HEAD; FACT-MISSING where neither the terms nor the register name an end.
    """
    head = head_of(state, terms)
    if head is None:
        return
    for territory in terms.territory:
        if not any(lies_within(territory, whole) for whole in head.territory):
            refuse(BEYOND_HEAD, head_licence=head.id, territory=territory)
    if not field_lies_within(terms.field_of_use, head.field_of_use):
        refuse(BEYOND_HEAD, head_licence=head.id, field_of_use=head.field_of_use)
    ends_ms = patent_law.expiry_ms(right) if terms.ends_ms is None else terms.ends_ms
    if ends_ms > head.ends_ms:
        refuse(BEYOND_HEAD, head_licence=head.id, ends_ms=head.ends_ms)


def head_of(state: State, terms: ListingTerms | Licence) -> Licence | None:
    """The head licence that is named, while it lives."""
    return None if terms.head_licence is UNSET else state.licences.get(terms.head_licence)


def under(state: State, right: Right, head_id: str) -> tuple[Licence, ...]:
    """The sub-licences that live under a licence of a right."""
    living = (state.licences[each] for each in right.licences)
    return tuple(each for each in living if each.head_licence == head_id)
