"""By which lines of the bank's statement a payment came in: a line pays for deals up to its amount, no further."""

from __future__ import annotations

from exchange.money.amount import Currency
from exchange.rows import Deal, Obligation, StatementLine
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn


def covering_lines(state: State, payer: str, currency: Currency, amount: int, line_id: str) -> dict[str, int]:
    """What each of a party's lines gives towards `amount` minor units: the cited line first, then the oldest.

    Raises:
        Refusal: LINE-NOT-MATCHING: the cited line is not the party's in this currency or has funded others in full, or
            all lines together have too little left.
    """
    cited = state.statement_lines.get(line_id)
    if cited is None or (cited.party_id, cited.currency) != (payer, currency) or not cited.left:
        refuse(rules.LINE_NOT_MATCHING, line_id=line_id)
    own = [state.statement_lines[each] for each in state.lines_of[payer]]
    others = sorted(
        (line for line in own if line.left and line.currency == currency and line is not cited),
        key=_age,
    )
    drawn: dict[str, int] = {}
    missing = amount
    for line in (cited, *others):
        if not missing:
            break
        drawn[line.id] = min(line.left, missing)
        missing -= drawn[line.id]
    if missing:
        refuse(rules.LINE_NOT_MATCHING, line_id=line_id, currency=currency, short_of=missing)
    return drawn


def draw(turn: Turn, paid: Deal | Obligation, drawn: dict[str, int]) -> None:
    """The lines have this much less left; what they gave before stays theirs."""
    before = paid.funded_by
    paid.funded_by = before | {line: before.get(line, 0) + amount for line, amount in drawn.items()}
    for line_id, amount in drawn.items():
        _leave(turn, line_id, -amount)


def take_part(drawn: dict[str, int], amount: int) -> dict[str, int]:
    """Take what pays for one of several deals out of what pays for all of them, line by line."""
    part: dict[str, int] = {}
    for line_id in list(drawn):
        taken = min(drawn[line_id], amount - sum(part.values()))
        if taken:
            part[line_id] = taken
            drawn[line_id] -= taken
    return part


def give_back(turn: Turn, deal: Deal) -> None:
    """A deal that is unwound returns to its lines what it has drawn."""
    for line_id, amount in deal.funded_by.items():
        _leave(turn, line_id, amount)
    deal.funded_by = {}


def _leave(turn: Turn, line_id: str, amount: int) -> None:
    line = turn.state.statement_lines[line_id]
    line.left += amount
    turn.state.touch(line)


def _age(line: StatementLine) -> tuple[int, str]:
    return line.value_time_ms, line.id
