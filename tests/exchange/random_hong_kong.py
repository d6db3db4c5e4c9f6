"""What a Hong Kong venue's random days have besides: licences under its patents and designs and Macau's patents, told to their registers or not."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.scene import Scene

RIGHTS = 40
_LONG_MS = (31 * MS_PER_DAY, 190 * MS_PER_DAY)
"""A month, or longer than a register of Hong Kong gives."""
_KINDS = ("exclusive_licence", "sole_licence", "ordinary_licence", "ordinary_licence")


def licences(scene: Scene, dice: Any) -> None:
    """A licence is offered, accepted, signed and paid, and most often registered; or one that stands is registered late."""
    standing = [row for row in scene.state.licences.values() if row.state in {"GRANTED", "OVERDUE"}]
    if standing and dice.chance(8):
        scene.wait(dice.choose(_LONG_MS))
        return
    if standing and dice.chance(40):
        deal_id = dice.choose(standing).deal_id
        scene.file(deal_id)
        scene.confirm(deal_id)
        return
    able = [row.id for row in scene.state.parties.values() if row.state == "ACTIVE" and "seller" in row.roles]
    serial = dice.below(RIGHTS)
    place = "MO" if serial % 5 == 0 else "HK"
    right_id = f"MO-I{serial:06d}" if place == "MO" else f"HK-999901{serial:02d}.{serial % 10}"
    right_type = "invention"
    if serial % 5 == 1:
        right_id, right_type = f"HK-24001{serial:02d}.{serial % 10}", "design"
    if len(able) < 2 or right_id in scene.state.rights:
        return
    seller, buyer = able[dice.below(len(able))], able[0]
    scene.right(seller, right_id=right_id, right_type=right_type)
    ends_ms = scene.now + dice.choose((25, 170, 900)) * MS_PER_DAY
    fields = {"deal_kind": dice.choose(_KINDS), "territory": (place,), "currency": "HKD", "ends_ms": ends_ms}
    listed = scene.submit(seller, right_id, price=100_000_00, **fields)
    if listed.refusal is not None:
        return
    listing_id = listed.result["listing_id"]
    scene.operator(c.ApproveListing(listing_id=listing_id))
    scene.credit(buyer, 100_000_00, "HKD")
    accepted = scene.accept(listing_id, buyer)
    if accepted.refusal is not None:
        return
    deal_id = accepted.result["deal_id"]
    scene.sign(deal_id)
    if scene.state.deals[deal_id].state != "AWARDED":
        scene.by(buyer, c.FundDeal(deal_id=deal_id, statement_line=""))
