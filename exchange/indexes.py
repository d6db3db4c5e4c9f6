"""Rows by kind, and the indexes over them: what is found without looking through them all. They decide nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from msgspec import UNSET

from exchange.listings.ranking import Ranking
from exchange.listings.trading_book import TradingBook
from exchange.lodged import Lodged
from exchange.ownership import Ownership
from exchange.rows import (
    APPROVED,
    ROW_TYPE_BY_KIND,
    Account,
    Bid,
    Deadline,
    Deal,
    Deposit,
    Dispute,
    Document,
    Evidence,
    ExchangeRate,
    FeeSchedule,
    Filing,
    Freeze,
    Hold,
    KeptRecord,
    Key,
    LegalHold,
    Licence,
    LicenceScope,
    Listing,
    Need,
    Objection,
    Obligation,
    Offer,
    Order,
    Party,
    Payment,
    PledgeContract,
    PledgeReceipts,
    Proposal,
    Recovery,
    RegisterEntry,
    Right,
    RightFact,
    Row,
    SealedSet,
    StatementLine,
    SurveillanceCase,
    Venue,
)


def number_of(row_id: str) -> int:
    """Which of its series an id is: 12 of `L-12`."""
    return int(row_id.rpartition("-")[2])


class Rows:
    """Rows by kind and id."""

    def __init__(self) -> None:
        self.rows: dict[str, dict[str, Any]] = {kind: {} for kind in ROW_TYPE_BY_KIND}
        self.venues: dict[str, Venue] = self.rows["venue"]
        self.parties: dict[str, Party] = self.rows["party"]
        self.rights: dict[str, Right] = self.rows["right"]
        self.listings: dict[str, Listing] = self.rows["listing"]
        self.bids: dict[str, Bid] = self.rows["bid"]
        self.deals: dict[str, Deal] = self.rows["deal"]
        self.licences: dict[str, Licence] = self.rows["licence"]
        self.filings: dict[str, Filing] = self.rows["filing"]
        self.accounts: dict[str, Account] = self.rows["account"]
        self.payments: dict[str, Payment] = self.rows["payment"]
        self.statement_lines: dict[str, StatementLine] = self.rows["statement_line"]
        self.deadlines: dict[str, Deadline] = self.rows["deadline"]
        self.keys: dict[str, Key] = self.rows["key"]
        self.licence_scopes: dict[str, LicenceScope] = self.rows["licence_scope"]
        self.offers: dict[str, Offer] = self.rows["offer"]
        self.recoveries: dict[str, Recovery] = self.rows["recovery"]
        self.proposals: dict[str, Proposal] = self.rows["proposal"]
        self.sealed_sets: dict[str, SealedSet] = self.rows["sealed_set"]
        self.orders: dict[str, Order] = self.rows["order"]
        self.needs: dict[str, Need] = self.rows["need"]
        self.documents: dict[str, Document] = self.rows["document"]
        self.objections: dict[str, Objection] = self.rows["objection"]
        self.obligations: dict[str, Obligation] = self.rows["obligation"]
        self.fee_schedules: dict[str, FeeSchedule] = self.rows["fee_schedule"]
        self.deposits: dict[str, Deposit] = self.rows["deposit"]
        self.disputes: dict[str, Dispute] = self.rows["dispute"]
        self.freezes: dict[str, Freeze] = self.rows["freeze"]
        self.pledge_contracts: dict[str, PledgeContract] = self.rows["pledge_contract"]
        self.pledge_receipts: dict[str, PledgeReceipts] = self.rows["pledge_receipts"]
        self.right_facts: dict[str, RightFact] = self.rows["right_fact"]
        self.register_entries: dict[str, RegisterEntry] = self.rows["register_entry"]
        self.exchange_rates: dict[str, ExchangeRate] = self.rows["exchange_rate"]
        self.holds: dict[str, Hold] = self.rows["hold"]
        self.kept_records: dict[str, KeptRecord] = self.rows["kept_record"]
        self.evidence: dict[str, Evidence] = self.rows["evidence"]
        self.legal_holds: dict[str, LegalHold] = self.rows["legal_hold"]
        self.surveillance_cases: dict[str, SurveillanceCase] = self.rows["surveillance_case"]

    @property
    def venue(self) -> Venue:
        """The venue's row. Raises KeyError before the venue is opened."""
        return self.venues["venue"]

    def each_row(self) -> Iterator[Row]:
        """Every row in memory, kind by kind."""
        for table in self.rows.values():
            yield from table.values()


class Indexes(Rows):
    """Rows, and where each is found. A row enters and leaves once; what changes beside that has a method of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.documents_of: dict[tuple[str, str, str], str] = {}
        """An index over documents: (kind, subject, party) to the last one's id."""
        self.objections_of: dict[str, list[str]] = {}
        """An index over objections: listing id to their ids, in the order of their making."""
        self.party_by_number: dict[str, str] = {}
        """An index over parties that have been approved and have not left: company number to party id."""
        self.consented: dict[str, set[str]] = {}
        """An index over listings in memory: company number of a co-owner to the listings that it has consented to."""
        self.former_by_number: dict[str, str] = {}
        """An index over parties that have left: company number to the id of the last."""
        self.party_by_key: dict[str, str] = {}
        """An index over parties: enrolled key to party id."""
        self.proofs: set[str] = set()
        """An index over filings: digests of the official proofs that have been reported."""
        self.books: dict[str, Ranking] = {}
        """An index over live bids: listing id to its book."""
        self.sealed_bids: dict[str, dict[str, str]] = {}
        """An index over sealed bids that are not opened: listing id to party id to bid id."""
        self.bids_of: dict[str, list[str]] = {}
        """An index over bids in memory: listing id to bid ids, in order of arrival."""
        self.proposals_of: dict[str, dict[str, list[str]]] = {}
        """An index over proposals in memory: listing id to buyer to proposal ids, in order of arrival. Only the last of
        a buyer can live."""
        self.owned = Ownership()
        """An index over keys, recoveries, orders, listings, offers and deals in memory: whose they are."""
        self.lodged = Lodged()
        """An index over evidence and legal holds in memory: whose, and on which entries."""
        self.trading_books: dict[str, TradingBook] = {}
        """An index over orders, all of which rest: listing id to its two-sided book."""
        self.needs_of: dict[str, list[str]] = {}
        """An index over needs in memory: party id to the ids of its needs, in no order that anybody may rely on."""
        self.obligations_of: dict[str, list[str]] = {}
        """An index over obligations in memory: deal id to obligation ids, in no order that anybody may rely on."""
        self.hold_of: dict[tuple[str, str], str] = {}
        """An index over holds in memory, all of which are pending: (subject id, party id) to the hold's id."""
        self.receipts_of_pledge: dict[str, str] = {}
        """An index over pledges' receipts in memory: what the pledge is known as to their id."""
        self.records_of: dict[str, set[str]] = {}
        """An index over kept records in memory: listing id to their ids."""
        self.exchange_rate_of: dict[tuple[str, str], str] = {}
        """An index over exchange rates in memory, of which there is one a pair: (base, quote) to its id."""
        self.fee_schedule_of: dict[str, str] = {}
        """An index over fee schedules: currency to the one that was set last."""
        self._families: dict[str, set[str]] = {}
        """An index over rights: family id to the ids of its members."""
        self.lines_of: dict[str, list[str]] = {}
        """An index over statement lines: party id to the ids of its credits, in no order that anybody may rely on."""

    def index_consents(self, row: Listing) -> None:
        """Enter which co-owners sell with a listing's seller."""
        for number in row.co_owner_consents or ():
            self.consented.setdefault(number, set()).add(row.id)

    def _index_number(self, row: Party) -> None:
        if row.state in APPROVED:
            self.party_by_number[row.company_number] = row.id
        elif row.state == "CLOSED":
            last = self.former_by_number.get(row.company_number)
            if last is None or number_of(last) < number_of(row.id):
                self.former_by_number[row.company_number] = row.id

    def _index_fees(self, row: FeeSchedule) -> None:
        last = self.fee_schedules.get(self.fee_schedule_of.get(row.currency, ""))
        if last is None or last.number < row.number:
            self.fee_schedule_of[row.currency] = row.id

    def enter(self, row: Row) -> None:  # noqa: C901 - one branch a kind of row
        """A row has come into memory."""
        self.owned.add(row)
        if isinstance(row, Bid):  # bids and holds first: most rows that are added are such
            self._index_bid(row)
        elif isinstance(row, Hold):
            self.hold_of[row.subject_id, row.party_id] = row.id
        elif isinstance(row, Party):
            self._index_number(row)
            self.party_by_key[row.key] = row.id
        elif isinstance(row, Listing):
            self.index_consents(row)
        elif isinstance(row, Right):
            self.join_family(row)
        elif isinstance(row, StatementLine):
            self.index_line(row)
        elif isinstance(row, Filing) and row.proof_digest:
            self.proofs.add(row.proof_digest)
        elif isinstance(row, Proposal):
            self.proposals_of.setdefault(row.listing_id, {}).setdefault(row.buyer, []).append(row.id)
        elif isinstance(row, Need):
            self.needs_of.setdefault(row.buyer, []).append(row.id)
        elif isinstance(row, Obligation):
            self.obligations_of.setdefault(row.deal_id, []).append(row.id)
        else:
            self._index_figures_or_paper(row)

    def _index_figures_or_paper(self, row: Row) -> None:
        if isinstance(row, FeeSchedule):
            self._index_fees(row)
        elif isinstance(row, ExchangeRate):
            self.exchange_rate_of[row.base, row.quote] = row.id
        elif isinstance(row, PledgeReceipts):
            self.receipts_of_pledge[row.pledge] = row.id
        elif isinstance(row, KeptRecord):
            self.records_of.setdefault(row.listing_id, set()).add(row.id)
        elif isinstance(row, Objection):
            self.objections_of.setdefault(row.listing_id, []).append(row.id)
        else:
            self.lodged.add(row)
        if not isinstance(row, Document):
            return
        key = (row.document, row.subject_id, row.party_id)
        other = self.documents_of.get(key)
        if other is None or number_of(other) < number_of(row.id):
            self.documents_of[key] = row.id

    def _index_bid(self, row: Bid) -> None:
        self.bids_of.setdefault(row.listing_id, []).append(row.id)
        if row.state == "LIVE":
            self.book(row.listing_id).add(row)
        elif row.state == "SEALED":
            self.sealed_bids.setdefault(row.listing_id, {})[row.party_id] = row.id

    def leave(self, row: Row) -> None:
        """A row that is finished leaves memory."""
        self.owned.remove(row)
        if isinstance(row, Listing):
            for number in row.co_owner_consents or ():
                self.consented[number].discard(row.id)
            self.books.pop(row.id, None)
            self.sealed_bids.pop(row.id, None)
            self.bids_of.pop(row.id, None)
            self.proposals_of.pop(row.id, None)
            self.objections_of.pop(row.id, None)
            self.trading_books.pop(row.id, None)
        elif isinstance(row, Order):
            self.trading_book(row.listing_id).forget(row)
        elif isinstance(row, Need):
            self.needs_of[row.buyer].remove(row.id)
        elif isinstance(row, Deal):
            self.obligations_of.pop(row.id, None)
        elif isinstance(row, Hold):
            del self.hold_of[row.subject_id, row.party_id]
        elif isinstance(row, KeptRecord):
            self.records_of[row.listing_id].discard(row.id)
        elif isinstance(row, PledgeReceipts):
            del self.receipts_of_pledge[row.pledge]
        elif isinstance(row, ExchangeRate):
            del self.exchange_rate_of[row.base, row.quote]
        else:
            self.lodged.remove(row)

    def book(self, listing_id: str) -> Ranking:
        """The book of a listing's live bids."""
        book = self.books.get(listing_id)
        if book is None:
            book = self.books[listing_id] = Ranking()
        return book

    def trading_book(self, listing_id: str) -> TradingBook:
        """The two-sided book of a listing of the continuous mode."""
        trading = self.trading_books.get(listing_id)
        if trading is None:
            trading = self.trading_books[listing_id] = TradingBook(self.listings[listing_id])
        return trading

    def index_line(self, line: StatementLine) -> None:
        """Enter a credit of a party's among its lines: when it comes in, or is assigned to it later."""
        if line.party_id is not None:
            self.lines_of.setdefault(line.party_id, []).append(line.id)

    def family_members(self, family_id: str) -> tuple[str, ...]:
        """The members of a family, by id."""
        return tuple(sorted(self._families.get(family_id, ())))

    def leave_family(self, right: Right) -> None:
        """Take a right out of the index of families, before its family changes."""
        if right.family is not UNSET:
            self._families[right.family].discard(right.id)

    def join_family(self, right: Right) -> None:
        """Enter a right into the index of families, by the family that it has now."""
        if right.family is not UNSET:
            self._families.setdefault(right.family, set()).add(right.id)
