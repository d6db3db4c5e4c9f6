"""What a client finds before it signs."""

from __future__ import annotations


class DealMismatch(Exception):
    """What is to be signed is not what was shown or agreed: sign nothing, and ask the venue. `code` says which part."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def require(holds: bool, code: str) -> None:  # noqa: FBT001 - a check and its name
    """Raises DealMismatch unless it holds."""
    if not holds:
        raise DealMismatch(code)
