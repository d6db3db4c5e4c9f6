"""Rows of `chain_events`, made of logs one after the other while PostgreSQL already takes them in.

Each keeps its log's head after it (`data.log_head`); with the contract's own count and head that proves the list whole.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import msgspec

from ledger.chain.errors import ChainFault
from ledger.chain.logs import read_log

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ledger.alone import Database
    from ledger.chain.logs import LogChain
    from ledger.chain.raw_logs import RawLog

EventRow: TypeAlias = tuple[str, int, str, int, str, str, int, str, bool]
LOG_HEAD: Final = "log_head"
_COPY: Final = """
COPY chain_events
    (contract, seq, name, block_number, block_hash, transaction_hash, log_index, data, final)
FROM STDIN
"""
_LINE: Final = "\t".join(["%s"] * 9) + "\n"
"""A row as COPY reads it: names, numbers, hex digits and their JSON hold nothing that it takes for anything else."""
_AT_ONCE: Final = 500
_HASHES_KEPT: Final = 256
_encode: Final = msgspec.json.Encoder().encode


def folded(logs: Sequence[RawLog], chains: Sequence[LogChain]) -> list[bytes]:
    """Fold logs, in the chain's order, into their contracts' chains; gives the head after each of them.

    Raises:
        ChainFault: `CHAIN-LOG-GAP`, `CHAIN-LOG-UNKNOWN`, or `CHAIN-ANSWER` for a log of no contract that was asked for.
    """
    by_contract = {chain.contract: chain for chain in chains}
    heads = []
    for log in logs:
        chain = by_contract.get(log.address)
        if chain is None:
            raise ChainFault(code="CHAIN-ANSWER", detail=f"a log of {log.address}, which was not asked for")
        chain.fold(log)
        heads.append(chain.head)
    return heads


def store_events(
    database: Database,
    logs: Sequence[RawLog],
    heads: Sequence[bytes],
    names: Mapping[str, str],
    final_block: int,
) -> list[EventRow]:
    """Store events, each with the head after it, and give their rows; run it in a transaction.

    `names` has how the tables write a contract's address, by the address in lower case; final are those up to
    `final_block`.

    Raises:
        ChainFault: `CHAIN-LOG-UNKNOWN`, `CHAIN-LOG-MALFORMED`.
        psycopg.Error: the database does not take them.
    """
    rows: list[EventRow] = []
    with database.cursor() as writing, writing.copy(_COPY) as copy:
        for start in range(0, len(logs), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            some = list(_rows(logs[part], heads[part], names, final_block))
            copy.write("".join([_LINE % row for row in some]))
            rows += some
    return rows


def _rows(
    logs: Sequence[RawLog], heads: Sequence[bytes], names: Mapping[str, str], final_block: int
) -> Iterator[EventRow]:
    for log, head in zip(logs, heads, strict=True):
        found = read_log(log)
        if found is None:  # a note without a number
            continue
        found.stated[LOG_HEAD] = "0x" + head.hex()
        yield (
            names[log.address],
            found.seq,
            found.event.__name__,
            log.block_number,
            _hex(log.block_hash),
            _hex(log.transaction_hash),
            log.log_index,
            _encode(found.stated).decode(),
            log.block_number <= final_block,
        )


@lru_cache(maxsize=_HASHES_KEPT)
def _hex(block_or_transaction: bytes) -> str:
    """As the tables write it; the next log mostly has the same."""
    return "0x" + block_or_transaction.hex()
