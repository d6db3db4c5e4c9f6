"""`python -m api`: the API process, one worker; settings from the environment (`api.settings`)."""

from __future__ import annotations

import socket

import uvicorn

from api.app import create_app
from api.settings import from_environment

GRACE_S = 10
BACKLOG = 2_048


def main() -> None:
    """Serve until told to stop; prints the address when the port is bound."""
    settings = from_environment()
    listener = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    port = listener.getsockname()[1]
    print(f"http://{settings.host}:{port}", flush=True)  # noqa: T201 - whoever started it reads the port here
    config = uvicorn.Config(
        create_app(settings),
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        date_header=True,
        timeout_graceful_shutdown=GRACE_S,
        backlog=BACKLOG,
    )
    uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
