"""Every command of the continuous mode in every state of its listing, by real commands."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.turn import Outcome
from tests.exchange.continuous_rule_cases import HK_RIGHT, PROFILE, floor, offered, order
from tests.exchange.scene import Scene

ASK, BID = "O-1", "O-2"


def listing_in(state: str) -> tuple[Scene, Any]:
    """A listing of seller P-1 in a state, with an ask of its own and a bid of P-2's where orders can rest."""
    scene = Scene(**PROFILE)
    seller, buyer, listing_id = floor(scene, trading=False)
    listing = scene.state.listings[listing_id]
    if state in {"SUBMITTED", "REJECTED"}:
        other = scene.right(seller, right_id="HK-99990011.5")
        listing = scene.state.listings[offered(scene, seller, other).result["listing_id"]]
        if state == "REJECTED":
            scene.operator(c.RejectListing(listing_id=listing.id))
    else:
        order(scene, listing_id, seller, "sell", 100_00, 5)
        order(scene, listing_id, buyer, "buy", 90_00)
    if state not in {"SUBMITTED", "REJECTED", "OPEN"}:
        scene.wait(MS_PER_HOUR)
    if state == "WITHDRAWN":
        scene.by(seller, c.WithdrawListing(listing_id=listing_id))
    elif state == "LAPSED":
        scene.wait(31 * MS_PER_DAY)
    elif state == "SUSPENDED":
        scene.copy(HK_RIGHT, seller, freeze="dispute")
    elif state in {"AWARDED", "SOLD"}:
        order(scene, listing_id, buyer, "buy", 100_00, 5)
    if state == "SOLD":
        scene.sign("D-1")
        scene.fund("D-1")
        scene.pay_all("D-1")
    assert listing.state == state
    return scene, listing


COMMANDS: dict[str, Callable[[Scene, Any], Outcome]] = {
    "ask": lambda scene, row: order(scene, row.id, "P-1", "sell", 110_00),
    "bid": lambda scene, row: order(scene, row.id, "P-2", "buy", 80_00),
    "amend": lambda scene, _: scene.by(
        "P-2", c.AmendOrder(order_id=BID), c.OrderTerms(limit=85_00, quantity=1)
    ),
    "cancel": lambda scene, _: scene.by("P-2", c.CancelOrder(order_id=BID)),
    "cancel_all": lambda scene, row: scene.by("P-2", c.CancelOrders(listing_id=row.id)),
    "withdraw": lambda scene, row: scene.by("P-1", c.WithdrawListing(listing_id=row.id)),
    "accept": lambda scene, row: scene.accept(row.id, "P-2"),
    "bid in the mode's other sense": lambda scene, row: scene.bid(row.id, "P-2", 120_00),
    "freeze": lambda scene, row: scene.copy(row.right_id, "P-1", freeze="dispute"),
    "clear": lambda scene, row: scene.copy(row.right_id, "P-1"),
}
W, U, S, F = "WRONG-STATE", "UNKNOWN-ID", "same", "ASKS-BEYOND-OFFER"
_NEVER = {"accept": W, "bid in the mode's other sense": W}
_OVER = {"ask": W, "bid": W, "amend": U, "cancel": U, "cancel_all": S, "withdraw": W, "freeze": S, **_NEVER}
CONTINUOUS: dict[str, dict[str, str]] = {
    "SUBMITTED": {"ask": W, "bid": W, "cancel_all": S, "withdraw": "WITHDRAWN", "freeze": S, **_NEVER},
    "OPEN": {"ask": F, "bid": S, "amend": S, "cancel": S, "cancel_all": S, "withdraw": "WITHDRAWN", "freeze": "SUSPENDED", **_NEVER},
    "TRADING": {"ask": F, "bid": S, "amend": S, "cancel": S, "cancel_all": S, "withdraw": "WITHDRAWN", "freeze": "SUSPENDED", **_NEVER},
    "SUSPENDED": {"ask": W, "bid": W, "amend": W, "cancel": S, "cancel_all": S, "withdraw": "WITHDRAWN", "freeze": S, "clear": "TRADING", **_NEVER},
    "AWARDED": _OVER,
    "SOLD": _OVER,
    "LAPSED": _OVER,
    "WITHDRAWN": _OVER,
    "REJECTED": _OVER,
}  # fmt: skip
"""State to command to the listing's next state, `same`, or the code of the rule that bars it."""


@pytest.mark.parametrize(
    ("state", "command"), [(state, command) for state, row in CONTINUOUS.items() for command in row]
)
def test_a_command_is_taken_or_refused_by_name_in_every_state(state: str, command: str) -> None:
    scene, listing = listing_in(state)
    hash_before = scene.state.state_hash()
    outcome = COMMANDS[command](scene, listing)
    expected = CONTINUOUS[state][command]
    if expected in {W, U, F}:
        assert outcome.refusal is not None, "taken"
        assert (outcome.refusal.code, outcome.events) == (expected, ())
        assert scene.state.state_hash() == hash_before
    else:
        assert outcome.refusal is None, outcome.refusal
        assert listing.state == (state if expected == S else expected)
    scene.replay()
