"""Registration numbers of layout-designs of integrated circuits 集成电路布图设计 in the Mainland: BS. and nine digits.

The first two digits are the year. The form is from memory and is to be confirmed by counsel.
"""

from __future__ import annotations

import re
from typing import Final

from exchange.rights.right_number import LAYOUT_DESIGN, NUMBER_FORMAT, REGISTRATION, NumberText, RightNumber

_FIRST_YEAR: Final = 2001  # the Regulations came into force on 2001-10-01
_FORM: Final = re.compile(r"BS\.?([0-9]{2})([0-9]{7})")


def parse_layout(given: NumberText) -> RightNumber:
    """Read a layout registration number; the dot may be missing."""
    matched = _FORM.fullmatch(given.text)
    if matched is None:
        raise given.refuse(NUMBER_FORMAT, expected="for example BS.155508385")
    year = 2000 + int(matched[1])
    given.check_year(year, _FIRST_YEAR)
    return RightNumber("CN", f"BS.{matched[1]}{matched[2]}", REGISTRATION, LAYOUT_DESIGN, year, given.raw)
