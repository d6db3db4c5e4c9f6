"""What every row is."""

from __future__ import annotations

from typing import ClassVar

import msgspec


class Row(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """One row of state: `kind` names its table, `id` is unique within it and never used again."""

    kind: ClassVar[str]
    id: str
