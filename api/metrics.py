"""The front door's figures and its line for a request. Served as `ledger.metrics` says, never by the front door itself.

A route is told by its template, so that no address that a caller makes up becomes a label or a line of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from prometheus_client import Gauge, Histogram

from ledger.log_lines import current_request, tell_each
from ledger.metrics import REGISTRY

if TYPE_CHECKING:
    from collections.abc import MutableMapping

UNMATCHED: Final = "unmatched"
_METHODS: Final = frozenset({"GET", "HEAD", "POST"})
_SERVER_FAULT: Final = 500
_MS_PER_SECOND: Final = 1_000

REQUEST_SECONDS: Final = Histogram(
    "ipx_request_seconds",
    "From the request's head to the end of its answer, by route template, method and status.",
    ["route", "method", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15),
    registry=REGISTRY,
)
UNDER_WAY: Final = Gauge("ipx_requests_under_way", "Requests that are being answered.", registry=REGISTRY)


class Routes:
    """Which template a request was routed to."""

    def __init__(self) -> None:
        self._plain: dict[Any, str] | None = None

    def template(self, scope: MutableMapping[str, Any]) -> str:
        """The template of a scope that has been through the router; `UNMATCHED` where no route took it."""
        route = scope.get("route")
        if route is not None:
            return str(getattr(route, "path", UNMATCHED))
        endpoint = scope.get("endpoint")
        if endpoint is None:
            return UNMATCHED
        if self._plain is None:  # routes that are not FastAPI's own: plain ASGI
            routes = scope["app"].router.routes
            self._plain = {each.endpoint: each.path for each in routes if hasattr(each, "endpoint")}
        return self._plain.get(endpoint, UNMATCHED)


_counted: dict[tuple[str, str, int], Histogram] = {}
"""By label: as many as there are templates, methods and statuses."""


def answered(template: str, method: str, status: int, seconds: float) -> None:
    """Count an answered request; tell it where it was a command, or where something failed here.

    status: as it went out, 0 where nothing did.
    """
    known = method if method in _METHODS else "other"
    label = (template, known, status)
    counted = _counted.get(label)
    if counted is None:
        counted = _counted[label] = REQUEST_SECONDS.labels(route=template, method=known, status=str(status))
    counted.observe(seconds)
    if method == "POST" or status >= _SERVER_FAULT or status == 0:
        request = current_request()
        line: dict[str, object] = {} if request is None else {"request": request.id}
        if request is not None and request.entries:
            line["entry"] = request.entries[-1]
        line |= {"method": known, "route": template, "status": status}
        line["took_ms"] = round(seconds * _MS_PER_SECOND, 1)
        tell_each("answered", [line])
