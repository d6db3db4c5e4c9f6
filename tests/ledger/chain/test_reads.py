"""What the contracts hold is what was recorded, and a refused call names its error."""

from __future__ import annotations

import pytest

from ledger.chain.calls import grouped
from ledger.chain.compiler import Artifact
from ledger.chain.errors import ChainFault
from ledger.chain.reads import (
    ERRORS,
    AnchoredHead,
    DealOnRecord,
    DealState,
    anchored_head,
    deal_on_record,
    error_name,
    right_on_record,
)
from ledger.chain.records import AnchorRecord, RegistryConfirmationRecord, RightRecord, SettledRecord
from ledger.merkle import EMPTY_ROOT
from tests.ledger.chain.conftest import KEYS_AT_ONCE, Venue, new_hash, signed_deal


def test_a_deal_and_its_right_are_read_back_at_each_step(venue: Venue) -> None:
    right, holder, next_holder = new_hash(), new_hash(), new_hash()
    deal = signed_deal(venue, right_id=right)
    assert deal_on_record(venue.client, venue.register, deal.deal_id) == DealOnRecord(0, 0, DealState.NONE)
    assert right_on_record(venue.client, venue.register, right).seq == 0
    venue.record([RightRecord(right_id=right, holder=holder, document=new_hash())])
    venue.record([deal])
    before = venue.client.block_number()
    on_record = deal_on_record(venue.client, venue.register, deal.deal_id)
    assert on_record == DealOnRecord(KEYS_AT_ONCE + 2, 1, DealState.AGREED)
    assert right_on_record(venue.client, venue.register, right).holder == holder
    venue.record(
        [
            RegistryConfirmationRecord(
                right_id=right,
                deal_id=deal.deal_id,
                old_holder=holder,
                new_holder=next_holder,
                proof=new_hash(),
            )
        ]
    )
    assert deal_on_record(venue.client, venue.register, deal.deal_id).state is DealState.REGISTERED
    assert right_on_record(venue.client, venue.register, right).holder == next_holder
    assert right_on_record(venue.client, venue.register, right, before).holder == holder, (
        "as of an earlier block"
    )
    venue.record([SettledRecord(deal_id=deal.deal_id)])
    on_record = deal_on_record(venue.client, venue.register, deal.deal_id)
    assert on_record == DealOnRecord(KEYS_AT_ONCE + 2, 1, DealState.SETTLED)


def test_the_anchored_head_follows_the_anchors(venue: Venue) -> None:
    empty = "0x" + EMPTY_ROOT.hex()
    assert anchored_head(venue.client, venue.anchor) == AnchoredHead(0, empty)
    root = new_hash()
    record = AnchorRecord(root=root, size=5, previous_root=empty)
    venue.record([record])
    assert anchored_head(venue.client, venue.anchor) == AnchoredHead(5, root)
    (call,) = grouped([record])
    with pytest.raises(ChainFault) as refused:
        venue.client.estimate_gas(venue.operator.address, venue.anchor, call.data)
    assert refused.value.code == "CHAIN-REVERTED"
    assert error_name(refused.value.data) == "SizeNotAbove"


def test_every_error_that_refuses_a_whole_call_is_known_by_name(artifacts: dict[str, Artifact]) -> None:
    declared = {
        f"{entry['name']}({','.join(field['type'] for field in entry['inputs'])})"
        for name in artifacts
        for entry in artifacts[name].abi
        if entry["type"] == "error"
    }
    assert set(ERRORS) <= declared
    assert error_name(b"\x01\x02\x03\x04") == "0x01020304"


def test_an_address_without_the_contract_is_no_answer(venue: Venue) -> None:
    with pytest.raises(ChainFault) as fault:
        anchored_head(venue.client, "0x" + "77" * 20)
    assert fault.value.code == "CHAIN-ANSWER"
