"""Which evidence is whose, and which entries are held: an index over the rows in memory, rebuilt at every load.

It decides nothing.
"""

from __future__ import annotations

from exchange.rows import Evidence, LegalHold, Row


class Lodged:
    """Evidence in memory by party and SHA-256, and standing legal holds by entry."""

    def __init__(self) -> None:
        self.evidence_of: dict[str, dict[str, str]] = {}
        """Party id to SHA-256 (hex) to evidence id, in no order that anybody may rely on."""
        self.holds_on: dict[int, set[str]] = {}
        """Entry to the ids of its legal holds."""

    def add(self, row: Row) -> None:
        """Enter a row of any kind; those of other kinds are left out."""
        if isinstance(row, Evidence):
            self.evidence_of.setdefault(row.party_id, {})[row.sha256] = row.id
        elif isinstance(row, LegalHold):
            for entry in row.entries:
                self.holds_on.setdefault(entry, set()).add(row.id)

    def remove(self, row: Row) -> None:
        """Take out a row that leaves memory."""
        if isinstance(row, Evidence):
            del self.evidence_of[row.party_id][row.sha256]
        elif isinstance(row, LegalHold):
            for entry in row.entries:
                holds = self.holds_on[entry]
                holds.discard(row.id)
                if not holds:
                    del self.holds_on[entry]
