"""`ipx key recovery`: a lost key's place is asked for, proposed, vetoed, looked at."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.connection import (
    AsJson,
    PartyId,
    company,
    operator,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.client import RecoveryRequest

app = typer.Typer(no_args_is_help=True, help="Another key in the place of a lost one.")
LARGEST_REQUEST = 64 * 1024
"""Bytes of a request file."""
_COMMITMENT_BYTES = 32


@app.command("request")
def request(
    party_id: PartyId,
    papers: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The papers that show who asks, in one file; its SHA-256 is sealed.",
        ),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="The request, for an operator of the venue.")],
    commitment: Annotated[
        str,
        typer.Option(
            help="By which the chain knows the party, 64 hex digits; the venue is asked for it if left out."
        ),
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Sign with the NEW key (`--keystore`) that it is to take the lost one's place; hand the file in at the venue."""
    if out.exists():
        message = f"{out} exists; a request is not written over"
        raise typer.BadParameter(message, param_hint="--out")
    party = _commitment(commitment) if commitment else None
    digest = hashlib.sha256(papers.read_bytes()).hexdigest()
    with company() as client:
        made = client.request_recovery(party_id, digest, party=party)
    # The salt is what keeps the papers' commitment from being guessed.
    descriptor = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(made)) + b"\n")
    shown: dict[str, object] = {"party_id": made.party_id, "new_key": made.new_key, "file": str(out)}
    show_one(shown, as_json=as_json, title="request for a recovery")


@app.command("propose")
def propose(
    request_file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The company's request.")
    ],
    reason: Annotated[str, typer.Option(help="What was seen, and why it is believed; sealed.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator proposes a recovery: it takes effect after 14 days unless the live key vetoes it."""
    with request_file.open("rb") as file:
        content = file.read(LARGEST_REQUEST)
    try:
        made = msgspec.json.decode(content, type=RecoveryRequest)
    except (msgspec.DecodeError, msgspec.ValidationError) as error:
        message = f"{request_file} is no request of `ipx key recovery request`"
        raise typer.BadParameter(message, param_hint="REQUEST_FILE") from error
    with operator() as client:
        given = client.propose_recovery(made, reason)
    show_acknowledgement(given, as_json=as_json)


@app.command("veto")
def veto(
    new_key: Annotated[str, typer.Argument(help="The key that is proposed: `ipx key recovery list`.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Refuse a recovery with the company's live key. The refused key can never be a key of anybody's here."""
    with company() as client:
        given = client.veto_recovery(new_key)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def listed(
    party_id: Annotated[
        str, typer.Argument(help="A party, for operators; the company's own if left out.")
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show a party's recoveries, and until when the one that is under way can be vetoed."""
    with reader() as client:
        found = client.recoveries_of(party_id or client.own_party().id)
        views = [view.model_dump(mode="json") for view in found]
    names = ("new_key", "state", "proposed_ms", "veto_until_ms", "completes_ms")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="recoveries")


def _commitment(text: str) -> bytes:
    try:
        found = bytes.fromhex(text.removeprefix("0x"))
    except ValueError:
        found = b""
    if len(found) != _COMMITMENT_BYTES:
        message = "a commitment has 64 hex digits"
        raise typer.BadParameter(message, param_hint="--commitment")
    return found
