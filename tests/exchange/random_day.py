"""Random trading days: a seeded driver that gives the engine sensible and senseless commands and jumps in time.

The dice are SHA-256 of the seed and a counter, so a seed means the same day on every machine and Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR, MS_PER_MINUTE, venue_date
from exchange.deals import steps
from exchange.listings import life
from exchange.rules.open_licences import ALL_SINCE_ENGINE
from exchange.rules.undertakings import SINCE_ENGINE as UNDERTAKINGS_SINCE_ENGINE
from exchange.turn import Outcome
from tests.exchange import random_hong_kong, random_refusals, random_sealing
from tests.exchange.invariants import first_part, staff_of
from tests.exchange.outcomes import code
from tests.exchange.random_papers import papers
from tests.exchange.register_licence_rule_cases import elsewhere
from tests.exchange.scene import Scene, cn_right_id, digest
from tests.undertakings import undertaking

T = TypeVar("T")
ODD_ANSWERS: tuple[dict[str, Any], ...] = (
    {"state_secret": True},
    {"venue_staff": UNSET},
    {"nominee": True, "holders": 201},
    {"nominee": True, "holders": 200},
    {"open_licence_elsewhere": True},
    {"co_owners_agreed_otherwise": True},
)
AGENT_KEYS = ("0x" + "e1" * 20, "0x" + "e2" * 20)
KINDS = (
    "assignment",
    "assignment",
    "exclusive_licence",
    "sole_licence",
    "ordinary_licence",
    "ordinary_licence",
)
MODES = (
    ("posted", "posted", "competitive", "competitive", "negotiated", "english", "dutch"),
    ("posted", "negotiated", "negotiated", "english", "english", "dutch", "sealed"),
    ("posted", "sealed", "sealed", "tender", "tender"),
)
"""What is listed in; each day has its habits, by its seed."""
TERRITORIES = (("CN",), ("CN-GD",), ("CN-SH", "CN-BJ"), ("CN-SH",), ("CN",), ("HK",), ("world",))
PRICES = (1, 99, 10_000, 100_000_00, 100_000_00, 20_000_000_01, 10**15)
DAYS_OF_RIGHTS = range(36, 42)
"""Seeds of days that have families, know-how and co-owners besides."""
DAYS_OF_REFUSALS = (*range(42, 48), 58)
"""Seeds of days on which service results and joint applications are sold besides."""
DAYS_OF_HONG_KONG = range(48, 52)
"""Seeds of days of a Hong Kong venue, with rights of Hong Kong, of Macau and of the Mainland."""
_ALL_ROLES = ("seller", "buyer", "pledgee")
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
        self.hong_kong = seed in DAYS_OF_HONG_KONG
        super().__init__(**({"profile": "hong-kong"} if self.hong_kong else {}))
        self.dice = Dice(seed)
        self.modes: tuple[str, ...] = MODES[seed % len(MODES)]
        self.demand_dice = Dice(seed + 10**6)
        """Of its own, so that needs change nothing in the rest of the day."""
        self.paper_dice = Dice(seed + 3 * 10**6)
        self.rights_dice = Dice(seed + 2 * 10**6) if seed in DAYS_OF_RIGHTS else None
        """Of its own as well, on some days alone: for families, know-how and co-owners."""
        self.refusal_dice = Dice(seed + 4 * 10**6) if seed in DAYS_OF_REFUSALS else None
        self.hong_kong_dice = Dice(seed + 5 * 10**6) if self.hong_kong else None
        self.credit_lines: dict[str, list[str]] = {}
        for _ in range(4):
            self._new_party()
        for _ in range(6):
            self._new_right()
        for party in self.keys:
            self._money(party, 10**12)
            if self.hong_kong:
                self._money(party, 10**12, "HKD")

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
        roles = dice.choose((_ALL_ROLES, _ALL_ROLES, _ALL_ROLES if self.hong_kong else ("buyer", "agent")))
        return self.party(
            *roles,
            jurisdiction=dice.choose(
                ("HK", "HK", "HK", "CN") if self.hong_kong else ("CN", "CN", "CN", "HK")
            ),
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
        # By the time and not by the dice, so that days that were drawn before go on as they did.
        if self.now % 4 == 0:
            kind: Any = ("exclusive", "sole", "ordinary", "open")[self.now // 4 % 4]
            ends_on = (None, "2027-03-01")[self.now // 16 % 2]
            facts["licences"] = (elsewhere(kind, ends_on=ends_on, territory=("CN-GD",)),)
        if self.now % 5 == 0:
            facts["fee_due"] = venue_date(self.now + (self.now % 3) * MS_PER_DAY).isoformat()
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
        elif self.hong_kong and right_type == "invention":
            # Their numbers have no check digit that could be wrong.
            right_id = f"HK-999900{serial % 100:02d}.{serial % 10}" if serial % 4 else f"MO-I{serial:06d}"
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
            seals = self.modes == MODES[-1] and self.dice.chance(40)
            self.dice.choose(_SEALING if seals else _ACTIONS)(self)
        if self.demand_dice.chance(8):
            self.dice, self.demand_dice = self.demand_dice, self.dice
            self.demand()
            self.dice, self.demand_dice = self.demand_dice, self.dice

        if self.paper_dice.chance(6):
            papers(self, self.paper_dice)
        if self.rights_dice is not None and self.rights_dice.chance(8):
            self.dice, self.rights_dice = self.rights_dice, self.dice
            self.findings()
            self.dice, self.rights_dice = self.rights_dice, self.dice
        if self.refusal_dice is not None and self.refusal_dice.chance(35):
            self.dice, self.refusal_dice = self.refusal_dice, self.dice
            random_refusals.refusals(self)
            self.dice, self.refusal_dice = self.refusal_dice, self.dice
        if self.hong_kong_dice is not None and self.hong_kong_dice.chance(8):
            random_hong_kong.licences(self, self.hong_kong_dice)

    def findings(self) -> None:
        """The venue finds families and holders, co-owners consent, most often where it is asked of them."""
        dice = self.dice
        match dice.below(6):
            case 0:
                members = tuple(self._one("right") for _ in range(dice.below(4)))
                self.operator(c.TieFamily(family_id=dice.choose(("F1", "F2")), right_ids=members))
            case 1:
                right_id = f"CN-know-how-2027KH000{dice.below(3)}"
                holders = [dice.choose(list(self.keys)) for _ in range(1 + dice.below(2))]
                if right_id in self.state.rights:
                    self.find_holders(right_id, *holders)
                else:
                    self.other_right(right_id, "know_how", *holders)
            case 2 | 3:
                self._co_owned_sale()
            case _:
                self._co_owners_consent()

    def _co_owned_sale(self) -> None:
        """Two owners sell a right together, most often to a third."""
        dice = self.dice
        able = [
            row.id for row in self.state.parties.values() if row.state == "ACTIVE" and "seller" in row.roles
        ]
        right_id = cn_right_id(9_000 + dice.below(40))
        if len(able) < 3 or right_id in self.state.rights:
            return
        one, other, buyer = (able[(place + dice.below(2)) % len(able)] for place in (0, 2, 4))
        if one == other:
            return
        self.right(one, other, right_id=right_id)
        price = dice.choose((100_000_01, 1, 99))
        kind = dice.choose(("assignment", "assignment", "sole_licence"))
        listed = self.submit(one, right_id, deal_kind=kind, price=price, ends_ms=None)
        if listed.refusal is None:
            self._co_owners_consent()
            self._accept(buyer, listed.result["listing_id"])

    def _co_owners_consent(self) -> None:
        """A listing of a co-owned right is asked consent for, and opened."""
        dice = self.dice
        rights = self.state.rights
        asked = [
            row
            for row in self.state.listings.values()
            if len(rights[row.right_id].holder_of_record) > 1 and row.state not in life.ENDED
        ]
        if not asked:
            return
        listing = asked[-1] if dice.chance(60) else dice.choose(asked[-6:])
        for holder in rights[listing.right_id].holder_of_record:
            if dice.chance(70):
                party = self.state.party_by_number.get(holder.company_number, "")
                self.speak(self._actor(party), c.ConsentToListing(listing_id=listing.id))
            else:
                paper = {"consent": digest("paper")} if dice.chance(90) else {}
                command = c.LodgeCoOwnerConsent(listing_id=listing.id, erasable=paper)
                self.operator(command, terms=c.CoOwnerConsentTerms(company_number=holder.company_number))
        if dice.chance(80):
            self.operator(c.ApproveListing(listing_id=listing.id))

    def speak(self, party: str, command: Any, terms: Any = None) -> Outcome:
        """A party's command under its key, sometimes under an agent's."""
        if self.dice.chance(5):
            return self.give(command, actor=party, signer=self.dice.choose(AGENT_KEYS), terms=terms)
        return self.by(party, command, terms)

    def parties(self) -> None:
        """Parties come, are suspended and approved, are found to be affiliates, appoint agents, leave the venue's staff."""
        dice = self.dice
        for each in sorted(staff_of(self.state)):
            self.document("venue_staff_left", each)
        match dice.below(6):
            case 0 if len(self.keys) < 12:
                self._new_party()
            case 1:
                self.operator(c.SuspendParty(party_id=self._one("party")))
            case 2 if dice.chance(30):
                one, other = self._one("party"), self._one("party")
                self.operator(c.RecordAffiliation(party_id=one, affiliate_id=other))
                if dice.chance(30):
                    self.document("venue_staff", one)  # until parties are next seen to
                    self.operator(c.EndAffiliation(party_id=one, affiliate_id=other))
                    self.operator(c.CloseParty(party_id=other))
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
                        self.admit(party.id)

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
        holders = self._holders_of(right)
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
            case 6 | 7 as word:
                ended = ("expired", "refused", "invalidated") if word == 6 else ("invalidity_decided",)
                facts["status"] = dice.choose(ended)
            case _:
                pass
        if right.right_type == "achievement":
            facts = {"status": "achievement", "expiry_date": None} | facts
        self.copy(right.id, *holders, **facts)

    def _holders_of(self, right: Any) -> list[str]:
        """Co-owners, who stay together, else none of their deals would come to its end; or one of those who sell."""
        numbers = {holder.company_number for holder in right.holder_of_record}
        sellers = [self.state.deals[each].seller for each in right.open_deals]
        sellers += [self.state.licences[each].licensor for each in right.licences]
        one = self.dice.choose(sellers)
        together = [party for party in self.keys if self.numbers[party] in numbers]
        stay = self.rights_dice is not None and len(numbers) == len(together) == 2
        return together if stay else [one]

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
            "territory": (right.office,) if self.hong_kong and dice.chance(90) else dice.choose(TERRITORIES),
            "field_of_use": dice.choose(("all", "batteries", "Batteries ", "medicine")),
            "currency": dice.choose(("HKD",) if self.hong_kong else ("CNY", "CNY", "CNY", "HKD")),
            "closes_ms": self.now + dice.choose((MS_PER_DAY, 20 * MS_PER_DAY, 60 * MS_PER_DAY)),
        }
        mode = dice.choose(self.modes)
        fields |= self._terms_of(mode, fields)
        fields |= self._clauses(mode, fields["deal_kind"])
        fields |= self._undertakes()
        if dice.chance(60):
            fields["ends_ms"] = self.now + dice.choose((9 * MS_PER_DAY, 25 * MS_PER_DAY, 900 * MS_PER_DAY))
        if dice.chance(20):
            fields["starts_ms"] = self.now + dice.choose((0, 35 * MS_PER_DAY, 400 * MS_PER_DAY))
        outcome = self.submit(seller, right.id, mode, **fields)
        number = fields.get("announcement_number")
        if outcome.refusal is None and number and self.state.venue.engine >= ALL_SINCE_ENGINE:
            self.document("open_licence_announcement", right.id, announcement_number=number)
        if outcome.refusal is None and dice.chance(85):
            self.operator(c.ApproveListing(listing_id=outcome.result["listing_id"]))

    def _terms_of(self, mode: str, given: dict[str, Any]) -> dict[str, Any]:  # noqa: PLR0911 - one return a mode
        """What a mode asks of its listings, most often right."""
        dice, price = self.dice, given["price"]
        middle_ms = (self.now + given["closes_ms"]) // 2
        deposit = price * dice.below(32) // 100
        match mode:
            case "competitive":
                own = {"step": dice.choose((0, 0, 1))} | self._way_of_bidding()
                return {**own, "deposit": max(deposit, 1), "registration_closes_ms": middle_ms}
            case "english":
                reserve = price + dice.below(4)
                own = {"deposit": max(deposit, 1), "step": dice.choose((1, 2)), "reserve": reserve}
                return {**own, "registration_closes_ms": middle_ms}
            case "sealed" | "tender":
                own = {"deposit": deposit, "reveal_ms": 2 * MS_PER_DAY, "registration_closes_ms": middle_ms}
                return own | ({"criteria": random_sealing.CRITERIA} if mode == "tender" else {})
            case "negotiated":
                return {"deposit": deposit}
            case "dutch":
                floor = max(1, price - dice.below(5))
                return {"step": 1, "floor": floor, "interval_ms": dice.choose((MS_PER_HOUR, MS_PER_DAY))}
            case _ if given["deal_kind"] == "ordinary_licence":
                number = dice.choose((None, None, "2026-7"))
                many = dice.choose((1, 2, 5))
                return {"max_acceptances": 1 if number else many, "announcement_number": number}
            case _:
                return {}

    def _undertakes(self) -> dict[str, Any]:
        """Now and then a seller leaves an answer out, or gives one that may bring a bar."""
        odd = self.now % 37
        if self.state.venue.engine < UNDERTAKINGS_SINCE_ENGINE or odd >= len(ODD_ANSWERS):
            return {}
        return {"undertaking": undertaking(**ODD_ANSWERS[odd])}

    def _way_of_bidding(self) -> dict[str, Any]:
        match self.now % 5:
            case 0:
                return {"bidding": "once", "step": 0}
            case 1:
                return {"bidding": "rising", "step": 1, "round_ms": MS_PER_DAY}
            case _:
                return {}

    def _clauses(self, mode: str, kind: str) -> dict[str, Any]:
        """How the price is paid, and what goes with it."""
        dice = self.dice
        clauses: dict[str, Any] = {}
        if mode not in {"posted", "dutch", "continuous"} and self.now % 4 == 0:
            clauses["earnest"] = 1 + self.now % 2_000
        if dice.chance(40):
            rate = dice.choose((1, 500, 1_000))
            clauses["late_interest"] = c.LateInterest(daily_rate=rate, most=dice.choose((1, 300, 3_000)))
        if dice.chance(25):
            taxes = (
                c.Withholding(name="income_tax", rate=1_000),
                c.Withholding(name="vat", rate=600, base=9_434),
            )
            clauses["withholding"] = taxes[: 1 + dice.below(2)]
        agents = [row.id for row in self.state.parties.values() if "agent" in row.roles]
        if agents and dice.chance(25):
            commission = c.Commission(party_id=dice.choose(agents), basis_points=dice.choose((1, 500)))
            others = [each for each in agents if each != commission.party_id][: self.now % 4]
            several = (*(c.Commission(party_id=each, basis_points=33) for each in others), commission)
            clauses["commission"] = several if others else commission
        licence = kind != "assignment"
        royalty = c.Royalty(
            base=dice.choose(("net_sales", "profit")),
            rates=dice.choose(((500,), (100, 200, 300), (900, 1))),
            period=dice.choose(("quarter", "half_year", "year")),
            report_days=dice.choose((1, 30)),
            pay_days=dice.choose((0, 15)),
            floor=dice.choose((None, None, 10_000)),
            ceiling=dice.choose((None, None, 10**9)),
        )
        match dice.below(6):
            case 0 | 1:
                shares = dice.choose(((3_333, 3_333, 3_334), (1, 9_999), (5_000, 5_000)))
                first = dice.choose((0, 0, 7))
                parts = [
                    c.Instalment(share=share, due_days=first + 20 * number)
                    for number, share in enumerate(shares)
                ]
                clauses["consideration"] = c.Instalments(parts=tuple(parts))
            case 2 if licence and mode == "posted":
                clauses |= {"consideration": c.RunningRoyalty(royalty=royalty), "price": 0}
            case 3 if licence:
                clauses["consideration"] = c.EntryFeeAndRoyalty(royalty=royalty)
            case 4 if not licence and mode == "posted":
                number = dice.choose(list(self.numbers.values()))
                clauses["consideration"] = c.Equity(company_number=number, basis_points=1_000)
            case _:
                pass
        if licence and "royalty" in type(clauses.get("consideration")).__name__.lower() and dice.chance(70):
            clauses["inspection"] = True
        return clauses

    def obligations(self) -> None:
        """What falls due is reported, paid, inspected, most often by whom it concerns."""
        dice = self.dice
        waiting = [
            row.id
            for row in self.state.obligations.values()
            if row.state not in {"SETTLED", "RUNNING"} or row.inspection == "CALLED"
        ]
        chosen = dice.choose(waiting[-6:]) if waiting and dice.chance(80) else self._one("obligation")
        row = self.state.obligations.get(chosen)
        if row is None:
            self.speak(self._actor(), c.PayObligation(obligation_id=chosen, statement_line="LINE-1"))
            return
        payer, payee = self._actor(row.payer), self._actor(row.payee)
        what = {"TO_REPORT": 0, "REPORT_OVERDUE": 0, "DUE": 1, "OVERDUE": 1}.get(row.state, dice.below(5))
        what = what if dice.chance(75) else dice.below(5)
        if row.reported_ms is not None and row.inspection in {"", "CALLED"} and dice.chance(50):
            what = 3 if row.inspection else 2
        base = dice.choose((0, 1, 99, 10**9, 10**15, 10**15 + 1))
        match what:
            case 0:
                self.speak(payer, c.ReportRoyalty(obligation_id=chosen), c.RoyaltyReportTerms(base=base))
            case 1 if dice.chance(15) and row.amount < 10**14:
                self._money(row.id, dice.choose((row.amount, 2 * row.amount, 1)), row.currency)
            case 1:
                if dice.chance(20):
                    self.wait(dice.choose((1, 40)) * MS_PER_DAY)
                if dice.chance(90) and row.amount < 10**14:
                    self._money(row.payer, 2 * row.amount, row.currency)
                lines = self.credit_lines.get(row.payer, ["LINE-0"])
                self._pay(payer, row, lines[-1])
            case 2:
                self.speak(payee, c.CallInspection(obligation_id=chosen))
            case _:
                found = (row.base or 0) + dice.choose((-1, 0, 10**6, 10**6))
                for party in (payer, payee):
                    self.speak(party, c.StateInspection(obligation_id=chosen), c.InspectionTerms(base=found))

    def _pay(self, payer: str, row: Any, line: str) -> None:
        """All of it, or a part: now and then of a cent, or of more than is owed."""
        if self.now % 5 == 0:
            part = (1, row.amount // 3, row.amount // 2, row.amount - 1, row.amount + 1)[self.now % 7 % 5]
            command = c.PayPart(obligation_id=row.id, statement_line=line)
            self.speak(payer, command, c.PartTerms(amount=part))
        else:
            self.speak(payer, c.PayObligation(obligation_id=row.id, statement_line=line))

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
        """A posted price is accepted, most often one that stands; now and then at another price."""
        rows = self.state.listings.values()
        posted = [row.id for row in rows if row.mode in {"posted", "dutch"} and row.state == "OPEN"]
        if posted and self.dice.chance(70):
            listing_id = self.dice.choose(posted)
        listing = self.state.listings.get(listing_id)
        price = listing.terms.price if listing else 1
        if self.dice.chance(60) and price < 10**14:
            self._money(party, price, listing.currency if listing else "CNY")
        # By the time and not by the dice, as above.
        named = max(1, price + (1, -1)[self.now // 10 % 2]) if self.now % 10 == 0 else price
        self.speak(party, c.AcceptPrice(listing_id=listing_id), c.BidTerms(price=named))

    def deals(self) -> None:  # noqa: C901, PLR0912 - one branch a step
        """A deal takes its next step, or some other."""
        dice = self.dice
        self._take_awards()
        under_way = [row.id for row in self.state.deals.values() if row.state not in steps.ENDED]
        deal_id = dice.choose(under_way[-6:]) if under_way and dice.chance(75) else self._one("deal")
        deal = self.state.deals.get(deal_id)
        if deal is None:
            return
        overdue = deal.overdue_since_ms is not UNSET and dice.chance(50)
        if overdue or self.state.rights[deal.right_id].status == "refused":
            self.speak(deal.buyer, c.RescindDeal(deal_id=deal_id))
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
        if deal.state == "SIGNED" or what == 2:
            self._earnest(deal)
        match what:
            case 0 if dice.chance(8):
                self.signature(deal_id, deal.seller)
                self.wait(20 * MS_PER_DAY)  # the buyer does not sign
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
                nothing = first_part(deal) == 0 and dice.chance(95)
                line = "" if nothing else lines[-1]
                self.speak(deal.buyer, c.FundDeal(deal_id=deal_id, statement_line=line))
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

    def _earnest(self, deal: Any) -> None:
        """Earnest money that was agreed is paid, most often."""
        if deal.terms.earnest and deal.earnest is UNSET and self.now % 5:
            self._money(deal.buyer, deal.price // 5 + 1, deal.currency)
            line = self.credit_lines.get(deal.buyer, ["LINE-0"])[-1]
            self.speak(deal.buyer, c.PayEarnest(deal_id=deal.id, statement_line=line))

    def _take_awards(self) -> None:
        """Whom an award is offered after a default takes it, declines it, or lets it lapse."""
        for listing in [row for row in self.state.listings.values() if row.state == "REOFFERED"]:
            party = self.state.bids[listing.runners_up[0]].party_id
            if self.dice.chance(45):
                self._money(party, listing.terms.deposit, listing.currency)
                self.speak(self._actor(party), c.AcceptAward(listing_id=listing.id))
            elif self.dice.chance(10):
                self.speak(self._actor(party), c.DeclineAward(listing_id=listing.id))

    def _consents(self, deal: Any) -> None:
        """Every pledgee that is a party consents."""
        for pledge in self.state.rights[deal.right_id].pledges:
            pledgee = self.state.party_by_number.get(pledge.company_number)
            if pledgee is not None:
                self.speak(pledgee, c.ConsentToDeal(listing_id=deal.listing_id))

    def money(self) -> None:  # noqa: C901 - one branch a thing that happens to money
        """Money comes in, is asked back, is approved and paid, or the bank refuses."""
        dice = self.dice
        waiting = [row.id for row in self.state.payments.values() if row.state in {"PREPARED", "APPROVED"}]
        payment = dice.choose(waiting) if waiting else "PAY-0"
        for currency in self.state.venue.halted_currencies:
            if dice.chance(30):
                self.resume(currency)
        match dice.below(9):
            case 8 if dice.chance(10):
                bands = (c.FeeBand(above=0, basis_points=300), c.FeeBand(above=50_000, basis_points=50))
                minimum, maximum = dice.choose(((0, None), (5_000, None), (0, 100_000), (7, 9)))
                self.operator(c.SetFeeSchedule(currency="CNY", bands=bands, minimum=minimum, maximum=maximum))
            case 0:
                self._money(
                    dice.choose(list(self.keys)), dice.choose(PRICES), dice.choose(("CNY", "HKD", "MOP"))
                )
            case 1:
                party = self._actor()
                amount = dice.choose((1, 10**6, self.balance(party), self.balance(party) + 1))
                self.speak(party, c.RequestWithdrawal(), c.WithdrawalTerms(currency="CNY", amount=amount))
            case 2:
                if code(self.approve_payment(payment, dice.below(2))) == "CN-ACHIEVEMENTS-44":
                    self.reward(self.state.payments[payment].deal_id)
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

    def demand(self) -> None:
        """Buyers post needs, amend them, take them back, or say by which deal they are met."""
        dice = self.dice
        need_id = self._one("need")
        need = self.state.needs.get(need_id)
        buyer = self._actor(need.buyer if need else "")
        facts: dict[str, Any] = {
            "budget": dice.choose((None, *PRICES)),
            "classes": dice.choose(((), ("H01M", "H01M 10/0525"), ("A61K",), ("Y02E",))),
            "territories": dice.choose(TERRITORIES),
            "kinds": dice.choose((("assignment",), ("ordinary_licence", "sole_licence"))),
            "currency": dice.choose(("CNY", "HKD")),
            "until_ms": self.now + dice.choose((MS_PER_HOUR, 9 * MS_PER_DAY, 366 * MS_PER_DAY)),
        }
        if dice.chance(10):
            facts |= dice.choose(({"budget": 0}, {"classes": ("?",)}, {"kinds": ()}, {"until_ms": self.now}))
        match dice.below(6):
            case 0 | 1 | 2:
                self.need(self._actor(), **facts)
            case 3:
                self.need(buyer, need_id, **facts)
            case 4:
                self.speak(buyer, c.WithdrawNeed(need_id=need_id))
            case _:
                deal_id = self._one("deal")
                deal = self.state.deals.get(deal_id)
                own = [row.id for row in self.state.needs.values() if deal and row.buyer == deal.buyer]
                if own and dice.chance(70):
                    need_id, buyer = dice.choose(own), self._actor(deal.buyer if deal else "")
                self.speak(buyer, c.FulfilNeed(need_id=need_id, deal_id=deal_id))


_ACTIONS: list[Callable[[RandomDay], None]] = [
    *[RandomDay.parties] * 2, *[RandomDay.rights] * 2, *[RandomDay.list_right] * 5, *[RandomDay.listings] * 2,
    *[RandomDay.bids] * 12, *[RandomDay.talks] * 3, *[RandomDay.tops] * 2, *[random_sealing.seals] * 2,
    *[RandomDay.deals] * 14, *[RandomDay.money] * 4, *[RandomDay.pass_time] * 2,
    *[RandomDay.bids] * 12, *[RandomDay.talks] * 3, *[RandomDay.tops] * 2, *[RandomDay.deals] * 14, *[RandomDay.obligations] * 4, *[RandomDay.money] * 4, *[RandomDay.pass_time] * 2,
]  # fmt: skip
_SEALING: list[Callable[[RandomDay], None]] = [
    RandomDay.list_right,
    *[random_sealing.seals] * 6,
    RandomDay.pass_time,
]
