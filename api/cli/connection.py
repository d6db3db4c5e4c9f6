"""Where the command line finds the venue, the API key and the company's key: options first, then the environment.

Passwords are asked for or come from `IPX_KEYSTORE_PASSWORD`, never from an option that other users could see.
"""

from __future__ import annotations

import os
from contextvars import ContextVar
from pathlib import Path
from typing import Annotated, TypeAlias

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.calls.acknowledgements import Acknowledgement, AcknowledgementLog
from api.client import Client, OperatorClient
from api.deals.schemas import ToSign
from api.offers.schemas import OfferToSign
from ledger.keystore import read_keystore
from ledger.signatures import PrivateKey

Url: TypeAlias = Annotated[
    str, typer.Option("--url", envvar="IPX_URL", help="The venue, e.g. http://127.0.0.1:8000.")
]
ApiKey: TypeAlias = Annotated[
    str,
    typer.Option(
        "--api-key", envvar="IPX_API_KEY", help="Better given by the environment.", show_envvar=True
    ),
]
Keystore: TypeAlias = Annotated[
    Path | None, typer.Option("--keystore", envvar="IPX_KEYSTORE", help="The encrypted key file.")
]
Log: TypeAlias = Annotated[
    Path | None,
    typer.Option("--log", envvar="IPX_ACKNOWLEDGEMENTS", help="Append every acknowledgement to this file."),
]
Only: TypeAlias = Annotated[
    str,
    typer.Option("--only", help="Print this value alone, a line for each row: for scripts, e.g. listing_id."),
]
AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Key: TypeAlias = Annotated[
    str | None,
    typer.Option("--idempotency-key", help="Repeat an earlier command under its key; random if left out."),
]
ListingId: TypeAlias = Annotated[str, typer.Argument(help="The listing, e.g. L-1: `ipx listing list`.")]
BidId: TypeAlias = Annotated[str, typer.Argument(help="The bid, e.g. B-1, as it was acknowledged.")]
DealId: TypeAlias = Annotated[str, typer.Argument(help="The deal, e.g. D-1: `ipx deal list`.")]
PartyId: TypeAlias = Annotated[
    str, typer.Argument(help="The party, e.g. P-1, as its application was answered.")
]
RightId: TypeAlias = Annotated[
    str, typer.Argument(help="The right, e.g. CN-201610178553.5: `ipx right list`.")
]
PASSWORD = "IPX_KEYSTORE_PASSWORD"  # noqa: S105 - the name of a variable, not a password


class Connection(msgspec.Struct, frozen=True):
    """What the options of the root command said."""

    url: str
    api_key: str
    keystore: Path | None
    log: Path | None
    only: str = ""


_connection: ContextVar[Connection] = ContextVar("connection")


def use(connection: Connection) -> None:
    """Speak to this venue, with these keys, from now on."""
    _connection.set(connection)


def reader() -> Client:
    """A client that only reads."""
    settings = _connection.get()
    return Client(settings.url, settings.api_key or None)


def company() -> Client:
    """A client that signs with the company's key."""
    settings = _connection.get()
    return Client(settings.url, settings.api_key or None, _key(settings), log=_log(settings))


def operator() -> OperatorClient:
    """A client that signs with an operator's key."""
    settings = _connection.get()
    return OperatorClient(settings.url, settings.api_key or None, _key(settings), log=_log(settings))


def signing_key() -> PrivateKey:
    """The key that signs, for commands that are given beside the processes."""
    return _key(_connection.get())


def signing_key_if_named() -> PrivateKey | None:
    """The same where a key file was named, else nothing."""
    settings = _connection.get()
    return None if settings.keystore is None else _key(settings)


def importer() -> Client | OperatorClient:
    """A client that imports: as an operator if the key is one of the venue's, else as a company."""
    with reader() as asking:
        operators = asking.venue().operators
    settings = _connection.get()
    key = _key(settings)
    kind = OperatorClient if key.address in operators else Client
    return kind(settings.url, settings.api_key or None, key, log=_log(settings))


def password(*, confirm: bool = False) -> str:
    """The key file's password: from the environment, else asked for."""
    given = os.environ.get(PASSWORD)
    if given is not None:
        return given
    asked: str = typer.prompt("Password of the key file", hide_input=True, confirmation_prompt=confirm)
    return asked


def show(rows: list[dict[str, object]], *, as_json: bool, title: str) -> None:
    """Print rows as one JSON list, or as a table. Cells are plain text, so no value is read as markup."""
    if _connection.get().only:
        for row in rows:
            _show_only(row)
        return
    if as_json:
        typer.echo(msgspec.json.encode(rows))
        return
    if not rows:
        Console().print(f"{title}: none", highlight=False)
        return
    names = list(rows[0])
    table = Table(title=title)
    for name in names:
        table.add_column(name, overflow="fold")  # an id that is cut cannot be copied
    for row in rows:
        table.add_row(*(Text(_cell(row.get(name))) for name in names))
    Console().print(table)


def show_one(row: dict[str, object], *, as_json: bool, title: str) -> None:
    """Print one object as JSON, or as a table of names and values."""
    if _connection.get().only:
        _show_only(row)
        return
    if as_json:
        typer.echo(msgspec.json.encode(row))
        return
    table = Table("", "", title=title, show_header=False)
    table.columns[1].overflow = "fold"
    for name, value in row.items():
        table.add_row(name, Text(_cell(value)))
    Console().print(table)


def show_to_sign(view: ToSign | OfferToSign, *, as_json: bool) -> None:
    """Print what is to be signed as JSON, or in plain words with the contract and the digest."""
    if as_json:
        typer.echo(view.model_dump_json())
        return
    console = Console()
    annex = "" if view.annex is None else view.annex.texts[view.prevails]
    for text in (view.words, view.words_zh, view.contract_text, annex, f"digest {view.digest}"):
        console.print(Text(text))


def show_acknowledgement(given: Acknowledgement, *, as_json: bool, **more: str | None) -> None:
    """Print what the venue acknowledged; its receipt has been checked."""
    if as_json and not _connection.get().only:
        typer.echo(msgspec.json.encode({**msgspec.to_builtins(given), **more}))
        return
    ids = {name: value for name, value in more.items() if value is not None}
    row: dict[str, object] = {**given.result, **ids, "entry": given.entry, "receipt": "checked"}
    show_one(row, as_json=False, title=f"{given.type}: accepted")


def _show_only(row: dict[str, object]) -> None:
    name = _connection.get().only
    if name not in row:
        message = f"there is no {name!r} in this answer, but {', '.join(row)}"
        raise typer.BadParameter(message, param_hint="--only")
    typer.echo(_cell(row[name]))


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def _key(settings: Connection) -> PrivateKey:
    if settings.keystore is None:
        message = "name the key file by --keystore or IPX_KEYSTORE; `ipx key new FILE` makes one"
        raise typer.BadParameter(message)
    return read_keystore(settings.keystore, password())


def _log(settings: Connection) -> AcknowledgementLog | None:
    return None if settings.log is None else AcknowledgementLog(settings.log)
