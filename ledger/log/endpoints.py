"""Where witnesses are, and under which keys their cosignatures count."""

from __future__ import annotations

from typing import Final

import msgspec

from ledger.log.notes import Verifier

MOST_WITNESSES: Final = 8


class WitnessEndpoint(msgspec.Struct, frozen=True):
    """Where a witness is, and whose cosignatures count as its own."""

    url: str
    verifier: Verifier
