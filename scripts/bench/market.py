"""The market of the engine benchmark: so many parties, each with a right that it has listed, and bidders with money.

Everything in it has come in through `Engine.apply`, as in a venue: applications, keys, approvals, register copies,
listings, credits. Companies and rights are made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from itertools import count

from stdnum.cn import uscc

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import VERSIONS, Engine
from exchange.rights.numbers import check_digit
from exchange.turn import Outcome
from scripts.bench.bid_flow import BIDDERS, LISTINGS, Step

PRICE = 100_000_00
DEPOSIT = 1_000_00
STEP = 100_00
"""Minor units of CNY, of every listing."""
START_MS = 1_800_000_000_000
CLOSES_MS = START_MS + 300 * MS_PER_DAY
OPERATOR, SECOND_OPERATOR, SERVICE = ("0x" + letters * 20 for letters in ("a1", "a2", "b1"))
TOLD_EVERY = 10_000


class SetUpRefused(Exception):
    """The engine refused a command of the market's set-up: the benchmark no longer fits the rules."""


class Market:
    """A venue with `standing` parties and as many open competitive listings; `BIDDERS` of the parties have money.

    Bidders and the listings of the flow are spread evenly over all that stand.
    """

    def __init__(self, standing: int, tell: Callable[[str], None]) -> None:
        if standing < LISTINGS:
            message = f"the flow needs {LISTINGS} listings"
            raise ValueError(message)
        self.engine = Engine()
        self.standing = standing
        self._times = count(START_MS)
        self._open()
        for number in range(standing):
            if number % TOLD_EVERY == 0:
                tell(f"{number} of {standing} parties and listings stand")
            self._party(number)
            self._listing(number)
        for bidder in range(BIDDERS):
            self._credit(bidder)
        self.engine.state.take_changes()

    def requests(self, steps: Iterable[Step]) -> list[c.Request]:
        """The requests that a sequencer would make of these steps, one millisecond after the other."""
        return [self._request(step) for step in steps]

    def deposits_held(self) -> int:
        """Minor units on the bidders' deposit accounts."""
        accounts = self.engine.state.accounts.values()
        return sum(account.balance for account in accounts if account.purpose == "deposit")

    def live_bids(self) -> dict[str, tuple[int, int]]:
        """Price and order of arrival of each live bid, by id; ids are the same in every market that plays a flow."""
        bids = self.engine.state.bids.values()
        return {bid.id: (bid.price, bid.sequence) for bid in bids if bid.state == "LIVE"}

    # --- what the flow's numbers stand for

    def _party_number(self, bidder: int) -> int:
        return bidder * self.standing // BIDDERS

    def _listing_number(self, listing: int) -> int:
        return listing * self.standing // LISTINGS

    def _request(self, step: Step) -> c.Request:
        listing_number = self._listing_number(step.listing)
        listing_id = f"L-{listing_number + 1}"
        party = listing_number if step.what == "bid_by_seller" else self._party_number(step.bidder)
        party_id, key = f"P-{party + 1}", _key(party)
        price = PRICE + step.above * STEP
        command: c.Command
        match step.what:
            case "register":
                return self._by(party_id, key, c.RegisterBidder(listing_id=listing_id))
            case "qualify":
                command = c.QualifyBidder(listing_id=listing_id, party_id=party_id)
                return self._by("venue", OPERATOR, command)
            case "withdraw":
                return self._by(party_id, key, c.WithdrawBid(bid_id=f"B-{step.bid}"))
            case "amend" | "amend_anothers":
                command = c.AmendBid(bid_id=f"B-{step.bid}")
            case "amend_unknown":
                command = c.AmendBid(bid_id=f"B-{10**9 + step.bid}")
            case "bid_too_low":
                command, price = c.PlaceBid(listing_id=listing_id), PRICE - STEP
            case "bid" | "bid_unregistered" | "bid_twice" | "bid_by_seller":
                command = c.PlaceBid(listing_id=listing_id)
        return self._by(party_id, key, command, c.BidTerms(price=price))

    # --- set-up

    def _open(self) -> None:
        opening = c.OpenVenue(
            profile="mainland",
            chain_id=31_337,
            register="0x" + "c1" * 20,
            anchor="0x" + "c2" * 20,
            operators=(OPERATOR, SECOND_OPERATOR),
            service=SERVICE,
            bank="0x" + "d1" * 20,
            office="0x" + "d2" * 20,
            receipt_key="00" * 32,
            fee_basis_points=100,
            simulated=True,
        )
        schema, engine, rulebook = VERSIONS
        self._give("venue", "", opening)
        self._give("venue", "", c.ActivateVersion(schema=schema, engine=engine, rulebook=rulebook))

    def _party(self, number: int) -> None:
        party_id, key, company_number = f"P-{number + 1}", _key(number), _company_number(number)
        letter = {"authorisation_letter": _digest(f"letter {number}")}
        application = c.ApplyParty(roles=("seller", "buyer"), jurisdiction="CN", key=key, erasable=letter)
        enrolment = c.EnrolKey(
            key=key,
            deadline_s=START_MS // 1_000 + 90 * 86_400,
            possession="0x" + "11" * 65,
            erasable=letter,
        )
        self._give("", key, application, c.PartyTerms(company_number=company_number))
        self._give(party_id, key, enrolment, c.KeyTerms(company_number=company_number))
        self._give("venue", OPERATOR, c.ApproveParty(party_id=party_id))

    def _listing(self, number: int) -> None:
        right_id = _right_id(number)
        facts = c.RegisterFacts(
            copy="{}",
            attestation="",
            status="granted",
            holders=(c.Holder(company_number=_company_number(number)),),
            expiry_date="2039-03-01",
        )
        imported = c.ImportRight(
            right_id=right_id,
            office="CN",
            right_type="invention",
            filing_date="2019-03-01",
            service_invention=False,
        )
        copy = c.RecordRegisterCopy(right_id=right_id, as_of_ms=START_MS, copy_digest=_digest(right_id))
        submitted = c.SubmitListing(
            right_id=right_id,
            mode="competitive",
            deal_kind="assignment",
            currency="CNY",
            closes_ms=CLOSES_MS,
            registration_closes_ms=CLOSES_MS - MS_PER_DAY,
        )
        self._give("venue", SERVICE, imported)
        self._give("venue", SERVICE, copy, facts)
        terms = c.ListingTerms(price=PRICE, deposit=DEPOSIT, step=STEP)
        self._give(f"P-{number + 1}", _key(number), submitted, terms)
        self._give("venue", OPERATOR, c.ApproveListing(listing_id=f"L-{number + 1}"))

    def _credit(self, bidder: int) -> None:
        """A bidder has paid in what it needs for a deposit on every listing of the flow."""
        amount = LISTINGS * DEPOSIT
        terms = c.StatementLineTerms(
            sequence=bidder + 1,
            account="SUPERVISED",
            direction="credit",
            currency="CNY",
            amount=amount,
            balance_after=amount * (bidder + 1),
            reference=f"P-{self._party_number(bidder) + 1}",
            instruction_id=None,
            simulated=True,
            attestation="",
        )
        line = c.RecordStatementLine(line_id=f"LINE-{bidder + 1}", value_time_ms=START_MS)
        self._give("venue", SERVICE, line, terms)

    def _by(self, actor: str, signer: str, command: c.Command, terms: c.Terms | None = None) -> c.Request:
        time_ms = next(self._times)
        salt = "" if terms is None else f"{time_ms:064x}"
        return c.Request(
            time_ms=time_ms,
            actor=actor,
            signer=signer,
            command=command,  # type: ignore[arg-type]  # each call gives one of `AnyCommand`
            terms=terms,
            terms_salt=salt,
        )

    def _give(self, actor: str, signer: str, command: c.Command, terms: c.Terms | None = None) -> None:
        outcome: Outcome = self.engine.apply(self._by(actor, signer, command, terms))
        if outcome.refusal is not None:
            message = f"{type(command).__name__}: {outcome.refusal.code} {outcome.refusal.detail}"
            raise SetUpRefused(message)


def _key(number: int) -> str:
    return f"0x{number + 1:040x}"


def _company_number(number: int) -> str:
    body = f"91440300{number + 1:09d}"
    return body + uscc.calc_check_digit(body)


def _right_id(number: int) -> str:
    digits = f"20191{number:07d}"
    return f"CN-{digits}.{check_digit(digits)}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
