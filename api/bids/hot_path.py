"""Bids placed, amended and withdrawn, as plain ASGI: the same checks as every other route, a fraction of the cost.

The body is read by msgspec straight into its shape; the OpenAPI entries are written by hand below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api import commands, documents, problems, refusals
from api.auth import Permission
from api.commands import Given, Signature
from api.problems import Problem
from exchange.commands import AmendBid, BidTerms, Command, PlaceBid, WithdrawBid
from exchange.money.amount import AmountRefused, parse_amount
from exchange.rules import venue as rules
from exchange.rules.trading_halts import TRADING_HALTED

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from api.door import Door

SaltText = Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f]{64}\Z")]
SignatureText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{128,130}\Z")]
AddressText = Annotated[str, msgspec.Meta(pattern=r"^0x[0-9a-fA-F]{40}\Z")]
OrderId = Annotated[str, msgspec.Meta(pattern=r"^[!-~]{1,64}\Z")]
_ID = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")]
_ENCODER = msgspec.json.Encoder(order="deterministic")
"""A repeated answer has the same bytes as the first."""
_PARTY_ONLY = Permission(frozenset({"party"}))


class SignatureShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As `api.forms.SignatureForm`."""

    value: SignatureText
    valid_until_ms: Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799_999)]
    signer: AddressText | None = None


class PriceShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As `api.bids.schemas.PriceTerms`; the price is a decimal string in the listing's currency."""

    price: str
    salt: SaltText
    client_order_id: OrderId | None = None


class NoPartsShape(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bid has no erasable parts."""


class PricedBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A bid, or its amendment."""

    terms: PriceShape
    signature: SignatureShape
    erasable: NoPartsShape = NoPartsShape()


class BareBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A withdrawal."""

    signature: SignatureShape
    erasable: NoPartsShape = NoPartsShape()


class BidRoute:
    """One of the three routes: which command, with which body, under which path parameter, answered by which status."""

    def __init__(self, command: type[Command], parameter: str, *, priced: bool, status: int) -> None:
        self._command = command
        self._parameter = parameter
        self._status = status
        self._priced = msgspec.json.Decoder(PricedBody) if priced else None
        self._bare = msgspec.json.Decoder(BareBody)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request (ASGI)."""
        request = Request(scope, receive)
        try:
            data = await self._answer(scope["app"].state.door, request)
            response = Response(data, status_code=self._status, media_type="application/json")
        except Problem as problem:
            response = problems.response(
                problem,
                accept_language=request.headers.get("accept-language", ""),
                request_id=scope["state"]["request_id"],
            )
        await response(scope, receive, send)

    async def _answer(self, door: Door, request: Request) -> bytes:
        headers = request.headers
        caller = await _PARTY_ONLY.check(door.doorkeeper, headers.get("authorization"))
        key = commands.idempotency_key(headers.get("idempotency-key"))
        commands.require_json(headers.get("content-type"))
        given = self._given(request.path_params[self._parameter], await request.body())
        answer = await commands.submit(door, caller, caller.actor, key, given)
        return _ENCODER.encode(
            {
                "status": answer.status,
                "entry": answer.entry,
                "time_ms": answer.time_ms,
                "result": answer.result,
                "receipt": answer.receipt,
            }
        )

    def _given(self, row_id: str, data: bytes) -> Given:
        try:
            named = msgspec.convert(row_id, _ID)
            if self._priced is None:
                signature = self._bare.decode(data).signature
                terms, salt = None, ""
            else:
                body = self._priced.decode(data)
                signature = body.signature
                price = parse_amount(body.terms.price)
                terms = BidTerms(price=price, client_order_id=body.terms.client_order_id)
                salt = body.terms.salt
        except AmountRefused as error:
            raise commands.malformed(["body", "terms", "price"], error.code) from error
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise commands.malformed(["body"], _reason(error)) from error
        return Given(
            command=self._command(**{self._parameter: named}),  # type: ignore[arg-type]  # one of three known commands
            terms=terms,
            terms_salt=salt,
            signature=Signature(signature.value, signature.valid_until_ms, signature.signer),
        )


def _reason(error: Exception) -> str:
    """What is wrong with the body; a decoder's other complaints could repeat what was sent."""
    return str(error)[:200] if isinstance(error, msgspec.ValidationError) else "not JSON in UTF-8"


ROUTES = {
    "/v1/listings/{listing_id}/bids": BidRoute(PlaceBid, "listing_id", priced=True, status=201),
    "/v1/bids/{bid_id}/amendment": BidRoute(AmendBid, "bid_id", priced=True, status=200),
    "/v1/bids/{bid_id}/withdrawal": BidRoute(WithdrawBid, "bid_id", priced=False, status=200),
}
_PLACING = (
    TRADING_HALTED,
    rules.NOT_QUALIFIED,
    rules.WRONG_STATE,
    rules.BID_BELOW_PRICE,
    rules.BID_STANDS,
    *refusals.BUYER_MAY_TAKE_PART,
    problems.CLIENT_ORDER_ID_REUSED,
)
_REFUSALS: dict[str, tuple[Any, ...]] = {
    "listing_id": _PLACING,
    "amendment": (
        TRADING_HALTED,
        rules.WRONG_STATE,
        rules.BID_BELOW_PRICE,
        rules.BID_STANDS,
        rules.BID_IRREVOCABLE,
        *refusals.BUYER_MAY_TAKE_PART,
        problems.CLIENT_ORDER_ID_REUSED,
    ),
    "withdrawal": (rules.WRONG_STATE, rules.BID_IRREVOCABLE),
}
_SUMMARIES = {
    "listing_id": "A qualified bidder bids on a competitive listing.",
    "amendment": "A bidder changes its bid: freely until registration closes, afterwards only upwards.",
    "withdrawal": "A bidder withdraws its bid, only until registration closes.",
}


def routes() -> list[Route]:
    """The routes, for the application's router."""
    return [Route(path, endpoint, methods=["POST"]) for path, endpoint in ROUTES.items()]


def openapi_paths() -> dict[str, Any]:
    """The hand-written OpenAPI entries of these routes."""
    paths: dict[str, Any] = {}
    for path, status in zip(ROUTES, ("201", "200", "200"), strict=True):
        last = path.rpartition("/")[2]
        name = last if last in _REFUSALS else "listing_id"
        parameter = path.partition("{")[2].partition("}")[0]
        shape = "BareCommand" if name == "withdrawal" else "PricedCommand"
        codes = (*documents.GIVING, *documents.GIVING_RULES, *_REFUSALS[name])
        paths[path] = {
            "post": {
                "tags": ["bids"],
                "summary": _SUMMARIES[name],
                "operationId": f"bid_{'place' if name == 'listing_id' else name}",
                "security": [{"ApiKey": []}],
                "parameters": [
                    {"name": parameter, "in": "path", "required": True, "schema": {"type": "string"}},
                    {
                        "name": "Idempotency-Key",
                        "in": "header",
                        "required": True,
                        "schema": {"type": "string", "minLength": 1, "maxLength": 128},
                    },
                ],
                "requestBody": {
                    "required": True,
                    "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{shape}"}}},
                },
                "responses": {
                    status: {
                        "description": "Accepted: entry, ids and receipt.",
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Accepted"}}
                        },
                    },
                    **documents.responses_of(codes),
                },
                "x-problem-codes": documents.codes_of(codes),
            }
        }
    return paths


def openapi_schemas() -> dict[str, Any]:
    """The shapes that those entries refer to."""
    (priced, bare), components = msgspec.json.schema_components(
        (PricedBody, BareBody), ref_template="#/components/schemas/{name}"
    )
    return {
        **{name: schema for name, schema in components.items() if name not in {"PricedBody", "BareBody"}},
        "PricedCommand": components.get("PricedBody", priced),
        "BareCommand": components.get("BareBody", bare),
    }
