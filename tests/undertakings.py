"""The seller's undertaking of a listing that nothing stands against: one place for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from exchange.commands import ListingTerms, Undertaking
from exchange.rules.undertakings import SINCE_ENGINE

if TYPE_CHECKING:
    from pathlib import Path

PLAIN = Undertaking(
    state_secret=False,
    open_licence_elsewhere=False,
    venue_staff=False,
    nominee=False,
    co_owners_agreed_otherwise=False,
)


def undertaking(**answers: Any) -> Undertaking:
    """Every answer, each the plain one unless it is given here."""
    return msgspec.structs.replace(PLAIN, **answers)


def offered(**terms: Any) -> ListingTerms:
    """Terms of a listing with the plain undertaking, unless they bring their own."""
    return ListingTerms(**({"undertaking": PLAIN} | terms))


def offered_on(engine: int, **terms: Any) -> ListingTerms:
    """The same where the engine asks for an undertaking; older ones know of none."""
    return offered(**terms) if engine >= SINCE_ENGINE else ListingTerms(**terms)


def in_a_file(folder: Path) -> tuple[str, str]:
    """The plain undertaking as `ipx listing create` takes it."""
    file = folder / "undertaking.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(msgspec.json.encode(PLAIN))
    return "--undertaking", str(file)
