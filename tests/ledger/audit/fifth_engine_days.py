"""Days of what came with the fifth engine: ways of bidding, halts, what owners declare and consent to, payments in parts."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from tests.exchange import encumbering
from tests.exchange.halt_rule_cases import halt, resume
from tests.exchange.open_licence_rule_cases import OPEN_LICENCE
from tests.ledger.audit.claim_days import taken
from tests.ledger.audit.journal_maker import JournalScene
from tests.ledger.audit.mode_days import LATE, LISTED, PARTS, settled, wait_until, with_bidders

STEP = 1_000_00
RISING: dict[str, Any] = {"bidding": "rising", "round_ms": 2 * MS_PER_HOUR, "step": STEP}


def rounds_day(scene: JournalScene) -> None:
    """One price each; rounds that rise, with a halt of trading in the second; who leaves the market meanwhile."""
    seller, listing, bidders = with_bidders(scene, "competitive", 2, bidding="once")
    wait_until(scene, scene.state.listings[listing].registration_closes_ms)
    for number, bidder in enumerate(bidders):
        taken(scene.bid(listing, bidder, LISTED + number))
    wait_until(scene, scene.state.listings[listing].closes_ms)
    (won,) = scene.state.listings[listing].deals
    settled(scene, won)
    _, listing, (first, second) = with_bidders(scene, "competitive", 2, **RISING)
    wait_until(scene, scene.state.listings[listing].registration_closes_ms)
    taken(scene.bid(listing, first, LISTED))
    wait_until(scene, scene.state.listings[listing].closes_ms)
    halt(scene)
    scene.wait(MS_PER_DAY)
    resume(scene)
    taken(scene.bid(listing, second, LISTED + STEP))
    while scene.state.listings[listing].state == "BIDDING":
        wait_until(scene, scene.state.listings[listing].closes_ms)
    case = scene.erasable(c.OpenSurveillanceCase(), reason="两家报价接近")
    opened = taken(scene.operator(case, terms=c.SurveillanceCaseTerms(subjects=(listing, first))))
    closed = scene.erasable(
        c.CloseSurveillanceCase(case_id=opened["case_id"], outcome="nothing_found"), reason="-"
    )
    taken(scene.operator(closed))
    taken(scene.operator(c.RecordAffiliation(party_id=seller, affiliate_id=second)))
    taken(scene.operator(c.EndAffiliation(party_id=seller, affiliate_id=second)))
    leaver = scene.party()
    taken(scene.operator(scene.erasable(c.CloseParty(party_id=leaver), reason="无未了结事项")))
    scene.record_state_hash()


def owners_day(scene: JournalScene) -> None:
    """An open licence, declared, taken twice and withdrawn; a pledge that a co-owner consents to; licences elsewhere."""
    owner, other, bank = scene.party(), scene.party(), scene.party("pledgee")
    takers = [scene.party() for _ in range(2)]
    right = scene.right(owner)
    listing = taken(scene.submit(owner, right, **OPEN_LICENCE))["listing_id"]
    scene.document("open_licence_announcement", right, announcement_number="2026-1")
    taken(scene.operator(c.ApproveListing(listing_id=listing)))
    for taker in takers:
        settled(scene, scene.deal(listing, taker))
    scene.document("open_licence_withdrawal", right, announcement_number="2026-1")
    shared = scene.right(owner, other)
    pledge = taken(encumbering.draw_up(scene, owner, bank, shared))["pledge_id"]
    refusal = encumbering.sign(scene, pledge).refusal
    assert refusal is not None
    assert refusal.code == "CN-PATENT-LAW-14"
    taken(encumbering.consent(scene, pledge, other))
    taken(encumbering.sign(scene, pledge))
    taken(encumbering.file(scene, pledge))
    unanswered = scene.submit(
        owner, scene.right(owner), undertaking=c.Undertaking(state_secret=False)
    ).refusal
    assert unanswered is not None
    assert unanswered.code == "FACT-MISSING"
    scene.record_state_hash()


def parts_day(scene: JournalScene) -> None:
    """What is owed is paid in parts, the last of them late; two agents have their commissions of each."""
    seller, buyer = scene.party(), scene.party()
    agents = [scene.party("agent") for _ in range(2)]
    commission = tuple(c.Commission(party_id=each, basis_points=301) for each in agents)
    terms: dict[str, Any] = {"consideration": PARTS, "late_interest": LATE, "commission": commission}
    deal = scene.deal(scene.listing(seller, scene.right(seller), **terms), buyer)
    settled(scene, deal)
    (owed,) = scene.state.obligations_of[deal]
    row = scene.state.obligations[owed]
    for days, amount in ((0, 1), (40, 20_000_00), (3, row.amount - 20_000_01)):
        scene.wait(days * MS_PER_DAY)
        line = scene.credit(buyer, 2 * LISTED)
        command = c.PayPart(obligation_id=owed, statement_line=line)
        taken(scene.by(buyer, command, c.PartTerms(amount=amount)))
    line = scene.credit(buyer, LISTED)
    taken(scene.by(buyer, c.PayObligation(obligation_id=owed, statement_line=line)))
    for payment in row.payments:
        scene.pay(payment)
    assert row.state == "SETTLED"
    scene.to_chain()
    scene.record_state_hash()
