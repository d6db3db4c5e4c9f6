"""The table of characters is the one that its dictionaries give."""

from __future__ import annotations

from scripts import character_table


def test_the_table_of_characters_is_what_the_dictionaries_say() -> None:
    """Where this turns red after another version of them: `python -m scripts.character_table`."""
    assert character_table.MODULE.read_text(encoding="utf-8") == character_table.module()
