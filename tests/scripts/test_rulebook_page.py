"""The page of the rulebook says what the rules say."""

from __future__ import annotations

from scripts import rulebook_page


def test_the_page_of_the_rulebook_is_made_of_its_rules() -> None:
    """Where this turns red after a rule has changed: `python -m scripts.rulebook_page`."""
    assert rulebook_page.PAGE.read_text(encoding="utf-8") == rulebook_page.page()
