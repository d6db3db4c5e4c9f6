"""What the contracts hold now: single questions to them, and the names of the errors with which they refuse a call."""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Any

import msgspec
from eth_abi.abi import decode, encode
from eth_abi.exceptions import DecodingError

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.chain.events import REFUSALS

if TYPE_CHECKING:
    from ledger.chain.client import BlockTag, ChainClient

_WHOLE_CALL = (
    "AccessManagedUnauthorized(address)",
    "AccessManagedRequiredDelay(address,uint32)",
    "AuthorityIsFixed()",
    "BatchTooLong(uint256,uint256)",
    "DealsAreStopped()",
    "SignaturesMisplaced()",
    "TooLittleGas()",
    "NotAVersion(address)",
    "VersionIsAnnounced(address)",
    "NotTheKey(address)",
    "SizeNotAbove(uint64,uint64)",
    "GrowthTooLarge(uint64,uint64)",
    "PreviousRootDiffers(bytes32,bytes32)",
    "RootIsZero()",
    "SizeNotAnchored(uint64,uint64)",
    "KeyIsZero()",
)
_SINGLE_MESSAGE = (
    "NotThePartysKey()",
    "NotAParty(address)",
    "RecoveryUnknown()",
    "RecoveryTooEarly(uint64)",
)
"""With these, and with the grounds on which an item of a batch is refused, the contract refuses one party's message."""
_MANAGER = (
    "AccessManagerUnauthorizedAccount(address,uint64)",
    "AccessManagerUnauthorizedCall(address,address,bytes4)",
    "AccessManagerUnauthorizedCancel(address,address,address,bytes4)",
    "AccessManagerNotScheduled(bytes32)",
    "AccessManagerNotReady(bytes32)",
    "AccessManagerExpired(bytes32)",
    "AccessManagerAlreadyScheduled(bytes32)",
)
ERRORS = (*_WHOLE_CALL, *_SINGLE_MESSAGE, *_MANAGER)
_ERROR_NAMES = {keccak(error.encode())[:4]: error.partition("(")[0] for error in ERRORS} | {
    bytes.fromhex(selector[2:]): name for selector, name in REFUSALS.items()
}
PASSING_ERRORS = frozenset(
    (
        "AccessManagedUnauthorized",
        "AccessManagedRequiredDelay",
        "BatchTooLong",
        "DealsAreStopped",
        "RecoveryTooEarly",
        "SignaturesMisplaced",
        "TooLittleGas",
    )
)
"""Errors that say nothing of the record itself: the same call may pass later, or after somebody has seen to it."""


class DealState(IntEnum):
    """Life of a deal in the register, as its contract numbers it."""

    NONE = 0
    AGREED = 1
    REGISTERED = 2
    LICENSED = 3
    SETTLED = 4
    UNWOUND = 5
    CANCELLED = 6


class KeyStatus(IntEnum):
    """Life of a key in the register, as its contract numbers it."""

    NONE = 0
    LIVE = 1
    REPLACED = 2
    REVOKED = 3


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


class EncumbrancesOnRecord(msgspec.Struct, frozen=True):
    """How much stands on a right in the register of encumbrances."""

    live_pledges: int
    live_freezes: int


class KeyOnRecord(msgspec.Struct, frozen=True):
    """A signing key; `seq` is the number of the event that brought it in, 0 if there is none."""

    status: KeyStatus
    recovered: bool
    counter: int
    seq: int


class PartyOnRecord(msgspec.Struct, frozen=True):
    """A party: its key, live or revoked, its standing (0 if it is not on record), and a recovery under way.

    Addresses are lower case, 0x and forty zeros for none; `recovery_at` is in Unix seconds.
    """

    key: str
    standing: int
    recovery_key: str
    recovery_at: int


class OfferOnRecord(msgspec.Struct, frozen=True):
    """A standing offer; `seq` is the number of its first event, 0 if there is none; times in Unix seconds."""

    seq: int
    seller: str
    most: int
    accepted: int
    expires_at: int
    withdrawn: bool


class LicenceOnRecord(msgspec.Struct, frozen=True):
    """A licence; `kind` is its deal's, `ends_at` the earliest end among it and its heads; times in Unix seconds."""

    seq: int
    kind: int
    starts_at: int
    ends_at: int


class SealedSetOnRecord(msgspec.Struct, frozen=True):
    """The sealed bids of a round; `seq` is 0 if they are not fixed; `closed_at` in Unix seconds."""

    seq: int
    root: str
    count: int
    closed_at: int


def anchored_head(client: ChainClient, anchor: str, tag: BlockTag = "latest") -> AnchoredHead:
    """Give the anchored head. An anchor found there already need not be sent again: it would be refused.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    return AnchoredHead(*_asked(client, anchor, "head()", (), ("uint64", "bytes32"), tag))


def deal_on_record(
    client: ChainClient, register: str, deal_id: str, tag: BlockTag = "latest"
) -> DealOnRecord:
    """Give what the register holds of a deal.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint64", "uint8", "uint8")
    seq, kind, state = _asked(client, register, "dealOf(bytes32)", (deal_id,), kinds, tag)
    return DealOnRecord(seq, kind, DealState(state))


def right_on_record(
    client: ChainClient, register: str, right_id: str, tag: BlockTag = "latest"
) -> RightOnRecord:
    """Give what the register holds of a right.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint64", "bytes32")
    return RightOnRecord(*_asked(client, register, "rightOf(bytes32)", (right_id,), kinds, tag))


def encumbrances_on_record(
    client: ChainClient, encumbrance_register: str, right_id: str, tag: BlockTag = "latest"
) -> EncumbrancesOnRecord:
    """Give how much stands on a right, by the register of encumbrances.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint24", "uint24")
    question = "encumbrancesOf(bytes32)"
    return EncumbrancesOnRecord(*_asked(client, encumbrance_register, question, (right_id,), kinds, tag))


def key_on_record(client: ChainClient, register: str, key: str, tag: BlockTag = "latest") -> KeyOnRecord:
    """Give what the register holds of a signing key (an address).

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint8", "bool", "uint32", "uint64")
    status, *rest = _asked(client, register, "keyOf(address)", (key,), kinds, tag)
    return KeyOnRecord(KeyStatus(status), *rest)


def party_on_record(
    client: ChainClient, register: str, party: str, tag: BlockTag = "latest"
) -> PartyOnRecord:
    """Give what the register holds of a party.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("address", "uint8", "address", "uint64")
    return PartyOnRecord(*_asked(client, register, "partyOf(bytes32)", (party,), kinds, tag))


def offer_on_record(
    client: ChainClient, register: str, offer_id: str, tag: BlockTag = "latest"
) -> OfferOnRecord:
    """Give what the register holds of a standing offer.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint64", "address", "uint32", "uint32", "uint64", "bool")
    return OfferOnRecord(*_asked(client, register, "offerOf(bytes32)", (offer_id,), kinds, tag))


def licence_on_record(
    client: ChainClient, register: str, licence_id: str, tag: BlockTag = "latest"
) -> LicenceOnRecord:
    """Give what the register holds of a licence.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint64", "uint8", "uint64", "uint64")
    return LicenceOnRecord(*_asked(client, register, "licenceOf(bytes32)", (licence_id,), kinds, tag))


def licence_active(
    client: ChainClient, register: str, licence_id: str, at_s: int, tag: BlockTag = "latest"
) -> bool:
    """Whether a licence and every head above it are within their terms and not ended at a second, Unix time.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    question = "licenceActive(bytes32,uint64)"
    (active,) = _asked(client, register, question, (licence_id, at_s), ("bool",), tag)
    return bool(active)


def sealed_set_on_record(
    client: ChainClient,
    sealed_bid_register: str,
    listing_id: str,
    listing_round: int,
    tag: BlockTag = "latest",
) -> SealedSetOnRecord:
    """Give what is fixed of the sealed bids of a listing's round.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    kinds = ("uint64", "bytes32", "uint64", "uint64")
    question, asked_of = "sealedBidsOf(bytes32,uint16)", (listing_id, listing_round)
    return SealedSetOnRecord(*_asked(client, sealed_bid_register, question, asked_of, kinds, tag))


def address_on_record(client: ChainClient, contract: str, view: str, tag: BlockTag = "latest") -> str:
    """Give the address that a view without arguments names, lower case; e.g. `encumbranceRegister`, `nextVersion`.

    Raises:
        ChainFault: `CHAIN-ANSWER`, and what the client raises.
    """
    (found,) = _asked(client, contract, f"{view}()", (), ("address",), tag)
    return str(found)


def error_name(data: bytes) -> str:
    """Give the name of the custom error in a revert's data, or its selector in hex if it is none of ours."""
    return _ERROR_NAMES.get(data[:4], "0x" + data[:4].hex())


def _asked(  # noqa: PLR0913 - whom, what, of what, and in which form the answer comes
    client: ChainClient,
    contract: str,
    question: str,
    given: tuple[str | int, ...],
    kinds: tuple[str, ...],
    tag: BlockTag,
) -> tuple[Any, ...]:
    types = [kind for kind in question.partition("(")[2].rstrip(")").split(",") if kind]
    values = [
        bytes.fromhex(str(each)[2:]) if kind == "bytes32" else each
        for kind, each in zip(types, given, strict=True)
    ]
    answer = client.call(contract, keccak(question.encode())[:4] + encode(types, values), tag)
    try:
        found = decode(kinds, answer)
    except DecodingError as error:
        raise ChainFault(code="CHAIN-ANSWER", detail=f"{contract} is not the contract asked for") from error
    return tuple("0x" + each.hex() if isinstance(each, bytes) else each for each in found)
