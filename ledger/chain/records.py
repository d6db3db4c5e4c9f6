"""What goes on the chain: one typed record for each thing, and the calls that carry them, many at a time.

Hashes are text, 0x and 64 lower-case hex digits; addresses 0x and 40. Times are Unix seconds, as a chain counts.
A record has an identifier of its own (`record_id`), the same however often it is made, and names what the contract
would name if it refused it (`item_id`). The contracts skip what stands already, so a call may be sent again.
"""

from __future__ import annotations

from typing import Any, ClassVar, Literal

import msgspec

from ledger.chain.errors import ChainFault
from ledger.secp256k1 import SignatureRefused, checksum_address, keccak

Role = Literal["settler", "registrar", "anchorer"]
"""Whose key sends a record."""

ZERO_HASH = "0x" + "00" * 32
_HASH_DIGITS = 66


class Record(msgspec.Struct, frozen=True, kw_only=True, tag_field="record"):
    """One thing to be recorded. Fields stand in the order of the contract's own struct."""

    contract: ClassVar[Literal["Register", "JournalAnchor"]] = "Register"
    function: ClassVar[str]
    types: ClassVar[tuple[str, ...]]
    role: ClassVar[Role]

    @property
    def item_id(self) -> str:
        """What `ItemRefused` names if the contract refuses this record."""
        raise NotImplementedError

    @property
    def record_id(self) -> str:
        """Identifier of this record among all records: Keccak-256 of its function's name and its item."""
        return "0x" + keccak(self.function.encode() + _word(self.item_id)).hex()

    def subjects(self) -> frozenset[str]:
        """Give what it concerns: records that share one of these keep their order."""
        raise NotImplementedError

    def values(self) -> tuple[Any, ...]:
        """Give its values for the ABI, hashes as bytes."""
        fields = (getattr(self, name) for name in self.__struct_fields__)
        return tuple(
            _word(value) if kind == "bytes32" else value
            for kind, value in zip(self.types, fields, strict=True)
        )


class RightRecord(Record, frozen=True, kw_only=True, tag="right"):
    """A right with its holder of record; `document` is the hash of the register copy."""

    function = "recordRights"
    types = ("bytes32", "bytes32", "bytes32")
    role = "registrar"
    right_id: str
    holder: str
    document: str

    @property
    def item_id(self) -> str:
        """The right."""
        return self.right_id

    def subjects(self) -> frozenset[str]:
        """Give the right."""
        return frozenset((self.right_id,))


class DealRecord(Record, frozen=True, kw_only=True, tag="deal"):
    """A deal that both parties signed (EIP-712 `Deal`); `deadline` in Unix seconds, signatures as 0x hex."""

    function = "recordDeals"
    types = ("bytes32", "bytes32", "uint8", "address", "address", "bytes32", "bytes32", "uint64")
    role = "settler"
    deal_id: str
    right_id: str
    kind: int
    seller: str
    buyer: str
    terms: str
    contract_text: str
    deadline: int
    seller_signature: str
    buyer_signature: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal, the right and both signing addresses."""
        return frozenset((self.deal_id, self.right_id, self.seller.lower(), self.buyer.lower()))

    def values(self) -> tuple[Any, ...]:
        """Give the members of the signed struct, without the signatures."""
        head = (
            _word(self.deal_id),
            _word(self.right_id),
            self.kind,
            _address(self.seller),
            _address(self.buyer),
        )
        return (*head, _word(self.terms), _word(self.contract_text), self.deadline)


class RegistryConfirmationRecord(Record, frozen=True, kw_only=True, tag="registry_confirmation"):
    """The public register confirmed a new holder; `deal_id` is `ZERO_HASH` if no deal of this venue is behind it."""

    function = "confirmRegistrations"
    types = ("bytes32",) * 5
    role = "registrar"
    right_id: str
    deal_id: str
    old_holder: str
    new_holder: str
    proof: str

    @property
    def item_id(self) -> str:
        """The deal, or the hash of the whole if there is none."""
        if self.deal_id != ZERO_HASH:
            return self.deal_id
        return "0x" + keccak(b"".join(self.values())).hex()

    def subjects(self) -> frozenset[str]:
        """Give the deal and the right."""
        return frozenset((self.deal_id, self.right_id)) - {ZERO_HASH}


class LicenceRecord(Record, frozen=True, kw_only=True, tag="licence"):
    """A licence granted on its deal; from `starts_at` up to, not including, `ends_at` (Unix seconds)."""

    function = "recordLicences"
    types = ("bytes32",) * 6 + ("uint64", "uint64")
    role = "settler"
    licence_id: str
    right_id: str
    deal_id: str
    licensor: str
    licensee: str
    terms: str
    starts_at: int
    ends_at: int

    @property
    def item_id(self) -> str:
        """The licence."""
        return self.licence_id

    def subjects(self) -> frozenset[str]:
        """Give the licence, the deal and the right."""
        return frozenset((self.licence_id, self.deal_id, self.right_id))


class LicenceEndedRecord(Record, frozen=True, kw_only=True, tag="licence_ended"):
    """A licence ended before its term was over; `ended_at` in Unix seconds, `reason` a code as bytes32."""

    function = "endLicences"
    types = ("bytes32", "bytes32", "uint64", "bytes32")
    role = "settler"
    licence_id: str
    right_id: str
    ended_at: int
    reason: str

    @property
    def item_id(self) -> str:
        """The licence."""
        return self.licence_id

    def subjects(self) -> frozenset[str]:
        """Give the licence and the right."""
        return frozenset((self.licence_id, self.right_id))


class UnwoundRecord(Record, frozen=True, kw_only=True, tag="unwound"):
    """A deal was undone before it took effect; `reason` is a code as bytes32."""

    function = "unwindDeals"
    types = ("bytes32", "bytes32")
    role = "settler"
    deal_id: str
    reason: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal."""
        return frozenset((self.deal_id,))


class SettledRecord(Record, frozen=True, kw_only=True, tag="settled"):
    """A deal was paid out and is done."""

    function = "settleDeals"
    types = ("bytes32",)
    role = "settler"
    deal_id: str

    @property
    def item_id(self) -> str:
        """The deal."""
        return self.deal_id

    def subjects(self) -> frozenset[str]:
        """Give the deal."""
        return frozenset((self.deal_id,))


class PledgeRecord(Record, frozen=True, kw_only=True, tag="pledge"):
    """A pledge was registered."""

    function = "recordPledges"
    types = ("bytes32",) * 6
    role = "registrar"
    pledge_id: str
    right_id: str
    pledgor: str
    pledgee: str
    terms: str
    proof: str

    @property
    def item_id(self) -> str:
        """The pledge."""
        return self.pledge_id

    def subjects(self) -> frozenset[str]:
        """Give the pledge and the right."""
        return frozenset((self.pledge_id, self.right_id))


class PledgeDischargedRecord(Record, frozen=True, kw_only=True, tag="pledge_discharged"):
    """A pledge was discharged."""

    function = "dischargePledges"
    types = ("bytes32",) * 3
    role = "registrar"
    pledge_id: str
    right_id: str
    proof: str

    @property
    def item_id(self) -> str:
        """The pledge."""
        return self.pledge_id

    def subjects(self) -> frozenset[str]:
        """Give the pledge and the right."""
        return frozenset((self.pledge_id, self.right_id))


class FreezeRecord(Record, frozen=True, kw_only=True, tag="freeze"):
    """A right was frozen; `ground` is the hash of the document that orders it."""

    function = "freezeRights"
    types = ("bytes32",) * 3
    role = "registrar"
    freeze_id: str
    right_id: str
    ground: str

    @property
    def item_id(self) -> str:
        """The freeze."""
        return self.freeze_id

    def subjects(self) -> frozenset[str]:
        """Give the freeze and the right."""
        return frozenset((self.freeze_id, self.right_id))


class ReleaseRecord(Record, frozen=True, kw_only=True, tag="release"):
    """A freeze was released; `proof` is the hash of the document that ends it."""

    function = "releaseRights"
    types = ("bytes32",) * 3
    role = "registrar"
    freeze_id: str
    right_id: str
    proof: str

    @property
    def item_id(self) -> str:
        """The freeze."""
        return self.freeze_id

    def subjects(self) -> frozenset[str]:
        """Give the freeze and the right."""
        return frozenset((self.freeze_id, self.right_id))


class CorrectionRecord(Record, frozen=True, kw_only=True, tag="correction"):
    """An earlier event was wrong; `corrected_seq` is its number, old and new value are hashes."""

    function = "recordCorrections"
    types = ("bytes32", "uint64", "bytes32", "bytes32", "bytes32")
    role = "registrar"
    correction_id: str
    corrected_seq: int
    old_value: str
    new_value: str
    ground: str

    @property
    def item_id(self) -> str:
        """The correction."""
        return self.correction_id

    def subjects(self) -> frozenset[str]:
        """Give the correction."""
        return frozenset((self.correction_id,))


class AnchorRecord(Record, frozen=True, kw_only=True, tag="anchor"):
    """The journal's Merkle root at a size. Anchors go one at a time, and the contract reverts where it refuses."""

    contract = "JournalAnchor"
    function = "anchor"
    types = ("bytes32", "uint64", "bytes32")
    role = "anchorer"
    root: str
    size: int
    previous_root: str

    @property
    def item_id(self) -> str:
        """The size, as a word: there is one anchor for a size."""
        return "0x" + self.size.to_bytes(32).hex()

    def subjects(self) -> frozenset[str]:
        """Give the journal: anchors keep their order."""
        return frozenset(("journal",))


AnyRecord = (
    RightRecord
    | DealRecord
    | RegistryConfirmationRecord
    | LicenceRecord
    | LicenceEndedRecord
    | UnwoundRecord
    | SettledRecord
    | PledgeRecord
    | PledgeDischargedRecord
    | FreezeRecord
    | ReleaseRecord
    | CorrectionRecord
    | AnchorRecord
)
"""Every record, told apart by the field `record` when decoded from JSON."""

RECORD_TYPES: tuple[type[Record], ...] = AnyRecord.__args__


def encode_record(record: Record) -> bytes:
    """Give a record as JSON with its tag."""
    return msgspec.json.encode(record)


def decode_record(data: bytes) -> AnyRecord:
    """Read a record from its JSON.

    Raises:
        ChainFault: `RECORD-MALFORMED`.
    """
    try:
        record: AnyRecord = msgspec.json.decode(data, type=AnyRecord)
    except msgspec.DecodeError as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=str(error)) from error
    return record


def _word(text: str) -> bytes:
    if len(text) != _HASH_DIGITS or not text.startswith("0x"):
        raise ChainFault(code="RECORD-MALFORMED", detail=f"no hash: {text[:80]}")
    try:
        return bytes.fromhex(text[2:])
    except ValueError as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"no hash: {text[:80]}") from error


def _address(text: str) -> str:
    try:
        return checksum_address(text)
    except SignatureRefused as error:
        raise ChainFault(code="RECORD-MALFORMED", detail=f"no address: {text[:80]}") from error
