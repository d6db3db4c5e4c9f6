"""An authority's folder: its key, its certificate and what it has given, made together once, needed together after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ledger.timestamp.issuing import Authority, AuthorityRefused, Serials, write_whole
from ledger.timestamp.verifying import TokenRefused, read_certificates

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

KEY_FILE: Final = "timestamp.key"
CERTIFICATE_FILE: Final = "timestamp.crt"
STATE_FILE: Final = "issued.json"
LARGEST_KEY_FILE: Final = 4_096
OTHERS: Final = 0o077
LONGEST_NAME: Final = 64
"""Of a common name (RFC 5280, ub-common-name)."""
VALID_DAYS: Final = 3_650
BEFORE: Final = timedelta(minutes=5)


def open_authority(folder: Path, name: str, *, begin: bool) -> tuple[Authority, bytes]:
    """The authority of a folder, and its certificate in PEM; `begin` makes what is not there, under this name.

    Raises:
        AuthorityRefused: TIMESTAMP-KEY where key or certificate cannot be used, TIMESTAMP-STATE where the serials are
            gone.
        OSError: the folder cannot be made.
    """
    key_file, state_file = folder / KEY_FILE, folder / STATE_FILE
    if key_file.exists():
        serials = Serials(state_file)
    elif begin:
        if not 0 < len(name) <= LONGEST_NAME:
            raise AuthorityRefused(
                code="TIMESTAMP-KEY", cure=f"give a name of at most {LONGEST_NAME} letters"
            )
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The key comes last: whoever was cut short in between goes on from the empty state.
        serials = Serials(state_file) if state_file.exists() else Serials.create(state_file)
        _make(folder, name)
    else:
        raise AuthorityRefused(
            code="TIMESTAMP-KEY", cure=f"put {KEY_FILE} there, or begin a new authority with --begin"
        )
    key = _read_key(key_file)
    try:
        pem = (folder / CERTIFICATE_FILE).read_bytes()
        certificate = read_certificates(pem)[0]
    except (OSError, TokenRefused) as error:
        cure = f"put the key's own certificate into {CERTIFICATE_FILE}"
        raise AuthorityRefused(code="TIMESTAMP-KEY", cure=cure) from error
    if certificate.public_key() != key.public_key():
        raise AuthorityRefused(
            code="TIMESTAMP-KEY", cure=f"{CERTIFICATE_FILE} is of another key than {KEY_FILE}"
        )
    return Authority(key, certificate, serials), pem


def _make(folder: Path, name: str) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    pem = make_certificate(key, name, datetime.now(UTC)).public_bytes(Encoding.PEM)
    write_whole(folder / CERTIFICATE_FILE, pem)
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    write_whole(folder / KEY_FILE, secret)


def make_certificate(key: EllipticCurvePrivateKey, name: str, now: datetime) -> x509.Certificate:
    """A certificate that a key gives itself, for time stamps alone, and critically so (RFC 3161, 2.3)."""
    named = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=True,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=False,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    begins = now.replace(microsecond=0) - BEFORE
    return (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(named)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + timedelta(days=VALID_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.TIME_STAMPING]), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )


def _read_key(path: Path) -> EllipticCurvePrivateKey:
    try:
        if path.stat().st_mode & OTHERS:
            raise AuthorityRefused(
                code="TIMESTAMP-KEY", cure="take the rights of group and others away (chmod 600)"
            )
        with path.open("rb") as file:
            key = load_pem_private_key(file.read(LARGEST_KEY_FILE), password=None)
    except (OSError, ValueError, TypeError) as error:
        raise AuthorityRefused(code="TIMESTAMP-KEY", cure=f"restore {KEY_FILE} from a backup") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise AuthorityRefused(code="TIMESTAMP-KEY", cure="give a P-256 key")
    return key
