"""A relay in front of a real node, which may answer other than the node."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Change = Callable[[dict[str, Any]], bytes | None]
"""Gives other bytes than the node's answer to a request, or None to pass that on."""


@contextmanager
def in_between(node_url: str, change: Change) -> Iterator[str]:
    """Run a relay on a port of its own; gives its URL."""

    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            answer = change(json.loads(body))
            if answer is None:
                answer = asked(node_url, body)
            with suppress(ConnectionError):  # whoever asked may have given up
                self.send_response(200)
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Relay)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def asked(node_url: str, body: bytes) -> bytes:
    """What the node itself answers."""
    request = urllib.request.Request(node_url, body, {"Content-Type": "application/json"})  # noqa: S310
    with urllib.request.urlopen(request, timeout=10) as upstream:  # noqa: S310
        return bytes(upstream.read())
