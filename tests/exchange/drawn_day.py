"""Days that a state machine drives: under watch, with tables kept as a store would, and always the same beginning."""

from __future__ import annotations

from typing import Any

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals import steps
from exchange.engine import Engine
from exchange.listings import life
from exchange.listings.floor import MODES
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Licence, Listing
from exchange.turn import Outcome
from tests.exchange import random_lots, random_papers, random_sealing
from tests.exchange.followed_tables import FollowedTables
from tests.exchange.invariants import Watcher
from tests.exchange.random_floor import RandomFloor
from tests.exchange.scene import Scene, cn_right_id, digest
from tests.exchange.test_engine_fuzz import FuzzedDay

PARTIES = (("CN", "company"), ("CN", "company"), ("CN", "university"), ("HK", "company"))
"""Jurisdiction and category of those that a day begins with; all of them sell, buy and take pledges."""
RIGHTS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("invention", (1,)),
    ("invention", (2,)),
    ("utility_model", (1,)),
    ("achievement", (3,)),
    ("invention", (4,)),
    ("invention", (1, 2)),
)
"""Type and holders of the rights that a day begins with."""


class Followed(Scene):
    """Every request is checked; whatever the day was, it must replay and load to where it is."""

    def __init__(self, seed: int) -> None:
        self.watcher = Watcher()
        self.tables = FollowedTables()
        self.begun = False
        super().__init__(seed)  # type: ignore[call-arg]  # of the day that stands beside this in the class's bases
        self.begun, self.beginning = True, len(self.requests)

    def _apply(self, request: c.Request) -> Outcome:
        outcome = Scene._apply(self, request)  # past what other days under watch put there
        changes = self.state.take_changes()
        if outcome.refusal is not None:
            assert changes == []
            assert self.state.state_hash() == self.tables.state_hash(), "a refusal has changed something"
        self.tables.follow(changes)
        self.watcher.after(self.state, request, outcome)
        return outcome

    def require_same_everywhere(self) -> None:
        """Another engine after the same requests, and one loaded from the tables, are where this one is."""
        replayed = Engine()
        for request, outcome in zip(self.requests, self.outcomes, strict=True):
            assert canonical.encode(replayed.apply(request)) == canonical.encode(outcome)
        state_hash = self.state.state_hash()
        assert self.tables.state_hash() == state_hash
        assert replayed.state.state_hash() == state_hash
        loaded = self.tables.load()
        assert loaded.state_hash() == state_hash
        assert Engine(loaded).due_at() == self.engine.due_at()


class DrawnDay(Followed, FuzzedDay):
    """A day of the Mainland venue."""

    def __init__(self) -> None:
        super().__init__(0)
        self.modes = tuple(mode for mode in MODES if mode != "continuous")

    def _new_party(self) -> object:
        if self.begun:
            return super()._new_party()
        jurisdiction, category = PARTIES[len(self.keys)]
        return self.party("seller", "buyer", "pledgee", jurisdiction=jurisdiction, category=category)

    def _new_right(self) -> object:
        if self.begun:
            return super()._new_right()
        number = len(self.state.rights)
        right_type, holders = RIGHTS[number]
        facts = {"status": "achievement", "expiry_date": None} if right_type == "achievement" else {}
        names = tuple(f"P-{holder}" for holder in holders)
        right_id = cn_right_id(number, right_type)
        return self.right(*names, right_id=right_id, right_type=right_type, **facts)

    def offer(self, *modes: str) -> None:
        """An owner lists a right of its own on terms that the rules take, and it is approved."""
        dice = self.dice
        rights = self.state.rights.values()
        heads = [row for row in self.state.licences.values() if row.may_sublicense is True]
        if heads and dice.chance(15):
            self._offer_under(dice.choose(heads), *modes)
            return
        free = [row for row in rights if row.open_listing is None and row.holder_of_record]
        licensed = [row for row in free if row.licences or row.open_deals]
        if not free:
            return
        right = dice.choose(licensed if licensed and dice.chance(60) else free)
        owner = self.state.party_by_number.get(right.holder_of_record[0].company_number, "P-1")
        kinds = ["ordinary_licence", "exclusive_licence", "sole_licence"]
        kinds = kinds if right in licensed else ["assignment", *kinds]
        given: dict[str, Any] = {
            "deal_kind": dice.choose(kinds),
            "price": dice.choose((100_000_00, 10_000, 99)),
            "closes_ms": self.now + dice.choose((20, 1, 60)) * MS_PER_DAY,
            "ends_ms": self.now + dice.choose((400, 25)) * MS_PER_DAY,
        }
        mode = dice.choose(modes or self.modes)
        given |= self._terms_of(mode, given)
        if dice.chance(30):
            given |= self._clauses(mode, given["deal_kind"])
        if given["deal_kind"] != "assignment" and dice.chance(50):
            given["may_sublicense"] = True
        if "deposit" in given:
            given["deposit"] = given["price"] * dice.choose((20, 0, 30)) // 100
        if dice.chance(30):
            given |= random_lots.with_others(self, right, free)
        outcome = self.submit(owner, right.id, mode, **given)
        if outcome.refusal is None:
            self._approve(outcome.result["listing_id"])

    def _offer_under(self, head: Licence, *modes: str) -> None:
        """A licensee lists a sub-licence within its own licence."""
        given: dict[str, Any] = {
            "deal_kind": "ordinary_licence",
            "price": self.dice.choose((100_000_00, 99)),
            "closes_ms": self.now + self.dice.choose((20, 1)) * MS_PER_DAY,
            "ends_ms": head.ends_ms,
            "territory": head.territory,
            "field_of_use": head.field_of_use,
            "head_licence": head.id,
        }
        mode = self.dice.choose(modes or self.modes)
        given |= self._terms_of(mode, given) | {"announcement_number": None}
        outcome = self.submit(head.licensee, head.right_id, mode, **given)
        if outcome.refusal is None:
            self.operator(c.ApproveListing(listing_id=outcome.result["listing_id"]))

    def _approve(self, listing_id: str) -> None:
        """Whoever holds a right with the seller consents, mostly; then the venue approves."""
        for right_id in self.state.listings[listing_id].right_ids:
            for holder in self.state.rights[right_id].holder_of_record[1:]:
                party = self.state.party_by_number.get(holder.company_number)
                if party is not None and not self.dice.chance(10):
                    self.speak(party, c.ConsentToListing(listing_id=listing_id))
        self.operator(c.ApproveListing(listing_id=listing_id))

    def _under_way(self, *modes: str) -> list[Listing]:
        rows = [row for row in self.state.listings.values() if row.state not in life.ENDED]
        return [row for row in rows if not modes or row.mode in modes]

    def take_part(self, *modes: str, times: tuple[int, ...] = (1, 3, 6)) -> None:
        """Something that fits happens on one of the listings that are under way, some times over."""
        if not self._under_way(*modes):
            self.offer(*modes)
        standing = self._under_way(*modes)
        if standing:
            listing = self.dice.choose(standing[-5:])
            for _ in range(self.dice.choose(times)):
                self._go_on(listing)

    def hold_a_tender(self) -> None:
        """The same of sealed bids and tenders, which have the longest way."""
        self.take_part("tender", "sealed", times=(14, 7, 3))

    def dawdle(self) -> None:
        """A winner does not sign though its seller has, and the next bidder is asked."""
        won = [row for row in self._under_way("competitive", "english", "sealed") if row.state == "AWARDED"]
        if not won:
            self.take_part("competitive", "english", times=(8, 4))
            return
        listing = self.dice.choose(won)
        self.signature(listing.deals[-1], listing.seller)
        deadline = self.state.deadlines.get(f"sign_by:{listing.deals[-1]}")
        if deadline is not None:
            self.wait(deadline.due_ms - self.now)
        for _ in range(self.dice.choose((1, 2, 4))):
            self._go_on(listing)

    def _go_on(self, listing: Listing) -> None:  # noqa: C901, PLR0912 - one branch a state
        match listing.state, listing.mode:
            case "SUBMITTED", _:
                self._approve(listing.id)
            case "OPEN", "competitive" | "english" | "sealed" | "tender":
                self._a_bidder_comes(listing)
            case "OPEN", "negotiated":
                self.talks()
            case "OPEN", _:
                self._accept(self._buyer(listing), listing.id)
            case "BIDDING" | "NEGOTIATE", "competitive":
                self._bidders_raise(listing)
            case "BIDDING", "english" if not self.dice.chance(30):
                self.tops()
            case "SEALED" | "REVEALING", _:
                random_sealing.seals(self)
            case "EVALUATING", _ if not self.dice.chance(30):
                for _ in range(4):
                    random_sealing.seals(self)
            case "REOFFERED", _ if not self.dice.chance(40):
                self._take_awards()
            case "AWARDED", _ if self.dice.chance(25):
                self.signature(listing.deals[-1], listing.seller)
                self.wait_for_a_deadline()  # which may be the buyer's
            case "AWARDED", _:
                self.deals()
            case _:
                self.wait_for_a_deadline()

    def carry_out(self) -> None:
        """One deal goes its way step by step, now and then not to the end."""
        under_way = [row for row in self.state.deals.values() if row.state not in steps.ENDED]
        if not under_way:
            self.take_part()
            return
        deal = self.dice.choose(under_way)
        self._consents(deal)
        for step in (self.sign, self.fund, self.deliver if deal.by_delivery else self.register, self.pay_all):
            if self.dice.chance(10):
                return
            step(deal.id)

    def lots(self) -> None:
        """A lot goes on as one, or right by right."""
        if not random_lots.carry_on(self):
            self.take_part()

    def papers(self) -> None:
        """Documents and objections come."""
        random_papers.papers(self, self.dice)

    def deliver(self, deal_id: str) -> None:
        """Both name the same delivery record."""
        deal = self.state.deals[deal_id]
        for party in (deal.seller, deal.buyer):
            self.by(party, c.ConfirmDelivery(deal_id=deal_id, delivery_digest=digest("delivery")))

    def find_an_affiliate(self) -> None:
        """The venue finds that a seller and another party belong together, or one on its own staff, and that one bids."""
        standing = self._under_way()
        if not standing:
            return
        listing = self.dice.choose(standing)
        party = self.dice.choose([each for each in self.keys if each != listing.seller])
        if self.dice.chance(25):
            self.document("venue_staff", party)
        else:
            self.operator(c.RecordAffiliation(party_id=listing.seller, affiliate_id=party))
        self.speak(party, c.PlaceBid(listing_id=listing.id), c.BidTerms(price=listing.terms.price or 1))

    def _buyer(self, listing: Listing) -> str:
        """Mostly somebody who takes no part in the listing yet."""
        others = [party for party in self.keys if party != listing.seller and party not in listing.bidders]
        return self._actor(self.dice.choose(others) if others else "")

    def _a_bidder_comes(self, listing: Listing) -> None:
        """One registers, is qualified and bids; when some have, registration closes."""
        dice = self.dice
        if len(listing.bidders) >= dice.choose((4, 3) if listing.mode == "tender" else (3, 2, 1)):
            self.wait_for_a_deadline()
            return
        party = self._buyer(listing)
        self.speak(party, c.RegisterBidder(listing_id=listing.id))
        if not dice.chance(10):
            self.operator(c.QualifyBidder(listing_id=listing.id, party_id=party))
        price = min(max(1, listing.terms.price + dice.choose((0, 1, 2, -1))), LARGEST_AMOUNT)
        if listing.mode in {"sealed", "tender"}:
            self.seal(listing.id, party, price, digest("document") if listing.mode == "tender" else "")
        else:
            self.speak(party, c.PlaceBid(listing_id=listing.id), c.BidTerms(price=price))

    def _bidders_raise(self, listing: Listing) -> None:
        """Whoever has bid raises it, lowers it or withdraws it; the seller of a negotiation accepts."""
        dice = self.dice
        if dice.chance(30):
            self.wait_for_a_deadline()
            return
        for bid_id in self.state.book(listing.id).ranking():
            bid = self.state.bids[bid_id]
            match dice.below(5):
                case 0 if listing.state == "NEGOTIATE":
                    self.speak(listing.seller, c.AcceptBid(bid_id=bid_id))
                case 1:
                    self.speak(bid.party_id, c.WithdrawBid(bid_id=bid_id))
                case _:
                    terms = c.BidTerms(price=max(1, bid.price + dice.choose((1, 0, -1, 5))))
                    self.speak(bid.party_id, c.AmendBid(bid_id=bid_id), terms)

    def wait_for_a_deadline(self) -> None:
        """Time passes until something falls due by itself, or until just before."""
        due = self.engine.due_at()
        if due is not None:
            self.wait(max(0, due - self.now - self.dice.choose((0, 0, 1))))


class DrawnFloor(Followed, RandomFloor):
    """A day of continuous trading."""

    def __init__(self) -> None:
        super().__init__(0)
