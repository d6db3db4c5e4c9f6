"""A journal that began under engine 3 and was upgraded: it replays in full, and the audit is green."""

from __future__ import annotations

import io
from pathlib import Path

from exchange import commands as c
from exchange.engine import VERSIONS
from ledger.audit.offline import replay_export
from tests.exchange.halt_rule_cases import halt, resume
from tests.exchange.outcomes import code
from tests.ledger.audit.conftest import ChainScene, audited, contracts_on
from tests.ledger.audit.journal_days import trading_day


class ThirdEngine(ChainScene):
    """A venue that opened under engine 3."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=3, rulebook=1))


def test_a_journal_of_engine_3_that_was_upgraded_replays_in_full_and_is_verified(
    chain_url: str, tmp_path: Path
) -> None:
    scene = ThirdEngine(contracts_on(chain_url, tmp_path))
    trading_day(scene)
    schema, engine, rulebook = VERSIONS
    scene.give(c.RecordStateHash(state_hash=scene.state.state_hash()))
    scene.give(c.ActivateVersion(schema=schema, engine=engine, rulebook=rulebook))
    scene.give(c.RecordStateHash(state_hash=scene.state.state_hash()))
    assert halt(scene).result["state"] == "HALTED"
    seller = scene.party()
    assert code(scene.submit(seller, scene.right(seller))) == "TRADING-HALTED"
    assert resume(scene).result["state"] == "RESUMED"
    made = audited(scene, chain_url)
    replayed = replay_export(io.BytesIO(made.journal.data))
    assert replayed.decided_alike
    assert replayed.state_hashes >= 2
    assert replayed.state_hash == scene.state.state_hash()
    report = made.audit(made.journal.data)
    assert report.verified, report.first_bad
    assert report.entries == len(scene.stored)
