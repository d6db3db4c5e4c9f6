"""The states of listings, deals and licences: their names and what comes next, in Simplified Chinese and English."""

from __future__ import annotations

LISTING_STATE_WORDS: dict[str, tuple[str, str]] = {
    "listing.SUBMITTED": ("待审核", "Submitted"),
    "listing.PUBLICITY": ("公示中", "Public notice"),
    "listing.HELD": ("异议处理中", "Held by an objection"),
    "listing.OPEN": ("挂牌中", "Open"),
    "listing.TRADING": ("持续交易中", "Trading"),
    "listing.BIDDING": ("网络竞价中", "Bidding"),
    "listing.NEGOTIATE": ("协议洽谈中", "Negotiating"),
    "listing.SEALED": ("密封报价已截止", "Sealed bids fixed"),
    "listing.REVEALING": ("开启报价中", "Bids being opened"),
    "listing.EVALUATING": ("评标中", "Being scored"),
    "listing.SUSPENDED": ("中止", "Suspended"),
    "listing.AWARDED": ("已有成交结果", "Awarded"),
    "listing.REOFFERED": ("向下一意向方递补", "Offered to the next bidder"),
    "listing.SOLD": ("已完成", "Completed"),
    "listing.LAPSED": ("终结（未成交）", "Lapsed"),
    "listing.REJECTED": ("已退回", "Sent back"),
    "listing.WITHDRAWN": ("已撤回", "Withdrawn"),
    "listing_next.PUBLICITY": (
        "公示期内可提出异议；期满无异议后开放。",
        "Objections may be raised during the notice; it opens when none stands at its end.",
    ),
    "listing_next.HELD": (
        "已有异议，公示期暂停计算；异议处理完毕后继续公示或退回。",
        "An objection stands: the notice waits until it is decided, and goes on or ends.",
    ),
    "listing_next.OPEN.posted": (
        "接受价格并备足资金即可成交，先到先得。",
        "Whoever accepts the price and has the money gets a deal, first come first served.",
    ),
    "listing_next.OPEN.competitive": (
        "意向受让方、意向被许可人可登记、交纳保证金并报价；登记截止前可退出。",
        "Buyers register, lodge the bid deposit and bid; they may leave until registration closes.",
    ),
    "listing_next.OPEN.negotiated": (
        "意向受让方、意向被许可人可提出报价；双方在有效期内接受、拒绝或另行报价。",
        "Buyers propose a price; each side accepts, refuses or answers within the proposal's time.",
    ),
    "listing_next.OPEN.english": (
        "意向受让方、意向被许可人可登记并交纳保证金；登记截止后开始逐次增价。",
        "Buyers register and lodge the bid deposit; once registration closes they bid one above the other.",
    ),
    "listing_next.OPEN.dutch": (
        "价格按时递减；首个达到当前价格的意向方即可成交。",
        "The price falls by its clock; whoever first takes it has a deal at the price of that moment.",
    ),
    "listing_next.OPEN.sealed": (
        "意向受让方、意向被许可人可登记、交纳保证金并提交密封报价；截止前可撤回。",
        "Buyers register, lodge the bid deposit and seal their bids; until the close they may take them back.",
    ),
    "listing_next.OPEN.tender": (
        "投标人可登记、交纳保证金并提交密封投标；评分权重见条款，少于三个投标人不予开标。",
        "Tenderers register, lodge the deposit and seal tenders; fewer than three are not opened.",
    ),
    "listing_next.BIDDING.sealed": (
        "登记已截止。密封报价在截止前可撤回或重新提交。",
        "Registration has closed. Until the close sealed bids may be taken back and sealed anew.",
    ),
    "listing_next.BIDDING.tender": (
        "登记已截止。密封投标在截止前可撤回或重新提交。",
        "Registration has closed. Until the close sealed tenders may be taken back and sealed anew.",
    ),
    "listing_next.SEALED": (
        "报价集已固定，其根与数量上链确认后方可开启。",
        "The set is fixed; bids are opened once its root and number are final on the chain.",
    ),
    "listing_next.REVEALING": (
        "意向方开启其报价；逾期未开启的，保证金归出让方所有。",
        "Bidders open their bids; who does not in time loses its deposit.",
    ),
    "listing_next.EVALUATING": (
        "评标委员会按公布的权重评分，评分结果决定成交。",
        "The evaluation committee scores by the published weights; the award follows from its sheets.",
    ),
    "listing_next.OPEN.continuous": (
        "集合定价期间：买卖委托在此时段内集中，期满按同一价格成交，其后持续交易。",
        "The call auction: orders collect and trade at one price when it ends; then trading goes on continuously.",
    ),
    "listing_next.TRADING": (
        "持续交易中：委托按价格优先、时间优先成交，每笔成交由双方签署。",
        "Trading continuously: best price first, then the earliest; both sides sign the deal of every fill.",
    ),
    "listing_next.BIDDING.english": (
        "每次报价须高于最高报价一个加价幅度；截止前五分钟内的报价将顺延截止时间。",
        "Each bid is a step above the highest; a bid in the last five minutes moves the close.",
    ),
    "listing_next.BIDDING": (
        "登记已截止。报价只可提高，不可撤回；截止时价高者得，同价先到者得。",
        "Registration has closed. Bids may be raised, never withdrawn; the highest, then the earliest, wins.",
    ),
    "listing_next.NEGOTIATE": (
        "仅有一名意向受让方或意向被许可人：以不低于挂牌价的价格与权利人洽谈。",
        "One bidder came: it negotiates with the holder at or above the listed price.",
    ),
    "listing_next.SUSPENDED": (
        "登记簿显示权利状态变化，项目中止，原因消除后恢复。",
        "The register shows a change in the right; the listing goes on once its cause is gone.",
    ),
    "listing_next.AWARDED": ("成交结果已出，正在签约与结算。", "A winner stands; the deal is being settled."),
    "listing_next.REOFFERED": (
        "成交方违约；按报价顺序向下一意向方发出成交邀约，由其决定是否接受。",
        "The winner defaulted; the next bidder is offered the award at its own price, and is free to take it.",
    ),
    "listing_next.SOLD": ("交易已完成。", "The deal has been completed."),
    "listing_next.LAPSED": ("未成交，权利人可重新挂牌。", "No deal was made; the holder may list it again."),
    "listing_next.REJECTED": ("运营方已退回。", "The operator sent it back."),
    "listing_next.WITHDRAWN": ("权利人已撤回。", "The holder withdrew it."),
}

LICENCE_STATE_WORDS: dict[str, tuple[str, str]] = {
    "licence.GRANTED": ("已许可，待备案", "Granted, to be recorded"),
    "licence.RECORDED": ("已备案", "Recorded"),
    "licence.OVERDUE": ("备案逾期", "Recordal overdue"),
    "licence.SUSPENDED": (
        "中止（宣告无效决定未生效）",
        "Suspended: its right is declared invalid, not finally yet",
    ),
    "licence.EXPIRED": ("期限届满", "Expired"),
    "licence.ENDED": ("随权利终止", "Ended with its right"),
    "licence.TERMINATED": ("提前终止", "Terminated"),
    "licence_next.SUSPENDED": (
        "在决定最终生效或者被撤销之前，许可费报告与付款期限中止计算；备案期限与许可期限照常计算。",
        "Until the decision is final or quashed, royalty reports and payments stand still; recordal and term run on.",
    ),
}

DEAL_STATE_WORDS: dict[str, tuple[str, str]] = {
    "deal.AWARDED": ("待签约", "Awarded"),
    "deal.ROFR_PENDING": ("待行使优先受让权", "First refusal running"),
    "deal.REASSIGNED": ("已由优先受让权人受让", "Taken by a first refusal"),
    "deal.SIGNED": ("已签约", "Signed"),
    "deal.CONDITIONAL": ("待出口许可", "Conditional on its export licence"),
    "deal.CHAIN_REFUSED": ("存证未成，待重签", "To be signed again"),
    "deal.WITNESSED": ("已存证", "Witnessed"),
    "deal.EFFECTIVE": ("已生效", "Effective"),
    "deal.FUNDED": ("资金已监管", "Funded"),
    "deal.FILED": ("已申报登记", "Filed"),
    "deal.REGISTERED": ("已登记", "Registered"),
    "deal.DELIVERED": ("已交接", "Delivered"),
    "deal.SETTLED": ("已结算", "Settled"),
    "deal.DISPUTED": ("争议中", "In dispute"),
    "deal.UNWINDING": ("解除中", "Unwinding"),
    "deal.REFUNDED": ("已退款", "Refunded"),
    "deal_next.AWARDED": (
        "双方以各自密钥签署同一合同；逾期未签则解除。",
        "Both parties sign the same contract with their own keys; it is unwound if they do not in time.",
    ),
    "deal_next.ROFR_PENDING": (
        "已按同等条件通知优先受让权人；期限届满或全部放弃后双方签署。",
        "Those with a first refusal have had notice on equal terms; both sign once they have let it pass.",
    ),
    "deal_next.REASSIGNED": (
        "优先受让权人已按同等条件受让，原受让方资金已退回。",
        "It was taken by a first refusal on equal terms, and the first buyer has its money back.",
    ),
    "deal_next.SIGNED": (
        "双方已签署，等待存证最终确认。",
        "Both have signed; its record is on the way to the chain.",
    ),
    "deal_next.CONDITIONAL": (
        "技术出口许可证记录后合同生效。",
        "It takes effect once its export licence is on record.",
    ),
    "deal_next.CHAIN_REFUSED": (
        "合同仍有约束力；双方须就同一合同重新签署以完成存证。",
        "The contract binds all the same; both sign it afresh so that it can be recorded.",
    ),
    "deal_next.WITNESSED": (
        "存证已确认，待买方付款至监管账户。",
        "It is on record; the buyer's money is due in escrow.",
    ),
    "deal_next.EFFECTIVE.assignment": (
        "合同已生效，待买方付款至监管账户；权利人未变更。",
        "The contract is in force; the buyer's money is due in escrow. The owner is still the seller.",
    ),
    "deal_next.EFFECTIVE.licence": (
        "许可已生效，正在结算；备案时限另计。",
        "The licence is in force and is being settled; recordal has its own time limit.",
    ),
    "deal_next.FUNDED": (
        "资金在银行监管账户内，等待下一步。",
        "The money is held at the bank until its condition is met.",
    ),
    "deal_next.FILED": (
        "已向专利局申报；以登记簿登记为准，登记前权利人不变。",
        "Filed at the office; the owner changes when the register says so, and not before.",
    ),
    "deal_next.REGISTERED": (
        "登记簿已确认，权利人已变更，正在放款。",
        "The register has confirmed the new owner; payout follows.",
    ),
    "deal_next.DELIVERED": (
        "双方已签交接验收单，正在放款。",
        "Both have signed the delivery record; payout follows.",
    ),
    "deal_next.SETTLED": ("款项已全部结清。", "Every cent has been paid out."),
    "deal_next.DISPUTED": (
        "各项期限中止，付款与申报暂停；争议结果录入后继续或者解除。",
        "Its clocks stand still and nothing is paid or filed; it goes on or is unwound by the recorded outcome.",
    ),
    "deal_next.UNWINDING": (
        "正在解除，监管资金退回买方。",
        "It is being unwound; what is held returns to the buyer.",
    ),
    "deal_next.REFUNDED": ("已解除，资金已退回买方。", "It was unwound and the buyer has its money back."),
}
