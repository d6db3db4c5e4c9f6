"""The exchange's promises, checked on a state by means that share nothing with the engine's own."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from exchange.commands import Request
from exchange.turn import Outcome

MS_PER_DAY = 86_400_000
DEPOSIT_STANDS = {"OPEN", "BIDDING", "NEGOTIATE", "SUSPENDED"}
DEAL_OVER = {"SETTLED", "REFUNDED"}


class Watcher:
    """Follows a run from its requests and outcomes alone, and holds the state against what it has seen."""

    def __init__(self) -> None:
        self.flows: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        """Deal to purpose to minor units that have moved on its escrow account."""
        self.bids: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
        """Listing to live bid to (price, order of arrival)."""
        self.listing_of: dict[str, str] = {}
        self.holders: dict[str, Any] = {}
        self.witnessed: dict[str, tuple[str, ...]] = {}
        """Right to the holders that the chain has it with."""
        self.owners: dict[str, set[str]] = {}
        """Right to the company numbers that own it, by copies, confirmations and delivery records."""
        self.pledged: dict[str, dict[tuple[str, str], int]] = {}
        """Right to (company number, currency) to the secured sums together, as the register stands."""
        self.received: dict[tuple[str, str, str], int] = defaultdict(int)
        """(Right, company number, currency) to what deals have brought since the pledge came into the register."""
        self.arrivals = 0
        self.seen: set[str] = set()
        """States, refusals and happenings met on the way, so that a run can show what it has reached."""

    def after(self, state: Any, request: Request, outcome: Outcome) -> None:
        """Check everything after one request."""
        self._follow(state, outcome)
        self._grants(state, outcome)
        self._pledgees(state, request, outcome)
        self._holders(state, request, outcome)
        self._own(state)
        if outcome.refusal is not None:
            assert outcome.events == ()
            self.seen.add(outcome.refusal.code)
        accounts_balance(state)
        self._escrow(state)
        lines_fund_no_more_than_they_brought(state)
        deposits_are_held(state)
        payments_are_held(state)
        nobody_bids_on_its_own(state)
        licences_stand_together(state)
        licences_end_with_their_rights(state)
        indexes_agree(state)
        for listing_id, live in self.bids.items():
            if listing_id in state.listings:
                assert set(live) == {
                    bid.id
                    for bid in state.bids.values()
                    if bid.listing_id == listing_id and bid.state == "LIVE"
                }

    def _follow(self, state: Any, outcome: Any) -> None:  # noqa: C901 - one branch a kind of event
        for event in outcome.events:
            kind = type(event).__name__
            if kind == "BidPlaced":
                self.arrivals += 1
                self.listing_of[event.bid_id] = event.listing_id
                self.bids[event.listing_id][event.bid_id] = (event.price, self.arrivals)
            elif kind == "BidAmended":
                self.arrivals += 1
                self.bids[self.listing_of[event.bid_id]][event.bid_id] = (event.price, self.arrivals)
            elif kind == "BidChanged":
                if event.new == "WON":
                    self._award(state, event)
                del self.bids[self.listing_of[event.bid_id]][event.bid_id]
            elif kind == "Posted":
                for account, sign in ((event.debit, -1), (event.credit, 1)):
                    owner, purpose, _ = account.split("/")
                    if purpose == "escrow":
                        self.flows[owner][event.purpose] += sign * event.amount
            for name in ("new", "deadline_id"):
                text = getattr(event, name, None)
                if isinstance(text, str):
                    self.seen.add(f"{kind} {text.partition(':')[0]}")

    def _award(self, state: Any, event: Any) -> None:
        """The best live bid of all that came before the close: highest price, then earliest."""
        listing = state.listings[self.listing_of[event.bid_id]]
        live = self.bids[listing.id]
        best = min(live, key=lambda bid_id: (-live[bid_id][0], live[bid_id][1]))
        assert event.bid_id == best
        assert state.bids[best].placed_ms < listing.closes_ms
        assert live[best][0] >= listing.terms.price

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
                assert command in {"ConfirmRegistration", "RecordRegisterCopy"}
                if command == "ConfirmRegistration":
                    deal = state.deals[request.command.deal_id]  # type: ignore[union-attr]
                    assert [state.parties[deal.seller].company_number] == [
                        each.company_number for each in before
                    ]
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
            if type(event).__name__ == "LicenceChanged" and event.new == "GRANTED":
                licence = state.licences[event.licence_id]
                assert state.parties[licence.licensor].company_number in self.owners[licence.right_id]
            if type(event).__name__ == "DealChanged" and event.new in {"REGISTERED", "DELIVERED"}:
                deal = state.deals[event.deal_id]
                sides = {state.parties[each].company_number for each in (deal.seller, deal.buyer)}
                assert self.owners[deal.right_id] & sides

    def _pledgees(self, state: Any, request: Request, outcome: Any) -> None:
        """No pledge brings its pledgee more than its sum; payments to sellers come after those to pledgees."""
        for event in outcome.events:
            if type(event).__name__ == "Posted" and event.debit.split("/")[1] == "escrow":
                deal = state.deals[event.subject_id]
                to = state.payments.get(event.credit.split("/")[0])
                if to is not None and to.party_id != deal.seller:
                    number = state.parties[to.party_id].company_number
                    self.received[deal.right_id, number, event.currency] += event.amount
            elif type(event).__name__ == "PaymentChanged" and event.new == "PAID":
                self._pledgees_first(state, state.payments[event.payment_id])
        for right_id, pledges in self.pledged.items():
            for (number, currency), secured in pledges.items():
                assert self.received[right_id, number, currency] <= secured
        if type(request.command).__name__ != "RecordRegisterCopy" or outcome.refusal is not None:
            return
        right = state.rights[request.command.right_id]  # type: ignore[union-attr]
        sums: dict[tuple[str, str], int] = defaultdict(int)
        for pledge in right.pledges:
            sums[pledge.company_number, pledge.currency] += pledge.amount
        for key in set(self.pledged.get(right.id, {})) - set(sums):
            self.received.pop((right.id, *key), None)
        # A copy may name a smaller sum than has been received: no more comes on top of it.
        self.pledged[right.id] = {
            key: max(secured, self.received[right.id, *key]) for key, secured in sums.items()
        }

    def _pledgees_first(self, state: Any, payment: Any) -> None:
        deal = state.deals.get(payment.deal_id or "")
        if deal is not None and payment.party_id == deal.seller:
            self.seen.add("seller paid beside a pledgee" if deal.pledgee_share else "seller paid")
            others = [state.payments[each] for each in deal.payments]
            assert all(each.state == "PAID" for each in others if each.party_id != deal.seller)

    def _escrow(self, state: Any) -> None:
        for deal in state.deals.values():
            flow = self.flows[deal.id]
            paid_in = flow.get("escrow_in", 0)
            out = {purpose: -amount for purpose, amount in flow.items() if purpose != "escrow_in"}
            assert set(out) <= {"fee", "release", "pledge_deposit", "refund"}
            account = state.accounts.get(f"{deal.id}/escrow/{deal.currency}")
            assert (account.balance if account else 0) == paid_in - sum(out.values())
            assert paid_in in {0, deal.price}
            if deal.state in DEAL_OVER:
                assert paid_in == sum(out.values())
            if deal.state in {"SETTLED", "REGISTERED", "DELIVERED"}:
                assert paid_in == deal.price
                assert out.get("fee", 0) == deal.price * state.venue.fee_basis_points // 10_000
                assert out.get("release", 0) == sum(state.payments[each].amount for each in deal.payments)
            if deal.state == "REFUNDED":
                assert set(out) <= {"refund"}
                assert deal.deposit == 0


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
            assert sum(deal.funded_by.values()) == deal.price
    for line in state.statement_lines.values():
        assert 0 <= line.left <= line.amount
        assert drawn[line.id] <= line.amount - line.left  # archived deals have drawn the rest


def deposits_are_held(state: Any) -> None:
    """What stands on parties' deposit accounts is what listings and deals say they hold."""
    held: dict[str, int] = defaultdict(int)
    for listing in state.listings.values():
        if listing.state in DEPOSIT_STANDS:
            for party_id, bidder in listing.bidders.items():
                held[f"{party_id}/deposit/{listing.currency}"] += bidder.deposit
    for deal in state.deals.values():
        held[f"{deal.buyer}/deposit/{deal.currency}"] += deal.deposit
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


def nobody_bids_on_its_own(state: Any) -> None:
    """No live bid or proposal is the seller's, its affiliate's or its company's."""
    live = [(row.listing_id, row.party_id) for row in state.bids.values() if row.state == "LIVE"]
    live += [(row.listing_id, row.buyer) for row in state.proposals.values() if row.state == "LIVE"]
    for listing_id, party_id in live:
        seller = state.parties[state.listings[listing_id].seller]
        bidder = state.parties[party_id]
        assert bidder.id != seller.id
        assert bidder.company_number != seller.company_number
        assert bidder.id not in seller.affiliates
        assert seller.id not in bidder.affiliates


def _places_meet(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    for first in one:
        for second in other:
            shorter, longer = sorted((first.split("-"), second.split("-")), key=len)
            if "world" in (first, second) or longer[: len(shorter)] == shorter:
                return True
    return False


def licences_stand_together(state: Any) -> None:
    """Of two licences that meet in place, field and time, both are ordinary ones."""
    rows = [row for row in state.licences.values() if row.state in {"GRANTED", "RECORDED", "OVERDUE"}]
    for index, one in enumerate(rows):
        for other in rows[index + 1 :]:
            if one.right_id != other.right_id or not _places_meet(one.territory, other.territory):
                continue
            fields = {one.field_of_use.lower().strip(), other.field_of_use.lower().strip()}
            apart = len(fields) == 2 and "all" not in fields
            if apart or one.ends_ms <= other.starts_ms or other.ends_ms <= one.starts_ms:
                continue
            assert {one.licence_kind, other.licence_kind} == {"ordinary_licence"}, (one, other)


def licences_end_with_their_rights(state: Any) -> None:
    """No licence lives beyond the expiry that the register names, nor on a right that has ended."""
    for licence in state.licences.values():
        right = state.rights[licence.right_id]
        assert licence.state in {"GRANTED", "RECORDED", "OVERDUE"}
        assert right.status not in {"expired", "invalidated"}
        if right.expiry_date is not None:
            year, month, day = map(int, right.expiry_date.split("-"))
            assert licence.ends_ms <= _days(year, month, day) * MS_PER_DAY + MS_PER_DAY - 8 * 3_600_000


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


def indexes_agree(state: Any) -> None:
    """What rows say of one another agrees: open listings, open deals, live licences, books and deadlines."""
    for right in state.rights.values():
        assert set(right.open_deals) == {
            deal.id
            for deal in state.deals.values()
            if deal.right_id == right.id and deal.state not in DEAL_OVER
        }
        assert set(right.licences) == {row.id for row in state.licences.values() if row.right_id == right.id}
        open_listings = {
            row.id
            for row in state.listings.values()
            if row.right_id == right.id and row.state not in {"SOLD", "LAPSED", "REJECTED", "WITHDRAWN"}
        }
        assert open_listings == ({right.open_listing} if right.open_listing else set())
    for listing_id, book in state.books.items():
        live = [bid for bid in state.bids.values() if bid.listing_id == listing_id and bid.state == "LIVE"]
        assert book.ranking() == [bid.id for bid in sorted(live, key=lambda bid: (-bid.price, bid.sequence))]
        assert book.bid_by_party == {bid.party_id: bid.id for bid in live}
    for listing_id, by_buyer in state.proposals_of.items():
        here = [row for row in state.proposals.values() if row.listing_id == listing_id]
        assert sorted(each for ids in by_buyer.values() for each in ids) == sorted(row.id for row in here)
        live_here = [row for row in here if row.state == "LIVE"]
        assert all(by_buyer[row.buyer][-1] == row.id for row in live_here), "one at a time with each buyer"
        assert not live_here or state.listings[listing_id].state in {"OPEN", "SUSPENDED"}
        for row in live_here:
            assert state.listings[listing_id].bidders[row.buyer].state == "NEGOTIATING"
            assert f"proposal_expiry:{row.id}" in state.deadlines
    tables = {"licence_end": state.licences, "recordal": state.licences}
    tables |= {"price_drop": state.listings, "proposal_expiry": state.proposals}
    tables |= dict.fromkeys(("sign_by", "fund_by"), state.deals)
    tables |= dict.fromkeys(("notice_end", "registration_close", "listing_close", "archive"), state.listings)
    for deadline in state.deadlines.values():
        assert deadline.id == f"{deadline.what}:{deadline.subject_id}"
        assert deadline.subject_id in tables[deadline.what]
    for listing in state.listings.values():
        standing = f"listing_close:{listing.id}" in state.deadlines
        assert standing or listing.state not in {"OPEN", "BIDDING", "NEGOTIATE"}, f"{listing.id} never closes"
