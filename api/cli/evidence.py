"""`ipx evidence` and `ipx legal-hold`: digests of documents are lodged, found and checked; entries are held.

A document never leaves this machine: its digests are made here.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias, get_args

import msgspec
import typer

from api.cli.connection import AsJson, Key, company, operator, reader, show, show_acknowledgement, show_one
from api.cli.file_digests import File, digest_file
from api.cli.receipts import DOES_NOT, NO_VERDICT, STANDS
from api.cli.waiting import Deadline, wait_for
from exchange.commands import EvidenceKind, HoldGround
from ledger.evidence_receipts import (
    EXPLAINED,
    LARGEST_RECEIPT,
    EvidenceReceiptRefused,
    check_evidence,
    read_evidence_receipt,
)
from ledger.log.notes import NoteRefused, Verifier
from ledger.receipts import ReceiptRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.calls.evidence import EvidenceReading
    from api.evidence.schemas import EvidenceView

app = typer.Typer(no_args_is_help=True, help="Digests of documents: lodged, found and checked.")
holds = typer.Typer(no_args_is_help=True, help="Legal holds: entries of which nothing is erased.")
_DIGEST = re.compile(r"[0-9a-fA-F]{64}")
WAITS_S = 60.0
ReceiptFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--receipt", dir_okay=False, help="Write what `ipx evidence check` needs; waits for a checkpoint."
    ),
]
Digest: TypeAlias = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="The order or request.")]
Reference: TypeAlias = Annotated[str, typer.Option(help="The paper's own number; sealed, erasable.")]
Reason: TypeAlias = Annotated[str, typer.Option(help="Sealed with the entry.")]


@app.command("lodge")
def lodge(  # noqa: PLR0913 - what a deposit consists of
    file: File,
    description: Annotated[
        str, typer.Option(help="What it is; sealed, erasable, read by you and the venue.")
    ],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(EvidenceKind))}.")] = "other",
    subject: Annotated[str, typer.Option(help="The right, listing or deal that it is about.")] = "",
    no_sm3: Annotated[bool, typer.Option("--no-sm3", help="Lodge the SHA-256 alone.")] = False,  # noqa: FBT002 - an option
    receipt: ReceiptFile = None,
    deadline: Deadline = WAITS_S,
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Lodge the digests of a document; the document itself is never sent."""
    made = digest_file(file)
    with company() as client:
        given = client.lodge_evidence(
            made.sha256,
            kind,  # type: ignore[arg-type]  # the venue checks the word
            description,
            sm3=None if no_sm3 else made.sm3,
            subject_id=subject,
            idempotency_key=idempotency_key,
        )
        if receipt is not None:
            _write(client, lambda: client.evidence(given.result["evidence_id"]), receipt, deadline)
    show_acknowledgement(given, as_json=as_json, sha256=made.sha256)


@app.command("find")
def find(
    document: Annotated[
        str,
        typer.Argument(
            metavar="FILE|HASH", help="The document, which is hashed here, or its SHA-256 in hex."
        ),
    ],
    receipt: ReceiptFile = None,
    deadline: Deadline = WAITS_S,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Find every deposit of a document, the first one first; exit code 1 where there is none."""
    path = Path(document)
    if path.is_file():
        sha256 = digest_file(path).sha256
    elif _DIGEST.fullmatch(document):
        sha256 = document.lower()
    else:
        message = "neither a file here nor a SHA-256 of 64 hex digits"
        raise typer.BadParameter(message, param_hint="FILE|HASH")
    with reader() as client:
        views = list(client.find_evidence(sha256))
        if receipt is not None and views:
            _write(client, lambda: next(client.find_evidence(sha256)), receipt, deadline)
    rows = [view.model_dump(mode="json") for view in views]
    show(rows if as_json else [_row(each) for each in rows], as_json=as_json, title=f"evidence of {sha256}")
    if not views:
        raise typer.Exit(DOES_NOT)


@app.command("list")
def listed(as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """List the company's own deposits."""
    with reader() as client:
        rows = [view.model_dump(mode="json") for view in client.own_evidence()]
    show(rows if as_json else [_row(each) for each in rows], as_json=as_json, title="evidence")


@app.command("show")
def show_evidence(
    evidence_id: Annotated[str, typer.Argument(help="E.g. EV-1.")],
    receipt: ReceiptFile = None,
    deadline: Deadline = WAITS_S,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show a deposit: in full to its party, to others when it was made and where it stands."""
    with reader() as client:
        view = client.evidence(evidence_id)
        if receipt is not None:
            _write(client, lambda: client.evidence(evidence_id), receipt, deadline)
    row = view.model_dump(mode="json")
    show_one(row if as_json else _row(row), as_json=as_json, title="evidence")


@app.command("check")
def check(  # noqa: PLR0913 - the options of the command
    file: File,
    receipt: Annotated[
        Path,
        typer.Argument(exists=True, dir_okay=False, help="As `--receipt` of lodge, find or show wrote it."),
    ],
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
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Prove, without the venue, that this file's digest stood in the log by a checkpoint.

    Exit code 0: it did. 1: another file, or the entry was left out. 2: no verdict, or no checkpoint or witness yet.
    """
    try:
        verifier, witnesses = Verifier.from_text(log), [Verifier.from_text(each) for each in witness or ()]
        with receipt.open("rb") as stream:
            evidence = read_evidence_receipt(stream.read(LARGEST_RECEIPT + 1))
        made = digest_file(file)
        checked = check_evidence(evidence, made.sha256, made.sm3, verifier, witnesses)
    except (EvidenceReceiptRefused, NoteRefused, ReceiptRefused, OSError) as error:
        typer.echo(f"no verdict / 无法得出结论: {error}", err=True)
        raise typer.Exit(NO_VERDICT) from error
    verdict: str = checked.verdict
    english, chinese = EXPLAINED[checked.verdict]
    wanted = len(witnesses) if least is None else least
    if verdict == "STANDS" and len(checked.witnesses) < wanted:
        verdict = "NOT-WITNESSED"
        english = (
            "it stands in a checkpoint that too few witnesses have cosigned: write the receipt again later"
        )
        chinese = "该记录载于检查点，但联署的见证方不足：请稍后重新取得回执"
    row: dict[str, object] = {
        "verdict": verdict,
        "evidence_id": checked.evidence_id,
        "entry": checked.entry,
        "lodged_ms": checked.lodged_ms,
        "checkpoint": checked.size,
        "witnesses": ", ".join(sorted(checked.witnesses)),
        "text": english,
        "text_zh": chinese,
    }
    show_one(row, as_json=as_json, title="evidence")
    if verdict == "STANDS":
        raise typer.Exit(STANDS)
    raise typer.Exit(NO_VERDICT if verdict in {"NO-PROOF", "NOT-WITNESSED"} else DOES_NOT)


@holds.command("place")
def place(  # noqa: PLR0913 - what a hold consists of
    paper: Digest,
    entries: Annotated[list[int], typer.Option("--entry", min=0, help="An entry's number; again for each.")],
    ground: Annotated[str, typer.Option(help=f"One of {', '.join(get_args(HoldGround))}.")],
    reference: Reference,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator holds entries: nothing of them is erased until the hold is lifted."""
    digest = digest_file(paper).sha256
    with operator() as client:
        given = client.place_legal_hold(entries, ground, digest, reference, reason)  # type: ignore[arg-type]  # the venue checks the word
    show_acknowledgement(given, as_json=as_json)


@holds.command("lift")
def lift(
    hold_id: Annotated[str, typer.Argument(help="E.g. LH-1: `ipx legal-hold list`.")],
    paper: Digest,
    reference: Reference,
    reason: Reason,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator lifts a hold."""
    digest = digest_file(paper).sha256
    with operator() as client:
        given = client.lift_legal_hold(hold_id, digest, reference, reason)
    show_acknowledgement(given, as_json=as_json)


@holds.command("list")
def list_holds(
    state: Annotated[str | None, typer.Option(help="STANDING or LIFTED.")] = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator lists legal holds."""
    with operator() as client:
        rows = [view.model_dump(mode="json") for view in client.legal_holds(state)]
    show(rows, as_json=as_json, title="legal holds")


def _write(client: EvidenceReading, ask: Callable[[], EvidenceView], path: Path, deadline_s: float) -> None:
    """Wait until a checkpoint reaches a deposit, and write its receipt."""

    def look() -> tuple[EvidenceView, bool]:
        view = ask()
        return view, view.proof is not None or view.document is None

    what = (
        "a checkpoint that holds the deposit; `ipx evidence show ID --receipt FILE` writes the receipt later"
    )
    view = wait_for(look, what, deadline_s)
    if view.document is None:
        message = (
            "its digests are told to its party, and to whoever asks by the file: `ipx evidence find FILE`"
        )
        raise typer.BadParameter(message, param_hint="--receipt")
    path.write_bytes(msgspec.json.encode(client.evidence_receipt(view)) + b"\n")


def _row(view: dict[str, Any]) -> dict[str, object]:
    """A deposit in a table: without what only programs read."""
    shown = {name: view[name] for name in ("id", "entry", "lodged_ms")}
    shown["in a checkpoint"] = "yes" if view["proof"] else "-"
    names = ("party_id", "kind", "subject_id", "description")
    return {**shown, **{name: view[name] for name in names if name in view}}
