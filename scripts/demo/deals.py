"""The deals of the day, from award to their end: signatures, chain, money, register, release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from api.deals.schemas import OwnDealView
from ledger.bank import StatementLine
from scripts.demo.cast import AT_ONCE, Cast
from scripts.demo.waiting import DemoFailed, wait_for

ENDED = {"SETTLED", "REFUNDED", "REASSIGNED"}


class Deals:
    """Drives every open deal one step after the other."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast

    def all(self) -> list[OwnDealView]:
        """Every deal as the operator sees it."""
        return [deal for deal in self.cast.operator.deals() if isinstance(deal, OwnDealView)]

    def of_listing(self, listing_id: str) -> OwnDealView:
        """The first deal of a listing.

        Raises:
            DemoFailed: it has none.
        """
        for deal in self.all():
            if deal.listing_id == listing_id:
                return deal
        message = f"listing {listing_id} has no deal"
        raise DemoFailed(message)

    def in_state(self, *states: str) -> list[OwnDealView]:
        """Deals that stand in one of the states."""
        return [deal for deal in self.all() if deal.state in states]

    def sign(self) -> None:
        """Seller and buyer sign every awarded deal, each after checking what it signs.

        The seller of a standing offer has signed already.
        """
        deals = self.in_state("AWARDED")
        self._each(
            (self.cast.of(party).client.sign_deal, deal.id)
            for deal in deals
            for party in (deal.seller, deal.buyer)
            if party not in self.cast.of(deal.buyer).client.to_sign(deal.id).signed
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
        """Two operators approve each payment, and the bank makes it: of what is paid at once one after the other.

        The payments of a deal, or of what fell due under it, stand in their order, pledgees before the seller (Civil
        Code Art. 444), so that the next is approved when the one before is PAID.
        """
        self._reward()
        while True:
            states = {payment.id: payment.state for payment in self.cast.operator.payments()}
            together = [deal.payments for deal in self.all()]
            together += [obligation.payments for obligation in self.cast.operator.obligations()]
            unpaid = [[each for each in payments if states[each] != "PAID"] for payments in together]
            due = [payments[0] for payments in unpaid if payments]
            if not due:
                return
            self._each(
                (operator.approve_payment, payment, "due under the deal")
                for payment in due
                for operator in self.cast.operators
            )
            wait_for(partial(self._are_paid, frozenset(due)), "the bank to pay")

    def _reward(self) -> None:
        """A university says how it splits what its deals bring, before it is paid (Achievements Law, Art. 44)."""
        people = ["示例完成人甲", "示例完成人乙"]
        by_party = {
            each.party_id: each for each in self.cast.players if each.company.category == "university"
        }
        for deal in self.in_state("REGISTERED", "DELIVERED", "EFFECTIVE"):
            university = by_party.get(deal.seller)
            if university is not None and deal.payments:
                university.client.record_reward(deal.id, (3_500, 2_500), contributors=people)

    def _are_paid(self, payments: frozenset[str]) -> bool:
        return payments <= {payment.id for payment in self.cast.operator.payments(state="PAID")}

    def wait_for_settlement(self) -> None:
        """Every deal has come to its end, and every event stands on the chain."""
        wait_for(lambda: all(deal.state in ENDED for deal in self.all()), "every deal to be settled")

    def _each(self, jobs: Iterable[tuple[Any, ...]]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda job: job[0](*job[1:]), list(jobs)))


def debits_in_order(
    lines: Sequence[StatementLine], first: str, then: str
) -> tuple[StatementLine, StatementLine]:
    """The debits of two payments on the bank's own statement, the first before the other.

    Raises:
        DemoFailed: the bank has not paid both, or not in this order.
    """
    debits = {line.instruction_id: line for line in lines if line.direction == "debit"}
    if first not in debits or then not in debits:
        message = f"the bank's statement does not show both {first} and {then}"
        raise DemoFailed(message)
    if debits[first].sequence >= debits[then].sequence:
        message = f"the bank paid {then} before {first}"
        raise DemoFailed(message)
    return debits[first], debits[then]
