"""What recording costs, in total gas with the transaction's base and calldata, all checks on.

Fifty deals of a hundred parties never seen before, over fifty rights. The ceilings are the venue's budget; gas does
not depend on the machine.
"""

from __future__ import annotations

import pytest

from ledger.chain.records import AnchorRecord, Record, RegistryConfirmationRecord, RightRecord
from ledger.merkle import EMPTY_ROOT
from tests.ledger.chain.conftest import Venue, new_hash, signed_deal

DEAL_ALONE, DEAL_IN_50 = 90_000, 46_000
CONFIRMATION_ALONE, CONFIRMATION_IN_50 = 62_000, 20_000
BOTH_IN_50 = 66_000
ANCHOR = 55_000


@pytest.fixture
def used(venue: Venue) -> dict[str, int]:
    """Gas by measure, in a register that is no longer empty."""
    rights = [RightRecord(right_id=new_hash(), holder=new_hash(), document=new_hash()) for _ in range(51)]
    venue.record([*rights])
    venue.record([signed_deal(venue)])
    deals = [signed_deal(venue, right_id=right.right_id) for right in rights]
    confirmations: list[Record] = [
        RegistryConfirmationRecord(
            right_id=right.right_id,
            deal_id=deal.deal_id,
            old_holder=right.holder,
            new_holder=new_hash(),
            proof=new_hash(),
        )
        for right, deal in zip(rights, deals, strict=True)
    ]
    first = AnchorRecord(root=new_hash(), size=1000, previous_root="0x" + EMPTY_ROOT.hex())
    venue.record([first])
    found = {
        "deal alone": venue.record(deals[:1]).gas_used,
        "deal in 50": venue.record(deals[1:]).gas_used // 50,
        "confirmation alone": venue.record(confirmations[:1]).gas_used,
        "confirmation in 50": venue.record(confirmations[1:]).gas_used // 50,
        "anchor": venue.record([AnchorRecord(root=new_hash(), size=2000, previous_root=first.root)]).gas_used,
    }
    print(found)  # noqa: T201 - the figures are what a reader of this test wants
    return found


def test_recording_stays_within_its_budget(used: dict[str, int]) -> None:
    assert used["deal alone"] <= DEAL_ALONE
    assert used["deal in 50"] <= DEAL_IN_50
    assert used["confirmation alone"] <= CONFIRMATION_ALONE
    assert used["confirmation in 50"] <= CONFIRMATION_IN_50
    assert used["deal in 50"] + used["confirmation in 50"] <= BOTH_IN_50
    assert used["anchor"] <= ANCHOR
