"""`ipx audit` and `ipx export`: the journal checked by whoever has a copy of it, and the copy itself.

`ipx audit` speaks to no venue: `all` needs an exported file, a node of the chain and four values to trust, the rest no
more than files.
"""

from __future__ import annotations

import os
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from api.cli import audit_csv, audit_offline, audit_report, statements
from api.cli.verdicts import (
    FIGURES,
    NO_VERDICT,
    NOT_VERIFIED,
    RECURSION_LIMIT,
    VERIFIED,
    add_row,
    no_verdict,
    show_first_bad,
    tell,
)
from ledger.audit.findings import Unsound
from ledger.audit.report import Report
from ledger.audit.witness_files import EvidenceRefused, read_receipts, read_vouchers
from ledger.chain.errors import ChainFault
from ledger.log.notes import NoteRefused
from ledger.receipts import ReceiptRefused
from ledger.timestamp.verifying import TokenRefused

app = typer.Typer(no_args_is_help=True, help="The journal checked by whoever has a copy of it.")
OWNER_ONLY = 0o600
"""An auditor's export holds every confidential term."""

_File = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The exported journal.")
]


@app.command("all")
def audit_file(  # noqa: PLR0913 - the options of the command
    file: _File,
    chain_id: Annotated[int, typer.Option("--chain-id", help="Of the venue's chain (EIP-155).")],
    anchor: Annotated[str, typer.Option("--anchor", help="Address of the journal's anchor contract.")],
    rpc: Annotated[str, typer.Option("--rpc", help="URL of a node that you trust.")],
    receipt_key: Annotated[
        str, typer.Option("--receipt-key", help="The venue's Ed25519 key, 64 hex digits.")
    ],
    receipt: Annotated[
        list[Path] | None, typer.Option("--receipt", help="Receipts to hold it against; may be repeated.")
    ] = None,
    older: Annotated[Path | None, typer.Option("--older", help="An older export to hold it against.")] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option("--witness", help="Verifier key of a witness that you trust; may be repeated."),
    ] = None,
    timestamp: Annotated[
        Path | None, typer.Option("--timestamp", help="Certificate (PEM) of the time-stamping authority.")
    ] = None,
    checkpoint: Annotated[
        list[Path] | None,
        typer.Option("--checkpoint", help="A checkpoint that somebody has kept; may be repeated."),
    ] = None,
    block: Annotated[int | None, typer.Option("--block", help="Read the chain at this block.")] = None,
    from_block: Annotated[int, typer.Option("--from-block", help="No log stands before this block.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,  # noqa: FBT002 - an option
) -> None:
    """Check an exported journal against the chain; exit code 1 names the first bad entry, 2 means no verdict."""
    # The chain's libraries take a second to load, which no other command should wait for.
    from ledger.audit.run import AuditRefused, Evidence, Trust, audit  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    trust = Trust(chain_id=chain_id, anchor=anchor, rpc_url=rpc, receipt_key=receipt_key)
    try:
        with ExitStack() as files:
            evidence = Evidence(
                receipts=tuple(each for path in receipt or () for each in read_receipts(path)),
                older=None if older is None else files.enter_context(older.open("rb")),
                vouchers=read_vouchers(witness or (), timestamp, checkpoint or ()),
                block=block,
                from_block=from_block,
            )
            report = audit(files.enter_context(file.open("rb")), trust, evidence)
    except (
        AuditRefused,
        ChainFault,
        EvidenceRefused,
        NoteRefused,
        ReceiptRefused,
        TokenRefused,
        Unsound,
        OSError,
    ) as error:
        raise no_verdict(error) from error
    if as_json:
        typer.echo(msgspec.json.encode(report))
    else:
        show(report, Console())
    raise typer.Exit(VERIFIED if report.verified else NOT_VERIFIED)


app.command("consistency")(audit_offline.consistency)
app.command("replay")(audit_offline.replay)
app.command("deal")(audit_offline.deal)
app.command("right")(audit_offline.right)
app.command("party")(audit_offline.party)
app.command("evidence")(audit_offline.evidence)
app.command("report")(audit_report.report)
app.command("csv")(audit_csv.csv_tables)
app.command("statement")(statements.audit_statement)


def export_file(
    output: Annotated[Path, typer.Option("-o", "--output", dir_okay=False, help="The file to write.")],
    public: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--public/--auditor", help="Without openings, or with all.")
    ] = False,
    database_url: Annotated[
        str,
        typer.Option(
            "--database-url", envvar="IPX_DATABASE_URL", show_envvar=True, help="The venue's database."
        ),
    ] = "",
) -> None:
    """Write the whole journal to a file, which then is there whole or not at all, readable by its owner only."""
    # The database's libraries, as above.
    import psycopg  # noqa: PLC0415

    from ledger.journal_export import ExportRefused, export  # noqa: PLC0415
    from ledger.store.connections import DatabaseUrlRefused  # noqa: PLC0415

    unfinished = output.with_name(output.name + ".unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, OWNER_ONLY)
        with os.fdopen(descriptor, "wb") as stream:
            entries = export(database_url, stream, "public" if public else "auditor")
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.replace(output)
    except (ExportRefused, DatabaseUrlRefused, psycopg.Error, OSError) as error:
        unfinished.unlink(missing_ok=True)
        tell(f"nothing exported / 未导出: {error}")
        raise typer.Exit(NO_VERDICT) from error
    typer.echo(f"{entries} entries / 条记录: {output}")


def show(report: Report, console: Console) -> None:
    """Print the verdict as tables in English and Chinese."""
    table = Table(title=f"chain {report.chain_id}, anchor {report.anchor}, block {report.block}")
    table.add_column("checked / 已核对", overflow="fold")
    table.add_column("", justify="right")
    for name, words in FIGURES.items():
        add_row(table, words, getattr(report, name))
    add_row(table, "anchored by\n锚定者", "\n".join(report.anchored_by) or "-")
    console.print(table)
    unchecked = Table()
    unchecked.add_column("not checked / 未核对", overflow="fold")
    unchecked.add_column("", justify="right")
    for each in report.not_checked:
        add_row(unchecked, f"{each.text}\n{each.text_zh}", each.count)
    console.print(unchecked)
    if report.first_bad is None:
        console.print(Text("VERIFIED / 核对无误", style="bold green"))
        return
    console.print(Text(f"NOT VERIFIED / 核对不符 ({report.finding_count})", style="bold red"))
    show_first_bad(report.first_bad, console)
