"""`/status`: a program gets JSON, a browser the same as a page in Chinese or English."""

from fastapi import APIRouter, Request, Response

from api import documents
from api.auth import allow
from api.door import TheDoor
from api.status.reading import status_of
from api.status.schemas import StatusView
from api.web import routes as pages

router = APIRouter(tags=["health"])
OPEN = [allow("public")]


@router.get("/status", dependencies=OPEN, response_model=StatusView, **documents.reads())
async def status(door: TheDoor, request: Request) -> StatusView | Response:
    """How the venue stands: journal, chain, index, evidence, reconciliation, versions. `Accept: text/html`: a page."""
    found = await status_of(door)
    if "text/html" in request.headers.get("accept", ""):
        return await pages.status(request, found)
    return found
