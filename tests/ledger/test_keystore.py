"""Key files: what one tool encrypts another opens, and a hostile file costs its reader nothing."""

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from ledger.keystore import KeystoreRefused, read_keystore, write_keystore
from ledger.secp256k1 import PrivateKey

KEY = PrivateKey(bytes(range(1, 33)))
LIGHT = 2**12


def changed(path: Path, **parameters: object) -> Path:
    content: dict[str, Any] = json.loads(path.read_text())
    content["crypto"]["kdfparams"].update(parameters)
    path.write_text(json.dumps(content))
    return path


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    path = tmp_path / "key.json"
    write_keystore(path, KEY, "口令 password", work=LIGHT)
    return path


def test_a_stored_key_is_read_back_and_lies_there_for_its_owner_only(stored: Path) -> None:
    assert read_keystore(stored, "口令 password").address == KEY.address
    assert stat.S_IMODE(stored.stat().st_mode) == 0o600
    assert KEY.secret().hex() not in stored.read_text().lower()


def test_eth_account_opens_our_files_and_we_open_its(stored: Path, tmp_path: Path) -> None:
    assert bytes(Account.decrypt(json.loads(stored.read_text()), "口令 password")) == KEY.secret()
    for kdf, cost in (("scrypt", 2**10), ("pbkdf2", 1_000)):
        theirs = tmp_path / f"{kdf}.json"
        theirs.write_text(json.dumps(Account.encrypt(KEY.secret(), "secret", kdf=kdf, iterations=cost)))  # type: ignore[arg-type]  # both are kinds it knows
        assert read_keystore(theirs, "secret").address == KEY.address


def test_a_wrong_password_is_refused(stored: Path) -> None:
    for password in ("", "password", "口令 Password", "\ud800"):
        with pytest.raises(KeystoreRefused) as refused:
            read_keystore(stored, password)
        assert refused.value.code == "KEYSTORE-PASSWORD"
        assert refused.value.cure


def test_a_changed_byte_of_the_encrypted_key_is_refused(stored: Path) -> None:
    content = json.loads(stored.read_text())
    for name in ("ciphertext", "mac"):
        text = content["crypto"][name]
        content["crypto"][name] = f"{int(text[0], 16) ^ 1:x}" + text[1:]
        stored.write_text(json.dumps(content))
        with pytest.raises(KeystoreRefused, match="KEYSTORE-PASSWORD"):
            read_keystore(stored, "口令 password")
        content["crypto"][name] = text


def test_a_key_file_is_never_replaced_and_never_without_a_password(stored: Path, tmp_path: Path) -> None:
    before = stored.read_bytes()
    with pytest.raises(KeystoreRefused, match="KEYSTORE-EXISTS"):
        write_keystore(stored, PrivateKey.generate(), "another", work=LIGHT)
    assert stored.read_bytes() == before
    with pytest.raises(KeystoreRefused, match="KEYSTORE-NO-PASSWORD"):
        write_keystore(tmp_path / "new.json", KEY, "", work=LIGHT)
    assert not (tmp_path / "new.json").exists()


@pytest.mark.parametrize(
    "parameters",
    [
        {"n": 2**40},
        {"n": 2**20, "r": 64},
        {"p": 2**30},
        {"n": 3},
        {"n": 1},
        {"n": 0},
        {"n": -4},
        {"r": 0},
        {"p": -1},
        {"n": "4096"},
        {"dklen": 2**40},
        {"dklen": 16},
        {"salt": "zz"},
    ],
)
def test_a_file_that_asks_for_too_much_or_nonsense_is_refused_unopened(
    stored: Path, parameters: dict[str, Any]
) -> None:
    with pytest.raises(KeystoreRefused) as refused:
        read_keystore(changed(stored, **parameters), "口令 password")
    assert refused.value.code == "KEYSTORE-FILE"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[]",
        b"\xff\xfe",
        b'{"version":4,"crypto":{}}',
        b'{"version":3}',
        b"[" * 16_000,
        b" " * 16_385,
    ],
)
def test_what_is_no_key_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "key.json"
    path.write_bytes(content)
    with pytest.raises(KeystoreRefused, match="KEYSTORE-FILE"):
        read_keystore(path, "password")
