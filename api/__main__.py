"""`python -m api`: the API process, one worker; settings from the environment (`api.settings`)."""

from __future__ import annotations

import socket
import sys

import uvicorn

from api.app import create_app
from api.server import BACKLOG, configuration
from api.settings import from_environment
from ledger.log_lines import begin
from ledger.metrics import serve as serve_metrics
from ledger.settings import SettingsRefused


def main() -> int:
    """Serve until told to stop; prints the address when the port is bound. The exit code: 2 if it cannot begin."""
    try:
        settings = from_environment()
        listener = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    except SettingsRefused as error:
        print(error, file=sys.stderr)  # noqa: T201 - read by whoever started it
        return 2
    except OSError as error:
        cure = "Give another IPX_API_PORT, or IPX_API_HOST of this machine."
        print(f"{settings.host}:{settings.port} cannot be bound: {error.strerror}. {cure}", file=sys.stderr)  # noqa: T201 - as above
        return 2
    begin("api")
    serve_metrics(settings.metrics_port)
    port = listener.getsockname()[1]
    print(f"http://{settings.host}:{port}", flush=True)  # noqa: T201 - whoever started it reads the port here
    uvicorn.Server(configuration(create_app(settings))).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
