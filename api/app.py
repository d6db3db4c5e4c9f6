"""The application: its parts, its routes, its problems, its OpenAPI page.

`create_app(settings)` builds it; everything that it opens is opened and closed by its lifespan.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import structlog
from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.responses import Response

from api import openapi, problems
from api.auth import Doorkeeper
from api.bids import hot_path
from api.bids.routes import router as bids
from api.bundles.routes import router as bundles
from api.checks.routes import router as checks
from api.deals.routes import router as deals
from api.demand.routes import router as demand
from api.deposits.routes import router as deposits
from api.door import Door
from api.encumbrances.routes import router as encumbrances
from api.evidence.routes import router as evidence
from api.first_refusals.routes import router as first_refusals
from api.journal.routes import router as journal
from api.legal_holds.routes import router as legal_holds
from api.listings.routes import router as listings
from api.log.routes import router as log
from api.middleware import BodyRefusedError, Gate
from api.money.routes import router as money
from api.objections.routes import router as objections
from api.obligations.remedies import router as remedies
from api.obligations.routes import router as obligations
from api.offers.routes import router as offers
from api.orders.routes import router as orders
from api.papers.routes import router as papers
from api.parties.routes import router as parties
from api.problems import Problem
from api.proposals.routes import router as proposals
from api.reading import Reader, engine_for
from api.recoveries.routes import router as recoveries
from api.rights.findings import router as findings
from api.rights.routes import router as rights
from api.sealed_bids.routes import router as sealed_bids
from api.statements.routes import router as statements
from api.status.routes import router as status
from api.surveillance.routes import router as surveillance
from api.venue.routes import router as venue
from api.web import routes as pages
from ledger.chain.errors import ChainFault
from ledger.sequencer.client import SequencerClient
from ledger.signer.client import SignerClient, SignerKey

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.types import ASGIApp

    from api.settings import Settings

ROUTERS = (
    parties,
    recoveries,
    rights,
    checks,
    findings,
    listings,
    objections,
    papers,
    offers,
    proposals,
    sealed_bids,
    orders,
    demand,
    bids,
    deals,
    bundles,
    obligations,
    remedies,
    deposits,
    encumbrances,
    first_refusals,
    money,
    journal,
    log,
    evidence,
    legal_holds,
    surveillance,
    status,
    statements,
    venue,
)
TITLE = "IPX: exchange of IP rights"
_KINDS_BY_STATUS = {404: problems.ROUTE_UNKNOWN, 405: problems.METHOD_NOT_ALLOWED}
_log = structlog.get_logger(__name__)


class Application(FastAPI):
    """FastAPI behind the gate: in front of all that FastAPI itself puts around the routes."""

    def build_middleware_stack(self) -> ASGIApp:
        """Every layer, the gate outermost."""
        return Gate(super().build_middleware_stack())


def create_app(settings: Settings) -> FastAPI:
    """Build the application; it connects when its lifespan begins."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reader = Reader(engine_for(settings.database_url, settings.pool_size))
        sequencer = SequencerClient(settings.sequencer_socket)
        signer = SignerClient(settings.signer_socket) if settings.signer_socket else None
        app.state.door = Door(
            settings,
            reader,
            Doorkeeper(reader, settings.staff),
            sequencer,
            signatory=None if signer is None else SignerKey(signer, "service"),
        )
        try:
            yield
        finally:
            if signer is not None:
                signer.close()
            await sequencer.close()
            await reader.close()

    app = Application(
        title=TITLE,
        version="1",
        lifespan=lifespan,
        docs_url=None,
        openapi_url=None,  # FastAPI would make the description in the event loop
        redoc_url=None,
        redirect_slashes=False,  # a redirect would lead to whatever Host the caller named
    )
    app.router.routes.extend(hot_path.routes())
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Problem, _answer_problem)
    app.add_exception_handler(RequestValidationError, _answer_malformed)
    app.add_exception_handler(StarletteHTTPException, _answer_http)
    app.add_exception_handler(SQLAlchemyError, _answer_database)
    app.add_exception_handler(ChainFault, _answer_signer)
    app.add_exception_handler(BodyRefusedError, _answer_nothing)
    app.add_exception_handler(Exception, _answer_fault)
    app.add_route(openapi.PATH, openapi.serve, include_in_schema=False)
    pages.attach(app)
    app.openapi = lambda: openapi.describe(app, ROUTERS)  # type: ignore[method-assign]  # FastAPI's documented way to extend it
    return app


def _respond(request: Request, problem: Problem) -> Response:
    return problems.response(
        problem,
        accept_language=request.headers.get("accept-language", ""),
        request_id=getattr(request.state, "request_id", ""),
    )


async def _answer_problem(request: Request, error: Exception) -> Response:
    if not isinstance(error, Problem):
        raise error
    return _respond(request, error)


async def _answer_malformed(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        raise error
    # What was sent is never repeated: it may be confidential, and problems end up in logs.
    errors = [
        {"field": ".".join(str(part) for part in found["loc"]), "reason": str(found["msg"])[:200]}
        for found in error.errors()[:20]
    ]
    return _respond(request, Problem(problems.BODY_MALFORMED, errors=errors))


async def _answer_http(request: Request, error: Exception) -> Response:
    if not isinstance(error, StarletteHTTPException | HTTPException):
        raise error
    kind = _KINDS_BY_STATUS.get(error.status_code, problems.BODY_MALFORMED)
    return _respond(request, Problem(kind, headers=dict(error.headers or {})))


async def _answer_database(request: Request, error: Exception) -> Response:
    if not isinstance(error, OperationalError | InterfaceError | PoolTimeoutError):
        return await _answer_fault(request, error)  # the database answered: to ask again would change nothing
    _log.error("database_unavailable", error=type(error).__name__)
    return _respond(request, Problem(problems.UNAVAILABLE, headers={"Retry-After": "1"}))


async def _answer_signer(request: Request, error: Exception) -> Response:
    if not isinstance(error, ChainFault):
        raise error
    _log.error("signer_unavailable", error=error.code, found=error.detail)
    if not error.transient:  # it was denied: to ask again would change nothing
        return _respond(request, Problem(problems.INTERNAL))
    return _respond(request, Problem(problems.UNAVAILABLE, headers={"Retry-After": "1"}))


async def _answer_nothing(_request: Request, _error: Exception) -> Response:
    return Response()  # the gate answers


async def _answer_fault(request: Request, error: Exception) -> Response:
    _log.error("fault", error=type(error).__name__)
    return _respond(request, Problem(problems.INTERNAL))
