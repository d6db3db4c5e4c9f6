"""The market of the benchmarks: so many parties, each with a right that it has listed, and bidders with money.

`MarketRequests` says what is asked for, in its order; `Market` has an engine decide it. Everything comes in as in a
venue: applications, keys, approvals, register copies, listings, credits. Companies and rights are made up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from itertools import count

import msgspec
from stdnum.cn import uscc

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import VERSIONS, Engine
from exchange.rights.numbers import check_digit
from exchange.rules.onboarding import PAPERS
from exchange.turn import Outcome
from scripts.bench.bid_flow import BIDDERS, LISTINGS, Step

PRICE = 100_000_00
DEPOSIT = 1_000_00
STEP = 100_00
"""Minor units of CNY, of every listing."""
UNDERTAKING = c.Undertaking(
    state_secret=False,
    open_licence_elsewhere=False,
    venue_staff=False,
    nominee=False,
)
START_MS = 1_800_000_000_000
OPEN_FOR_MS = 300 * MS_PER_DAY
OPERATOR, SECOND_OPERATOR, SERVICE = ("0x" + letters * 20 for letters in ("a1", "a2", "b1"))
TOLD_EVERY = 10_000


class SetUpRefused(Exception):
    """The engine refused a command of the market's set-up: the benchmark no longer fits the rules."""


class MarketRequests:
    """What `standing` parties with as many competitive listings ask for.

    `BIDDERS` of them have money. Bidders and the listings of the flow are spread evenly over all that stand.
    start_ms: the market's beginning, ms UTC. pace_ms: from one request to the next. key_of: address of the key of the
    party of this number.
    """

    def __init__(
        self,
        standing: int,
        *,
        start_ms: int = START_MS,
        pace_ms: int = 1,
        key_of: Callable[[int], str] | None = None,
    ) -> None:
        if standing < LISTINGS:
            message = f"the flow needs {LISTINGS} listings"
            raise ValueError(message)
        self.standing = standing
        self.start_ms = start_ms
        self.key_of = key_of or _key
        self._times = count(start_ms, pace_ms)
        self._listed = standing
        """Listings that have been submitted so far, once the set-up has been decided."""
        self._listed_anew: dict[int, str] = {}
        """Ids of those that have taken another's place, by the flow's number."""

    def opening(self) -> c.OpenVenue:
        """The command that opens the venue."""
        return c.OpenVenue(
            profile="mainland",
            chain_id=31_337,
            register="0x" + "c1" * 20,
            anchor="0x" + "c2" * 20,
            operators=(OPERATOR, SECOND_OPERATOR),
            service=SERVICE,
            bank="0x" + "d1" * 20,
            office="0x" + "d2" * 20,
            receipt_key="",
            fee_basis_points=100,
            simulated=True,
        )

    def set_up(self, tell: Callable[[str], None]) -> Iterator[c.Request]:
        """Everything that must be decided before the flow begins, in this order, after the opening."""
        for number in range(self.standing):
            if number % TOLD_EVERY == 0:
                tell(f"{number} of {self.standing} parties and listings stand")
            yield from self._party(number)
            yield from self._listing(number)
        for bidder in range(BIDDERS):
            yield self._credit(bidder)

    def requests(self, steps: Iterable[Step]) -> list[c.Request]:
        """The requests that a sequencer would make of these steps, one millisecond after the other."""
        return [self._request(step) for step in steps]

    def list_anew(self, listing: int) -> list[c.Request]:
        """The seller takes a listing of the flow back and lists the right again; what follows is about that listing."""
        number = self._listing_number(listing)
        party_id, key = f"P-{number + 1}", self.key_of(number)
        withdrawn = self._by(party_id, key, c.WithdrawListing(listing_id=self._listing_id(number)))
        self._listed += 1
        self._listed_anew[number] = f"L-{self._listed}"
        return [withdrawn, *self._submitted(number, since_ms=withdrawn.time_ms)]

    def by_venue(self, command: c.Command) -> c.Request:
        """A request of the sequencer's own."""
        return self._by("venue", "", command)

    # --- what the flow's numbers stand for

    def _party_number(self, bidder: int) -> int:
        return bidder * self.standing // BIDDERS

    def _listing_number(self, listing: int) -> int:
        return listing * self.standing // LISTINGS

    def _listing_id(self, number: int) -> str:
        return self._listed_anew.get(number, f"L-{number + 1}")

    def _request(self, step: Step) -> c.Request:
        listing_number = self._listing_number(step.listing)
        listing_id = self._listing_id(listing_number)
        party = listing_number if step.what == "bid_by_seller" else self._party_number(step.bidder)
        party_id, key = f"P-{party + 1}", self.key_of(party)
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

    def _party(self, number: int) -> Iterator[c.Request]:
        party_id, key, company_number = f"P-{number + 1}", self.key_of(number), _company_number(number)
        letter = {"authorisation_letter": _digest(f"letter {number}")}
        application = c.ApplyParty(roles=("seller", "buyer"), jurisdiction="CN", key=key, erasable=letter)
        enrolment = c.EnrolKey(
            key=key,
            deadline_s=self.start_ms // 1_000 + 90 * 86_400,
            possession="0x" + "11" * 65,
            erasable=letter,
        )
        applied = self._by("", key, application, c.PartyTerms(company_number=company_number))
        yield msgspec.structs.replace(applied, api_key_sha256=api_key_hash(number))
        yield self._by(party_id, key, enrolment, c.KeyTerms(company_number=company_number))
        papers = tuple(
            c.Paper(
                paper=kind,
                digest=_digest(f"{kind} {number}"),
                dated_ms=self.start_ms,
                nominee=False if kind == "beneficial_owners" else msgspec.UNSET,
            )
            for kind in PAPERS
        )
        verified = c.VerifyParty(party_id=party_id)
        yield self._by("venue", OPERATOR, verified, c.VerificationTerms(papers=papers))
        yield self._by("venue", OPERATOR, c.ApproveParty(party_id=party_id))

    def _listing(self, number: int) -> Iterator[c.Request]:
        right_id = _right_id(number)
        facts = c.RegisterFacts(
            copy="{}",
            licences=(),
            attestation="",
            status="granted",
            holders=(c.Holder(company_number=_company_number(number)),),
            grant_date="2021-06-01",
            expiry_date="2039-03-01",
        )
        imported = c.ImportRight(
            right_id=right_id,
            office="CN",
            right_type="invention",
            filing_date="2019-03-01",
            service_invention=False,
            erasable={"bibliography": _digest(f"title of {right_id}")},
        )
        copy = c.RecordRegisterCopy(right_id=right_id, as_of_ms=self.start_ms, copy_digest=_digest(right_id))
        yield self._by("venue", SERVICE, imported)
        yield self._by("venue", SERVICE, copy, facts)
        yield from self._submitted(number, since_ms=self.start_ms)

    def _submitted(self, number: int, *, since_ms: int) -> Iterator[c.Request]:
        """The right of this party is listed, and the listing approved."""
        closes_ms = since_ms + OPEN_FOR_MS
        submitted = c.SubmitListing(
            right_id=_right_id(number),
            mode="competitive",
            deal_kind="assignment",
            currency="CNY",
            closes_ms=closes_ms,
            registration_closes_ms=closes_ms - MS_PER_DAY,
        )
        terms = c.ListingTerms(price=PRICE, deposit=DEPOSIT, step=STEP, undertaking=UNDERTAKING)
        yield self._by(f"P-{number + 1}", self.key_of(number), submitted, terms)
        yield self._by("venue", OPERATOR, c.ApproveListing(listing_id=self._listing_id(number)))

    def _credit(self, bidder: int) -> c.Request:
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
        line = c.RecordStatementLine(line_id=f"LINE-{bidder + 1}", value_time_ms=self.start_ms)
        return self._by("venue", SERVICE, line, terms)

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


class Market:
    """A venue of its own in which an engine has decided all that a market begins with."""

    def __init__(self, standing: int, tell: Callable[[str], None]) -> None:
        self.engine = Engine()
        self.standing = standing
        self._flow = MarketRequests(standing)
        self._entries = 0
        schema, engine, rulebook = VERSIONS
        opening = msgspec.structs.replace(self._flow.opening(), receipt_key="00" * 32)
        self._give(self._flow.by_venue(opening))
        self._give(self._flow.by_venue(c.ActivateVersion(schema=schema, engine=engine, rulebook=rulebook)))
        for request in self._flow.set_up(tell):
            self._give(request)
        self.engine.state.take_changes()

    def requests(self, steps: Iterable[Step]) -> list[c.Request]:
        """The requests that a sequencer would make of these steps, one millisecond after the other."""
        return self._flow.requests(steps)

    def deposits_held(self) -> int:
        """Minor units on the bidders' deposit accounts."""
        accounts = self.engine.state.accounts.values()
        return sum(account.balance for account in accounts if account.purpose == "deposit")

    def live_bids(self) -> dict[str, tuple[int, int]]:
        """Price and order of arrival of each live bid, by id; ids are the same in every market that plays a flow."""
        bids = self.engine.state.bids.values()
        return {bid.id: (bid.price, bid.sequence) for bid in bids if bid.state == "LIVE"}

    def _give(self, request: c.Request) -> None:
        outcome: Outcome = self.engine.apply(msgspec.structs.replace(request, entry=self._entries))
        self._entries += 1
        if outcome.refusal is not None:
            name = type(request.command).__name__
            message = f"{name}: {outcome.refusal.code} {outcome.refusal.detail}"
            raise SetUpRefused(message)


def api_key(number: int) -> str:
    """The API key of the party of this number: known to everybody, for a venue that stands for a benchmark's time."""
    return f"ipx_benchmark_{number}"


def api_key_hash(number: int) -> str:
    """As the venue keeps it."""
    return _digest(api_key(number))


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
