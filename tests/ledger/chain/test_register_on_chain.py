"""Records sent to real contracts: exactly once however often they are sent, and never without both signatures."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode
from msgspec.structs import replace

from exchange.keccak import keccak
from ledger.chain.calls import goes_alone, grouped
from ledger.chain.comparison import content_of, key_of, key_of_event, says_the_same, stated_by_event
from ledger.chain.errors import ChainFault
from ledger.chain.events import ChainEvent, DealAgreed, ItemRefused
from ledger.chain.logs import LogChain, check_completeness, read_events
from ledger.chain.records import (
    RECORD_TYPES,
    AnchorRecord,
    DealRecord,
    Record,
    RecoveryCompletionRecord,
)
from ledger.merkle import EMPTY_ROOT, Tree, leaf_hash
from ledger.secp256k1 import PrivateKey, sign
from ledger.signatures import message_digest, register_domain
from tests.ledger.chain.conftest import (
    CONTRACTS,
    Venue,
    funded_signer,
    new_hash,
    signed_again,
    signed_deal,
)
from tests.ledger.chain.whole_day import whole_day


def _all_events(venue: Venue) -> list[ChainEvent]:
    newest = venue.client.block_number()
    return [
        event
        for name in CONTRACTS
        for event in read_events(venue.client, venue.manifest.address(name), 0, newest)
    ]


def test_every_kind_of_record_becomes_its_event_with_the_same_values(venue: Venue) -> None:
    venue.key()
    day = whole_day(venue)
    began = venue.client.block_number()
    assert {type(record) for record in day} == set(RECORD_TYPES) - {RecoveryCompletionRecord}
    for call in grouped(day):
        assert venue.send(call).succeeded
    events = [event for event in _all_events(venue) if event.place.block_number > began]
    for record in day:
        name, _ = content_of(record)
        matching = [
            event
            for event in events
            if type(event).__name__ == name and says_the_same(record, stated_by_event(event))
        ]
        assert len(matching) == 1, record
        assert key_of_event(matching[0]) == key_of(record)
    assert len(events) == len(day)


def test_sending_anything_again_changes_nothing(venue: Venue) -> None:
    for call in grouped(whole_day(venue)):
        assert venue.send(call).succeeded
        again = venue.send(call)
        assert not again.logs
        # An anchor that stands, and a recovery that is over, are refused whole.
        over = type(call.records[0]).function in {"anchor", "vetoRecovery"}
        assert again.succeeded != over


def test_the_same_records_in_other_batches_stand_once(venue: Venue) -> None:
    deals: list[Record] = [signed_deal(venue) for _ in range(7)]
    venue.record(deals[:4])
    venue.record(deals[2:])
    venue.record([*deals, *deals])
    assert [type(event) for event in venue.events()] == [DealAgreed] * 7


def test_the_operator_alone_cannot_make_a_deal_and_the_rest_of_the_batch_stands(venue: Venue) -> None:
    good = signed_deal(venue)
    operator, forged, half = PrivateKey.generate(), signed_deal(venue), signed_deal(venue)
    forged = signed_again(venue, forged, operator, operator)
    half = replace(half, buyer_signature=signed_again(venue, half, operator, operator).buyer_signature)
    receipt = venue.record([forged, good, half])
    refused_seller, agreed, refused_buyer = venue.events()
    assert isinstance(refused_seller, ItemRefused)
    assert (refused_seller.id, refused_seller.error) == (forged.item_id, "SellerSignatureInvalid")
    assert isinstance(agreed, DealAgreed)
    assert agreed.deal_id == good.deal_id
    assert isinstance(refused_buyer, ItemRefused)
    assert (refused_buyer.id, refused_buyer.error) == (half.item_id, "BuyerSignatureInvalid")
    assert len(receipt.logs) == 3


def test_the_digest_that_parties_sign_is_the_contracts_own(venue: Venue) -> None:
    record = signed_deal(venue, kind=3)
    selector = keccak(f"dealDigest(({','.join(DealRecord.types)}))".encode())[:4]
    arguments = encode([f"({','.join(DealRecord.types)})"], [record.values()])
    on_chain = venue.client.call(venue.register, selector + arguments)
    assert on_chain == message_digest(
        register_domain(venue.client.chain_id(), venue.register), record.message()
    )


def test_a_signature_for_another_register_is_refused(venue: Venue) -> None:
    seller = venue.key()
    record = signed_deal(venue, seller=seller)
    digest = message_digest(register_domain(venue.client.chain_id(), venue.anchor), record.message())
    venue.record([replace(record, seller_signature=sign(digest, seller))])
    (refused,) = venue.events()
    assert isinstance(refused, ItemRefused)
    assert refused.error == "SellerSignatureInvalid"


def test_whoever_holds_no_role_records_nothing(venue: Venue) -> None:
    day = whole_day(venue)
    before = venue.events()
    stranger = Venue(venue.client, venue.manifest, funded_signer(venue.client))
    for call in grouped(day):
        if not goes_alone(type(call.records[0])) or call.role == "anchorer":
            assert not stranger.send(call).succeeded
    assert venue.events() == before


def test_what_a_party_signed_may_be_submitted_by_anyone(venue: Venue) -> None:
    stranger = Venue(venue.client, venue.manifest, funded_signer(venue.client))
    for call in grouped(whole_day(venue)):
        alone = goes_alone(type(call.records[0])) and call.role != "anchorer"
        assert (stranger if alone else venue).send(call).succeeded


def test_two_calls_prove_the_log_whole_at_a_final_block(venue: Venue) -> None:
    for call in grouped(whole_day(venue)):
        venue.send(call)
    for _ in range(3):
        venue.client.request("evm_mine")
    final = venue.client.finalized_block().number
    for contract in map(venue.manifest.address, CONTRACTS):
        chain = LogChain(venue.client.chain_id(), contract)
        chain.fold_all(venue.client.logs([contract], venue.manifest.first_block(), final))
        verdict = check_completeness(venue.client, chain, final)
        assert verdict.whole
        assert verdict.event_count > 0


CHECK_INCLUSION = keccak(b"checkInclusion(bytes32,uint64,uint64,bytes32[])")[:4]


def _included(venue: Venue, leaf: bytes, index: int, size: int, path: list[bytes]) -> bool:
    arguments = encode(["bytes32", "uint64", "uint64", "bytes32[]"], [leaf, index, size, path])
    return bool(int.from_bytes(venue.client.call(venue.anchor, CHECK_INCLUSION + arguments)))


def test_proofs_made_here_are_true_there_and_false_with_any_bit_changed(venue: Venue) -> None:
    previous, tree = EMPTY_ROOT, Tree()
    for size in (1, 2, 3, 7, 8, 13):
        tree.extend([leaf_hash(b"entry %d" % number) for number in range(tree.size, size)])
        venue.record(
            [AnchorRecord(root="0x" + tree.root().hex(), size=size, previous_root="0x" + previous.hex())]
        )
        previous = tree.root()
        for index in range(size):
            leaf, path = leaf_hash(b"entry %d" % index), tree.inclusion_path(index)
            assert _included(venue, leaf, index, size, path)
            assert not _included(venue, _flipped(leaf), index, size, path)
            assert not _included(venue, leaf, index + 1, size, path)
            assert not _included(venue, leaf, index, size, [*path, leaf])
            for place in range(len(path)):
                changed = [*path[:place], _flipped(path[place]), *path[place + 1 :]]
                assert not _included(venue, leaf, index, size, changed)
    with pytest.raises(ChainFault) as stale:
        _included(venue, leaf_hash(b"entry 0"), 0, 12, tree.inclusion_path(0, 12))
    assert stale.value.code == "CHAIN-REVERTED"
    assert stale.value.data[:4] == keccak(b"SizeNotAnchored(uint64,uint64)")[:4]


def _flipped(word: bytes) -> bytes:
    return word[:-1] + bytes((word[-1] ^ 1,))


def test_an_anchor_out_of_line_is_refused(venue: Venue) -> None:
    empty = "0x" + EMPTY_ROOT.hex()
    first = AnchorRecord(root=new_hash(), size=10, previous_root=empty)
    venue.record([first])
    for wrong in (
        AnchorRecord(root=new_hash(), size=10, previous_root=first.root),
        AnchorRecord(root=new_hash(), size=9, previous_root=first.root),
        AnchorRecord(root=new_hash(), size=11, previous_root=empty),
        AnchorRecord(root=new_hash(), size=11 + 2**20, previous_root=first.root),
    ):
        (call,) = grouped([wrong])
        assert not venue.send(call).succeeded
    assert len(venue.events()) == 1
