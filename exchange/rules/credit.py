"""Whom the venue does not serve: who stands on a list of sanctions, or of dishonest debtors. Lists are dated documents.

The venue's operator records that a list names a party, and that it names it no more.
"""

from __future__ import annotations

from exchange.rows import Party
from exchange.rules.lodged import stands
from exchange.rules.rule import BY_ANALOGY, EVERYWHERE, Rule, define, refuse, venue_rule
from exchange.state import State

SANCTIONED = define(
    Rule(
        code="CN-ANTI-MONEY-LAUNDERING-40",
        citation="Anti-Money Laundering Law of the PRC (2024), Art. 40" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="whoever stands on a list of terrorists, of the Security Council's or of the authority's sanctions is not "
        "served, and no money goes to it",
        text_zh="列入恐怖活动名单、联合国安理会定向金融制裁名单或者主管部门认定名单的主体，不得为其提供服务，并限制其资金转移",
        cure="have the operator record that the list names the party no more",
        cure_zh="请由运营者记录该主体已移出名单的文件",
        status=403,
        steps=("join", "list", "approve", "bid", "award", "sign", "fund", "file", "pay"),
        facts_from="venue_finding",
    )
)
DISHONEST_DEBTOR = venue_rule(
    88,
    "DISHONEST-DEBTOR",
    "a party that a court's list of dishonest debtors names neither lists nor bids",
    "被列入失信被执行人名单的主体不得挂牌或者报价",
    "perform the judgment, and have the operator record that the list names the party no more",
    "请履行生效法律文书，并由运营者记录移出名单的文件",
    status=403,
    steps=("list", "approve", "bid", "award"),
    facts_from="venue_finding",
)


def is_sanctioned(state: State, party: Party, time_ms: int) -> bool:
    """Whether a list of sanctions names the party."""
    return stands(state, "sanctions_listing", "sanctions_removal", party.id, time_ms)


def party_is_not_sanctioned(state: State, party: Party, time_ms: int) -> None:
    """Raises Refusal CN-ANTI-MONEY-LAUNDERING-40 while a list of sanctions names the party."""
    if is_sanctioned(state, party, time_ms):
        refuse(SANCTIONED, party_id=party.id)


def party_is_no_dishonest_debtor(state: State, party: Party, time_ms: int) -> None:
    """Raises Refusal DISHONEST-DEBTOR while the courts' list names the party."""
    if stands(state, "dishonesty_listing", "dishonesty_removal", party.id, time_ms):
        refuse(DISHONEST_DEBTOR, party_id=party.id)
