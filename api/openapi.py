"""The interface described for programs (`/openapi.json`): every route, those that are plain ASGI included."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

from api.auth import Permission
from api.bids import hot_path
from api.documents import ProblemView
from api.giving import IDEMPOTENCY_HEADER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from fastapi import APIRouter, FastAPI
    from fastapi.dependencies.models import Dependant
    from starlette.requests import Request

KEY_ONLY: list[dict[str, list[str]]] = [{"ApiKey": []}]
KEY_OR_NONE: list[dict[str, list[str]]] = [{}, {"ApiKey": []}]
"""A caller without a key is let in, and may see less."""


PATH = "/openapi.json"
_making = threading.Lock()


def describe(app: FastAPI, routers: Iterable[APIRouter]) -> dict[str, Any]:
    """The description, made once."""
    with _making:
        if app.openapi_schema is None:
            app.openapi_schema = _described(app, routers)
        return app.openapi_schema


async def description_of(app: FastAPI) -> dict[str, Any]:
    """The description; making it takes seconds, in which nobody else waits: it is made beside the event loop."""
    if app.openapi_schema is None:
        return await run_in_threadpool(app.openapi)
    return app.openapi_schema


async def serve(request: Request) -> JSONResponse:
    """Answer `GET /openapi.json`."""
    return JSONResponse(await description_of(request.app))


def _described(app: FastAPI, routers: Iterable[APIRouter]) -> dict[str, Any]:
    schema = get_openapi(title=app.title, version=app.version, routes=app.routes)
    for path, method, route in _operations(routers):
        operation = schema["paths"][path][method]
        operation["security"] = KEY_OR_NONE if _lets_the_public_in(route.dependant) else KEY_ONLY
        for parameter in operation.get("parameters", ()):
            if parameter["name"] == IDEMPOTENCY_HEADER:
                # Its absence has a problem of its own, so that FastAPI takes it for optional.
                parameter["required"] = True
                parameter["schema"] = {"type": "string", "minLength": 1, "maxLength": 128}
    schema["paths"].update(hot_path.openapi_paths())
    components = schema.setdefault("components", {})
    shapes = components.setdefault("schemas", {})
    shapes.update(hot_path.openapi_schemas())
    shapes["Problem"] = ProblemView.model_json_schema(ref_template="#/components/schemas/{model}")
    components["securitySchemes"] = {"ApiKey": {"type": "http", "scheme": "bearer"}}
    return schema


def _operations(routers: Iterable[APIRouter]) -> Iterator[tuple[str, str, APIRoute]]:
    for router in routers:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield from ((route.path_format, method.lower(), route) for method in route.methods or ())


def _lets_the_public_in(dependant: Dependant) -> bool:
    if isinstance(dependant.call, Permission):
        return "public" in dependant.call.kinds
    return any(_lets_the_public_in(inner) for inner in dependant.dependencies)
