"""What the chain says, read at one block: anchors, the register's events, and that neither log has a gap.

Trusted is the node behind the URL, as far as the contracts' own count and head of their logs do not contradict it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from exchange.keccak import keccak
from ledger.audit.tree import Anchor
from ledger.chain.errors import ChainFault
from ledger.chain.events import Anchored, AnchorKeyRotated, ChainEvent
from ledger.chain.logs import LogChain, check_completeness, decode_log
from ledger.secp256k1 import checksum_address

if TYPE_CHECKING:
    from ledger.audit.findings import Findings
    from ledger.chain.client import ChainClient

_KEYS = keccak(b"keys()")[:4]
_KEYS_BYTES = 64
_OUR_FAULTS = frozenset({"CHAIN-LOG-UNKNOWN", "CHAIN-LOG-MALFORMED", "CHAIN-LOG-GAP"})
"""Faults of a log itself: findings. All others mean that the chain could not be read."""


class AnchorEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """The anchor's log: its anchors in order, how many events it has, and the keys that anchored."""

    anchors: tuple[Anchor, ...]
    events: int
    keys: tuple[str, ...]


def block_to_read(client: ChainClient, block: int | None) -> int:
    """The block at which everything is read: the given one, or the newest final one.

    Raises:
        ChainFault: the chain cannot be read.
    """
    return client.finalized_block().number if block is None else block


def read_anchors(
    client: ChainClient, anchor: str, from_block: int, block: int, findings: Findings
) -> AnchorEvidence:
    """Read the anchor's log.

    Raises:
        ChainFault: the chain cannot be read.
    """
    events = read_log(client, anchor, from_block, block, findings)
    anchors = tuple(
        Anchor(
            size=event.size,
            previous_size=event.previous_size,
            root=bytes.fromhex(event.root[2:]),
            previous_root=bytes.fromhex(event.previous_root[2:]),
            block=event.place.block_number,
        )
        for event in events
        if isinstance(event, Anchored)
    )
    answer = client.call(anchor, _KEYS, block)
    if len(answer) != _KEYS_BYTES:
        raise ChainFault(code="CHAIN-ANSWER", detail=f"{anchor} is no journal anchor")
    former = [event.previous_key for event in events if isinstance(event, AnchorKeyRotated)]
    keys = [checksum_address(key) for key in (*former, "0x" + answer[12:32].hex())]
    return AnchorEvidence(anchors=anchors, events=len(events), keys=tuple(dict.fromkeys(keys)))


def read_log(
    client: ChainClient, contract: str, from_block: int, block: int, findings: Findings
) -> list[ChainEvent]:
    """Read a contract's whole log up to a block, and hold it against the contract's own count and head.

    Raises:
        ChainFault: the chain cannot be read.
    """
    chain = LogChain(client.chain_id(), contract)
    events: list[ChainEvent] = []
    try:
        for log in client.logs([contract], from_block, block):
            chain.fold(log)
            event = decode_log(log)
            if event is not None:
                events.append(event)
    except ChainFault as fault:
        if fault.code not in _OUR_FAULTS:
            raise
        findings.add("AUDIT-CHAIN-LOG", f"{contract}: {fault.code} {fault.detail}")
        return events
    found = check_completeness(client, chain, block)
    if not found.whole:
        findings.add("AUDIT-CHAIN-LOG", f"{contract}: {found.event_count} events counted, {found.seq} given")
    return events
