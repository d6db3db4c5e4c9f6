"""What the venue has of a company before it acts here: its papers, and its screening against the lists, each dated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import UNSET

from exchange.calendar import MS_PER_DAY
from exchange.commands import PaperKind
from exchange.rows import Party
from exchange.rules.rule import refuse, venue_rule
from exchange.rules.venue import FACT_MISSING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from exchange.commands import Paper

SINCE_ENGINE = 5
SCREENING_MS = 366 * MS_PER_DAY
"""How long a screening counts."""
PAPERS: dict[PaperKind, str] = {
    "licence": "applicant",
    "legal_representative": "applicant",
    "signatory": "applicant",
    "beneficial_owners": "applicant",
    "screening": "operator",
}
"""What the venue has of every company, and who supplies it."""
STILL_BOUND = venue_rule(
    108,
    "PARTY-STILL-BOUND",
    "a company leaves once nothing of its is open: no listing, bid, order or need, no deal, nothing owed, no pledge, "
    "no money on an account or on its way from the bank, and no list or record of staff that names it",
    "主体注销账户时，不得有未了结的挂牌、报价、委托、技术需求、成交、应付款或者质押，账户余额须为零、无付款在途，且未被列入名单"
    "或者记录为本中心工作人员",
    "bring what the detail names to its end, then close",
    "请先了结明细所列事项，再办理注销",
    steps=("join",),
)


def stands(paper: Paper, time_ms: int) -> bool:
    """Whether a paper counts at a time: it has not run out, and of a screening a year has not gone by."""
    if paper.valid_until_ms is not None and paper.valid_until_ms <= time_ms:
        return False
    return paper.paper != "screening" or time_ms < paper.dated_ms + SCREENING_MS


def papers_are_complete(party: Party, papers: Iterable[Paper], time_ms: int) -> None:
    """All kinds of papers are there and count; the refusal names every one that lacks, a comma between them.

    The proof of beneficial owners says whether the company holds for others.

    Raises:
        Refusal: FACT-MISSING.
    """
    there = {paper.paper: paper for paper in papers if stands(paper, time_ms)}
    missing = [kind for kind in PAPERS if kind not in there]
    if missing:
        supplier = PAPERS[missing[0]]
        refuse(FACT_MISSING, fact=", ".join(missing), party_id=party.id, supplier=supplier)
    if there["beneficial_owners"].nominee is UNSET:
        refuse(FACT_MISSING, fact="nominee", party_id=party.id, supplier="applicant")


def says_it_is_a_nominee(party: Party) -> bool | None:
    """Whether a company holds for others by its proof of beneficial owners; None where none is on record."""
    said = {paper.nominee for paper in on_record(party) if paper.nominee is not UNSET}
    return said.pop() if said else None


def on_record(party: Party) -> tuple[Paper, ...]:
    """The papers on record of a party."""
    return () if party.papers is UNSET else party.papers
