"""`ipx receipt`: what the venue acknowledged, and whether it stands in the venue's public log."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.calls.transport import VenueProblem
from api.cli.connection import AsJson, reader, show
from ledger.audit.witness_files import EvidenceRefused, read_receipts
from ledger.log.notes import NoteRefused, Verifier
from ledger.log.proofs import EXPLAINED, LONGEST_PROOF, Checked, Proof, check_receipt_in_log, read_proof
from ledger.receipts import Receipt, ReceiptRefused

app = typer.Typer(no_args_is_help=True, help="Receipts of what the venue acknowledged.")
STANDS, DOES_NOT, NO_VERDICT = 0, 1, 2
UNKNOWN = 404


@app.command("show")
def show_receipt(entry: Annotated[int, typer.Argument(min=0, help="A journal entry's number.")]) -> None:
    """Print an entry's receipt as one line of JSON, as `ipx receipt check` and `ipx audit all --receipt` take it."""
    with reader() as client:
        typer.echo(msgspec.json.encode(client.receipt(entry)))


@app.command("check")
def check(  # noqa: PLR0913 - the options of the command
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="Receipts, one a line.")],
    log: Annotated[
        str,
        typer.Option(
            "--log", help="The log's verifier key, had from elsewhere than the venue.", envvar="IPX_LOG"
        ),
    ],
    witness: Annotated[
        list[str] | None, typer.Option("--witness", help="A witness's verifier key; may be repeated.")
    ] = None,
    least: Annotated[
        int | None,
        typer.Option("--least", min=0, help="How many of them must have cosigned; all if left out."),
    ] = None,
    proof: Annotated[
        Path | None,
        typer.Option("--proof", exists=True, help="A proof had before, instead of asking the venue."),
    ] = None,
    checkpoint: Annotated[
        Path | None, typer.Option("--checkpoint", exists=True, help="A checkpoint had from anybody.")
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Prove that acknowledged entries stand in the public log, or show that one was left out.

    Exit code 0: all stand. 1: one was left out, is not shown, or its promise is broken. 2: no verdict yet.
    """
    try:
        verifier, witnesses = Verifier.from_text(log), [Verifier.from_text(each) for each in witness or ()]
        receipts = read_receipts(file)
        given = None if proof is None else read_proof(_content(proof))
        seen = None if checkpoint is None else _content(checkpoint)
        now_ms = time.time_ns() // 1_000_000
        checked = [
            check_receipt_in_log(
                each, _proof_of(each, given, seen), verifier, witnesses, now_ms, checkpoint=seen
            )
            for each in receipts
        ]
    except (NoteRefused, EvidenceRefused, ReceiptRefused, OSError) as error:
        typer.echo(f"no verdict / 无法得出结论: {error}", err=True)
        raise typer.Exit(NO_VERDICT) from error
    wanted = len(witnesses) if least is None else least
    rows = [_row(each, wanted) for each in checked]
    show(rows, as_json=as_json, title="receipts")
    verdicts = {row["verdict"] for row in rows}
    if verdicts - {"STANDS", "NOT-YET", "NOT-WITNESSED"}:
        raise typer.Exit(DOES_NOT)
    raise typer.Exit(STANDS if verdicts == {"STANDS"} else NO_VERDICT)


def _proof_of(receipt: Receipt, given: Proof | None, checkpoint: bytes | None) -> Proof | None:
    """The proof that was handed in, or the venue's; None where it has no checkpoint that reaches the entry."""
    if given is not None or checkpoint is not None:
        return given
    try:
        with reader() as client:
            return read_proof(client.entry_proof(receipt.entry))
    except VenueProblem as problem:
        if problem.status != UNKNOWN:
            raise
        return None


def _row(checked: Checked, wanted: int) -> dict[str, object]:
    verdict: str = checked.verdict
    english, chinese = EXPLAINED[checked.verdict]
    if verdict == "STANDS" and len(checked.witnesses) < wanted:
        verdict = "NOT-WITNESSED"
        english = "it stands in a checkpoint that too few witnesses have cosigned yet: ask again in a minute"
        chinese = "该记录载于检查点，但联署的见证方不足：请一分钟后再次查询"
    return {
        "entry": checked.entry,
        "verdict": verdict,
        "checkpoint": checked.size,
        "witnesses": ", ".join(sorted(checked.witnesses)),
        "text": english,
        "text_zh": chinese,
    }


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_PROOF + 1)
