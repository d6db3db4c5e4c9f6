"""`ipx right`, `ipx account`, `ipx event`, `ipx venue`, `ipx rulebook`: looking things up."""

from __future__ import annotations

import secrets
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import msgspec
import typer

from api.calls.acknowledgements import read_log
from api.cli.amounts import amount
from api.cli.connection import AsJson, Key, RightId, reader, show, show_one
from api.cli.moments import moment
from api.cli.waiting import Deadline, wait_for
from api.client import Client
from api.money.schemas import LineView
from api.rights.schemas import RightView

rights = typer.Typer(no_args_is_help=True, help="Rights.")
accounts = typer.Typer(no_args_is_help=True, help="Money.")
events = typer.Typer(no_args_is_help=True, help="The journal.")


@rights.command("show")
def right(right_id: RightId, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show a right as of its last register copy."""
    with reader() as client:
        view = client.right(right_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="right")


@rights.command("encumbrances")
def encumbrances(
    right_id: RightId,
    at: Annotated[
        int | None, typer.Option(parser=moment, help="RFC 3339 with offset, or ms UTC; now if left out.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show what stood over a right at a moment, as of the register copy of a date."""
    with reader() as client:
        view = client.encumbrances(right_id, at)
    shown = view.model_dump(mode="json")
    if as_json:
        show_one(shown, as_json=True, title="encumbrances")
        return
    typer.echo(view.statement)
    typer.echo(view.statement_zh)
    rows = [_in_columns(each) for each in shown["encumbrances"]]
    show(rows, as_json=False, title=f"encumbrances of {right_id}")


@rights.command("wait")
def wait_for_copy(
    right_id: Annotated[list[str], typer.Argument(help="One or more rights.")],
    deadline: Deadline = 60,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Wait until the office's register copy of each right has come."""
    with reader() as client:
        for each in right_id:
            view = wait_for(partial(_copied, client, each), f"a register copy of {each}", deadline)
            shown = view.model_dump(mode="json")
            names = ("id", "status", "expiry_date", "freeze", "in_fee_grace", "holder_of_record", "pledges")
            rows = shown if as_json else {name: shown[name] for name in names if name in shown}
            show_one(rows, as_json=as_json, title="right")


def _copied(client: Client, right_id: str) -> tuple[RightView, bool]:
    view = client.right(right_id)
    return view, view.status is not None


@rights.command("list")
def rights_listed(
    office: Annotated[str | None, typer.Option(help="E.g. CN.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List rights."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in client.rights(office=office)]
    names = ("id", "right_type", "title", "filing_date", "status", "open_listing")
    rows = views if as_json else [{name: view[name] for name in names} for view in views]
    show(rows, as_json=as_json, title="rights")


@accounts.command("show")
def accounts_shown(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the caller's own accounts."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.accounts()]
    show(rows, as_json=as_json, title="accounts")


@accounts.command("holds")
def holds(
    account_id: Annotated[str, typer.Argument(help="E.g. P-3/deposit/CNY.")],
    state: Annotated[str | None, typer.Option(help="E.g. PENDING.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show what an account holds and has held: each hold ends once, posted, voided or expired."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.holds(account_id, state=state)]
    show(rows, as_json=as_json, title=f"holds of {account_id}")


@accounts.command("lines")
def lines(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show matched lines of the bank's statement."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.statement_lines()]
    show(rows, as_json=as_json, title="statement lines")


@accounts.command("credit")
def credit(
    sum_paid: Annotated[int, typer.Argument(metavar="AMOUNT", parser=amount, help="Decimal string.")],
    currency: Annotated[str, typer.Option(help="CNY, HKD or MOP.")] = "CNY",
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Pay money in at the simulated bank, in favour of the caller; exists only while the bank is simulated."""
    with reader() as client:
        answer = client.simulated_credit(
            client.own_party().id,
            currency,  # type: ignore[arg-type]  # the venue checks the word
            sum_paid,
            idempotency_key=idempotency_key or secrets.token_hex(16),
        )
    show_one(answer, as_json=as_json, title="credit at the bank, simulated 演示数据 · DEMO")


@accounts.command("wait")
def wait_for_line(
    line_id: Annotated[str, typer.Argument(help="The bank's statement line.")],
    deadline: Deadline = 60,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Wait until a line of the bank's statement has been matched to the caller's account."""
    with reader() as client:
        line = wait_for(lambda: _matched(client, line_id), f"statement line {line_id}", deadline)
    if line is not None:
        show_one(line.model_dump(mode="json"), as_json=as_json, title="statement line")


def _matched(client: Client, line_id: str) -> tuple[LineView | None, bool]:
    line = next((line for line in client.statement_lines() if line.id == line_id), None)
    return line, line is not None


@events.command("list")
def events_listed(
    after: Annotated[int, typer.Option(help="Entries with a higher number.")] = -1,
    most: Annotated[int, typer.Option(min=1, max=100_000, help="How many at most.")] = 100,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """List journal entries, with what concerns the caller."""
    with reader() as client:
        views = [view.model_dump(mode="json") for view in islice(client.events(after=after), most)]
    if as_json:
        show(views, as_json=True, title="entries")
        return
    rows: list[dict[str, object]] = [
        {
            "entry": view["entry"],
            "time_ms": view["time_ms"],
            "type": view["type"],
            "actor": view["public"]["actor"],
            "answer": view["public"]["answer"],
        }
        for view in views
    ]
    show(rows, as_json=False, title="entries")


@events.command("receipts")
def receipts(
    log: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The log that --log has kept.")],
) -> None:
    """Print the receipts of a log of acknowledgements, one a line, as `ipx audit all --receipt` takes them."""
    given, unanswered = read_log(log)
    for each in given:
        typer.echo(msgspec.json.encode(each.receipt))
    for sent in unanswered:
        typer.echo(f"no answer yet: {sent.type}; repeat it under {sent.idempotency_key}", err=True)


RULE_WORDS = {
    "en": {
        "cure": "cure",
        "citation": "from",
        "places": "binds",
        "steps": "steps",
        "facts": "facts from",
        "owed_by": "owed by",
        "met": "met",
    },
    "zh": {
        "cure": "补正",
        "citation": "依据",
        "places": "适用",
        "steps": "环节",
        "facts": "事实来源",
        "owed_by": "义务人",
        "met": "履行",
    },
}
"""What `ipx rulebook` calls the parts of a rule and of a duty."""


def venue(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show chain, contracts and keys of the venue; an auditor gets these elsewhere, and compares."""
    with reader() as client:
        view = client.venue()
    show_one(view.model_dump(mode="json"), as_json=as_json, title="venue")


def log(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show the public log's name and verifier key; whoever checks gets these elsewhere, and compares."""
    with reader() as client:
        view = client.log()
    show_one(view.model_dump(mode="json"), as_json=as_json, title="log")


def rulebook(
    profile: Annotated[str | None, typer.Option(help="mainland, hong-kong or macau")] = None,
    step: Annotated[str | None, typer.Option(help="list, approve, bid, award, sign, fund, file …")] = None,
    language: Annotated[str, typer.Option(help="en or zh")] = "en",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show the rules, all or those of a profile and a step, with citation and cure, and the duties beside them."""
    with reader() as client:
        book = client.rulebook(profile, step).model_dump(mode="json")
    if as_json:
        show_one(book, as_json=True, title="rulebook")
        return
    if language not in RULE_WORDS:
        message = f"{language!r} is none of {', '.join(RULE_WORDS)}"
        raise typer.BadParameter(message, param_hint="--language")
    for found in book["rules"]:
        typer.echo(_rule(found, language))
    for found in book["duties"]:
        typer.echo(_duty(found, language))


def _rule(found: dict[str, Any], language: str) -> str:
    """A rule in full: a table would cut its code and its words."""
    words, ending = RULE_WORDS[language], "_zh" if language == "zh" else ""
    places = ", ".join(found["profiles"] or found["jurisdictions"])
    lines = [
        f"{found['code']} [{found['source']}]",
        f"  {found[f'text{ending}']}",
        f"  {words['cure']}: {found[f'cure{ending}']}",
        f"  {words['citation']}: {found['citation']}",
        f"  {words['places']}: {places}; {words['steps']}: {', '.join(found['steps'])}",
        f"  {words['facts']}: {found['facts_from']}",
    ]
    return "\n".join(lines)


def _duty(found: dict[str, Any], language: str) -> str:
    words, ending = RULE_WORDS[language], "_zh" if language == "zh" else ""
    lines = [
        f"{found['code']} [{found['source']}]",
        f"  {found[f'text{ending}']}",
        f"  {words['met']}: {found[f'met{ending}']}",
        f"  {words['citation']}: {found['citation']}",
        f"  {words['owed_by']}: {found['owed_by']}; {words['places']}: {', '.join(found['jurisdictions'])}",
    ]
    return "\n".join(lines)


def _in_columns(encumbrance: dict[str, Any]) -> dict[str, object]:
    """An encumbrance as a line of a table: of a pledge with its sum, term and rights."""
    said = encumbrance.pop("secured") or {}
    amount = " ".join(str(said[name]) for name in ("kind", "amount", "currency")) if said else None
    return encumbrance | {
        "secured": amount,
        "term_ends_on": said.get("term_ends_on"),
        "rights": said.get("rights"),
    }
