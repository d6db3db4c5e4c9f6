"""What clients do in a simulated run: the random day of `tests.ledger.trading`, with keys that really sign.

The register contract checks the signatures on enrolments and deals, so these are real; the others are the front
door's business, which is not part of the simulation.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import msgspec

from exchange import commands
from exchange.deals import acceptances
from exchange.deals.agreement import agreement_digest
from exchange.keccak import keccak
from exchange.keys import LETTER_LABEL, TERMS_LABEL, counters
from exchange.rows import Deal
from exchange.sealed import commitment
from exchange.state import State
from ledger.deal_messages import signed_message
from ledger.messages import KeyEnrolment
from ledger.secp256k1 import PrivateKey, sign
from ledger.sequencer.messages import Submission
from ledger.signatures import message_digest, register_domain
from tests.ledger.trading import (
    DAY_MS,
    OPERATOR,
    SECOND_OPERATOR,
    Door,
    RandomDay,
    company_number,
    right_id,
    salt_of,
)
from tests.undertakings import offered_on

PARTIES = 4
RIGHTS = 3
RICH = 50_000_000
NOT_OF_A_CLIENT = {"report_chain_record", "sign_agreement"}
"""What the chain alone is to say, and what is to be signed with a real key."""
MOST_WAIT_S = 90 * 86_400


@lru_cache(maxsize=64)
def private_key(number: int) -> PrivateKey:
    """A party's key, the same in every run."""
    return PrivateKey(keccak(b"party %d of a simulation" % number))


class SimulatedDoor(Door):
    """Applications and enrolments under keys that can sign."""

    service_address = ""

    def application(self, number: int, name: str = "示例", key: str = "") -> Submission:
        address = key or private_key(number).address
        command = commands.ApplyParty(roles=("seller", "buyer"), jurisdiction="HK", key=address)
        terms = commands.PartyTerms(company_number=company_number(number))
        texts = {"profile": {"name": f"{name}{number}"}, LETTER_LABEL: "函"}
        return self.submission("", address, command, terms, texts=texts)

    def service(self, command: commands.Command, terms: commands.Terms | None = None) -> Submission:
        return self.submission("venue", self.service_address, command, terms)

    def enrolment_of(self, state: State, number: int, party_id: str, now_ms: int) -> Submission:
        """The party binds its key, for good on the chain."""
        key = private_key(number)
        name = f"enrol-{party_id}-{next(self._numbers)}"
        terms = commands.KeyTerms(company_number=company_number(number))
        message = KeyEnrolment(
            party=commitment(TERMS_LABEL, bytes.fromhex(salt_of(name)), terms),
            key=key.address,
            authorisation=commitment(LETTER_LABEL, bytes.fromhex(salt_of(name + LETTER_LABEL)), "函"),
            deadline_s=now_ms // 1_000 + MOST_WAIT_S,
        )
        domain = register_domain(state.venue.chain_id, state.venue.register)
        command = commands.EnrolKey(
            key=key.address,
            deadline_s=message.deadline_s,
            possession=sign(message_digest(domain, message), key),
        )
        return self.submission(party_id, key.address, command, terms, key=name, texts={LETTER_LABEL: "函"})


class SimulatedDay(RandomDay):
    """A random day whose deals come to their end as often as not."""

    def __init__(self, seed: int, service_address: str) -> None:
        super().__init__(seed)
        self.door: SimulatedDoor = SimulatedDoor(f"day{seed}")
        self.door.service_address = service_address
        self.paid: set[str] = set()
        """Payments that the bank has made."""
        self._state: State | None = None

    def next(self, state: State, time_ms: int) -> Submission:
        """What somebody does now, by what can be seen."""
        self.time_ms, self._state = time_ms, state
        choices = [
            *[self._deal] * 9,
            *[self._accept] * 3,
            *[self._list] * 3,
            *[self._approve] * 4,
            *[self._compete] * 2,
            *[self._bid] * 3,
            *(self._clock, self._erase, self._right, self._party),
        ]
        for _ in range(20):
            made = self.random.choice(choices)(state)
            if made is not None:
                return made
        return self._party(state)

    def bank_line(self, state: State) -> Submission | None:
        """What the bank has written next: that it has paid, or that money has come."""
        approved = self._any(
            row.id for row in state.payments.values() if row.state == "APPROVED" and row.id not in self.paid
        )
        if approved is None:
            return self._money(state) if self.random.random() < 0.1 else None
        self.paid.add(approved)
        self.lines += 1
        payment = state.payments[approved]
        self.banked -= payment.amount
        terms = commands.StatementLineTerms(
            sequence=self.lines,
            account="SUPERVISED",
            direction="debit",
            currency=payment.currency,
            amount=payment.amount,
            balance_after=self.banked,
            reference=approved,
            instruction_id=approved,
            simulated=True,
            attestation="",
        )
        return self.door.service(
            commands.RecordStatementLine(line_id=f"line-{self.lines}", value_time_ms=0), terms
        )

    def number_of(self, address: str) -> int:
        """Which of the applicants has this key."""
        return next(number for number in range(1, self.parties + 1) if private_key(number).address == address)

    def _party(self, state: State) -> Submission:
        waiting = self._any(p.id for p in state.parties.values() if p.state in {"APPLIED", "VERIFIED"})
        if waiting is None:
            self.parties += 1
            return self.door.application(self.parties)
        key = state.parties[waiting].key
        if key not in state.keys:
            return self.door.enrolment_of(state, self.number_of(key), waiting, self.time_ms)
        if state.parties[waiting].state == "APPLIED":
            return self.door.verification(waiting, self.time_ms)
        return self.door.operator(
            commands.ApproveParty(party_id=waiting), texts={"reason": f"seen {waiting}"}
        )

    def _list(self, state: State) -> Submission | None:
        made = super()._list(state)
        if made is None or self.random.random() < 0.5:
            return made
        free = self._any(
            r.id for r in state.rights.values() if r.status and not r.open_listing and not r.open_deals
        )
        if free is None:
            return made
        numbers = {party.company_number: party for party in state.parties.values() if party.state == "ACTIVE"}
        holder = numbers.get(state.rights[free].holder_of_record[0].company_number)
        if holder is None:
            return made
        command = commands.SubmitListing(
            right_id=free,
            mode="posted",
            deal_kind="assignment",
            currency="HKD",
            closes_ms=self.time_ms + 4 * DAY_MS,
        )
        terms = offered_on(state.venue.engine, price=self.random.randint(1_000, 100_000), territory=("US",))
        return self.door.submission(holder.id, holder.key, command, terms)

    def _any(self, ids: Iterable[str]) -> str | None:
        """One of several, most often none that can only be refused."""
        known = sorted(ids)
        if self._state is not None and self.random.random() < 0.9:
            known = [each for each in known if self._is_of_use(self._state, each)]
        return self.random.choice(known) if known else None

    def _is_of_use(self, state: State, name: str) -> bool:
        """Whether something comes of whom or what a random choice falls on."""
        deal, party = state.deals.get(name), state.parties.get(name)
        if deal is not None:
            return deal.state not in {"SIGNED", "SETTLED", "REFUNDED", "REGISTERED"}
        return party is None or party.state in {"ACTIVE", "APPLIED", "VERIFIED"}

    def _accept(self, state: State) -> Submission | None:
        made = super()._accept(state)
        if made is None or self.random.random() < 0.1:
            return made
        listing = state.listings[msgspec.json.decode(bytes(made.command))["listing_id"]]
        return None if listing.seller == made.party else made

    def _deal(self, state: State) -> Submission | None:
        deal = state.deals.get(self._any(row.id for row in state.deals.values()) or "")
        if deal is not None and deal.state in {"AWARDED", "CHAIN_REFUSED"}:
            return self._signature(state, deal)
        made = super()._deal(state)
        if made is None or msgspec.json.decode(bytes(made.command))["type"] in NOT_OF_A_CLIENT:
            return None
        return made

    def _approve(self, state: State) -> Submission | None:
        payment = self._any(row.id for row in state.payments.values() if row.state == "PREPARED")
        if payment is None:
            return None
        signer = self.random.choice((OPERATOR, SECOND_OPERATOR))
        terms = commands.ApprovalTerms(bank_approval="0x" + "6b" * 65)
        return self.door.submission("venue", signer, commands.ApprovePayment(payment_id=payment), terms)

    def _signature(self, state: State, deal: Deal) -> Submission | None:
        party = deal.seller if not deal.seller_signature else deal.buyer
        number = self.number_of(state.parties[party].key)
        if not {deal.seller_key, deal.buyer_key} <= set(state.keys):
            return None
        offer, both = acceptances.offer_of(state, deal), counters(state, deal)
        domain = register_domain(state.venue.chain_id, state.venue.register)
        digest = message_digest(domain, signed_message(deal, offer, both))
        signer = private_key(number)
        if self.random.random() < 0.06:
            signer = private_key(number + 1_000)  # the contract refuses it
        command = commands.SignAgreement(
            deal_id=deal.id,
            agreement_digest=agreement_digest(deal, offer, both),
            deal_signature=sign(digest, signer),
        )
        return self._of(state, party, command)


__all__ = ["PARTIES", "RICH", "RIGHTS", "SimulatedDay", "company_number", "private_key", "right_id"]
