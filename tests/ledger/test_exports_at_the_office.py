"""An invention that is sold out of the Mainland, before the office that registers it: the paper on its export."""

from __future__ import annotations

from typing import Any

import pytest

from exchange import commands as c
from exchange.engine import VERSIONS
from exchange.rows import Deal
from exchange.terms import filing_package
from exchange.terms.text import DEMO_MARK
from ledger.errands.filings import filed
from ledger.office import Holder, RegisterContent
from scripts.simulated.examination import examine
from tests.exchange.outcomes import code
from tests.exchange.scene import Scene
from tests.exchange.test_exports_filed_again import agreed, classify
from tests.exchange.test_pledge_receipts import Earlier

PAPERS = {"free": "export_registration", "restricted": "export_licence"}
"""By class of the technology: what its export has on record."""


def answered(scene: Scene, deal: Deal) -> str | None:
    """The office's answer to a deal as it was filed: the ground of its refusal, None where it confirms."""
    right = scene.state.rights[deal.right_id]
    content = RegisterContent(
        right_id=right.id,
        office="CN",
        right_type="invention",
        title="演示",
        status="granted",
        holders=tuple(Holder(company_number=each.company_number) for each in right.holder_of_record),
        filing_date="2019-03-01",
        grant_date="2021-06-01",
        expiry_date="2039-03-01",
        export_class=right.export_class,
    )
    return examine(content, filed(scene.state.filings[deal.filing_id]), "2026-06-01")


def paid(export_class: str, scene: Scene | None = None, **fields: Any) -> tuple[Scene, Deal]:
    """A deal with a buyer from Hong Kong whose export is on record and whose price is in escrow."""
    scene, deal = agreed(export_class, PAPERS[export_class], scene, **fields)
    assert code(scene.fund(deal.id)) == ""
    return scene, deal


def shown(scene: Scene, deal: Deal) -> str:
    """The paper on a deal's export."""
    return filing_package.papers_of(scene.state, deal).get("export_certificate", "")


@pytest.mark.parametrize("export_class", PAPERS)
def test_an_invention_sold_to_hong_kong_is_registered_on_the_paper_that_counts(export_class: str) -> None:
    scene, deal = paid(export_class)
    (document,) = (each for each in scene.state.documents.values() if each.document == PAPERS[export_class])
    paper = shown(scene, deal)
    assert paper.startswith(DEMO_MARK)
    assert (document.digest in paper, document.id in paper) == (True, True)
    assert code(scene.file(deal.id)) == ""
    assert answered(scene, deal) is None
    assert code(scene.confirm(deal.id)) == ""
    scene.replay()


@pytest.mark.parametrize(
    ("export_class", "refused"), [("free", "CN-TECHNOLOGY-EXPORT-36"), ("restricted", "WRONG-STATE")]
)
def test_nothing_is_filed_before_the_paper_is_on_record(export_class: str, refused: str) -> None:
    scene, deal = agreed(export_class)
    scene.fund(deal.id)
    assert shown(scene, deal) == ""
    assert code(scene.file(deal.id)) == refused


def test_a_package_without_the_paper_is_not_the_deals() -> None:
    scene, deal = paid("free")
    package = scene.package(deal.id)
    for wrong in ({}, {"export_certificate": "0" * 64}):
        short = {name: each for name, each in package.items() if name != "export_certificate"} | wrong
        outcome = scene.operator(c.FileDeal(deal_id=deal.id, filing_id="F-1", package=short))
        assert outcome.refusal is not None
        assert (outcome.refusal.code, outcome.refusal.detail["paper"]) == (
            "PACKAGE-DIFFERS",
            "export_certificate",
        )


def test_the_paper_is_of_what_counts_after_the_class_has_changed_and_stays_as_it_was_filed() -> None:
    scene, deal = paid("free")
    before = shown(scene, deal)
    classify(scene, deal, "restricted")
    assert shown(scene, deal) == ""
    scene.document("export_licence", deal.id)
    licensed = shown(scene, deal)
    assert "技术出口许可证" in licensed
    assert licensed != before
    assert code(scene.file(deal.id)) == ""
    scene.wait(1_000)
    scene.document("export_licence", deal.id)
    assert shown(scene, deal) == licensed
    assert answered(scene, deal) is None


@pytest.mark.parametrize("kind", ["ordinary_licence", "exclusive_licence"])
def test_the_recordal_of_a_licence_shows_it_as_well(kind: str) -> None:
    scene, deal = paid("free", deal_kind=kind)
    assert code(scene.file(deal.id)) == ""
    assert "export_certificate" in scene.state.filings[deal.filing_id].package
    assert answered(scene, deal) is None


def test_a_venue_of_an_earlier_engine_files_what_it_always_did() -> None:
    scene, deal = paid("free", Earlier())
    assert code(scene.file(deal.id)) == ""
    assert "export_certificate" not in deal.package
    scene.give(c.ActivateVersion(schema=VERSIONS[0], engine=5, rulebook=VERSIONS[2]))
    assert shown(scene, deal) == ""
