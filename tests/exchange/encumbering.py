"""Disputes, freezes by notice and pledges in a few words each."""

from __future__ import annotations

from typing import Any

from msgspec import UNSET, UnsetType

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.deals.filing import filing_digest
from exchange.rights.pledge_contracts import contract_digest
from exchange.turn import Outcome
from tests.exchange.scene import Scene, digest

REFERENCE = {"reference": digest("case number")}
REASONED = {**REFERENCE, "reason": digest("reason")}
YEAR_MS = 365 * MS_PER_DAY


def dispute(scene: Scene, deal_id: str, party: str = "", **fields: Any) -> Outcome:
    """A deal comes into dispute, by its buyer unless another is named; `venue` for an operator."""
    by = party or scene.state.deals[deal_id].buyer
    facts: dict[str, Any] = {
        "ground": "non_performance",
        "body": "scia",
        "document_digest": digest("request"),
    } | fields
    if by == "venue":
        return scene.operator(c.RaiseDispute(deal_id=deal_id, erasable=REASONED, **facts))
    return scene.by(by, c.RaiseDispute(deal_id=deal_id, **({"erasable": REFERENCE} | facts)))


def outcome(
    scene: Scene,
    deal_id: str,
    what: str = "resume",
    reverse: str | None = None,
    *,
    defaulted: str | UnsetType = UNSET,
) -> Outcome:
    """An operator records the outcome of a deal's dispute."""
    deal = scene.state.deals.get(deal_id)
    disputes = (deal.disputes if deal is not None else ()) or ("DIS-0",)
    command = c.RecordDisputeOutcome(
        dispute_id=disputes[-1],
        outcome=what,  # type: ignore[arg-type]
        document_digest=digest("award"),
        reverse_deal=reverse,
        defaulted=defaulted,
    )
    return scene.operator(command)


def give_back(scene: Scene, deal_id: str, price: int = 900_00, **fields: Any) -> Outcome:
    """The outcome of a deal's dispute has its right given back."""
    deal = scene.state.deals.get(deal_id)
    disputes = (deal.disputes if deal is not None else ()) or ("DIS-0",)
    facts: dict[str, Any] = {"dispute_id": disputes[-1], "document_digest": digest("award")}
    return scene.operator(c.OrderReverseDeal(**(facts | fields)), terms=c.ReverseDealTerms(price=price))


def freeze(scene: Scene, right_id: str, ground: str = "dispute", **fields: Any) -> Outcome:
    """The venue is told of a freeze; a court's lasts 30 days unless said otherwise."""
    until_ms = None if ground == "dispute" else scene.now + 30 * MS_PER_DAY
    facts = {"since_ms": scene.now, "until_ms": until_ms, "document_digest": digest("notice")} | fields
    command = c.RecordFreeze(right_id=right_id, ground=ground, **({"erasable": REFERENCE} | facts))  # type: ignore[arg-type]
    return scene.operator(command)


def lift(scene: Scene, freeze_id: str) -> Outcome:
    return scene.operator(c.LiftFreeze(freeze_id=freeze_id, document_digest=digest("lifted")))


def pledge_terms(scene: Scene, **fields: Any) -> c.PledgeTerms:
    facts: dict[str, Any] = {
        "amount": 30_000_00,
        "currency": "CNY",
        "kind": "secured",
        "ends_ms": scene.now + YEAR_MS,
        "twin": "none",
        "invalidation": "none",
    }
    return c.PledgeTerms(**(facts | fields))


def draw_up(scene: Scene, pledgor: str, pledgee: str, *rights: str, **fields: Any) -> Outcome:
    """A holder draws up a pledge of rights."""
    erasable = fields.pop("erasable", {"contract": digest("contract")})
    command = c.DrawUpPledge(rights=rights, pledgee=pledgee, erasable=erasable)
    return scene.by(pledgor, command, pledge_terms(scene, **fields))


def sign(scene: Scene, pledge_id: str, party: str = "") -> Outcome:
    contract = scene.state.pledge_contracts.get(pledge_id)
    signed = digest("") if contract is None else contract_digest(contract)
    by = party or contract.pledgee
    return scene.by(by, c.SignPledge(pledge_id=pledge_id, contract_digest=signed))


def consent(scene: Scene, pledge_id: str, party: str) -> Outcome:
    """A co-owner consents to the pledge as it stands now."""
    contract = scene.state.pledge_contracts.get(pledge_id)
    read = digest("") if contract is None else contract_digest(contract)
    return scene.by(party, c.ConsentToPledge(pledge_id=pledge_id, contract_digest=read))


def lodge_consent(scene: Scene, pledge_id: str, company_number: str, **fields: Any) -> Outcome:
    """An operator lodges a co-owner's paper."""
    contract = scene.state.pledge_contracts.get(pledge_id)
    read = digest("") if contract is None else contract_digest(contract)
    facts = {"erasable": {"consent": digest("paper"), "reason": digest("reason")}} | fields
    command = c.LodgePledgeConsent(pledge_id=pledge_id, contract_digest=read, **facts)
    return scene.operator(command, terms=c.PledgeConsentTerms(company_number=company_number))


def file(scene: Scene, pledge_id: str) -> Outcome:
    command = c.FilePledge(
        pledge_id=pledge_id, filing_id=f"PF-{pledge_id}", package_digest=digest("application")
    )
    return scene.operator(command)


def hand_in(scene: Scene, pledge_id: str, filing_id: str = "") -> Outcome:
    """What is asked of the office now goes there through its adapter."""
    filing_id = filing_id or f"PH-{len(scene.requests)}"
    command = c.HandInPledge(pledge_id=pledge_id, filing_id=filing_id, document_digest=digest("paper"))
    return scene.operator(command)


def decided(scene: Scene, filing_id: str, reason_code: str = "", **fields: Any) -> Outcome:
    """The office has confirmed a pledge's filing, or refused it on a ground."""
    filing = scene.state.filings[filing_id]
    stated: dict[str, Any] = {
        "kind": filing.filing_kind,
        "right_id": filing.right_id,
        "package_digest": filing_digest(filing),
        "cure": None,
        "proof_title": "专利权质押登记通知书",
        "register_version": 2,
        "received_ms": scene.now,
        "decided_ms": scene.now,
        "simulated": True,
        "attestation": "",
    }
    proof: dict[str, Any] = {
        "pledge_id": filing.pledge_id,
        "filing_id": filing_id,
        "proof_digest": digest(f"paper {filing_id} {reason_code}"),
        "proof_signature": "0x" + "44" * 65,
    }
    if reason_code:
        proof["reason_code"] = reason_code
    shape = c.RefusePledgeFiling if reason_code else c.ConfirmPledgeFiling
    said = {name: fields.pop(name) for name in set(fields) & set(stated)}
    return scene.service(shape(**(proof | fields)), terms=c.FilingOutcomeTerms(**(stated | said)))


def shown(scene: Scene, right_id: str, owner: str, *pledges: c.Pledge, **facts: Any) -> Outcome:
    """A register copy that shows these pledges."""
    return scene.copy(right_id, owner, pledges=pledges, **facts)


def as_registered(scene: Scene, pledge_id: str, amount: int = 0) -> c.Pledge:
    """The pledge as the register shows it."""
    contract = scene.state.pledge_contracts[pledge_id]
    return c.Pledge(
        company_number=scene.numbers[contract.pledgee],
        amount=amount or contract.terms.amount,
        currency=contract.terms.currency,
        kind=contract.terms.kind,
        register_number=pledge_id,
    )
