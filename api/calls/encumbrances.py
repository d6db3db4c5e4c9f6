"""Disputes over one's own deals, and pledges of which one is a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.calls.base import GivingClient
from exchange.commands import (
    ChangePledge,
    ConsentToPledge,
    DischargePledge,
    DrawUpPledge,
    PledgeChangeTerms,
    PledgeTerms,
    RaiseDispute,
    SignPledge,
    WithdrawPledge,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from api.calls.acknowledgements import Acknowledgement


class EncumbranceCalls(GivingClient):
    """The calls of companies. Amounts are minor units; references and texts are sealed and erasable."""

    def raise_dispute(  # noqa: PLR0913 - what a dispute consists of
        self,
        deal_id: str,
        ground: str,
        body: str,
        reference: str,
        document_digest: str,
        *,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Bring a deal of one's own into dispute, on a request or notice whose SHA-256 (hex) is given."""
        command = RaiseDispute(
            deal_id=deal_id,
            ground=ground,  # type: ignore[arg-type]  # the venue checks the word
            body=body,  # type: ignore[arg-type]  # the venue checks the word
            document_digest=document_digest,
        )
        return self.give(
            f"/v1/deals/{deal_id}/disputes",
            command,
            parts={"reference": reference},
            in_path=("deal_id",),
            idempotency_key=idempotency_key,
        )

    def draw_up_pledge(
        self,
        rights: Sequence[str],
        pledgee: str,
        terms: PledgeTerms,
        contract: str,
        *,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Draw up a pledge of one's rights for a pledgee, which has 30 days to sign."""
        command = DrawUpPledge(rights=tuple(rights), pledgee=pledgee)
        return self.give(
            "/v1/pledges",
            command,
            terms=terms,
            parts={"contract": contract},
            idempotency_key=idempotency_key,
        )

    def sign_pledge(
        self, pledge_id: str, contract_digest: str, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Sign, as the pledgee, the contract that was read: its view gives the digest."""
        command = SignPledge(pledge_id=pledge_id, contract_digest=contract_digest)
        return self._on_pledge("signature", command, idempotency_key)

    def consent_to_pledge(
        self, pledge_id: str, contract_digest: str, *, idempotency_key: str | None = None
    ) -> Acknowledgement:
        """Consent, as a co-owner, to the contract or, as the pledgor too, to the change that was read."""
        command = ConsentToPledge(pledge_id=pledge_id, contract_digest=contract_digest)
        return self._on_pledge("consents", command, idempotency_key)

    def withdraw_pledge(self, pledge_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Take back what the pledgee has not signed."""
        return self._on_pledge("withdrawal", WithdrawPledge(pledge_id=pledge_id), idempotency_key)

    def discharge_pledge(self, pledge_id: str, *, idempotency_key: str | None = None) -> Acknowledgement:
        """Free the rights, as the pledgee."""
        return self._on_pledge("discharge", DischargePledge(pledge_id=pledge_id), idempotency_key)

    def change_pledge(
        self,
        pledge_id: str,
        amount: int,
        ends_ms: int,
        contract: str,
        *,
        idempotency_key: str | None = None,
    ) -> Acknowledgement:
        """Ask, as the pledgee, for another sum and term, by the contract of the change; the pledgor consents."""
        return self.give(
            f"/v1/pledges/{pledge_id}/change",
            ChangePledge(pledge_id=pledge_id),
            terms=PledgeChangeTerms(amount=amount, ends_ms=ends_ms),
            parts={"contract": contract},
            in_path=("pledge_id",),
            idempotency_key=idempotency_key,
        )

    def _on_pledge(
        self,
        step: str,
        command: SignPledge | ConsentToPledge | WithdrawPledge | DischargePledge,
        idempotency_key: str | None,
    ) -> Acknowledgement:
        path = f"/v1/pledges/{command.pledge_id}/{step}"
        return self.give(path, command, in_path=("pledge_id",), idempotency_key=idempotency_key)
