"""Every field that a command may get wrong is refused by name: outside its bounds, of another form, or unknown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from exchange import commands as c
from exchange.calendar import LATEST_MS, MS_PER_DAY, MS_PER_HOUR
from exchange.canonical import LARGEST_INTEGER
from exchange.commands import Request
from exchange.engine import ENGINE_VERSION, Engine
from exchange.money.amount import LARGEST_AMOUNT, LARGEST_TOTAL
from exchange.turn import Outcome
from tests.exchange.scene import LETTER, Scene, achievement_facts, company_number, digest

LONG = "x" * 65
KEY = "0x" + "77" * 20
SIGNATURE = "0x" + "11" * 65
PRICE = 100_000_00


class World(Scene):
    """One of everything: P-1 sells, P-2 buys, and deals, bids and a payment stand at every step."""

    def __init__(self) -> None:
        super().__init__()
        self.seller, self.buyer = self.party(), self.party()
        self.line = self.credit(self.buyer, 50 * PRICE)
        self.posted = self.listing(self.seller, self.right(self.seller))
        self.auction = self.listing(self.seller, self.right(self.seller), "competitive")
        self.bidder(self.auction, self.buyer)
        self.bid_id = self.bid(self.auction, self.buyer, PRICE).result["bid_id"]
        self.awarded = self.deal(self.listing(self.seller, self.right(self.seller)), self.buyer)
        self.signed = self.deal(self.listing(self.seller, self.right(self.seller)), self.buyer)
        for party in (self.seller, self.buyer):
            self.signature(self.signed, party)
        self.funded = self._funded()
        self.filed = self._funded()
        self.file(self.filed)
        facts: dict[str, Any] = {"right_type": "achievement", "status": "achievement", "expiry_date": None}
        self.delivering = self._funded(**facts)
        terms = c.WithdrawalTerms(currency="CNY", amount=5)
        self.payment = self.by(self.buyer, c.RequestWithdrawal(), terms=terms).result["payment_id"]
        self.free = self.right(self.seller)
        self.uncopied = self.imported(right_id="US-16000002").result["right_id"]
        self.stranger = self.party()
        self.needed = self.need(self.buyer).result["need_id"]

    def _funded(self, **facts: Any) -> str:
        deal = self.deal(self.listing(self.seller, self.right(self.seller, **facts)), self.buyer)
        self.sign(deal)
        self.fund(deal)
        return deal

    def apply_for(self, **fields: Any) -> Outcome:
        """An application for a party with a key of its own."""
        command: dict[str, Any] = {
            "roles": ("buyer",),
            "jurisdiction": "CN",
            "key": KEY,
            "erasable": LETTER,
        } | fields
        terms = c.PartyTerms(company_number=company_number(77))
        return self.give(c.ApplyParty(**command), actor="", signer=command["key"], terms=terms)

    def appoint(self, **fields: Any) -> Outcome:
        """A mandate for an agent of the buyer's."""
        mandate: dict[str, Any] = {"key": KEY, "scope": ("bid",), "until_ms": self.now + MS_PER_DAY} | fields
        return self.by(self.buyer, c.AppointAgent(**mandate))

    def imported(self, **fields: Any) -> Outcome:
        """A right for the catalogue."""
        right: dict[str, Any] = {
            "right_id": "US-16000001",
            "office": "US",
            "right_type": "invention",
            "filing_date": "2019-03-01",
        } | fields
        return self.service(c.ImportRight(**right))

    def described(self, **fields: Any) -> Outcome:
        """A result for the catalogue, one of its facts replaced."""
        right_id = "CN-achievement-2026990001"
        described = achievement_facts(right_id)
        facts = msgspec.structs.replace(described["achievement"], **fields)
        return self.imported(
            right_id=right_id, office="CN", right_type="achievement", **(described | {"achievement": facts})
        )

    def copied(self, as_of_ms: int, right_id: str = "", **facts: Any) -> Outcome:
        """A register copy, by default of the free right."""
        holder = c.Holder(company_number=self.numbers[self.seller])
        terms = c.RegisterFacts(
            **(
                {"status": "granted", "holders": (holder,), "copy": "{}", "attestation": "", "licences": ()}
                | facts
            )
        )
        return self.service(
            c.RecordRegisterCopy(right_id=right_id or self.free, as_of_ms=as_of_ms, copy_digest=digest("")),
            terms=terms,
        )

    def offer(self, mode: str = "posted", **fields: Any) -> Outcome:
        """A listing of the free right."""
        return self.submit(self.seller, self.free, mode, **fields)

    def filing(self, **fields: Any) -> Outcome:
        """A filing of the funded deal."""
        paper: dict[str, Any] = {"filing_id": "F", "package": {"contract": digest("")}}
        return self.operator(c.FileDeal(deal_id=self.funded, **(paper | fields)))

    def reported(self, **fields: Any) -> Outcome:
        """A chain report of the signed deal."""
        report: dict[str, Any] = {
            "record": "deal",
            "subject_id": self.signed,
            "outcome": "final",
            "transaction": "0x",
        }
        return self.service(c.ReportChainRecord(**(report | {"block": 1} | fields)))

    def refused(self, **fields: Any) -> Outcome:
        """The register's refusal of the filed deal."""
        return self.refuse(self.filed, **fields)

    def statement(self, line_id: str = "NEW", value_time_ms: int = 0, **fields: Any) -> Outcome:
        """A statement line."""
        line: dict[str, Any] = {"direction": "credit", "currency": "CNY", "amount": 1, "balance_after": 1}
        terms = c.StatementLineTerms(
            **(line | {"reference": "", "instruction_id": None} | self.line_facts() | fields)
        )
        command = c.RecordStatementLine(line_id=line_id, value_time_ms=value_time_ms)
        return self.service(command, terms=terms)

    def withdrawal(self, amount: int) -> Outcome:
        """The buyer asks for money back."""
        return self.by(
            self.buyer, c.RequestWithdrawal(), terms=c.WithdrawalTerms(currency="CNY", amount=amount)
        )

    def erasure(self, entry: int, label: str) -> Outcome:
        """An erasure."""
        return self.operator(c.EraseSealedPart(entry=entry, label=label, ground="retention-ended"))

    def delivered(self, party: str, paper: str) -> Outcome:
        """A word on the delivery."""
        return self.by(party, c.ConfirmDelivery(deal_id=self.delivering, delivery_digest=paper))

    def accepted(self, price: int, order_id: str | None = None) -> Outcome:
        """The acceptance of the posted price."""
        terms = c.BidTerms(price=price, client_order_id=order_id)
        return self.by(self.buyer, c.AcceptPrice(listing_id=self.posted), terms=terms)


WRONG_IDS = [
    ("CN-1", "invention"),
    ("US-" + LONG, "invention"),
    ("CN-201610178553.4", "invention"),
    ("CN-2016101785535", "invention"),
    ("CN-ZL201610178553.5", "invention"),
    ("CN-201610178553.5 ", "invention"),
    ("CN-hello", "invention"),
    ("QQ-1", "invention"),
    ("CN-publication-105681112", "invention"),
    ("US-grant-12186454", "invention"),
    ("US-7654321", "invention"),
    ("CN-201610178553.5", "utility_model"),
    ("US-29123456", "invention"),
    ("CN-201610178553.5", "achievement"),
    ("US-achievement-2026990001", "achievement"),
    ("CN-achievement-2026990001", "invention"),
]
"""What no right of this type can have as its id."""
WRONG_CLASSES = (
    "",
    "H",
    "h01m",
    "H01m",
    "I01M",
    "H01M10/00",
    "H01M 0/00",
    "H01M 010/00",
    "H01M 10/0",
    "H01M 10/00\n",
    "电池",
    "H01M 10/0000000",
    "14-03",
)
"""What is no class, subclass, group or subgroup in the one spelling."""
Case = Callable[[World], Outcome]


def wrong_id(right_id: str, right_type: str) -> Case:
    return lambda world: world.imported(right_id=right_id, office=right_id[:2], right_type=right_type)


def wrong_class(symbol: str) -> Case:
    return lambda world: world.need("P-2", classes=("A61K", symbol))


OPEN_LICENCE: dict[str, Any] = {"deal_kind": "ordinary_licence", "announcement_number": "1"}
MALFORMED: dict[str, list[Case]] = {
    "key": [lambda w: w.apply_for(key="0x12"), lambda w: w.apply_for(roles=("buyer", "buyer"))],
    "roles": [lambda w: w.apply_for(roles=())],
    "affiliate_id": [lambda w: w.operator(c.RecordAffiliation(party_id="P-1", affiliate_id="P-1"))],
    "until_ms": [lambda w: w.appoint(until_ms=LATEST_MS + 1)],
    "key, scope or until_ms": [
        lambda w: w.appoint(key="0x12"),
        lambda w: w.appoint(scope=()),
        lambda w: w.appoint(scope=("bid", "bid")),
        lambda w: w.appoint(until_ms=w.now),
    ],
    "until_ms of a need": [
        lambda w: w.need("P-2", until_ms=w.now),
        lambda w: w.need("P-2", until_ms=w.now + 367 * MS_PER_DAY),
        lambda w: w.need("P-2", until_ms=LATEST_MS + 1),
    ],
    "classes": [
        *(wrong_class(each) for each in WRONG_CLASSES),
        lambda w: w.need("P-2", classes=("H01M", "H01M")),
        lambda w: w.imported(classes=("H01M", "battery")),
        lambda w: w.imported(classes=("H01M", "H01M")),
        lambda w: w.need("P-2", classes=tuple(f"H{number}" for number in range(10, 27))),
        lambda w: w.imported(classes=tuple(f"H{number}" for number in range(10, 43))),
        lambda w: w.imported(classes=()),
    ],
    "territories": [
        lambda w: w.need("P-2", territories=()),
        lambda w: w.need("P-2", territories=("CN-44",)),
        lambda w: w.need("P-2", territories=("CN", "CN")),
        lambda w: w.need("P-2", territories=("CN",) * 65),
    ],
    "kinds": [lambda w: w.need("P-2", kinds=()), lambda w: w.need("P-2", kinds=("assignment", "assignment"))],
    "budget": [
        lambda w: w.need("P-2", budget=0),
        lambda w: w.need("P-2", budget=-1),
        lambda w: w.need("P-2", budget=LARGEST_AMOUNT + 1),
    ],
    "api_key_sha256": [lambda w: w.by("P-2", c.IssueApiKey())],
    "terms": [
        lambda w: w.by("P-2", c.PlaceBid(listing_id=w.auction)),
        lambda w: w.by("P-2", c.PlaceBid(listing_id=w.auction), terms=c.WithdrawalTerms(currency="CNY", amount=1)),
        lambda w: w.by("P-2", c.WithdrawBid(bid_id=w.bid_id), terms=c.BidTerms(price=1)),
    ],
    "filing_date": [
        lambda w: w.imported(filing_date="2019-02-29"),
        lambda w: w.imported(filing_date="2099-01-01"),
        lambda w: w.imported(right_id="CN-201610178553.5", office="CN", filing_date="2018-01-01"),
        lambda w: w.copied(w.now, filing_date="2099-01-01"),
    ],
    "grant_date": [
        lambda w: w.imported(grant_date="1.3.2019"),
        lambda w: w.imported(grant_date="2019-02-28"),
        lambda w: w.imported(grant_date="2099-01-01"),
        lambda w: w.copied(w.now, filing_date="2019-03-01", grant_date="2019-02-28"),
    ],
    "right_id": [wrong_id(*each) for each in WRONG_IDS],
    "achievement": [lambda w: w.imported(achievement=achievement_facts("CN-achievement-2026990001")["achievement"])],
    "registration_number": [lambda w: w.described(registration_number="2026990002")],
    "readiness_level": [lambda w: w.described(readiness_level=0), lambda w: w.described(readiness_level=10)],
    "completing_entity": [lambda w: w.described(completing_entity="示例大学")],
    "field": [
        lambda w: w.described(field=""),
        lambda w: w.described(field="新材料"),
        lambda w: w.described(field="C22;" * 51),
    ],
    "publication_number": [lambda w: w.imported(publication_number=""), lambda w: w.imported(publication_number=LONG)],
    "as_of_ms": [lambda w: w.copied(-1, w.uncopied), lambda w: w.copied(w.now + 2 * MS_PER_HOUR), lambda w: w.copied(LATEST_MS + 1)],
    "expiry_date": [lambda w: w.copied(w.now, expiry_date="9999-12-31")],
    "company_number": [
        lambda w: w.copied(w.now, holders=(c.Holder(company_number=""),)),
        lambda w: w.copied(w.now, pledges=(c.Pledge(company_number=LONG, amount=1, currency="CNY"),)),
    ],
    "closes_ms": [
        lambda w: w.offer(closes_ms=w.now),
        lambda w: w.offer(closes_ms=w.now + 367 * MS_PER_DAY),
    ],
    "price, deposit or step": [
        lambda w: w.offer(price=LARGEST_AMOUNT + 1),
        lambda w: w.offer("competitive", deposit=-1),
        lambda w: w.offer("competitive", step=PRICE + 1),
    ],
    "territory": [
        lambda w: w.offer(territory=()),
        lambda w: w.offer(territory=("cn",)),
        lambda w: w.offer(territory=("CN-GD-4403",)),
        lambda w: w.offer(territory=("CN-44",)),
        lambda w: w.offer(territory=("CN-HK",)),
        lambda w: w.offer(territory=("ZZ",)),
        lambda w: w.offer(territory=("CN",) * 65),
    ],
    "field_of_use": [lambda w: w.offer(field_of_use="   "), lambda w: w.offer(field_of_use="x" * 201)],
    "starts_ms": [lambda w: w.offer(starts_ms=-1), lambda w: w.offer(starts_ms=LATEST_MS + 1)],
    "ends_ms": [
        lambda w: w.offer(ends_ms=LATEST_MS + 1),
        lambda w: w.offer(ends_ms=w.now),
        lambda w: w.offer(starts_ms=w.now + 99, ends_ms=w.now + 99),
    ],
    "announcement_number": [
        lambda w: w.offer(**(OPEN_LICENCE | {"announcement_number": ""})),
        lambda w: w.offer(**(OPEN_LICENCE | {"announcement_number": LONG})),
        lambda w: w.offer(**(OPEN_LICENCE | {"announcement_number": "张三的专利"})),
        lambda w: w.offer(announcement_number="1"),
    ],
    "deposit, step or registration_closes_ms": [
        lambda w: w.offer(deposit=1),
        lambda w: w.offer(step=1),
        lambda w: w.offer(registration_closes_ms=w.now + MS_PER_DAY),
    ],
    "registration_closes_ms": [
        lambda w: w.offer("competitive", registration_closes_ms=None),
        lambda w: w.offer("competitive", registration_closes_ms=w.now),
        lambda w: w.offer("competitive", registration_closes_ms=w.now + 40 * MS_PER_DAY),
    ],
    "max_acceptances": [
        lambda w: w.offer(max_acceptances=0),
        lambda w: w.offer(max_acceptances=0, deal_kind="exclusive_licence"),
        lambda w: w.offer(max_acceptances=1_001, deal_kind="ordinary_licence"),
        lambda w: w.offer("competitive", max_acceptances=2, deal_kind="ordinary_licence"),
        lambda w: w.offer("competitive", announcement_number="1"),
        lambda w: w.offer(max_acceptances=2, **OPEN_LICENCE),
    ],
    "price": [lambda w: w.accepted(0), lambda w: w.accepted(-1), lambda w: w.accepted(LARGEST_AMOUNT + 1)],
    "client_order_id": [lambda w: w.accepted(PRICE, ""), lambda w: w.accepted(PRICE, LONG)],
    "deal_signature": [
        lambda w: w.by("P-1", w.agreement(w.awarded, SIGNATURE[:-1])),
        lambda w: w.by("P-1", w.agreement(w.awarded, SIGNATURE + "\n")),
    ],
    "subject_id": [lambda w: w.reported(record="right", subject_id=""), lambda w: w.reported(record="right", subject_id=LONG * 2)],
    "transaction": [lambda w: w.reported(transaction=LONG + "yz")],
    "filing_id": [lambda w: w.filing(filing_id=""), lambda w: w.filing(filing_id=LONG)],
    "proof_digest": [lambda w: w.refused(proof_digest="abc")],
    "proof_signature": [lambda w: w.refused(proof_signature="0x")],
    "account": [lambda w: w.statement(account=""), lambda w: w.statement(account=LONG)],
    "sequence": [lambda w: w.statement(sequence=0), lambda w: w.statement(sequence=2**31)],
    "copy": [lambda w: w.copied(w.now, copy=""), lambda w: w.copied(w.now, copy="x" * 65_537)],
    "reason_code": [
        lambda w: w.refused(reason_code=""),
        lambda w: w.service(c.RefusePayment(payment_id=w.payment, reason_code=LONG)),
    ],
    "delivery_digest": [lambda w: w.delivered("P-1", "abc")],
    "line_id": [lambda w: w.statement(""), lambda w: w.statement(LONG)],
    "value_time_ms": [lambda w: w.statement(value_time_ms=-1), lambda w: w.statement(value_time_ms=LATEST_MS + 1)],
    "amount": [
        lambda w: w.statement(amount=0),
        lambda w: w.statement(amount=LARGEST_AMOUNT + 1),
        lambda w: w.withdrawal(0),
        lambda w: w.withdrawal(LARGEST_AMOUNT + 1),
    ],
    "balance_after": [lambda w: w.statement(balance_after=LARGEST_TOTAL + 1), lambda w: w.statement(balance_after=-LARGEST_TOTAL - 1)],
    "bank_approval": [
        lambda w: w.operator(c.ApprovePayment(payment_id=w.payment), 0, c.ApprovalTerms(bank_approval="0x"))
    ],
    "state_hash": [lambda w: w.give(c.RecordStateHash(state_hash="abc"))],
    "entry": [lambda w: w.erasure(-1, "x"), lambda w: w.erasure(LARGEST_INTEGER + 1, "x")],
    "label": [lambda w: w.erasure(0, ""), lambda w: w.erasure(0, LONG)],
    "schema": [lambda w: w.give(c.ActivateVersion(schema=0, engine=1, rulebook=1))],
    "engine": [lambda w: w.give(c.ActivateVersion(schema=1, engine=2**31, rulebook=1))],
    "rulebook": [lambda w: w.give(c.ActivateVersion(schema=1, engine=ENGINE_VERSION, rulebook=-1))],
}  # fmt: skip


def assert_refused(world: World, case: Case, code: str) -> Outcome:
    hash_before = world.state.state_hash()
    outcome = case(world)
    assert outcome.refusal is not None
    assert outcome.refusal.code == code
    assert outcome.events == ()
    assert world.state.state_hash() == hash_before
    return outcome


@pytest.mark.parametrize(
    ("field", "number"),
    [(field, number) for field, cases in MALFORMED.items() for number in range(len(cases))],
)
def test_a_field_out_of_bounds_is_refused_and_named(field: str, number: int) -> None:
    world = World()
    outcome = assert_refused(world, MALFORMED[field][number], "MALFORMED")
    assert outcome.refusal is not None
    assert outcome.refusal.detail["field"] == field.partition(" of ")[0]


UNKNOWN: dict[str, Case] = {
    "party": lambda w: w.operator(c.ApproveParty(party_id="P-99")),
    "actor": lambda w: w.give(c.IssueApiKey(), actor="P-99", signer=KEY),
    "affiliate": lambda w: w.operator(c.RecordAffiliation(party_id="P-1", affiliate_id="P-99")),
    "agent": lambda w: w.by("P-1", c.DismissAgent(key=KEY)),
    "right": lambda w: w.operator(c.ClassifyExport(right_id="CN-0", export_class="free")),
    "listing": lambda w: w.operator(c.ApproveListing(listing_id="L-99")),
    "bidder": lambda w: w.operator(c.QualifyBidder(listing_id=w.auction, party_id="P-1")),
    "bidder leaving": lambda w: w.by("P-1", c.LeaveListing(listing_id=w.auction)),
    "bid": lambda w: w.by("P-1", c.WithdrawBid(bid_id="B-99")),
    "bid accepted": lambda w: w.by("P-1", c.AcceptBid(bid_id="B-99")),
    "deal": lambda w: w.operator(c.UnwindDeal(deal_id="D-99", ground="mutual")),
    "need": lambda w: w.by("P-2", c.WithdrawNeed(need_id="TN-99")),
    "need's deal": lambda w: w.by("P-2", c.FulfilNeed(need_id=w.needed, deal_id="D-99")),
    "payment": lambda w: w.service(c.RefusePayment(payment_id="PAY-99", reason_code="AC04")),
}


@pytest.mark.parametrize("what", UNKNOWN)
def test_an_unknown_id_is_refused_as_such(what: str) -> None:
    assert_refused(World(), UNKNOWN[what], "UNKNOWN-ID")


OTHERS: dict[str, tuple[str, Case]] = {
    "a stranger confirms a delivery": ("NOT-PERMITTED", lambda w: w.delivered(w.stranger, digest("x"))),
    "a stranger accepts a bid": ("NOT-PERMITTED", lambda w: w.by("P-2", c.AcceptBid(bid_id=w.bid_id))),
    "a bid on a posted price": ("WRONG-STATE", lambda w: w.bid(w.posted, "P-2", PRICE)),
    "a price accepted where bids are wanted": ("WRONG-STATE", lambda w: w.accept(w.auction, "P-2")),
    "a second registration": ("WRONG-STATE", lambda w: w.by("P-2", c.RegisterBidder(listing_id=w.auction))),
    "releases resumed that run": ("WRONG-STATE", lambda w: w.operator(c.ResumeReleases(currency="CNY"))),
    "more asked back than there is": ("FUNDS-SHORT", lambda w: w.withdrawal(w.balance("P-2") + 1)),
    "a bid lowered below the price": (
        "BID-BELOW-PRICE",
        lambda w: w.by("P-2", c.AmendBid(bid_id=w.bid_id), terms=c.BidTerms(price=PRICE - 1)),
    ),
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_out_of_place_is_refused_by_name(what: str) -> None:
    code, case = OTHERS[what]
    assert_refused(World(), case, code)


def test_a_party_has_a_bounded_number_of_agents_and_a_new_mandate_replaces_its_own() -> None:
    world = World()
    keys = [f"0x{number + 1_000:040x}" for number in range(17)]
    outcomes = [world.appoint(key=key) for key in keys]
    assert [outcome.refusal is None for outcome in outcomes] == [True] * 16 + [False]
    assert world.appoint(key=keys[0], scope=("list",)).refusal is None
    assert len(world.state.parties["P-2"].agents) == 16


def test_an_api_key_replaces_the_one_before() -> None:
    world = World()
    world.now += 1
    request = Request(
        time_ms=world.now,
        actor="P-2",
        signer=world.keys["P-2"],
        command=c.IssueApiKey(),
        api_key_sha256=digest("k"),
    )
    assert world.apply(request).refusal is None
    assert world.state.parties["P-2"].api_key_sha256 == digest("k")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("fee_basis_points", -1),
        ("fee_basis_points", 10_001),
        ("chain_id", -1),
        ("chain_id", LARGEST_INTEGER + 1),
        ("operators", ()),
        ("operators", (KEY, KEY)),
        ("operators", tuple(f"0x{number:040x}" for number in range(65))),
    ],
)
def test_a_venue_opens_within_its_bounds_only(field: str, value: Any) -> None:
    opening = Scene().requests[0].command
    command = msgspec.structs.replace(opening, **{field: value})
    engine = Engine()
    outcome = engine.apply(Request(time_ms=1, actor="venue", signer="", command=command))
    assert outcome.refusal is not None
    assert (outcome.refusal.code, outcome.refusal.detail["field"]) == ("MALFORMED", field)
    assert not engine.state.venues
