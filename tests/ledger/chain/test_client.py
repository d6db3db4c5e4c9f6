"""A node that refuses, stalls or answers nonsense gives a coded fault in bounded time, never a wrong value."""

from __future__ import annotations

import json
import pickle
import threading
from typing import Any

import pytest

from exchange.keccak import keccak
from ledger.chain.client import LATE_IN_A_ROW, ChainClient, Fees
from ledger.chain.errors import ChainFault
from ledger.chain.records import RightRecord
from ledger.chain.signer import LocalSigner, Transaction, created_address, local_signer
from ledger.secp256k1 import PrivateKey
from tests.ledger.chain.conftest import Venue, funded_signer, new_hash
from tests.ledger.chain.relay import in_between


def test_logs_are_whole_however_narrow_the_ranges_that_a_node_serves(venue: Venue, chain_url: str) -> None:
    for _ in range(5):
        venue.record([RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash())])
    newest = venue.client.block_number()
    asked: list[int] = []

    def narrow(request: dict[str, Any]) -> bytes | None:
        if request["method"] != "eth_getLogs":
            return None
        wanted = request["params"][0]
        blocks = int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1
        asked.append(blocks)
        if blocks <= 3:
            return None
        error = {"code": -32005, "message": "query returned more than the allowed results"}
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode()

    first = venue.manifest.first_block()
    with in_between(chain_url, narrow) as url:
        found = ChainClient(url).logs([venue.register], first, newest)
    assert found == venue.client.logs([venue.register], first, newest)
    assert len(found) == 6
    assert max(asked) > 3, "it tried a wide range first"
    assert len(asked) < 10 * (newest - first + 1), "bounded"


def test_a_node_that_is_late_with_many_blocks_is_asked_for_fewer_and_remembered(
    venue: Venue, chain_url: str
) -> None:
    venue.client.request("anvil_mine", (hex(24),))
    venue.record([RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash())])
    newest = venue.client.block_number()
    first = newest - 23
    ended = threading.Event()
    asked: list[int] = []

    def late(request: dict[str, Any]) -> bytes | None:
        if request["method"] != "eth_getLogs":
            return None
        wanted = request["params"][0]
        asked.append(int(wanted["toBlock"], 16) - int(wanted["fromBlock"], 16) + 1)
        if asked[-1] > 6:
            ended.wait(20)
        return None

    with in_between(chain_url, late) as url:
        client = ChainClient(url, timeout_s=0.5)
        found = client.logs([venue.register], first, newest)
        once = len(asked)
        assert client.logs([venue.register], first, newest) == found
        ended.set()
    assert found == venue.client.logs([venue.register], first, newest)
    assert found
    assert asked[:3] == [24, 3, 6], "fewer, then more again"
    assert max(asked[once:]) <= 6, "it is not asked again at once for what it was late with"


def test_a_node_that_is_late_with_every_block_is_given_up_in_bounded_time(chain_url: str) -> None:
    ended = threading.Event()
    asked: list[str] = []

    def late(request: dict[str, Any]) -> None:
        asked.append(request["method"])
        ended.wait(20)

    with in_between(chain_url, late) as url:
        with pytest.raises(ChainFault, match="CHAIN-UNREACHABLE"):
            ChainClient(url, timeout_s=0.3).logs(["0x" + "11" * 20], 0, 1000)
        ended.set()
    assert len(asked) == LATE_IN_A_ROW


def test_a_node_that_refuses_even_one_block_is_named(chain_url: str) -> None:
    def refuse(request: dict[str, Any]) -> bytes:
        return json.dumps(
            {"jsonrpc": "2.0", "id": request["id"], "error": {"code": 1, "message": "no"}}
        ).encode()

    with in_between(chain_url, refuse) as url, pytest.raises(ChainFault) as fault:
        ChainClient(url).logs(["0x" + "11" * 20], 0, 1000)
    assert fault.value.code == "CHAIN-RANGE-REFUSED"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html>",
        b"[]",
        b"7",
        b'{"jsonrpc":"2.0","id":0}',
        b'{"jsonrpc":"2.0","id":0,"result":"zz"}',
        b'{"jsonrpc":"2.0","id":0,"result":"\xff"}',
        b'{"jsonrpc":"2.0","id":0,"result":',
    ],
)
def test_nonsense_is_named(chain_url: str, answer: bytes) -> None:
    with in_between(chain_url, lambda _: answer) as url, pytest.raises(ChainFault) as fault:
        ChainClient(url).chain_id()
    assert fault.value.code == "CHAIN-ANSWER"


@pytest.mark.parametrize("result", [{}, {"number": "0x1"}, {"number": "0x1", "hash": "0x12"}, "text", [1]])
def test_a_block_of_the_wrong_shape_is_named(chain_url: str, result: object) -> None:
    answer = json.dumps({"jsonrpc": "2.0", "id": 0, "result": result}).encode()
    with in_between(chain_url, lambda _: answer) as url, pytest.raises(ChainFault) as fault:
        ChainClient(url).block("latest")
    assert fault.value.code == "CHAIN-ANSWER"


def test_a_node_that_stalls_is_given_up(chain_url: str) -> None:
    ended = threading.Event()

    def stall(_: object) -> bytes:
        ended.wait(20)
        return b"{}"

    with in_between(chain_url, stall) as url:
        with pytest.raises(ChainFault) as fault:
            ChainClient(url, timeout_s=0.3).block_number()
        ended.set()
    assert fault.value.code == "CHAIN-UNREACHABLE"
    assert fault.value.transient


@pytest.mark.parametrize(("first", "last"), [(-1, 5), (6, 5)])
def test_ranges_that_are_none_are_refused(client: ChainClient, first: int, last: int) -> None:
    with pytest.raises(ChainFault) as fault:
        client.logs(["0x" + "11" * 20], first, last)
    assert fault.value.code == "CHAIN-RANGE"


def _transaction(client: ChainClient, nonce: int, fees: Fees | None = None, data: bytes = b"") -> Transaction:
    return Transaction(
        chain_id=client.chain_id(),
        nonce=nonce,
        to="0x" + "11" * 20,
        data=data,
        gas=100_000,
        fees=fees or client.fees(),
    )


def test_a_node_says_why_it_takes_no_transaction(chain_url: str) -> None:
    client = ChainClient(chain_url)
    signer = funded_signer(client)
    first = signer.sign(_transaction(client, 0))
    assert client.send_raw(first.raw) == first.hash
    assert client.wait_for_receipt(first.hash, 30).succeeded
    waiting = signer.sign(_transaction(client, 2))
    client.send_raw(waiting.raw)
    fees = client.fees()
    cases = [
        (first, {"CHAIN-NONCE-USED", "CHAIN-ALREADY-KNOWN"}),
        (waiting, {"CHAIN-ALREADY-KNOWN"}),
        (signer.sign(_transaction(client, 2, Fees(fees.max_fee // 2, 0), b"\x01")), {"CHAIN-UNDERPRICED"}),
        (LocalSigner(PrivateKey.generate()).sign(_transaction(client, 0)), {"CHAIN-FUNDS"}),
    ]
    for transaction, codes in cases:
        with pytest.raises(ChainFault) as fault:
            client.send_raw(transaction.raw)
        assert fault.value.code in codes
    with pytest.raises(ChainFault) as late:
        client.wait_for_receipt(waiting.hash, deadline_s=0.3)
    assert late.value.code == "CHAIN-RECEIPT-LATE"
    raised = signer.sign(_transaction(client, 2, fees.raised(), b"\x01"))
    assert client.send_raw(raised.raw) == raised.hash, "raised fees replace what waits"


def test_a_revert_gives_the_contracts_own_words(venue: Venue) -> None:

    with pytest.raises(ChainFault) as fault:
        venue.client.call(venue.register, keccak(b"setAuthority(address)")[:4] + bytes(32))
    assert fault.value.code == "CHAIN-REVERTED"
    assert fault.value.data == keccak(b"AuthorityIsFixed()")[:4]


def test_a_signer_tells_its_address_and_nothing_else() -> None:
    key = PrivateKey.generate()
    signer = LocalSigner(key)
    secret = key.secret().hex()
    shown = f"{signer!r} {signer} {vars(type(signer))}"
    assert secret not in shown
    assert str(int(secret, 16)) not in shown
    assert signer.address in repr(signer)
    with pytest.raises(TypeError):
        pickle.dumps(signer)


def test_the_same_transaction_is_signed_the_same_and_recovers_to_the_signer(client: ChainClient) -> None:
    from eth_account import Account

    signer = LocalSigner(PrivateKey.generate())
    transaction = _transaction(client, 7, Fees(10, 1), b"data")
    one, other = signer.sign(transaction), signer.sign(transaction)
    assert one == other
    assert Account.recover_transaction(one.raw) == signer.address


def test_a_key_of_another_address_is_refused() -> None:
    key = PrivateKey.generate()
    assert local_signer(key.secret().hex(), key.address).address == key.address
    with pytest.raises(ChainFault) as fault:
        local_signer(key.secret().hex(), PrivateKey.generate().address)
    assert fault.value.code == "SIGNER-KEY"


def test_created_addresses_are_those_of_the_yellow_paper() -> None:
    sender = "0x6ac7ea33f8831ea9dcc53393aaa88b25a785dbf0"
    assert created_address(sender, 0).lower() == "0xcd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"
    assert created_address(sender, 1).lower() == "0x343c43a37d37dff08ae8c4a11544c718abb4fcf8"


def test_raised_fees_are_at_least_a_tenth_higher() -> None:
    for fees in (Fees(0, 0), Fees(1, 1), Fees(10**9, 7), Fees(3, 0)):
        assert fees.raised().max_fee * 10 >= fees.max_fee * 11
        assert fees.raised().priority_fee * 10 >= fees.priority_fee * 11
        assert fees.raised().max_fee > fees.max_fee
