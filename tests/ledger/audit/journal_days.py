"""Days that a journal can have: what is traded, offered and lost on them is signed by real keys, one by one."""

from __future__ import annotations

from typing import Any

import msgspec

from exchange import commands as c
from exchange.recoveries import CLOCK_MARGIN_MS, PAPERS_LABEL, WAIT_MS
from ledger.key_messages import recovery_message
from ledger.messages import CounterAdvance, KeyRevocation, KeyRotation, RecoveryVeto
from ledger.outbox_row import code_word
from ledger.secp256k1 import PrivateKey
from tests.exchange import ordering
from tests.ledger.audit.journal_maker import DAY_MS, JournalScene, secret
from tests.undertakings import offered_on

WAIT_S = (WAIT_MS + CLOCK_MARGIN_MS) // 1000
KINDS = {"deal_kind": "ordinary_licence", "max_acceptances": 4}


def trading_day(scene: JournalScene) -> None:
    """An assignment, a contested listing, a licence with a refused rival, a deal unwound, an erasure: some 100 entries."""
    seller, first, second, third = (scene.party() for _ in range(4))
    assigned, contested, licensed, unwound = (scene.right(seller) for _ in range(4))
    posted = scene.listing(seller, assigned)
    scene.credit(first, 200_000_00)
    deal = scene.accept(posted, first).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    scene.register(deal)
    scene.pay_all(deal)
    scene.record_state_hash()
    listing = scene.listing(seller, contested, "competitive", deposit=10_000_00)
    for buyer in (first, second, third):
        scene.credit(buyer, 20_000_00)
        scene.bidder(listing, buyer)
    scene.wait(11 * DAY_MS)
    for buyer, price in ((first, 110_000_00), (second, 120_000_00), (third, 120_000_00)):
        scene.bid(listing, buyer, price)
    scene.bid(listing, seller, 130_000_00)
    scene.wait(20 * DAY_MS)
    open_licence = scene.listing(seller, licensed, deal_kind="exclusive_licence")
    scene.credit(third, 100_000_00)
    licence = scene.accept(open_licence, third).result["deal_id"]
    scene.sign(licence)
    scene.fund(licence)
    scene.by(
        seller,
        c.SubmitListing(
            right_id=licensed,
            mode="posted",
            deal_kind="ordinary_licence",
            currency="CNY",
            closes_ms=scene.now + DAY_MS,
        ),
        terms=offered_on(scene.state.venue.engine, price=1),
    )
    offered = scene.listing(seller, unwound)
    scene.credit(second, 100_000_00)
    given_up = scene.accept(offered, second).result["deal_id"]
    scene.sign(given_up)
    scene.operator(c.UnwindDeal(deal_id=given_up, ground="mutual"))
    scene.operator(c.EraseSealedPart(entry=2, label="profile", ground="data-subject-request"))
    scene.record_state_hash()
    scene.to_chain()


def shop(scene: JournalScene) -> tuple[str, str, list[str]]:
    """Seller, open listing, and three buyers with money."""
    seller = scene.party()
    listing = scene.listing(seller, scene.right(seller), **KINDS)  # type: ignore[arg-type]
    buyers = [scene.party() for _ in range(3)]
    for buyer in buyers:
        scene.credit(buyer, 300_000_00)
    return seller, listing, buyers


def offers_day(scene: JournalScene) -> None:
    """A cancelled deal, an offer accepted twice and signed anew, withdrawn while one buyer has yet to sign."""
    seller, listing, buyers = shop(scene)
    plain = scene.accept(listing, buyers[0]).result["deal_id"]
    scene.cancel(plain, buyers[0])
    scene.sign_offer(listing, seller)
    scene.sign(scene.accept(listing, buyers[0]).result["deal_id"])
    advanced(scene, seller)
    scene.sign_offer(listing, seller)
    waits = scene.accept(listing, buyers[1]).result["deal_id"]
    scene.withdraw_offer(listing, seller)
    scene.sign(waits)
    scene.fund(waits)
    scene.to_chain()


def advanced(scene: JournalScene, party: str) -> None:
    """A party cancels whatever its key signed and nobody recorded."""
    key = scene.state.keys[scene.keys[party]]
    message = CounterAdvance(
        party=bytes.fromhex(key.commitment),
        key=key.id,
        counter=key.counter + 1,
        deadline_s=scene.now // 1000 + 90 * 86_400,
    )
    command = c.AdvanceCounter(
        party_commitment=message.party.hex(),
        key=key.id,
        counter=message.counter,
        deadline_s=message.deadline_s,
        key_signature=scene.signed(message, scene.private[key.id]),
    )
    assert scene.by(party, command).refusal is None


def commitment_of(scene: JournalScene, party: str) -> bytes:
    return bytes.fromhex(scene.state.keys[scene.state.parties[party].key].commitment)


def new_key(scene: JournalScene, name: str) -> PrivateKey:
    key = PrivateKey(secret(name))
    scene.private[key.address] = key
    return key


def propose(scene: JournalScene, party: str, new: PrivateKey, *, forged_by: PrivateKey | None = None) -> Any:
    unsigned = c.ProposeRecovery(
        party_commitment=commitment_of(scene, party).hex(),
        party_id=party,
        new_key=new.address,
        deadline_s=scene.now // 1000 + 60 * 86_400,
        possession="",
    )
    command = scene.erasable(unsigned, **{PAPERS_LABEL: "营业执照", "reason": "seen"})
    message = recovery_message(command)
    possession = scene.signed(message, forged_by or new)
    outcome = scene.operator(msgspec.structs.replace(command, possession=possession))
    assert outcome.refusal is None
    return outcome


def veto(scene: JournalScene, party: str, new: PrivateKey, *, forged_by: PrivateKey | None = None) -> None:
    live = scene.private[scene.keys[party]]
    deadline_s = scene.now // 1000 + 60 * 86_400
    message = RecoveryVeto(
        party=commitment_of(scene, party), new_key=new.address, key=live.address, deadline_s=deadline_s
    )
    command = c.VetoRecovery(
        party_commitment=message.party.hex(),
        new_key=new.address,
        deadline_s=deadline_s,
        veto_signature=scene.signed(message, forged_by or live),
    )
    assert scene.by(party, command).refusal is None


def recovered(scene: JournalScene, old: str, new: PrivateKey) -> None:
    command = c.ReportKey(
        key=old, event="recovered", new_key=new.address, counter=0, transaction="0x" + "22" * 32, block=7
    )
    assert scene.service(command).refusal is None


def keys_day(scene: JournalScene) -> None:
    """A deal under a key of its own, a rotation, a revocation; a recovery vetoed, and one that comes to its end."""
    seller, buyer, lost = (scene.party() for _ in range(3))
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal = scene.accept(listing, buyer).result["deal_id"]
    once = new_key(scene, "for one deal")
    scene.enrol(buyer, once.address)
    scene.by(buyer, c.ChooseDealKey(deal_id=deal, key=once.address))
    rotated(scene, seller, new_key(scene, "the seller's next"))
    scene.sign(deal)
    revoked(scene, buyer, once.address)
    refused = new_key(scene, "refused")
    propose(scene, seller, refused)
    veto(scene, seller, refused)
    old, found = scene.keys[lost], new_key(scene, "found")
    propose(scene, lost, new_key(scene, "second thoughts"))
    propose(scene, lost, found)
    scene.report("recovery", found.address)
    scene.wait(WAIT_S * 1000)
    recovered(scene, old, found)
    scene.keys[lost] = found.address
    scene.record_state_hash()


def rotated(scene: JournalScene, party: str, new: PrivateKey) -> None:
    """A party's own key gives its place to another."""
    old = scene.private[scene.keys[party]]
    unsigned = c.RotateKey(
        party_commitment=commitment_of(scene, party).hex(),
        new_key=new.address,
        deadline_s=scene.now // 1000 + 60 * 86_400,
        old_signature="",
        new_signature="",
    )
    command = scene.erasable(unsigned, authorisation_letter="授权委托书")
    message = KeyRotation(
        party=commitment_of(scene, party),
        old_key=old.address,
        new_key=new.address,
        authorisation=bytes.fromhex(command.erasable["authorisation_letter"]),
        deadline_s=command.deadline_s,
    )
    command = msgspec.structs.replace(
        command, old_signature=scene.signed(message, old), new_signature=scene.signed(message, new)
    )
    assert scene.by(party, command).refusal is None
    scene.keys[party] = new.address


def revoked(scene: JournalScene, party: str, address: str) -> None:
    """A party ends one of its keys."""
    message = KeyRevocation(
        party=bytes.fromhex(scene.state.keys[address].commitment),
        key=address,
        reason=bytes.fromhex(code_word("used")[2:]),
        deadline_s=scene.now // 1000 + 60 * 86_400,
    )
    command = c.RevokeKey(
        party_commitment=message.party.hex(),
        key=address,
        reason="used",
        deadline_s=message.deadline_s,
        key_signature=scene.signed(message, scene.private[address]),
    )
    assert scene.by(party, command).refusal is None


def floor_day(scene: JournalScene) -> None:
    """A continuous listing: a call, fills at several prices, an amendment, cancellations, fills that are paid.

    Of the last two fills both orders are signed.
    """
    authorised = c.RecordTradingAuthorisation(ground="counsel_opinion")
    scene.operator(scene.erasable(authorised, reason="the board has read it", document="意见书 an opinion"))
    seller, first, second = (scene.party(jurisdiction="HK") for _ in range(3))
    right = scene.right(seller, right_id="HK-99990010.7")
    fields: dict[str, Any] = {"currency": "HKD", "price": 1_000_00, "territory": ("HK",), "call_ms": DAY_MS}
    listing = scene.listing(seller, right, "continuous", **(fields | KINDS | {"max_acceptances": 9}))
    for buyer in (first, second):
        scene.credit(buyer, 20_000_00, "HKD")

    def order(party: str, side: Any, limit: int, quantity: int, **more: Any) -> str:
        command = c.PlaceOrder(listing_id=listing, side=side, **more)
        terms = c.OrderTerms(limit=limit, quantity=quantity, client_order_id=f"mine-{scene.now}")
        return scene.by(party, command, terms=terms).result["order_id"]

    order(seller, "sell", 900_00, 3)
    order(first, "buy", 1_100_00, 2)
    scene.wait(DAY_MS)
    order(second, "buy", 950_00, 2)
    order(seller, "sell", 940_00, 2, post_only=False)
    resting = order(second, "buy", 800_00, 2)
    scene.by(second, c.AmendOrder(order_id=resting), terms=c.OrderTerms(limit=850_00, quantity=3))
    scene.by(second, c.CancelOrder(order_id=resting))
    scene.by(seller, c.CancelOrders(listing_id=listing))
    scene.sign("D-1")
    scene.fund("D-1")
    ordering.place(scene, seller, listing, "sell", 960_00, 2)
    ordering.place(scene, second, listing, "buy", 970_00, 1)
    scene.to_chain()
    scene.report("deal", "D-4")
    scene.fund("D-4")
    ordering.place(scene, first, listing, "buy", 960_00, 1)
    scene.record_state_hash()
    scene.to_chain()
