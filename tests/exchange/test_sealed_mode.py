"""Sealed bids: nothing known before the close, nothing changed after it, opened only what is fixed on the chain."""

from __future__ import annotations

from typing import Any

import pytest
from eth_account.messages import encode_typed_data
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import canonical
from exchange import commands as c
from exchange.calendar import MS_PER_DAY, MS_PER_HOUR, venue_date
from exchange.events import SealedBidsFixed
from exchange.keccak import keccak
from exchange.listings.bid_commitment import SealedBid, commitment_of
from exchange.modes.sealed import MOST_SEALED, SEALING_MS
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Bidder
from exchange.state import State
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest

FRIDAY = 4
LEAST, DEPOSIT, WINDOW_MS = 100_000_00, 30_000_00, MS_PER_DAY
TERMS: dict[str, Any] = {"price": LEAST, "deposit": DEPOSIT, "reveal_ms": WINDOW_MS}


class Sealing(Scene):
    """A sealed listing with qualified bidders."""

    def __init__(self, bidders: int = 3, mode: str = "sealed", **fields: Any) -> None:
        super().__init__()
        self.seller = self.party()
        self.right_id = self.right(self.seller)
        self.listing_id = self.listing(self.seller, self.right_id, mode, **(TERMS | fields))
        self.bidders = [self.party() for _ in range(bidders)]
        for bidder in self.bidders:
            self.credit(bidder, DEPOSIT)
            self.bidder(self.listing_id, bidder)

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    def sealed(self, *prices: int) -> list[str]:
        """One bid of each bidder, in order."""
        given = [
            self.seal(self.listing_id, bidder, price)
            for bidder, price in zip(self.bidders, prices, strict=False)
        ]
        return [outcome.result["bid_id"] for outcome in given]

    def close(self) -> None:
        self.wait(self.row.closes_ms - self.now)

    def window_ends(self) -> None:
        self.wait(self.row.reveal_closes_ms - self.now)

    def outage(self, since_ms: int, until_ms: int) -> None:
        command = c.Outage(since_ms=since_ms, until_ms=until_ms)
        self.engine.apply(c.Request(time_ms=self.now, actor="venue", signer="", command=command))

    def states(self) -> list[str]:
        return [bid.state for bid in self.state.bids.values()]


def test_the_highest_price_wins_the_earliest_sealed_among_equals_and_pays_what_it_bid() -> None:
    scene = Sealing(4)
    bids = scene.sealed(LEAST, LEAST + 2, LEAST + 2, LEAST + 1)
    scene.close()
    assert scene.row.state == "SEALED"
    scene.fixed(scene.listing_id)
    for number in (3, 2, 1, 0):
        assert code(scene.reveal(bids[number], (LEAST, LEAST + 2, LEAST + 2, LEAST + 1)[number])) == ""
    assert not scene.state.deals, "nothing is awarded before the window has ended"
    scene.window_ends()
    (deal,) = scene.state.deals.values()
    assert (deal.buyer, deal.price, deal.bid_id) == (scene.bidders[1], LEAST + 2, bids[1])
    assert scene.states() == ["LOST", "WON", "LOST", "LOST"]
    assert [scene.balance(bidder) for bidder in scene.bidders] == [DEPOSIT, 0, DEPOSIT, DEPOSIT]
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_no_bid_is_opened_before_its_set_is_final_on_the_chain() -> None:
    scene = Sealing()
    (bid, *_) = scene.sealed(LEAST)
    assert code(scene.reveal(bid, LEAST)) == "WRONG-STATE"
    scene.close()
    assert code(scene.reveal(bid, LEAST)) == "WRONG-STATE"
    scene.fixed(scene.listing_id)
    assert code(scene.reveal(bid, LEAST)) == ""


def test_the_set_holds_every_bid_that_stands_at_the_close_and_no_other() -> None:
    scene = Sealing(3)
    bids = scene.sealed(LEAST, LEAST + 1, LEAST + 2)
    scene.by(scene.bidders[1], c.WithdrawBid(bid_id=bids[1]))
    again = scene.seal(scene.listing_id, scene.bidders[1], LEAST + 5, nonce=digest("another")).result[
        "bid_id"
    ]
    scene.by(scene.bidders[2], c.WithdrawBid(bid_id=bids[2]))
    scene.close()
    wanted = sorted(str(scene.state.bids[bid].commitment) for bid in (bids[0], again))
    standing = scene.state.sealed_sets[scene.listing_id]
    assert list(standing.commitments) == wanted
    assert standing.closed_ms == scene.row.closes_ms
    (fixed,) = [
        event for outcome in scene.outcomes for event in outcome.events if isinstance(event, SealedBidsFixed)
    ]
    assert (fixed.listing_id, fixed.round, fixed.count) == (scene.listing_id, 1, 2)


def test_after_the_close_no_bid_comes_goes_or_changes() -> None:
    scene = Sealing(2)
    (bid,) = scene.sealed(LEAST)
    bidder, late = scene.bidders
    scene.close()
    for state in ("SEALED", "REVEALING"):
        assert scene.row.state == state
        assert code(scene.by(bidder, c.WithdrawBid(bid_id=bid))) == "BID-IRREVOCABLE"
        assert code(scene.by(bidder, c.LeaveListing(listing_id=scene.listing_id))) == "BID-IRREVOCABLE"
        assert code(scene.seal(scene.listing_id, late, LEAST)) == "WRONG-STATE"
        assert code(scene.by(scene.seller, c.WithdrawListing(listing_id=scene.listing_id))) == "WRONG-STATE"
        scene.fixed(scene.listing_id)


@pytest.mark.parametrize("field", ["price", "nonce", "proposal", "bidder", "listing"])
def test_a_bid_opens_to_what_was_sealed_and_to_nothing_else(field: str) -> None:
    scene = Sealing(2)
    first, second = scene.sealed(LEAST, LEAST + 7)
    scene.close()
    scene.fixed(scene.listing_id)
    other = {"price": LEAST + 1, "nonce": digest("another nonce")}
    if field in other:
        outcome = scene.reveal(first, **({"price": LEAST} | {field: other[field]}))  # type: ignore[arg-type]
        assert code(outcome) == "SEAL-DIFFERS"
    elif field == "proposal":
        assert code(scene.reveal(first, LEAST, proposal=digest("a document"))) == "MALFORMED"
    elif field == "bidder":
        nonce = digest(f"nonce {scene.listing_id} {scene.bidders[1]}")
        assert code(scene.reveal(first, LEAST + 7, nonce=nonce)) == "SEAL-DIFFERS", "another's opening"
    else:
        assert (
            code(
                scene.by(
                    scene.bidders[1],
                    c.RevealBid(bid_id=first),
                    terms=c.RevealTerms(price=LEAST, nonce="00" * 32),
                )
            )
            == "NOT-PERMITTED"
        )
    assert scene.state.bids[first].state == "SEALED"
    assert code(scene.reveal(first, LEAST)) == ""
    assert code(scene.reveal(first, LEAST)) == "WRONG-STATE"
    assert code(scene.reveal(second, LEAST + 7)) == ""


def test_whoever_does_not_open_its_bid_loses_its_deposit_to_the_seller() -> None:
    scene = Sealing(3)
    bids = scene.sealed(LEAST, LEAST + 9)
    scene.close()
    scene.fixed(scene.listing_id)
    scene.reveal(bids[0], LEAST)
    scene.window_ends()
    assert scene.states() == ["WON", "VOID"]
    assert scene.row.bidders[scene.bidders[1]] == Bidder(state="FORFEITED", deposit=0, sealed=1)
    assert [scene.balance(bidder) for bidder in scene.bidders] == [0, 0, DEPOSIT], (
        "the third never sealed one"
    )
    assert scene.balance(scene.seller) == DEPOSIT


def test_a_bid_below_the_least_price_is_void_and_costs_nothing() -> None:
    scene = Sealing(1)
    (bid,) = scene.sealed(LEAST - 1)
    scene.close()
    scene.fixed(scene.listing_id)
    assert scene.reveal(bid, LEAST - 1).result == {"bid_id": bid, "listing_id": scene.listing_id}
    assert scene.state.bids[bid].state == "VOID"
    scene.window_ends()
    assert (scene.row.state, scene.balance(scene.bidders[0])) == ("LAPSED", DEPOSIT)


def test_without_bids_or_bidders_the_listing_lapses() -> None:
    for bidders in (0, 2):
        scene = Sealing(bidders)
        scene.close()
        assert scene.row.state == "LAPSED"
        assert not scene.state.sealed_sets
        assert all(scene.balance(bidder) == DEPOSIT for bidder in scene.bidders)


@pytest.mark.parametrize("way", ["refused", "too late"])
def test_a_set_that_the_chain_does_not_take_is_never_opened_and_deposits_go_back(way: str) -> None:
    scene = Sealing()
    scene.sealed(LEAST, LEAST + 1, LEAST + 2)
    scene.close()
    if way == "refused":
        scene.fixed(scene.listing_id, "refused")
    else:
        scene.wait(SEALING_MS)
    assert scene.row.state == "LAPSED"
    assert scene.states() == ["LAPSED"] * 3
    assert [scene.balance(bidder) for bidder in scene.bidders] == [DEPOSIT] * 3
    assert code(scene.fixed(scene.listing_id)) == "WRONG-STATE"


def test_nothing_is_awarded_or_forfeited_when_the_register_bars_the_seller_by_then() -> None:
    scene = Sealing(2)
    bids = scene.sealed(LEAST, LEAST + 1)
    scene.close()
    scene.fixed(scene.listing_id)
    scene.reveal(bids[0], LEAST)
    scene.copy(scene.right_id, scene.seller, freeze="preservation")
    assert scene.row.state == "REVEALING"
    scene.window_ends()
    assert (scene.row.state, scene.states()) == ("LAPSED", ["LAPSED", "LAPSED"])
    assert [scene.balance(bidder) for bidder in scene.bidders] == [DEPOSIT] * 2


def test_a_bidder_that_turns_out_to_be_an_affiliate_is_out_with_its_deposit() -> None:
    scene = Sealing(2)
    scene.sealed(LEAST, LEAST + 1)
    scene.operator(c.RecordAffiliation(party_id=scene.seller, affiliate_id=scene.bidders[1]))
    assert scene.states() == ["SEALED", "LAPSED"]
    assert scene.balance(scene.bidders[1]) == DEPOSIT
    scene.close()
    assert len(scene.state.sealed_sets[scene.listing_id].commitments) == 1


def test_the_window_takes_in_the_next_working_day_whole() -> None:
    scene = Sealing(1)
    scene.sealed(LEAST)
    friday = next(
        day for day in range(7) if venue_date(scene.row.closes_ms + day * MS_PER_DAY).weekday() == FRIDAY
    )
    scene.close()
    scene.wait(friday * MS_PER_DAY)
    scene.fixed(scene.listing_id)
    ends = venue_date(scene.row.reveal_closes_ms - 1)
    assert (ends - venue_date(scene.now)).days == 3, "on Monday, whatever the listing's day of 24 hours"


def test_an_outage_in_the_middle_of_the_window_gives_bidders_the_time_back() -> None:
    scene = Sealing(2)
    scene.sealed(LEAST, LEAST)
    scene.close()
    scene.fixed(scene.listing_id)
    ends_ms = scene.row.reveal_closes_ms
    scene.wait(ends_ms - MS_PER_HOUR - scene.now)
    since_ms = scene.now - 6 * MS_PER_HOUR
    scene.outage(since_ms, scene.now)
    assert scene.row.reveal_closes_ms == ends_ms + 6 * MS_PER_HOUR
    scene.outage(0, scene.row.opened_ms)
    assert scene.row.reveal_closes_ms == ends_ms + 6 * MS_PER_HOUR, "one before the window took nothing of it"


def test_a_suspended_bidder_opens_its_bid_and_keeps_its_deposit_so() -> None:
    scene = Sealing(2)
    bids = scene.sealed(LEAST, LEAST + 1)
    scene.close()
    scene.fixed(scene.listing_id)
    scene.operator(c.SuspendParty(party_id=scene.bidders[0], erasable={"reason": "00" * 32}))
    assert code(scene.reveal(bids[0], LEAST)) == ""
    assert code(scene.reveal(bids[1], LEAST + 1)) == ""
    scene.window_ends()
    assert scene.balance(scene.bidders[0]) == DEPOSIT


def test_nobody_seals_and_takes_back_without_end() -> None:
    scene = Sealing(1)
    for number in range(MOST_SEALED):
        bid = scene.seal(scene.listing_id, scene.bidders[0], LEAST + number).result["bid_id"]
        assert code(scene.by(scene.bidders[0], c.WithdrawBid(bid_id=bid))) == ""
    assert code(scene.seal(scene.listing_id, scene.bidders[0], LEAST)) == "MALFORMED"


@pytest.mark.parametrize("leaves", ["by_itself", "by_the_venue"])
def test_leaving_and_coming_again_begins_no_new_count_of_sealed_bids(leaves: str) -> None:
    scene = Sealing(1)
    (bidder,) = scene.bidders
    for number in range(MOST_SEALED):
        scene.seal(scene.listing_id, bidder, LEAST + number)
        bid = scene.state.sealed_bids[scene.listing_id][bidder]
        assert code(scene.by(bidder, c.WithdrawBid(bid_id=bid))) == ""
    if leaves == "by_itself":
        assert code(scene.by(bidder, c.LeaveListing(listing_id=scene.listing_id))) == ""
    else:
        scene.document("dishonesty_listing", bidder)
        scene.document("dishonesty_removal", bidder)
    assert scene.row.bidders[bidder].state == "LEFT"
    scene.bidder(scene.listing_id, bidder)
    assert scene.row.bidders[bidder].state == "QUALIFIED"
    assert code(scene.seal(scene.listing_id, bidder, LEAST)) == "MALFORMED"


def test_an_outage_leaves_bidders_their_window() -> None:
    scene = Sealing(1)
    (bid,) = scene.sealed(LEAST)
    scene.close()
    scene.fixed(scene.listing_id)
    closes_ms = scene.row.reveal_closes_ms
    scene.now = closes_ms + MS_PER_HOUR
    scene.outage(closes_ms - MS_PER_HOUR, scene.now)
    assert scene.row.reveal_closes_ms == closes_ms + 2 * MS_PER_HOUR
    assert code(scene.reveal(bid, LEAST)) == ""


@pytest.mark.parametrize(
    "fields",
    [
        {"reveal_ms": MS_PER_DAY - 1},
        {"reveal_ms": 31 * MS_PER_DAY},
        {"step": 1},
        {"deposit": 0},
        {"reserve": LEAST},
        {"criteria": (c.Criterion(code="price", weight=10_000),)},
        {"registration_closes_ms": None},
        {"max_acceptances": 2, "deal_kind": "ordinary_licence"},
    ],
)
def test_a_sealed_listing_without_what_it_needs_or_with_what_others_have_is_refused(
    fields: dict[str, Any],
) -> None:
    scene = Scene()
    seller = scene.party()
    assert code(scene.submit(seller, scene.right(seller), "sealed", **(TERMS | fields))) == "MALFORMED"


def test_prices_in_the_open_have_no_place() -> None:
    scene = Sealing(2)
    (bid,) = scene.sealed(LEAST)
    assert code(scene.bid(scene.listing_id, scene.bidders[0], LEAST)) == "WRONG-STATE"
    assert (
        code(scene.by(scene.bidders[0], c.AmendBid(bid_id=bid), terms=c.BidTerms(price=LEAST)))
        == "WRONG-STATE"
    )
    assert code(scene.by(scene.seller, c.AcceptBid(bid_id=bid))) == "WRONG-STATE"
    assert code(scene.seal(scene.listing_id, scene.bidders[0], LEAST)) == "BID-STANDS"
    assert code(scene.seal(scene.listing_id, scene.party(), LEAST)) == "NOT-QUALIFIED"
    malformed = c.SealBid(listing_id=scene.listing_id, commitment="0x" + "11" * 31)
    assert code(scene.by(scene.bidders[1], malformed)) == "MALFORMED"


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_the_award_does_not_depend_on_the_order_of_opening_nor_on_a_restart_between(
    data: st.DataObject,
) -> None:
    scene = Sealing(5)
    prices = data.draw(st.lists(st.integers(LEAST - 1, LEAST + 2), min_size=5, max_size=5))
    bids = scene.sealed(*prices)
    scene.close()
    scene.fixed(scene.listing_id)
    opened = data.draw(st.lists(st.integers(0, 4), unique=True))
    restart = data.draw(st.integers(0, 5))
    for count, number in enumerate(opened):
        if count == restart:
            rows = [(row.kind, canonical.encode(row)) for row in scene.state.each_row()]
            state = State()
            state.load(rows)
            assert state.state_hash() == scene.state.state_hash()
            scene.engine.state = state
        assert code(scene.reveal(bids[number], prices[number])) == ""
    scene.window_ends()
    valid = [(-prices[number], number) for number in opened if prices[number] >= LEAST]
    deals = list(scene.state.deals.values())
    assert [deal.bid_id for deal in deals] == ([bids[min(valid)[1]]] if valid else [])
    lost = DEPOSIT * (5 - len(opened))
    assert scene.balance(scene.seller) == lost
    total = sum(scene.balance(bidder) + scene.balance(bidder, "deposit") for bidder in scene.bidders)
    assert total + lost == 5 * DEPOSIT


@settings(max_examples=50, deadline=None)
@given(
    price=st.integers(1, LARGEST_AMOUNT),
    listing_round=st.integers(1, 65_535),
    nonce=st.binary(min_size=32, max_size=32),
    proposal=st.one_of(st.just(b""), st.binary(min_size=32, max_size=32)),
    text=st.text(min_size=1, max_size=20),
)
def test_the_commitment_is_the_eip_712_hash_that_any_wallet_library_makes(
    price: int, listing_round: int, nonce: bytes, proposal: bytes, text: str
) -> None:
    members = [
        ("listing", "string"),
        ("round", "uint16"),
        ("bidder", "string"),
        ("price", "uint256"),
        ("currency", "string"),
    ]
    members += [("proposal", "bytes32")] if proposal else []
    members += [("nonce", "bytes32")]
    name = "SealedTender" if proposal else "SealedBid"
    message = {
        "listing": text,
        "round": listing_round,
        "bidder": "P-2",
        "price": price,
        "currency": "HKD",
        "nonce": nonce,
    }
    typed = {
        "types": {
            "EIP712Domain": [
                {"name": "name", "type": "string"},
                {"name": "version", "type": "string"},
                {"name": "chainId", "type": "uint256"},
                {"name": "verifyingContract", "type": "address"},
            ],
            name: [{"name": field, "type": kind} for field, kind in members],
        },
        "primaryType": name,
        "domain": {
            "name": "IPX Exchange",
            "version": "1",
            "chainId": 31_337,
            "verifyingContract": "0x" + "c2" * 20,
        },
        "message": message | ({"proposal": proposal} if proposal else {}),
    }
    signable = encode_typed_data(full_message=typed)
    wanted = keccak(b"\x19" + signable.version + signable.header + signable.body).hex()
    bid = SealedBid(
        listing=text,
        round=listing_round,
        bidder="P-2",
        price=price,
        currency="HKD",
        proposal=proposal.hex(),
        nonce=nonce.hex(),
    )
    assert commitment_of(31_337, "0x" + "c2" * 20, bid) == wanted


@pytest.mark.parametrize(
    "wrong", [{"price": 0}, {"price": 2**53}, {"round": 0}, {"nonce": "00"}, {"proposal": "xy"}]
)
def test_what_no_bid_can_be_has_no_commitment(wrong: dict[str, Any]) -> None:
    sound: dict[str, Any] = {
        "listing": "L-1",
        "bidder": "P-2",
        "price": 1,
        "currency": "CNY",
        "nonce": "11" * 32,
    }
    with pytest.raises(ValueError, match="that"):
        commitment_of(31_337, "0x" + "c2" * 20, SealedBid(**(sound | wrong)))
