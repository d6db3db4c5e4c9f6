"""A contract's terms as data, complete: whoever has them can make its texts in every language again, and nothing else.

They say all that Civil Code Art. 845 asks for and that the exchange knows. Names are not in them: parties stand by id
and company number, and their sealed profiles open to names; a right's title and applicants by the commitment that
seals them in the catalogue, and each text's annex shows them to whoever may read it.
"""

from __future__ import annotations

import re
from typing import Any, Final, Literal, TypeAlias, get_args

import msgspec
from msgspec import UNSET, UnsetType

from exchange.commands import (
    Arbitration,
    Consideration,
    DealKind,
    Improvements,
    LateInterest,
    ListingTerms,
    Royalty,
    Withholding,
)
from exchange.money.amount import Currency
from exchange.rows import Deal, LotPart, Offer, Party, RightFacts
from exchange.rows.deals import ContractForm
from exchange.rules.effects import effect_said_of
from exchange.terms.consideration import royalty_of

Language: TypeAlias = Literal["zh-Hans", "zh-Hant", "en"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
SINCE_ENGINE: Final = 3
NAMED_SINCE_ENGINE: Final = 5
_PATENTS = frozenset({"invention", "utility_model", "design"})
_UNREGISTERED = frozenset({"achievement", "know_how"})
_KIND_IN_ID = re.compile(r"(?:[a-z_]+-)+", re.ASCII)
TRADITIONAL_PLACES = frozenset({"HK", "MO"})


class ContractTerms(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a contract says: prices in minor units, times in ms UTC. An offer leaves its buyer open.

    `deal_id`, `buyer` and `buyer_number` stand in a deal's, `listing_id` in an offer's; `quantity` where `price` is for
    several licences of the same terms, `proposal` (SHA-256, hex) where a tender has won with one, `lot` where the right
    was sold as one lot with others, `reverses` the deal whose right it gives back.
    """

    deal_id: str | UnsetType = UNSET
    listing_id: str | UnsetType = UNSET
    announcement_number: str | UnsetType = UNSET
    right_id: str
    right: RightFacts
    kind: DealKind
    seller: str
    seller_number: str
    buyer: str | UnsetType = UNSET
    buyer_number: str | UnsetType = UNSET
    currency: Currency
    price: int
    quantity: int | UnsetType = UNSET
    proposal: str | UnsetType = UNSET
    reverses: str | UnsetType = UNSET
    lot: LotPart | UnsetType = UNSET
    territory: tuple[str, ...]
    field_of_use: str
    starts_ms: int | None
    ends_ms: int | None
    may_sublicense: bool
    consideration: Consideration | UnsetType = UNSET
    improvements: Improvements | UnsetType = UNSET
    late_interest: LateInterest | UnsetType = UNSET
    inspection: bool | UnsetType = UNSET
    arbitration: Arbitration | UnsetType = UNSET
    withholding: tuple[Withholding, ...] | UnsetType = UNSET
    earnest: int | UnsetType = UNSET
    """Basis points of the price."""
    head_licence: str | UnsetType = UNSET
    """Of a sub-licence: the licence under which it is granted."""
    simulated: bool

    @property
    def is_assignment(self) -> bool:
        """Whether the right itself passes."""
        return self.kind == "assignment"

    @property
    def is_offer(self) -> bool:
        """Whether it is an offer to whoever accepts."""
        return self.listing_id is not UNSET

    @property
    def subject_id(self) -> str:
        """The deal, or the listing of the offer."""
        return str(self.deal_id if self.listing_id is UNSET else self.listing_id)

    @property
    def royalty(self) -> Royalty | None:
        """The royalty that is agreed, if one is."""
        return royalty_of(ListingTerms(price=self.price, consideration=self.consideration))

    @property
    def is_on_technology(self) -> bool:
        """Whether the law of technology contracts speaks of it: of marks and works it does not."""
        return effect_said_of(self.right).is_technology

    @property
    def is_kept_in_force(self) -> bool:
        """Whether the owner, as licensor, answers for a patent of the Mainland staying in force: a licensee cannot."""
        is_owners = not self.is_assignment and self.head_licence is UNSET
        return is_owners and self.right.office == "CN" and self.right.right_type in _PATENTS

    @property
    def has_a_warranty(self) -> bool:
        """Whether who gives a Mainland result or know-how answers for it (Civil Code Art. 870): no register does.

        Who gives back what it was given, as a dispute's outcome requires, answers for nothing.
        """
        unregistered = self.right.office == "CN" and self.right.right_type in _UNREGISTERED
        return self.names_its_right and unregistered and self.reverses is UNSET

    @property
    def names_its_right(self) -> bool:
        """Whether it names title, numbers and holder of the right, in the words of the form since engine version 5."""
        return self.right.bibliography is not UNSET

    @property
    def sort(self) -> str:
        """What the texts call its right: `patent`, `registered_design` of Hong Kong, or else its type."""
        if self.names_its_right and (self.right.office, self.right.right_type) == ("HK", "design"):
            return "registered_design"
        return "patent" if self.right.right_type in {*_PATENTS, "application"} else self.right.right_type

    @property
    def is_said_to_be_granted(self) -> bool:
        """Whether the texts call the day on which its right began that of a grant, and not of a registration."""
        return self.sort == "patent" or not self.names_its_right

    @property
    def grant(self) -> str:
        """When its right was granted or registered: an ISO date, `awaited` of an application, else `not_stated`.

        Empty where no grant makes the right and no register dates it. Before engine version 5 every right without a
        date was said to await its grant.
        """
        facts = self.right
        if facts.grant_date is not None:
            return facts.grant_date
        if "application" in {facts.status, facts.right_type} or not self.names_its_right:
            return "awaited"
        return "not_stated" if self.sort in {"patent", "registered_design"} else ""

    @property
    def number(self) -> str:
        """The number of the right at its office, as its id has it behind office and kind."""
        behind = self.right_id.removeprefix(f"{self.right.office}-")
        kind = _KIND_IN_ID.match(behind)
        return behind if kind is None else behind[kind.end() :]

    @property
    def patent_number(self) -> str:
        """Of a granted patent of the Mainland, e.g. `ZL201610178553.5`; of others as published; empty where unknown."""
        if self.right.office == "CN" and self.right.right_type in _PATENTS:
            return "" if self.right.grant_date is None else f"ZL{self.number}"
        return "" if self.right.publication_number is UNSET else self.right.publication_number

    @property
    def prevails(self) -> Language:
        """The language whose text prevails: that of the place of the right."""
        if self.right.office == "CN":
            return "zh-Hans"
        return "zh-Hant" if self.right.office in TRADITIONAL_PLACES else "en"


Value = dict[str, Any]


def of_deal(deal: Deal, seller: Party, buyer: Party, *, simulated: bool) -> ContractTerms:
    """The terms of a deal that its two sides sign."""
    return ContractTerms(
        deal_id=deal.id,
        right_id=deal.right_id,
        right=deal.right_facts,
        kind=deal.deal_kind,
        seller=seller.id,
        seller_number=seller.company_number,
        buyer=buyer.id,
        buyer_number=buyer.company_number,
        currency=deal.currency,
        price=deal.price,
        quantity=deal.quantity,
        proposal=deal.proposal,
        reverses=deal.reverses,
        lot=deal.lot,
        simulated=simulated,
        **scope_and_clauses(deal.terms),
    )


def of_offer(  # noqa: PLR0913 - what an offer says
    listing_id: str,
    right_id: str,
    right: RightFacts,
    announcement_number: str | None,
    seller: Party,
    currency: Currency,
    price: int,
    terms: ListingTerms,
    *,
    simulated: bool,
) -> ContractTerms:
    """The terms of a standing offer of an ordinary licence."""
    return ContractTerms(
        listing_id=listing_id,
        announcement_number=UNSET if announcement_number is None else announcement_number,
        right_id=right_id,
        right=right,
        kind="ordinary_licence",
        seller=seller.id,
        seller_number=seller.company_number,
        currency=currency,
        price=price,
        simulated=simulated,
        **scope_and_clauses(terms),
    )


def value_of(contract: ContractTerms) -> Value:
    """The terms as canonical data, as they are committed to and shown."""
    value: Value = msgspec.to_builtins(contract)
    return value


def read(value: object) -> ContractTerms:
    """Terms as they were shown.

    Raises:
        msgspec.ValidationError: this is no contract's terms.
    """
    return msgspec.convert(value, ContractTerms)


def has_hash_set(row: Deal | Offer) -> bool:
    """Whether a deal or an offer is committed to a hash set of several texts."""
    return row.contract_form is not UNSET


def form_since(engine: int) -> ContractForm | UnsetType:
    """The form that contracts have which are made under a version of the engine."""
    if engine >= NAMED_SINCE_ENGINE:
        return "named"
    return "hash_set" if engine >= SINCE_ENGINE else UNSET


def scope_and_clauses(terms: ListingTerms) -> dict[str, Any]:
    """What of a listing's terms a contract says: nothing of how its price was found, or of the seller's agent."""
    names = (
        *("territory", "field_of_use", "starts_ms", "ends_ms", "may_sublicense"),
        *("consideration", "improvements", "late_interest", "inspection", "arbitration", "withholding"),
        *("earnest", "head_licence"),
    )
    return {name: getattr(terms, name) for name in names}
