"""Days on which every mode of the Mainland profile is used, a winner defaults, and what was agreed is paid later."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.exchange.auction_rule_cases import described, erase
from tests.exchange.scene import digest
from tests.ledger.audit.journal_maker import JournalScene

LISTED, DEPOSIT = 100_000_00, 20_000_00
PARTS = c.Instalments(parts=(c.Instalment(share=4_000, due_days=0), c.Instalment(share=6_000, due_days=30)))
ROYALTY = c.EntryFeeAndRoyalty(
    royalty=c.Royalty(base="net_sales", rates=(500, 400), period="quarter", report_days=20, pay_days=10)
)
LATE = c.LateInterest(daily_rate=500, most=300)


def wait_until(scene: JournalScene, time_ms: int) -> None:
    scene.wait(time_ms - scene.now)


def with_bidders(scene: JournalScene, mode: str, count: int, **fields: Any) -> tuple[str, str, list[str]]:
    """Seller, listing, and so many qualified bidders with their deposits."""
    seller, *bidders = (scene.party() for _ in range(count + 1))
    terms = {"deposit": DEPOSIT} | fields
    listing = scene.listing(seller, scene.right(seller), mode, **terms)
    for bidder in bidders:
        scene.credit(bidder, DEPOSIT)
        scene.bidder(listing, bidder)
    return seller, listing, bidders


def settled(scene: JournalScene, deal_id: str) -> None:
    """A deal of an assignment is done to its end."""
    scene.sign(deal_id)
    scene.fund(deal_id)
    scene.register(deal_id)
    scene.pay_all(deal_id)


def _recorded(scene: JournalScene, seller: str) -> None:
    """What is called an auction is withdrawn from its announcement; of its records nothing is erased."""
    scene.document("auctioneer_licence")
    listing, entry = described(scene, seller)
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.by(seller, c.WithdrawListing(listing_id=listing))
    refusal = erase(scene, entry).refusal
    assert refusal is not None
    assert refusal.code == "CN-AUCTION-LAW-54"


def auctions_day(scene: JournalScene) -> None:
    """An English auction whose winner defaults and whose next bidder takes the award; a Dutch one; talks."""
    seller, listing, (first, second) = with_bidders(scene, "english", 2, step=1_000_00)
    wait_until(scene, scene.state.listings[listing].registration_closes_ms)
    scene.bid(listing, first, LISTED)
    scene.bid(listing, second, LISTED + 1_000_00)
    scene.bid(listing, first, LISTED + 2_000_00)
    wait_until(scene, scene.state.listings[listing].closes_ms)
    (deal,) = scene.state.listings[listing].deals
    scene.sign_one(deal, seller)
    wait_until(scene, scene.state.deadlines[f"sign_by:{deal}"].due_ms)
    taken = scene.by(second, c.AcceptAward(listing_id=listing)).result["deal_id"]
    settled(scene, taken)
    holder, buyer = scene.party(), scene.party()
    falling: dict[str, Any] = {"step": 1_000_00, "floor": 90_000_00, "interval_ms": MS_PER_DAY}
    dutch = scene.listing(holder, scene.right(holder), "dutch", **falling)
    scene.credit(buyer, LISTED + DEPOSIT)
    scene.wait(3 * MS_PER_DAY)
    scene.accept(dutch, buyer, 95_000_00)
    scene.accept(dutch, buyer, 98_000_00)
    talks = scene.listing(holder, scene.right(holder), "negotiated", deposit=DEPOSIT)
    scene.propose(talks, buyer, 80_000_00)
    answered = scene.propose(talks, holder, 95_000_00, buyer).result["proposal_id"]
    scene.by(buyer, c.AcceptProposal(proposal_id=answered))
    _recorded(scene, holder)
    scene.need(buyer)
    scene.record_state_hash()


def sealing_day(scene: JournalScene) -> None:
    """Sealed bids of which one is not opened, and a tender that its weights decide, not its prices."""
    _, listing, bidders = with_bidders(scene, "sealed", 3, reveal_ms=MS_PER_DAY)
    bids = [
        scene.seal(listing, bidder, LISTED + above).result["bid_id"]
        for bidder, above in zip(bidders, (5, 9, 7), strict=True)
    ]
    wait_until(scene, scene.state.listings[listing].closes_ms)
    scene.to_chain()
    scene.report("sealed_set", listing)
    scene.reveal(bids[0], LISTED + 5)
    scene.reveal(bids[2], LISTED + 6)
    scene.reveal(bids[2], LISTED + 7)
    wait_until(scene, scene.state.listings[listing].reveal_closes_ms)
    criteria = (c.Criterion(code="price", weight=5_000), c.Criterion(code="track_record", weight=5_000))
    _, tender, bidders = with_bidders(scene, "tender", 3, reveal_ms=MS_PER_DAY, criteria=criteria)
    document = digest("a proposal")
    bids = [scene.seal(tender, bidder, LISTED * 2, document).result["bid_id"] for bidder in bidders]
    wait_until(scene, scene.state.listings[tender].closes_ms)
    scene.to_chain()
    scene.report("sealed_set", tender)
    for bid in bids:
        scene.reveal(bid, LISTED * 2, document)
    wait_until(scene, scene.state.listings[tender].reveal_closes_ms)
    points = {bid: {"track_record": each} for bid, each in zip(bids, (10, 90, 50), strict=True)}
    sheets = tuple(c.ScoreSheet(expert=digest(f"expert {each}"), points=points) for each in range(5))
    command = scene.erasable(c.RecordScores(listing_id=tender), reason="评标报告")
    assert scene.operator(command, terms=c.ScoreTerms(sheets=sheets)).refusal is None
    scene.record_state_hash()


def later_payments_day(scene: JournalScene) -> None:
    """A sale in two parts, the second late; a licence whose royalty is reported and inspected, suspended for a while."""
    seller, buyer = scene.party(), scene.party()
    sale = scene.listing(seller, scene.right(seller), consideration=PARTS, late_interest=LATE)
    deal = scene.deal(sale, buyer)
    settled(scene, deal)
    (part,) = scene.state.obligations_of[deal]
    scene.wait(40 * MS_PER_DAY)
    line = scene.credit(buyer, 2 * LISTED)
    assert scene.by(buyer, c.PayObligation(obligation_id=part, statement_line=line)).refusal is None
    for payment in scene.state.obligations[part].payments:
        scene.pay(payment)
    licensor = scene.party()
    licence = scene.listing(
        licensor, scene.right(licensor), deal_kind="exclusive_licence", consideration=ROYALTY, inspection=True
    )
    licensed = scene.deal(licence, buyer)
    scene.sign(licensed)
    scene.fund(licensed)
    scene.pay_all(licensed)
    scene.wait(95 * MS_PER_DAY)
    period, *_ = scene.state.obligations_of[licensed]
    report = scene.erasable(c.ReportRoyalty(obligation_id=period), statement="季度销售额")
    assert scene.by(buyer, report, c.RoyaltyReportTerms(base=1_000_000_00)).refusal is None
    assert scene.by(licensor, c.CallInspection(obligation_id=period)).refusal is None
    for party in (buyer, licensor):
        stated = c.StateInspection(obligation_id=period)
        assert scene.by(party, stated, c.InspectionTerms(base=1_200_000_00)).refusal is None
    right = scene.state.deals[licensed].right_id
    scene.copy(right, licensor, status="invalidity_decided")
    assert [row.state for row in scene.state.licences.values()] == ["SUSPENDED"]
    scene.copy(right, licensor)
    scene.to_chain()
    scene.record_state_hash()


def lots_day(scene: JournalScene) -> None:
    """A lot of three: one right passes, one is refused by the register, one is rescinded; another lot is not signed."""
    seller, buyer = scene.party(), scene.party()
    deals = _sold_lot(scene, seller, buyer)
    for deal_id in deals:
        for party in (seller, buyer):
            scene.sign_one(deal_id, party)
    transaction, block = scene.to_chain()
    for deal_id in deals:
        scene.report("deal", deal_id, transaction, block)
    line = scene.credit(buyer, 1)
    assert scene.by(buyer, c.FundDeal(deal_id=deals[0], statement_line=line)).refusal is None
    scene.register(deals[0])
    scene.pay_all(deals[0])
    scene.file(deals[1])
    scene.refuse(deals[1])
    listing = scene.state.deals[deals[0]].listing_id
    assert scene.by(buyer, c.DecideLot(listing_id=listing, decision="rescind")).refusal is None
    left = _sold_lot(scene, seller, buyer)
    scene.sign_one(left[0], seller)
    wait_until(scene, scene.state.deadlines[f"sign_by:{left[0]}"].due_ms)
    scene.record_state_hash()


def _sold_lot(scene: JournalScene, seller: str, buyer: str) -> list[str]:
    """The deals of a lot at a posted price."""
    rights = [scene.right(seller) for _ in range(3)]
    shares = (500_000, 300_000, 200_000)
    lot = tuple(c.LotMember(right_id=right, share=share) for right, share in zip(rights, shares, strict=True))
    listing = scene.listing(seller, rights[0], price=LISTED + 1, lot=lot)
    scene.credit(buyer, LISTED + 1)
    assert scene.accept(listing, buyer, LISTED + 1).refusal is None
    return list(scene.state.listings[listing].deals)
