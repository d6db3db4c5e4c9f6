"""`ipx objection` and `ipx document`: what is said against a public notice, and papers on record."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from msgspec import UNSET

from api.cli.amounts import amount
from api.cli.connection import (
    AsJson,
    Key,
    ListingId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
)
from api.cli.moments import moment
from exchange.commands import DocumentTerms

objections = typer.Typer(no_args_is_help=True, help="Objections to public notices.")
documents = typer.Typer(no_args_is_help=True, help="Documents on record.")
ObjectionId = Annotated[str, typer.Argument(help="E.g. OBJ-1.")]
Reason = Annotated[str, typer.Option(help="Sealed with the entry.")]


@objections.command("make")
def make(
    listing_id: ListingId,
    ground: Annotated[str, typer.Argument(help="title, price, procedure, secrecy or other.")],
    statement: Annotated[str, typer.Option(help="Sealed, erasable.")],
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Object to a listing in public notice, once and with all that there is against it."""
    with company() as client:
        given = client.object_to(listing_id, ground, statement, idempotency_key=idempotency_key)  # type: ignore[arg-type]  # the venue checks the words
    show_acknowledgement(given, as_json=as_json)


@objections.command("withdraw")
def withdraw(objection_id: ObjectionId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Take an objection back."""
    with company() as client:
        given = client.withdraw_objection(objection_id)
    show_acknowledgement(given, as_json=as_json)


@objections.command("decide")
def decide(
    objection_id: ObjectionId,
    decision: Annotated[str, typer.Argument(help="upheld or dismissed.")],
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator decides on an objection."""
    with operator() as client:
        given = client.decide_objection(objection_id, decision, reason)
    show_acknowledgement(given, as_json=as_json)


@objections.command("list")
def listed(listing_id: ListingId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the objections to a listing that you may see."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.objections(listing_id)]
    show(rows, as_json=as_json, title="objections")


@documents.command("record")
def record(  # noqa: PLR0913 - what a document says
    document: Annotated[str, typer.Argument(help="E.g. venue_designation, appraisal, declassification.")],
    subject_id: Annotated[str, typer.Argument(help="A right, party, deal or listing, or `venue`.")],
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The document itself.")],
    reason: Reason,
    party: Annotated[str, typer.Option(help="Whom a letter of intent or a finding of collusion names.")] = "",
    until: Annotated[int | None, typer.Option(parser=moment, help="Until when it is valid.")] = None,
    value: Annotated[int | None, typer.Option(parser=amount, help="Of an appraisal.")] = None,
    currency: Annotated[str | None, typer.Option(help="Of an appraisal: CNY, HKD or MOP.")] = None,
    holders: Annotated[
        list[str] | None, typer.Option("--holder", help="A company number; once for each.")
    ] = None,
    announcement_number: Annotated[
        str | None, typer.Option(help="Of an open_licence_announcement: the office's number of it.")
    ] = None,
    alone: Annotated[
        list[str] | None,
        typer.Option(
            help="Of a co_owners_agreement: a kind of licence that each may grant alone; once for each."
        ),
    ] = None,
    reference: Annotated[str, typer.Option(help="The document's own number; sealed, erasable.")] = "",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator puts a document on record by its digest; the file itself stays where it is."""
    terms = DocumentTerms(
        document=document,  # type: ignore[arg-type]  # the venue checks the words
        subject_id=subject_id,
        party_id=party,
        valid_until_ms=until,
        amount=value,
        currency=currency,  # type: ignore[arg-type]  # as above
        holders=tuple(holders or ()),
        announcement_number=announcement_number or UNSET,
        alone=tuple(alone) if alone else UNSET,  # type: ignore[arg-type]  # as above
    )
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with operator() as client:
        given = client.record_document(terms, digest, reason, reference)
    show_acknowledgement(given, as_json=as_json)


@documents.command("list")
def recorded(
    subject_id: Annotated[str | None, typer.Argument(help="A right, party or deal, or `venue`.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator lists the documents on record."""
    with operator() as client:
        rows = [view.model_dump(mode="json") for view in client.documents(subject_id)]
    show(rows, as_json=as_json, title="documents")
