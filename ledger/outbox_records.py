"""Which events belong on the chain, and what is recorded of each: evidence by key and commitment, never a text.

Pure: an outcome and the state after it in, records out. A payload is one of `ledger.chain.records` as JSON.
`record_id` is unique in the outbox, so that the same event can never queue twice; the contract refuses a second record
under the ids inside the payload.

Holders and pledgees stand on the chain by a digest of their company numbers, as the public register names them, since a
company may become a party here after the register has named it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from exchange import canonical
from exchange.calendar import MS_PER_SECOND
from exchange.deals.acceptances import offer_of
from exchange.deals.licences import scope_commitment
from exchange.deals.steps import dispute_of
from exchange.events import DealChanged, FreezeSeen, HolderChanged, LicenceChanged, OfferSigned, PledgeSeen
from exchange.identifiers import chain_key, deal_chain_id, deal_kind_number
from exchange.keys import counters
from exchange.offers import is_delivered
from ledger.chain.records import (
    ZERO_HASH,
    DealRecord,
    FreezeRecord,
    LicenceEndedRecord,
    LicenceRecord,
    PledgeDischargedRecord,
    PledgeRecord,
    RegistryConfirmationRecord,
    ReleaseRecord,
    RightRecord,
    SettledRecord,
    UnwoundRecord,
)
from ledger.key_records import key_records
from ledger.offer_records import acceptance_record, offer_records
from ledger.order_messages import fill_record
from ledger.outbox_row import OutboxRecord, code_word, queued
from ledger.recovery_records import recovery_records
from ledger.sealed_records import sealed_records

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.events import AnyEvent
    from exchange.rows import Deal, Licence, Right
    from exchange.state import State
    from exchange.turn import Outcome

    RecordsOf: TypeAlias = Callable[[int, Outcome, State], "list[OutboxRecord]"]

_ON_CHAIN_BEFORE_UNWINDING = frozenset({"SIGNED", "CONDITIONAL", "EFFECTIVE", "WITNESSED", "FUNDED", "FILED"})
"""States in which a deal's record is on the chain or on its way there."""


def outbox_records(entry: int, outcome: Outcome, state: State) -> list[OutboxRecord]:
    """Give the records of one entry's outcome, in the order in which they must reach the chain."""
    records: list[OutboxRecord] = []
    for event in outcome.events:
        records += _records(entry, event, state) + key_records(entry, event, outcome, state)
        records += offer_records(entry, event, state)
        records += recovery_records(entry, event, state)
        records += sealed_records(event, state)
    return records


def right_record(right: Right) -> OutboxRecord:
    """A right with its holder of record and the digest of what its register copy says."""
    record = RightRecord(
        right_id=_key(chain_key("right", right.id)),
        holder=_confirmed_holder(right),
        document=_document(right),
    )
    return queued("right", right.id, record)


def _records(entry: int, event: AnyEvent, state: State) -> list[OutboxRecord]:  # noqa: PLR0911 - one return a kind of record
    match event:
        case DealChanged():
            return _deal(entry, event, state)
        case OfferSigned():
            offer = state.offers[event.listing_id]
            return [] if is_delivered(offer) else [right_record(state.rights[offer.right_id])]
        case HolderChanged():
            return [_registration(entry, event, state)]
        case LicenceChanged(old="", new="GRANTED"):
            return [_licence(event, state)]
        case LicenceChanged() if event.ended_early_ms is not None:
            return [_licence_end(event, event.ended_early_ms)]
        case PledgeSeen():
            return _pledge(entry, event, state)
        case FreezeSeen():
            return _freeze(entry, event, state)
        case _:
            return []


def _deal(entry: int, event: DealChanged, state: State) -> list[OutboxRecord]:
    """A dispute is none of the chain's: what a deal goes back to was recorded before."""
    match event:
        case DealChanged(old="DISPUTED", new="SIGNED" | "SETTLED"):
            return []
        case DealChanged(new="SIGNED"):
            return _signed(entry, event, state)
        case DealChanged(new="UNWINDING") if _before_unwinding(event, state) in _ON_CHAIN_BEFORE_UNWINDING:
            unwound = UnwoundRecord(deal_id=_deal_key(state, event.deal_id), reason=code_word(event.cause))
            return [queued("unwound", event.deal_id, unwound)]
        case DealChanged(new="SETTLED"):
            settled = SettledRecord(deal_id=_deal_key(state, event.deal_id))
            return [queued("settled", event.deal_id, settled)]
        case _:
            return []


def _before_unwinding(event: DealChanged, state: State) -> str:
    """From which state a deal is unwound, its dispute left aside."""
    if event.old != "DISPUTED":
        return event.old
    return dispute_of(state, state.deals[event.deal_id]).came_from


def _signed(entry: int, event: DealChanged, state: State) -> list[OutboxRecord]:
    deal = state.deals[event.deal_id]
    seller_counter, buyer_counter = counters(state, deal)
    offer = offer_of(state, deal)
    # A deal that the chain refused is signed afresh, as like as not with the same bytes, and must be sent again.
    if isinstance(deal.orders, tuple):
        row = fill_record(entry, deal, *deal.orders, state.venue.register)
    elif offer is not None:
        row = acceptance_record(entry, deal, offer, buyer_counter)
    else:
        row = queued("deal", deal.id, _agreement(deal, seller_counter, buyer_counter), entry)
    return [row] if deal.by_delivery else [right_record(state.rights[deal.right_id]), row]


def _agreement(deal: Deal, seller_counter: int, buyer_counter: int) -> DealRecord:
    return DealRecord(
        right_id=_key(chain_key("right", deal.right_id)),
        deal_id=_key(deal_chain_id(deal.id, deal.seller_key, deal.buyer_key)),
        kind=deal_kind_number(deal.deal_kind, by_delivery=deal.by_delivery),
        seller=deal.seller_key,
        buyer=deal.buyer_key,
        terms="0x" + deal.terms_commitment,
        contract_text="0x" + deal.contract_commitment,
        deadline=deal.deadline_s,
        seller_counter=seller_counter,
        buyer_counter=buyer_counter,
        seller_signature=deal.seller_signature,
        buyer_signature=deal.buyer_signature,
    )


def _registration(entry: int, event: HolderChanged, state: State) -> OutboxRecord:
    record = RegistryConfirmationRecord(
        right_id=_key(chain_key("right", event.right_id)),
        deal_id=_deal_key(state, event.deal_id) if event.deal_id else ZERO_HASH,
        old_holder=holders_key([_number(state, name) for name in event.old_holders]),
        new_holder=holders_key([_number(state, name) for name in event.new_holders]),
        proof="0x" + event.proof_digest,
    )
    return queued("registration", event.deal_id or f"{event.right_id} holder {entry}", record)


def _licence(event: LicenceChanged, state: State) -> OutboxRecord:
    licence = state.licences[event.licence_id]
    deal = state.deals[event.deal_id]
    record = LicenceRecord(
        licence_id=_key(chain_key("licence", licence.id)),
        right_id=_key(chain_key("right", licence.right_id)),
        deal_id=_deal_key(state, deal.id),
        head_id=_key(chain_key("licence", licence.head_licence)) if licence.head_licence else ZERO_HASH,
        licensor=address_word(deal.seller_key),
        licensee=address_word(deal.buyer_key),
        terms="0x" + deal.recorded_terms,
        scope=_scope(state, licence),
        starts_at=licence.starts_ms // MS_PER_SECOND,
        ends_at=licence.ends_ms // MS_PER_SECOND,
        sublicensable=deal.terms.may_sublicense,
    )
    return queued("licence", licence.id, record)


def _scope(state: State, licence: Licence) -> str:
    """What equal scopes on one right share. A licence granted under engine version 1 has a scope to itself."""
    scope = state.licence_scopes.get(licence.right_id)
    return _key(chain_key("licence", licence.id) if scope is None else scope_commitment(licence, scope))


def _licence_end(event: LicenceChanged, ended_ms: int) -> OutboxRecord:
    """A licence that ended before its time; the chain takes one end, so a shortened one is recorded when it ends."""
    record = LicenceEndedRecord(
        licence_id=_key(chain_key("licence", event.licence_id)),
        right_id=_key(chain_key("right", event.right_id)),
        ended_at=ended_ms // MS_PER_SECOND,
        reason=code_word(event.cause),
    )
    return queued("licence_end", event.licence_id, record)


def _pledge(entry: int, event: PledgeSeen, state: State) -> list[OutboxRecord]:
    right = state.rights[event.right_id]
    subject_id = f"{right.id} pledge {event.number}"
    pledge_key, right_key = _key(chain_key("pledge", subject_id)), _key(chain_key("right", right.id))
    if not event.registered:
        ended = PledgeDischargedRecord(pledge_id=pledge_key, right_id=right_key, proof=_document(right))
        return [queued("pledge_end", subject_id, ended, entry)]
    pledge = PledgeRecord(
        pledge_id=pledge_key,
        right_id=right_key,
        pledgor=_confirmed_holder(right),
        pledgee=holders_key([_number(state, event.pledgee)]),
        terms=ZERO_HASH,
        proof=_document(right),
    )
    return [right_record(right), queued("pledge", subject_id, pledge, entry)]


def _freeze(entry: int, event: FreezeSeen, state: State) -> list[OutboxRecord]:
    right = state.rights[event.right_id]
    right_key, document = _key(chain_key("right", right.id)), _document(right)
    records = []
    if event.old_number:
        subject_id = f"{right.id} freeze {event.old_number}"
        freeze_key = _key(chain_key("freeze", subject_id))
        ended = ReleaseRecord(freeze_id=freeze_key, right_id=right_key, proof=document)
        records.append(queued("freeze_end", subject_id, ended, entry))
    if event.new_number:
        subject_id = f"{right.id} freeze {event.new_number}"
        freeze_key = _key(chain_key("freeze", subject_id))
        frozen = FreezeRecord(freeze_id=freeze_key, right_id=right_key, ground=document)
        records += [right_record(right), queued("freeze", subject_id, frozen, entry)]
    return records


def _document(right: Right) -> str:
    """The digest of what the register copy says, as the venue holds it; anybody with the facts can make it again."""
    return _key(
        canonical.digest(
            {
                "right_id": right.id,
                "as_of_ms": right.register_as_of_ms,
                "status": right.status,
                "holders": [msgspec.to_builtins(holder) for holder in right.holder_of_record],
                "pledges": [msgspec.to_builtins(pledge) for pledge in right.pledges],
                "freeze": right.freeze,
            }
        )
    )


def _number(state: State, name: str) -> str:
    """The company number of a holder or pledgee that an event names by party id or by number."""
    party = state.parties.get(name)
    return name if party is None else party.company_number


def _confirmed_holder(right: Right) -> str:
    return holders_key([holder.company_number for holder in right.holder_of_record])


def holders_key(numbers: list[str]) -> str:
    """One key for all holders together: a right may have several."""
    return _key(chain_key("party", "+".join(sorted(numbers))))


def _deal_key(state: State, deal_id: str) -> str:
    deal = state.deals[deal_id]
    return _key(deal_chain_id(deal.id, deal.seller_key, deal.buyer_key))


def _key(value: bytes) -> str:
    return "0x" + value.hex()


def address_word(address: str) -> str:
    """A party's address as the contract's bytes32."""
    return "0x" + address.removeprefix("0x").lower().rjust(64, "0")
