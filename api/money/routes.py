"""Routes of money."""

from typing import Annotated

from fastapi import APIRouter, Query

from api import documents, keyset, problems
from api.auth import Caller, allow
from api.door import TheDoor
from api.forms import Accepted, AfterEntry, ReasonedBody, RowFilter, RowId
from api.giving import Giver, OperatorGives, PartyGives, gives, terms_of
from api.money import approvals, simulation
from api.money.schemas import (
    AccountPage,
    AccountView,
    AssignmentForm,
    CreditForm,
    CreditView,
    ExchangeRateForm,
    ExchangeRatePage,
    ExchangeRateView,
    FeeScheduleForm,
    FeeSchedulePage,
    FeeScheduleView,
    FeesForm,
    HoldPage,
    HoldState,
    HoldView,
    LinePage,
    LineView,
    PaymentApproval,
    PaymentPage,
    PaymentView,
    PostingList,
    PostingView,
    ResumeForm,
    WithdrawalForm,
)
from api.problems import Problem
from exchange.commands import (
    ApprovalTerms,
    ApprovePayment,
    AssignSuspense,
    RecordExchangeRate,
    RequestWithdrawal,
    ResumeReleases,
    ReturnSuspense,
    SetFeeSchedule,
    WithdrawalTerms,
    WithdrawFees,
)
from exchange.money.amount import Currency
from exchange.rows import Account, ExchangeRate, FeeSchedule, Hold, Party, Payment, StatementLine
from exchange.rules import civil_code, credit
from exchange.rules import venue as rules

router = APIRouter(tags=["money"])
PartyOrStaff = Annotated[Caller, allow("party", "operator", "service")]


@router.get("/v1/accounts", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def accounts(
    door: TheDoor,
    caller: PartyOrStaff,
    window: keyset.TheWindow,
    owner: Annotated[RowFilter, Query(description="Staff only: somebody else's accounts.")] = None,
    currency: Currency | None = None,
) -> AccountPage:
    """The caller's own accounts; all of them to the venue."""
    filters = {"owner": owner if caller.staff else caller.actor, "currency": currency}
    page = await door.reader.page(Account, filters, window=window)
    return AccountPage(
        accounts=[AccountView.model_validate(stored.row) for stored in page.rows],
        next_cursor=page.next_cursor,
    )


@router.get(
    "/v1/accounts/{owner}/{purpose}/{currency}/postings", **documents.reads(rules.UNKNOWN_ID, private=True)
)
async def postings(  # noqa: PLR0913 - the three parts of an account's id
    owner: RowId,
    purpose: RowId,
    currency: Currency,
    door: TheDoor,
    caller: PartyOrStaff,
    after: AfterEntry = -1,
    limit: keyset.Limit = keyset.DEFAULT_PAGE,
) -> PostingList:
    """What moved on an account, posting by posting; whole entries, so a page can be a little longer than asked."""
    account_id = f"{owner}/{purpose}/{currency}"
    if not caller.staff and not caller.is_party(owner):
        raise problems.unknown_id(account_id, "account")
    found = await door.reader.postings(account_id, after, limit)
    return PostingList(postings=[PostingView.model_validate(dict(posting)) for posting in found])


@router.get(
    "/v1/accounts/{owner}/{purpose}/{currency}/holds",
    **documents.reads(rules.UNKNOWN_ID, problems.CURSOR_MALFORMED, private=True),
)
async def account_holds(  # noqa: PLR0913 - the three parts of an account's id
    owner: RowId,
    purpose: RowId,
    currency: Currency,
    door: TheDoor,
    caller: PartyOrStaff,
    window: keyset.TheWindow,
    state: Annotated[HoldState | None, Query(description="PENDING: what makes up the balance.")] = None,
) -> HoldPage:
    """What an account holds and has held: each hold is pending, then posted, voided or expired, once."""
    account_id = f"{owner}/{purpose}/{currency}"
    if not caller.staff and not caller.is_party(owner):
        raise problems.unknown_id(account_id, "account")
    page = await door.reader.page(Hold, {"account": account_id, "state": state}, window=window)
    return HoldPage(
        holds=[HoldView.model_validate(stored.row) for stored in page.rows], next_cursor=page.next_cursor
    )


@router.get("/v1/statement-lines", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def statement_lines(
    door: TheDoor,
    caller: PartyOrStaff,
    window: keyset.TheWindow,
    currency: Currency | None = None,
) -> LinePage:
    """Matched lines of the bank's statement: a party's own, all to the venue. Funding a deal cites one."""
    filters = {"party_id": None if caller.staff else caller.actor, "currency": currency}
    page = await door.reader.page(StatementLine, filters, window=window)
    return LinePage(
        statement_lines=[LineView.model_validate(stored.row) for stored in page.rows],
        next_cursor=page.next_cursor,
    )


@router.get("/v1/payments", **documents.reads(problems.CURSOR_MALFORMED, private=True))
async def payments(
    door: TheDoor,
    caller: PartyOrStaff,
    window: keyset.TheWindow,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> PaymentPage:
    """Instructions to the bank: all to the venue, to a party those in its favour."""
    filters = {"state": state, "party_id": None if caller.staff else caller.actor}
    page = await door.reader.page(Payment, filters, window=window)
    return PaymentPage(
        payments=[PaymentView.model_validate(stored.row) for stored in page.rows],
        next_cursor=page.next_cursor,
    )


@router.get("/v1/fee-schedules", dependencies=[allow("public")], **documents.reads(problems.CURSOR_MALFORMED))
async def fee_schedules(door: TheDoor, window: keyset.TheWindow) -> FeeSchedulePage:
    """The venue's fees, every version: a listing bears the one that was in force when it opened."""
    page = await door.reader.page(FeeSchedule, {}, window=window)
    views = [FeeScheduleView.model_validate(stored.row) for stored in page.rows]
    return FeeSchedulePage(fee_schedules=views, next_cursor=page.next_cursor)


@router.post("/v1/operator/fee-schedules", **documents.created())
async def set_fee_schedule(body: FeeScheduleForm, giver: OperatorGives) -> Accepted:
    """Other fees for listings that open from now on; what has opened keeps its own."""
    return await giver.give(SetFeeSchedule, body)


@router.get(
    "/v1/exchange-rates", dependencies=[allow("public")], **documents.reads(problems.CURSOR_MALFORMED)
)
async def exchange_rates(door: TheDoor, window: keyset.TheWindow) -> ExchangeRatePage:
    """Every recorded rate: rules compare amounts of two currencies by them, and no money is converted."""
    page = await door.reader.page(ExchangeRate, {}, window=window)
    views = [ExchangeRateView.model_validate(stored.row) for stored in page.rows]
    return ExchangeRatePage(exchange_rates=views, next_cursor=page.next_cursor)


@router.post("/v1/operator/exchange-rates", **documents.created())
async def record_exchange_rate(body: ExchangeRateForm, giver: OperatorGives) -> Accepted:
    """A rate that a monetary authority has published; it takes the place of the pair's last."""
    return await giver.give(RecordExchangeRate, body)


@router.post("/v1/withdrawals", **documents.created(rules.FUNDS_SHORT))
async def withdraw(body: WithdrawalForm, giver: PartyGives) -> Accepted:
    """A party asks for money to be paid out; two operators approve it."""
    return await giver.give(RequestWithdrawal, body, terms=terms_of(WithdrawalTerms, body.terms))


@router.post(
    "/v1/payments/{payment_id}/approval",
    **documents.command(
        rules.WRONG_STATE,
        rules.FOUR_EYES,
        rules.RELEASES_HALTED,
        rules.DEAL_DISPUTED,
        civil_code.PLEDGEE_PAID_FIRST,
        credit.SANCTIONED,
    ),
)
async def approve_payment(payment_id: RowId, body: PaymentApproval, giver: OperatorGives) -> Accepted:
    """One operator's approval; two different operators make four eyes. The bank checks its own signatures again."""
    stored = await giver.door.reader.row(Payment, payment_id)
    if stored is None:
        raise problems.unknown_id(payment_id, "payment")
    bank = (await giver.door.venue()).bank
    approvals.check(stored.row, bank, giver.caller.address, body.terms.bank_approval)
    terms = terms_of(ApprovalTerms, body.terms)
    return await giver.give(ApprovePayment, body, terms=terms, payment_id=payment_id)


@router.post(
    "/v1/operator/releases",
    tags=["venue"],
    **documents.command(rules.WRONG_STATE, rules.BALANCE_DIFFERS, rules.FOUR_EYES),
)
async def resume_releases(body: ResumeForm, giver: OperatorGives) -> Accepted:
    """Payments of a currency go on after a difference with the bank was cleared; the second operator's word does it."""
    return await giver.give(ResumeReleases, body)


@router.post(
    "/v1/operator/suspense/{line_id}/assignment",
    tags=["venue"],
    **documents.command(rules.WRONG_STATE, rules.FOUR_EYES),
)
async def assign_suspense(line_id: RowId, body: AssignmentForm, giver: OperatorGives) -> Accepted:
    """A credit that named nobody goes to its party, or covers an unexplained debit; the second operator does it."""
    return await giver.give(AssignSuspense, body, line_id=line_id)


@router.post("/v1/operator/suspense/{line_id}/return", tags=["venue"], **documents.created(rules.WRONG_STATE))
async def return_suspense(line_id: RowId, body: ReasonedBody, giver: OperatorGives) -> Accepted:
    """A credit that named nobody goes back to its payer: a payment, which two operators approve."""
    return await giver.give(ReturnSuspense, body, line_id=line_id)


@router.post("/v1/operator/fees", tags=["venue"], **documents.created(rules.FUNDS_SHORT))
async def withdraw_fees(body: FeesForm, giver: OperatorGives) -> Accepted:
    """Fees are paid out to the venue's own bank account: a payment, which two operators approve."""
    return await giver.give(WithdrawFees, body, terms=terms_of(WithdrawalTerms, body.terms))


@router.post(
    "/v1/simulation/bank-credits",
    tags=["simulation"],
    status_code=201,
    **documents.command(problems.NOT_SIMULATED, problems.COUNTERPARTY_UNAVAILABLE),
)
async def simulated_credit(
    body: CreditForm, giver: Annotated[Giver, gives("party", "operator", "service")]
) -> CreditView:
    """Pay money in at the simulated bank, in favour of a party: a party for itself, staff for anybody."""
    door, caller = giver.door, giver.caller
    if not (await door.venue()).simulated or not door.settings.bank_url:
        raise Problem(problems.NOT_SIMULATED)
    if not caller.staff:
        giver.require_self(body.party_id)
    if await door.reader.row(Party, body.party_id) is None:
        raise problems.unknown_id(body.party_id, "party")
    if body.amount == 0:
        raise Problem(problems.BODY_MALFORMED, errors=[{"field": "amount", "reason": "above zero"}])
    return await simulation.credit(door.settings, body, f"{caller.actor}:{giver.key}")
