"""The evidence desk 存证: digests of documents, with a party, a time and a place in the journal.

No document is ever sent here. What one party has lodged bars no other from lodging the same: both stand with their
times, and who came first is a matter of the entries' numbers.
"""

from __future__ import annotations

import re

from exchange.calendar import MS_PER_DAY, MS_PER_MINUTE
from exchange.commands import EvidenceTerms, LodgeEvidence
from exchange.events import EvidenceLodged
from exchange.indexes import number_of
from exchange.parties import active_actor
from exchange.rows import Deadline, Evidence
from exchange.rules import auction_law
from exchange.rules import evidence as desk_rules
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.sealed import commitment
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 4
MOST_EVIDENCE = 10_000
"""Of one party, of those that were lodged within `KEPT_MS`."""
KEPT_MS = 366 * MS_PER_DAY
"""So long a deposit stays in memory, where a second one of the same party is noticed."""
DESCRIPTION_LABEL = "description"
DOCUMENT_LABEL = "document"
"""Of the commitment to the digests."""
SUBJECTS = ("right", "listing", "deal")
"""Kinds of rows that evidence can be about."""
REST = "evidence_rest"
_DIGEST = re.compile(r"[0-9a-f]{64}")


def lodge_evidence(turn: Turn, command: LodgeEvidence) -> Result:
    """A verified party lodges a digest; the entry's time is its time."""
    state = turn.state
    party = active_actor(turn)
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    terms = turn.request.terms
    if not isinstance(terms, EvidenceTerms):
        turn.fault("evidence without terms was authorised")
    _check(state, command, terms)
    own = state.lodged.evidence_of.get(party.id, {})
    standing = own.get(terms.sha256)
    if standing is not None:
        first = state.evidence[standing]
        refuse(desk_rules.EVIDENCE_STANDS, evidence_id=first.id, lodged_ms=first.lodged_ms)
    if len(own) >= MOST_EVIDENCE:
        refuse(desk_rules.EVIDENCE_FULL, party_id=party.id, most=MOST_EVIDENCE)
    evidence = Evidence(
        id=state.next_id("EV"),
        party_id=party.id,
        sha256=terms.sha256,
        sm3=terms.sm3,
        document=command.document,
        document_salt=terms.document_salt,
        evidence_kind=terms.kind,
        subject_id=terms.subject_id,
        lodged_ms=turn.time_ms,
    )
    state.add(evidence)
    if f"{REST}:{party.id}" not in state.deadlines:
        state.set_deadline(REST, party.id, rests_ms(turn.time_ms), venue_clock=False)
    turn.emit(EvidenceLodged(evidence_id=evidence.id, party_id=party.id, subject_id=evidence.subject_id))
    return {"evidence_id": evidence.id}


def document_commitment(sha256: str, sm3: str | None, salt: str) -> str:
    """The commitment (hex) to a document's digests under a salt (32 bytes, hex)."""
    return commitment(DOCUMENT_LABEL, bytes.fromhex(salt), {"sha256": sha256, "sm3": sm3}).hex()


def rests_ms(lodged_ms: int) -> int:
    """When a deposit leaves memory (ms UTC): on a whole minute, so that many of one minute go together."""
    return -(-(lodged_ms + KEPT_MS) // MS_PER_MINUTE) * MS_PER_MINUTE


def evidence_rest(turn: Turn, deadline: Deadline) -> None:
    """A party's deposits that are old enough leave memory; one clock a party serves all of them."""
    state, party_id = turn.state, deadline.subject_id
    rows = [state.evidence[each] for each in state.lodged.evidence_of[party_id].values()]
    rows.sort(key=lambda row: number_of(row.id))
    for row in rows:
        if rests_ms(row.lodged_ms) > turn.time_ms:
            state.set_deadline(REST, party_id, rests_ms(row.lodged_ms), venue_clock=False)
            return
        state.archive(row)


def _check(state: State, command: LodgeEvidence, terms: EvidenceTerms) -> None:
    for field, value in (
        ("sha256", terms.sha256),
        ("sm3", terms.sm3),
        ("document_salt", terms.document_salt),
    ):
        if value is not None and not _DIGEST.fullmatch(value):
            refuse(rules.MALFORMED, field=field)
    if DESCRIPTION_LABEL not in command.erasable:
        refuse(rules.FACT_MISSING, fact=DESCRIPTION_LABEL, supplier="party")
    if command.document != document_commitment(terms.sha256, terms.sm3, terms.document_salt):
        refuse(desk_rules.DOCUMENT_DIFFERS)
    if terms.subject_id and not _is_known(state, terms.subject_id):
        refuse(rules.UNKNOWN_ID, kind="subject", id=terms.subject_id[:64])


def _is_known(state: State, subject_id: str) -> bool:
    """Whether it is in memory, or a listing that has left it and whose records are still kept."""
    kept = f"{auction_law.RETENTION_END}:{subject_id}" in state.deadlines
    return kept or any(subject_id in state.rows[kind] for kind in SUBJECTS)


HANDLERS: Handlers = {LodgeEvidence: lodge_evidence}
DEADLINES = {REST: evidence_rest}
