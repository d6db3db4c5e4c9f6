"""Whether a row says that its right was made in service 职务发明: yes, no, or nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from api.rights.imports.report import RowRefused, refused_row
from exchange.rights.numbers import shown

if TYPE_CHECKING:
    from api.rights.imports.raw_row import RawRow

SERVICE_COLUMN: Final = "service_invention"
_WORDS: Final = {
    **dict.fromkeys(("yes", "true", "是", "职务发明", "职务"), True),
    **dict.fromkeys(("no", "false", "否", "非职务发明", "非职务"), False),
}


def service_of(row: RawRow) -> bool | None:
    """What the row says; None for nothing.

    Raises:
        RowRefused: `yes_or_no` for any other word.
    """
    text = row.fields.get(SERVICE_COLUMN)
    if text is None:
        return None
    said = _WORDS.get(text.lower())
    if said is None:
        raise RowRefused(refused_row(row.line, SERVICE_COLUMN, "yes_or_no", value=shown(text)))
    return said
