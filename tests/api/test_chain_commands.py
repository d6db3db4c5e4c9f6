"""`ipx chain`, `ipx anchor`, `ipx reconcile`: given beside running processes, with the data folder's own settings."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.app import app
from ledger.chain.compiler import DEPLOYED
from ledger.chain.manifest import read_manifest
from ledger.keystore import write_keystore
from ledger.secp256k1 import PrivateKey
from tests.ledger.simulated_process import TOKEN
from tests.ledger.works.desk import Desk, open_desk
from tests.ledger.works.pipeline import Fork, forked_chain


@pytest.fixture(scope="module")
def fork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fork]:
    with forked_chain(tmp_path_factory.mktemp("chain"), slots_in_an_epoch=1) as made:
        yield made


@pytest.fixture
def desk(fork: Fork, migrated_database_url: str, tmp_path: Path) -> Iterator[Desk]:
    with open_desk(fork, migrated_database_url, tmp_path) as made:
        settings = made.settings
        kept = {
            "IPX_DATABASE_URL": settings.database_url,
            "IPX_REDIS_URL": "unix:///nowhere",
            "IPX_CHAIN_URL": settings.chain_url,
            "IPX_CHAIN_MANIFEST": str(settings.manifest_file),
            "IPX_SEQUENCER_SOCKET": settings.socket_path,
            "IPX_KEYS_DIR": str(settings.keys),
            "IPX_DATA": str(settings.data),
            "IPX_BANK_URL": made.bank.url,
            "IPX_BANK_SIGNER": made.bank.signer,
            "IPX_BANK_TOKEN": TOKEN,
        }
        (settings.data / "environment.json").write_bytes(msgspec.json.encode(kept))
        yield made


def ipx(desk: Desk, *words: str) -> tuple[int, Any]:
    """Exit code and JSON of a command."""
    result = CliRunner().invoke(app, [*words, "--data", str(desk.settings.data), "--json"])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, json.loads(result.stdout) if result.stdout.strip() else None


def test_reconcile_agrees_and_ends_with_1_on_a_difference(desk: Desk) -> None:
    desk.pay_in(desk.company(), 5)
    desk.works.read_statements()
    code, found = ipx(desk, "reconcile")
    assert (code, found["agrees"], found["money"]["CNY"]) == (0, True, 5)
    desk.database.execute("UPDATE accounts SET balance = balance - 1 WHERE purpose = 'custody'")
    code, found = ipx(desk, "reconcile")
    assert code == 1
    assert {each["code"] for each in found["differences"]} == {"ACCOUNTS-UNBALANCED", "CUSTODY-DIFFERS"}


def test_status_tells_how_far_things_are_and_ends_with_1_while_halted(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.works.read_chain()
    code, found = ipx(desk, "chain", "status")
    assert (code, found["halted_for"], found["entries"]) == (0, None, 2)
    desk.database.execute("UPDATE chain_cursor SET halted_for = 'CHAIN-FINAL-LOST'")
    code, found = ipx(desk, "chain", "status")
    assert (code, found["halted_for"]) == (1, "CHAIN-FINAL-LOST")
    monkeypatch.setenv("IPX_KEYSTORE_PASSWORD", "password")
    keystore = tmp_path / "operator.json"
    write_keystore(keystore, desk.operators[0], "password", work=2)
    monkeypatch.setenv("IPX_KEYSTORE", str(keystore))
    code, found = ipx(desk, "chain", "recover", "--reason", "演练")
    assert desk.entries("recover_chain") == 1
    assert (code, found["events_dropped"]) == (0, 0)
    assert ipx(desk, "chain", "status")[0] == 0


def test_anchor_waits_until_the_anchor_is_mined(desk: Desk) -> None:
    desk.pipe.client.request("evm_setAutomine", (True,))
    try:
        code, found = ipx(desk, "anchor")
    finally:
        desk.pipe.client.request("evm_setAutomine", (False,))
    assert (code, found["size"], found["state"]) == (0, 2, "MINED")


def test_deploy_changes_nothing_where_the_contracts_stand(desk: Desk) -> None:
    before = read_manifest(desk.settings.manifest_file)
    assert before is not None
    for name, signer in (("guardian", desk.pipe.guardian), ("administrator", desk.pipe.administrator)):
        (desk.settings.keys / f"{name}.key").write_text(signer._key.secret().hex())
    code, found = ipx(desk, "chain", "deploy")
    assert code == 0
    assert [each["address"] for each in found] == [each.address for each in before.contracts]
    assert read_manifest(desk.settings.manifest_file) == before


def test_deploy_with_other_keys_is_refused(desk: Desk) -> None:
    for name in ("guardian", "administrator"):
        (desk.settings.keys / f"{name}.key").write_text(PrivateKey.generate().secret().hex())
    assert ipx(desk, "chain", "deploy")[0] == 1


def test_verify_finds_the_deployed_code_to_be_the_sources(desk: Desk) -> None:
    code, found = ipx(desk, "chain", "verify")
    assert code == 0
    assert [(each["contract"], each["verified"]) for each in found] == [(name, True) for name in DEPLOYED]


def test_a_missing_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPX_DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, ["reconcile", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "IPX_DATABASE_URL" in result.stderr
