"""Licences whose contracts let their licensees license others, and sub-licences under them, in a few words each."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.turn import Outcome
from tests.exchange.rule_cases import posted
from tests.exchange.scene import Scene

PRICE = 100_000_00
HEAD_ENDS_MS = 1_950_000_000_000
"""Far before the right of a scene expires."""


def granted(scene: Scene, deal: str) -> str:
    """The licence of a deal that is signed, paid for and paid out."""
    scene.sign(deal)
    assert scene.fund(deal).refusal is None
    scene.pay_all(deal)
    return str(scene.state.deals[deal].licence_id)


def head(scene: Scene, **fields: Any) -> tuple[str, str, str]:
    """Owner, licensee and a living licence between them that allows sub-licences; keyword arguments replace its terms."""
    terms: dict[str, Any] = {
        "deal_kind": "exclusive_licence",
        "may_sublicense": True,
        "ends_ms": HEAD_ENDS_MS,
    } | fields
    owner, licensee, listing = posted(scene, **terms)
    return owner, licensee, granted(scene, scene.deal(listing, licensee))


def submit(scene: Scene, licensee: str, licence_id: str, **fields: Any) -> Outcome:
    """The licensee offers a sub-licence under its licence; keyword arguments replace its terms."""
    terms: dict[str, Any] = {
        "deal_kind": "ordinary_licence",
        "head_licence": licence_id,
        "ends_ms": HEAD_ENDS_MS,
    } | fields
    right_id = terms.pop("right_id", None) or scene.state.licences[licence_id].right_id
    return scene.submit(licensee, right_id, **terms)


def listed(scene: Scene, licensee: str, licence_id: str, **fields: Any) -> str:
    """A listing of sub-licences, opened."""
    outcome = submit(scene, licensee, licence_id, **fields)
    assert outcome.refusal is None, outcome.refusal
    listing_id = outcome.result["listing_id"]
    assert scene.operator(c.ApproveListing(listing_id=listing_id)).refusal is None
    return str(listing_id)
