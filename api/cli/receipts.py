"""`ipx receipt`: what the venue acknowledged, and whether it stands in the venue's public log."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NamedTuple

import msgspec
import typer

from api.calls.transport import VenueProblem
from api.cli.connection import AsJson, reader, show
from exchange.calendar import MS_PER_SECOND
from ledger.audit.witness_files import EvidenceRefused, read_receipts
from ledger.log.checkpoints import as_signed, read_checkpoint
from ledger.log.notes import NoteRefused, Verifier, read_note
from ledger.log.proofs import EXPLAINED, Checked, Proof, check_receipt_in_log, read_proof
from ledger.receipts import Receipt, ReceiptRefused
from ledger.timestamp.verifying import LONGEST_TOKEN, Stamp, TokenRefused, verify_token

app = typer.Typer(no_args_is_help=True, help="Receipts of what the venue acknowledged.")
STANDS, DOES_NOT, NO_VERDICT = 0, 1, 2
UNKNOWN = 404
NOT_STAMPED = (
    "it stands, and no token was had for a checkpoint that holds it: ask again in a minute, or hand in --token",
    "该记录已载入，但未取得其检查点的时间戳令牌：请一分钟后再次查询，或提交 --token",
)
OPERATORS_OWN = (
    "a time-stamping authority that the operator runs proves nothing against the operator",
    "由运营方自行运行的时间戳机构，不能用于证明运营方的行为",
)


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
    timestamp: Annotated[
        Path | None,
        typer.Option("--timestamp", exists=True, help="The time-stamping authority's certificate (PEM)."),
    ] = None,
    token: Annotated[
        Path | None,
        typer.Option("--token", exists=True, help="The token of the proof's checkpoint, had before."),
    ] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Prove that acknowledged entries stand in the public log, or show that one was left out.

    With --timestamp also since when, at the latest: by a token that an authority gave. One that the operator runs
    proves nothing against the operator.

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
        stamps: list[_Stamped | None] = [None] * len(receipts)
        if timestamp is not None and (given is not None or seen is None):
            stamps = [_stamp_of(each, given, token, _content(timestamp), verifier) for each in receipts]
    except (NoteRefused, EvidenceRefused, ReceiptRefused, TokenRefused, OSError) as error:
        typer.echo(f"no verdict / 无法得出结论: {error}", err=True)
        raise typer.Exit(NO_VERDICT) from error
    wanted = len(witnesses) if least is None else least
    rows = [_row(each, wanted) for each in checked]
    if timestamp is not None:
        rows = [_with_time(row, stamp) for row, stamp in zip(rows, stamps, strict=True)]
    show(rows, as_json=as_json, title="receipts")
    verdicts = {row["verdict"] for row in rows}
    if verdicts - {"STANDS", "NOT-YET", "NOT-WITNESSED", "NOT-STAMPED"}:
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


class _Stamped(NamedTuple):
    """What a token over a checkpoint of so many entries says."""

    size: int
    stamp: Stamp


def _stamp_of(
    receipt: Receipt, given: Proof | None, token: Path | None, certificates: bytes, log: Verifier
) -> _Stamped | None:
    """When an authority had seen a checkpoint in which the entry stands; None where no token shows it.

    Raises:
        NoteRefused, ReceiptRefused, TokenRefused: what was handed in, or what the venue gave, does not hold.
    """
    if given is not None and token is None:
        return None
    had = (given, _content(token)) if given is not None and token is not None else _asked(receipt.entry, log)
    if had is None:
        return None
    proof, content = had
    checked = check_receipt_in_log(receipt, proof, log, (), 0)
    if checked.verdict != "STANDS" or checked.size is None:
        return None
    imprinted = as_signed(read_note(proof.checkpoint), log)
    return _Stamped(checked.size, verify_token(content, imprinted, certificates))


def _asked(entry: int, log: Verifier) -> tuple[Proof, bytes] | None:
    """The venue's proof in the first checkpoint that has a token, and that token; None where there is none."""
    try:
        with reader() as client:
            proof = read_proof(client.entry_proof(entry, stamped=True))
            size = read_checkpoint(proof.checkpoint, log).checkpoint.size
            return proof, client.checkpoint_token(size)
    except VenueProblem as problem:
        if problem.status != UNKNOWN:
            raise
        return None


def _with_time(row: dict[str, object], stamped: _Stamped | None) -> dict[str, object]:
    """The row with the time at which the entry stood at the latest, if a token shows it."""
    if stamped is None:
        verdict = row["verdict"]
        if verdict == "STANDS":
            row = row | {"verdict": "NOT-STAMPED", "text": NOT_STAMPED[0], "text_zh": NOT_STAMPED[1]}
        return row | {"time": "", "stamped": None, "serial": ""}
    at = datetime.fromtimestamp(stamped.stamp.time_ms / MS_PER_SECOND, UTC).isoformat(timespec="milliseconds")
    return row | {
        "time": at.replace("+00:00", "Z"),
        "stamped": stamped.size,
        "serial": str(stamped.stamp.serial),
        "text": f"{row['text']}; {OPERATORS_OWN[0]}",
        "text_zh": f"{row['text_zh']}；{OPERATORS_OWN[1]}",
    }


def _content(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LONGEST_TOKEN + 1)  # the longest of all that is handed in
