"""Random trading days: whatever is asked of it, and in whatever order, the engine keeps its promises."""

from __future__ import annotations

import functools
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from exchange import canonical
from exchange.engine import Engine
from tests.exchange.random_day import DAYS_OF_HONG_KONG, RandomDay
from tests.exchange.watched_day import WatchedDay

SEEDS = (*range(52), 58, 59, 67, 77, 182, 200, 233)
STEPS = 800
MUST_BE_MET = {
    "AFFILIATE-MAY-NOT-BID", "BID-BELOW-PRICE", "BID-IRREVOCABLE", "BID-STANDS", "CN-AUCTION-LAW-30",
    "CN-LICENCE-RECORDAL-12-2", "CN-PATENT-LAW-14", "CN-PATENT-LAW-44", "CN-TECHNOLOGY-CONTRACTS-25", "FACT-MISSING",
    "FOUR-EYES", "FUNDS-SHORT", "LISTING-EXISTS", "MALFORMED", "NOT-PERMITTED", "NOT-QUALIFIED", "PARTY-NOT-ACTIVE",
    "UNKNOWN-ID", "WRONG-STATE",
    "BidChanged LAPSED", "BidChanged LOST", "BidChanged WITHDRAWN", "BidChanged WON",
    "DealChanged CHAIN_REFUSED", "DealChanged DELIVERED", "DealChanged FILED", "DealChanged REFUNDED",
    "DealChanged REGISTERED", "DealChanged SETTLED",
    "DeadlineFired archive", "DeadlineFired fund_by", "DeadlineFired licence_end", "DeadlineFired listing_close",
    "DeadlineFired notice_end", "DeadlineFired registration_close", "DeadlineFired sign_by",
    "LicenceChanged GRANTED", "LicenceChanged RECORDED", "LicenceChanged EXPIRED",
    "LicenceChanged ENDED", "LicenceChanged SUSPENDED", "BALANCE-DIFFERS", "CN-CIVIL-CODE-444", "CN-PATENT-RULES-103",
    "BidChanged SUPERSEDED", "DeadlineFired price_drop", "DeadlineFired proposal_expiry", "PROPOSAL-STANDS",
    "ProposalChanged ACCEPTED", "ProposalChanged COUNTERED", "ProposalChanged LAPSED", "ProposalChanged REFUSED",
    "BidChanged REVEALED", "BidChanged VOID", "BidderChanged FORFEITED", "CN-TENDERING-37", "DeadlineFired evaluation_by",
    "DeadlineFired reveal_end", "DeadlineFired sealing_by", "ListingChanged EVALUATING", "SEAL-DIFFERS",
    "BidChanged FORFEIT default", "BidChanged WON accept_award",
    "DeadlineFired archive_need", "NeedChanged EXPIRED", "NeedChanged FULFILLED", "NeedChanged WITHDRAWN",
    "sold by several", "release of co_owner",
    "hold EXPIRED", "hold POSTED", "hold VOIDED", "earnest money SETTLED kept",
    "ListingChanged BIDDING", "ListingChanged NEGOTIATE", "ListingChanged SOLD", "ListingChanged SUSPENDED",
    "tender won by points",
    "CN-AUCTION-LAW-22", "PRICE-CHANGED", "award of posted", "award of competitive", "award of english",
    "award of english off the listed price", "award of dutch", "award of dutch off the listed price",
    "award of negotiated off the listed price", "award of sealed",
}  # fmt: skip
"""What the days must come across, lest they grow tame."""
REFUSALS_MUST_BE_MET = {
    "DealChanged ROFR_PENDING", "DealChanged REASSIGNED", "DeadlineFired refusal_by", "BidChanged LOST first_refusal",
    "CN-CIVIL-CODE-847", "CN-CIVIL-CODE-860", "UNEQUAL-TERMS",
}  # fmt: skip
"""The same of first refusals."""
PAPERS_MUST_BE_MET = {
    "ListingChanged HELD", "ObjectionChanged DISMISSED", "ObjectionChanged UPHELD", "CN-PATENT-LAW-4",
    "CN-SC-2011-38-HOLDERS",
}  # fmt: skip
"""The same of documents on record and objections."""
ENDINGS_MUST_BE_MET = {"application refused", "performance overdue"}
"""The same of deals that their buyers rescind."""
HONG_KONG_MUST_BE_MET = {
    "HK-PATENTS-ORDINANCE-54", "licence of HK GRANTED", "licence of HK RECORDED", "licence of HK OVERDUE",
    "licence of HK EXPIRED", "licence of HK SUSPENDED", "licence of HK ENDED", "licence of MO RECORDED",
}  # fmt: skip
"""The same of a Hong Kong venue's days."""

REPLAY_ELSEWHERE = """
import sys
from tests.exchange.test_random_days import digest_of_a_day
print(digest_of_a_day(int(sys.argv[1])))
"""


@functools.cache
def watched(seed: int) -> WatchedDay:
    """A whole day, every step of it under watch."""
    day = WatchedDay(seed)
    for _ in range(STEPS):
        day.step()
    return day


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_day_keeps_every_promise_and_replays_and_loads_to_the_same_state(seed: int) -> None:
    day = watched(seed)
    fresh = day.replay()
    assert fresh.state.state_hash() == day.state.state_hash()
    assert fresh.state.rows == day.state.rows


def test_the_random_days_come_across_what_a_market_comes_across() -> None:
    assert (
        sorted(
            (MUST_BE_MET | PAPERS_MUST_BE_MET | REFUSALS_MUST_BE_MET | ENDINGS_MUST_BE_MET)
            - set().union(*(watched(seed).watcher.seen for seed in SEEDS))
        )
        == []
    )


def test_a_hong_kong_venues_days_come_across_licences_told_in_time_late_and_never() -> None:
    seen = set().union(*(watched(seed).watcher.seen for seed in DAYS_OF_HONG_KONG))
    assert sorted(HONG_KONG_MUST_BE_MET - seen) == []
    assert "licence of MO OVERDUE" not in seen, "no clock runs for a register of Macau"


def digest_of_a_day(seed: int) -> str:
    """One hash over every outcome's canonical bytes and the state at the end."""
    day = RandomDay(seed)
    for _ in range(STEPS):
        day.step()
    hasher = hashlib.sha256()
    engine = Engine()
    for request in day.requests:
        hasher.update(canonical.encode(engine.apply(request)))
    hasher.update(engine.state.state_hash().encode())
    return hasher.hexdigest()


@pytest.mark.parametrize("hash_seed", ["1", "4242"])
def test_another_process_with_another_hash_seed_gives_the_same_bytes(hash_seed: str) -> None:
    root = Path(__file__).parents[2]
    environment = {"PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(root), "PATH": os.environ["PATH"]}
    answer = subprocess.run(
        [sys.executable, "-c", REPLAY_ELSEWHERE, "3"],
        env=environment,
        cwd=root,
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    )
    assert answer.stdout.strip() == digest_of_a_day(3)
