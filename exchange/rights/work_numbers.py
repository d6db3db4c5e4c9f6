"""Numbers of works in the Mainland: software copyright 软件著作权 and other copyright 著作权, as their registers give.

A software registration has a registration number (2016SR123456) and its certificate another one (软著登字第…号):
a right is known by the first alone, or it could enter twice. A work's number (国作登字-2016-F-00123456) says who
registered it: 国 the national one, else the province's. Registration is voluntary and proves no title by itself.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.rights.right_number import (
    COPYRIGHT,
    NUMBER_FORMAT,
    NUMBER_KIND,
    REGISTRATION,
    SOFTWARE_COPYRIGHT,
    NumberText,
    RightNumber,
)

_FIRST_SOFTWARE_YEAR: Final = 1992
_FIRST_WORK_YEAR: Final = 1995
_SERIAL_DIGITS: Final = 8
_SOFTWARE: Final = re.compile(r"(?:登记号:?)?([0-9]{4})SR([0-9]{4,8})")
_CERTIFICATE: Final = re.compile(r"软著(?:变补)?登字(?:第|-)?([0-9]{4,9})号?")
_OFFICE_OF: Final = {
    "国": "CN", "京": "BJ", "津": "TJ", "冀": "HE", "晋": "SX", "蒙": "NM", "辽": "LN", "吉": "JL", "黑": "HL",
    "沪": "SH", "苏": "JS", "浙": "ZJ", "皖": "AH", "闽": "FJ", "赣": "JX", "鲁": "SD", "豫": "HA", "鄂": "HB",
    "湘": "HN", "粤": "GD", "桂": "GX", "琼": "HI", "渝": "CQ", "川": "SC", "黔": "GZ", "贵": "GZ", "滇": "YN",
    "云": "YN", "藏": "XZ", "陕": "SN", "甘": "GS", "青": "QH", "宁": "NX", "新": "XJ",
}  # fmt: skip
"""The character before 作登字 to the province as ISO 3166-2:CN writes it, `CN` for the national office."""
_OFFICES: Final = "|".join(sorted(set(_OFFICE_OF.values())))
_WORK: Final = re.compile(
    rf"([{''.join(_OFFICE_OF)}])作登字-?(?:第)?([0-9]{{4}})-?([A-L])-?([0-9]{{4,8}})号?"
)
_WORK_IN_ID: Final = re.compile(rf"({_OFFICES})([0-9]{{4}})([A-L])([0-9]{{8}})")


def parse_software(given: NumberText) -> RightNumber:
    """Read a software registration number; a certificate's number is refused, for it is not the right's."""
    if _CERTIFICATE.fullmatch(given.text):
        raise given.refuse(
            NUMBER_KIND, found="certificate", expected="registration number 登记号, such as 2016SR123456"
        )
    matched = _SOFTWARE.fullmatch(given.text)
    if matched is None:
        raise given.refuse(NUMBER_FORMAT, expected="for example 2016SR123456")
    year, serial = matched.groups()
    given.check_year(int(year), _FIRST_SOFTWARE_YEAR)
    return RightNumber("CN", f"{year}SR{serial}", REGISTRATION, SOFTWARE_COPYRIGHT, int(year), given.raw)


def parse_work(given: NumberText) -> RightNumber:
    """Read a work's registration number, as the certificate prints it or as the house writes it (GD2016F00001234)."""
    printed = _WORK.fullmatch(given.text)
    written = _WORK_IN_ID.fullmatch(given.text)
    if printed is not None:
        office, year, category, serial = printed.groups()
        office = _OFFICE_OF[office]
    elif written is not None:
        office, year, category, serial = written.groups()
    else:
        raise given.refuse(NUMBER_FORMAT, expected="for example 国作登字-2016-F-00123456")
    given.check_year(int(year), _FIRST_WORK_YEAR)
    number = f"{office}{year}{category}{serial.zfill(_SERIAL_DIGITS)}"
    return RightNumber("CN", number, REGISTRATION, COPYRIGHT, int(year), given.raw)
