"""Parties: who may give which command, applications, agents and API keys."""

from __future__ import annotations

import re

from stdnum.cn import uscc

from exchange import keys
from exchange.bounds import ADDRESS, require_moment
from exchange.commands import (
    ApplyParty,
    AppointAgent,
    Command,
    DismissAgent,
    IssueApiKey,
    LodgeCoOwnerConsent,
    LodgePledgeConsent,
    PartyTerms,
)
from exchange.events import (
    AgentAppointed,
    AgentDismissed,
    ApiKeyIssued,
    PartyApplied,
)
from exchange.rows import Agent, Party
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Handlers, Result, Turn

VENUE_ACTOR = "venue"
MOST_AGENTS = 16
_FOREIGN_NUMBER = re.compile(r"[A-Z0-9][A-Z0-9/-]{3,31}")
_HONG_KONG_NUMBER = re.compile(r"([0-9]{7,8})(?:-[0-9]{3}-[0-9]{2}-[0-9]{2}-[0-9A-Z])?")
"""A company or business registration number, with the branch, date and check figures of the certificate or without."""
_AGENT_SCOPES: dict[str, str] = {
    "submit_listing": "list",
    "withdraw_listing": "list",
    "accept_bid": "list",
    "register_bidder": "bid",
    "leave_listing": "bid",
    "place_bid": "bid",
    "amend_bid": "bid",
    "withdraw_bid": "bid",
    "accept_price": "bid",
    "seal_bid": "bid",
    "reveal_bid": "bid",
    "accept_award": "bid",
    "decline_award": "bid",
    "make_proposal": "negotiate",
    "accept_proposal": "negotiate",
    "refuse_proposal": "negotiate",
    "fund_deal": "settle",
    "confirm_delivery": "settle",
    "pay_obligation": "settle",
    "pay_part": "settle",
    "report_royalty": "settle",
}
"""What an agent may do under which scope; everything else needs the party's own key."""
_MAY_WHILE: dict[str, frozenset[str]] = {
    "APPLIED": frozenset({"issue_api_key", "enrol_key"}),
    "VERIFIED": frozenset({"issue_api_key", "enrol_key"}),
    "CLOSED": frozenset({"issue_api_key", "revoke_key", "veto_recovery"}),
    "SUSPENDED": frozenset(
        {
            "sign_deal",
            "sign_agreement",
            "cancel_deal",
            "reveal_bid",
            "decline_award",
            "withdraw_offer",
            "fund_deal",
            "confirm_delivery",
            "pay_obligation",
            "pay_part",
            "report_royalty",
            "call_inspection",
            "state_inspection",
            "raise_dispute",
            "discharge_pledge",
            "dismiss_agent",
            "issue_api_key",
            "enrol_key",
            "choose_deal_key",
            "rotate_key",
            "revoke_key",
            "advance_counter",
            "veto_recovery",
        }
    ),
}
"""What a party that is not active may do all the same."""
_RESCINDS = frozenset({"rescind_deal", "decide_lot"})
RESCINDS_SINCE_ENGINE = 5
"""Since this version a suspended buyer, too, comes out of a deal that its seller does not perform."""


def authorise(turn: Turn) -> None:
    """Check that the signer may give this command, deny by default.

    Raises:
        Refusal: NOT-PERMITTED, PARTY-NOT-ACTIVE, UNKNOWN-ID, MALFORMED (terms missing or not wanted).
    """
    request = turn.request
    command = request.command
    wanted = command.terms_type
    if type(request.terms) is not (wanted or type(None)):
        refuse(rules.MALFORMED, field="terms")
    match command.given_by:
        case "sequencer":
            allowed = request.actor == VENUE_ACTOR and not request.signer
        case "operator":
            allowed = request.actor == VENUE_ACTOR and request.signer in turn.state.venue.operators
        case "service":
            allowed = request.actor == VENUE_ACTOR and request.signer == turn.state.venue.service
        case "applicant":
            allowed = not request.actor and isinstance(command, ApplyParty) and request.signer == command.key
        case "enrolled" if request.actor == VENUE_ACTOR:
            venue = turn.state.venue
            allowed = request.signer == venue.service or request.signer in venue.operators
        case _:
            allowed = _party_may(turn, active_actor(turn), command)
    if not allowed:
        refuse(rules.NOT_PERMITTED, actor=request.actor, signer=request.signer)


def active_actor(turn: Turn) -> Party:
    """The party that gives the command, if it may act now.

    Raises:
        Refusal: UNKNOWN-ID, PARTY-NOT-ACTIVE.
    """
    party = party_of(turn.state, turn.actor)
    tag = _tag(turn.request.command)
    rescinds = tag in _RESCINDS and turn.state.venue.engine >= RESCINDS_SINCE_ENGINE
    may = tag in _MAY_WHILE.get(party.state, ()) or (rescinds and party.state == "SUSPENDED")
    if party.state != "ACTIVE" and not may:
        refuse(rules.PARTY_NOT_ACTIVE, party_id=party.id, state=party.state)
    return party


def party_of(state: State, party_id: str) -> Party:
    """A party by id. Raises Refusal UNKNOWN-ID."""
    party = state.parties.get(party_id)
    if party is None:
        refuse(rules.UNKNOWN_ID, kind="party", id=party_id)
    return party


def consent_is_lodged_for(
    state: State, command: LodgeCoOwnerConsent | LodgePledgeConsent, company_number: str, **subject: str
) -> None:
    """The venue lodges the written consent of one that cannot sign here: who can, says so itself.

    Raises:
        Refusal: FACT-MISSING without the paper, NOT-PERMITTED.
    """
    if "consent" not in command.erasable:
        refuse(rules.FACT_MISSING, fact="consent", supplier="co-owner", **subject)
    party = state.parties.get(state.party_by_number.get(company_number, ""))
    if party is not None and party.state == "ACTIVE":
        refuse(rules.NOT_PERMITTED, party_id=party.id, **subject)


def with_role(party: Party, role: str) -> Party:
    """The party, if it has the role. Raises Refusal ROLE-REQUIRED."""
    if role not in party.roles:
        refuse(rules.ROLE_REQUIRED, party_id=party.id, role=role)
    return party


def company_number_of(jurisdiction: str, number: str) -> str | None:
    """The number that tells a company from all others, None where it cannot exist.

    In the Mainland the USCC with its check character (GB 32100); in Hong Kong the company's own digits, since what
    follows them on a certificate names a branch and a date; elsewhere its form is all that is checked.
    """
    if jurisdiction == "CN":
        return number if uscc.is_valid(number) and number == uscc.compact(number) else None
    if jurisdiction == "HK":
        matched = _HONG_KONG_NUMBER.fullmatch(number)
        return None if matched is None else matched[1]
    return number if _FOREIGN_NUMBER.fullmatch(number) else None


def _tag(command: Command) -> str:
    return str(type(command).__struct_config__.tag)


def _party_may(turn: Turn, party: Party, command: Command) -> bool:
    signer = turn.request.signer
    if signer == party.key:
        return keys.may_sign(turn.state, signer)
    scope = _AGENT_SCOPES.get(_tag(command))
    return scope is not None and any(
        agent.key == signer and scope in agent.scope and turn.time_ms < agent.until_ms
        for agent in party.agents
    )


def _is_of_the_venue(state: State, key: str) -> bool:
    """Operators and services neither trade nor act for those who do (after Auction Law Art. 22)."""
    venue = state.venue
    return key in venue.operators or key in {venue.service, venue.bank, venue.office}


def apply_party(turn: Turn, command: ApplyParty) -> Result:
    """A company applies with a key of its own and a company number that can exist.

    The number is public, so an application reserves nothing: several may name it until one of them is approved.
    """
    state = turn.state
    terms = turn.request.terms
    if not isinstance(terms, PartyTerms):
        turn.fault("an application without terms was authorised")
    company_number = company_number_of(command.jurisdiction, terms.company_number)
    if company_number is None:
        refuse(rules.COMPANY_NUMBER_INVALID, jurisdiction=command.jurisdiction)
    if company_number in state.party_by_number:
        refuse(rules.COMPANY_KNOWN)
    if (
        not ADDRESS.fullmatch(command.key)
        or not command.roles
        or len(set(command.roles)) != len(command.roles)
    ):
        refuse(rules.MALFORMED, field="key" if command.roles else "roles")
    taken = command.key in state.party_by_key or command.key in state.recoveries
    if taken or _is_of_the_venue(state, command.key):
        refuse(rules.KEY_IN_USE, key=command.key)
    party = Party(
        id=state.next_id("P"),
        roles=command.roles,
        jurisdiction=command.jurisdiction,
        category=terms.category,
        company_number=company_number,
        key=command.key,
        authorisation_letter=command.erasable.get("authorisation_letter", ""),
        api_key_sha256=turn.request.api_key_sha256,
    )
    state.add(party)
    turn.emit(PartyApplied(party_id=party.id, key=party.key))
    return {"party_id": party.id, "state": party.state}


def appoint_agent(turn: Turn, command: AppointAgent) -> Result:
    """Another key may act for the party within a scope until a time."""
    party = active_actor(turn)
    require_moment("until_ms", command.until_ms)
    scope_is_clear = command.scope and len(set(command.scope)) == len(command.scope)
    if not ADDRESS.fullmatch(command.key) or not scope_is_clear or command.until_ms <= turn.time_ms:
        refuse(rules.MALFORMED, field="key, scope or until_ms")
    if command.key in turn.state.party_by_key or _is_of_the_venue(turn.state, command.key):
        refuse(rules.KEY_IN_USE, key=command.key)
    others = tuple(agent for agent in party.agents if agent.key != command.key)
    if len(others) >= MOST_AGENTS:
        refuse(rules.MALFORMED, field="agents", most=MOST_AGENTS)
    party.agents = (*others, Agent(key=command.key, scope=command.scope, until_ms=command.until_ms))
    turn.state.touch(party)
    turn.emit(AgentAppointed(party_id=party.id, key=command.key, until_ms=command.until_ms))
    return {"party_id": party.id}


def dismiss_agent(turn: Turn, command: DismissAgent) -> Result:
    """An agent's mandate ends at once."""
    party = active_actor(turn)
    others = tuple(agent for agent in party.agents if agent.key != command.key)
    if len(others) == len(party.agents):
        refuse(rules.UNKNOWN_ID, kind="agent", id=command.key)
    party.agents = others
    turn.state.touch(party)
    turn.emit(AgentDismissed(party_id=party.id, key=command.key))
    return {"party_id": party.id}


def issue_api_key(turn: Turn, command: IssueApiKey) -> Result:  # noqa: ARG001 - the shape of every handler
    """The API key that the front door has made replaces the old one."""
    party = active_actor(turn)
    if not turn.request.api_key_sha256:
        refuse(rules.MALFORMED, field="api_key_sha256")
    party.api_key_sha256 = turn.request.api_key_sha256
    turn.state.touch(party)
    turn.emit(ApiKeyIssued(party_id=party.id))
    return {"party_id": party.id}


HANDLERS: Handlers = {
    ApplyParty: apply_party,
    AppointAgent: appoint_agent,
    DismissAgent: dismiss_agent,
    IssueApiKey: issue_api_key,
}
