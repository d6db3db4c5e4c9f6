"""`ipx jump`: lets days pass at a venue of one's own, so that what its clocks end can be tried in an hour."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Annotated

import httpx
import msgspec
import typer
from rich.console import Console

from api.client import OperatorClient, VenueProblem, VenueUnreachable
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from ledger.worker_settings import ENVIRONMENT_FILE
from scripts.stack.keys import OPERATORS, Keys
from scripts.up import DATA

_SPAN = re.compile(r"([1-9][0-9]{0,3})([dhm])", re.ASCII)
_UNITS = {"d": MS_PER_DAY, "h": MS_PER_HOUR, "m": MS_PER_MINUTE}
ANSWER_S = 10


def span_ms(text: str) -> int:
    """A span such as `10d`, `3h` or `20m` in milliseconds.

    Raises:
        typer.BadParameter: it is none.
    """
    found = _SPAN.fullmatch(text)
    if found is None:
        message = f"{text!r} is no span: write days, hours or minutes, e.g. 10d, 3h or 20m"
        raise typer.BadParameter(message)
    return int(found[1]) * _UNITS[found[2]]


def jump(
    span: Annotated[int, typer.Argument(parser=span_ms, help="How far: days, hours or minutes, e.g. 10d.")],
    data: Annotated[Path, typer.Option(help="The data folder of the running venue.")] = DATA,
    reason: Annotated[
        str, typer.Option(help="Sealed with the entry.")
    ] = "the demonstration goes on to a later time",
) -> None:
    """Let time pass at a venue that `ipx up` runs: its clock, the simulated bank's and the office's."""
    console = Console(stderr=True)
    try:
        environment = msgspec.json.decode((data / ENVIRONMENT_FILE).read_bytes(), type=dict[str, str])
    except OSError:
        console.print(
            f"{data} is no venue's folder: start one with `ipx up`, or name its folder with --data.",
            soft_wrap=True,
        )
        sys.exit(2)
    keys = Keys(data / "keys")
    name = OPERATORS[0]
    url = f"http://127.0.0.1:{environment['IPX_API_PORT']}"
    try:
        with OperatorClient(url, keys.token(name), keys.private_key(name)) as operator:
            operator.jump_clock(operator.time_ms() + span, reason)
            for counterparty in ("bank", "office"):
                httpx.post(
                    f"{environment[f'IPX_{counterparty.upper()}_URL']}/simulation/clock",
                    json={"advance_ms": span},
                    headers={"Authorization": f"Bearer {keys.token(counterparty)}"},
                    timeout=ANSWER_S,
                    trust_env=False,
                ).raise_for_status()
            now_ms = operator.time_ms()
    except (VenueProblem, VenueUnreachable, httpx.HTTPError) as error:
        console.print(str(error), markup=False, soft_wrap=True)
        sys.exit(1)
    Console().print(f"the venue's time is {now_ms}", highlight=False)
