"""What is asked of a time-stamping authority and what it answers (RFC 3161, 2.4), as DER."""

from __future__ import annotations

import hashlib
from typing import Annotated, Final

from cryptography.hazmat import asn1
from cryptography.x509 import ObjectIdentifier

from ledger.timestamp.structures import SHA256, Algorithm, Extension, Imprint, length_of, whole

QUERY_TYPE: Final = "application/timestamp-query"
REPLY_TYPE: Final = "application/timestamp-reply"
LONGEST_REQUEST: Final = 4_096
LONGEST_REPLY: Final = 65_536 + 4_096
GRANTED: Final = frozenset({0, 1})
"""Granted, and granted with modifications."""
REJECTED: Final = 2
BAD_ALGORITHM: Final = 0
BAD_REQUEST: Final = 2
BAD_DATA_FORMAT: Final = 5
TIME_NOT_AVAILABLE: Final = 14
UNACCEPTED_POLICY: Final = 15
UNACCEPTED_EXTENSION: Final = 16
SYSTEM_FAILURE: Final = 25


class ReplyMalformed(ValueError):
    """What came is no answer of a time-stamping authority."""


class NotGranted(Exception):
    """The authority gives no token. `status` and `failures` (bit numbers) are those of RFC 3161, 2.4.2."""

    def __init__(self, status: int, failures: tuple[int, ...], text: str) -> None:
        self.status = status
        self.failures = failures
        super().__init__(f"status {status}, failures {list(failures)}: {text}"[:200])


@asn1.sequence
class TimeStampRequest:
    """TimeStampReq."""

    version: int
    imprint: Imprint
    policy: ObjectIdentifier | None
    nonce: int | None
    with_certificate: Annotated[bool, asn1.Default(value=False)]
    extensions: Annotated[list[Extension] | None, asn1.Implicit(0)]


@asn1.sequence
class _Status:
    status: int
    text: list[str] | None
    failures: asn1.BitString | None


@asn1.sequence
class _Refusal:
    status: _Status


@asn1.sequence
class _Reply:
    status: _Status
    token: asn1.TLV


def write_request(imprinted: bytes, nonce: int) -> bytes:
    """Ask for a token over the SHA-256 of some bytes, with the signer's certificate in it."""
    digest = hashlib.sha256(imprinted).digest()
    algorithm = Algorithm(algorithm=SHA256, parameters=asn1.Null())
    return asn1.encode_der(
        TimeStampRequest(
            version=1,
            imprint=Imprint(algorithm=algorithm, digest=digest),
            policy=None,
            nonce=nonce,
            with_certificate=True,
            extensions=None,
        )
    )


def read_request(body: bytes) -> TimeStampRequest | None:
    """Read what a stranger sent; None for what is no such request."""
    if len(body) > LONGEST_REQUEST:
        return None
    try:
        return asn1.decode_der(TimeStampRequest, body)
    except ValueError:
        return None


def write_reply(token: bytes) -> bytes:
    """Grant a token."""
    status = asn1.encode_der(_Status(status=0, text=None, failures=None))
    return b"\x30" + length_of(status + token) + status + token


def write_refusal(failure: int, text: str) -> bytes:
    """Reject a request on one ground."""
    bits = bytearray(failure // 8 + 1)
    bits[failure // 8] |= 0x80 >> failure % 8
    unused = 7 - failure % 8
    failures = asn1.BitString(bytes(bits), unused)
    return asn1.encode_der(_Refusal(status=_Status(status=REJECTED, text=[text], failures=failures)))


def read_reply(body: bytes) -> bytes:
    """The token in an answer, as it was given; nothing of it is checked.

    Raises:
        NotGranted: the authority says so.
        ReplyMalformed: what came is no answer.
    """
    if len(body) > LONGEST_REPLY:
        message = "too long"
        raise ReplyMalformed(message)
    try:
        reply = asn1.decode_der(_Reply, body)
        status, token = reply.status, whole(reply.token)
    except ValueError:
        try:
            status, token = asn1.decode_der(_Refusal, body).status, b""
        except ValueError as error:
            message = "not a time-stamp reply"
            raise ReplyMalformed(message) from error
    if status.status not in GRANTED or not token:
        raise NotGranted(status.status, _bits(status.failures), " ".join(status.text or ()))
    return token


def _bits(failures: asn1.BitString | None) -> tuple[int, ...]:
    octets = b"" if failures is None else failures.as_bytes()
    return tuple(i for i in range(8 * len(octets)) if octets[i // 8] & 0x80 >> i % 8)
