"""The papers that go to the office with a filing: application, contract, identity papers, power of attorney.

Texts are made from the deal alone, so that whoever has the deal can make them again and compare digests.
"""

from __future__ import annotations

import hashlib

from exchange.state import Deal, Party, Right
from exchange.terms.deal_terms import contract_text

_TITLES = {
    "assignment": "著录项目变更申报书（专利权人变更）",
    "licence": "专利实施许可合同备案申请表",
}


def filing_package(
    deal: Deal, right: Right, seller: Party, buyer: Party, *, simulated: bool
) -> dict[str, str]:
    """The papers by name, as text. While the office is simulated every paper says so."""
    mark = "演示数据 · DEMO\n" if simulated else ""
    title = _TITLES["assignment" if deal.deal_kind == "assignment" else "licence"]
    application = (
        f"{mark}{title}\n专利（申请）号：{right.id}\n"
        f"变更前/许可方：{seller.company_number}\n变更后/被许可方：{buyer.company_number}\n"
        f"合同编号：{deal.id}\n"
    )
    identity = f"{mark}身份证明\n统一社会信用代码：{seller.company_number}、{buyer.company_number}\n"
    attorney = (
        f"{mark}专利代理委托书\n委托人：{seller.company_number}、{buyer.company_number}\n委托事项：{title}\n"
    )
    return {
        "application": application,
        "contract": mark + contract_text(deal, right, seller, buyer),
        "identity_papers": identity,
        "power_of_attorney": attorney,
    }


def digests(package: dict[str, str]) -> dict[str, str]:
    """SHA-256 (hex) of each paper's UTF-8 text, by name."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in package.items()}
