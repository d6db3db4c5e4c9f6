"""`verify.html` in a real Chromium, from a file and without a network: its verdicts are the verifier's, line for line."""

from __future__ import annotations

import base64
import json
import os
import random
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from exchange import canonical
from ledger.bundle.ipx_verify import DIFFERS, IN_CHINESE, TEXTS, VERDICTS, verify
from ledger.bundle.page import verify_html
from scripts.node import NODE, ROOT
from tests.browser.looking import unpacked_chromium
from tests.ledger.bundle.golden import (
    NUMBERS,
    another,
    golden,
    leaves,
    put,
    roots,
    stamped,
    stamped_text,
    with_digests_made_again,
    without,
)
from tests.ledger.bundle.stamps import opened, token_over

CHANGED = 15
"""Of each golden bundle and of each kind of change."""
FLIPPED = 30
"""Bits of each golden bundle's time-stamp token."""
DEADLINE_S = 300
OTHER_KINDS: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    [],
    {},
    ["x"],
    {"__proto__": 1},
    "\ud800",
    "İ",
    "𝔘",
)


class Seen(NamedTuple):
    """What the page showed of the second golden bundle, and its lines of every other."""

    shown: dict[str, Any]
    lines: list[list[dict[str, str]]]
    told: list[str]
    requests: list[str]
    held: dict[str, Any]


def changed_bundles() -> list[bytes]:
    """Golden ones, changed ones, changed ones with their digests made again, and what is no bundle."""
    made = [golden(number) for number in NUMBERS]
    for number in NUMBERS:
        bundle, chance = json.loads(golden(number)), random.Random(number)  # noqa: S311 - which leaves
        every = [place for place in leaves(bundle) if place[0][0] not in {"attestation", "digests", "format"}]
        for place, value in chance.sample(every, CHANGED):
            made.append(canonical.encode(put(bundle, place, another(value))))
            again = with_digests_made_again(put(bundle, place, another(value)), [str(place[0])])
            made.append(canonical.encode(again))
            made.append(canonical.encode(without(bundle, place)))
            other = put(bundle, place, chance.choice(OTHER_KINDS))
            made.append(
                json.dumps(other, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode(
                    "utf-8", "replace"
                )
            )
        lacking: list[Any] = [{**bundle, part: None} for part in ("anchor", "checkpoint", "attestation")]
        lacking += [
            {**bundle, "entries": entries} for entries in (bundle["entries"][:0], bundle["entries"][1:])
        ]
        lacking.append({**bundle, "signed": bundle["signed"][:1]})
        made += [canonical.encode(with_digests_made_again(each)) for each in lacking]
        text = stamped_text(bundle)
        whole = base64.b64decode(token_over(text))
        changed = [whole[:size] for size in range(0, len(whole), 41)]
        for bit in chance.sample(range(8 * len(whole)), FLIPPED):
            flipped = bytearray(whole)
            flipped[bit // 8] ^= 1 << bit % 8
            changed.append(bytes(flipped))
        tokens = [token_over(text), token_over(text + "x"), token_over(text, "another authority"), "%", ""]
        tokens += [base64.b64encode(each).decode() for each in changed]
        made += [canonical.encode(stamped(bundle, token)) for token in tokens]
    text = golden(1).decode()
    made += [b"", b"[]", b"{}", b"\xef\xbb\xbf" + golden(1), golden(1) + b"\n", b"[" * 3000, b"\xff"]
    made += [text.replace(":0,", ":0.0,", 1).encode(), text.replace(":0,", ":-0,", 1).encode()]
    made += [text.replace(":0,", ":9007199254740993,", 1).encode(), text.replace(":0,", ":1e2,", 1).encode()]
    return made


BUNDLES = changed_bundles()
TRUSTED = roots()._replace(timestamp=opened()[1])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("verify")
    (folder / "verify.html").write_text(verify_html())
    (folder / "bundle.json").write_bytes(golden(2))
    chromium = unpacked_chromium()
    kept = os.environ.get("IPX_SCREENSHOTS")
    job = {
        "program": str(chromium.program),
        "libraries": str(chromium.libraries),
        "page": str(folder / "verify.html"),
        "file": str(folder / "bundle.json"),
        "roots": TRUSTED._asdict(),
        "bundles": [base64.b64encode(each).decode() for each in BUNDLES],
        "screenshot": str(Path(kept) / "verify.png") if kept else None,
    }
    done = subprocess.run(
        [NODE, Path(__file__).parent / "verify.mjs"],
        input=json.dumps(job),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={"PATH": os.environ.get("PATH", ""), "HOME": str(folder), "TMPDIR": str(folder)},
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return Seen(**json.loads(done.stdout))


def test_page_and_verifier_say_the_same_of_every_bundle(seen: Seen) -> None:
    assert len(seen.lines) == len(BUNDLES)
    for place, (data, lines) in enumerate(zip(BUNDLES, seen.lines, strict=True)):
        assert lines == [line._asdict() for line in verify(data, TRUSTED)], place


def test_what_they_were_asked_of_differs_nearly_always(seen: Seen) -> None:
    """Both saying of everything that it holds would be the same too."""
    refused = [any(line["verdict"] == DIFFERS for line in lines) for lines in seen.lines]
    assert not refused[0]
    assert not refused[1]
    assert sum(refused) > 0.9 * len(refused)


def test_a_reader_sees_the_lines_and_the_verdict_in_both_languages(seen: Seen) -> None:
    lines = verify(golden(2), TRUSTED)
    assert seen.shown["verdict"] == f"{VERDICTS[2][1]} / {VERDICTS[2][0]}", (
        "an authority was named, and no time stamp is there"
    )
    assert [row[:2] for row in seen.shown["rows"]] == [
        [f"{IN_CHINESE[line.verdict]} {line.verdict}", line.check] for line in lines
    ]
    words = {line.check: TEXTS[line.code] for line in lines}
    row = next(row for row in seen.shown["rows"] if row[1] == "contract")
    assert row[2] == f"{words['contract'][1]} / {words['contract'][0]}"


def test_the_page_loads_nothing_and_runs_nothing_but_itself(seen: Seen) -> None:
    assert [url.partition(":")[0] for url in seen.requests] == ["file"]
    assert seen.told == []
    assert not seen.held["wasRun"]
    assert {"connect-src", "script-src-elem"} <= set(seen.held["violations"])


def test_the_page_names_no_address_to_load_from() -> None:
    page = verify_html()
    assert re.findall(r"\b(?:src|href|action)=", page) == []
    assert (
        re.findall(r"https?://|@import|url\(|fetch\(|XMLHttpRequest|WebSocket|innerHTML|eval\(", page) == []
    )
