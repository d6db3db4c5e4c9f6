"""Logs as a node's JSON has them, taken into bytes and numbers: a whole answer is checked at once."""

from __future__ import annotations

from binascii import unhexlify
from functools import lru_cache
from typing import Annotated, Final, TypeAlias

import msgspec

from ledger.chain.errors import ChainFault

WORD: Final = 32
_NO_HASH: Final = "no hash of 32 bytes behind 0x"
_HASHES_KEPT: Final = 256
_Hash: TypeAlias = Annotated[str, msgspec.Meta(min_length=66, max_length=66)]


class RawLog(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A log as the node gives it. Nothing in it can lead back to it, so that the collector need not look."""

    address: str
    topics: tuple[bytes, ...]
    data: bytes
    block_number: int
    block_hash: bytes
    transaction_hash: bytes
    log_index: int


class _Log(msgspec.Struct, frozen=True, kw_only=True, rename="camel", gc=False):
    """A log as JSON has it: 0x and hex digits throughout."""

    address: str
    topics: tuple[_Hash, ...]
    data: str
    block_number: str
    block_hash: _Hash
    transaction_hash: _Hash
    log_index: str


_read = msgspec.json.Decoder(list[_Log]).decode


def read_logs(answer: msgspec.Raw) -> list[RawLog]:
    """Read logs in a node's JSON, in the order given.

    Raises:
        ChainFault: `CHAIN-ANSWER` if one has another shape.
    """
    try:
        return [_raw_log(log) for log in _read(answer)]
    except ValueError as error:
        raise _malformed(error) from error


def logs_of(answer: object) -> list[RawLog]:
    """The same for logs within an answer that is read already, such as a receipt's.

    Raises:
        ChainFault: as `read_logs`.
    """
    try:
        return [_raw_log(log) for log in msgspec.convert(answer, list[_Log])]
    except ValueError as error:
        raise _malformed(error) from error


def _malformed(error: ValueError) -> ChainFault:
    return ChainFault(code="CHAIN-ANSWER", detail=f"a log of another shape: {error}"[:200])


def _raw_log(log: _Log) -> RawLog:
    """Raises ValueError for what is no hex."""
    topics = tuple([unhexlify(topic.removeprefix("0x")) for topic in log.topics])
    if len(b"".join(topics)) != WORD * len(topics):
        raise ValueError(_NO_HASH)
    return RawLog(
        address=log.address.lower(),
        topics=topics,
        data=unhexlify(log.data.removeprefix("0x")),
        block_number=int(log.block_number, 16),
        block_hash=_hash(log.block_hash),
        transaction_hash=_hash(log.transaction_hash),
        log_index=int(log.log_index, 16),
    )


@lru_cache(maxsize=_HASHES_KEPT)
def _hash(text: str) -> bytes:
    """A block's or transaction's hash, which the next log mostly has too. Raises ValueError."""
    found = unhexlify(text.removeprefix("0x"))
    if len(found) != WORD:
        raise ValueError(_NO_HASH)
    return found
