"""Who calls: an API key names a party, an operator or the service; every route says which of them it lets in.

API keys are 256 random bits; only their SHA-256 is kept. Deny by default: a route without `allow(...)` does not exist
(a test walks all of them).
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from fastapi import Depends, Request

from api.problems import CALLER_NOT_PERMITTED, UNAUTHENTICATED, Problem
from exchange.parties import VENUE_ACTOR
from exchange.rows import Party
from exchange.rows.parties import APPROVED

if TYPE_CHECKING:
    from collections.abc import Callable

    from api.reading import Reader
    from api.settings import StaffKeys

CallerKind = Literal["public", "party", "operator", "service"]
KEY_PREFIX = "ipx_"
KEY_BYTES = 32
LONGEST_HEADER = 200
CACHE_S = 5.0
"""A key that was replaced, or a party that was suspended, is noticed at the door within so many seconds; the engine
notices at once."""
MOST_CACHED = 10_000


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who calls. `party` for parties; `address` is the operator's (or empty)."""

    kind: CallerKind
    party: Party | None = None
    address: str = ""

    @property
    def actor(self) -> str:
        """The actor of this caller's commands: its party id, or the venue for operators and the service."""
        if self.party is not None:
            return self.party.id
        return VENUE_ACTOR if self.kind != "public" else ""

    @property
    def staff(self) -> bool:
        """Whether this is an operator or the service, who may read everything."""
        return self.kind in {"operator", "service"}

    @property
    def approved(self) -> bool:
        """Whether this is the staff, or a party that the operator has approved and not suspended."""
        return self.staff or (self.party is not None and self.party.state == "ACTIVE")

    @property
    def company_number(self) -> str:
        """The number of the company that this is; empty for an applicant, whose number is its own word yet."""
        return "" if self.party is None or self.party.state not in APPROVED else self.party.company_number

    def is_party(self, *party_ids: str) -> bool:
        """Whether this is one of these parties."""
        return self.party is not None and self.party.id in party_ids


PUBLIC = Caller(kind="public")


def new_api_key() -> str:
    """A fresh API key; shown once, kept as a hash only."""
    return KEY_PREFIX + secrets.token_urlsafe(KEY_BYTES)


def key_hash(api_key: str) -> str:
    """SHA-256 of an API key, as lower-case hex: enough for a key of 256 random bits."""
    return hashlib.sha256(api_key.encode()).hexdigest()


class Doorkeeper:
    """Knows callers by their API keys: the staff's from the settings, parties' from the read tables."""

    def __init__(self, reader: Reader, staff: StaffKeys, clock: Callable[[], float] = time.monotonic) -> None:
        self._reader = reader
        self._clock = clock
        self._staff = [
            (hashed, Caller(kind="operator", address=address)) for address, hashed in staff.operators.items()
        ]
        if staff.service is not None:
            self._staff.append((staff.service, Caller(kind="service")))
        self._cache: dict[str, tuple[float, Caller]] = {}

    async def caller(self, authorization: str | None) -> Caller:
        """The caller that an Authorization header names; the public if there is none.

        Raises:
            Problem: UNAUTHENTICATED for a header that names nobody.
        """
        if authorization is None:
            return PUBLIC
        scheme, _, api_key = authorization.partition(" ")
        if scheme.lower() != "bearer" or not api_key or len(authorization) > LONGEST_HEADER:
            raise _unauthenticated()
        hashed = key_hash(api_key.strip())
        now = self._clock()
        cached = self._cache.get(hashed)
        if cached is not None and now < cached[0]:
            return cached[1]
        caller = self._of_staff(hashed) or await self._of_party(hashed)
        if len(self._cache) >= MOST_CACHED:
            self._cache.clear()
        self._cache[hashed] = (now + CACHE_S, caller)
        return caller

    async def fresh(self, caller: Caller) -> Caller:
        """The same caller with its row read again: a key or an agent may have been added just now."""
        if caller.party is None:
            return caller
        stored = await self._reader.row(Party, caller.party.id)
        return caller if stored is None else Caller(kind="party", party=stored.row)

    def forget(self) -> None:
        """Drop what is cached: a key has just been replaced through this door."""
        self._cache.clear()

    def _of_staff(self, hashed: str) -> Caller | None:
        found = None
        for known, caller in self._staff:  # all of them, always: the time tells nothing
            if hmac.compare_digest(known, hashed):
                found = caller
        return found

    async def _of_party(self, hashed: str) -> Caller:
        stored = await self._reader.party_by_key_hash(hashed)
        if stored is None or not hmac.compare_digest(stored.row.api_key_sha256, hashed):
            raise _unauthenticated()
        return Caller(kind="party", party=stored.row)


class Permission:
    """A dependency that lets some kinds of caller in and gives the caller to the route."""

    def __init__(self, kinds: frozenset[CallerKind]) -> None:
        self.kinds = kinds

    async def __call__(self, request: Request) -> Caller:
        """Find out who calls, and refuse whom the route does not name.

        Raises:
            Problem: UNAUTHENTICATED, CALLER-NOT-PERMITTED.
        """
        return await self.check(request.app.state.door.doorkeeper, request.headers.get("authorization"))

    async def check(self, doorkeeper: Doorkeeper, authorization: str | None) -> Caller:
        """As a call, for routes that are plain ASGI."""
        caller = await doorkeeper.caller(authorization)
        if caller.kind in self.kinds:
            return caller
        if caller.kind == "public":
            raise _unauthenticated()
        raise Problem(CALLER_NOT_PERMITTED, permitted=sorted(self.kinds))


def allow(*kinds: CallerKind) -> Any:  # noqa: ANN401 - FastAPI's own type for a dependency
    """Say who may call a route; `public` lets everybody in and still tells the route who it is."""
    permission = Permission(
        frozenset(kinds) | ({"party", "operator", "service"} if "public" in kinds else set())
    )
    return Depends(permission)


def _unauthenticated() -> Problem:
    return Problem(UNAUTHENTICATED, headers={"WWW-Authenticate": 'Bearer realm="ipx"'})
