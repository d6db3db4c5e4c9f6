"""Logs are taken as a node's JSON has them, or the answer is refused as a whole; nothing is guessed."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from ledger.chain.errors import ChainFault
from ledger.chain.raw_logs import RawLog, logs_of, read_logs

HASH = "0x" + "ab" * 32
LOG = {
    "address": "0x" + "Cd" * 20,
    "topics": [HASH, "0x" + "01" * 32],
    "data": "0x" + "02" * 64,
    "blockNumber": "0x10",
    "blockHash": HASH,
    "transactionHash": "0x" + "03" * 32,
    "transactionIndex": "0x0",
    "logIndex": "0xff",
    "removed": False,
}


def test_a_log_is_taken_into_bytes_and_numbers_from_text_or_from_what_was_read() -> None:
    taken = RawLog(
        address="0x" + "cd" * 20,
        topics=(b"\xab" * 32, b"\x01" * 32),
        data=b"\x02" * 64,
        block_number=16,
        block_hash=b"\xab" * 32,
        transaction_hash=b"\x03" * 32,
        log_index=255,
    )
    assert read_logs(msgspec.Raw(msgspec.json.encode([LOG, LOG]))) == [taken, taken]
    assert logs_of([LOG]) == [taken]
    assert logs_of([]) == []
    assert logs_of([LOG | {"topics": [], "data": "0x"}])[0].data == b""


@pytest.mark.parametrize(
    "change",
    [
        {"topics": None},
        {"topics": ["ab" * 33]},
        {"topics": ["0x" + "ab" * 31]},
        {"topics": ["0x" + "ab" * 31 + " a"]},
        {"topics": ["0x" + "zz" * 32]},
        {"topics": ["ab" * 33, "0x" + "ab" * 32]},
        {"data": "0x0"},
        {"data": "0xzz"},
        {"data": "0x 1"},
        {"blockHash": None},
        {"blockHash": "ab" * 33},
        {"blockHash": "0x" + "é" * 64},
        {"transactionHash": "0x12"},
        {"blockNumber": None},
        {"blockNumber": 16},
        {"logIndex": "one"},
        {"address": 7},
    ],
    ids=str,
)
def test_a_log_of_another_shape_refuses_the_answer(change: dict[str, Any]) -> None:
    changed = [LOG, LOG | change]
    with pytest.raises(ChainFault) as of_text:
        read_logs(msgspec.Raw(msgspec.json.encode(changed)))
    with pytest.raises(ChainFault) as of_objects:
        logs_of(changed)
    assert (of_text.value.code, of_objects.value.code) == ("CHAIN-ANSWER", "CHAIN-ANSWER")


@pytest.mark.parametrize("answer", [b"null", b"{}", b"7", b'"text"', b"[7]", b"[null]", b"[", b'["\xff"]'])
def test_what_is_no_list_of_logs_is_refused(answer: bytes) -> None:
    with pytest.raises(ChainFault) as fault:
        read_logs(msgspec.Raw(answer))
    assert fault.value.code == "CHAIN-ANSWER"
