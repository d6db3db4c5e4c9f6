"""What the page of a right says, in simplified Chinese and in English."""

from __future__ import annotations

from typing import Final

RIGHT_WORDS: Final[dict[str, tuple[str, str]]] = {
    "right": ("权利", "Right"),
    "right_type.invention": ("发明专利", "invention"),
    "right_type.utility_model": ("实用新型专利", "utility model"),
    "right_type.design": ("外观设计专利", "design"),
    "right_type.application": ("专利申请", "patent application"),
    "right_type.achievement": ("科技成果", "technology result"),
    "right_type.know_how": ("技术秘密", "know-how"),
    "right_type.software_copyright": ("软件著作权", "software copyright"),
    "right_type.copyright": ("著作权", "copyright"),
    "right_type.layout_design": ("集成电路布图设计", "layout-design of an integrated circuit"),
    "right_type.trademark": ("商标", "trade mark"),
    "right_type.geographical_indication": ("地理标志", "geographical indication"),
    "status.registered": ("已登记", "registered"),
    "status.held": ("无登记簿，持有人由交易中心认定", "no register; the venue has found who holds it"),
    "filing_date": ("申请日", "Filed"),
    "grant_date": ("授权或登记日", "Granted or registered"),
    "expiry_date": ("有效期至", "Valid until"),
    "fee_due": ("下次年费", "Next annual fee"),
    "fee_grace_until": ("滞纳期至 {}", "with a surcharge until {}"),
    "in_fee_grace": (
        "年费处于滞纳期：可以挂牌，但补缴之前不能向专利局申报。",
        "The annual fee is overdue: the right may be listed, but nothing is filed at the office before it is paid.",
    ),
    "in_fee_grace_short": ("年费滞纳", "fee overdue"),
    "inventors": ("发明人数", "Inventors"),
    "service_invention": ("职务发明", "Service invention"),
    "service_invention_yes": (
        "是；完成人在同等条件下有优先受让权",
        "yes; its completers have a first refusal",
    ),
    "indication_rule": (
        "地理标志属于其产地的全体生产者，此处仅予收录，不转让、不许可。",
        "A geographical indication belongs to all producers of its place: it is shown, and neither sold nor licensed.",
    ),
    "family": ("同族权利", "Family"),
    "family_none": ("交易中心未认定同族权利。", "The venue has found no other right of its family."),
    "family_rule": (
        "同族权利各自独立：一项成交不转移其他任何一项。",
        "Each of them is a right of its own: a deal in one moves no other.",
    ),
    "timeline": ("历程", "Timeline"),
    "timeline_caption": ("按时间先后", "In order of time"),
    "timeline_cut": ("更早的记录未在此显示。", "Earlier items are not shown here."),
    "timeline_rule": (
        "每份副本只说明其当日登记簿所载，不证明该权利没有其他负担。",
        "A copy says what the register held on its day; it does not say that the right is free of anything else.",
    ),
    "timeline.register_copy": ("登记簿副本", "register copy"),
    "timeline.finding": ("交易中心认定", "the venue's finding"),
    "timeline.listing": ("挂牌", "listing"),
    "timeline.deal": ("成交", "deal"),
    "timeline.licence": ("许可", "licence"),
    "subject": ("事项", "What"),
    "said_by": ("依据", "By what"),
    "freeze.dispute": ("权属纠纷中止", "suspended for a dispute over ownership"),
    "freeze.preservation": ("财产保全", "under preservation"),
}
