"""What the outbox has under way: each transaction that was sent and not seen mined, with the records in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from ledger.chain.errors import ChainFault
from ledger.chain.records import AnyRecord, Record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ledger.alone import Database, Row
    from ledger.chain.client import ChainClient
    from ledger.chain.signer import Signer

_SENT: Final = """
SELECT id, record_id, payload, attempts, transaction_hash, nonce, updated_ms FROM outbox
WHERE state = 'SENT' ORDER BY nonce, id
"""


class Flight(msgspec.Struct, kw_only=True):
    """One transaction under way and the records in it."""

    transaction_hash: str
    nonce: int
    rows: list[Row]
    sent_ms: int
    signer: Signer

    @property
    def ids(self) -> list[int]:
        """Identifiers of its rows."""
        return [row["id"] for row in self.rows]

    def is_lost(self, client: ChainClient) -> bool:
        """Whether the node has no such transaction, or another one was mined under its nonce.

        Raises:
            ChainFault: what the client raises.
        """
        # In this order: what is mined between the two questions is known with its block, and the next run sees it.
        mined_already = client.nonce(self.signer.address) > self.nonce
        known = client.known(bytes.fromhex(self.transaction_hash[2:]))
        return known is None or (mined_already and known.block_number is None)


def flights_of(database: Database, signers: Mapping[str, Signer]) -> list[Flight]:
    """Read what is under way, lowest nonce first.

    Raises:
        psycopg.Error: the database does not answer.
    """
    flights: dict[str, Flight] = {}
    for row in database.execute(_SENT).fetchall():
        flight = flights.get(row["transaction_hash"])
        if flight is None:
            flight = flights[row["transaction_hash"]] = Flight(
                transaction_hash=row["transaction_hash"],
                nonce=row["nonce"],
                rows=[],
                sent_ms=row["updated_ms"],
                signer=signers[type(record_of(row["payload"])).role],
            )
        flight.rows.append(row)
    return list(flights.values())


def record_of(payload: dict[str, Any]) -> Record:
    """Read a record from an outbox row's payload.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    try:
        record: AnyRecord = msgspec.convert(payload, AnyRecord)
    except msgspec.ValidationError as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=str(error)[:200]) from error
    return record
