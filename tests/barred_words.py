"""Words that this venue keeps to, and words of practice elsewhere for what it is not."""

import re

BARRED = (
    "交易所",
    "撮合",
    "订单簿",
    "集中竞价",
    "连续竞价",
    "公证",
    "权属证书",
    "裁决",
    "托管",
    "奖酬",
    "优先购买权",
    "先买权",
    "营业日",
    "查封",
    "权利被冻结",
    "冻结权利",
    "专利权被冻结",
)
BARRED_TRADITIONAL = (
    "訂單簿",
    "集中競價",
    "連續競價",
    "公證",
    "權屬證書",
    "裁決",
    "託管",
    "獎酬",
    "優先購買權",
    "先買權",
    "營業日",
    "權利被凍結",
    "凍結權利",
    "專利權被凍結",
)
"""Money is held 冻结; a right is stopped 中止 by the office or preserved 财产保全 by a court."""
BARRED_ENGLISH = (
    re.compile(r"(?<!non-exclusive \()\bordinary\)? licen[cs]e", re.IGNORECASE),
    re.compile(r"\bbusiness days?\b", re.IGNORECASE),
    re.compile(r"\bpre-?emption|\bpre-?emptive right", re.IGNORECASE),
)
"""An ordinary licence is called non-exclusive (ordinary); days are working days, a first refusal is called one."""


def chinese_barred_in(text: str) -> list[str]:
    """Every barred word of a text in Chinese."""
    return [word for word in (*BARRED, *BARRED_TRADITIONAL) if word in text]


def barred_in(text: str) -> list[str]:
    """Every barred word of a text, in whatever language it is."""
    return chinese_barred_in(text) + [
        match.group() for pattern in BARRED_ENGLISH for match in pattern.finditer(text)
    ]


TOGETHER = (
    (r"non-exclusive \(ordinary\)", r"普通许可|普通实施许可"),
    (r"\breward", r"奖励"),
    (r"\bremunerat", r"报酬"),
    (r"\bfirst refusal", r"优先受让"),
    (r"\bworking days?\b", r"工作日"),
    (r"\bescrow|\bsupervised account", r"监管"),
    (r"\brecordal|\brecorded with the office", r"备案"),
)
"""What an English text says, and what the Chinese one beside it says then; the first `BOTH_WAYS` the other way round, too."""
BOTH_WAYS = 5


def parted(english: str, chinese: str) -> list[str]:
    """Terms that a text has in one language and its pair in the other does not."""
    found = []
    for number, (there, here) in enumerate(TOGETHER):
        says = (
            re.search(there, english, re.IGNORECASE) is not None,
            re.search(here, chinese) is not None,
        )
        if says == (True, False) or (says == (False, True) and number < BOTH_WAYS):
            found.append(f"{there} / {here}")
    return found
