"""Commands that an operator gives beside the running processes: with their settings, not over HTTP.

Settings come from the environment, or from `environment.json` in the data folder (`--data`, IPX_DATA).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import psycopg
import structlog
import typer
from rich.console import Console
from rich.text import Text

from ledger.settings import SettingsRefused

if TYPE_CHECKING:
    from ledger.works import Works

Data: TypeAlias = Annotated[
    Path | None, typer.Option("--data", help="Data folder of the venue, if the environment names nothing.")
]
RECURSION_LIMIT = 1_000
"""Python's own; libraries of the chain raise it far beyond what the stack can bear."""
REFUSED = 1


@contextmanager
def works_of(data: Path | None) -> Iterator[Works]:
    """Everything that the worker can do, over the venue that the settings name; what fails is told, exit code 1."""
    # The chain's libraries take a second to load, which no other command should wait for.
    from ledger.alone import Elsewhere  # noqa: PLC0415
    from ledger.anchoring import JournalDiffers  # noqa: PLC0415
    from ledger.chain.errors import ChainFault  # noqa: PLC0415
    from ledger.counterparty import CounterpartyError  # noqa: PLC0415
    from ledger.sequencer.messages import SequencerRefused  # noqa: PLC0415
    from ledger.service import VenueNotOpen  # noqa: PLC0415
    from ledger.worker_settings import settings_beside  # noqa: PLC0415
    from ledger.works import Works  # noqa: PLC0415

    sys.setrecursionlimit(RECURSION_LIMIT)
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(sys.stderr)
    )  # standard output is the answer
    works: Works | None = None
    try:
        works = Works(settings_beside(data))
        yield works
    except CounterpartyError as error:
        fail(str(error))
    except (ChainFault, SettingsRefused, Elsewhere, JournalDiffers, SequencerRefused, VenueNotOpen) as error:
        fail(str(error) if error.cure in str(error) else f"{error}; {error.cure}")
    except psycopg.Error as error:
        fail(
            f"DATABASE-UNAVAILABLE: {type(error).__name__}; see that PostgreSQL runs and IPX_DATABASE_URL is right"
        )
    finally:
        if works is not None:
            works.close()


def fail(text: str) -> None:
    """Say what is wrong and end with exit code 1.

    Raises:
        SystemExit: always.
    """
    Console(stderr=True).print(Text(text))
    sys.exit(REFUSED)
