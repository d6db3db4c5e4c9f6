"""Where witnesses and the time-stamping authority are, and under which keys their word counts."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.log.notes import Verifier

MOST_WITNESSES: Final = 8


class WitnessEndpoint(msgspec.Struct, frozen=True):
    """Where a witness is, and whose cosignatures count as its own."""

    url: str
    verifier: Verifier


class TimestampEndpoint(msgspec.Struct, frozen=True):
    """Where a time-stamping authority is, and under which certificates (PEM) its tokens hold."""

    url: str
    certificates_pem: bytes
