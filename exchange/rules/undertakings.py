"""What a seller undertakes 承诺书 with its listing, where no register tells it: nothing passes unanswered.

What an answer bars stands with the rule that bars it: `secrecy`, `open_licences`, `conflicts`, `exchanges`.
"""

from __future__ import annotations

from typing import Literal

from msgspec import UNSET

from exchange.commands import DealKind, ListingTerms, Undertaking
from exchange.rows import Document, Party, Right
from exchange.rules.effects import is_co_owned
from exchange.rules.lodged import lodged
from exchange.rules.onboarding import says_it_is_a_nominee
from exchange.rules.rule import refuse
from exchange.rules.venue import FACT_MISSING
from exchange.state import State

SINCE_ENGINE = 5
MOST_HELD_FOR = 1_000_000
"""As many as a seller can say that it holds for."""
Question = Literal["state_secret", "open_licence_elsewhere", "venue_staff", "nominee"]
ASKED_OF_ALL: tuple[Question, ...] = ("state_secret", "open_licence_elsewhere", "venue_staff", "nominee")
"""What every seller answers, whatever it offers (venue rules, § 116)."""
_NOTHING_SAID = Undertaking()


def answers_of(terms: ListingTerms) -> Undertaking:
    """What a listing's seller has answered."""
    return _NOTHING_SAID if terms.undertaking is UNSET else terms.undertaking


def answer_is_given(seller: Party, terms: ListingTerms, question: Question) -> None:
    """Raises Refusal FACT-MISSING where the seller has not answered a question that is asked of all."""
    if getattr(answers_of(terms), question) is UNSET:
        refuse(FACT_MISSING, fact=question, party_id=seller.id, supplier="undertaking")


def holders_are_told(state: State, seller: Party, terms: ListingTerms, time_ms: int) -> None:
    """A nominee by its answer or its papers, and a fund whatever it answers, says for how many it holds.

    A list of them that the venue has on record says it as well.

    Raises:
        Refusal: FACT-MISSING.
    """
    answers = answers_of(terms)
    nominee = answers.nominee is True or says_it_is_a_nominee(seller)
    holds_for_others = nominee or seller.category == "fund"
    if holds_for_others and answers.holders is UNSET and lodged(state, "holders", seller.id, time_ms) is None:
        refuse(FACT_MISSING, fact="holders", party_id=seller.id, supplier="undertaking")


def co_owners_agreement_is_known(state: State, right: Right, terms: ListingTerms, time_ms: int) -> None:
    """Of a right with several owners: their agreement is on record, or none differs from the law of its place.

    Raises:
        Refusal: FACT-MISSING.
    """
    if not is_co_owned(right) or _agreement(state, right, time_ms) is not None:
        return
    differs = answers_of(terms).co_owners_agreed_otherwise
    if differs is UNSET:
        refuse(FACT_MISSING, fact="co_owners_agreed_otherwise", right_id=right.id, supplier="undertaking")
    if differs:
        refuse(FACT_MISSING, fact="co_owners_agreement", right_id=right.id, supplier="operator")


def agreed_alone(state: State, right: Right, time_ms: int) -> tuple[DealKind, ...] | None:
    """Which licences a co-owner grants alone under the agreement on record; None where the law of the place says it.

    Engines before version 5 know of no such agreement.
    """
    found = _agreement(state, right, time_ms)
    if found is None:
        return None
    return () if found.alone is UNSET else found.alone


def owners_of(right: Right) -> tuple[str, ...]:
    """The company numbers of a right's owners on record, in order."""
    return tuple(sorted(holder.company_number for holder in right.holder_of_record))


def _agreement(state: State, right: Right, time_ms: int) -> Document | None:
    """What the right's owners of today have agreed on; what others agreed on before them is no word of theirs."""
    found = lodged(state, "co_owners_agreement", right.id, time_ms)
    return found if found is not None and found.co_owners == owners_of(right) else None
