"""A contract in Simplified Chinese: one function a clause."""

from __future__ import annotations

from msgspec import UNSET

from exchange.commands import EntryFeeAndRoyalty, Equity, Instalments, RunningRoyalty
from exchange.rules.effects import effect_said_of
from exchange.rules.lots import WORKING_DAYS_TO_CHOOSE
from exchange.terms.contract import ContractTerms
from exchange.terms.text import figures
from exchange.terms.text.figures import chinese_number, day, fine_percent, last_day, money, parts, percent

_KIND = {
    "assignment": "转让",
    "exclusive_licence": "独占实施许可",
    "sole_licence": "排他实施许可",
    "ordinary_licence": "普通实施许可",
    "open_licence": "开放许可",
}
_MEANING = {
    "exclusive_licence": "仅被许可方一方可在下列范围内实施，许可方自己亦不得实施",
    "sole_licence": "仅被许可方一方可在下列范围内实施，但许可方自己可以实施",
    "ordinary_licence": "许可方可在下列范围内自己实施，并可许可他人实施",
}
_UNDER_A_HEAD = "在下列范围内既不排除许可方，也不排除许可方或者权利人可以许可的其他人"
_BASE = {
    "net_sales": "净销售额",
    "added_output": "实施后新增的产值",
    "profit": "实施后新增的利润",
    "product_price": "许可产品价格",
}
_PERIOD = {"quarter": "每三个月", "half_year": "每六个月", "year": "每十二个月"}
_IMPROVEMENTS = {"licensor": "归许可方享有", "licensee": "归被许可方享有", "shared": "由双方共有"}
_INSTITUTION = {
    "SCIA": "深圳国际仲裁院",
    "CIETAC": "中国国际经济贸易仲裁委员会",
    "GZAC": "广州仲裁委员会",
    "HKIAC": "香港国际仲裁中心",
    "WTCMAC": "澳门世界贸易中心仲裁中心",
}
_SEAT = {"shenzhen": "深圳", "guangzhou": "广州", "beijing": "北京", "hong_kong": "香港", "macau": "澳门"}
_LANGUAGE = {"zh-Hans": "简体中文", "zh-Hant": "繁体中文", "en": "英文"}


_NAME = {
    "patent": "专利（申请）",
    "registered_design": "注册外观设计（申请）",
    "achievement": "科技成果",
    "know_how": "技术秘密",
    "software_copyright": "软件著作权",
    "copyright": "著作权",
    "layout_design": "集成电路布图设计专有权",
    "trademark": "商标专用权",
}


def numbered(number: int, clause: str) -> str:
    """A clause behind its number, 1 to 99."""
    return f"{chinese_number(number)}、{clause}"


def title(contract: ContractTerms) -> str:
    """What the paper is."""
    what, kind = "技术", _KIND[contract.kind]
    if not contract.is_on_technology:
        what, kind = _NAME[contract.right.right_type], kind.replace("实施", "使用")
    return f"{what}{kind}合同{'（要约）' if contract.is_offer else ''} {contract.subject_id}"


def subject(contract: ContractTerms) -> str:
    """What the contract is about."""
    right = contract.right
    return (
        f"标的：{_NAME[contract.sort]} {contract.right_id}；申请日：{right.filing_date or '不适用'}；"
        f"{_grant(contract)}有效期至：{right.expiry_date or '不适用'}。"
    )


def bibliography(contract: ContractTerms) -> str:
    """Title, applicant, numbers and holder on record."""
    held = "、".join(f"{number}（{share}）" for number, share in figures.holders(contract))
    published = "专利号或公开（公告）号" if contract.sort == "patent" else "公开（公告）号"
    patent = f"；{published}：{contract.patent_number}" if contract.patent_number else ""
    return (
        f"名称及申请人：以本文本附件所载为准，该附件由承诺值 {contract.right.bibliography} 封存，以附件所载盐值开启。"
        f"申请号或登记（注册）号：{contract.number}{patent}；在案权利人：{held or _sides(contract)[0]}。"
    )


def grantor(contract: ContractTerms) -> str:
    """Who gives."""
    return f"{_sides(contract)[0]}：{contract.seller}（{contract.seller_number}）。"


def grantee(contract: ContractTerms) -> str:
    """Who receives."""
    if contract.buyer is UNSET:
        return "被许可方：在要约有效期内以其密钥签名作出承诺的任何人；其身份以承诺所载密钥与成交编号为准。"
    return f"{_sides(contract)[1]}：{contract.buyer}（{contract.buyer_number}）。"


def co_owners(contract: ContractTerms) -> str:
    """Whose the right is, and whose the price."""
    holders = () if contract.right.co_owners is UNSET else contract.right.co_owners
    listed = "、".join(f"{holder.company_number}（{percent(holder.share)}）" for holder in holders)
    return (
        f"共有人：登记簿记载为{listed}。依法须经共有人同意的，{_sides(contract)[0]}代表全体共有人；"
        "所得价款按上述份额归各共有人。"
    )


def family(contract: ContractTerms) -> str:
    """Which rights stay behind."""
    members = () if contract.right.family is UNSET else contract.right.family
    return f"同族权利：{'、'.join(members)}为各自地域的独立权利，本合同既不转移、也不许可其中任何一项。"


def passing(contract: ContractTerms) -> str:
    """When the right passes."""
    return effect_said_of(contract.right).clause_zh


def earlier_licences(contract: ContractTerms) -> str:
    """What becomes of licences, and which stand."""
    here, elsewhere = (
        "；".join(
            f"{each.licence_id}（{_KIND[each.licence_kind]}，地域 {'、'.join(each.territory)}，"
            f"领域 {each.field_of_use}，{day(each.starts_ms)}至{last_day(each.ends_ms) or '权利届满之日'}）"
            for each in some
        )
        for some in figures.licences_that_go_on(contract)
    )
    known = f"本中心登记在案的有：{here}。" if here else ""
    named = f"登记簿记载、在他处订立的有：{elsewhere}。" if elsewhere else ""
    return f"转让前已订立的实施许可合同继续有效。{known}{named}"


def scope(contract: ContractTerms) -> str:
    """Where, for what and for how long a licence holds."""
    starts = "许可生效之日" if contract.starts_ms is None else day(contract.starts_ms)
    ends = "权利届满之日" if contract.ends_ms is None else day(contract.ends_ms)
    meaning = _MEANING[contract.kind] if contract.head_licence is UNSET else _UNDER_A_HEAD
    return (
        f"许可方式：{_KIND[contract.kind]}，{meaning}。许可地域：{'、'.join(contract.territory)}；"
        f"领域：{contract.field_of_use}；期限：自{starts}至{ends}。首期应付款项进入监管账户后许可生效；无首期款项的，自被许可方提出之日生效。"
    )


def head_licence(contract: ContractTerms) -> str:
    """Under which licence a sub-licence is granted."""
    return (
        f"从属许可：本许可由许可 {contract.head_licence} 的被许可方依其合同约定的再许可权授予（专利法第十二条），"
        "范围不超出该许可，并至迟随该许可终止而终止。"
    )


def sublicensing(contract: ContractTerms) -> str:
    """Sub-licences, and the recordal of this one."""
    effect = effect_said_of(contract.right)
    return f"再许可：{'允许' if contract.may_sublicense else '不允许'}。{effect.licence_clause_zh}"


def maintenance(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """Who keeps the patent in force."""
    return (
        "维持专利权有效：许可方在许可期限内依法缴纳专利年费，并积极应对他人提出宣告专利权无效的请求"
        "（技术合同司法解释第二十六条）。"
    )


def warranty(contract: ContractTerms) -> str:
    """What the giver answers for."""
    holds = "自己是所提供技术的合法拥有者"
    if contract.head_licence is not UNSET:
        holds = f"自己依许可 {contract.head_licence} 有权许可所提供的技术"
    return (
        f"技术保证：{_sides(contract)[0]}保证{holds}，并保证所提供的技术完整、无误、有效，能够达到约定的目标"
        "（民法典第八百七十条）。"
    )


def payment(contract: ContractTerms) -> str:
    """What is paid, and how."""
    agreed, price = contract.consideration, money(contract, contract.price)
    if isinstance(agreed, Instalments):
        listed = "；".join(
            f"第{number}期 {amount}（{share}），{f'自生效之日起 {days} 日内' if days else '生效前'}支付"
            for number, (amount, share, days) in enumerate(parts(contract, agreed), start=1)
        )
        return f"价款：{price}，一次总算、分期支付：{listed}。生效之日指{_effect_day(contract)}。均经资金监管账户支付。"
    if isinstance(agreed, RunningRoyalty):
        return "价款：不设固定价款，按下列提成支付，经资金监管账户支付。"
    if isinstance(agreed, EntryFeeAndRoyalty):
        return f"价款：入门费 {price}，生效前一次支付，并按下列提成支付；均经资金监管账户支付。"
    if isinstance(agreed, Equity):
        return (
            f"作价投资：权利作价 {price} 出资，受让方（{agreed.company_number}）给予出让方占其全部股权 "
            f"{percent(agreed.basis_points)} 的股权；不以货币支付，不经资金监管账户。"
        )
    return f"价款：{price}，一次总付，经资金监管账户支付。"


def quantity(contract: ContractTerms) -> str:
    """For how many licences the price is."""
    if contract.quantity is UNSET:
        return ""
    count, each = contract.quantity, money(contract, contract.price // contract.quantity)
    return f"许可份数：{count} 份，每份 {each}。"


def lot(contract: ContractTerms) -> str:
    """That the right was sold with others, and what binds the contracts together."""
    part = contract.lot
    if part is UNSET:
        return ""
    ends = ""
    if contract.is_assignment:
        ends = (
            "此后其中一项权利未能转移的，该项价款予以退还，"
            f"受让方可在 {WORKING_DAYS_TO_CHOOSE} 个工作日内解除权利尚未转移且未提交登记申请的其他合同"
            "（民法典第六百三十二条）。"
        )
    return (
        f"打包标的 {part.id}：本次成交就{'、'.join(part.right_ids)}分别订立合同，共 {len(part.right_ids)} 份，"
        f"打包总价 {money(contract, part.price)}，本项权利的价款占 {fine_percent(part.share)}。"
        f"全部合同签署后本合同方对双方具有约束力；各份价款一并支付，在此之前一份终止则全部终止。{ends}"
    )


def proposal(contract: ContractTerms) -> str:
    """What the winner of a tender has promised."""
    return (
        f"投标方案：{_sides(contract)[1]}在投标方案文件中的承诺为本合同的组成部分；"
        f"文件的 SHA-256：{contract.proposal}。"
    )


def reverses(contract: ContractTerms) -> str:
    """Which contract's right is given back."""
    return f"转让原因：本转让依据关于合同 {contract.reverses} 的争议处理结果或者该合同的解除，返还因该合同转移的权利。"


def earnest(contract: ContractTerms) -> str:
    """Earnest money: what becomes of it."""
    amount, share = figures.earnest(contract)
    giver, taker = _sides(contract)
    return (
        f"定金：双方签署后，{taker}经资金监管账户支付定金 {amount}（价款的 {share}），定金约定自实际支付时成立。"
        f"{taker}履行债务的，定金抵作价款；{taker}不履行致使不能实现合同目的的，无权请求返还定金；"
        f"{giver}不履行致使不能实现合同目的的，应当双倍返还定金。定金不同于保证金；"
        "既有定金又有违约金的，由对方择一适用（民法典第五百八十六条至第五百八十八条）。"
    )


def royalty(contract: ContractTerms) -> str:
    """The royalty: base, rates, bounds."""
    agreed = contract.royalty
    if agreed is None:
        return ""
    rates = [percent(rate) for rate in agreed.rates]
    if len(rates) == 1:
        stated = f"固定比例 {rates[0]}"
    else:
        by_year = "；".join(f"第{year}合同年 {rate}" for year, rate in enumerate(rates[:-1], start=1))
        stated = f"{by_year}；自第{len(rates)}合同年起 {rates[-1]}"
    bounds = ""
    if agreed.floor is not None:
        bounds += f"每期不少于 {money(contract, agreed.floor)}，不足一期的按日数比例计算。"
    if agreed.ceiling is not None:
        bounds += f"每期不超过 {money(contract, agreed.ceiling)}。"
    return f"提成：以{_BASE[agreed.base]}为基数，{stated}，金额计算至分，分以下舍去。{bounds}"


def reports(contract: ContractTerms) -> str:
    """When the royalty is reported and paid."""
    agreed = contract.royalty
    if agreed is None:
        return ""
    return (
        f"报告与支付：自许可期限起算，{_PERIOD[agreed.period]}为一期；被许可方在每期届满后 "
        f"{agreed.report_days} 日内报告基数，在报告期限届满后 {agreed.pay_days} 日内支付。"
    )


def inspection(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """The licensor inspects the books."""
    return (
        "查账：许可方可在被许可方报告后 180 日内要求查阅有关会计账目；双方确认的基数高于所报的，"
        "差额在约定的支付期限内补足（民法典第八百四十六条）。"
    )


def withholding(contract: ContractTerms) -> str:
    """What the buyer withholds for taxes."""
    agreed = () if contract.withholding is UNSET else contract.withholding
    taxes = "；".join(f"{tax.name}：每笔款项 {percent(tax.base)} 的 {percent(tax.rate)}" for tax in agreed)
    giver, taker = _sides(contract)
    return f"代扣代缴：{taker}自每笔款项中代扣并代{giver}缴纳下列税款：{taxes}，分以下舍去。"


def late_interest(contract: ContractTerms) -> str:
    """Interest on what is paid late."""
    agreed = contract.late_interest
    if agreed is UNSET:
        return ""
    return (
        f"逾期利息：自到期日次日起按日 {fine_percent(agreed.daily_rate)} 计算，不计复利，"
        f"不超过逾期金额的 {percent(agreed.most)}，分以下舍去。"
    )


def improvements(contract: ContractTerms) -> str:
    """Whose improvements are."""
    if contract.improvements is UNSET:
        return "后续改进：一方后续改进的技术成果，其他各方无权分享（民法典第八百七十五条）。"
    return (
        f"后续改进：实施中后续改进的技术成果{_IMPROVEMENTS[contract.improvements]}（民法典第八百七十五条）。"
    )


def disputes(contract: ContractTerms) -> str:
    """Who decides."""
    agreed = contract.arbitration
    if agreed is UNSET:
        return "争议提交双方在挂牌文件中约定的仲裁机构或人民法院。"
    return (
        f"因本合同引起的或与本合同有关的争议，提交{_INSTITUTION[agreed.institution]}按其申请时有效的规则仲裁，"
        f"仲裁地为{_SEAT[agreed.seat]}；仲裁结果是终局的。"
    )


def offer(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """That it is an offer."""
    return "本文件为要约，承诺生效时合同成立（民法典第四百七十三条、第四百八十三条）。"


def withdrawal(contract: ContractTerms) -> str:  # noqa: ARG001 - every clause's shape
    """How the offer ends."""
    return "许可方可以撤销要约，撤销前作出的承诺不受影响（民法典第四百七十六条）。"


def open_licence(contract: ContractTerms) -> str:
    """That the office has announced it."""
    return f"本要约为开放许可声明，公告号 {contract.announcement_number}（专利法第五十条、第五十一条）。"


def languages(contract: ContractTerms) -> str:
    """Which text prevails."""
    return (
        "本合同以简体中文、繁体中文和英文三种文本作成，由同一份数据生成，一经签署即同时签署；"
        f"文本不一致的，以{_LANGUAGE[contract.prevails]}文本为准。"
    )


def _sides(contract: ContractTerms) -> tuple[str, str]:
    return ("出让方", "受让方") if contract.is_assignment else ("许可方", "被许可方")


def _effect_day(contract: ContractTerms) -> str:
    return "权利转移生效、首期价款释放之日" if contract.is_assignment else "许可生效之日"


def _grant(contract: ContractTerms) -> str:
    is_patent = contract.is_said_to_be_granted
    name = "授权公告日" if is_patent else "注册（登记）日"
    awaited = "未授权" if is_patent else "尚未注册（登记）"
    words = {"awaited": awaited, "not_stated": "登记簿副本未载明"}
    return f"{name}：{words.get(contract.grant, contract.grant)}；" if contract.grant else ""
