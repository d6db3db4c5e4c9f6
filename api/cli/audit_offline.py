"""`ipx audit consistency`, `replay`, `deal`, `right`, `party`, `evidence`: what exported files say without a chain.

Exit code 0: it holds. 1: it does not, and the first bad entry is named. 2: there can be no answer.
"""

from __future__ import annotations

import re
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, NamedTuple, TypeAlias

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli.moments import moment
from api.cli.verdicts import FIGURES, NOT_VERIFIED, RECURSION_LIMIT, add_row, no_verdict, show_first_bad
from api.web.words import WORDS
from exchange.calendar import MS_PER_SECOND
from ledger.audit.findings import Unsound
from ledger.chain.errors import ChainFault

if TYPE_CHECKING:
    from ledger.audit.consistency import Consistency
    from ledger.audit.findings import Finding
    from ledger.audit.offline import Replayed, Until
    from ledger.audit.subjects import Step, SubjectHistory, SubjectKind

FEWEST_DIGITS_OF_A_TIME = 12
"""Of a number: with fewer it is an entry, with as many or more milliseconds UTC."""
_PARTY_WORDS: dict[str, tuple[str, str]] = {
    "APPLIED": ("待核验", "Applied"),
    "VERIFIED": ("已核验、待核准", "Verified"),
    "ACTIVE": ("已核准", "Active"),
    "SUSPENDED": ("已暂停", "Suspended"),
    "CLOSED": ("已注销", "Closed"),
}
"""The pages show no party's state."""
_EVIDENCE_WORDS: dict[str, tuple[str, str]] = {
    "technical_document": ("技术资料", "Technical document"),
    "work": ("作品", "Work"),
    "contract": ("合同", "Contract"),
    "infringement_capture": ("侵权取证", "Capture of an infringement"),
    "correspondence": ("往来函件", "Correspondence"),
    "other": ("其他", "Other"),
}
"""Nor what kind of document was lodged."""
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")

_AuditorFile: TypeAlias = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="An auditor's export.")
]
_At: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--at", help="A time (RFC 3339 with its offset, or ms UTC) or an entry; the end if left out."
    ),
]
_AtBlock: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--at-block", min=0, help="A block of the chain: what must have stood by then. Not with --at."
    ),
]
_Rpc: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--rpc",
        help="With --at-block: a node that knows the block's state; what was anchored by then counts too.",
    ),
]
_AsJson: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def consistency(
    old: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The older export.")],
    new: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The newer export.")],
    as_json: _AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Check that a newer export extends an older one, entry for entry and seal for seal."""
    from ledger.audit.consistency import check_consistency  # noqa: PLC0415 - as `replay`

    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        with old.open("rb") as older, new.open("rb") as newer:
            found = check_consistency(older, newer)
    except (Unsound, OSError) as error:
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        _show_consistency(found, Console())
    if not found.consistent:
        raise typer.Exit(NOT_VERIFIED)


def replay(file: _AuditorFile, as_json: _AsJson = False) -> None:  # noqa: FBT002 - an option
    """Decide every entry of an auditor's export again, without a chain."""
    # The engine takes a moment to load, which no other command should wait for.
    from ledger.audit.offline import OfflineRefused, replay_export  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        with file.open("rb") as stream:
            found = replay_export(stream)
    except (OfflineRefused, OSError) as error:
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(found))
    else:
        _show_replayed(found, Console())
    if not found.decided_alike:
        raise typer.Exit(NOT_VERIFIED)


def deal(  # noqa: PLR0913 - the options of the command
    deal_id: Annotated[str, typer.Argument(metavar="ID", help="A deal, e.g. D-1.")],
    file: _AuditorFile,
    at: _At = None,
    at_block: _AtBlock = None,
    rpc: _Rpc = None,
    as_json: _AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Tell the history of one deal out of an auditor's export, and how it stood at a time."""
    _tell_history("deal", deal_id, file, _Moment(at, at_block, rpc), as_json=as_json)


def right(  # noqa: PLR0913 - as `deal`
    right_id: Annotated[str, typer.Argument(metavar="ID", help="A right, e.g. CN-201910000000.4.")],
    file: _AuditorFile,
    at: _At = None,
    at_block: _AtBlock = None,
    rpc: _Rpc = None,
    as_json: _AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Tell the history of one right out of an auditor's export, and how it stood at a time."""
    _tell_history("right", right_id, file, _Moment(at, at_block, rpc), as_json=as_json)


def party(  # noqa: PLR0913 - as `deal`
    party_id: Annotated[str, typer.Argument(metavar="ID", help="A party, e.g. P-1.")],
    file: _AuditorFile,
    at: _At = None,
    at_block: _AtBlock = None,
    rpc: _Rpc = None,
    as_json: _AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Tell the history of one party out of an auditor's export, and how it stood at a time."""
    _tell_history("party", party_id, file, _Moment(at, at_block, rpc), as_json=as_json)


def evidence(  # noqa: PLR0913 - as `deal`
    named: Annotated[
        str, typer.Argument(metavar="ID|HASH", help="A deposit, e.g. EV-1, or a document's SHA-256 in hex.")
    ],
    file: _AuditorFile,
    at: _At = None,
    at_block: _AtBlock = None,
    rpc: _Rpc = None,
    as_json: _AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Tell the history of one deposit out of an auditor's export; of a SHA-256, who lodged it, the first one first."""
    if _DIGEST.fullmatch(named):
        _tell_deposits(named.lower(), file, _Moment(at, at_block, rpc), as_json=as_json)
    else:
        _tell_history("evidence", named, file, _Moment(at, at_block, rpc), as_json=as_json)


def _tell_deposits(sha256: str, file: Path, moment_given: _Moment, *, as_json: bool) -> None:
    from ledger.audit.lodged import deposits_of  # noqa: PLC0415 - as `replay`
    from ledger.audit.offline import DecidedOtherwise, OfflineRefused  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        with file.open("rb") as stream:
            until = _until(moment_given, stream)
            found = deposits_of(stream, sha256, until)
    except DecidedOtherwise as otherwise:
        _show_bad(otherwise.finding, Console(stderr=True))
        raise typer.Exit(NOT_VERIFIED) from otherwise
    except (OfflineRefused, ChainFault, OSError) as error:
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(found))
        return
    console = Console()
    table = Table(title=f"deposits of / 存证 {sha256}")
    for name in ("deposit / 存证", "entry / 记录", "time / 时间", "by / 由", "kind / 种类", "about / 关于"):
        table.add_column(name, overflow="fold")
    for each in found.deposits:
        kind = _in_words("evidence", each.kind)
        row = (
            each.evidence_id,
            str(each.entry),
            _time(each.time_ms),
            each.party_id,
            kind,
            each.subject_id or "-",
        )
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    as_of = f"entry / 记录 {found.as_of_entry}, {_time(found.as_of_ms)}"
    console.print(Text(f"as of / 截至 {as_of}: {len(found.deposits)}", style="bold"))


def _tell_history(
    kind: SubjectKind, subject_id: str, file: Path, moment_given: _Moment, *, as_json: bool
) -> None:
    from ledger.audit.offline import DecidedOtherwise, OfflineRefused  # noqa: PLC0415 - as `replay`
    from ledger.audit.subjects import history_of  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    try:
        with file.open("rb") as stream:
            until = _until(moment_given, stream)
            history = history_of(stream, kind, subject_id, until)
    except DecidedOtherwise as otherwise:
        _show_bad(otherwise.finding, Console(stderr=True))
        raise typer.Exit(NOT_VERIFIED) from otherwise
    except (OfflineRefused, ChainFault, OSError) as error:
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(history))
    else:
        _show_history(history, Console())


class _Moment(NamedTuple):
    """As of when, as it was asked for: at most one of `at` and `block`."""

    at: str | None
    block: int | None
    rpc: str | None


def _until(given: _Moment, stream: IO[bytes]) -> Until:
    from ledger.audit.offline import Until  # noqa: PLC0415 - as `replay`

    if given.block is not None:
        return Until(entry=_entry_at(given.block, given, stream))
    if given.rpc is not None:
        message = "it goes with --at-block"
        raise typer.BadParameter(message, param_hint="--rpc")
    if given.at is None:
        return Until()
    if given.at.isdecimal() and len(given.at) < FEWEST_DIGITS_OF_A_TIME:
        return Until(entry=int(given.at))
    return Until(time_ms=moment(given.at))


def _entry_at(block: int, given: _Moment, stream: IO[bytes]) -> int:
    """The last entry that stood by a block; the stream is at its beginning again afterwards."""
    from ledger.audit.blocks import entry_at_block  # noqa: PLC0415 - as `replay`
    from ledger.chain.client import ChainClient  # noqa: PLC0415 - as `replay`

    if given.at is not None:
        message = "it goes without --at"
        raise typer.BadParameter(message, param_hint="--at-block")
    found = entry_at_block(stream, block, None if given.rpc is None else ChainClient(given.rpc))
    stream.seek(0)
    return found


def _show_consistency(found: Consistency, console: Console) -> None:
    table = Table("", "old / 旧", "new / 新", title=f"chain {found.chain_id}, anchor {found.anchor}")
    for column in table.columns:
        column.overflow = "fold"
    for name, old, new in (
        ("entries / 记录", found.old_entries, found.new_entries),
        ("batch seals / 批次封印", found.old_seals, found.new_seals),
        ("root (RFC 6962) / 根", found.old_root, found.new_root),
    ):
        table.add_row(name, str(old), str(new))
    console.print(table)
    if found.first_bad is None:
        console.print(Text("CONSISTENT / 前后一致", style="bold green"))
        return
    console.print(Text("NOT CONSISTENT / 前后不一致", style="bold red"))
    show_first_bad(found.first_bad, console)


def _show_replayed(found: Replayed, console: Console) -> None:
    table = Table("replayed / 已重放", "", title=f"chain {found.chain_id}, anchor {found.anchor}")
    for column in table.columns:
        column.overflow = "fold"
    for name, words in FIGURES.items():
        if name in found.__struct_fields__:
            add_row(table, words, getattr(found, name))
    add_row(table, "root (RFC 6962)\n根", found.root)
    add_row(table, "state hash after the last entry\n末条记录之后的状态哈希", found.state_hash or "-")
    if found.time_ms is not None:
        add_row(table, "time of the last entry\n末条记录的时间", _time(found.time_ms))
    console.print(table)
    if found.first_bad is None:
        console.print(Text("DECIDED ALIKE / 重放一致", style="bold green"))
        return
    _show_bad(found.first_bad, console)


def _show_bad(finding: Finding, console: Console) -> None:
    console.print(Text("DECIDED OTHERWISE / 重放不一致", style="bold red"))
    show_first_bad(finding, console)


def _show_history(history: SubjectHistory, console: Console) -> None:
    table = Table(title=f"{history.kind} {history.id}")
    for name in ("entry / 记录", "time / 时间", "command / 指令", "by / 由", "what changed / 变更"):
        table.add_column(name, overflow="fold")
    for step in history.steps:
        cells = (
            str(step.entry),
            _time(step.time_ms),
            step.command,
            _giver(step),
            _changes(history.kind, step),
        )
        table.add_row(*(Text(cell) for cell in cells))
    console.print(table)
    as_of = f"entry / 记录 {history.as_of_entry}, {_time(history.as_of_ms)}"
    console.print(Text(f"as of / 截至 {as_of}: {_in_words(history.kind, history.state)}", style="bold"))
    row = msgspec.json.format(msgspec.json.encode(history.row), indent=2).decode()
    console.print(Text(row), soft_wrap=True)


def _giver(step: Step) -> str:
    signed = f" {step.signer}" if step.signer else ""
    return (step.actor or step.given_by) + signed


def _changes(kind: SubjectKind, step: Step) -> str:
    """The moves in words, the other fields that changed, and what happened, each by its name."""
    moves = [f"{_in_words(kind, old) or '-'} → {_in_words(kind, new)}" for old, new in step.states]
    happened = ", ".join(dict.fromkeys(str(event["type"]) for event in step.events))
    begins = all(change.old is None for change in step.fields.values())
    fields = "" if begins else ", ".join(name for name in step.fields if name not in {"state", "status"})
    return "\n".join(filter(None, (*moves, happened, fields)))


def _in_words(kind: SubjectKind, state: str) -> str:
    """A state by its code, in Chinese and in English; nothing for none, as of a right without a register copy."""
    words = {"party": _PARTY_WORDS, "evidence": _EVIDENCE_WORDS}.get(kind, WORDS)
    found = words.get({"deal": f"deal.{state}", "right": f"status.{state}"}.get(kind, state))
    return state if found is None else f"{state} {found[0]} / {found[1]}"


def _time(time_ms: int) -> str:
    try:
        then = datetime.fromtimestamp(time_ms / MS_PER_SECOND, UTC)
    except (OverflowError, ValueError, OSError):  # no calendar reaches it, but the file says it
        return f"{time_ms} ms"
    return then.isoformat(timespec="milliseconds").replace("+00:00", "Z")
