"""A call goes with gas enough: the bound of its items, more where a contract account needs it, and never in vain."""

from __future__ import annotations

import json
import secrets

import pytest
from eth_abi.abi import encode
from msgspec.structs import replace

from ledger.chain.calls import call_of
from ledger.chain.errors import ChainFault
from ledger.chain.reads import DealState, deal_on_record, error_name
from ledger.chain.records import Record
from ledger.chain.sending import gas_bound, gas_for
from ledger.chain.signer import created_address
from ledger.messages import KeyEnrolment
from ledger.secp256k1 import PrivateKey
from tests.ledger.chain.conftest import (
    LATER_S,
    ROOT,
    Venue,
    deal_id_of,
    enrolment,
    funded_signer,
    signed_deal,
)

ACCEPTS_ALL = 1


def _account(venue: Venue) -> str:
    """A contract account that accepts whatever is shown to it, with a key on record."""
    path = ROOT / "build/hardhat/artifacts/contracts/test/ContractAccount.sol/ContractAccount.json"
    code = bytes.fromhex(json.loads(path.read_bytes())["bytecode"].removeprefix("0x"))
    nonce = venue.client.nonce(venue.operator.address)
    owner = PrivateKey.generate()
    assert venue.send_data("", code + encode(["uint8", "address"], [ACCEPTS_ALL, owner.address])).succeeded
    address = created_address(venue.operator.address, nonce)
    letter = secrets.token_bytes(32)
    record = enrolment(venue, owner)
    message = KeyEnrolment(
        party=bytes.fromhex(record.party[2:]), key=address, authorisation=letter, deadline_s=LATER_S
    )
    record = replace(record, key=address, authorisation="0x" + letter.hex())
    venue.record([replace(record, signature=venue.signed(message, owner))])
    return address


def _gas(venue: Venue, records: list[Record]) -> int:
    call = call_of(records)
    to = venue.manifest.address(call.contract)
    return gas_for(venue.client, venue.operator.address, to, call.data, call.records)


def test_deals_by_keys_go_with_the_bound_of_their_items(venue: Venue) -> None:
    deals: list[Record] = [signed_deal(venue) for _ in range(3)]
    assert _gas(venue, deals) == gas_bound(tuple(deals))


def test_a_contract_account_gets_the_gas_that_it_may_use(venue: Venue) -> None:
    account = _account(venue)
    buyer = venue.key()
    deal = replace(
        signed_deal(venue, buyer=buyer), seller=account, deal_id=deal_id_of(account, buyer.address)
    )
    deal = replace(
        deal, seller_signature="0x" + "11" * 70, buyer_signature=venue.signed(deal.message(), buyer)
    )
    gas = _gas(venue, [deal])
    assert gas > gas_bound((deal,))
    assert venue.send_data(venue.register, call_of([deal]).data, gas).succeeded
    assert deal_on_record(venue.client, venue.register, deal.deal_id).state is DealState.AGREED


def test_what_would_fail_as_a_whole_is_not_sent(venue: Venue) -> None:
    call = call_of([signed_deal(venue)])
    stranger = funded_signer(venue.client)
    with pytest.raises(ChainFault) as refused:
        gas_for(venue.client, stranger.address, venue.register, call.data, call.records)
    assert refused.value.code == "CHAIN-REVERTED"
    assert error_name(refused.value.data) == "AccessManagedUnauthorized"
