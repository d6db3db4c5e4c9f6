"""Words of titles and needs, and symbols of the classification: equal on every machine, whatever is put in."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.demand.characters import folded
from exchange.demand.words import LONGEST_WORD, MOST_WORDS, shared_phrases, stem, words_of
from exchange.rights.classes import (
    LEVELS,
    MOST_CLASSES_OF_RIGHT,
    deepest,
    is_class_symbol,
    level_of,
    spelled,
    symbols_among,
    with_ancestors,
)

PORTER = {
    "caresses": "caress", "ponies": "poni", "caress": "caress", "cats": "cat", "feed": "feed", "agreed": "agree",
    "plastered": "plaster", "bled": "bled", "motoring": "motor", "sing": "sing", "conflated": "conflat",
    "troubled": "troubl", "sized": "siz", "hopping": "hop", "tanned": "tan", "falling": "fall", "hissing": "hiss",
    "fizzed": "fizz", "failing": "fail", "filing": "file", "happy": "happi", "sky": "sky",
}  # fmt: skip
"""The worked examples of step 1 in Porter's paper of 1980, without the e that later steps take away again."""


@pytest.mark.parametrize("word", PORTER)
def test_an_english_word_loses_its_endings_as_porter_says(word: str) -> None:
    assert stem(word) == PORTER[word]


@pytest.mark.parametrize(
    "forms",
    [
        ("coat", "coats", "coated", "coating"),
        ("plate", "plates", "plated", "plating"),
        ("electrode", "electrodes"),
        ("battery", "batteries"),
        ("size", "sizes", "sized", "sizing"),
        ("cable", "cables", "cabled"),
        ("stop", "stops", "stopped", "stopping"),
        ("analysis",),
        ("glass",),
    ],
)
def test_the_forms_of_a_word_are_one(forms: tuple[str, ...]) -> None:
    assert len({stem(form) for form in forms}) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("一种锂离子电池的正极材料", ("锂离", "离子", "子电", "电池", "正极", "极材", "材料")),
        ("Batteries and a battery, coated COATING", ("batteri", "coat")),
        ("用于电池的LiFePO4正极", ("电池", "lifepo4", "正极")),
        ("泵", ("泵",)),
        ("ＬＥＤ　灯具", ("led", "灯具")),
        ("方法和装置", ()),
        ("a device for the method 2024", ()),
        ("", ()),
    ],
)
def test_a_text_gives_the_words_that_say_something(text: str, words: tuple[str, ...]) -> None:
    assert words_of(text) == words


@given(st.text(max_size=2_000))
def test_any_text_gives_a_bounded_number_of_bounded_words_each_once(text: str) -> None:
    words = words_of(text)
    assert len(words) == len(set(words)) <= MOST_WORDS
    assert all(0 < len(word) <= LONGEST_WORD for word in words)


@given(st.text(alphabet="锂离子电池正极材料的和 abcsing.", max_size=60))
def test_width_and_case_change_no_word(text: str) -> None:
    wide = "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in text)
    assert words_of(wide) == words_of(text.upper()) == words_of(text)
    assert words_of(unicodedata.normalize("NFD", text)) == words_of(text)


@given(st.text(alphabet="锂离子电池的和 abc", max_size=40), st.data())
def test_a_phrase_stands_in_its_text_and_is_made_of_shared_words_alone(
    text: str, data: st.DataObject
) -> None:
    words = words_of(text)
    shared = data.draw(st.sets(st.sampled_from(words))) if words else set()
    phrases = shared_phrases(text, shared)
    assert all(phrase in text for phrase in phrases)
    assert {word for phrase in phrases for word in words_of(phrase)} == shared


@pytest.mark.parametrize(
    ("traditional", "simplified"),
    [
        ("一種用於鋰離子電池的陶瓷塗層隔膜", "一种用于锂离子电池的陶瓷涂层隔膜"),
        ("衞星導航裝置", "卫星导航装置"),
        ("尋求污水淨化技術", "寻求污水净化技术"),
        ("本發明之外觀設計與專利數據", "本发明之外观设计与专利数据"),
    ],
)
def test_traditional_and_simplified_characters_are_the_same_words(traditional: str, simplified: str) -> None:
    assert words_of(traditional) == words_of(simplified)
    assert words_of(simplified) != ()


def test_a_phrase_is_shown_as_its_text_has_it() -> None:
    shared = words_of("锂离子电池的涂层")
    assert shared_phrases("一種用於鋰離子電池的塗層", shared) == ("鋰離子電池", "塗層")
    assert shared_phrases("一种用于锂离子电池的涂层", shared) == ("锂离子电池", "涂层")


@given(st.text(max_size=200))
def test_folding_changes_no_length_and_is_done_once(text: str) -> None:
    assert len(folded(text)) == len(text)
    assert folded(folded(text)) == folded(text)


def test_neighbouring_pairs_are_shown_as_one_phrase() -> None:
    text = "一种锂离子电池的电极浆料 electrodes"
    assert shared_phrases(text, {"锂离", "离子", "电极", "electrod"}) == ("锂离子", "电极")
    assert shared_phrases(text, {stem("electrodes")}) == ("electrodes",)


@pytest.mark.parametrize(
    ("typed", "symbol"),
    [
        ("H01M10/0525", "H01M 10/0525"),
        ("h01m 10/0525", "H01M 10/0525"),
        (" H01M0010/00 ", "H01M 10/00"),
        ("y02e", "Y02E"),
        ("H01", "H01"),
    ],
)
def test_a_symbol_as_people_write_it_has_one_spelling(typed: str, symbol: str) -> None:
    assert spelled(typed) == symbol
    assert is_class_symbol(symbol)


SYMBOLS = st.sampled_from(
    [
        "H01",
        "H01M",
        "H01M 10/00",
        "H01M 10/0525",
        "H01M 10/052",
        "H01M 4/00",
        "H01M 4/36",
        "H01L",
        "A61K",
        "A61",
        "Y02E",
    ]
)


@given(st.lists(SYMBOLS))
def test_ancestors_are_closed_and_the_deepest_of_them_give_them_back(symbols: list[str]) -> None:
    closed = with_ancestors(symbols)
    assert closed >= set(symbols)
    assert with_ancestors(closed) == closed
    assert with_ancestors(deepest(closed)) == closed
    assert {level_of(symbol) for symbol in closed} <= set(LEVELS)


@given(st.lists(st.text(max_size=12)))
def test_what_is_no_symbol_is_passed_over(texts: list[str]) -> None:
    found = symbols_among([*texts, "14-03", "H", "H01M 10/0525", "H01M 10/0525"])
    assert "H01M 10/0525" in found
    assert all(map(is_class_symbol, found))
    assert len(found) <= MOST_CLASSES_OF_RIGHT
