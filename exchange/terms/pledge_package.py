"""The papers that go to the office for a pledge: application, identity papers, power of attorney, waivers.

Texts are made from the pledge alone, so that whoever sees it can make them again and compare digests. The contract, its
change or the pledgee's release is sealed text of the parties': its digest comes with the filing.
"""

from __future__ import annotations

from exchange.commands import FilingKind
from exchange.rows import PledgeContract, Right
from exchange.state import State
from exchange.terms import filing_package
from exchange.terms.text import DEMO_MARK

FORMS: dict[str, tuple[str, str, str]] = {
    "pledge": ("pledge_application", "专利权质押登记申请表", "contract"),
    "pledge_change": ("pledge_change_application", "专利权质押登记变更申请表", "contract"),
    "discharge": ("discharge_application", "专利权质押登记注销申请表", "pledgee_release"),
}
"""By kind of filing: the application's name, its Chinese title, and the name of the parties' own paper."""


def papers_of(state: State, contract: PledgeContract, kind: FilingKind, right: Right) -> dict[str, str]:
    """The papers made here, by the office's names for them, as text; while the office is simulated each says so."""
    name, title, _ = FORMS[kind]
    asked = contract.change or contract.terms
    pledgor, pledgee = state.parties[contract.pledgor], state.parties[contract.pledgee]
    numbers = "、".join(f"{party.id}：{party.company_number}" for party in (pledgor, pledgee))
    sides = f"出质人：{pledgor.company_number}\n质权人：{pledgee.company_number}\n"
    papers = {
        name: f"{title}\n专利号：{right.id}\n{sides}质押合同编号：{contract.id}\n",
        "identity_papers": f"身份证明\n{numbers}\n",
        "power_of_attorney": f"专利代理委托书\n委托人：{numbers}\n委托事项：{title}\n",
    }
    consenting = set(contract.co_owner_consents or ()) - {pledgor.company_number}
    owners = "、".join(
        each.company_number for each in right.holder_of_record if each.company_number in consenting
    )
    if owners and kind != "discharge":
        papers["coowner_consent"] = f"共有人同意书\n共有人：{owners}\n质押合同编号：{contract.id}\n"
    if kind == "pledge":
        waivers = {"twin_waiver": asked.twin, "invalidation_waiver": asked.invalidation}
        words = {"twin_waiver": "同日申请声明", "invalidation_waiver": "无效宣告程序声明"}
        for paper, said in waivers.items():
            if said == "waived":
                papers[paper] = f"{words[paper]}\n{sides}双方声明不受影响。\n质押合同编号：{contract.id}\n"
    mark = f"{DEMO_MARK}\n" if state.venue.simulated else ""
    return {paper: mark + text for paper, text in papers.items()}


def digests_of(
    state: State, contract: PledgeContract, kind: FilingKind, right: Right, document: str
) -> dict[str, str]:
    """SHA-256 (hex) of every paper of the filing by name; `document` is that of the parties' own."""
    made = filing_package.digests(papers_of(state, contract, kind, right))
    return made | {FORMS[kind][2]: document}
