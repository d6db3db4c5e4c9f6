"""`python -m ledger.witness`: serve one log's witness until it is stopped.

    python -m ledger.witness --name NAME --folder FOLDER --log VKEY --port PORT

The folder holds `witness.key` (Ed25519) and `cosigned.json`. `--begin` makes both, once; without it they must be there.
`--show` prints the verifier key and ends.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ledger.log.notes import NoteRefused, Verifier
from ledger.receipt_key import ReceiptKeyRefused
from ledger.witness.cosigning import Witness, WitnessRefused
from ledger.witness.opening import open_witness
from ledger.witness.requests import LONGEST_REQUEST

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

EXIT_REFUSED: Final = 2
BACKLOG: Final = 64
MOST_CONNECTIONS: Final = 64


def application(witness: Witness, vkey: str) -> Starlette:
    """The HTTP side: `POST /add-checkpoint`, and `GET /vkey` for people."""

    async def add_checkpoint(request: Request) -> Response:
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_REQUEST:
                return PlainTextResponse("request too large\n", 413)
        try:
            reply = await run_in_threadpool(witness.add_checkpoint, body, int(time.time()))
        except WitnessRefused as error:
            return PlainTextResponse(f"{error}\n", 503)
        return Response(reply.text, reply.status, media_type=reply.content_type)

    async def show_key(_: Request) -> Response:
        return PlainTextResponse(vkey + "\n")

    return Starlette(
        routes=[
            Route("/add-checkpoint", add_checkpoint, methods=["POST"]),
            Route("/vkey", show_key, methods=["GET"]),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the witness; the exit code is 2 where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m ledger.witness", description=__doc__)
    parser.add_argument("--name", required=True, help="its own name, e.g. witness.example/ipx")
    parser.add_argument("--folder", type=Path, required=True, help="where key and state are kept")
    parser.add_argument("--log", required=True, help="the log's verifier key, as the venue publishes it")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--begin", action="store_true", help="make key and state where there are none")
    parser.add_argument("--show", action="store_true", help="print the verifier key and end")
    given = parser.parse_args(arguments)
    try:
        witness, verifier = open_witness(
            given.folder, given.name, Verifier.from_text(given.log), begin=given.begin
        )
    except (WitnessRefused, NoteRefused, ReceiptKeyRefused) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    vkey = verifier.to_text()
    if given.show:
        sys.stdout.write(vkey + "\n")
        return 0
    config = uvicorn.Config(
        application(witness, vkey),
        host=given.host,
        port=given.port,
        log_level="warning",
        access_log=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
    )
    server = uvicorn.Server(config)
    sys.stderr.write(f"witness {vkey} at http://{given.host}:{given.port}\n")
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
