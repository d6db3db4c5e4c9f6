"""At its start the sequencer holds the journal against the last checkpoint on the chain."""

from __future__ import annotations

from pathlib import Path

from ledger.sequencer.process import EXIT_STORE
from ledger.store.migrate import upgrade
from tests.ledger.sequencer_process import SequencerProcess
from tests.ledger.works.desk import Desk


def sequencer(desk: Desk, database_url: str, folder: Path, chain_url: str) -> SequencerProcess:
    """One of the same venue, told of the chain."""
    (folder / "keys").mkdir(parents=True)
    receipt_key = desk.settings.keys / "receipt.key"
    (folder / "keys" / "receipt.key").write_bytes(receipt_key.read_bytes())
    (folder / "keys" / "receipt.key").chmod(0o600)
    return SequencerProcess(
        database_url,
        folder,
        IPX_GENESIS=str(desk.settings.data / "opening.json"),
        IPX_CHAIN_URL=chain_url,
        IPX_CHAIN_MANIFEST=str(desk.settings.manifest_file),
        PYTHONPATH=str(Path(__file__).resolve().parents[3]),
    )


def test_a_journal_behind_the_last_anchor_is_refused_naming_what_is_gone(
    desk: Desk, database_url: str, tmp_path: Path
) -> None:
    desk.company()
    desk.works.anchor_journal(at_once=True)
    desk.pipe.fork.mine(3)
    anchored = desk.entries("record_register_copy") + desk.database.execute("SELECT * FROM journal").rowcount
    upgrade(database_url)
    chain_url = desk.settings.chain_url
    with sequencer(desk, database_url, tmp_path / "restored", chain_url) as restored:
        assert restored.start().process is not None
        assert restored.process is not None
        assert restored.process.wait(60) == EXIT_STORE
        assert "JOURNAL-BEHIND-ANCHOR" in restored.log.read_text()
        assert f"entries 0 to {anchored - 1}, seen by the chain" in restored.log.read_text()
    desk.sequencer.kill()
    with sequencer(desk, desk.pipe.database_url, tmp_path / "same", chain_url) as same:
        same.start().wait_until_serving()
    with sequencer(desk, desk.pipe.database_url, tmp_path / "alone", "http://127.0.0.1:9") as alone:
        alone.start().wait_until_serving()
        assert "ANCHOR-NOT-CHECKED" in alone.log.read_text(), "an alarm, and it serves"
