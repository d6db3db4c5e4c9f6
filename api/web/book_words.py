"""How a listing finds its price, and what of it the pages show, in Simplified Chinese and English, by key."""

from __future__ import annotations

BOOK_WORDS: dict[str, tuple[str, str]] = {
    "step": ("加价幅度", "Bidding step"),
    "bidding": ("报价方式", "How several bid"),
    "bidding.once": ("一次报价，截止前不公开", "One price each, unseen until the close"),
    "bidding.rising": ("多轮递增报价", "Rising rounds"),
    "round": ("报价轮次", "Round"),
    "round_length": ("其后每轮{interval}", "further rounds of {interval}"),
    "falls": ("价格递减", "The price falls"),
    "falls_by": ("每 {interval}递减 {amount}", "by {amount} every {interval}"),
    "book": ("报价记录", "Book"),
    "book_caption": ("有效报价的名次", "Ranks of the bids that stand"),
    "book_count": ("有效报价", "Bids standing"),
    "rank": ("名次", "Rank"),
    "bidder.assignment": ("意向受让方", "Bidders"),
    "bidder.licence": ("意向被许可人", "Bidders"),
    "withheld": ("不公开", "withheld"),
    "book_posted": (
        "明码标价项目没有报价；价格即为成交条件。",
        "A posted price takes no bids: the price itself is what is accepted.",
    ),
    "book_continuous": (
        "双方最优价格及数量仅向已审核的交易主体显示，委托人身份不向其他主体显示。",
        "The best prices and quantities of both sides show to approved parties; whose an order is shows to no other.",
    ),
    "book_dutch": (
        "价格按时递减，首个应价者即成交，没有逐次报价。",
        "The price falls by its clock until somebody takes it; there are no bids.",
    ),
    "book_negotiated": (
        "报价与还价仅双方及运营方可见。",
        "Proposals and their answers are seen by their two sides and the operator alone.",
    ),
    "book_sealed": (
        "报价密封，开启期满前不显示价格。",
        "The bids are sealed: no price is shown before all are opened.",
    ),
    "sealed_count": ("密封报价数", "Sealed bids"),
    "sealed_root": ("密封报价集的根", "Root of the sealed set"),
    "criteria": ("评分标准与权重", "Criteria and weights"),
    "criterion.price": ("报价", "price"),
    "criterion.implementation_plan": ("实施方案", "implementation plan"),
    "criterion.technical_capability": ("技术能力", "technical capability"),
    "criterion.track_record": ("业绩", "track record"),
    "criterion.financial_standing": ("资信", "financial standing"),
    "criterion.local_benefit": ("本地效益", "local benefit"),
    "book_empty": ("目前没有有效报价。", "No bid stands."),
    "book_rule": (
        "价格仅向参与方提供。公开日志以主体编号载明何人报价，不载企业名称与企业编号。",
        "Prices go to the participants only. Who has bid stands in the public journal, by party number alone.",
    ),
    "book_more": ("另有", "and more:"),
}
