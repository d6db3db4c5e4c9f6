"""A pledge drawn up here as it goes its way: one transition table, and what is asked before office and register.

What is sold or licensed while it stands needs the pledgee's consent and prepays its debt, like every registered pledge.
"""

from __future__ import annotations

import re

import msgspec
from msgspec import UNSET

from exchange import canonical
from exchange.commands import FilingKind, PledgeTerms
from exchange.deals.steps import UNSIGNED, without_dispute
from exchange.events import PledgeContractChanged
from exchange.rows import PledgeContract, Right
from exchange.rules import effects, invalidity, patent_law, pledge_law
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table
from exchange.turn import Turn

TRANSITIONS: Table = {
    ("", "draw_up"): "DRAWN_UP",
    ("DRAWN_UP", "sign"): "CONTRACT",
    ("DRAWN_UP", "withdraw"): "CANCELLED",
    ("DRAWN_UP", "lapse"): "CANCELLED",
    ("CONTRACT", "file"): "FILED",
    ("CONTRACT", "discharge"): "CANCELLED",
    ("CONTRACT", "discharge_shown"): "DISCHARGING",
    ("FILED", "office_refused"): "CONTRACT",
    ("FILED", "register_shows"): "REGISTERED",
    ("REGISTERED", "change"): "CHANGING",
    ("CHANGED", "change"): "CHANGING",
    ("CHANGING", "register_changes"): "CHANGED",
    ("CHANGING", "office_refused"): "REGISTERED",
    ("CHANGING", "refused_after_change"): "CHANGED",
    ("CHANGING", "take_back"): "REGISTERED",
    ("CHANGING", "take_back_after_change"): "CHANGED",
    ("REGISTERED", "discharge"): "DISCHARGING",
    ("CHANGED", "discharge"): "DISCHARGING",
    ("DISCHARGING", "office_refused"): "REGISTERED",
    ("DISCHARGING", "refused_after_change"): "CHANGED",
    ("DISCHARGING", "refused_before_registration"): "CONTRACT",
    ("REGISTERED", "enforce"): "ENFORCED",
    ("CHANGED", "enforce"): "ENFORCED",
    ("REGISTERED", "register_clear"): "DISCHARGED",
    ("CHANGED", "register_clear"): "DISCHARGED",
    ("CHANGING", "register_clear"): "DISCHARGED",
    ("DISCHARGING", "register_clear"): "DISCHARGED",
}
REFUSED_BACK_TO = {"CHANGED": "refused_after_change", "CONTRACT": "refused_before_registration"}
"""What a refusal is, where something else than REGISTERED stood before what was asked."""
STOOD_SINCE_ENGINE = 5
ENDED = frozenset({"CANCELLED", "DISCHARGED", "ENFORCED"})
FILED_AS: dict[str, FilingKind] = {
    "CONTRACT": "pledge",
    "CHANGING": "pledge_change",
    "DISCHARGING": "discharge",
}
"""What a pledge in each of these states waits to be handed in for."""
ON_ITS_WAY = frozenset({"CONTRACT", "FILED"})
"""Signed by both and not in the register yet."""
CO_OWNERS_SINCE_ENGINE = 5
"""Since this version co-owners may consent to a pledge; before, a right of several was never pledged.

Since it, too, a change of sum or term is the pledgor's as well; before, the pledgee had it handed in alone.
"""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def contract_of(state: State, pledge_id: str) -> PledgeContract:
    """A pledge drawn up here that is not at its end. Raises Refusal UNKNOWN-ID."""
    contract = state.pledge_contracts.get(pledge_id)
    if contract is None:
        refuse(rules.UNKNOWN_ID, kind="pledge", id=pledge_id)
    return contract


def require_step(contract: PledgeContract, event: str) -> None:
    """Raises Refusal WRONG-STATE when the event does not follow from the contract's state."""
    if (contract.state, event) not in TRANSITIONS:
        refuse(rules.WRONG_STATE, pledge_id=contract.id, state=contract.state, step=event)


def change_contract(turn: Turn, contract: PledgeContract, event: str, cause: str) -> None:
    """Take a step of the table; what was handed in before it is no more waited for."""
    require_step(contract, event)
    contract.filings = {}
    old, contract.state = contract.state, TRANSITIONS[contract.state, event]
    turn.state.touch(contract)
    turn.emit(
        PledgeContractChanged(
            pledge_id=contract.id,
            pledgor=contract.pledgor,
            pledgee=contract.pledgee,
            old=old,
            new=contract.state,
            cause=cause,
        )
    )


def contract_digest(contract: PledgeContract) -> str:
    """SHA-256 (hex) of what the pledgee signs: the sides, the rights, the terms and the commitment to the text.

    While a change is asked for, its terms stand for those that it is to replace: to it pledgor and co-owners consent.
    """
    return canonical.digest(
        {
            "pledge_id": contract.id,
            "pledgor": contract.pledgor,
            "pledgee": contract.pledgee,
            "rights": list(contract.rights),
            "terms": msgspec.to_builtins(contract.change or contract.terms),
            "terms_salt": contract.terms_salt,
            "contract": contract.contract,
        }
    ).hex()


def pledge_may_be_registered(
    turn: Turn, pledgor_id: str, rights: list[Right], terms: PledgeTerms, contract_id: str
) -> None:
    """The grounds on which the office refuses to register a pledge, for each right; `contract_id` is the pledge's own.

    Raises:
        Refusal: FACT-MISSING, RIGHT-TYPE-NOT-OPEN, CN-PATENT-LAW-44, INVALIDITY-DECIDED, CN-PLEDGE-NOT-GRANTED,
            CN-LICENCE-RECORDAL-12-2, a co-owners' rule (`effects`), CN-LICENCE-RECORDAL-12-6, CN-PATENT-RULES-103,
            CN-PLEDGE-STANDS, CN-PLEDGE-BEYOND-LIFE, CN-PLEDGE-TWIN, CN-PLEDGE-INVALIDATION, LISTING-EXISTS.
    """
    state = turn.state
    pledgor = state.parties[pledgor_id]
    for right in rights:
        patent_law.register_copy_is_known(right)
        pledge_law.right_can_be_pledged(right)
        patent_law.right_is_alive(right, turn.time_ms)
        invalidity.no_decision_stands(right)
        pledge_law.right_is_granted(right)
        patent_law.seller_is_registered_owner(right, pledgor)
        co_owners_agree(state, right, contract_id)
        patent_law.fees_are_paid(state, right, turn.time_ms)
        patent_law.right_is_not_frozen(right)
        pledge_law.right_is_not_pledged(right, _on_its_way(state, right, contract_id))
        pledge_law.debt_ends_with_the_right(right, terms)
        pledge_law.no_twin_stands(right, terms)
        pledge_law.no_invalidation_stands(right, terms)
        for deal_id in right.open_deals:
            deal = state.deals[deal_id]
            if deal.deal_kind == "assignment" and without_dispute(deal) not in UNSIGNED:
                refuse(rules.LISTING_EXISTS, right_id=right.id, in_the_way=deal.id)


def co_owners_agree(state: State, right: Right, contract_id: str) -> None:
    """Every co-owner of a right is a side of its pledge or has consented to it (Patent Law Art. 14).

    None can have before the contract is drawn up: its signature asks first. Before engine version 5 none could at all.

    Raises:
        Refusal: a co-owners' rule (`effects`).
    """
    if state.venue.engine < CO_OWNERS_SINCE_ENGINE:
        effects.co_owners_agree(state.venue, right, "assignment")
        return
    contract = state.pledge_contracts.get(contract_id)
    if contract is not None:
        sides = {state.parties[each].company_number for each in (contract.pledgor, contract.pledgee)}
        consenting = frozenset(sides | set(contract.co_owner_consents or ()))
        effects.co_owners_agree(state.venue, right, "assignment", consenting)


def pledgor_agrees(state: State, contract: PledgeContract) -> None:
    """The pledgor has consented to the change that its pledgee asks for (Civil Code Art. 543).

    Raises:
        Refusal: FACT-MISSING.
    """
    number = state.parties[contract.pledgor].company_number
    if number not in (contract.co_owner_consents or ()):
        refuse(rules.FACT_MISSING, fact="consent", pledge_id=contract.id, supplier="pledgor")


def end(turn: Turn, contract: PledgeContract, event: str, cause: str) -> None:
    """It has come to its end: its rights are free of it, and it leaves memory."""
    turn.state.clear_deadline("pledge_sign_by", contract.id)
    change_contract(turn, contract, event, cause)
    for right_id in contract.rights:
        leave(turn, contract, turn.state.rights[right_id])
    turn.state.archive(contract)


def leave(turn: Turn, contract: PledgeContract, right: Right) -> None:
    """The right is not pledged by it any more."""
    if contract.id in (right.pledge_contracts or ()):
        others = tuple(each for each in right.pledge_contracts or () if each != contract.id)
        right.pledge_contracts = others or UNSET
        turn.state.touch(right)


def _on_its_way(state: State, right: Right, own_id: str) -> str | None:
    """A pledge that may still come into the register; one by a former owner cannot, and binds no later one."""
    for each in right.pledge_contracts or ():
        contract = state.pledge_contracts[each]
        comes = contract.state in ON_ITS_WAY and patent_law.is_owner(right, state.parties[contract.pledgor])
        if each != own_id and comes:
            return each
    return None


def require_digest(field: str, digest: str) -> None:
    """Raises Refusal MALFORMED unless it is a SHA-256 in hex."""
    if not _DIGEST.fullmatch(digest):
        refuse(rules.MALFORMED, field=field)
