"""What every event is."""

from __future__ import annotations

import msgspec

from exchange.commands import snake


class Event(msgspec.Struct, frozen=True, kw_only=True, tag=snake, tag_field="type"):
    """Something that has happened. Immutable; its type tag is stable for ever."""
