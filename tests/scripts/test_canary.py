"""The canary: one string typed into every free-text field of every route is found nowhere that others can look.

The fields come from the venue's own interface description, so a new route or field that nobody types into here turns
the test red. What is typed enters the journal, in a sealed part; the deal that it belongs to goes to the chain.
"""

from __future__ import annotations

import io
import json
import re
import secrets
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import msgspec
import psycopg
import pytest
import redis

from api.calls.base import GivingClient
from api.calls.transport import VenueProblem
from api.client import APPLICANT, Client, OperatorClient
from exchange import commands as c
from exchange.evidence import document_commitment
from exchange.keys import LETTER_LABEL
from exchange.recoveries import PAPERS_LABEL
from ledger.bank import approve, instruction_of
from ledger.journal_export import export
from ledger.key_messages import recovery_message
from ledger.messages import KeyEnrolment, KeyRotation
from ledger.signatures import PrivateKey, message_digest, sign
from ledger.store.connections import psycopg_url
from scripts.stack.keys import OPERATORS, Keys
from tests.api.running_venue import company_number
from tests.exchange.scene import achievement_facts
from tests.papers import verified
from tests.scripts.test_up import Up, up, wait_for
from tests.undertakings import offered

pytestmark = pytest.mark.faults
"""It runs a whole venue for minutes."""

CANARY = "KANARI" + secrets.token_hex(5).upper()
"""Sixteen characters that fit the narrowest free field."""
NOT_TEXT = re.compile(r".*(signature\.signer|\b(new_)?key|terms\.price)")
"""Strings that are no text: addresses and amounts, refused at the door unless they are one."""
RIGHT = "US-16999901"
DAY_MS = 24 * 3600 * 1000
Field = tuple[str, str]
"""Path template and dotted name."""


def free_fields(spec: dict[str, Any]) -> set[Field]:
    """Every field of a body that takes any text: no pattern, no choice, or anything that can be printed."""

    def walk(schema: dict[str, Any], name: str) -> Iterator[str]:
        while "$ref" in schema:
            schema = spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        for part in (*schema.get("anyOf", ()), *schema.get("allOf", ()), *schema.get("oneOf", ())):
            yield from walk(part, name)
        for key, part in schema.get("properties", {}).items():
            yield from walk(part, f"{name}.{key}" if name else key)
        if isinstance(schema.get("items"), dict):
            yield from walk(schema["items"], name)
        bound = {"anyOf", "allOf", "oneOf", "properties", "enum", "const", "format", "items"} & set(schema)
        takes_all = "pattern" not in schema or "!-~" in schema["pattern"]
        if not bound and takes_all and schema.get("type", "string") == "string":
            yield name

    return {
        (path, name)
        for path, methods in spec["paths"].items()
        for operation in methods.values()
        for content in operation.get("requestBody", {}).get("content", {}).values()
        for name in walk(content.get("schema", {}), "")
        if name and not NOT_TEXT.fullmatch(name)
    }


@dataclass
class Typed:
    """A running venue, who speaks there, and which fields have carried the canary into an entry."""

    venue: Up
    keys: Keys
    spec: dict[str, Any]
    entered: set[Field] = field(default_factory=set)
    opened: ExitStack = field(default_factory=ExitStack)
    """Closes every client."""

    def template(self, path: str) -> str:
        for found in sorted(self.spec["paths"], key=lambda each: each.count("{")):
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", found), path):
                return str(found)
        raise AssertionError(path)

    def give(  # the words of a client
        self,
        who: GivingClient,
        path: str,
        command: Any,
        terms: Any = None,
        parts: tuple[str, ...] = (),
        in_path: tuple[str, ...] = (),
        complete: Callable[[Any, bytes], Any] | None = None,
    ) -> dict[str, str]:
        """Give a command whose parts are the canary; accepted or refused under a rule, it is an entry."""
        answer: dict[str, str] = {}
        try:
            given, whole = who.giver.give(
                APPLICANT if isinstance(command, c.ApplyParty) else who.actor,
                path,
                command,
                terms=terms,
                parts={part: {"title": CANARY} if part == "bibliography" else CANARY for part in parts},
                in_path=in_path,
                complete=complete,
                idempotency_key=f"{CANARY}-{secrets.token_hex(8)}",
            )
            answer = {**given.result, "api_key": str(whole.get("api_key") or "")}
        except VenueProblem as problem:
            if problem.entry is None:
                raise
        names = [f"erasable.{part}.value" for part in parts]
        if terms is not None:
            names += [
                f"terms.{name}" for name in terms.__struct_fields__ if CANARY in str(getattr(terms, name))
            ]
        self.entered |= {(self.template(path), name) for name in names}
        return answer

    def company(self, role: c.Role, jurisdiction: c.Jurisdiction, number: str) -> Client:
        """A party of its own, approved."""
        client = self.opened.enter_context(Client(self.venue.place["exchange"], key=PrivateKey.generate()))
        answer = self.give(
            client,
            "/v1/parties",
            c.ApplyParty(roles=(role,), jurisdiction=jurisdiction, key=client.giver.key.address),
            c.PartyTerms(company_number=number),
            ("profile", "authorisation_letter"),
        )
        client.transport.use_api_key(answer["api_key"])
        self.enrol(client, number)
        command = c.VerifyParty(party_id=answer["party_id"])
        terms = verified(client.time_ms())
        self.operate("/v1/parties/{}/verification", command, ("party_id",), "persons", terms=terms)
        self.operate("/v1/parties/{}/approval", c.ApproveParty(party_id=answer["party_id"]), ("party_id",))
        return client

    def enrol(self, client: Client, number: str) -> None:
        """Bind a company's key for the chain, under a letter that is the canary."""
        key, deadline_s = client.giver.key, client.time_ms() // 1000 + 90 * 86_400

        def signed(command: Any, party: bytes) -> Any:
            letter = bytes.fromhex(command.erasable[LETTER_LABEL])
            message = KeyEnrolment(party=party, key=key.address, authorisation=letter, deadline_s=deadline_s)
            possession = sign(message_digest(client.giver.trust.deals, message), key)
            return msgspec.structs.replace(command, possession=possession)

        command = c.EnrolKey(key=key.address, deadline_s=deadline_s, possession="")
        path, terms = f"/v1/parties/{client.party_id}/keys", c.KeyTerms(company_number=number)
        self.give(client, path, command, terms, (LETTER_LABEL,), complete=signed)

    def operator(self, which: int = 0) -> OperatorClient:
        name = OPERATORS[which]
        return OperatorClient(
            self.venue.place["exchange"], self.keys.token(name), self.keys.private_key(name)
        )

    def operate(
        self,
        path: str,
        command: Any,
        in_path: tuple[str, ...] = (),
        *more: str,
        terms: Any = None,
        complete: Callable[[Any, bytes], Any] | None = None,
    ) -> None:
        """An operator's command, its reason the canary."""
        places = [getattr(command, name) for name in in_path]
        with self.operator() as operator:
            self.give(operator, path.format(*places), command, terms, ("reason", *more), in_path, complete)


@pytest.fixture(scope="module")
def typed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Typed]:
    """Every field typed into, once, with a licence that goes all the way to the chain."""
    with up(tmp_path_factory.mktemp("canary") / "data") as running:
        wait_for(running.is_ready)
        url = running.place["exchange"]
        spec = httpx.get(f"{url}/openapi.json", timeout=60).json()
        made = Typed(running, Keys(running.data / "keys"), spec)
        with made.opened:
            seller = made.company("seller", "CN", company_number())
            buyer = made.company("buyer", "US", CANARY)
            deal_id = licence(made, seller, buyer)
            other_keys(made)
            objections_and_documents(made, buyer)
            at_the_evidence_desk(made, seller)
            everything_else(made, seller, buyer, deal_id)
            yield made


def licence(made: Typed, seller: Client, buyer: Client) -> str:
    """A right is listed, its price accepted and signed for, the chain witnesses it, and the buyer pays."""
    number = seller.own_party().company_number
    entry = {
        "right_id": RIGHT, "office": "US", "right_type": "invention", "title": "A device", "status": "granted",
        "holders": [{"company_number": number, "share": 10_000}], "filing_date": "2019-03-01",
        "grant_date": "2020-03-01", "expiry_date": "2039-03-01",
    }  # fmt: skip
    control(made, "office", "/simulation/register", {"entries": [entry]})
    command = c.ImportRight(right_id=RIGHT, office="US", right_type="invention", filing_date="2019-03-01")
    made.give(seller, "/v1/rights", command, None, ("bibliography",))
    made.operate(
        "/v1/rights/{}/export-class", c.ClassifyExport(right_id=RIGHT, export_class="free"), ("right_id",)
    )
    wait_for(lambda: seller.right(RIGHT).status == "granted")
    offer = c.SubmitListing(
        right_id=RIGHT,
        mode="posted",
        deal_kind="ordinary_licence",
        currency="CNY",
        closes_ms=seller.time_ms() + 20 * DAY_MS,
    )
    parts = ("description", "undertaking")
    terms = offered(price=1_000_00, territory=("US",), field_of_use=CANARY)
    listing_id = made.give(seller, "/v1/listings", offer, terms, parts)["listing_id"]
    made.give(seller, "/v1/listings", offer, offered(price=1, territory=(CANARY,)), parts)
    for asked in (terms, offered(price=1, territory=(CANARY,))):
        seller.check_draft(offer, asked)  # makes no entry, and is kept nowhere
    made.entered |= {("/v1/listings/check", f"terms.{name}") for name in ("field_of_use", "territory")}
    made.operate("/v1/listings/{}/approval", c.ApproveListing(listing_id=listing_id), ("listing_id",))
    buyer.simulated_credit(buyer.party_id, "CNY", 5_000_00, idempotency_key=CANARY)
    wait_for(lambda: any(True for _ in buyer.statement_lines()))
    terms_of_bid = c.BidTerms(price=1_000_00, client_order_id=CANARY)
    path = f"/v1/listings/{listing_id}/acceptances"
    accepted = made.give(buyer, path, c.AcceptPrice(listing_id=listing_id), terms_of_bid, (), ("listing_id",))
    deal_id = accepted["deal_id"]
    seller.sign_deal(deal_id)
    buyer.sign_deal(deal_id)
    wait_for(lambda: buyer.deal(deal_id).state == "WITNESSED")
    buyer.fund_deal(deal_id, next(line.id for line in buyer.statement_lines()))
    wait_for(
        lambda: all(record.state in {"FINAL", "VERIFIED"} for record in buyer.deal(deal_id).chain_records)
    )
    return deal_id


def everything_else(made: Typed, seller: Client, buyer: Client, deal_id: str) -> None:
    """Every other route that takes a text; most are refused here, which is an entry all the same."""
    party, other, listing = seller.party_id, buyer.party_id, "L-1"
    bid, raised = (c.BidTerms(price=1_000_00, client_order_id=f"{CANARY}-{number}") for number in (1, 2))
    made.give(buyer, f"/v1/listings/{listing}/bids", c.PlaceBid(listing_id=listing), bid, (), ("listing_id",))
    made.give(buyer, "/v1/bids/B-1/amendment", c.AmendBid(bid_id="B-1"), raised, (), ("bid_id",))
    order, amended = (
        c.OrderTerms(quantity=1, limit=1_00, client_order_id=f"{CANARY}-{number}") for number in (3, 4)
    )
    placed = c.PlaceOrder(listing_id=listing, side="buy")
    made.give(buyer, f"/v1/listings/{listing}/orders", placed, order, (), ("listing_id",))
    made.give(buyer, "/v1/orders/O-1/amendment", c.AmendOrder(order_id="O-1"), amended, (), ("order_id",))
    authorised = c.RecordTradingAuthorisation(ground="authorisation")
    made.operate("/v1/operator/trading-authorisation", authorised, (), "document")
    made.operate("/v1/operator/trading-authorisation/withdrawal", c.WithdrawTradingAuthorisation())
    agent = c.AppointAgent(key=PrivateKey.generate().address, scope=("bid",), until_ms=2**42)
    made.give(buyer, f"/v1/parties/{other}/agents", agent, None, ("authorisation_letter",))
    filing = c.FileDeal(deal_id=deal_id, filing_id="F-1", package={"contract": "ab" * 32})
    made.operate("/v1/deals/{}/filing", filing, ("deal_id",), "package")
    made.operate("/v1/deals/{}/unwinding", c.UnwindDeal(deal_id=deal_id, ground="mutual"), ("deal_id",))
    made.operate("/v1/listings/{}/rejection", c.RejectListing(listing_id=listing), ("listing_id",))
    qualified = c.QualifyBidder(listing_id=listing, party_id=other)
    path = "/v1/listings/{}/bidders/{}/qualification"
    made.operate(path, qualified, ("listing_id", "party_id"))
    affiliated = c.RecordAffiliation(party_id=party, affiliate_id=other)
    made.operate("/v1/parties/{}/affiliations", affiliated, ("party_id",))
    with made.operator() as operator:
        payment = next(iter(operator.payments()))
        instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
        approval = approve(instruction, operator.giver.trust.bank, operator.giver.key).signature
    approved = c.ApprovePayment(payment_id=payment.id)
    made.operate(
        "/v1/payments/{}/approval", approved, ("payment_id",), terms=c.ApprovalTerms(bank_approval=approval)
    )
    owed(made, seller, buyer, deal_id)
    burdened(made, seller, buyer, deal_id)
    priced(made)
    made.operate("/v1/operator/releases", c.ResumeReleases(currency="CNY"))
    assigned = c.AssignSuspense(line_id="LINE-1", party_id=party)
    made.operate("/v1/operator/suspense/{}/assignment", assigned, ("line_id",))
    made.operate("/v1/operator/suspense/{}/return", c.ReturnSuspense(line_id="LINE-1"), ("line_id",))
    fees = c.WithdrawalTerms(currency="CNY", amount=1)
    made.operate("/v1/operator/fees", c.WithdrawFees(), terms=fees)
    described = achievement_facts("CN-achievement-2026RESULT")["achievement"]
    result = c.ImportRight(
        right_id="CN-achievement-2026RESULT",
        office="CN",
        right_type="achievement",
        filing_date="2025-06-30",
        achievement=described,
    )
    parts = ("bibliography", "completing_persons", "description", "inventors")
    made.give(seller, "/v1/rights", result, None, parts)
    found(made, seller, listing)
    wanted(made, seller, buyer, deal_id)
    made.operate("/v1/operator/clock", c.JumpClock(to_ms=seller.time_ms() + 60_000))
    made.operate("/v1/operator/calendar", c.SetCalendar(closed_days=("2027-01-01",)))
    erased = c.EraseSealedPart(entry=2, label="profile", ground="data-subject-request")
    made.operate("/v1/operator/erasures", erased)
    made.operate("/v1/parties/{}/suspension", c.SuspendParty(party_id=party), ("party_id",))
    looked_into(made, party)


def priced(made: Typed) -> None:
    """What the venue asks for its service, by what its rules compare amounts, and one signature for a halt."""
    schedule = c.SetFeeSchedule(currency="CNY", bands=(c.FeeBand(above=0, basis_points=100),))
    made.operate("/v1/operator/fee-schedules", schedule)
    rate = c.RecordExchangeRate(
        base="HKD", quote="CNY", numerator=91, denominator=100, as_of="2026-01-31", source="hkma"
    )
    made.operate("/v1/operator/exchange-rates", rate)
    made.operate("/v1/operator/trading-halt", c.HaltTrading(ground="technical_fault"))
    made.operate("/v1/operator/trading-halt/resumption", c.ResumeTrading())


def found(made: Typed, seller: Client, listing: str) -> None:
    """What the venue finds about rights, and the papers of co-owners."""
    know_how = "CN-know-how-2026KH0001"
    imported = c.ImportRight(right_id=know_how, office="CN", right_type="know_how", filing_date=None)
    made.give(seller, "/v1/rights", imported, None, ("bibliography",))
    number = seller.own_party().company_number
    holders = c.HoldingTerms(holders=(c.Holder(company_number=number),))
    holding = c.RecordHolding(right_id=know_how)
    made.operate("/v1/rights/{}/holding", holding, ("right_id",), "undertaking", terms=holders)
    sheet = c.ScoreSheet(expert="ab" * 32, points={"B-1": {"track_record": 1}})
    scores = c.RecordScores(listing_id=listing)
    made.operate("/v1/listings/{}/scores", scores, ("listing_id",), terms=c.ScoreTerms(sheets=(sheet,)))
    made.operate("/v1/families", c.TieFamily(family_id="F1", right_ids=(know_how, RIGHT)))
    consent = c.LodgeCoOwnerConsent(listing_id=listing)
    terms = c.CoOwnerConsentTerms(company_number=number)
    path = "/v1/listings/{}/co-owner-consents/papers"
    made.operate(path, consent, ("listing_id",), "consent", terms=terms)


def owed(made: Typed, seller: Client, buyer: Client, deal_id: str) -> None:
    """What falls due of a deal, and who is rewarded for what it brings."""
    reported = c.RoyaltyReportTerms(base=1)
    for path, command, terms in (
        ("report", c.ReportRoyalty(obligation_id="OB-1"), reported),
        ("inspection", c.CallInspection(obligation_id="OB-1"), None),
        ("inspection/outcome", c.StateInspection(obligation_id="OB-1"), c.InspectionTerms(base=1)),
    ):
        made.give(buyer, f"/v1/obligations/OB-1/{path}", command, terms, ("statement",), ("obligation_id",))
    demanded = c.DemandInstalments(deal_id=deal_id, document_digest="ab" * 32)
    made.give(seller, f"/v1/deals/{deal_id}/demand", demanded, None, (), ("deal_id",))
    remedy = c.ChooseRemedy(deal_id=deal_id, remedy="rescind")
    made.give(seller, f"/v1/deals/{deal_id}/remedy", remedy, c.RemedyTerms(refund=1), (), ("deal_id",))
    reward = c.RecordReward(deal_id=deal_id)
    path = f"/v1/deals/{deal_id}/reward"
    made.give(seller, path, reward, c.RewardTerms(costs=0, shares=(1,)), ("contributors",), ("deal_id",))


def burdened(made: Typed, seller: Client, buyer: Client, deal_id: str) -> None:
    """A dispute over the deal and its outcome; freezes and pledges, most refused."""
    paper = "ab" * 32
    facts: dict[str, Any] = {"ground": "scope", "body": "scia", "document_digest": paper}
    raised, path = c.RaiseDispute(deal_id=deal_id, **facts), f"/v1/deals/{deal_id}/disputes"
    made.give(buyer, path, raised, None, ("reference",), ("deal_id",))
    made.operate("/v1/deals/{}/disputes", raised, ("deal_id",), "reference")
    outcome = c.RecordDisputeOutcome(dispute_id="DIS-1", outcome="resume", document_digest=paper)
    made.operate("/v1/disputes/{}/outcome", outcome, ("dispute_id",))
    reverse = c.OrderReverseDeal(dispute_id="DIS-1", document_digest=paper)
    price = c.ReverseDealTerms(price=1)
    made.operate("/v1/disputes/{}/reverse-deal", reverse, ("dispute_id",), terms=price)
    now = seller.time_ms()
    frozen = c.RecordFreeze(right_id=RIGHT, ground="dispute", document_digest=paper, since_ms=now)
    made.operate("/v1/rights/{}/freezes", frozen, ("right_id",), "reference")
    extended = c.ExtendFreeze(freeze_id="FRZ-1", until_ms=now + 900 * DAY_MS, document_digest=paper)
    made.operate("/v1/freezes/{}/extension", extended, ("freeze_id",), "reference")
    lifted = c.LiftFreeze(freeze_id="FRZ-1", document_digest=paper)
    made.operate("/v1/freezes/{}/lifting", lifted, ("freeze_id",), "reference")
    terms = c.PledgeTerms(
        amount=1, currency="CNY", kind="secured", ends_ms=now + DAY_MS, twin="none", invalidation="none"
    )
    drawn = c.DrawUpPledge(rights=(RIGHT,), pledgee=buyer.party_id)
    made.give(seller, "/v1/pledges", drawn, terms, ("contract",))
    consent = c.LodgePledgeConsent(pledge_id="PLG-1", contract_digest=paper)
    whose = c.PledgeConsentTerms(company_number=seller.own_party().company_number)
    made.operate("/v1/pledges/{}/consents/papers", consent, ("pledge_id",), "consent", terms=whose)
    change = c.PledgeChangeTerms(amount=1, ends_ms=now + DAY_MS)
    changed = c.ChangePledge(pledge_id="PLG-1")
    made.give(buyer, "/v1/pledges/PLG-1/change", changed, change, ("contract",), ("pledge_id",))
    filed = c.FilePledge(pledge_id="PLG-1", filing_id="PF-1", package_digest=paper)
    made.operate("/v1/pledges/{}/filing", filed, ("pledge_id",))
    handed_in = c.HandInPledge(pledge_id="PLG-1", filing_id="PF-2", document_digest=paper)
    made.operate("/v1/pledges/{}/hand-in", handed_in, ("pledge_id",))
    refused = c.RecordPledgeRefusal(pledge_id="PLG-1", reason_code="X", document_digest=paper)
    made.operate("/v1/pledges/{}/refusal", refused, ("pledge_id",))
    entitled = c.ReleaseDeposit(deposit_id="DEP-1", ground="joined", document_digest=paper)
    made.operate("/v1/deposits/{}/release", entitled, ("deposit_id",), terms=c.DepositTerms(amount=1))
    enforced = c.EnforcePledge(pledge_id="PLG-1", ground="agreement", document_digest=paper)
    made.operate("/v1/pledges/{}/enforcement", enforced, ("pledge_id",), "reference")


def refused_first(made: Typed, seller: Client, deal_id: str) -> None:
    """Who completed a right, and a notice of first refusal."""
    completers = c.RecordCompleters(right_id=RIGHT)
    terms = c.CompletersTerms(service_invention=True)
    made.operate("/v1/rights/{}/completers", completers, ("right_id",), "evidence", terms=terms)
    notice = c.GiveRefusalNotice(deal_id=deal_id, notice_digest="ab" * 32, terms_commitment="ab" * 32)
    path = f"/v1/deals/{deal_id}/first-refusal/notice"
    made.give(seller, path, notice, None, ("notice",), ("deal_id",))


def wanted(made: Typed, seller: Client, buyer: Client, deal_id: str) -> None:
    """A technology need, and what matches it; and who would have a deal first."""
    refused_first(made, seller, deal_id)
    facts: dict[str, Any] = {
        "classes": ("H01M",),
        "territories": ("CN",),
        "kinds": ("assignment",),
        "currency": "CNY",
        "until_ms": buyer.time_ms() + 20 * DAY_MS,
    }
    budget = c.NeedTerms(budget=1_000_00)
    made.give(buyer, "/v1/needs", c.PostNeed(**facts), budget, ("title", "description"))
    made.give(
        buyer, "/v1/needs/TN-1/amendment", c.AmendNeed(need_id="TN-1", **facts), budget, (), ("need_id",)
    )
    list(buyer.matches("TN-1"))
    list(seller.matching_needs("L-1"))


def objections_and_documents(made: Typed, buyer: Client) -> None:
    """What is said against a listing and found of it, and what goes on record; refused, it is an entry all the same."""
    listing = "L-1"
    objected = c.ObjectToListing(listing_id=listing, ground="other")
    made.give(buyer, f"/v1/listings/{listing}/objections", objected, None, ("statement",), ("listing_id",))
    decided = c.DecideObjection(objection_id="OBJ-1", decision="dismissed")
    made.operate("/v1/objections/{}/decision", decided, ("objection_id",))
    sheet = c.ScoreSheet(expert="ab" * 32, points={"B-1": {"track_record": 1}})
    scored = c.ScoreTerms(sheets=(sheet,))
    made.operate("/v1/listings/{}/scores", c.RecordScores(listing_id=listing), ("listing_id",), terms=scored)
    designated = c.DocumentTerms(document="venue_designation", subject_id="venue")
    made.operate(
        "/v1/operator/documents", c.RecordDocument(digest="ab" * 32), (), "reference", terms=designated
    )


def looked_into(made: Typed, party: str) -> None:
    """A company that does not leave yet, an affiliation that has ended, and a suspicion."""
    made.operate("/v1/parties/{}/closure", c.CloseParty(party_id=party), ("party_id",))
    apart = c.EndAffiliation(party_id=party, affiliate_id="P-1")
    made.operate("/v1/parties/{}/affiliations/end", apart, ("party_id",))
    suspected = c.SurveillanceCaseTerms(subjects=(party,))
    made.operate("/v1/operator/surveillance-cases", c.OpenSurveillanceCase(), (), terms=suspected)
    closed = c.CloseSurveillanceCase(case_id="CASE-1", outcome="nothing_found")
    made.operate("/v1/operator/surveillance-cases/{}/closure", closed, ("case_id",))


def at_the_evidence_desk(made: Typed, seller: Client) -> None:
    """A digest that is the canary's own hex is lodged, looked up by anybody in two ways, and held."""
    sha256, salt = CANARY.encode().hex() + "00" * 16, secrets.token_hex(32)
    terms = c.EvidenceTerms(sha256=sha256, document_salt=salt, kind="other")
    lodged = c.LodgeEvidence(document=document_commitment(sha256, None, salt))
    made.give(seller, "/v1/evidence", lodged, terms, ("description",))
    assert len(list(seller.find_evidence(sha256))) == 1
    page = httpx.get(f"{made.venue.place['exchange']}/evidence?sha256={sha256}", timeout=60)
    assert "EV-1" in page.text
    paper, held = "ab" * 32, c.LegalHoldTerms(entries=(1,), ground="dispute")
    path = "/v1/operator/legal-holds"
    made.operate(path, c.PlaceLegalHold(document_digest=paper), (), "reference", terms=held)
    lifted = c.LiftLegalHold(hold_id="LH-1", document_digest=paper)
    made.operate(f"{path}/{{}}/lifting", lifted, ("hold_id",), "reference")


def other_keys(made: Typed) -> None:
    """A company loses its key; it turns up and gives its place to a third one."""
    client = made.company("buyer", "CN", company_number())
    deals, old = client.giver.trust.deals, client.giver.key
    party = bytes.fromhex(client.enrolled_key(old.address).commitment)
    found, third = PrivateKey.generate(), PrivateKey.generate()
    deadline_s = client.time_ms() // 1000 + 90 * 86_400

    def proposed(command: Any, _: bytes) -> Any:
        possession = sign(message_digest(deals, recovery_message(command)), found)
        return msgspec.structs.replace(command, possession=possession)

    proposal = c.ProposeRecovery(
        party_id=client.party_id,
        party_commitment=party.hex(),
        new_key=found.address,
        deadline_s=deadline_s,
        possession="",
    )
    path = "/v1/parties/{}/recoveries"
    made.operate(path, proposal, ("party_id",), PAPERS_LABEL, complete=proposed)

    def rotated(command: Any, _: bytes) -> Any:
        message = KeyRotation(
            party=party,
            old_key=old.address,
            new_key=third.address,
            authorisation=bytes.fromhex(command.erasable[LETTER_LABEL]),
            deadline_s=deadline_s,
        )
        old_signature, new_signature = (sign(message_digest(deals, message), key) for key in (old, third))
        return msgspec.structs.replace(command, old_signature=old_signature, new_signature=new_signature)

    rotation = c.RotateKey(
        party_commitment=party.hex(),
        new_key=third.address,
        deadline_s=deadline_s,
        old_signature="",
        new_signature="",
    )
    path = f"/v1/parties/{client.party_id}/keys/rotation"
    made.give(client, path, rotation, None, (LETTER_LABEL,), complete=rotated)


def control(made: Typed, who: str, path: str, body: Any) -> None:
    """What only the simulation can do."""
    headers = {"Authorization": f"Bearer {made.keys.token(who)}"}
    url = made.venue.place[f"{who} (simulated)"]
    httpx.post(f"{url}{path}", json=body, headers=headers).raise_for_status()


def test_the_canary_was_typed_into_every_free_field_of_every_route(typed: Typed) -> None:
    assert free_fields(typed.spec) == typed.entered


def hits(content: bytes | str) -> int:
    """The canary in a text, in bytes, or in the hex of either."""
    text = (content.decode("utf-8", "replace") if isinstance(content, bytes) else content).upper()
    return text.count(CANARY) + text.count(CANARY.encode().hex().upper())


def test_it_was_sealed_where_only_auditors_look(typed: Typed) -> None:
    stream = io.BytesIO()
    export(typed.venue.place["database"], stream, "auditor")
    assert hits(stream.getvalue()) > len(typed.entered)


def test_a_public_export_and_the_public_parts_do_not_have_it(typed: Typed) -> None:
    stream = io.BytesIO()
    export(typed.venue.place["database"], stream, "public")
    assert hits(stream.getvalue()) == 0
    with psycopg.connect(psycopg_url(typed.venue.place["database"])) as connection:
        rows = connection.execute("SELECT public FROM journal").fetchall()
    assert sum(hits(bytes(row[0])) for row in rows) == 0


def test_the_chain_does_not_have_it(typed: Typed) -> None:
    with httpx.Client(base_url=typed.venue.place["chain"], timeout=30) as node:

        def ask(method: str, *parameters: Any) -> Any:
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
            return node.post("", json=body).json()["result"]

        last = int(ask("eth_blockNumber"), 16)
        blocks = [ask("eth_getBlockByNumber", hex(number), True) for number in range(last + 1)]
        logs = ask("eth_getLogs", {"fromBlock": "0x0", "toBlock": hex(last)})
    assert any(block["transactions"] for block in blocks)
    assert len(logs) >= 3, "a right, a deal and a licence"
    assert hits(json.dumps([blocks, logs])) == 0


def test_redis_does_not_have_it(typed: Typed) -> None:
    found = 0
    with redis.Redis.from_url(typed.venue.place["redis"]) as store:
        keys = list(store.scan_iter())
        for key in keys:
            kind = store.type(key)
            if kind == b"none":
                continue  # it has run out meanwhile
            value = {
                b"string": store.get,
                b"hash": store.hgetall,
                b"set": store.smembers,
                b"list": lambda name: store.lrange(name, 0, -1),
                b"zset": lambda name: store.zrange(name, 0, -1),
                b"stream": store.xrange,
            }[kind](key)
            found += hits(repr((key, value)))
    assert found == 0


def test_no_log_has_it(typed: Typed) -> None:
    logs = [typed.venue.messages, *Path(typed.venue.place["data"]).rglob("*.log")]
    names = {path.stem for path in logs}
    assert {"api", "sequencer", "worker"} <= names, names
    assert [path.name for path in logs if hits(path.read_bytes())] == []


def test_no_figure_has_it(typed: Typed) -> None:
    ports = json.loads((Path(typed.venue.place["data"]) / "ports.json").read_text())
    for process in ("api", "sequencer", "worker"):
        shown = httpx.get(f"http://127.0.0.1:{ports[f'metrics-{process}']}/metrics", trust_env=False).text
        assert "ipx_alarms" in shown
        assert hits(shown) == 0


def test_no_problem_repeats_it_to_anybody(typed: Typed) -> None:
    """Everything that can be asked for, asked by a stranger who is a party, and each free field at the door."""
    stranger = typed.company("buyer", "CN", company_number())
    _, api_key = stranger.issue_api_key(stranger.party_id)
    headers = {"Authorization": f"Bearer {api_key}", "X-Request-Id": CANARY}
    ids = {
        "party_id": "P-1", "right_id": RIGHT, "listing_id": "L-1", "bid_id": "B-1", "deal_id": "D-1",
        "proposal_id": "N-1", "objection_id": "OBJ-1", "order_id": "O-1", "need_id": "TN-1", "obligation_id": "OB-1",
        "dispute_id": "DIS-1", "freeze_id": "FRZ-1", "pledge_id": "PLG-1", "deposit_id": "DEP-1",
        "payment_id": "PAY-1", "owner": "P-1", "purpose": "available", "currency": "CNY", "number": "3",
        "code": "NO-SUCH-RULE", "line_id": "LINE-1", "address": "0x" + "12" * 20, "new_key": "0x" + "12" * 20,
        "path": "0/000", "evidence_id": "EV-1", "hold_id": "LH-1", "case_id": "CASE-1",
    }  # fmt: skip
    problems = 0
    with httpx.Client(base_url=typed.venue.place["exchange"], headers=headers, timeout=30) as http:
        for path, methods in typed.spec["paths"].items():
            if "get" in methods:
                answers = [
                    http.get(path.format(**ids)),
                    http.get(path.format(**ids), params={"cursor": CANARY}),
                ]
            else:
                names = [name for found, name in free_fields(typed.spec) if found == path] or ["unknown"]
                answers = [
                    http.post(path.format(**ids), json=nested(name), headers={"Idempotency-Key": CANARY})
                    for name in names
                ]
            for answer in answers:
                if answer.status_code >= 400:
                    problems += 1
                    assert hits(answer.text) == 0, (path, answer.text)
    assert problems > 20
    test_no_log_has_it(typed)


def nested(name: str) -> Any:
    """A body with the canary at a dotted name."""
    body: Any = CANARY
    for part in reversed(name.split(".")):
        body = {part: body}
    return body
