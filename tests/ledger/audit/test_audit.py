from __future__ import annotations

from tests.ledger.audit.conftest import Auditor


def test_an_untouched_journal_is_verified_and_says_what_it_could_not_check(auditor: Auditor) -> None:
    report = auditor.audit(auditor.journal.data)
    assert report.findings == ()
    assert report.verified
