"""The papers that an operator has read of a company before it is approved: one place for all tests."""

from __future__ import annotations

import hashlib

from msgspec import UNSET

from exchange.commands import Paper, VerificationTerms
from exchange.rules.onboarding import PAPERS


def papers(dated_ms: int) -> tuple[Paper, ...]:
    """One of each kind, all with the same date (ms UTC), of a company that holds for itself."""
    return tuple(
        Paper(
            paper=kind,
            digest=hashlib.sha256(kind.encode()).hexdigest(),
            dated_ms=dated_ms,
            nominee=False if kind == "beneficial_owners" else UNSET,
        )
        for kind in PAPERS
    )


def verified(dated_ms: int) -> VerificationTerms:
    """The terms of a verification with all of them."""
    return VerificationTerms(papers=papers(dated_ms))
