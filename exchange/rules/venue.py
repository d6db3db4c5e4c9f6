"""The venue's own rules: who may give which command, what a listing or bid must look like, and the order of steps."""

from __future__ import annotations

from exchange.rules.rule import EVERY_STEP, venue_rule

FORBIDDEN = 403
NOT_FOUND = 404
BAD_INPUT = 422

NOT_PERMITTED = venue_rule(
    1,
    "NOT-PERMITTED",
    "this key may not give this command",
    "该密钥无权发出此指令",
    "sign with the key of a party, agent or operator that has this right",
    "请使用具有相应权限的主体、代理人或运营者密钥签名",
    status=FORBIDDEN,
    steps=EVERY_STEP,
)
PARTY_NOT_ACTIVE = venue_rule(
    2,
    "PARTY-NOT-ACTIVE",
    "the party has not been approved, or is suspended: it may only read",
    "该主体尚未通过审核或已被暂停，仅可查询",
    "wait for the operator's approval, or ask for the suspension to be lifted",
    "请等待运营者审核通过，或申请解除暂停",
    status=FORBIDDEN,
    steps=EVERY_STEP,
)
ROLE_REQUIRED = venue_rule(
    3,
    "ROLE-REQUIRED",
    "the party does not have the role that this command needs",
    "该主体不具备此指令所需的角色",
    "apply for the role",
    "请申请相应角色",
    status=FORBIDDEN,
    steps=("catalogue", "list", "approve", "bid", "award", "pledge"),
    facts_from="venue_finding",
)
UNKNOWN_ID = venue_rule(
    4,
    "UNKNOWN-ID",
    "nothing is known under this id",
    "未找到该编号对应的记录",
    "check the id; list what exists first",
    "请核对编号，或先查询现有记录",
    status=NOT_FOUND,
    steps=EVERY_STEP,
)
MALFORMED = venue_rule(
    5,
    "MALFORMED",
    "a field has a value that this command cannot have",
    "字段取值不符合该指令的要求",
    "correct the field that the detail names",
    "请更正明细中指出的字段",
    status=BAD_INPUT,
    steps=EVERY_STEP,
)
FACT_MISSING = venue_rule(
    6,
    "FACT-MISSING",
    "a fact that a rule needs has not been supplied",
    "规则所需的事实尚未提供",
    "have the named supplier provide the fact, then try again",
    "请由明细所列提供方补充该事实后重试",
    steps=EVERY_STEP,
    facts_from="register_copy",
)
WRONG_STATE = venue_rule(
    7,
    "WRONG-STATE",
    "this step does not follow from the present state",
    "当前状态下不能进行此步骤",
    "look the present state up; the detail names it",
    "请查询当前状态，明细中已列出",
    steps=EVERY_STEP,
)
VENUE_OPEN_ALREADY = venue_rule(
    8,
    "VENUE-OPEN-ALREADY",
    "a venue is opened once",
    "交易中心只能开业一次",
    "start a new journal for a new venue",
    "新设交易中心须使用新的日志",
    steps=("operate",),
)
DEVELOPMENT_CHAIN_ONLY = venue_rule(
    9,
    "DEVELOPMENT-CHAIN-ONLY",
    "the clock can be moved on development chain 31337 only",
    "仅可在开发链 31337 上调整时钟",
    "wait: on this chain time is real",
    "请等待：本链使用真实时间",
    status=FORBIDDEN,
    steps=("operate",),
)
COMPANY_NUMBER_INVALID = venue_rule(
    10,
    "COMPANY-NUMBER-INVALID",
    "the company number does not pass its check",
    "企业统一社会信用代码或注册编号校验未通过",
    "send the number as on the licence or certificate of the named jurisdiction: in the Mainland the 18-character USCC "
    "(GB 32100), in Hong Kong the 7 or 8 digits of the company or business registration number, elsewhere 4 to 32 "
    "of A-Z, 0-9, / and -",
    "请按所选法域的执照或证书填写：内地为 18 位统一社会信用代码（GB 32100），"
    "香港为 7 或 8 位公司注册编号或商业登记号码，其他地区为 4 至 32 位大写字母、数字、/ 或 -",
    status=BAD_INPUT,
    steps=("join",),
)
COMPANY_KNOWN = venue_rule(
    11,
    "COMPANY-KNOWN",
    "an approved party has this company number already",
    "该企业编号已有通过审核的主体",
    "use the existing party, or ask the operator",
    "请使用已有主体，或联系运营者",
    steps=("join",),
)
KEY_IN_USE = venue_rule(
    12,
    "KEY-IN-USE",
    "this key is bound to another party already",
    "该密钥已绑定其他主体",
    "enrol a key of your own",
    "请使用本企业独有的密钥",
    steps=("join",),
)
RIGHT_DIFFERS = venue_rule(
    13,
    "RIGHT-DIFFERS",
    "a right with this number stands in the catalogue with other facts",
    "目录中该编号的权利信息与提交内容不一致",
    "compare both with the register: its copy rules; before it comes and while nothing is listed, the operator "
    "corrects the entry",
    "请与登记簿核对：以登记簿副本为准；副本到达之前且尚无挂牌时，可请运营者更正",
    steps=("catalogue",),
)
REGISTER_COPY_STALE = venue_rule(
    14,
    "REGISTER-COPY-STALE",
    "a newer register copy stands already",
    "已有更新的登记簿副本",
    "send the newest copy",
    "请提交最新的登记簿副本",
    steps=("catalogue",),
)
LISTING_EXISTS = venue_rule(
    15,
    "LISTING-EXISTS",
    "this right has an open listing or a deal under way that leaves no room for another",
    "该权利已有挂牌或进行中的成交，不能再次挂牌",
    "wait for its end or withdraw it",
    "请等待其结束或先行撤回",
    steps=("list", "approve", "pledge"),
)
DEPOSIT_CAP = venue_rule(
    16,
    "DEPOSIT-CAP",
    "a bid deposit is at most 30 % of the listed price",
    "保证金不得超过挂牌价的 30%",
    "lower the deposit",
    "请降低保证金",
    status=BAD_INPUT,
    steps=("list",),
)
NOT_QUALIFIED = venue_rule(
    17,
    "NOT-QUALIFIED",
    "only a bidder whom the venue has qualified may bid",
    "仅经资格确认的意向方可以报价",
    "register while registration is open and wait to be qualified",
    "请在登记期内报名并等待资格确认",
    steps=("bid",),
)
BID_BELOW_PRICE = venue_rule(
    18,
    "BID-BELOW-PRICE",
    "the bid is below the listed price, or not on its step",
    "报价低于挂牌价或不符合加价幅度",
    "bid the listed price or more, in whole steps",
    "请按挂牌价及以上、按加价幅度报价",
    steps=("bid",),
)
BID_IRREVOCABLE = venue_rule(
    19,
    "BID-IRREVOCABLE",
    "once registration has closed a bid stands until the result: it may be raised, never lowered or withdrawn",
    "登记截止后报价在结果产生前不可撤销，只可提高，不可降低或撤回",
    "raise the bid, or wait for the result",
    "请提高报价或等待结果",
    steps=("bid",),
)
BID_STANDS = venue_rule(
    20,
    "BID-STANDS",
    "the party has a live bid on this listing already",
    "该主体在此挂牌中已有有效报价",
    "amend the bid that stands; where bids rise above one another, wait until another is higher",
    "请修改现有报价；递增报价的，请待他人报出更高价格后再报",
    steps=("bid",),
)
PRICE_CHANGED = venue_rule(
    21,
    "PRICE-CHANGED",
    "the accepted price is not the posted price (Civil Code Art. 488: a material change is a new offer)",
    "承诺的价格与公示价格不一致（民法典第四百八十八条：实质性变更为新要约）",
    "read the listing again and accept its price",
    "请重新查看挂牌并按其价格承诺",
    steps=("bid",),
)
FUNDS_SHORT = venue_rule(
    22,
    "FUNDS-SHORT",
    "the available balance does not cover the amount",
    "可用余额不足",
    "pay the missing amount into the supervised account",
    "请向资金监管账户补足差额",
    steps=("bid", "award", "fund", "pay"),
)
LINE_NOT_MATCHING = venue_rule(
    23,
    "LINE-NOT-MATCHING",
    "the cited statement line did not bring in this party's money in this currency, or has funded other deals",
    "所引用的对账单流水不是该主体该币种的入账，或已用于其他成交",
    "cite a credit line of your own that has something left",
    "请引用本企业尚有余额的入账流水",
    steps=("fund", "pay"),
)
LINE_KNOWN = venue_rule(
    24,
    "LINE-KNOWN",
    "this statement line has been matched already",
    "该对账单流水已匹配",
    "nothing: each line counts once",
    "无需处理：每笔流水只匹配一次",
    steps=("pay",),
)
FOUR_EYES = venue_rule(
    25,
    "FOUR-EYES",
    "this operator has approved this already; a second operator must",
    "该运营者已批准此事项，须由另一名运营者复核",
    "let another operator approve",
    "请由另一名运营者批准",
    steps=("pay", "operate"),
)
BALANCE_DIFFERS = venue_rule(
    26,
    "BALANCE-DIFFERS",
    "the bank's last balance differs from the accounts, or a debit of the bank's is still unexplained",
    "银行最近余额与账簿不一致，或仍有未查明的银行扣款",
    "wait for the statement line that clears it, or assign the credit that covers the debit",
    "请等待消除差额的对账单流水，或将弥补扣款的入账予以归属",
    steps=("pay",),
)
RELEASES_HALTED = venue_rule(
    27,
    "RELEASES-HALTED",
    "the bank's balance differs from the accounts or a debit is unexplained, so no payment leaves",
    "银行余额与账簿不一致或存在未查明的扣款，暂停付款",
    "clear the difference with the bank, then resume releases",
    "请与银行核对差额后恢复付款",
    steps=("pay",),
)
PROOF_KNOWN = venue_rule(
    37,
    "PROOF-KNOWN",
    "this official proof has been reported already: it stands for one filing alone",
    "该官方证明已提交过：一份证明只对应一件申请",
    "send the proof of this deal's own filing",
    "请提交本成交所对应申请的证明",
    steps=("file", "pledge"),
)
PROOF_DIFFERS = venue_rule(
    28,
    "PROOF-DIFFERS",
    "the outcome is that of another filing, right or deal",
    "该审查结果所载申请、权利或成交与本成交不一致",
    "send the confirmation of this deal's own filing",
    "请提交本成交对应的确认文件",
    steps=("file", "pledge"),
)
PACKAGE_DIFFERS = venue_rule(
    29,
    "PACKAGE-DIFFERS",
    "the filing does not name the papers that are made from this deal",
    "申报材料与该成交所生成的文件不一致",
    "read the deal's filing package again and file its digests",
    "请重新读取该成交的申报材料并提交其摘要",
    steps=("file",),
)
FILING_ID_TAKEN = venue_rule(
    30,
    "FILING-ID-TAKEN",
    "this filing id has been used already: the office examines each once",
    "该受理编号已使用：每件申请只审查一次",
    "file under an id of its own",
    "请使用新的受理编号",
    steps=("file", "pledge"),
)
SIGNED_ALREADY = venue_rule(
    31,
    "SIGNED-ALREADY",
    "this party has signed this deal already",
    "该主体已签署此成交",
    "wait for the other party",
    "请等待对方签署",
    steps=("sign",),
)
KEY_NOT_ENROLLED = venue_rule(
    41,
    "KEY-NOT-ENROLLED",
    "a deal, and an order that is signed for the chain, is signed with a key that the chain knows as the party's, and "
    "that is live",
    "成交及供上链的报价单须以已在链上登记且有效的签名密钥签署",
    "enrol the key with its own signature (enrol_key), or sign with the party's live key",
    "请先以该密钥自身签名办理登记（enrol_key），或使用该主体当前有效的密钥签署",
    steps=("join", "bid", "sign"),
)
PROPOSAL_STANDS = venue_rule(
    43,
    "PROPOSAL-STANDS",
    "a proposal binds until its time: whoever made it waits for the other side's answer",
    "报价在其有效期内具有约束力，提出方应等待对方答复",
    "wait until it is answered or has lapsed; the detail names it",
    "请等待对方答复或报价失效，明细中列有该报价",
    steps=("list", "bid"),
)
SEAL_DIFFERS = venue_rule(
    46,
    "SEAL-DIFFERS",
    "a sealed bid opens to what was sealed alone: this is not what its commitment was made of",
    "密封报价只能按密封时的内容开启，所示内容与其承诺值不符",
    "open it with the price, the nonce and, in a tender, the proposal that it was sealed with",
    "请使用密封时的报价、随机数及（招标时的）方案开启",
    status=BAD_INPUT,
    steps=("bid",),
)
NEEDS_FULL = venue_rule(
    57,
    "NEEDS-FULL",
    "the party has as many technology needs, open or ended within 30 days, as one party may have",
    "该主体的技术需求（有效及近三十日内终结的）已达上限",
    "amend a need that stands, or wait until one that has ended is 30 days old",
    "请修改现有需求，或待已终结的需求满三十日后再发布",
    steps=("bid",),
)
DEAL_DISPUTED = venue_rule(
    70,
    "DEAL-DISPUTED",
    "the deal is in dispute: nothing of it is signed, paid, filed or delivered, and its clocks stand still",
    "该成交处于争议中，签署、付款、申报及交接均暂停，各项期限中止计算",
    "wait until the outcome of the dispute is recorded, then go on in the time that is left",
    "请等待争议结果录入，之后在剩余期限内继续办理",
    steps=("award", "sign", "fund", "file", "pay"),
)
DISPUTE_OUTCOME = venue_rule(
    71,
    "DISPUTE-OUTCOME",
    "this outcome is not open here: a deal is unwound before the right has passed, the licence has taken effect or the "
    "office has the filing; after that another deal gives the right back",
    "此争议结果不适用：权利转移、许可生效或者申请已提交之后不得直接解除，应以另一笔反向成交返还权利",
    "record that the deal goes on, wait for the office's answer, or have the later deal from buyer to seller drawn up "
    "or name it",
    "请录入继续履行，或等待专利局答复，或由本中心拟订、指明由买方返还卖方的后续成交",
    steps=("file",),
    facts_from="venue_finding",
)
DEPOSIT_ENTITLED = venue_rule(
    79,
    "DEPOSIT-ENTITLED",
    "a deposit goes to the co-owner that has become a party, to the pledgee whose debt is due, or back to the pledgor "
    "when no register copy shows the pledge any more",
    "提存款仅可支付给已加入的共有人、债务到期的质权人，或在登记簿不再载明质押后返还出质人",
    "wait until its ground holds, and name the sum that it gives",
    "请待支付事由成就后，按其所定金额办理",
    steps=("pay",),
    facts_from="venue_finding",
)
OFFER_STANDS = venue_rule(
    42,
    "OFFER-STANDS",
    "the seller has signed a standing offer for this listing: it ends by the offer's withdrawal alone",
    "出让方已为此挂牌签署持续要约，仅可通过撤销要约撤回",
    "withdraw the offer with its key's signature (withdraw_offer); the listing is taken off with it",
    "请以要约密钥签名撤销要约（withdraw_offer），挂牌随之撤下",
    steps=("list",),
)
OBJECTION_MADE = venue_rule(
    64,
    "OBJECTION-MADE",
    "a party objects once to a listing, with all that it has against it",
    "同一主体对同一挂牌只可提出一次异议，应一并说明全部理由",
    "wait for the operator's decision",
    "请等待运营者作出处理决定",
    steps=("approve",),
)
