"""Commands about standing offers 持续要约, and what a party's own message on the chain did here."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, GivenBy, Terms


class SignOffer(Command, frozen=True):
    """The seller signs once what whoever accepts its open listing of ordinary licences will have.

    `offer_signature` is its key's EIP-712 signature over the register's `StandingOffer` (65 bytes, hex); `offer_digest`
    is `exchange.offers.offer_digest` of what was signed, so that no other offer comes to stand under the signature.
    """

    listing_id: str
    offer_digest: str
    offer_signature: str


class OfferWithdrawalTerms(Terms, frozen=True):
    """The seller's signature over the register's `OfferWithdrawal` (65 bytes, hex).

    Confidential: whoever has it can end the offer on the chain, and acceptances made before must reach that first.
    """

    withdrawal_signature: str


class WithdrawOffer(Command, frozen=True):
    """The seller ends its standing offer; `offer_digest` is `exchange.offers.offer_digest` of the one that it ends."""

    terms_type: ClassVar[type[Terms] | None] = OfferWithdrawalTerms
    listing_id: str
    offer_digest: str


class ReportPartyMessage(Command, frozen=True):
    """The service has read in a final block what a party did there without the venue, by the contract's own event.

    `subject_id` is the listing of a withdrawn offer, or the cancelled deal. `key` is the address that cancelled it, as
    the contract names it; since engine version 3.
    """

    given_by: ClassVar[GivenBy] = "service"
    message: Literal["offer_withdrawn", "deal_cancelled"]
    subject_id: str
    transaction: str
    block: int
    key: str | UnsetType = UNSET
