"""Checkpoints in an export: the venue's signature, the tree, what witnesses cosigned, what an authority has dated.

A close and its award are one entry, a Tick. Before it the venue signs a checkpoint of all that stands before: whoever
puts a bid before a close later on needs another such checkpoint, and for that another cosignature or another date.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Final

import msgspec

from exchange.commands import JumpClock, Tick
from ledger.journal import Accepted
from ledger.log.checkpoints import as_signed, cosignatures, read_checkpoint
from ledger.log.notes import Note, NoteRefused, Verifier, read_note
from ledger.timestamp.verifying import TokenRefused, verify_token

if TYPE_CHECKING:
    from ledger.audit.findings import Findings
    from ledger.audit.lines import CheckpointLine, Header
    from ledger.audit.tree import TreeCheck
    from ledger.journal import Entry
    from ledger.timestamp.verifying import Stamp

MOST_KEPT: Final = 1_000
"""Checkpoints of others that one audit takes."""
CLOCKS_MS: Final = 60_000
"""So far the authority's clock and the venue's may be apart."""
LATE_MS: Final = 600_000
"""A close whose checkpoint was dated later than this might have been decided otherwise in between."""


class Vouchers(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word counts for checkpoints beside the venue's: witnesses' keys, and an authority's certificates (PEM)."""

    witnesses: tuple[Verifier, ...] = ()
    timestamp: bytes | None = None
    kept: tuple[bytes, ...] = ()
    """Checkpoints that others have kept, as the venue gave them."""


class CheckpointCheck:
    """Follows checkpoints and Ticks; findings are taken down where they stand."""

    def __init__(self, log: Verifier, vouchers: Vouchers, findings: Findings) -> None:
        """Take the log's own verifier, and whose word counts beside it.

        Raises:
            NoteRefused: a checkpoint that was kept is not signed by this log.
        """
        self._log, self._vouchers, self._findings = log, vouchers, findings
        self._kept: dict[int, set[bytes]] = {}
        for each in vouchers.kept:
            stated = read_checkpoint(each, log).checkpoint
            self._kept.setdefault(stated.size, set()).add(stated.root)
        self._unseen = set(self._kept)
        self._first: int | None = None
        self._last = 0
        self._stamp: Stamp | None = None
        self._agreed = 0
        """Entries up to which the tree is known to be what others have kept, or what the chain has."""
        self._broken = self._kept_broken = False
        self._cosigned = dict.fromkeys((each.name for each in vouchers.witnesses), 0)
        self._time_ms = 0
        self._offset_ms = 0
        self.checkpoints = self.closes = self.cosignatures = self.tokens = 0
        """Of what holds: checkpoints, Ticks behind one of exactly their size, cosignatures, tokens."""
        self._unchecked_closes = self._late_closes = self._without_token = 0

    def entry(self, entry: Entry) -> None:
        """Take the next entry. A Tick needs a checkpoint of all before it, once the file has begun to have any."""
        command = entry.command
        if isinstance(command, Tick):
            self._close(entry)
        self._time_ms = entry.time_ms - self._offset_ms
        if isinstance(command, JumpClock) and isinstance(entry.answer, Accepted):
            self._offset_ms += command.to_ms - entry.time_ms  # from here on the venue's time is so far ahead

    def _close(self, entry: Entry) -> None:
        if self._first is None:
            self._unchecked_closes += 1
        elif self._last != entry.entry:
            found = f"the last one before it is of {self._last} entries"
            with self._findings.following():
                self._findings.add("AUDIT-CLOSE-CHECKPOINT", found, entry=entry.entry)
        else:
            self.closes += 1
            close_ms = entry.time_ms - self._offset_ms
            self._late_closes += self._stamp is None or self._stamp.time_ms - close_ms > LATE_MS

    def line(self, line: CheckpointLine, tree: TreeCheck) -> None:
        """Take a checkpoint where it stands: behind the seal of the last entry that is in it."""
        place = (min(self._last, max(0, tree.size - 1)), max(0, tree.size - 1))
        try:
            seen = read_checkpoint(line.note.encode(), self._log)
        except (NoteRefused, UnicodeEncodeError) as refused:
            self._findings.add("AUDIT-CHECKPOINT", str(refused), interval=place)
            return
        stated = seen.checkpoint
        self._first = stated.size if self._first is None else self._first
        if stated.size != tree.size or tree.unsealed or stated.size <= self._last:
            found = f"one of {stated.size} entries behind {tree.size}"
            # Either it was moved, or the entries that it speaks of are not there.
            interval = (place[0], max(place[1], stated.size - 1))
            self._findings.add("AUDIT-CHECKPOINT-PLACE", found, interval=interval)
            return
        if stated.root != tree.root:
            if not self._broken:  # every root behind the first that differs does so as well
                self._broken = True
                self._differs("AUDIT-CHECKPOINT-ROOT", stated.size, since=self._last)
            self._last = stated.size
            return
        self._last = stated.size
        self.checkpoints += 1
        self._unseen.discard(stated.size)
        self._cosignatures(seen.note, stated.size)
        self._token(line, seen.note, stated.size)

    def kept(self, tree: TreeCheck) -> None:
        """Hold the tree as it stands against what others have kept of this size."""
        kept = self._kept.get(tree.size)
        if kept is None or self._kept_broken:
            return
        # Not what the file has of its own: whoever rewrote it has signed that.
        since = max(self._agreed, tree.anchored)
        if any(each != tree.root for each in kept):
            self._kept_broken = True
            self._differs("AUDIT-CHECKPOINT-KEPT", tree.size, since=since)
        else:
            self._agreed = tree.size

    def finish(self, size: int, header: Header | None) -> None:
        """The file has ended: what others have kept and it does not have is gone."""
        may_have = header is not None and header.format > 1
        for gone in sorted(self._unseen):
            if gone > size:
                self._findings.add("AUDIT-CHECKPOINT-KEPT", f"of {gone} entries", interval=(size, gone - 1))
            elif may_have and not (self._broken or self._kept_broken):
                self._findings.add("AUDIT-CHECKPOINT-GONE", f"of {gone} entries", entry=max(0, gone - 1))

    def notes(self, size: int) -> dict[str, int]:
        """What was not checked, by code."""
        timestamp = self._vouchers.timestamp is not None
        cosigned = min(self._cosigned.values(), default=0)
        return {
            "NO-CHECKPOINTS": size if self._first is None else 0,
            "CLOSES-UNCHECKED": self._unchecked_closes,
            "AFTER-LAST-CHECKPOINT": 0 if self._first is None else size - min(self._last, size),
            "NO-WITNESS": 0 if self._cosigned else self.checkpoints,
            "NOT-COSIGNED": size - cosigned if self._cosigned and self._first is not None else 0,
            "NO-TIMESTAMP": 0 if timestamp else self.checkpoints,
            "NOT-STAMPED": self._without_token if timestamp else 0,
            "CLOSES-STAMPED-LATE": self._late_closes if timestamp else 0,
            "WHO-VOUCHES": int(self.cosignatures + self.tokens > 0),
        }

    def _differs(self, code: str, size: int, *, since: int) -> None:
        interval = (max(0, min(since, size - 1)), max(0, size - 1))
        self._findings.add_root(code, f"of {size} entries", interval)

    def _cosignatures(self, note: Note, size: int) -> None:
        for witness in self._vouchers.witnesses:
            try:
                found = cosignatures(note, [witness])
            except NoteRefused:
                detail = f"{witness.name}, of {size} entries"
                self._findings.add("AUDIT-COSIGNATURE", detail, entry=max(0, size - 1))
                continue
            if found:
                self.cosignatures += 1
                self._cosigned[witness.name] = size

    def _token(self, line: CheckpointLine, note: Note, size: int) -> None:
        self._stamp = None
        self._without_token += not line.token
        if self._vouchers.timestamp is None or not line.token:
            return
        entry = max(0, size - 1)
        try:
            token = base64.b64decode(line.token, validate=True)
            same = base64.b64encode(token).decode() == line.token  # no other text may mean the same bytes
            stamp = verify_token(token if same else b"", as_signed(note, self._log), self._vouchers.timestamp)
        except (TokenRefused, binascii.Error) as refused:
            imprint = isinstance(refused, TokenRefused) and refused.code == "TOKEN-IMPRINT"
            code = "AUDIT-TOKEN-OTHER" if imprint else "AUDIT-TOKEN"
            self._findings.add(code, f"of {size} entries: {refused}", entry=entry)
            return
        if stamp.time_ms + (stamp.accuracy_ms or 0) + CLOCKS_MS < self._time_ms:
            found = f"dated {stamp.time_ms}, its last entry {self._time_ms}"
            self._findings.add("AUDIT-TOKEN-TIME", found, entry=entry)
            return
        self._stamp = stamp
        self.tokens += 1


def lost_since(older: CheckpointLine, newer: CheckpointLine | None, log_name: str) -> str:
    """What a later copy of a checkpoint has lost or has otherwise; empty where it has only gained.

    Cosignatures and the token come after the checkpoint was signed, and never go.

    Raises:
        NoteRefused: NOTE-MALFORMED: one of them is no checkpoint.
    """
    if newer is None:
        return "the checkpoint"
    if signed_part(older, log_name) != signed_part(newer, log_name):
        return "what was signed of it"
    vouched = (
        {(each.name, each.key_id) for each in read_note(line.note.encode()).signatures}
        for line in (older, newer)
    )
    if not next(vouched) <= next(vouched):
        return "a cosignature"
    return "its token" if older.token and not newer.token else ""


def signed_part(line: CheckpointLine, log_name: str) -> str:
    """What a log has signed of a checkpoint, and under which line: the same in every copy, whoever cosigned since.

    Raises:
        NoteRefused: NOTE-MALFORMED.
    """
    note = read_note(line.note.encode())
    own = tuple(each for each in note.signatures if each.name == log_name)
    return Note(note.text, own).to_bytes().decode()
