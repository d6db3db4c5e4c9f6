"""The venue's rules of the evidence desk, and of legal holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchange.rules.rule import refuse, venue_rule

if TYPE_CHECKING:
    from exchange.state import State

EVIDENCE_STANDS = venue_rule(
    95,
    "EVIDENCE-STANDS",
    "this party has lodged this very digest within the last 366 days, and that deposit stands",
    "该主体在三百六十六日内已就同一摘要存证，原存证有效",
    "use what stands, with its earlier time: the detail names it",
    "请使用明细所列的原存证，其时间更早",
    steps=("catalogue",),
)
EVIDENCE_FULL = venue_rule(
    96,
    "EVIDENCE-FULL",
    "the party has lodged as many digests within 366 days as one party may",
    "该主体三百六十六日内的存证数量已达上限",
    "list the digests of many documents in one file and lodge the digest of that file, or wait until the oldest is 366 "
    "days old",
    "请将多份文件的摘要列入一份清单并就该清单存证，或待最早的存证满三百六十六日",
    steps=("catalogue",),
)
DOCUMENT_DIFFERS = venue_rule(
    97,
    "DOCUMENT-DIFFERS",
    "the commitment is not that of the digests under the salt that stand in the sealed terms",
    "承诺值与密封条款所载摘要及盐值不符",
    "make it from the digests and the salt, as the description of the evidence desk says",
    "请按存证说明由摘要与盐值生成承诺值",
    status=422,
    steps=("catalogue",),
)
LEGAL_HOLD = venue_rule(
    98,
    "LEGAL-HOLD",
    "nothing of an entry is erased while a legal hold stands on it",
    "记录处于法律留存期间的，其密封内容不得删除",
    "wait until the hold that the detail names is lifted, then ask again",
    "请待明细所列留存解除后再次申请",
    steps=("operate",),
    facts_from="venue_finding",
)


def entry_is_not_held(state: State, entry: int) -> None:
    """Nothing of an entry is erased while a court, an arbitration, an authority or a dispute needs it.

    Raises:
        Refusal: LEGAL-HOLD; of several holds it names the first.
    """
    holds = state.lodged.holds_on.get(entry)
    if holds:
        hold = min((state.legal_holds[each] for each in holds), key=lambda row: (row.placed_ms, row.id))
        refuse(LEGAL_HOLD, entry=entry, hold_id=hold.id, ground=hold.ground, placed_ms=hold.placed_ms)
