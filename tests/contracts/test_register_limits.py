"""What random calls do not reach: full batches, a thousand licences of one scope, starved gas, dirty calldata."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest

from exchange.keccak import keccak
from tests.contracts.artifact import Artifact, Log, type_of
from tests.contracts.chain import TestChain
from tests.contracts.deployment import OWNER, Deployment
from tests.contracts.drawing import LATEST, PARTIES, RIGHTS, WORDS
from tests.contracts.model_base import Call
from tests.contracts.running import expectation
from tests.contracts.shapes import (
    TYPES,
    ZERO,
    Correction,
    CounterAdvance,
    Deal,
    DealCancellation,
    Fill,
    KeyEnrolment,
    KeyRecovery,
    KeyRevocation,
    KeyRotation,
    LicenceEnding,
    OfferAcceptance,
    OfferWithdrawal,
    RecoveryVeto,
    RightEntry,
    SealedSet,
    Signed,
    StandingChange,
    StandingOffer,
    ask_of,
    bid_of,
    deal_id,
    struct_hash,
)
from tests.contracts.signing import KEYS, packed
from tests.contracts.stage import BUYER, FRESH, SELLER, Stage, address_of, deal, licence


@pytest.fixture
def stage(chain: TestChain, fresh: Deployment) -> Stage:
    made = Stage(chain, fresh)
    made.enrol()
    return made


def test_a_batch_of_256_is_taken_and_one_more_is_refused(stage: Stage) -> None:
    entries = [RightEntry(number.to_bytes(32, "big"), PARTIES[0], WORDS[0]) for number in range(1, 258)]
    stage.make("recordRights", entries)
    assert stage.seen.errors["BatchTooLong"] == 1
    stage.make("recordRights", entries[:256])
    assert stage.seen.events["RightRegistered"] == 256


def test_licences_of_one_scope_are_looked_through_up_to_1024_and_no_further(
    stage: Stage,
) -> None:
    names = stage.agree(4, 1, 1_025)
    ordinary = [licence(number, name, 10, 20) for number, name in enumerate(names, 1)]
    for start in range(0, 1_024, 128):
        stage.make("recordLicences", ordinary[start : start + 128])
    exclusive = stage.agree(2, 5_000, 2)
    stage.make("recordLicences", [licence(5_000, exclusive[0], 19, 30)])
    assert stage.seen.errors["LicencesConflict"] == 1
    stage.make(
        "recordLicences", [licence(5_001, exclusive[0], 20, 30)]
    )  # behind them all: 1,024 are looked at
    stage.make("recordLicences", [ordinary[1_024]])
    stage.make("recordLicences", [licence(5_002, exclusive[1], 40, 50)])
    assert stage.seen.errors["TooManyLicences"] == 1


def test_a_tree_has_eight_licences_from_its_head_down_and_ends_whole_with_its_head(stage: Stage) -> None:
    head = ZERO
    for number, name in enumerate(stage.agree(4, 1, 9), 1):
        item = licence(number, name, 10, 20)._replace(head=head, sublicensable=True)
        stage.make("recordLicences", [item])
        head = item.licence
    assert stage.seen.events["LicenceGranted"] == 8
    assert stage.seen.errors["HeadForbids"] == 1
    stage.make("endLicences", [LicenceEnding((1).to_bytes(32, "big"), RIGHTS[0], 12, WORDS[0])])
    register = stage.pools.register
    last = (8).to_bytes(32, "big")
    questions = [(register.address, register.contract.call("licenceActive", last, time)) for time in (11, 12)]
    assert stage.chain.read_many(questions) == [(True, (1).to_bytes(32, "big")), (True, bytes(32))]


def test_a_call_with_too_little_gas_for_a_contract_account_is_undone_whole(
    stage: Stage, chain: TestChain
) -> None:
    account = next(iter(stage.deployment.accounts))  # the honest one
    item = KeyEnrolment(PARTIES[4], account, WORDS[0], LATEST)
    signature = OWNER.sign_digest(stage.domain.digest(item))
    call = stage.call("enrolKeys", [item], packed([signature]))
    register = stage.pools.register
    data = register.contract.call(call.function, *call.arguments)
    starved = register.contract.refusal("TooLittleGas")
    outcomes = [
        chain.try_call(call.sender, register.address, data, call.at, gas)
        for gas in range(60_000, 400_000, 5_000)
    ]
    # Never a refusal of a good signature: undone with the reason, or out of gas before or after it, or recorded.
    assert (False, starved) in outcomes
    assert outcomes[-1] == (True, b"")
    assert {outcome for outcome in outcomes if outcome[0]} == {(True, b"")}
    receipt = chain.send(call.sender, register.address, data, call.at, 400_000)
    event = expectation(stage.pools, call, stage.seen)
    assert isinstance(event, list)
    assert receipt.logs == [(register.address, register.contract.log(item)) for item in event]
    assert [item.name for item in event] == ["KeyEnrolled"]


class Place(NamedTuple):
    """A member narrower than a word, and where its word begins in the calldata."""

    function: str
    member: str
    offset: int
    width: int


def narrow_members(contract: Artifact, function: str) -> Iterator[Place]:
    """Every narrow member of the first argument, which is an item or a batch of one."""
    first = contract.functions[function]["inputs"][0]
    if not first["type"].startswith("tuple"):
        return
    # A batch lies behind the offsets of the arguments and its own length.
    start = 4 + (32 * len(contract.functions[function]["inputs"]) + 32 if first["type"].endswith("[]") else 0)
    for number, part in enumerate(first["components"]):
        kind = type_of(part)
        if kind != "bytes32":
            width = {"address": 20, "bool": 1}.get(kind) or int(kind.removeprefix("uint")) // 8
            yield Place(function, part["name"], start + 32 * number, width)


LOGGED_NOWHERE = {
    ("revokeKeyAsGuardian", "deadline"): "not looked at",
}
"""Narrow members that no check reads and no event carries."""


def items_of_every_function(stage: Stage) -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    """A good call of each function that takes items with narrow members; contract, function, arguments."""
    seller, buyer, fresh = (address_of(key) for key in (SELLER, BUYER, FRESH))
    sign = stage.sign
    [agreed, licensed] = stage.agree(2, 1, 2)
    offer = StandingOffer(RIGHTS[0], seller, WORDS[0], WORDS[1], 1, 1, LATEST, 0, ZERO)
    other = offer._replace(salt=WORDS[0])
    stage.make("recordOffers", [offer], sign(offer, SELLER))
    stage.make("recordLicences", [licence(1, licensed, 10, 20)])
    recovery = KeyRecovery(PARTIES[0], fresh, WORDS[0], LATEST)
    stage.make("proposeRecoveries", [recovery], sign(recovery, FRESH))
    new = KEYS[5]
    made: dict[str, tuple[Any, ...]] = {}
    enrolment = KeyEnrolment(PARTIES[5], address_of(new), WORDS[0], LATEST)
    made["enrolKeys"] = ([enrolment], sign(enrolment, new))
    rotation = KeyRotation(PARTIES[1], buyer, address_of(new), WORDS[0], LATEST)
    made["rotateKey"] = (rotation, sign(rotation, BUYER), sign(rotation, new))
    revocation = KeyRevocation(PARTIES[1], buyer, WORDS[0], LATEST)
    made["revokeKey"] = (revocation, sign(revocation, BUYER))
    made["revokeKeyAsGuardian"] = (revocation,)
    advance = CounterAdvance(PARTIES[1], buyer, 1, LATEST)
    made["advanceCounter"] = (advance, sign(advance, BUYER))
    proposal = KeyRecovery(PARTIES[1], address_of(new), WORDS[0], LATEST)
    made["proposeRecoveries"] = ([proposal], sign(proposal, new))
    veto = RecoveryVeto(PARTIES[0], fresh, seller, LATEST)
    made["vetoRecovery"] = (veto, sign(veto, SELLER))
    made["recordStandings"] = ([StandingChange(PARTIES[0], 2, WORDS[0])],)
    agreement = deal(1, 77)
    made["recordAgreements"] = ([agreement], sign(agreement, SELLER, BUYER))
    made["cancelDeal"] = (agreement, seller, sign(DealCancellation(struct_hash(agreement)), SELLER))
    made["recordOffers"] = ([other], sign(other, SELLER))
    made["withdrawOffer"] = (other, sign(OfferWithdrawal(struct_hash(other)), SELLER))
    acceptance = OfferAcceptance(RIGHTS[0], deal_id(seller, buyer, 99), struct_hash(offer), buyer, LATEST, 0)
    made["acceptOffers"] = ([acceptance], sign(acceptance, BUYER))
    made["recordLicences"] = ([licence(2, agreed, 30, 40)],)
    made["endLicences"] = ([LicenceEnding((1).to_bytes(32, "big"), RIGHTS[0], 15, WORDS[0])],)
    made["recordCorrections"] = ([Correction(1, WORDS[0], WORDS[1], WORDS[2], WORDS[3])],)
    for function, arguments in made.items():
        yield "Register", function, arguments
    yield "SealedBidRegister", "fixSealedBids", ([SealedSet(WORDS[0], 1, WORDS[1], 3, 5)],)
    order = (9, 5, LATEST, 0)
    terms = (stage.deployment.register, WORDS[0], seller, buyer, 9, 1, *order, WORDS[1], *order, WORDS[2])
    fill = Fill(RIGHTS[0], deal_id(seller, buyer, 55), *terms)
    yield "FillRegister", "recordFills", ([fill], sign(ask_of(fill), SELLER) + sign(bid_of(fill), BUYER))


def signed_as_it_stands(stage: Stage, function: str, dirty: bytes) -> bytes:
    """The call with a signature over the dirty words themselves, where a hash of them is what is signed."""
    kinds: dict[str, tuple[type, Callable[[bytes], Signed], int]] = {
        "cancelDeal": (Deal, DealCancellation, 10),
        "withdrawOffer": (StandingOffer, OfferWithdrawal, 9),
    }
    if function not in kinds:
        return dirty
    kind, wrapper, words = kinds[function]
    content = keccak(keccak(TYPES[kind].encode()) + dirty[4 : 4 + 32 * words])
    signature = stage.sign(wrapper(content), SELLER)
    assert len(signature) == 64
    return dirty[:-64] + signature


def test_no_member_with_dirty_high_bits_reaches_a_log(stage: Stage, chain: TestChain) -> None:
    tried = set()
    for name, function, arguments in items_of_every_function(stage):
        model = stage.pools.models[name]
        call = stage.call(function, *arguments, contract=name)
        data = model.contract.call(function, *arguments)
        assert chain.try_call(call.sender, model.address, data, call.at) == (True, b""), function
        for place in narrow_members(model.contract, function):
            tried.add((function, place.member))
            for dirt in (1 << 8 * place.width, 1 << 255):
                word = int.from_bytes(data[place.offset : place.offset + 32], "big") | dirt
                dirty = data[: place.offset] + word.to_bytes(32, "big") + data[place.offset + 32 :]
                dirty = signed_as_it_stands(stage, function, dirty)
                taken = (function, place.member) in LOGGED_NOWHERE
                assert chain.try_call(call.sender, model.address, dirty, call.at) == (taken, b""), place
                if taken:
                    logs = logs_of(chain, call, model.address, dirty)
                    assert len(logs) == 1
                    assert word.to_bytes(32, "big") not in {*logs[0].topics, *words_of(logs[0].data)}
    wanted = {
        (function, place.member)
        for model in stage.pools.models.values()
        for function, entry in model.contract.functions.items()
        if entry["stateMutability"] == "nonpayable" and entry["inputs"]
        for place in narrow_members(model.contract, function)
    }
    assert tried == wanted
    assert set(LOGGED_NOWHERE) <= tried


def logs_of(chain: TestChain, call: Call, address: str, data: bytes) -> list[Log]:
    """What a call would log, without leaving anything behind."""
    snapshot = chain.request("evm_snapshot")
    receipt = chain.send(call.sender, address, data, call.at)
    assert chain.request("evm_revert", snapshot)
    return [log for _, log in receipt.logs]


def words_of(data: bytes) -> list[bytes]:
    return [data[start : start + 32] for start in range(0, len(data), 32)]
