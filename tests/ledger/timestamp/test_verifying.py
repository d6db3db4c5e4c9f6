"""A token is taken only as it was given: over these bytes, by this authority, for time stamps alone, while it was valid."""

from __future__ import annotations

import random
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger.timestamp.issuing import ACCURACY_MS, POLICY, Authority, Serials
from ledger.timestamp.opening import make_certificate, open_authority
from ledger.timestamp.requests import read_reply, write_request
from ledger.timestamp.structures import Token, whole
from ledger.timestamp.verifying import LONGEST_TOKEN, TokenRefused, read_certificates, verify_token
from tests.ledger.timestamp.authorities import OPENSSL, ForeignAuthority, openssl

CONTENT = b"what is stamped"
NOW = datetime.now(UTC) + timedelta(days=1)
"""Later than any certificate that a test makes begins, however long after this page was read it runs."""
NOW_MS = int(NOW.timestamp() * 1000)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(scope="module")
def opened(folder: Path) -> tuple[Authority, bytes]:
    return open_authority(folder, "an authority", begin=True)


def token_of(authority: Authority, content: bytes = CONTENT, nonce: int = 7, time_ms: int = NOW_MS) -> bytes:
    return read_reply(authority.answer(write_request(content, nonce), time_ms))


def refusal_of(token: bytes, content: bytes, certificates: bytes) -> str:
    with pytest.raises(TokenRefused) as refused:
        verify_token(token, content, certificates)
    return refused.value.code


def with_certificate(
    folder: Path, change: x509.CertificateBuilder | None, key: ec.EllipticCurvePrivateKey
) -> tuple[Authority, bytes]:
    """An authority whose certificate is another than `open_authority` would make or take."""
    certificate = (
        make_certificate(key, "another", NOW) if change is None else change.sign(key, hashes.SHA256())
    )
    folder.mkdir()
    serials = Serials.create(folder / "issued.json")
    return Authority(key, certificate, serials), certificate.public_bytes(Encoding.PEM)


def builder(key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "another")])
    return (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(5).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
    )  # fmt: skip


USAGE = x509.KeyUsage(
    digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
    key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
)  # fmt: skip


def test_a_token_says_its_time_its_serial_and_the_nonce(opened: tuple[Authority, bytes]) -> None:
    authority, certificate = opened
    first = verify_token(token_of(authority, nonce=2**64 - 1, time_ms=NOW_MS + 1), CONTENT, certificate)
    assert (first.time_ms, first.nonce, first.accuracy_ms) == (NOW_MS + 1, 2**64 - 1, ACCURACY_MS)
    assert first.policy == POLICY.dotted_string
    assert first.signer_sha256 == read_certificates(certificate)[0].fingerprint(hashes.SHA256()).hex()
    second = verify_token(token_of(authority), CONTENT, certificate)
    assert second.serial == first.serial + 1


def test_a_token_over_other_bytes_is_refused(opened: tuple[Authority, bytes]) -> None:
    authority, certificate = opened
    token = token_of(authority)
    assert refusal_of(token, CONTENT + b" ", certificate) == "TOKEN-IMPRINT"
    assert refusal_of(token, b"", certificate) == "TOKEN-IMPRINT"


def test_a_token_of_another_authority_is_refused_though_it_brings_its_certificate(
    opened: tuple[Authority, bytes], tmp_path: Path
) -> None:
    _, certificate = opened
    other, others = open_authority(tmp_path / "other", "an authority", begin=True)
    token = token_of(other)
    assert verify_token(token, CONTENT, others)
    assert refusal_of(token, CONTENT, certificate) == "TOKEN-SIGNER"
    assert verify_token(token, CONTENT, certificate + others)


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_no_byte_of_a_token_can_be_changed_to_say_anything_else(opened: tuple[Authority, bytes]) -> None:
    """Every byte, one bit of each: it is refused, or it says what it said (in what nobody signs and nobody reads)."""
    authority, certificate = opened
    token = token_of(authority)
    stamp = verify_token(token, CONTENT, certificate)
    dice = random.Random(3)  # noqa: S311 - a test's dice
    kept = [(offset, 1 << dice.randrange(8)) for offset in range(len(token))]
    survived = []
    for offset, bit in kept:
        changed = bytearray(token)
        changed[offset] ^= bit
        try:
            assert verify_token(bytes(changed), CONTENT, certificate) == stamp
        except TokenRefused:
            continue
        survived.append(offset)
    signed = asn1.decode_der(Token, token).signed
    (signer,) = signed.signers.as_list()
    embedded = (signed.certificates or [])[0]
    content = signed.content.content or b""
    for part in (content, whole(embedded), bytes(signer.attributes.data), signer.signature):
        start = token.index(part)
        assert part
        assert not set(survived) & set(range(start, start + len(part)))


@pytest.mark.parametrize("length", [0, 1, 40, 200, 400])
def test_a_token_that_was_cut_or_lengthened_is_malformed(
    opened: tuple[Authority, bytes], length: int
) -> None:
    authority, certificate = opened
    token = token_of(authority)
    assert refusal_of(token[:length], CONTENT, certificate) == "TOKEN-MALFORMED"
    assert refusal_of(token + bytes(length + 1), CONTENT, certificate) == "TOKEN-MALFORMED"
    assert refusal_of(bytes(LONGEST_TOKEN + length + 1), CONTENT, certificate) == "TOKEN-MALFORMED"


@pytest.mark.filterwarnings("ignore::cryptography.utils.CryptographyDeprecationWarning")
def test_noise_is_refused_with_a_code(opened: tuple[Authority, bytes]) -> None:
    authority, certificate = opened
    token = token_of(authority)
    dice = random.Random(4)  # noqa: S311 - a test's dice
    for _ in range(2_000):
        changed = bytearray(token)
        for _ in range(dice.randrange(1, 12)):
            changed[dice.randrange(len(changed))] = dice.randrange(256)
        try:
            verify_token(bytes(changed), CONTENT, certificate)
        except TokenRefused as refused:
            assert refused.cure  # noqa: PT017 - any code will do
            assert refused.cure_zh  # noqa: PT017


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
def test_a_signer_whose_certificate_is_not_for_time_stamps_alone_is_refused(
    tmp_path: Path, purposes: list[x509.ObjectIdentifier], critical: bool, usage: x509.KeyUsage | None
) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    made = builder(key)
    if usage is not None:
        made = made.add_extension(usage, critical=True)
    if purposes:
        made = made.add_extension(x509.ExtendedKeyUsage(purposes), critical=critical)
    authority, certificate = with_certificate(tmp_path / "a", made, key)
    assert refusal_of(token_of(authority), CONTENT, certificate) == "TOKEN-PURPOSE"


def test_a_token_of_a_time_at_which_the_certificate_was_not_valid_is_refused(tmp_path: Path) -> None:
    """A renewed certificate of the same key, name and number was not valid yet when the token was given."""
    key = ec.generate_private_key(ec.SECP256R1())
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    narrow = builder(key).add_extension(USAGE, critical=True).add_extension(purpose, critical=True)
    authority, certificate = with_certificate(tmp_path / "a", narrow, key)
    assert verify_token(token_of(authority), CONTENT, certificate)
    late = int((NOW + timedelta(days=2)).timestamp() * 1000)
    authority._certificate = Lenient(authority._certificate)  # type: ignore[assignment]
    assert refusal_of(token_of(authority, time_ms=late), CONTENT, certificate) == "TOKEN-VALIDITY"


class Lenient:
    """A certificate that an authority takes to be valid for ever."""

    def __init__(self, certificate: x509.Certificate) -> None:
        self._certificate = certificate
        self.not_valid_before_utc = datetime(2000, 1, 1, tzinfo=UTC)
        self.not_valid_after_utc = datetime(2100, 1, 1, tzinfo=UTC)

    def __getattr__(self, name: str) -> object:
        return getattr(self._certificate, name)


def test_a_certificate_of_the_same_name_and_number_with_another_key_is_not_the_signers(
    tmp_path: Path,
) -> None:
    """RFC 5816: the token names its signer's certificate by digest, so that none takes its place."""
    first, second = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING])
    made = [
        with_certificate(
            tmp_path / str(n),
            builder(key).add_extension(USAGE, critical=True).add_extension(purpose, critical=True),
            key,
        )
        for n, key in enumerate((first, second))
    ]
    assert refusal_of(token_of(made[0][0]), CONTENT, made[1][1]) == "TOKEN-SIGNER"


@pytest.mark.parametrize(
    "certificates", [b"", b"nonsense", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_is_refused_as_such(
    opened: tuple[Authority, bytes], certificates: bytes
) -> None:
    assert refusal_of(token_of(opened[0]), CONTENT, certificates) == "TOKEN-CERTIFICATE"


def test_too_many_certificates_are_refused(opened: tuple[Authority, bytes]) -> None:
    assert refusal_of(token_of(opened[0]), CONTENT, opened[1] * 9) == "TOKEN-CERTIFICATE"


# --- against a foreign implementation, on machines that have it


def requires_openssl() -> None:
    if OPENSSL is None:
        pytest.skip("no openssl on this machine")


def test_openssl_verifies_our_tokens(opened: tuple[Authority, bytes], tmp_path: Path) -> None:
    requires_openssl()
    authority, certificate = opened
    request = write_request(CONTENT, 7)
    reply = authority.answer(request, NOW_MS + 2)
    files = {
        "reply": reply,
        "token": read_reply(reply),
        "request": request,
        "content": CONTENT,
        "other": b"x",
        "certificate": certificate,
    }
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    verify = ("ts", "-verify", "-CAfile", "certificate")
    assert openssl(tmp_path, *verify, "-in", "reply", "-queryfile", "request").returncode == 0
    assert openssl(tmp_path, *verify, "-token_in", "-in", "token", "-data", "content").returncode == 0
    assert openssl(tmp_path, *verify, "-token_in", "-in", "token", "-data", "other").returncode != 0


@pytest.mark.parametrize("digest", ["sha256", "sha384", "sha512"])
def test_tokens_of_a_foreign_authority_hold_under_its_own_certificate_and_its_issuers(
    tmp_path: Path, digest: str
) -> None:
    requires_openssl()
    foreign = ForeignAuthority(tmp_path / "foreign", digest=digest)
    token = read_reply(foreign.answer(write_request(CONTENT, 99)))
    for trusted in (foreign.own, foreign.root):
        stamp = verify_token(token, CONTENT, trusted)
        assert (stamp.nonce, stamp.accuracy_ms, stamp.policy) == (99, 1_501, "1.2.3.4.1")
        assert abs(stamp.time_ms - time.time_ns() // 1_000_000) < 3_600_000
    assert refusal_of(token, CONTENT + b"x", foreign.root) == "TOKEN-IMPRINT"
    other = ForeignAuthority(tmp_path / "other")
    assert refusal_of(token, CONTENT, other.root) == "TOKEN-SIGNER"
    assert refusal_of(token, CONTENT, other.own) == "TOKEN-SIGNER"


def test_a_certificate_that_may_not_issue_vouches_for_nobody(tmp_path: Path) -> None:
    """A leaf certificate under the issuer's name, though its owner had the issuer's own key."""
    requires_openssl()
    foreign = ForeignAuthority(tmp_path / "foreign")
    token = read_reply(foreign.answer(write_request(CONTENT, 99)))
    root = x509.load_pem_x509_certificate(foreign.root)
    key = load_pem_private_key((foreign.folder / "root.key").read_bytes(), password=None)
    assert isinstance(key, rsa.RSAPrivateKey)
    leaf = (
        x509.CertificateBuilder().subject_name(root.subject).issuer_name(root.subject).public_key(key.public_key())
        .serial_number(5).not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    assert verify_token(token, CONTENT, foreign.root)
    assert refusal_of(token, CONTENT, leaf.public_bytes(Encoding.PEM)) == "TOKEN-SIGNER"
