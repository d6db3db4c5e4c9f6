"""Shapes of the venue."""

from typing import Annotated, Any, Literal

from pydantic import Field

from api.forms import IsoDate, ReasonedBody, ReasonPart, SealedForm, TimeMs, View
from exchange.commands import CalendarPlace, HaltGround


class ClockForm(ReasonedBody):
    """Move the demonstration clock forward."""

    to_ms: TimeMs


class CalendarForm(ReasonedBody):
    """A place's closed days and worked weekends, all of them."""

    closed_days: Annotated[list[IsoDate], Field(max_length=1_000)]
    working_weekends: list[IsoDate] = Field(max_length=1_000, default_factory=list)
    place: Annotated[
        CalendarPlace | None, Field(description="The venue's own place where nothing is said.")
    ] = None


class ErasureForm(ReasonedBody):
    """Erase salt and text of an erasable part; its commitment and every proof stay."""

    entry: Annotated[int, Field(ge=0, le=2**53 - 1, strict=True)]
    label: Annotated[str, Field(pattern=r"^[a-z][a-z0-9._:-]{0,63}$")]
    ground: Literal["data-subject-request", "retention-ended", "court-order"]


class HaltForm(ReasonedBody):
    """One of two operators signs for a halt of trading; both name the same ground."""

    ground: HaltGround


class HaltView(View):
    """A halt of trading that is in force: its ground, since when, and who signed for it."""

    id: str
    ground: str
    since_ms: int
    operators: list[str]


class AuthorisationParts(ReasonPart):
    """Why, and the document itself: sealed and erasable."""

    document: SealedForm


class AuthorisationForm(ReasonedBody):
    """What lets this venue trade continuously."""

    ground: Literal["authorisation", "counsel_opinion"]
    erasable: AuthorisationParts


class TimeView(View):
    """The venue's time; `last_entry` is the journal's end."""

    time_ms: int
    last_entry: int
    last_entry_time_ms: int


class DomainView(View):
    """An EIP-712 domain."""

    name: str
    version: str
    chainId: int  # noqa: N815 - EIP-712's own name
    verifyingContract: str  # noqa: N815 - EIP-712's own name


class CalendarView(View):
    """A place's closed days and worked weekends."""

    closed_days: list[str]
    working_weekends: list[str]


class VenueView(View):
    """What one needs to deal with this venue without trusting it: domains, contracts, keys, versions."""

    profile: str
    simulated: bool
    notice: Annotated[str, Field(description="Said wherever bank and office are simulated.")]
    chain_id: int
    register_address: str
    anchor_address: str
    instruction_domain: DomainView
    deal_domain: DomainView
    receipt_key: Annotated[str, Field(description="Ed25519, 32 bytes as hex: checks receipts.")]
    operators: list[str]
    service: str
    bank: str
    office: str
    fee_basis_points: int
    versions: dict[str, int]
    closed_days: list[str]
    working_weekends: list[str]
    calendars: Annotated[
        dict[str, CalendarView],
        Field(
            description="Of other places, such as HK; a place without one counts by the venue's own days above."
        ),
    ]
    halted_currencies: list[str]
    continuous_trading: Annotated[
        str | None, Field(description="The ground on which the continuous mode is on; null while it is off.")
    ]
    trading_halt: Annotated[
        HaltView | None, Field(description="While trading stands still; null while it goes on.")
    ]
    filing_number: Annotated[
        str,
        Field(
            description="Of the blockchain information service 区块链信息服务备案编号; empty where none is set, which "
            "the pages of a Mainland venue say as `CN-BLOCKCHAIN-FILING-NUMBER`."
        ),
    ]


class RuleView(View):
    """A rule or a kind of problem: its code, where it comes from, and what cures it."""

    code: str
    status: int
    citation: str
    text: str
    text_zh: str
    cure: str
    cure_zh: str
    jurisdictions: list[str] = Field(default_factory=list)
    bound_by: Annotated[
        list[str],
        Field(description="By which of a deal's connections its law binds: venue, right, seller, buyer."),
    ] = Field(default_factory=list)
    profiles: Annotated[
        list[str], Field(description="The venue profiles that have it: mainland, hong-kong, macau.")
    ] = Field(default_factory=list)
    steps: Annotated[list[str], Field(description="At which steps of a deal's way it can refuse.")] = Field(
        default_factory=list
    )
    deal_kinds: list[str] = Field(default_factory=list)
    facts_from: Annotated[
        str | None,
        Field(
            description="Who supplies what it decides on: register_copy 登记簿副本, undertaking 承诺书, "
            "venue_finding, or journal where the entries so far say all."
        ),
    ] = None
    source: Annotated[
        str | None,
        Field(
            description="L statute read, W excerpt read, R repository, M from memory, for counsel to confirm, "
            "V venue rule; null for the interface's own."
        ),
    ] = None


class DutyView(View):
    """What the law asks and no command can be refused for: who owes it, and where it is met."""

    code: str
    citation: str
    source: Annotated[str, Field(description="As of a rule.")]
    jurisdictions: list[str]
    owed_by: Annotated[str, Field(description="venue, seller, buyer or parties.")]
    text: str
    text_zh: str
    met: Annotated[str, Field(description="Where and how it is met here, or what stays for whom.")]
    met_zh: str


class Rulebook(View):
    """Rules, all or those of a profile and a step, duties, and every kind of problem, by code."""

    version: int
    rules: list[RuleView]
    duties: Annotated[list[DutyView], Field(description="All, or those of a profile; no step refuses one.")]
    problems: list[RuleView]


class Health(View):
    """Whether the process lives, and what it can reach."""

    status: str
    checks: dict[str, Any] = Field(default_factory=dict)
