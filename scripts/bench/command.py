"""`ipx bench`: the benchmarks, each one JSON object, each figure beside its ceiling and its peers in the same run."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from scripts.bench import api as api_benchmark
from scripts.bench import audit as audit_benchmark
from scripts.bench import chain as chain_benchmark
from scripts.bench import engine as engine_benchmark
from scripts.bench import indexing as index_benchmark
from scripts.bench import matching as matching_benchmark
from scripts.bench import orders as orders_benchmark
from scripts.bench import recovery as recovery_benchmark

Gate = Annotated[bool, typer.Option("--gate", help="Exit 1 where a figure is under its floor.")]
app = typer.Typer(no_args_is_help=True, help="Benchmarks; ratios of things measured in the same run.")


@app.command()
def matching(
    operations: Annotated[int, typer.Option(min=1_000, help="Orders and cancels on one book.")] = 200_000,
    rounds: Annotated[int, typer.Option(min=1, max=50, help="Rounds; the median counts.")] = 5,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """The order book against a bare price-time book and packages of others, on the same operations."""
    arguments = ["--operations", str(operations), "--rounds", str(rounds)]
    sys.exit(matching_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def engine(
    operations: Annotated[int, typer.Option(min=1, help="What bidders do in a round.")] = 2_000,
    rounds: Annotated[int, typer.Option(min=1, max=100, help="Rounds; the median counts.")] = 20,
    many: Annotated[
        int, typer.Option(min=1_000, max=1_000_000, help="Parties and listings of the larger venue.")
    ] = 100_000,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Full commands a second against a bare book, and their cost with so many parties and listings standing."""
    arguments = ["--operations", str(operations), "--rounds", str(rounds), "--many", str(many)]
    sys.exit(engine_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def chain(
    deals: Annotated[
        int, typer.Option(min=1, max=20_000, help="Deals that each way records in a round.")
    ] = 1_000,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = 3,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Gas of what is recorded, each beside its ceiling, and deals a second through the outbox and one by one."""
    arguments = ["--deals", str(deals), "--rounds", str(rounds)]
    sys.exit(chain_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def index(
    logs: Annotated[
        int, typer.Option(min=5, max=200_000, help="Logs that are read in a round.")
    ] = index_benchmark.LOGS,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = 5,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Logs a second from a node into PostgreSQL, beside web3's contract events and beside fetching alone."""
    arguments = ["--logs", str(logs), "--rounds", str(rounds)]
    sys.exit(index_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def orders(
    operations: Annotated[
        int, typer.Option(min=64, help="What all bidders together do in a round.")
    ] = 10_000,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = 5,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Bids that the sequencer takes durably a second, beside single-row inserts and inserts by the hundred."""
    arguments = ["--operations", str(operations), "--rounds", str(rounds)]
    sys.exit(orders_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def api(
    operations: Annotated[int, typer.Option(min=64, help="What all bidders together do in a round.")] = 4_000,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = 5,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Signed bids over HTTP a second, beside a route that inserts one row and one that does nothing."""
    arguments = ["--operations", str(operations), "--rounds", str(rounds)]
    sys.exit(api_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def audit(
    entries: Annotated[
        int, typer.Option(min=10_000, max=2_000_000, help="Entries that are read in rounds.")
    ] = 100_000,
    most_entries: Annotated[
        int,
        typer.Option(min=10_000, max=2_000_000, help="Entries that are audited once more, for their memory."),
    ] = 1_000_000,
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = 3,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Entries that the audit verifies and replays a second, beside what nobody could leave out, and its memory."""
    arguments = ["--entries", str(entries), "--most-entries", str(most_entries), "--rounds", str(rounds)]
    sys.exit(audit_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


@app.command()
def recovery(
    rounds: Annotated[int, typer.Option(min=1, max=20, help="Rounds; the median counts.")] = 3,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    gate: Gate = False,
) -> None:
    """Seconds until sequencer, standby, front door and index are back, each beside its deadline."""
    arguments = ["--rounds", str(rounds)]
    sys.exit(recovery_benchmark.main(arguments + _asked(as_json=as_json, gate=gate)))


def _asked(*, as_json: bool, gate: bool) -> list[str]:
    return ["--json"] * as_json + ["--gate"] * gate
