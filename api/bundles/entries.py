"""The journal entries that made a deal, with their receipts and what the asker may open of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from api.journal import sight
from api.journal.receipts import receipt_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.auth import Caller
    from api.door import Door
    from api.journal.schemas import EntryView, OpeningView
    from api.reading import Stored
    from exchange.rows import Deal

MOST_ENTRIES: Final = 256
"""Of one bundle; a licence with royalties over twenty years has about two hundred."""
NAMING_A_DEAL: Final = (
    *("accept_award", "accept_bid", "accept_price", "accept_proposal", "approve_payment", "call_inspection"),
    *("cancel_deal", "choose_deal_key", "choose_remedy", "confirm_delivery", "confirm_registration"),
    *(
        "consent_to_deal",
        "decide_lot",
        "decline_award",
        "demand_instalments",
        "exercise_refusal",
        "file_deal",
    ),
    *("fund_deal", "give_refusal_notice", "order_reverse_deal", "pay_earnest", "pay_obligation", "pay_part"),
    *("raise_dispute", "record_dispute_outcome", "record_reward", "record_statement_line"),
    *("refuse_payment", "refuse_registration", "report_chain_record", "report_party_message"),
    *("report_royalty", "rescind_deal", "sign_agreement", "sign_deal", "state_inspection", "tick"),
    *("unwind_deal", "waive_refusal"),
)
"""Commands whose fields or outcomes can name a deal that stands already; the floor's own commands cannot."""
NAMING_A_LISTING: Final = ("approve_listing", "sign_offer")


async def gathered_entries(
    door: Door, caller: Caller, deal: Stored[Deal], made_at: Sequence[int]
) -> tuple[list[dict[str, Any]], bool]:
    """Entries in order, and whether some had to be left out; `made_at` are the entries of what the deal stands on."""
    reader = door.reader
    naming = await reader.entries_naming(
        deal.row.id, NAMING_A_DEAL, deal.created_entry, deal.entry, MOST_ENTRIES
    )
    listed = await reader.entries_naming(
        deal.row.listing_id, NAMING_A_LISTING, 0, deal.created_entry, MOST_ENTRIES
    )
    numbers = sorted({*made_at, *naming, *listed})
    cut = len(numbers) > MOST_ENTRIES or MOST_ENTRIES in {len(naming), len(listed)}
    numbers = numbers[:MOST_ENTRIES]
    records = await reader.entries_of(numbers)
    shown = []
    for record, view in zip(records, await sight.views(door, caller, records), strict=True):
        shown.append(
            {
                "entry": record.entry,
                "public": view.public,
                "leaf_hash": view.leaf_hash,
                "receipt": await receipt_of(reader, record),
                "path": None,
                "openings": _openings(view),
            }
        )
    return shown, cut


def last_of(entries: list[dict[str, Any]]) -> int:
    """The number of the last entry."""
    return max(int(each["entry"]) for each in entries)


def _openings(view: EntryView) -> dict[str, Any]:
    """What opens commitments of this entry; the outcome's opening never: it tells of others too."""
    parts: dict[str, OpeningView | None] = {"terms": view.terms, **view.erasable}
    return {
        label: {"salt": each.salt, "value": each.value} for label, each in parts.items() if each is not None
    }
