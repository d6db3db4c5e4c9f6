"""A real bundle holds; every change of it is refused by name, whoever makes the digests again."""

from __future__ import annotations

import ast
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from exchange import canonical
from ledger.bundle import ipx_verify
from ledger.bundle.ipx_verify import DIFFERS, HOLDS, MISSING, NOT_CHECKED, STATED, Line, Roots, verify
from ledger.bundle.page import VERIFIER
from tests.ledger.bundle.golden import (
    NUMBERS,
    Place,
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

HEX_FLIPS = DRAWN = 200
STATED_ALONE = {"about", "capture", "custody", "missing", "recipe"}
"""Parts that the venue merely states: its own signature under the digests is all that binds them."""
STATED_FIELDS = {
    *(
        "awarded_ms",
        "bid_id",
        "by_delivery",
        "filing_id",
        "licence_id",
        "package",
        "proof_digest",
        "quantity",
        "settled_ms",
    ),
    *("state",),
}
"""Fields of the deal that follow from the journal's sealed outcomes, which a bundle does not open."""


def differing(lines: list[Line]) -> dict[str, str]:
    return {line.check: line.what for line in lines if line.verdict == DIFFERS}


def encoded(bundle: Any) -> bytes:
    return canonical.encode(bundle)


def drawn(bundle: Any, seed: int) -> list[tuple[Place, Any]]:
    """So many of its leaves, drawn at random."""
    every = list(leaves(bundle))
    return random.Random(seed).sample(every, DRAWN)  # noqa: S311 - which leaves, not which secrets


@pytest.mark.parametrize("number", NUMBERS)
def test_a_real_bundle_holds_in_every_line(number: int) -> None:
    lines = verify(golden(number), roots(number))
    rest = {line.check: line.verdict for line in lines if line.verdict not in {HOLDS, STATED}}
    # The first two are older than time stamps; nobody names the third one's authority here.
    assert rest == {"time stamp": MISSING if number in {1, 2} else NOT_CHECKED, "node": NOT_CHECKED}
    assert ipx_verify.exit_code(lines, roots(number)) == 0
    assert {line.check for line in lines if line.verdict == HOLDS} >= {
        *(
            "form",
            "digests",
            "venue",
            "chain_id",
            "register",
            "anchor",
            "checkpoint",
            "log",
            "entry 0",
            "deal",
        ),
        *(
            "contract",
            "signature seller",
            "signature buyer",
            "key seller",
            "key buyer",
            "recorded",
            "attestation",
        ),
    }


@pytest.mark.parametrize("number", NUMBERS)
def test_every_changed_leaf_is_refused_and_its_part_named(number: int) -> None:
    """Every one of the second bundle's thousand, so many of the first one's."""
    bundle = json.loads(golden(number))
    for place, value in leaves(bundle) if number == 2 else drawn(bundle, number):
        found = differing(verify(encoded(put(bundle, place, another(value))), roots(number)))
        assert found, place
        assert any(str(place[0]) in (check + what) for check, what in found.items()), (place, found)


@pytest.mark.parametrize("number", NUMBERS)
def test_every_leaf_that_is_left_out_is_refused(number: int) -> None:
    bundle = json.loads(golden(number))
    for place, _ in drawn(bundle, number):
        assert differing(verify(encoded(without(bundle, place)), roots(number))), place


@pytest.mark.parametrize("number", NUMBERS)
def test_whoever_makes_the_digests_again_is_betrayed_by_the_venues_signature(number: int) -> None:
    bundle = json.loads(golden(number))
    for place, value in drawn(bundle, number):
        if place[0] in {"attestation", "digests", "format"}:
            continue
        changed = with_digests_made_again(put(bundle, place, another(value)), [str(place[0])])
        assert differing(verify(encoded(changed), roots(number))), place


@pytest.mark.parametrize("number", NUMBERS)
def test_even_the_venue_itself_changes_nothing_that_others_have_signed(number: int) -> None:
    """Lines that hang on the venue's own signature are left aside: something else must differ."""
    bundle = json.loads(golden(number))
    unproven = []
    for place, value in drawn(bundle, number):
        if place[0] in {"attestation", "digests", "format", *STATED_ALONE}:
            continue
        changed = with_digests_made_again(put(bundle, place, another(value)), [str(place[0])])
        lines = [line for line in verify(encoded(changed), roots(number)) if line.check != "attestation"]
        if ipx_verify.exit_code(lines, roots(number)) == 0:
            unproven.append(place)
    assert {name_of(place) for place in unproven} <= VENUES_WORD


def name_of(place: Place) -> str:
    """A place without its numbers."""
    if place[0] == "deal" and place[1] in STATED_FIELDS:
        return "deal"
    return ".".join(str(part) for part in place if not isinstance(part, int))


VENUES_WORD = {
    "deal",
    *(
        "anchor.event.block_hash",
        "anchor.event.block_number",
        "anchor.event.final",
        "anchor.event.log_index",
        "anchor.state",
    ),
    *("anchor.event.transaction_hash", "chain.events.block_hash", "chain.events.block_number"),
    *("chain.events.log_index", "chain.events.transaction_hash", "chain.events.final"),
    *("chain.records.kind", "chain.records.state", "chain.records.subject_id"),
    *("checkpoint.made_ms", "checkpoint.timestamp_token"),
    *("signed.key.counter", "signed.key.state", "signed.key.authorisation"),
}
"""What only a node of one's own, or nobody, can show: a bundle's reader has the venue's word for it."""


@pytest.mark.parametrize("number", NUMBERS)
def test_every_flipped_bit_of_a_signature_hash_or_path_is_refused(number: int) -> None:
    bundle, chance = json.loads(golden(number)), random.Random(number)  # noqa: S311 - which bits, not which secrets
    hashes = [
        (place, value)
        for place, value in leaves(bundle)
        if isinstance(value, str) and len(value) >= 40 and all(c in "0123456789abcdef" for c in value[2:])
    ]
    for _ in range(HEX_FLIPS):
        place, value = chance.choice(hashes)
        start = 2 if value.startswith("0x") else 0
        digit = chance.randrange(start, len(value))
        flipped = format(int(value[digit], 16) ^ 1 << chance.randrange(4), "x")
        changed = put(bundle, place, value[:digit] + flipped + value[digit + 1 :])
        assert differing(verify(encoded(changed), roots(number))), (place, digit)


def test_entries_of_another_order_or_twice_are_refused() -> None:
    bundle = json.loads(golden(2))
    swapped = put(bundle, ("entries",), bundle["entries"][::-1])
    assert "order" in " ".join(differing(verify(encoded(swapped), roots())).values())
    twice = put(bundle, ("entries",), [*bundle["entries"], bundle["entries"][-1]])
    assert "order" in " ".join(differing(verify(encoded(twice), roots())).values())


@pytest.mark.parametrize(
    ("field", "value", "check"),
    [
        ("chain_id", 1, "chain_id"),
        ("register", "0x" + "11" * 20, "register"),
        ("anchor", "0x" + "11" * 20, "anchor"),
    ],
)
def test_another_root_than_the_bundles_is_told(field: str, value: Any, check: str) -> None:
    lines = verify(golden(2), roots()._replace(**{field: value}))
    assert check in differing(lines)
    assert ipx_verify.exit_code(lines, roots()) == 1


def test_another_logs_key_or_an_unknown_witness_is_told() -> None:
    from ledger.log.notes import COSIGNATURE, ED25519, Verifier

    trusted = roots()
    log = Verifier.from_text(str(trusted.log))
    other = Verifier(name=log.name, kind=ED25519, public_key=bytes(range(32))).to_text()
    assert "receipt_key" in differing(verify(golden(2), trusted._replace(log=other)))["log"]
    stranger = Verifier(name="witness.example/w9", kind=COSIGNATURE, public_key=bytes(range(32))).to_text()
    lines = verify(golden(2), trusted._replace(witnesses=(stranger,)))
    found = {line.check: line.verdict for line in lines}
    assert found["witness witness.example/w9"] == MISSING
    assert ipx_verify.exit_code(lines, trusted) == 2


def test_two_deals_parts_do_not_make_one_bundle() -> None:
    first, second = json.loads(golden(1)), json.loads(golden(2))
    for part in ("deal", "contract", "signed", "entries", "chain"):
        changed = with_digests_made_again(put(second, (part,), first[part]))
        lines = [line for line in verify(encoded(changed), roots()) if line.check != "attestation"]
        assert ipx_verify.exit_code(lines, roots()) != 0, part


def run(*arguments: str, file: Path) -> subprocess.CompletedProcess[str]:
    """The copied-out verifier in an empty environment, without site packages."""
    command = [sys.executable, "-I", "-S", str(file), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, env={}, timeout=60)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """The verifier as `ipx deal bundle --with-verifier` hands it over, far from this house, with a bundle beside it."""
    (tmp_path / "ipx_verify.py").write_bytes(VERIFIER.read_bytes())
    (tmp_path / "bundle.json").write_bytes(golden(2))
    return tmp_path / "ipx_verify.py"


def told(copied: Path, *more: str) -> tuple[int, Any]:
    trusted = roots()
    given = [
        "--log",
        str(trusted.log),
        "--chain-id",
        str(trusted.chain_id),
        "--register",
        str(trusted.register),
    ]
    given += ["--anchor", str(trusted.anchor), *(f"--witness={each}" for each in trusted.witnesses)]
    done = run(str(copied.with_name("bundle.json")), *given, *more, "--json", file=copied)
    return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


def test_the_verifier_works_alone_and_says_the_same(copied: Path) -> None:
    code, shown = told(copied)
    assert code == shown["exit_code"] == 0
    lines = [{name: line[name] for name in Line._fields} for line in shown["lines"]]
    assert lines == [line._asdict() for line in verify(golden(2), roots())]


def test_without_a_log_key_there_is_no_verdict(copied: Path) -> None:
    done = run(str(copied.with_name("bundle.json")), file=copied)
    assert done.returncode == 2
    assert "NOT-CHECKED 未核对 log" in done.stdout
    assert "未能得出完整结论" in done.stdout


def test_what_may_be_lacking_can_be_required(copied: Path) -> None:
    assert told(copied, "--require", "time stamp")[0] == 2
    assert told(copied, "--require", "anchor")[0] == 0


def test_an_authority_is_named_by_its_certificates_file(copied: Path) -> None:
    certificate, bundle = copied.with_name("tsa.crt"), json.loads(golden(2))
    certificate.write_text(opened()[1])
    assert told(copied, "--timestamp", str(certificate))[0] == 2, "asked for, and not shown"
    stamp = token_over(stamped_text(bundle))
    copied.with_name("bundle.json").write_bytes(encoded(stamped({**bundle, "attestation": None}, stamp)))
    _, shown = told(copied, "--timestamp", str(certificate))
    assert {line["check"]: line["verdict"] for line in shown["lines"]}["time stamp"] == HOLDS
    certificate.write_text("no certificate")
    assert told(copied, "--timestamp", str(certificate)) == (2, "no verdict / 无法得出结论: timestamp\n")


def test_a_node_that_does_not_answer_leaves_no_verdict(copied: Path) -> None:
    code, shown = told(copied, "--rpc", "http://127.0.0.1:9")
    assert code == 2
    assert {line["verdict"] for line in shown["lines"] if line["check"] == "node"} == {MISSING}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"{}", b"[]", b"1.5", b"\xff", b'{"a":1,"a":1}', b"[" * 5000, b"{} "]
)
def test_what_is_no_bundle_is_refused_and_never_a_crash(copied: Path, content: bytes) -> None:
    copied.with_name("bundle.json").write_bytes(content)
    code, shown = told(copied)
    assert code == 1
    assert [line["check"] for line in shown["lines"]] == ["form"]


def test_a_bundle_over_its_bound_is_refused_unread(copied: Path) -> None:
    copied.with_name("bundle.json").write_bytes(b" " * (ipx_verify.LARGEST + 1))
    assert told(copied)[0] == 1


def test_the_verifier_imports_the_standard_library_alone() -> None:
    tree = ast.parse(VERIFIER.read_text())
    named = {
        alias.name.partition(".")[0]
        for node in ast.walk(tree)
        if isinstance(node, ast.Import)
        for alias in node.names
    }
    named |= {
        str(node.module).partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
    }
    assert named <= sys.stdlib_module_names


def test_no_roots_at_all_is_no_verdict_and_says_what_was_not_checked() -> None:
    lines = verify(golden(2), Roots())
    unchecked = {line.check for line in lines if line.verdict == NOT_CHECKED}
    assert unchecked == {"chain_id", "register", "anchor", "log", "witness", "node"}
    assert ipx_verify.exit_code(lines, Roots()) == 2
