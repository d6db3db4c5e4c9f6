"""An export as whoever holds it against another reads it: its header, then its lines and tree in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ledger.audit.findings import unsound
from ledger.audit.lines import CheckpointLine, EntryLine, Header, LineRefused, SealLine, read_lines
from ledger.merkle import Frontier, leaf_hash

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import IO

    from ledger.audit.lines import AnyLine


class Export:
    """One export, read once from its beginning. Leaf hashes are made from the entries, never believed."""

    def __init__(self, stream: IO[bytes], name: str) -> None:
        """Read the header of the export that messages call by this name.

        Raises:
            Unsound: AUDIT-LINE: it is no export, or has no header.
        """
        self._lines, self._name = _checked_lines(stream, name), name
        header = next(self._lines, None)
        if not isinstance(header, Header):
            unsound("AUDIT-LINE", f"the {name} has no header")
        self.header: Header = header
        self.tree = Frontier()
        """Of the entries read so far."""
        self.seals = 0
        self.checkpoint: CheckpointLine | None = None
        """The one that stands behind the seal given last."""
        self.opened: frozenset[str] = frozenset()
        """Labels of the erasable parts that the entry given last opens."""

    def lines(self) -> Iterator[bytes | SealLine]:
        """The leaf hash of each entry, and each seal, as they stand.

        Raises:
            Unsound: AUDIT-LINE: a line that no export has, an entry out of its place, or not one entry to its end.
        """
        following = next(self._lines, None)
        while following is not None:
            line, following = following, next(self._lines, None)
            if isinstance(line, SealLine):
                self.seals += 1
                self.checkpoint = None
                if isinstance(following, CheckpointLine) and self.header.format > 1:
                    self.checkpoint, following = following, next(self._lines, None)
                yield line
            elif isinstance(line, EntryLine) and line.entry == self.tree.size:
                leaf = leaf_hash(bytes(line.public))
                self.tree.append(leaf)
                self.opened = frozenset(line.erasable)
                yield leaf
            else:
                unsound(
                    "AUDIT-LINE", f"the {self._name}: a line out of its place after {self.tree.size} entries"
                )
        if not self.tree.size:
            unsound("AUDIT-LINE", f"the {self._name} has no entry")


def _checked_lines(stream: IO[bytes], name: str) -> Iterator[AnyLine]:
    try:
        yield from read_lines(stream)
    except LineRefused as error:
        unsound("AUDIT-LINE", f"the {name}: {error}")
