"""The words of a title or a need, so that two texts can be compared: the same on every machine.

Chinese has no spaces, so that a run of Han characters gives its pairs of neighbours, Traditional ones as Simplified
ones; other scripts give their words in lower case, English ones without their endings. Words that say nothing of a
technology are left out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

from exchange.demand.characters import folded

MOST_WORDS: Final = 128
"""Different words that are taken of one text, from its beginning."""
LONGEST_WORD: Final = 32
_SHORTEST_WORD: Final = 2
_HAN: Final = "㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_RUNS: Final = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_HAN_RUN: Final = re.compile(rf"[{_HAN}]+")
_STOP_HAN: Final = re.compile(
    folded(
        "一种|用于|基于|以及|及其|具有|包括|包含|所述|本发明|实用新型|外观设计|方法|装置|系统|设备|技术|需求|寻求|寻找|求购|"
        "[的和与及或]"
    )
)
"""Phrases that stand in any title; a run is cut at them, so that no pair reaches over one."""
_STOP: Final = frozenset(
    """
    a an and any apparatus are as at based be by can device do equipment for from having have in into is it its looking
    means method need needed of on or our said seek seeking such system technique technology that the their thereof
    these this to use used using via want we wherein which with
    """.split()  # noqa: SIM905 - reads as what it is
)
_VOWEL: Final = re.compile(r"[aeiouy]")
_BEFORE_E: Final = ("at", "bl", "iz")
_DOUBLED: Final = re.compile(r"([b-df-hj-np-tv-z])\1$")
_SHORT_SYLLABLE: Final = re.compile(r"^[^aeiou]*[aeiouy][^aeiouwxy]$")


def words_of(text: str) -> tuple[str, ...]:
    """The different words of a text in the order of their first coming, at most `MOST_WORDS`."""
    found: dict[str, None] = {}
    for word in _each(text):
        found.setdefault(word)
        if len(found) == MOST_WORDS:
            break
    return tuple(found)


def shared_phrases(text: str, shared: Iterable[str]) -> tuple[str, ...]:
    """How the shared words are written in a text, in its order: neighbouring pairs of Han characters as one phrase."""
    wanted = frozenset(shared)
    phrases: dict[str, None] = {}
    for run in _runs(text):
        if _HAN_RUN.fullmatch(run) is None:
            if stem(run) in wanted:
                phrases.setdefault(run)
            continue
        compared = folded(run)
        if len(run) == 1 and compared in wanted:
            phrases.setdefault(run)
        begin = 0
        for place in range(len(run)):
            pair = compared[place : place + 2]
            if len(pair) == 1 or pair not in wanted:
                if place > begin:
                    phrases.setdefault(run[begin : place + 1])
                begin = place + 1
    return tuple(phrases)


def stem(word: str) -> str:
    """An English word without the endings of number and tense, after step 1 of Porter (1980); others as they are."""
    if not word.isascii() or not word.isalpha() or len(word) <= _SHORTEST_WORD:
        return word
    bare = _without_tense(_singular(word))
    if bare.endswith("e") and bare[:-1].endswith(_BEFORE_E):
        return bare[:-1]  # so that coat, coated and coating stay one, and plate and plated
    return _final_y(bare)


def _each(text: str) -> Iterator[str]:
    for run in _runs(text):
        if _HAN_RUN.fullmatch(run) is None:
            yield stem(run)
            continue
        compared = folded(run)
        if len(run) == 1:
            yield compared
        else:
            yield from (compared[place : place + 2] for place in range(len(run) - 1))


def _runs(text: str) -> Iterator[str]:
    """Runs of Han characters as written, without stop phrases, and words without stop words, in the text's order."""
    for run in _RUNS.findall(unicodedata.normalize("NFKC", text).casefold()):
        if _HAN_RUN.fullmatch(run) is not None:
            begin = 0
            for stop in _STOP_HAN.finditer(folded(run)):
                if stop.start() > begin:
                    yield run[begin : stop.start()]
                begin = stop.end()
            if begin < len(run):
                yield run[begin:]
        elif _SHORTEST_WORD <= len(run) <= LONGEST_WORD and run not in _STOP and not run.isdecimal():
            yield run


def _singular(word: str) -> str:
    if word.endswith("sses"):
        return word[:-2]
    if word.endswith("ies"):
        return word[:-2]
    return word if word.endswith(("ss", "us", "is")) or not word.endswith("s") else word[:-1]


def _without_tense(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _VOWEL.search(word[:-3]) and len(word) > len("feed") else word
    for ending in ("ed", "ing"):
        stripped = word.removesuffix(ending)
        if stripped != word and _VOWEL.search(stripped):
            break
    else:
        return word
    if stripped.endswith(_BEFORE_E):
        return stripped
    if _DOUBLED.search(stripped) and stripped[-1] not in "lsz":
        return stripped[:-1]
    return stripped + "e" if _SHORT_SYLLABLE.match(stripped) else stripped


def _final_y(word: str) -> str:
    return word[:-1] + "i" if word.endswith("y") and _VOWEL.search(word[:-1]) else word
