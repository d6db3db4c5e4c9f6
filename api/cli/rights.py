"""`ipx right`: families and timelines, and what an operator finds; looking one up is in `api.cli.records`."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli import records
from api.cli.connection import AsJson, RightId, operator, reader, show, show_acknowledgement
from exchange.commands import Holder

app = records.rights
WHOLE = 10_000
Reason = Annotated[str, typer.Option(help="Sealed with the entry.")]
Paper = Annotated[
    Path, typer.Option(exists=True, dir_okay=False, readable=True, help="Its SHA-256 is sealed.")
]


def _share(text: str) -> Holder:
    """A holder as `NUMBER` or `NUMBER=SHARE`, the share in basis points."""
    number, _, share = text.partition("=")
    if share and not share.isdecimal():
        message = "write a holder as its company number, or NUMBER=SHARE in basis points"
        raise typer.BadParameter(message)
    return Holder(company_number=number, share=int(share or WHOLE))


def digest_of(paper: Path) -> str:
    """SHA-256 (hex) of a file."""
    return hashlib.sha256(paper.read_bytes()).hexdigest()


@app.command("family")
def family(right_id: RightId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the rights of a right's family; each is a right of its own, and a deal in one moves no other."""
    with reader() as client:
        shown = client.family(right_id).model_dump(mode="json")
    names = ("id", "office", "right_type", "status", "expiry_date", "open_listing")
    rows = shown["members"] if as_json else [{name: row[name] for name in names} for row in shown["members"]]
    show(rows, as_json=as_json, title=f"family {shown['family'] or '-'}")


@app.command("timeline")
def timeline(right_id: RightId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show what the register, the venue and deals have said of a right, oldest first."""
    with reader() as client:
        items = client.timeline(right_id).model_dump(mode="json")["items"]
    names = ("at_ms", "kind", "subject_id", "state", "detail", "freeze", "fee_due", "words")
    show(
        items if as_json else [{name: item[name] for name in names} for item in items],
        as_json=as_json,
        title="timeline",
    )


@app.command("hold")
def hold(
    right_id: RightId,
    holder: Annotated[
        list[Holder], typer.Option(parser=_share, help="NUMBER or NUMBER=SHARE; again for each.")
    ],
    undertaking: Paper,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator finds who holds a right that no register keeps, on the holders' signed undertaking 承诺书."""
    with operator() as client:
        given = client.record_holding(right_id, holder, digest_of(undertaking), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("tie-family")
def tie_family(
    family_id: Annotated[str, typer.Argument(help="Capital letters, digits and hyphens.")],
    reason: Reason,
    member: Annotated[list[str] | None, typer.Option(help="A right's id; again for each.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator finds which rights are of one family; without members it is dissolved."""
    with operator() as client:
        given = client.tie_family(family_id, member or [], reason)
    show_acknowledgement(given, as_json=as_json)
