"""What would bar a listing, all at once: every ground that the engine would refuse it on, and what later steps need.

The grounds are those that the engine itself asks, over a state made of the rows concerned; nothing is decided and
nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import msgspec

from exchange.commands import ListingTerms, SubmitListing
from exchange.listings import duties, floor, lots, titles
from exchange.listings.duties import Owed
from exchange.listings.grounds import approval_grounds
from exchange.listings.titles import Ground
from exchange.parties import active_actor, with_role
from exchange.rows import Listing
from exchange.rules import (
    civil_code,
    credit,
    export_control,
    first_refusal,
    invalidity,
    open_licences,
    patent_law,
    pledge_law,
    secrecy,
    trademark_law,
)
from exchange.rules.rule import Detail, Refusal, Rule, Step
from exchange.sellers import sellers_of
from exchange.turn import Turn


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A rule that would refuse `step`, and the facts that decide it."""

    step: Step
    rule: Rule
    detail: Detail


class Findings(msgspec.Struct, frozen=True, kw_only=True):
    """What bars a listing now, what it may stand with but later steps would be refused for, and its duties."""

    grounds: tuple[Finding, ...]
    warnings: tuple[Finding, ...]
    duties: tuple[Owed, ...]


def on_draft(turn: Turn, command: SubmitListing, terms: ListingTerms) -> Findings:
    """What bars the acting party from submitting this listing, and the operator from opening it afterwards."""
    listing = floor.drawn_up(turn, command, terms, "")
    found = _collect("list", floor.submission_grounds(turn, command, terms), _may_sell(turn))
    found += _collect("approve", approval_grounds(turn, listing))
    return _findings(turn, listing, found)


def on_listing(turn: Turn, listing: Listing) -> Findings:
    """What bars a listing from its next step: its approval, or once it is open the signature of its deals."""
    if listing.state == "SUBMITTED":
        return _findings(turn, listing, _collect("approve", approval_grounds(turn, listing)))
    return _findings(turn, listing, _collect("sign", _disposal(turn, listing)))


def _may_sell(turn: Turn) -> Iterator[Ground]:
    yield lambda: _ignore(with_role(active_actor(turn), "seller"))


def _ignore(_: object) -> None:
    return


def _disposal(turn: Turn, listing: Listing) -> Iterator[Ground]:
    """What bars its seller from disposing of the right, or of any right of a lot, whoever buys."""
    state, kind = turn.state, listing.deal_kind
    for each in sellers_of(state, listing):
        yield partial(credit.party_is_not_sanctioned, state, each, turn.time_ms)
    for right in lots.rights_of(state, listing):
        yield partial(open_licences.no_open_licence_is_declared, state, right, kind, turn.time_ms)
        yield partial(secrecy.right_is_not_secret, state, right)
        yield partial(patent_law.right_is_alive, right, turn.time_ms)
        yield partial(invalidity.no_decision_stands, right)
        yield partial(patent_law.right_is_not_frozen, right)
        yield from titles.of_a_listing(state, right, listing, turn.time_ms)
        yield partial(trademark_law.similar_marks_go_together, right, kind)
        yield partial(civil_code.title_is_on_record, state.venue, right)


def _later(turn: Turn, listing: Listing) -> list[Finding]:
    """What a listing may stand with, though bids from elsewhere, signatures, filing or a pledge would be refused."""
    state = turn.state
    rights = lots.rights_of(state, listing)
    export = [
        partial(
            export_control.may_leave_the_mainland, state, right, each, export_control.ELSEWHERE, turn.time_ms
        )
        for right in rights
        for each in sellers_of(state, listing)
    ]
    met = first_refusal.refusal_is_met
    return [
        *_collect("bid", export),
        *_collect("sign", [partial(civil_code.pledgees_consent, state, right, listing) for right in rights]),
        *_collect("sign", [partial(met, state, listing, right, turn.time_ms) for right in rights]),
        *_collect(
            "file", [partial(patent_law.fees_are_paid, state, right, turn.time_ms) for right in rights]
        ),
        *_collect("pledge", [partial(pledge_law.no_invalidation_is_requested, right) for right in rights]),
    ]


def _collect(step: Step, *grounds: Iterable[Ground]) -> list[Finding]:
    found = []
    for ground in (each for some in grounds for each in some):
        try:
            ground()
        except Refusal as refusal:
            found.append(Finding(step=step, rule=refusal.rule, detail=refusal.detail))
    return found


def _findings(turn: Turn, listing: Listing, grounds: list[Finding]) -> Findings:
    """Each rule once for the same facts: a ground of one step is not named again for the next."""
    seen: list[tuple[str, Detail]] = []
    kept: list[list[Finding]] = [[], []]
    for place, found in enumerate((grounds, _later(turn, listing))):
        for each in found:
            if (each.rule.code, each.detail) not in seen:
                seen.append((each.rule.code, each.detail))
                kept[place].append(each)
    owed = duties.owed_with(turn.state, listing, turn.time_ms)
    return Findings(grounds=tuple(kept[0]), warnings=tuple(kept[1]), duties=owed)
