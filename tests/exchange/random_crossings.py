"""Days on which everything that may befall a deal befalls the same deals: refusals, lots, earnest money, lists, disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.deals import steps
from tests.exchange import encumbering, random_burdens, random_lots, random_refusals, refusing
from tests.exchange.scene import digest
from tests.exchange.watched_day import WatchedDay

PARTIES = (
    *(("CN", "company"), ("CN", "company"), ("CN", "company"), ("HK", "company")),
    *(("CN", "university"), ("CN", "state_enterprise")),
)
"""Jurisdiction and category of those of the day, who all sell, buy and take pledges."""
LISTS = ("sanctions", "dishonesty")
DEPOSITS = (0, 1, 20)
"""Percent of the price."""


class CrossingDay(WatchedDay):
    """A day that begins with sales of several sorts under way."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.modes = ("english", "competitive")
        for place, category in PARTIES:
            party = self.party("seller", "buyer", "pledgee", jurisdiction=place, category=category)
            self._money(party, 10**12)
        self.document("venue_designation")
        for _ in range(4):
            self.sale()

    def step(self) -> None:
        """Something happens."""
        self.dice.choose(_ACTIONS)(self)

    # --- what is sold

    def _three(self) -> tuple[str, str, str]:
        """A seller, a buyer, and another."""
        able = [
            row.id for row in self.state.parties.values() if row.state == "ACTIVE" and "pledgee" in row.roles
        ]
        able = able if len(able) > 2 else list(self.keys)
        first = self.dice.below(len(able))
        step = 1 + self.dice.below(len(able) - 2)
        others = [able[(first + each) % len(able)] for each in range(1, len(able))]
        return able[first], others[step - 1], others[step]

    def sale(self) -> None:
        """A right or several are sold in some mode, with whatever may go with it."""
        dice = self.dice
        seller, buyer, other = self._three()
        right_id, facts = self._subject(seller, other)
        mode = dice.choose(("posted", "negotiated", "competitive", "english", "english"))
        price = dice.choose((100_000_01, 1_000_000, 99))
        terms: dict[str, Any] = {"price": price, "ends_ms": None}
        if mode in {"competitive", "english"}:
            terms |= {"deposit": price * dice.choose(DEPOSITS) // 100, "step": 1}
        if mode != "posted" and dice.chance(60):
            terms["earnest"] = dice.choose((1, 1_000, 2_000))
        elif dice.chance(40):
            shares = (
                c.Instalment(share=3_000, due_days=0),
                c.Instalment(share=3_000, due_days=20),
                c.Instalment(share=4_000, due_days=90),
            )
            terms["consideration"] = c.Instalments(parts=shares)
        if self.state.parties[seller].category == "state_enterprise":
            self.document("appraisal", right_id, amount=1, currency="CNY")
        if dice.chance(30):
            right = self.state.rights[right_id]
            terms |= random_lots.with_others(self, right, [right])
            terms["earnest"] = UNSET
        listed = self.submit(seller, right_id, mode, **terms)
        if listed.refusal is not None:
            return
        listing_id = listed.result["listing_id"]
        for owner in facts:
            refusing.consent(self, listing_id, owner, keeps=dice.choose((True, None, False)))
        self._prepare(listing_id, buyer)
        self.operator(c.ApproveListing(listing_id=listing_id))
        self._sell(listing_id, buyer, other)

    def _subject(self, seller: str, other: str) -> tuple[str, tuple[str, ...]]:
        """A right of the seller's, and who owns it with it and is a party."""
        dice = self.dice
        match dice.below(5):
            case 0:
                right_id = self.right(seller, other, status="application", expiry_date=None)
                return right_id, (other,)
            case 1:
                return self.right(seller, other), (other,)
            case 2:
                right_id = self.right(seller, service_invention=True)
                refusing.found(self, right_id, *dice.choose(((other,), (other, None), ())))
                return right_id, ()
            case _:
                return self.right(seller), ()

    def _prepare(self, listing_id: str, buyer: str) -> None:
        """What a listing may need before it opens or is bid for: its waiver, an export class, a letter of intent."""
        dice, listing = self.dice, self.state.listings[listing_id]
        if listing.lot and dice.chance(80):
            refusing.lodge_waiver(self, listing_id)
        if self.state.parties[buyer].jurisdiction != "CN":
            for right_id in listing.right_ids:
                export_class: Any = dice.choose(("free", "restricted", "restricted"))
                self.operator(c.ClassifyExport(right_id=right_id, export_class=export_class))
                self.document("letter_of_intent_application", right_id, party_id=buyer)
                self.document("letter_of_intent", right_id, party_id=buyer)

    def _sell(self, listing_id: str, buyer: str, other: str) -> None:
        """The listing comes to its award, most often; the other, who may have a first refusal, bids as well."""
        listing = self.state.listings[listing_id]
        if listing.opened_ms and listing.opened_ms > self.now:
            self.wait(listing.opened_ms - self.now)
        if listing.state == "PUBLICITY" and self.dice.chance(60):
            self.wait(30 * MS_PER_DAY)
        random_refusals.sell(self, listing_id, buyer, other)
        if listing.mode == "competitive" and listing.state == "NEGOTIATE":
            for bid_id in self.state.book(listing_id).ranking()[:1]:
                self.by(listing.seller, c.AcceptBid(bid_id=bid_id))
        for deal_id in listing.deals if self.dice.chance(60) else ():
            random_refusals.noticed(self, deal_id, other)

    # --- what happens then

    def _under_way(self, *states: str) -> list[Any]:
        rows = [row for row in self.state.deals.values() if row.state not in steps.ENDED]
        return [row for row in rows if not states or row.state in states][-12:]

    def goes_on(self) -> None:
        """A deal is taken on by some steps."""
        for currency in tuple(self.state.venue.halted_currencies):
            self.resume(currency)
        self._take_awards()
        for _ in range(1 + self.dice.below(4)):
            self._next()

    def _export_changes(self, deal: Any) -> None:
        """Sometimes the technology of a deal with a buyer from elsewhere is classed anew, or its contract amended."""
        if self.state.parties[deal.buyer].jurisdiction == "CN" or not self.dice.chance(12):
            return
        if self.dice.chance(50):
            self.document("contract_amendment", deal.id)
            return
        export_class: Any = self.dice.choose(("free", "restricted", "unclassified"))
        self.operator(c.ClassifyExport(right_id=deal.right_id, export_class=export_class))

    def _next(self, deal_id: str = "") -> None:  # noqa: C901, PLR0912 - one branch a state
        rows = self._under_way()
        if not rows:
            self.sale()
            return
        deal = self.state.deals[deal_id] if deal_id else self.dice.choose(rows)
        self._export_changes(deal)
        self._consents(deal)
        if deal.state in {"SIGNED", "CONDITIONAL", "EFFECTIVE"}:
            self._earnest(deal)
        match deal.state:
            case "AWARDED" | "CHAIN_REFUSED":
                for party in (deal.seller, deal.buyer)[self.dice.choose((0, 0, 0, 1)) :]:
                    for each in self._bound(deal):
                        self.signature(each, party)
            case "SIGNED":
                for each in self._bound(deal):
                    self.chain(each, "refused" if self.dice.chance(12) else "final")
            case "CONDITIONAL":
                self.document("export_licence", deal.id)
            case "EFFECTIVE":
                line = self.credit(
                    deal.buyer, sum(self.state.deals[each].price for each in self._bound(deal))
                )
                self.by(deal.buyer, c.FundDeal(deal_id=deal.id, statement_line=line))
            case "FUNDED":
                self.document(self.dice.choose(("export_registration", "export_licence")), deal.id)
                self.file(deal.id, f"F-{deal.id}-{len(self.requests)}")
            case "FILED":
                proof = digest(f"proof {len(self.requests)}")
                if self.dice.chance(80):
                    self.confirm(deal.id, deal.filing_id, proof=proof)
                else:
                    self.refuse(deal.id, proof_digest=proof)
            case "REGISTERED":
                self.pay_all(deal.id)

    def _holders_of(self, right: Any) -> list[str]:
        """Whoever of them is a party; somebody, where none is."""
        numbers = {each.company_number for each in right.holder_of_record}
        return [party for party in self.keys if self.numbers[party] in numbers] or list(self.keys)[:1]

    def _bound(self, deal: Any) -> tuple[str, ...]:
        """The deals of its lot, or itself."""
        here = self.state.listings[deal.listing_id].deals
        return tuple(each for each in here if deal.lot and self.state.deals[each].lot.id == deal.lot.id) or (
            deal.id,
        )

    def waits(self) -> None:
        """Somebody is late: time passes to when something of a deal falls due, or past it."""
        subjects = {row.id for row in self._under_way()}
        due = [row.due_ms for row in self.state.deadlines.values() if row.subject_id in subjects]
        if due and self.dice.chance(60):
            self.wait(max(0, self.dice.choose(due) - self.now))
        else:
            self.wait(self.dice.choose((MS_PER_HOUR, 6 * MS_PER_DAY, 15 * MS_PER_DAY, 125 * MS_PER_DAY)))

    def away(self) -> None:
        """The venue is away for days, or its demonstration clock jumps over them."""
        if self.dice.chance(50):
            self.operator(c.JumpClock(to_ms=self.now + self.dice.choose((1, 16, 40)) * MS_PER_DAY))
            self.now = max(self.now, self.engine.last_time_ms)
            return
        since_ms = self.now
        self.now += self.dice.choose((2, 16)) * MS_PER_DAY
        command = c.Outage(since_ms=since_ms, until_ms=self.now)
        self.now += 1
        self._apply(c.Request(time_ms=self.now, actor="venue", signer="", command=command))
        self.wait(0)

    def unwinds(self) -> None:
        """An operator unwinds a deal, or one of its sides cancels it."""
        rows = self._under_way()
        if rows:
            deal = self.dice.choose(rows)
            if self.dice.chance(25):
                self.cancel(deal.id, self.dice.choose((deal.seller, deal.buyer)))
                return
            ground: Any = self.dice.choose(("mutual", "breach", "breach", "impossible"))
            self.operator(c.UnwindDeal(deal_id=deal.id, ground=ground))

    def lists(self) -> None:
        """A list names one of a deal's sides, or anybody; mostly it is taken off again."""
        dice = self.dice
        rows = self._under_way()
        party = dice.choose(list(self.keys))
        if rows and dice.chance(70):
            deal = dice.choose(rows)
            party = dice.choose((deal.seller, deal.buyer))
        if dice.chance(15):
            self.document(dice.choose(("venue_staff", "venue_staff_left", "venue_staff_left")), party)
            return
        named = dice.choose(LISTS)
        self.document(f"{named}_listing", party)
        for _ in range(dice.below(3)):
            self._next()
        if dice.chance(80):
            self.document(f"{named}_removal", party)

    def suspends(self) -> None:
        """A side of a deal is suspended, and whoever was is approved again."""
        for party in list(self.state.parties.values()):
            if party.state != "ACTIVE":
                self.admit(party.id)
        rows = self._under_way()
        if rows and self.dice.chance(40):
            deal = self.dice.choose(rows)
            self.operator(c.SuspendParty(party_id=self.dice.choose((deal.seller, deal.buyer))))

    def quarrels(self) -> None:
        """A deal comes into dispute wherever it is, something is answered meanwhile, and mostly it ends."""
        dice, rows = self.dice, self._under_way()
        special = [row for row in rows if row.state in {"ROFR_PENDING", "FILED", "CONDITIONAL"}]
        if not rows:
            return
        deal = dice.choose(special if special and dice.chance(70) else rows)
        encumbering.dispute(self, deal.id, dice.choose((deal.seller, deal.buyer, "venue")))
        if dice.chance(30):
            refusing.lodge_waiver(self, deal.listing_id)
        for _ in range(dice.below(3)):
            random_burdens.answers(self)
        if dice.chance(80):
            what = dice.choose(("resume", "resume", "unwind"))
            found = dice.choose((deal.seller, deal.buyer, UNSET)) if what == "unwind" else UNSET
            encumbering.outcome(self, deal.id, what, defaulted=found)

    def gives_back(self) -> None:
        """What has passed is brought into dispute, and an outcome has it given back."""
        passed = [
            row
            for row in self.state.deals.values()
            if row.state in {"REGISTERED", "SETTLED"} and row.deal_kind == "assignment"
        ]
        if passed:
            deal = self.dice.choose(passed[-5:])
            encumbering.dispute(self, deal.id, self.dice.choose((deal.seller, deal.buyer, "venue")))
            ordered = encumbering.give_back(self, deal.id, self.dice.choose((0, 900_00)))
            if ordered.refusal is not None:
                encumbering.outcome(self, deal.id)
                return
            for _ in range(self.dice.below(7)):
                self._next(ordered.result["deal_id"])

    def freezes(self) -> None:
        """A right of a deal is frozen, and mostly free again."""
        rows = self._under_way()
        if rows:
            right = self.state.rights[self.dice.choose(rows).right_id]
            holders = self._holders_of(right)
            facts = {"status": right.status, "expiry_date": right.expiry_date, "pledges": right.pledges}
            self.copy(right.id, *holders, freeze="preservation", **facts)
            for _ in range(self.dice.below(3)):
                self._next()
            self.copy(right.id, *holders, **facts)

    def finds(self) -> None:
        """The venue finds completers of a right that is being sold, who may be others than before."""
        rows = self._under_way()
        if rows:
            parties = self.dice.choose(((), (None,), (self.dice.choose(list(self.keys)),)))
            refusing.found(self, self.dice.choose(rows).right_id, *parties)

    def refusals(self) -> None:
        """A first refusal is noticed, waived, taken or left."""
        random_refusals.answers(self)

    def lots(self) -> None:
        """A lot goes on."""
        random_lots.carry_on(self)

    def burdens(self) -> None:
        """A dispute, an answer to one, a pledge, a deposit or a remedy."""
        random_burdens.burden(self)

    def withdraws(self) -> None:
        """A party asks for its money, and the bank pays some of what waits."""
        party = self._actor()
        terms = c.WithdrawalTerms(currency="CNY", amount=max(1, self.balance(party) // 2))
        self.by(party, c.RequestWithdrawal(), terms)
        for payment in [row.id for row in self.state.payments.values() if row.state == "PREPARED"][:3]:
            self.reward(self.state.payments[payment].deal_id)
            for who in (0, 1):
                self.approve_payment(payment, who)
            if self.state.payments[payment].state == "APPROVED" and not self.state.venue.halted_currencies:
                self.pay(payment)

    def joins(self) -> None:
        """Whoever is absent so far becomes a party, or the state's hash goes into the journal."""
        if self.dice.chance(30) and len(self.keys) < 16:
            self._new_party()
        else:
            self.give(c.RecordStateHash(state_hash=self.state.state_hash()))


_ACTIONS: list[Callable[[CrossingDay], None]] = [
    *[CrossingDay.sale] * 4, *[CrossingDay.goes_on] * 16, *[CrossingDay.refusals] * 6, *[CrossingDay.lots] * 4,
    *[CrossingDay.burdens] * 4, *[CrossingDay.quarrels] * 3, *[CrossingDay.unwinds] * 2, *[CrossingDay.lists] * 2, *[CrossingDay.waits] * 2,
    *[CrossingDay.gives_back] * 2, *[CrossingDay.deals] * 2, *[CrossingDay.obligations] * 2,
    CrossingDay.away, CrossingDay.suspends, CrossingDay.freezes, CrossingDay.finds, CrossingDay.withdraws,
    CrossingDay.joins,
]  # fmt: skip
