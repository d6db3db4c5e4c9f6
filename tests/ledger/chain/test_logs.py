"""A list of logs is whole, or it is said not to be: nothing missing, added, swapped or changed goes unseen."""

from __future__ import annotations

import msgspec
import pytest
from msgspec.structs import replace

from exchange.keccak import keccak
from ledger.chain.client import ChainClient
from ledger.chain.compiler import Artifact
from ledger.chain.errors import ChainFault
from ledger.chain.event_words import topic_of
from ledger.chain.events import EVENT_TYPES, REFUSALS, DealAgreed, RightRegistered
from ledger.chain.logs import LogChain, check_completeness, decode_log, encode_log, read_events
from ledger.chain.raw_logs import RawLog
from ledger.chain.reads import ERRORS
from ledger.chain.records import RightRecord
from tests.ledger.chain.conftest import CONTRACTS, KEYS_AT_ONCE, Venue, new_hash, signed_deal


@pytest.fixture
def logs(venue: Venue) -> list[RawLog]:
    """The logs of a register with six events after its keys' own, the access manager's note among them."""
    venue.key()
    venue.record([RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash()) for _ in range(4)])
    venue.record([signed_deal(venue) for _ in range(2)])
    return venue.client.logs([venue.register], venue.manifest.first_block(), venue.client.block_number())


def _chain(venue: Venue) -> LogChain:
    return LogChain(venue.client.chain_id(), venue.register)


def test_every_event_of_the_contracts_is_known_field_by_field(artifacts: dict[str, Artifact]) -> None:
    declared = {}
    for name in CONTRACTS:
        for entry in artifacts[name].abi:
            if entry["type"] == "event" and entry["name"] not in {"AuthorityUpdated", "EIP712DomainChanged"}:
                assert entry["inputs"][0] == {
                    "indexed": True,
                    "internalType": "uint64",
                    "name": "seq",
                    "type": "uint64",
                }
                fields = [
                    (_snake(field["name"]), field["type"], field["indexed"]) for field in entry["inputs"][1:]
                ]
                declared[entry["name"]] = fields
    known = {
        event.__name__: [(name, kind, True) for name, kind in event.indexed]
        + [(name, kind, False) for name, kind in event.data]
        for event in EVENT_TYPES
    }
    assert known == declared


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def test_a_log_is_made_again_from_the_event_that_it_was_read_into(logs: list[RawLog]) -> None:
    events = [(log, event) for log in logs if (event := decode_log(log)) is not None]
    assert len(events) >= 6
    for log, event in events:
        fields = {name: value for name, value in msgspec.structs.asdict(event).items() if name != "place"}
        assert encode_log(type(event).__name__, fields) == (log.topics, log.data)
    name, fields = type(events[0][1]).__name__, {}
    for unfit in (("Unknown", fields), (name, fields), (name, {"seq": -1})):
        with pytest.raises(ChainFault):
            encode_log(*unfit)


def test_every_ground_of_refusal_is_an_error_of_the_contract(artifacts: dict[str, Artifact]) -> None:
    declared = {
        entry["name"]
        for name in ("Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister")
        for entry in artifacts[name].abi
        if entry["type"] == "error" and not entry["inputs"]
    }
    whole_call = {error.partition("(")[0] for error in ERRORS} | {"InvalidShortString"}
    assert set(REFUSALS.values()) == declared - whole_call
    assert all(
        selector == "0x" + keccak(f"{name}()".encode())[:4].hex() for selector, name in REFUSALS.items()
    )


def test_no_function_or_event_moves_anything_of_value(artifacts: dict[str, Artifact]) -> None:
    banned = ("transfer", "approve", "mint", "burn", "balance", "allowance", "price", "withdraw", "deposit")
    offers = {
        "withdrawOffer",
        "OfferWithdrawn",
        "OfferIsWithdrawn",
    }  # a promise is taken back there, no value
    for name in CONTRACTS:
        for entry in artifacts[name].abi:
            if entry.get("name") in offers:
                continue
            assert not any(word in entry.get("name", "").lower() for word in banned)
            assert entry.get("stateMutability") != "payable"


def test_logs_fold_to_the_contracts_own_head(venue: Venue, logs: list[RawLog]) -> None:
    chain = _chain(venue)
    chain.fold_all(logs)
    verdict = check_completeness(venue.client, chain, "latest")
    assert verdict.whole
    assert verdict.event_count == KEYS_AT_ONCE + 6
    events = read_events(venue.client, venue.register, 0, venue.client.block_number())
    assert [event.seq for event in events] == list(range(1, KEYS_AT_ONCE + 7))
    assert [type(event) for event in events[KEYS_AT_ONCE:]] == [RightRegistered] * 4 + [DealAgreed] * 2


def test_folding_goes_on_from_a_stored_number_and_head(venue: Venue, logs: list[RawLog]) -> None:
    first = _chain(venue)
    first.fold_all(logs[:4])
    second = LogChain(venue.client.chain_id(), venue.register, first.seq, first.head)
    second.fold_all(logs[4:])
    assert check_completeness(venue.client, second, "latest").whole


def test_a_log_left_out_is_a_gap_or_an_unequal_head(venue: Venue, logs: list[RawLog]) -> None:
    numbered = [log for log in logs if decode_log(log) is not None]
    for left_out in (*range(3), *range(len(numbered) - 6, len(numbered))):
        chain = _chain(venue)
        rest = numbered[:left_out] + numbered[left_out + 1 :]
        if left_out == len(numbered) - 1:
            chain.fold_all(rest)
            assert not check_completeness(venue.client, chain, "latest").whole
        else:
            with pytest.raises(ChainFault) as gap:
                chain.fold_all(rest)
            assert gap.value.code == "CHAIN-LOG-GAP"


def test_any_changed_byte_of_any_log_changes_the_head(venue: Venue, logs: list[RawLog]) -> None:
    true = _chain(venue)
    true.fold_all(logs)
    numbered = [log for log in logs if decode_log(log) is not None]
    for place, log in list(enumerate(numbered))[-7:]:
        changed = [replace(log, topics=(*log.topics[:2], _flipped(log.topics[2], 31), *log.topics[3:]))]
        changed += [replace(log, data=_flipped(log.data, byte)) for byte in range(0, len(log.data), 7)]
        for other in changed:
            chain = _chain(venue)
            chain.fold_all([*numbered[:place], other, *numbered[place + 1 :]])
            assert chain.head != true.head


def test_another_contract_or_chain_starts_from_another_head(venue: Venue, logs: list[RawLog]) -> None:
    true = _chain(venue)
    assert LogChain(1, venue.register).head != true.head
    assert LogChain(venue.client.chain_id(), venue.anchor).head != true.head
    with pytest.raises(ChainFault) as gap:
        LogChain(venue.client.chain_id(), venue.anchor).fold_all(logs[1:])
    assert gap.value.code == "CHAIN-LOG-GAP"


def test_a_log_twice_or_out_of_order_is_a_gap(venue: Venue, logs: list[RawLog]) -> None:
    numbered = [log for log in logs if decode_log(log) is not None]
    for wrong in ([numbered[0], numbered[0]], [numbered[1], numbered[0]]):
        with pytest.raises(ChainFault) as gap:
            _chain(venue).fold_all(wrong)
        assert gap.value.code == "CHAIN-LOG-GAP"


def test_unknown_and_malformed_logs_are_named(logs: list[RawLog]) -> None:
    log = next(log for log in logs if decode_log(log) is not None)
    for broken, code in (
        (replace(log, topics=(b"\x00" * 32, *log.topics[1:])), "CHAIN-LOG-UNKNOWN"),
        (replace(log, topics=()), "CHAIN-LOG-UNKNOWN"),
        (replace(log, topics=log.topics[:-1]), "CHAIN-LOG-MALFORMED"),
        (replace(log, data=log.data[:-32]), "CHAIN-LOG-MALFORMED"),
        (replace(log, data=log.data + b"\x00"), "CHAIN-LOG-MALFORMED"),
        (replace(log, topics=(log.topics[0], b"\xff" * 32, *log.topics[2:])), "CHAIN-LOG-MALFORMED"),
    ):
        with pytest.raises(ChainFault) as fault:
            decode_log(broken)
        assert fault.value.code == code


def test_topics_are_told_apart() -> None:
    assert len({topic_of(event) for event in EVENT_TYPES}) == len(EVENT_TYPES)


def test_completeness_of_what_is_no_contract_is_no_verdict(client: ChainClient) -> None:
    with pytest.raises(ChainFault) as fault:
        check_completeness(client, LogChain(client.chain_id(), "0x" + "77" * 20), "latest")
    assert fault.value.code == "CHAIN-ANSWER"


def _flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes((data[place] ^ 1,)) + data[place + 1 :]
