"""Random days of a Hong Kong venue: continuous listings whose orders come, change, trade, expire and lapse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from tests.exchange import ordering
from tests.exchange.invariants import staff_of
from tests.exchange.random_day import Dice
from tests.exchange.scene import Scene, digest

RIGHTS = tuple(f"HK-999900{number:02d}.{number % 10}" for number in range(10, 16))
TIMES = (
    "good_till_cancelled", "good_till_cancelled", "good_till_cancelled", "good_till_date",
    "immediate_or_cancel", "fill_or_kill",
)  # fmt: skip


class RandomFloor(Scene):
    """A scene that trades by itself."""

    def __init__(self, seed: int) -> None:
        super().__init__(profile="hong-kong")
        self.dice = Dice(seed)
        document = {"document": digest("an opinion")}
        self.operator(c.RecordTradingAuthorisation(ground="counsel_opinion", erasable=document))
        self.sellers = [self.party("seller", "buyer", jurisdiction="HK") for _ in range(2)]
        self.buyers = [self.party("buyer", jurisdiction=place) for place in ("HK", "HK", "MO", "CN")]
        self.floors: list[str] = []
        for buyer in self.buyers[1:]:
            self.credit(buyer, 10**7, "HKD")
        for _ in range(2):
            self.list_right()

    # --- what can happen

    def step(self) -> None:
        """Something happens."""
        self.dice.choose(_ACTIONS)(self)

    def list_right(self) -> None:
        """A right is offered continuously; most often it is a new one."""
        dice = self.dice
        seller = dice.choose(self.sellers)
        right = dice.choose(RIGHTS)
        if right not in self.state.rights:
            self.right(seller, right_id=right)
        fields: dict[str, Any] = {
            "deal_kind": "ordinary_licence",
            "currency": "HKD",
            "territory": ("HK",),
            "price": 100,
            "call_ms": dice.choose((MS_PER_MINUTE, MS_PER_HOUR, MS_PER_DAY)),
            "closes_ms": self.now + dice.choose((3, 10, 40)) * MS_PER_DAY,
            "max_acceptances": dice.choose((1, 6, 20, 50)),
        }
        outcome = self.submit(seller, right, "continuous", **fields)
        if outcome.refusal is None:
            listing_id = outcome.result["listing_id"]
            self.operator(c.ApproveListing(listing_id=listing_id))
            self.floors.append(listing_id)

    def _floor(self) -> Any:
        standing = [row for row in self.state.listings.values() if row.state in {"OPEN", "TRADING"}]
        if standing and not self.dice.chance(8):
            return self.dice.choose(standing)
        return self.state.listings.get(self.dice.choose([*self.floors, "L-99"]))

    def orders(self) -> None:
        """An order comes."""
        dice, listing = self.dice, self._floor()
        if listing is None:
            return
        side = dice.choose(("buy", "sell"))
        party = (
            listing.seller
            if side == "sell" and not dice.chance(4)
            else dice.choose([*self.buyers, *self.sellers])
        )
        is_market = dice.chance(12)
        time = dice.choose(TIMES)
        command = c.PlaceOrder(
            listing_id=listing.id,
            side=side,  # type: ignore[arg-type]
            order_type="market" if is_market else "limit",
            time_in_force=time,  # type: ignore[arg-type]
            post_only=dice.chance(10),
            expires_ms=self.now + dice.choose((MS_PER_MINUTE, MS_PER_DAY))
            if time == "good_till_date"
            else None,
        )
        limit = None if is_market else 95 + dice.below(11)
        quantity = 1 + dice.below(6)
        terms = c.OrderTerms(limit=limit, quantity=quantity)
        if dice.chance(60):
            salt = digest(f"order salt {self.now}")
            terms = ordering.signed_terms(
                self, party, listing.id, side, limit, quantity, salt, expires_ms=command.expires_ms
            )
        self.by(party, command, terms)

    def amends(self) -> None:
        """An order is amended or taken back, most often by whoever placed it."""
        dice = self.dice
        if not self.state.orders:
            return
        order = dice.choose(list(self.state.orders.values()))
        party = order.party_id if not dice.chance(5) else dice.choose(self.buyers)
        match dice.below(8):
            case 0 | 1 | 2 | 3:
                limit, quantity = 95 + dice.below(11), dice.below(7) + order.filled
                if bool(order.signed) and not dice.chance(5):
                    ordering.amend(self, order.id, limit, quantity)
                    return
                terms = c.OrderTerms(limit=limit, quantity=quantity)
                self.by(party, c.AmendOrder(order_id=order.id), terms)
            case 4 | 5 | 6:
                self.by(party, c.CancelOrder(order_id=order.id))
            case _ if dice.chance(40):
                self.by(party, c.CancelOrders(listing_id=order.listing_id))

    def venue(self) -> None:
        """Parties are suspended and approved, affiliates found, rights frozen, listings withdrawn, money comes.

        Whoever is on the venue's staff leaves it.
        """
        dice, listing = self.dice, self._floor()
        for each in sorted(staff_of(self.state)):
            self.document("venue_staff_left", each)
        match dice.below(10):
            case 9 if dice.chance(30):
                self.operator(c.WithdrawTradingAuthorisation())
            case 0:
                self.operator(c.SuspendParty(party_id=dice.choose([*self.buyers, *self.sellers])))
            case 1 if dice.chance(12):
                self.operator(c.RecordAffiliation(party_id=self.sellers[0], affiliate_id=self.buyers[2]))
            case 1 if dice.chance(20):
                self.operator(c.RecordAffiliation(party_id=self.buyers[0], affiliate_id=self.buyers[1]))
                self.document("venue_staff", self.buyers[0])  # until the next time
            case 2 | 3 if listing is not None:
                freeze = dice.choose(("none", "none", "preservation"))
                self.copy(listing.right_id, listing.seller, freeze=freeze)
            case 4 if dice.chance(60) and listing is not None:
                self.by(listing.seller, c.WithdrawListing(listing_id=listing.id))
            case 5:
                self.credit(dice.choose(self.buyers), dice.choose((50, 5_000)), "HKD")
            case _:
                self._all_is_well()

    def _all_is_well(self) -> None:
        """Everybody is approved, some rights are free again, and the venue has its papers."""
        document = {"document": digest("an opinion")}
        self.operator(c.RecordTradingAuthorisation(ground="counsel_opinion", erasable=document))
        for party in list(self.state.parties.values()):
            if party.state != "ACTIVE":
                self.admit(party.id)
        for right in list(self.state.rights.values()):
            if right.freeze != "none" and self.dice.chance(50):
                number = right.holder_of_record[0].company_number
                self.copy(right.id, next(each for each in self.sellers if self.numbers[each] == number))

    def deals(self) -> None:
        """A deal is signed and funded, or not."""
        dice = self.dice
        waiting = [
            row for row in self.state.deals.values() if row.state in {"AWARDED", "SIGNED", "WITNESSED"}
        ]
        if not waiting:
            return
        deal = dice.choose(waiting)
        if deal.state == "SIGNED":
            self.chain(deal.id, "refused" if dice.chance(10) else "final")
        elif deal.state == "AWARDED":
            for party in (deal.seller, deal.buyer):
                self.signature(deal.id, party)
            self.chain(deal.id)
        else:
            lines = sorted(self.state.lines_of[deal.buyer])
            self.by(deal.buyer, c.FundDeal(deal_id=deal.id, statement_line=lines[0]))
            for payment_id in deal.payments:
                self.pay(payment_id)

    def pass_time(self) -> None:
        """Time passes, sometimes without the venue."""
        dice = self.dice
        if dice.chance(15):
            since_ms = self.now
            self.now += dice.choose((MS_PER_MINUTE, 5 * MS_PER_HOUR))
            command = c.Outage(since_ms=since_ms, until_ms=self.now)
            self.now += 1
            self._apply(c.Request(time_ms=self.now, actor="venue", signer="", command=command))
            self.wait(0)
        else:
            self.wait(dice.choose((MS_PER_MINUTE, MS_PER_MINUTE, MS_PER_HOUR, MS_PER_DAY, 12 * MS_PER_DAY)))


_ACTIONS: list[Callable[[RandomFloor], None]] = [
    RandomFloor.list_right, *[RandomFloor.orders] * 24, *[RandomFloor.amends] * 8, *[RandomFloor.venue] * 2,
    *[RandomFloor.deals] * 3, *[RandomFloor.pass_time] * 2,
]  # fmt: skip
