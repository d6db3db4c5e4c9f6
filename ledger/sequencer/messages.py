"""What goes over the sequencer's socket: submissions in, answers and refusals out, as length-prefixed JSON frames.

A frame is four bytes of length, big-endian, and that many bytes of JSON. Both ends bound the length, so that a
stranger's bytes can never make the other side reserve memory.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal, NoReturn, TypeAlias

import msgspec

from exchange.canonical import is_nested_too_deep
from exchange.sealed import Opening
from ledger.log_lines import REQUEST_ID_PATTERN
from ledger.receipts import Receipt

LARGEST_FRAME = 2 * 1024 * 1024
"""Bytes of JSON in one frame."""
LENGTH_BYTES = 4
RequestId: TypeAlias = Annotated[str, msgspec.Meta(pattern=rf"^(?:{REQUEST_ID_PATTERN})?\Z")]
"""Empty where no request brought it."""


class Submission(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A command as the front door (or a ledger task) hands it over, its signature checked already.

    party: the actor, empty for an applicant, `venue` for operators and the service. body_digest: hex, of what the
    client asked for; a repeat under the same key must bring the same one. command: the JSON of the command's
    public fields. terms: value and salt (hex) of its confidential terms. erasable: openings by label, of the
    commitments in the command. signer: the address (EIP-55) that the EIP-712 signature recovers to.
    valid_until_ms: signed with it, ms UTC. request_id: of the request that brought it, for log lines alone: it does not
    enter the journal, and is no part of what a repeat is compared with.
    """

    party: str
    idempotency_key: str
    client_order_id: str | None = None
    body_digest: str
    command: msgspec.Raw
    terms: Opening | None = None
    erasable: dict[str, Opening] = {}
    signer: str
    signature: str
    valid_until_ms: int
    api_key_sha256: str = ""
    request_id: RequestId = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What became of a command: the entry that it is, and the receipt for it. `code` and `detail` tell a refusal."""

    status: Literal["accepted", "refused"]
    entry: int
    time_ms: int
    result: dict[str, str] = {}
    code: str | None = None
    detail: dict[str, str | int | bool | None] = {}
    receipt: Receipt


class Undecided(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """No entry was made, or none is known of: a stable code, and the status (RFC 9110) that it stands for."""

    code: str
    found: str = ""


class Question(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One frame to the sequencer; `number` is the client's own and comes back with the answer."""

    number: int
    submission: Submission


class Reply(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One frame back: exactly one of the two."""

    number: int
    answer: Answer | None = None
    undecided: Undecided | None = None


Code: TypeAlias = str
_KINDS: dict[Code, tuple[int, bool, str]] = {
    "IDEMPOTENCY-KEY-REUSED": (422, False, "use a fresh key for a new command; repeat an old one unchanged"),
    "CLIENT-ORDER-ID-REUSED": (409, False, "use a client order id of its own for each order, for ever"),
    "SIGNATURE-EXPIRED": (
        422,
        False,
        "sign the command anew, with a later end of validity and a fresh key: it was not carried out",
    ),
    "SIGNER-MISSING": (403, False, "sign the command; only the sequencer's own need no signature"),
    "COMMAND-RESERVED": (403, False, "leave this command to the sequencer, which alone gives it"),
    "COMMAND-MALFORMED": (422, False, "send a known command with the fields and types that it has"),
    "TERMS-MALFORMED": (422, False, "send the terms that this command has, with a salt of 32 bytes as hex"),
    "ERASABLE-MISMATCH": (422, False, "send openings that belong to the commitments in the command"),
    "SEALED-PART-UNKNOWN": (404, False, "name an entry and label under which an erasable part still stands"),
    "FRAME-MALFORMED": (
        400,
        False,
        "send frames of at most 2 MiB of JSON, as the client of this version does",
    ),
    "SEQUENCER-BUSY": (503, True, "repeat with the same key after a moment: the queue is full"),
    "SEQUENCER-RELOADING": (503, True, "repeat with the same key: it is applied once, whatever became of it"),
    "SEQUENCER-STOPPING": (503, True, "repeat with the same key when the sequencer is back"),
    "SEQUENCER-UNREACHABLE": (503, True, "repeat with the same key when the sequencer is back"),
    "SEQUENCER-TIMEOUT": (503, True, "repeat with the same key: it is applied once, whatever became of it"),
    "ENGINE-FAULT": (
        500,
        False,
        "tell the operator; nothing was changed, and the command must not be sent again",
    ),
}


class SequencerRefused(Exception):
    """The sequencer made no entry of a submission, or cannot say.

    `code` is stable, `status` the HTTP status that it stands for, `cure` says what to do, `retryable` whether the same
    submission under the same key may be sent again.
    """

    def __init__(self, code: Code, found: str = "") -> None:
        status, retryable, cure = _KINDS.get(code, (503, True, "repeat with the same key after a moment"))
        super().__init__(f"{code}: {found}" if found else code)
        self.code = code
        self.found = found
        self.status = status
        self.retryable = retryable
        self.cure = cure


def refuse(code: Code, found: str = "") -> NoReturn:
    """Refuse a submission without an entry.

    Raises:
        SequencerRefused: always.
    """
    raise SequencerRefused(code, found)


_encoder = msgspec.json.Encoder()
_questions = msgspec.json.Decoder(Question)
_replies = msgspec.json.Decoder(Reply)


def frame(message: Any) -> bytes:  # noqa: ANN401 - any of the Structs above
    """A message as one frame.

    Raises:
        SequencerRefused: FRAME-MALFORMED if it would be longer than `LARGEST_FRAME`.
    """
    body = _encoder.encode(message)
    if len(body) > LARGEST_FRAME:
        refuse("FRAME-MALFORMED", f"{len(body)} bytes")
    return len(body).to_bytes(LENGTH_BYTES, "big") + body


def read_question(body: bytes) -> Question:
    """One frame's body as a question.

    Raises:
        msgspec.DecodeError: no JSON, of another shape, or nested too deep.
    """
    if is_nested_too_deep(body):
        message = "nested too deep"
        raise msgspec.DecodeError(message)
    return _questions.decode(body)


def read_reply(body: bytes) -> Reply:
    """One frame's body as a reply.

    Raises:
        msgspec.DecodeError: no JSON, or of another shape.
    """
    return _replies.decode(body)


class FrameReader:
    """Takes bytes as they come and gives whole frames; holds at most one frame that is not complete."""

    __slots__ = ("_pending",)

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Add what has arrived; give the bodies of all frames that are complete now.

        Raises:
            SequencerRefused: FRAME-MALFORMED for an announced length beyond `LARGEST_FRAME`.
        """
        pending = self._pending
        pending += data
        bodies = []
        start = 0
        while len(pending) - start >= LENGTH_BYTES:
            end = start + LENGTH_BYTES + int.from_bytes(pending[start : start + LENGTH_BYTES], "big")
            if end - start > LARGEST_FRAME + LENGTH_BYTES:
                refuse("FRAME-MALFORMED", f"{end - start} bytes announced")
            if len(pending) < end:
                break
            bodies.append(bytes(pending[start + LENGTH_BYTES : end]))
            start = end
        del pending[:start]
        return bodies
