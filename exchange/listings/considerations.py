"""Whether a listing's consideration and the clauses beside it can be: their bounds, and the modes that they fit."""

from __future__ import annotations

import re
from typing import assert_never

from msgspec import UNSET

from exchange.bounds import require_text
from exchange.commands import (
    EntryFeeAndRoyalty,
    Equity,
    Instalments,
    ListingTerms,
    Royalty,
    RunningRoyalty,
    SubmitListing,
)
from exchange.money.amount import LARGEST_AMOUNT
from exchange.parties import with_role
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.terms.consideration import BASIS_POINTS, commissions_of
from exchange.turn import Turn

SINCE_ENGINE = 3
FIELDS = (
    *(
        "consideration",
        "improvements",
        "late_interest",
        "inspection",
        "arbitration",
        "withholding",
        "commission",
        "earnest",
        "head_licence",
    ),
)
MOST_INSTALMENTS = 24
LONGEST_INSTALMENT_DAYS = 3_660
MOST_RATES = 20
LONGEST_REPORT_DAYS = 180
LONGEST_PAY_DAYS = 180
MOST_TAXES = 4
HIGHEST_WITHHOLDING = 5_000
"""Basis points, of all taxes together."""
HIGHEST_COMMISSION = 1_000
"""Basis points, of all agents; without an agreement an auction house asks for 500 at most (Auction Law Art. 56)."""
SEVERAL_AGENTS_SINCE_ENGINE = 5
MOST_AGENTS = 4
_TAX_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
HIGHEST_DAILY_RATE = 1_000
"""Hundredths of a basis point: 0.1 % a day."""
HIGHEST_LATE_INTEREST = 3_000
"""Basis points of the amount: what goes beyond is too high beside most losses (Civil Code Art. 585) [M]."""
EARNEST_MODES = frozenset({"competitive", "english", "sealed", "tender", "negotiated"})
"""The others hold the price when it is accepted: there is nothing that earnest money could still secure."""
COMPANY_NUMBER_LENGTH = 32
ROYALTY_MODES = frozenset({"posted"})
"""A royalty alone has no price that buyers could find."""
EQUITY_MODES = frozenset({"posted", "negotiated"})
LUMP_SUM_MODES = frozenset({"continuous"})
"""What an order holds is its limit times its quantity, which is paid in one sum."""


def require_well_formed(turn: Turn, command: SubmitListing, terms: ListingTerms) -> None:
    """Raises Refusal MALFORMED, naming the field."""
    engine = turn.state.venue.engine
    for field in FIELDS:
        if engine < SINCE_ENGINE and getattr(terms, field) is not UNSET:
            refuse(rules.MALFORMED, field=field, engine=engine)
    _check_consideration(command, terms)
    _check_release_lines(turn, terms)
    _check_earnest(command, terms)
    _check_head_licence(command, terms)
    licence = command.deal_kind != "assignment"
    if terms.improvements is not UNSET and not licence:
        refuse(rules.MALFORMED, field="improvements", deal_kind=command.deal_kind)
    if terms.inspection is True and not _bears_royalty(terms):
        refuse(rules.MALFORMED, field="inspection")
    late = terms.late_interest
    if late is not UNSET and not (
        0 < late.daily_rate <= HIGHEST_DAILY_RATE and 0 < late.most <= HIGHEST_LATE_INTEREST
    ):
        refuse(
            rules.MALFORMED,
            field="late_interest",
            highest_daily_rate=HIGHEST_DAILY_RATE,
            most=HIGHEST_LATE_INTEREST,
        )


def _check_release_lines(turn: Turn, terms: ListingTerms) -> None:
    """Taxes within bounds; commissions as they are checked below."""
    taxes = () if terms.withholding is UNSET else terms.withholding
    named = {tax.name for tax in taxes}
    in_range = all(
        _TAX_NAME.fullmatch(tax.name) and 0 < tax.rate <= BASIS_POINTS and 0 < tax.base <= BASIS_POINTS
        for tax in taxes
    )
    if len(taxes) > MOST_TAXES or len(named) != len(taxes) or not in_range or terms.withholding == ():
        refuse(rules.MALFORMED, field="withholding", most=MOST_TAXES)
    if sum(tax.rate for tax in taxes) > HIGHEST_WITHHOLDING:
        refuse(rules.MALFORMED, field="rate", most=HIGHEST_WITHHOLDING)
    _check_commissions(turn, terms)


def _check_commissions(turn: Turn, terms: ListingTerms) -> None:
    """Each a party that is an agent and not the seller, each named once, within the bound together."""
    agreed = commissions_of(terms)
    if isinstance(terms.commission, tuple):
        engine = turn.state.venue.engine
        if engine < SEVERAL_AGENTS_SINCE_ENGINE:
            refuse(rules.MALFORMED, field="commission", engine=engine)
        named = {each.party_id for each in agreed}
        if not 1 < len(agreed) <= MOST_AGENTS or len(named) != len(agreed):
            refuse(rules.MALFORMED, field="commission", least_agents=2, most_agents=MOST_AGENTS)
    shares = [each.basis_points for each in agreed]
    if agreed and not (min(shares) > 0 and sum(shares) <= HIGHEST_COMMISSION):
        refuse(rules.MALFORMED, field="commission", most=HIGHEST_COMMISSION)
    for each in agreed:
        agent = turn.state.parties.get(each.party_id)
        if agent is None or agent.id == turn.actor:
            refuse(rules.UNKNOWN_ID, kind="agent", id=each.party_id)
        with_role(agent, "agent")


def _check_earnest(command: SubmitListing, terms: ListingTerms) -> None:
    """It is paid after the award, where a mode holds no price at acceptance, and counts toward what is due first."""
    if terms.earnest is UNSET:
        return
    if command.mode not in EARNEST_MODES:
        refuse(rules.MALFORMED, field="earnest", mode=command.mode)
    agreed = terms.consideration
    most = BASIS_POINTS
    if isinstance(agreed, Equity):
        most = 0
    elif isinstance(agreed, Instalments):
        first = agreed.parts[0]
        most = 0 if first.due_days else first.share
    if not 0 < terms.earnest <= most:
        refuse(rules.MALFORMED, field="earnest", most=most)


def _bears_royalty(terms: ListingTerms) -> bool:
    return isinstance(terms.consideration, RunningRoyalty | EntryFeeAndRoyalty)


def _check_head_licence(command: SubmitListing, terms: ListingTerms) -> None:
    """Of a sub-licence: no sub-licences under it, no lot, no continuous trading, no declaration of the owner's."""
    if terms.head_licence is UNSET:
        return
    require_text("head_licence", terms.head_licence)
    other = command.lot is not UNSET or command.announcement_number is not None
    if terms.may_sublicense or other or command.deal_kind == "assignment" or command.mode == "continuous":
        refuse(rules.MALFORMED, field="head_licence", deal_kind=command.deal_kind, mode=command.mode)


def _check_consideration(command: SubmitListing, terms: ListingTerms) -> None:
    agreed = terms.consideration
    if agreed is UNSET:
        return
    if command.mode in LUMP_SUM_MODES:
        refuse(rules.MALFORMED, field="consideration", mode=command.mode)
    match agreed:
        case Instalments():
            _check_instalments(agreed)
        case RunningRoyalty():
            _require_mode(command, ROYALTY_MODES)
            _check_royalty(command, agreed.royalty)
            if terms.price:
                refuse(rules.MALFORMED, field="price", most=0)
        case EntryFeeAndRoyalty():
            _check_royalty(command, agreed.royalty)
        case Equity():
            _check_equity(command, terms, agreed)
        case _:
            assert_never(agreed)


def _check_instalments(agreed: Instalments) -> None:
    parts = agreed.parts
    if not 2 <= len(parts) <= MOST_INSTALMENTS:  # noqa: PLR2004 - a price in one part is a lump sum
        refuse(rules.MALFORMED, field="instalments", most=MOST_INSTALMENTS)
    days = [part.due_days for part in parts]
    if min(days) < 0 or max(days) > LONGEST_INSTALMENT_DAYS or days != sorted(set(days)):
        refuse(rules.MALFORMED, field="due_days", most=LONGEST_INSTALMENT_DAYS)
    if min(part.share for part in parts) <= 0 or sum(part.share for part in parts) != BASIS_POINTS:
        refuse(rules.MALFORMED, field="share", sum=BASIS_POINTS)


def _check_royalty(command: SubmitListing, royalty: Royalty) -> None:
    if command.deal_kind == "assignment":
        refuse(rules.MALFORMED, field="royalty", deal_kind=command.deal_kind)
    rates = royalty.rates
    in_range = 0 < len(rates) <= MOST_RATES and all(0 < rate <= BASIS_POINTS for rate in rates)
    one_way = list(rates) in (sorted(rates), sorted(rates, reverse=True))
    if not in_range or not one_way:
        refuse(rules.MALFORMED, field="rates", most=BASIS_POINTS)
    for field in ("floor", "ceiling"):
        bound = getattr(royalty, field)
        if bound is not None and not 0 < bound <= LARGEST_AMOUNT:
            refuse(rules.MALFORMED, field=field)
    if royalty.floor is not None and royalty.ceiling is not None and royalty.floor > royalty.ceiling:
        refuse(rules.MALFORMED, field="ceiling", least=royalty.floor)
    if not 0 < royalty.report_days <= LONGEST_REPORT_DAYS:
        refuse(rules.MALFORMED, field="report_days", most=LONGEST_REPORT_DAYS)
    if not 0 <= royalty.pay_days <= LONGEST_PAY_DAYS:
        refuse(rules.MALFORMED, field="pay_days", most=LONGEST_PAY_DAYS)


def _check_equity(command: SubmitListing, terms: ListingTerms, agreed: Equity) -> None:
    _require_mode(command, EQUITY_MODES)
    if command.deal_kind != "assignment":
        refuse(rules.MALFORMED, field="equity", deal_kind=command.deal_kind)
    require_text("company_number", agreed.company_number, COMPANY_NUMBER_LENGTH)
    if not 0 < agreed.basis_points < BASIS_POINTS:
        refuse(rules.MALFORMED, field="basis_points", most=BASIS_POINTS - 1)
    if terms.deposit:
        refuse(rules.MALFORMED, field="deposit", mode=command.mode)


def _require_mode(command: SubmitListing, modes: frozenset[str]) -> None:
    if command.mode not in modes:
        refuse(rules.MALFORMED, field="consideration", mode=command.mode)
