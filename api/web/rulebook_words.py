"""The words of the page of the rulebook, in Simplified Chinese and English, by key."""

from __future__ import annotations

RULEBOOK_WORDS: dict[str, tuple[str, str]] = {
    "rulebook_all": ("全部规则", "all rules"),
    "rulebook_binds": (
        "交易中心、权利所在地、出让方与受让方各自所在地的规则同时适用，从严执行。",
        "The rules of the venue's place, the right's, the seller's and the buyer's all apply: the strictest counts.",
    ),
    "rulebook_caption": (
        "规则、适用环节、事实来源与补正方法",
        "Rules, when they are asked, whose facts they need, and cures",
    ),
    "rulebook_rule": ("规则", "Rule"),
    "rulebook_steps": ("适用环节", "Asked at"),
    "rulebook_facts": ("事实由谁提供", "Facts from"),
    "rulebook_cure": ("如何补正", "Cure"),
    "comma": ("、", ", "),
    "profile.mainland": ("内地", "Mainland"),
    "profile.hong-kong": ("香港", "Hong Kong"),
    "profile.macau": ("澳门", "Macau"),
    "step.join": ("入会与密钥", "joining, keys"),
    "step.catalogue": ("权利入库", "catalogue"),
    "step.list": ("挂牌申请", "listing"),
    "step.approve": ("审核与公示", "approval"),
    "step.bid": ("报名与报价", "bids"),
    "step.award": ("成交", "award"),
    "step.sign": ("签约", "signing"),
    "step.fund": ("付款", "funding"),
    "step.file": ("申报与登记", "filing"),
    "step.pay": ("放款", "payments"),
    "step.pledge": ("质押", "pledges"),
    "step.operate": ("运营", "operation"),
    "facts_from.register_copy": ("登记簿副本", "register copy"),
    "facts_from.undertaking": ("当事人承诺书", "a party's undertaking"),
    "facts_from.venue_finding": ("交易中心认定", "a finding of the venue"),
    "facts_from.journal": ("日志已有记录", "the journal itself"),
}
