"""`ipx party`: apply, approve, show."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

import typer
from msgspec import UNSET

from api.calls.transport import VenueProblem
from api.cli.beside import fail
from api.cli.connection import AsJson, Key, PartyId, company, operator, reader, show_acknowledgement, show_one
from api.cli.moments import moment
from exchange.commands import Paper
from exchange.rules.onboarding import PAPERS

app = typer.Typer(no_args_is_help=True, help="Companies.")


@app.command("apply")
def apply(  # noqa: PLR0913 - what an application consists of
    company_number: Annotated[str, typer.Option(help="In the Mainland the 18-character USCC.")],
    name: Annotated[str, typer.Option(help="The company's name; sealed, erasable.")],
    authorisation_letter: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The letter 授权委托书 that binds the key; its SHA-256 is sealed.",
        ),
    ],
    role: Annotated[
        list[str], typer.Option(help="seller, buyer, pledgee or agent; several times for several.")
    ],
    jurisdiction: Annotated[str, typer.Option(help="CN, HK, MO, TW, US, EP or OTHER.")] = "CN",
    category: Annotated[
        str, typer.Option(help="company, university, research_institute, state_enterprise, bank or fund.")
    ] = "company",
    idempotency_key: Key = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Apply with the key of the key file, and bind it for the chain. Prints the API key, this once."""
    letter = hashlib.sha256(authorisation_letter.read_bytes()).hexdigest()
    refused = ""
    with company() as client:
        given, api_key = client.apply(
            roles=role,  # type: ignore[arg-type]  # the venue checks the words
            jurisdiction=jurisdiction,  # type: ignore[arg-type]  # as above
            company_number=company_number,
            category=category,  # type: ignore[arg-type]  # as above
            profile={"name": name},
            authorisation_letter=letter,
            idempotency_key=idempotency_key,
        )
        try:
            client.enrol_key(company_number, letter)
        except VenueProblem as problem:
            # The API key is shown this once, so the application is answered first.
            refused = problem.code
    show_acknowledgement(given, as_json=as_json, api_key=api_key)
    if refused:
        fail(f"{refused}: the company has applied, its key is not bound for the chain yet: `ipx key enrol`")


Reason = Annotated[str, typer.Option(help="Sealed with the entry.")]
Papers = Annotated[
    Path | None,
    typer.Option(
        exists=True,
        file_okay=False,
        readable=True,
        help=f"A folder with a file for each of {', '.join(PAPERS)}, named so, with any ending; their SHA-256 go "
        "on record before. Without it the papers on record count.",
    ),
]
Persons = Annotated[
    str | None, typer.Option(help="Whom the papers name; sealed, erasable.", show_default=False)
]
Dated = Annotated[
    list[str] | None,
    typer.Option(
        help="PAPER=TIME, the date that a paper bears or a screening was made at; now if not said.",
        show_default=False,
    ),
]
Nominee = Annotated[
    bool | None,
    typer.Option(
        "--nominee/--own-account",
        help="Whether the company holds for others, by its proof of beneficial owners.",
        show_default=False,
    ),
]


@app.command("approve")
def approve(  # noqa: PLR0913 - what an approval rests on
    party_id: PartyId,
    reason: Reason,
    papers: Papers = None,
    persons: Persons = None,
    dated: Dated = None,
    nominee: Nominee = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator puts a company's papers on record, and approves it."""
    with operator() as client:
        read = [] if papers is None else _papers_in(papers, dated or [], client.time_ms(), nominee)
        given = client.approve_party(party_id, reason, read, persons)
    show_acknowledgement(given, as_json=as_json)


@app.command("verify")
def verify(  # noqa: PLR0913 - what a verification rests on
    party_id: PartyId,
    papers: Annotated[
        Path,
        typer.Option(
            exists=True,
            file_okay=False,
            readable=True,
            help="As for `ipx party approve`: the newer ones are enough.",
        ),
    ],
    reason: Reason,
    persons: Persons = None,
    dated: Dated = None,
    nominee: Nominee = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """An operator puts newer papers of a company on record, which goes on in its state."""
    with operator() as client:
        read = _papers_in(papers, dated or [], client.time_ms(), nominee)
        given = client.verify_party(party_id, read, reason, persons)
    show_acknowledgement(given, as_json=as_json)


def _papers_in(folder: Path, dated: list[str], now_ms: int, nominee: bool | None) -> list[Paper]:  # noqa: FBT001
    """The papers of a folder, by the names of its files."""
    dates = {paper: moment(text) for paper, _, text in (each.partition("=") for each in dated)}
    found = []
    for kind in PAPERS:
        files = sorted(folder.glob(f"{kind}.*"))
        if len(files) > 1:
            message = f"{folder} holds several files of {kind}"
            raise typer.BadParameter(message)
        for file in files:
            if kind == "beneficial_owners" and nominee is None:
                message = f"{file} says whether the company holds for others: --nominee or --own-account"
                raise typer.BadParameter(message)
            digest = hashlib.sha256(file.read_bytes()).hexdigest()
            said = UNSET if nominee is None or kind != "beneficial_owners" else nominee
            found.append(Paper(paper=kind, digest=digest, dated_ms=dates.get(kind, now_ms), nominee=said))
    if not found:
        message = f"{folder} holds no file that is named after a paper: {', '.join(PAPERS)}"
        raise typer.BadParameter(message)
    return found


@app.command("show")
def show(
    party_id: Annotated[str, typer.Argument(help="`me` for the API key's own.")] = "me",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Show a party."""
    with reader() as client:
        view = client.own_party() if party_id == "me" else client.party(party_id)
    show_one(view.model_dump(mode="json"), as_json=as_json, title="party")
