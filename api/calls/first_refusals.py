"""First refusals: who completed a right, the notice of a deal, waiving and exercising."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from api.calls.base import GivingClient
from api.calls.pages import quoted
from api.first_refusals.schemas import CompletersView, FirstRefusalView
from exchange.commands import (
    Completer,
    CompletersTerms,
    ExerciseRefusal,
    GiveRefusalNotice,
    RecordCompleters,
    RefusalTerms,
    WaiveRefusal,
)
from exchange.sealed import SALT_BYTES, commitment

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from api.calls.acknowledgements import Acknowledgement

COMPLETER_LABEL = "completer"


def completer_of(name: str, party_id: str | None = None) -> tuple[Completer, dict[str, str]]:
    """One who completed a right, and what opens the commitment to the name: evidence that is sealed and erasable."""
    salt = secrets.token_bytes(SALT_BYTES)
    made = Completer(commitment=commitment(COMPLETER_LABEL, salt, name).hex(), party_id=party_id)
    return made, {"name": name, "salt": salt.hex()}


class RefusalReading(GivingClient):
    """What everybody concerned reads."""

    def first_refusal(self, deal_id: str) -> FirstRefusalView:
        """The notice, the term and the terms of a deal."""
        return FirstRefusalView.model_validate(
            self.transport.get(f"/v1/deals/{quoted(deal_id)}/first-refusal")
        )

    def first_refusals(self) -> Iterator[FirstRefusalView]:
        """Deals whose term runs, and which are the caller's to answer; all of them to the venue."""
        return map(FirstRefusalView.model_validate, self._pages("/v1/first-refusals", "first_refusals"))


class RefusalCalls(RefusalReading):
    """A company's calls. Amounts are minor units."""

    def give_refusal_notice(
        self, deal_id: str, notice_digest: str, notice: object = None, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Say that everyone with a first refusal has had notice of a deal's own terms; its SHA-256 is hex."""
        command = GiveRefusalNotice(
            deal_id=deal_id,
            notice_digest=notice_digest,
            terms_commitment=self.own_deal(deal_id).terms_commitment,
        )
        return self.give(
            f"/v1/deals/{deal_id}/first-refusal/notice",
            command,
            parts={} if notice is None else {"notice": notice},
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )

    def waive_refusal(self, deal_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Give up one's first refusal of a deal."""
        return self.give(
            f"/v1/deals/{deal_id}/first-refusal/waiver",
            WaiveRefusal(deal_id=deal_id),
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )

    def exercise_refusal(
        self, deal_id: str, price: int, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Take a deal at its price and on its terms."""
        return self.give(
            f"/v1/deals/{deal_id}/first-refusal/exercise",
            ExerciseRefusal(deal_id=deal_id),
            terms=RefusalTerms(price=price),
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )


class RefusalDesk(RefusalReading):
    """An operator's calls."""

    def record_completers(
        self,
        right_id: str,
        evidence: object,
        reason: str,
        *,
        service_invention: bool,
        completers: Sequence[Completer] = (),
    ) -> Acknowledgement:
        """Find whether a right was made in service, and who completed it; the evidence is sealed and erasable."""
        return self.give(
            f"/v1/rights/{right_id}/completers",
            RecordCompleters(right_id=right_id),
            terms=CompletersTerms(service_invention=service_invention, completers=tuple(completers)),
            parts={"evidence": evidence, "reason": reason},
            in_path=("right_id",),
        )

    def completers(self, right_id: str) -> CompletersView:
        """Who completed a right, by commitment and party."""
        return CompletersView.model_validate(self.transport.get(f"/v1/rights/{quoted(right_id)}/completers"))
