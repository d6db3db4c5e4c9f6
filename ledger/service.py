"""The service speaks to the sequencer: commands that report what a chain, a bank or an office said, signed by its key.

Each is given under a key made from what it reports, so that reporting it again changes nothing.
"""

from __future__ import annotations

import secrets
from hashlib import sha256
from typing import TYPE_CHECKING, Protocol, Self

import msgspec

from exchange import canonical
from exchange.commands import Command, Terms
from exchange.rows import Venue
from exchange.sealed import Opening, commitment
from ledger.alone import wall_ms
from ledger.journal import TERMS_LABEL, type_of
from ledger.log_lines import request_id
from ledger.sequencer.client import BlockingSequencerClient
from ledger.sequencer.messages import Answer, Submission
from ledger.signatures import (
    NO_TERMS,
    Domain,
    Instruction,
    PrivateKey,
    exchange_domain,
    instruction_digest,
    reference_of,
    sign,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.alone import Database

ACTOR = "venue"
VALIDITY_MS = 366 * 86_400_000
"""How long a signature of the service holds. Each is good for once, and a venue's clock may be moved on a
development chain between signing and deciding."""
DEADLINE_S = 5.0
"""How long one report may stay undecided; the next run of its work gives it again."""
RETRY_EVERY_MS = 3_600_000
"""What was refused is asked again once in so long: the reason may have been cured."""


class VenueNotOpen(Exception):
    """The journal is empty: there is no venue to speak for yet."""

    def __init__(self) -> None:
        self.code = "VENUE-NOT-OPEN"
        self.cure = "start the sequencer, which opens the venue; then run this again"
        super().__init__(f"{self.code}: {self.cure}")


class Submitting(Protocol):
    """What a service needs of a client: `BlockingSequencerClient` is one."""

    def submit(self, submission: Submission) -> Answer:
        """Have a command decided; blocks until its commit."""

    def close(self) -> None:
        """Close the connection."""


class Signatory(Protocol):
    """Something that signs instructions to the exchange for one address: the signer, or a key at hand."""

    @property
    def address(self) -> str:
        """The address (EIP-55) that it signs for."""

    def sign_instruction(self, domain: Domain, instruction: Instruction) -> str:
        """Sign an instruction: 0x and 65 bytes in hex."""


class KeySignatory:
    """Signs with a key that is at hand here, such as an operator's at the command line."""

    def __init__(self, key: PrivateKey) -> None:
        self._key = key

    @property
    def address(self) -> str:
        """The address (EIP-55) that it signs for."""
        return self._key.address

    def sign_instruction(self, domain: Domain, instruction: Instruction) -> str:
        """Sign an instruction: 0x and 65 bytes in hex."""
        return sign(instruction_digest(domain, instruction), self._key)


class Service:
    """Gives commands of the venue's own, one at a time: signed for the service, or with an operator's key.

    Use it in a `with` block.
    """

    def __init__(
        self, database: Database, socket_path: str, signatory: Signatory, client: Submitting | None = None
    ) -> None:
        """Speak through the sequencer's socket, or through another client."""
        self._database = database
        self._signatory = signatory
        self._client = client or BlockingSequencerClient(socket_path, deadline_s=DEADLINE_S)

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connection to the sequencer."""
        self._client.close()

    def report(
        self,
        key: str,
        command: Command,
        terms: Terms | None = None,
        *,
        parts: Mapping[str, str] | None = None,
    ) -> Answer:
        """Give a command once: the same key again gives the same answer, whatever else was found meanwhile.

        parts: erasable texts by label.

        Raises:
            SequencerRefused: no entry was made, or nothing is known; ask again under the same key.
            ChainFault: the signer gives no signature.
            VenueNotOpen: there is no venue yet.
            psycopg.Error: the database does not answer.
        """
        venue = read_venue(self._database)
        name = _short(key)
        salt = secrets.token_bytes(32)
        openings = {label: Opening(secrets.token_hex(32), text) for label, text in (parts or {}).items()}
        committed = {
            label: commitment(label, bytes.fromhex(opening.salt), opening.value).hex()
            for label, opening in openings.items()
        }
        command = msgspec.structs.replace(command, erasable=committed)
        valid_until_ms = self._time_ms(venue) + VALIDITY_MS
        instruction = Instruction(
            action=type_of(command),
            party=ACTOR,
            reference=reference_of(name),
            content=canonical.digest(command),
            terms=NO_TERMS if terms is None else commitment(TERMS_LABEL, salt, terms),
            valid_until_ms=valid_until_ms,
        )
        signature = self._signatory.sign_instruction(
            exchange_domain(venue.chain_id, venue.anchor), instruction
        )
        return self._client.submit(
            Submission(
                party=ACTOR,
                idempotency_key=name,
                client_order_id=None,
                body_digest=sha256(key.encode()).hexdigest(),
                command=msgspec.Raw(canonical.encode(command)),
                terms=None if terms is None else Opening(salt.hex(), terms),
                erasable=openings,
                signer=self._signatory.address,
                signature=signature,
                valid_until_ms=valid_until_ms,
                request_id=request_id(),
            )
        )

    def report_until_taken(self, key: str, command: Command, terms: Terms | None = None) -> Answer:
        """As `report`; what was refused before is given again, at most once in `RETRY_EVERY_MS`.

        Raises:
            SequencerRefused, VenueNotOpen, psycopg.Error: as `report`.
        """
        answer = self.report(key, command, terms)
        if answer.status == "accepted":
            return answer
        return self.report(f"{key}:again-{wall_ms() // RETRY_EVERY_MS}", command, terms)

    def _time_ms(self, venue: Venue) -> int:
        row = self._database.execute("SELECT last_time_ms FROM sequencer_head").fetchone()
        last_ms = 0 if row is None else int(row["last_time_ms"])
        return max(last_ms, wall_ms() + venue.clock_offset_ms)


def read_venue(database: Database) -> Venue:
    """Read the venue's row.

    Raises:
        VenueNotOpen: there is none.
        psycopg.Error: the database does not answer.
    """
    row = database.execute("SELECT data FROM venues").fetchone()
    if row is None:
        raise VenueNotOpen
    return msgspec.convert(row["data"], Venue)


def _short(key: str) -> str:
    """An Idempotency-Key has at most 128 characters; ids inside may be longer."""
    return f"service:{key.split(':', 1)[0]}:{sha256(key.encode()).hexdigest()}"
