"""Which events belong on the chain, and what is recorded of each: evidence by key and commitment, never a text.

Pure: an outcome and the state after it in, records out. Payloads have the members of the register contract's structs:
32-byte values and signatures as 0x hex, times in unix seconds. `record_id` is unique in the outbox, so that the same
event can never queue twice; the contract refuses a second record under the ids inside the payload.

Holders and pledgees stand on the chain by a digest of their company numbers, as the public register names them, since a
company may become a party here after the register has named it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from exchange import canonical
from exchange.calendar import MS_PER_SECOND
from exchange.events import DealChanged, FreezeSeen, HolderChanged, LicenceChanged, PledgeSeen
from exchange.identifiers import chain_key
from exchange.terms.deal_terms import register_struct

if TYPE_CHECKING:
    from collections.abc import Callable

    from exchange.events import AnyEvent
    from exchange.state import Right, State
    from exchange.turn import Outcome

    RecordsOf: TypeAlias = Callable[[Outcome, State], "list[OutboxRecord]"]

_ON_CHAIN_BEFORE_UNWINDING = frozenset({"SIGNED", "EFFECTIVE", "WITNESSED", "FUNDED", "FILED"})
"""States in which a deal's record is on the chain or on its way there."""


class OutboxRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One record for the chain. Kinds: those of `ReportChainRecord.record`, pledge_end, freeze_end, and settled."""

    record_id: str
    kind: str
    subject_id: str
    payload: dict[str, Any]


def outbox_records(outcome: Outcome, state: State) -> list[OutboxRecord]:
    """Give the records of one outcome, in the order in which they must reach the chain."""
    records: list[OutboxRecord] = []
    for event in outcome.events:
        records += _records(event, state)
    return records


def right_record(state: State, right: Right) -> OutboxRecord:
    """A right with its holder of record and the digest of what its register copy says."""
    return OutboxRecord(
        record_id=f"right:{right.id}",
        kind="right",
        subject_id=right.id,
        payload={
            "rightId": _key(chain_key("right", right.id)),
            "holder": _holder(state, tuple(holder.company_number for holder in right.holder_of_record)),
            "document": _document(right),
        },
    )


def _records(event: AnyEvent, state: State) -> list[OutboxRecord]:  # noqa: PLR0911 - one return a kind of record
    match event:
        case DealChanged(new="SIGNED"):
            return _signed(event, state)
        case DealChanged(new="UNWINDING") if event.old in _ON_CHAIN_BEFORE_UNWINDING:
            payload = {"dealId": _key(chain_key("deal", event.deal_id)), "reason": _code(event.cause)}
            return [_record("unwound", event.deal_id, payload)]
        case DealChanged(new="SETTLED"):
            return [_record("settled", event.deal_id, {"dealId": _key(chain_key("deal", event.deal_id))})]
        case HolderChanged():
            return [_registration(event, state)]
        case LicenceChanged(new="GRANTED"):
            return [_licence(event, state)]
        case PledgeSeen():
            return _pledge(event, state)
        case FreezeSeen():
            return _freeze(event, state)
        case _:
            return []


def _signed(event: DealChanged, state: State) -> list[OutboxRecord]:
    deal = state.deals[event.deal_id]
    # A deal that the chain refused is signed afresh: another record of the same deal.
    attempt = canonical.digest([deal.seller_signature, deal.buyer_signature]).hex()[:16]
    record = OutboxRecord(
        record_id=f"deal:{deal.id}:{attempt}",
        kind="deal",
        subject_id=deal.id,
        payload={
            **register_struct(deal),
            "sellerSignature": deal.seller_signature,
            "buyerSignature": deal.buyer_signature,
        },
    )
    return [record] if deal.by_delivery else [right_record(state, state.rights[deal.right_id]), record]


def _registration(event: HolderChanged, state: State) -> OutboxRecord:
    payload = {
        "rightId": _key(chain_key("right", event.right_id)),
        "dealId": _key(chain_key("deal", event.deal_id)),
        "oldHolder": _holder(state, event.old_holders),
        "newHolder": _holder(state, event.new_holders),
        "proof": "0x" + event.proof_digest,
    }
    return _record("registration", event.deal_id, payload)


def _licence(event: LicenceChanged, state: State) -> OutboxRecord:
    licence = state.licences[event.licence_id]
    deal = state.deals[event.deal_id]
    payload = {
        "licenceId": _key(chain_key("licence", licence.id)),
        "rightId": _key(chain_key("right", licence.right_id)),
        "dealId": _key(chain_key("deal", deal.id)),
        "licensor": _address(deal.seller_key),
        "licensee": _address(deal.buyer_key),
        "terms": "0x" + deal.terms_commitment,
        "startsAt": licence.starts_ms // MS_PER_SECOND,
        "endsAt": licence.ends_ms // MS_PER_SECOND,
    }
    return _record("licence", licence.id, payload)


def _pledge(event: PledgeSeen, state: State) -> list[OutboxRecord]:
    right = state.rights[event.right_id]
    number = _number(state, event.pledgee)
    subject_id = f"{right.id} {number}"
    pledge_id = _key(chain_key("pledge", subject_id))
    if not event.registered:
        payload = {"id": pledge_id, "rightId": _key(chain_key("right", right.id)), "proof": _document(right)}
        return [_record("pledge_end", subject_id, payload, right.register_as_of_ms)]
    payload = {
        "pledgeId": pledge_id,
        "rightId": _key(chain_key("right", right.id)),
        "pledgor": _holder(state, tuple(holder.company_number for holder in right.holder_of_record)),
        "pledgee": _holder(state, (number,)),
        "terms": _key(bytes(32)),
        "proof": _document(right),
    }
    return [right_record(state, right), _record("pledge", subject_id, payload, right.register_as_of_ms)]


def _freeze(event: FreezeSeen, state: State) -> list[OutboxRecord]:
    right = state.rights[event.right_id]
    key = _key(chain_key("right", right.id))
    records = []
    if event.old != "none":
        subject_id = f"{right.id} {event.old}"
        payload = {"id": _key(chain_key("right", subject_id)), "rightId": key, "proof": _document(right)}
        records.append(_record("freeze_end", subject_id, payload, right.register_as_of_ms))
    if event.new != "none":
        subject_id = f"{right.id} {event.new}"
        payload = {
            "freezeId": _key(chain_key("right", subject_id)),
            "rightId": key,
            "ground": _code(event.new),
        }
        records += [
            right_record(state, right),
            _record("freeze", subject_id, payload, right.register_as_of_ms),
        ]
    return records


def _record(kind: str, subject_id: str, payload: dict[str, Any], as_of_ms: int | None = None) -> OutboxRecord:
    record_id = f"{kind}:{subject_id}" if as_of_ms is None else f"{kind}:{subject_id}:{as_of_ms}"
    return OutboxRecord(record_id=record_id, kind=kind, subject_id=subject_id, payload=payload)


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


def _holder(state: State, names: tuple[str, ...]) -> str:
    return _key(chain_key("party", "+".join(sorted(_number(state, name) for name in names))))


def _key(value: bytes) -> str:
    return "0x" + value.hex()


def _address(address: str) -> str:
    return "0x" + address.removeprefix("0x").lower().rjust(64, "0")


def _code(text: str) -> str:
    """A short code as the contract's bytes32: ASCII, filled up with zeros."""
    return "0x" + text.encode("ascii")[:32].ljust(32, b"\0").hex()
