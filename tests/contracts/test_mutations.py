"""What breaks the contracts on purpose still fits them: a mutation of text that is gone would show nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.contracts.mutations import MUTATIONS, Mutation

CONTRACTS = Path(__file__).parents[2] / "contracts"


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.invariant)
def test_a_mutation_changes_text_that_stands_and_names_an_invariant_that_is_there(mutation: Mutation) -> None:
    assert mutation.old in (CONTRACTS / f"{mutation.contract}.sol").read_text()
    assert (
        f"function invariant_{mutation.invariant}"
        in (CONTRACTS / "test" / f"{mutation.tests}.t.sol").read_text()
    )


def test_every_invariant_has_a_mutation() -> None:
    sources = [path.read_text() for path in (CONTRACTS / "test").glob("*Invariants.t.sol")]
    invariants = {name for text in sources for name in re.findall(r"function invariant_(\w+)", text)}
    named = {mutation.invariant for mutation in MUTATIONS}
    assert {name for name in invariants if not any(name.startswith(each) for each in named)} == set()
