"""Demand: what a buyer posts that it looks for, amends, takes back, and says it has found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.calls.base import GivingClient
from exchange.commands import AmendNeed, DealKind, FulfilNeed, NeedTerms, PostNeed, WithdrawNeed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.calls.acknowledgements import Acknowledgement
    from exchange.money.amount import Currency


class NeedCalls(GivingClient):
    """The calls of a buyer's technology needs. Budgets are minor units of the need's currency."""

    def post_need(  # noqa: PLR0913 - what a need consists of
        self,
        title: str,
        until_ms: int,
        *,
        description: str = "",
        classes: Sequence[str] = (),
        territories: Sequence[str] = ("CN",),
        kinds: Sequence[DealKind] = ("ordinary_licence",),
        currency: Currency = "CNY",
        budget: int | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Post a need. Title and description are public while it is open; the budget no other party learns."""
        command = PostNeed(
            classes=tuple(classes),
            territories=tuple(territories),
            kinds=tuple(kinds),
            currency=currency,
            until_ms=until_ms,
        )
        return self.give(
            "/v1/needs",
            command,
            terms=NeedTerms(budget=budget),
            parts={"title": title, "description": description},
            idempotency_key=idempotency_key,
        )

    def amend_need(  # noqa: PLR0913 - what a need consists of
        self,
        need_id: str,
        until_ms: int,
        *,
        classes: Sequence[str] = (),
        territories: Sequence[str] = ("CN",),
        kinds: Sequence[DealKind] = ("ordinary_licence",),
        currency: Currency = "CNY",
        budget: int | None = None,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Put these facts and terms in the place of all that stand."""
        command = AmendNeed(
            need_id=need_id,
            classes=tuple(classes),
            territories=tuple(territories),
            kinds=tuple(kinds),
            currency=currency,
            until_ms=until_ms,
        )
        return self.give(
            f"/v1/needs/{need_id}/amendment",
            command,
            terms=NeedTerms(budget=budget),
            in_path=("need_id",),
            idempotency_key=idempotency_key,
        )

    def withdraw_need(self, need_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Take a need back."""
        command = WithdrawNeed(need_id=need_id)
        path = f"/v1/needs/{need_id}/withdrawal"
        return self.give(path, command, in_path=("need_id",), idempotency_key=idempotency_key)

    def fulfil_need(
        self, need_id: str, deal_id: str, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Say by which of the company's own deals a need is met."""
        command = FulfilNeed(need_id=need_id, deal_id=deal_id)
        path = f"/v1/needs/{need_id}/fulfilment"
        return self.give(path, command, in_path=("need_id",), idempotency_key=idempotency_key)
