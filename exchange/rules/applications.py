"""The assignment of an application that is refused: who bears that the right never comes into being.

Until the transfer is registered it is the seller's, whose buyer may rescind; from then on the buyer's.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.deals import steps
from exchange.rows import Deal, Right
from exchange.rules.rule import BY_ANALOGY, EVERYWHERE, Rule, define, refuse

NOT_REFUSED_BEFORE_THE_TRANSFER = define(
    Rule(
        code="CN-TECHNOLOGY-CONTRACTS-23",
        citation="Supreme People's Court, Interpretation on Technology Contracts, Art. 23" + BY_ANALOGY,
        jurisdictions=EVERYWHERE,
        source="L",
        text="the buyer of an application rescinds when it was refused or deemed withdrawn before the transfer's "
        "registration, and not when that came after it, unless the parties have agreed otherwise",
        text_zh="专利申请权转让合同，专利申请在转让登记之前被驳回或者被视为撤回的，受让方可以解除合同；"
        "发生在转让登记之后的，不得解除，但当事人另有约定的除外",
        cure="have the office's copy that shows the refusal recorded; what was registered before it goes back by an "
        "agreement with the seller, or as whoever decides a dispute finds",
        cure_zh="请取得载明申请已被驳回的登记簿副本；此前已办理转让登记的，请与出让方协商返还，或者依争议结果办理",
        steps=("file",),
        deal_kinds=("assignment",),
        facts_from="register_copy",
    )
)


def application_was_refused_before_the_transfer(right: Right, deal: Deal) -> None:
    """The right never came into being, and its application has not passed yet.

    What is given back by an outcome or a rescission is no purchase: whoever has it back bears that it has ended.

    Raises:
        Refusal: CN-TECHNOLOGY-CONTRACTS-23.
    """
    sold = deal.deal_kind == "assignment" and deal.reverses is UNSET
    state = steps.without_dispute(deal)
    if not sold or right.status != "refused" or state in steps.PASSED:
        refuse(
            NOT_REFUSED_BEFORE_THE_TRANSFER,
            deal_id=deal.id,
            right_id=right.id,
            status=right.status,
            state=state,
        )
