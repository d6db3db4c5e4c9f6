"""The simulated office's register, its filings and its notices, in one store.

Every method is called inside a transaction. Each change of an entry raises its version by one and gives a
notice; the calendar changes entries as well (fee grace, lapse, expiry, the end of a freeze). Times are
milliseconds UTC, dates the office's own (UTC+8).
"""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import msgspec

from exchange import canonical
from ledger.office import WHOLE, Filing, NoticeKind, RegisterContent, filing_digest
from ledger.secp256k1 import sign
from scripts.simulated.examination import GROUNDS, applied, examine
from scripts.simulated.papers import decision_paper, office_date, title_of
from scripts.simulated.service import Problem

if TYPE_CHECKING:
    from sqlite3 import Row

    from scripts.simulated.faults import Faults
    from scripts.simulated.store import Store

STANDING_PATENTS = frozenset({"application", "granted", "invalidity_decided"})
"""What the calendar brings fees and expiry to."""
SCHEMA = (
    """CREATE TABLE IF NOT EXISTS entry (
        right_id TEXT PRIMARY KEY,
        content TEXT NOT NULL,
        version INTEGER NOT NULL,
        next_date TEXT NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS entry_next_date ON entry (next_date)",
    """CREATE TABLE IF NOT EXISTS filing (
        number INTEGER PRIMARY KEY,
        filing_id TEXT NOT NULL UNIQUE,
        right_id TEXT NOT NULL REFERENCES entry,
        content TEXT NOT NULL,
        digest TEXT NOT NULL,
        state TEXT NOT NULL,
        reason TEXT,
        proof BLOB,
        register_version INTEGER,
        received_ms INTEGER NOT NULL,
        due_ms INTEGER NOT NULL,
        decided_ms INTEGER,
        other_ground INTEGER NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS filing_due ON filing (state, due_ms)",
    """CREATE TABLE IF NOT EXISTS notice (
        notice_id INTEGER PRIMARY KEY AUTOINCREMENT,
        kind TEXT NOT NULL,
        right_id TEXT NOT NULL,
        filing_id TEXT,
        reason TEXT,
        register_version INTEGER NOT NULL,
        time_ms INTEGER NOT NULL
    )""",
)
_TAKE_FILING = """
    INSERT INTO filing (filing_id, right_id, content, digest, state, received_ms, due_ms, other_ground)
    VALUES (?, ?, ?, ?, 'received', ?, ?, ?)"""
_CLOSE_FILING = """
    UPDATE filing SET state = ?, reason = ?, proof = ?, register_version = ?, decided_ms = ?
    WHERE number = ?"""
_GIVE_NOTICE = """
    INSERT INTO notice (kind, right_id, filing_id, reason, register_version, time_ms)
    VALUES (?, ?, ?, ?, ?, ?)"""
_GRACE_DAYS = 183  # six months (Patent Law Rules, Rule 98), counted in days here
_MOST_TURNS = 5  # a release, a grace period, a lapse and an expiry, and the look that finds nothing more
_NEVER = "9999-12-31"


class Register:
    """The office's books."""

    def __init__(self, store: Store, faults: Faults) -> None:
        self._store = store
        self._faults = faults

    def enter(self, content: RegisterContent, now_ms: int) -> bool:
        """Enter a right; False if it is there already, whatever became of it.

        Raises:
            Problem: 422 `ENTRY-MALFORMED` if shares do not add up to the whole or a date is none.
        """
        if sum(holder.share for holder in content.holders) != WHOLE:
            raise Problem(422, "ENTRY-MALFORMED", f"{content.right_id}: give shares that add up to {WHOLE}")
        try:
            follows = _next_date(content, "")
        except ValueError as error:
            raise Problem(
                422, "ENTRY-MALFORMED", f"{content.right_id}: give dates of the calendar"
            ) from error
        if self._store.row("SELECT 1 FROM entry WHERE right_id = ?", content.right_id) is not None:
            return False
        self._store.run("INSERT INTO entry VALUES (?, ?, 1, ?)", content.right_id, _text(content), follows)
        self._notify("entered", content.right_id, 1, now_ms)
        return True

    def read(self, right_id: str) -> tuple[RegisterContent, int]:
        """Give an entry and its version.

        Raises:
            Problem: 404 `RIGHT-UNKNOWN`.
        """
        row = self._store.row("SELECT * FROM entry WHERE right_id = ?", right_id)
        if row is None:
            raise Problem(404, "RIGHT-UNKNOWN", "ask for a right that stands in this register")
        return msgspec.json.decode(row["content"], type=RegisterContent), int(row["version"])

    def change(
        self, content: RegisterContent, kind: NoticeKind, now_ms: int, *, filing_id: str | None = None
    ) -> int:
        """Replace an entry, give notice and return its new version."""
        _, version = self.read(content.right_id)
        self._store.run(
            "UPDATE entry SET content = ?, version = ?, next_date = ? WHERE right_id = ?",
            _text(content),
            version + 1,
            _next_date(content, ""),
            content.right_id,
        )
        self._notify(kind, content.right_id, version + 1, now_ms, filing_id=filing_id)
        return version + 1

    def copy(self, right_id: str, now_ms: int) -> dict[str, Any]:
        """Give the register copy of a right, not signed yet.

        Raises:
            Problem: 404 `RIGHT-UNKNOWN`.
        """
        content, version = self.read(right_id)
        return {
            "type": "office.register_copy",
            **msgspec.to_builtins(content),
            "version": version,
            "as_of_ms": now_ms,
        }

    def file(self, filing: Filing, now_ms: int) -> dict[str, Any]:
        """Take a filing once and give its outcome so far.

        Raises:
            Problem: 404 `RIGHT-UNKNOWN`, 409 `FILING-CONFLICT`.
        """
        digest = filing_digest(filing)
        known = self._store.row("SELECT digest FROM filing WHERE filing_id = ?", filing.filing_id)
        if known is not None:
            if known["digest"] != digest:
                raise Problem(409, "FILING-CONFLICT", "use another filing_id for another filing")
            return self.outcome(filing.filing_id)
        self.read(filing.right_id)
        self._store.run(
            _TAKE_FILING,
            filing.filing_id,
            filing.right_id,
            _text(filing),
            digest,
            now_ms,
            now_ms + self._faults.decided_after_ms(),
            self._faults.draw("refuse") is not None,
        )
        self.catch_up(now_ms)
        return self.outcome(filing.filing_id)

    def outcome(self, filing_id: str) -> dict[str, Any]:
        """Tell where a filing stands, not signed yet.

        Raises:
            Problem: 404 `FILING-UNKNOWN`.
        """
        row = self._filing(filing_id)
        filing = msgspec.json.decode(row["content"], type=Filing)
        proof: bytes | None = row["proof"]
        digest = None if proof is None else sha256(proof).digest()
        return {
            "type": "office.filing_outcome",
            "filing_id": filing_id,
            "kind": filing.kind,
            "right_id": filing.right_id,
            "package_digest": row["digest"],
            "state": row["state"],
            "reason": row["reason"],
            "cure": None if row["reason"] is None else GROUNDS[row["reason"]].cure,
            "proof_title": None if proof is None else title_of(filing.kind, row["reason"]),
            "proof_sha256": None if digest is None else digest.hex(),
            "proof_signature": None if digest is None else sign(digest, self._store.key),
            "register_version": row["register_version"],
            "received_ms": row["received_ms"],
            "decided_ms": row["decided_ms"],
        }

    def proof(self, filing_id: str) -> bytes:
        """Give the paper about a decided filing.

        Raises:
            Problem: 404 `FILING-UNKNOWN`, 409 `FILING-UNDECIDED`.
        """
        proof: bytes | None = self._filing(filing_id)["proof"]
        if proof is None:
            raise Problem(409, "FILING-UNDECIDED", "wait until the office has decided")
        return proof

    def notices(self, after: int, limit: int) -> list[dict[str, Any]]:
        """Give the notices that follow a number, not signed yet."""
        rows = self._store.rows(
            "SELECT * FROM notice WHERE notice_id > ? ORDER BY notice_id LIMIT ?", after, limit
        )
        return [{"type": "office.notice", **dict(row)} for row in rows]

    def catch_up(self, now_ms: int) -> None:
        """Do what the calendar asks for, and decide what has fallen due, in the order of due times."""
        self._follow_calendar(now_ms)
        due = "SELECT * FROM filing WHERE state = 'received' AND due_ms <= ? ORDER BY due_ms, number"
        for row in self._store.rows(due, now_ms):
            self._decide(row, now_ms)

    def _decide(self, row: Row, now_ms: int) -> None:
        filing = msgspec.json.decode(row["content"], type=Filing)
        content, version = self.read(filing.right_id)
        today = office_date(now_ms)
        reason = examine(content, filing, today) or ("OTHER-GROUND" if row["other_ground"] else None)
        if reason is None:
            content = applied(content, filing, today)
            version = self.change(content, "filing_confirmed", now_ms, filing_id=filing.filing_id)
        else:
            self._notify(
                "filing_refused", filing.right_id, version, now_ms, filing_id=filing.filing_id, reason=reason
            )
        self._store.run(
            _CLOSE_FILING,
            "confirmed" if reason is None else "refused",
            reason,
            decision_paper(filing, content, version, reason=reason, decided_ms=now_ms),
            version,
            now_ms,
            row["number"],
        )

    def _follow_calendar(self, now_ms: int) -> None:
        today = office_date(now_ms)
        for row in self._store.rows(
            "SELECT right_id FROM entry WHERE next_date <= ? ORDER BY right_id", today
        ):
            content, _ = self.read(row["right_id"])
            for _ in range(_MOST_TURNS):
                turned = _turned(content, today)
                if turned is None:
                    break
                kind, content = turned
                self.change(content, kind, now_ms)
            self._store.run(
                "UPDATE entry SET next_date = ? WHERE right_id = ?",
                _next_date(content, today),
                content.right_id,
            )

    def _filing(self, filing_id: str) -> Row:
        row = self._store.row("SELECT * FROM filing WHERE filing_id = ?", filing_id)
        if row is None:
            raise Problem(404, "FILING-UNKNOWN", "hand over the filing first")
        return row

    def _notify(  # noqa: PLR0913  # what a notice tells
        self,
        kind: NoticeKind,
        right_id: str,
        version: int,
        now_ms: int,
        *,
        filing_id: str | None = None,
        reason: str | None = None,
    ) -> None:
        self._store.run(
            _GIVE_NOTICE,
            kind,
            right_id,
            filing_id,
            reason,
            version,
            now_ms,
        )


def _turned(content: RegisterContent, today: str) -> tuple[NoticeKind, RegisterContent] | None:
    """Give the next change that the calendar brings to an entry by this day, or None."""
    replace = msgspec.structs.replace
    over = tuple(freeze for freeze in content.freezes if freeze.until is not None and freeze.until < today)
    if over:
        return "released", replace(content, freezes=tuple(f for f in content.freezes if f not in over))
    if content.status not in STANDING_PATENTS:
        return None
    if content.expiry_date is not None and content.expiry_date < today:
        return "expired", replace(content, status="expired", grace=False)
    if content.fee_paid_until is not None and content.fee_paid_until < today:
        if _after(content.fee_paid_until, _GRACE_DAYS) < today:
            # An application whose fees stay unpaid is deemed withdrawn; a right that was granted lapses.
            end: NoticeKind = "refused" if content.status == "application" else "lapsed"
            return end, replace(content, status=end, grace=False)
        if not content.grace:
            return "fee_grace", replace(content, grace=True)
    return None


def _next_date(content: RegisterContent, today: str) -> str:
    """Give the first day after `today` on which the calendar may change this entry."""
    days = [_after(freeze.until, 1) for freeze in content.freezes if freeze.until is not None]
    if content.status in STANDING_PATENTS:
        if content.expiry_date is not None:
            days.append(_after(content.expiry_date, 1))
        if content.fee_paid_until is not None:
            days += [_after(content.fee_paid_until, 1), _after(content.fee_paid_until, _GRACE_DAYS + 1)]
    return min((day for day in days if day > today), default=_NEVER)


def _after(day: str, days: int) -> str:
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def _text(content: msgspec.Struct) -> str:
    return canonical.encode(msgspec.to_builtins(content)).decode()
