"""Drives a real engine through a trading day: parties, rights, listings and deals in a few words each."""

from __future__ import annotations

import hashlib
from typing import Any

import msgspec
from msgspec import UNSET
from stdnum.cn import uscc

from exchange import commands as c
from exchange import offers
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR
from exchange.deals import acceptances
from exchange.deals.agreement import agreement_digest, deal_digest
from exchange.deals.filing import filing_digest
from exchange.engine import VERSIONS, Engine
from exchange.keys import SINCE_ENGINE, counters
from exchange.listings.bid_commitment import SealedBid, commitment_of
from exchange.rights.catalogue import INVENTORS_SINCE_ENGINE
from exchange.rights.numbers import check_digit
from exchange.rights.other_rights import has_register
from exchange.rules.onboarding import SINCE_ENGINE as PAPERS_SINCE_ENGINE
from exchange.rules.open_licences import ALL_SINCE_ENGINE
from exchange.rules.rule import RULES, Refusal
from exchange.rules.steps import step_of
from exchange.rules.transformation import rewards_missing
from exchange.terms import filing_package
from exchange.terms.consideration import due_at_effect
from exchange.turn import Outcome
from tests.exchange.outcomes import code
from tests.papers import papers
from tests.undertakings import offered_on

START_MS = 1_800_000_000_000
OPERATORS = ("0x" + "a1" * 20, "0x" + "a2" * 20)
SERVICE = "0x" + "b1" * 20


def digest(text: str) -> str:
    """A SHA-256 digest (hex) to stand for some paper's."""
    return hashlib.sha256(text.encode()).hexdigest()


def company_number(serial: int) -> str:
    """A Mainland company number with a right check character."""
    body = f"91440300{serial:09d}"
    return body + uscc.calc_check_digit(body)


def cn_right_id(serial: int, right_type: str = "invention", year: int = 2019) -> str:
    """The id of a Mainland patent with a right check digit; a result's id for an achievement."""
    if right_type == "achievement":
        return f"CN-achievement-{year}{serial:07d}"
    digits = f"{year}{ {'utility_model': 2, 'design': 3}.get(right_type, 1) }{serial:07d}"
    return f"CN-{digits}.{check_digit(digits)}"


LETTER = {"authorisation_letter": digest("a letter that binds the key")}


def achievement_facts(right_id: str) -> dict[str, Any]:
    """What an `ImportRight` of a result says beside its id."""
    return {
        "achievement": c.Achievement(
            completing_entity="12345678901234567X",
            field="C02;B01",
            readiness_level=6,
            registration_number=right_id.rpartition("-")[2],
        ),
        "erasable": {
            "completing_persons": digest("persons"),
            "description": digest("description"),
            **titled(right_id),
        },
    }


def titled(right_id: str) -> dict[str, str]:
    """The sealed title of a right, as an import names it: its commitment alone."""
    return {"bibliography": digest(f"title of {right_id}")}


LEAST_DEPOSIT = 1
"""Minor units: what a listing with a registration holds where a test says nothing of it."""


class Scene:
    """An engine with an open venue, and the shortest way to say what happens in it."""

    def __init__(self, **venue: Any) -> None:
        self.engine = Engine()
        self.opens_with: int = venue.pop("engine", VERSIONS[1])
        self.now = START_MS
        self.requests: list[c.Request] = []
        self.outcomes: list[Outcome] = []
        self.keys: dict[str, str] = {}
        self.numbers: dict[str, str] = {}
        self.lines = 0
        self.custody: dict[str, int] = {}
        settings: dict[str, Any] = {
            "profile": "mainland",
            "chain_id": 31_337,
            "register": "0x" + "c1" * 20,
            "anchor": "0x" + "c2" * 20,
            "operators": OPERATORS,
            "service": SERVICE,
            "bank": "0x" + "d1" * 20,
            "office": "0x" + "d2" * 20,
            "receipt_key": "00" * 32,
            "fee_basis_points": 100,
            "simulated": True,
        }
        self.give(c.OpenVenue(**(settings | venue)))
        self.open_versions()

    def open_versions(self) -> None:
        """The versions that a venue opens with today."""
        schema, _, rulebook = VERSIONS
        self.give(c.ActivateVersion(schema=schema, engine=self.opens_with, rulebook=rulebook))

    def upgrade(self) -> None:
        """The engine of today is in force from now on."""
        schema, engine, rulebook = VERSIONS
        self.give(c.ActivateVersion(schema=schema, engine=engine, rulebook=rulebook))

    @property
    def state(self) -> Any:
        """The engine's state."""
        return self.engine.state

    def apply(self, request: c.Request) -> Outcome:
        """Apply one request, with the ticks that are due before it, and remember everything."""
        while (due := self.engine.due_at()) is not None and due <= request.time_ms:
            self._apply(c.Request(time_ms=request.time_ms, actor="venue", signer="", command=c.Tick()))
        return self._apply(msgspec.structs.replace(request, entry=len(self.requests)))

    def _apply(self, request: c.Request) -> Outcome:
        outcome = self.engine.apply(request)
        if outcome.refusal is not None:
            assert step_of(type(request.command)) in RULES[outcome.refusal.code].steps, outcome.refusal
        self.requests.append(request)
        self.outcomes.append(outcome)
        return outcome

    def give(
        self, command: Any, actor: str = "venue", signer: str = "", terms: Any = None, salt: str = ""
    ) -> Outcome:
        """Give a command now."""
        self.now += 1
        salt = salt or (digest(f"salt {self.now}") if terms is not None else "")
        return self.apply(
            c.Request(
                time_ms=self.now, actor=actor, signer=signer, command=command, terms=terms, terms_salt=salt
            )
        )

    def wait(self, milliseconds: int) -> None:
        """Let time pass; what falls due fires."""
        self.now += milliseconds
        while (due := self.engine.due_at()) is not None and due <= self.now:
            self._apply(c.Request(time_ms=self.now, actor="venue", signer="", command=c.Tick()))

    def operator(self, command: Any, who: int = 0, terms: Any = None) -> Outcome:
        """An operator's command."""
        return self.give(command, signer=OPERATORS[who], terms=terms)

    def approve_payment(self, payment_id: str, who: int = 0) -> Outcome:
        """An operator's approval of a payment."""
        terms = c.ApprovalTerms(bank_approval="0x" + "33" * 65)
        return self.operator(c.ApprovePayment(payment_id=payment_id), who, terms)

    def service(self, command: Any, terms: Any = None) -> Outcome:
        """The service's command."""
        return self.give(command, signer=SERVICE, terms=terms)

    def by(self, party: str, command: Any, terms: Any = None) -> Outcome:
        """A party's command, signed with its own key."""
        return self.give(command, actor=party, signer=self.keys[party], terms=terms)

    def party(
        self, *roles: str, jurisdiction: str = "CN", category: str = "company", approve: bool = True
    ) -> str:
        """A new party with the given roles (default: seller and buyer)."""
        serial = len(self.keys) + 1
        number = company_number(serial) if jurisdiction == "CN" else f"{10_000_000 + serial}"
        key = f"0x{serial:040x}"
        outcome = self.give(
            c.ApplyParty(
                roles=roles or ("seller", "buyer"),  # type: ignore[arg-type]
                jurisdiction=jurisdiction,  # type: ignore[arg-type]
                key=key,
                erasable=LETTER,
            ),
            actor="",
            signer=key,
            terms=c.PartyTerms(company_number=number, category=category),  # type: ignore[arg-type]
        )
        party_id = outcome.result["party_id"]
        self.keys[party_id], self.numbers[party_id] = key, number
        self.enrol(party_id)
        if approve:
            self.admit(party_id)
        return party_id

    def admit(self, party_id: str) -> Outcome:
        """The operator puts a company's papers on record, where the engine asks for them, and approves it."""
        if self.state.venue.engine >= PAPERS_SINCE_ENGINE:
            self.verify(party_id)
        return self.operator(c.ApproveParty(party_id=party_id))

    def verify(self, party_id: str, *kinds: str, **fields: Any) -> Outcome:
        """Papers of a company are on record: all, or those of the given kinds; fields replace each paper's own."""
        read = {paper.paper: msgspec.structs.replace(paper, **fields) for paper in papers(self.now)}
        shown = tuple(read[kind] for kind in kinds or read)  # type: ignore[index]
        command = c.VerifyParty(party_id=party_id, erasable={"persons": digest("persons")})
        return self.operator(command, terms=c.VerificationTerms(papers=shown))

    def order_signature(self, signed: Any, right_id: str, side: str, key: str) -> str:  # noqa: ARG002 - see its kin
        """A party's signature over its order, which the engine cannot check."""
        return "0x" + "44" * 65

    def commitment(self, address: str) -> str:
        """By which the chain knows the party of a key; of nobody where the key is unknown."""
        key = self.state.keys.get(address)
        return digest("nobody") if key is None else key.commitment

    def enrol(self, party_id: str, key: str = "") -> Outcome:
        """A party binds its own key, or another, for the chain."""
        self.now += 1
        command = c.EnrolKey(
            key=key or self.keys[party_id],
            deadline_s=self.now // 1000 + 90 * 86_400,
            possession="0x" + "11" * 65,
            erasable=LETTER,
        )
        return self.by(party_id, command, c.KeyTerms(company_number=self.numbers[party_id]))

    def right(self, *holders: str, right_id: str = "", **facts: Any) -> str:
        """A right on the register, granted, held by the given parties; keyword arguments replace register facts."""
        right_type = facts.pop("right_type", "invention")
        right_id = right_id or cn_right_id(len(self.state.rights), right_type)
        office = right_id.split("-")[0]
        described = (
            achievement_facts(right_id)
            if right_type == "achievement"
            else {"erasable": self.titled(right_id)}
        )
        if self.state.venue.engine >= INVENTORS_SINCE_ENGINE:
            described["service_invention"] = facts.pop("service_invention", False)
            described["inventors"] = facts.pop("inventors", UNSET)
        self.service(
            c.ImportRight(
                right_id=right_id,
                office=office,
                right_type=right_type,
                filing_date="2019-03-01",
                **described,
            )
        )
        self.copy(right_id, *holders, **facts)
        self.operator(c.ClassifyExport(right_id=right_id, export_class="free"))
        return right_id

    def other_right(self, right_id: str, right_type: str, *holders: str, **facts: Any) -> str:
        """A right that is no patent, on its register or found by the venue; keyword arguments replace register facts."""
        self.service(
            c.ImportRight(
                right_id=right_id,
                office=right_id[:2],
                right_type=right_type,  # type: ignore[arg-type]
                filing_date=facts.pop("filing_date", None),
                service_invention=facts.pop("service_invention", False),
                erasable=self.titled(right_id),
            )
        )
        if has_register(right_id[:2], right_type):  # type: ignore[arg-type]
            self.copy(right_id, *holders, **({"status": "registered"} | facts))
        else:
            self.find_holders(right_id, *holders)
        self.operator(c.ClassifyExport(right_id=right_id, export_class="free"))
        return right_id

    def titled(self, right_id: str) -> dict[str, str]:
        """The sealed title of a right, for the import that comes next."""
        return titled(right_id)

    def title_again(self, right_id: str) -> Outcome:
        """The file of a right whose title is not on record is uploaded once more."""
        row = self.state.rights[right_id]
        command = c.ImportRight(
            right_id=right_id,
            office=row.office,
            right_type=row.right_type,
            filing_date=row.filing_date,
            erasable=self.titled(right_id),
        )
        return self.service(command)

    def erase_title(self, right_id: str) -> Outcome:
        """The operator erases the sealed title of a right."""
        command = c.EraseSealedPart(
            entry=self.state.rights[right_id].bibliography.entry,
            label="bibliography",
            ground="data-subject-request",
        )
        return self.operator(command)

    def find_holders(self, right_id: str, *holders: str, **parts: str) -> Outcome:
        """The venue finds who holds a right that no register keeps."""
        share = 10_000 // max(len(holders), 1)
        found = tuple(c.Holder(company_number=self.numbers[holder], share=share) for holder in holders)
        command = c.RecordHolding(right_id=right_id, erasable=parts or {"undertaking": digest("undertaking")})
        return self.operator(command, terms=c.HoldingTerms(holders=found))

    def copy(self, right_id: str, *holders: str, **facts: Any) -> Outcome:
        """A register copy of a right."""
        share = 10_000 // max(len(holders), 1)
        standing: dict[str, Any] = {
            "status": "granted",
            "holders": tuple(
                c.Holder(company_number=self.numbers[holder], share=share) for holder in holders
            ),
            "expiry_date": "2039-03-01",
            "grant_date": "2021-06-01" if facts.get("status", "granted") == "granted" else None,
            "licences": (),
            "copy": "{}",
            "attestation": "",
        }
        return self.service(
            c.RecordRegisterCopy(right_id=right_id, as_of_ms=self.now, copy_digest=digest(right_id)),
            terms=c.RegisterFacts(**(standing | facts)),
        )

    def document(self, document: str, subject_id: str = "venue", **fields: Any) -> Outcome:
        """The operator puts a document on record."""
        terms = c.DocumentTerms(document=document, subject_id=subject_id, **fields)  # type: ignore[arg-type]
        command = c.RecordDocument(
            digest=digest(f"{document} {self.now}"), erasable={"reference": digest("number")}
        )
        return self.operator(command, terms=terms)

    def object_to(self, listing_id: str, party: str, ground: str = "title") -> Outcome:
        """A party objects to a listing in public notice."""
        erasable = {"statement": digest("a statement")}
        command = c.ObjectToListing(listing_id=listing_id, ground=ground, erasable=erasable)  # type: ignore[arg-type]
        return self.by(party, command)

    def decide(self, objection_id: str, decision: str) -> Outcome:
        """The operator decides on an objection."""
        command = c.DecideObjection(objection_id=objection_id, decision=decision)  # type: ignore[arg-type]
        return self.operator(command)

    def credit(self, party: str, amount: int, currency: str = "CNY", balance_after: int | None = None) -> str:
        """Money of a party's reaches the supervised account; gives the statement line's id."""
        self.lines += 1
        line_id = f"LINE-{self.lines}"
        self.custody[currency] = self.custody.get(currency, 0) + amount
        self.service(
            c.RecordStatementLine(line_id=line_id, value_time_ms=self.now),
            terms=c.StatementLineTerms(
                direction="credit",
                currency=currency,  # type: ignore[arg-type]
                amount=amount,
                balance_after=self.custody[currency] if balance_after is None else balance_after,
                reference=party,
                instruction_id=None,
                **self.line_facts(),
            ),
        )
        return line_id

    def line_facts(self) -> dict[str, Any]:
        """What else a statement line says."""
        return {"sequence": self.lines, "account": "SUPERVISED", "simulated": True, "attestation": ""}

    def pay(self, payment_id: str) -> Outcome:
        """Two operators approve a payment and the bank makes it."""
        payment = self.state.payments[payment_id]
        self.reward(payment.deal_id)
        self.approve_payment(payment_id, 0)
        self.approve_payment(payment_id, 1)
        return self.debit(payment_id, payment.amount, payment.currency)

    def reward(self, deal_id: str | None) -> None:
        """The reward that a law asks for before a deal's seller is paid goes on record, if it is missing."""
        deal = self.state.deals.get(deal_id or "")
        if deal is None or deal.state == "DISPUTED":
            return
        for owner in rewards_missing(self.state, deal):
            basis: Any = "shares" if isinstance(deal.terms.consideration, c.Equity) else "income"
            terms = c.RewardTerms(costs=0, shares=(4_000, 1_001), basis=basis)
            self.by(owner, c.RecordReward(deal_id=deal.id), terms)

    def debit(self, reference: str, amount: int, currency: str = "CNY") -> Outcome:
        """Money leaves the supervised account under a reference, a payment's or any other."""
        self.lines += 1
        line_id = f"LINE-{self.lines}"
        self.custody[currency] = self.custody.get(currency, 0) - amount
        return self.service(
            c.RecordStatementLine(line_id=line_id, value_time_ms=self.now),
            terms=c.StatementLineTerms(
                direction="debit",
                currency=currency,  # type: ignore[arg-type]
                amount=amount,
                balance_after=self.custody[currency],
                reference=reference,
                instruction_id=reference,
                **self.line_facts(),
            ),
        )

    def resume(self, currency: str = "CNY") -> list[str]:
        """Both operators ask for releases to go on; gives the codes of their refusals, empty where there was none."""
        command = c.ResumeReleases(currency=currency)  # type: ignore[arg-type]
        outcomes = [self.operator(command, who) for who in (0, 1)]
        return [code(each) for each in outcomes]

    def submit(self, seller: str, right_id: str, mode: str = "posted", **fields: Any) -> Outcome:
        """A listing is submitted. Field names of the command and of its terms may be mixed."""
        terms = {name: fields.pop(name) for name in list(fields) if name in c.ListingTerms.__struct_fields__}
        command: dict[str, Any] = {
            "right_id": right_id,
            "mode": mode,
            "deal_kind": "assignment",
            "currency": "CNY",
            "closes_ms": self.now + 30 * MS_PER_DAY,
        }
        if mode in {"competitive", "english", "sealed", "tender"}:
            command["registration_closes_ms"] = self.now + 10 * MS_PER_DAY
        if mode in {"competitive", "english"}:
            terms = {"deposit": LEAST_DEPOSIT} | terms
        return self.by(
            seller,
            c.SubmitListing(**(command | fields)),
            terms=offered_on(self.state.venue.engine, **({"price": 100_000_00} | terms)),
        )

    def listing(
        self, seller: str, right_id: str, mode: str = "posted", *, approve: bool = True, **fields: Any
    ) -> str:
        """A listing, opened unless `approve` is False; of an open licence with its announcement on record.

        Field names of the command and of its terms may be mixed.
        """
        outcome = self.submit(seller, right_id, mode, **fields)
        if outcome.refusal is not None:
            raise AssertionError(outcome.refusal)
        listing_id = outcome.result["listing_id"]
        number = fields.get("announcement_number")
        if number is not None and self.state.venue.engine >= ALL_SINCE_ENGINE:
            self.document("open_licence_announcement", right_id, announcement_number=number)
        if approve:
            self.operator(c.ApproveListing(listing_id=listing_id))
        return listing_id

    def deal(self, listing_id: str, buyer: str, price: int = 100_000_00, currency: str = "CNY") -> str:
        """A buyer with enough money accepts a posted price; gives the deal's id."""
        self.credit(buyer, price, currency)
        return self.accept(listing_id, buyer, price).result["deal_id"]

    def file(self, deal_id: str, filing_id: str = "") -> Outcome:
        """The filing package goes to the office."""
        filing = filing_id or f"F-{deal_id}"
        return self.operator(c.FileDeal(deal_id=deal_id, filing_id=filing, package=self.package(deal_id)))

    def package(self, deal_id: str) -> dict[str, str]:
        """The digests of a deal's papers."""
        deal = self.state.deals.get(deal_id)
        return {} if deal is None else filing_package.digests_of(self.state, deal)

    def confirm(
        self, deal_id: str, filing_id: str = "", terms: c.FilingOutcomeTerms | None = None, proof: str = ""
    ) -> Outcome:
        """The register confirms the deal's filing."""
        command = c.ConfirmRegistration(
            deal_id=deal_id,
            filing_id=filing_id or f"F-{deal_id}",
            proof_digest=proof or digest("proof" + deal_id),
            proof_signature="0x" + "44" * 65,
        )
        return self.service(command, terms=terms or self.outcome_terms(deal_id))

    def refuse(self, deal_id: str, reason_code: str = "12-2", **fields: Any) -> Outcome:
        """The register refuses the deal's filing."""
        filing_id = self.state.deals[deal_id].filing_id or f"F-{deal_id}"
        refusal: dict[str, Any] = {
            "filing_id": filing_id,
            "reason_code": reason_code,
            "proof_digest": digest("refusal" + filing_id),
            "proof_signature": "0x" + "44" * 65,
        }
        command = c.RefuseRegistration(deal_id=deal_id, **(refusal | fields))
        return self.service(command, terms=self.outcome_terms(deal_id))

    def outcome_terms(self, deal_id: str, **fields: Any) -> c.FilingOutcomeTerms:
        """What the office's outcome says of the deal's filing beside its decision."""
        filing = self.state.filings.get(self.state.deals[deal_id].filing_id)
        stated: dict[str, Any] = {
            "kind": "assignment" if filing is None else filing.filing_kind,
            "right_id": self.state.deals[deal_id].right_id,
            "package_digest": "" if filing is None else filing_digest(filing),
            "cure": None,
            "proof_title": "手续合格通知书",
            "register_version": 2,
            "received_ms": self.now,
            "decided_ms": self.now,
            "simulated": True,
            "attestation": "",
        }
        return c.FilingOutcomeTerms(**(stated | fields))

    def signature(self, deal_id: str, party: str) -> Outcome:
        """One party's signature under a deal."""
        return self.by(party, self.agreement(deal_id))

    def agreement(self, deal_id: str, signature: str = "0x" + "11" * 65) -> c.SignAgreement | c.SignDeal:
        """The command that signs a deal as it stands now, as the engine's version has it."""
        deal = self.state.deals.get(deal_id)
        if self.state.venue.engine < SINCE_ENGINE:
            return c.SignDeal(deal_id=deal_id, deal_signature=signature)
        signed = digest("")
        if deal is not None:
            offer = acceptances.offer_of(self.state, deal)
            signed = agreement_digest(deal, offer, counters(self.state, deal))
        return c.SignAgreement(deal_id=deal_id, agreement_digest=signed, deal_signature=signature)

    def offer_digest(self, listing_id: str) -> str:
        """What a listing's seller would sign now as its standing offer, by digest; of nothing where it cannot."""
        listing = self.state.listings.get(listing_id)
        if listing is None:
            return digest("")
        seller, right = self.state.parties[listing.seller], self.state.rights[listing.right_id]
        key, earlier = self.state.keys.get(seller.key), self.state.offers.get(listing_id)
        try:
            drawn = offers.drawn_up(
                listing,
                right,
                seller,
                key.counter if key else 0,
                earlier,
                self.state.venue,
            )
        except Refusal:
            return digest("")
        return offers.digest_of(drawn)

    def sign_offer(self, listing_id: str, seller: str) -> Outcome:
        """A seller signs its listing's standing offer."""
        return self.by(
            seller,
            c.SignOffer(
                listing_id=listing_id,
                offer_digest=self.offer_digest(listing_id),
                offer_signature="0x" + "66" * 65,
            ),
        )

    def withdraw_offer(self, listing_id: str, seller: str) -> Outcome:
        """A seller withdraws its listing's standing offer."""
        offer = self.state.offers.get(listing_id)
        command = c.WithdrawOffer(
            listing_id=listing_id,
            offer_digest=digest("") if offer is None else offers.digest_of(offer),
        )
        return self.by(seller, command, c.OfferWithdrawalTerms(withdrawal_signature="0x" + "77" * 65))

    def cancel(self, deal_id: str, party: str) -> Outcome:
        """A party cancels a deal."""
        command = c.CancelDeal(
            deal_id=deal_id,
            deal_digest=self.deal_digest(deal_id),
            cancellation_signature="0x" + "88" * 65,
        )
        return self.by(party, command)

    def deal_digest(self, deal_id: str) -> str:
        """What would be cancelled of a deal now, by digest."""
        deal = self.state.deals.get(deal_id)
        return digest("") if deal is None else deal_digest(deal, counters(self.state, deal))

    def told(self, message: Any, subject_id: str) -> Outcome:
        """The chain tells of a party's own message."""
        return self.service(
            c.ReportPartyMessage(
                message=message, subject_id=subject_id, transaction="0x" + "22" * 32, block=7
            )
        )

    def chain(self, deal_id: str, outcome: str = "final") -> Outcome:
        """What the chain says of a deal's record."""
        return self.service(
            c.ReportChainRecord(
                record="deal",
                subject_id=deal_id,
                outcome=outcome,  # type: ignore[arg-type]
                transaction="0x" + "22" * 32,
                block=7,
                error=None if outcome == "final" else "0x12345678",
            )
        )

    def balance(self, owner: str, purpose: str = "available", currency: str = "CNY") -> int:
        """Minor units on an account."""
        account = self.state.accounts.get(f"{owner}/{purpose}/{currency}")
        return 0 if account is None else account.balance

    def bidder(self, listing_id: str, party: str) -> None:
        """A party registers for a competitive listing and is qualified; the least deposit it is given."""
        if self.state.listings[listing_id].terms.deposit == LEAST_DEPOSIT:
            self.credit(party, LEAST_DEPOSIT, self.state.listings[listing_id].currency)
        self.by(party, c.RegisterBidder(listing_id=listing_id))
        self.operator(c.QualifyBidder(listing_id=listing_id, party_id=party))

    def bid(self, listing_id: str, party: str, price: int) -> Outcome:
        """A bid in minor units."""
        return self.by(party, c.PlaceBid(listing_id=listing_id), terms=c.BidTerms(price=price))

    def accept(self, listing_id: str, party: str, price: int = 100_000_00) -> Outcome:
        """The acceptance of a posted price."""
        return self.by(party, c.AcceptPrice(listing_id=listing_id), terms=c.BidTerms(price=price))

    def seal(self, listing_id: str, party: str, price: int, proposal: str = "", nonce: str = "") -> Outcome:
        """A sealed bid, or a tender with a proposal document; `nonce` is the party's own if not given."""
        nonce = nonce or digest(f"nonce {listing_id} {party}")
        currency = self.state.listings[listing_id].currency
        opened = SealedBid(
            listing=listing_id, bidder=party, price=price, currency=currency, proposal=proposal, nonce=nonce
        )
        venue = self.state.venue
        commitment = commitment_of(venue.chain_id, venue.anchor, opened)
        return self.by(party, c.SealBid(listing_id=listing_id, commitment=commitment))

    def reveal(self, bid_id: str, price: int, proposal: str = "", nonce: str = "") -> Outcome:
        """A bidder opens its bid."""
        bid = self.state.bids[bid_id]
        nonce = nonce or digest(f"nonce {bid.listing_id} {bid.party_id}")
        terms = c.RevealTerms(price=price, nonce=nonce, proposal=proposal)
        return self.by(bid.party_id, c.RevealBid(bid_id=bid_id), terms=terms)

    def fixed(self, listing_id: str, outcome: str = "final") -> Outcome:
        """What the chain says of a listing's sealed set."""
        return self.service(
            c.ReportChainRecord(
                record="sealed_set",
                subject_id=listing_id,
                outcome=outcome,  # type: ignore[arg-type]
                transaction="0x" + "22" * 32,
                block=7,
            )
        )

    def propose(
        self, listing_id: str, party: str, price: int, buyer: str = "", last_ms: int = MS_PER_DAY
    ) -> Outcome:
        """A proposal by a buyer, or by the seller to the buyer that is named."""
        command = c.MakeProposal(listing_id=listing_id, buyer=buyer or party, expires_ms=self.now + last_ms)
        return self.by(party, command, terms=c.ProposalTerms(price=price))

    def need(self, buyer: str, need_id: str = "", **fields: Any) -> Outcome:
        """A technology need is posted, or the one with this id amended. Fields of the command and terms may be mixed."""
        terms = c.NeedTerms(budget=fields.pop("budget", None))
        facts: dict[str, Any] = {
            "classes": ("H01M 10/0525",),
            "territories": ("CN",),
            "kinds": ("ordinary_licence",),
            "currency": "CNY",
            "until_ms": self.now + 30 * MS_PER_DAY,
        } | fields
        if need_id:
            return self.by(buyer, c.AmendNeed(need_id=need_id, **facts), terms)
        words = {"title": digest("title"), "description": digest("description")}
        return self.by(buyer, c.PostNeed(**({"erasable": words} | facts)), terms)

    def sign(self, deal_id: str) -> None:
        """Both parties sign, and the chain record becomes final."""
        deal = self.state.deals[deal_id]
        for party in (deal.seller, deal.buyer):
            self.by(party, self.agreement(deal_id))
        self.service(
            c.ReportChainRecord(
                record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "22" * 32, block=7
            )
        )

    def fund(self, deal_id: str) -> Outcome:
        """The buyer pays in what is due first and funds the deal."""
        deal = self.state.deals[deal_id]
        due = due_at_effect(deal.terms, deal.price)
        line = self.credit(deal.buyer, due, deal.currency) if due else ""
        return self.by(deal.buyer, c.FundDeal(deal_id=deal_id, statement_line=line))

    def register(self, deal_id: str) -> Outcome:
        """The deal is filed and the register confirms it."""
        self.file(deal_id)
        return self.confirm(deal_id)

    def pay_all(self, deal_id: str) -> None:
        """Every payment of the deal leaves the bank."""
        for payment_id in self.state.deals[deal_id].payments:
            self.pay(payment_id)

    def hours(self, count: int) -> None:
        """Let hours pass."""
        self.wait(count * MS_PER_HOUR)

    def replay(self) -> Engine:
        """Another engine after the same requests."""
        engine = Engine()
        for request, outcome in zip(self.requests, self.outcomes, strict=True):
            assert engine.apply(request) == outcome
        return engine
