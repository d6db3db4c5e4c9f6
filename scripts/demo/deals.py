"""The deals of the day, from award to their end: signatures, chain, money, register, release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from api.deals.schemas import OwnDealView
from scripts.demo.cast import AT_ONCE, Cast
from scripts.demo.waiting import wait_for

ENDED = {"SETTLED", "REFUNDED"}


class Deals:
    """Drives every open deal one step after the other."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def all(self) -> list[OwnDealView]:
        """Every deal as the operator sees it."""
        return [deal for deal in self.cast.operator.deals() if isinstance(deal, OwnDealView)]

    def one(self, deal_id: str) -> OwnDealView:
        """One deal."""
        return next(deal for deal in self.all() if deal.id == deal_id)

    def of_listing(self, listing_id: str) -> OwnDealView:
        """The first deal of a listing."""
        return next(deal for deal in self.all() if deal.listing_id == listing_id)

    def in_state(self, *states: str) -> list[OwnDealView]:
        """Deals that stand in one of the states."""
        return [deal for deal in self.all() if deal.state in states]

    def sign(self) -> None:
        """Seller and buyer sign every awarded deal, each after checking what it signs."""
        deals = self.in_state("AWARDED")
        self._each(
            (self.cast.of(party).client.sign_deal, deal.id)
            for deal in deals
            for party in (deal.seller, deal.buyer)
        )

    def wait_for_witness(self) -> None:
        """Every signed deal's record becomes final on the chain."""
        wait_for(lambda: not self.in_state("AWARDED", "SIGNED"), "the chain records of every signed deal")

    def fund(self) -> None:
        """Buyers put the price into escrow; licences take effect with it."""
        self._each(
            (self.cast.of(deal.buyer).client.fund_deal, deal.id, self.cast.of(deal.buyer).line_id)
            for deal in self.in_state("EFFECTIVE", "WITNESSED")
            if not deal.statement_line
        )

    def file(self) -> None:
        """The operator files assignments with the office; results pass by their delivery record."""
        for deal in self.in_state("FUNDED"):
            if deal.by_delivery:
                record = hashlib.sha256(f"演示交接验收单 {deal.id}".encode()).hexdigest()
                for party in (deal.seller, deal.buyer):
                    self.cast.of(party).client.confirm_delivery(deal.id, record)
            else:
                package = self.cast.operator.filing_package(deal.id)
                self.cast.operator.file_deal(deal.id, f"DEMO-{deal.id}", package.digests, "papers complete")

    def wait_for_register(self) -> None:
        """The register confirms every filing."""
        wait_for(lambda: not self.in_state("FILED"), "the register's confirmations")

    def pay(self) -> None:
        """Two operators approve every payment, and the bank makes it: a pledgee's before its deal's seller's."""
        sellers = {deal.id: deal.seller for deal in self.all()}
        prepared = list(self.cast.operator.payments(state="PREPARED"))
        first = {row.id for row in prepared if row.deal_id and row.party_id != sellers[row.deal_id]}
        self._approve(first)
        wait_for(
            lambda: first <= {row.id for row in self.cast.operator.payments(state="PAID")},
            "the bank to pay the pledgees",
        )
        self._approve({row.id for row in prepared} - first)

    def _approve(self, payments: Iterable[str]) -> None:
        jobs = [(each.approve_payment, payment) for payment in payments for each in self.cast.operators]
        self._each(jobs)

    def wait_for_settlement(self) -> None:
        """Every deal has come to its end, and every event stands on the chain."""
        wait_for(lambda: all(deal.state in ENDED for deal in self.all()), "every deal to be settled")

    def _each(self, jobs: Iterable[tuple[Any, ...]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda job: job[0](*job[1:]), list(jobs)))
