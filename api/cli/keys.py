"""`ipx key`: the company's own key, in an encrypted file that only its owner can read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from api.cli.connection import AsJson, password, show_one
from ledger.keystore import read_keystore, write_keystore
from ledger.secp256k1 import SignatureRefused
from ledger.signatures import PrivateKey

app = typer.Typer(no_args_is_help=True, help="The company's own key.")
LONGEST_PLAIN_KEY = 200
"""Characters; a key has 64 hex digits."""
File = Annotated[Path, typer.Argument(help="The key file.")]


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
def show(file: File, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a key file's address."""
    key = read_keystore(file, password())
    show_one({"address": key.address, "file": str(file)}, as_json=as_json, title="key")
