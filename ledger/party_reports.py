"""What parties did to their offers and deals on the chain without the venue: told to the exchange once it is final.

An offer's withdrawal is news while the offer stands here, a deal's cancellation while the deal waits for signatures and
it did not come of a standing offer: what is signed is bound whatever a chain does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
import structlog

from exchange.commands import ReportPartyMessage
from exchange.rows import Offer
from ledger.offer_messages import offer_chain_id
from ledger.secp256k1 import checksum_address

if TYPE_CHECKING:
    from ledger.alone import Database, Row
    from ledger.service import Service

MOST_EVENTS: Final = 100
"""Cancellations told in one run."""
_WITHDRAWALS: Final = """
SELECT e.data ->> 'offer_id' AS offer_id, e.transaction_hash, e.block_number, o.data AS offer
FROM chain_events e
JOIN offers o ON o.state = 'STANDING' AND lower(o.data ->> 'seller_key') = e.data ->> 'seller'
WHERE e.name = 'OfferWithdrawn' AND e.final ORDER BY e.seq
"""
_CANCELLATIONS: Final = """
SELECT d.id, e.transaction_hash, e.block_number, e.data ->> 'key' AS key
FROM chain_events e
JOIN deals d ON d.state IN ('AWARDED', 'ROFR_PENDING') AND e.data ->> 'deal_id' = '0x' || lower(
    right(d.data ->> 'seller_key', 20) || right(d.data ->> 'buyer_key', 20)
) || left(encode(sha256(convert_to('IPX deal ' || d.id, 'UTF8')), 'hex'), 24)
LEFT JOIN offers o ON o.id = d.listing_id AND (o.data -> 'deals' ? d.id OR o.data -> 'left' ? d.id)
WHERE e.name = 'DealCancelled' AND e.final AND o.id IS NULL ORDER BY e.seq LIMIT %s
"""
"""A deal's identifier as `exchange.identifiers.deal_chain_id` makes it."""
_log = structlog.get_logger()


def report_party_messages(database: Database, service: Service) -> int:
    """Tell the exchange what it does not know yet; gives how many messages were told.

    Raises:
        SequencerRefused, VenueNotOpen: a report could not be given now; run it again.
        psycopg.Error: the database does not answer.
    """
    told = 0
    for row in database.execute(_WITHDRAWALS).fetchall():
        offer = msgspec.convert(row["offer"], Offer)
        # Its seller may have withdrawn another one.
        if "0x" + offer_chain_id(offer).hex() == row["offer_id"]:
            _report("offer_withdrawn", offer.id, row, service)
            told += 1
    for row in database.execute(_CANCELLATIONS, (MOST_EVENTS,)).fetchall():
        _report("deal_cancelled", row["id"], row, service)
        told += 1
    return told


def _report(message: str, subject_id: str, row: Row, service: Service) -> None:
    command = msgspec.convert(
        {
            "type": "report_party_message",
            "message": message,
            "subject_id": subject_id,
            "transaction": row["transaction_hash"],
            "block": row["block_number"],
            **({"key": checksum_address(row["key"])} if "key" in row else {}),
        },
        ReportPartyMessage,
    )
    answer = service.report(f"party-message:{message}:{subject_id}:{row['transaction_hash']}", command)
    if answer.status == "refused":
        # A command of the party's has brought the exchange there just now.
        _log.warning("a party's message was no news", subject_id=subject_id, code=answer.code)
    else:
        _log.warning("a party sent its message to the chain itself", subject_id=subject_id, message=message)
