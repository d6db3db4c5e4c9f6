"""Documents on record, as rules ask for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.indexes import number_of

if TYPE_CHECKING:
    from exchange.commands import DocumentKind
    from exchange.rows import Document
    from exchange.state import State

OF_THE_VENUE = "venue"
"""What a document on the venue itself is recorded under."""


def lodged(
    state: State, document: DocumentKind, subject_id: str, time_ms: int | None = None, party_id: str = ""
) -> Document | None:
    """The last document of a kind on a subject; at a time (ms UTC), only if it is still valid then."""
    found = state.documents_of.get((document, subject_id, party_id))
    if found is None:
        return None
    row = state.documents[found]
    if time_ms is None or row.valid_until_ms is None or time_ms < row.valid_until_ms:
        return row
    return None


def stands(  # noqa: PLR0913 - which notice, of what and whom, when, and what would lift it
    state: State,
    notice: DocumentKind,
    lifting: DocumentKind,
    subject_id: str,
    time_ms: int | None = None,
    party_id: str = "",
) -> bool:
    """Whether a notice is on record, valid at a time where one is given, that nothing recorded since has lifted."""
    row = lodged(state, notice, subject_id, time_ms, party_id)
    if row is None:
        return False
    lifted = lodged(state, lifting, subject_id, party_id=party_id)
    # By their numbers, since two may come in one millisecond.
    return lifted is None or number_of(lifted.id) < number_of(row.id)
