"""The commands of `ipx` that speak to a running venue.

`python -m scripts.ipx` adds those that run one. Refusals are printed with their code, citation and cure, exit code 1;
an unreachable venue is exit code 2; whether a command stands is not known then, and it is repeated under the same key.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from api.calls.mismatch import DealMismatch
from api.calls.transport import VenueProblem, VenueUnreachable
from api.cli import (
    audit_command,
    bids,
    bundles,
    calendars,
    chain_commands,
    deals,
    deposits,
    disputes,
    evidence,
    fees,
    first_refusals,
    guardian_commands,
    keys,
    listings,
    needs,
    objections,
    obligations,
    orders,
    parties,
    payments,
    pledges,
    proposals,
    rates,
    receipts,
    records,
    rights,
    statements,
    trading,
)
from api.cli.audit_command import export_file
from api.cli.connection import ApiKey, Connection, Keystore, Log, Only, Url, importer, use
from api.cli.import_command import SubmitOutcome, import_command
from api.cli.reconcile_command import reconcile
from api.cli.waiting import WaitedInVain
from api.rights.imports.report import ImportedRight
from ledger.keystore import KeystoreRefused
from ledger.receipts import ReceiptRefused

DEFAULT_URL = "http://127.0.0.1:8000"
REFUSED = 1
UNREACHABLE = 2


class InWords(typer.core.TyperGroup):
    """A group of commands that tells a problem in words instead of a traceback."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - typer's own kind of context
        """Run the command; what the venue refused becomes words and an exit code."""
        try:
            return super().invoke(ctx)
        except VenueProblem as problem:
            _tell(f"{problem.code} ({problem.status}): {problem.document.get('title', '')}")
            _tell(f"  {problem.citation}; {problem.cure}")
            for line in problem.error_lines():
                _tell(f"  {line}")
            for name, value in problem.facts.items():
                _tell(f"  {name}: {value}")
            sys.exit(REFUSED)
        except (KeystoreRefused, ReceiptRefused) as refused:
            _tell(str(refused))
            sys.exit(REFUSED)
        except DealMismatch as mismatch:
            _tell(
                f"nothing was signed: {mismatch.code} is not what the venue committed to, or not what was agreed"
            )
            sys.exit(REFUSED)
        except WaitedInVain as waited:
            _tell(str(waited))
            sys.exit(REFUSED)
        except VenueUnreachable as error:
            _tell(str(error))
            if error.idempotency_key is not None:
                _tell(
                    "  it is not known whether the command stands; repeated under its key it is applied once:"
                )
                _tell(f"  --idempotency-key {error.idempotency_key}")
            _tell("  `make up` starts a venue here; --url or IPX_URL names another")
            sys.exit(UNREACHABLE)


app = typer.Typer(no_args_is_help=True, cls=InWords, help="The exchange of IP rights.")
app.add_typer(keys.app, name="key")
app.add_typer(parties.app, name="party")
app.add_typer(rights.app, name="right")
app.add_typer(listings.app, name="listing")
app.add_typer(bids.app, name="bid")
app.add_typer(proposals.app, name="proposal")
app.add_typer(orders.app, name="order")
app.add_typer(needs.app, name="need")
listings.app.command("matching-needs")(needs.matching_needs)
app.add_typer(objections.objections, name="objection")
app.add_typer(objections.documents, name="document")
app.add_typer(evidence.app, name="evidence")
app.add_typer(evidence.holds, name="legal-hold")
app.add_typer(deals.app, name="deal")
deals.app.command("bundle")(bundles.bundle)
deals.app.command("certificate")(bundles.certificate)
app.add_typer(obligations.app, name="obligation")
app.add_typer(deposits.app, name="deposit")
app.add_typer(disputes.app, name="dispute")
app.add_typer(disputes.freezes, name="freeze")
app.add_typer(first_refusals.app, name="first-refusal")
app.add_typer(pledges.app, name="pledge")
app.add_typer(records.accounts, name="account")
records.accounts.command("statement")(statements.account_statement)
app.add_typer(payments.app, name="payment")
app.add_typer(fees.app, name="fee")
app.add_typer(rates.app, name="rate")
app.add_typer(calendars.app, name="calendar")
app.add_typer(trading.app, name="trading")
app.add_typer(records.events, name="event")
app.add_typer(receipts.app, name="receipt")
app.add_typer(chain_commands.app, name="chain")
chain_commands.app.command("end-recovery-wait")(guardian_commands.end_recovery_wait)
chain_commands.app.command("revoke-key")(guardian_commands.revoke_key)
app.command("anchor")(chain_commands.anchor)
app.command("reconcile")(reconcile)
app.add_typer(audit_command.app, name="audit")
app.command("export")(export_file)
app.command("venue")(records.venue)
app.command("log")(records.log)
app.command("authorise-trading")(orders.authorise_trading)
app.command("stop-trading")(orders.stop_trading)
app.command("rulebook")(records.rulebook)


@app.callback()
def root(
    url: Url = DEFAULT_URL,
    api_key: ApiKey = "",
    keystore: Keystore = None,
    log: Log = None,
    only: Only = "",
) -> None:
    """Options that say which venue, and with which keys."""
    use(Connection(url, api_key, keystore, log, only))


def _submit(rows: Sequence[ImportedRight]) -> Sequence[SubmitOutcome]:
    with importer() as client:
        return client.submit_rights(rows)


app.command("import")(import_command(_submit))


def _tell(line: str) -> None:
    Console(stderr=True).print(Text(line))
