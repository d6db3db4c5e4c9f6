"""Who else a pledge binds consents to it, each by a command of its own or by a paper that the venue lodges.

That is every co-owner of its rights and, of a change that the pledgee asks for, the pledgor. What one consents to is
the contract as it was read, or the change: each is known by its digest.
"""

from __future__ import annotations

from exchange.commands import ConsentToPledge, LodgePledgeConsent, PledgeConsentTerms
from exchange.events import PledgeConsented
from exchange.parties import active_actor, consent_is_lodged_for
from exchange.rights.pledge_contracts import CO_OWNERS_SINCE_ENGINE, contract_digest, contract_of
from exchange.rights.register import holder_names
from exchange.rows import PledgeContract
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

ASKED_IN = frozenset({"DRAWN_UP", "CONTRACT", "CHANGING"})
"""Before what is asked of the office has been filed."""


def consent_to_pledge(turn: Turn, command: ConsentToPledge) -> Result:
    """A co-owner that the register names consents, or the pledgor to a change.

    Raises:
        Refusal: UNKNOWN-ID, MALFORMED, NOT-PERMITTED, WRONG-STATE.
    """
    contract = contract_of(turn.state, command.pledge_id)
    return _consent(turn, contract, active_actor(turn).company_number, command.contract_digest)


def lodge_pledge_consent(turn: Turn, command: LodgePledgeConsent) -> Result:
    """The venue lodges the written consent, sealed, of one that cannot sign here: who can, says so itself.

    Raises:
        Refusal: UNKNOWN-ID, MALFORMED, NOT-PERMITTED, WRONG-STATE; FACT-MISSING without the paper.
    """
    contract = contract_of(turn.state, command.pledge_id)
    terms = turn.request.terms
    if not isinstance(terms, PledgeConsentTerms):
        turn.fault("a consent of nobody was authorised")
    consent_is_lodged_for(turn.state, command, terms.company_number, pledge_id=contract.id)
    return _consent(turn, contract, terms.company_number, command.contract_digest)


def who_consents(contract: PledgeContract, holders: set[str], pledgor: str, pledgee: str) -> set[str]:
    """Of the company numbers of its rights' holders and its sides, those of whom a pledge asks consent as it stands.

    The pledgor has drawn the contract up and the pledgee has signed it; a change the pledgee alone has asked for.
    """
    others = holders - {pledgor, pledgee}
    return others | {pledgor} if contract.state == "CHANGING" else others


def _asked(state: State, contract: PledgeContract) -> set[str]:
    pledgor, pledgee = (state.parties[each].company_number for each in (contract.pledgor, contract.pledgee))
    rights = [state.rights[each] for each in contract.rights]
    holders = {holder.company_number for right in rights for holder in right.holder_of_record}
    return who_consents(contract, holders, pledgor, pledgee)


def _consent(turn: Turn, contract: PledgeContract, company_number: str, digest: str) -> Result:
    state = turn.state
    if state.venue.engine < CO_OWNERS_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    if company_number not in _asked(state, contract):
        refuse(rules.NOT_PERMITTED, pledge_id=contract.id)
    wanted = contract_digest(contract)
    if contract.state not in ASKED_IN or digest != wanted:
        facts = {"state": contract.state, "step": "consent", "contract_digest": wanted}
        refuse(rules.WRONG_STATE, pledge_id=contract.id, **facts)
    contract.co_owner_consents = tuple(sorted({*(contract.co_owner_consents or ()), company_number}))
    state.touch(contract)
    turn.emit(
        PledgeConsented(
            pledge_id=contract.id,
            pledgor=contract.pledgor,
            pledgee=contract.pledgee,
            holder=holder_names(state, (company_number,))[0],
        )
    )
    return {"pledge_id": contract.id, "state": contract.state}


HANDLERS: Handlers = {ConsentToPledge: consent_to_pledge, LodgePledgeConsent: lodge_pledge_consent}
