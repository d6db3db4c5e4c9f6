"""Fictional rights and companies of the demonstration: 演示数据 · DEMO.

The numbers have valid check digits and serials from 9999000 on, which no office has given out; the company
numbers have valid check characters and the region 000000, which does not exist; every title says 演示. Dates
that have to lie near the present are reckoned from the day that the caller names.
"""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from hashlib import sha256
from typing import Literal, NamedTuple

import msgspec
from stdnum.cn import uscc

from exchange.rights.numbers import check_digit
from ledger.office import (
    WHOLE,
    Holder,
    RegisterContent,
    RegisteredFreeze,
    RegisteredPledge,
)

RightType = Literal["invention", "utility_model", "design"]
_DIGIT_OF_TYPE = {"invention": "1", "utility_model": "2", "design": "3"}
_YEARS_OF_TYPE = {"invention": 20, "utility_model": 10, "design": 15}
_FIRST_SERIAL = 9_999_001
_PAID_AHEAD = timedelta(
    days=400
)  # so that a demonstration that jumps a year ahead meets no unpaid fee by accident
HONG_KONG_MEMBER = "HK-99990010.7"
"""A Hong Kong registration of the family of one of the CN rights; a right of its own."""
HONG_KONG_RIGHT = "HK-99990020.4"
"""A Hong Kong patent of a company there, of no family."""


class FictionalCompany(NamedTuple):
    """A company that does not exist. `company_number`: a USCC with a valid check, or an opaque number."""

    name: str
    english_name: str
    company_number: str
    jurisdiction: str
    category: Literal["company", "university", "bank"]


class _Right(NamedTuple):
    """A fictional CN right: its serial is its place in the list."""

    title: str
    right_type: RightType
    filed: str
    granted: str
    holder: int
    ipc: str


def _company_number(place: int, authority: str) -> str:
    """Make a USCC: authority and kind, region 000000, organisation code (GB 11714), check character."""
    organisation = f"{place:08d}"
    weights = (3, 7, 9, 10, 5, 8, 4, 2)
    remainder = (
        11 - sum(int(digit) * weight for digit, weight in zip(organisation, weights, strict=True)) % 11
    )
    check = {10: "X", 11: "0"}.get(remainder, str(remainder))
    body = f"{authority}000000{organisation}{check}"
    return body + uscc.calc_check_digit(body)


_STEMS = ("甲", "乙", "丙", "丁", "戊", "己", "庚", "辛")
_ENGLISH = ("Jia", "Yi", "Bing", "Ding", "Wu", "Ji", "Geng", "Xin")
COMPANIES: tuple[FictionalCompany, ...] = (
    *(
        FictionalCompany(
            f"示例{stem}有限公司",
            f"Example {english} Co., Ltd.",
            _company_number(place, "91"),
            "CN",
            "company",
        )
        for place, (stem, english) in enumerate(zip(_STEMS, _ENGLISH, strict=True), start=1)
    ),
    FictionalCompany("示例大学", "Example University", _company_number(21, "12"), "CN", "university"),
    FictionalCompany(
        "示例银行股份有限公司", "Example Bank Co., Ltd.", _company_number(31, "91"), "CN", "bank"
    ),
    FictionalCompany("示例（香港）有限公司", "Example (Hong Kong) Limited", "HK-00000001", "HK", "company"),
    FictionalCompany("示例（澳門）有限公司", "Example (Macau) Limited", "MO-00000001", "MO", "company"),
)
HONG_KONG_COMPANIES: tuple[FictionalCompany, ...] = tuple(
    FictionalCompany(
        f"示例{stem}（香港）有限公司", f"Example {english} (Hong Kong) Limited", number, "HK", "company"
    )
    for stem, english, number in (
        ("乾", "Qian", "99990002"),
        ("坤", "Kun", "99990003"),
        ("震", "Zhen", "99990004"),
        ("巽", "Xun", "99990005"),
    )
)
"""Companies of a venue of the Hong Kong profile, with numbers that the business register has not given out."""
BANK = next(company for company in COMPANIES if company.category == "bank")
UNIVERSITY = next(company for company in COMPANIES if company.category == "university")
_UNIVERSITY = COMPANIES.index(UNIVERSITY)

_RIGHTS: tuple[_Right, ...] = (
    _Right("演示：一种电池热管理方法及装置", "invention", "2019-03-12", "2021-06-18", 0, "H01M 10/613"),
    _Right("演示：一种港口集装箱调度方法", "invention", "2019-05-20", "2021-09-03", 0, "G06Q 10/06"),
    _Right("演示：一种柔性显示面板的检测方法", "invention", "2018-11-08", "2021-01-15", 1, "G01N 21/88"),
    _Right("演示：一种语音降噪模型的训练方法", "invention", "2020-02-27", "2022-08-12", 1, "G10L 21/0208"),
    _Right("演示：一种无人机避障控制方法", "invention", "2020-07-14", "2022-12-02", 2, "G05D 1/10"),
    _Right("演示：一种海水淡化膜的制备方法", "invention", "2017-09-05", "2020-04-24", 2, "B01D 67/00"),
    _Right("演示：一种数据存证的校验方法", "invention", "2021-01-19", "2023-05-30", 3, "H04L 9/32"),
    _Right("演示：一种工业机器人关节减速器", "invention", "2019-08-23", "2021-11-09", 3, "B25J 17/02"),
    _Right("演示：一种药物缓释微球及其制备方法", "invention", "2018-04-16", "2021-03-26", 4, "A61K 9/16"),
    _Right("演示：一种激光雷达的标定方法", "invention", "2020-10-29", "2023-02-17", 4, "G01S 7/497"),
    _Right("演示：一种光伏组件的回收方法", "invention", "2021-06-08", "2023-10-20", 5, "B09B 3/00"),
    _Right("演示：一种基站节能调度方法", "invention", "2020-12-11", "2023-04-07", 5, "H04W 52/02"),
    _Right(
        "演示：一种高熵合金涂层及其制备方法",
        "invention",
        "2019-04-02",
        "2021-07-13",
        _UNIVERSITY,
        "C23C 4/08",
    ),
    _Right(
        "演示：一种量子点发光材料的合成方法",
        "invention",
        "2020-05-26",
        "2022-10-11",
        _UNIVERSITY,
        "C09K 11/88",
    ),
    _Right("演示：一种可折叠的运输箱", "utility_model", "2021-03-30", "2021-12-07", 6, "B65D 6/18"),
    _Right("演示：一种充电桩的散热结构", "utility_model", "2022-02-15", "2022-09-20", 6, "B60L 53/302"),
    _Right("演示：一种旧式阀门组件", "utility_model", "2012-05-10", "2013-01-16", 7, "F16K 1/00"),
    _Right("演示：一种园林修枝装置", "utility_model", "2021-09-24", "2022-04-12", 7, "A01G 3/08"),
    _Right("演示：便携式空气净化器", "design", "2021-08-18", "2022-01-25", 0, ""),
    _Right("演示：带图形界面的血压计", "design", "2022-04-21", "2022-11-15", 4, ""),
)
# Places in the list of the rights with a story of their own.
_PLEDGED, _CO_OWNED, _FROZEN, _IN_GRACE, _RESTRICTED, _WITH_FAMILY = 1, 3, 5, 7, 9, 11
_OWN_STORIES = {
    "pledged": _PLEDGED,
    "co_owned": _CO_OWNED,
    "frozen": _FROZEN,
    "in_grace": _IN_GRACE,
    "restricted": _RESTRICTED,
    "with_family": _WITH_FAMILY,
    "expired": 16,
}


def application_number(place: int) -> str:
    """Give the CN application number, with its check digit, of the fictional right at this place."""
    right = _RIGHTS[place]
    digits = f"{right.filed[:4]}{_DIGIT_OF_TYPE[right.right_type]}{_FIRST_SERIAL + place}"
    return f"{digits}.{check_digit(digits)}"


def right_id_of(story: str) -> str:
    """Give the id of the right that tells a story: `pledged`, `co_owned`, `frozen`, `in_grace` and so on.

    Raises:
        KeyError: there is no such story.
    """
    return f"CN-{application_number(_OWN_STORIES[story])}"


def register_entries(as_of: str) -> tuple[RegisterContent, ...]:
    """Give the register's entries for the 20 fictional CN rights and the Hong Kong one, as of an ISO date.

    What has expired by then is entered as expired; what the calendar brings later is the office's own work.
    """
    today = date.fromisoformat(as_of)
    entries = [_ordinary_entry(place, today) for place in range(len(_RIGHTS))]
    change = msgspec.structs.replace
    pledge = RegisteredPledge(
        pledge_id="DEMO-PLEDGE-1",
        pledgee=BANK.company_number,
        sum_minor=300_000_000,
        currency="CNY",
        kind="secured",
        debt_term_ends_on=(today + timedelta(days=700)).isoformat(),
        registered_on=(today - timedelta(days=300)).isoformat(),
    )
    entries[_PLEDGED] = change(entries[_PLEDGED], pledges=(pledge,))
    shares = (Holder(company_number=_holder(1), share=6_000), Holder(company_number=_holder(2), share=4_000))
    entries[_CO_OWNED] = change(entries[_CO_OWNED], holders=shares)
    freeze = RegisteredFreeze(kind="preservation", until=(today + timedelta(days=500)).isoformat())
    entries[_FROZEN] = change(entries[_FROZEN], freezes=(freeze,))
    overdue = (today - timedelta(days=30)).isoformat()
    entries[_IN_GRACE] = change(entries[_IN_GRACE], fee_paid_until=overdue, grace=True)
    entries[_RESTRICTED] = change(entries[_RESTRICTED], export_class="restricted")
    entries[_WITH_FAMILY] = change(entries[_WITH_FAMILY], family=(HONG_KONG_MEMBER,))
    member = change(
        entries[_WITH_FAMILY],
        right_id=HONG_KONG_MEMBER,
        office="HK",
        title="演示：一種基站節能調度方法",
        grant_date="2023-11-03",
        export_class="unclassified",
        family=(entries[_WITH_FAMILY].right_id,),
    )
    return (*entries, member)


def entry_for_imported(  # noqa: PLR0913  # the facts of an imported record
    right_id: str,
    *,
    right_type: str,
    title: str,
    filing_date: str,
    as_of: str,
    grant_date: str | None = None,
    granted: bool = False,
) -> RegisterContent:
    """Make a register entry for an imported right: its published facts, with a fictional holder and status.

    The holder is one of the fictional companies, always the same for the same right. `granted`: the right is granted,
    whether or not the record tells when.
    """
    today = date.fromisoformat(as_of)
    companies = [
        company for company in COMPANIES if company.category == "company" and company.jurisdiction == "CN"
    ]
    chosen = companies[int.from_bytes(sha256(right_id.encode()).digest()[:4]) % len(companies)].company_number
    expiry = _years_later(date.fromisoformat(filing_date), _YEARS_OF_TYPE.get(right_type, 20))
    granted = granted or grant_date is not None
    status: Literal["application", "granted", "expired"] = "granted" if granted else "application"
    return RegisterContent(
        right_id=right_id,
        office=right_id[:2],
        right_type=right_type,
        title=title[:500],
        status="expired" if expiry < today else status,
        holders=(Holder(company_number=chosen),),
        filing_date=filing_date,
        grant_date=grant_date,
        expiry_date=expiry.isoformat() if granted else None,
        fee_paid_until=_paid_until(date.fromisoformat(filing_date), today) if granted else None,
    )


def import_file() -> str:
    """Give the 20 fictional CN rights as CSV for import into a catalogue."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(
        ("application_number", "right_type", "title", "filing_date", "grant_date", "applicant", "ipc")
    )
    for place, right in enumerate(_RIGHTS):
        applicant = COMPANIES[right.holder].name
        number = f"CN{application_number(place)}"
        rows.writerow(
            (number, right.right_type, right.title, right.filed, right.granted, applicant, right.ipc)
        )
    return text.getvalue()


def _ordinary_entry(place: int, today: date) -> RegisterContent:
    right = _RIGHTS[place]
    filed = date.fromisoformat(right.filed)
    expiry = _years_later(filed, _YEARS_OF_TYPE[right.right_type])
    return RegisterContent(
        right_id=f"CN-{application_number(place)}",
        office="CN",
        right_type=right.right_type,
        title=right.title,
        status="expired" if expiry < today else "granted",
        holders=(Holder(company_number=_holder(right.holder), share=WHOLE),),
        filing_date=right.filed,
        grant_date=right.granted,
        expiry_date=expiry.isoformat(),
        fee_paid_until=_paid_until(filed, today),
        export_class="free",
    )


def _holder(place: int) -> str:
    return COMPANIES[place].company_number


def _paid_until(filed: date, today: date) -> str:
    """Give the anniversary of the filing up to which the annual fee is paid."""
    ahead = today + _PAID_AHEAD
    this_year = _years_later(filed, ahead.year - filed.year)
    return (this_year if this_year >= ahead else _years_later(filed, ahead.year - filed.year + 1)).isoformat()


def _years_later(day: date, years: int) -> date:
    """Give the same day some years on; 29 February becomes 28 February where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)
