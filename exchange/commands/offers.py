"""Commands about standing offers 持续要约, and what a party's own message on the chain did here."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy


class SignOffer(Command, frozen=True):
    """The seller signs once what whoever accepts its open listing of ordinary licences will have.

    `offer_signature` is its key's EIP-712 signature over the register's `StandingOffer` (65 bytes, hex); `offer_digest`
    is `exchange.offers.offer_digest` of what was signed, so that no other offer comes to stand under the signature.
    """

    listing_id: str
    offer_digest: str
    offer_signature: str


class WithdrawOffer(Command, frozen=True):
    """The seller ends its standing offer; its key has signed the register's `OfferWithdrawal` (65 bytes, hex)."""

    listing_id: str
    offer_digest: str
    withdrawal_signature: str


class ReportPartyMessage(Command, frozen=True):
    """The service has read in a final block what a party did there without the venue, by the contract's own event.

    `subject_id` is the listing of a withdrawn offer, or the cancelled deal.
    """

    given_by: ClassVar[GivenBy] = "service"
    message: Literal["offer_withdrawn", "deal_cancelled"]
    subject_id: str
    transaction: str
    block: int
