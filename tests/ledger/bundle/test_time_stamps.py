"""The verifier's own reading of time stamps, held against the library's and against OpenSSL's authority."""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import canonical
from ledger.bundle import ipx_verify
from ledger.bundle.ipx_verify import (
    DIFFERS,
    HOLDS,
    MISSING,
    NOT_CHECKED,
    Malformed,
    exit_code,
    read_authority,
    read_token,
    signer_differs,
    verify,
)
from ledger.timestamp.requests import read_reply, write_request
from ledger.timestamp.verifying import TokenRefused, verify_token
from tests.ledger.bundle.golden import golden, put, roots, stamped, stamped_text, with_digests_made_again
from tests.ledger.bundle.stamps import NOW_MS, opened, token_of, token_over
from tests.ledger.timestamp.authorities import OPENSSL, ForeignAuthority
from tests.ledger.timestamp.test_verifying import NOW, USAGE, Lenient, builder, with_certificate

CONTENT = b"what is stamped"
PURPOSE = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
OTHER = "another authority"


def differs(token: bytes, pem: str, content: bytes = CONTENT) -> list[str]:
    """What the verifier finds: nothing where a token holds."""
    try:
        read = read_token(token)
        found = signer_differs(read, read_authority(pem))
    except ValueError:
        return ["token"]
    return found + ([] if read.digest == sha256(content).digest() else ["imprint"])


def library_takes(token: bytes, pem: str, content: bytes = CONTENT) -> bool:
    try:
        verify_token(token, content, pem.encode())
    except TokenRefused:
        return False
    return True


def line(bundle: Any, token: str, pem: str | None) -> tuple[str, str]:
    """Verdict and words of the time stamp's line."""
    lines = verify(canonical.encode(stamped(bundle, token)), roots()._replace(timestamp=pem))
    return next((each.verdict, each.what) for each in lines if each.check == "time stamp")


def test_a_bundles_time_stamp_holds_under_its_authoritys_certificate_and_no_other() -> None:
    bundle = json.loads(golden(2))
    text, (_, pem) = stamped_text(bundle), opened()
    time = (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=NOW_MS)).strftime("%Y%m%d%H%M%S")
    verdict, what = line(bundle, token_over(text), pem)
    assert (verdict, what[:14], what[-1]) == (HOLDS, time, "Z")
    assert line(bundle, token_over(text), None) == (NOT_CHECKED, what)
    assert line(bundle, token_over(text, OTHER), pem) == (DIFFERS, "signer")
    assert line(bundle, token_over(text + "x"), pem) == (DIFFERS, "imprint")
    assert line(bundle, token_over(bundle["checkpoint"]["note"]), pem) == (DIFFERS, "imprint"), (
        "cosigned later"
    )
    assert line(bundle, "%", pem) == line(bundle, "", pem) == (DIFFERS, "token")


def test_whoever_names_an_authority_asks_for_its_time_stamp() -> None:
    _, pem = opened()
    named = roots()._replace(timestamp=pem)
    lines = verify(golden(2), named)
    assert {each.check: each.verdict for each in lines}["time stamp"] == MISSING
    assert exit_code(lines, named) == 2
    assert exit_code(verify(golden(2), roots()), roots()) == 0
    bundle = json.loads(golden(2))
    changed = {**stamped(bundle, token_over(stamped_text(bundle))), "attestation": None}
    lines = verify(canonical.encode(with_digests_made_again(changed)), named)
    assert {each.check: each.verdict for each in lines if each.check == "time stamp"} == {"time stamp": HOLDS}


def test_a_checkpoint_of_another_size_is_not_what_was_stamped() -> None:
    """The time stands over the very note: the token of one checkpoint dates no other."""
    bundle = json.loads(golden(2))
    token = token_over(stamped_text(bundle))
    note = bundle["checkpoint"]["note"].replace("\n", "\nx", 1)
    assert line(put(bundle, ("checkpoint", "note"), note), token, opened()[1]) == (DIFFERS, "imprint")


def test_every_single_flipped_bit_of_a_token_is_refused() -> None:
    authority, pem = opened()
    token = token_of(authority, CONTENT)
    assert differs(token, pem) == []
    assert library_takes(token, pem)
    for place in range(8 * len(token)):
        flipped = bytearray(token)
        flipped[place // 8] ^= 1 << place % 8
        assert differs(bytes(flipped), pem), place


def test_whatever_the_verifier_takes_of_noise_the_library_takes_too() -> None:
    authority, pem = opened()
    token, dice = token_of(authority, CONTENT), random.Random(5)  # noqa: S311 - a test's dice
    for _ in range(1_500):
        changed = bytearray(token)
        for _ in range(dice.randrange(1, 4)):
            place = dice.randrange(len(changed))
            changed[place : place + dice.randrange(2)] = bytes(
                dice.randrange(256) for _ in range(dice.randrange(2))
            )
        assert differs(bytes(changed), pem) or library_takes(bytes(changed), pem)


@pytest.mark.parametrize(
    ("purposes", "critical", "usage"),
    [
        ([ExtendedKeyUsageOID.TIME_STAMPING], False, USAGE),
        ([ExtendedKeyUsageOID.TIME_STAMPING, ExtendedKeyUsageOID.CODE_SIGNING], True, USAGE),
        ([ExtendedKeyUsageOID.CODE_SIGNING], True, USAGE),
        ([], True, USAGE),
        ([ExtendedKeyUsageOID.TIME_STAMPING], True, None),
    ],
)
def test_a_certificate_that_is_not_for_time_stamps_alone_is_refused(
    tmp_path: Path, purposes: list[x509.ObjectIdentifier], critical: bool, usage: x509.KeyUsage | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = builder(key).add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    if usage is not None:
        made = made.add_extension(usage, critical=True)
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    authority, pem = with_certificate(tmp_path / "a", made, key)
    assert differs(token_of(authority, CONTENT), pem.decode()) == ["purpose"]
    assert not library_takes(token_of(authority, CONTENT), pem.decode())


@pytest.mark.parametrize(("days", "wanted"), [(-2, ["validity"]), (-1, []), (1, []), (2, ["validity"])])
def test_a_token_of_a_time_at_which_the_certificate_was_not_valid_is_refused(
    tmp_path: Path, days: int, wanted: list[str]
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    narrow = builder(key).add_extension(USAGE, critical=True).add_extension(PURPOSE, critical=True)
    authority, pem = with_certificate(tmp_path / "a", narrow, key)
    authority._certificate = Lenient(authority._certificate)  # type: ignore[assignment]
    at = int((NOW.replace(microsecond=0) + timedelta(days=days)).timestamp() * 1_000)
    token = token_of(authority, CONTENT, at)
    assert differs(token, pem.decode()) == wanted
    assert library_takes(token, pem.decode()) == (not wanted)


def test_a_certificate_with_the_signers_name_and_number_and_another_key_takes_nobodys_place(
    tmp_path: Path,
) -> None:
    made = []
    for name in "ab":
        key = ec.generate_private_key(ec.SECP256R1())
        built = builder(key).add_extension(USAGE, critical=True).add_extension(PURPOSE, critical=True)
        made.append(with_certificate(tmp_path / name, built, key))
    assert differs(token_of(made[0][0], CONTENT), made[0][1].decode()) == []
    assert differs(token_of(made[0][0], CONTENT), made[1][1].decode()) == ["signer"]


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_an_rsa_token_of_a_foreign_authority_holds_under_its_own_certificate_alone(
    tmp_path: Path, digest: str
) -> None:
    if OPENSSL is None:
        pytest.skip("no openssl on this machine")
    foreign = ForeignAuthority(tmp_path / "foreign", digest=digest)
    token, pem = read_reply(foreign.answer(write_request(CONTENT, 99))), foreign.own.decode()
    assert differs(token, pem) == []
    assert "signer" in differs(token, foreign.root.decode()), "an issuer's certificate signed no token"
    dice = random.Random(6)  # noqa: S311 - a test's dice
    others = base64.b64decode("".join(foreign.root.decode().split("\n")[1:-2]))
    start = 8 * token.index(
        others
    )  # beside the signer's own certificate; nobody reads it who trusts the signer's
    for place in set(dice.sample(range(8 * len(token)), 400)) - set(range(start, start + 8 * len(others))):
        flipped = bytearray(token)
        flipped[place // 8] ^= 1 << place % 8
        assert differs(bytes(flipped), pem) or library_takes(bytes(flipped), pem), place


@pytest.mark.parametrize("key", [ec.SECP384R1(), 1_024])
def test_a_certificate_with_a_key_of_another_kind_or_a_weak_one_gives_no_verdict(key: Any) -> None:
    made = rsa.generate_private_key(65_537, key) if isinstance(key, int) else ec.generate_private_key(key)
    built = builder(made).add_extension(PURPOSE, critical=True)  # type: ignore[arg-type]
    with pytest.raises(Malformed):
        read_authority(built.sign(made, hashes.SHA256()).public_bytes(Encoding.PEM).decode())


def test_what_is_no_certificate_gives_no_verdict() -> None:
    _, pem = opened()
    der = base64.b64decode("".join(pem.split("\n")[1:-2]))
    cut = base64.b64encode(der[:-1]).decode()
    for text in (
        "",
        "nonsense",
        pem + opened(OTHER)[1],
        pem.replace("CERTIFICATE", "KEY"),
        pem.replace("M", "", 1),
    ):
        with pytest.raises(Malformed):
            read_authority(text)
    with pytest.raises(Malformed):
        read_authority(f"-----BEGIN CERTIFICATE-----\n{cut}\n-----END CERTIFICATE-----\n")


@settings(max_examples=40, deadline=None)
@given(st.integers(1, ipx_verify.P256.n - 1), st.binary(max_size=64), st.integers(0, 511))
def test_p256_says_what_the_library_says(secret: int, message: bytes, bit: int) -> None:
    key = ec.derive_private_key(secret, ec.SECP256R1())
    numbers = key.public_key().public_numbers()
    r, s = decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    digest = sha256(message).digest()
    assert ipx_verify.ecdsa((numbers.x, numbers.y), digest, r, s)
    r, s = (r ^ 1 << bit, s) if bit < 256 else (r, s ^ 1 << bit - 256)
    try:
        key.public_key().verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        wanted = True
    except (InvalidSignature, ValueError):
        wanted = False
    assert ipx_verify.ecdsa((numbers.x, numbers.y), digest, r, s) == wanted
