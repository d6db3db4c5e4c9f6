"""Open licences 开放许可: Patent Law Arts. 50 to 52 and Implementing Rules (2023) Arts. 85 to 88.

Whoever declares one names its fee, and anybody may take it. Beside it stand ordinary licences that are agreed upon, and
no exclusive or sole one. A pledgee's consent, which Art. 86 asks for too, stands in `civil_code`.
"""

from __future__ import annotations

from exchange.commands import DealKind, ListingTerms
from exchange.money.amount import Currency
from exchange.rows import Listing, Right
from exchange.rules import exchange_rates, patent_law, profiles, registered_licences
from exchange.rules.lodged import lodged, stands
from exchange.rules.rule import Rule, Source, Step, Supplier, define, refuse
from exchange.rules.undertakings import answers_of
from exchange.rules.venue import FACT_MISSING
from exchange.state import State
from exchange.terms.consideration import royalty_of

LARGEST_FEE = 20_000_000_00
"""Minor units of CNY: the suggested cap of a fixed open-licence fee, 20,000,000 CNY."""
HIGHEST_RATE = {"net_sales": 2_000, "product_price": 2_000, "added_output": 2_000, "profit": 4_000}
"""Basis points: the suggested caps of an open licence's royalty, 20 % of net sales and 40 % of profit.

A product's price is what its sale brings. Added output is capped like sales, the stricter of the two, since no figure
is published for it.
"""
CAPPED_BEFORE = frozenset({"net_sales", "profit"})
"""The bases that have a cap under engines before version 5."""
ALL_SINCE_ENGINE = 5
"""Since this version an open licence is one by its announcement on record, of all co-owners, for anybody, under caps of
every base."""
NEEDS_REPORT = frozenset({"utility_model", "design"})
STAND_ALONE: tuple[DealKind, ...] = ("exclusive_licence", "sole_licence")


def _open(  # noqa: PLR0913 - the parts of a rule
    code: str,
    citation: str,
    text: str,
    text_zh: str,
    cure: str,
    cure_zh: str,
    source: Source = "L",
    *,
    steps: tuple[Step, ...] = ("list", "approve"),
    deal_kinds: tuple[DealKind, ...] = ("ordinary_licence",),
    facts_from: Supplier = "register_copy",
) -> Rule:
    return define(
        Rule(
            code=code,
            citation=citation,
            jurisdictions=("CN",),
            source=source,
            text=text,
            text_zh=text_zh,
            cure=cure,
            cure_zh=cure_zh,
            steps=steps,
            deal_kinds=deal_kinds,
            facts_from=facts_from,
        )
    )


BARRED = _open(
    "CN-PATENT-RULES-86",
    "Patent Law of the PRC, Arts. 50 to 52; Implementing Rules (2023), Arts. 85 to 88",
    "an open licence needs a granted patent, its fees paid, no suspension, and no live exclusive or sole licence",
    "开放许可须为已授权、已缴年费、未中止且无独占或排他许可的专利",
    "clear the obstacle that the detail names",
    "请消除明细所列障碍",
)
FEE = _open(
    "CN-OPEN-LICENCE-FEE",
    "Guidance on estimating open-licence fees: fixed fee of at most 20,000,000 CNY, royalty of at most 20 % of net "
    "sales or 40 % of profit; a product's price and added output are capped like sales",
    "the fixed fee or the royalty of an open licence is above the cap",
    "开放许可固定费用或提成比例超过上限",
    "lower the fee, or list a non-exclusive (ordinary) licence instead",
    "请降低费用，或改为普通许可挂牌",
    "W",
    steps=("list",),
    facts_from="journal",
)
EVALUATION_REPORT = _open(
    "CN-PATENT-LAW-50",
    "Patent Law of the PRC, Art. 50(1)",
    "an open licence of a utility model or design needs the patent evaluation report",
    "实用新型、外观设计专利实行开放许可应当提供专利权评价报告",
    "have the operator record the evaluation report, or offer a non-exclusive (ordinary) licence",
    "请由运营者记录专利权评价报告，或改为普通许可挂牌",
    facts_from="venue_finding",
)
NO_OTHER_KIND = _open(
    "CN-PATENT-LAW-51",
    "Patent Law of the PRC, Art. 51(3)",
    "while an open licence of a patent is declared, non-exclusive (ordinary) licences of it may be agreed, but no "
    "exclusive or sole one",
    "专利实行开放许可期间，可以协商给予普通许可，但不得给予独占或者排他许可",
    "offer a non-exclusive (ordinary) licence, or have the published withdrawal of the declaration recorded",
    "请改为普通许可，或由运营者记录开放许可声明的撤回公告",
    steps=("list", "approve", "sign", "fund"),
    deal_kinds=STAND_ALONE,
    facts_from="venue_finding",
)


def may_be_declared(
    state: State, right: Right, terms: ListingTerms, currency: Currency, time_ms: int
) -> None:
    """The conditions of an open licence (Arts. 50 to 52).

    Raises:
        Refusal: CN-PATENT-RULES-86, CN-PATENT-LAW-50, CN-OPEN-LICENCE-FEE; FACT-MISSING where no rate is on record to
            compare a fee of another currency with the cap.
    """
    if right.office != "CN":
        refuse(BARRED, right_id=right.id, obstacle="not a patent of the Mainland")
    overdue = patent_law.fee_is_overdue(state, right, time_ms)
    if right.status != "granted" or overdue or patent_law.is_frozen(right):
        refuse(BARRED, right_id=right.id, status=right.status, in_fee_grace=overdue)
    live_kinds = {state.licences[licence_id].licence_kind for licence_id in right.licences}
    elsewhere = registered_licences.standing(state, right, time_ms)
    if not (live_kinds | {each.licence_kind for each in elsewhere}).isdisjoint(STAND_ALONE):
        refuse(BARRED, right_id=right.id, obstacle="live exclusive or sole licence")
    reported = lodged(state, "evaluation_report", right.id, time_ms) is not None
    if right.right_type in NEEDS_REPORT and not reported:
        refuse(EVALUATION_REPORT, right_id=right.id)
    _fee_is_within_its_cap(state, right, terms, currency, time_ms)


def stands_beside_others(state: State, announcement_number: str | None) -> bool:
    """Whether a listing is of an open licence, so that an ordinary licence may be listed beside it (Art. 51(3))."""
    return announcement_number is not None and state.venue.engine >= ALL_SINCE_ENGINE


def is_announced(state: State, right: Right, listing: Listing, time_ms: int) -> None:
    """An open licence is one by the office's announcement under the number that its seller names, and while it stands.

    A declaration lasts until its withdrawal was announced, whatever becomes of the listing (Arts. 50 and 51).

    Raises:
        Refusal: FACT-MISSING where no such announcement is on record, or its withdrawal is.
    """
    number = listing.announcement_number
    if number is None or state.venue.engine < ALL_SINCE_ENGINE:
        return
    found = lodged(state, "open_licence_announcement", right.id, time_ms)
    declared = stands(state, "open_licence_announcement", "open_licence_withdrawal", right.id, time_ms)
    if not declared or found is None or found.announcement_number != number:
        refuse(
            FACT_MISSING,
            fact="open_licence_announcement",
            right_id=right.id,
            number=number,
            supplier="operator",
        )


def no_open_licence_is_declared(state: State, right: Right, deal_kind: DealKind, time_ms: int) -> None:
    """No exclusive or sole licence is granted while an open licence is declared, as recorded here or in the register.

    Raises:
        Refusal: CN-PATENT-LAW-51.
    """
    if deal_kind not in STAND_ALONE:
        return
    if stands(state, "open_licence_announcement", "open_licence_withdrawal", right.id, time_ms):
        refuse(NO_OTHER_KIND, right_id=right.id)
    for each in registered_licences.standing(state, right, time_ms):
        if each.licence_kind == "open_licence":
            refuse(NO_OTHER_KIND, right_id=right.id, in_the_way=f"register {each.licence_id}")


def seller_knows_of_none_elsewhere(
    state: State, right: Right, deal_kind: DealKind, terms: ListingTerms
) -> None:
    """Beside a declaration outside this venue, by the seller's own word, no exclusive or sole licence is listed.

    Its withdrawal on record stands over the word.

    Raises:
        Refusal: CN-PATENT-LAW-51.
    """
    if deal_kind not in STAND_ALONE or answers_of(terms).open_licence_elsewhere is not True:
        return
    if lodged(state, "open_licence_withdrawal", right.id) is None:
        refuse(NO_OTHER_KIND, right_id=right.id, undertaking="open_licence_elsewhere")


def fee_is_compared_in(state: State, listing: Listing) -> Currency | None:
    """In which currency a listing's fee has its cap; None where it is no fixed fee of an open licence."""
    is_fee = listing.announcement_number is not None and _fixed_fee(state, listing.terms)
    return "CNY" if is_fee and state.venue.engine >= profiles.SINCE_ENGINE else None


def _fee_is_within_its_cap(
    state: State, right: Right, terms: ListingTerms, currency: Currency, time_ms: int
) -> None:
    """A fee of another currency is compared by the recorded rate; engines before version 3 compare the bare figures."""
    rate, fee = exchange_rates.Factors(1, 1, ""), _fixed_fee(state, terms)
    if fee and state.venue.engine >= profiles.SINCE_ENGINE:
        rate = exchange_rates.factors(state, currency, "CNY", time_ms)
    if fee * rate.ours > LARGEST_FEE * rate.theirs:
        refuse(FEE, right_id=right.id, rate_id=rate.rate_id or None)
    royalty = royalty_of(terms)
    if royalty is None:
        return
    is_capped = state.venue.engine >= ALL_SINCE_ENGINE or royalty.base in CAPPED_BEFORE
    if is_capped and max(royalty.rates) > HIGHEST_RATE[royalty.base]:
        refuse(FEE, right_id=right.id, base=royalty.base)


def _fixed_fee(state: State, terms: ListingTerms) -> int:
    """Minor units that are paid whatever the licensee sells: the price, and the least of one period of a royalty."""
    royalty = royalty_of(terms)
    if royalty is None or royalty.floor is None or state.venue.engine < ALL_SINCE_ENGINE:
        return terms.price
    return terms.price + royalty.floor
