"""A contract in Traditional Chinese, as legal papers in Hong Kong and Macau are written: one function a clause.

A Hong Kong licence is called 特許 as in Cap. 514, one of Macau or the Mainland 許可; 登記 is Macau's word, 註冊 Hong
Kong's. Statutes of the Mainland are cited by their full names.
"""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import EntryFeeAndRoyalty, Equity, Instalments, RunningRoyalty
from exchange.rules.effects import effect_said_of
from exchange.rules.lots import WORKING_DAYS_TO_CHOOSE
from exchange.terms.contract import ContractTerms
from exchange.terms.text import figures
from exchange.terms.text.figures import chinese_number, day, fine_percent, last_day, money, parts, percent

_EXTENT = {
    "exclusive_licence": "獨佔",
    "sole_licence": "排他",
    "ordinary_licence": "普通",
    "open_licence": "開放",
}
_BASE = {
    "net_sales": "淨銷售額",
    "added_output": "實施後新增的產值",
    "profit": "實施後新增的利潤",
    "product_price": "獲授權產品的價格",
}
_PERIOD = {"quarter": "每三個月", "half_year": "每六個月", "year": "每十二個月"}
_INSTITUTION = {
    "SCIA": "深圳國際仲裁院",
    "CIETAC": "中國國際經濟貿易仲裁委員會",
    "GZAC": "廣州仲裁委員會",
    "HKIAC": "香港國際仲裁中心",
    "WTCMAC": "澳門世界貿易中心仲裁中心",
}
_SEAT = {"shenzhen": "深圳", "guangzhou": "廣州", "beijing": "北京", "hong_kong": "香港", "macau": "澳門"}
_LANGUAGE = {"zh-Hans": "簡體中文", "zh-Hant": "繁體中文", "en": "英文"}
_CIVIL_CODE = "《中華人民共和國民法典》"
_PATENT_LAW = "《中華人民共和國專利法》"


def numbered(number: int, clause: str) -> str:
    """A clause behind its number, 1 to 99."""
    return f"{chinese_number(number)}、{clause}"


_NAME = {
    "patent": "專利（申請）",
    "registered_design": "註冊外觀設計（申請）",
    "achievement": "科技成果",
    "know_how": "技術秘密",
    "software_copyright": "軟件著作權",
    "copyright": "著作權",
    "layout_design": "集成電路布圖設計專有權",
    "trademark": "商標專用權",
}


def title(contract: ContractTerms) -> str:
    """What the paper is."""
    kind = "轉讓" if contract.is_assignment else f"{_EXTENT[contract.kind]}{_licence(contract)}"
    what = "技術" if contract.is_on_technology else _NAME[contract.right.right_type]
    return f"{what}{kind}合同{'（要約）' if contract.is_offer else ''} {contract.subject_id}"


def subject(contract: ContractTerms) -> str:
    """What the contract is about."""
    right = contract.right
    return (
        f"標的：{_NAME[contract.sort]} {contract.right_id}；提交日期：{right.filing_date or '不適用'}；"
        f"{_grant(contract)}有效期至：{right.expiry_date or '不適用'}。"
    )


def bibliography(contract: ContractTerms) -> str:
    """Title, applicant, numbers and holder on record."""
    held = "、".join(f"{number}（{share}）" for number, share in figures.holders(contract))
    published = "專利號或公開（公告）號" if contract.sort == "patent" else "公開（公告）號"
    patent = f"；{published}：{contract.patent_number}" if contract.patent_number else ""
    return (
        f"名稱及申請人：以本文本附件所載為準，該附件由承諾值 {contract.right.bibliography} 封存，以附件所載鹽值開啟。"
        f"申請號或登記（註冊）號：{contract.number}{patent}；在案權利人：{held or _sides(contract)[0]}。"
    )


def grantor(contract: ContractTerms) -> str:
    """Who gives."""
    return f"{_sides(contract)[0]}：{contract.seller}（{contract.seller_number}）。"


def grantee(contract: ContractTerms) -> str:
    """Who receives."""
    if contract.buyer is UNSET:
        return (
            f"{_sides(contract)[1]}：在要約有效期內以其密碼匙簽署作出承約的任何人；"
            "其身分以承約所載密碼匙及成交編號為準。"
        )
    return f"{_sides(contract)[1]}：{contract.buyer}（{contract.buyer_number}）。"


def co_owners(contract: ContractTerms) -> str:
    """Whose the right is, and whose the price."""
    holders = () if contract.right.co_owners is UNSET else contract.right.co_owners
    listed = "、".join(f"{holder.company_number}（{percent(holder.share)}）" for holder in holders)
    return (
        f"共有人：登記冊所載為{listed}。依法須經共有人同意者，由{_sides(contract)[0]}代表全體共有人；"
        "所得價款按上述份額歸各共有人。"
    )


def family(contract: ContractTerms) -> str:
    """Which rights stay behind."""
    members = () if contract.right.family is UNSET else contract.right.family
    return f"同族權利：{'、'.join(members)}為各自地域的獨立權利，本合同既不轉移、亦不授予其中任何一項。"


def passing(contract: ContractTerms) -> str:
    """When the right passes."""
    return effect_said_of(contract.right).clause_zh_hant


def earlier_licences(contract: ContractTerms) -> str:
    """What becomes of licences, and which stand."""
    here, elsewhere = (
        "；".join(
            f"{each.licence_id}（{_EXTENT[each.licence_kind]}{_licence(contract)}，地域 {'、'.join(each.territory)}，"
            f"領域 {each.field_of_use}，{day(each.starts_ms)}至{last_day(each.ends_ms) or '權利屆滿之日'}）"
            for each in some
        )
        for some in figures.licences_that_go_on(contract)
    )
    known = f"本中心登記在案的有：{here}。" if here else ""
    named = f"登記冊記載、在他處訂立的有：{elsewhere}。" if elsewhere else ""
    return f"轉讓前已訂立的{_licence(contract)}合同繼續有效。{known}{named}"


def scope(contract: ContractTerms) -> str:
    """Where, for what and for how long a licence holds."""
    licence, (giver, taker) = _licence(contract), _sides(contract)
    meaning = {
        "exclusive_licence": f"只有{taker}可在下述範圍內實施，{giver}本身亦不得實施",
        "sole_licence": f"只有{taker}可在下述範圍內實施，惟{giver}本身仍可實施",
        "ordinary_licence": f"{giver}可在下述範圍內自行實施，並可准許他人實施",
    }[contract.kind]
    if contract.head_licence is not UNSET:
        meaning = f"在下述範圍內既不排除{giver}，亦不排除{giver}或權利人可准許的其他人"
    starts = f"{licence}生效之日" if contract.starts_ms is None else day(contract.starts_ms)
    ends = "權利屆滿之日" if contract.ends_ms is None else day(contract.ends_ms)
    return (
        f"{licence}方式：{_EXTENT[contract.kind]}{licence}，{meaning}。地域：{'、'.join(contract.territory)}；"
        f"領域：{contract.field_of_use}；期限：由{starts}至{ends}。首期應付款項存入受監管賬戶後，{licence}即告生效；"
        f"如無首期款項，則由{taker}提出之日起生效。"
    )


def head_licence(contract: ContractTerms) -> str:
    """Under which licence a sub-licence is granted."""
    licence, (_, taker) = _licence(contract), _sides(contract)
    return (
        f"從屬{licence}：本{licence}由{licence} {contract.head_licence} 的{taker}按其合同所容許的再{licence}授予"
        f"（《中華人民共和國專利法》第十二條），範圍不超出該{licence}，並最遲隨該{licence}終止而終止。"
    )


def sublicensing(contract: ContractTerms) -> str:
    """Sub-licences, and the recordal of this one."""
    effect = effect_said_of(contract.right)
    allowed = "准許" if contract.may_sublicense else "不准許"
    return f"再{_licence(contract)}：{allowed}。{effect.licence_clause_zh_hant}"


def maintenance(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """Who keeps the patent in force."""
    return (
        "維持專利權有效：許可方在許可期限內依法繳納專利年費，並積極應對他人提出宣告專利權無效的請求"
        "（《最高人民法院關於審理技術合同糾紛案件適用法律若干問題的解釋》第二十六條）。"
    )


def warranty(contract: ContractTerms) -> str:
    """What the giver answers for."""
    holds = "其為所提供技術的合法擁有人"
    if contract.head_licence is not UNSET:
        holds = f"其依許可 {contract.head_licence} 有權許可所提供的技術"
    return (
        f"技術保證：{_sides(contract)[0]}保證{holds}，並保證該技術完整、無誤且有效，足以達到約定的目標"
        f"（{_CIVIL_CODE}第八百七十條）。"
    )


def payment(contract: ContractTerms) -> str:
    """What is paid, and how."""
    agreed, price = contract.consideration, money(contract, contract.price)
    if isinstance(agreed, Instalments):
        listed = "；".join(
            f"第{number}期 {amount}（{share}），{f'於生效日期後 {days} 日內' if days else '於生效前'}支付"
            for number, (amount, share, days) in enumerate(parts(contract, agreed), start=1)
        )
        return (
            f"代價：{price}，分期支付：{listed}。生效日期指{_effect_day(contract)}。各期均經受監管賬戶支付。"
        )
    if isinstance(agreed, RunningRoyalty):
        return "代價：不設固定價款，按下述專利使用費支付，並經受監管賬戶支付。"
    if isinstance(agreed, EntryFeeAndRoyalty):
        return f"代價：首期費用 {price}，於生效前一次付清，並按下述專利使用費支付；兩者均經受監管賬戶支付。"
    if isinstance(agreed, Equity):
        giver, taker = _sides(contract)
        return (
            f"作價投資：權利作價 {price} 出資，{taker}（{agreed.company_number}）給予{giver}佔其全部股權 "
            f"{percent(agreed.basis_points)} 的股權；不以金錢支付，亦不經受監管賬戶。"
        )
    return f"代價：{price}，一次付清，經受監管賬戶支付。"


def quantity(contract: ContractTerms) -> str:
    """For how many licences the price is."""
    if contract.quantity is UNSET:
        return ""
    count, each = contract.quantity, money(contract, contract.price // contract.quantity)
    return f"{_licence(contract)}份數：{count} 份，每份 {each}。"


def lot(contract: ContractTerms) -> str:
    """That the right was sold with others, and what binds the contracts together."""
    part = contract.lot
    if part is UNSET:
        return ""
    ends = ""
    if contract.is_assignment:
        ends = (
            "此後其中一項權利未能移轉者，該項價款予以退還，"
            f"{_sides(contract)[1]}可在 {WORKING_DAYS_TO_CHOOSE} 個工作日內解除權利尚未移轉且未提交註冊申請的其他合約"
            f"（{_CIVIL_CODE}第六百三十二條）。"
        )
    return (
        f"整批標的 {part.id}：本次成交就{'、'.join(part.right_ids)}分別訂立合約，共 {len(part.right_ids)} 份，"
        f"整批總價 {money(contract, part.price)}，本項權利的價款佔 {fine_percent(part.share)}。"
        f"全部合約簽署後本合約方對雙方具約束力；各份價款一併支付，在此之前一份終止則全部終止。{ends}"
    )


def proposal(contract: ContractTerms) -> str:
    """What the winner of a tender has promised."""
    return (
        f"投標方案：{_sides(contract)[1]}在投標方案文件中的承諾為本合約的組成部分；"
        f"文件的 SHA-256：{contract.proposal}。"
    )


def reverses(contract: ContractTerms) -> str:
    """Which contract's right is given back."""
    return f"轉讓原因：本轉讓依據關於合約 {contract.reverses} 的爭議處理結果或者該合約的解除，返還因該合約轉移的權利。"


def earnest(contract: ContractTerms) -> str:
    """Earnest money: what becomes of it."""
    amount, share = figures.earnest(contract)
    giver, taker = _sides(contract)
    return (
        f"定金：雙方簽署後，{taker}經資金監管帳戶支付定金 {amount}（價款的 {share}），定金約定自實際支付時成立。"
        f"{taker}履行債務的，定金抵作價款；{taker}不履行致使不能實現合同目的的，無權請求返還定金；"
        f"{giver}不履行致使不能實現合同目的的，應當雙倍返還定金。定金不同於保證金；"
        "既有定金又有違約金的，由對方擇一適用（民法典第五百八十六條至第五百八十八條）。"
    )


def royalty(contract: ContractTerms) -> str:
    """The royalty: base, rates, bounds."""
    agreed = contract.royalty
    if agreed is None:
        return ""
    rates = [percent(rate) for rate in agreed.rates]
    if len(rates) == 1:
        stated = f"固定費率 {rates[0]}"
    else:
        by_year = "；".join(f"第{year}個合同年度 {rate}" for year, rate in enumerate(rates[:-1], start=1))
        stated = f"{by_year}；由第{len(rates)}個合同年度起 {rates[-1]}"
    bounds = ""
    if agreed.floor is not None:
        bounds += f"每期不得少於 {money(contract, agreed.floor)}，不足一期者按日數比例計算。"
    if agreed.ceiling is not None:
        bounds += f"每期不得多於 {money(contract, agreed.ceiling)}。"
    return f"專利使用費：以{_BASE[agreed.base]}為計算基礎，{stated}，不足一分者略去。{bounds}"


def reports(contract: ContractTerms) -> str:
    """When the royalty is reported and paid."""
    agreed = contract.royalty
    if agreed is None:
        return ""
    taker = _sides(contract)[1]
    return (
        f"申報及支付：由{_licence(contract)}期限起計，{_PERIOD[agreed.period]}為一期；{taker}須於每期屆滿後 "
        f"{agreed.report_days} 日內申報計算基礎，並於申報限期屆滿後 {agreed.pay_days} 日內支付。"
    )


def inspection(contract: ContractTerms) -> str:
    """The licensor inspects the books."""
    giver, taker = _sides(contract)
    return (
        f"查核賬目：{giver}可於{taker}申報後 180 日內要求查閱有關會計賬目；雙方確認的計算基礎高於所申報者，"
        f"差額須於約定的支付限期內補付（{_CIVIL_CODE}第八百四十六條）。"
    )


def withholding(contract: ContractTerms) -> str:
    """What the buyer withholds for taxes."""
    agreed = () if contract.withholding is UNSET else contract.withholding
    taxes = "；".join(f"{tax.name}：每筆款項 {percent(tax.base)} 的 {percent(tax.rate)}" for tax in agreed)
    giver, taker = _sides(contract)
    return f"預扣稅款：{taker}自每筆款項中預扣並代{giver}繳納下列稅款：{taxes}，不足一分者略去。"


def late_interest(contract: ContractTerms) -> str:
    """Interest on what is paid late."""
    agreed = contract.late_interest
    if agreed is UNSET:
        return ""
    return (
        f"逾期利息：由到期日翌日起按日 {fine_percent(agreed.daily_rate)} 以單利計算，"
        f"不得多於逾期金額的 {percent(agreed.most)}，不足一分者略去。"
    )


def improvements(contract: ContractTerms) -> str:
    """Whose improvements are."""
    agreed, (giver, taker) = contract.improvements, _sides(contract)
    if agreed is UNSET:
        return f"後續改進：一方的後續改進成果，其他各方無權分享（{_CIVIL_CODE}第八百七十五條）。"
    whose = {"licensor": f"歸{giver}所有", "licensee": f"歸{taker}所有", "shared": "由雙方共有"}[agreed]
    return f"後續改進：實施過程中的後續改進成果{whose}（{_CIVIL_CODE}第八百七十五條）。"


def disputes(contract: ContractTerms) -> str:
    """Who decides."""
    agreed = contract.arbitration
    if agreed is UNSET:
        return "爭議須提交雙方在掛牌文件中約定的仲裁機構或具管轄權的法院解決。"
    return (
        f"凡因本合同而起或與本合同有關的爭議，須提交{_INSTITUTION[agreed.institution]}，按申請仲裁時有效的規則"
        f"以仲裁方式最終解決；仲裁地為{_SEAT[agreed.seat]}。"
    )


def offer(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """That it is an offer."""
    return f"本文件為要約，承約生效時合同即告成立（{_CIVIL_CODE}第四百七十三條及第四百八十三條）。"


def withdrawal(contract: ContractTerms) -> str:
    """How the offer ends."""
    giver = _sides(contract)[0]
    return f"{giver}可撤銷要約，撤銷前作出的承約不受影響（{_CIVIL_CODE}第四百七十六條）。"


def open_licence(contract: ContractTerms) -> str:
    """That the office has announced it."""
    return (
        f"本要約為開放許可聲明，公告號 {contract.announcement_number}（{_PATENT_LAW}第五十條及第五十一條）。"
    )


def languages(contract: ContractTerms) -> str:
    """Which text prevails."""
    return (
        "本合同以簡體中文、繁體中文及英文三種文本訂立，三者由同一份數據產生，一經簽署即同時簽署；"
        f"如有歧義，以{_LANGUAGE[contract.prevails]}文本為準。"
    )


def _licence(contract: ContractTerms) -> str:
    return "特許" if contract.right.office == "HK" else "許可"


def _sides(contract: ContractTerms) -> tuple[str, str]:
    if contract.is_assignment:
        return "轉讓人", "承讓人" if contract.right.office == "HK" else "受讓人"
    return ("特許人", "獲特許人") if contract.right.office == "HK" else ("許可人", "獲許可人")


def _effect_day(contract: ContractTerms) -> str:
    return "權利轉移生效、首期價款發放之日" if contract.is_assignment else f"{_licence(contract)}生效之日"


def _grant(contract: ContractTerms) -> str:
    is_patent = contract.is_said_to_be_granted
    name = "批予公告日期" if is_patent else "註冊（登記）日期"
    awaited = "未批予" if is_patent else "尚未註冊（登記）"
    words = {"awaited": awaited, "not_stated": "登記冊副本未載明"}
    return f"{name}：{words.get(contract.grant, contract.grant)}；" if contract.grant else ""
