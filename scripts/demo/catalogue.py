"""What is traded: real patents and applications, 20 fictional granted rights, two technology results."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from importlib import metadata
from pathlib import Path
from typing import Any

import msgspec

from api.rights.imports.read import read
from api.rights.imports.report import ImportedRight
from exchange.commands import Achievement, ImportRight
from ledger.office import Holder, RegisterContent
from scripts.demo.cast import Cast, Player
from scripts.demo.waiting import DemoFailed, wait_for
from scripts.simulated.catalogue import HONG_KONG_MEMBER, entry_for_imported, import_file

CN_APPLICATIONS = Path(__file__).parent / "data" / "cn_applications.csv"
US_FILE = "uspto_peds_sample.jsonl"
US_RIGHTS = 40
ACHIEVEMENTS = (
    ("CN-achievement-2026990001", "演示成果：海水提锂吸附材料中试工艺", "2025-06-30"),
    ("CN-achievement-2026990002", "演示成果：钙钛矿薄膜缺陷检测软件", "2025-09-15"),
)


@dataclass(frozen=True)
class Catalogue:
    """Ids of the rights by where they come from."""

    fictional: list[str]
    chinese: list[str]
    american: list[str]
    achievements: list[str]
    count: int

    @property
    def real(self) -> frozenset[str]:
        """Rights that exist; their holders and status are the simulated register's all the same."""
        return frozenset((*self.chinese, *self.american))


def bring_in(cast: Cast, today: date) -> Catalogue:
    """Import every right, enter it into the simulated register, and wait for the register copies."""
    fictional = _rows(import_file().encode(), "演示.csv", today)
    chinese = _rows(CN_APPLICATIONS.read_bytes(), CN_APPLICATIONS.name, today)
    american = [row for row in _rows(us_records(), US_FILE, today) if row.grant_number][:US_RIGHTS]
    rows = [*fictional, *chinese, *american]
    entries = [entry_of(row, today) for row in (*chinese, *american)]
    entries += [_achievement_entry(right_id, title, day, cast) for right_id, title, day in ACHIEVEMENTS]
    cast.control.enter_rights([msgspec.to_builtins(entry) for entry in entries])
    operator = cast.operator
    outcomes = operator.submit_rights(rows)
    refused = [outcome for outcome in outcomes if outcome.outcome == "refused"]
    if refused:
        message = f"{len(refused)} rights were refused, the first with {refused[0].code}"
        raise DemoFailed(message)
    for right_id, title, day in ACHIEVEMENTS:
        command = ImportRight(
            right_id=right_id,
            office="CN",
            right_type="achievement",
            filing_date=day,
            achievement=Achievement(
                completing_entity=_completer(right_id, cast).company.company_number,
                field="C02",
                readiness_level=6,
                registration_number=right_id.rpartition("-")[2],
            ),
        )
        parts = {
            "bibliography": {"title": title},
            "completing_persons": ["演示完成人甲", "演示完成人乙"],
            "description": f"{title}：演示成果简介",
        }
        operator.give("/v1/rights", command, parts=parts)
    member = ImportRight(
        right_id=HONG_KONG_MEMBER, office="HK", right_type="invention", filing_date="2020-12-11"
    )
    operator.give("/v1/rights", member, parts={"bibliography": {"title": "演示：一種基站節能調度方法"}})
    count = len(rows) + len(ACHIEVEMENTS) + 1
    wait_for(
        lambda: sum(right.status is not None for right in operator.rights()) >= count,
        "a register copy of every right",
    )
    return Catalogue(
        fictional=[row.right_id for row in fictional],
        chinese=[row.right_id for row in chinese],
        american=[row.right_id for row in american],
        achievements=[right_id for right_id, _, _ in ACHIEVEMENTS],
        count=count,
    )


def _rows(content: bytes, name: str, today: date) -> list[ImportedRight]:
    report = read(content, name, today)
    if report.refused:
        message = f"{name}: line {report.refused[0].line} is refused with {report.refused[0].code}"
        raise DemoFailed(message)
    return list(report.accepted)


def us_records() -> bytes:
    """The data package's records of US patents and applications, as JSON lines.

    Raises:
        DemoFailed: the package lacks them.
    """
    files = metadata.distribution("patentbench").files or ()
    found = [file for file in files if file.name == US_FILE]
    if not found:
        message = "the data package patentbench is not whole: run make setup again"
        raise DemoFailed(message)
    return Path(str(found[0].locate())).read_bytes()


def entry_of(row: ImportedRight, today: date) -> RegisterContent:
    """The simulated register's entry for a real record: published facts, a fictional holder and status.

    The US records name the granted patent and no date of its grant, so the entry has none.
    """
    return entry_for_imported(
        row.right_id,
        right_type=row.right_type or "invention",
        title=row.title,
        filing_date=row.filing_date,
        as_of=today.isoformat(),
        grant_date=row.grant_date,
        granted=row.grant_number is not None,
    )


def _completer(right_id: str, cast: Cast) -> Player:
    return cast.university if right_id == ACHIEVEMENTS[1][0] else cast.firms[2]


def _achievement_entry(right_id: str, title: str, day: str, cast: Cast) -> RegisterContent:
    holder = _completer(right_id, cast)
    facts: dict[str, Any] = {"status": "achievement", "filing_date": day}
    return RegisterContent(
        right_id=right_id,
        office="CN",
        right_type="achievement",
        title=title,
        holders=(Holder(company_number=holder.company.company_number, share=10_000),),
        **facts,
    )
