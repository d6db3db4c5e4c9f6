"""How the simulated office examines a filing: by what its register holds on the day, and nothing else.

The grounds follow the refusal lists for licence recordal (CNIPA Order 62 of 2011, Art. 12) and for pledge
registration (CNIPA Announcement 461 of 2021), and Arts 10, 14 and 15 of the Patent Law with its Rules 15 and
103 to 105. Pure: no I/O, no clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from stdnum.cn import uscc

from ledger.office import (
    REQUIRED_PAPERS,
    WHOLE,
    Filing,
    Holder,
    RegisterContent,
    RegisteredLicence,
    RegisteredPledge,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


STANDING = frozenset({"application", "granted", "registered", "invalidity_decided"})
"""A decision of invalidity that is not final ends nothing."""


class Ground(NamedTuple):
    """A ground of refusal: the words of the office's paper, and what would cure it."""

    chinese: str
    english: str
    cure: str


GROUNDS: dict[str, Ground] = {
    "PACKAGE-INCOMPLETE": Ground("文件不齐备", "papers are missing", "file again with every required paper"),
    "TERMS-MISSING": Ground(
        "合同缺少必要条款", "required terms are missing", "file again with the terms of this kind"
    ),
    "RIGHT-ENDED": Ground(
        "专利权已终止或者被宣告无效", "the right has ended or was invalidated", "none for this right"
    ),
    "NOT-GRANTED": Ground("专利申请尚未授权", "the right is not granted yet", "file again after the grant"),
    "NOT-REGISTERED-HOLDER": Ground(
        "转让人、许可人或者出质人不是登记的专利权人",
        "not filed by the registered holders",
        "let the registered holders file",
    ),
    "SHARES-MISMATCHED": Ground(
        "受让份额与转让份额不符",
        "the shares do not add up",
        "give the assignees exactly the assignors' shares",
    ),
    "COOWNER-CONSENT-MISSING": Ground(
        "未经共有人同意", "a co-owner has not consented", "add the paper coowner_consent (Patent Law Art. 14)"
    ),
    "FEE-GRACE": Ground(
        "专利年费处于滞纳期", "the annual fee is overdue", "pay the annual fee and surcharge, then file again"
    ),
    "FROZEN": Ground(
        "专利权处于中止或者财产保全期间",
        "the right is suspended or preserved",
        "file again after the release (Rule 105)",
    ),
    "PLEDGEE-CONSENT-MISSING": Ground(
        "专利权已质押且未经质权人同意",
        "the pledgee has not consented",
        "add pledgee_consent (Civil Code Art. 444)",
    ),
    "DUPLICATE-RECORDAL": Ground(
        "重复备案", "this licence is recorded already", "none needed: it is recorded"
    ),
    "LICENCE-BEYOND-EXPIRY": Ground(
        "许可期限超过专利权有效期", "the licence outlives the right", "end it at the expiry"
    ),
    "CONFLICTING-LICENCE": Ground(
        "与已备案的许可相冲突", "a recorded licence is incompatible", "change kind, term, territory or field"
    ),
    "ALREADY-PLEDGED": Ground(
        "专利权已被登记质押", "the right is pledged already", "have the earlier pledge discharged"
    ),
    "PLEDGE-BEYOND-EXPIRY": Ground(
        "债务履行期限超过专利权有效期", "the debt outlives the right", "shorten the debt's term"
    ),
    "TWIN-NOT-WAIVED": Ground(
        "同日申请的同样发明创造",
        "there is a same-day twin right",
        "add the paper twin_waiver, or pledge both",
    ),
    "INVALIDATION-NOT-WAIVED": Ground(
        "专利权已被启动无效宣告程序",
        "an invalidation has been requested",
        "add the paper invalidation_waiver",
    ),
    "PLEDGE-UNKNOWN": Ground(
        "登记簿无此质权", "the register holds no such pledge", "name a pledge that stands"
    ),
    "EXPORT-PROHIBITED": Ground(
        "禁止出口的技术", "the technology must not be exported", "none for this assignee"
    ),
    "EXPORT-CERTIFICATE-MISSING": Ground(
        "缺少技术出口许可证或者登记证书", "the export papers are missing", "add the paper export_certificate"
    ),
    "OTHER-GROUND": Ground(
        "其他不予登记或者备案的情形", "another ground of the office", "ask the office, then file again"
    ),
}


_CHANGEABLE = ("sum_minor", "kind", "debt_term_ends_on")
"""Of a registered pledge; another pledgee or currency is another pledge."""


def examine(content: RegisterContent, filing: Filing, today: str) -> str | None:
    """Decide a filing by the register on this day (ISO): the first ground of refusal, or None to confirm."""
    return next((code for code, holds in _grounds(content, filing, today) if holds), None)


def applied(content: RegisterContent, filing: Filing, today: str) -> RegisterContent:
    """Give the entry as a confirmed filing leaves it."""
    replace = msgspec.structs.replace
    if filing.kind == "assignment":
        kept = tuple(holder for holder in content.holders if holder.company_number not in filing.from_holders)
        return replace(content, holders=_merged((*kept, *filing.to_holders)))
    if filing.kind == "licence_recordal" and filing.licence is not None:
        licence = RegisteredLicence(**msgspec.structs.asdict(filing.licence), recorded_on=today)
        return replace(content, licences=(*content.licences, licence))
    if filing.kind == "pledge_change" and filing.pledge is not None:
        changed = filing.pledge
        return replace(
            content,
            pledges=tuple(
                replace(pledge, **{name: getattr(changed, name) for name in _CHANGEABLE})
                if pledge.pledge_id == changed.pledge_id and pledge.discharged_on is None
                else pledge
                for pledge in content.pledges
            ),
        )
    if filing.kind == "pledge" and filing.pledge is not None:
        pledge = RegisteredPledge(**msgspec.structs.asdict(filing.pledge), registered_on=today)
        return replace(content, pledges=(*content.pledges, pledge))
    pledges = tuple(
        replace(pledge, discharged_on=today)
        if pledge.pledge_id == filing.discharged_pledge_id and pledge.discharged_on is None
        else pledge
        for pledge in content.pledges
    )
    return replace(content, pledges=pledges)


def standing_pledges(content: RegisterContent) -> tuple[RegisteredPledge, ...]:
    """Give the pledges that are not discharged."""
    return tuple(pledge for pledge in content.pledges if pledge.discharged_on is None)


def _grounds(content: RegisterContent, filing: Filing, today: str) -> Iterator[tuple[str, bool]]:
    yield "PACKAGE-INCOMPLETE", not set(REQUIRED_PAPERS[filing.kind]) <= set(filing.package)
    yield "TERMS-MISSING", _terms_missing(filing)
    yield "RIGHT-ENDED", content.status not in STANDING
    registered = {holder.company_number for holder in content.holders} | _licensees(content, filing, today)
    yield "NOT-REGISTERED-HOLDER", not set(filing.from_holders) <= registered
    if (
        filing.kind != "discharge"
    ):  # Rule 105 bars waiver, change, transfer and pledge, not the end of a pledge
        yield "FROZEN", any(freeze.until is None or freeze.until >= today for freeze in content.freezes)
        yield "FEE-GRACE", content.grace
    yield from _OF_KIND[filing.kind](content, filing, today)


def _licensees(content: RegisterContent, filing: Filing, today: str) -> set[str]:
    """Who may have a sub-licence recorded: the licensees whose own licences are recorded and run."""
    if filing.kind != "licence_recordal":
        return set()
    running = (each for each in content.licences if each.ends_on is None or each.ends_on >= today)
    return {each.licensee for each in running if each.licensee is not None}


def _assignment(content: RegisterContent, filing: Filing, _: str) -> Iterator[tuple[str, bool]]:
    given = sum(holder.share for holder in content.holders if holder.company_number in filing.from_holders)
    yield "SHARES-MISMATCHED", sum(holder.share for holder in filing.to_holders) != given
    yield "COOWNER-CONSENT-MISSING", given != WHOLE and "coowner_consent" not in filing.package
    yield "PLEDGEE-CONSENT-MISSING", _pledgee_silent(content, filing)
    leaves = (
        content.office == "CN"
        and content.right_type not in {"design", "trademark", "copyright"}
        and filing.to_jurisdiction != "CN"
    )
    exported = leaves and any(uscc.is_valid(holder) for holder in filing.from_holders)
    yield "EXPORT-PROHIBITED", exported and content.export_class == "prohibited"
    yield "EXPORT-CERTIFICATE-MISSING", exported and "export_certificate" not in filing.package


def _licence_recordal(content: RegisterContent, filing: Filing, today: str) -> Iterator[tuple[str, bool]]:
    licence = filing.licence
    if licence is None:
        return
    alone = set(filing.from_holders) != {holder.company_number for holder in content.holders}
    needs_all = (
        alone and licence.kind != "ordinary"
    )  # Art. 14: a co-owner may grant an ordinary licence alone
    yield "COOWNER-CONSENT-MISSING", needs_all and "coowner_consent" not in filing.package
    yield "PLEDGEE-CONSENT-MISSING", _pledgee_silent(content, filing)
    yield "DUPLICATE-RECORDAL", any(known.licence_id == licence.licence_id for known in content.licences)
    last = licence.ends_on or licence.starts_on
    yield "LICENCE-BEYOND-EXPIRY", content.expiry_date is not None and last > content.expiry_date
    wanted = RegisteredLicence(**msgspec.structs.asdict(licence), recorded_on=today)
    # A licence stands above the sub-licences that its own licensee grants.
    beside = (known for known in content.licences if known.licensee not in filing.from_holders)
    yield "CONFLICTING-LICENCE", any(_conflict(known, wanted) for known in beside)


def _pledge(content: RegisterContent, filing: Filing, _: str) -> Iterator[tuple[str, bool]]:
    pledge = filing.pledge
    if pledge is None:
        return
    yield "NOT-GRANTED", content.status != "granted"
    alone = set(filing.from_holders) != {holder.company_number for holder in content.holders}
    yield "COOWNER-CONSENT-MISSING", alone and "coowner_consent" not in filing.package
    known = {earlier.pledge_id for earlier in content.pledges}
    yield "ALREADY-PLEDGED", bool(standing_pledges(content)) or pledge.pledge_id in known
    beyond = content.expiry_date is not None and pledge.debt_term_ends_on > content.expiry_date
    yield "PLEDGE-BEYOND-EXPIRY", beyond
    yield "TWIN-NOT-WAIVED", content.same_day_twin is not None and "twin_waiver" not in filing.package
    yield (
        "INVALIDATION-NOT-WAIVED",
        content.invalidation_requested and "invalidation_waiver" not in filing.package,
    )


def _pledge_change(content: RegisterContent, filing: Filing, _: str) -> Iterator[tuple[str, bool]]:
    pledge = filing.pledge
    if pledge is None:
        return
    standing = {(each.pledge_id, each.pledgee, each.currency) for each in standing_pledges(content)}
    yield "PLEDGE-UNKNOWN", (pledge.pledge_id, pledge.pledgee, pledge.currency) not in standing
    beyond = content.expiry_date is not None and pledge.debt_term_ends_on > content.expiry_date
    yield "PLEDGE-BEYOND-EXPIRY", beyond


def _discharge(content: RegisterContent, filing: Filing, _: str) -> Iterator[tuple[str, bool]]:
    standing = {pledge.pledge_id for pledge in standing_pledges(content)}
    yield "PLEDGE-UNKNOWN", filing.discharged_pledge_id not in standing


_OF_KIND: dict[str, Callable[[RegisterContent, Filing, str], Iterator[tuple[str, bool]]]] = {
    "assignment": _assignment,
    "licence_recordal": _licence_recordal,
    "pledge": _pledge,
    "pledge_change": _pledge_change,
    "discharge": _discharge,
}


def _terms_missing(filing: Filing) -> bool:
    """Whether the filing lacks what its kind is about, or names a term that ends before it starts."""
    licence = filing.licence
    if filing.kind == "licence_recordal":
        return licence is None or (licence.ends_on is not None and licence.ends_on < licence.starts_on)
    present = {
        "assignment": filing.to_holders,
        "pledge": filing.pledge,
        "pledge_change": filing.pledge,
        "discharge": filing.discharged_pledge_id,
    }
    return not present[filing.kind]


def _pledgee_silent(content: RegisterContent, filing: Filing) -> bool:
    return bool(standing_pledges(content)) and "pledgee_consent" not in filing.package


def _conflict(known: RegisteredLicence, wanted: RegisteredLicence) -> bool:
    """Whether two licences cannot stand side by side in the same time, territory and field.

    An exclusive licence tolerates none, a sole one only what its own licensor does; an ordinary and an open
    one tolerate each other (Patent Law Art. 51, technology-contract interpretation Art. 25).
    """
    tolerant = {"ordinary", "open"}
    if known.kind in tolerant and wanted.kind in tolerant:
        return False
    in_time = (known.ends_on is None or known.ends_on >= wanted.starts_on) and (
        wanted.ends_on is None or wanted.ends_on >= known.starts_on
    )
    in_place = any(_within(one, other) for one in known.territory for other in wanted.territory)
    in_field = "all" in {known.field_of_use, wanted.field_of_use} or known.field_of_use == wanted.field_of_use
    return in_time and in_place and in_field


def _within(one: str, other: str) -> bool:
    """Whether two territories such as `CN` and `CN-GD` overlap."""
    return one == other or one.startswith(f"{other}-") or other.startswith(f"{one}-")


def _merged(holders: tuple[Holder, ...]) -> tuple[Holder, ...]:
    """Add up the shares of a holder that stands twice, in the order of first appearance."""
    shares: dict[str, int] = {}
    for holder in holders:
        shares[holder.company_number] = shares.get(holder.company_number, 0) + holder.share
    return tuple(Holder(company_number=number, share=share) for number, share in shares.items())
