"""Speaking to a bank or a patent office over HTTP: a bounded, impatient, distrustful client for both.

What it promises its callers: every call ends by a deadline; an answer is never larger than a limit; each
statement in it carries a signature of the pinned address; a failure has a stable code, says what would cure
it, and whether asking again can help. It is synchronous: its callers are tasks, not the front door. It
decides nothing.
"""

from __future__ import annotations

import hmac
import re
import time
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NoReturn, Self, TypeVar

import httpx
import msgspec

from exchange import canonical
from ledger.answers import AnswerTooLarge, bounded_client, take
from ledger.attestation import AttestationRefused, verify_attestation
from ledger.secp256k1 import checksum_address

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import TracebackType

Shape = TypeVar("Shape", bound=msgspec.Struct)
Answer = TypeVar("Answer")

_REMOTE_CODE = re.compile(r"[A-Z][A-Z0-9-]{2,63}", re.ASCII)
_RETRYABLE_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
_ACCEPTED_STATUS = frozenset({200, 201, 202})
SHORTEST_TOKEN = 16
"""Characters of the shared secret; shorter ones are refused at start."""

_CURES = {
    "UNREACHABLE": "see that the other side runs and that its address is right, then ask again",
    "UNAVAILABLE": "wait and ask again; the request is idempotent",
    "DEADLINE": "wait and ask again; the request is idempotent and may have been carried out",
    "RESPONSE-TOO-LARGE": "ask for a smaller page, or ask the other side why it sends so much",
    "RESPONSE-MALFORMED": "ask again; if it stays, the other side speaks another version of this interface",
    "ANSWER-MISMATCHED": "ask again; the answer belonged to another question",
    "SEQUENCE-GAP": "ask again; earlier entries have not arrived yet",
    "CONFLICTING-DUPLICATE": "stop and ask the other side: it signed two entries with the same number",
    "REFUSED": "read the other side's message",
}


class CounterpartyError(RuntimeError):
    """The other side could not be asked, or answered what cannot be accepted.

    `code` is stable: `BANK-` or `OFFICE-` with one of the keys of `_CURES`, an `ATTESTATION-` code, or the
    code that the other side gave. `cure` says what would help, `retryable` whether asking the same again can,
    `status` is the HTTP status if there was one.
    """

    def __init__(self, code: str, cure: str, *, retryable: bool, status: int | None = None) -> None:
        super().__init__(f"{code}: {cure}")
        self.code = code
        self.cure = cure
        self.retryable = retryable
        self.status = status


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """Where the other side is and how long to bear with it.

    token: the shared secret. signer: the pinned address of its signing key. timeout_s: seconds that one
    attempt may be silent. attempts, first_pause_s: bounded retries, each pause twice the one before.
    deadline_s: seconds for a whole call with all its retries. largest_response: bytes.
    """

    url: str
    token: str
    signer: str
    timeout_s: float = 2.0
    attempts: int = 5
    first_pause_s: float = 0.05
    deadline_s: float = 15.0
    largest_response: int = 4 * 1024 * 1024

    def __post_init__(self) -> None:
        """Refuse settings that would make a call unbounded or unauthenticated."""
        if len(self.token) < SHORTEST_TOKEN or not self.token.isascii():
            message = f"the shared secret needs at least {SHORTEST_TOKEN} ASCII characters"
            raise ValueError(message)
        if self.attempts < 1 or min(self.timeout_s, self.deadline_s, self.largest_response) <= 0:
            message = "attempts, timeouts, deadline and size limit must be above zero"
            raise ValueError(message)
        if checksum_address(self.signer) != self.signer:
            message = "pin the signer's address in its EIP-55 form"
            raise ValueError(message)

    def __repr__(self) -> str:
        """Show everything but the secret."""
        return f"Endpoint(url={self.url!r}, signer={self.signer!r}, token=hidden)"


class Counterparty:
    """One other side. Safe to use from several threads; close it, or use it in a `with` block."""

    def __init__(
        self,
        name: str,
        endpoint: Endpoint,
        *,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self.endpoint = endpoint
        self._prefix = name.upper()
        self._clock = clock
        self._pause = pause
        self._client = bounded_client(
            base_url=endpoint.url,
            headers={"Authorization": f"Bearer {endpoint.token}"},
            timeout_s=endpoint.timeout_s,
        )

    def __enter__(self) -> Self:
        """Give this client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def one(
        self,
        path: str,
        shape: type[Shape],
        *,
        belongs: Callable[[Shape], bool],
        body: msgspec.Struct | Mapping[str, Any] | None = None,
    ) -> Shape:
        """Ask for one statement (GET, or POST where a body is given) and check that it answers this question.

        Raises:
            CounterpartyError: see the class; `ANSWER-MISMATCHED` if `belongs` says no time and again.
        """

        def read(data: bytes) -> Shape:
            statement = self._statement(self._envelope(data).get("statement"), shape)
            if not belongs(statement):
                self.fail("ANSWER-MISMATCHED", retryable=True)
            return statement

        return self._persist(path, {}, body, read)

    def page(
        self,
        path: str,
        parameters: Mapping[str, str | int],
        shape: type[Shape],
        *,
        position: Callable[[Shape], int],
        after: int,
    ) -> tuple[Shape, ...]:
        """Ask for the numbered statements that follow `after`: sorted, each once, without a gap.

        A gap ends the answer before it; what stands behind it is asked for again by the next call.

        Raises:
            CounterpartyError: see the class; `SEQUENCE-GAP` if nothing but later entries arrives time and
            again.
        """

        def read(data: bytes) -> tuple[Shape, ...]:
            listed = self._envelope(data).get("statements")
            if not isinstance(listed, list):
                self.fail("RESPONSE-MALFORMED", retryable=True)
            statements = [self._statement(item, shape) for item in listed]
            ordered = self._in_order(statements, position, after)
            if not ordered and any(position(statement) > after for statement in statements):
                self.fail("SEQUENCE-GAP", retryable=True)
            return ordered

        return self._persist(path, parameters, None, read)

    def document(self, path: str, sha256_hex: str) -> bytes:
        """Fetch the document with this SHA-256 (hex), as the bytes that it consists of.

        Raises:
            CounterpartyError: see the class; `ANSWER-MISMATCHED` if other bytes arrive time and again.
        """

        def read(data: bytes) -> bytes:
            if not hmac.compare_digest(sha256(data).hexdigest(), sha256_hex):
                self.fail("ANSWER-MISMATCHED", retryable=True)
            return data

        return self._persist(path, {}, None, read)

    def fail(self, reason: str, *, retryable: bool) -> NoReturn:
        """Refuse an answer for one of the reasons in `_CURES`."""
        code = f"{self._prefix}-{reason}"
        raise CounterpartyError(code, _CURES[reason], retryable=retryable)

    def _persist(
        self,
        path: str,
        parameters: Mapping[str, str | int],
        body: msgspec.Struct | Mapping[str, Any] | None,
        read: Callable[[bytes], Answer],
    ) -> Answer:
        content = None if body is None else canonical.encode(msgspec.to_builtins(body))
        deadline = self._clock() + self.endpoint.deadline_s
        pause = self.endpoint.first_pause_s
        left = self.endpoint.attempts
        while True:
            left -= 1
            try:
                return read(self._once(path, parameters, content, deadline))
            except CounterpartyError as error:
                late = self._clock() + pause >= deadline
                if not error.retryable or late or left == 0:
                    raise
            self._pause(pause)
            pause *= 2

    def _once(
        self, path: str, parameters: Mapping[str, str | int], content: bytes | None, deadline: float
    ) -> bytes:
        """Send one request and give the answer's body, never more of it than allowed."""
        left = deadline - self._clock()
        if left <= 0:
            self.fail("DEADLINE", retryable=True)
        request = self._client.build_request(
            "GET" if content is None else "POST",
            path,
            params=dict(parameters),
            content=content,
            headers={} if content is None else {"Content-Type": "application/json"},
        )
        try:
            response, data = take(
                self._client, request, deadline_s=left, most_bytes=self.endpoint.largest_response
            )
        except AnswerTooLarge as error:
            reason = "RESPONSE-TOO-LARGE"
            raise self._wrapped(reason, retryable=False) from error
        except httpx.TimeoutException as error:
            reason = "DEADLINE"
            raise self._wrapped(reason) from error
        except httpx.HTTPError as error:
            reason = "UNREACHABLE"
            raise self._wrapped(reason) from error
        if response.status_code not in _ACCEPTED_STATUS:
            self._refused(response.status_code, data)
        return data

    def _wrapped(self, reason: str, *, retryable: bool = True) -> CounterpartyError:
        return CounterpartyError(f"{self._prefix}-{reason}", _CURES[reason], retryable=retryable)

    def _refused(self, status: int, data: bytes) -> NoReturn:
        if status in _RETRYABLE_STATUS:
            code = f"{self._prefix}-UNAVAILABLE"
            raise CounterpartyError(code, _CURES["UNAVAILABLE"], retryable=True, status=status)
        code, cure = f"{self._prefix}-REFUSED", _CURES["REFUSED"]
        try:
            problem = (
                {} if canonical.is_nested_too_deep(data) else msgspec.json.decode(data, type=dict[str, Any])
            )
        except (msgspec.DecodeError, UnicodeDecodeError):
            problem = {}
        remote, remedy = problem.get("code"), problem.get("cure")
        if isinstance(remote, str) and _REMOTE_CODE.fullmatch(remote):
            code = remote
        if isinstance(remedy, str):
            cure = remedy[:500]
        raise CounterpartyError(code, cure, retryable=False, status=status)

    def _envelope(self, data: bytes) -> dict[str, Any]:
        try:
            envelope = canonical.decode(data)
        except canonical.CanonicalRefused as error:
            reason = "RESPONSE-MALFORMED"
            raise self._wrapped(reason) from error
        if not isinstance(envelope, dict):
            self.fail("RESPONSE-MALFORMED", retryable=True)
        return envelope

    def _statement(self, found: object, shape: type[Shape]) -> Shape:
        if not isinstance(found, dict):
            self.fail("RESPONSE-MALFORMED", retryable=True)
        try:
            verify_attestation(found, self.endpoint.signer)
        except AttestationRefused as error:
            raise CounterpartyError(error.code, error.cure, retryable=False) from error
        try:
            return msgspec.convert(found, shape)
        except msgspec.ValidationError as error:
            reason = "RESPONSE-MALFORMED"
            raise self._wrapped(reason) from error

    def _in_order(
        self, statements: Iterable[Shape], position: Callable[[Shape], int], after: int
    ) -> tuple[Shape, ...]:
        by_position: dict[int, Shape] = {}
        for statement in statements:
            if by_position.setdefault(position(statement), statement) != statement:
                self.fail("CONFLICTING-DUPLICATE", retryable=False)
        ordered: list[Shape] = []
        while (following := by_position.get(after + 1 + len(ordered))) is not None:
            ordered.append(following)
        return tuple(ordered)
