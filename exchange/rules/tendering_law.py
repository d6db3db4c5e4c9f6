"""Tendering and Bidding Law of the PRC: the evaluation committee. It binds tenders that the law requires; here all."""

from __future__ import annotations

from exchange.rules.rule import BY_ANALOGY, EVERYWHERE, Rule, define, refuse

FEWEST_EVALUATORS, MOST_EVALUATORS = 5, 25
FEWEST_TENDERS = 3
"""Fewer are not opened, and tenders are invited again (Art. 28; of the Implementing Regulations Art. 44 [M])."""
COMMITTEE = define(
    Rule(
        code="CN-TENDERING-37",
        citation="Tendering and Bidding Law of the PRC, Art. 37(2)" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="tenders are scored by a committee of five evaluators or more, an odd number of them",
        text_zh="评标委员会成员人数为五人以上单数",
        cure="have an odd number of evaluators score, five at least",
        cure_zh="请由五人以上单数的评标委员会成员评分",
        steps=("award",),
    )
)


def committee_is_whole(evaluators: int) -> None:
    """Raises Refusal CN-TENDERING-37 unless so many evaluators make a committee."""
    if not FEWEST_EVALUATORS <= evaluators <= MOST_EVALUATORS or evaluators % 2 == 0:
        least, most = FEWEST_EVALUATORS, MOST_EVALUATORS
        refuse(COMMITTEE, evaluators=evaluators, least=least, most=most)
