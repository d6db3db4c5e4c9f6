"""A venue to write to: its genesis, and submissions as the front door would hand them over."""

from __future__ import annotations

import hashlib
import itertools
from random import Random
from typing import Any

import msgspec

from exchange import commands
from exchange.canonical import encode
from exchange.commands import AnyCommand, Command, Terms
from exchange.deals import acceptances
from exchange.deals.agreement import agreement_digest
from exchange.deals.filing import filing_digest
from exchange.keys import counters
from exchange.rows import Filing
from exchange.rules.onboarding import SINCE_ENGINE as PAPERS_SINCE_ENGINE
from exchange.sealed import Opening, commitment
from exchange.state import State
from exchange.terms import filing_package
from ledger.sequencer.messages import Submission
from tests.papers import verified
from tests.undertakings import offered_on

CHAIN_ID = 31337
OPERATOR = "0x" + "0A" * 20
SECOND_OPERATOR = "0x" + "0B" * 20
SERVICE = "0x" + "0C" * 20
SIGNATURE = "0x" + "5a" * 65
DAY_MS = 24 * 3600 * 1000
GENESIS = commands.OpenVenue(
    profile="hong-kong",
    chain_id=CHAIN_ID,
    register="0x" + "01" * 20,
    anchor="0x" + "02" * 20,
    operators=(OPERATOR, SECOND_OPERATOR),
    service=SERVICE,
    bank="0x" + "03" * 20,
    office="0x" + "04" * 20,
    receipt_key="",
    fee_basis_points=100,
    simulated=True,
)


def salt_of(text: str) -> str:
    """A salt that is the same in every run."""
    return hashlib.sha256(text.encode()).hexdigest()


class Door:
    """Makes submissions, each under a key of its own unless one is given."""

    def __init__(self, name: str = "t") -> None:
        self._name = name
        self._numbers = itertools.count(1)

    def submission(
        self,
        party: str,
        signer: str,
        command: Command,
        terms: Terms | None = None,
        *,
        key: str | None = None,
        texts: dict[str, Any] | None = None,
        client_order_id: str | None = None,
    ) -> Submission:
        key = key or f"{self._name}-{next(self._numbers)}"
        openings = {label: Opening(salt_of(key + label), value) for label, value in (texts or {}).items()}
        erasable = {
            label: commitment(label, bytes.fromhex(opening.salt), opening.value).hex()
            for label, opening in openings.items()
        }
        command = msgspec.structs.replace(command, erasable=erasable)
        content = encode(command)
        meaning = hashlib.sha256(content + (b"" if terms is None else encode(terms))).hexdigest()
        return Submission(
            party=party,
            idempotency_key=key,
            client_order_id=client_order_id,
            body_digest=meaning,
            command=msgspec.Raw(content),
            terms=None if terms is None else Opening(salt_of(key), terms),
            erasable=openings,
            signer=signer,
            signature=SIGNATURE,
            valid_until_ms=2**50,
        )

    def operator(self, command: Command, **more: Any) -> Submission:
        return self.submission("venue", OPERATOR, command, **more)

    def service(self, command: Command, terms: Terms | None = None) -> Submission:
        return self.submission("venue", SERVICE, command, terms)

    def application(self, number: int, name: str = "示例", key: str = "") -> Submission:
        """A company applies, with its own key or another."""
        signer = key or key_of(number)
        command = commands.ApplyParty(roles=("seller", "buyer"), jurisdiction="HK", key=signer)
        terms = commands.PartyTerms(company_number=company_number(number))
        return self.submission(
            "",
            signer,
            command,
            terms,
            texts={"profile": {"name": f"{name}{number}"}, "authorisation_letter": "函"},
        )

    def verification(self, party_id: str, now_ms: int) -> Submission:
        """The company's papers go on record."""
        command = commands.VerifyParty(party_id=party_id)
        return self.operator(command, terms=verified(now_ms), texts={"reason": "-", "persons": "示例人"})

    def enrolment(self, number: int, party_id: str, now_ms: int) -> Submission:
        """The party binds its own key for the chain."""
        command = commands.EnrolKey(
            key=key_of(number), deadline_s=now_ms // 1_000 + 90 * 86_400, possession=SIGNATURE
        )
        terms = commands.KeyTerms(company_number=company_number(number))
        return self.submission(party_id, key_of(number), command, terms, texts={"authorisation_letter": "函"})

    def import_right(self, number: int) -> Submission:
        command = commands.ImportRight(
            right_id=right_id(number),
            office="US",
            right_type="invention",
            filing_date="2015-03-02",
            grant_date="2017-04-04",
        )
        return self.submission(
            "venue", OPERATOR, command, texts={"bibliography": {"title": f"A device {number}"}}
        )

    def register_copy(self, number: int, holder: int, as_of_ms: int) -> Submission:
        facts = commands.RegisterFacts(
            copy="{}",
            licences=(),
            attestation="",
            status="granted",
            holders=(commands.Holder(company_number=company_number(holder)),),
            expiry_date="2035-03-02",
        )
        command = commands.RecordRegisterCopy(
            right_id=right_id(number), as_of_ms=as_of_ms, copy_digest="ab" * 32
        )
        return self.service(command, facts)

    def credit(self, line: str, party: str, amount: int, balance_after: int) -> Submission:
        terms = commands.StatementLineTerms(
            sequence=1,
            account="SUPERVISED",
            direction="credit",
            currency="HKD",
            amount=amount,
            balance_after=balance_after,
            reference=party,
            instruction_id=None,
            simulated=True,
            attestation="",
        )
        command = commands.RecordStatementLine(line_id=line, value_time_ms=0)
        return self.service(command, terms)

    def confirmation(self, filing: Filing) -> Submission:
        """The office confirms a filing, with a proof of its own."""
        return self.service(commands.ConfirmRegistration(**self._proof(filing)), self._outcome(filing))

    def refusal(self, filing: Filing, reason_code: str) -> Submission:
        """The office refuses a filing, with a proof of its own."""
        command = commands.RefuseRegistration(reason_code=reason_code, **self._proof(filing))
        return self.service(command, self._outcome(filing))

    def _proof(self, filing: Filing) -> dict[str, Any]:
        return {
            "deal_id": filing.deal_id,
            "filing_id": filing.id,
            "proof_digest": hashlib.sha256(filing.id.encode()).hexdigest(),
            "proof_signature": SIGNATURE,
        }

    def _outcome(self, filing: Filing) -> commands.FilingOutcomeTerms:
        return commands.FilingOutcomeTerms(
            kind=filing.filing_kind,
            right_id=filing.right_id,
            package_digest=filing_digest(filing),
            cure=None,
            proof_title="Outcome",
            register_version=2,
            received_ms=1,
            decided_ms=2,
            simulated=True,
            attestation="",
        )


def key_of(number: int) -> str:
    return f"0x{number:040x}"


def company_number(number: int) -> str:
    return f"{10_000_000 + number}"


def right_id(number: int) -> str:
    return f"US-{16_000_000 + number}"


class RandomDay:
    """Chooses one submission after the other from what the state would let happen, and some that it refuses."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - the same day for the same seed
        self.door = Door(f"day{seed}")
        self.parties = 0
        self.rights = 0
        self.lines = 0
        self.banked = 0
        self.time_ms = 0

    def next(self, state: State, time_ms: int) -> Submission:
        self.time_ms = time_ms
        choices = [
            self._right,
            self._money,
            self._money,
            self._list,
            self._accept,
            self._compete,
            self._compete,
        ]
        choices += [
            self._bid,
            self._bid,
            self._bid,
            self._deal,
            self._deal,
            self._deal,
            self._clock,
            self._erase,
        ]
        choices += [self._party] * (5 if self.parties < 5 else 1)
        for _ in range(20):
            made = self.random.choice(choices)(state)
            if made is not None:
                return made
        return self._party(state)

    def _any(self, ids: Any) -> Any:
        known = sorted(ids)
        return self.random.choice(known) if known else None

    def _party(self, state: State) -> Submission:
        waiting = self._any(p.id for p in state.parties.values() if p.state in {"APPLIED", "VERIFIED"})
        if waiting is None:
            self.parties += 1
            return self.door.application(self.parties)
        if state.parties[waiting].key not in state.keys:
            number = next(n for n in range(self.parties + 1) if key_of(n) == state.parties[waiting].key)
            return self.door.enrolment(number, waiting, self.time_ms)
        if state.parties[waiting].state == "APPLIED" and state.venue.engine >= PAPERS_SINCE_ENGINE:
            return self.door.verification(waiting, self.time_ms)
        return self.door.operator(
            commands.ApproveParty(party_id=waiting), texts={"reason": f"seen {waiting}"}
        )

    def _right(self, state: State) -> Submission:
        without = self._any(right.id for right in state.rights.values() if right.status is None)
        if without is None or not self.parties:
            self.rights += 1
            return self.door.import_right(self.rights)
        number = int(without.removeprefix("US-")) - 16_000_000
        return self.door.register_copy(number, self.random.randint(1, self.parties), self.time_ms)

    def _money(self, state: State) -> Submission | None:
        party = self._any(state.parties)
        if party is None:
            return None
        self.lines += 1
        amount = self.random.randint(1, 5_000_000)
        self.banked += amount
        return self.door.credit(f"line-{self.lines}", party, amount, self.banked)

    def _list(self, state: State) -> Submission | None:
        submitted = self._any(row.id for row in state.listings.values() if row.state == "SUBMITTED")
        if submitted is not None:
            return self.door.operator(commands.ApproveListing(listing_id=submitted))
        free = self._any(
            r.id for r in state.rights.values() if r.status and not r.open_listing and not r.open_deals
        )
        if free is None:
            return None
        numbers = {party.company_number: party for party in state.parties.values() if party.state == "ACTIVE"}
        holder = numbers.get(state.rights[free].holder_of_record[0].company_number)
        if holder is None:
            return None
        competitive = self.random.random() < 0.5
        kinds: list[commands.DealKind] = ["ordinary_licence"]
        if competitive:
            kinds = ["assignment", "ordinary_licence", "exclusive_licence"]
        command = commands.SubmitListing(
            right_id=free,
            mode="competitive" if competitive else "posted",
            deal_kind=self.random.choice(kinds),
            currency="HKD",
            closes_ms=self.time_ms + 4 * DAY_MS,
            registration_closes_ms=self.time_ms + DAY_MS if competitive else None,
            max_acceptances=1 if competitive else 3,
        )
        price = self.random.randint(1_000, 100_000)
        terms = offered_on(
            state.venue.engine, price=price, deposit=price // 10 if competitive else 0, territory=("US",)
        )
        return self.door.submission(holder.id, holder.key, command, terms)

    def _accept(self, state: State) -> Submission | None:
        posted = self._any(
            row.id for row in state.listings.values() if row.state == "OPEN" and row.mode == "posted"
        )
        party = self._any(state.parties)
        if posted is None or party is None:
            return None
        price = state.listings[posted].terms.price + (self.random.random() < 0.1)
        terms = commands.BidTerms(price=price)
        return self._of(state, party, commands.AcceptPrice(listing_id=posted), terms)

    def _compete(self, state: State) -> Submission | None:
        opened = self._any(
            r.id for r in state.listings.values() if r.state == "OPEN" and r.mode == "competitive"
        )
        party = self._any(state.parties)
        if opened is None or party is None:
            return None
        bidders = state.listings[opened].bidders
        registered = self._any(
            party_id for party_id, bidder in bidders.items() if bidder.state == "REGISTERED"
        )
        if registered is not None:
            return self.door.operator(commands.QualifyBidder(listing_id=opened, party_id=registered))
        return self._of(state, party, commands.RegisterBidder(listing_id=opened))

    def _bid(self, state: State) -> Submission | None:
        listing_id = self._any(
            row.id for row in state.listings.values() if row.mode == "competitive" and row.bidders
        )
        if listing_id is None:
            return None
        listing = state.listings[listing_id]
        party = self._any(listing.bidders)
        terms = commands.BidTerms(price=listing.terms.price + self.random.randint(-10, 50_000))
        mine = self._any(b for b in state.bids_of.get(listing_id, ()) if state.bids[b].party_id == party)
        command: AnyCommand = commands.PlaceBid(listing_id=listing_id)
        if mine is not None and self.random.random() < 0.8:
            if self.random.random() < 0.1:
                return self._of(state, party, commands.WithdrawBid(bid_id=mine))
            command = commands.AmendBid(bid_id=mine)
        return self._of(state, party, command, terms)

    def _deal(self, state: State) -> Submission | None:  # noqa: PLR0911 - one step for each state
        deal = state.deals.get(self._any(row.id for row in state.deals.values()) or "")
        if deal is None:
            return None
        if deal.state in {"AWARDED", "CHAIN_REFUSED"}:
            party = deal.seller if not deal.seller_signature else deal.buyer
            signed = commands.SignAgreement(
                deal_id=deal.id,
                agreement_digest=agreement_digest(
                    deal, acceptances.offer_of(state, deal), counters(state, deal)
                ),
                deal_signature=SIGNATURE,
            )
            return self._of(state, party, signed)
        if deal.state == "SIGNED":
            command = commands.ReportChainRecord(
                record="deal",
                subject_id=deal.id,
                outcome="final" if self.random.random() < 0.8 else "refused",
                transaction="0x" + "77" * 32,
                block=7,
            )
            return self.door.service(command)
        if deal.state in {"EFFECTIVE", "WITNESSED"} and not deal.statement_line:
            line = self._any(x.id for x in state.statement_lines.values() if x.party_id == deal.buyer)
            return self._of(
                state, deal.buyer, commands.FundDeal(deal_id=deal.id, statement_line=line or "none")
            )
        if deal.state == "FUNDED":
            package = filing_package.digests_of(state, deal)
            return self.door.operator(
                commands.FileDeal(deal_id=deal.id, filing_id=f"F-{deal.id}", package=package)
            )
        if deal.state == "FILED":
            return self.door.confirmation(state.filings[deal.filing_id])
        payment = self._any(p.id for p in state.payments.values() if p.state == "PREPARED")
        if payment is None:
            return None
        signer = self.random.choice([OPERATOR, SECOND_OPERATOR])
        terms = commands.ApprovalTerms(bank_approval="0x" + "6b" * 65)
        return self.door.submission("venue", signer, commands.ApprovePayment(payment_id=payment), terms)

    def _clock(self, state: State) -> Submission | None:  # noqa: ARG002 - the shape of every choice
        if self.random.random() < 0.7:
            return None
        return self.door.operator(
            commands.JumpClock(to_ms=self.time_ms + self.random.randint(DAY_MS // 20, DAY_MS // 2))
        )

    def _erase(self, state: State) -> Submission | None:  # noqa: ARG002 - the shape of every choice
        if self.random.random() < 0.8:
            return None
        command = commands.EraseSealedPart(
            entry=self.random.randint(0, 60),
            label=self.random.choice(["profile", "reason", "bibliography"]),
            ground="data-subject-request",
        )
        return self.door.operator(command)

    def _of(self, state: State, party_id: str, command: Command, terms: Terms | None = None) -> Submission:
        return self.door.submission(party_id, state.parties[party_id].key, command, terms)
