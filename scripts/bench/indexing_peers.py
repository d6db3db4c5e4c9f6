"""What the indexer is measured against: web3's contract events stored row by row, and the same logs merely fetched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import msgspec
import requests
from psycopg.types.json import Jsonb
from web3 import HTTPProvider, Web3

from ledger.alone import Database
from ledger.chain.client import ChainClient
from ledger.chain.compiler import hardhat_artifacts
from ledger.indexer import CONTRACTS
from scripts.bench.chain_venue import DEADLINE_S, BenchVenue
from scripts.stack.chain import ROOT

HOW_WEB3 = (
    "web3.py: contract.events.NAME.get_logs over the whole range, one event type that occurs after the other; each log "
    "one INSERT of one row into a table with the same columns and indexes, one commit a type"
)
HOW_FETCH = "one eth_getLogs for all contracts over the whole range by the indexer's client, its JSON read into objects"
HOW_TRANSFER = "the same answer received, and not read"
_TABLE = "CREATE TABLE IF NOT EXISTS bench_web3_events (LIKE chain_events INCLUDING ALL)"
_INSERT = """
INSERT INTO bench_web3_events
    (contract, seq, name, block_number, block_hash, transaction_hash, log_index, data)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


class Web3Events:
    """The script that one writes with web3: a loop over event types, a loop over logs, a row for each."""

    def __init__(self, venue: BenchVenue, url: str, kinds: Sequence[tuple[str, str]]) -> None:
        """Take the contracts' and events' names that occur."""
        web3 = Web3(HTTPProvider(url, request_kwargs={"timeout": DEADLINE_S}))
        built = hardhat_artifacts(ROOT)
        contracts = {
            name: web3.eth.contract(
                address=Web3.to_checksum_address(venue.manifest.address(name)), abi=built[name].abi
            )
            for name in CONTRACTS
        }
        self._events = [
            (venue.manifest.address(contract), name, contracts[contract].events[name])
            for contract, name in kinds
        ]

    def store(self, database: Database, first: int, last: int) -> int:
        """Read and store every log of these blocks, both ends included; gives their number."""
        database.execute(_TABLE)
        database.execute("TRUNCATE bench_web3_events")
        stored = 0
        for address, name, event in self._events:
            with database.transaction():
                for log in event.get_logs(from_block=first, to_block=last):
                    arguments = {key: _plain(value) for key, value in log["args"].items()}
                    row = (
                        address,
                        arguments.pop("seq"),
                        name,
                        log["blockNumber"],
                        log["blockHash"].to_0x_hex(),
                        log["transactionHash"].to_0x_hex(),
                        log["logIndex"],
                        Jsonb(arguments),
                    )
                    database.execute(_INSERT, row)
                    stored += 1
        return stored


def _plain(value: object) -> object:
    return "0x" + value.hex() if isinstance(value, bytes) else value


def fetch(client: ChainClient, addresses: Sequence[str], first: int, last: int) -> int:
    """Fetch all logs of these blocks as JSON objects, and do nothing with them; gives their number."""
    return len(client.request("eth_getLogs", (_wanted(addresses, first, last),)))


def transfer(url: str, addresses: Sequence[str], first: int, last: int) -> Callable[[], int]:
    """Give what receives the same answer, unread, over a connection that is kept; it gives the answer's bytes."""
    session = requests.Session()
    asked: dict[str, Any] = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "eth_getLogs",
        "params": [_wanted(addresses, first, last)],
    }
    body = msgspec.json.encode(asked)

    def receive() -> int:
        answer = session.post(
            url, data=body, headers={"Content-Type": "application/json"}, timeout=DEADLINE_S
        )
        return len(answer.content)

    return receive


def _wanted(addresses: Sequence[str], first: int, last: int) -> dict[str, Any]:
    return {"address": list(addresses), "fromBlock": hex(first), "toBlock": hex(last)}
