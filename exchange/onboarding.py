"""How a company comes to act here and leaves again: one transition table, its papers, and its affiliations."""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange import keys, leaving
from exchange.bounds import require_moment
from exchange.commands import (
    ApproveParty,
    CloseParty,
    EndAffiliation,
    Paper,
    RecordAffiliation,
    SuspendParty,
    VerificationTerms,
    VerifyParty,
)
from exchange.events import (
    AffiliationEnded,
    AffiliationRecorded,
    PartyApproved,
    PartyClosed,
    PartySuspended,
    PartyVerified,
)
from exchange.listings import order_life, parting
from exchange.parties import party_of
from exchange.rows import Party
from exchange.rules import credit, onboarding
from exchange.rules import venue as rules
from exchange.rules.onboarding import SINCE_ENGINE
from exchange.rules.rule import refuse
from exchange.transitions import Table, require_step, take_step
from exchange.turn import Handlers, Result, Turn

TRANSITIONS: Table = {
    ("APPLIED", "verify"): "VERIFIED",
    ("VERIFIED", "verify"): "VERIFIED",
    ("ACTIVE", "verify"): "ACTIVE",
    ("SUSPENDED", "verify"): "SUSPENDED",
    ("VERIFIED", "approve"): "ACTIVE",
    ("SUSPENDED", "approve"): "ACTIVE",
    ("ACTIVE", "suspend"): "SUSPENDED",
    ("ACTIVE", "close"): "CLOSED",
    ("SUSPENDED", "close"): "CLOSED",
}
"""Newer papers of an approved company change no state. An applicant is not closed: its application reserves nothing. A
company that has left applies anew, with another key.
"""
WITHOUT_PAPERS: Table = TRANSITIONS | {("APPLIED", "approve"): "ACTIVE"}
"""Before engine version 5."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def verify_party(turn: Turn, command: VerifyParty) -> Result:
    """Papers are on record; an applicant of whom none lacks, and whom no list of sanctions names, is VERIFIED."""
    _require_version(turn)
    party = party_of(turn.state, command.party_id)
    terms = turn.request.terms
    if not isinstance(terms, VerificationTerms):
        turn.fault("a verification without papers was authorised")
    _check_papers(turn, terms.papers)
    kept = {paper.paper: paper for paper in onboarding.on_record(party)}
    if any(paper.dated_ms < kept.get(paper.paper, paper).dated_ms for paper in terms.papers):
        refuse(rules.MALFORMED, field="dated_ms")  # what stands on record is newer
    kept |= {paper.paper: paper for paper in terms.papers}
    papers = tuple(kept[kind] for kind in onboarding.PAPERS if kind in kept)
    onboarding.papers_are_complete(party, papers, turn.time_ms)
    credit.party_is_not_sanctioned(turn.state, party, turn.time_ms)
    take_step(TRANSITIONS, party, "verify")
    party.papers = papers
    turn.state.touch(party)
    turn.emit(PartyVerified(party_id=party.id, papers=tuple(paper.paper for paper in terms.papers)))
    return {"party_id": party.id, "state": party.state}


def _check_papers(turn: Turn, papers: tuple[Paper, ...]) -> None:
    if not papers or len({paper.paper for paper in papers}) != len(papers):
        refuse(rules.MALFORMED, field="papers")
    for paper in papers:
        if not _DIGEST.fullmatch(paper.digest):
            refuse(rules.MALFORMED, field="digest")
        require_moment("dated_ms", paper.dated_ms)
        if paper.dated_ms > turn.time_ms:
            refuse(rules.MALFORMED, field="dated_ms")
        if paper.valid_until_ms is not None:
            require_moment("valid_until_ms", paper.valid_until_ms)
        if paper.nominee is not UNSET and paper.paper != "beneficial_owners":
            refuse(rules.MALFORMED, field="nominee")


def approve_party(turn: Turn, command: ApproveParty) -> Result:
    """A company may act: its papers are on record, and its number is this party's by now."""
    state = turn.state
    party = party_of(state, command.party_id)
    checks_papers = state.venue.engine >= SINCE_ENGINE
    if party.state == "ACTIVE":
        refuse(rules.WRONG_STATE, party_id=party.id, state=party.state)
    if not party.authorisation_letter:
        refuse(rules.FACT_MISSING, fact="authorisation_letter", party_id=party.id, supplier="applicant")
    if checks_papers:
        onboarding.papers_are_complete(party, onboarding.on_record(party), turn.time_ms)
    holder = state.party_by_number.get(party.company_number, party.id)
    if holder != party.id:
        refuse(rules.COMPANY_KNOWN, party_id=party.id, in_the_way=holder)
    credit.party_is_not_sanctioned(state, party, turn.time_ms)
    take_step(TRANSITIONS if checks_papers else WITHOUT_PAPERS, party, "approve")
    state.party_by_number[party.company_number] = party.id
    state.touch(party)
    turn.emit(PartyApproved(party_id=party.id))
    if checks_papers:
        _take_over_affiliations(turn, party)
    keys.bind_waiting(turn, party)
    # With its number comes what a co-owner has consented to under it: its affiliates may bid on that no more.
    has_affiliates = checks_papers and party.affiliates
    ended = parting.part_group(turn, party.id, "approve_party") if has_affiliates else []
    return parting.answered(turn, {"party_id": party.id, "state": party.state}, ended)


def _take_over_affiliations(turn: Turn, party: Party) -> None:
    """A company that has come back is an affiliate of whoever it was when it left."""
    state = turn.state
    former = state.former_by_number.get(party.company_number)
    for affiliate in () if former is None else state.parties[former].affiliates:
        if affiliate not in {party.id, *party.affiliates}:
            _affiliate(turn, party, state.parties[affiliate])


def suspend_party(turn: Turn, command: SuspendParty) -> Result:
    """A suspended party only reads and brings its running deals to their end."""
    party = party_of(turn.state, command.party_id)
    if party.state != "ACTIVE":
        refuse(rules.WRONG_STATE, party_id=party.id, state=party.state)
    take_step(TRANSITIONS, party, "suspend")
    turn.state.touch(party)
    turn.emit(PartySuspended(party_id=party.id))
    order_life.lapse_orders_of_party(turn, party.id, "suspend_party")
    return {"party_id": party.id, "state": party.state}


def close_party(turn: Turn, command: CloseParty) -> Result:
    """A company leaves with nothing open. Its number is free again; all that is recorded of it stays."""
    _require_version(turn)
    party = party_of(turn.state, command.party_id)
    require_step(TRANSITIONS, party, "close")
    leaving.nothing_is_open(turn.state, party, turn.time_ms)
    take_step(TRANSITIONS, party, "close")
    del turn.state.party_by_number[party.company_number]
    turn.state.former_by_number[party.company_number] = party.id
    turn.state.touch(party)
    turn.emit(PartyClosed(party_id=party.id))
    return {"party_id": party.id, "state": party.state}


def record_affiliation(turn: Turn, command: RecordAffiliation) -> Result:
    """Two parties are affiliates of one another, as the venue has found."""
    party, affiliate = _pair(turn, command)
    _affiliate(turn, party, affiliate)
    ended = parting.part_affiliates(turn, party.id, affiliate.id)
    return parting.answered(turn, {"party_id": party.id, "affiliate_id": affiliate.id}, ended)


def _affiliate(turn: Turn, party: Party, affiliate: Party) -> None:
    for one, other in ((party, affiliate), (affiliate, party)):
        one.affiliates = tuple(sorted({*one.affiliates, other.id}))
        turn.state.touch(one)
    turn.emit(AffiliationRecorded(party_id=party.id, affiliate_id=affiliate.id))


def end_affiliation(turn: Turn, command: EndAffiliation) -> Result:
    """The venue has found that two parties are affiliates no more; bids that ended for it stay ended."""
    _require_version(turn)
    party, affiliate = _pair(turn, command)
    if affiliate.id not in party.affiliates:
        refuse(rules.UNKNOWN_ID, kind="affiliation", id=affiliate.id)
    for one, other in ((party, affiliate), (affiliate, party)):
        one.affiliates = tuple(each for each in one.affiliates if each != other.id)
        turn.state.touch(one)
    turn.emit(AffiliationEnded(party_id=party.id, affiliate_id=affiliate.id))
    return {"party_id": party.id, "affiliate_id": affiliate.id}


def _pair(turn: Turn, command: RecordAffiliation | EndAffiliation) -> tuple[Party, Party]:
    party = party_of(turn.state, command.party_id)
    affiliate = party_of(turn.state, command.affiliate_id)
    if party.id == affiliate.id:
        refuse(rules.MALFORMED, field="affiliate_id")
    return party, affiliate


def _require_version(turn: Turn) -> None:
    if turn.state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=turn.state.venue.engine)


HANDLERS: Handlers = {
    VerifyParty: verify_party,
    ApproveParty: approve_party,
    SuspendParty: suspend_party,
    CloseParty: close_party,
    RecordAffiliation: record_affiliation,
    EndAffiliation: end_affiliation,
}
