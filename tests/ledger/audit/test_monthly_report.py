"""The month's report: its sums are those that a second, plain reading of the file's lines gives, and it hides nothing."""

from __future__ import annotations

import io
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from api.cli.audit_command import app
from api.cli.audit_report import WORDS_OF, markdown
from ledger.audit.monthly import KeptReconciliation, Monthly, monthly_report
from ledger.audit.offline import DecidedOtherwise, OfflineRefused
from ledger.months import Month, MonthRefused
from tests.barred_words import BARRED
from tests.ledger.audit.golden_exports import changed, entries_of, golden, public_copy

MONTHS = [f"2027-{month:02}" for month in range(1, 12)]
EIGHT_HOURS = timedelta(hours=8)


def report(number: int, month: str, kept: list[KeptReconciliation] | None = None) -> Monthly:
    return monthly_report(io.BytesIO(golden(number)), Month.read(month), kept)


def lines_in(number: int, month: str) -> list[dict[str, Any]]:
    """The month's entries as bare JSON, found by the calendar date that their time has in UTC+8."""
    entries = [json.loads(line) for line in golden(number).splitlines()]
    return [
        line
        for line in entries
        if "public" in line
        and (datetime.fromtimestamp(line["public"]["time_ms"] / 1000, UTC) + EIGHT_HOURS).strftime("%Y-%m")
        == month
    ]


def events_in(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [event for line in lines for event in line["outcome"]["value"]["events"] if event["type"] == kind]


def prices(number: int) -> dict[str, tuple[str, int]]:
    """Each deal's currency and price, found the long way round: replayed to the end, then looked up."""
    from ledger.audit.offline import Decided
    from ledger.audit.replay import Replay

    found: dict[str, tuple[str, int]] = {}
    replay = Replay()
    for _ in Decided(io.BytesIO(golden(number)), replay):
        for deal in replay._engine.state.deals.values():
            found.setdefault(deal.id, (deal.currency, deal.price))
    return found


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_every_months_sums_are_those_of_a_second_naive_reading(number: int) -> None:
    price_of = prices(number)
    entries = 0
    for month in MONTHS:
        made, lines = report(number, month), lines_in(number, month)
        entries += made.entries
        assert made.entries == len(lines)
        answers = [line["public"]["answer"] for line in lines]
        assert made.accepted == sum(answer["status"] == "accepted" for answer in answers)
        assert made.refusals == Counter(answer["code"] for answer in answers if answer["status"] == "refused")

        posted: Counter[tuple[str, str]] = Counter()
        in_out: Counter[tuple[str, str]] = Counter()
        for event in events_in(lines, "posted"):
            posted[event["currency"], event["purpose"]] += event["amount"]
            in_out[event["currency"], "in"] += event["amount"] * ("custody" in event["debit"])
            in_out[event["currency"], "out"] += event["amount"] * ("custody" in event["credit"])
            in_out[event["currency"], "fees"] += event["amount"] * (event["credit"].startswith("venue/fees"))
        for currency, sums in made.sums.items():
            assert sums.postings == {
                purpose: sum_ for (of, purpose), sum_ in posted.items() if of == currency
            }
            assert (sums.paid_in, sums.paid_out, sums.fees) == tuple(
                in_out[currency, name] for name in ("in", "out", "fees")
            )
        assert {of for of, _ in posted} <= set(made.sums)

        begun = [event["deal_id"] for event in events_in(lines, "deal_changed") if not event["old"]]
        assert [deal.deal_id for deal in made.deals] == begun
        assert made.deals_made == len(begun)
        agreed: Counter[str] = Counter()
        for deal_id in begun:
            agreed[price_of[deal_id][0]] += price_of[deal_id][1]
        assert {currency: sums.agreed for currency, sums in made.sums.items() if sums.deals} == agreed
        assert made.deal_states == Counter(event["new"] for event in events_in(lines, "deal_changed"))

        unwound = [
            event for event in events_in(lines, "deal_changed") if event["new"] in {"UNWINDING", "REASSIGNED"}
        ]
        cancelled = events_in(lines, "deal_cancelled")
        assert made.counts.get("undone", 0) == len(made.undone) == len(unwound) + len(cancelled)
        rotated = sum(
            len(events_in(lines, kind))
            for kind in ("key_enrolled", "key_rotated", "key_revoked", "counter_advanced")
        )
        assert made.counts.get("key_changes", 0) == rotated
        recovered = ("recovery_proposed", "recovery_vetoed", "recovery_due", "recovery_changed")
        assert made.counts.get("recoveries", 0) == sum(len(events_in(lines, kind)) for kind in recovered)
        assert made.counts.get("erasures", 0) == len(events_in(lines, "sealed_part_erased"))
        defaults = len(events_in(lines, "deal_defaulted")) + len(events_in(lines, "deal_overdue"))
        refused = [
            event for event in events_in(lines, "chain_record_reported") if event["outcome"] == "refused"
        ]
        assert made.counts.get("alarms", 0) == defaults + len(refused)
    assert entries == len(entries_of(golden(number)))


def test_what_the_golden_journals_have_is_told() -> None:
    """So that the sums above are not all of nothing."""
    second, third = report(2, "2027-01"), [report(3, month) for month in MONTHS]
    assert second.deals
    assert {each.what for each in [*report(2, "2027-02").recoveries, *second.recoveries]} >= {
        "recovery_proposed",
        "recovery_vetoed",
    }
    assert any(each.undone for each in third)
    assert any(each.refusals for each in third) or report(1, "2027-01").refusals
    assert sum(len(each.alarms) for each in third) >= 3


def test_a_month_ends_at_midnight_in_utc_plus_eight() -> None:
    month = Month.read("2027-02")
    assert month.from_ms == 1_801_411_200_000
    assert month.to_ms - month.from_ms == 28 * 86_400_000
    assert Month.read("2028-02").to_ms - Month.read("2028-02").from_ms == 29 * 86_400_000


@pytest.mark.parametrize(
    "text", ["2027-13", "2027-00", "27-01", "2027-1", "2027-01-01", "", "0001-01", "２０２７-01"]
)
def test_what_is_no_month_is_refused(text: str) -> None:
    with pytest.raises(MonthRefused, match="REPORT-MONTH"):
        Month.read(text)


def test_an_entry_that_is_decided_otherwise_makes_no_report_and_one_after_the_month_does_not_matter() -> None:
    refused = {"status": "refused", "code": "UNKNOWN-ID"}
    forged = changed(golden(1), 60, answer=refused)
    with pytest.raises(DecidedOtherwise):
        monthly_report(io.BytesIO(forged), Month.read("2027-02"))
    early = [line["public"]["entry"] for line in lines_in(1, "2027-01")]
    assert early[-1] < 60, "the forged entry is a later month's"
    assert monthly_report(io.BytesIO(forged), Month.read("2027-01")) == report(1, "2027-01")


def test_a_public_copy_has_no_events_to_report_from() -> None:
    with pytest.raises(OfflineRefused, match="OFFLINE-PUBLIC"):
        monthly_report(io.BytesIO(public_copy(golden(1))), Month.read("2027-01"))


def test_reconciliations_are_the_months_and_named_as_the_venues_own_word() -> None:
    month = Month.read("2027-01")
    kept = [
        KeptReconciliation(
            made_ms=made_ms,
            block=9,
            differences=differences,
            codes={"RECORD-MISSING": 1} if differences else {},
        )
        for made_ms, differences in (
            (month.to_ms, 7),
            (month.to_ms - 1, 1),
            (month.from_ms, 0),
            (month.from_ms - 1, 7),
        )
    ]
    made = report(1, "2027-01", kept)
    assert made.reconciliations is not None
    assert [each.differences for each in made.reconciliations] == [0, 1]
    assert "RECONCILIATIONS-VENUES-OWN" in {note.code for note in made.not_checked}
    without = report(1, "2027-01")
    assert without.reconciliations is None
    assert "RECONCILIATIONS" in {note.code for note in without.not_checked}
    assert {"EVIDENCE", "IDENTITY", "LOGGED-ALARMS", "LATER-ENTRIES"} <= {
        note.code for note in without.not_checked
    }


def test_the_report_is_printed_as_markdown_in_both_languages_and_as_json(tmp_path: Path) -> None:
    file, kept = tmp_path / "journal.jsonl", tmp_path / "kept.json"
    file.write_bytes(golden(3))
    kept.write_bytes(
        msgspec.json.encode(
            [KeptReconciliation(made_ms=Month.read("2027-02").from_ms, block=4_321, differences=0)]
        )
    )
    run = CliRunner().invoke
    arguments = ["report", str(file), "--month", "2027-02", "--reconciliations", str(kept)]
    both = run(app, arguments).stdout
    chinese, english = (run(app, [*arguments, "--language", each]).stdout for each in ("zh", "en"))
    assert both.strip() == f"{chinese.strip()}\n\n{english.strip()}"
    whole = msgspec.json.decode(run(app, [*arguments, "--json"]).stdout, type=Monthly)
    assert whole == report(3, "2027-02", whole.reconciliations)
    for page, place in ((chinese, 0), (english, 1)):
        assert page.startswith(f"# {WORDS_OF['title'][place]} 2027-02")
        assert all(deal.deal_id in page for deal in whole.deals)
        assert all(
            f"## {WORDS_OF[name][place]}" in page
            for name in ("sums", "refusals", "outages", "recoveries", "not_checked")
        )
        assert "4321" in page
        assert not any(word in page for word in BARRED)
    assert run(app, ["report", str(file), "--month", "2027-2"]).exit_code == 2


def test_a_cell_cannot_break_out_of_its_table() -> None:
    made = report(1, "2027-01")
    forged = msgspec.structs.replace(made, refusals={"A|B\n## C": 1})
    assert "\n## C" not in markdown(forged, "en")
    assert "A\\|B ## C" in markdown(forged, "en")
