"""The texts of a contract in every language, made from the same data by clauses of the same names."""

from __future__ import annotations

from types import ModuleType

from msgspec import UNSET

from exchange.terms.contract import LANGUAGES, ContractTerms, Language
from exchange.terms.text import en, zh_hans, zh_hant

DEMO_MARK = "演示数据 · DEMO"
"""First line of every paper of a simulated venue."""
_MODULES: dict[Language, ModuleType] = {"zh-Hans": zh_hans, "zh-Hant": zh_hant, "en": en}


def text(contract: ContractTerms, language: Language) -> str:
    """A contract in one language."""
    module = _MODULES[language]
    lines = [DEMO_MARK] if contract.simulated else []
    lines.append(module.title(contract))
    for number, name in enumerate(clauses_of(contract), start=1):
        lines.append(module.numbered(number, getattr(module, name)(contract)))
    return "\n".join(lines) + "\n"


def texts(contract: ContractTerms) -> dict[str, str]:
    """A contract in every language, by its tag."""
    return {language: text(contract, language) for language in LANGUAGES}


def clauses_of(contract: ContractTerms) -> list[str]:
    """The clauses of a contract in their order, by the names under which every language has them."""
    names = ["subject", *(["bibliography"] if contract.names_its_right else []), "grantor", "grantee"]
    names += [name for name in ("co_owners", "family") if getattr(contract.right, name) is not UNSET]
    names += _of_the_kind(contract)
    names += ["warranty"] if contract.has_a_warranty else []
    names += _said(contract, "reverses")
    names.append("payment")
    names += _said(contract, "quantity", "lot", "proposal", "earnest")
    if contract.royalty is not None:
        names += ["royalty", "reports"]
    if contract.inspection is True:
        names.append("inspection")
    if contract.withholding is not UNSET:
        names.append("withholding")
    if contract.late_interest is not UNSET:
        names.append("late_interest")
    if not contract.is_assignment and (contract.is_on_technology or contract.improvements is not UNSET):
        names.append("improvements")
    names.append("disputes")
    if contract.is_offer:
        names += ["offer", "withdrawal"]
    if contract.announcement_number is not UNSET:
        names.append("open_licence")
    return [*names, "languages"]


def _said(contract: ContractTerms, *names: str) -> list[str]:
    """Those that the contract has anything to say of."""
    return [name for name in names if getattr(contract, name) is not UNSET]


def _of_the_kind(contract: ContractTerms) -> list[str]:
    """What an assignment says and a licence does not, and the other way round."""
    if contract.is_assignment:
        return ["passing", "earlier_licences"]
    names = ["scope", *_said(contract, "head_licence"), "sublicensing"]
    return [*names, *(["maintenance"] if contract.is_kept_in_force else [])]
