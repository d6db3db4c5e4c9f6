"""Asking a time-stamping authority (RFC 3161 over HTTP): bounded, impatient, and believing nothing unchecked."""

from __future__ import annotations

import secrets
import time
from typing import TYPE_CHECKING, Final

import httpx

from ledger.alone import wall_ms
from ledger.answers import AnswerTooLarge, bounded_client, take
from ledger.timestamp.requests import (
    LONGEST_REPLY,
    QUERY_TYPE,
    REPLY_TYPE,
    NotGranted,
    ReplyMalformed,
    read_reply,
    write_request,
)
from ledger.timestamp.verifying import TokenRefused, verify_token

if TYPE_CHECKING:
    from ledger.log.endpoints import TimestampEndpoint

TIMEOUT_S: Final = 5.0
DEADLINE_S: Final = 10.0
"""For the whole of an answer, however slowly it comes."""
NONCE_BITS: Final = 63
"""A positive INTEGER of at most eight octets, which every authority takes."""
CLOCKS_MS: Final = 60_000
"""So far the authority's clock and ours may be apart."""
FIRST_REST_S: Final = 1.0
LONGEST_REST_S: Final = 60.0
_CURES: Final = {
    "TIMESTAMP-UNREACHABLE": "see that the authority runs and that its address is right; it is asked again",
    "TIMESTAMP-ANSWER": "ask the authority's owner: it answers what no time-stamping authority answers",
    "TIMESTAMP-NOT-GRANTED": "ask the authority's owner why it gives no token; it is asked again",
    "TIMESTAMP-TOKEN": "compare the certificate in IPX_TIMESTAMP with the authority's own: its token does not hold",
    "TIMESTAMP-TIME": "set this machine's clock, or ask the authority's owner about its own: they are too far apart",
}


class TimestampFault(Exception):
    """No token was had. `code` is stable; `cure` says what to do."""

    def __init__(self, *, code: str, detail: str = "") -> None:
        self.code = code
        self.cure = _CURES[code]
        super().__init__(f"{code}: {self.cure}" + (f" ({detail[:200]})" if detail else ""))


class TimestampClient:
    """One authority. After a failure it is left alone for a while, twice as long each time, at most a minute."""

    def __init__(self, endpoint: TimestampEndpoint) -> None:
        self._endpoint = endpoint
        self._client = bounded_client(timeout_s=TIMEOUT_S)
        self._failed: TimestampFault | None = None
        self._rest_s = 0.0
        self._rested_at = 0.0

    def close(self) -> None:
        """Close its connections."""
        self._client.close()

    def stamp(self, imprinted: bytes, since_ms: int) -> bytes:
        """A token over the SHA-256 of some bytes that exist since `since_ms` (ms UTC), checked.

        Raises:
            TimestampFault: TIMESTAMP-UNREACHABLE, -ANSWER, -NOT-GRANTED, -TOKEN, -TIME; while it is left alone, the
                last of them again.
        """
        if self._failed is not None and time.monotonic() < self._rested_at:
            raise self._failed
        try:
            token = self._stamp(imprinted, since_ms)
        except TimestampFault as fault:
            self._failed = fault
            self._rest_s = min(max(2 * self._rest_s, FIRST_REST_S), LONGEST_REST_S)
            self._rested_at = time.monotonic() + self._rest_s
            raise
        self._failed, self._rest_s = None, 0.0
        return token

    def _stamp(self, imprinted: bytes, since_ms: int) -> bytes:
        nonce, asked_ms = secrets.randbits(NONCE_BITS), wall_ms()
        try:
            token = read_reply(self._ask(write_request(imprinted, nonce)))
            stamp = verify_token(token, imprinted, self._endpoint.certificates_pem)
        except NotGranted as refused:
            raise TimestampFault(code="TIMESTAMP-NOT-GRANTED", detail=str(refused)) from refused
        except ReplyMalformed as error:
            raise TimestampFault(code="TIMESTAMP-ANSWER", detail=str(error)) from error
        except TokenRefused as refused:
            raise TimestampFault(code="TIMESTAMP-TOKEN", detail=refused.code) from refused
        if stamp.nonce != nonce:
            raise TimestampFault(code="TIMESTAMP-TOKEN", detail="another nonce")
        if not max(asked_ms, since_ms) - CLOCKS_MS <= stamp.time_ms <= wall_ms() + CLOCKS_MS:
            raise TimestampFault(code="TIMESTAMP-TIME", detail=f"{stamp.time_ms}, asked at {asked_ms}")
        return token

    def _ask(self, request: bytes) -> bytes:
        url, headers = self._endpoint.url, {"Content-Type": QUERY_TYPE, "Accept": REPLY_TYPE}
        asked = self._client.build_request("POST", url, content=request, headers=headers)
        try:
            answer, body = take(self._client, asked, deadline_s=DEADLINE_S, most_bytes=LONGEST_REPLY)
        except AnswerTooLarge as error:
            raise TimestampFault(code="TIMESTAMP-ANSWER", detail="too long") from error
        except httpx.HTTPError as error:
            raise TimestampFault(code="TIMESTAMP-UNREACHABLE", detail=type(error).__name__) from error
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if answer.status_code != httpx.codes.OK or kind != REPLY_TYPE:
            raise TimestampFault(code="TIMESTAMP-ANSWER", detail=f"{answer.status_code} {kind}")
        return body
