"""Records sent to real contracts: exactly once however often they are sent, and never without both signatures."""

from __future__ import annotations

import pytest
from eth_abi.abi import encode

from ledger.chain.calls import grouped
from ledger.chain.errors import ChainFault
from ledger.chain.events import (
    Anchored,
    ChainEvent,
    Corrected,
    DealAgreed,
    DealSettled,
    DealUnwound,
    ItemRefused,
    LicenceEnded,
    LicenceGranted,
    PledgeDischarged,
    PledgeRegistered,
    RegistryConfirmed,
    RightFrozen,
    RightRegistered,
    RightReleased,
)
from ledger.chain.logs import LogChain, check_completeness, read_events
from ledger.chain.records import (
    RECORD_TYPES,
    AnchorRecord,
    CorrectionRecord,
    DealRecord,
    FreezeRecord,
    LicenceEndedRecord,
    LicenceRecord,
    PledgeDischargedRecord,
    PledgeRecord,
    Record,
    RegistryConfirmationRecord,
    ReleaseRecord,
    RightRecord,
    SettledRecord,
    UnwoundRecord,
)
from ledger.merkle import EMPTY_ROOT, Tree, leaf_hash
from ledger.secp256k1 import PrivateKey, keccak, sign
from ledger.signatures import Deal, deal_digest, register_domain
from tests.ledger.chain.conftest import Venue, new_hash, signed_deal

EVENT_OF: dict[type[Record], type[ChainEvent]] = {
    RightRecord: RightRegistered,
    DealRecord: DealAgreed,
    RegistryConfirmationRecord: RegistryConfirmed,
    LicenceRecord: LicenceGranted,
    LicenceEndedRecord: LicenceEnded,
    UnwoundRecord: DealUnwound,
    SettledRecord: DealSettled,
    PledgeRecord: PledgeRegistered,
    PledgeDischargedRecord: PledgeDischarged,
    FreezeRecord: RightFrozen,
    ReleaseRecord: RightReleased,
    CorrectionRecord: Corrected,
    AnchorRecord: Anchored,
}


def _whole_day(venue: Venue) -> list[Record]:
    """One record of every kind, in journal order."""
    right, holder, pledge, freeze, licence = (new_hash() for _ in range(5))
    sale = signed_deal(venue, kind=1, right_id=right)
    grant = signed_deal(venue, kind=4, right_id=right)
    undone = signed_deal(venue, kind=2, right_id=right)
    return [
        RightRecord(right_id=right, holder=holder, document=new_hash()),
        PledgeRecord(
            pledge_id=pledge,
            right_id=right,
            pledgor=holder,
            pledgee=new_hash(),
            terms=new_hash(),
            proof=new_hash(),
        ),
        FreezeRecord(freeze_id=freeze, right_id=right, ground=new_hash()),
        ReleaseRecord(freeze_id=freeze, right_id=right, proof=new_hash()),
        PledgeDischargedRecord(pledge_id=pledge, right_id=right, proof=new_hash()),
        sale,
        grant,
        undone,
        UnwoundRecord(deal_id=undone.deal_id, reason="0x" + b"PAYMENT-LATE".ljust(32, b"\0").hex()),
        LicenceRecord(
            licence_id=licence,
            right_id=right,
            deal_id=grant.deal_id,
            licensor=holder,
            licensee=new_hash(),
            terms=new_hash(),
            starts_at=1_800_000_000,
            ends_at=1_900_000_000,
        ),
        LicenceEndedRecord(licence_id=licence, right_id=right, ended_at=1_850_000_000, reason=new_hash()),
        RegistryConfirmationRecord(
            right_id=right, deal_id=sale.deal_id, old_holder=holder, new_holder=new_hash(), proof=new_hash()
        ),
        SettledRecord(deal_id=sale.deal_id),
        CorrectionRecord(
            correction_id=new_hash(),
            corrected_seq=1,
            old_value=new_hash(),
            new_value=new_hash(),
            ground=new_hash(),
        ),
        AnchorRecord(root=new_hash(), size=1000, previous_root="0x" + EMPTY_ROOT.hex()),
    ]


def _events(venue: Venue) -> list[ChainEvent]:
    newest = venue.client.block_number()
    return [
        event for at in (venue.register, venue.anchor) for event in read_events(venue.client, at, 0, newest)
    ]


def test_every_kind_of_record_becomes_its_event_with_the_same_values(venue: Venue) -> None:
    day = _whole_day(venue)
    assert {type(record) for record in day} == set(RECORD_TYPES)
    for call in grouped(day):
        assert venue.send(call).succeeded
    events = _events(venue)
    assert len(events) == len(day)
    for record in day:
        kind = EVENT_OF[type(record)]
        shared = [name for name in record.__struct_fields__ if name in kind.__struct_fields__]
        wanted = {name: getattr(record, name) for name in shared}
        wanted |= {name: wanted[name].lower() for name in ("seller", "buyer") if name in wanted}
        matching = [
            event
            for event in events
            if type(event) is kind and all(getattr(event, name) == value for name, value in wanted.items())
        ]
        assert len(matching) == 1, record


def test_sending_everything_again_changes_nothing(venue: Venue) -> None:
    day = _whole_day(venue)
    calls = grouped(day)
    for call in calls:
        assert venue.send(call).succeeded
    first = _events(venue)
    for call in calls:
        receipt = venue.send(call)
        assert receipt.succeeded == (call.role != "anchorer"), "an anchor that stands is refused whole"
        assert not receipt.logs
    assert _events(venue) == first


def test_the_same_records_in_other_batches_stand_once(venue: Venue) -> None:
    deals: list[Record] = [signed_deal(venue) for _ in range(7)]
    venue.record(deals[:4])
    venue.record(deals[2:])
    venue.record([*deals, *deals])
    assert [event.seq for event in _events(venue)] == list(range(1, 8))


def test_the_operator_alone_cannot_make_a_deal_and_the_rest_of_the_batch_stands(venue: Venue) -> None:
    good = signed_deal(venue)
    operator = PrivateKey.generate()
    forged = _signed_by(venue, signed_deal(venue), operator, operator)
    half = _signed_by(venue, signed_deal(venue), None, operator)
    receipt = venue.record([forged, good, half])
    refused_seller, agreed, refused_buyer = _events(venue)
    assert isinstance(refused_seller, ItemRefused)
    assert (refused_seller.id, refused_seller.error) == (forged.item_id, "SellerSignatureInvalid")
    assert isinstance(agreed, DealAgreed)
    assert agreed.deal_id == good.deal_id
    assert isinstance(refused_buyer, ItemRefused)
    assert (refused_buyer.id, refused_buyer.error) == (half.item_id, "BuyerSignatureInvalid")
    assert len(receipt.logs) == 3


def _signed_by(
    venue: Venue, record: DealRecord, seller: PrivateKey | None, buyer: PrivateKey | None
) -> DealRecord:
    from msgspec.structs import replace

    digest = deal_digest(register_domain(venue.client.chain_id(), venue.register), _deal(record))
    return replace(
        record,
        seller_signature=sign(digest, seller) if seller else record.seller_signature,
        buyer_signature=sign(digest, buyer) if buyer else record.buyer_signature,
    )


def _deal(record: DealRecord) -> Deal:
    return Deal(
        deal_id=bytes.fromhex(record.deal_id[2:]),
        right_id=bytes.fromhex(record.right_id[2:]),
        kind=record.kind,
        seller=record.seller,
        buyer=record.buyer,
        terms=bytes.fromhex(record.terms[2:]),
        contract_text=bytes.fromhex(record.contract_text[2:]),
        deadline_s=record.deadline,
    )


def test_the_digest_that_parties_sign_is_the_contracts_own(venue: Venue) -> None:
    record = signed_deal(venue, kind=3)
    selector = keccak(b"dealDigest((bytes32,bytes32,uint8,address,address,bytes32,bytes32,uint64))")[:4]
    arguments = encode([f"({','.join(DealRecord.types)})"], [record.values()])
    on_chain = venue.client.call(venue.register, selector + arguments)
    assert on_chain == deal_digest(register_domain(venue.client.chain_id(), venue.register), _deal(record))


def test_a_signature_for_another_register_is_refused(
    venue: Venue,
) -> None:
    record = signed_deal(venue)
    elsewhere = Venue(venue.client, venue.manifest, venue.operator)
    digest = deal_digest(register_domain(venue.client.chain_id(), elsewhere.anchor), _deal(record))
    seller = PrivateKey.generate()
    from msgspec.structs import replace

    venue.record([replace(record, seller=seller.address, seller_signature=sign(digest, seller))])
    (refused,) = _events(venue)
    assert isinstance(refused, ItemRefused)
    assert refused.error == "SellerSignatureInvalid"


def test_whoever_holds_no_role_records_nothing(venue: Venue) -> None:
    from tests.ledger.chain.conftest import funded_signer

    stranger = Venue(venue.client, venue.manifest, funded_signer(venue.client))
    for call in grouped(_whole_day(venue)):
        assert not stranger.send(call).succeeded
    assert _events(venue) == []


def test_two_calls_prove_the_log_whole_at_a_final_block(venue: Venue) -> None:
    for call in grouped(_whole_day(venue)):
        venue.send(call)
    for _ in range(3):
        venue.client.request("evm_mine")
    final = venue.client.finalized_block().number
    for contract in (venue.register, venue.anchor):
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
    assert len(_events(venue)) == 1
