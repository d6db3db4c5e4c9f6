"""The compiled table reads every event as `eth_abi` does, and takes nothing that `eth_abi` refuses."""

from __future__ import annotations

from typing import Any

import pytest
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError
from hypothesis import example, given
from hypothesis import strategies as st

from ledger.chain.errors import ChainFault
from ledger.chain.event_words import LAYOUTS, Layout, members_of, read_words
from ledger.chain.events import EVENT_TYPES

WORD = 32
LAYOUT = st.sampled_from(list(LAYOUTS.values()))


def by_eth_abi(layout: Layout, words: bytes) -> dict[str, Any] | None:
    """An event's fields as `eth_abi` reads them; None where it refuses the words."""
    names, kinds = zip(*members_of(layout.event), strict=True)
    if len(words) != WORD * len(kinds):
        return None
    try:
        values = decode(kinds, words)
    except DecodingError:
        return None
    return {
        name: "0x" + value.hex() if isinstance(value, bytes) else value
        for name, value in zip(names, values, strict=True)
    }


def by_table(layout: Layout, words: bytes) -> dict[str, Any] | None:
    try:
        return read_words(layout, words)
    except ChainFault as fault:
        if fault.code != "CHAIN-LOG-MALFORMED":
            raise
        return None


def values_of(kind: str) -> st.SearchStrategy[Any]:
    match kind:
        case "bool":
            return st.booleans()
        case "address":
            return st.binary(min_size=20, max_size=20).map(lambda each: "0x" + each.hex())
        case "bytes4" | "bytes32":
            size = int(kind.removeprefix("bytes"))
            return st.binary(min_size=size, max_size=size)
        case _:
            return st.integers(0, (1 << int(kind.removeprefix("uint"))) - 1)


@st.composite
def encoded(draw: st.DrawFn) -> tuple[Layout, bytes]:
    """An event and its words, as the contract writes them."""
    layout = draw(LAYOUT)
    kinds = [kind for _, kind in members_of(layout.event)]
    return layout, encode(kinds, [draw(values_of(kind)) for kind in kinds])


def test_every_event_has_its_place_in_the_table() -> None:
    assert {layout.event for layout in LAYOUTS.values()} == set(EVENT_TYPES)
    for layout in LAYOUTS.values():
        assert layout.values.size == WORD * len(members_of(layout.event))


@given(encoded())
def test_what_a_contract_writes_is_read_as_eth_abi_reads_it(event: tuple[Layout, bytes]) -> None:
    layout, words = event
    found = by_table(layout, words)
    assert found is not None
    assert found == by_eth_abi(layout, words)
    assert [type(value) for value in found.values()] == [
        {"bool": bool}.get(kind, int if kind.startswith("uint") else str)
        for _, kind in members_of(layout.event)
    ]


@given(encoded(), st.integers(0, 10**6))
@example((next(iter(LAYOUTS.values())), bytes(3 * WORD)), 0)
def test_a_flipped_bit_is_read_or_refused_as_by_eth_abi(event: tuple[Layout, bytes], bit: int) -> None:
    layout, words = event
    place = bit % (8 * len(words))
    flipped = (int.from_bytes(words) ^ 1 << place).to_bytes(len(words))
    assert by_table(layout, flipped) == by_eth_abi(layout, flipped)


@given(LAYOUT, st.binary(max_size=20 * WORD))
def test_words_of_another_length_are_refused(layout: Layout, words: bytes) -> None:
    if len(words) == layout.values.size:
        words = words[1:]
    assert by_table(layout, words) is None


@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=lambda layout: layout.event.__name__)
def test_every_bit_that_a_type_leaves_empty_must_be_zero(layout: Layout) -> None:
    words = bytes(layout.values.size)
    for place in range(8 * len(words)):
        flipped = (1 << place).to_bytes(len(words))
        assert (by_table(layout, flipped) is None) == bool(layout.empty >> place & 1)
        if place % 8 in {0, 7}:  # eth_abi takes a hundred times as long: the ends of each byte
            assert by_table(layout, flipped) == by_eth_abi(layout, flipped)
