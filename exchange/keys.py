"""Keys that sign for parties on the chain: enrolled with proof of possession, under a salted commitment to the party.

The engine cannot recover a signature: the front door does before a command comes here, the audit does after, and the
contract does by itself. Binding since engine version 2; before it a party's own key was taken as it was.
"""

from __future__ import annotations

import re

from exchange import recoveries
from exchange.bounds import LARGEST_COUNT, LONGEST_TRANSACTION
from exchange.commands import (
    AdvanceCounter,
    ChooseDealKey,
    EnrolKey,
    KeyTerms,
    ReportKey,
    RevokeKey,
    RotateKey,
)
from exchange.deals import acceptances, default, steps
from exchange.events import (
    CounterAdvanced,
    DealKeyChosen,
    KeyEnrolled,
    KeyRevoked,
    KeyRotated,
    SignaturesVoided,
)
from exchange.key_checks import (
    require_free,
    require_signatures,
    require_signed_for,
    require_time,
    require_unknown,
)
from exchange.rows import Deal, Key, Party
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.sealed import commitment
from exchange.state import State
from exchange.transitions import Table, take_step
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 2
KEY_TRANSITIONS: Table = {
    ("WAITING", "bind"): "LIVE",
    ("LIVE", "replace"): "REPLACED",
    ("LIVE", "revoke"): "REVOKED",
    ("LIVE", "refuse"): "REFUSED",
}
"""A key is enrolled as WAITING, or LIVE by a rotation; one that the chain has refused is enrolled anew."""
WAITING_UNKNOWN_SINCE_ENGINE = 5
"""The chain says nothing of a key that has not been sent to it."""
MOST_KEYS = 1_000
"""Of one party, whatever became of them."""
TERMS_LABEL = "terms"
LETTER_LABEL = "authorisation_letter"
LARGEST_COUNTER = 2**32 - 1
_REASON = re.compile(r"[ -~]{1,32}")


def enrol_key(turn: Turn, command: EnrolKey) -> Result:
    """A party binds its own key, or another for single deals. It is LIVE at once, or from the party's approval on."""
    state = turn.state
    party = state.parties[turn.actor]
    terms = turn.request.terms
    if not isinstance(terms, KeyTerms):
        turn.fault("a key without terms was authorised")
    if terms.company_number != party.company_number:
        refuse(rules.COMPANY_NUMBER_INVALID, jurisdiction=party.jurisdiction)
    require_signatures(command.possession)
    require_time(turn, command.deadline_s)
    letter = command.erasable.get(LETTER_LABEL, "")
    if not letter:
        refuse(rules.FACT_MISSING, fact=LETTER_LABEL, party_id=party.id, supplier="party")
    known = state.keys.get(command.key)
    again = known is not None and known.state == "REFUSED" and known.party_id == party.id
    if not again and (command.key != party.key or known is not None):
        require_free(state, command.key, "key")
    if len(state.owned.ids(Key.kind, party.id)) >= MOST_KEYS:
        refuse(rules.MALFORMED, field="keys", most=MOST_KEYS)
    key = Key(
        id=command.key,
        party_id=party.id,
        commitment=commitment(TERMS_LABEL, bytes.fromhex(turn.request.terms_salt), terms).hex(),
        authorisation=letter,
        deadline_s=command.deadline_s,
        possession=command.possession,
    )
    if known is not None:
        state.remove(known)
    state.add(key)
    if party.state == "ACTIVE":
        _bind(turn, key)
    return {"key": key.id, "state": key.state}


def refused_by_chain(turn: Turn, address: str) -> None:
    """The contract did not take a key's binding: it, or what took its place, signs nothing until it is enrolled."""
    key = turn.state.keys.get(address)
    if key is not None and key.state == "REPLACED":
        own = turn.state.keys.get(turn.state.parties[key.party_id].key)
        key = own if own is not None and own.commitment == key.commitment else key
    if key is None or key.state != "LIVE":
        refuse(rules.WRONG_STATE, key=address, state="" if key is None else key.state, step="refused")
    take_step(KEY_TRANSITIONS, key, "refuse")
    turn.state.touch(key)
    acceptances.end_offers_of(turn, key, "key_refused")
    for deal in _unsigned_deals(turn.state, key):
        _void(turn, deal, key.party_id)


def bind_waiting(turn: Turn, party: Party) -> None:
    """The party has been approved: its keys sign on the chain from now on, unless their time has run out."""
    for address in turn.state.owned.ids(Key.kind, party.id):
        key = turn.state.keys[address]
        if key.state == "WAITING":
            _bind(turn, key)


def rotate_key(turn: Turn, command: RotateKey) -> Result:
    """A party's own key gives its place to a new one; deals that wait for signatures go over to it."""
    state = turn.state
    party = state.parties[turn.actor]
    require_live(state, party.id, party.key)
    require_signatures(command.old_signature, command.new_signature)
    require_free(state, command.new_key, "new_key", recovering=party.id)
    require_time(turn, command.deadline_s)
    letter = command.erasable.get(LETTER_LABEL, "")
    if not letter:
        refuse(rules.FACT_MISSING, fact=LETTER_LABEL, party_id=party.id, supplier="party")
    old = state.keys[party.key]
    require_signed_for(old, command.party_commitment, "rotate_key")
    new = Key(
        id=command.new_key,
        party_id=party.id,
        commitment=old.commitment,
        authorisation=letter,
        deadline_s=command.deadline_s,
        possession=command.new_signature,
        state="LIVE",
    )
    _replace(turn, party, old, new, command.old_signature)
    recoveries.end_by_rotation(turn, party.id)
    return {"key": new.id, "state": new.state}


def revoke_key(turn: Turn, command: RevokeKey) -> Result:
    """A party ends a key of its own at once. Without its own key it can do nothing more until it has a new one."""
    key = _own_live(turn, command.key)
    require_signed_for(key, command.party_commitment, "revoke_key")
    require_signatures(command.key_signature)
    require_time(turn, command.deadline_s)
    if not _REASON.fullmatch(command.reason):
        refuse(rules.MALFORMED, field="reason")
    _revoke(turn, key, command.reason, command.deadline_s, command.key_signature)
    return {"key": key.id, "state": key.state}


def advance_counter(turn: Turn, command: AdvanceCounter) -> Result:
    """A party cancels whatever a key signed under a lower counter and the chain has not recorded."""
    key = _own_live(turn, command.key)
    require_signed_for(key, command.party_commitment, "advance_counter")
    require_signatures(command.key_signature)
    require_time(turn, command.deadline_s)
    if not key.counter < command.counter <= LARGEST_COUNTER:
        refuse(rules.MALFORMED, field="counter", value=command.counter)
    _advance(turn, key, command.counter, command.deadline_s, command.key_signature)
    return {"key": key.id, "counter": str(key.counter)}


def report_key(turn: Turn, command: ReportKey) -> Result:
    """The chain has it that a key has changed: by a message that reached the contract without the venue."""
    state = turn.state
    if len(command.transaction) > LONGEST_TRANSACTION or not 0 <= command.block <= LARGEST_COUNT:
        refuse(rules.MALFORMED, field="transaction or block")
    key = state.keys.get(command.key)
    if key is None:
        refuse(rules.UNKNOWN_ID, kind="key", id=command.key)
    if key.state == "WAITING" and state.venue.engine >= WAITING_UNKNOWN_SINCE_ENGINE:
        refuse(rules.WRONG_STATE, key=key.id, state=key.state, step=command.event)
    if command.event == "advanced":
        if not key.counter < command.counter <= LARGEST_COUNTER:
            refuse(rules.WRONG_STATE, key=key.id, state=str(key.counter), step="advanced")
        _advance(turn, key, command.counter, 0, "")
    elif command.event == "revoked":
        if key.state != "LIVE":
            refuse(rules.WRONG_STATE, key=key.id, state=key.state, step="revoked")
        _revoke(turn, key, "chain", 0, "")
    elif command.event == "vetoed":
        recoveries.vetoed_on_chain(turn, key, command.new_key)
    else:
        _replaced_on_chain(turn, key, command)
    return {"key": key.id, "state": key.state}


def _replaced_on_chain(turn: Turn, key: Key, command: ReportKey) -> None:
    """Another key is the party's, whatever has become of the old one here: the chain has the say."""
    state = turn.state
    party = state.parties[key.party_id]
    current = state.keys.get(party.key)
    # A rotation that the chain has not taken, or never will, may stand here between the two keys.
    if current is None or current.commitment != key.commitment:
        refuse(rules.WRONG_STATE, key=key.id, state=key.state, step=command.event)
    require_unknown(state, command.new_key, "new_key")
    proposed = state.recoveries.get(command.new_key)
    new = Key(
        id=command.new_key,
        party_id=party.id,
        commitment=key.commitment,
        authorisation=proposed.authorisation if proposed and command.event == "recovered" else "",
        deadline_s=0,
        possession="",
        state="LIVE",
    )
    _replace(turn, party, current, new, "")
    if command.event == "recovered":
        recoveries.complete(turn, new.id)
    else:
        recoveries.end_by_rotation(turn, party.id, block=command.block)


def choose_deal_key(turn: Turn, command: ChooseDealKey) -> Result:
    """A party signs one deal with another of its live keys, while it waits for signatures and nobody has signed it.

    So after the chain has refused it, too: with another key it has another identifier there. Under a standing offer
    the seller has signed already, with the offer's key.
    """
    state = turn.state
    deal = steps.deal_of(state, command.deal_id)
    if turn.actor not in {deal.seller, deal.buyer}:
        refuse(rules.NOT_PERMITTED, deal_id=deal.id, party_id=turn.actor)
    offered = acceptances.offer_of(state, deal) is not None
    signed = deal.buyer_signature or (deal.seller_signature and (not offered or turn.actor == deal.seller))
    if deal.state not in {*steps.UNSIGNED, "CHAIN_REFUSED"} or signed:
        refuse(rules.WRONG_STATE, deal_id=deal.id, state=deal.state, step="choose_deal_key")
    key = state.keys.get(command.key)
    if key is None or key.party_id != turn.actor or key.state != "LIVE":
        refuse(rules.KEY_NOT_ENROLLED, key=command.key, party_id=turn.actor)
    if turn.actor == deal.seller:
        deal.seller_key = key.id
    else:
        deal.buyer_key = key.id
    state.touch(deal)
    turn.emit(DealKeyChosen(deal_id=deal.id, party_id=turn.actor, key=key.id))
    return {"deal_id": deal.id, "key": key.id}


def require_live(state: State, party_id: str, address: str) -> None:
    """Raises Refusal KEY-NOT-ENROLLED where the chain would not take this key's signature."""
    if state.venue.engine < SINCE_ENGINE:
        return
    key = state.keys.get(address)
    if key is None or key.state != "LIVE":
        refuse(rules.KEY_NOT_ENROLLED, key=address, party_id=party_id)


def counters(state: State, deal: Deal) -> tuple[int, int]:
    """The counters under which seller and buyer sign a deal now."""
    seller, buyer = state.keys.get(deal.seller_key), state.keys.get(deal.buyer_key)
    return (seller.counter if seller else 0, buyer.counter if buyer else 0)


def may_sign(state: State, address: str) -> bool:
    """Whether a key has not been ended: one that was never enrolled has not."""
    key = state.keys.get(address)
    return key is None or key.state in {"WAITING", "LIVE", "REFUSED"}


def _own_live(turn: Turn, address: str) -> Key:
    key = turn.state.keys.get(address)
    if key is None or key.party_id != turn.actor or key.state != "LIVE":
        refuse(rules.KEY_NOT_ENROLLED, key=address, party_id=turn.actor)
    return key


def _replace(turn: Turn, party: Party, old: Key, new: Key, old_signature: str) -> None:
    state = turn.state
    if old.state == "LIVE":
        take_step(KEY_TRANSITIONS, old, "replace")
    state.touch(old)
    state.add(new)
    del state.party_by_key[party.key]
    party.key = new.id
    state.party_by_key[party.key] = party.id
    state.touch(party)
    turn.emit(KeyRotated(party_id=party.id, old_key=old.id, new_key=new.id, old_signature=old_signature))
    acceptances.end_offers_of(turn, old, "key_replaced")
    for deal in _unsigned_deals(state, old):
        if deal.seller_key == old.id:
            deal.seller_key = new.id
        else:
            deal.buyer_key = new.id
        _void(turn, deal, party.id)


def _revoke(turn: Turn, key: Key, reason: str, deadline_s: int, signature: str) -> None:
    take_step(KEY_TRANSITIONS, key, "revoke")
    turn.state.touch(key)
    turn.emit(
        KeyRevoked(
            party_id=key.party_id, key=key.id, reason=reason, deadline_s=deadline_s, signature=signature
        )
    )
    acceptances.end_offers_of(turn, key, "key_revoked")
    for deal in _unsigned_deals(turn.state, key):
        _void(turn, deal, key.party_id)


def _advance(turn: Turn, key: Key, counter: int, deadline_s: int, signature: str) -> None:
    key.counter = counter
    turn.state.touch(key)
    turn.emit(
        CounterAdvanced(
            party_id=key.party_id, key=key.id, counter=counter, deadline_s=deadline_s, signature=signature
        )
    )
    acceptances.end_offers_of(turn, key, "counter_advanced")
    for deal in _unsigned_deals(turn.state, key):
        _void(turn, deal, key.party_id)


def _unsigned_deals(state: State, key: Key) -> list[Deal]:
    """Deals of a key that are not signed by both yet, by id."""
    own = [state.deals[each] for each in sorted(state.owned.ids(Deal.kind, key.party_id))]
    return [
        deal
        for deal in own
        if steps.without_dispute(deal) in {*steps.UNSIGNED, "CHAIN_REFUSED"}
        and key.id in {deal.seller_key, deal.buyer_key}
    ]


def _void(turn: Turn, deal: Deal, party_id: str) -> None:
    """What is signed has changed, so that no signature over it counts any more; over a standing offer, it does.

    `party_id` is whose key has changed: undoing the other's signature is no way out of the deal.
    """
    offered = acceptances.offer_of(turn.state, deal) is not None
    others = deal.buyer_signature if party_id == deal.seller else deal.seller_signature
    if others and not offered and turn.state.venue.engine >= default.SINCE_ENGINE:
        deal.voided_by = party_id
    signed = bool(deal.buyer_signature or (deal.seller_signature and not offered))
    deal.buyer_signature = ""
    if not offered:
        deal.seller_signature = ""
    turn.state.touch(deal)
    if signed:
        turn.emit(SignaturesVoided(deal_id=deal.id))


def _bind(turn: Turn, key: Key) -> None:
    take_step(KEY_TRANSITIONS, key, "bind")
    turn.state.touch(key)
    turn.emit(KeyEnrolled(party_id=key.party_id, key=key.id))


HANDLERS: Handlers = {
    EnrolKey: enrol_key,
    RotateKey: rotate_key,
    RevokeKey: revoke_key,
    AdvanceCounter: advance_counter,
    ReportKey: report_key,
    ChooseDealKey: choose_deal_key,
}
