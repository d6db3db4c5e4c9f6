"""A random day of a venue that trades continuously: the submissions of `trading`, with orders instead of bids."""

from __future__ import annotations

from msgspec import UNSET

from exchange import commands
from exchange.state import State
from ledger.sequencer.messages import Submission
from tests.ledger.trading import DAY_MS, RandomDay
from tests.undertakings import offered_on

CALL_MS = 60_000
TIMES: tuple[commands.OrderTime, ...] = (
    "good_till_cancelled",
    "good_till_cancelled",
    "immediate_or_cancel",
    "good_till_date",
)


class FloorDay(RandomDay):
    """Chooses among what traders of continuous listings do."""

    def next(self, state: State, time_ms: int) -> Submission:
        self.time_ms = time_ms
        if state.venues and state.venue.trading_authorisation is UNSET:
            command = commands.RecordTradingAuthorisation(ground="authorisation")
            return self.door.operator(command, texts={"document": "a letter", "reason": "received"})
        choices = [self._right, self._money, self._money, self._list, self._list, self._deal, self._clock]
        choices += [self._order] * 12 + [self._change] * 4
        choices += [self._party] * (10 if self.parties < 4 else 1)
        for _ in range(20):
            made = self.random.choice(choices)(state)
            if made is not None:
                return made
        return self._party(state)

    def _list(self, state: State) -> Submission | None:
        submitted = self._any(row.id for row in state.listings.values() if row.state == "SUBMITTED")
        if submitted is not None:
            return self.door.operator(commands.ApproveListing(listing_id=submitted))
        free = self._any(r.id for r in state.rights.values() if r.status and not r.open_listing)
        numbers = {party.company_number: party for party in state.parties.values() if party.state == "ACTIVE"}
        holder = numbers.get(state.rights[free].holder_of_record[0].company_number) if free else None
        if holder is None:
            return None
        command = commands.SubmitListing(
            right_id=free,
            mode="continuous",
            deal_kind="ordinary_licence",
            currency="HKD",
            closes_ms=self.time_ms + 4 * DAY_MS,
            max_acceptances=self.random.choice([3, 20]),
        )
        terms = offered_on(state.venue.engine, price=100, territory=("US",), call_ms=CALL_MS)
        return self.door.submission(holder.id, holder.key, command, terms)

    def _order(self, state: State) -> Submission | None:
        opened = self._any(row.id for row in state.listings.values() if row.state in {"OPEN", "TRADING"})
        if opened is None:
            return None
        seller = state.listings[opened].seller
        sells = self.random.random() < 0.5
        party = seller if sells else self._any(set(state.parties) - {seller})
        if party is None:
            return None
        time = self.random.choice(TIMES)
        is_market = time == "immediate_or_cancel" and self.random.random() < 0.5
        command = commands.PlaceOrder(
            listing_id=opened,
            side="sell" if sells else "buy",
            order_type="market" if is_market else "limit",
            time_in_force=time,
            expires_ms=self.time_ms + DAY_MS // 10 if time == "good_till_date" else None,
        )
        limit = None if is_market else self.random.randint(96, 104)
        terms = commands.OrderTerms(limit=limit, quantity=self.random.randint(1, 3))
        return self._of(state, party, command, terms)

    def _change(self, state: State) -> Submission | None:
        mine = state.orders.get(self._any(state.orders) or "")
        if mine is None:
            return None
        match self.random.randint(0, 5):
            case 0:
                return self._of(state, mine.party_id, commands.CancelOrders(listing_id=mine.listing_id))
            case 1 | 2:
                return self._of(state, mine.party_id, commands.CancelOrder(order_id=mine.id))
            case _:
                terms = commands.OrderTerms(
                    limit=self.random.randint(96, 104), quantity=mine.filled + self.random.randint(1, 3)
                )
                return self._of(state, mine.party_id, commands.AmendOrder(order_id=mine.id), terms)
