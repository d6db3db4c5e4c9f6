"""Gaps in a sender's nonces: nothing behind one is ever mined, so it is filled with a transaction that does nothing.

A gap is there when a record waits under a later nonce than the next one that the chain will take, and the node has
nothing under that. A node may have answered out of date, and a transaction may just be on its way: a gap counts only
when it was seen twice, some seconds apart, by whoever alone sends under this key.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ledger.chain.client import ChainClient

BETWEEN_LOOKS_S: Final = 5.0
"""Between the two looks, at the least."""
NOTHING_GAS: Final = 21_000
"""Gas of a transaction that does nothing."""


class NonceGaps:
    """What has been seen of gaps, kept from one run of the sender to the next."""

    def __init__(self, *, between_looks_s: float = BETWEEN_LOOKS_S) -> None:
        self._between_looks_s = between_looks_s
        self._seen: dict[str, tuple[int, bool, float]] = {}

    def look(self, client: ChainClient, sender: str, lowest: int, *, patience_s: float) -> int | None:
        """Look for a gap before the lowest nonce under which a record waits; gives its nonce if it counts.

        Under a nonce that the node does have something for, that is waited for as long as `patience_s`: longer than
        any other transaction it is left behind by rising fees, and no record knows of it that would send it again.

        Raises:
            ChainFault: what the client raises.
        """
        next_mined = client.nonce(sender)
        if next_mined >= lowest:
            self._seen.pop(sender, None)
            return None
        next_free = client.nonce(sender, "pending")
        nonce, is_empty = (next_free, True) if next_free < lowest else (next_mined, False)
        now = time.monotonic()
        before = self._seen.get(sender)
        if before is None or before[:2] != (nonce, is_empty):
            self._seen[sender] = (nonce, is_empty, now)
            return None
        if now - before[2] < (self._between_looks_s if is_empty else patience_s):
            return None
        del self._seen[sender]
        return nonce
