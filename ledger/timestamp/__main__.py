"""`python -m ledger.timestamp`: serve a time-stamping authority (RFC 3161 over HTTP) until it is stopped.

    python -m ledger.timestamp --folder FOLDER --port PORT

The folder holds `timestamp.key` (P-256), `timestamp.crt` (its certificate) and `issued.json`. `--begin` makes them,
once; without it they must be there. `--show` prints the certificate and ends. One that a venue's operator runs proves
nothing against the operator.
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

from ledger.timestamp.issuing import Authority, AuthorityRefused
from ledger.timestamp.opening import open_authority
from ledger.timestamp.requests import LONGEST_REQUEST, QUERY_TYPE, REPLY_TYPE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

EXIT_REFUSED: Final = 2
BACKLOG: Final = 64
MOST_CONNECTIONS: Final = 64
NAME: Final = "time-stamping authority"


def application(authority: Authority, certificate_pem: bytes) -> Starlette:
    """The HTTP side: `POST /` as RFC 3161, 3.4 says, and `GET /certificate` for people."""

    async def stamp(request: Request) -> Response:
        if request.headers.get("content-type", "").partition(";")[0].strip().lower() != QUERY_TYPE:
            return PlainTextResponse(f"send {QUERY_TYPE}\n", 415)
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > LONGEST_REQUEST:
                return PlainTextResponse("request too large\n", 413)
        reply = await run_in_threadpool(authority.answer, body, time.time_ns() // 1_000_000)
        return Response(reply, media_type=REPLY_TYPE)

    async def show_certificate(_: Request) -> Response:
        return PlainTextResponse(certificate_pem)

    return Starlette(
        routes=[
            Route("/", stamp, methods=["POST"]),
            Route("/certificate", show_certificate, methods=["GET"]),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the authority; the exit code is 2 where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m ledger.timestamp", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, required=True, help="where key, certificate and serials are kept"
    )
    parser.add_argument("--name", default=NAME, help="the certificate's common name, where one is made")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--begin", action="store_true", help="make key and certificate where there are none")
    parser.add_argument("--show", action="store_true", help="print the certificate and end")
    given = parser.parse_args(arguments)
    try:
        authority, certificate_pem = open_authority(given.folder, given.name, begin=given.begin)
    except (AuthorityRefused, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return EXIT_REFUSED
    if given.show:
        sys.stdout.write(certificate_pem.decode())
        return 0
    config = uvicorn.Config(
        application(authority, certificate_pem),
        host=given.host,
        port=given.port,
        log_level="warning",
        access_log=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
    )
    server = uvicorn.Server(config)
    sys.stderr.write(f"time-stamping authority at http://{given.host}:{given.port}\n")
    server.run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
