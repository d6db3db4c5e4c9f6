"""By which lines of the bank's statement a deal's price came in: a line funds deals up to its amount, no further."""

from __future__ import annotations

from exchange.rows import Deal, StatementLine
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn


def covering_lines(state: State, deal: Deal, line_id: str) -> dict[str, int]:
    """What each of the buyer's lines gives towards the price: the cited line first, then the others, oldest first.

    Raises:
        Refusal: LINE-NOT-MATCHING: the cited line is not the buyer's in this currency or has funded others in full, or
            all lines together have too little left.
    """
    cited = state.statement_lines.get(line_id)
    if cited is None or (cited.party_id, cited.currency) != (deal.buyer, deal.currency) or not cited.left:
        refuse(rules.LINE_NOT_MATCHING, line_id=line_id)
    own = [state.statement_lines[each] for each in state.lines_of[deal.buyer]]
    others = sorted(
        (line for line in own if line.left and line.currency == deal.currency and line is not cited),
        key=_age,
    )
    drawn: dict[str, int] = {}
    missing = deal.price
    for line in (cited, *others):
        if not missing:
            break
        drawn[line.id] = min(line.left, missing)
        missing -= drawn[line.id]
    if missing:
        refuse(rules.LINE_NOT_MATCHING, line_id=line_id, currency=deal.currency, short_of=missing)
    return drawn


def draw(turn: Turn, deal: Deal, drawn: dict[str, int]) -> None:
    """The lines have this much less left."""
    deal.funded_by = drawn
    for line_id, amount in drawn.items():
        _leave(turn, line_id, -amount)


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
