"""What holds for every route: who may call it, what its page says, how lists are paged, and what is shown to whom."""

from __future__ import annotations

import inspect
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import httpx
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.routing import Route

from api import keyset, openapi, problems
from api.app import create_app
from api.auth import Doorkeeper, Permission
from api.bids import hot_path
from api.checks import schemas as checks_schemas
from api.client import VenueProblem
from api.deals import schemas as deals
from api.deposits import schemas as deposits
from api.encumbrances import schemas as encumbrances
from api.evidence import schemas as evidence
from api.first_refusals import schemas as refused_first
from api.forms import Body, ReasonedBody
from api.legal_holds import schemas as legal_holds
from api.listings import schemas as listings
from api.money import schemas as money
from api.objections import schemas as objections
from api.obligations import schemas as obligations
from api.offers import schemas as offers
from api.orders import schemas as orders
from api.papers import schemas as papers
from api.parties import schemas as parties
from api.problems import Problem, language
from api.recoveries import schemas as recoveries
from api.rights import findings
from api.rights import schemas as rights
from api.sealed_bids import schemas as sealed_bids
from api.settings import Settings, StaffKeys, from_environment
from api.surveillance import schemas as surveillance
from api.venue import schemas as venue_schemas
from exchange import commands as c
from exchange.listings import checks, grounds
from exchange.rules.rule import RULES
from ledger.settings import SettingsRefused
from ledger.works import Works
from tests.api.running_venue import RunningVenue

ROOT = Path(__file__).resolve().parents[2]
APP_SETTINGS = Settings(database_url="postgresql://nobody@localhost/none", sequencer_socket="/nowhere")
APP = create_app(APP_SETTINGS)


def _calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)


def _api_routes() -> list[APIRoute]:
    from api.app import ROUTERS

    return [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def test_every_route_says_who_may_call_it() -> None:
    for route in _api_routes():
        permissions = [call for call in _calls(route.dependant) if isinstance(call, Permission)]
        assert len(permissions) == 1, route.path
        assert permissions[0].kinds, route.path
    own = [route for route in APP.routes if isinstance(route, APIRoute)]
    assert all(any(isinstance(call, Permission) for call in _calls(route.dependant)) for route in own)
    plain = [route for route in APP.routes if isinstance(route, Route) and not isinstance(route, APIRoute)]
    assert {route.path for route in plain} <= {*hot_path.ROUTES, "/openapi.json"}


def test_what_the_public_may_post_needs_a_signature_of_its_own() -> None:
    open_posts = {
        route.path
        for route in _api_routes()
        if "POST" in (route.methods or ())
        and any("public" in call.kinds for call in _calls(route.dependant) if isinstance(call, Permission))
    }
    assert open_posts == {"/v1/parties", "/v1/parties/{party_id}/api-keys"}


QUESTIONS = {"/v1/listings/check", "/v1/listings/{listing_id}/check"}
"""What is posted for its body alone: nothing is given, and no entry is made."""


def test_the_page_lists_every_route_with_its_problem_codes() -> None:
    page = APP.openapi()
    known = {*RULES, *problems.KINDS}
    served = {(route.path_format, method) for route in _api_routes() for method in route.methods or ()}
    served |= {(path, "POST") for path in hot_path.ROUTES}
    listed = {(path, method.upper()) for path, entry in page["paths"].items() for method in entry}
    assert listed == served
    for path, entry in page["paths"].items():
        for method, operation in entry.items():
            codes = operation["x-problem-codes"]
            assert codes, (path, method)
            assert set(codes) <= known, (path, method)
            described = " ".join(answer["description"] for answer in operation["responses"].values())
            assert all(f"`{code}`" in described for code in codes)
            if method == "post":
                giving = set() if path in QUESTIONS else {"IDEMPOTENCY-KEY-MISSING"}
                assert {*giving, "BODY-MALFORMED", "UNAUTHENTICATED"} <= set(codes)
            assert operation.get("description") or operation.get("summary"), (path, method)


async def test_the_description_is_made_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    app = create_app(APP_SETTINGS)
    made_in = []

    def noted(*_: Any) -> dict[str, Any]:
        made_in.append(threading.get_ident())
        return {"paths": {}}

    monkeypatch.setattr(openapi, "_described", noted)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://venue") as client:
        answers = [await client.get("/openapi.json") for _ in range(2)]
    assert [answer.json() for answer in answers] == [{"paths": {}}] * 2
    assert len(made_in) == 1
    assert made_in[0] != threading.get_ident()


def test_the_page_says_where_a_key_is_needed_and_that_every_post_has_an_idempotency_key() -> None:
    page = APP.openapi()
    kinds = {
        (route.path_format, method.lower()): call.kinds
        for route in _api_routes()
        for method in route.methods or ()
        for call in _calls(route.dependant)
        if isinstance(call, Permission)
    }
    for path, entry in page["paths"].items():
        for method, operation in entry.items():
            is_open = "public" in kinds.get((path, method), ())
            assert operation["security"] == ([{}] if is_open else []) + [{"ApiKey": []}], (path, method)
            keys = [found for found in operation.get("parameters", ()) if found["name"] == "Idempotency-Key"]
            gives = method == "post" and path not in QUESTIONS
            assert [found["required"] for found in keys] == ([True] if gives else []), (path, method)


def test_the_table_of_routes_names_every_one() -> None:
    """docs/api.md: a row gives its first path in full, and the others by their last part."""
    named: set[str] = set()
    for row in (ROOT / "docs" / "api.md").read_text().partition("## Routes")[2].splitlines():
        paths = re.findall(r"`(?:GET |POST )?(/[^`?]*)[^`]*`", row.split(" | ")[0])
        for path in paths:
            base = paths[0]
            for full in {path, base + path, base.rpartition("/")[0] + path}:
                named.add(re.sub(r"\{\w+\}", "{}", full))
    for path in APP.openapi()["paths"]:
        assert re.sub(r"\{\w+\}", "{}", path) in named, path


CHECKED = {
    grounds.standing_grounds: ("/v1/listings", "/v1/listings/{listing_id}/approval"),
    grounds.offer_grounds: ("/v1/listings", "/v1/listings/{listing_id}/approval"),
    checks.buyer_may_take_part: (
        "/v1/listings/{listing_id}/bidders",
        "/v1/listings/{listing_id}/bids",
        "/v1/listings/{listing_id}/acceptances",
        "/v1/listings/{listing_id}/orders",
        "/v1/orders/{order_id}/amendment",
    ),
    checks.orders_may_be_matched: (
        "/v1/listings",
        "/v1/listings/{listing_id}/orders",
        "/v1/orders/{order_id}/amendment",
    ),
    checks.deal_may_be_signed: ("/v1/deals/{deal_id}/signatures",),
    checks.offer_may_be_signed: ("/v1/listings/{listing_id}/offer",),
    checks.licence_may_be_granted: ("/v1/deals/{deal_id}/funding",),
}


@pytest.mark.parametrize("check", CHECKED)
def test_what_a_check_refuses_under_stands_on_the_pages_of_its_routes(check: Callable[..., Any]) -> None:
    raised = re.sub(r"-(\d+) and -(\d+)", r"-\1", (check.__doc__ or "").partition("Refusal:")[2])
    codes = {code for code in re.findall(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+", raised) if code in RULES}
    assert codes
    for path in CHECKED[check]:
        assert codes <= set(APP.openapi()["paths"][path]["post"]["x-problem-codes"]), path


FORMS: tuple[tuple[type[BaseModel], type[c.Command], tuple[str, ...]], ...] = (
    (parties.Application, c.ApplyParty, ()),
    (parties.Affiliation, c.RecordAffiliation, ("party_id",)),
    (parties.Affiliation, c.EndAffiliation, ("party_id",)),
    (parties.Mandate, c.AppointAgent, ()),
    (parties.Dismissal, c.DismissAgent, ()),
    (parties.KeyRequest, c.IssueApiKey, ()),
    (recoveries.Proposal, c.ProposeRecovery, ("party_id",)),
    (recoveries.Veto, c.VetoRecovery, ("new_key",)),
    (rights.RightForm, c.ImportRight, ()),
    (rights.ExportClassForm, c.ClassifyExport, ("right_id",)),
    (listings.Offer, c.SubmitListing, ()),
    (checks_schemas.DraftForm, c.SubmitListing, ()),
    (listings.LotDecision, c.DecideLot, ("listing_id",)),
    (listings.QualificationForm, c.QualifyBidder, ("listing_id", "party_id")),
    (objections.ObjectionForm, c.ObjectToListing, ("listing_id",)),
    (objections.DecisionForm, c.DecideObjection, ("objection_id",)),
    (papers.PaperForm, c.RecordDocument, ()),
    (sealed_bids.SealForm, c.SealBid, ("listing_id",)),
    (sealed_bids.OpeningForm, c.RevealBid, ("bid_id",)),
    (sealed_bids.ScoresForm, c.RecordScores, ("listing_id",)),
    (deals.DealSignature, c.SignAgreement, ("deal_id",)),
    (deals.Cancellation, c.CancelDeal, ("deal_id",)),
    (offers.OfferSignature, c.SignOffer, ("listing_id",)),
    (offers.Withdrawal, c.WithdrawOffer, ("listing_id",)),
    (deals.Funding, c.FundDeal, ("deal_id",)),
    (deals.EarnestPayment, c.PayEarnest, ("deal_id",)),
    (deals.Filing, c.FileDeal, ("deal_id",)),
    (deals.Delivery, c.ConfirmDelivery, ("deal_id",)),
    (deals.Unwinding, c.UnwindDeal, ("deal_id",)),
    (deals.Reward, c.RecordReward, ("deal_id",)),
    (obligations.Demand, c.DemandInstalments, ("deal_id",)),
    (obligations.Remedy, c.ChooseRemedy, ("deal_id",)),
    (obligations.PaymentOfObligation, c.PayObligation, ("obligation_id",)),
    (obligations.PartOfObligation, c.PayPart, ("obligation_id",)),
    (obligations.RoyaltyReport, c.ReportRoyalty, ("obligation_id",)),
    (obligations.InspectionCall, c.CallInspection, ("obligation_id",)),
    (obligations.InspectionStatement, c.StateInspection, ("obligation_id",)),
    (money.FeeScheduleForm, c.SetFeeSchedule, ()),
    (money.ExchangeRateForm, c.RecordExchangeRate, ()),
    (money.WithdrawalForm, c.RequestWithdrawal, ()),
    (money.PaymentApproval, c.ApprovePayment, ("payment_id",)),
    (money.ResumeForm, c.ResumeReleases, ()),
    (money.AssignmentForm, c.AssignSuspense, ("line_id",)),
    (money.FeesForm, c.WithdrawFees, ()),
    (ReasonedBody, c.ReturnSuspense, ("line_id",)),
    (ReasonedBody, c.WithdrawTradingAuthorisation, ()),
    (ReasonedBody, c.ResumeTrading, ()),
    (venue_schemas.HaltForm, c.HaltTrading, ()),
    (venue_schemas.ClockForm, c.JumpClock, ()),
    (venue_schemas.CalendarForm, c.SetCalendar, ()),
    (venue_schemas.ErasureForm, c.EraseSealedPart, ()),
    (venue_schemas.AuthorisationForm, c.RecordTradingAuthorisation, ()),
    (orders.OrderForm, c.PlaceOrder, ("listing_id",)),
    (encumbrances.DisputeForm, c.RaiseDispute, ("deal_id",)),
    (encumbrances.OutcomeForm, c.RecordDisputeOutcome, ("dispute_id",)),
    (encumbrances.FreezeForm, c.RecordFreeze, ("right_id",)),
    (encumbrances.ExtensionForm, c.ExtendFreeze, ("freeze_id",)),
    (encumbrances.LiftingForm, c.LiftFreeze, ("freeze_id",)),
    (encumbrances.PledgeForm, c.DrawUpPledge, ()),
    (encumbrances.PledgeSignature, c.SignPledge, ("pledge_id",)),
    (encumbrances.PledgeConsentForm, c.ConsentToPledge, ("pledge_id",)),
    (encumbrances.PledgeConsentPaper, c.LodgePledgeConsent, ("pledge_id",)),
    (encumbrances.NothingMore, c.WithdrawPledge, ("pledge_id",)),
    (encumbrances.PledgeChangeForm, c.ChangePledge, ("pledge_id",)),
    (encumbrances.ReverseForm, c.OrderReverseDeal, ("dispute_id",)),
    (deposits.DepositRelease, c.ReleaseDeposit, ("deposit_id",)),
    (encumbrances.PledgeFiling, c.FilePledge, ("pledge_id",)),
    (encumbrances.PledgeHandIn, c.HandInPledge, ("pledge_id",)),
    (encumbrances.PledgeRefusal, c.RecordPledgeRefusal, ("pledge_id",)),
    (encumbrances.Enforcement, c.EnforcePledge, ("pledge_id",)),
    (orders.AmendmentForm, c.AmendOrder, ("order_id",)),
    (findings.HoldingForm, c.RecordHolding, ("right_id",)),
    (findings.FamilyForm, c.TieFamily, ()),
    (listings.CoOwnerConsentForm, c.LodgeCoOwnerConsent, ("listing_id",)),
    (listings.ConsentForm, c.ConsentToListing, ("listing_id",)),
    (refused_first.CompletersForm, c.RecordCompleters, ("right_id",)),
    (refused_first.NoticeForm, c.GiveRefusalNotice, ("deal_id",)),
    (refused_first.ExerciseForm, c.ExerciseRefusal, ("deal_id",)),
    (evidence.EvidenceForm, c.LodgeEvidence, ()),
    (legal_holds.HoldForm, c.PlaceLegalHold, ()),
    (legal_holds.HoldLifting, c.LiftLegalHold, ("hold_id",)),
    (surveillance.CaseForm, c.OpenSurveillanceCase, ()),
    (surveillance.CaseClosing, c.CloseSurveillanceCase, ("case_id",)),
    (parties.Verification, c.VerifyParty, ("party_id",)),
    (Body, c.WaiveRefusal, ("deal_id",)),
    (Body, c.WithdrawListing, ("listing_id",)),
    (Body, c.RescindDeal, ("deal_id",)),
    (ReasonedBody, c.ApproveParty, ("party_id",)),
)


@pytest.mark.parametrize(("form", "command", "in_path"), FORMS)
def test_a_form_has_the_fields_of_its_command_and_no_other(
    form: type[BaseModel], command: type[c.Command], in_path: tuple[str, ...]
) -> None:
    fields = set(form.model_fields) - {"terms", "erasable", "signature"}
    assert fields == set(command.__struct_fields__) - {"erasable", *in_path}
    assert ("terms" in form.model_fields) == (command.terms_type is not None)
    if command.terms_type is not None:
        terms = form.model_fields["terms"].annotation
        assert inspect.isclass(terms)
        assert issubclass(terms, BaseModel)
        assert set(terms.model_fields) - {"salt"} == set(command.terms_type.__struct_fields__)


OPERATORS_FORMS: dict[type[c.Command], type[BaseModel]] = {
    c.SuspendParty: ReasonedBody,
    c.CloseParty: ReasonedBody,
    c.ApproveListing: ReasonedBody,
    c.RejectListing: ReasonedBody,
}
"""Commands without fields of their own share one form."""


@pytest.mark.parametrize(
    "command",
    [each for each in get_args(c.AnyCommand) if each.given_by == "operator" and each is not c.RecoverChain],
    ids=lambda each: each.__name__,
)
def test_operators_say_why(command: type[c.Command]) -> None:
    forms = {**OPERATORS_FORMS, **{of: form for form, of, _ in FORMS}}
    parts = forms[command].model_fields["erasable"].annotation
    assert inspect.isclass(parts)
    assert issubclass(parts, BaseModel)
    assert parts.model_fields["reason"].is_required()
    assert "`reason`" in (command.__doc__ or "")


def test_a_recovery_is_given_beside_the_front_door_and_says_why_all_the_same() -> None:
    assert c.RecoverChain not in {of for _, of, _ in FORMS}
    assert "`reason`" in (c.RecoverChain.__doc__ or "")
    assert inspect.signature(Works.recover_chain).parameters["reason"].default is inspect.Parameter.empty


def test_the_reference_page_names_every_route_and_needs_nothing_from_elsewhere(venue: RunningVenue) -> None:
    with venue.http() as http:
        page = http.get("/docs").text
    for path in APP.openapi()["paths"]:
        assert path in page
    assert "演示数据 · DEMO" in page
    assert "http://" not in page
    assert "https://" not in page


def test_every_answer_carries_its_request_id_and_safe_headers(venue: RunningVenue) -> None:
    with venue.http() as http:
        for path in ("/healthz", "/v1/nowhere", "/v1/rulebook", "/openapi.json"):
            answer = http.get(path)
            assert len(answer.headers["x-request-id"]) == 32
            assert answer.headers["x-content-type-options"] == "nosniff"
            assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert http.get("/readyz").json() == {"status": "ok", "checks": {"database": True, "sequencer": True}}


@pytest.mark.parametrize(
    ("header", "spoken"),
    [
        ("", "en"),
        ("en", "en"),
        ("zh", "zh"),
        ("zh-HK, en;q=0.8", "zh"),
        ("en, zh;q=0.8", "en"),
        ("fr", "en"),
        ("zh;q=nonsense", "en"),
        ("en;q=0.1,zh-TW;q=0.2", "zh"),
    ],
)
def test_the_language_follows_the_client(header: str, spoken: str) -> None:
    assert language(header) == spoken


def test_every_kind_of_problem_has_words_in_both_languages() -> None:
    for kind in problems.KINDS.values():
        assert kind.title
        assert kind.cure
        assert any("\u4e00" <= character <= "\u9fff" for character in kind.title_zh)
        assert any("\u4e00" <= character <= "\u9fff" for character in kind.cure_zh)
        assert kind.code not in RULES


# --- pages ----------------------------------------------------------------------------------------------------


def test_pages_give_every_row_once_in_a_stable_order(venue: RunningVenue) -> None:
    for _ in range(7):
        venue.party("buyer")
    seen: list[str] = []
    cursor = None
    for number in range(1000):
        page = venue.operator.transport.get("/v1/parties", {"limit": 3, "cursor": cursor})
        seen += [row["id"] for row in page["parties"]]
        if number == 1:
            venue.party("buyer")  # a row that is new in the middle of paging shifts nothing
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen))
    assert seen == [party.id for party in venue.operator.parties()]


@pytest.mark.parametrize("cursor", ["x", "AAAA", "WyJwYXJ0eSIsLTEsIlAtMSJd", "é", "W10", "=" * 10])
def test_a_cursor_that_was_not_given_is_refused(venue: RunningVenue, cursor: str) -> None:
    with pytest.raises(VenueProblem) as caught:
        venue.operator.transport.get("/v1/parties", {"cursor": cursor})
    assert (caught.value.code, caught.value.status) == ("CURSOR-MALFORMED", 400)


def test_a_cursor_is_good_for_its_own_list_only() -> None:
    place = keyset.Place("party", 7, "P-1")
    assert keyset.read(keyset.write(place), "party") == place
    with pytest.raises(Problem):
        keyset.read(keyset.write(place), "right")


@pytest.mark.parametrize("limit", ["0", "201", "-1", "many"])
def test_a_page_is_bounded(venue: RunningVenue, limit: str) -> None:
    with pytest.raises(VenueProblem) as caught:
        venue.operator.transport.get("/v1/parties", {"limit": limit})
    assert caught.value.code == "BODY-MALFORMED"


# --- settings and keys ----------------------------------------------------------------------------------------


def test_the_settings_name_what_is_missing_and_hide_what_is_secret() -> None:
    with pytest.raises(SettingsRefused, match="IPX_DATABASE_URL"):
        from_environment({})
    with pytest.raises(SettingsRefused, match="IPX_API_PORT"):
        from_environment(
            {"IPX_DATABASE_URL": "postgresql://x", "IPX_SEQUENCER_SOCKET": "/s", "IPX_API_PORT": "70000"}
        )
    shown = repr(
        Settings(database_url="postgresql://u:hidden@h/n", sequencer_socket="/s", bank_token="hidden")
    )
    assert "hidden" not in shown


async def test_a_replaced_key_leaves_the_cache_when_its_time_is_up() -> None:
    moments = iter([0.0, 1.0, 6.0, 7.0])

    class NoReader:
        async def party_by_key_hash(self, hashed: str) -> None:
            assert hashed

    from api.auth import key_hash

    keeper = Doorkeeper(
        NoReader(),  # type: ignore[arg-type]  # nobody is known but the staff
        StaffKeys(operators={"0x" + "0a" * 20: key_hash("ipx_known")}),
        clock=lambda: next(moments),
    )
    assert (await keeper.caller("Bearer ipx_known")).kind == "operator"
    keeper._staff.clear()
    assert (await keeper.caller("Bearer ipx_known")).kind == "operator"
    with pytest.raises(Problem):
        await keeper.caller("Bearer ipx_known")
