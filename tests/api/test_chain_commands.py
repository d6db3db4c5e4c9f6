"""`ipx chain`, `ipx anchor`, `ipx reconcile`: given beside running processes, with the data folder's own settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import structlog
from typer.testing import CliRunner

from api.cli.app import app
from exchange.rows import Key
from exchange.sealed import commitment
from ledger.chain.events import KeyRecovered, KeyRevoked
from ledger.chain.manifest import read_manifest
from ledger.keystore import write_keystore
from ledger.secp256k1 import PrivateKey
from tests.ledger.simulated_process import TOKEN
from tests.ledger.works.desk import Company, Desk, open_desk
from tests.ledger.works.pipeline import Fork, forked_chain
from tests.ledger.works.test_recoveries_followed import followed, own_key, party_of, propose


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
    structlog.reset_defaults()  # the command's standard error is closed by now
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
    named = {"ACCOUNT-DIFFERS", "ACCOUNTS-UNBALANCED", "CUSTODY-DIFFERS"}
    assert {each["code"] for each in found["differences"]} == named


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


def proposal(desk: Desk) -> tuple[Company, PrivateKey, str]:
    """A company, another key that the chain has as proposed for it, and the company's word on the chain."""
    company = desk.company()
    new = propose(desk, company)
    desk.chain()
    return company, new, "0x" + party_of(desk, company).hex()


def mined(desk: Desk, *words: str) -> tuple[int, Any]:
    """The same as `ipx` on a chain that mines what it gets."""
    desk.pipe.client.request("evm_setAutomine", (True,))
    try:
        return ipx(desk, *words)
    finally:
        desk.pipe.client.request("evm_setAutomine", (False,))


def test_the_guardian_ends_a_wait_on_a_paper_of_which_the_chain_has_a_salted_commitment(
    desk: Desk, tmp_path: Path
) -> None:
    company, new, party = proposal(desk)
    order = tmp_path / "order.pdf"
    order.write_bytes("民事裁定书".encode())
    words = ("chain", "end-recovery-wait", party, new.address, "--ground", str(order))
    code, found = ipx(desk, *words)
    assert (code, found) == (1, None), "without the guardian's key"
    guardian = desk.settings.keys / "guardian.key"
    guardian.write_text(PrivateKey.generate().secret().hex())
    assert ipx(desk, *words)[0] == 1, "with somebody else's"
    guardian.write_text(desk.pipe.guardian._key.secret().hex())
    code, planned = ipx(desk, *words, "--dry-run")
    assert (code, planned["done"], planned["new_key"]) == (0, "nothing", new.address)
    assert desk.pipe.names() == ["RecoveryProposed"]
    assert not (tmp_path / "order.pdf.opening.json").exists()
    code, found = mined(desk, *words)
    assert (code, found["done"]) == (0, "mined")
    opening = json.loads((tmp_path / "order.pdf.opening.json").read_bytes())
    assert opening["value"] == hashlib.sha256(order.read_bytes()).hexdigest()
    salted = commitment(opening["label"], bytes.fromhex(opening["salt"]), opening["value"])
    (event,) = (each for each in desk.pipe.events() if isinstance(each, KeyRecovered))
    assert event.ground == found["ground_commitment"] == "0x" + salted.hex()
    assert (event.party, event.new_key) == (party, new.address.lower())
    assert event.ground[2:] != opening["value"], "whoever has the order must not find the company by it"
    followed(desk)
    assert own_key(desk, company) == new.address
    assert ipx(desk, *words) == (0, {"party": party, "key": new.address, "done": "already"})


def test_the_guardian_ends_no_wait_that_has_not_begun(desk: Desk, tmp_path: Path) -> None:
    _, _, party = proposal(desk)
    order = tmp_path / "order.pdf"
    order.write_bytes(b"order")
    (desk.settings.keys / "guardian.key").write_text(desk.pipe.guardian._key.secret().hex())
    other = PrivateKey.generate().address
    assert ipx(desk, "chain", "end-recovery-wait", party, other, "--ground", str(order))[0] == 1
    assert ipx(desk, "chain", "end-recovery-wait", party, "0x12", "--ground", str(order))[0] == 2
    assert not order.with_name("order.pdf.opening.json").exists()


def test_an_opening_of_another_paper_is_not_used(desk: Desk, tmp_path: Path) -> None:
    _, new, party = proposal(desk)
    order = tmp_path / "order.pdf"
    order.write_bytes(b"order")
    (desk.settings.keys / "guardian.key").write_text(desk.pipe.guardian._key.secret().hex())
    opening = tmp_path / "opening.json"
    for content in (b"{", b'{"salt": "00", "value": ""}', b'{"salt": "%s", "value": ""}' % (b"00" * 32)):
        opening.write_bytes(content)
        words = ("--ground", str(order), "--opening", str(opening))
        assert ipx(desk, "chain", "end-recovery-wait", party, new.address, *words)[0] == 1
    assert desk.pipe.names() == ["RecoveryProposed"]


def test_the_guardian_revokes_a_key_with_its_own_key_file_and_nothing_of_the_venues(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company, _, party = proposal(desk)
    keystore = tmp_path / "guardian.json"
    write_keystore(keystore, desk.pipe.guardian._key, "password", work=2)
    monkeypatch.setenv("IPX_KEYSTORE_PASSWORD", "password")
    monkeypatch.setenv("IPX_KEYSTORE", str(keystore))
    place = ("--rpc", desk.settings.chain_url, "--manifest", str(desk.settings.manifest_file), "--json")
    words = ("chain", "revoke-key", party, company.key.address, "--reason")
    desk.pipe.client.request("evm_setAutomine", (True,))
    try:
        done = [
            CliRunner().invoke(app, [*words, reason, *place])
            for reason in ("stolen", "失窃", "stolen", "x" * 33)
        ]
    finally:
        desk.pipe.client.request("evm_setAutomine", (False,))
    assert [each.exit_code for each in done] == [0, 2, 0, 2]
    (event,) = (each for each in desk.pipe.events() if isinstance(each, KeyRevoked))
    assert (event.key, event.by_guardian) == (company.key.address.lower(), True)
    other = CliRunner().invoke(
        app, ["chain", "revoke-key", party, PrivateKey.generate().address, "--reason", "x", *place]
    )
    assert other.exit_code == 1
    assert "NotThePartysKey" in other.stderr
    half = CliRunner().invoke(app, [*words, "stolen", *place[:2]])
    assert half.exit_code == 2
    followed(desk)
    assert desk.row("keys", Key, company.key.address).state == "REVOKED"


def test_a_missing_setting_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("IPX_DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, ["reconcile", "--data", str(tmp_path)])
    assert result.exit_code == 1
    assert "IPX_DATABASE_URL" in result.stderr
