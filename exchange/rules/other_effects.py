"""When rights that are no patents pass: know-how, software, works, layouts, marks, Hong Kong designs, place by place.

What is not here does not open: no source that this build knows says when such a right passes there.
"""

from __future__ import annotations

from exchange.commands import RightType
from exchange.rules.effect import NOTHING_ALONE, ORDINARY_ALONE, Effect, co_owners_rule

CO_OWNERS_OF_KNOW_HOW_CN = co_owners_rule(
    "CN-CIVIL-CODE-861",
    "Civil Code of the PRC, Art. 861, with the interpretation on technology contracts [M]",
    "CN",
    "M",
    ORDINARY_ALONE,
    ("approve",),
)
CO_OWNERS_OF_WORK_CN = co_owners_rule(
    "CN-COPYRIGHT-LAW-14",
    "Copyright Law of the PRC (2020), Art. 14; Regulations on Computer Software Protection, Art. 10 [M]",
    "CN",
    "M",
    ORDINARY_ALONE,
    ("approve",),
)
CO_OWNERS_OF_LAYOUT_CN = co_owners_rule(
    "CN-LAYOUT-DESIGNS-CO-OWNERS",
    "Regulations on the Protection of Layout-designs of Integrated Circuits [M]; the strictest reading until counsel "
    "confirms",
    "CN",
    "M",
    NOTHING_ALONE,
)
CO_OWNERS_OF_MARK_CN = co_owners_rule(
    "CN-TRADEMARK-LAW-5",
    "Trademark Law of the PRC (2019), Art. 5 [M]; the strictest reading until counsel confirms",
    "CN",
    "M",
    NOTHING_ALONE,
)
CO_OWNERS_OTHER_HK = co_owners_rule(
    "HK-CO-OWNERS",
    "Trade Marks Ordinance (Cap. 559), s. 28; Copyright Ordinance (Cap. 528), s. 194; Layout-design (Topography) of "
    "Integrated Circuits Ordinance (Cap. 445) [M]",
    "HK",
    "M",
    NOTHING_ALONE,
)
CO_OWNERS_OF_DESIGN_HK = co_owners_rule(
    "HK-REGISTERED-DESIGNS-CO-OWNERS",
    "Registered Designs Ordinance (Cap. 522) [M]; the strictest reading until counsel confirms",
    "HK",
    "M",
    NOTHING_ALONE,
)
CO_OWNERS_OF_MARK_MO = co_owners_rule(
    "MO-TRADEMARK-CO-OWNERS",
    "Industrial Property Code of Macau (Decree-Law 97/99/M) [M]; the strictest reading until counsel confirms",
    "MO",
    "M",
    NOTHING_ALONE,
)

_KNOW_HOW_CN = Effect(
    passes="delivered",
    citation="by contract: Civil Code of the PRC, Arts. 862 to 871 [M]",
    source="M",
    clause="The know-how passes on the day on which the parties sign its delivery record. Both keep it secret (Civil "
    "Code, Arts. 868 and 869).",
    clause_zh="技术秘密自双方签署验收交接单之日起转移。双方均应承担保密义务（民法典第八百六十八条、第八百六十九条）。",
    clause_zh_hant="技術秘密自雙方簽署驗收交接單之日起轉移。雙方均須承擔保密義務（《中華人民共和國民法典》第八百六十八條及"
    "第八百六十九條）。",
    licence_clause="Both keep the know-how secret (Civil Code, Arts. 868 and 869).",
    licence_clause_zh="双方均应承担保密义务（民法典第八百六十八条、第八百六十九条）。",
    licence_clause_zh_hant="雙方均須承擔保密義務（《中華人民共和國民法典》第八百六十八條及第八百六十九條）。",
    co_owners=CO_OWNERS_OF_KNOW_HOW_CN,
    ordinary_alone=True,
    life="terms",
)
_SOFTWARE_CN = Effect(
    passes="delivered",
    citation="by written contract; recordal is voluntary: Regulations on Computer Software Protection, Arts. 18 to 21 "
    "[M]",
    source="M",
    clause="The property rights in the software pass by this contract on the day on which the parties sign its "
    "delivery record (Regulations on Computer Software Protection, Art. 20). Moral rights do not pass.",
    clause_zh="软件著作权中的财产权利依本合同自双方签署验收交接单之日起转移（计算机软件保护条例第二十条）；人身权利不转移。",
    clause_zh_hant="軟件著作權中的財產權利依據本合同自雙方簽署驗收交接單之日起轉移（《計算機軟件保護條例》第二十條）；人身權利並不轉移。",
    licence_clause="The licence contract may be registered (Regulations on Computer Software Protection, Art. 21).",
    licence_clause_zh="许可合同可以登记（计算机软件保护条例第二十一条）。",
    licence_clause_zh_hant="許可合同可以登記（《計算機軟件保護條例》第二十一條）。",
    territory="CN",
    co_owners=CO_OWNERS_OF_WORK_CN,
    ordinary_alone=True,
    life="terms",
)
_COPYRIGHT_CN = Effect(
    passes="delivered",
    citation="by written contract: Copyright Law of the PRC (2020), Arts. 10, 26 and 27 [M]",
    source="M",
    clause="The property rights in the work pass by this contract on the day on which the parties sign its delivery "
    "record (Copyright Law, Art. 27). Moral rights do not pass.",
    clause_zh="著作权中的财产权利依本合同自双方签署验收交接单之日起转移（著作权法第二十七条）；人身权利不转移。",
    clause_zh_hant="著作權中的財產權利依據本合同自雙方簽署驗收交接單之日起轉移（《中華人民共和國著作權法》第二十七條）；人身權利並不轉移。",
    territory="CN",
    co_owners=CO_OWNERS_OF_WORK_CN,
    ordinary_alone=True,
    life="terms",
    is_technology=False,
)
_LAYOUT_CN = Effect(
    passes="registered",
    citation="Regulations on the Protection of Layout-designs of Integrated Circuits, Art. 22",
    source="L",
    clause="The right passes on its registration by the intellectual property administration of the State Council "
    "(Regulations on Layout-designs, Art. 22).",
    clause_zh="权利自国务院知识产权行政部门登记之日起转移（集成电路布图设计保护条例第二十二条）。",
    clause_zh_hant="權利自國務院知識產權行政部門登記之日起轉移（《集成電路布圖設計保護條例》第二十二條）。",
    change_form="集成电路布图设计著录项目变更申报书（权利人变更）",
    recordal_form="集成电路布图设计专有权许可合同备案申请表",
    number_zh="布图设计登记号",
    power_of_attorney="集成电路布图设计代理委托书",
    territory="CN",
    co_owners=CO_OWNERS_OF_LAYOUT_CN,
    ordinary_alone=False,
)
_MARK_CN = Effect(
    passes="registered",
    citation="Trademark Law of the PRC (2019), Art. 42",
    source="L",
    clause="The exclusive right passes on the day on which the approved assignment is published (Trademark Law, "
    "Art. 42). The assignee guarantees the quality of the goods.",
    clause_zh="商标专用权自转让核准公告之日起转移（商标法第四十二条）。受让人应当保证使用该注册商标的商品质量。",
    clause_zh_hant="商標專用權自轉讓核准公告之日起轉移（《中華人民共和國商標法》第四十二條）。受讓人須保證使用該註冊商標的商品質量。",
    licence_clause="The licensor supervises the quality of the goods; the licensee shows its name and their place of "
    "origin on them. The licence is to be recorded for publication: unrecorded it does not bind third parties in good "
    "faith (Trademark Law, Art. 43).",
    licence_clause_zh="许可人应当监督商品质量，被许可人应当在商品上标明其名称和商品产地。许可应报商标局备案并公告，"
    "未经备案不得对抗善意第三人（商标法第四十三条）。",
    licence_clause_zh_hant="許可人須監督商品質量，被許可人須在商品上標明其名稱及商品產地。許可須報商標局備案並公告，"
    "未經備案不得對抗善意第三人（《中華人民共和國商標法》第四十三條）。",
    change_form="转让/移转申请/注册商标申请书",
    recordal_form="商标使用许可备案表",
    number_zh="商标注册号",
    power_of_attorney="商标代理委托书",
    territory="CN",
    co_owners=CO_OWNERS_OF_MARK_CN,
    ordinary_alone=False,
    is_technology=False,
)
DESIGN_HK = Effect(
    passes="registered",
    citation="Registered Designs Ordinance (Cap. 522), ss. 32 and 34 [M]",
    source="M",
    clause="The registered design (or the application for its registration) passes by this writing, signed by the "
    "parties; its registration in the Hong Kong Designs Registry gives it priority (Cap. 522, ss. 32 and 34). The "
    "price is released on that registration.",
    clause_zh="注册外观设计（或其注册申请）依双方签署的本书面文件转移；在香港外观设计注册处注册后取得优先效力"
    "（第522章第32条、第34条）。价款于注册后释放。",
    clause_zh_hant="註冊外觀設計（或其註冊申請）依據由雙方簽署的本書面文件轉移；於香港外觀設計註冊處註冊後取得優先效力"
    "（第522章第32及34條）。價款於註冊後發放。",
    licence_clause="It may be registered in the Hong Kong Designs Registry for priority (Cap. 522, s. 34).",
    licence_clause_zh="许可可在香港外观设计注册处注册，以取得优先效力（第522章第34条）。",
    licence_clause_zh_hant="特許可於香港外觀設計註冊處註冊，以取得優先效力（第522章第34條）。",
    change_form="香港外观设计注册处所有权变更注册申请",
    recordal_form="香港外观设计注册处特许注册申请",
    number_zh="外观设计注册（申请）编号",
    power_of_attorney="外观设计代理委托书",
    territory="HK",
    co_owners=CO_OWNERS_OF_DESIGN_HK,
    ordinary_alone=False,
)
_MARK_HK = Effect(
    passes="registered",
    citation="Trade Marks Ordinance (Cap. 559), ss. 27 and 29 [M]",
    source="M",
    clause="The mark passes by this writing, signed by the parties; its registration in the Hong Kong Trade Marks "
    "Registry gives it priority (Cap. 559, ss. 27 and 29). The price is released on that registration.",
    clause_zh="商标依双方签署的本书面文件转移；在香港商标注册处注册后取得优先效力（第559章第27条、第29条）。价款于注册后释放。",
    clause_zh_hant="商標依據由雙方簽署的本書面文件轉移；於香港商標註冊處註冊後取得優先效力（第559章第27及29條）。價款於註冊後發放。",
    licence_clause="It may be registered in the Hong Kong Trade Marks Registry for priority (Cap. 559, s. 29).",
    licence_clause_zh="许可可在香港商标注册处注册，以取得优先效力（第559章第29条）。",
    licence_clause_zh_hant="特許可於香港商標註冊處註冊，以取得優先效力（第559章第29條）。",
    change_form="香港商标注册处所有权变更注册申请",
    recordal_form="香港商标注册处特许注册申请",
    number_zh="商标注册编号",
    power_of_attorney="商标代理委托书",
    territory="HK",
    co_owners=CO_OWNERS_OTHER_HK,
    ordinary_alone=False,
    is_technology=False,
)
_MARK_MO = Effect(
    passes="registered",
    citation="Industrial Property Code of Macau (Decree-Law 97/99/M), Arts. 11 and 12 [M]",
    source="M",
    clause="The mark passes by this contract; it has effect against third parties from its registration in Macau "
    "(Decree-Law 97/99/M, Art. 11). The price is released on that registration.",
    clause_zh="商标依本合同转移，自在澳门登记之日起对第三人产生效力（第97/99/M号法令第十一条）。价款于登记后释放。",
    clause_zh_hant="商標依據本合同轉移，自於澳門登記之日起對第三人產生效力（第97/99/M號法令第十一條）。價款於登記後發放。",
    licence_clause="It has effect against third parties from its registration in Macau (Decree-Law 97/99/M, Art. 12).",
    licence_clause_zh="许可自在澳门登记之日起对第三人产生效力（第97/99/M号法令第十二条）。",
    licence_clause_zh_hant="許可自於澳門登記之日起對第三人產生效力（第97/99/M號法令第十二條）。",
    change_form="澳门经济及科技发展局商标转让登记申请",
    recordal_form="澳门经济及科技发展局商标许可登记申请",
    number_zh="商标编号",
    power_of_attorney="商标代理委托书",
    territory="MO",
    co_owners=CO_OWNERS_OF_MARK_MO,
    ordinary_alone=False,
    is_technology=False,
)


def _by_writing(what: tuple[str, str, str], citation: str, *, is_technology: bool) -> Effect:
    """A Hong Kong right that no register keeps: it passes by a signed writing, shown by the delivery record."""
    english, chinese, traditional = what
    return Effect(
        passes="delivered",
        citation=f"{citation} [M]",
        source="M",
        clause=f"The {english} passes by this writing, signed by the parties, on the day on which they sign its "
        "delivery record.",
        clause_zh=f"{chinese}依双方签署的本书面文件，自双方签署验收交接单之日起转移。",
        clause_zh_hant=f"{traditional}依據由雙方簽署的本書面文件，自雙方簽署驗收交接單之日起轉移。",
        territory="HK",
        co_owners=CO_OWNERS_OTHER_HK,
        ordinary_alone=False,
        life="terms",
        is_technology=is_technology,
    )


OTHER_EFFECTS: dict[tuple[str, RightType], Effect] = {
    ("CN", "know_how"): _KNOW_HOW_CN,
    ("CN", "software_copyright"): _SOFTWARE_CN,
    ("CN", "copyright"): _COPYRIGHT_CN,
    ("CN", "layout_design"): _LAYOUT_CN,
    ("CN", "trademark"): _MARK_CN,
    ("HK", "know_how"): _by_writing(
        ("know-how", "技术秘密", "技術秘密"), "by contract, and the law of confidence", is_technology=True
    ),
    ("HK", "software_copyright"): _by_writing(
        ("copyright in the software", "软件版权", "軟件版權"),
        "Copyright Ordinance (Cap. 528), s. 101",
        is_technology=True,
    ),
    ("HK", "copyright"): _by_writing(
        ("copyright", "版权", "版權"), "Copyright Ordinance (Cap. 528), s. 101", is_technology=False
    ),
    ("HK", "layout_design"): _by_writing(
        ("layout-design right", "布图设计权", "布圖設計權"),
        "Layout-design (Topography) of Integrated Circuits Ordinance (Cap. 445)",
        is_technology=True,
    ),
    ("HK", "trademark"): _MARK_HK,
    ("HK", "design"): DESIGN_HK,
    ("MO", "trademark"): _MARK_MO,
}
"""(place, right type) to the rule by which such a right passes."""
