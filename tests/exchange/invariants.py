"""The exchange's promises, checked on a state by means that share nothing with the engine's own."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec
from msgspec import UNSET

from exchange.commands import RecordScores, Request, ScoreTerms
from exchange.deals.award import BETWEEN_PLACES
from exchange.events import TenderScored
from exchange.turn import Outcome
from tests.exchange import scored_tenders
from tests.exchange.indexes import DEAL_OVER, LISTING_OVER, beside_dispute, indexes_agree, listed
from tests.exchange.watched_orders import WatchedOrders, orders_agree
from tests.exchange.watched_pledges import WatchedPledges
from tests.exchange.watched_prices import WatchedPrices

MS_PER_DAY = 86_400_000
DEPOSIT_STANDS = {"OPEN", "TRADING", "BIDDING", "NEGOTIATE", "SUSPENDED", "SEALED", "REVEALING", "EVALUATING"}
OF_AWARDS = {"accept_award", "first_refusal"}
"""Why a bid changes that had won, or wins after another's default."""
IN_FORCE = {"GRANTED", "RECORDED", "OVERDUE"}
BIND_CO_OWNERS = {"sign_pledge", "file_pledge", "hand_in_pledge"}


class Watcher:
    """Follows a run from its requests and outcomes alone, and holds the state against what it has seen."""

    def __init__(self) -> None:
        self.flows: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        """Deal to purpose to minor units that have moved on its escrow account."""
        self.bids: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        """Listing to live bid to (price, order of arrival)."""
        self.revealed: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        """Listing to bid that was sealed and opened to (price, order of sealing)."""
        self.sealed: dict[str, int] = {}
        """Bid that was ever sealed to its order of arrival."""
        self.listing_of: dict[str, str] = {}
        self.holders: dict[str, Any] = {}
        self.witnessed: dict[str, tuple[str, ...]] = {}
        """Right to the holders that the chain has it with."""
        self.owners: dict[str, set[str]] = {}
        """Right to the company numbers that own it, by copies, confirmations and delivery records."""
        self.pledges = WatchedPledges()
        self.pledge_consents: dict[str, set[str]] = defaultdict(set)
        """Pledge to the company numbers of whoever has consented to it as it is asked for now."""
        self.rewarded: dict[tuple[str, str], int] = defaultdict(int)
        """Deal and party to what the party's record of remuneration covers (minor units)."""
        self.had: dict[tuple[str, str], int] = defaultdict(int)
        """Deal and party to what the bank has paid it as an owner (minor units)."""
        self.disputed: set[str] = set()
        """Deals that were in dispute after the last request."""
        self.stopped: set[str] = set()
        """Deals whose payments stood still after the last request, their licences being suspended."""
        self.pending: dict[str, int] = {}
        """Hold to what is pending of it (minor units)."""
        self.ended_holds: set[str] = set()
        self.arrivals = 0
        self.orders = WatchedOrders()
        self.prices = WatchedPrices()
        self.seen: set[str] = set()
        """States, refusals and happenings met on the way, so that a run can show what it has reached."""

    def after(self, state: Any, request: Request, outcome: Outcome) -> None:
        """Check everything after one request.

        A refusal has nothing to check: whoever follows a run holds the state's hash against the one before.
        """
        if outcome.refusal is not None:
            assert outcome.events == ()
            self.seen.add(outcome.refusal.code)
            return
        self.prices.follow(state, request, outcome)
        self.seen |= self.prices.met
        self._follow(state, outcome)
        self._scored(state, request, outcome)
        self.orders.follow(state, outcome)
        orders_agree(state)
        self._grants(state, outcome)
        self._pledgees(state, request, outcome)
        self._pledge_consents(state, request, outcome)
        self._holders(state, request, outcome)
        self._own(state)
        accounts_balance(state)
        self._escrow(state)
        lines_fund_no_more_than_they_brought(state)
        deposits_are_held(state)
        payments_are_held(state)
        holds_are_what_accounts_hold(state)
        self.holds_end_once(request, outcome)
        self._obligations(state)
        self._deposits(state)
        nobody_bids_on_its_own(state)
        licences_stand_together(state)
        licences_end_with_their_rights(state)
        payments_wait_for_a_decision(state)
        self._nothing_falls_overdue(state, outcome)
        sub_licences_lie_within_their_heads(state)
        heads_agree(state)
        disputes_hold_everything(state)
        first_refusals_hold(state)
        not_passed_over(state, outcome)
        lots_stand_or_fall(state)
        freezes_stand(state)
        undertakings_are_complete(state, outcome)
        timeline_agrees(state)
        self._still(state, request, outcome)
        self._rescinded(state, outcome)
        indexes_agree(state)
        for listing_id, live in self.bids.items():
            if listing_id in state.listings:
                assert set(live) == {
                    bid.id
                    for bid in state.bids.values()
                    if bid.listing_id == listing_id and bid.state == "LIVE"
                }

    def holds_end_once(self, request: Request, outcome: Any) -> None:
        """What a hold has ever held is what it has posted and given back at its end, which it has once."""
        for event in outcome.events:
            if type(event).__name__ != "HoldChanged":
                continue
            assert event.hold_id not in self.ended_holds
            assert bool(event.old) == (event.hold_id in self.pending)
            before = self.pending.pop(event.hold_id, 0)
            assert min(event.amount, event.posted, event.voided) >= 0
            more = event.amount + event.posted + event.voided - before
            self.seen.add(f"hold {event.new}")
            if event.new == "PENDING":
                assert max(event.amount, event.posted, event.voided) > 0
                assert more >= 0
                self.pending[event.hold_id] = event.amount
                continue
            assert more == event.amount == 0
            self.ended_holds.add(event.hold_id)
            if event.new == "EXPIRED":
                assert type(request.command).__name__ == "Tick"
            if event.new != "POSTED":
                assert event.posted == 0

    def _still(self, state: Any, request: Request, outcome: Any) -> None:
        """Of a deal that was disputed before a request nothing is approved, funded, filed or unwound by it."""
        command = request.command
        if outcome.refusal is None:
            deal_id = getattr(command, "deal_id", "")
            payment = state.payments.get(getattr(command, "payment_id", ""))
            if payment is not None and type(command).__name__ == "ApprovePayment":
                deal_id = payment.deal_id
            steps = {
                "FundDeal",
                "FileDeal",
                "ConfirmDelivery",
                "SignAgreement",
                "UnwindDeal",
                "RescindDeal",
                "ApprovePayment",
            }
            assert not (type(command).__name__ in steps and deal_id in self.disputed)
            if (
                isinstance(deal_id, str)
                and deal_id in self.disputed
                and type(command).__name__.endswith("Registration")
            ):
                self.seen.add(f"{type(command).__name__} in dispute")
        self.disputed = {deal.id for deal in state.deals.values() if deal.state == "DISPUTED"}

    def _follow(self, state: Any, outcome: Any) -> None:  # noqa: C901 - one branch a kind of event
        for event in outcome.events:
            kind = type(event).__name__
            if kind == "BidPlaced":
                self.arrivals += 1
                self.listing_of[event.bid_id] = event.listing_id
                self._way_of_bidding(state, event)
                self.bids[event.listing_id][event.bid_id] = (event.price, self.arrivals)
            elif kind == "BidAmended":
                self.arrivals += 1
                self._way_of_bidding(state, event)
                self.bids[self.listing_of[event.bid_id]][event.bid_id] = (event.price, self.arrivals)
            elif kind in {"BidSealed", "BidRevealed"} or getattr(event, "bid_id", None) in self.sealed:
                self._follow_sealed(state, event)
            elif kind == "BidChanged":
                if event.new == "FORFEIT" or event.cause in OF_AWARDS:
                    self.runner_up(state, event)
                    continue
                if event.new == "WON":
                    self._award(state, event)
                del self.bids[self.listing_of[event.bid_id]][event.bid_id]
            elif kind == "Posted":
                for account, sign in ((event.debit, -1), (event.credit, 1)):
                    owner, purpose, _ = account.split("/")
                    if purpose == "escrow":
                        self.flows[owner][event.purpose] += sign * event.amount
            self._come_across(event)

    def _come_across(self, event: Any) -> None:
        kind = type(event).__name__
        for name in ("new", "deadline_id"):
            text = getattr(event, name, None)
            if isinstance(text, str):
                self.seen.add(f"{kind} {text.partition(':')[0]}")
        if kind == "LicenceChanged":
            self.seen.add(f"licence of {event.right_id.partition('-')[0]} {event.new}")

    def _way_of_bidding(self, state: Any, event: Any) -> None:
        """Of one price each none is raised; in rounds each bid is a step above all others, and another one's."""
        listing = state.listings[self.listing_of[event.bid_id]]
        if listing.terms.bidding is UNSET or listing.state != "BIDDING":
            return
        self.seen.add(f"{type(event).__name__} {listing.terms.bidding}")
        standing = self.bids[listing.id]
        if listing.terms.bidding == "once":
            assert type(event).__name__ == "BidPlaced"
        elif standing:
            highest = max(standing, key=lambda bid_id: standing[bid_id][0])
            assert highest != event.bid_id
            assert event.price >= standing[highest][0] + listing.terms.step
            assert listing.raised is True

    def _nothing_falls_overdue(self, state: Any, outcome: Any) -> None:
        """Of a licence that was suspended before a request, and is after it, nothing falls overdue by it.

        A late report may show that what it reports was due before.
        """
        for event in outcome.events:
            if (
                getattr(event, "deal_id", None) not in self.stopped
                or type(event).__name__ != "ObligationChanged"
            ):
                continue
            stopped = state.deals[event.deal_id].stopped
            if stopped and event.new != event.old and event.new in {"OVERDUE", "REPORT_OVERDUE"}:
                assert event.cause == "report_royalty"
                assert state.obligations[event.obligation_id].due_ms <= stopped.since_ms
            if stopped:
                self.seen.add(f"suspended {event.new}")
        self.stopped = {deal.id for deal in state.deals.values() if deal.stopped}
        self.seen |= {f"suspended beside {state.deals[each].state}" for each in self.stopped}

    def _rescinded(self, state: Any, outcome: Any) -> None:
        """What a buyer rescinds, it rescinds for nobody's default: the seller has nothing of what was held."""
        for event in outcome.events:
            cause = getattr(event, "cause", "")
            if cause not in {"application_refused", "performance_overdue"} or event.new != "REFUNDED":
                continue
            deal = state.deals[event.deal_id]
            assert deal.deal_kind == "assignment"
            assert not deal.defaulted
            assert not self.flows[deal.id].get("release")
            self.seen.add(cause.replace("_", " "))

    def _award(self, state: Any, event: Any) -> None:
        """The best live bid of all that came before the close: highest price, then earliest."""
        listing = state.listings[self.listing_of[event.bid_id]]
        live = self.bids[listing.id]
        best = min(live, key=lambda bid_id: (-live[bid_id][0], live[bid_id][1]))
        assert event.bid_id == best
        assert state.bids[best].placed_ms < listing.closes_ms
        assert live[best][0] >= listing.terms.price

    def runner_up(self, state: Any, event: Any) -> None:
        """Who defaults had won; who takes the award had bid, and no affiliate of its has defaulted."""
        listing = state.listings[self.listing_of[event.bid_id]]
        self.seen.add(f"BidChanged {event.new} {event.cause}")
        if event.new == "FORFEIT":
            assert event.old == "WON"
            return
        if event.cause == "first_refusal":
            gave_way(state, event)
            return
        taker = state.parties[state.bids[event.bid_id].party_id]
        gone = {party for party, bidder in listing.bidders.items() if bidder.state == "FORFEITED"}
        deals = [state.deals[each] for each in listing.deals]
        gone |= {deal.buyer for deal in deals if deal.defaulted == deal.buyer}
        assert event.old in {"LOST", "SUPERSEDED"}
        assert taker.id not in gone
        assert gone
        assert not gone & set(taker.affiliates)

    def _follow_sealed(self, state: Any, event: Any) -> None:
        kind = type(event).__name__
        if kind == "BidSealed":
            self.arrivals += 1
            self.listing_of[event.bid_id] = event.listing_id
            self.sealed[event.bid_id] = self.arrivals
        elif kind == "BidRevealed":
            listing_id = self.listing_of[event.bid_id]
            assert state.listings[listing_id].state == "REVEALING"
            self.revealed[listing_id][event.bid_id] = (event.price, self.sealed[event.bid_id])
        elif kind != "BidChanged":
            pass
        elif event.new == "FORFEIT" or event.cause in OF_AWARDS:
            self.runner_up(state, event)
        elif event.new == "WON":
            self._award_of_sealed(state, event.bid_id)
        elif (
            event.new == "LAPSED"
        ):  # its party was found to be the seller's affiliate, or the listing has ended
            self.revealed[self.listing_of[event.bid_id]].pop(event.bid_id, None)

    def _opened(self, listing: Any) -> dict[str, tuple[int, int]]:
        """Price and order of sealing of all that were opened and reached the least price."""
        return {each: at for each, at in self.revealed[listing.id].items() if at[0] >= listing.terms.price}

    def _scored(self, state: Any, request: Request, outcome: Any) -> None:
        """The committee's sheets make a tender's award, by the weights that the listing has published."""
        if not isinstance(request.command, RecordScores) or not isinstance(request.terms, ScoreTerms):
            return
        listing = state.listings[request.command.listing_id]
        opened = self._opened(listing)
        rank = scored_tenders.ranked(listing.terms.criteria, opened, request.terms.sheets)
        (scored,) = (event for event in outcome.events if isinstance(event, TenderScored))
        assert list(scored.scores) == rank
        assert [each for each in opened if state.bids[each].state == "WON"] == [rank[0][0]]
        dearest = max(opened, key=lambda each: opened[each][0])
        self.seen.add(f"tender won by {'price' if rank[0][0] == dearest else 'points'}")

    def _award_of_sealed(self, state: Any, bid_id: str) -> None:
        """The best of all that were opened and reached the least price; of a tender, one of them: see `_scored`."""
        listing = state.listings[self.listing_of[bid_id]]
        opened = self._opened(listing)
        assert state.bids[bid_id].commitment in state.sealed_sets[listing.id].commitments
        if listing.mode == "sealed":
            assert bid_id == min(opened, key=lambda each: (-opened[each][0], opened[each][1]))
        assert bid_id in opened

    def _holders(self, state: Any, request: Request, outcome: Any) -> None:
        command = type(request.command).__name__
        for event in outcome.events:
            if type(event).__name__ == "HolderChanged":
                # The chain hears of each change once, from the holders that it has to the holders of record.
                assert command == ("ConfirmRegistration" if event.deal_id else "RecordRegisterCopy")
                assert len(event.proof_digest) == 64
                old, new = (_numbers(state, names) for names in (event.old_holders, event.new_holders))
                assert old == self.witnessed[event.right_id] != new
        for right in state.rights.values():
            before = self.holders.get(right.id, ())
            if right.holder_of_record != before:
                assert command in {"ConfirmRegistration", "RecordRegisterCopy", "RecordHolding"}
                assert (command == "RecordHolding") == (right.status == "held")
                if command == "ConfirmRegistration":
                    deal = state.deals[request.command.deal_id]  # type: ignore[union-attr]
                    consented = state.listings[deal.listing_id].co_owner_consents or ()
                    owners = {state.parties[deal.seller].company_number, *consented}
                    assert {each.company_number for each in before} <= owners
                    self.seen.add(f"sold by {'several' if len(before) > 1 else 'one'}")
                else:
                    assert request.command.right_id == right.id  # type: ignore[union-attr]
                self.holders[right.id] = right.holder_of_record
            if right.witnessed_holders:
                self.witnessed[right.id] = right.witnessed_holders

    def _own(self, state: Any) -> None:
        for right in state.rights.values():
            numbers = {each.company_number for each in right.holder_of_record}
            if right.delivered_to is not None:
                numbers = {state.parties[right.delivered_to].company_number}
            self.owners[right.id] = numbers

    def _grants(self, state: Any, outcome: Any) -> None:
        """A licensor owned the right before the request that granted the licence."""
        for event in outcome.events:
            if type(event).__name__ == "LicenceChanged" and not event.old:
                licence = state.licences[event.licence_id]
                if licence.head_licence:
                    assert state.licences[licence.head_licence].licensee == licence.licensor
                    continue
                assert state.parties[licence.licensor].company_number in self.owners[licence.right_id]
            passed = type(event).__name__ == "DealChanged" and event.new in {"REGISTERED", "DELIVERED"}
            if passed and event.old != "DISPUTED":
                deal = state.deals[event.deal_id]
                sides = {state.parties[each].company_number for each in (deal.seller, deal.buyer)}
                assert self.owners[deal.right_id] & sides

    def _pledgees(self, state: Any, request: Request, outcome: Any) -> None:
        """No pledge brings its pledgee more than its sum, on all its rights; sellers are paid after pledgees."""
        for event in outcome.events:
            if type(event).__name__ == "Posted" and (event.debit.split("/")[1], event.purpose) == (
                "escrow",
                "release",
            ):
                paid = state.obligations.get(event.subject_id)
                deal = state.deals[event.subject_id if paid is None else paid.deal_id]
                to = state.payments.get(event.credit.split("/")[0])
                if to is not None and to.party_id != deal.seller:
                    number = state.parties[to.party_id].company_number
                    self.pledges.paid(deal.right_id, number, event.currency, event.amount)
            elif type(event).__name__ == "PaymentChanged" and event.new == "PAID":
                self._pledgees_first(state, state.payments[event.payment_id])
                self._rewarded_first(state, state.payments[event.payment_id])
            elif type(event).__name__ == "RewardRecorded":
                self.rewarded[event.deal_id, event.party_id] = event.received
        self.seen |= self.pledges.check()
        if type(request.command).__name__ == "RecordRegisterCopy" and outcome.refusal is None:
            self.pledges.copied(state, state.rights[request.command.right_id])  # type: ignore[union-attr]

    def _pledge_consents(self, state: Any, request: Request, outcome: Any) -> None:
        """No pledge is signed or filed, nor its change, that an owner of its rights or a side has not agreed to."""
        for event in outcome.events:
            if type(event).__name__ == "PledgeConsented":
                party = state.parties.get(event.holder)
                number = event.holder if party is None else party.company_number
                self.pledge_consents[event.pledge_id].add(number)
            elif type(event).__name__ == "PledgeContractChanged" and event.cause == "change_pledge":
                self.pledge_consents.pop(event.pledge_id, None)
            elif type(event).__name__ == "PledgeContractChanged" and event.cause in BIND_CO_OWNERS:
                contract = state.pledge_contracts[event.pledge_id]
                agreed = {state.parties[each].company_number for each in (event.pledgor, event.pledgee)}
                agreed |= self.pledge_consents[event.pledge_id]
                holders = [state.rights[each].holder_of_record for each in contract.rights]
                assert all(holder.company_number in agreed for each in holders for holder in each)
                if any(len(each) > 1 for each in holders):
                    self.seen.add(f"pledge of several {event.new}")
        if type(request.command).__name__ == "HandInPledge" and state.venue.engine >= 5:
            contract = state.pledge_contracts[request.command.pledge_id]  # type: ignore[union-attr]
            if contract.state == "CHANGING":
                pledgor, bank = (state.parties[each] for each in (contract.pledgor, contract.pledgee))
                asked = {pledgor.company_number}
                for filing_id in contract.filings:
                    owners = state.rights[state.filings[filing_id].right_id].holder_of_record
                    asked |= {each.company_number for each in owners if len(owners) > 1}
                assert asked - {bank.company_number} <= self.pledge_consents[contract.id]
                self.seen.add("change of a pledge handed in")

    def _rewarded_first(self, state: Any, payment: Any) -> None:
        """No Mainland state body has more of a deal than its own record of remuneration covers."""
        deal, party = state.deals.get(payment.deal_id or ""), state.parties.get(payment.party_id)
        if party is None:
            return  # the venue's fees
        is_state_body = party.category in {"university", "research_institute"} and party.jurisdiction == "CN"
        is_owners = payment.line == "co_owner" or (payment.line is UNSET and deal and party.id == deal.seller)
        asked = is_state_body and is_owners and state.venue.engine >= 5
        if deal is None or not asked or deal.reverses is not UNSET or deal.terms.head_licence is not UNSET:
            return
        had = self.had[deal.id, party.id] = self.had[deal.id, party.id] + payment.amount
        assert had <= self.rewarded[deal.id, party.id]
        self.seen.add("co-owner paid after its reward" if payment.line == "co_owner" else "state body paid")

    def _pledgees_first(self, state: Any, payment: Any) -> None:
        deal = state.deals.get(payment.deal_id or "")
        if deal is None:
            return
        if payment.party_id == deal.seller or payment.line in {"co_owner", "commission"}:
            self.seen.add("seller paid beside a pledgee" if deal.pledgee_share else "seller paid")
            later = state.obligations.get(payment.obligation_id)
            others = [state.payments[each] for each in (deal if later is None else later).payments]
            assert all(
                each.state == "PAID" for each in others if each.party_id != deal.seller and not each.line
            )

    def _escrow(self, state: Any) -> None:
        for deal in state.deals.values():
            self._earnest(state, deal)
            flow = self.flows[deal.id]
            paid_in = flow.get("escrow_in", 0)
            out = {purpose: -amount for purpose, amount in flow.items() if purpose != "escrow_in"}
            assert set(out) <= {
                *("fee", "release", "pledge_deposit", "refund", "tax", "commission"),
                *("co_owner", "share_deposit"),
            }
            account = state.accounts.get(f"{deal.id}/escrow/{deal.currency}")
            assert (account.balance if account else 0) == paid_in - sum(out.values())
            first = first_part(deal)
            assert paid_in in {0, first}
            if beside_dispute(deal) in DEAL_OVER:
                assert paid_in == sum(out.values())
            if deal.state in {"SETTLED", "REGISTERED", "DELIVERED"}:
                assert paid_in == first
                assert out.get("fee", 0) == fee_after(state, deal, first)
                assert released(out) == sum(state.payments[each].amount for each in deal.payments)
                self._lines(state, deal, first, out)
            if deal.state in {"REFUNDED", "REASSIGNED"}:
                assert set(out) <= {"refund"}
                assert deal.deposit == 0

    def _deposits(self, state: Any) -> None:
        """What is kept for co-owners and pledgees is what stands on the accounts of deposits, to the cent."""
        kept: dict[str, int] = {}
        for row in state.deposits.values():
            account = f"{row.deal_id}/{row.sort}_deposit/{row.currency}"
            kept[account] = kept.get(account, 0) + row.amount
            self.seen.add(f"deposit {row.sort}")
        held = {row.id: row.balance for row in state.accounts.values() if row.purpose.endswith("_deposit")}
        assert {account: each for account, each in held.items() if each} == kept

    def _obligations(self, state: Any) -> None:
        """Each obligation's escrow is empty again at once: in = fee + released + deposited for pledgees, to the cent."""
        for row in state.obligations.values():
            if row.sort == "earnest":
                self._double(state, row)
                continue
            flow = self.flows[row.id]
            paid_in = flow.get("escrow_in", 0) + flow.get("late_interest", 0)
            paid = row.state in {"IN_RELEASE", "SETTLED"} and row.paid_ms is not None
            assert paid_in == principal_paid(row) + row.interest
            assert row.state not in {"DUE", "OVERDUE"} or principal_paid(row) < row.amount
            if row.parts:
                self.seen.add(f"paid in parts {row.state}")
                self._parts(row, flow)
            assert flow.get("late_interest", 0) == row.interest
            assert sum(flow.values()) == 0
            assert -flow.get("fee", 0) == row.fee
            assert released(flow) == -sum(state.payments[each].amount for each in row.payments)
            if paid:
                self._lines(
                    state, state.deals[row.deal_id], row.amount, {name: -each for name, each in flow.items()}
                )
            assert sum(row.funded_by.values()) == paid_in
            ended = all(state.payments[each].state in {"PAID", "REFUSED"} for each in row.payments)
            if paid:
                assert (row.state == "SETTLED") == ended
            self.seen.add(f"obligation {row.sort} {row.state}{' late' if row.interest else ''}")
            self._clock_of(state, row)
        for deal in state.deals.values():
            self._fees(state, deal)
            agreed = deal.terms.consideration
            parts = getattr(agreed, "parts", ())
            passed = {"EFFECTIVE", "REGISTERED", "DELIVERED"}
            rows = [state.obligations[each] for each in state.obligations_of.get(deal.id, ())]
            if deal.settled_ms is None and beside_dispute(deal) not in passed:
                assert {row.sort for row in rows} <= {"earnest"}
            elif parts and deal.settled_ms is not None:
                later = [state.obligations[each].amount for each in state.obligations_of.get(deal.id, ())]
                assert sum(later) + first_part(deal) == deal.price

    def _parts(self, row: Any, flow: dict[str, int]) -> None:
        """What the lines are said to have had of the parts is what has left the escrow, but for fee and pledgees."""
        noted: dict[str, int] = {}
        for line, amount in row.parts.lines.items():
            noted[line.split()[0]] = noted.get(line.split()[0], 0) + amount
        assert noted.get("tax", 0) == -flow.get("tax", 0)
        assert noted.get("commission", 0) == -flow.get("commission", 0)
        assert noted.get("co_owner", 0) == -flow.get("co_owner", 0) - flow.get("share_deposit", 0)
        assert 0 < row.parts.number <= 25
        assert row.interest <= row.parts.interest

    def _double(self, state: Any, row: Any) -> None:
        """The second half of double earnest money: the seller's to the buyer, whole, of a deal that it has not kept."""
        deal, flow = state.deals[row.deal_id], self.flows[row.id]
        assert (deal.state, deal.defaulted) == ("REFUNDED", deal.seller)
        assert (row.payer, row.payee, row.amount) == (deal.seller, deal.buyer, deal.earnest)
        paid = principal_paid(row) + row.interest
        assert flow.get("escrow_in", 0) + flow.get("late_interest", 0) == paid == -flow.get("earnest", 0)
        assert sum(flow.values()) == row.fee == 0
        self.seen.add(f"double earnest money {row.state}")
        self._clock_of(state, row)

    def _earnest(self, state: Any, deal: Any) -> None:
        """It is what was agreed, at most a fifth of the price, and lies apart until it counts, goes back or is lost."""
        account = state.accounts.get(f"{deal.id}/earnest/{deal.currency}")
        lies = account.balance if account else 0
        paid = deal.earnest or 0
        assert paid in {0, deal.price * (deal.terms.earnest or 0) // 10_000}
        assert paid * 5 <= deal.price
        over = deal.state in {"FUNDED", "FILED", "REGISTERED", "DELIVERED", "SETTLED", "REFUNDED"}
        waits = beside_dispute(deal) in {"SIGNED", "CHAIN_REFUSED", "CONDITIONAL", "WITNESSED"}
        assert lies == (0 if over else paid if waits else lies)
        assert lies in {0, paid}
        if paid:
            self.seen.add(f"earnest money {deal.state}{'' if deal.defaulted else ' kept'}")

    def _fees(self, state: Any, deal: Any) -> None:
        """All fees of a deal together are what its schedule says of all that was paid."""
        rows = [state.obligations[each] for each in state.obligations_of.get(deal.id, ())]
        paid = [row for row in rows if row.sort != "earnest"]
        fees = sum(row.fee for row in paid)
        first = first_part(deal)
        amounts = [principal_paid(row) for row in paid]
        if deal.fee_schedule:
            assert fees == fee_after(state, deal, first + sum(amounts)) - fee_after(state, deal, first)
        else:
            assert fees == sum(fee_after(state, deal, amount) for amount in amounts)

    def _lines(self, state: Any, deal: Any, amount: int, out: dict[str, int]) -> None:
        """Taxes come behind the fee alone and the commission behind pledgees, each rounded down and never above them."""
        taxes = [amount * tax.base * tax.rate // 10**8 for tax in deal.terms.withholding or ()]
        assert out.get("tax", 0) <= sum(taxes)
        assert out.get("tax", 0) == sum(taxes) or out.get("release", 0) == 0
        agreed = deal.terms.commission or ()
        agents = agreed if isinstance(agreed, tuple) else (agreed,)
        share = sum(amount * each.basis_points // 10_000 for each in agents)
        assert 0 <= out.get("commission", 0) <= share
        if len(agents) > 1 and out.get("commission", 0):
            self.seen.add("release to several agents")
        for name in ("tax", "commission", "co_owner", "share_deposit"):
            if out.get(name, 0):
                self.seen.add(f"release of {name}")
        self._shares(state, deal, out)

    def _shares(self, state: Any, deal: Any, out: dict[str, int]) -> None:
        """The others have their shares of what is left behind the pledgees, to within a cent each."""
        owners = deal.right_facts.co_owners or ()
        others = sum(each.share for each in owners) - sum(
            each.share for each in owners if state.party_by_number.get(each.company_number) == deal.seller
        )
        shared = out.get("co_owner", 0) + out.get("share_deposit", 0)
        if not owners:
            assert shared == 0
        elif not deal.pledgee_share and not deal.pledges:
            whole = shared + out.get("release", 0)
            assert abs(shared * 10_000 - whole * others) <= 10_000 * len(owners)

    def _clock_of(self, state: Any, row: Any) -> None:
        """What waits for a date has its deadline, and no other has one."""
        clocks = {"RUNNING": "period_end", "TO_REPORT": "report_due", "DUE": "payment_due"}
        for in_state, what in clocks.items():
            assert _runs_or_is_kept(state, row.deal_id, f"{what}:{row.id}") == (row.state == in_state)
        called = row.inspection == "CALLED"
        assert _runs_or_is_kept(state, row.deal_id, f"inspection_end:{row.id}") == called


def _runs_or_is_kept(state: Any, deal_id: str, clock: str) -> bool:
    """Whether a clock runs, or an open dispute or a suspended licence keeps what it has left; never two of them."""
    deal = state.deals[deal_id]
    by_dispute = deal.state == "DISPUTED" and clock in state.disputes[deal.disputes[-1]].clocks
    by_licence = bool(deal.stopped) and clock in deal.stopped.clocks
    places = (by_dispute, by_licence, clock in state.deadlines)
    assert sum(places) <= 1
    return any(places)


def disputes_hold_everything(state: Any) -> None:
    """A disputed deal has one open dispute and no clock of its own; no other deal keeps a clock aside or is in one."""
    for deal in state.deals.values():
        disputes = [state.disputes[each] for each in deal.disputes or ()]
        assert [each.state == "OPEN" for each in disputes] == [
            deal.state == "DISPUTED" and each is disputes[-1] for each in disputes
        ]
        assert (deal.state == "DISPUTED") == bool(deal.disputed_from)
        for dispute in disputes:
            assert dispute.state == "OPEN" or not dispute.clocks
            assert all(left >= 0 for left in dispute.clocks.values())
        waits = {
            "AWARDED": "sign_by",
            "ROFR_PENDING": "refusal_by",
            "EFFECTIVE": "fund_by",
            "WITNESSED": "fund_by",
        }
        what = waits.get(beside_dispute(deal))
        if deal.listing_id in state.offers:
            continue  # its seller is bound, and does not come free by waiting
        if what == "fund_by" and deal.lot and _waits_for_its_lot(state, deal):
            continue
        if what and not (what == "fund_by" and (deal.settled_ms or deal.payments or deal.licence_id)):
            assert _runs_or_is_kept(state, deal.id, f"{what}:{deal.id}"), f"{deal.id} has lost its clock"


def _waits_for_its_lot(state: Any, deal: Any) -> bool:
    """Whether another deal of its lot has not taken effect yet, so that nobody can pay."""
    others = [each for each in state.deals.values() if each.lot and each.lot.id == deal.lot.id]
    return any(beside_dispute(each) not in {"EFFECTIVE", "WITNESSED"} for each in others)


def gave_way(state: Any, event: Any) -> None:
    """A bid that had won gave way to a first refusal, and to nothing else."""
    assert (event.old, event.new) == ("WON", "LOST")
    (deal,) = [
        row for row in state.deals.values() if row.bid_id == event.bid_id and row.state == "REASSIGNED"
    ][-1:]
    assert state.deals[deal.refusal.reassigned_to].price == deal.price


def first_refusals_hold(state: Any) -> None:
    """Nobody with a first refusal is passed over; and a deal that no bid has won is one of these in place of another."""
    for deal in state.deals.values():
        listing = state.listings[deal.listing_id]
        by_bids = listing.mode in {"competitive", "english", "sealed", "tender"}
        assert not by_bids or (deal.bid_id is None) == bool(deal.reassigned_from), (
            "the best bid wins, or a first refusal"
        )
        noticed = deal.refusal
        if deal.reassigned_from:
            other = state.deals[deal.reassigned_from]
            assert (other.state, other.refusal.reassigned_to) == ("REASSIGNED", deal.id)
            for name in ("seller", "right_id", "price", "currency", "deal_kind", "proposal"):
                assert getattr(deal, name) == getattr(other, name), "equal terms"
            clause = other.terms.arbitration or BETWEEN_PLACES  # which a deal between places needs
            with_it = msgspec.structs.replace(other.terms, arbitration=clause)
            assert deal.terms in (other.terms, with_it), "equal terms"
            assert deal.buyer not in {other.buyer, deal.seller}
        assert (deal.state == "REASSIGNED") == bool(noticed and noticed.reassigned_to)
        if noticed:
            assert deal.deal_kind == "assignment"
            assert noticed.entitled
            assert set(noticed.waived) <= set(noticed.entitled)
            # A waiver that is lodged during a dispute counts when the deal goes on.
            assert deal.state != "ROFR_PENDING" or set(noticed.waived) < set(noticed.entitled)


def not_passed_over(state: Any, outcome: Any) -> None:
    """A deal is not signed by both, for the first time, past anybody with a first refusal."""
    again = {event.deal_id for event in outcome.events if getattr(event, "old", "") == "CHAIN_REFUSED"}
    for event in outcome.events:
        if type(event).__name__ != "DealSigned" or not event.complete or event.deal_id in again:
            continue
        deal = state.deals[event.deal_id]
        if deal.deal_kind == "assignment" and state.rights[deal.right_id].service_invention:
            met = deal.refusal or deal.reassigned_from
            assert met or _needs_no_notice(state, state.listings[deal.listing_id], deal), deal


def _needs_no_notice(state: Any, listing: Any, deal: Any) -> bool:
    """The completers have waived, have refused this price before, or buy; or it is given back, or no law of theirs."""
    right = state.rights[deal.right_id]
    refused = listing.first_refused_at or 10**18
    acting = {each.party_id for each in right.completers or ()}
    mainland = right.office == "CN" or state.parties[deal.seller].jurisdiction == "CN"
    waivers = [row for row in state.documents.values() if row.document == "first_refusal_waiver"]
    return (
        any(row.subject_id == listing.id for row in waivers)
        or deal.price >= refused
        or acting == {deal.buyer}
        or bool(deal.reverses)
        or not mainland
    )


def undertakings_are_complete(state: Any, outcome: Any) -> None:
    """No listing is taken or opened without every answer, nor against one without a document that stands over it."""
    found = {(row.document, row.subject_id) for row in state.documents.values()}
    for event in outcome.events:
        if type(event).__name__ != "ListingChanged" or event.cause not in {
            "submit_listing",
            "approve_listing",
        }:
            continue
        listing = state.listings[event.listing_id]
        word = listing.terms.undertaking
        if state.venue.engine < 5:
            assert word is UNSET
            continue
        answers = (word.state_secret, word.open_licence_elsewhere, word.venue_staff, word.nominee)
        assert all(type(each) is bool for each in answers)
        rights = [listing.right_id] if listing.lot is UNSET else [each.right_id for each in listing.lot]
        assert not word.state_secret or all(("declassification", each) in found for each in rights)
        assert not word.venue_staff or ("venue_staff_left", listing.seller) in found
        if word.nominee and ("holders", listing.seller) not in found:
            places = {each.partition("-")[0] for each in rights} | {
                state.parties[listing.seller].jurisdiction
            }
            in_the_mainland = state.venue.profile == "mainland" or "CN" in places
            assert word.holders <= 200 or listing.deal_kind != "assignment" or not in_the_mainland


def freezes_stand(state: Any) -> None:
    """Each right names the freezes that stand over it, each with its end; ended ones have left."""
    for right in state.rights.values():
        here = {row.id for row in state.freezes.values() if row.right_id == right.id}
        assert set(right.notices or ()) == here
        held = {row.id for row in state.pledge_contracts.values() if right.id in row.rights}
        assert set(right.pledge_contracts or ()) <= held
    for row in state.freezes.values():
        assert row.state in {"DISPUTE", "PRESERVATION"}
        assert state.deadlines[f"freeze_end:{row.id}"].due_ms == row.until_ms
    for row in state.pledge_contracts.values():
        assert row.state not in {"DISCHARGED", "ENFORCED", "CANCELLED"}
        shown = {
            right_id for right_id in row.rights if row.id in (state.rights[right_id].pledge_contracts or ())
        }
        assert set(row.numbers) <= shown
        if row.state not in {"DRAWN_UP", "CONTRACT", "FILED"}:
            assert row.numbers
            for right_id, number in row.numbers.items():
                assert number in state.rights[right_id].pledge_numbers, (
                    "registered means that the register shows it"
                )
        assert (f"pledge_sign_by:{row.id}" in state.deadlines) == (row.state == "DRAWN_UP")


def timeline_agrees(state: Any) -> None:
    """What stands over a right stands in its timeline, and nothing else does."""
    facts = {(row.sort, row.subject_id) for row in state.right_facts.values()}
    assert all(row.until_ms is None for row in state.right_facts.values())
    wanted = {("licence", row.id) for row in state.licences.values()}
    wanted |= {("freeze_notice", row.id) for row in state.freezes.values()}
    wanted |= {("dispute", row.id) for row in state.disputes.values() if row.state == "OPEN"}
    for right in state.rights.values():
        wanted |= {("pledge", f"{right.id} pledge {number}") for number in right.pledge_numbers}
        if right.freeze != "none":
            wanted.add(("freeze", f"{right.id} freeze {right.freezes_seen}"))
        others = right.licences_elsewhere or ()
        wanted |= {("licence_elsewhere", f"{right.id} licence {each.number}") for each in others}
    assert facts == wanted


def fee_after(state: Any, deal: Any, paid: int) -> int:
    """The fee of a deal under which so much was paid in all, cent by band, without the engine's own code."""
    if deal.reverses:
        return 0
    if not deal.fee_schedule:
        return int(paid * state.venue.fee_basis_points) // 10_000
    schedule = state.fee_schedules[deal.fee_schedule]
    if deal.lot:
        whole = by_schedule(schedule, deal.lot.price)
        return min(paid, shared(whole, state.listings[deal.listing_id].lot)[deal.right_id])
    return by_schedule(schedule, paid)


def shared(amount: int, lot: Any) -> dict[str, int]:
    """An amount among the rights of a lot, unit by unit, each to whoever is furthest below its share."""
    parts = {member.right_id: amount * member.share // 10**6 for member in lot}
    for _ in range(amount - sum(parts.values())):
        first = min(
            lot,
            key=lambda member: (
                parts[member.right_id] * 10**6 - amount * member.share,
                -member.share,
                member.right_id,
            ),
        )
        parts[first.right_id] += 1
    return parts


def by_schedule(schedule: Any, paid: int) -> int:
    """The fee of a schedule, band by band from above."""
    share, below = 0, paid
    for band in reversed(schedule.bands):
        if below > band.above:
            share += (below - band.above) * band.basis_points
            below = band.above
    fee = max(share // 10_000, schedule.minimum)
    return int(min(fee, paid, paid if schedule.maximum is None else schedule.maximum))


def principal_paid(row: Any) -> int:
    """What of an obligation's amount has been paid."""
    if row.paid_ms is not None:
        return int(row.amount)
    return int(row.parts.principal) if row.parts else 0


def released(flow: dict[str, int]) -> int:
    """What has left an escrow account by payments."""
    return sum(flow.get(purpose, 0) for purpose in ("release", "tax", "commission", "co_owner"))


def first_part(deal: Any) -> int:
    """What of a price must be in escrow before its deal takes effect, found without the engine's own code."""
    agreed = deal.terms.consideration
    kind = type(agreed).__name__
    if kind in {"RunningRoyalty", "Equity"}:
        return 0
    if kind == "Instalments":
        first = agreed.parts[0]
        return 0 if first.due_days else int(deal.price * first.share) // 10_000
    return int(deal.price)


def _numbers(state: Any, names: tuple[str, ...]) -> tuple[str, ...]:
    """Company numbers of holders that an event names by party or by number."""
    parties = state.parties
    return tuple(sorted(parties[name].company_number if name in parties else name for name in names))


def accounts_balance(state: Any) -> None:
    """Every currency sums to zero; only the bank's mirror and its unexplained debits stand below zero."""
    sums: dict[str, int] = defaultdict(int)
    for account in state.accounts.values():
        sums[account.currency] += account.balance
        assert account.balance >= 0 or account.id.startswith(("bank/custody/", "venue/unexplained/")), account
        assert abs(account.balance) < 2**53
    assert not any(sums.values()), sums


def lines_fund_no_more_than_they_brought(state: Any) -> None:
    """What deals have drawn from a statement line and what it has left make up its amount."""
    drawn: dict[str, int] = defaultdict(int)
    for deal in state.deals.values():
        for line_id, amount in deal.funded_by.items():
            drawn[line_id] += amount
        if deal.funded_by:
            assert sum(deal.funded_by.values()) in {first_part(deal), deal.earnest}
    for obligation in state.obligations.values():
        for line_id, amount in obligation.funded_by.items():
            drawn[line_id] += amount
    for line in state.statement_lines.values():
        assert 0 <= line.left <= line.amount
        assert drawn[line.id] <= line.amount - line.left  # archived deals have drawn the rest


def deposits_are_held(state: Any) -> None:
    """What stands on parties' deposit accounts is what listings, deals and orders say they hold."""
    held: dict[str, int] = defaultdict(int)
    for listing in state.listings.values():
        if listing.state in DEPOSIT_STANDS:
            for party_id, bidder in listing.bidders.items():
                held[f"{party_id}/deposit/{listing.currency}"] += bidder.deposit
    for deal in state.deals.values():
        held[f"{deal.buyer}/deposit/{deal.currency}"] += deal.deposit
    for order in state.orders.values():
        held[f"{order.party_id}/deposit/{state.listings[order.listing_id].currency}"] += order.held
    stands = {
        row.id: row.balance for row in state.accounts.values() if row.purpose == "deposit" and row.balance
    }
    assert stands == {account: amount for account, amount in held.items() if amount}


def payments_are_held(state: Any) -> None:
    """A payment that is on its way lies on an account of its own; one that has ended has left it."""
    for payment in state.payments.values():
        expected = payment.amount if payment.state in {"PREPARED", "APPROVED"} else 0
        account = state.accounts.get(payment.account)
        assert (account.balance if account else 0) == expected
        if payment.state in {"APPROVED", "PAID"}:
            assert len(payment.approvals) == 2


def holds_are_what_accounts_hold(state: Any) -> None:
    """The pending holds of a deposit account or of a payment's are its whole balance; each is known by its subject."""
    pending: dict[str, int] = defaultdict(int)
    for hold in state.holds.values():
        assert hold.state == "PENDING"
        assert hold.ended_ms is None
        pending[hold.account] += hold.amount
        assert state.hold_of[hold.subject_id, hold.party_id] == hold.id
        subjects = {"bid_deposit": (state.listings, state.deals), "order": (state.orders,)}
        subjects |= {"price": (state.deals,), "payment": (state.payments,)}
        assert any(hold.subject_id in rows for rows in subjects[hold.sort]), hold
    assert len(state.hold_of) == len(state.holds)
    if state.venue.engine >= 3:
        held = {"deposit", "outgoing"}
        stands = {
            row.id: row.balance for row in state.accounts.values() if row.purpose in held and row.balance
        }
        assert stands == {account: amount for account, amount in pending.items() if amount}


def nobody_bids_on_its_own(state: Any) -> None:
    """No live bid, order to buy or proposal is the seller's, the venue's staff's, its company's, or an affiliate's.

    Before engine version 5 an affiliate of an affiliate of staff could bid, and a bid stood whose affiliate became staff.
    """
    standing = {"LIVE", "SEALED", "REVEALED", "PARTLY_FILLED"}
    live = [(row.listing_id, row.party_id) for row in state.bids.values() if row.state in standing]
    live += [(row.listing_id, row.buyer) for row in state.proposals.values() if row.state == "LIVE"]
    orders = [row for row in state.orders.values() if row.side == "buy" and row.state in standing]
    live += [(row.listing_id, row.party_id) for row in orders]
    staff = staff_of(state)
    for listing_id, party_id in live:
        listing = state.listings[listing_id]
        seller, bidder = state.parties[listing.seller], state.parties[party_id]
        assert bidder.id != seller.id
        assert bidder.company_number != seller.company_number
        assert bidder.id not in seller.affiliates
        assert seller.id not in bidder.affiliates
        assert bidder.id not in staff
        if state.venue.engine < 5:
            continue
        acting_as_one = _reached(state, bidder.id)
        assert not acting_as_one & staff
        consents = listing.co_owner_consents or {}
        sell = {seller.company_number, *consents}
        assert not any(state.parties[each].company_number in sell for each in acting_as_one)


def staff_of(state: Any) -> set[str]:
    """Who is staff of the venue by the last document that says either."""
    said: dict[str, Any] = {}
    for row in sorted(state.documents.values(), key=lambda row: int(row.id.rpartition("-")[2])):
        if row.document in {"venue_staff", "venue_staff_left"}:
            said[row.subject_id] = row
    return {
        party_id
        for party_id, row in said.items()
        if row.document == "venue_staff"
        and (row.valid_until_ms is None or state.time_ms < row.valid_until_ms)
    }


def _reached(state: Any, party_id: str) -> set[str]:
    """A party and whoever it reaches from affiliate to affiliate."""
    reached, more = {party_id}, [party_id]
    while more:
        for other in state.parties[more.pop()].affiliates:
            if other not in reached:
                reached.add(other)
                more.append(other)
    return reached


def _places_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    for first in one:
        for second in other:
            shorter, longer = sorted((first.split("-"), second.split("-")), key=len)
            if "world" in (first, second) or longer[: len(shorter)] == shorter:
                return True
    return False


def licences_stand_together(state: Any) -> None:
    """Of two licences that meet in place, field and time, both are ordinary ones, or one is the other's head."""
    rows = list(state.licences.values())
    for index, one in enumerate(rows):
        for other in rows[index + 1 :]:
            if one.right_id != other.right_id or not _places_meet(one.territory, other.territory):
                continue
            fields = {one.field_of_use.lower().strip(), other.field_of_use.lower().strip()}
            apart = len(fields) == 2 and "all" not in fields
            if apart or one.ends_ms <= other.starts_ms or other.ends_ms <= one.starts_ms:
                continue
            if one.id == other.head_licence or other.id == one.head_licence:
                continue
            assert {one.licence_kind, other.licence_kind} == {"ordinary_licence"}, (one, other)


def sub_licences_lie_within_their_heads(state: Any) -> None:
    """No sub-licence outlives its head, reaches beyond it, is of another kind than ordinary, or has one under it."""
    for row in state.licences.values():
        if not row.head_licence:
            continue
        head = state.licences[row.head_licence]
        assert (row.right_id, row.licensor) == (head.right_id, head.licensee)
        assert row.licence_kind == "ordinary_licence"
        assert head.may_sublicense is True
        assert not head.head_licence
        assert head.starts_ms <= row.starts_ms < row.ends_ms <= head.ends_ms
        for place in row.territory:
            assert any(whole in ("world", place) or place.startswith(f"{whole}-") for whole in head.territory)


def licences_end_with_their_rights(state: Any) -> None:
    """No licence lives beyond the expiry that the register names, nor on a right that has ended."""
    for licence in state.licences.values():
        right = state.rights[licence.right_id]
        decided = right.status == "invalidity_decided"
        assert licence.state in ({"SUSPENDED"} if decided else IN_FORCE)
        assert (licence.suspended_from in IN_FORCE) == decided
        assert right.status not in {"expired", "invalidated"}
        if right.expiry_date is not None:
            year, month, day = map(int, right.expiry_date.split("-"))
            assert licence.ends_ms <= _days(year, month, day) * MS_PER_DAY + MS_PER_DAY - 8 * 3_600_000


def payments_wait_for_a_decision(state: Any) -> None:
    """What is owed under a licence stands still exactly while a decision on its right is not final, and no other does.

    A dispute beside it keeps all of a deal's clocks.
    """
    waiting = set()
    for right in state.rights.values():
        assert right.status == "invalidity_decided" or not right.stopped_deals
        waiting |= set(right.stopped_deals or ())
        for licence in map(state.licences.__getitem__, right.licences):
            assert (
                licence.state != "SUSPENDED"
                or licence.deal_id not in state.deals
                or licence.deal_id in waiting
            )
    assert {deal.id for deal in state.deals.values() if deal.stopped} == waiting
    for deal_id in waiting:
        deal = state.deals[deal_id]
        assert all(left > 0 for left in deal.stopped.clocks.values())
        assert {clock.partition(":")[0] for clock in deal.stopped.clocks} <= {"payment_due", "report_due"}
        assert not (deal.state == "DISPUTED" and deal.stopped.clocks)
        for each in state.obligations_of.get(deal_id, ()):
            assert not {f"payment_due:{each}", f"report_due:{each}"} & set(state.deadlines)


def _days(year: int, month: int, day: int) -> int:
    """Days from 1970-01-01 by counting them, without a calendar library."""
    lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    days = 0
    for each in range(1970, year):
        days += 366 if _leap(each) else 365
    for each in range(1, month):
        days += lengths[each - 1] + (1 if each == 2 and _leap(year) else 0)
    return days + day - 1


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def heads_agree(state: Any) -> None:
    """A head licence has one open listing of sub-licences, and knows it."""
    for head in state.licences.values():
        mine = [row for row in state.listings.values() if row.terms.head_licence == head.id]
        assert [row.id for row in mine if row.state not in LISTING_OVER] == [head.open_listing] * bool(
            head.open_listing
        )


def lots_stand_or_fall(state: Any) -> None:
    """One award, one deal for each right of the lot at its part of one price; before the money all of them or none."""
    by_lot: dict[str, list[Any]] = defaultdict(list)
    for deal in state.deals.values():
        listing = state.listings[deal.listing_id]
        assert bool(deal.lot) == bool(listing.lot)
        if deal.lot:
            by_lot[deal.lot.id].append(deal)
    for lot_id, deals in by_lot.items():
        listing = state.listings[deals[0].listing_id]
        assert [deal.right_id for deal in deals] == listed(listing) == list(deals[0].lot.right_ids)
        assert (deals[0].id, sum(deal.price for deal in deals)) == (lot_id, deals[0].lot.price)
        for deal, member in zip(deals, listing.lot, strict=True):
            assert deal.lot.share == member.share
            assert deal.price == shared(deal.lot.price, listing.lot)[deal.right_id]
            assert {deal.seller, deal.buyer} == {deals[0].seller, deals[0].buyer}
        states = [beside_dispute(deal) for deal in deals]
        paid = {"FUNDED", "FILED", "REGISTERED", "DELIVERED", "SETTLED"}
        if deals[0].deal_kind != "assignment":
            paid = {"FUNDED", "EFFECTIVE", "SETTLED"}
        begun = set(states) - {"REFUNDED"}
        assert not (begun & paid and begun - paid), f"{lot_id}: {states}"
        unsigned = begun & {"AWARDED"}
        assert not (unsigned and begun - unsigned), f"{lot_id}: {states}"
        if begun - paid and "REFUNDED" in states:
            over = [state.disputes[deal.disputes[-1]].ended_by for deal in deals if deal.state == "DISPUTED"]
            assert len(over) == len([each for each in states if each != "REFUNDED"])
            assert all(over), "what is in dispute falls when that ends"
    for listing in state.listings.values():
        assert bool(listing.lot_choice_until_ms) == (f"lot_choice:{listing.id}" in state.deadlines)
