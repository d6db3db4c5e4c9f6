"""The papers that go to the office with a filing: application, contract, identity papers, power of attorney.

Texts are made from the deal alone, so that whoever has the deal can make them again and compare digests.
"""

from __future__ import annotations

import hashlib

from exchange.state import Deal, Party, Right, State
from exchange.terms.deal_terms import contract_text

_APPLICATIONS = {
    "assignment": ("change_application", "著录项目变更申报书（专利权人变更）"),
    "licence": ("recordal_application", "专利实施许可合同备案申请表"),
}


def filing_package(
    deal: Deal, right: Right, seller: Party, buyer: Party, *, simulated: bool
) -> dict[str, str]:
    """The papers by the office's names for them, as text. While the office is simulated every paper says so."""
    mark = "演示数据 · DEMO\n" if simulated else ""
    name, title = _APPLICATIONS["assignment" if deal.deal_kind == "assignment" else "licence"]
    numbers = f"{seller.company_number}、{buyer.company_number}"
    papers = {
        name: f"{title}\n专利（申请）号：{right.id}\n变更前/许可方：{seller.company_number}\n"
        f"变更后/被许可方：{buyer.company_number}\n合同编号：{deal.id}\n",
        "contract": contract_text(deal, right, seller, buyer),
        "identity_papers": f"身份证明\n统一社会信用代码：{numbers}\n",
        "power_of_attorney": f"专利代理委托书\n委托人：{numbers}\n委托事项：{title}\n",
    }
    if right.pledges:
        pledgees = "、".join(pledge.company_number for pledge in right.pledges)
        papers["pledgee_consent"] = f"质权人同意书\n质权人：{pledgees}\n合同编号：{deal.id}\n"
    return {paper: mark + text for paper, text in papers.items()}


def digests(package: dict[str, str]) -> dict[str, str]:
    """SHA-256 (hex) of each paper's UTF-8 text, by name."""
    return {name: hashlib.sha256(text.encode()).hexdigest() for name, text in package.items()}


def digests_of(state: State, deal: Deal) -> dict[str, str]:
    """The digests that a filing of this deal names: of the papers as they are made from it now."""
    right, seller, buyer = state.rights[deal.right_id], state.parties[deal.seller], state.parties[deal.buyer]
    return digests(filing_package(deal, right, seller, buyer, simulated=state.venue.simulated))
