"""`ipx dispute` and `ipx freeze`: deals in dispute, and freezes that the venue was told of."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    DealId,
    Key,
    RightId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.moments import moment

app = typer.Typer(no_args_is_help=True, help="Disputes over deals.")
freezes = typer.Typer(no_args_is_help=True, help="Freezes of rights by notice or order.")
DisputeId = Annotated[str, typer.Argument(help="E.g. DIS-1.")]
FreezeId = Annotated[str, typer.Argument(help="E.g. FRZ-1: `ipx freeze list`.")]
Document = Annotated[
    Path, typer.Option(exists=True, dir_okay=False, help="The document: its SHA-256 is recorded.")
]
Reference = Annotated[str, typer.Option(help="The case's or notice's number; sealed, erasable.")]
Reason = Annotated[str, typer.Option(help="Sealed with the entry.")]
Ground = Annotated[
    str,
    typer.Option(help="non_payment, non_performance, title, validity, scope, agreement or other."),
]
Decides = Annotated[
    str,
    typer.Option(
        "--body", help="scia, cietac, hkiac, wtc_macau, court_cn, court_hk, court_mo, cnipa or mediation."
    ),
]


def digest_of(document: Path) -> str:
    """SHA-256 (hex) of a document."""
    return hashlib.sha256(document.read_bytes()).hexdigest()


@app.command("raise")
def raise_dispute(  # noqa: PLR0913 - what a dispute consists of
    deal_id: DealId,
    ground: Ground,
    body: Decides,
    reference: Reference,
    document: Document,
    reason: Annotated[str | None, typer.Option(help="As an operator: why; sealed with the entry.")] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Bring a deal into dispute: its clocks stand still until an outcome is recorded."""
    digest = digest_of(document)
    if reason is not None:
        with operator() as desk:
            given = desk.record_dispute(deal_id, ground, body, reference, digest, reason)
    else:
        with company() as client:
            given = client.raise_dispute(
                deal_id, ground, body, reference, digest, idempotency_key=idempotency_key
            )
    show_acknowledgement(given, as_json=as_json)


@app.command("outcome")
def outcome(  # noqa: PLR0913 - what an outcome consists of
    dispute_id: DisputeId,
    what: Annotated[
        str, typer.Argument(metavar="OUTCOME", help="resume, unwind, reverse_deal or terminate_licence.")
    ],
    document: Document,
    reason: Reason,
    reverse_deal: Annotated[str | None, typer.Option(help="The deal that gave the right back.")] = None,
    defaulted: Annotated[str | None, typer.Option(help="Of unwind: who did not perform.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records the outcome."""
    with operator() as desk:
        given = desk.record_dispute_outcome(
            dispute_id, what, digest_of(document), reason, reverse_deal, defaulted=defaulted
        )
    show_acknowledgement(given, as_json=as_json)


@app.command("reverse")
def reverse(
    dispute_id: DisputeId,
    price: Annotated[
        int, typer.Argument(metavar="AMOUNT", parser=amount, help="Decimal string; 0 if nothing.")
    ],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records that the right is to be given back: the deal from buyer to seller is drawn up."""
    with operator() as desk:
        given = desk.order_reverse_deal(dispute_id, price, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    deal_id: Annotated[str | None, typer.Option("--deal", help="E.g. D-1.")] = None,
    state: Annotated[str | None, typer.Option(help="E.g. OPEN.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List disputes over your deals; an operator sees all."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.disputes(deal_id=deal_id, state=state)]
    names = ("id", "deal_id", "state", "ground", "body", "raised_by", "came_from", "opened_ms", "ended_ms")
    show(
        views if as_json else [{name: view[name] for name in names} for view in views],
        as_json=as_json,
        title="disputes",
    )


@app.command("show")
def show_dispute(dispute_id: DisputeId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a dispute and the clocks that stand still."""
    with reader() as client:
        view = client.dispute(dispute_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="dispute")


@freezes.command("record")
def record(  # noqa: PLR0913 - what a freeze consists of
    right_id: RightId,
    ground: Annotated[str, typer.Argument(help="dispute (Art. 103) or preservation (Art. 104).")],
    reference: Reference,
    document: Document,
    since: Annotated[int, typer.Option(parser=moment, help="RFC 3339 with offset, or ms UTC.")],
    reason: Reason,
    until: Annotated[int | None, typer.Option(parser=moment, help="Of a preservation: its end.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records a freeze that the venue was told of."""
    with operator() as desk:
        given = desk.record_freeze(
            right_id, ground, reference, digest_of(document), since, reason, until_ms=until
        )
    show_acknowledgement(given, as_json=as_json)


@freezes.command("extend")
def extend(
    freeze_id: FreezeId,
    until: Annotated[int, typer.Argument(parser=moment, help="RFC 3339 with offset, or ms UTC.")],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records that a freeze lasts longer."""
    with operator() as desk:
        given = desk.extend_freeze(freeze_id, until, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@freezes.command("lift")
def lift(
    freeze_id: FreezeId,
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records that a freeze was lifted."""
    with operator() as desk:
        given = desk.lift_freeze(freeze_id, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@freezes.command("list")
def freezes_listed(
    right_id: Annotated[str | None, typer.Option("--right", help="E.g. CN-201610178553.5.")] = None,
    state: Annotated[str | None, typer.Option(help="E.g. DISPUTE.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List freezes that the venue was told of; what the register shows stands with the right."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.freezes(right_id=right_id, state=state)]
    show(rows, as_json=as_json, title="freezes")
