"""Record against event: an event speaks for a record only if every field that both state is the same."""

from __future__ import annotations

from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain.comparison import EVENT_OF, SHARED, key_of, says_the_same, stated_by_event, stated_by_record
from ledger.chain.events import Place
from ledger.chain.records import RECORD_TYPES, Record

_HASH = st.binary(min_size=32, max_size=32).map(lambda value: "0x" + value.hex())
_ADDRESS = st.binary(min_size=20, max_size=20).map(lambda value: "0x" + value.hex().upper())
_PLACE = Place(contract="", block_number=1, block_hash=b"", transaction_hash=b"", log_index=0)


@st.composite
def records(draw: st.DrawFn) -> Record:
    """Any record of any type."""
    record_type = draw(st.sampled_from(RECORD_TYPES))
    fields: dict[str, Any] = {}
    solidity = (*record_type.types, *record_type.besides)
    kinds = dict(zip(record_type.__struct_fields__, solidity, strict=False))
    for name in record_type.__struct_fields__:
        kind = kinds.get(name, "bytes")
        if kind == "bytes32":
            fields[name] = draw(_HASH)
        elif kind == "address":
            fields[name] = draw(_ADDRESS)
        elif kind == "bool":
            fields[name] = draw(st.booleans())
        elif kind.startswith("uint"):
            fields[name] = draw(st.integers(0, 2 ** min(int(kind[4:]), 53) - 1))
        else:
            fields[name] = "0x" + "11" * 65
    return record_type(**fields)


def event_of(record: Record, **changes: Any) -> dict[str, Any]:
    """What the contract's event of this record states, with the fields that only an event has."""
    event_type = EVENT_OF[type(record)]
    fields: dict[str, Any] = dict.fromkeys(event_type.__struct_fields__, 0)
    fields |= {
        name: value.lower() if isinstance(value, str) else value
        for name, value in stated_by_record(record).items()
    }
    fields |= {"seq": 1, "place": _PLACE}
    return stated_by_event(event_type(**(fields | changes)))


@given(records())
def test_its_own_event_says_the_same_and_is_found_by_its_key(record: Record) -> None:
    stated = event_of(record)
    name, found_by = key_of(record)
    assert says_the_same(record, stated)
    assert name == EVENT_OF[type(record)].__name__
    assert found_by
    assert all(stated[field] == value for field, value in found_by)


@given(records(), st.data())
def test_an_event_with_any_other_value_does_not(record: Record, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(SHARED[type(record)]))
    value = event_of(record)[name]
    other = value + 1 if isinstance(value, int) else "0x" + ("0" if value[2] != "0" else "1") + value[3:]
    assert not says_the_same(record, event_of(record, **{name: other}))


@given(records())
def test_an_event_that_leaves_something_out_does_not(record: Record) -> None:
    for name in SHARED[type(record)]:
        stated = event_of(record)
        del stated[name]
        assert not says_the_same(record, stated)


def test_every_record_has_its_event_and_states_something_beside_its_key() -> None:
    assert set(EVENT_OF) == set(RECORD_TYPES)
    assert all(len(SHARED[kind]) >= 1 and issubclass(kind, msgspec.Struct) for kind in RECORD_TYPES)
