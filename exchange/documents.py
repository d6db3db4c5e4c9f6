"""Documents on record: what rules need and an authority, a valuer or a body has said."""

from __future__ import annotations

import re

from msgspec import UNSET, UnsetType

from exchange.bounds import require_moment, require_text
from exchange.commands import DocumentTerms, RecordDocument
from exchange.deals import exports, first_refusal
from exchange.events import DocumentRecorded
from exchange.listings import life, order_life, parting
from exchange.listings.shape import ANNOUNCEMENT_NUMBER
from exchange.money.amount import LARGEST_AMOUNT
from exchange.rows import Document
from exchange.rules import conflicts, export_control, open_licences, undertakings
from exchange.rules import venue as rules
from exchange.rules.lodged import OF_THE_VENUE
from exchange.rules.rule import LICENCES, refuse
from exchange.turn import Handlers, Result, Turn

SINCE_ENGINE = 3
MOST_HOLDERS = 1_000
"""Named in one document."""
SUBJECTS = {
    "venue_designation": "venue",
    "auctioneer_licence": "venue",
    "appraisal": "right",
    "below_appraisal_approval": "right",
    "secrecy_notice": "right",
    "declassification": "right",
    "letter_of_intent": "right",
    "holders": "party",
    "export_licence": "deal",
    "export_registration": "deal",
    "first_refusal_waiver": "listing",
    "evaluation_report": "right",
    "open_licence_announcement": "right",
    "open_licence_withdrawal": "right",
    "licensor_cannot_work": "right",
    "venue_staff": "party",
    "venue_staff_left": "party",
    "sanctions_listing": "party",
    "sanctions_removal": "party",
    "dishonesty_listing": "party",
    "dishonesty_removal": "party",
    "collusion_finding": "listing",
    "collusion_finding_withdrawn": "listing",
    "co_owners_agreement": "right",
    "letter_of_intent_application": "right",
    "letter_of_intent_refusal": "right",
    "contract_amendment": "deal",
}
"""Kind of document to what it is of."""
ON_COLLUSION = frozenset({"collusion_finding", "collusion_finding_withdrawn"})
"""Findings of the venue's own, which count with their reference alone: a suspicion opens a case and bars nobody."""
ON_A_LETTER = frozenset({"letter_of_intent", "letter_of_intent_application", "letter_of_intent_refusal"})
SINCE_FIFTH_ENGINE = frozenset(
    {"letter_of_intent_application", "letter_of_intent_refusal", "contract_amendment"}
)
NAME_A_PARTY = frozenset({*ON_A_LETTER, *ON_COLLUSION})
"""Kinds that are of a party beside their subject."""
BAR_FROM_BIDDING = frozenset({"venue_staff", "sanctions_listing", "dishonesty_listing"})
"""What a party's bids that stand do not survive."""
_DIGEST = re.compile(r"[0-9a-f]{64}")


def record_document(turn: Turn, command: RecordDocument) -> Result:
    """A document is on record; from now on it is the last of its kind on its subject."""
    state = turn.state
    if state.venue.engine < SINCE_ENGINE:
        refuse(rules.MALFORMED, field="type", engine=state.venue.engine)
    terms = turn.request.terms
    if not isinstance(terms, DocumentTerms):
        turn.fault("a document without terms was authorised")
    _check(turn, command, terms)
    if terms.document in ON_A_LETTER:
        exports.letter_is_awaited_no_more(state, terms.subject_id, terms.party_id)
    document = Document(
        id=state.next_id("DOC"),
        document=terms.document,
        subject_id=terms.subject_id,
        party_id=terms.party_id,
        digest=command.digest,
        recorded_ms=turn.time_ms,
        valid_until_ms=terms.valid_until_ms,
        amount=terms.amount,
        currency=terms.currency,
        holders=terms.holders,
        announcement_number=terms.announcement_number,
        alone=terms.alone,
        co_owners=_owners_now(turn, terms),
    )
    state.add(document)
    turn.emit(
        DocumentRecorded(
            document_id=document.id,
            document=document.document,
            subject_id=document.subject_id,
            party_id=document.party_id,
            digest=document.digest,
        )
    )
    return parting.answered(turn, {"document_id": document.id}, _follow(turn, document))


def _follow(turn: Turn, document: Document) -> list[str]:
    """What a document that is on record now does by itself; gives the sealed bids that ended with it."""
    state = turn.state
    ended: list[str] = []
    if document.document == "letter_of_intent_application":
        exports.letter_is_asked_for(turn, document)
    elif document.document == "contract_amendment":
        exports.contract_changed(turn, state.deals[document.subject_id])
    elif SUBJECTS[document.document] == "deal":
        exports.recorded(turn, document)
    if document.document == "first_refusal_waiver":
        first_refusal.waiver_lodged(turn, document)
    if document.document == "sanctions_listing":
        order_life.lapse_orders_of_party(turn, document.subject_id, document.document)
    if document.document == "collusion_finding":
        listing = state.listings[document.subject_id]
        ended = parting.part_bidder(turn, listing, document.party_id, document.document)
    if document.document == "venue_staff" and state.venue.engine >= conflicts.STAFF_CHAINS_SINCE_ENGINE:
        ended = parting.part_group(turn, document.subject_id, document.document)
    elif document.document in BAR_FROM_BIDDING:
        ended = parting.leave_every_listing(turn, {document.subject_id}, document.document)
    if document.document in {"secrecy_notice", "declassification"}:
        life.follow_the_register(turn, state.rights[document.subject_id])
    return ended


def _check(turn: Turn, command: RecordDocument, terms: DocumentTerms) -> None:
    if not _DIGEST.fullmatch(command.digest):
        refuse(rules.MALFORMED, field="digest")
    if terms.valid_until_ms is not None:
        require_moment("valid_until_ms", terms.valid_until_ms)
        if terms.valid_until_ms <= turn.time_ms:
            refuse(rules.MALFORMED, field="valid_until_ms")
    _check_subject(turn, terms)
    if terms.document in ON_COLLUSION and not command.erasable.get("reference"):
        refuse(rules.FACT_MISSING, fact="reference", supplier="operator")
    is_appraisal = terms.document == "appraisal"
    if is_appraisal != (terms.amount is not None) or is_appraisal != (terms.currency is not None):
        refuse(rules.MALFORMED, field="amount, currency")
    if terms.amount is not None and not 0 < terms.amount <= LARGEST_AMOUNT:
        refuse(rules.MALFORMED, field="amount")
    if (terms.document == "holders") != bool(terms.holders) or len(terms.holders) > MOST_HOLDERS:
        refuse(rules.MALFORMED, field="holders", most=MOST_HOLDERS)
    for number in terms.holders:
        require_text("holders", number)
    if terms.announcement_number is not UNSET:
        _check_announcement(turn, terms)
    _check_agreement(turn, terms)


def _owners_now(turn: Turn, terms: DocumentTerms) -> tuple[str, ...] | UnsetType:
    """Whose agreement it is: it binds nobody who comes into the right later."""
    if terms.document != "co_owners_agreement":
        return UNSET
    return undertakings.owners_of(turn.state.rights[terms.subject_id])


def _check_agreement(turn: Turn, terms: DocumentTerms) -> None:
    """Co-owners let each other license alone; the right itself is sold by all of them or none."""
    is_agreement = terms.document == "co_owners_agreement"
    if is_agreement and turn.state.venue.engine < undertakings.SINCE_ENGINE:
        refuse(rules.MALFORMED, field="document", engine=turn.state.venue.engine)
    if terms.alone is not UNSET and not (is_agreement and set(terms.alone) <= set(LICENCES)):
        refuse(rules.MALFORMED, field="alone")


def _check_announcement(turn: Turn, terms: DocumentTerms) -> None:
    known = turn.state.venue.engine >= open_licences.ALL_SINCE_ENGINE
    if not known or terms.document != "open_licence_announcement":
        refuse(rules.MALFORMED, field="announcement_number")
    if not ANNOUNCEMENT_NUMBER.fullmatch(terms.announcement_number or ""):
        refuse(rules.MALFORMED, field="announcement_number")


def _check_subject(turn: Turn, terms: DocumentTerms) -> None:
    state, subject = turn.state, SUBJECTS[terms.document]
    if terms.document in SINCE_FIFTH_ENGINE and state.venue.engine < export_control.REFILED_SINCE_ENGINE:
        refuse(rules.MALFORMED, field="document", engine=state.venue.engine)
    known = {OF_THE_VENUE} if subject == "venue" else state.rows[subject]
    if terms.subject_id not in known:
        refuse(rules.UNKNOWN_ID, kind=subject, id=terms.subject_id[:64])
    if (terms.document in NAME_A_PARTY) != bool(terms.party_id):
        refuse(rules.MALFORMED, field="party_id")
    if terms.party_id and terms.party_id not in state.parties:
        refuse(rules.UNKNOWN_ID, kind="party", id=terms.party_id[:64])


HANDLERS: Handlers = {RecordDocument: record_document}
