"""What companies' and operators' clients have in common: a connection, a key, and the one way to give a command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api.calls import importing
from api.calls.acknowledgements import Acknowledgement, AcknowledgementLog
from api.calls.giving import CommandGiver, Trust
from api.calls.reading import Reading
from api.calls.transport import Transport
from exchange.commands import (
    AnyCommand,
    Terms,
)
from exchange.money.amount import Currency, format_amount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import TracebackType
    from typing import Self

    import httpx

    from api.cli.import_command import SubmitOutcome
    from api.rights.imports.report import ImportedRight
    from ledger.signatures import PrivateKey


class GivingClient(Reading):
    """What companies and operators have in common."""

    def __init__(  # noqa: PLR0913 - what a client consists of, by name
        self,
        base_url: str,
        api_key: str | None = None,
        key: PrivateKey | None = None,
        *,
        trust: Trust | None = None,
        log: AcknowledgementLog | None = None,
        language: str = "en",
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        """Connect to the venue at `base_url`; `trust` pins its keys, else its own word is taken at first."""
        super().__init__(Transport(base_url, api_key, language=language, transport=transport))
        self.key = key
        self._giver = None if key is None else CommandGiver(self.transport, key, trust=trust, log=log)

    @property
    def giver(self) -> CommandGiver:
        """What signs and sends.

        Raises:
            ValueError: the client was made without a key, to read only.
        """
        if self._giver is None:
            message = "this client has no key: it only reads; give it the company's own key"
            raise ValueError(message)
        return self._giver

    @property
    def actor(self) -> str:
        """As whom commands are given."""
        raise NotImplementedError

    def give(  # noqa: PLR0913 - what a command consists of
        self,
        path: str,
        command: AnyCommand,
        *,
        terms: Terms | None = None,
        parts: Mapping[str, Any] | None = None,
        in_path: tuple[str, ...] = (),
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Sign and send any command; the methods below say what to whom."""
        given, _ = self.giver.give(
            self.actor,
            path,
            command,
            terms=terms,
            parts=parts,
            in_path=in_path,
            idempotency_key=idempotency_key,
        )
        return given

    def submit_rights(self, rows: Sequence[ImportedRight]) -> Sequence[SubmitOutcome]:
        """Give each row's `ImportRight`, a few at once; the same rows again change nothing."""
        last_entry: int = self.transport.get("/v1/time")["last_entry"]
        engine = self.venue().versions["engine"]
        return importing.submit_rights(self.give, rows, last_entry, engine)

    def simulated_credit(
        self, party_id: str, currency: Currency, amount: int, *, idempotency_key: str
    ) -> dict[str, Any]:
        """Pay money in at the simulated bank; gives its line id, which the venue matches a moment later."""
        body = {"party_id": party_id, "currency": currency, "amount": format_amount(amount)}
        answer: dict[str, Any] = self.transport.post("/v1/simulation/bank-credits", body, idempotency_key)
        return answer

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    def __enter__(self) -> Self:
        """Give the client itself."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connections."""
        self.close()
