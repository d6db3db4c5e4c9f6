"""`ipx key`: the company's own keys, in encrypted files that only their owner can read, and on the chain."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer

from api.cli.connection import (
    AsJson,
    company,
    password,
    reader,
    show,
    show_acknowledgement,
    show_one,
)
from api.cli.recoveries import app as recovery
from ledger.keystore import read_keystore, write_keystore
from ledger.secp256k1 import SignatureRefused
from ledger.signatures import PrivateKey

app = typer.Typer(no_args_is_help=True, help="The company's own keys.")
app.add_typer(recovery, name="recovery")
LONGEST_PLAIN_KEY = 200
"""Characters; a key has 64 hex digits."""
File = Annotated[Path, typer.Argument(help="The key file.")]
CompanyNumber = Annotated[str, typer.Option(help="In the Mainland the 18-character USCC.")]
Letter = Annotated[
    Path,
    typer.Option(
        exists=True,
        dir_okay=False,
        readable=True,
        help="The letter 授权委托书 that binds the key; its SHA-256 is sealed.",
    ),
]
OtherKey = Annotated[
    Path | None, typer.Option(help="The file of another of the company's keys; its own if left out.")
]


@app.command("new")
def new(file: File, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Make a key. The venue never sees it; without file and password it is lost."""
    key = PrivateKey.generate()
    write_keystore(file, key, password(confirm=True))
    show_one({"address": key.address, "file": str(file)}, as_json=as_json, title="new key")


@app.command("import")
def import_plain(
    plain: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="A file with 64 hex digits.")],
    file: File,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Encrypt a plain key, e.g. an operator's of a development venue, into a key file; the plain one stays."""
    with plain.open() as stream:
        content = stream.read(LONGEST_PLAIN_KEY)
    try:
        key = PrivateKey.from_hex(content.strip())
    except SignatureRefused as error:
        message = f"{plain} holds no key of 64 hex digits"
        raise typer.BadParameter(message, param_hint="PLAIN") from error
    write_keystore(file, key, password(confirm=True))
    show_one({"address": key.address, "file": str(file)}, as_json=as_json, title="imported key")


@app.command("show")
def show_file(file: File, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a key file's address."""
    key = read_keystore(file, password())
    show_one({"address": key.address, "file": str(file)}, as_json=as_json, title="key")


@app.command("enrol")
def enrol(
    company_number: CompanyNumber,
    authorisation_letter: Letter,
    deal_key: Annotated[
        Path | None,
        typer.Option(help="Another key file: a key for single deals, which rivals cannot tell is yours."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Bind the company's key for the chain, or another one: without it no deal can be signed."""
    other = None if deal_key is None else read_keystore(deal_key, password())
    with company() as client:
        given = client.enrol_key(company_number, _digest(authorisation_letter), key=other)
    show_acknowledgement(given, as_json=as_json)


@app.command("list")
def list_keys(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the company's keys as the chain is to know them."""
    with reader() as client:
        rows = [key.model_dump(mode="json") for key in client.enrolled_keys()]
    show(rows, as_json=as_json, title="keys")


@app.command("rotate")
def rotate(
    new_file: Annotated[Path, typer.Argument(help="The new key's file: `ipx key new FILE` makes one.")],
    authorisation_letter: Letter,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Put a new key in the place of the company's own; both sign. Afterwards name the new file by --keystore."""
    new = read_keystore(new_file, password())
    with company() as client:
        given = client.rotate_key(new, _digest(authorisation_letter))
    show_acknowledgement(given, as_json=as_json)


@app.command("revoke")
def revoke(
    reason: Annotated[str, typer.Option(help="A code, e.g. stolen; it stands on the chain in the clear.")],
    deal_key: OtherKey = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """End the company's own key at once, or another of its keys. It signs nothing more, here or on the chain."""
    other = None if deal_key is None else read_keystore(deal_key, password())
    with company() as client:
        given = client.revoke_key(reason, key=other)
    show_acknowledgement(given, as_json=as_json)


@app.command("cancel-all")
def cancel_all(deal_key: OtherKey = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Cancel whatever the key signed and the chain has not recorded: deals, offers, acceptances."""
    other = None if deal_key is None else read_keystore(deal_key, password())
    with company() as client:
        given = client.advance_counter(key=other)
    show_acknowledgement(given, as_json=as_json)


def _digest(letter: Path) -> str:
    return hashlib.sha256(letter.read_bytes()).hexdigest()
