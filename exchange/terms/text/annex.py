"""The annex of a contract: the title of its right and who applied for it, from the catalogue's sealed bibliography.

Names and titles can be erased, so that no text has them: it has their commitment, and the annex shows what opens it.
"""

from __future__ import annotations

from typing import Any, Final

from exchange.canonical import encode
from exchange.rules.civil_code import TITLE_LABEL
from exchange.sealed import Opening, matches
from exchange.terms.contract import LANGUAGES, ContractTerms, Language

_WORDS: Final[dict[Language, tuple[str, str, str, str, str, str]]] = {
    "zh-Hans": ("附件：{}", "名称", "申请人", "著录项目", "承诺值", "盐值"),
    "zh-Hant": ("附件：{}", "名稱", "申請人", "著錄項目", "承諾值", "鹽值"),
    "en": ("Annex: {}", "Title", "Applicants", "Bibliography", "Commitment", "Salt"),
}
"""Head, title, applicants, all that is sealed, its commitment, what opens it."""


def opens(contract: ContractTerms, opening: Opening) -> bool:
    """Whether this is the bibliography that a contract names, with a title in it."""
    named = contract.right.bibliography
    if not isinstance(named, str) or not title_in(opening.value):
        return False
    return matches(bytes.fromhex(named), TITLE_LABEL, opening)


def title_in(bibliography: Any) -> str:  # noqa: ANN401 - sealed JSON, as somebody has given it
    """The title in a bibliography, as it can be shown; empty where there is none."""
    title = bibliography.get("title") if isinstance(bibliography, dict) else None
    return _shown(title) if isinstance(title, str) else ""


def annexes(contract: ContractTerms, opening: Opening) -> dict[str, str]:
    """The annex in every language, by its tag."""
    return {language: annex(contract, opening, language) for language in LANGUAGES}


def annex(contract: ContractTerms, opening: Opening, language: Language) -> str:
    """The annex in one language; its last lines are what `opens` it: the sealed value in canonical form, its salt."""
    head, title, applicants, whole, commitment, salt = _WORDS[language]
    colon = ": " if language == "en" else "："
    bibliography = opening.value
    said = bibliography.get("applicants") if isinstance(bibliography, dict) else None
    names = [_shown(each) for each in said if isinstance(each, str)] if isinstance(said, list) else []
    lines = [head.format(contract.right_id), f"{title}{colon}{title_in(bibliography)}"]
    if names:
        lines.append(f"{applicants}{colon}{('; ' if language == 'en' else '；').join(names)}")
    lines += [
        f"{whole}{colon}{encode(bibliography).decode()}",
        f"{commitment}{colon}{contract.right.bibliography}",
        f"{salt}{colon}{opening.salt}",
    ]
    return "\n".join(lines) + "\n"


def _shown(text: str) -> str:
    """Without what steers a reader's eye and is no character of its own."""
    return "".join(character for character in text if character.isprintable()).strip()
