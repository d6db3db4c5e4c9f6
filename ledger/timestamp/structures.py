"""The shapes of a time-stamp token (RFC 3161, CMS of RFC 5652, RFC 5816) in DER, for `cryptography`'s strict reader.

That reader's interface may still change between versions; the one that is used is fixed by the lock file.
"""

from __future__ import annotations

from typing import Annotated, Final

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

SIGNED_DATA: Final = ObjectIdentifier("1.2.840.113549.1.7.2")
TST_INFO: Final = ObjectIdentifier("1.2.840.113549.1.9.16.1.4")
CONTENT_TYPE: Final = ObjectIdentifier("1.2.840.113549.1.9.3")
MESSAGE_DIGEST: Final = ObjectIdentifier("1.2.840.113549.1.9.4")
SIGNING_CERTIFICATE_V2: Final = ObjectIdentifier("1.2.840.113549.1.9.16.2.47")
SHA256: Final = ObjectIdentifier("2.16.840.1.101.3.4.2.1")
ECDSA_SHA256: Final = ObjectIdentifier("1.2.840.10045.4.3.2")
_SHORT_LENGTH: Final = 0x80
_SEQUENCE: Final = b"\x30"


@asn1.sequence
class Algorithm:
    """AlgorithmIdentifier; of the algorithms taken here parameters are absent or NULL."""

    algorithm: ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class Imprint:
    """MessageImprint: an algorithm and the digest that it gave."""

    algorithm: Algorithm
    digest: bytes


@asn1.sequence
class Accuracy:
    """Within how many seconds, milliseconds and microseconds of the true time."""

    seconds: int | None
    millis: Annotated[int | None, asn1.Implicit(0)]
    micros: Annotated[int | None, asn1.Implicit(1)]


@asn1.sequence
class Extension:
    """An X.509 extension, its value unread."""

    oid: ObjectIdentifier
    critical: Annotated[bool, asn1.Default(value=False)]
    value: bytes


@asn1.sequence
class TimeStampInfo:
    """TSTInfo: what an authority signs."""

    version: int
    policy: ObjectIdentifier
    imprint: Imprint
    serial: int
    time: asn1.GeneralizedTime
    accuracy: Accuracy | None
    ordering: Annotated[bool, asn1.Default(value=False)]
    nonce: int | None
    authority: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    extensions: Annotated[list[Extension] | None, asn1.Implicit(1)]


@asn1.sequence
class Encapsulated:
    """EncapsulatedContentInfo: the bytes that are signed, and what they are."""

    kind: ObjectIdentifier
    content: Annotated[bytes | None, asn1.Explicit(0)]


@asn1.sequence
class Attribute:
    """One signed attribute."""

    kind: ObjectIdentifier
    values: asn1.SetOf[asn1.TLV]


@asn1.sequence
class IssuerAndSerial:
    """Which certificate signed, by its issuer's name and its number."""

    issuer: asn1.TLV
    serial: int


@asn1.sequence
class CertificateId:
    """ESSCertIDv2: the digest of the certificate that signed; SHA-256 where no algorithm stands."""

    algorithm: Algorithm | None
    digest: bytes
    issuer_and_serial: list[asn1.TLV] | None


@asn1.sequence
class SigningCertificate:
    """SigningCertificateV2: the first of them is the signer's."""

    certificates: list[CertificateId]
    policies: list[asn1.TLV] | None


@asn1.sequence
class SignerInfo:
    """Who signed, what they say of it, and the signature over what they say."""

    version: int
    signer: asn1.TLV
    digest: Algorithm
    attributes: asn1.TLV
    """[0] IMPLICIT SET OF Attribute, as it was written: the signature is over these bytes."""
    algorithm: Algorithm
    signature: bytes
    unsigned: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]


@asn1.sequence
class SignedData:
    """Content with the signatures over it, and certificates that may be of use."""

    version: int
    digests: asn1.SetOf[Algorithm]
    content: Encapsulated
    certificates: Annotated[list[asn1.TLV] | None, asn1.Implicit(0)]
    revocations: Annotated[list[asn1.TLV] | None, asn1.Implicit(1)]
    signers: asn1.SetOf[SignerInfo]


@asn1.sequence
class Token:
    """A time-stamp token: ContentInfo of signed data."""

    kind: ObjectIdentifier
    signed: Annotated[SignedData, asn1.Explicit(0)]


@asn1.sequence
class Attributes:
    """Attributes as they are signed: DER's SET OF."""

    all: asn1.SetOf[Attribute]


def whole(element: asn1.TLV, tag: bytes = b"") -> bytes:
    """An element's DER with tag and length, under another tag if one is given."""
    content = bytes(element.data)
    return (tag or bytes(element.tag_bytes)) + length_of(content) + content


def length_of(content: bytes) -> bytes:
    """DER's length octets."""
    size = len(content)
    if size < _SHORT_LENGTH:
        return bytes([size])
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([_SHORT_LENGTH | len(octets)]) + octets
