"""Deposits 提存: what a release could not pay out here, kept for whoever it is for until that one can be paid.

A co-owner that is no party of the venue has its share kept, a pledgee that is none, or whose claim is in another
currency, what it may be owed (Civil Code Arts. 444 and 570). Who is entitled is found by two operators on a document;
what they find is paid out by payments that two operators approve like any other.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange import canonical
from exchange.commands import DepositTerms, Holder, ReleaseDeposit
from exchange.events import DepositChanged
from exchange.money import four_eyes
from exchange.money.accounts import post
from exchange.money.payments import prepare_payment
from exchange.rights.pledge_identity import key_of
from exchange.rights.register import WHOLE_SHARE
from exchange.rows import Deposit
from exchange.rules import deposits as rules_of_deposits
from exchange.rules import disputes
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.transitions import Table, require_step, take_step
from exchange.turn import Handlers, Result, Turn

if TYPE_CHECKING:
    from exchange.commands import Pledge
    from exchange.rows import Deal, Obligation

SINCE_ENGINE = 3
TRANSITIONS: Table = {
    ("", "deposit"): "HELD",
    ("HELD", "release"): "RELEASED",
}
_DIGEST = re.compile(r"[0-9a-f]{64}")


def keep_share(turn: Turn, deal: Deal, paid: Deal | Obligation, company_number: str, amount: int) -> None:
    """A co-owner's share of what is paid stays here; the money comes out of the escrow of `paid`."""
    account = (deal.id, "share_deposit")
    post(turn, (paid.id, "escrow"), account, paid.currency, amount, paid.id, "share_deposit")
    _add(turn, _deposit(turn, deal, "share", company_number, amount))


def keep_pledge(  # noqa: PLR0913 - what is kept for whom
    turn: Turn, deal: Deal, paid: Deal | Obligation, pledge: Pledge, number: int, amount: int
) -> None:
    """What a pledge, by its number on the right, may be owed of what is paid stays here."""
    account = (deal.id, "pledge_deposit")
    post(turn, (paid.id, "escrow"), account, paid.currency, amount, paid.id, "pledge_deposit")
    state = turn.state
    key = key_of(state.venue.engine, state.rights[deal.right_id], number, pledge)
    _add(turn, _deposit(turn, deal, "pledge", pledge.company_number, amount, key))


def release_deposit(turn: Turn, command: ReleaseDeposit) -> Result:
    """Two operators find who is entitled: it is paid, and of a pledge's deposit the seller's side has the rest."""
    state = turn.state
    deposit = deposit_of(state, command.deposit_id)
    require_step(TRANSITIONS, deposit, "release")
    deal = state.deals.get(deposit.deal_id)
    if deal is not None:
        disputes.deal_is_not_disputed(deal)
    if not _DIGEST.fullmatch(command.document_digest):
        refuse(rules.MALFORMED, field="document_digest")
    terms = turn.request.terms
    if not isinstance(terms, DepositTerms) or not 0 <= terms.amount <= deposit.amount:
        refuse(rules.MALFORMED, field="amount", most=deposit.amount)
    rules_of_deposits.ground_is_the_deposits(state, deposit, command.ground, terms.amount)
    found = canonical.digest([command.ground, terms.amount, command.document_digest]).hex()
    if not four_eyes.second_operator(turn, f"release_deposit:{deposit.id}:{found}"):
        return {"deposit_id": deposit.id, "state": "APPROVED-ONCE"}
    deposit.ground, deposit.document_digest = command.ground, command.document_digest
    entitled = state.party_by_number.get(deposit.company_number, "")
    _pay(turn, deposit, entitled, terms.amount)
    _pay_back(turn, deposit, deposit.amount - terms.amount)
    change_deposit(turn, deposit, "release", "release_deposit")
    state.archive(deposit)
    return {"deposit_id": deposit.id, "state": deposit.state}


def deposit_of(state: State, deposit_id: str) -> Deposit:
    """A deposit that is still kept. Raises Refusal UNKNOWN-ID."""
    deposit = state.deposits.get(deposit_id)
    if deposit is None:
        refuse(rules.UNKNOWN_ID, kind="deposit", id=deposit_id)
    return deposit


def change_deposit(turn: Turn, deposit: Deposit, event: str, cause: str) -> None:
    """Take a step of the table."""
    old = take_step(TRANSITIONS, deposit, event)
    turn.state.touch(deposit)
    turn.emit(
        DepositChanged(
            deposit_id=deposit.id, deal_id=deposit.deal_id, old=old, new=deposit.state, cause=cause
        )
    )


def shares_of(holders: tuple[Holder, ...], amount: int) -> list[tuple[str, int]]:
    """Each holder's company number with its part of an amount, the largest share first, then by company number.

    Parts are rounded down to the cent; the cents that are left go to the first of them, one each.
    """
    ordered = sorted(holders, key=lambda holder: (-holder.share, holder.company_number))
    parts = [amount * holder.share // WHOLE_SHARE for holder in ordered]
    for place in range(amount - sum(parts)):
        parts[place] += 1
    return [(holder.company_number, part) for holder, part in zip(ordered, parts, strict=True)]


def _deposit(  # noqa: PLR0913 - what a deposit consists of
    turn: Turn, deal: Deal, sort: str, company_number: str, amount: int, pledge_key: str = ""
) -> Deposit:
    holders = deal.right_facts.co_owners
    return Deposit(
        id="",
        deal_id=deal.id,
        right_id=deal.right_id,
        sort=sort,  # type: ignore[arg-type]  # one of its two words
        company_number=company_number,
        seller=deal.seller,
        holders=() if holders is UNSET else holders,
        pledge_key=pledge_key,
        currency=deal.currency,
        amount=amount,
        kept_ms=turn.time_ms,
    )


def _add(turn: Turn, deposit: Deposit) -> None:
    if not deposit.amount or turn.state.venue.engine < SINCE_ENGINE:
        return
    deposit.id = turn.state.next_id("DEP")
    turn.state.add(deposit)
    change_deposit(turn, deposit, "deposit", "release")


def _pay(turn: Turn, deposit: Deposit, party_id: str, amount: int) -> None:
    """By a payment to a party; refused by the bank, the money is the party's available balance."""
    if not amount:
        return
    payment = prepare_payment(turn, party_id, deposit.currency, amount)
    account = (deposit.deal_id, f"{deposit.sort}_deposit")
    post(turn, account, (payment.id, "outgoing"), deposit.currency, amount, deposit.id, "deposit_release")
    deposit.payments = (*deposit.payments, payment.id)


def _pay_back(turn: Turn, deposit: Deposit, amount: int) -> None:
    """What a pledgee is not owed is the seller's and its co-owners'; the share of one that is absent stays here."""
    state = turn.state
    if not deposit.holders:
        _pay(turn, deposit, deposit.seller, amount)
        return
    for company_number, share in shares_of(deposit.holders, amount):
        party_id = state.party_by_number.get(company_number)
        if party_id is not None:
            _pay(turn, deposit, party_id, share)
            continue
        account, kept = (deposit.deal_id, "pledge_deposit"), (deposit.deal_id, "share_deposit")
        post(turn, account, kept, deposit.currency, share, deposit.id, "deposit_release")
        _add(
            turn,
            Deposit(
                id="",
                deal_id=deposit.deal_id,
                right_id=deposit.right_id,
                sort="share",
                company_number=company_number,
                seller=deposit.seller,
                holders=deposit.holders,
                currency=deposit.currency,
                amount=share,
                kept_ms=turn.time_ms,
            ),
        )


HANDLERS: Handlers = {ReleaseDeposit: release_deposit}
