"""A time-stamp token checked by itself (RFC 3161, CMS of RFC 5652, RFC 5816): over what, by whom, at what time.

This page and the shapes beside it depend on nothing else of ours: Python and `cryptography` suffice. Whoever checks
trusts the certificate that he gives, and nothing that the token carries. Revocation is not asked after: that would need
a network and a second time.
"""

from __future__ import annotations

import calendar
import hmac
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509 import ObjectIdentifier
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from ledger.timestamp.structures import (
    CONTENT_TYPE,
    ECDSA_SHA256,
    MESSAGE_DIGEST,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
    Attributes,
    IssuerAndSerial,
    SignedData,
    SignerInfo,
    SigningCertificate,
    TimeStampInfo,
    Token,
    length_of,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from cryptography.x509.verification import Policy

LONGEST_TOKEN: Final = 65_536
LONGEST_CERTIFICATES: Final = 65_536
MOST_CERTIFICATES: Final = 8
LONGEST_CHAIN: Final = 4
LEAST_RSA_BITS: Final = 2_048
_RSA: Final = ObjectIdentifier("1.2.840.113549.1.1.1")
_HASHES: Final[dict[ObjectIdentifier, hashes.HashAlgorithm]] = {
    SHA256: hashes.SHA256(),
    ObjectIdentifier("2.16.840.1.101.3.4.2.2"): hashes.SHA384(),
    ObjectIdentifier("2.16.840.1.101.3.4.2.3"): hashes.SHA512(),
}
_ECDSA_WITH: Final = {
    "sha256": ECDSA_SHA256,
    "sha384": ObjectIdentifier("1.2.840.10045.4.3.3"),
    "sha512": ObjectIdentifier("1.2.840.10045.4.3.4"),
}
_RSA_WITH: Final = {
    "sha256": ObjectIdentifier("1.2.840.113549.1.1.11"),
    "sha384": ObjectIdentifier("1.2.840.113549.1.1.12"),
    "sha512": ObjectIdentifier("1.2.840.113549.1.1.13"),
}
_KEY_IDENTIFIER, _SIGNED_ATTRIBUTES = b"\x80", b"\xa0"
_SET, _SEQUENCE = b"\x31", b"\x30"
_VERSION: Final = 3
_UNREADABLE: Final = (
    ValueError,
    OverflowError,
    UnsupportedAlgorithm,
    x509.InvalidVersion,
    x509.DuplicateExtension,
    x509.UnsupportedGeneralNameType,
)
REFUSALS: Final[dict[str, tuple[str, str]]] = {
    "TOKEN-MALFORMED": (
        "hand in the DER bytes of one RFC 3161 time-stamp token, as the authority gave it",
        "请提交时间戳机构签发的RFC 3161时间戳令牌的原始DER字节",
    ),
    "TOKEN-IMPRINT": (
        "it was made over other bytes: hand in the very bytes that were stamped, or their own token",
        "该时间戳所对应的是其他内容：请提交被加盖时间戳的原始字节，或其对应的令牌",
    ),
    "TOKEN-CERTIFICATE": (
        "give the authority's certificate, or that of its issuer, in PEM",
        "请提供时间戳机构或其上级签发者的PEM格式证书",
    ),
    "TOKEN-SIGNER": (
        "its signer is not of the certificate given: give the certificate of the authority that you trust",
        "签名人并非所给证书所指的机构：请提供您所信任的时间戳机构的证书",
    ),
    "TOKEN-PURPOSE": (
        "its signer's certificate is not for time stamps alone: ask the authority for its time-stamping certificate",
        "签名证书并非专用于时间戳：请向机构索取其时间戳专用证书",
    ),
    "TOKEN-VALIDITY": (
        "its signer's certificate was not valid at the time it states: ask for another token",
        "所载时间不在签名证书有效期内：请另行索取令牌",
    ),
    "TOKEN-SIGNATURE": (
        "its signature does not hold: ask for the token again; if it stays so, it was not made by this authority",
        "签名不成立：请重新索取令牌；若仍如此，则并非该机构所签发",
    ),
}
"""Each code with what would help, in English and Chinese."""


class TokenRefused(ValueError):
    """A token that proves nothing. `code` is stable; `cure` and `cure_zh` say what would help."""

    def __init__(self, *, code: str) -> None:
        self.code = code
        self.cure, self.cure_zh = REFUSALS[code]
        super().__init__(f"{code}: {self.cure} / {self.cure_zh}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Stamp:
    """What a token says. Times in ms UTC; the true time lies within `accuracy_ms`, None where nothing is said of it."""

    time_ms: int
    accuracy_ms: int | None
    serial: int
    nonce: int | None
    policy: str
    signer_sha256: str
    """Fingerprint (hex) of the certificate that signed."""


def verify_token(token: bytes, imprinted: bytes, certificates_pem: bytes) -> Stamp:
    """Check a token over the SHA-256 of some bytes; what it says.

    certificates_pem: what is trusted: the authority's own certificate, or those of its issuers; at most 8.

    Raises:
        TokenRefused: a code of `REFUSALS`.
    """
    trusted = read_certificates(certificates_pem)
    try:
        return _verified(token, imprinted, trusted)
    except TokenRefused:
        raise
    except _UNREADABLE as error:  # also of a certificate, of which some is read only once it is asked for
        raise TokenRefused(code="TOKEN-MALFORMED") from error


def _verified(token: bytes, imprinted: bytes, trusted: list[x509.Certificate]) -> Stamp:
    if len(token) > LONGEST_TOKEN:
        raise TokenRefused(code="TOKEN-MALFORMED")
    read = asn1.decode_der(Token, token)
    signed = read.signed
    content = signed.content.content or b""
    info = asn1.decode_der(TimeStampInfo, content)
    (signer,) = signed.signers.as_list()
    attributes = _attributes(signer)
    embedded = [
        x509.load_der_x509_certificate(whole(each))
        for each in (signed.certificates or ())[:MOST_CERTIFICATES]
        if each.tag_bytes == _SEQUENCE
    ]
    _require_known(info, read)
    digest = hashes.Hash(hashes.SHA256())
    digest.update(imprinted)
    if info.imprint.algorithm.algorithm != SHA256 or not hmac.compare_digest(
        info.imprint.digest, digest.finalize()
    ):
        raise TokenRefused(code="TOKEN-IMPRINT")
    certificate = _signer_in([*trusted, *embedded], signer, attributes)
    _check_signature(certificate, signer, attributes, content)
    at = info.time.as_datetime()
    _check_certificate(certificate, at)
    path = [certificate]
    if certificate not in trusted:
        path = _checked_chain(certificate, embedded, trusted, at)
    _require_nothing_else(signed, signer, embedded, [*path, *trusted])
    return _stamp(info, certificate)


def read_certificates(certificates_pem: bytes) -> list[x509.Certificate]:
    """The certificates of a PEM file, at least one and at most 8.

    Raises:
        TokenRefused: TOKEN-CERTIFICATE.
    """
    try:
        if len(certificates_pem) > LONGEST_CERTIFICATES:
            raise TokenRefused(code="TOKEN-CERTIFICATE")
        found = x509.load_pem_x509_certificates(certificates_pem)
    except (ValueError, x509.InvalidVersion) as error:
        raise TokenRefused(code="TOKEN-CERTIFICATE") from error
    if not 0 < len(found) <= MOST_CERTIFICATES:
        raise TokenRefused(code="TOKEN-CERTIFICATE")
    return found


def _attributes(signer: SignerInfo) -> dict[ObjectIdentifier, asn1.TLV]:
    """The signed attributes by kind, each with its one value."""
    if bytes(signer.attributes.tag_bytes) != _SIGNED_ATTRIBUTES:
        raise TokenRefused(code="TOKEN-MALFORMED")
    content = whole(signer.attributes, _SET)
    listed = asn1.decode_der(Attributes, _SEQUENCE + length_of(content) + content).all.as_list()
    found = {}
    for each in listed:
        (found[each.kind],) = each.values.as_list()
    if len(found) < len(listed):
        raise TokenRefused(code="TOKEN-MALFORMED")
    return found


def _require_known(info: TimeStampInfo, token: Token) -> None:
    """Refuse what is no time-stamp token, and one with an extension that must be understood: none is, here."""
    critical = any(each.critical for each in info.extensions or ())
    found = (token.kind, token.signed.version, token.signed.content.kind, info.version)
    if found != (SIGNED_DATA, _VERSION, TST_INFO, 1) or critical:
        raise TokenRefused(code="TOKEN-MALFORMED")


def _signer_in(
    known: list[x509.Certificate], signer: SignerInfo, attributes: dict[ObjectIdentifier, asn1.TLV]
) -> x509.Certificate:
    """The certificate that the token names twice: by issuer and number or key, and by its own digest (RFC 5816)."""
    try:
        named = attributes[SIGNING_CERTIFICATE_V2].parse(SigningCertificate).certificates[0]
        matches = _named_by(signer.signer)
    except (KeyError, IndexError, ValueError) as error:
        raise TokenRefused(code="TOKEN-SIGNER") from error
    kind = SHA256 if named.algorithm is None else named.algorithm.algorithm
    for certificate in known:
        if (
            kind in _HASHES
            and matches(certificate)
            and hmac.compare_digest(certificate.fingerprint(_HASHES[kind]), named.digest)
        ):
            return certificate
    raise TokenRefused(code="TOKEN-SIGNER")


def _named_by(signer: asn1.TLV) -> Callable[[x509.Certificate], bool]:
    if bytes(signer.tag_bytes) == _KEY_IDENTIFIER:
        identifier = bytes(signer.data)
        return lambda certificate: _key_identifier(certificate) == identifier
    named = signer.parse(IssuerAndSerial)
    issuer, serial = whole(named.issuer), named.serial
    return lambda certificate: (
        (certificate.issuer.public_bytes(), certificate.serial_number) == (issuer, serial)
    )


def _key_identifier(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    except x509.ExtensionNotFound:
        return None


def _check_signature(
    certificate: x509.Certificate,
    signer: SignerInfo,
    attributes: dict[ObjectIdentifier, asn1.TLV],
    content: bytes,
) -> None:
    """The attributes name kind and digest of the content, and the signature is over the attributes."""
    hashed_by = _HASHES.get(signer.digest.algorithm)
    key = certificate.public_key()
    try:
        stated = attributes[CONTENT_TYPE].parse(ObjectIdentifier), attributes[MESSAGE_DIGEST].parse(bytes)
        if hashed_by is None:
            raise TokenRefused(code="TOKEN-SIGNATURE")
        digest = hashes.Hash(hashed_by)
        digest.update(content)
        if stated != (TST_INFO, digest.finalize()) or not _fits(signer, key, hashed_by):
            raise TokenRefused(code="TOKEN-SIGNATURE")
        message = whole(signer.attributes, _SET)
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signer.signature, message, padding.PKCS1v15(), hashed_by)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signer.signature, message, ec.ECDSA(hashed_by))
    except (KeyError, ValueError, InvalidSignature) as error:
        raise TokenRefused(code="TOKEN-SIGNATURE") from error


def _fits(signer: SignerInfo, key: object, hashed_by: hashes.HashAlgorithm) -> bool:
    """Whether the algorithm named is one taken here, of this kind of key and this digest."""
    named = signer.algorithm.algorithm
    if isinstance(key, rsa.RSAPublicKey):
        return key.key_size >= LEAST_RSA_BITS and named in {_RSA, _RSA_WITH[hashed_by.name]}
    return isinstance(key, ec.EllipticCurvePublicKey) and named == _ECDSA_WITH[hashed_by.name]


def _check_certificate(certificate: x509.Certificate, at: datetime) -> None:
    """For time stamps alone, and critically so (RFC 3161, 2.3); valid at that time."""
    try:
        extensions = certificate.extensions
        purpose = extensions.get_extension_for_class(x509.ExtendedKeyUsage)
        usage = extensions.get_extension_for_class(x509.KeyUsage).value
        signs = usage.digital_signature or usage.content_commitment
    except x509.ExtensionNotFound as error:
        raise TokenRefused(code="TOKEN-PURPOSE") from error
    if list(purpose.value) != [ExtendedKeyUsageOID.TIME_STAMPING] or not purpose.critical or not signs:
        raise TokenRefused(code="TOKEN-PURPOSE")
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise TokenRefused(code="TOKEN-VALIDITY")


def _checked_chain(
    certificate: x509.Certificate,
    embedded: list[x509.Certificate],
    trusted: list[x509.Certificate],
    at: datetime,
) -> list[x509.Certificate]:
    """A path (RFC 5280) from the signer's certificate to one that is trusted, valid at that time."""
    signers_own = ExtensionPolicy.permit_all().require_present(
        x509.ExtendedKeyUsage, Criticality.CRITICAL, _is_any
    )
    verifier = (
        PolicyBuilder()
        .store(Store(trusted))
        .time(at)
        .max_chain_depth(LONGEST_CHAIN)
        .extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=signers_own)
        .build_client_verifier()
    )
    try:
        return verifier.verify(certificate, [each for each in embedded if each != certificate]).chain
    except (VerificationError, ValueError) as error:
        raise TokenRefused(code="TOKEN-SIGNER") from error


def _require_nothing_else(
    signed: SignedData, signer: SignerInfo, embedded: list[x509.Certificate], known: list[x509.Certificate]
) -> None:
    """What no signature covers says nothing of its own: the signer's digest alone, and certificates that lead on.

    Of an issuer above the one that is trusted no more is known than that it has issued.
    """
    if [each.algorithm for each in signed.digests.as_list()] != [signer.digest.algorithm]:
        raise TokenRefused(code="TOKEN-MALFORMED")
    if len(signed.certificates or ()) != len(embedded):
        raise TokenRefused(code="TOKEN-MALFORMED")
    left = [each for each in embedded if each not in known]
    while left:
        issuers = [each for each in left if any(_has_issued(each, below) for below in known)]
        if not issuers:
            raise TokenRefused(code="TOKEN-MALFORMED")
        known = [*known, *issuers]
        left = [each for each in left if each not in issuers]
    for each in signed.revocations or ():
        revocations = x509.load_der_x509_crl(whole(each))
        if not any(_has_signed(issuer, revocations) for issuer in known):
            raise TokenRefused(code="TOKEN-MALFORMED")


def _has_signed(issuer: x509.Certificate, revocations: x509.CertificateRevocationList) -> bool:
    key = issuer.public_key()
    return isinstance(key, rsa.RSAPublicKey | ec.EllipticCurvePublicKey) and revocations.is_signature_valid(
        key
    )


def _has_issued(issuer: x509.Certificate, below: x509.Certificate) -> bool:
    if below.issuer == below.subject:
        return False  # nothing leads on from it
    try:
        below.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _is_any(_: Policy, __: x509.Certificate, ___: x509.ExtendedKeyUsage) -> None:
    """What its purpose must be was looked at before."""


def _stamp(info: TimeStampInfo, certificate: x509.Certificate) -> Stamp:
    accuracy_ms = None
    if info.accuracy is not None:
        seconds, millis, micros = (
            each or 0 for each in (info.accuracy.seconds, info.accuracy.millis, info.accuracy.micros)
        )
        accuracy_ms = 1_000 * seconds + millis + -(-micros // 1_000)
    at = info.time.as_datetime()
    return Stamp(
        time_ms=calendar.timegm(at.utctimetuple()) * 1_000 + at.microsecond // 1_000,
        accuracy_ms=accuracy_ms,
        serial=info.serial,
        nonce=info.nonce,
        policy=info.policy.dotted_string,
        signer_sha256=certificate.fingerprint(hashes.SHA256()).hex(),
    )
