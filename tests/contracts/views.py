"""Every view of every contract, asked about everything that a sequence has touched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from eth_abi.abi import encode

from exchange.keccak import keccak
from scripts.stack.chain import CHAIN_ID
from tests.contracts.chain import TestChain
from tests.contracts.drawing import LICENCES, LISTINGS, PARTIES, PLEDGES, RIGHTS, WORDS, Pools
from tests.contracts.model_base import NumberedLog, Switched
from tests.contracts.model_others import EMPTY_ROOT
from tests.contracts.shapes import TYPES, ZERO, ZERO_ADDRESS, Deal, Fill, LicenceOrder, struct_hash

NOTHING = ZERO_ADDRESS


class View(NamedTuple):
    """A question and the model's answer."""

    model: NumberedLog
    function: str
    arguments: tuple[Any, ...]
    values: tuple[Any, ...]


ELSEWHERE = frozenset({"checkSealedBid", "checkInclusion", "leafHash", "setAuthority", "wordForCaller"})
"""Asked by the tests of Merkle proofs; no view but a refusal; or asked by the register itself."""


def differences(chain: TestChain, pools: Pools) -> list[str]:
    """Ask all; give in words each answer that is not the model's."""
    views = list(all_views(pools))
    questions = [
        (view.model.address, view.model.contract.call(view.function, *view.arguments)) for view in views
    ]
    found = []
    for view, (succeeded, answer) in zip(views, chain.read_many(questions), strict=True):
        contract = view.model.contract
        if not succeeded or answer != contract.answer(view.function, view.values):
            found.append(
                f"{contract.name}.{view.function}{view.arguments}: model {view.values}, "
                f"chain 0x{answer.hex()} (success: {succeeded})"
            )
    return found


def all_views(pools: Pools) -> Iterator[View]:
    """Each view with each argument that means something."""
    for model in pools.models.values():
        yield View(model, "eventCount", (), (model.seq,))
        yield View(model, "logHead", (), (model.log_head,))
        if isinstance(model, Switched):
            yield from _switch(pools, model)
    for part in (_parties, _deals, _rights_and_licences, _encumbrances, _sealed, _fills, _anchor):
        yield from part(pools)


def _switch(pools: Pools, model: Switched) -> Iterator[View]:
    yield View(model, "dealsPaused", (), (model.stopped,))
    yield View(model, "nextVersion", (), (model.next_version,))
    yield View(model, "predecessor", (), (ZERO_ADDRESS,))
    yield View(model, "authority", (), (pools.deployment.manager,))
    yield View(model, "isConsumingScheduledOp", (), (bytes(4),))
    yield View(model, "MAX_BATCH", (), (256,))
    others = {
        "encumbranceRegister": pools.encumbrances.address,
        "sealedBidRegister": pools.sealed.address,
        "fillRegister": pools.fills.address,
    }
    for function, address in others.items():
        if function in model.contract.functions:
            yield View(model, function, (), (address,))


def _parties(pools: Pools) -> Iterator[View]:
    register = pools.register
    for address in {*pools.addresses, *pools.deployment.accounts, ZERO_ADDRESS}:
        key = register.keys.get(address)
        values = (0, False, 0, 0) if key is None else (key.status, key.recovered, key.counter, key.seq)
        yield View(register, "keyOf", (address,), values)
    for name in [*PARTIES, ZERO]:
        party = register.parties.get(name)
        known = (
            (NOTHING, 0, NOTHING, 0)
            if party is None
            else (party.key, party.standing, party.recovery_key, party.recovery_at)
        )
        yield View(register, "partyOf", (name,), known)
    domain: tuple[Any, ...] = (b"\x0f", "IPX Register", "1", CHAIN_ID, register.address, ZERO, [])
    yield View(register, "eip712Domain", (), domain)
    yield View(register, "RECOVERY_WAIT", (), (14 * 86_400,))


def _deals(pools: Pools) -> Iterator[View]:
    register = pools.register
    sent = [
        made.item
        for function in ("recordAgreements", "acceptOffers")
        for made in pools.made.get(function, [])
    ]
    for name in {*register.deals, *(item.deal for item in sent), ZERO, WORDS[0]}:
        deal = register.deals.get(name)
        yield View(
            register, "dealOf", (name,), (0, 0, 0) if deal is None else (deal.seq, deal.kind, deal.state)
        )
    for signed in [item for item in sent if isinstance(item, Deal)][-5:]:
        yield View(register, "dealDigest", (signed,), (register.domain.digest(signed),))
    offers = {struct_hash(made.item) for made in pools.made.get("recordOffers", [])}
    for name in offers | {*register.offers, ZERO, WORDS[0]}:
        offer = register.offers.get(name)
        values: tuple[Any, ...] = (0, NOTHING, 0, 0, 0, False)
        if offer is not None:
            terms = (offer.offer.seller, offer.offer.most, offer.accepted, offer.offer.expires_at)
            values = (offer.seq, *terms, offer.withdrawn)
        yield View(register, "offerOf", (name,), values)


def _rights_and_licences(pools: Pools) -> Iterator[View]:
    register = pools.register
    for name in [*RIGHTS, ZERO]:
        right = register.rights.get(name)
        yield View(register, "rightOf", (name,), (0, ZERO) if right is None else (right.seq, right.holder))
    for name in [*LICENCES, ZERO]:
        line = register.line(name)
        first = line[0] if line else None
        starts, ends = 0 if first is None else first.item.starts_at, register.end_of(name)
        values = (0, 0, 0, 0) if first is None else (first.seq, first.kind, starts, ends)
        yield View(register, "licenceOf", (name,), values)
        for time in {0, max(starts - 1, 0), starts, max(ends - 1, 0), ends, pools.now}:
            yield View(register, "licenceActive", (name, time), (starts <= time < ends,))
    yield View(register, "MAX_DEPTH", (), (8,))
    yield View(register, "MAX_SAME_SCOPE", (), (1_024,))


def _encumbrances(pools: Pools) -> Iterator[View]:
    model = pools.encumbrances
    for right in [*RIGHTS, ZERO]:
        yield View(
            model,
            "encumbrancesOf",
            (right,),
            (model.live(model.pledges, right), model.live(model.freezes, right)),
        )
    for function, book in (("pledgeOf", model.pledges), ("freezeOf", model.freezes)):
        for name in [*PLEDGES, ZERO]:
            record = book.get(name)
            yield View(
                model,
                function,
                (name,),
                (0, False) if record is None else (record.seq, record.release is None),
            )


def _sealed(pools: Pools) -> Iterator[View]:
    model = pools.sealed
    for listing in [*LISTINGS, ZERO]:
        for number in (0, 1, 2, 3, 65_535):
            seq, item = model.sets.get((listing, number), (0, None))
            values = (0, ZERO, 0, 0) if item is None else (seq, item.root, item.bids, item.closed_at)
            yield View(model, "sealedBidsOf", (listing, number), values)


def _fills(pools: Pools) -> Iterator[View]:
    model, register = pools.fills, pools.register.address
    sent = [made.item for made in pools.made.get("recordFills", [])]
    for name in {*model.fills, *(item.deal for item in sent), ZERO}:
        found = model.fills.get(name)
        yield View(model, "fillWord", (register, name), (0 if found is None else _word_of(*found),))
    for order in {(item.seller, item.ask_salt) for item in sent} | {
        (item.buyer, item.bid_salt) for item in sent
    }:
        yield View(model, "filledOf", (register, *order), (model.filled[order],))
    yield View(model, "ORDER_TYPEHASH", (), (keccak(TYPES[LicenceOrder].encode()),))


def _word_of(seq: int, fill: Fill) -> int:
    """A fill as an agreed ordinary licence in one word: number, kind, state, tag of the right, tag of all it says."""
    types = ("bytes32", "bytes32", "address", "bytes32", "address", "address", *["uint256"] * 6, "bytes32")
    content = keccak(encode([*types, *["uint256"] * 4, "bytes32"], list(fill)))
    right = int.from_bytes(keccak(fill.right), "big") % 2**96
    return seq << 216 | 4 << 208 | 1 << 200 | right << 64 | int.from_bytes(content, "big") % 2**64


def _anchor(pools: Pools) -> Iterator[View]:
    model = pools.anchor
    yield View(model, "head", (), (model.size, model.root))
    yield View(model, "keys", (), (model.key, model.proposed))
    yield View(model, "EMPTY_ROOT", (), (EMPTY_ROOT,))
    yield View(model, "MAX_GROWTH", (), (2**20,))
