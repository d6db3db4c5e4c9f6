"""Commands about parties: application, approval, suspension, affiliations, agents and API keys."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Category, Command, GivenBy, Jurisdiction, Role, Terms


class PartyTerms(Terms, frozen=True):
    """Who applies: company number (USCC in the Mainland) and category."""

    company_number: str
    category: Category = "company"


class ApplyParty(Command, frozen=True):
    """A company applies; signed by the key that it enrols, which proves possession.

    Erasable: `profile` (name and contact), `authorisation_letter` 授权委托书 (its text or digest).
    """

    given_by: ClassVar[GivenBy] = "applicant"
    terms_type: ClassVar[type[Terms] | None] = PartyTerms
    roles: tuple[Role, ...]
    jurisdiction: Jurisdiction
    key: str


class ApproveParty(Command, frozen=True):
    """The operator has verified an applicant. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class SuspendParty(Command, frozen=True):
    """The operator suspends a party: it reads, and its running deals go on. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str


class RecordAffiliation(Command, frozen=True):
    """Venue finding: two parties are affiliates of one another. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    party_id: str
    affiliate_id: str


class AppointAgent(Command, frozen=True):
    """A party lets another key act for it under a mandate. Erasable: `authorisation_letter`."""

    key: str
    scope: tuple[Literal["list", "bid", "settle"], ...]
    until_ms: int


class DismissAgent(Command, frozen=True):
    """A party ends an agent's mandate at once."""

    key: str


class IssueApiKey(Command, frozen=True):
    """A party asks for a new API key, which replaces the old one; signed by its own key."""
