"""Random trading days: a seeded driver that gives the engine sensible and senseless commands and jumps in time.

The dice are SHA-256 of the seed and a counter, so a seed means the same day on every machine and Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE
from exchange.listings import life
from exchange.turn import Outcome
from tests.exchange.scene import Scene, cn_right_id, digest

T = TypeVar("T")
AGENT_KEYS = ("0x" + "e1" * 20, "0x" + "e2" * 20)
KINDS = (
    "assignment",
    "assignment",
    "exclusive_licence",
    "sole_licence",
    "ordinary_licence",
    "ordinary_licence",
)
MODES = ("posted", "posted", "competitive", "competitive", "negotiated", "english", "dutch")
TERRITORIES = (("CN",), ("CN-GD",), ("CN-SH", "CN-BJ"), ("CN-SH",), ("CN",), ("HK",), ("world",))
PRICES = (1, 99, 10_000, 100_000_00, 100_000_00, 20_000_000_01, 10**15)
DAY_NAMES = ("2027-01-18", "2027-01-19", "2027-02-08", "2027-02-09", "2027-10-01")


class Dice:
    """Deterministic choices."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._count = 0

    def below(self, bound: int) -> int:
        """A number from 0 to bound - 1."""
        self._count += 1
        text = f"{self._seed} {self._count}".encode()
        return int.from_bytes(hashlib.sha256(text).digest()[:8]) % bound

    def choose(self, items: Sequence[T]) -> T:
        """One of several."""
        return items[self.below(len(items))]

    def chance(self, percent: int) -> bool:
        """True in so many of a hundred cases."""
        return self.below(100) < percent


class RandomDay(Scene):
    """A scene that plays itself."""

    def __init__(self, seed: int) -> None:
        super().__init__()
        self.dice = Dice(seed)
        self.credit_lines: dict[str, list[str]] = {}
        for _ in range(4):
            self._new_party()
        for _ in range(6):
            self._new_right()
        for party in self.keys:
            self._money(party, 10**12)

    # --- who and what there is

    def _one(self, kind: str) -> str:
        """The id of some row, most often one that exists."""
        table = self.state.rows[kind]
        if not table or self.dice.chance(2):
            return self.dice.choose(("", "P-1", "L-999", "D-1", "nothing"))
        ids: list[str] = list(table)
        recent = ids[-6:] if self.dice.chance(70) else ids
        return self.dice.choose(recent)

    def _actor(self, preferred: str = "") -> str:
        """Most often whom a command concerns."""
        return (
            preferred
            if preferred in self.keys and not self.dice.chance(8)
            else self.dice.choose(list(self.keys))
        )

    def _new_party(self) -> object:
        dice = self.dice
        roles = dice.choose((("seller", "buyer", "pledgee"), ("seller", "buyer", "pledgee"), ("buyer",)))
        return self.party(
            *roles,
            jurisdiction=dice.choose(("CN", "CN", "CN", "HK")),
            category=dice.choose(
                ("company", "company", "company", "university", "university", "state_enterprise")
            ),
            approve=not dice.chance(10),
        )

    def _facts(self) -> dict[str, Any]:
        dice = self.dice
        facts: dict[str, Any] = {}
        if dice.chance(8):
            facts["freeze"] = dice.choose(("dispute", "preservation"))
        if dice.chance(8):
            facts["in_fee_grace"] = True
        if dice.chance(8):
            facts["status"] = dice.choose(("expired", "lapsed", "invalidated", "application"))
        if dice.chance(20):
            facts["expiry_date"] = dice.choose(("2027-03-01", "2028-02-29", "2026-12-31", None))
        if dice.chance(25):
            number = dice.choose([*self.numbers.values(), "UNKNOWN-BANK"])
            currency: Any = dice.choose(("CNY", "CNY", "HKD"))
            amount = dice.choose((1, 30_000_00, 10**15))
            facts["pledges"] = (c.Pledge(company_number=number, amount=amount, currency=currency),)
        return facts

    def _new_right(self) -> object:
        dice = self.dice
        office = dice.choose(("CN", "CN", "CN", "US"))
        right_type = dice.choose(("invention", "invention", "utility_model", "achievement"))
        facts = self._facts() if dice.chance(40) else {}
        if right_type == "achievement":
            facts |= {"status": "achievement", "expiry_date": None}
        holders = [dice.choose(list(self.keys))]
        if dice.chance(15):
            holders = list(self.keys)[:2]
        serial = len(self.state.rights)
        right_id = cn_right_id(serial, right_type)
        if office == "US":
            right_id, right_type = f"US-16{serial:06d}", "invention"
            if facts.get("status") == "achievement":
                del facts["status"]
        return self.right(*holders, right_id=right_id, right_type=right_type, **facts)

    def _money(self, party: str, amount: int, currency: str = "CNY") -> None:
        wrong = self.dice.chance(2)
        line = self.credit(party, amount, currency, balance_after=-7 if wrong else None)
        if self.outcomes[-1].refusal is None:
            self.credit_lines.setdefault(party, []).append(line)
        else:
            self.custody[currency] -= amount

    # --- what can happen

    def step(self) -> None:
        """Something happens."""
        if self.dice.chance(13):
            self.register_speaks()
        else:
            self.dice.choose(_ACTIONS)(self)

    def speak(self, party: str, command: Any, terms: Any = None) -> Outcome:
        """A party's command under its key, sometimes under an agent's."""
        if self.dice.chance(5):
            return self.give(command, actor=party, signer=self.dice.choose(AGENT_KEYS), terms=terms)
        return self.by(party, command, terms)

    def parties(self) -> None:
        """Parties come, are suspended and approved, are found to be affiliates, appoint agents."""
        dice = self.dice
        match dice.below(6):
            case 0 if len(self.keys) < 12:
                self._new_party()
            case 1:
                self.operator(c.SuspendParty(party_id=self._one("party")))
            case 2 if dice.chance(30):
                one, other = self._one("party"), self._one("party")
                self.operator(c.RecordAffiliation(party_id=one, affiliate_id=other))
            case 3:
                mandate = c.AppointAgent(
                    key=dice.choose(AGENT_KEYS),
                    scope=("bid", "list"),
                    until_ms=self.now + dice.below(MS_PER_DAY),
                )
                self.speak(self._actor(), mandate)
            case 4:
                self.speak(self._actor(), c.DismissAgent(key=dice.choose(AGENT_KEYS)))
            case _:
                for party in list(self.state.parties.values()):
                    if party.state != "ACTIVE":
                        self.operator(c.ApproveParty(party_id=party.id))

    def rights(self) -> None:
        """Rights come, and the register says something of one."""
        dice = self.dice
        if len(self.state.rights) < 20 and dice.chance(50):
            self._new_right()
            return
        right = self.state.rights.get(self._one("right"))
        if right is None:
            return
        known = [
            party
            for party in self.keys
            if self.numbers[party] in {h.company_number for h in right.holder_of_record}
        ]
        holders = known or [dice.choose(list(self.keys))]
        if dice.chance(5):
            holders = [dice.choose(list(self.keys))]
        facts = self._facts() if dice.chance(40) else {}
        if right.right_type == "achievement":
            facts = {"status": "achievement", "expiry_date": None} | facts
        self.copy(right.id, *holders, **facts)
        if dice.chance(20):
            export_class = dice.choose(("free", "free", "restricted", "prohibited", "unclassified"))
            self.operator(c.ClassifyExport(right_id=right.id, export_class=export_class))  # type: ignore[arg-type]

    def register_speaks(self) -> None:
        """The register says something new of a right with deals or licences under way, or that all is well again."""
        dice = self.dice
        busy = [right for right in self.state.rights.values() if right.open_deals or right.licences]
        if not busy:
            return
        right = dice.choose(busy)
        sellers = [self.state.deals[each].seller for each in right.open_deals]
        sellers += [self.state.licences[each].licensor for each in right.licences]
        holders = [dice.choose(sellers)]
        facts: dict[str, Any] = {}
        if right.pledges and dice.chance(60):
            facts["pledges"] = right.pledges
        match dice.below(16):
            case 0:
                holders = [dice.choose(list(self.keys))]
            case 1:
                holders = [*holders, *(each for each in self.keys if each not in holders)][:2]
            case 2:
                facts["freeze"] = dice.choose(("dispute", "preservation"))
            case 3 | 4:
                number = dice.choose([*self.numbers.values(), "UNKNOWN-BANK"])
                currency: Any = dice.choose(("CNY", "CNY", "CNY", "HKD"))
                pledge = c.Pledge(
                    company_number=number, amount=dice.choose((1, 50, 30_000_00)), currency=currency
                )
                facts["pledges"] = (pledge, *right.pledges)[:2]
            case 5:
                facts["expiry_date"] = dice.choose(("2027-03-01", "2028-02-29", "2026-12-31", None))
            case 6:
                facts["status"] = dice.choose(("expired", "lapsed", "invalidated"))
            case _:
                pass
        if right.right_type == "achievement":
            facts = {"status": "achievement", "expiry_date": None} | facts
        self.copy(right.id, *holders, **facts)

    def list_right(self) -> None:
        """A right is offered, and most often approved."""
        dice = self.dice
        right = self.state.rights.get(self._one("right"))
        if right is None:
            return
        owners = [
            p for p in self.keys if self.numbers[p] in {h.company_number for h in right.holder_of_record}
        ]
        seller = self._actor(dice.choose(owners) if owners else "")
        fields: dict[str, Any] = {
            "deal_kind": dice.choose(KINDS),
            "price": dice.choose(PRICES),
            "territory": dice.choose(TERRITORIES),
            "field_of_use": dice.choose(("all", "batteries", "Batteries ", "medicine")),
            "currency": dice.choose(("CNY", "CNY", "CNY", "HKD")),
            "closes_ms": self.now + dice.choose((MS_PER_DAY, 20 * MS_PER_DAY, 60 * MS_PER_DAY)),
        }
        mode = dice.choose(MODES)
        if mode in {"competitive", "english"}:
            fields |= {"deposit": fields["price"] * dice.below(32) // 100, "step": dice.choose((0, 0, 1))}
            fields["registration_closes_ms"] = (self.now + fields["closes_ms"]) // 2
            if mode == "english":
                fields |= {"step": dice.choose((1, 2)), "reserve": fields["price"] + dice.below(4)}
        elif mode == "negotiated":
            fields["deposit"] = fields["price"] * dice.below(32) // 100
        elif mode == "dutch":
            floor = max(1, fields["price"] - dice.below(5))
            fields |= {"step": 1, "floor": floor, "interval_ms": dice.choose((MS_PER_HOUR, MS_PER_DAY))}
        elif fields["deal_kind"] == "ordinary_licence":
            fields["max_acceptances"] = dice.choose((1, 2, 5))
            fields["announcement_number"] = dice.choose((None, None, "2026-7"))
        if dice.chance(60):
            fields["ends_ms"] = self.now + dice.choose((9 * MS_PER_DAY, 25 * MS_PER_DAY, 900 * MS_PER_DAY))
        if dice.chance(20):
            fields["starts_ms"] = self.now + dice.choose((0, 35 * MS_PER_DAY, 400 * MS_PER_DAY))
        outcome = self.submit(seller, right.id, mode, **fields)
        if outcome.refusal is None and dice.chance(85):
            self.operator(c.ApproveListing(listing_id=outcome.result["listing_id"]))

    def listings(self) -> None:
        """An operator, a seller or a pledgee does something with a listing."""
        dice = self.dice
        listing_id = self._one("listing")
        listing = self.state.listings.get(listing_id)
        match dice.below(6):
            case 0 | 1:
                self.operator(c.ApproveListing(listing_id=listing_id))
            case 2 if dice.chance(30):
                self.operator(c.RejectListing(listing_id=listing_id))
            case 3 if dice.chance(30):
                self.speak(
                    self._actor(listing.seller if listing else ""), c.WithdrawListing(listing_id=listing_id)
                )
            case _:
                pledges = self.state.rights[listing.right_id].pledges if listing else ()
                names = [self.state.party_by_number.get(pledge.company_number, "") for pledge in pledges]
                self.speak(self._actor(names[0] if names else ""), c.ConsentToDeal(listing_id=listing_id))

    def bids(self) -> None:  # noqa: C901 - one branch a thing that bidders do
        """Bidders register, are qualified, leave, bid, amend, withdraw, accept."""
        dice = self.dice
        standing = [
            row.id for row in self.state.listings.values() if row.state in {"OPEN", "BIDDING", "NEGOTIATE"}
        ]
        listing_id = dice.choose(standing[-4:]) if standing and dice.chance(85) else self._one("listing")
        listing = self.state.listings.get(listing_id)
        price = listing.terms.price if listing else 1
        party = self._actor()
        if listing is not None and dice.chance(60) and listing.bidders:
            party = self._actor(dice.choose(list(listing.bidders)))
        bid_id = self._one("bid")
        bid = self.state.bids.get(bid_id)
        owner = self._actor(bid.party_id if bid else "")
        match dice.below(12):
            case 0 | 1:
                for each in {party: 0, self._actor(): 0, self._actor(): 0}:
                    self.speak(each, c.RegisterBidder(listing_id=listing_id))
                    if dice.chance(80):
                        self.operator(c.QualifyBidder(listing_id=listing_id, party_id=each))
                    if dice.chance(60):
                        offered = c.BidTerms(price=price + dice.below(4))
                        self.speak(each, c.PlaceBid(listing_id=listing_id), offered)
            case 2 | 3 | 4:
                offered = c.BidTerms(price=price + dice.choose((0, 0, 1, 2, 5, -1, 10**15)))
                self.speak(party, c.PlaceBid(listing_id=listing_id), offered)
            case 5 if dice.chance(30):
                self.speak(party, c.LeaveListing(listing_id=listing_id))
            case 6 | 7:
                offered = c.BidTerms(price=(bid.price if bid else 1) + dice.choose((-1, 0, 1, 2)))
                self.speak(owner, c.AmendBid(bid_id=bid_id), offered)
            case 8 if dice.chance(40):
                self.speak(owner, c.WithdrawBid(bid_id=bid_id))
            case 9:
                seller = self.state.listings[bid.listing_id].seller if bid else ""
                self.speak(self._actor(seller), c.AcceptBid(bid_id=bid_id))
            case _:
                self._accept(party, listing_id)

    def tops(self) -> None:
        """Bidders of an English auction top one another, most often by a step."""
        dice = self.dice
        bidding = [
            row for row in self.state.listings.values() if (row.mode, row.state) == ("english", "BIDDING")
        ]
        if not bidding:
            return
        listing = dice.choose(bidding)
        for party in sorted(listing.bidders):
            highest = [self.state.bids[each].price for each in self.state.book(listing.id).ranking()]
            least = highest[0] + listing.terms.step if highest else listing.terms.price
            terms = c.BidTerms(price=least + dice.choose((0, 0, 0, 1, -1)))
            self.speak(self._actor(party), c.PlaceBid(listing_id=listing.id), terms)

    def talks(self) -> None:
        """Proposals are made, answered, accepted and refused, most often by whom they concern."""
        dice = self.dice
        negotiated = [
            row for row in self.state.listings.values() if (row.mode, row.state) == ("negotiated", "OPEN")
        ]
        if not negotiated:
            return
        listing = dice.choose(negotiated[-4:])
        buyer = self._actor()
        for _ in range(4):
            proposal = life.live_proposal(self.state, listing, buyer)
            other = "" if proposal is None else listing.seller if proposal.made_by == "buyer" else buyer
            match dice.below(10) if proposal else 0:
                case 0 | 1 | 2 | 3 | 4 | 5:
                    lasts_ms = dice.choose((1, MS_PER_HOUR, MS_PER_DAY, 99 * MS_PER_DAY))
                    command = c.MakeProposal(
                        listing_id=listing.id, buyer=buyer, expires_ms=self.now + lasts_ms
                    )
                    terms = c.ProposalTerms(price=max(1, listing.terms.price + dice.choose((0, 1, -1, -2))))
                    self.speak(self._actor(buyer if dice.chance(25) else other or buyer), command, terms)
                case 6 if proposal:
                    self.speak(self._actor(other), c.AcceptProposal(proposal_id=proposal.id))
                case 7 if proposal:
                    self.speak(self._actor(other), c.RefuseProposal(proposal_id=proposal.id))
                case _:
                    self.wait(dice.choose((MS_PER_MINUTE, MS_PER_HOUR)))

    def _accept(self, party: str, listing_id: str) -> None:
        """A posted price is accepted, most often one that stands."""
        rows = self.state.listings.values()
        posted = [row.id for row in rows if row.mode in {"posted", "dutch"} and row.state == "OPEN"]
        if posted and self.dice.chance(70):
            listing_id = self.dice.choose(posted)
        listing = self.state.listings.get(listing_id)
        price = listing.terms.price if listing else 1
        if self.dice.chance(60) and price < 10**14:
            self._money(party, price, listing.currency if listing else "CNY")
        self.speak(party, c.AcceptPrice(listing_id=listing_id), c.BidTerms(price=price))

    def deals(self) -> None:  # noqa: C901, PLR0912 - one branch a step
        """A deal takes its next step, or some other."""
        dice = self.dice
        under_way = [row.id for row in self.state.deals.values() if row.state not in {"SETTLED", "REFUNDED"}]
        deal_id = dice.choose(under_way[-6:]) if under_way and dice.chance(75) else self._one("deal")
        deal = self.state.deals.get(deal_id)
        if deal is None:
            return
        if dice.chance(60):
            self._consents(deal)
        following = {
            "AWARDED": 0, "CHAIN_REFUSED": 0, "SIGNED": 1, "EFFECTIVE": 2, "WITNESSED": 2, "FUNDED": 3, "FILED": 4,
        }.get(deal.state, dice.below(7))  # fmt: skip
        what = following if dice.chance(85) else dice.below(7)
        if what == 2 and deal.state == "EFFECTIVE" and deal.deal_kind != "assignment":
            what = dice.choose((3, 4))
        if what == 3 and deal.by_delivery:
            what = 5
        match what:
            case 0:
                for party in (deal.seller, deal.buyer):
                    self.signature(deal_id, party)
            case 1:
                self.chain(deal_id, dice.choose(("final", "final", "final", "refused")))
            case 2:
                if dice.chance(8):
                    self.wait(12 * MS_PER_DAY)
                if dice.chance(90) and deal.price < 10**14:
                    self._money(deal.buyer, deal.price, deal.currency)
                lines = self.credit_lines.get(deal.buyer, ["LINE-0"])
                self.speak(deal.buyer, c.FundDeal(deal_id=deal_id, statement_line=lines[-1]))
            case 3:
                self.file(deal_id)
            case 4:
                self.confirm(deal_id) if dice.chance(70) else self.refuse(deal_id)
            case 5:
                for party in (deal.seller, deal.buyer):
                    word = digest("delivery") if dice.chance(90) else digest("other")
                    self.speak(party, c.ConfirmDelivery(deal_id=deal_id, delivery_digest=word))
            case _ if dice.chance(30):
                self.operator(c.UnwindDeal(deal_id=deal_id, ground="mutual"))

    def _consents(self, deal: Any) -> None:
        """Every pledgee that is a party consents."""
        for pledge in self.state.rights[deal.right_id].pledges:
            pledgee = self.state.party_by_number.get(pledge.company_number)
            if pledgee is not None:
                self.speak(pledgee, c.ConsentToDeal(listing_id=deal.listing_id))

    def money(self) -> None:
        """Money comes in, is asked back, is approved and paid, or the bank refuses."""
        dice = self.dice
        waiting = [row.id for row in self.state.payments.values() if row.state in {"PREPARED", "APPROVED"}]
        payment = dice.choose(waiting) if waiting else "PAY-0"
        for currency in self.state.venue.halted_currencies:
            if dice.chance(30):
                self.resume(currency)
        match dice.below(8):
            case 0:
                self._money(
                    dice.choose(list(self.keys)), dice.choose(PRICES), dice.choose(("CNY", "HKD", "MOP"))
                )
            case 1:
                party = self._actor()
                amount = dice.choose((1, 10**6, self.balance(party), self.balance(party) + 1))
                self.speak(party, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=amount))
            case 2:
                self.approve_payment(payment, dice.below(2))
            case 3 if dice.chance(30):
                self.service(c.RefusePayment(payment_id=payment, reason_code="AC04"))
            case 4 if dice.chance(50):
                self._at_the_bank()
            case _ if waiting:
                if self.state.payments[payment].currency not in self.state.venue.halted_currencies:
                    self.pay(payment)

    def _at_the_bank(self) -> None:
        """The bank takes money for a reason of its own, or a credit names nobody; then the operators put it right."""
        dice = self.dice
        if dice.chance(30):
            self.debit(dice.choose(("charges", "PAY-1")), dice.choose((1, 99)))
        line = self.credit("nobody", dice.choose((1, 99)))
        to = dice.choose(("venue", self._actor()))
        for who in (0, dice.below(2)):
            self.operator(c.AssignSuspense(line_id=line, party_id=to), who)
        if dice.chance(50):
            self.operator(c.ReturnSuspense(line_id=line))
        fees = c.WithdrawalTerms(currency="CNY", amount=dice.choose((1, 10**6)))
        self.operator(c.WithdrawFees(), terms=fees)

    def pass_time(self) -> None:
        """Time passes, the venue is away, the clock jumps, the calendar changes."""
        dice = self.dice
        match dice.below(8):
            case 0:
                since_ms = self.now
                self.now += dice.choose((MS_PER_MINUTE, 5 * MS_PER_HOUR, 3 * MS_PER_DAY))
                command = c.Outage(since_ms=since_ms, until_ms=self.now)
                self.now += 1
                self._apply(c.Request(time_ms=self.now, actor="venue", signer="", command=command))
                self.wait(0)
            case 1:
                self.operator(c.JumpClock(to_ms=self.now + dice.below(MS_PER_DAY)))
            case 2:
                days = tuple(day for day in DAY_NAMES if dice.chance(50))
                self.operator(c.SetCalendar(closed_days=days))
            case 3 if dice.chance(60):
                self.wait(dice.choose((35, 95, 130)) * MS_PER_DAY)
            case 4:
                self.give(c.RecordStateHash(state_hash=self.state.state_hash()))
            case _:
                self.wait(
                    dice.choose((MS_PER_MINUTE, MS_PER_HOUR, MS_PER_DAY, 3 * MS_PER_DAY, 10 * MS_PER_DAY))
                )


_ACTIONS: list[Callable[[RandomDay], None]] = [
    *[RandomDay.parties] * 2, *[RandomDay.rights] * 2, *[RandomDay.list_right] * 5, *[RandomDay.listings] * 2,
    *[RandomDay.bids] * 12, *[RandomDay.talks] * 3, *[RandomDay.tops] * 2, *[RandomDay.deals] * 14, *[RandomDay.money] * 4, *[RandomDay.pass_time] * 2,
]  # fmt: skip
