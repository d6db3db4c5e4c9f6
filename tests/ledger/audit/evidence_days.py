"""A day at the evidence desk: several lodge the same digest, entries are held, descriptions erased, and a year passes."""

from __future__ import annotations

from typing import Any

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.evidence import KEPT_MS, document_commitment
from tests.exchange.auction_rule_cases import auctioned, erase
from tests.exchange.outcomes import code
from tests.exchange.scene import digest
from tests.ledger.audit.journal_maker import JournalScene


def lodged(scene: JournalScene, party: str, text: str, **facts: Any) -> Any:
    """A party lodges a text's digest; the description can be opened."""
    terms = c.EvidenceTerms(
        **({"sha256": digest(text), "document_salt": digest(f"salt {party} {text}"), "kind": "work"} | facts)
    )
    command = c.LodgeEvidence(document=document_commitment(terms.sha256, terms.sm3, terms.document_salt))
    return scene.by(party, scene.erasable(command, description=f"《{text}》手稿"), terms)


def _held(scene: JournalScene, *entries: int) -> str:
    command = c.PlaceLegalHold(document_digest=digest("order"))
    sealed = scene.erasable(command, reference="（2027）粤03证保1号", reason="the court asks")
    outcome = scene.operator(sealed, terms=c.LegalHoldTerms(entries=entries, ground="court_order"))
    return str(outcome.result["hold_id"])


def _lifted(scene: JournalScene, hold_id: str) -> Any:
    command = c.LiftLegalHold(hold_id=hold_id, document_digest=digest("order lifted"))
    return scene.operator(scene.erasable(command, reference="（2027）粤03证保1号之一", reason="it has ended"))


def evidence_day(scene: JournalScene) -> None:
    """Who lodged first stays first; a hold and an auction's records keep a description, and nothing else does."""
    author, rival, waiting = scene.party(), scene.party(), scene.party(approve=False)
    lodged(scene, author, "设计一", sm3=digest("sm3"))
    first = len(scene.stored) - 1
    scene.wait(MS_PER_DAY)
    assert code(lodged(scene, rival, "设计一", kind="infringement_capture")) == ""
    second = len(scene.stored) - 1
    assert code(lodged(scene, author, "设计一")) == "EVIDENCE-STANDS"
    assert code(lodged(scene, waiting, "设计一")) == "PARTY-NOT-ACTIVE"
    hold = _held(scene, first, second)
    other = _held(scene, first)
    assert code(erase(scene, first)) == "LEGAL-HOLD"
    assert code(_lifted(scene, hold)) == ""
    assert code(_lifted(scene, hold)) == "UNKNOWN-ID"
    assert code(erase(scene, first)) == "LEGAL-HOLD"
    assert code(erase(scene, second)) == ""
    assert code(_lifted(scene, other)) == ""
    scene.document("auctioneer_licence")
    listing = scene.listing(author, scene.right(author), "english", **auctioned(scene))
    lodged(scene, author, "拍品说明", subject_id=listing, kind="technical_document")
    kept = len(scene.stored) - 1
    assert code(erase(scene, kept)) == "CN-AUCTION-LAW-54"
    lodged(scene, rival, "说明", subject_id="D-99")
    right = next(iter(scene.state.rights))
    lodged(scene, rival, "说明", subject_id=right, kind="correspondence")
    scene.record_state_hash()
    _held(scene, kept)
    scene.wait(KEPT_MS)
    assert code(lodged(scene, author, "设计一")) == ""
    scene.record_state_hash()
