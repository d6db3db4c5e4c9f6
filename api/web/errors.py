"""Problems as pages: a reader with a browser gets the same problem as a program, in words and with a way on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import Request

from api.problems import Problem
from api.web.words import WORDS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import FastAPI
    from starlette.responses import Response

    from api.web.rendering import Renderer

    Handler = Callable[[Request, Exception], Awaitable[Response]]

HANDLED: tuple[type[Exception], ...] = (
    Problem,
    RequestValidationError,
    HTTPException,
    SQLAlchemyError,
    Exception,
)
_MACHINE_PATHS = ("/v1/", "/parts/", "/assets/", "/openapi.json", "/healthz", "/readyz")
_SERVER_FAULT = 500
_NOT_FOUND = 404


class _Told(msgspec.Struct):
    """What a problem says, as far as a page repeats it."""

    status: int
    code: str
    request_id: str = ""


def attach(app: FastAPI, renderer: Renderer, frame: Callable[[], dict[str, object]]) -> None:
    """Put a page before every problem that a browser would show; what programs get stays as it is.

    frame: what every page says of the venue.
    """
    for kind in HANDLED:
        told = app.exception_handlers[kind]
        app.add_exception_handler(kind, _with_page(told, renderer, frame))


def _with_page(told: Any, renderer: Renderer, frame: Callable[[], dict[str, object]]) -> Handler:  # noqa: ANN401 - Starlette's own type
    async def answer(request: Request, error: Exception) -> Response:
        problem: Response = await told(request, error)
        if not _wants_page(request):
            return problem
        said = msgspec.json.decode(bytes(problem.body), type=_Told)
        # In a page's address only the id can be malformed: what it names does not exist.
        status = _NOT_FOUND if isinstance(error, RequestValidationError) else said.status
        family = f"error_{status}"
        if family not in WORDS:
            family = "error_500" if status >= _SERVER_FAULT else "error_400"
        content = {
            "heading": family,
            "cure": f"{family}_cure",
            "code": said.code,
            "request_id": said.request_id,
            **frame(),
        }
        page = renderer.page(request, "error", content, status=status)
        for name in ("retry-after", "allow", "www-authenticate"):
            if name in problem.headers:
                page.headers[name] = problem.headers[name]
        return page

    return answer


def _wants_page(request: Request) -> bool:
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith(
        _MACHINE_PATHS
    )
