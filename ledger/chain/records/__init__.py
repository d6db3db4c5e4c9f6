"""What goes on the chain: one typed record for each thing, and the calls that carry them, many at a time.

Hashes are text, 0x and 64 lower-case hex digits; addresses 0x and 40. Times are Unix seconds, as a chain counts.
A record has an identifier of its own (`record_id`), the same however often it is made, and names what the contract
would name if it refused it (`item_id`). The contracts skip what stands already, so a call may be sent again.
"""

from __future__ import annotations

import msgspec

from ledger.chain.errors import ChainFault
from ledger.chain.records.base import ZERO_HASH, Record, Role
from ledger.chain.records.deals import DealCancellationRecord, DealRecord, SettledRecord, UnwoundRecord
from ledger.chain.records.encumbrances import (
    FreezeRecord,
    PledgeDischargedRecord,
    PledgeRecord,
    ReleaseRecord,
)
from ledger.chain.records.fills import FillRecord
from ledger.chain.records.keys import (
    CounterAdvanceRecord,
    KeyEnrolmentRecord,
    KeyRecoveryRecord,
    KeyRevocationRecord,
    KeyRotationRecord,
    RecoveryCompletionRecord,
    RecoveryVetoRecord,
    StandingRecord,
)
from ledger.chain.records.licences import LicenceEndedRecord, LicenceRecord
from ledger.chain.records.offers import OfferAcceptanceRecord, OfferWithdrawalRecord, StandingOfferRecord
from ledger.chain.records.rights import CorrectionRecord, RegistryConfirmationRecord, RightRecord
from ledger.chain.records.sealed import AnchorRecord, SealedSetRecord

__all__ = [
    "RECORD_TYPES",
    "ZERO_HASH",
    "AnchorRecord",
    "AnyRecord",
    "CorrectionRecord",
    "CounterAdvanceRecord",
    "DealCancellationRecord",
    "DealRecord",
    "FillRecord",
    "FreezeRecord",
    "KeyEnrolmentRecord",
    "KeyRecoveryRecord",
    "KeyRevocationRecord",
    "KeyRotationRecord",
    "LicenceEndedRecord",
    "LicenceRecord",
    "OfferAcceptanceRecord",
    "OfferWithdrawalRecord",
    "PledgeDischargedRecord",
    "PledgeRecord",
    "Record",
    "RecoveryCompletionRecord",
    "RecoveryVetoRecord",
    "RegistryConfirmationRecord",
    "ReleaseRecord",
    "RightRecord",
    "Role",
    "SealedSetRecord",
    "SettledRecord",
    "StandingOfferRecord",
    "StandingRecord",
    "UnwoundRecord",
    "decode_record",
    "encode_record",
]

AnyRecord = (
    RightRecord
    | DealRecord
    | RegistryConfirmationRecord
    | LicenceRecord
    | LicenceEndedRecord
    | UnwoundRecord
    | SettledRecord
    | DealCancellationRecord
    | KeyEnrolmentRecord
    | KeyRotationRecord
    | KeyRevocationRecord
    | CounterAdvanceRecord
    | KeyRecoveryRecord
    | RecoveryVetoRecord
    | RecoveryCompletionRecord
    | StandingRecord
    | StandingOfferRecord
    | OfferAcceptanceRecord
    | OfferWithdrawalRecord
    | FillRecord
    | SealedSetRecord
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
