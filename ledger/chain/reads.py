"""What the contracts hold now: single questions to them, and the names of the errors with which they refuse a call."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import msgspec
from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError

from ledger.chain.errors import ChainFault
from ledger.secp256k1 import keccak

if TYPE_CHECKING:
    from ledger.chain.client import BlockTag, ChainClient

_HEAD = keccak(b"head()")[:4]
_DEAL_OF = keccak(b"dealOf(bytes32)")[:4]
_RIGHT_OF = keccak(b"rightOf(bytes32)")[:4]
_ERRORS = (
    "AccessManagedUnauthorized(address)",
    "AccessManagedRequiredDelay(address,uint32)",
    "AuthorityIsFixed()",
    "BatchTooLong(uint256,uint256)",
    "DealsArePaused()",
    "LengthsDiffer()",
    "TooLittleGas()",
    "NotAVersion(address)",
    "NotTheKey(address)",
    "SizeNotAbove(uint64,uint64)",
    "GrowthTooLarge(uint64,uint64)",
    "PreviousRootDiffers(bytes32,bytes32)",
    "RootIsZero()",
    "SizeNotAnchored(uint64,uint64)",
    "KeyIsZero()",
)
_ERROR_NAMES = {keccak(error.encode())[:4]: error.partition("(")[0] for error in _ERRORS}


class DealState(IntEnum):
    """Life of a deal in the register, as its contract numbers it."""

    NONE = 0
    AGREED = 1
    REGISTERED = 2
    LICENSED = 3
    SETTLED = 4
    UNWOUND = 5


class AnchoredHead(msgspec.Struct, frozen=True):
    """The journal's size and root (0x and 64 hex digits) as anchored last."""

    size: int
    root: str


class DealOnRecord(msgspec.Struct, frozen=True):
    """A deal in the register; `seq` is the number of its event, 0 if there is none."""

    seq: int
    kind: int
    state: DealState


class RightOnRecord(msgspec.Struct, frozen=True):
    """A right in the register; `seq` is the number of its first event, 0 if there is none."""

    seq: int
    holder: str
    live_pledges: int
    live_freezes: int


def anchored_head(client: ChainClient, anchor: str, tag: BlockTag = "latest") -> AnchoredHead:
    """Give the anchored head. An anchor found there already need not be sent again: it would be refused.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    size, root = _asked(client, anchor, _HEAD, ("uint64", "bytes32"), tag)
    return AnchoredHead(size, "0x" + root.hex())


def deal_on_record(
    client: ChainClient, register: str, deal_id: str, tag: BlockTag = "latest"
) -> DealOnRecord:
    """Give what the register holds of a deal.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    question = _DEAL_OF + bytes.fromhex(deal_id[2:])
    seq, kind, state = _asked(client, register, question, ("uint64", "uint8", "uint8"), tag)
    return DealOnRecord(seq, kind, DealState(state))


def right_on_record(
    client: ChainClient, register: str, right_id: str, tag: BlockTag = "latest"
) -> RightOnRecord:
    """Give what the register holds of a right.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    question = _RIGHT_OF + bytes.fromhex(right_id[2:])
    kinds = ("uint64", "bytes32", "uint24", "uint24")
    seq, holder, pledges, freezes = _asked(client, register, question, kinds, tag)
    return RightOnRecord(seq, "0x" + holder.hex(), pledges, freezes)


def error_name(data: bytes) -> str:
    """Give the name of the custom error in a revert's data, or its selector in hex if it is none of ours."""
    return _ERROR_NAMES.get(data[:4], "0x" + data[:4].hex())


def _asked(
    client: ChainClient, contract: str, question: bytes, kinds: tuple[str, ...], tag: BlockTag
) -> tuple[Any, ...]:
    answer = client.call(contract, question, tag)
    try:
        values: tuple[Any, ...] = decode(kinds, answer)
    except DecodingError as error:
        raise ChainFault(code="CHAIN-ANSWER", detail=f"{contract} is not the contract asked for") from error
    return values
