"""Records become the calldata that the contract's own interface gives, in an order that breaks no dependency."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import encode
from hypothesis import given
from hypothesis import strategies as st

from exchange.keccak import keccak
from ledger.chain.calls import MOST_A_CALL, call_of, goes_alone, grouped, packed, selectors
from ledger.chain.compiler import Artifact
from ledger.chain.errors import ChainFault
from ledger.chain.records import (
    RECORD_TYPES,
    ZERO_HASH,
    AnchorRecord,
    CounterAdvanceRecord,
    DealRecord,
    KeyEnrolmentRecord,
    KeyRevocationRecord,
    KeyRotationRecord,
    OfferAcceptanceRecord,
    OfferWithdrawalRecord,
    Record,
    RegistryConfirmationRecord,
    SettledRecord,
    StandingOfferRecord,
    decode_record,
    encode_record,
)
from tests.ledger.chain.conftest import CONTRACTS

WORDS = st.binary(min_size=32, max_size=32).map(lambda raw: "0x" + raw.hex())
FEW_WORDS = st.integers(1, 4).map(lambda n: "0x" + n.to_bytes(32).hex())
ADDRESSES = st.binary(min_size=20, max_size=20).map(lambda raw: "0x" + raw.hex())
SIGNATURES = st.binary(max_size=80).map(lambda raw: "0x" + raw.hex())


def _records(words: st.SearchStrategy[str]) -> st.SearchStrategy[Record]:
    """Any record; its fields by their types."""
    made = []
    for kind in RECORD_TYPES:
        fields: dict[str, Any] = {}
        for place, name in enumerate(kind.__struct_fields__):
            if name.endswith("signature"):
                fields[name] = SIGNATURES
                continue
            solidity = (*kind.types, *kind.besides)[place]
            if solidity == "bytes32":
                fields[name] = words
            elif solidity == "address":
                fields[name] = ADDRESSES
            elif solidity == "bool":
                fields[name] = st.booleans()
            else:
                most = min(2 ** int(solidity.removeprefix("uint")) - 1, 2**53 - 1)
                fields[name] = st.integers(0, most)
        made.append(st.builds(kind, **fields))
    return st.one_of(made)


@given(_records(WORDS))
def test_a_record_comes_back_from_its_json(record: Record) -> None:
    assert decode_record(encode_record(record)) == record


@given(_records(WORDS))
def test_a_record_has_one_identifier_that_no_other_kind_shares(record: Record) -> None:
    same = decode_record(encode_record(record))
    assert same.record_id == record.record_id
    assert len(record.record_id) == 66
    others = {
        keccak(kind.function.encode() + bytes.fromhex(record.item_id[2:])).hex() for kind in RECORD_TYPES
    }
    assert len(others) == len(RECORD_TYPES)


def test_every_function_is_in_the_contracts_interface_under_its_selector(
    artifacts: dict[str, Artifact],
) -> None:
    known = {}
    for name in CONTRACTS:
        for entry in artifacts[name].abi:
            if entry["type"] == "function" and entry["stateMutability"] == "nonpayable":
                known[entry["name"]] = keccak(f"{entry['name']}({_types(entry['inputs'])})".encode())[:4]
    for function, (_, selector) in selectors().items():
        assert known[function] == selector
    by_hand = {"pauseDeals", "resumeDeals", "announceVersion", "proposeKey", "acceptKey"}
    by_hand |= {"revokeKeyAsGuardian", "endRecoveryWait"}
    assert set(known) == set(selectors()) | by_hand


def _types(inputs: list[dict[str, Any]]) -> str:
    words = []
    for entry in inputs:
        if entry["type"].startswith("tuple"):
            words.append(f"({_types(entry['components'])}){entry['type'].removeprefix('tuple')}")
        else:
            words.append(entry["type"])
    return ",".join(words)


def test_struct_members_are_those_of_the_contracts_in_their_order(artifacts: dict[str, Artifact]) -> None:
    spelled = {kind.function: kind for kind in RECORD_TYPES}
    structs = 0
    for entry in (entry for name in CONTRACTS for entry in artifacts[name].abi):
        kind = spelled.get(entry.get("name", ""))
        if entry["type"] != "function" or kind is None or kind.form not in {"items", "message"}:
            continue
        first, *others = entry["inputs"]
        members = [_snake(member["name"]) for member in first["components"]]
        ours = list(kind.__struct_fields__)
        if kind.function in {"dischargePledges", "releaseRights"}:
            ours[1] = "id"
        assert members == ours[: len(kind.types)]
        if kind.form == "message":
            assert [_snake(each["name"]) for each in others] == ours[len(kind.types) :]
        structs += 1
    assert structs == len(RECORD_TYPES) - 3


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


@given(st.lists(_records(FEW_WORDS), max_size=60), st.integers(1, 8))
def test_grouping_loses_doubles_and_reorders_nothing_that_belongs_together(
    records: list[Record], most: int
) -> None:
    calls = grouped(records, most)
    sent = [record for call in calls for record in call.records]
    assert sorted(map(id, sent)) == sorted(map(id, records))
    for call in calls:
        assert len({type(record) for record in call.records}) == 1
        assert len(call.records) <= (1 if goes_alone(type(call.records[0])) else most)
    place = {id(record): number for number, record in enumerate(sent)}
    for one, first in enumerate(records):
        for second in records[one + 1 :]:
            if first.subjects() & second.subjects():
                assert place[id(first)] < place[id(second)]


def test_independent_records_share_few_calls() -> None:
    records: list[Record] = []
    for number in range(100):
        word = "0x" + (number + 1).to_bytes(32).hex()
        records += [
            SettledRecord(deal_id=word),
            RegistryConfirmationRecord(
                right_id="0x" + (number + 1000).to_bytes(32).hex(),
                deal_id=ZERO_HASH,
                old_holder=word,
                new_holder=word,
                proof=word,
            ),
        ]
    assert len(grouped(records)) == 200 // MOST_A_CALL


def test_key_signatures_travel_in_64_bytes_and_others_as_they_are() -> None:
    half_order = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
    r = b"\x11" * 32
    low, high = (5).to_bytes(32), (half_order + 1).to_bytes(32)
    cases = {
        r + low + b"\x1b": r + low,
        r + low + b"\x1c": r + ((5 | 1 << 255).to_bytes(32)),
        r + high + b"\x1b": r + high + b"\x1b",
        r + low + b"\x01": r + low + b"\x01",
        b"a contract account's own": b"a contract account's own",
        b"": b"",
    }
    for given_bytes, carried in cases.items():
        data = call_of([_deal(seller_signature="0x" + given_bytes.hex())]).data
        plain = carried if len(carried) == 64 else bytes(32) + len(carried).to_bytes(32) + carried
        assert data.endswith(encode(["bytes"], [plain + bytes(64)])[32:])


def test_a_short_signature_that_begins_with_zeros_goes_by_its_length() -> None:
    odd = bytes(32) + b"\x11" * 32
    assert packed([odd]) == bytes(32) + (64).to_bytes(32) + odd


def test_a_partys_own_message_makes_a_call_of_its_own() -> None:
    alone = {kind.function for kind in RECORD_TYPES if goes_alone(kind)}
    assert alone == {
        "rotateKey",
        "revokeKey",
        "advanceCounter",
        "vetoRecovery",
        "completeRecovery",
        "withdrawOffer",
        "cancelDeal",
        "anchor",
    }
    assert all(
        kind.role == "settler" for kind in RECORD_TYPES if goes_alone(kind) and kind is not AnchorRecord
    )


def test_a_deal_keeps_its_order_to_whatever_changes_its_keys() -> None:
    seller, buyer, other = ("0x" + digit * 40 for digit in "abc")
    deal = _deal(seller=seller.upper().replace("0X", "0x"), buyer=buyer)
    fields: dict[str, Any] = {"party": "0x" + "77" * 32, "deadline": 1}
    for key in (seller, buyer):
        for change in (
            KeyEnrolmentRecord(key=key, authorisation=ZERO_HASH, signature="0x", **fields),
            KeyRotationRecord(
                old_key=key,
                new_key=other,
                authorisation=ZERO_HASH,
                old_signature="",
                new_signature="",
                **fields,
            ),
            KeyRevocationRecord(key=key, reason=ZERO_HASH, signature="0x", **fields),
            CounterAdvanceRecord(key=key, counter=1, signature="0x", **fields),
        ):
            assert deal.subjects() & change.subjects()


def test_an_acceptance_keeps_its_order_to_its_offer_and_to_both_keys() -> None:
    seller, buyer = "0x" + "ab" * 20, "0x" + "cd" * 20
    terms: dict[str, Any] = {
        "right_id": ZERO_HASH,
        "seller": seller,
        "terms": ZERO_HASH,
        "contract_text": ZERO_HASH,
        "term_seconds": 1,
        "most": 1,
        "expires_at": 1,
        "salt": ZERO_HASH,
        "signature": "0x",
    }
    offer, withdrawal = StandingOfferRecord(**terms), OfferWithdrawalRecord(**terms)
    acceptance = OfferAcceptanceRecord(
        right_id="0x" + "88" * 32,
        deal_id="0x" + "ab" * 10 + "cd" * 10 + "00" * 12,
        offer_id=offer.offer_id,
        buyer=buyer,
        deadline=1,
        signature="0x",
    )
    assert offer.offer_id in acceptance.subjects() & withdrawal.subjects() & offer.subjects()
    for key in (seller, buyer):
        advance = CounterAdvanceRecord(party="0x" + "77" * 32, key=key, counter=1, deadline=1, signature="0x")
        assert acceptance.subjects() & advance.subjects()


@pytest.mark.parametrize(
    "records",
    [
        [],
        [SettledRecord(deal_id="0x12")],
        [SettledRecord(deal_id="12" * 33)],
        [SettledRecord(deal_id="0x" + "zz" * 32)],
        [SettledRecord(deal_id=ZERO_HASH)] * 257,
        [AnchorRecord(root=ZERO_HASH, size=1, previous_root=ZERO_HASH)] * 2,
        [AnchorRecord(root=ZERO_HASH, size=2**64, previous_root=ZERO_HASH)],
        [AnchorRecord(root=ZERO_HASH, size=-1, previous_root=ZERO_HASH)],
        [SettledRecord(deal_id=ZERO_HASH), AnchorRecord(root=ZERO_HASH, size=1, previous_root=ZERO_HASH)],
    ],
)
def test_malformed_records_make_no_call(records: list[Record]) -> None:
    with pytest.raises(ChainFault) as refused:
        call_of(records)
    assert refused.value.code == "RECORD-MALFORMED"


@pytest.mark.parametrize(
    "change",
    [
        {"seller": "0x12"},
        {"kind": 256},
        {"deadline": -1},
        {"seller_signature": "0xzz"},
        {"buyer_signature": "0x" + "00" * 4097},
    ],
)
def test_malformed_deals_make_no_call(change: dict[str, Any]) -> None:
    with pytest.raises(ChainFault) as refused:
        call_of([_deal(**change)])
    assert refused.value.code == "RECORD-MALFORMED"


@pytest.mark.parametrize("data", [b"", b"{}", b'{"record":"nothing"}', b'{"record":"settled"}', b"[1]"])
def test_what_is_no_record_is_not_read(data: bytes) -> None:
    with pytest.raises(ChainFault) as refused:
        decode_record(data)
    assert refused.value.code == "RECORD-MALFORMED"


def test_batches_beyond_the_bounds_are_refused() -> None:
    for most in (0, 257):
        with pytest.raises(ChainFault):
            grouped([], most)


def _deal(**change: Any) -> DealRecord:
    fields: dict[str, Any] = {
        "deal_id": ZERO_HASH,
        "right_id": ZERO_HASH,
        "kind": 1,
        "seller": "0x" + "11" * 20,
        "buyer": "0x" + "22" * 20,
        "terms": ZERO_HASH,
        "contract_text": ZERO_HASH,
        "deadline": 1,
        "seller_signature": "0x",
        "buyer_signature": "0x",
    }
    return DealRecord(**{**fields, **change})
