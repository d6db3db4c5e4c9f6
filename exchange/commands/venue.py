"""Commands about the venue itself: its opening, versions, time, calendar, recovery and erasures."""

from __future__ import annotations

from typing import ClassVar, Literal

from msgspec import UNSET, UnsetType

from exchange.commands.command import Command, GivenBy


class OpenVenue(Command, frozen=True):
    """The first command of every journal: what this venue is, on which chain, and whose keys it accepts."""

    given_by: ClassVar[GivenBy] = "sequencer"
    profile: Literal["mainland", "hong-kong", "macau"]
    chain_id: int
    register: str
    anchor: str
    operators: tuple[str, ...]
    service: str
    bank: str
    office: str
    receipt_key: str
    fee_basis_points: int
    simulated: bool


class ActivateVersion(Command, frozen=True):
    """From this entry on the named versions of entry schema, engine and rulebook apply."""

    given_by: ClassVar[GivenBy] = "sequencer"
    schema: int
    engine: int
    rulebook: int


class Tick(Command, frozen=True):
    """Time has come to what is due: fires every deadline up to the entry's time, in order (deadline, id)."""

    given_by: ClassVar[GivenBy] = "sequencer"


class Outage(Command, frozen=True):
    """The venue could not be reached from `since_ms` to `until_ms`: venue clocks inside it move on by its length.

    Statutory and contractual clocks (recordal, payment dates, licence term, patent expiry) run on.
    """

    given_by: ClassVar[GivenBy] = "sequencer"
    since_ms: int
    until_ms: int


class RecordStateHash(Command, frozen=True):
    """The hash of the whole state before this entry, for the audit to compare with its own replay."""

    given_by: ClassVar[GivenBy] = "sequencer"
    state_hash: str


class JumpClock(Command, frozen=True):
    """Move the demonstration clock forward to `to_ms`; only on development chain 31337. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    to_ms: int


CalendarPlace = Literal["CN", "HK", "MO"]


class SetCalendar(Command, frozen=True):
    """Replace the calendar of a place: ISO dates closed, and weekend dates worked. Erasable: `reason`.

    `place`: the venue's own where nothing is said. Since engine version 3.
    """

    given_by: ClassVar[GivenBy] = "operator"
    closed_days: tuple[str, ...]
    working_weekends: tuple[str, ...] = ()
    place: CalendarPlace | UnsetType = UNSET


class RecoverChain(Command, frozen=True):
    """Settlement goes on after final blocks were lost: what the chain lacks behind `agreed_block` is recorded again.

    halted_for: code of the alarm that stopped settlement. Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    ground: Literal["blocks-lost", "fork-beyond-finality"]
    halted_for: str
    agreed_block: int


class RecordTradingAuthorisation(Command, frozen=True):
    """What lets this venue trade continuously: an authority's authorisation, or counsel's opinion that none is needed.

    Erasable: `document` (its commitment must be there), `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    ground: Literal["authorisation", "counsel_opinion"]


class WithdrawTradingAuthorisation(Command, frozen=True):
    """What let this venue trade continuously holds no more: from now on no order is matched. Erasable: `reason`."""

    given_by: ClassVar[GivenBy] = "operator"


HaltGround = Literal["technical_fault", "market_integrity", "authority_order"]
"""技术故障, 市场秩序, 主管机关要求: why trading stands still."""


class HaltTrading(Command, frozen=True):
    """Trading is to stand still 暂停交易, once a second operator has signed for the same ground within an hour.

    Since engine version 4. Erasable: `reason`, which must be there.
    """

    given_by: ClassVar[GivenBy] = "operator"
    ground: HaltGround


class ResumeTrading(Command, frozen=True):
    """Trading is to go on 恢复交易, once a second operator has signed within an hour.

    Its clocks run on with what they had left. Since engine version 4. Erasable: `reason`, which must be there.
    """

    given_by: ClassVar[GivenBy] = "operator"


class EraseSealedPart(Command, frozen=True):
    """Erase the salt and text of an erasable part; the commitment and every proof stay. `ground` is a code.

    Erasable: `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    entry: int
    label: str
    ground: Literal["data-subject-request", "retention-ended", "court-order"]
