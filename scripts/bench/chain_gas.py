"""What recording costs in gas, whole transactions with base and calldata, each figure beside its ceiling."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence

from eth_abi.abi import encode

from exchange.keccak import keccak
from ledger.chain.records import AnchorRecord, Record, RegistryConfirmationRecord, RightRecord
from ledger.merkle import EMPTY_ROOT
from scripts.bench.chain_venue import BenchVenue, new_hash

MANY = 50
INCLUSION_STEPS = 20
ENTRIES_AN_ANCHOR = 1_000
HOW_INCLUSION = (
    "gas between two readings of GAS around a STATICCALL of checkInclusion with a path of 20, by a contract that has "
    "asked the anchor before in the same transaction; gas_inclusion_20_first is its first question, which pays 6,800 "
    "for reaching account and storage (EIP-2929)"
)
_CHECK = keccak(b"checkInclusion(bytes32,uint64,uint64,bytes32[])")[:4]
_METER = "0x" + "4d" * 20
"""An address whose code a single question puts in the place of whatever is there."""


def measure_gas(venue: BenchVenue) -> dict[str, int]:
    """Give gas by measure, in a register that is no longer empty.

    Raises:
        ChainFault: the chain does not answer.
        RuntimeError: a transaction failed.
    """
    keys = venue.enrolled(2 * (MANY + 2))
    rights = [
        RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash()) for _ in range(MANY + 1)
    ]
    venue.record(rights)
    pairs = [(keys.pop(), keys.pop()) for _ in range(MANY + 2)]
    venue.record([venue.deal(*pairs.pop())])
    deals = [venue.deal(*pair, right_id=right.right_id) for pair, right in zip(pairs, rights, strict=True)]
    confirmations: list[Record] = [
        RegistryConfirmationRecord(
            right_id=right.right_id,
            deal_id=deal.deal_id,
            old_holder=right.holder,
            new_holder=new_hash(),
            proof=new_hash(),
        )
        for right, deal in zip(rights, deals, strict=True)
    ]
    found = {
        "gas_deal": venue.record(deals[:1]).gas_used,
        "gas_deal_in_50": venue.record(deals[1:]).gas_used // MANY,
        "gas_confirmation": venue.record(confirmations[:1]).gas_used,
        "gas_confirmation_in_50": venue.record(confirmations[1:]).gas_used // MANY,
    }
    found["gas_deal_and_confirmation_in_50"] = found["gas_deal_in_50"] + found["gas_confirmation_in_50"]
    seller, buyer = pairs[0]
    repeated = [venue.deal(seller, buyer) for _ in range(MANY)]
    found["gas_deal_repeated_parties_in_50"] = venue.record(repeated).gas_used // MANY
    account = venue.contract_account(seller)
    venue.record([venue.enrolment(account, seller)])
    by_account = venue.deal(seller, buyer, seller_account=account)
    found["gas_deal_erc1271"] = venue.record([by_account]).gas_used
    return found | _anchors(venue)


def _anchors(venue: BenchVenue) -> dict[str, int]:
    first = AnchorRecord(root=new_hash(), size=ENTRIES_AN_ANCHOR, previous_root="0x" + EMPTY_ROOT.hex())
    venue.record([first])
    leaf, path, root = _tree()
    size = 1 << INCLUSION_STEPS
    anchored = AnchorRecord(root="0x" + root.hex(), size=size, previous_root=first.root)
    gas = venue.record([anchored]).gas_used
    return {
        "gas_anchor": gas,
        "gas_per_entry_at_1000": -(-gas // ENTRIES_AN_ANCHOR),
        **_inclusion(venue, leaf, size, path),
    }


def _tree() -> tuple[bytes, list[bytes], bytes]:
    """A leaf, the siblings on its way up as the first of 2^20 leaves, and the root that they give (RFC 6962)."""
    leaf = secrets.token_bytes(32)
    path = [secrets.token_bytes(32) for _ in range(INCLUSION_STEPS)]
    node = leaf
    for sibling in path:
        node = hashlib.sha256(b"\x01" + node + sibling).digest()
    return leaf, path, node


def _inclusion(venue: BenchVenue, leaf: bytes, size: int, path: Sequence[bytes]) -> dict[str, int]:
    """Gas of the check inside a call, by measure; it must say yes."""
    anchor = venue.manifest.address("JournalAnchor")
    question = _CHECK + encode(["bytes32", "uint64", "uint64", "bytes32[]"], [leaf, 0, size, list(path)])
    if venue.client.call(anchor, question) != (1).to_bytes(32):
        message = "the anchor does not find the leaf in its own tree"
        raise RuntimeError(message)
    # Reads the gas, asks the anchor, reads the gas again and takes the difference.
    asked = "5a" + "5f5f365f73" + anchor[2:] + "5afa50" + "5a9003"
    # Copies the question, asks twice, gives the second difference and the first.
    program = bytes.fromhex("365f5f37" + asked + asked + "5f52602052" + "60405ff3")
    answer = venue.client.request(
        "eth_call",
        (
            {"to": _METER, "data": "0x" + question.hex()},
            "latest",
            {_METER: {"code": "0x" + program.hex()}},
        ),
    )
    repeated, first = str(answer)[2:66], str(answer)[66:]
    return {"gas_inclusion_20": int(repeated, 16), "gas_inclusion_20_first": int(first, 16)}
