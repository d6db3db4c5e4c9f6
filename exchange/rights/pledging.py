"""Pledges drawn up here, by what their two sides and the operator do: contract, change, discharge, enforcement.

A pledge stands when a register copy shows it and ends when one shows it no more (Civil Code Art. 444). What is sold or
licensed meanwhile needs the pledgee's consent and prepays its debt, as with every registered pledge.
"""

from __future__ import annotations

import msgspec
from msgspec import UNSET

from exchange.bounds import require_moment
from exchange.calendar import MS_PER_DAY
from exchange.commands import (
    ChangePledge,
    DischargePledge,
    DrawUpPledge,
    EnforcePledge,
    PledgeChangeTerms,
    PledgeTerms,
    SignPledge,
    WithdrawPledge,
)
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import active_actor, party_of, with_role
from exchange.rights import pledge_consents, pledge_filings
from exchange.rights.catalogue import right_of
from exchange.rights.pledge_contracts import (
    STOOD_SINCE_ENGINE,
    change_contract,
    contract_digest,
    contract_of,
    end,
    pledge_may_be_registered,
    require_digest,
    require_step,
)
from exchange.rows import Deadline, PledgeContract
from exchange.rules import patent_law, pledge_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_RIGHTS = 16
MOST_CONTRACTS = 16
"""That are not at their end, on one right."""
SIGNED_WITHIN_MS = 30 * MS_PER_DAY


def draw_up(turn: Turn, command: DrawUpPledge) -> Result:
    """A holder offers its rights as security; every ground of refusal that can be checked now is."""
    state = turn.state
    pledgor = active_actor(turn)
    terms = turn.request.terms
    if not isinstance(terms, PledgeTerms):
        turn.fault("a pledge without terms was authorised")
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    pledgee = with_role(party_of(state, command.pledgee), "pledgee")
    if pledgee.id == pledgor.id or pledgee.state != "ACTIVE":
        refuse(rules.MALFORMED, field="pledgee")
    if not 0 < len(set(command.rights)) == len(command.rights) <= MOST_RIGHTS:
        refuse(rules.MALFORMED, field="rights", most=MOST_RIGHTS)
    pledge_law.contract_is_complete(command.erasable, terms, turn.time_ms)
    _check_sum(terms.amount, terms.ends_ms)
    rights = [right_of(state, right_id) for right_id in command.rights]
    for right in rights:
        if len(right.pledge_contracts or ()) >= MOST_CONTRACTS:
            refuse(rules.MALFORMED, field="rights", most=MOST_CONTRACTS)
    pledge_may_be_registered(turn, pledgor.id, rights, terms, "")
    contract = PledgeContract(
        id=state.next_id("PLG"),
        pledgor=pledgor.id,
        pledgee=pledgee.id,
        rights=command.rights,
        terms=terms,
        terms_salt=turn.request.terms_salt,
        contract=command.erasable["contract"],
        drawn_up_ms=turn.time_ms,
    )
    state.add(contract)
    for right in rights:
        right.pledge_contracts = (*(right.pledge_contracts or ()), contract.id)
        state.touch(right)
    change_contract(turn, contract, "draw_up", "draw_up_pledge")
    state.set_deadline("pledge_sign_by", contract.id, turn.time_ms + SIGNED_WITHIN_MS)
    return {"pledge_id": contract.id, "state": contract.state}


def sign(turn: Turn, command: SignPledge) -> Result:
    """The pledgee signs what the pledgor has drawn up: the contract stands, the pledge does not yet."""
    state = turn.state
    contract = _own(turn, command.pledge_id, "pledgee")
    require_step(contract, "sign")
    wanted = contract_digest(contract)
    if command.contract_digest != wanted:
        refuse(
            rules.WRONG_STATE,
            pledge_id=contract.id,
            state=contract.state,
            step="sign",
            contract_digest=wanted,
        )
    rights = [state.rights[each] for each in contract.rights]
    pledge_may_be_registered(turn, contract.pledgor, rights, contract.terms, contract.id)
    state.clear_deadline("pledge_sign_by", contract.id)
    change_contract(turn, contract, "sign", "sign_pledge")
    return {"pledge_id": contract.id, "state": contract.state}


def withdraw(turn: Turn, command: WithdrawPledge) -> Result:
    """A side takes back what is not signed by both; the pledgee a change that it has asked for and nobody handed in."""
    contract = _of_a_side(turn, command.pledge_id)
    if contract.state == "CHANGING" and turn.actor == contract.pledgee:
        return _take_change_back(turn, contract)
    require_step(contract, "withdraw")
    end(turn, contract, "withdraw", "withdraw_pledge")
    return {"pledge_id": contract.id, "state": contract.state}


def change(turn: Turn, command: ChangePledge) -> Result:
    """The pledgee asks for another sum or term: who else it binds consents, and it stands when every right shows it."""
    contract = _own(turn, command.pledge_id, "pledgee")
    require_step(contract, "change")
    terms = turn.request.terms
    if not isinstance(terms, PledgeChangeTerms):
        turn.fault("a change without terms was authorised")
    new = msgspec.structs.replace(contract.terms, amount=terms.amount, ends_ms=terms.ends_ms)
    pledge_law.contract_is_complete(command.erasable, new, turn.time_ms)
    _check_sum(new.amount, new.ends_ms)
    for right_id in contract.rights:
        right = turn.state.rights[right_id]
        patent_law.right_is_not_frozen(right)
        pledge_law.debt_ends_with_the_right(right, new)
    contract.change, contract.asked_ms, contract.changed_on = new, turn.time_ms, ()
    contract.co_owner_consents = UNSET
    _remember_what_stands(turn, contract)
    change_contract(turn, contract, "change", "change_pledge")
    return {"pledge_id": contract.id, "state": contract.state}


def _take_change_back(turn: Turn, contract: PledgeContract) -> Result:
    """What stood before stands on, where whom the change needs does not consent: it binds the pledgee no longer.

    Raises:
        Refusal: WRONG-STATE, since the office has it, or before engine version 5.
    """
    stood = contract.stood
    if stood is UNSET or contract.filings or contract.changed_on:
        refuse(rules.WRONG_STATE, pledge_id=contract.id, state=contract.state, step="withdraw")
    contract.asked_ms = contract.change = None
    contract.co_owner_consents = contract.stood = UNSET
    event = "take_back_after_change" if stood == "CHANGED" else "take_back"
    change_contract(turn, contract, event, "withdraw_pledge")
    return {"pledge_id": contract.id, "state": contract.state}


def discharge(turn: Turn, command: DischargePledge) -> Result:
    """The pledgee frees the rights: at once before the filing, else when the register shows the pledge no more."""
    contract = _own(turn, command.pledge_id, "pledgee")
    require_step(contract, "discharge")
    _remember_what_stands(turn, contract)
    if contract.state == "CONTRACT" and contract.numbers:
        # The office has entered it on some of several rights, and refused the rest.
        contract.asked_ms = turn.time_ms
        change_contract(turn, contract, "discharge_shown", "discharge_pledge")
    elif contract.state == "CONTRACT":
        end(turn, contract, "discharge", "discharge_pledge")
    else:
        contract.asked_ms = turn.time_ms
        change_contract(turn, contract, "discharge", "discharge_pledge")
    return {"pledge_id": contract.id, "state": contract.state}


def enforce(turn: Turn, command: EnforcePledge) -> Result:
    """The operator records that a pledge is enforced; the right is sold like any other, its pledgee paid first."""
    contract = contract_of(turn.state, command.pledge_id)
    require_step(contract, "enforce")
    if not command.erasable.get("reference"):
        refuse(rules.FACT_MISSING, fact="reference", pledge_id=contract.id, supplier="operator")
    require_digest("document_digest", command.document_digest)
    contract.document_digest = command.document_digest
    end(turn, contract, "enforce", command.ground)
    return {"pledge_id": contract.id, "state": contract.state}


def sign_by_passed(turn: Turn, deadline: Deadline) -> None:
    """The pledgee has not signed in time."""
    end(turn, turn.state.pledge_contracts[deadline.subject_id], "lapse", "pledge_sign_by_passed")


def _remember_what_stands(turn: Turn, contract: PledgeContract) -> None:
    if turn.state.venue.engine >= STOOD_SINCE_ENGINE:
        contract.stood = contract.state


def _own(turn: Turn, pledge_id: str, side: str) -> PledgeContract:
    contract = contract_of(turn.state, pledge_id)
    if active_actor(turn).id != getattr(contract, side):
        refuse(rules.NOT_PERMITTED, pledge_id=contract.id)
    return contract


def _of_a_side(turn: Turn, pledge_id: str) -> PledgeContract:
    contract = contract_of(turn.state, pledge_id)
    if active_actor(turn).id not in {contract.pledgor, contract.pledgee}:
        refuse(rules.NOT_PERMITTED, pledge_id=contract.id)
    return contract


def _check_sum(amount: int, ends_ms: int) -> None:
    require_moment("ends_ms", ends_ms)
    if not 0 < amount <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="amount", most=LARGEST_AMOUNT)


HANDLERS: Handlers = {
    **pledge_filings.HANDLERS,
    **pledge_consents.HANDLERS,
    DrawUpPledge: draw_up,
    SignPledge: sign,
    WithdrawPledge: withdraw,
    ChangePledge: change,
    DischargePledge: discharge,
    EnforcePledge: enforce,
}
DEADLINES = {"pledge_sign_by": sign_by_passed}
