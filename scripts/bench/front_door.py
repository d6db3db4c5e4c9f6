"""The front door of the benchmark `api`: the application as it is served, and two routes beside it to compare with.

`POST /bench/empty` is a FastAPI route that does nothing, `POST /bench/insert` one that writes a single row and commits;
both take a body like a bid's. It is run as `python -m scripts.bench.front_door`, with the settings of `python -m api`,
and prints its address.
"""

from __future__ import annotations

import asyncio
import itertools
import socket
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Annotated

import psycopg
import uvicorn
from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel, Field

from api.app import create_app
from api.server import BACKLOG, configuration
from api.settings import Settings, from_environment
from ledger.store.connections import psycopg_url

TABLE = """
CREATE TABLE IF NOT EXISTS bench_route_bids
(id bigint PRIMARY KEY, listing_id text NOT NULL, party_id text NOT NULL,
 price bigint NOT NULL, placed_ms bigint NOT NULL)
"""
INSERT = "INSERT INTO bench_route_bids VALUES (%s, %s, %s, %s, %s)"
CONNECTIONS = 8
"""As many as the front door itself has."""

router = APIRouter(prefix="/bench")


class Row(BaseModel):
    """What both routes take."""

    listing_id: Annotated[str, Field(pattern=r"^L-\d{1,9}$")]
    party_id: Annotated[str, Field(pattern=r"^P-\d{1,9}$")]
    price: Annotated[int, Field(ge=0, le=2**53)]


class Written(BaseModel):
    """What both routes answer."""

    id: int


@router.post("/empty")
async def empty(row: Row) -> Written:
    """Do nothing."""
    return Written(id=row.price)


@router.post("/insert")
async def insert(row: Row, request: Request) -> Written:
    """Write one row and commit it."""
    rows: Rows = request.app.state.bench_rows
    return Written(id=await rows.insert(row))


class Rows:
    """Connections that take turns, each with its statement prepared."""

    def __init__(self, connections: list[psycopg.AsyncConnection[tuple[object, ...]]]) -> None:
        self._free: asyncio.Queue[psycopg.AsyncConnection[tuple[object, ...]]] = asyncio.Queue()
        for each in connections:
            self._free.put_nowait(each)
        self._numbers = itertools.count(time.time_ns())

    async def insert(self, row: Row) -> int:
        """Write one row; its number."""
        connection = await self._free.get()
        try:
            number = next(self._numbers)
            values = (number, row.listing_id, row.party_id, row.price, number // 1_000_000)
            await connection.execute(INSERT, values, prepare=True)
        finally:
            self._free.put_nowait(connection)
        return number


def application(settings: Settings) -> FastAPI:
    """The application, and the two routes beside it."""
    app = create_app(settings)
    app.include_router(router)
    begun = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        inner: AbstractAsyncContextManager[object] = begun(app)
        async with inner:
            connections = [
                await psycopg.AsyncConnection.connect(psycopg_url(settings.database_url), autocommit=True)
                for _ in range(CONNECTIONS)
            ]
            await connections[0].execute(TABLE)
            app.state.bench_rows = Rows(connections)
            try:
                yield
            finally:
                for each in connections:
                    await each.close()

    app.router.lifespan_context = lifespan
    return app


def main() -> int:
    """Serve until told to stop; print the address."""
    settings = from_environment()
    listener = socket.create_server((settings.host, settings.port), backlog=BACKLOG)
    sys.stdout.write(f"http://{settings.host}:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    uvicorn.Server(configuration(application(settings))).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
