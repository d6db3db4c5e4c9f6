"""Disputes over deals."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands import DisputeBody, DisputeGround
from exchange.rows.row import Row


class Dispute(Row):
    """A dispute over a deal: OPEN, then RESUMED, UNWOUND, REVERSED or TERMINATED, with its licence. Times in ms UTC."""

    kind: ClassVar[str] = "dispute"
    deal_id: str
    raised_by: str
    """A party, or `venue`."""
    ground: DisputeGround
    body: DisputeBody
    document_digest: str
    reference: str
    """The salted commitment (hex) to the case number."""
    opened_ms: int
    came_from: str
    """The deal's state without the dispute: chain and office move it on meanwhile."""
    clocks: dict[str, int] = {}
    """Each clock that stands still, as `what:subject`, with the milliseconds that it has left."""
    holds_release: bool = False
    """The register has confirmed meanwhile: the price is split when the deal goes on."""
    ended_by: str = ""
    """Why the deal cannot go on any more: the office has refused it, or a party's cancellation is on the chain."""
    defaulted: str = ""
    state: str = ""
    outcome_digest: str = ""
    reverse_deal: str = ""
    ended_ms: int | None = None
