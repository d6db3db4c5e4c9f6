"""`ipx listing check`: everything that bars a listing, at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.cli.connection import AsJson, ListingId, reader, show, show_one

if TYPE_CHECKING:
    from api.checks.schemas import CheckView


def check(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show all that bars a listing from its next step, and what later steps still need; makes no entry."""
    with reader() as client:
        view = client.check_listing(listing_id)
    show_check(view, as_json=as_json)


def show_check(view: CheckView, *, as_json: bool) -> None:
    """Show a check: grounds, then warnings, then duties."""
    shown = view.model_dump(mode="json")
    if as_json:
        show_one(shown, as_json=True, title="check")
        return
    lines = [
        {
            "bars": "now" if kind == "grounds" else "later",
            "step": each["step"],
            "code": each["code"],
            "missing": ""
            if each["missing"] is None
            else f"{each['missing']['fact']} ({each['missing']['supplier']})",
            "cure": each["cure"],
            "补正": each["cure_zh"],
        }
        for kind in ("grounds", "warnings")
        for each in shown[kind]
    ]
    lines += [
        {
            "bars": "never",
            "step": each["owed_by"],
            "code": each["code"],
            "missing": "",
            "cure": each["met"],
            "补正": each["met_zh"],
        }
        for each in shown["duties"]
    ]
    show(lines, as_json=False, title=f"{view.right_id}: {'may go on' if view.may_go_on else 'may not go on'}")
