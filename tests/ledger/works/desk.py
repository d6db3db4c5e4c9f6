"""A venue without its front door: sequencer, bank and office as processes, contracts on a chain, and the works.

Companies and operators give their commands over the sequencer's socket, as the front door hands them over; deals are
signed with real keys, since the contract checks them.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from stdnum.cn import uscc

from exchange import commands as c
from exchange.deals.agreement import agreement_digest, deal_digest
from exchange.keys import LETTER_LABEL, TERMS_LABEL
from exchange.offers import digest_of, drawn_up
from exchange.rows import Deal, Document, Key, Listing, Offer, Party, Payment, Right, Venue
from exchange.sealed import commitment
from exchange.terms import filing_package
from exchange.terms.offer_terms import is_under
from ledger.alone import Database
from ledger.bank import approve, instruction_of
from ledger.deal_messages import deal_message, signed_message
from ledger.journal import type_of
from ledger.messages import Deal as DealMessage
from ledger.messages import KeyEnrolment, OfferAcceptance, RegisterMessage
from ledger.offer_messages import cancellation_message, offer_message, withdrawal_message
from ledger.office import Holder, RegisterContent
from ledger.sequencer.client import Answer
from ledger.sequencer.messages import Submission
from ledger.signatures import (
    NO_TERMS,
    Domain,
    Instruction,
    PrivateKey,
    exchange_domain,
    instruction_digest,
    message_digest,
    register_domain,
    sign,
)
from ledger.worker_settings import WorkerSettings
from ledger.works import Works
from scripts.stack.ports import free_port
from tests.exchange.scene import cn_right_id
from tests.ledger.sequencer_process import SequencerProcess
from tests.ledger.simulated_process import TOKEN, SimulatedProcess
from tests.ledger.trading import DAY_MS, Door, salt_of
from tests.ledger.works.pipeline import Fork, Pipeline, pipeline
from tests.papers import verified
from tests.undertakings import offered

EXPIRY = "2039-03-01"
_serials = itertools.count(100)


@dataclass
class Company:
    """A party and its key."""

    party_id: str
    key: PrivateKey
    number: str


class SigningDoor(Door):
    """Hands submissions over as a front door that has checked them: each signed by the key of its signer.

    Of a key that it does not have the signature is made up: the sequencer looks at none.
    """

    def __init__(self, name: str, domain: Domain, keys: dict[str, PrivateKey]) -> None:
        super().__init__(name)
        self._domain, self._keys = domain, keys

    def submission(
        self, party: str, signer: str, command: c.Command, terms: c.Terms | None = None, **more: Any
    ) -> Submission:
        """The submission with an EIP-712 `Instruction` signature over all that it says."""
        made = super().submission(party, signer, command, terms, **more)
        opening = made.terms
        instruction = Instruction(
            action=type_of(command),
            party=party or "applicant",
            reference=sha256(made.idempotency_key.encode()).digest(),
            content=sha256(bytes(made.command)).digest(),
            terms=NO_TERMS
            if opening is None
            else commitment(TERMS_LABEL, bytes.fromhex(opening.salt), opening.value),
            valid_until_ms=made.valid_until_ms,
        )
        key = self._keys.get(signer)
        if key is None:
            return made
        return msgspec.structs.replace(
            made, signature=sign(instruction_digest(self._domain, instruction), key)
        )


class Desk:
    """The venue, and the shortest way to say what happens at it."""

    def __init__(
        self,
        pipe: Pipeline,
        folder: Path,
        bank: SimulatedProcess,
        office: SimulatedProcess,
        profile: Any = "mainland",
        module: str = "ledger.sequencer",
    ) -> None:
        self.pipe = pipe
        self.bank, self.office = bank, office
        self.operators = (PrivateKey.generate(), PrivateKey.generate())
        self.service_key = PrivateKey.generate()
        self.private = {key.address: key for key in (*self.operators, self.service_key)}
        """The key of everybody who gives commands here, by its address."""
        domain = exchange_domain(pipe.manifest.chain_id, pipe.manifest.address("JournalAnchor"))
        self.door: Door = SigningDoor("desk", domain, self.private)
        keys = folder / "keys"
        keys.mkdir()
        for name, key in (
            ("service", self.service_key),
            ("sender", pipe.sender._key),
            ("anchor", pipe.anchorer._key),
        ):
            (keys / f"{name}.key").write_text(key.secret().hex())
        genesis = c.OpenVenue(
            profile=profile,
            chain_id=pipe.manifest.chain_id,
            register=pipe.manifest.address("Register"),
            anchor=pipe.manifest.address("JournalAnchor"),
            operators=tuple(key.address for key in self.operators),
            service=self.service_key.address,
            bank=bank.signer,
            office=office.signer,
            receipt_key="",
            fee_basis_points=100,
            simulated=True,
        )
        (folder / "opening.json").write_bytes(msgspec.json.encode(genesis))
        bank.control("signatories", addresses=[key.address for key in self.operators])
        self.metrics_port = free_port()
        """Where the sequencer serves its figures."""
        self.sequencer = SequencerProcess(
            pipe.database_url,
            folder,
            module=module,
            IPX_GENESIS=str(folder / "opening.json"),
            IPX_METRICS_PORT=str(self.metrics_port),
        )
        self.settings = WorkerSettings(
            database_url=pipe.database_url,
            redis_url="",
            chain_url=pipe.client._provider.endpoint_uri or "",
            manifest_file=pipe.manifest_file,
            socket_path=self.sequencer.socket_path,
            keys=keys,
            data=folder,
            bank=bank.endpoint(),
            office=office.endpoint(),
            anchor_entries=1,
        )
        self.works = Works(self.settings)

    @property
    def database(self) -> Database:
        return self.pipe.database

    # --- giving

    def give(self, submission: Submission) -> Answer:
        """Have a command decided; it must be accepted."""
        with self.sequencer.client() as client:
            answer = client.submit(submission)
        assert answer.status == "accepted", answer
        return answer

    def operator(self, command: c.Command, terms: c.Terms | None = None, who: int = 0) -> Answer:
        return self.give(self.door.submission("venue", self.operators[who].address, command, terms))

    def by(self, company: Company, command: c.Command, terms: c.Terms | None = None) -> Answer:
        return self.give(self.door.submission(company.party_id, company.key.address, command, terms))

    def company(self, *roles: c.Role, jurisdiction: Any = "CN") -> Company:
        body = f"91440300{next(_serials):09d}"
        number, key = body + uscc.calc_check_digit(body), PrivateKey.generate()
        self.private[key.address] = key
        number = number if jurisdiction == "CN" else body[-8:]
        command = c.ApplyParty(roles=roles or ("seller", "buyer"), jurisdiction=jurisdiction, key=key.address)
        submission = self.door.submission(
            "",
            key.address,
            command,
            c.PartyTerms(company_number=number),
            texts={"authorisation_letter": "函"},
        )
        company = Company(self.give(submission).result["party_id"], key, number)
        self.enrol(company)
        self.operator(c.VerifyParty(party_id=company.party_id), verified(self.now()))
        self.operator(c.ApproveParty(party_id=company.party_id))
        return company

    def enrol(self, company: Company) -> None:
        """The company binds its key for the chain, with its own signature."""
        self.enrol_other(company, company)

    def enrol_other(self, giver: Company, company: Company) -> None:
        """A company binds another key of its own: `company` is itself with that key."""
        self.private[company.key.address] = company.key
        name = f"desk-key-{company.key.address}"
        deadline_s = self.now() // 1_000 + 90 * 86_400
        terms = c.KeyTerms(company_number=company.number)
        message = KeyEnrolment(
            party=commitment(TERMS_LABEL, bytes.fromhex(salt_of(name)), terms),
            key=company.key.address,
            authorisation=commitment(LETTER_LABEL, bytes.fromhex(salt_of(name + LETTER_LABEL)), "函"),
            deadline_s=deadline_s,
        )
        domain = register_domain(self.pipe.manifest.chain_id, self.pipe.manifest.address("Register"))
        possession = sign(message_digest(domain, message), company.key)
        self.give(
            self.door.submission(
                company.party_id,
                giver.key.address,
                c.EnrolKey(key=company.key.address, deadline_s=deadline_s, possession=possession),
                terms,
                key=name,
                texts={LETTER_LABEL: "函"},
            )
        )

    def right(self, holder: Company, *, on_register: bool = True, **entry: Any) -> str:
        """A right in the catalogue and, if told so, on the office's register."""
        right_id = cn_right_id(next(_serials))
        command = c.ImportRight(
            right_id=right_id,
            office="CN",
            right_type="invention",
            filing_date="2019-03-01",
            service_invention=False,
        )
        self.catalogue(command)
        if on_register:
            self.register(right_id, holder, **entry)
        return right_id

    def catalogue(self, command: c.ImportRight) -> None:
        """A right enters the catalogue with its title."""
        title = {"bibliography": {"title": f"演示 {command.right_id}"}}
        self.give(self.door.submission("venue", self.operators[0].address, command, texts=title))

    def register(self, right_id: str, holder: Company, **entry: Any) -> None:
        facts: dict[str, Any] = {
            "right_id": right_id,
            "office": "CN",
            "right_type": "invention",
            "title": "演示",
            "status": "granted",
            "holders": (Holder(company_number=holder.number),),
            "filing_date": "2019-03-01",
            "grant_date": "2021-03-01",
            "expiry_date": EXPIRY,
        }
        content = RegisterContent(**(facts | entry))
        self.office.control("register", entries=[msgspec.to_builtins(content)])

    def pay_in(self, company: Company, amount: int, currency: str = "CNY") -> None:
        self.bank.control("credits", currency=currency, amount_minor=amount, reference=company.party_id)

    # --- a deal, step by step

    def award(self, seller: Company, buyer: Company, right_id: str, kind: Any = "assignment") -> str:
        """A posted price is accepted; gives the deal's id. Money and register copy must be there."""
        return self.accept(self.listing(seller, right_id, kind), buyer)

    def listing(self, seller: Company, right_id: str, kind: Any = "assignment", most: int = 1) -> str:
        """An open listing at a posted price of 1,000.00."""
        self.operator(c.ClassifyExport(right_id=right_id, export_class="free"))
        command = c.SubmitListing(
            right_id=right_id,
            mode="posted",
            deal_kind=kind,
            currency="CNY",
            closes_ms=self.now() + 30 * DAY_MS,
            max_acceptances=most,
        )
        terms = offered(price=1_000_00)
        listing_id = self.by(seller, command, terms).result["listing_id"]
        self.operator(c.ApproveListing(listing_id=listing_id))
        return listing_id

    def accept(self, listing_id: str, buyer: Company) -> str:
        """A posted price is accepted; gives the deal's id."""
        accepted = self.by(buyer, c.AcceptPrice(listing_id=listing_id), c.BidTerms(price=1_000_00))
        return accepted.result["deal_id"]

    def signed(self, message: RegisterMessage, company: Company) -> str:
        """A company's signature over a message to the register."""
        return self.pipe.signed(message, company.key)

    def sign(self, deal_id: str, *companies: Company) -> None:
        """Each signs what is signed of the deal as it stands now."""
        for company in companies:
            self.by(company, self.agreement(deal_id, company))

    def agreement(self, deal_id: str, company: Company) -> c.SignAgreement:
        """The command with which a company signs what is signed of the deal now."""
        deal = self.deal(deal_id)
        offer = self.offer(deal.listing_id)
        return c.SignAgreement(
            deal_id=deal_id,
            agreement_digest=agreement_digest(
                deal, offer if is_under(offer, deal) else None, self.counters(deal)
            ),
            deal_signature=self.signed(self.to_sign(deal_id), company),
        )

    def to_sign(self, deal_id: str) -> DealMessage | OfferAcceptance:
        """What is signed of a deal now."""
        deal = self.deal(deal_id)
        return signed_message(deal, self.offer(deal.listing_id), self.counters(deal))

    def counters(self, deal: Deal) -> tuple[int, int]:
        """Those of both keys of a deal."""
        seller, buyer = (self.row("keys", Key, address) for address in (deal.seller_key, deal.buyer_key))
        return seller.counter, buyer.counter

    def offer(self, listing_id: str) -> Offer | None:
        """A listing's standing offer."""
        found = self.database.execute("SELECT data FROM offers WHERE id = %s", (listing_id,)).fetchone()
        return None if found is None else msgspec.convert(found["data"], Offer)

    def sign_offer(self, listing_id: str, seller: Company) -> Offer:
        """The seller signs its listing's standing offer."""
        listing: Listing = self.row("listings", Listing, listing_id)
        (party,) = self.parties(seller)
        key: Key = self.row("keys", Key, party.key)
        right: Right = self.row("rights", Right, listing.right_id)
        drawn = drawn_up(
            listing, right, party, key.counter, self.offer(listing_id), self.row("venues", Venue, "venue")
        )
        command = c.SignOffer(
            listing_id=listing_id,
            offer_digest=digest_of(drawn),
            offer_signature=self.signed(offer_message(drawn), seller),
        )
        self.by(seller, command)
        signed = self.offer(listing_id)
        assert signed is not None
        return signed

    def withdraw_offer(self, listing_id: str, seller: Company) -> None:
        """The seller withdraws its listing's standing offer."""
        offer = self.offer(listing_id)
        assert offer is not None
        signature = self.signed(withdrawal_message(offer), seller)
        command = c.WithdrawOffer(listing_id=listing_id, offer_digest=digest_of(offer))
        self.by(seller, command, c.OfferWithdrawalTerms(withdrawal_signature=signature))

    def cancel(self, deal_id: str, company: Company) -> None:
        """A party cancels a deal."""
        deal = self.deal(deal_id)
        message = cancellation_message(deal_message(deal, self.counters(deal)))
        signature = self.signed(message, company)
        digest = deal_digest(deal, self.counters(deal))
        command = c.CancelDeal(deal_id=deal_id, deal_digest=digest, cancellation_signature=signature)
        self.by(company, command)

    def fund(self, deal_id: str, buyer: Company) -> None:
        row = self.database.execute(
            "SELECT id FROM statement_lines WHERE party_id = %s LIMIT 1", (buyer.party_id,)
        ).fetchone()
        assert row is not None
        self.by(buyer, c.FundDeal(deal_id=deal_id, statement_line=row["id"]))

    def file(self, deal_id: str, seller: Company, buyer: Company, filing_id: str = "") -> None:
        deal = self.deal(deal_id)
        package = filing_package.digests(
            filing_package.filing_package(
                deal,
                *self.parties(seller, buyer),
                offer=self.offer(deal.listing_id),
                consenting_pledgees=(),
                export_document=self.export_document(deal_id),
                simulated=True,
            )
        )
        self.operator(c.FileDeal(deal_id=deal_id, filing_id=filing_id or f"F-{deal_id}", package=package))

    def export_document(self, deal_id: str) -> Document | None:
        """The last document on record of a deal, which is on its export."""
        found = self.database.execute(
            "SELECT data FROM documents WHERE subject_id = %s ORDER BY created_entry DESC LIMIT 1", (deal_id,)
        ).fetchone()
        return None if found is None else msgspec.convert(found["data"], Document)

    def approve_payments(self) -> None:
        """Both operators approve every payment that waits, for the bank as well."""
        for row in self.database.execute("SELECT data FROM payments WHERE state = 'PREPARED'").fetchall():
            payment = msgspec.convert(row["data"], Payment)
            for who, key in enumerate(self.operators):
                instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
                approval = approve(instruction, self.bank.signer, key).signature
                self.operator(
                    c.ApprovePayment(payment_id=payment.id), c.ApprovalTerms(bank_approval=approval), who
                )

    # --- looking

    def now(self) -> int:
        row = self.database.execute("SELECT last_time_ms FROM sequencer_head").fetchone()
        assert row is not None
        return int(row["last_time_ms"])

    def row(self, table: str, shape: Any, row_id: str) -> Any:
        found = self.database.execute(f"SELECT data FROM {table} WHERE id = %s", (row_id,)).fetchone()  # noqa: S608
        assert found is not None
        return msgspec.convert(found["data"], shape)

    def deal(self, deal_id: str) -> Deal:
        found: Deal = self.row("deals", Deal, deal_id)
        return found

    def parties(self, *companies: Company) -> list[Any]:
        return [self.row("parties", Party, company.party_id) for company in companies]

    def balance(self, company: Company, purpose: str = "available") -> int:
        row = self.database.execute(
            "SELECT balance FROM accounts WHERE owner = %s AND purpose = %s", (company.party_id, purpose)
        ).fetchone()
        return 0 if row is None else int(row["balance"])

    def entries(self, command_type: str) -> int:
        row = self.database.execute(
            "SELECT count(*) AS n FROM journal WHERE type = %s", (command_type,)
        ).fetchone()
        assert row is not None
        return int(row["n"])

    def wait_for(self, holds: Callable[[], bool], within_s: float = 30.0) -> None:
        """Until the sequencer has done by itself what is due."""
        end = time.monotonic() + within_s
        while not holds():
            assert time.monotonic() < end, "it did not come about"
            time.sleep(0.02)

    # --- the works

    def errands(self) -> None:
        """Every errand once."""
        self.works.read_statements()
        self.works.hand_in_filings()
        self.works.read_register()
        self.works.instruct_payments()

    def chain(self, rounds: int = 5) -> None:
        """Sender, indexer and results by turns, with blocks between, until nothing is on its way."""
        for _ in range(rounds):
            self.works.send_outbox()
            self.pipe.fork.mine(3)
            self.works.read_chain()
            self.works.follow_records()
            if set(self.pipe.states()) <= {"VERIFIED", "REFUSED"}:
                return
        message = f"still on its way: {self.pipe.rows('record_id, state, last_error')}"
        raise AssertionError(message)


@contextmanager
def open_desk(
    fork: Fork,
    database_url: str,
    folder: Path,
    profile: str = "mainland",
    module: str = "ledger.sequencer",
) -> Iterator[Desk]:
    """Start everything; nothing is left afterwards."""
    bank = SimulatedProcess("bank", folder / "bank.sqlite")
    office = SimulatedProcess("office", folder / "office.sqlite")
    with ExitStack() as stack, ThreadPoolExecutor(2) as pool:
        starting = [pool.submit(stack.enter_context, process) for process in (bank, office)]
        pipe = stack.enter_context(pipeline(fork, database_url, folder, with_keys=False))
        for started in starting:
            started.result().faults(processing_delay_ms=0)
        desk = Desk(pipe, folder, bank, office, profile, module)
        stack.callback(desk.works.close)
        stack.enter_context(desk.sequencer)
        desk.sequencer.start().wait_until_serving()
        yield desk


__all__ = ["TOKEN", "Company", "Desk", "open_desk"]
