"""What an authority gives a token for, and the token: made anew each time under a serial that was never used before."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ObjectIdentifier

from ledger.timestamp.requests import (
    BAD_ALGORITHM,
    BAD_DATA_FORMAT,
    BAD_REQUEST,
    SYSTEM_FAILURE,
    TIME_NOT_AVAILABLE,
    UNACCEPTED_EXTENSION,
    UNACCEPTED_POLICY,
    TimeStampRequest,
    read_request,
    write_refusal,
    write_reply,
)
from ledger.timestamp.structures import (
    CONTENT_TYPE,
    ECDSA_SHA256,
    MESSAGE_DIGEST,
    SHA256,
    SIGNED_DATA,
    SIGNING_CERTIFICATE_V2,
    TST_INFO,
    Accuracy,
    Algorithm,
    Attribute,
    Attributes,
    CertificateId,
    Encapsulated,
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
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.x509 import Certificate

POLICY: Final = ObjectIdentifier("2.25.254113373903457216420733562424318443621")
"""Under which tokens are given: the machine's clock, unaudited. A UUID's identifier (X.667), which nobody registers."""
ACCURACY_MS: Final = 1_000
"""As far as the machine's clock is kept by its owner; nobody has measured it."""
MOST_NONCE_BITS: Final = 160
DIGEST_BYTES: Final = 32
OWNER_ONLY: Final = 0o600
_MOST_SERIAL: Final = 2**159
_SIGNED_ATTRIBUTES: Final = b"\xa0"
_SHA256: Final = Algorithm(algorithm=SHA256, parameters=asn1.Null())


class AuthorityRefused(Exception):
    """The authority cannot start, or cannot keep its serials. `code` is stable; `cure` says what to do."""

    def __init__(self, *, code: str, cure: str) -> None:
        self.code = code
        self.cure = cure
        super().__init__(f"{code}: {cure}")


class _Issued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The last token's serial and time (ms UTC)."""

    serial: int
    time_ms: int


class Serials:
    """What was given last, in a file that is there whole, and on disk before the token is given.

    An authority whose file is gone must not begin again under the same key: it would give a serial twice. So the file
    is made once, with the key, and `Serials` refuses to be without it.
    """

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            AuthorityRefused: TIMESTAMP-STATE where it is missing or cannot be read.
        """
        self._path = path
        try:
            self.last = msgspec.json.decode(path.read_bytes(), type=_Issued)
        except (OSError, ValueError) as error:
            cure = (
                f"restore {path.name} from a backup, or retire this authority's key and begin with a new one"
            )
            raise AuthorityRefused(code="TIMESTAMP-STATE", cure=cure) from error
        if not 0 <= self.last.serial < _MOST_SERIAL:
            raise AuthorityRefused(code="TIMESTAMP-STATE", cure=f"restore {path.name} from a backup")

    @classmethod
    def create(cls, path: Path) -> Serials:
        """Begin with nothing given.

        Raises:
            AuthorityRefused: TIMESTAMP-STATE where there is a file already, or none can be made.
        """
        try:
            path.touch(OWNER_ONLY, exist_ok=False)
            write_whole(path, msgspec.json.encode(_Issued(0, 0)))
        except OSError as error:
            cure = f"start without making {path.name} anew"
            raise AuthorityRefused(code="TIMESTAMP-STATE", cure=cure) from error
        return cls(path)

    def take(self, time_ms: int) -> int:
        """The next serial, for a token of this time; it counts as given from here on.

        Raises:
            AuthorityRefused: TIMESTAMP-DISK; nothing was given.
        """
        taken = _Issued(self.last.serial + 1, max(time_ms, self.last.time_ms))
        try:
            write_whole(self._path, msgspec.json.encode(taken))
        except OSError as error:
            cure = "free the disk; no token was given"
            raise AuthorityRefused(code="TIMESTAMP-DISK", cure=cure) from error
        self.last = taken
        return taken.serial


@asn1.sequence
class _Holder:
    element: asn1.TLV


class Authority:
    """Gives tokens with one key. May be asked by several threads."""

    def __init__(self, key: EllipticCurvePrivateKey, certificate: Certificate, serials: Serials) -> None:
        """Take the key, its certificate, and the serials that it has given."""
        self._key = key
        self._certificate = certificate
        self._serials = serials
        self._lock = threading.Lock()

    def answer(self, body: bytes, time_ms: int) -> bytes:
        """Answer a request at a time (ms UTC): a token, or the ground on which there is none."""
        request = read_request(body)
        if request is None:
            return write_refusal(BAD_DATA_FORMAT, "not a time-stamp request")
        refusal = _refused(request)
        if refusal is not None:
            return write_refusal(*refusal)
        certificate = self._certificate
        valid = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        at = datetime.fromtimestamp(time_ms // 1_000, UTC) + timedelta(milliseconds=time_ms % 1_000)
        with self._lock:
            # A clock that went back by more than it may be wrong at all has been set: which of the two was true?
            if time_ms < self._serials.last.time_ms - ACCURACY_MS or not valid[0] <= at <= valid[1]:
                return write_refusal(TIME_NOT_AVAILABLE, "this authority's clock cannot be trusted")
            try:
                serial = self._serials.take(time_ms)
            except AuthorityRefused as error:
                return write_refusal(SYSTEM_FAILURE, error.code)
        return write_reply(self._token(request, serial, at))

    def _token(self, request: TimeStampRequest, serial: int, at: datetime) -> bytes:
        content = asn1.encode_der(
            TimeStampInfo(
                version=1,
                policy=POLICY,
                imprint=request.imprint,
                serial=serial,
                time=asn1.GeneralizedTime(at),
                accuracy=Accuracy(seconds=ACCURACY_MS // 1_000, millis=None, micros=None),
                ordering=False,
                nonce=request.nonce,
                authority=None,
                extensions=None,
            )
        )
        der = self._certificate.public_bytes(Encoding.DER)
        attributes = self._attributes(content, der)
        signer = SignerInfo(
            version=1,
            signer=_element(
                asn1.encode_der(
                    IssuerAndSerial(
                        issuer=_element(self._certificate.issuer.public_bytes()),
                        serial=self._certificate.serial_number,
                    )
                )
            ),
            digest=_SHA256,
            attributes=_element(_SIGNED_ATTRIBUTES + attributes[1:]),
            algorithm=Algorithm(algorithm=ECDSA_SHA256, parameters=None),
            signature=self._key.sign(attributes, ec.ECDSA(hashes.SHA256())),
            unsigned=None,
        )
        signed = SignedData(
            version=3,
            digests=asn1.SetOf([_SHA256]),
            content=Encapsulated(kind=TST_INFO, content=content),
            certificates=[_element(der)] if request.with_certificate else None,
            revocations=None,
            signers=asn1.SetOf([signer]),
        )
        return asn1.encode_der(Token(kind=SIGNED_DATA, signed=signed))

    def _attributes(self, content: bytes, certificate: bytes) -> bytes:
        """What is signed: kind and digest of the content, and the digest of the certificate, as DER's SET OF."""
        named = CertificateId(
            algorithm=None, digest=hashlib.sha256(certificate).digest(), issuer_and_serial=None
        )
        values = (
            (CONTENT_TYPE, asn1.encode_der(TST_INFO)),
            (MESSAGE_DIGEST, asn1.encode_der(hashlib.sha256(content).digest())),
            (
                SIGNING_CERTIFICATE_V2,
                asn1.encode_der(SigningCertificate(certificates=[named], policies=None)),
            ),
        )
        all_of_them = [Attribute(kind=kind, values=asn1.SetOf([_element(value)])) for kind, value in values]
        holder = asn1.encode_der(Attributes(all=asn1.SetOf(all_of_them)))
        return whole(asn1.decode_der(_Holder, holder).element)


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in its place, owner only, whole and on disk, or not at all.

    Raises:
        OSError: the disk is full, or the folder is not ours.
    """
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _refused(request: TimeStampRequest) -> tuple[int, str] | None:
    """The ground on which this request gets no token, if there is one."""
    nonce = request.nonce or 0
    grounds = (
        (request.version == 1, BAD_REQUEST, "not of version 1"),
        (request.imprint.algorithm.algorithm == SHA256, BAD_ALGORITHM, "SHA-256 only"),
        (len(request.imprint.digest) == DIGEST_BYTES, BAD_DATA_FORMAT, "a SHA-256 digest has 32 bytes"),
        (request.policy in {None, POLICY}, UNACCEPTED_POLICY, "another policy"),
        (not request.extensions, UNACCEPTED_EXTENSION, "no extension is known here"),
        (0 <= nonce < 2**MOST_NONCE_BITS, BAD_REQUEST, "a nonce has at most 160 bits"),
    )
    return next(((failure, text) for holds, failure, text in grounds if not holds), None)


def _element(der: bytes) -> asn1.TLV:
    """DER as the element that it is."""
    return asn1.decode_der(_Holder, b"\x30" + length_of(der) + der).element
