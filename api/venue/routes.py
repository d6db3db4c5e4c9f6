"""Routes of the venue itself."""

from contextlib import suppress

from fastapi import APIRouter, Response
from msgspec import UNSET
from sqlalchemy.exc import SQLAlchemyError

from api import documents, problems
from api.auth import allow
from api.door import TheDoor
from api.forms import Accepted, ReasonedBody, RowId
from api.giving import OperatorGives
from api.venue.schemas import (
    AuthorisationForm,
    CalendarForm,
    CalendarView,
    ClockForm,
    DomainView,
    DutyView,
    ErasureForm,
    HaltForm,
    HaltView,
    Health,
    Rulebook,
    RuleView,
    TimeView,
    VenueView,
)
from exchange.commands import (
    EraseSealedPart,
    HaltTrading,
    JumpClock,
    RecordTradingAuthorisation,
    ResumeTrading,
    SetCalendar,
    WithdrawTradingAuthorisation,
)
from exchange.rules import auction_law, continuous_trading
from exchange.rules import evidence as desk_rules
from exchange.rules import venue as rules
from exchange.rules.duties import Duty, duties_of
from exchange.rules.profiles import PLACES, Profile, rules_of
from exchange.rules.rule import RULES, Rule, Step
from ledger.signatures import Domain

router = APIRouter(tags=["venue"])
OPEN = [allow("public")]
SERVED_WITHIN_S = 5.0
"""A takeover by a standby is done by then."""
SIMULATED = "演示数据 · DEMO: fictional companies, simulated bank and patent office"


@router.get("/v1/time", dependencies=OPEN, **documents.reads())
async def time(door: TheDoor) -> TimeView:
    """The venue's time in milliseconds UTC, against which a signature's `valid_until_ms` is checked."""
    await door.fresh_venue()
    head = await door.reader.head()
    if head is None:
        raise problems.Problem(problems.UNAVAILABLE)
    return TimeView(
        time_ms=max(await door.now_ms(), head["last_time_ms"]),
        last_entry=head["last_entry"],
        last_entry_time_ms=head["last_time_ms"],
    )


@router.get("/v1/venue", dependencies=OPEN, **documents.reads())
async def venue(door: TheDoor) -> VenueView:
    """Domains for signing, contracts, keys and versions, as the journal's first entries have them."""
    row = await door.fresh_venue()
    return VenueView(
        profile=row.profile,
        simulated=row.simulated,
        notice=SIMULATED if row.simulated else "",
        chain_id=row.chain_id,
        register_address=row.register,
        anchor_address=row.anchor,
        instruction_domain=_domain(await door.instruction_domain()),
        deal_domain=_domain(await door.deal_domain()),
        receipt_key=row.receipt_key,
        operators=list(row.operators),
        service=row.service,
        bank=row.bank,
        office=row.office,
        fee_basis_points=row.fee_basis_points,
        versions={"schema": row.schema, "engine": row.engine, "rulebook": row.rulebook},
        closed_days=list(row.closed_days),
        working_weekends=list(row.working_weekends),
        calendars={
            place: CalendarView(
                closed_days=list(calendar.closed_days), working_weekends=list(calendar.working_weekends)
            )
            for place, calendar in sorted((row.calendars or {}).items())
        },
        halted_currencies=list(row.halted_currencies),
        continuous_trading=None if row.trading_authorisation is UNSET else row.trading_authorisation.ground,
        trading_halt=None if row.trading_halt is UNSET else HaltView.model_validate(row.trading_halt),
        filing_number=door.settings.filing_number,
    )


@router.get("/v1/rulebook", dependencies=OPEN, **documents.reads())
async def rulebook(door: TheDoor, profile: Profile | None = None, step: Step | None = None) -> Rulebook:
    """Every rule with its citation and cure, in English and Chinese, the duties beside them, every kind of problem.

    `profile`: the rules that bind where a deal touches its place; `step`: those that can refuse it.
    """
    return Rulebook(
        version=(await door.venue()).rulebook,
        rules=[_rule(found) for found in rules_of(profile, step)],
        duties=[duty_view(found) for found in duties_of(None if profile is None else PLACES[profile])],
        problems=[_kind(problems.KINDS[code]) for code in sorted(problems.KINDS)],
    )


@router.get("/v1/rulebook/{code}", dependencies=OPEN, **documents.reads(rules.UNKNOWN_ID))
async def rule(code: RowId) -> RuleView:
    """One rule, or one kind of problem: where a problem's `type` leads."""
    found = RULES.get(code)
    if found is not None:
        return _rule(found)
    kind = problems.KINDS.get(code)
    if kind is None:
        raise problems.unknown_id(code, "rule")
    return _kind(kind)


@router.post("/v1/operator/clock", **documents.command(rules.DEVELOPMENT_CHAIN_ONLY))
async def jump_clock(body: ClockForm, giver: OperatorGives) -> Accepted:
    """Move the demonstration clock; exists only on development chain 31337."""
    answer = await giver.give(JumpClock, body)
    await giver.door.fresh_venue()
    return answer


@router.post("/v1/operator/calendar", **documents.command())
async def set_calendar(body: CalendarForm, giver: OperatorGives) -> Accepted:
    """Replace the calendar of the venue's place, or of another place by which clocks run."""
    return await giver.give(SetCalendar, body)


@router.post(
    "/v1/operator/trading-authorisation",
    **documents.command(rules.FACT_MISSING, continuous_trading.CENTRALISED_TRADING),
)
async def authorise_trading(body: AuthorisationForm, giver: OperatorGives) -> Accepted:
    """Record an authorisation, or counsel's opinion: from now on this venue may trade continuously."""
    answer = await giver.give(RecordTradingAuthorisation, body)
    await giver.door.fresh_venue()
    return answer


@router.post(
    "/v1/operator/trading-authorisation/withdrawal", **documents.command(continuous_trading.NOT_AUTHORISED)
)
async def stop_trading(body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """What let this venue trade continuously holds no more: from now on no order is matched."""
    answer = await giver.give(WithdrawTradingAuthorisation, body)
    await giver.door.fresh_venue()
    return answer


_TAKES_TWO = (rules.FOUR_EYES, rules.WRONG_STATE, rules.FACT_MISSING)


@router.post("/v1/operator/trading-halt", **documents.command(*_TAKES_TWO))
async def halt_trading(body: HaltForm, giver: OperatorGives) -> Accepted:
    """Sign for a halt of trading: it is in force once two operators have, for the same ground and within an hour."""
    answer = await giver.give(HaltTrading, body)
    await giver.door.fresh_venue()
    return answer


@router.post("/v1/operator/trading-halt/resumption", **documents.command(*_TAKES_TWO))
async def resume_trading(body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """Sign for trading to go on: it does once two operators have, within an hour; clocks have what they had left."""
    answer = await giver.give(ResumeTrading, body)
    await giver.door.fresh_venue()
    return answer


@router.post(
    "/v1/operator/erasures",
    **documents.command(problems.SEALED_PART_UNKNOWN, auction_law.RECORDS, desk_rules.LEGAL_HOLD),
)
async def erase(body: ErasureForm, giver: OperatorGives) -> Accepted:
    """Erase an erasable part on a ground; commitments and proofs stay. Duties to keep, and legal holds, come first."""
    return await giver.give(EraseSealedPart, body)


@router.get("/healthz", tags=["health"], dependencies=OPEN, **documents.reads())
async def alive() -> Health:
    """The process lives."""
    return Health(status="ok")


@router.get("/readyz", tags=["health"], dependencies=OPEN, **documents.reads())
async def ready(door: TheDoor, response: Response) -> Health:
    """The database answers, the venue is open, and a sequencer serves; 503 otherwise."""
    checks = {"database": False, "sequencer": False}
    with suppress(SQLAlchemyError, OSError):  # what is not found out stays false
        checks["database"] = await door.reader.ready()
        checks["sequencer"] = await door.reader.is_served(SERVED_WITHIN_S)
    is_ready = all(checks.values())
    if not is_ready:
        response.status_code = problems.UNAVAILABLE.status
    return Health(status="ok" if is_ready else "not ready", checks=checks)


def _domain(domain: Domain) -> DomainView:
    return DomainView(
        name=domain.name,
        version=domain.version,
        chainId=domain.chain_id,
        verifyingContract=domain.verifying_contract,
    )


def _rule(found: Rule) -> RuleView:
    return RuleView(
        code=found.code,
        status=found.status,
        citation=found.citation,
        text=found.text,
        text_zh=found.text_zh,
        cure=found.cure,
        cure_zh=found.cure_zh,
        jurisdictions=list(found.jurisdictions),
        bound_by=list(found.bound_by),
        profiles=[profile for profile, place in PLACES.items() if place in found.jurisdictions],
        steps=list(found.steps),
        deal_kinds=list(found.deal_kinds),
        facts_from=found.facts_from,
        source=found.source,
    )


def duty_view(found: Duty) -> DutyView:
    """A duty as everybody sees it."""
    return DutyView(
        code=found.code,
        citation=found.citation,
        source=found.source,
        jurisdictions=list(found.jurisdictions),
        owed_by=found.owed_by,
        text=found.text,
        text_zh=found.text_zh,
        met=found.met,
        met_zh=found.met_zh,
    )


def _kind(kind: problems.Kind) -> RuleView:
    return RuleView(
        code=kind.code,
        status=kind.status,
        citation=kind.citation,
        text=kind.title,
        text_zh=kind.title_zh,
        cure=kind.cure,
        cure_zh=kind.cure_zh,
    )
