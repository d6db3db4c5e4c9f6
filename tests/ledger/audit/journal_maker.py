"""Real journals without a vault: the real engine, real signatures by real keys, real seals, in memory.

`JournalScene` drives a trading day; `write` turns its entries into the bytes of an export. A forger has the same tools:
it may change `Stored` entries and write them again, with every hash and every seal made anew.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.events import SealedPartErased
from exchange.keys import counters
from exchange.offers import digest_of, drawn_up
from exchange.sealed import commitment
from exchange.terms.offer_terms import is_under
from exchange.turn import Outcome
from ledger.attestation import attest, statement_digest
from ledger.bank import approve, instruction_of
from ledger.deal_messages import deal_message, message_under
from ledger.journal import (
    OUTCOME_LABEL,
    TERMS_LABEL,
    Entry,
    SealedParts,
    Signature,
    answer_of,
    outcome_value,
    type_of,
)
from ledger.messages import KeyEnrolment, RegisterMessage
from ledger.offer_messages import cancellation_message, offer_message, withdrawal_message
from ledger.office import RegisterCopy
from ledger.order_messages import order_message
from ledger.outbox_records import outbox_records
from ledger.outbox_row import OutboxRecord
from ledger.receipt_key import ReceiptKey
from ledger.reported import copy_reported, signed_line, signed_outcome
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
from tests.exchange.scene import Scene, company_number, digest
from tests.papers import verified

DAY_MS = MS_PER_DAY


def secret(name: str) -> bytes:
    """32 bytes that are the same in every run."""
    return hashlib.sha256(f"test key {name}".encode()).digest()


RECEIPT_KEY = ReceiptKey(secret("receipts"))


@dataclass(frozen=True)
class Stored:
    """One entry as a vault keeps it: canonical bytes, and openings as (salt, canonical bytes)."""

    public: bytes
    outcome: tuple[bytes, bytes]
    terms: tuple[bytes, bytes] | None = None
    erasable: dict[str, tuple[bytes, bytes]] = field(default_factory=dict)

    def changed(self, **fields: Any) -> Stored:
        """The same entry with other fields in its public part, in canonical form."""
        public = msgspec.json.decode(self.public) | fields
        return replace(self, public=canonical.encode(public))


class JournalScene(Scene):
    """A scene whose every request becomes a signed entry."""

    def __init__(
        self,
        *,
        chain_id: int = 31_337,
        register: str = "0x" + "c1" * 20,
        anchor: str = "0x" + "c2" * 20,
        start_ms: int = 0,
        profile: str = "mainland",
    ) -> None:
        self.stored: list[Stored] = []
        self.records: list[list[OutboxRecord]] = []
        self.chain_id, self.register_address, self.anchor = chain_id, register, anchor
        self.operator_keys = (PrivateKey(secret("operator 1")), PrivateKey(secret("operator 2")))
        self.service_key, self.bank_key, self.office_key = (
            PrivateKey(secret(name)) for name in ("service", "bank", "office")
        )
        self.private = {key.address: key for key in (*self.operator_keys, self.service_key)}
        self.domain: Domain = exchange_domain(chain_id, anchor)
        self._openings: dict[str, tuple[bytes, bytes]] = {}
        self.versions = 0
        self.references: dict[int, str] = {}
        """References of entries to come that are not their own."""
        super().__init__(
            profile=profile,
            chain_id=chain_id,
            register=register,
            anchor=anchor,
            operators=tuple(key.address for key in self.operator_keys),
            service=self.service_key.address,
            bank=self.bank_key.address,
            office=self.office_key.address,
            receipt_key=RECEIPT_KEY.public_key.hex(),
        )
        self.now = max(self.now, start_ms)

    # --- entries

    def _apply(self, request: c.Request) -> Outcome:
        venue = self.engine.state.venues.get("venue")
        versions = (1, 1, 1) if venue is None else (venue.schema, venue.engine, venue.rulebook)
        outcome = super()._apply(request)
        self.records.append(outbox_records(len(self.stored), outcome, self.engine.state))
        self._store(request, outcome, versions)
        return outcome

    def apply_as_it_is(self, request: c.Request) -> Outcome:
        """Decide one request without the ticks before it."""
        self.private.setdefault(request.signer, self.service_key)
        return self._apply(request)

    def _store(self, request: c.Request, outcome: Outcome, versions: tuple[int, int, int]) -> None:
        number = len(self.stored)
        terms = None
        committed = ""
        if request.terms is not None:
            salt = bytes.fromhex(request.terms_salt)
            terms = (salt, canonical.encode(request.terms))
            committed = commitment(TERMS_LABEL, salt, request.terms).hex()
        reference = self.references.get(number, digest(f"key {number}")) if request.signer else ""
        value = outcome_value(outcome)
        salt = hashlib.sha256(f"outcome salt {number}".encode()).digest()
        entry = Entry(
            schema=versions[0],
            engine=versions[1],
            rulebook=versions[2],
            epoch=1 + number // 100,
            entry=number,
            time_ms=request.time_ms,
            actor=request.actor,
            reference=reference,
            command=request.command,
            signature=self.instruct(
                request.command, request.actor, request.signer, reference, committed, self.now
            ),
            api_key_sha256=request.api_key_sha256,
            sealed=SealedParts(terms=committed, outcome=commitment(OUTCOME_LABEL, salt, value).hex()),
            answer=answer_of(outcome),
        )
        openings, self._openings = self._openings, {}
        self.stored.append(
            Stored(
                canonical.encode(entry),
                (salt, canonical.encode(value)),
                terms,
                openings if request.signer else {},
            )
        )
        if not request.signer:
            self._openings = openings
        for event in outcome.events:
            if isinstance(event, SealedPartErased):
                self.stored[event.entry].erasable.pop(event.label, None)

    def instruct(
        self, command: Any, actor: str, signer: str, reference: str, terms: str, now_ms: int
    ) -> Signature | None:
        """The signature of whoever gives a command; None for the sequencer's own."""
        if not signer:
            return None
        until_ms = now_ms + DAY_MS
        instruction = Instruction(
            action=type_of(command),
            party=actor or "applicant",
            reference=bytes.fromhex(reference),
            content=canonical.digest(command),
            terms=bytes.fromhex(terms) if terms else NO_TERMS,
            valid_until_ms=until_ms,
        )
        value = sign(instruction_digest(self.domain, instruction), self.private[signer])
        return Signature(signer=signer, value=value, valid_until_ms=until_ms)

    def signed_again(self, stored: Stored, **fields: Any) -> Stored:
        """The entry with other fields, signed afresh by whoever holds the signer's key."""
        entry = msgspec.json.decode(stored.changed(**fields).public, type=Entry)
        assert entry.signature is not None
        now_ms = fields.get("signed_at_ms", entry.time_ms)
        signature = self.instruct(
            entry.command, entry.actor, entry.signature.signer, entry.reference, entry.sealed.terms, now_ms
        )
        return replace(stored, public=canonical.encode(msgspec.structs.replace(entry, signature=signature)))

    def erasable(self, command: Any, **texts: Any) -> Any:
        """The command with erasable parts; their openings go beside the next entry."""
        return msgspec.structs.replace(command, erasable=self.sealed(**texts))

    def sealed(self, **texts: Any) -> dict[str, str]:
        """Commitments to the erasable parts of the next entry, whose openings go beside it."""
        commitments = {}
        for label, text in texts.items():
            salt = hashlib.sha256(f"erasable {label} {len(self.stored)}".encode()).digest()
            self._openings[label] = (salt, canonical.encode(text))
            commitments[label] = commitment(label, salt, text).hex()
        return commitments

    # --- the same words as a scene's, with real keys

    def operator(self, command: Any, who: int = 0, terms: Any = None) -> Outcome:
        return self.give(command, signer=self.operator_keys[who].address, terms=terms)

    def service(self, command: Any, terms: Any = None) -> Outcome:
        return self.give(command, signer=self.service_key.address, terms=terms)

    def party(
        self, *roles: str, jurisdiction: str = "CN", category: str = "company", approve: bool = True
    ) -> str:
        serial = len(self.keys) + 1
        key = PrivateKey(secret(f"party {serial}"))
        self.private[key.address] = key
        command = c.ApplyParty(roles=roles or ("seller", "buyer"), jurisdiction=jurisdiction, key=key.address)  # type: ignore[arg-type]  # literals
        number = company_number(serial) if jurisdiction == "CN" else f"{10_000_000 + serial}"
        outcome = self.give(
            self.erasable(
                command,
                profile={"name": f"示例{serial}有限公司 𠮷", "contact": "演示数据 · DEMO"},
                authorisation_letter="授权委托书",
            ),
            actor="",
            signer=key.address,
            terms=c.PartyTerms(company_number=number, category=category),  # type: ignore[arg-type]  # literals
        )
        party_id = outcome.result["party_id"]
        self.keys[party_id], self.numbers[party_id] = key.address, number
        self.enrol(party_id)
        if approve:
            self.admit(party_id)
        return party_id

    def verify(self, party_id: str, *_kinds: str, **_fields: Any) -> Outcome:
        command = self.erasable(c.VerifyParty(party_id=party_id), persons="示例人", reason="papers seen")
        return self.operator(command, terms=verified(self.now))

    def admit(self, party_id: str) -> Outcome:
        self.verify(party_id)
        return self.operator(self.erasable(c.ApproveParty(party_id=party_id), reason="papers seen"))

    def enrol(self, party_id: str, key: str = "") -> Outcome:
        self.now += 1
        key = key or self.keys[party_id]
        terms = c.KeyTerms(company_number=self.numbers[party_id])
        salt = digest(f"key salt {key}")
        unsigned = c.EnrolKey(key=key, deadline_s=self.now // 1000 + 90 * 86_400, possession="")
        command: Any = self.erasable(unsigned, authorisation_letter="授权委托书")
        message = KeyEnrolment(
            party=commitment(TERMS_LABEL, bytes.fromhex(salt), terms),
            key=key,
            authorisation=bytes.fromhex(command.erasable["authorisation_letter"]),
            deadline_s=command.deadline_s,
        )
        domain = register_domain(self.chain_id, self.register_address)
        possession = sign(message_digest(domain, message), self.private[key])
        command = msgspec.structs.replace(command, possession=possession)
        return self.give(command, actor=party_id, signer=self.keys[party_id], terms=terms, salt=salt)

    def titled(self, right_id: str) -> dict[str, str]:
        return self.sealed(bibliography={"title": f"一种演示装置 {right_id}"})

    def copy(self, right_id: str, *holders: str, **facts: Any) -> Outcome:
        command, signed = copy_reported(self.register_copy(right_id, *holders, **facts))
        return self.service(command, terms=signed)

    def register_copy(self, right_id: str, *holders: str, **facts: Any) -> RegisterCopy:
        """A copy of a granted right that the office has signed; keyword arguments replace what it says."""
        share = 10_000 // max(len(holders), 1)
        self.versions += 1
        content: dict[str, Any] = {
            "type": "office.register_copy",
            "right_id": right_id,
            "office": "CN",
            "right_type": "invention",
            "title": f"一种演示装置 {right_id}",
            "status": "granted",
            "holders": [{"company_number": self.numbers[each], "share": share} for each in holders],
            "filing_date": "2019-03-01",
            "grant_date": "2021-06-01" if facts.get("status", "granted") == "granted" else None,
            "expiry_date": "2039-03-01",
            "version": self.versions,
            "as_of_ms": self.now,
            "simulated": True,
            "attestation": {"signer": "", "signature": ""},
        }
        whole = msgspec.to_builtins(msgspec.convert(content | facts, RegisterCopy))
        return msgspec.convert(attest(whole, self.office_key), RegisterCopy)

    def credit(self, party: str, amount: int, currency: str = "CNY", balance_after: int | None = None) -> str:
        self.lines += 1
        self.custody[currency] = self.custody.get(currency, 0) + amount
        return self._line("credit", party, amount, currency, balance_after)

    def pay(self, payment_id: str) -> Outcome:
        payment = self.state.payments[payment_id]
        self.approve_payment(payment_id, 0)
        self.approve_payment(payment_id, 1)
        self.lines += 1
        self.custody[payment.currency] -= payment.amount
        self._line("debit", payment.party_id, payment.amount, payment.currency, instruction_id=payment_id)
        return self.outcomes[-1]

    def approve_payment(self, payment_id: str, who: int = 0) -> Outcome:
        payment = self.state.payments[payment_id]
        instruction = instruction_of(payment.id, payment.currency, payment.amount, payment.party_id)
        approval = approve(instruction, self.bank_key.address, self.operator_keys[who])
        terms = c.ApprovalTerms(bank_approval=approval.signature)
        return self.operator(c.ApprovePayment(payment_id=payment_id), who, terms)

    def _line(
        self,
        direction: Any,
        reference: str,
        amount: int,
        currency: Any,
        balance_after: int | None = None,
        instruction_id: str | None = None,
    ) -> str:
        line_id = f"LINE-{self.lines}"
        command = c.RecordStatementLine(line_id=line_id, value_time_ms=self.now)
        terms = c.StatementLineTerms(
            sequence=self.lines,
            account=f"SUPERVISED-{currency}",
            direction=direction,
            currency=currency,
            amount=amount,
            balance_after=self.custody[currency] if balance_after is None else balance_after,
            reference=reference,
            instruction_id=instruction_id,
            simulated=True,
            attestation="",
        )
        self.service(command, terms=self.bank_signed(command, terms))
        return line_id

    def bank_signed(
        self, command: c.RecordStatementLine, terms: c.StatementLineTerms
    ) -> c.StatementLineTerms:
        """The line with the bank's signature over it."""
        signature = sign(statement_digest(signed_line(command, terms)), self.bank_key)
        return msgspec.structs.replace(terms, attestation=signature)

    def sign_by(self, deal_id: str, *, forged_by: PrivateKey | None = None) -> None:
        """Both parties sign a deal's struct; or somebody else in their place."""
        deal = self.state.deals[deal_id]
        offer = self.state.offers.get(deal.listing_id)
        message = message_under(self.state.venue.engine, deal, offer, counters(self.state, deal))
        signed = message_digest(register_domain(self.chain_id, self.register_address), message)
        for party in (deal.buyer,) if is_under(offer, deal) else (deal.seller, deal.buyer):
            own = deal.seller_key if party == deal.seller else deal.buyer_key
            key = forged_by or self.private[own]
            self.by(party, self.agreement(deal_id, sign(signed, key)))

    def sign_one(self, deal_id: str, party: str) -> None:
        """One of a deal's parties signs it, with its own key."""
        deal = self.state.deals[deal_id]
        message = message_under(self.state.venue.engine, deal, None, counters(self.state, deal))
        signed = message_digest(register_domain(self.chain_id, self.register_address), message)
        own = deal.seller_key if party == deal.seller else deal.buyer_key
        self.by(party, self.agreement(deal_id, sign(signed, self.private[own])))

    def sign_offer(self, listing_id: str, seller: str, *, forged_by: PrivateKey | None = None) -> Outcome:
        listing, party = self.state.listings[listing_id], self.state.parties[seller]
        drawn = drawn_up(
            listing,
            self.state.rights[listing.right_id],
            party,
            self.state.keys[party.key].counter,
            self.state.offers.get(listing_id),
            self.state.venue,
        )
        signature = self.signed(offer_message(drawn), forged_by or self.private[party.key])
        digest = self.offer_digest(listing_id)
        return self.by(
            seller, c.SignOffer(listing_id=listing_id, offer_digest=digest, offer_signature=signature)
        )

    def withdraw_offer(self, listing_id: str, seller: str, *, forged_by: PrivateKey | None = None) -> Outcome:
        offer = self.state.offers[listing_id]
        signature = self.signed(withdrawal_message(offer), forged_by or self.private[offer.seller_key])
        return self.by(
            seller,
            c.WithdrawOffer(listing_id=listing_id, offer_digest=digest_of(offer)),
            c.OfferWithdrawalTerms(withdrawal_signature=signature),
        )

    def cancel(self, deal_id: str, party: str, *, forged_by: PrivateKey | None = None) -> Outcome:
        deal = self.state.deals[deal_id]
        message = cancellation_message(deal_message(deal, counters(self.state, deal)))
        signature = self.signed(message, forged_by or self.private[self.keys[party]])
        command = c.CancelDeal(
            deal_id=deal_id, deal_digest=self.deal_digest(deal_id), cancellation_signature=signature
        )
        return self.by(party, command)

    def order_signature(self, signed: Any, right_id: str, side: Any, key: str) -> str:
        return self.signed(order_message(signed, right_id, side), self.private[key])

    def signed(self, message: RegisterMessage, key: PrivateKey) -> str:
        """A key's signature over a message to the register."""
        return sign(message_digest(register_domain(self.chain_id, self.register_address), message), key)

    def report(
        self, record: Any, subject_id: str, transaction: str = "0x" + "22" * 32, block: int = 7
    ) -> Outcome:
        """The service reports a record as final."""
        return self.service(
            c.ReportChainRecord(
                record=record, subject_id=subject_id, outcome="final", transaction=transaction, block=block
            )
        )

    def sign(self, deal_id: str) -> None:
        self.sign_by(deal_id)
        transaction, block = self.to_chain()
        self.report("deal", deal_id, transaction, block)

    def to_chain(self) -> tuple[str, int]:
        """Where the records so far stand on the chain; a scene with a chain sends them."""
        return "0x" + "22" * 32, 7

    def file(self, deal_id: str, filing_id: str = "") -> Outcome:
        filing = filing_id or f"F-{deal_id}"
        command = c.FileDeal(deal_id=deal_id, filing_id=filing, package=self.package(deal_id))
        return self.operator(self.erasable(command, package="著录项目变更申报书"))

    def confirm(
        self, deal_id: str, filing_id: str = "", terms: c.FilingOutcomeTerms | None = None, proof: str = ""
    ) -> Outcome:
        proof = proof or digest("proof" + deal_id)
        command = c.ConfirmRegistration(
            deal_id=deal_id,
            filing_id=filing_id or f"F-{deal_id}",
            proof_digest=proof,
            proof_signature=sign(bytes.fromhex(proof), self.office_key),
        )
        return self.service(command, terms=self.office_signed(command, terms or self.outcome_terms(deal_id)))

    def refuse(self, deal_id: str, reason_code: str = "12-2", **fields: Any) -> Outcome:
        filing_id = self.state.deals[deal_id].filing_id
        proof = fields.get("proof_digest", digest("refusal" + filing_id))
        command = c.RefuseRegistration(
            deal_id=deal_id,
            filing_id=filing_id,
            reason_code=reason_code,
            proof_digest=proof,
            proof_signature=sign(bytes.fromhex(proof), self.office_key),
        )
        return self.service(command, terms=self.office_signed(command, self.outcome_terms(deal_id)))

    def office_signed(
        self, command: c.ConfirmRegistration | c.RefuseRegistration, terms: c.FilingOutcomeTerms
    ) -> c.FilingOutcomeTerms:
        """The outcome with the office's signature over it."""
        signature = sign(statement_digest(signed_outcome(command, terms)), self.office_key)
        return msgspec.structs.replace(terms, attestation=signature)

    def record_state_hash(self) -> None:
        """The sequencer writes down what the state comes to."""
        self.give(c.RecordStateHash(state_hash=self.state.state_hash()))
