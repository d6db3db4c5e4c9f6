"""An auction to knock at by hand, and what a problem must look like."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.calls.giving import VALID_FOR_MS, body_of
from api.client import VenueProblem
from exchange import commands as c
from exchange.sealed import commitment
from ledger.signatures import (
    Domain,
    Instruction,
    PrivateKey,
    content_of,
    exchange_domain,
    instruction_digest,
    reference_of,
    sign,
)
from tests.api.running_venue import ANCHOR, CHAIN_ID, RunningVenue

DOMAIN = exchange_domain(CHAIN_ID, ANCHOR)


def refusal(call: Callable[[], Any], code: str, status: int) -> VenueProblem:
    """The problem that a call is answered with: it has this code, a citation and a cure."""
    with pytest.raises(VenueProblem) as caught:
        call()
    problem = caught.value
    assert (problem.code, problem.status) == (code, status)
    assert problem.citation
    assert problem.cure
    assert problem.document["request_id"]
    return problem


def refused_without_trace(
    venue: RunningVenue, call: Callable[[], Any], code: str, status: int
) -> VenueProblem:
    """As `refusal`, and no row has changed."""
    before = venue.state_of()
    problem = refusal(call, code, status)
    assert venue.state_of() == before
    return problem


def bid_body(
    party: str,
    listing_id: str,
    key: PrivateKey,
    idempotency_key: str,
    *,
    price: int = 10_000_00,
    domain: Domain = DOMAIN,
    valid_until_ms: int,
    **changes: Any,
) -> dict[str, Any]:
    """A bid's body, signed by hand, so that a test can sign what no client would."""
    command, terms, salt = c.PlaceBid(listing_id=listing_id), c.BidTerms(price=price), secrets.token_hex(32)
    instruction = Instruction(
        action=changes.get("action", "place_bid"),
        party=party,
        reference=reference_of(idempotency_key),
        content=content_of(command),
        terms=commitment("terms", bytes.fromhex(salt), terms),
        valid_until_ms=valid_until_ms,
    )
    signature = {
        "value": sign(instruction_digest(domain, instruction), key),
        "valid_until_ms": valid_until_ms,
    }
    return body_of(command, (terms, salt), {}, signature, ("listing_id",))


class Auction:
    """A competitive listing with one qualified bidder, and ways to post on it by hand."""

    def __init__(self, venue: RunningVenue) -> None:
        self.venue = venue
        self.seller = venue.party("seller", "buyer")
        self.listing_id = venue.listing(
            self.seller,
            venue.right(self.seller),
            mode="competitive",
            deal_kind="assignment",
            price=10_000_00,
            deposit=1_000_00,
        )
        self.bidder = venue.bidder(self.listing_id)
        self.key = self.bidder.giver.key
        self.api_key = self.bidder.transport._http.headers["authorization"]

    def until(self) -> int:
        return self.venue.public.time_ms() + VALID_FOR_MS

    def post(self, body: Any, key: str | None = "hand", **headers: str) -> httpx.Response:
        sent = {"Authorization": self.api_key, **headers}
        if key is not None:
            sent["Idempotency-Key"] = key
        with self.venue.http() as http:
            return http.post(f"/v1/listings/{self.listing_id}/bids", json=body, headers=sent)


def problem_of(answer: httpx.Response, code: str, status: int) -> dict[str, Any]:
    """The problem in an answer, if it has this code and the members of RFC 9457."""
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert (document["code"], answer.status_code) == (code, status)
    assert document["status"] == status
    assert {"type", "title", "detail", "citation", "cure", "request_id"} <= set(document)
    return document
