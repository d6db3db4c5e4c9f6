"""HTTP to the venue: bounded in time, tries and size; what is repeated is repeated under the same Idempotency-Key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import httpx
import msgspec

from exchange.canonical import is_nested_too_deep
from ledger.answers import AnswerTooLarge, bounded_client, take

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

TIMEOUT_S = 20.0
"""Of one wait for the network: longer than the front door waits for the sequencer."""
LONGEST_TRY_S = 30.0
"""Of one try, however slowly its answer comes."""
DEADLINE_S = 60.0
"""Of a call with all its tries."""
MOST_TRIES = 8
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 2.0
LARGEST_ANSWER = 16 * 1024 * 1024
_RETRIED_CODES = frozenset({"UNAVAILABLE", "COUNTERPARTY-UNAVAILABLE"})


class VenueProblem(Exception):
    """The venue answered with a problem (RFC 9457). `code` is stable, `cure` says what would help.

    A refusal under a rule has an `entry` and a `receipt` of its own, and `facts` that decided it.
    """

    def __init__(self, status: int, document: dict[str, Any]) -> None:
        self.status = status
        self.document = document
        self.code = str(document.get("code", "UNKNOWN"))
        self.citation = str(document.get("citation", ""))
        self.cure = str(document.get("cure", ""))
        self.facts: dict[str, Any] = document.get("facts") or {}
        self.entry: int | None = document.get("entry")
        self.receipt: dict[str, Any] | None = document.get("receipt")
        self.errors: list[dict[str, Any]] = document.get("errors") or []
        wrong = "".join(f"; {line}" for line in self.error_lines())
        super().__init__(f"{self.code} ({status}): {document.get('title', '')}; {self.cure}{wrong}")

    def error_lines(self) -> list[str]:
        """Of a request that has not the shape of its route: each field that is wrong, and how."""
        return [f"{each.get('field', '')}: {each.get('reason', '')}" for each in self.errors]


class VenueUnreachable(Exception):
    """No answer within the deadline, or none that can be read.

    A command may stand all the same: repeat it under `idempotency_key`. That is None for a question: nothing was given.
    """

    def __init__(self, message: str, idempotency_key: str | None = None) -> None:
        self.idempotency_key = idempotency_key
        super().__init__(message)


class Transport:
    """One venue, one API key. Safe to use from several threads; close it, or use it in a `with` block."""

    def __init__(  # noqa: PLR0913 - where, as whom, and by which clock
        self,
        base_url: str,
        api_key: str | None,
        *,
        language: str = "en",
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._clock = clock
        self._pause = pause
        self._http = bounded_client(
            base_url=base_url,
            timeout_s=TIMEOUT_S,
            transport=transport,
            headers={"Accept-Language": language, "Accept": "application/json"},
        )
        self.use_api_key(api_key)

    def use_api_key(self, api_key: str | None) -> None:
        """Send this API key from now on."""
        if api_key is None:
            self._http.headers.pop("Authorization", None)
        else:
            self._http.headers["Authorization"] = f"Bearer {api_key}"

    def get(self, path: str, parameters: Mapping[str, str | int | bool | None] | None = None) -> Any:  # noqa: ANN401 - JSON
        """Ask; parameters that are None are left out.

        Raises:
            VenueProblem: the venue's answer is a problem.
            VenueUnreachable: no answer within the deadline.
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        return self._persist("GET", path, params=given)

    def text(self, path: str, parameters: Mapping[str, str | int | None] | None = None) -> bytes:
        """Ask for what is no JSON: a note, a proof, a tile.

        Raises:
            VenueProblem: the venue's answer is a problem.
            VenueUnreachable: no answer within the deadline.
        """
        given = {name: value for name, value in (parameters or {}).items() if value is not None}
        found: bytes = self._persist("GET", path, as_it_is=True, params=given)
        return found

    def post(self, path: str, body: object, idempotency_key: str) -> Any:  # noqa: ANN401 - JSON
        """Give a command, again and again under its key until it is answered.

        Raises:
            VenueProblem: the venue's answer is a problem.
            VenueUnreachable: no answer within the deadline.
        """
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": "application/json"}
        return self._persist("POST", path, content=msgspec.json.encode(body), headers=headers)

    def ask(self, path: str, body: object) -> Any:  # noqa: ANN401 - JSON
        """Ask what takes a body; nothing is given, and asking again changes nothing.

        Raises:
            VenueProblem: the venue's answer is a problem.
            VenueUnreachable: no answer within the deadline.
        """
        headers = {"Content-Type": "application/json"}
        return self._persist("POST", path, content=msgspec.json.encode(body), headers=headers)

    def upload(self, path: str, content: bytes, media_type: str, idempotency_key: str) -> Any:  # noqa: ANN401 - JSON
        """Send a file.

        Raises:
            VenueProblem: the venue's answer is a problem.
            VenueUnreachable: no answer within the deadline.
        """
        headers = {"Idempotency-Key": idempotency_key, "Content-Type": media_type}
        return self._persist("POST", path, content=content, headers=headers)

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def _persist(self, method: str, path: str, **parts: Any) -> Any:  # noqa: ANN401 - httpx's own arguments
        deadline = self._clock() + DEADLINE_S
        pause_s = FIRST_PAUSE_S
        for attempt in range(1, MOST_TRIES + 1):
            last = attempt == MOST_TRIES or self._clock() + pause_s >= deadline
            try:
                return self._once(method, path, **parts)
            except VenueProblem as problem:
                if last or problem.code not in _RETRIED_CODES:
                    raise
            except httpx.TransportError as error:
                if last:
                    raise self._unreachable(method, path, type(error).__name__, parts) from error
            self._pause(pause_s)
            pause_s = min(2 * pause_s, LONGEST_PAUSE_S)
        raise self._unreachable(method, path, "no answer", parts)

    def _unreachable(self, method: str, path: str, why: str, parts: dict[str, Any]) -> VenueUnreachable:
        key = parts.get("headers", {}).get("Idempotency-Key")
        return VenueUnreachable(f"{method} {self._base_url}{path}: {why}", key)

    def _once(self, method: str, path: str, *, as_it_is: bool = False, **parts: Any) -> Any:  # noqa: ANN401 - httpx's own arguments, JSON
        asked = self._http.build_request(method, path, **parts)
        try:
            response, content = take(self._http, asked, deadline_s=LONGEST_TRY_S, most_bytes=LARGEST_ANSWER)
        except AnswerTooLarge as error:
            why = f"the answer is larger than {LARGEST_ANSWER} bytes"
            raise self._unreachable(method, path, why, parts) from error
        if as_it_is and response.is_success:
            return content
        if is_nested_too_deep(content):
            why = f"the answer ({response.status_code}) is nested too deep"
            raise self._unreachable(method, path, why, parts)
        try:
            document = msgspec.json.decode(content) if content else {}
        except msgspec.DecodeError as error:
            why = f"the answer ({response.status_code}) is no JSON"
            raise self._unreachable(method, path, why, parts) from error
        if response.is_success:
            return document
        raise VenueProblem(response.status_code, document if isinstance(document, dict) else {})
