"""What a parsed right number is, how one is refused, and how raw text is cleaned before a grammar reads it.

The grammars of patents stand in `cn_numbers`, `us_numbers` and `other_numbers`; callers use `exchange.rights.numbers`.
Those of other rights stand in `mark_numbers`, `work_numbers` and `layout_numbers`, behind `other_rights`.
Nothing here looks at a clock: the year that bounds a number's year is passed in.
"""

from __future__ import annotations

import re
from typing import Final

import msgspec

LONGEST_RAW_NUMBER: Final = 64
_LONGEST_SHOWN: Final = 40

APPLICATION: Final = "application"
GRANT: Final = "grant"
PUBLICATION: Final = "publication"
REGISTRATION: Final = "registration"
REFERENCE: Final = "reference"

INVENTION: Final = "invention"
UTILITY_MODEL: Final = "utility_model"
DESIGN: Final = "design"
PLANT: Final = "plant"
REISSUE: Final = "reissue"
PROVISIONAL: Final = "provisional"
TRADEMARK: Final = "trademark"
SOFTWARE_COPYRIGHT: Final = "software_copyright"
COPYRIGHT: Final = "copyright"
LAYOUT_DESIGN: Final = "layout_design"

NUMBER_MISSING: Final = "number_missing"
NUMBER_FORMAT: Final = "number_format"
NUMBER_YEAR: Final = "number_year"
CHECK_DIGIT: Final = "check_digit"
MISSING_CHECK_DIGIT: Final = "missing_check_digit"
NUMBER_TYPE_MISMATCH: Final = "number_type_mismatch"
NUMBER_KIND: Final = "number_kind"
SPREADSHEET_NUMBER: Final = "spreadsheet_number"
UNKNOWN_OFFICE: Final = "unknown_office"
OFFICE_MISMATCH: Final = "office_mismatch"

_TEXTS: Final[dict[str, tuple[str, str]]] = {
    NUMBER_MISSING: (
        "no number is given; enter it as the register prints it",
        "未填写号码；请按登记簿所载填写",
    ),
    NUMBER_FORMAT: (
        "{number} is not a number of this kind ({expected}); copy it again from the register",
        "{number} 不符合该类号码的格式（{expected}）；请按登记簿重新填写",
    ),
    NUMBER_YEAR: (
        "{number} names the year {year}, outside {first} to {last}; copy it again from the register",
        "{number} 中的年份 {year} 不在 {first} 至 {last} 之间；请按登记簿重新填写",
    ),
    CHECK_DIGIT: (
        "{number} ends in {given}, but its other digits give {expected}; copy it again from the register",
        "{number} 的校验位为 {given}，按其余数字计算应为 {expected}；请按登记簿重新填写",
    ),
    MISSING_CHECK_DIGIT: (
        "{number} lacks its check digit; add the dot and the last character as the register prints them",
        "{number} 缺少校验位；请按登记簿补上小数点及其后的校验位",
    ),
    NUMBER_TYPE_MISMATCH: (
        "{number} is a number of type {found}, but {expected} is claimed; correct the number or the type",
        "{number} 所示类型为 {found}，与所填 {expected} 不符；请更正号码或类型",
    ),
    NUMBER_KIND: (
        "{number} is of the kind {found}, but this field takes {expected}; move it to its own field",
        "{number} 属于 {found} 类号码，而此栏应填 {expected}；请填入对应栏目",
    ),
    SPREADSHEET_NUMBER: (
        "{number} was changed by a spreadsheet; format the column as text, enter the number again and save",
        "{number} 已被电子表格改写，可能丢失数字；请将该列设为文本格式后重新填写并保存",
    ),
    UNKNOWN_OFFICE: (
        "the office of {number} is not known; put {expected} before it or into the office field",
        "无法判断 {number} 所属的专利局；请在号码前或专利局栏注明 {expected}",
    ),
    OFFICE_MISMATCH: (
        "{number} begins with {found}, but the office field says {expected}; correct one of them",
        "{number} 以 {found} 开头，与专利局栏 {expected} 不符；请更正其中之一",
    ),
}

REFUSAL_CODES: Final = frozenset(_TEXTS)


class NumberRefused(ValueError):
    """A number that cannot be taken.

    `code` is stable lower snake case (one of `REFUSAL_CODES`), `field` names the input field, `detail` and
    `detail_zh` say in English and Chinese what is wrong and what cures it.
    """

    def __init__(self, code: str, field: str, **facts: object) -> None:
        """Fill the texts of `code` with `facts`; the raw number is passed as `number`."""
        english, chinese = _TEXTS[code]
        self.code = code
        self.field = field
        self.detail = english.format(**facts)
        self.detail_zh = chinese.format(**facts)
        super().__init__(f"{field}: {code}: {self.detail}")


class RightNumber(msgspec.Struct, frozen=True):
    """One number of a right, normalised.

    `office` is a WIPO ST.3 code; `number` has no office prefix, no kind code and no spaces; `kind` is
    application, grant, publication, registration, or reference where no register gives a number; `right_type` is None
    where the number does not tell it; `year` is the year inside the number and never a basis for an expiry date (a
    divisional keeps its parent's filing date). `raw` is what was entered, `kind_code` the WIPO ST.16 code if one was
    given, `warnings` are stable codes.
    """

    office: str
    number: str
    kind: str
    right_type: str | None
    year: int | None
    raw: str
    kind_code: str | None = None
    warnings: tuple[str, ...] = ()


class NumberText(msgspec.Struct, frozen=True):
    """A number before a grammar: cleaned `text` without office prefix, and what its field says."""

    text: str
    raw: str
    field: str
    expected_kind: str | None
    as_of_year: int

    def refuse(self, code: str, **facts: object) -> NumberRefused:
        """Build the refusal of this number; `facts` fill the text of `code`."""
        return NumberRefused(code, self.field, number=shown(self.raw), **facts)

    def check_year(self, year: int, first: int) -> None:
        """Raise `number_year` unless `year` lies from `first` to the year of the import."""
        if not first <= year <= self.as_of_year:
            raise self.refuse(NUMBER_YEAR, year=year, first=first, last=self.as_of_year)


def shown(raw: str) -> str:
    """Shorten `raw` for a message, without what is not printable: a message must not steer a terminal."""
    head = "".join(character if character.isprintable() else "?" for character in raw[:_LONGEST_SHOWN])
    return f"'{head}…'" if len(raw) > _LONGEST_SHOWN else f"'{head}'"


# Full-width forms U+FF01..U+FF5E stand 0xFEE0 above ASCII; input methods also give U+3002 for the dot.
_NARROW: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {0x3002: ord(".")}
_INVISIBLE: Final = dict.fromkeys((0x200B, 0x2060, 0xFEFF))
_SPREADSHEET: Final = re.compile(
    r"""[+-]?[0-9]+(?:[.,][0-9]+)?[Ee]\+?[0-9]+   # 2.01610178554E+11
      | [0-9]{13,}\.[0-9]+                        # 2016101785535.0
      | [0-9]{1,3}(?:,[0-9]{3}){3,}(?:\.[0-9]+)?  # 201,610,178,553.5
      | \#{2,}                                    # a column too narrow, exported as shown
      | ="?[^"]*"?                                # ="201610178553.5"
      | '.*                                       # an escaped cell
    """,
    re.VERBOSE,
)


def narrow(text: str) -> str:
    """Replace full-width forms and the ideographic full stop by ASCII, and drop zero-width characters."""
    return text.translate(_NARROW).translate(_INVISIBLE)


def clean(raw: str, field: str) -> str:
    """Bring `raw` to upper-case ASCII without spaces.

    Full-width characters, spaces anywhere and lower case are accepted. Raises `NumberRefused` with
    `number_missing`, `number_format` (too long, or characters of other scripts) or `spreadsheet_number`.
    """
    if len(raw) > LONGEST_RAW_NUMBER:
        expected = f"at most {LONGEST_RAW_NUMBER} characters"
        raise NumberRefused(NUMBER_FORMAT, field, number=shown(raw), expected=expected)
    text = narrow("".join(raw.split()))
    if not text:
        raise NumberRefused(NUMBER_MISSING, field)
    # Upper-casing before this test would let other scripts in: U+0131 becomes the ASCII letter I.
    if not text.isascii() or not text.isprintable():
        expected = "digits and Latin letters only"
        raise NumberRefused(NUMBER_FORMAT, field, number=shown(raw), expected=expected)
    if _SPREADSHEET.fullmatch(text):
        raise NumberRefused(SPREADSHEET_NUMBER, field, number=shown(raw))
    return text.upper()
