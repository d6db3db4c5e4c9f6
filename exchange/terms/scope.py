"""Where and for what a licence holds: territories of one known scheme, and fields of use that can be told apart.

Territories are ISO 3166-1 countries, the Mainland's provinces as ISO 3166-2 writes them, or `world`. Two fields of use
are known to differ only where both are symbols of the International Patent Classification: words never prove that.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final


def _words(text: str, separator: str | None = None) -> frozenset[str]:
    return frozenset(text.split(separator))


WORLD: Final = "world"
ALL_FIELDS: Final = "all"
COUNTRIES: Final = _words(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ
    CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO
    FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE
    JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO
    MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW
    PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM
    TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """
)
"""ISO 3166-1 alpha-2."""
PROVINCES: Final = frozenset(
    f"CN-{code}"
    for code in _words(
        "AH BJ CQ FJ GD GS GX GZ HA HB HE HI HL HN JL JS JX LN NM NX QH SC SD SH SN SX TJ XJ XZ YN ZJ"
    )
)
"""ISO 3166-2:CN without Hong Kong, Macau and Taiwan, whose codes are HK, MO and TW: no place has two names."""
TERRITORIES: Final = COUNTRIES | PROVINCES | {WORLD}
_SECTIONS: Final = {
    "A": (1, range(21, 25), range(41, 48), range(61, 64), 99),
    "B": (range(1, 10), range(21, 34), range(41, 45), range(60, 69), 81, 82, 99),
    "C": (range(1, 15), range(21, 24), 25, 30, 40, 99),
    "D": (range(1, 8), 10, 21, 99),
    "E": (range(1, 7), 21, 99),
    "F": (range(1, 5), range(15, 18), range(21, 29), 41, 42, 99),
    "G": (range(1, 13), 16, 21, 99),
    "H": (range(1, 6), 10, 99),
}
IPC_SYMBOLS: Final = frozenset(_SECTIONS) | frozenset(
    f"{section}{number:02d}"
    for section, numbers in _SECTIONS.items()
    for part in numbers
    for number in (part if isinstance(part, range) else (part,))
)
"""Sections and classes of the International Patent Classification: the closed list under which fields can differ."""
_WORDS_FOR_ALL: Final = _words(
    "all|all fields|all fields of use|all uses|any|any field|any use|every field|unlimited|unrestricted"
    "|全部|全部领域|全部用途|所有|所有领域|所有用途|全领域|任何领域|一切领域|不限|不限领域",
    "|",
)
_SEPARATORS: Final = re.compile(r"[;,、/\s]+")


def field_of(text: str) -> str:
    """A field of use in one spelling: NFKC, case-folded, single spaces; every word for `all` as `all`."""
    spelled = " ".join(unicodedata.normalize("NFKC", text).casefold().split())
    return ALL_FIELDS if spelled in _WORDS_FOR_ALL else spelled


def ipc_symbols(text: str) -> frozenset[str]:
    """The IPC sections and classes that a field of use consists of; empty where it is put in words."""
    symbols = frozenset(part.upper() for part in _SEPARATORS.split(field_of(text)) if part)
    return symbols if symbols <= IPC_SYMBOLS else frozenset()


def fields_overlap(first: str, second: str) -> bool:
    """Whether two fields of use may meet: yes, unless both are IPC symbols of which none contains another."""
    one, other = ipc_symbols(first), ipc_symbols(second)
    if not one or not other:
        return True
    return any(mine.startswith(yours) or yours.startswith(mine) for mine in one for yours in other)


def field_lies_within(part: str, whole: str) -> bool:
    """Whether a field of use is known to be another, or a part of it: all, the same words, or IPC symbols inside."""
    if field_of(whole) in {ALL_FIELDS, field_of(part)}:
        return True
    mine, theirs = ipc_symbols(part), ipc_symbols(whole)
    return bool(mine) and all(any(one.startswith(other) for other in theirs) for one in mine)


def territories_overlap(first: tuple[str, ...], second: tuple[str, ...]) -> bool:
    """A place overlaps with itself and with its parts: `CN` with `CN-GD`, `world` with all."""
    return any(lies_within(one, other) or lies_within(other, one) for one in first for other in second)


def lies_within(part: str, whole: str) -> bool:
    """Whether one territory is another, or a part of it."""
    return whole in {part, WORLD} or part.startswith(f"{whole}-")
