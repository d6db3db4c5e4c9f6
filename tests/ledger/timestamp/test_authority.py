"""The authority: what it gives a token for, serials that never come twice, and a folder that it needs whole."""

from __future__ import annotations

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from ledger.timestamp import issuing
from ledger.timestamp.issuing import ACCURACY_MS, POLICY, Authority, AuthorityRefused, Serials
from ledger.timestamp.opening import CERTIFICATE_FILE, KEY_FILE, STATE_FILE, open_authority
from ledger.timestamp.requests import (
    BAD_ALGORITHM,
    BAD_DATA_FORMAT,
    BAD_REQUEST,
    LONGEST_REQUEST,
    QUERY_TYPE,
    REPLY_TYPE,
    SYSTEM_FAILURE,
    TIME_NOT_AVAILABLE,
    UNACCEPTED_EXTENSION,
    UNACCEPTED_POLICY,
    NotGranted,
    ReplyMalformed,
    TimeStampRequest,
    read_reply,
    write_refusal,
    write_request,
)
from ledger.timestamp.structures import SHA256, Algorithm, Extension, Imprint, Token
from ledger.timestamp.verifying import verify_token
from tests.ledger.timestamp.authorities import NAME, ROOT, AuthorityProcess
from tests.ledger.timestamp.test_verifying import CONTENT, NOW_MS

SHA512 = ObjectIdentifier("2.16.840.1.101.3.4.2.3")


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return open_authority(tmp_path / "authority", NAME, begin=True)[0]


def request_of(**changes: object) -> bytes:
    fields = {
        "version": 1,
        "imprint": Imprint(
            algorithm=Algorithm(algorithm=SHA256, parameters=None), digest=hashlib.sha256(CONTENT).digest()
        ),
        "policy": None,
        "nonce": None,
        "with_certificate": False,
        "extensions": None,
    }
    return asn1.encode_der(TimeStampRequest(**(fields | changes)))  # type: ignore[arg-type]


def imprint(algorithm: ObjectIdentifier, digest: bytes) -> Imprint:
    return Imprint(algorithm=Algorithm(algorithm=algorithm, parameters=None), digest=digest)


@pytest.mark.parametrize(
    ("changes", "failure"),
    [
        ({"version": 2}, BAD_REQUEST),
        ({"imprint": imprint(SHA512, bytes(64))}, BAD_ALGORITHM),
        ({"imprint": imprint(ObjectIdentifier("1.3.14.3.2.26"), bytes(20))}, BAD_ALGORITHM),
        ({"imprint": imprint(SHA256, bytes(31))}, BAD_DATA_FORMAT),
        ({"imprint": imprint(SHA256, bytes(33))}, BAD_DATA_FORMAT),
        ({"policy": ObjectIdentifier("1.2.3")}, UNACCEPTED_POLICY),
        (
            {"extensions": [Extension(oid=ObjectIdentifier("1.2.3"), critical=False, value=b"")]},
            UNACCEPTED_EXTENSION,
        ),
        ({"nonce": 2**160}, BAD_REQUEST),
        ({"nonce": -1}, BAD_REQUEST),
    ],
)
def test_a_request_that_asks_for_anything_else_is_rejected_on_its_ground(
    authority: Authority, tmp_path: Path, changes: dict[str, object], failure: int
) -> None:
    before = (tmp_path / "authority" / STATE_FILE).read_bytes()
    with pytest.raises(NotGranted) as refused:
        read_reply(authority.answer(request_of(**changes), NOW_MS))
    assert refused.value.failures == (failure,)
    assert (tmp_path / "authority" / STATE_FILE).read_bytes() == before


@pytest.mark.parametrize(
    "body", [b"", b"\x30", b"nonsense", bytes(LONGEST_REQUEST + 1), request_of() + b"\x00"]
)
def test_what_is_no_request_is_rejected(authority: Authority, body: bytes) -> None:
    with pytest.raises(NotGranted) as refused:
        read_reply(authority.answer(body, NOW_MS))
    assert refused.value.failures == (BAD_DATA_FORMAT,)


@pytest.mark.parametrize("asked", [False, True])
def test_a_certificate_stands_in_the_token_only_where_it_was_asked_for(tmp_path: Path, asked: bool) -> None:
    authority, certificate = open_authority(tmp_path / "a", NAME, begin=True)
    token = read_reply(authority.answer(request_of(with_certificate=asked, policy=POLICY), NOW_MS))
    assert len(asn1.decode_der(Token, token).signed.certificates or ()) == int(asked)
    stamp = verify_token(token, CONTENT, certificate)
    assert stamp.nonce is None


def test_serials_rise_whoever_asks_at_once_and_after_a_restart(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    authority, certificate = open_authority(folder, NAME, begin=True)

    def serial(_: int) -> int:
        token = read_reply(authority.answer(write_request(CONTENT, 1), NOW_MS))
        return verify_token(token, CONTENT, certificate).serial

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(serial, range(64))) == list(range(1, 65))
    authority, _ = open_authority(folder, NAME, begin=False)
    assert serial(0) == 65


def test_no_token_is_given_whose_serial_cannot_be_written_down(
    authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "no space left")

    monkeypatch.setattr(issuing, "write_whole", full)
    with pytest.raises(NotGranted) as refused:
        read_reply(authority.answer(request_of(), NOW_MS))
    assert refused.value.failures == (SYSTEM_FAILURE,)


def test_an_authority_whose_clock_went_back_gives_no_token(authority: Authority) -> None:
    assert read_reply(authority.answer(request_of(), NOW_MS))
    assert read_reply(authority.answer(request_of(), NOW_MS - ACCURACY_MS))
    with pytest.raises(NotGranted) as refused:
        read_reply(authority.answer(request_of(), NOW_MS - ACCURACY_MS - 1))
    assert refused.value.failures == (TIME_NOT_AVAILABLE,)
    with pytest.raises(NotGranted):
        read_reply(
            authority.answer(request_of(), NOW_MS + 11 * 365 * 86_400_000)
        )  # its certificate has expired


@pytest.mark.parametrize("name", [STATE_FILE, CERTIFICATE_FILE, KEY_FILE])
def test_an_authority_without_one_of_its_files_does_not_start_again(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "a"
    open_authority(folder, NAME, begin=True)
    (folder / name).unlink()
    with pytest.raises(AuthorityRefused, match="TIMESTAMP-"):
        open_authority(folder, NAME, begin=False)


def test_begin_never_makes_serials_anew_under_the_same_key(tmp_path: Path) -> None:
    folder = tmp_path / "a"
    open_authority(folder, NAME, begin=True)
    (folder / STATE_FILE).unlink()
    with pytest.raises(AuthorityRefused, match="TIMESTAMP-STATE"):
        open_authority(folder, NAME, begin=True)


def test_begin_goes_on_where_it_was_cut_short(tmp_path: Path) -> None:
    """Killed after the state and the certificate, before the key."""
    folder = tmp_path / "a"
    open_authority(folder, NAME, begin=True)
    (folder / KEY_FILE).unlink()
    authority, certificate = open_authority(folder, NAME, begin=True)
    assert verify_token(read_reply(authority.answer(request_of(), NOW_MS)), CONTENT, certificate)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b'{"serial":-1,"time_ms":0}', b'{"serial":1,"time_ms":0,"x":1}', b"null"]
)
def test_a_state_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / STATE_FILE
    path.write_bytes(content)
    with pytest.raises(AuthorityRefused, match="TIMESTAMP-STATE"):
        Serials(path)


def test_a_key_that_others_may_read_and_a_foreign_certificate_are_refused(tmp_path: Path) -> None:
    folder, other = tmp_path / "a", tmp_path / "b"
    open_authority(folder, NAME, begin=True)
    _, others = open_authority(other, NAME, begin=True)
    own = (folder / CERTIFICATE_FILE).read_bytes()
    (folder / CERTIFICATE_FILE).write_bytes(others)
    with pytest.raises(AuthorityRefused, match="of another key"):
        open_authority(folder, NAME, begin=False)
    (folder / CERTIFICATE_FILE).write_bytes(own)
    (folder / KEY_FILE).chmod(0o640)
    with pytest.raises(AuthorityRefused, match="chmod 600"):
        open_authority(folder, NAME, begin=False)


@pytest.mark.parametrize(
    "body", [b"", b"\x30\x00", b"nonsense", bytes(100_000), write_refusal(2, "x") + b"\x00"]
)
def test_what_is_no_reply_is_refused(body: bytes) -> None:
    with pytest.raises(ReplyMalformed):
        read_reply(body)


@pytest.mark.parametrize("failure", [0, 2, 5, 7, 8, 14, 15, 16, 17, 25])
def test_a_refusal_names_its_ground(failure: int) -> None:
    with pytest.raises(NotGranted) as refused:
        read_reply(write_refusal(failure, "the text"))
    assert (refused.value.status, refused.value.failures) == (2, (failure,))
    assert "the text" in str(refused.value)


def test_a_real_process_answers_after_rfc_3161_over_http_and_goes_on_after_a_kill(tmp_path: Path) -> None:
    running = AuthorityProcess(tmp_path / "a")
    certificate = running.start("--begin")
    try:
        with httpx.Client(base_url=running.url, trust_env=False) as client:

            def ask(body: bytes, kind: str = QUERY_TYPE) -> httpx.Response:
                return client.post("/", content=body, headers={"Content-Type": kind})

            answer = ask(write_request(CONTENT, 5))
            assert (answer.status_code, answer.headers["content-type"]) == (200, REPLY_TYPE)
            first = verify_token(read_reply(answer.content), CONTENT, certificate)
            assert first.nonce == 5
            assert ask(request_of(), "application/octet-stream").status_code == 415
            assert ask(bytes(LONGEST_REQUEST + 1)).status_code == 413
            assert client.get("/").status_code == 405
            running.kill()
            assert running.start() == certificate
            again = verify_token(read_reply(ask(write_request(CONTENT, 6)).content), CONTENT, certificate)
            assert again.serial > first.serial
    finally:
        running.kill()


def test_an_authority_with_no_key_starts_only_when_it_is_told_to_begin(tmp_path: Path) -> None:
    command = [*AuthorityProcess(tmp_path / "a").command, "--show"]
    done = subprocess.run(command, cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    assert "TIMESTAMP-KEY" in done.stderr
    shown = [
        subprocess.run(each, cwd=ROOT, env={}, capture_output=True, text=True, timeout=60, check=True).stdout
        for each in ([*command, "--begin"], command)
    ]
    assert shown[0] == shown[1]
    assert "BEGIN CERTIFICATE" in shown[0]
