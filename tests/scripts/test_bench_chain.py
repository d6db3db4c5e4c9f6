"""The chain's benchmark: every figure stands beside its ceiling and within it, and both ways record every deal."""

from __future__ import annotations

import pytest

from scripts.bench.chain import main, run
from scripts.bench.floors import BOUNDS


@pytest.mark.faults
def test_each_figure_stands_beside_its_ceiling_and_both_ways_are_measured() -> None:
    found = run(deals=60, rounds=1)
    gas = {name: bound for name, bound in BOUNDS["chain"].items() if name.startswith("gas_")}
    assert len(gas) == 9
    for name, bound in gas.items():
        assert 0 < found[name] <= bound.at
        assert bound.is_most
    assert found["gas_deal_erc1271"] > found["gas_deal"]
    assert found["gas_deal_repeated_parties_in_50"] < found["gas_deal_in_50"]
    assert found["deals_per_s"] > 0
    assert found["single_records_per_s"] > 0
    assert found["ratio_to_single_records"] > 0


@pytest.mark.parametrize("arguments", [["--deals", "0"], ["--rounds", "21"], ["--deals", "x"]])
def test_figures_out_of_range_are_refused(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as refused:
        main(arguments)
    assert refused.value.code == 2
