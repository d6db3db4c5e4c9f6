"""The office's adapter against the simulated office as a real process, faults and SIGKILL included."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from itertools import count
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from msgspec import UNSET
from stdnum.cn import uscc

from exchange.rights.numbers import parse, right_id
from ledger.attestation import AttestationRefused, verify_attestation, verify_signature
from ledger.counterparty import CounterpartyError
from ledger.office import (
    REQUIRED_PAPERS,
    Filing,
    FilingKind,
    FilingOutcome,
    Holder,
    HttpOffice,
    LicenceTerms,
    PledgeTerms,
    RegisterContent,
    RegisteredFreeze,
    RegisteredLicence,
    RegisteredPledge,
)
from ledger.reported import facts_of
from ledger.secp256k1 import PrivateKey, sign
from scripts.simulated import catalogue
from tests.ledger.simulated_process import TOKEN, SimulatedProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SURE = {"per_mille": 1000}
_ONCE = {"per_mille": 1000, "remaining": 1}
_SELLER, _BUYER, _THIRD = (company.company_number for company in catalogue.COMPANIES[:3])
_ABROAD = "HK-00000001"
_FAR = "2090-01-01"
_numbers = count(1)


@pytest.fixture(scope="module")
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimulatedProcess]:
    """One office for the whole page; each test enters rights of its own."""
    data = tmp_path_factory.mktemp("office") / "office.sqlite"
    with SimulatedProcess("office", data, "--catalogue") as office:
        yield office


@pytest.fixture
def office(process: SimulatedProcess) -> Iterator[HttpOffice]:
    process.faults(processing_delay_ms=0)
    adapter = HttpOffice.at(process.endpoint())
    yield adapter
    adapter.close()


def _enter(process: SimulatedProcess, **changes: Any) -> str:
    """Enter a granted right without burdens, changed as asked, and give its id."""
    plain = RegisterContent(
        right_id=f"CN-2021{next(_numbers):08d}.X",
        office="CN",
        right_type="invention",
        title="演示：一种测试方法",
        status="granted",
        holders=(Holder(company_number=_SELLER),),
        filing_date="2021-01-04",
        grant_date="2023-01-06",
        expiry_date="2080-01-04",
        fee_paid_until=_FAR,
        export_class="free",
    )
    entry = msgspec.structs.replace(plain, **changes)
    process.control("register", entries=[msgspec.to_builtins(entry)])
    return entry.right_id


def _filing(kind: FilingKind, right: str, *further: str, **changes: Any) -> Filing:
    package = {paper: sha256(paper.encode()).hexdigest() for paper in (*REQUIRED_PAPERS[kind], *further)}
    about: dict[str, dict[str, Any]] = {
        "assignment": {"to_holders": (Holder(company_number=_BUYER),)},
        "licence_recordal": {"licence": _new()},
        "pledge": {"pledge": _pledge_terms()},
        "discharge": {"discharged_pledge_id": "PL-1"},
    }
    filing = Filing(
        filing_id=f"filing-{next(_numbers)}",
        kind=kind,
        right_id=right,
        package=package,
        from_holders=(_SELLER,),
        **about[kind],
    )
    return msgspec.structs.replace(filing, **changes)


def _new(**changes: Any) -> LicenceTerms:
    plain = LicenceTerms(
        licence_id=f"LIC-{next(_numbers)}",
        kind="ordinary",
        licensee=_BUYER,
        starts_on="2026-01-01",
        ends_on="2030-12-31",
    )
    return msgspec.structs.replace(plain, **changes)


def _old(**changes: Any) -> RegisteredLicence:
    facts = {**msgspec.structs.asdict(_new(licensee=_THIRD)), "recorded_on": "2026-01-02", **changes}
    return RegisteredLicence(**facts)


def _pledge_terms(**changes: Any) -> PledgeTerms:
    plain = PledgeTerms(
        pledge_id=f"P-{next(_numbers)}",
        pledgee=catalogue.BANK.company_number,
        sum_minor=100,
        currency="CNY",
        debt_term_ends_on="2035-01-01",
    )
    return msgspec.structs.replace(plain, **changes)


def _pledged() -> tuple[RegisteredPledge, ...]:
    terms = msgspec.structs.asdict(_pledge_terms(pledge_id="PL-1"))
    return (RegisteredPledge(**terms, registered_on="2025-01-01"),)


def _frozen(until: str | None = _FAR) -> tuple[RegisteredFreeze, ...]:
    return (RegisteredFreeze(kind="preservation", until=until),)


_SHARED = (Holder(company_number=_SELLER, share=6_000), Holder(company_number=_THIRD, share=4_000))


def test_the_catalogue_is_twenty_fictional_rights_with_valid_numbers(office: HttpOffice) -> None:
    rows = catalogue.import_file().splitlines()[1:]
    ids = []
    for row in rows:
        number = parse(row.split(",")[0], as_of_year=2026)
        assert 9_999_000 <= int(number.number[5:12]) <= 9_999_999
        ids.append(right_id(number))
    assert len(set(ids)) == 20
    copies = [office.register_copy(right) for right in [*ids, catalogue.HONG_KONG_MEMBER]]
    assert all("演示" in copy.title and copy.simulated for copy in copies)
    mainland = [company for company in catalogue.COMPANIES if company.jurisdiction == "CN"]
    assert all(uscc.is_valid(company.company_number) for company in mainland)
    numbers = {company.company_number for company in catalogue.COMPANIES}
    assert {holder.company_number for copy in copies for holder in copy.holders} <= numbers


def test_the_catalogue_tells_its_stories(office: HttpOffice) -> None:
    copies = {
        story: office.register_copy(catalogue.right_id_of(story))
        for story in ("pledged", "co_owned", "frozen", "in_grace", "restricted", "with_family", "expired")
    }
    assert copies["pledged"].pledges[0].pledgee == catalogue.BANK.company_number
    assert [holder.share for holder in copies["co_owned"].holders] == [6_000, 4_000]
    assert copies["frozen"].freezes[0].kind == "preservation"
    assert (copies["in_grace"].grace, copies["in_grace"].status) == (True, "granted")
    assert copies["restricted"].export_class == "restricted"
    assert copies["with_family"].family == (catalogue.HONG_KONG_MEMBER,)
    assert copies["expired"].status == "expired"


def test_a_register_copy_is_signed_over_every_field(process: SimulatedProcess, office: HttpOffice) -> None:
    copy = office.register_copy(_enter(process))
    assert verify_attestation(copy, process.signer) == copy.attestation
    for change in (
        {"holders": (Holder(company_number=_BUYER),)},
        {"pledges": _pledged()},
        {"as_of_ms": copy.as_of_ms + 1},
        {"grace": True},
    ):
        with pytest.raises(AttestationRefused, match="ATTESTATION-INVALID"):
            verify_attestation(msgspec.structs.replace(copy, **change), process.signer)


def test_a_confirmed_assignment_changes_the_holder_and_comes_with_a_signed_proof(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    right = _enter(process)
    filing = _filing("assignment", right)
    outcome = office.file(filing)
    paper = office.proof(outcome)
    assert (outcome.state, outcome.reason) == ("confirmed", None)
    assert sha256(paper).hexdigest() == outcome.proof_sha256
    assert outcome.proof_signature is not None
    verify_signature(sha256(paper).digest(), outcome.proof_signature, process.signer)
    assert paper.decode().count("演示数据 · DEMO") >= 2
    assert filing.filing_id in paper.decode()
    copy = office.register_copy(right)
    assert copy.holders == filing.to_holders
    assert copy.version == outcome.register_version == 2


def test_nothing_changes_in_the_register_before_the_office_has_decided(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    right = _enter(process)
    process.faults(processing_delay_ms=3_600_000)
    outcome = office.file(_filing("assignment", right))
    assert (outcome.state, outcome.proof_sha256, outcome.decided_ms) == ("received", None, None)
    assert office.register_copy(right).holders[0].company_number == _SELLER
    with pytest.raises(CounterpartyError, match="FILING-UNDECIDED"):
        office.proof(outcome)
    assert process.ask("GET", f"/filings/{outcome.filing_id}/proof").status_code == 409
    process.control("clock", advance_ms=3_600_000)
    assert office.outcome(outcome.filing_id).state == "confirmed"
    assert office.register_copy(right).holders[0].company_number == _BUYER


_RECORDAL: FilingKind = "licence_recordal"
_SOLE_TOYS = {"kind": "sole", "field_of_use": "toys"}
_SOLE_SHORT = {"kind": "sole", "ends_on": "2026-06-30"}
_SOLE_GUANGDONG = {"kind": "sole", "territory": ("CN-GD",)}
_EXCLUSIVE = {"licence": _new(kind="exclusive")}
_SOLE = {"licence": _new(kind="sole")}
_GUANGXI = ("CN-GX",)
_OPEN = {"kind": "open", "licensee": None}
_ABROAD_TO_HK = {"from_holders": (_ABROAD,), "to_jurisdiction": "HK"}
_TWIN = "CN-202120000001.1"
_BY_THIRD = {"from_holders": (_THIRD,)}
_LICENSED = (_old(licence_id="L-8", licensee=_THIRD),)
_OVER = (_old(licence_id="L-8", licensee=_THIRD, ends_on="2001-01-01"),)
_TO_BUYER = {"to_holders": (Holder(company_number=_BUYER, share=6_000),)}
_REFUSED: list[tuple[str, FilingKind, dict[str, Any], dict[str, Any]]] = [
    ("PACKAGE-INCOMPLETE", "assignment", {}, {"package": {"contract": "0" * 64}}),
    ("TERMS-MISSING", "assignment", {}, {"to_holders": ()}),
    ("TERMS-MISSING", _RECORDAL, {}, {"licence": None}),
    ("TERMS-MISSING", _RECORDAL, {}, {"licence": _new(ends_on="2025-12-31")}),
    ("TERMS-MISSING", "pledge", {}, {"pledge": None}),
    ("TERMS-MISSING", "discharge", {}, {"discharged_pledge_id": None}),
    ("RIGHT-ENDED", "assignment", {"status": "invalidated"}, {}),
    ("RIGHT-ENDED", _RECORDAL, {"status": "lapsed"}, {}),
    ("RIGHT-ENDED", "pledge", {"expiry_date": "2001-01-01"}, {}),
    ("NOT-REGISTERED-HOLDER", "assignment", {}, {"from_holders": (_THIRD,)}),
    ("NOT-REGISTERED-HOLDER", _RECORDAL, {}, {"from_holders": (_SELLER, _THIRD)}),
    ("NOT-REGISTERED-HOLDER", _RECORDAL, {"licences": _OVER}, {"from_holders": (_THIRD,)}),
    ("NOT-REGISTERED-HOLDER", "assignment", {"licences": _LICENSED}, {"from_holders": (_THIRD,)}),
    ("CONFLICTING-LICENCE", _RECORDAL, {"licences": (*_LICENSED, _old(kind="sole", licensee=_BUYER))}, _BY_THIRD),
    ("FROZEN", "assignment", {"freezes": _frozen()}, {}),
    ("FROZEN", _RECORDAL, {"freezes": _frozen(None)}, {}),
    ("FROZEN", "pledge", {"freezes": (RegisteredFreeze(kind="dispute", until=_FAR),)}, {}),
    ("FEE-GRACE", _RECORDAL, {"grace": True}, {}),
    ("SHARES-MISMATCHED", "assignment", {}, {"to_holders": (Holder(company_number=_BUYER, share=9_999),)}),
    ("COOWNER-CONSENT-MISSING", "assignment", {"holders": _SHARED}, _TO_BUYER),
    ("COOWNER-CONSENT-MISSING", _RECORDAL, {"holders": _SHARED}, _SOLE),
    ("COOWNER-CONSENT-MISSING", "pledge", {"holders": _SHARED}, {}),
    ("PLEDGEE-CONSENT-MISSING", "assignment", {"pledges": _pledged()}, {}),
    ("PLEDGEE-CONSENT-MISSING", _RECORDAL, {"pledges": _pledged()}, {}),
    ("EXPORT-PROHIBITED", "assignment", {"export_class": "prohibited"}, {"to_jurisdiction": "HK"}),
    ("EXPORT-CERTIFICATE-MISSING", "assignment", {}, {"to_jurisdiction": "HK"}),
    ("DUPLICATE-RECORDAL", _RECORDAL, {"licences": (_old(licence_id="L-1"),)}, {"licence": _new(licence_id="L-1")}),
    ("LICENCE-BEYOND-EXPIRY", _RECORDAL, {}, {"licence": _new(ends_on="2080-01-05")}),
    ("CONFLICTING-LICENCE", _RECORDAL, {"licences": (_old(kind="exclusive"),)}, {}),
    ("CONFLICTING-LICENCE", _RECORDAL, {"licences": (_old(**_SOLE_GUANGDONG),)}, {}),
    ("CONFLICTING-LICENCE", _RECORDAL, {"licences": (_old(),)}, _EXCLUSIVE),
    ("CONFLICTING-LICENCE", _RECORDAL, {"licences": (_old(**_OPEN),)}, _SOLE),
    ("NOT-GRANTED", "pledge", {"status": "application", "grant_date": None}, {}),
    ("ALREADY-PLEDGED", "pledge", {"pledges": _pledged()}, {}),
    ("PLEDGE-BEYOND-EXPIRY", "pledge", {}, {"pledge": _pledge_terms(debt_term_ends_on="2080-01-05")}),
    ("TWIN-NOT-WAIVED", "pledge", {"same_day_twin": _TWIN}, {}),
    ("INVALIDATION-NOT-WAIVED", "pledge", {"invalidation_requested": True}, {}),
    ("PLEDGE-UNKNOWN", "discharge", {}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("reason", "kind", "entry", "changes"), _REFUSED)
def test_a_filing_is_refused_on_the_ground_that_the_register_gives(  # the case's own columns
    process: SimulatedProcess,
    office: HttpOffice,
    reason: str,
    kind: FilingKind,
    entry: dict[str, Any],
    changes: dict[str, Any],
) -> None:
    right = _enter(process, **entry)
    before = office.register_copy(right)
    outcome = office.file(_filing(kind, right, **changes))
    assert (outcome.state, outcome.reason) == ("refused", reason)
    assert outcome.cure
    paper = office.proof(outcome).decode()
    assert reason in paper
    assert "演示数据 · DEMO" in paper
    after = office.register_copy(right)
    assert msgspec.structs.replace(after, as_of_ms=before.as_of_ms, attestation=before.attestation) == before


_CONFIRMED: list[tuple[FilingKind, dict[str, Any], tuple[str, ...], dict[str, Any]]] = [
    ("assignment", {"status": "application", "grant_date": None, "expiry_date": None}, (), {}),
    ("assignment", {"pledges": _pledged()}, ("pledgee_consent",), {}),
    ("assignment", {"freezes": _frozen("2001-01-01")}, (), {}),
    ("assignment", {"holders": _SHARED}, ("coowner_consent",), _TO_BUYER),
    ("assignment", {"holders": _SHARED}, (), {"from_holders": (_SELLER, _THIRD)}),
    ("assignment", {"export_class": "restricted"}, ("export_certificate",), {"to_jurisdiction": "HK"}),
    ("assignment", {"right_type": "design"}, (), {"to_jurisdiction": "MO"}),
    ("assignment", {"holders": (Holder(company_number=_ABROAD),)}, (), _ABROAD_TO_HK),
    (_RECORDAL, {"holders": _SHARED}, (), {}),
    (_RECORDAL, {"licences": (_old(),)}, (), {}),
    (_RECORDAL, {"licences": (_old(kind="exclusive", licensee=_THIRD),)}, (), {"from_holders": (_THIRD,)}),
    (_RECORDAL, {"licences": (_old(**_SOLE_GUANGDONG),)}, (), {"licence": _new(territory=_GUANGXI)}),
    (_RECORDAL, {"licences": (_old(**_SOLE_SHORT),)}, (), {"licence": _new(starts_on="2026-07-01")}),
    (_RECORDAL, {"licences": (_old(**_SOLE_TOYS),)}, (), {"licence": _new(field_of_use="cars")}),
    (_RECORDAL, {}, (), {"licence": _new(ends_on=None)}),
    ("pledge", {}, (), {}),
    ("pledge", {"same_day_twin": _TWIN}, ("twin_waiver",), {}),
    ("discharge", {"pledges": _pledged(), "freezes": _frozen()}, (), {}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "entry", "papers", "changes"), _CONFIRMED)
def test_a_filing_is_confirmed_where_no_ground_stands_against_it(  # the case's own columns
    process: SimulatedProcess,
    office: HttpOffice,
    kind: FilingKind,
    entry: dict[str, Any],
    papers: tuple[str, ...],
    changes: dict[str, Any],
) -> None:
    right = _enter(process, **entry)
    outcome = office.file(_filing(kind, right, *papers, **changes))
    assert (outcome.state, outcome.reason) == ("confirmed", None)
    copy = office.register_copy(right)
    assert sum(holder.share for holder in copy.holders) == 10_000
    assert copy.version >= 2


def test_a_pledge_stands_in_the_register_until_it_is_discharged(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    right = _enter(process)
    pledge = _filing("pledge", right)
    assert pledge.pledge is not None
    assert office.file(pledge).state == "confirmed"
    assert office.file(_filing("assignment", right)).reason == "PLEDGEE-CONSENT-MISSING"
    discharge = _filing("discharge", right, discharged_pledge_id=pledge.pledge.pledge_id)
    assert office.file(discharge).state == "confirmed"
    assert office.register_copy(right).pledges[0].discharged_on is not None
    assert office.file(_filing("assignment", right)).state == "confirmed"


def test_the_first_of_two_buyers_to_be_decided_gets_the_right(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    right = _enter(process)
    process.faults(processing_delay_ms=1_000)
    first = office.file(_filing("assignment", right))
    second = office.file(_filing("assignment", right, to_holders=(Holder(company_number=_THIRD),)))
    process.control("clock", advance_ms=10_000)
    assert office.outcome(first.filing_id).state == "confirmed"
    assert office.outcome(second.filing_id).reason == "NOT-REGISTERED-HOLDER"


def test_a_filing_sent_many_times_at_once_is_examined_once(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    filing = _filing("assignment", _enter(process))
    after = _last_notice(office)

    def send(_: int) -> FilingOutcome:
        return office.file(filing)

    with ThreadPoolExecutor(8) as crowd:
        assert len(set(crowd.map(send, range(32)))) == 1
    assert [notice.kind for notice in office.notices(after)] == ["filing_confirmed"]


def test_another_filing_under_the_same_id_is_refused(process: SimulatedProcess, office: HttpOffice) -> None:
    filing = _filing("assignment", _enter(process))
    office.file(filing)
    with pytest.raises(CounterpartyError) as refused:
        office.file(msgspec.structs.replace(filing, to_jurisdiction="MO"))
    assert (refused.value.code, refused.value.status, refused.value.retryable) == (
        "FILING-CONFLICT",
        409,
        False,
    )


def test_the_office_may_refuse_on_another_ground(process: SimulatedProcess, office: HttpOffice) -> None:
    right = _enter(process)
    process.faults({"refuse": _ONCE})
    outcome = office.file(_filing("assignment", right))
    assert (outcome.state, outcome.reason) == ("refused", "OTHER-GROUND")
    assert office.register_copy(right).holders[0].company_number == _SELLER


@pytest.mark.parametrize("path", ["register_copy", "outcome"])
def test_an_unknown_id_has_a_code(office: HttpOffice, path: str) -> None:
    with pytest.raises(CounterpartyError) as refused:
        getattr(office, path)("CN-nothing/../..")
    assert refused.value.status == 404


def _last_notice(office: HttpOffice) -> int:
    after = 0
    for _ in range(1_000):
        notices = office.notices(after)
        if not notices:
            return after
        after = notices[-1].notice_id
    pytest.fail("the feed does not end")


def test_each_register_event_gives_one_notice_and_asking_twice_gives_none(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    after = _last_notice(office)
    right = _enter(process)
    for _ in range(2):
        process.control("freeze", right_id=right, kind="dispute", until=_FAR)
    for _ in range(2):
        process.control("release", right_id=right, kind="dispute")
    process.control("pledge", right_id=right, pledge=msgspec.to_builtins(_pledged()[0]))
    process.control("fee", right_id=right, fee_paid_until="2091-01-01")
    outcome = office.file(_filing("assignment", right))
    for order in ("decide-invalidity", "uphold", "decide-invalidity", "invalidate"):
        process.control(order, right_id=right)
    process.control("lapse", right_id=_enter(process))
    pending = _enter(process, status="application", grant_date=None, expiry_date=None)
    process.control("grant", right_id=pending, grant_date="2026-01-01", expiry_date="2041-01-04")
    process.control("refuse", right_id=_enter(process, status="application", grant_date=None))
    notices = office.notices(after)
    assert [notice.kind for notice in notices] == [
        "entered", "frozen", "released", "pledged", "fee_paid", "filing_refused",
        "invalidity_decided", "upheld", "invalidity_decided", "invalidated", "entered", "lapsed", "entered", "granted",
        "entered", "refused",
    ]  # fmt: skip
    assert [notice.notice_id for notice in notices] == list(range(after + 1, after + 17))
    assert (notices[5].filing_id, notices[5].reason) == (outcome.filing_id, outcome.reason)
    assert all(verify_attestation(notice, process.signer) for notice in notices)


def test_an_application_alone_is_refused_and_one_whose_fees_stay_unpaid_is_withdrawn(tmp_path: Path) -> None:
    with SimulatedProcess("office", tmp_path / "office.sqlite") as process:
        office = HttpOffice.at(process.endpoint())
        granted = _enter(process)
        answer = process.ask("POST", "/simulation/refuse", json={"right_id": granted})
        assert (answer.status_code, answer.json()["code"]) == (409, "RIGHT-ENDED")
        unpaid = _enter(process, status="application", grant_date=None, fee_paid_until="2030-06-30")
        process.control("clock", advance_ms=10 * 366 * 86_400_000)
        assert office.register_copy(unpaid).status == "refused"
        assert facts_of(office.register_copy(unpaid)).status == "refused"
        assert office.file(_filing("assignment", unpaid)).reason == "RIGHT-ENDED"
        office.close()


def test_a_licence_that_others_have_filed_stands_in_the_copy_and_in_what_the_exchange_takes_from_it(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    right = _enter(process)
    licence = _old(kind="exclusive", ends_on=None)
    process.control("licence", right_id=right, licence=msgspec.to_builtins(licence))
    assert office.register_copy(right).licences == (licence,)
    licences = facts_of(office.register_copy(right)).licences
    assert licences is not UNSET
    (taken,) = licences
    assert (taken.licence_id, taken.kind, taken.licensee) == (licence.licence_id, "exclusive", _THIRD)
    assert office.file(_filing("licence_recordal", right)).reason == "CONFLICTING-LICENCE"
    over = msgspec.structs.replace(licence, ends_on=licence.starts_on)
    process.control("licence", right_id=right, licence=msgspec.to_builtins(over))
    assert office.register_copy(right).licences == (over,)


def test_a_decision_of_invalidity_that_is_not_final_ends_nothing_at_the_office(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    right = _enter(process)
    answer = process.ask("POST", "/simulation/uphold", json={"right_id": right})
    assert (answer.status_code, answer.json()["code"]) == (409, "RIGHT-ENDED")
    process.control("decide-invalidity", right_id=right)
    assert facts_of(office.register_copy(right)).status == "invalidity_decided"
    assert office.file(_filing("assignment", right)).state == "confirmed"
    assert office.register_copy(right).status == "invalidity_decided"
    process.control("uphold", right_id=right)
    assert office.register_copy(right).status == "granted"
    process.control("invalidate", right_id=right)
    answer = process.ask("POST", "/simulation/decide-invalidity", json={"right_id": right})
    assert (answer.status_code, answer.json()["code"]) == (409, "RIGHT-ENDED")


def test_the_calendar_brings_grace_lapse_expiry_and_the_end_of_a_freeze(tmp_path: Path) -> None:
    with SimulatedProcess("office", tmp_path / "office.sqlite") as process:
        office = HttpOffice.at(process.endpoint())
        unpaid = _enter(process, fee_paid_until="2030-06-30", freezes=_frozen("2030-03-31"))
        ending = _enter(process, expiry_date="2031-01-04")
        assert [notice.kind for notice in office.notices()] == ["entered", "entered"]
        process.control("clock", advance_ms=20 * 366 * 86_400_000)
        assert [(notice.right_id, notice.kind) for notice in office.notices(2)] == [
            (unpaid, "released"),
            (unpaid, "lapsed"),
            (ending, "expired"),
        ]
        assert (office.register_copy(unpaid).status, office.register_copy(ending).status) == (
            "lapsed",
            "expired",
        )
        assert process.ask("POST", "/simulation/clock", json={"advance_ms": 2**52}).status_code == 422
        office.close()


@pytest.mark.parametrize("seed", range(5))
def test_notices_that_come_twice_shuffled_and_late_are_read_once_each_in_order(
    process: SimulatedProcess, office: HttpOffice, seed: int
) -> None:
    after = start = _last_notice(office)
    rights = [_enter(process) for _ in range(8)]
    process.faults({"twice": _SURE, "out_of_order": _SURE}, seed=seed)
    seen: list[str] = []
    for _ in range(100):
        notices = office.notices(after)
        seen += [notice.right_id for notice in notices]
        after += len(notices)
        if after == start + 8:
            break
    assert seen == rights


def test_an_answer_to_another_question_is_not_taken_for_this_one(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    first, second = _enter(process), _enter(process)
    office.register_copy(second)
    process.faults({"out_of_order": _ONCE})
    assert office.register_copy(first).right_id == first


def test_an_answer_that_never_fits_the_question_is_a_coded_error(
    process: SimulatedProcess, office: HttpOffice
) -> None:
    first, second = _enter(process), _enter(process)
    for right in (first, second):
        office.register_copy(right)
    process.faults({"out_of_order": {"per_mille": 1000, "remaining": 1}})
    single = HttpOffice.at(process.endpoint(attempts=1))
    with pytest.raises(CounterpartyError) as failed:
        single.register_copy(first)
    single.close()
    assert (failed.value.code, failed.value.retryable) == ("OFFICE-ANSWER-MISMATCHED", True)


@pytest.mark.parametrize("fault", ["error", "drop", "truncate"])
def test_a_filing_whose_answer_is_lost_is_sent_again_and_examined_once(
    process: SimulatedProcess, office: HttpOffice, fault: str
) -> None:
    right = _enter(process)
    process.faults({fault: {"per_mille": 1000, "remaining": 3}})
    outcome = office.file(_filing("assignment", right))
    process.faults({fault: {"per_mille": 1000, "remaining": 3}})
    assert sha256(office.proof(outcome)).hexdigest() == outcome.proof_sha256
    assert office.register_copy(right).version == 2


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("error", "OFFICE-UNAVAILABLE"),
        ("drop", "OFFICE-UNREACHABLE"),
        ("truncate", "OFFICE-RESPONSE-MALFORMED"),
        ("oversize", "OFFICE-RESPONSE-TOO-LARGE"),
        ("wrong_signature", "ATTESTATION-INVALID"),
    ],
)
def test_an_office_that_stays_broken_gives_a_coded_error(
    process: SimulatedProcess, office: HttpOffice, fault: str, code: str
) -> None:
    process.faults({fault: _SURE})
    with pytest.raises(CounterpartyError) as failed:
        office.notices()
    assert failed.value.code == code
    assert failed.value.cure


def test_a_proof_that_another_key_signed_is_refused(process: SimulatedProcess, office: HttpOffice) -> None:
    outcome = office.file(_filing("assignment", _enter(process)))
    assert outcome.proof_sha256 is not None
    forged = sign(bytes.fromhex(outcome.proof_sha256), PrivateKey(b"\x05" * 32))
    with pytest.raises(CounterpartyError, match="ATTESTATION-INVALID"):
        office.proof(msgspec.structs.replace(outcome, proof_signature=forged))
    other = office.file(_filing("assignment", _enter(process)))
    swapped = msgspec.structs.replace(
        outcome, proof_sha256=other.proof_sha256, proof_signature=other.proof_signature
    )
    with pytest.raises(CounterpartyError, match="OFFICE-ANSWER-MISMATCHED"):
        office.proof(swapped)


def test_the_same_seed_gives_the_same_faults(tmp_path: Path) -> None:
    patterns = []
    for name in ("one", "two", "other"):
        with SimulatedProcess("office", tmp_path / f"{name}.sqlite") as process:
            process.faults({"error": {"per_mille": 500}}, seed=9 if name == "other" else 8)
            answers = [process.ask("GET", "/notices").status_code for _ in range(20)]
            process.kill()
            process.start()
            patterns.append(answers + [process.ask("GET", "/notices").status_code for _ in range(20)])
    assert patterns[0] == patterns[1] != patterns[2]
    assert set(patterns[0]) == {200, 500}


def test_sigkill_loses_nothing_that_the_office_has_answered(tmp_path: Path) -> None:
    process = SimulatedProcess("office", tmp_path / "office.sqlite")
    with process:
        signer = process.signer
        rights = [_enter(process) for _ in range(3)]
        answered: list[FilingOutcome] = []
        for right in rights:
            office = HttpOffice.at(process.endpoint())
            answered.append(office.file(_filing("assignment", right)))
            process.faults(processing_delay_ms=3_600_000)
            process.kill()
            office.close()
            process.start()
            assert process.signer == signer
        office = HttpOffice.at(process.endpoint())
        assert [outcome.state for outcome in answered] == ["confirmed", "received", "received"]
        assert [office.outcome(outcome.filing_id) for outcome in answered] == answered
        process.control("clock", advance_ms=3_600_000)
        assert {office.outcome(outcome.filing_id).state for outcome in answered} == {"confirmed"}
        assert [notice.notice_id for notice in office.notices()] == list(range(1, 7))
        office.close()


def test_entering_a_right_again_changes_nothing(process: SimulatedProcess, office: HttpOffice) -> None:
    right = _enter(process)
    office.file(_filing("assignment", right))
    before = office.register_copy(right)
    _enter(process, right_id=right)
    assert (office.register_copy(right).version, office.register_copy(right).holders) == (2, before.holders)


@pytest.mark.parametrize(
    "change",
    [
        {"holders": []},
        {"holders": [{"company_number": "A", "share": 9_999}]},
        {"expiry_date": "2026-02-30"},
        {"right_id": "CN-../x"},
        {"status": "stolen"},
        {"unknown": 1},
    ],
)
def test_a_malformed_entry_is_refused(
    process: SimulatedProcess, office: HttpOffice, change: dict[str, Any]
) -> None:
    after = _last_notice(office)
    entry = msgspec.to_builtins(
        catalogue.entry_for_imported(
            "US-14182756", right_type="invention", title="Demo", filing_date="2014-02-18", as_of="2026-01-01"
        )
    )
    answer = process.ask("POST", "/simulation/register", json={"entries": [{**entry, **change}]})
    assert answer.status_code == 422
    assert office.notices(after) == ()


def test_an_imported_right_gets_a_fictional_holder_always_the_same() -> None:
    numbers = {company.company_number for company in catalogue.COMPANIES}
    for right in ("US-14182756", "CN-201610178553.5"):
        entries = {
            catalogue.entry_for_imported(
                right, right_type="invention", title="x", filing_date="2016-02-29", as_of="2026-01-01"
            )
            .holders[0]
            .company_number
            for _ in range(3)
        }
        assert len(entries) == 1
        assert entries <= numbers
    old = catalogue.entry_for_imported(
        "US-1",
        right_type="invention",
        title="x",
        filing_date="1999-01-01",
        as_of="2026-01-01",
        grant_date="2001-01-01",
    )
    assert old.status == "expired"


def test_no_call_is_answered_without_the_shared_secret(process: SimulatedProcess) -> None:
    for path in ("/register/CN-1", "/filings/x", "/filings/x/proof", "/notices", "/simulation/faults"):
        answer = process.ask("GET", path, headers={"Authorization": f"Bearer {TOKEN}x"})
        assert (answer.status_code, answer.json()["code"]) == (401, "TOKEN-INVALID")
        assert answer.json()["simulated"] is True


def test_a_body_beyond_the_limit_is_refused(process: SimulatedProcess) -> None:
    answer = process.ask("POST", "/filings", content=b" " * (4 * 1024 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "BODY-TOO-LARGE")
