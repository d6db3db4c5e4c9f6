"""Whether a text says a value as a whole word: a digest or a time may hold any digits by chance."""

import re


def says(text: str, value: str) -> bool:
    """Whether `value` stands in `text` with no letter or digit beside it."""
    return re.search(rf"(?<![0-9A-Za-z]){re.escape(value)}(?![0-9A-Za-z])", text) is not None
