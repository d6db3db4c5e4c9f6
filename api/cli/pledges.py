"""`ipx pledge`: pledges drawn up at the venue, from the contract to their end."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    Key,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.disputes import Document, Reason, Reference, digest_of
from api.cli.moments import moment
from exchange.commands import PledgeTerms

app = typer.Typer(no_args_is_help=True, help="Pledges of patents.")
PledgeId = Annotated[str, typer.Argument(help="E.g. PLG-1.")]
Sum = Annotated[int, typer.Argument(metavar="AMOUNT", parser=amount, help="Decimal string.")]
Until = Annotated[int, typer.Option(parser=moment, help="The debt's term: RFC 3339 with offset, or ms UTC.")]
Contract = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="Its text; sealed, erasable.")]
Obstacle = "none, stands, or waived by both sides in the contract."


@app.command("draw-up")
def draw_up(  # noqa: PLR0913 - what a pledge consists of
    sum_secured: Sum,
    right: Annotated[list[str], typer.Option(help="A right that is pledged; repeat for several.")],
    pledgee: Annotated[str, typer.Option(help="The pledgee's party id.")],
    until: Until,
    contract: Contract,
    kind: Annotated[str, typer.Option(help="secured or maximum.")] = "secured",
    currency: Annotated[str, typer.Option(help="CNY, HKD or MOP.")] = "CNY",
    twin: Annotated[str | None, typer.Option(help=f"A twin filed on the same day: {Obstacle}")] = None,
    invalidation: Annotated[str | None, typer.Option(help=f"Invalidation proceedings: {Obstacle}")] = None,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the holder: draw up a pledge; the grounds on which the office would refuse it are asked now."""
    terms = PledgeTerms(
        amount=sum_secured,
        currency=currency,  # type: ignore[arg-type]  # the venue checks the word
        kind=kind,  # type: ignore[arg-type]  # the venue checks the word
        ends_ms=until,
        twin=twin,  # type: ignore[arg-type]  # the venue checks the word
        invalidation=invalidation,  # type: ignore[arg-type]  # the venue checks the word
    )
    text = contract.read_text(encoding="utf-8")
    with company() as client:
        given = client.draw_up_pledge(right, pledgee, terms, text, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("sign")
def sign(pledge_id: PledgeId, idempotency_key: Key = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """As the pledgee: sign the contract as `ipx pledge show` prints it."""
    with company() as client:
        digest = client.pledge(pledge_id).contract_digest
        given = client.sign_pledge(pledge_id, digest, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("consent")
def consent(pledge_id: PledgeId, idempotency_key: Key = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """As a co-owner: consent to the contract, or, as the pledgor too, to the change, as `ipx pledge show` prints it."""
    with company() as client:
        digest = client.pledge(pledge_id).contract_digest
        given = client.consent_to_pledge(pledge_id, digest, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("lodge-consent")
def lodge_consent(
    pledge_id: PledgeId,
    company_number: Annotated[str, typer.Argument(help="Of who consents; sealed.")],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator lodges a written consent to a pledge as it stands now, of one that cannot sign here."""
    with operator() as desk:
        digest = desk.pledge(pledge_id).contract_digest
        given = desk.lodge_pledge_consent(pledge_id, company_number, digest, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("withdraw")
def withdraw(pledge_id: PledgeId, idempotency_key: Key = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Take back what the pledgee has not signed."""
    with company() as client:
        given = client.withdraw_pledge(pledge_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("change")
def change(  # noqa: PLR0913 - what a change consists of
    pledge_id: PledgeId,
    sum_secured: Sum,
    until: Until,
    contract: Contract,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """As the pledgee: ask for another sum and term; pledgor and co-owners consent before it is handed in."""
    text = contract.read_text(encoding="utf-8")
    with company() as client:
        given = client.change_pledge(pledge_id, sum_secured, until, text, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("discharge")
def discharge(pledge_id: PledgeId, idempotency_key: Key = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """As the pledgee: free the rights."""
    with company() as client:
        given = client.discharge_pledge(pledge_id, idempotency_key=idempotency_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("hand-in")
def hand_in(
    pledge_id: PledgeId,
    filing_id: Annotated[
        str, typer.Argument(help="Your number of the filing; each right adds .1, .2 to it.")
    ],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator has registration, change or discharge go to the office, with contract, change or release."""
    with operator() as desk:
        given = desk.hand_in_pledge(pledge_id, filing_id, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("file")
def file(
    pledge_id: PledgeId,
    filing_id: Annotated[str, typer.Argument(help="The office's or your own number of the filing.")],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records that the application went to an office without an adapter."""
    with operator() as desk:
        given = desk.file_pledge(pledge_id, filing_id, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("refused")
def refused(
    pledge_id: PledgeId,
    reason_code: Annotated[str, typer.Argument(help="As the office's notice names it.")],
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records that the office has refused what was asked of it last."""
    with operator() as desk:
        given = desk.record_pledge_refusal(pledge_id, reason_code, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("enforce")
def enforce(  # noqa: PLR0913 - what an enforcement consists of
    pledge_id: PledgeId,
    ground: Annotated[str, typer.Argument(help="agreement or court_order.")],
    reference: Reference,
    document: Document,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator records that a pledge is enforced; the right is sold by an ordinary listing."""
    with operator() as desk:
        given = desk.enforce_pledge(pledge_id, ground, reference, digest_of(document), reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    state: Annotated[str | None, typer.Option(help="E.g. REGISTERED.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List pledges of which you are a side; an operator sees all."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.pledges(state=state)]
    names = ("id", "state", "pledgor", "pledgee", "rights", "filing_id", "refused_for", "office_due_ms")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="pledges")


@app.command("show")
def show_pledge(pledge_id: PledgeId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a pledge."""
    with reader() as client:
        view = client.pledge(pledge_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="pledge")
