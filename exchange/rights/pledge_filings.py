"""What goes to the patent office for a pledge drawn up here, through its adapter or by hand, and what it decides.

A refusal gives what stood before. A confirmation moves nothing: the register copy that follows it does.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange.bounds import SIGNATURE, require_text
from exchange.calendar import venue_date
from exchange.commands import (
    ConfirmPledgeFiling,
    FilePledge,
    FilingKind,
    HandInPledge,
    RecordPledgeRefusal,
    RefusePledgeFiling,
)
from exchange.deals.filing import filed_at, require_outcome_of, take_proof
from exchange.events import PledgeFilingDecided
from exchange.rights.pledge_contracts import (
    CO_OWNERS_SINCE_ENGINE,
    FILED_AS,
    REFUSED_BACK_TO,
    change_contract,
    co_owners_agree,
    contract_of,
    pledge_may_be_registered,
    pledgor_agrees,
    require_digest,
    require_step,
)
from exchange.rows import FiledPledge, Filing, PledgeContract, Right
from exchange.rules import patent_law, pledge_law, working_days
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms import pledge_package
from exchange.turn import Handlers, Result, Turn

WORKING_DAYS_AT_OFFICE = 3
"""At the office's window for pledges; Announcement 461 says five [M]."""
_FILING_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def file(turn: Turn, command: FilePledge) -> Result:
    """The application went to an office without an adapter; it decides within three working days."""
    contract = contract_of(turn.state, command.pledge_id)
    require_step(contract, "file")
    require_text("filing_id", command.filing_id)
    require_digest("package_digest", command.package_digest)
    _may_be_filed(turn, contract, "pledge")
    contract.filing_id, contract.package_digest = command.filing_id, command.package_digest
    contract.refused_for = ""
    _office_decides(turn, contract)
    change_contract(turn, contract, "file", "file_pledge")
    return {"pledge_id": contract.id, "state": contract.state}


def hand_in(turn: Turn, command: HandInPledge) -> Result:
    """What is asked of the office now goes there: registration, change or discharge, a filing for each right."""
    state = turn.state
    contract = contract_of(state, command.pledge_id)
    kind = FILED_AS.get(contract.state)
    if kind is None or contract.filings:
        refuse(rules.WRONG_STATE, pledge_id=contract.id, state=contract.state, step="hand_in")
    if not _FILING_ID.fullmatch(command.filing_id):
        refuse(rules.MALFORMED, field="filing_id")
    require_digest("document_digest", command.document_digest)
    rights = _may_be_filed(turn, contract, kind)
    filings = [
        _filing(turn, contract, kind, right, f"{command.filing_id}.{number}", command.document_digest)
        for number, right in enumerate(rights, 1)
    ]
    for filing in filings:
        if filing.id in state.filings:
            refuse(rules.FILING_ID_TAKEN, filing_id=filing.id)
    for filing in filings:
        state.add(filing)
    contract.filing_id, contract.package_digest = command.filing_id, ""
    contract.refused_for = ""
    _office_decides(turn, contract)
    if kind == "pledge":
        change_contract(turn, contract, "file", "hand_in_pledge")
    contract.filings = {filing.id: "" for filing in filings}
    state.touch(contract)
    return {"pledge_id": contract.id, "state": contract.state, "filing_id": contract.filing_id}


def filing_confirmed(turn: Turn, command: ConfirmPledgeFiling) -> Result:
    """The office has entered it on one right; its register copy says so, and moves the pledge."""
    return _decided(turn, command, "")


def filing_refused(turn: Turn, command: RefusePledgeFiling) -> Result:
    """The office refuses one right; when all have been decided, what stood before stands on."""
    require_text("reason_code", command.reason_code)
    return _decided(turn, command, command.reason_code)


def office_refused(turn: Turn, command: RecordPledgeRefusal) -> Result:
    """An office without an adapter has refused what was asked of it last: what stood before stands on."""
    contract = contract_of(turn.state, command.pledge_id)
    require_step(contract, "office_refused")
    if contract.filings:
        refuse(rules.WRONG_STATE, pledge_id=contract.id, state=contract.state, filing_id=contract.filing_id)
    require_text("reason_code", command.reason_code)
    require_digest("document_digest", command.document_digest)
    _refused(turn, contract, command.reason_code, command.document_digest)
    return {"pledge_id": contract.id, "state": contract.state}


def _may_be_filed(turn: Turn, contract: PledgeContract, kind: FilingKind) -> list[Right]:
    """The rights that it is still to reach, with the grounds on which the office would refuse them."""
    state = turn.state
    if kind == "pledge":
        rights = [state.rights[each] for each in contract.rights if each not in contract.numbers]
        pledge_may_be_registered(turn, contract.pledgor, rights, contract.terms, contract.id)
        return rights
    rights = [state.rights[each] for each in contract.rights if each in contract.numbers]
    if kind == "pledge_change":
        if state.venue.engine >= CO_OWNERS_SINCE_ENGINE:
            pledgor_agrees(state, contract)
        rights = [right for right in rights if right.id not in contract.changed_on]
        for right in rights:
            patent_law.right_is_not_frozen(right)
            if state.venue.engine >= CO_OWNERS_SINCE_ENGINE:
                co_owners_agree(state, right, contract.id)
            pledge_law.debt_ends_with_the_right(right, contract.change or contract.terms)
    for right in rights:
        if not _register_number(contract, right):
            refuse(rules.FACT_MISSING, fact="register_number", right_id=right.id, supplier="register_copy")
    return rights


def _filing(  # noqa: PLR0913 - what a filing follows from
    turn: Turn, contract: PledgeContract, kind: FilingKind, right: Right, filing_id: str, document: str
) -> Filing:
    state = turn.state
    asked = contract.change or contract.terms
    number = contract.id if kind == "pledge" else _register_number(contract, right)
    holders = tuple(each.company_number for each in right.holder_of_record)
    filing = Filing(
        id=filing_id,
        deal_id="",
        filing_kind=kind,
        right_id=right.id,
        package=pledge_package.digests_of(state, contract, kind, right, document),
        from_holders=holders,
        to_holders=(),
        to_jurisdiction="CN",
        licence=None,
        pledge_id=contract.id,
        filed_ms=filed_at(state),
    )
    if kind == "discharge":
        filing.discharged_pledge_id = number
    else:
        filing.pledge = FiledPledge(
            pledge_id=number,
            pledgee=state.parties[contract.pledgee].company_number,
            sum_minor=asked.amount,
            currency=asked.currency,
            kind=asked.kind,
            debt_term_ends_on=venue_date(asked.ends_ms - 1).isoformat(),
        )
    return filing


def _register_number(contract: PledgeContract, right: Right) -> str:
    """The register's own number of the pledge on this right; empty where its copy carries none."""
    shown = zip(right.pledge_numbers, right.pledges, strict=True)
    return next(
        (pledge.register_number for number, pledge in shown if number == contract.numbers[right.id]), ""
    )


def _decided(turn: Turn, command: ConfirmPledgeFiling | RefusePledgeFiling, reason_code: str) -> Result:
    """Take the office's paper; a pledge that register or office have moved on meanwhile is not moved by it."""
    state = turn.state
    require_digest("proof_digest", command.proof_digest)
    if not SIGNATURE.fullmatch(command.proof_signature):
        refuse(rules.MALFORMED, field="proof_signature")
    filing = state.filings.get(command.filing_id)
    if filing is None or filing.pledge_id != command.pledge_id:
        refuse(rules.PROOF_DIFFERS, pledge_id=command.pledge_id, filing_id=command.filing_id)
    if filing.proof_digest:
        refuse(rules.PROOF_KNOWN, filing_id=filing.id, proof_digest=filing.proof_digest)
    require_outcome_of(turn, filing, pledge_id=command.pledge_id)
    take_proof(state, filing, command.proof_digest)
    outcome = "refused" if reason_code else "confirmed"
    turn.emit(
        PledgeFilingDecided(
            pledge_id=command.pledge_id,
            filing_id=filing.id,
            right_id=filing.right_id,
            outcome="refused" if reason_code else "confirmed",
            reason_code=reason_code,
        )
    )
    contract = state.pledge_contracts.get(command.pledge_id)
    if contract is not None and filing.id in contract.filings:
        contract.filings[filing.id] = outcome
        contract.refused_for = contract.refused_for or reason_code
        if reason_code:
            contract.document_digest = command.proof_digest
        state.touch(contract)
        if "" not in contract.filings.values() and contract.refused_for:
            _refused(turn, contract, contract.refused_for, contract.document_digest)
    return {"pledge_id": command.pledge_id, "filing_id": filing.id, "outcome": outcome}


def _refused(turn: Turn, contract: PledgeContract, reason_code: str, document_digest: str) -> None:
    contract.document_digest, contract.refused_for = document_digest, reason_code
    contract.office_due_ms = contract.asked_ms = contract.change = None
    contract.changed_on = ()
    stood, contract.stood = contract.stood, UNSET
    event = "office_refused" if stood is UNSET else REFUSED_BACK_TO.get(stood, "office_refused")
    change_contract(turn, contract, event, reason_code)


def _office_decides(turn: Turn, contract: PledgeContract) -> None:
    office = turn.state.rights[contract.rights[0]].office
    contract.office_due_ms = working_days.end_of(
        turn.state.venue, turn.time_ms, WORKING_DAYS_AT_OFFICE, office
    )


HANDLERS: Handlers = {
    FilePledge: file,
    HandInPledge: hand_in,
    ConfirmPledgeFiling: filing_confirmed,
    RefusePledgeFiling: filing_refused,
    RecordPledgeRefusal: office_refused,
}
