"""What becomes of a right that is given again: after an approval, in other words, under the same key."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

import pytest

from api.client import VenueProblem
from api.rights.imports.read import read
from exchange import commands as c
from tests.api.running_venue import RunningVenue, company_number


def right_number() -> str:
    return f"16{secrets.randbelow(10**6):06d}"


def table(number: str, title: str = "A device 演示") -> bytes:
    return f"office,application_number,title,filing_date\nUS,{number},{title},2019-03-01\n".encode()


def rows(number: str, title: str = "A device 演示") -> Any:
    report = read(table(number, title), "rights.csv", dt.date(2026, 1, 1))
    assert not report.refused
    return report.accepted


def end_of_journal(venue: RunningVenue) -> int:
    entry: int = venue.public.transport.get("/v1/time")["last_entry"]
    return entry


def test_what_was_refused_before_the_approval_is_taken_after_it(venue: RunningVenue) -> None:
    seller = venue.party("seller", approve=False)
    number = right_number()
    for title in ("A device 演示", "A device 演示", "Another device 演示"):
        (outcome,) = seller.submit_rights(rows(number, title))
        assert (outcome.outcome, outcome.code) == ("refused", "PARTY-NOT-ACTIVE")
    venue.admit(seller.party_id, "letter seen")
    assert [each.outcome for each in seller.submit_rights(rows(number))] == ["registered"]
    end = end_of_journal(venue)
    assert [each.outcome for each in seller.submit_rights(rows(number))] == ["unchanged"]
    assert end_of_journal(venue) == end
    assert [each.outcome for each in seller.submit_rights(rows(number, "Another 演示"))] == ["unchanged"]


def test_an_upload_repeats_its_answer_under_its_key(venue: RunningVenue) -> None:
    content, key = table(right_number()) + table(right_number()).splitlines()[1], secrets.token_hex(8)
    first = venue.operator.upload_rights(content, "text/csv", idempotency_key=key)
    assert [row["outcome"] for row in first["submitted"]] == ["registered", "registered"]
    end = end_of_journal(venue)
    assert venue.operator.upload_rights(content, "text/csv", idempotency_key=key) == first
    assert end_of_journal(venue) == end


def test_another_file_under_the_key_of_an_upload_is_refused_whole(venue: RunningVenue) -> None:
    key, number = secrets.token_hex(8), right_number()
    line = table(number).splitlines()[1]
    venue.operator.upload_rights(table(number), "text/csv", idempotency_key=key)
    end = end_of_journal(venue)
    for other in (
        table(right_number()),
        table(number) + table(right_number()).splitlines()[1],
        table(number) + line,
    ):
        with pytest.raises(VenueProblem) as caught:
            venue.operator.upload_rights(other, "text/csv", idempotency_key=key)
        assert (caught.value.code, caught.value.status) == ("IDEMPOTENCY-KEY-REUSED", 422)
    assert end_of_journal(venue) == end


@pytest.mark.parametrize(
    "title", ["x" * 501, "patent \u202eecived", "two\nlines", "bell\a", "soft\u00adhyphen"]
)
def test_a_title_has_a_bound_and_steers_no_readers_eye(venue: RunningVenue, title: str) -> None:
    right_id = f"US-{right_number()}"
    command = c.ImportRight(right_id=right_id, office="US", right_type="invention", filing_date="2019-03-01")
    with pytest.raises(VenueProblem) as caught:
        venue.operator.give("/v1/rights", command, parts={"bibliography": {"title": title}})
    assert (caught.value.code, caught.value.status) == ("BODY-MALFORMED", 422)


def test_a_result_is_imported_with_its_description_sealed(venue: RunningVenue) -> None:
    number = f"2026{secrets.randbelow(10**6):06d}"
    command = c.ImportRight(
        right_id=f"CN-achievement-{number}",
        office="CN",
        right_type="achievement",
        filing_date=None,
        achievement=c.Achievement(
            completing_entity=company_number(),
            field="C22",
            readiness_level=6,
            registration_number=number,
        ),
    )
    parts = {"bibliography": {"title": "演示成果"}, "completing_persons": ["甲"], "description": "简介"}
    venue.operator.give("/v1/rights", command, parts=parts)
    shown = venue.public.transport.get(f"/v1/rights/{command.right_id}")
    assert shown["achievement"]["readiness_level"] == 6
    assert "甲" not in str(shown)


def test_a_stranger_cannot_keep_a_company_out_by_its_number(venue: RunningVenue) -> None:
    number = company_number()
    stranger, company = venue.applicant(), venue.applicant()
    for client in (stranger, company):
        client.apply(
            roles=("seller",),
            jurisdiction="CN",
            company_number=number,
            profile={"name": "示例甲"},
            authorisation_letter="授权委托书",
        )
    venue.admit(company.party_id, "letter checked with the company")
    with pytest.raises(VenueProblem) as caught:
        venue.admit(stranger.party_id, "by mistake")
    assert caught.value.code == "COMPANY-KNOWN"
