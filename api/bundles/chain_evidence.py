"""A deal's events on the chain, with topics and data as a node gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange.identifiers import chain_key, deal_chain_id
from exchange.offers import subject_of
from ledger.chain.logs import LogChain, encode_log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.reading import Reader
    from exchange.rows import Deal, Offer

_KEY_FIELDS = ("key", "new_key", "old_key")


async def events_of(reader: Reader, deal: Deal, offer: Offer | None) -> list[dict[str, Any]]:
    """Events that name this deal, its licence, its offer or its keys, by block and place in it."""
    subjects = [deal.id, *([deal.licence_id] if deal.licence_id else [])]
    wanted = {"0x" + deal_chain_id(deal.id, deal.seller_key, deal.buyer_key).hex()}
    if deal.licence_id:
        wanted.add("0x" + chain_key("licence", deal.licence_id).hex())
    if offer is not None:
        subjects.append(subject_of(offer))
        wanted.add("0x" + offer.salt)
    keys = {deal.seller_key.lower(), deal.buyer_key.lower()}
    found = await reader.events_in_transactions_of(subjects)
    about = [event for event in found if wanted & {str(value) for value in event["data"].values()}]
    about += await reader.key_events(sorted(keys), _KEY_FIELDS)
    unique = {(event["contract"], event["seq"]): event for event in about}
    return sorted(unique.values(), key=lambda event: (event["block_number"], event["log_index"]))


async def shown(reader: Reader, chain_id: int, events: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Events as a node gives them, each with its contract's `logHead` before and after it.

    Raises:
        ChainFault: what was kept is no event of the contracts.
    """
    heads = await reader.log_heads([(event["contract"], event["seq"] - 1) for event in events])
    made = []
    for event in events:
        before = heads.get((event["contract"], event["seq"] - 1))
        if event["seq"] == 1:
            before = "0x" + LogChain(chain_id, event["contract"]).head.hex()
        made.append(_shown(event, before))
    return made


def _shown(event: dict[str, Any], head_before: str | None) -> dict[str, Any]:
    topics, data = encode_log(event["name"], {"seq": event["seq"], **event["data"]})
    return {
        "name": event["name"],
        "contract": event["contract"].lower(),
        "seq": event["seq"],
        "block_number": event["block_number"],
        "block_hash": event["block_hash"],
        "transaction_hash": event["transaction_hash"],
        "log_index": event["log_index"],
        "topics": ["0x" + topic.hex() for topic in topics],
        "data": "0x" + data.hex(),
        "final": event["final"],
        "log_head_before": head_before,
        "log_head": event["data"].get("log_head"),
    }
