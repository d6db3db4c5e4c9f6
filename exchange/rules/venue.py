"""The venue's own rules: who may give which command, what a listing or bid must look like, and the order of steps."""

from __future__ import annotations

from exchange.rules.rule import venue_rule

FORBIDDEN = 403
NOT_FOUND = 404
BAD_INPUT = 422

NOT_PERMITTED = venue_rule(
    "NOT-PERMITTED",
    "this key may not give this command",
    "该密钥无权发出此指令",
    "sign with the key of a party, agent or operator that has this right",
    "请使用具有相应权限的主体、代理人或运营者密钥签名",
    status=FORBIDDEN,
)
PARTY_NOT_ACTIVE = venue_rule(
    "PARTY-NOT-ACTIVE",
    "the party has not been approved, or is suspended: it may only read",
    "该主体尚未通过审核或已被暂停，仅可查询",
    "wait for the operator's approval, or ask for the suspension to be lifted",
    "请等待运营者审核通过，或申请解除暂停",
    status=FORBIDDEN,
)
ROLE_REQUIRED = venue_rule(
    "ROLE-REQUIRED",
    "the party does not have the role that this command needs",
    "该主体不具备此指令所需的角色",
    "apply for the role",
    "请申请相应角色",
    status=FORBIDDEN,
)
UNKNOWN_ID = venue_rule(
    "UNKNOWN-ID",
    "nothing is known under this id",
    "未找到该编号对应的记录",
    "check the id; list what exists first",
    "请核对编号，或先查询现有记录",
    status=NOT_FOUND,
)
MALFORMED = venue_rule(
    "MALFORMED",
    "a field has a value that this command cannot have",
    "字段取值不符合该指令的要求",
    "correct the field that the detail names",
    "请更正明细中指出的字段",
    status=BAD_INPUT,
)
FACT_MISSING = venue_rule(
    "FACT-MISSING",
    "a fact that a rule needs has not been supplied",
    "规则所需的事实尚未提供",
    "have the named supplier provide the fact, then try again",
    "请由明细所列提供方补充该事实后重试",
)
WRONG_STATE = venue_rule(
    "WRONG-STATE",
    "this step does not follow from the present state",
    "当前状态下不能进行此步骤",
    "look the present state up; the detail names it",
    "请查询当前状态，明细中已列出",
)
VENUE_OPEN_ALREADY = venue_rule(
    "VENUE-OPEN-ALREADY",
    "a venue is opened once",
    "交易中心只能开业一次",
    "start a new journal for a new venue",
    "新设交易中心须使用新的日志",
)
DEVELOPMENT_CHAIN_ONLY = venue_rule(
    "DEVELOPMENT-CHAIN-ONLY",
    "the clock can be moved on development chain 31337 only",
    "仅可在开发链 31337 上调整时钟",
    "wait: on this chain time is real",
    "请等待：本链使用真实时间",
    status=FORBIDDEN,
)
COMPANY_NUMBER_INVALID = venue_rule(
    "COMPANY-NUMBER-INVALID",
    "the company number does not pass its check",
    "企业统一社会信用代码或注册编号校验未通过",
    "send the number as on the licence or certificate of the named jurisdiction: in the Mainland the 18-character USCC "
    "(GB 32100), in Hong Kong the 7 or 8 digits of the company or business registration number, elsewhere 4 to 32 "
    "of A-Z, 0-9, / and -",
    "请按所选法域的执照或证书填写：内地为 18 位统一社会信用代码（GB 32100），"
    "香港为 7 或 8 位公司注册编号或商业登记号码，其他地区为 4 至 32 位大写字母、数字、/ 或 -",
    status=BAD_INPUT,
)
COMPANY_KNOWN = venue_rule(
    "COMPANY-KNOWN",
    "an approved party has this company number already",
    "该企业编号已有通过审核的主体",
    "use the existing party, or ask the operator",
    "请使用已有主体，或联系运营者",
)
KEY_IN_USE = venue_rule(
    "KEY-IN-USE",
    "this key is bound to another party already",
    "该密钥已绑定其他主体",
    "enrol a key of your own",
    "请使用本企业独有的密钥",
)
RIGHT_DIFFERS = venue_rule(
    "RIGHT-DIFFERS",
    "a right with this number stands in the catalogue with other facts",
    "目录中该编号的权利信息与提交内容不一致",
    "compare both with the register: its copy rules; before it comes and while nothing is listed, the operator "
    "corrects the entry",
    "请与登记簿核对：以登记簿副本为准；副本到达之前且尚无挂牌时，可请运营者更正",
)
REGISTER_COPY_STALE = venue_rule(
    "REGISTER-COPY-STALE",
    "a newer register copy stands already",
    "已有更新的登记簿副本",
    "send the newest copy",
    "请提交最新的登记簿副本",
)
LISTING_EXISTS = venue_rule(
    "LISTING-EXISTS",
    "this right has an open listing or a deal under way that leaves no room for another",
    "该权利已有挂牌或进行中的成交，不能再次挂牌",
    "wait for its end or withdraw it",
    "请等待其结束或先行撤回",
)
DEPOSIT_CAP = venue_rule(
    "DEPOSIT-CAP",
    "a bid deposit is at most 30 % of the listed price",
    "保证金不得超过挂牌价的 30%",
    "lower the deposit",
    "请降低保证金",
    status=BAD_INPUT,
)
NOT_QUALIFIED = venue_rule(
    "NOT-QUALIFIED",
    "only a bidder whom the venue has qualified may bid",
    "仅经资格确认的意向方可以报价",
    "register while registration is open and wait to be qualified",
    "请在登记期内报名并等待资格确认",
)
BID_BELOW_PRICE = venue_rule(
    "BID-BELOW-PRICE",
    "the bid is below the listed price, or not on its step",
    "报价低于挂牌价或不符合加价幅度",
    "bid the listed price or more, in whole steps",
    "请按挂牌价及以上、按加价幅度报价",
)
BID_IRREVOCABLE = venue_rule(
    "BID-IRREVOCABLE",
    "once registration has closed a bid stands until the result: it may be raised, never lowered or withdrawn",
    "登记截止后报价在结果产生前不可撤销，只可提高，不可降低或撤回",
    "raise the bid, or wait for the result",
    "请提高报价或等待结果",
)
BID_STANDS = venue_rule(
    "BID-STANDS",
    "the party has a live bid on this listing already",
    "该主体在此挂牌中已有有效报价",
    "amend the bid that stands",
    "请修改现有报价",
)
PRICE_CHANGED = venue_rule(
    "PRICE-CHANGED",
    "the accepted price is not the posted price (Civil Code Art. 488: a material change is a new offer)",
    "承诺的价格与公示价格不一致（民法典第四百八十八条：实质性变更为新要约）",
    "read the listing again and accept its price",
    "请重新查看挂牌并按其价格承诺",
)
FUNDS_SHORT = venue_rule(
    "FUNDS-SHORT",
    "the available balance does not cover the amount",
    "可用余额不足",
    "pay the missing amount into the supervised account",
    "请向资金监管账户补足差额",
)
LINE_NOT_MATCHING = venue_rule(
    "LINE-NOT-MATCHING",
    "the cited statement line did not bring in this party's money in this currency",
    "所引用的对账单流水不是该主体该币种的入账",
    "cite a credit line of your own",
    "请引用本企业的入账流水",
)
LINE_KNOWN = venue_rule(
    "LINE-KNOWN",
    "this statement line has been matched already",
    "该对账单流水已匹配",
    "nothing: each line counts once",
    "无需处理：每笔流水只匹配一次",
)
FOUR_EYES = venue_rule(
    "FOUR-EYES",
    "this operator has approved the payment already; a second operator must",
    "该运营者已批准此付款，须由另一名运营者复核",
    "let another operator approve",
    "请由另一名运营者批准",
)
RELEASES_HALTED = venue_rule(
    "RELEASES-HALTED",
    "the bank's balance differs from the accounts, so no payment leaves",
    "银行余额与账簿不一致，暂停付款",
    "clear the difference with the bank, then resume releases",
    "请与银行核对差额后恢复付款",
)
PROOF_DIFFERS = venue_rule(
    "PROOF-DIFFERS",
    "the confirmation names another filing than the deal's",
    "确认文件所载受理编号与成交记录不一致",
    "send the confirmation of this deal's own filing",
    "请提交本成交对应的确认文件",
)
SIGNED_ALREADY = venue_rule(
    "SIGNED-ALREADY",
    "this party has signed this deal already",
    "该主体已签署此成交",
    "wait for the other party",
    "请等待对方签署",
)
