"""Looking up disputes, deposits, freezes, pledges, and what stood over a right at a moment."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.calls.pages import Pages, quoted
from api.deposits.schemas import DepositView
from api.encumbrances.schemas import DisputeView, EncumbrancesView, FreezeView, PledgeContractView

if TYPE_CHECKING:
    from collections.abc import Iterator


class EncumbranceReading(Pages):
    """The questions about encumbrances."""

    def encumbrances(self, right_id: str, at_ms: int | None = None) -> EncumbrancesView:
        """What the venue knew to stand over a right at a moment (ms UTC), or now."""
        path = f"/v1/rights/{quoted(right_id)}/encumbrances"
        return EncumbrancesView.model_validate(self.transport.get(path, {"at": at_ms}))

    def dispute(self, dispute_id: str) -> DisputeView:
        """A dispute over a deal of the caller's own."""
        return DisputeView.model_validate(self._one("/v1/disputes", dispute_id))

    def disputes(self, *, deal_id: str | None = None, state: str | None = None) -> Iterator[DisputeView]:
        """Disputes over the caller's own deals, in the order in which they were raised."""
        pages = self._pages("/v1/disputes", "disputes", deal_id=deal_id, state=state)
        return map(DisputeView.model_validate, pages)

    def deposit(self, deposit_id: str) -> DepositView:
        """A deposit out of a sale of the caller's, or kept for it."""
        return DepositView.model_validate(self._one("/v1/deposits", deposit_id))

    def deposits(self, *, deal_id: str | None = None, state: str | None = None) -> Iterator[DepositView]:
        """Deposits out of the caller's sales, or kept for it, in the order of their making."""
        pages = self._pages("/v1/deposits", "deposits", deal_id=deal_id, state=state)
        return map(DepositView.model_validate, pages)

    def freezes(self, *, right_id: str | None = None, state: str | None = None) -> Iterator[FreezeView]:
        """Freezes by notice or order that the venue was told of."""
        pages = self._pages("/v1/freezes", "freezes", right_id=right_id, state=state)
        return map(FreezeView.model_validate, pages)

    def pledge(self, pledge_id: str) -> PledgeContractView:
        """A pledge of which the caller is a side."""
        return PledgeContractView.model_validate(self._one("/v1/pledges", pledge_id))

    def pledges(self, *, state: str | None = None) -> Iterator[PledgeContractView]:
        """Pledges of which the caller is a side."""
        return map(PledgeContractView.model_validate, self._pages("/v1/pledges", "pledges", state=state))
