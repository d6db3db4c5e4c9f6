"""What goes over the signer's socket: one request, one reply, each a length-prefixed JSON frame.

A frame is four bytes of length, big-endian, and that many bytes of JSON; both ends bound it.
"""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

import msgspec

from ledger.chain.signer import Transaction
from ledger.messages import Instruction
from ledger.signatures import Domain

LARGEST_FRAME: Final = 512 * 1024
"""Bytes of JSON in one frame: a call of 256 records with both signatures has about 200,000 as base64."""
LENGTH_BYTES: Final = 4
KeyName: TypeAlias = Literal["sender", "anchor", "service"]
"""`sender` and `anchor` sign transactions, `service` the service's instructions to the exchange."""


class AskAddress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="address"):
    """Which address a key signs for."""

    key: KeyName


class AskTransaction(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="transaction"
):
    """A transaction to be signed; it has no member for a value."""

    key: KeyName
    transaction: Transaction


class AskInstruction(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag="instruction"
):
    """An EIP-712 instruction to be signed; the signer makes the digest itself."""

    key: KeyName
    domain: Domain
    instruction: Instruction


Question: TypeAlias = AskAddress | AskTransaction | AskInstruction


class Denied(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why nothing was signed: a stable code, and what was found."""

    code: str
    found: str = ""


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of the members is filled: an address, a signed transaction's bytes, a signature, or a refusal."""

    address: str = ""
    raw: bytes = b""
    signature: str = ""
    denied: Denied | None = None


_questions: msgspec.json.Decoder[Question] = msgspec.json.Decoder(Question)
_replies = msgspec.json.Decoder(Reply)


def encode(message: Question | Reply) -> bytes:
    """A message as one frame.

    Raises:
        ValueError: it is longer than `LARGEST_FRAME`.
    """
    body = msgspec.json.encode(message)
    if len(body) > LARGEST_FRAME:
        text = f"a frame of {len(body)} bytes"
        raise ValueError(text)
    return len(body).to_bytes(LENGTH_BYTES) + body


def read_question(body: bytes) -> Question:
    """One frame's body as a question.

    Raises:
        msgspec.DecodeError: no JSON, or of another shape.
    """
    return _questions.decode(body)


def read_reply(body: bytes) -> Reply:
    """One frame's body as a reply.

    Raises:
        msgspec.DecodeError: no JSON, or of another shape.
    """
    return _replies.decode(body)
