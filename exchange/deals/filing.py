"""What is filed with the office, fixed when it is filed: an outcome must be that of this very filing."""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from exchange import canonical
from exchange.calendar import venue_date
from exchange.commands import (
    ConfirmRegistration,
    FileDeal,
    FilingKind,
    FilingOutcomeTerms,
    Holder,
    RefuseRegistration,
)
from exchange.rows import Deal, FiledLicence, Filing, Licence
from exchange.rules import venue as rules
from exchange.rules.rule import refuse
from exchange.state import State
from exchange.turn import Turn

_LICENCE_KINDS = {
    "exclusive_licence": "exclusive",
    "sole_licence": "sole",
    "ordinary_licence": "ordinary",
}
FILED_AT_SINCE_ENGINE = 5
"""Since this version a filing keeps the time at which it was filed."""


def filed_at(state: State) -> int | UnsetType:
    """What a filing made now keeps as its time (ms UTC)."""
    return state.time_ms if state.venue.engine >= FILED_AT_SINCE_ENGINE else UNSET


def filing_of(state: State, deal: Deal, command: FileDeal) -> Filing:
    """A deal as it is filed: an assignment for registration, a licence for recordal 备案."""
    buyer = state.parties[deal.buyer]
    kind: FilingKind = "assignment"
    seller, co_owners = state.parties[deal.seller].company_number, deal.right_facts.co_owners
    from_holders: tuple[str, ...] = (seller,)
    to_holders: tuple[Holder, ...] = (Holder(company_number=buyer.company_number),)
    licence = None
    if deal.licence_id is None and co_owners is not UNSET:
        others = (holder.company_number for holder in co_owners)
        from_holders = (seller, *(number for number in others if number != seller))
    if deal.licence_id is not None:
        kind, to_holders = "licence_recordal", ()
        licence = _licence(state.licences[deal.licence_id], buyer.company_number)
    return Filing(
        id=command.filing_id,
        deal_id=deal.id,
        filing_kind=kind,
        right_id=deal.right_id,
        package=dict(command.package),
        from_holders=from_holders,
        to_holders=to_holders,
        to_jurisdiction=buyer.jurisdiction,
        licence=licence,
        filed_ms=filed_at(state),
    )


def as_filed(filing: Filing) -> dict[str, Any]:
    """The filing as the office receives it."""
    return {
        "filing_id": filing.id,
        "kind": filing.filing_kind,
        "right_id": filing.right_id,
        "package": filing.package,
        "from_holders": list(filing.from_holders),
        "to_holders": msgspec.to_builtins(filing.to_holders),
        "to_jurisdiction": filing.to_jurisdiction,
        "licence": msgspec.to_builtins(filing.licence),
        "pledge": None if filing.pledge is UNSET else msgspec.to_builtins(filing.pledge),
        "discharged_pledge_id": None if filing.discharged_pledge_id is UNSET else filing.discharged_pledge_id,
    }


def filing_digest(filing: Filing) -> str:
    """SHA-256 (hex) of the filing's canonical form, which the office's outcome names as `package_digest`."""
    return canonical.digest(as_filed(filing)).hex()


def require_outcome(turn: Turn, deal: Deal, command: ConfirmRegistration | RefuseRegistration) -> Filing:
    """The deal's filing, if the reported outcome is its own. Raises Refusal PROOF-DIFFERS."""
    if not deal.filing_id or deal.filing_id != command.filing_id:
        refuse(rules.PROOF_DIFFERS, deal_id=deal.id, filing_id=command.filing_id)
    filing = turn.state.filings[deal.filing_id]
    require_outcome_of(turn, filing, deal_id=deal.id)
    return filing


def require_outcome_of(turn: Turn, filing: Filing, **detail: str) -> None:
    """The reported outcome is that of this very filing. Raises Refusal PROOF-DIFFERS."""
    outcome = turn.request.terms
    if not isinstance(outcome, FilingOutcomeTerms):
        turn.fault("the outcome of a filing without its terms was authorised")
    stated = (outcome.kind, outcome.right_id, outcome.package_digest)
    if stated != (filing.filing_kind, filing.right_id, filing_digest(filing)):
        refuse(rules.PROOF_DIFFERS, **detail, filing_id=filing.id, right_id=outcome.right_id)


def take_proof(state: State, filing: Filing, proof_digest: str) -> None:
    """Keep the proof with its filing, the first change of its turn. Raises Refusal PROOF-KNOWN if it came before."""
    if proof_digest in state.proofs:
        refuse(rules.PROOF_KNOWN, filing_id=filing.id, proof_digest=proof_digest)
    filing.proof_digest = proof_digest
    state.proofs.add(proof_digest)
    state.touch(filing)


def _licence(licence: Licence, licensee: str) -> FiledLicence:
    return FiledLicence(
        licence_id=licence.id,
        kind=_LICENCE_KINDS[licence.licence_kind],
        licensee=licensee,
        starts_on=venue_date(licence.starts_ms).isoformat(),
        # The term ends before `ends_ms`; a day that it covers to the end is its last.
        ends_on=venue_date(licence.ends_ms - 1).isoformat(),
        territory=tuple(licence.territory),
        field_of_use=licence.field_of_use,
    )
