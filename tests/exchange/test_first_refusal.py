"""The first refusal of completers and co-developers: on equal terms, once, and to the cent."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import UNSET

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals.first_refusal import TERM_MS
from exchange.listings import findings
from exchange.turn import Turn
from tests.exchange import encumbering, refusing
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene, digest

PRICE, DEPOSIT = 100_000_00, 30_000_00


class Refused(Scene):
    """An awarded assignment of a service result, whose completers act by parties of their own."""

    def __init__(self, mode: str = "posted", completers: int = 2, **fields: Any) -> None:
        super().__init__()
        self.seller = self.party()
        self.buyer, self.second = self.party(), self.party()
        self.completers = [self.party() for _ in range(completers)]
        self.right_id = refusing.service_right(self, self.seller, *self.completers, **fields)
        terms: dict[str, Any] = {} if mode == "posted" else {"deposit": DEPOSIT, "step": 1}
        self.listing_id = self.listing(self.seller, self.right_id, mode, **terms)
        for party in (self.buyer, self.second, *self.completers):
            self.credit(party, PRICE)
        if mode == "posted":
            assert code(self.accept(self.listing_id, self.buyer)) == ""
        else:
            for party in (self.buyer, self.second):
                self.bidder(self.listing_id, party)
            self.wait(self.row.registration_closes_ms - self.now)
            for party, above in ((self.second, 10), (self.buyer, 20)):
                assert code(self.bid(self.listing_id, party, PRICE + above)) == ""
            self.wait(self.row.closes_ms - self.now)

    @property
    def row(self) -> Any:
        return self.state.listings[self.listing_id]

    @property
    def deal(self) -> Any:
        """The newest deal."""
        return list(self.state.deals.values())[-1]

    def finish(self) -> None:
        """The newest deal goes to its end."""
        self.sign(self.deal.id)
        self.fund(self.deal.id)
        self.register(self.deal.id)
        self.pay_all(self.deal.id)
        assert (self.deal.state, self.row.state) == ("SETTLED", "SOLD")
        assert self.replay().state.state_hash() == self.state.state_hash()


def test_a_buyer_that_is_found_to_be_a_completer_does_not_take_the_deal_from_itself() -> None:
    """It would end the first refusals of the others."""
    scene = Refused()
    deal = scene.deal
    refusing.notice(scene, deal.id)
    refusing.found(scene, scene.right_id, scene.buyer, scene.completers[1])
    assert code(refusing.exercise(scene, deal.id, scene.buyer)) == "NOT-PERMITTED"
    assert (deal.state, deal.buyer) == ("ROFR_PENDING", scene.buyer)
    assert code(refusing.exercise(scene, deal.id, scene.completers[1])) == ""
    scene.replay()


@pytest.mark.parametrize("mode", ["posted", "competitive", "english"])
def test_whoever_exercises_has_the_deal_on_its_terms_and_the_first_buyer_everything_back(mode: str) -> None:
    scene = Refused(mode)
    first = scene.deal
    held = first.deposit
    assert held == (PRICE if mode == "posted" else DEPOSIT)
    assert code(refusing.notice(scene, first.id)) == ""
    assert first.state == "ROFR_PENDING"
    assert code(refusing.exercise(scene, first.id, scene.completers[1])) == ""
    new = scene.deal
    assert (first.state, first.unwound_for, first.refusal.reassigned_to) == (
        "REASSIGNED",
        "first_refusal",
        new.id,
    )
    assert (new.buyer, new.reassigned_from, new.state) == (scene.completers[1], first.id, "AWARDED")
    same = ("seller", "right_id", "price", "currency", "terms", "deposit", "fee_schedule", "deal_kind")
    assert [getattr(new, name) for name in same if name != "deposit"] == [
        getattr(first, name) for name in same if name != "deposit"
    ]
    assert (new.deposit, first.deposit) == (held, 0)
    assert (scene.balance(scene.buyer), scene.balance(scene.buyer, "deposit")) == (PRICE, 0)
    assert scene.balance(new.buyer, "deposit") == held
    assert f"refusal_by:{first.id}" not in scene.state.deadlines
    scene.finish()


def test_nobody_signs_before_the_notice_nor_while_the_term_runs() -> None:
    scene = Refused()
    for party in (scene.seller, scene.buyer):
        assert code(scene.signature(scene.deal.id, party)) == "CN-CIVIL-CODE-847"
    refusing.notice(scene, scene.deal.id)
    for party in (scene.seller, scene.buyer):
        assert code(scene.signature(scene.deal.id, party)) == "WRONG-STATE"
    scene.wait(TERM_MS)
    assert scene.deal.state == "AWARDED"
    scene.finish()


def test_the_time_to_sign_begins_when_the_term_has_ended() -> None:
    scene = Refused()
    refusing.notice(scene, scene.deal.id)
    assert f"sign_by:{scene.deal.id}" not in scene.state.deadlines
    scene.wait(TERM_MS - 2)
    assert scene.deal.state == "ROFR_PENDING"
    scene.wait(2)
    assert scene.state.deadlines[f"sign_by:{scene.deal.id}"].due_ms > scene.now + 10 * MS_PER_DAY


def test_the_last_waiver_ends_the_term_and_one_of_two_does_not() -> None:
    scene = Refused()
    refusing.notice(scene, scene.deal.id)
    assert code(refusing.waive(scene, scene.deal.id, scene.completers[0])) == ""
    assert scene.deal.state == "ROFR_PENDING"
    assert code(refusing.waive(scene, scene.deal.id, scene.completers[0])) == "NOT-PERMITTED", "it has waived"
    assert code(refusing.exercise(scene, scene.deal.id, scene.completers[0])) == "NOT-PERMITTED"
    assert code(refusing.waive(scene, scene.deal.id, scene.completers[1])) == ""
    assert scene.deal.state == "AWARDED"
    scene.finish()


@pytest.mark.parametrize("when", ["before the award", "after the award", "while the term runs"])
def test_a_waiver_on_record_meets_it_whenever_it_is_lodged(when: str) -> None:
    scene = Scene()
    seller, buyer, completer = scene.party(), scene.party(), scene.party()
    right = refusing.service_right(scene, seller, completer, None)
    listing = scene.listing(seller, right)
    if when == "before the award":
        refusing.lodge_waiver(scene, listing)
    deal = scene.state.deals[scene.deal(listing, buyer)]
    if when == "after the award":
        refusing.lodge_waiver(scene, listing)
    if when == "while the term runs":
        refusing.notice(scene, deal.id)
        refusing.lodge_waiver(scene, listing)
    else:
        assert code(refusing.notice(scene, deal.id)) == "WRONG-STATE", "nobody is to be given notice"
    assert deal.state == "AWARDED"
    scene.sign(deal.id)
    assert deal.state == "EFFECTIVE"


def test_a_waiver_that_has_run_out_meets_nothing() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, refusing.service_right(scene, seller, None))
    refusing.lodge_waiver(scene, listing, valid_until_ms=scene.now + MS_PER_DAY)
    scene.wait(2 * MS_PER_DAY)
    deal = scene.deal(listing, buyer)
    assert code(scene.signature(deal, seller)) == "CN-CIVIL-CODE-847"


def test_a_first_refusal_does_not_bind_licences_nor_what_was_not_made_in_service() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    licensed = scene.listing(seller, refusing.service_right(scene, seller, None), deal_kind="sole_licence")
    own = scene.listing(seller, scene.right(seller))
    mark = scene.other_right(
        "CN-trademark-12345678", "trademark", seller, similar_marks=(), filing_date="2020-01-01"
    )
    for listing in (licensed, own, scene.listing(seller, mark)):
        deal = scene.deal(listing, buyer)
        assert code(refusing.notice(scene, deal)) == "WRONG-STATE"
        assert code(scene.signature(deal, seller)) == ""


def test_only_whom_it_belongs_to_exercises_or_waives_it() -> None:
    scene = Refused()
    deal = scene.deal.id
    assert code(refusing.exercise(scene, deal, scene.completers[0])) == "NOT-PERMITTED", "before the notice"
    assert code(refusing.notice(scene, deal, scene.buyer)) == "NOT-PERMITTED"
    refusing.notice(scene, deal)
    for party in (scene.buyer, scene.second, scene.seller):
        assert code(refusing.exercise(scene, deal, party)) == "NOT-PERMITTED"
        assert code(refusing.waive(scene, deal, party)) == "NOT-PERMITTED"


def test_whoever_may_not_buy_does_not_buy_by_its_first_refusal() -> None:
    scene = Refused()
    refusing.notice(scene, scene.deal.id)
    affiliate, other = scene.completers
    scene.operator(c.RecordAffiliation(party_id=scene.seller, affiliate_id=affiliate))
    assert code(refusing.exercise(scene, scene.deal.id, affiliate)) == "AFFILIATE-MAY-NOT-BID"
    scene.operator(c.SuspendParty(party_id=other))
    assert code(refusing.exercise(scene, scene.deal.id, other)) == "PARTY-NOT-ACTIVE"
    scene.operator(c.ApproveParty(party_id=other))
    everything = c.WithdrawalTerms(currency="CNY", amount=1)
    scene.by(other, c.RequestWithdrawal(), everything)
    assert code(refusing.exercise(scene, scene.deal.id, other)) == "FUNDS-SHORT"
    scene.credit(other, 1)
    scene.copy(scene.right_id, scene.seller, freeze="dispute")
    assert code(refusing.exercise(scene, scene.deal.id, other)) == "WRONG-STATE"
    scene.copy(scene.right_id, scene.seller)
    assert code(refusing.exercise(scene, scene.deal.id, other)) == ""


def test_whoever_exercises_first_has_it() -> None:
    scene = Refused()
    first = scene.deal.id
    refusing.notice(scene, first)
    assert code(refusing.exercise(scene, first, scene.completers[1])) == ""
    assert code(refusing.exercise(scene, first, scene.completers[0])) == "WRONG-STATE"
    assert code(refusing.notice(scene, scene.deal.id)) == "WRONG-STATE", "nobody comes before it any more"


def test_a_completer_that_becomes_a_party_while_the_term_runs_may_exercise() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = refusing.service_right(scene, seller, None, None)
    deal = scene.deal(scene.listing(seller, right), buyer)
    refusing.notice(scene, deal)
    late = scene.party()
    scene.credit(late, PRICE)
    assert code(refusing.exercise(scene, deal, late)) == "NOT-PERMITTED"
    assert code(refusing.found(scene, right, None, late)) == ""
    assert code(refusing.exercise(scene, deal, late)) == ""


def test_completers_that_act_by_one_party_waive_and_exercise_as_one() -> None:
    scene = Scene()
    seller, buyer, together = scene.party(), scene.party(), scene.party()
    right = refusing.service_right(scene, seller, together, together)
    deal = scene.deal(scene.listing(seller, right), buyer)
    refusing.notice(scene, deal)
    refusing.waive(scene, deal, together)
    assert scene.state.deals[deal].state == "AWARDED"


def test_a_buyer_that_is_the_only_completer_needs_no_notice() -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    deal = scene.deal(scene.listing(seller, refusing.service_right(scene, seller, buyer)), buyer)
    assert code(refusing.notice(scene, deal)) == "WRONG-STATE"
    assert code(scene.signature(deal, seller)) == ""


@pytest.mark.parametrize("mode", ["competitive", "english"])
def test_the_first_buyer_comes_first_again_when_the_new_one_defaults_and_needs_no_other_notice(
    mode: str,
) -> None:
    scene = Refused(mode)
    first = scene.deal
    refusing.notice(scene, first.id)
    taker = scene.completers[0]
    refusing.exercise(scene, first.id, taker)
    assert scene.state.bids[first.bid_id].state == "LOST"
    scene.signature(scene.deal.id, scene.seller)
    due_ms = scene.state.deadlines[f"sign_by:{scene.deal.id}"].due_ms
    scene.wait(due_ms - scene.now)
    assert (scene.deal.state, scene.deal.defaulted, scene.row.state) == ("REFUNDED", taker, "REOFFERED")
    assert scene.balance(taker) == PRICE - DEPOSIT, "its deposit is the seller's"
    assert scene.balance(scene.seller) == DEPOSIT
    assert scene.row.runners_up[0] == first.bid_id
    assert code(scene.by(scene.buyer, c.AcceptAward(listing_id=scene.listing_id))) == ""
    again = scene.deal
    assert (again.buyer, again.price, scene.state.bids[first.bid_id].state) == (
        scene.buyer,
        first.price,
        "WON",
    )
    assert code(refusing.notice(scene, again.id)) == "WRONG-STATE"
    scene.finish()


def test_the_next_bidders_lower_price_is_offered_to_the_completers_afresh_and_not_to_who_defaulted() -> None:
    scene = Refused("competitive")
    refusing.notice(scene, scene.deal.id)
    taker, other = scene.completers
    refusing.exercise(scene, scene.deal.id, taker)
    scene.cancel(scene.deal.id, taker)
    assert scene.row.state == "REOFFERED"
    scene.by(scene.buyer, c.DeclineAward(listing_id=scene.listing_id))
    assert code(scene.by(scene.second, c.AcceptAward(listing_id=scene.listing_id))) == ""
    assert scene.deal.price == PRICE + 10
    assert code(scene.signature(scene.deal.id, scene.seller)) == "CN-CIVIL-CODE-847"
    assert code(refusing.notice(scene, scene.deal.id)) == ""
    assert code(refusing.exercise(scene, scene.deal.id, taker)) == "NOT-PERMITTED"
    assert code(refusing.exercise(scene, scene.deal.id, other)) == ""
    scene.finish()


def test_without_a_bid_the_listing_lapses_when_the_new_buyer_defaults_and_the_right_is_free_again() -> None:
    scene = Refused("posted")
    refusing.notice(scene, scene.deal.id)
    taker = scene.completers[0]
    refusing.exercise(scene, scene.deal.id, taker)
    scene.cancel(scene.deal.id, taker)
    assert (scene.deal.state, scene.deal.defaulted, scene.row.state) == ("REFUNDED", taker, "LAPSED")
    assert scene.balance(taker) == PRICE, "a price that was held is no deposit"
    assert code(scene.submit(scene.seller, scene.right_id)) == ""


def test_a_seller_that_gives_no_notice_has_defaulted() -> None:
    scene = Refused("competitive")
    deal = scene.deal
    scene.wait(scene.state.deadlines[f"sign_by:{deal.id}"].due_ms - scene.now)
    assert (deal.state, deal.defaulted, scene.row.state) == ("REFUNDED", scene.seller, "LAPSED")
    assert scene.balance(scene.buyer) == PRICE


@pytest.mark.parametrize("who", ["buyer", "seller"])
def test_a_party_may_still_end_the_deal_while_the_term_runs_and_has_then_defaulted(who: str) -> None:
    scene = Refused("competitive")
    deal = scene.deal
    refusing.notice(scene, deal.id)
    assert code(scene.cancel(deal.id, getattr(scene, who))) == ""
    assert (deal.state, deal.defaulted) == ("REFUNDED", getattr(scene, who))
    assert f"refusal_by:{deal.id}" not in scene.state.deadlines
    assert code(refusing.exercise(scene, deal.id, scene.completers[0])) == "WRONG-STATE"


def test_a_cancellation_on_the_chain_ends_it_while_the_term_runs() -> None:
    scene = Refused("competitive")
    deal = scene.deal
    refusing.notice(scene, deal.id)
    told = c.ReportPartyMessage(
        message="deal_cancelled",
        subject_id=deal.id,
        transaction="0x" + "22" * 32,
        block=7,
        key=deal.buyer_key,
    )
    assert code(scene.service(told)) == ""
    assert (deal.state, deal.defaulted) == ("REFUNDED", scene.buyer)


def test_an_outage_gives_the_term_its_time_back() -> None:
    scene = Refused()
    refusing.notice(scene, scene.deal.id)
    due_ms = scene.state.deadlines[f"refusal_by:{scene.deal.id}"].due_ms
    since_ms, scene.now = due_ms - MS_PER_DAY, due_ms + MS_PER_DAY
    outage = c.Outage(since_ms=since_ms, until_ms=scene.now)
    scene._apply(c.Request(time_ms=scene.now, actor="venue", signer="", command=outage))
    assert scene.state.deadlines[f"refusal_by:{scene.deal.id}"].due_ms == due_ms + 2 * MS_PER_DAY
    scene.wait(0)
    assert scene.deal.state == "ROFR_PENDING"


def test_a_dispute_gives_the_term_what_it_had_left() -> None:
    scene = Refused()
    deal = scene.deal
    refusing.notice(scene, deal.id)
    scene.wait(5 * MS_PER_DAY)
    encumbering.dispute(scene, deal.id)
    assert code(refusing.waive(scene, deal.id, scene.completers[0])) == "DEAL-DISPUTED"
    scene.wait(100 * MS_PER_DAY)
    encumbering.outcome(scene, deal.id)
    assert deal.state == "ROFR_PENDING"
    left = scene.state.deadlines[f"refusal_by:{deal.id}"].due_ms - scene.now
    assert abs(left - 10 * MS_PER_DAY) < 10


def test_a_listing_without_a_waiver_may_stand_and_its_check_names_the_cure() -> None:
    scene = Scene()
    seller = scene.party()
    listing_id = scene.listing(seller, refusing.service_right(scene, seller), approve=False)
    request = c.Request(time_ms=scene.now, actor=seller, signer="", command=c.Tick())

    def found() -> Any:
        return findings.on_listing(Turn(scene.state, request), scene.state.listings[listing_id])

    assert found().grounds == ()
    assert [(each.step, each.rule.code) for each in found().warnings if each.step == "sign"] == [
        ("sign", "CN-CIVIL-CODE-847")
    ]
    refusing.lodge_waiver(scene, listing_id)
    assert not [each for each in found().warnings if each.step == "sign"]


# --- co-developers of an application


def co_developed(
    *, keeps: bool | None, status: str = "application"
) -> tuple[Scene, str, str, str, list[Any]]:
    scene = Scene()
    seller, other, buyer = scene.party(), scene.party(), scene.party()
    right = scene.right(seller, other, status=status)
    listing = scene.listing(seller, right, approve=False)
    outcomes = [refusing.consent(scene, listing, other, keeps=keeps)]
    scene.operator(c.ApproveListing(listing_id=listing))
    return (
        scene,
        seller,
        other,
        scene.deal(listing, buyer) if scene.state.listings[listing].state == "OPEN" else "",
        outcomes,
    )


def test_a_co_developer_that_keeps_its_first_refusal_has_it_and_its_share_of_what_it_pays() -> None:
    scene, seller, other, deal, _ = co_developed(keeps=True)
    assert code(scene.signature(deal, seller)) == "CN-CIVIL-CODE-860"
    assert code(refusing.notice(scene, deal)) == ""
    scene.credit(other, PRICE)
    assert code(refusing.exercise(scene, deal, other)) == ""
    new = list(scene.state.deals.values())[-1]
    scene.sign(new.id)
    scene.fund(new.id)
    scene.register(new.id)
    scene.pay_all(new.id)
    assert new.state == "SETTLED"
    holders = scene.state.rights[new.right_id].holder_of_record
    assert [holder.company_number for holder in holders] == [scene.numbers[other]]
    amounts = [scene.state.payments[each].amount for each in new.payments]
    assert sum(amounts) + new.fee == PRICE
    assert scene.replay().state.state_hash() == scene.state.state_hash()


def test_a_consent_that_keeps_nothing_waives_it() -> None:
    scene, seller, _, deal, _ = co_developed(keeps=None)
    assert code(refusing.notice(scene, deal)) == "WRONG-STATE"
    assert code(scene.signature(deal, seller)) == ""


def test_nobody_keeps_the_first_refusal_of_a_granted_patent() -> None:
    *_, outcomes = co_developed(keeps=True, status="granted")
    assert code(outcomes[0]) == "MALFORMED"


def test_a_co_developer_says_what_it_keeps_before_the_award() -> None:
    scene, _, other, deal, _ = co_developed(keeps=None)
    listing = scene.state.deals[deal].listing_id
    assert code(refusing.consent(scene, listing, other, keeps=True)) == "WRONG-STATE"
    assert code(refusing.consent(scene, listing, other)) == ""


def test_a_co_developer_that_keeps_its_first_refusal_still_does_not_bid() -> None:
    scene = Scene()
    seller, other = scene.party(), scene.party()
    listing = scene.listing(seller, refusing.application(scene, seller, other), approve=False)
    refusing.consent(scene, listing, other, keeps=True)
    scene.operator(c.ApproveListing(listing_id=listing))
    scene.credit(other, PRICE)
    assert code(scene.accept(listing, other)) == "CN-AUCTION-LAW-30"


# --- whatever happens


def _do(scene: Refused, what: str, who: str) -> None:
    deal = scene.deal
    match what:
        case "notice":
            refusing.notice(scene, deal.id)
        case "waive":
            refusing.waive(scene, deal.id, scene.completers[int(who)])
        case "exercise":
            refusing.exercise(scene, deal.id, scene.completers[int(who)])
        case "waiver":
            refusing.lodge_waiver(scene, scene.listing_id)
        case "cancel":
            scene.cancel(deal.id, deal.buyer)
        case "sign":
            for party in (deal.seller, deal.buyer):
                scene.signature(deal.id, party)
        case _:
            scene.wait(6 * MS_PER_DAY)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["notice", "waive 0", "waive 1", "exercise 0", "exercise 1", "waiver", "cancel", "sign", "days"]
        ),
        max_size=10,
    ),
    st.sampled_from(["posted", "competitive"]),
)
def test_no_cent_is_lost_and_no_two_deals_of_one_award_stand_whatever_is_done(
    actions: list[str], mode: str
) -> None:
    scene = Refused(mode)
    money = dict.fromkeys((scene.buyer, scene.second, *scene.completers), PRICE)
    for action in actions:
        _do(scene, *action.partition(" ")[::2])
        standing = [row for row in scene.state.deals.values() if row.state not in {"REASSIGNED", "REFUNDED"}]
        assert len(standing) <= 1
        parties = (scene.seller, *money)
        total = sum(scene.balance(party, of) for party in parties for of in ("available", "deposit"))
        assert total == sum(money.values())
        for row in scene.state.deals.values():
            if row.state == "ROFR_PENDING":
                assert f"refusal_by:{row.id}" in scene.state.deadlines
    scene.replay()


@pytest.mark.parametrize("service", [True, False])
def test_the_venues_finding_says_whether_a_right_was_made_in_service(service: bool) -> None:
    scene = Scene()
    seller, buyer = scene.party(), scene.party()
    right = scene.right(seller, service_invention=UNSET)
    listing = scene.listing(seller, right, approve=False)
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == "FACT-MISSING"
    command = c.RecordCompleters(right_id=right, erasable={"evidence": digest("undertaking")})
    some = (c.Completer(commitment=digest("somebody")),)
    wrong = c.CompletersTerms(service_invention=False, completers=some)
    assert code(scene.operator(command, terms=wrong)) == "MALFORMED"
    assert code(scene.operator(command, terms=c.CompletersTerms(service_invention=service))) == ""
    assert code(scene.operator(c.ApproveListing(listing_id=listing))) == ""
    deal = scene.deal(listing, buyer)
    assert code(scene.signature(deal, seller)) == ("CN-CIVIL-CODE-847" if service else "")
    assert code(refusing.notice(scene, deal)) == ("FACT-MISSING" if service else "WRONG-STATE")


def test_the_notices_digest_is_one() -> None:
    scene = Refused()
    assert code(refusing.notice(scene, scene.deal.id, notice_digest="nothing")) == "MALFORMED"
    assert code(refusing.notice(scene, scene.deal.id)) == ""
    assert code(refusing.found(scene, scene.right_id)) == "WRONG-STATE"
    assert code(refusing.found(scene, scene.right_id, "P-99")) == "UNKNOWN-ID"
    assert digest("notice") != scene.deal.terms_commitment
