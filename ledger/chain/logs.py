"""The contracts' events: from raw logs to typed ones, and the check that none is missing or changed.

Every event carries `seq`, contiguous from 1 in its contract, and every contract folds its events into `logHead`:
head(0) = keccak256(chain id as 32 bytes, contract address as 32 bytes), and
head(n) = keccak256(head(n-1), every topic, data). `LogChain` does the same over logs, so that two calls
(`eventCount`, `logHead`) prove a list of logs whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from eth_abi.abi import encode
from eth_abi.exceptions import EncodingError

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.chain.event_words import LAYOUTS, members_of, read_words, topic_of
from ledger.chain.events import EVENT_TYPES, ChainEvent, Place
from ledger.chain.raw_logs import WORD

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from ledger.chain.client import BlockTag
    from ledger.chain.quorum import Reading
    from ledger.chain.raw_logs import RawLog

_EVENT_COUNT = keccak(b"eventCount()")[:4]
_LOG_HEAD = keccak(b"logHead()")[:4]
_AUTHORITY_UPDATED = keccak(b"AuthorityUpdated(address)")
_BY_NAME = {event.__name__: event for event in EVENT_TYPES}


class ReadLog(NamedTuple):
    """What a log says: which event, its number, and its other fields as they are kept and shown."""

    event: type[ChainEvent]
    seq: int
    stated: dict[str, Any]


def read_log(log: RawLog) -> ReadLog | None:
    """Read a log; None for the access manager's note at construction, which has no number.

    Raises:
        ChainFault: `CHAIN-LOG-UNKNOWN`, `CHAIN-LOG-MALFORMED`.
    """
    topics = log.topics
    layout = LAYOUTS.get(topics[0]) if topics else None
    if layout is None:
        if topics and topics[0] == _AUTHORITY_UPDATED:
            return None
        raise ChainFault(code="CHAIN-LOG-UNKNOWN", detail=f"topic {topics[0].hex() if topics else 'none'}")
    if len(topics) != layout.topics or len(log.data) != layout.size:
        raise ChainFault(code="CHAIN-LOG-MALFORMED", detail=layout.event.__name__)
    stated = read_words(layout, b"".join((*topics[1:], log.data)))
    return ReadLog(layout.event, stated.pop("seq"), stated)


def decode_log(log: RawLog) -> ChainEvent | None:
    """Read a log into its typed event; None for the access manager's note at construction, which has no number.

    Raises:
        ChainFault: `CHAIN-LOG-UNKNOWN`, `CHAIN-LOG-MALFORMED`.
    """
    found = read_log(log)
    if found is None:
        return None
    place = Place(
        contract=log.address,
        block_number=log.block_number,
        block_hash=log.block_hash,
        transaction_hash=log.transaction_hash,
        log_index=log.log_index,
    )
    return found.event(seq=found.seq, place=place, **found.stated)


def encode_log(name: str, values: Mapping[str, Any]) -> tuple[tuple[bytes, ...], bytes]:
    """Give topics and data of an event again from its fields, as `decode_log` reads them.

    Raises:
        ChainFault: `CHAIN-LOG-UNKNOWN`, `CHAIN-LOG-MALFORMED`.
    """
    event = _BY_NAME.get(name)
    if event is None:
        raise ChainFault(code="CHAIN-LOG-UNKNOWN", detail=name)
    members = members_of(event)
    try:
        given = [_abi_value(kind, values[field]) for field, kind in members]
        words = encode([kind for _, kind in members], given)
    except (EncodingError, KeyError, ValueError) as error:
        raise ChainFault(code="CHAIN-LOG-MALFORMED", detail=f"{name}: {error}") from error
    end = WORD * (1 + len(event.indexed))
    topics = [words[start : start + WORD] for start in range(0, end, WORD)]
    return (topic_of(event), *topics), words[end:]


def read_events(client: Reading, contract: str, from_block: int, to_block: int) -> list[ChainEvent]:
    """Read a contract's events in a range of blocks, both ends included, in their order.

    Raises:
        ChainFault: `CHAIN-RANGE`, `CHAIN-LOG-UNKNOWN`, `CHAIN-LOG-MALFORMED`, and what the client raises.
    """
    events = (decode_log(log) for log in client.logs([contract], from_block, to_block))
    return [event for event in events if event is not None]


class LogChain:
    """The numbering and the head of one contract's log, worked out from logs alone."""

    def __init__(self, chain_id: int, contract: str, seq: int = 0, head: bytes = b"") -> None:
        """Start at the beginning, or go on from a number and a head worked out before."""
        seed = chain_id.to_bytes(WORD) + bytes.fromhex(contract[2:]).rjust(WORD, b"\x00")
        self.contract = contract.lower()
        self.seq = seq
        self.head = head or keccak(seed)

    def fold(self, log: RawLog) -> None:
        """Fold the next log in; one without a number is passed over.

        Raises:
            ChainFault: `CHAIN-LOG-GAP` if it is not the next one of this contract; `CHAIN-LOG-UNKNOWN`.
        """
        if log.topics and log.topics[0] == _AUTHORITY_UPDATED:
            return
        if not log.topics or log.topics[0] not in LAYOUTS:
            raise ChainFault(code="CHAIN-LOG-UNKNOWN", detail=f"after event {self.seq}")
        found = int.from_bytes(log.topics[1]) if len(log.topics) > 1 else 0
        if log.address != self.contract or found != self.seq + 1:
            raise ChainFault(code="CHAIN-LOG-GAP", detail=f"event {found} of {log.address} after {self.seq}")
        self.seq = found
        self.head = keccak(b"".join((self.head, *log.topics, log.data)))

    def fold_all(self, logs: Iterable[RawLog]) -> None:
        """Fold logs in, in their order.

        Raises:
            ChainFault: as `fold`.
        """
        for log in logs:
            self.fold(log)


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """What a contract says of its log, beside what the logs say."""

    event_count: int
    log_head: bytes
    seq: int
    head: bytes

    @property
    def whole(self) -> bool:
        """Whether no event is missing, added or changed."""
        return self.event_count == self.seq and self.log_head == self.head


def check_completeness(client: Reading, chain: LogChain, tag: BlockTag) -> Completeness:
    """Hold logs up to and including a block against the contract's own words at that block: two calls.

    Raises:
        ChainFault: what the client raises; `CHAIN-ANSWER` if the contract answers in another form.
    """
    count = client.call(chain.contract, _EVENT_COUNT, tag)
    head = client.call(chain.contract, _LOG_HEAD, tag)
    if len(count) != WORD or len(head) != WORD:
        raise ChainFault(code="CHAIN-ANSWER", detail=f"{chain.contract} is no contract with a log")
    return Completeness(event_count=int.from_bytes(count), log_head=head, seq=chain.seq, head=chain.head)


def _abi_value(kind: str, value: object) -> object:
    return bytes.fromhex(str(value).removeprefix("0x")) if kind.startswith("bytes") else value
