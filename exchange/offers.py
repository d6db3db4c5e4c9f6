"""Standing offers 持续要约: the seller of a posted ordinary licence signs once, each buyer's acceptance makes a deal.

What is signed follows from the state alone, so that whoever shows it and whoever decides agree. As with keys, the
signatures themselves are checked by the front door, the audit and the contract.
"""

from __future__ import annotations

import re

from msgspec import UNSET

from exchange import canonical, keys
from exchange.bounds import ADDRESS, LARGEST_COUNT, LONGEST_TRANSACTION
from exchange.calendar import MS_PER_SECOND
from exchange.commands import OfferWithdrawalTerms, ReportPartyMessage, SignOffer, WithdrawOffer
from exchange.deals import acceptances, award
from exchange.deals.award import SIGNATURE_LIFE_MS
from exchange.deals.steps import deal_of
from exchange.deals.unwinding import cancelled_on_chain
from exchange.events import OfferSigned
from exchange.identifiers import chain_key
from exchange.key_checks import require_signatures
from exchange.listings import life
from exchange.listings.checks import offer_may_be_signed
from exchange.parties import active_actor
from exchange.rights.register import witness
from exchange.rows import Listing, Offer, Party, Right, Venue
from exchange.rules import patent_law
from exchange.rules import venue as rules
from exchange.rules.effects import effect_said_of
from exchange.rules.rule import refuse
from exchange.sealed import commitment
from exchange.terms import offer_terms
from exchange.terms.contract import form_since
from exchange.terms.deal_terms import TERMS_LABEL, facts_of
from exchange.transitions import take_step
from exchange.turn import Handlers, Result, Turn

_NUMBERED = re.compile(r"(\S+) offer ([0-9]{1,9})")


def sign_offer(turn: Turn, command: SignOffer) -> Result:
    """The seller signs its listing's standing offer; from now on acceptances take the buyer's signature alone."""
    state = turn.state
    listing = _own(turn, command.listing_id)
    earlier = state.offers.get(listing.id)
    offered = listing.mode == "posted" and listing.deal_kind == "ordinary_licence" and not listing.lot
    begun = earlier is not None and (earlier.state, "sign") not in acceptances.OFFER_TRANSITIONS
    if not offered or begun or listing.state != "OPEN" or state.venue.engine < keys.SINCE_ENGINE:
        refuse(
            rules.WRONG_STATE,
            listing_id=listing.id,
            state=listing.state,
            mode=listing.mode,
            deal_kind=listing.deal_kind,
            offer=earlier.state if earlier else "",
            step="sign_offer",
        )
    require_signatures(command.offer_signature)
    seller, right = state.parties[listing.seller], state.rights[listing.right_id]
    keys.require_live(state, seller.id, seller.key)
    offer_may_be_signed(turn, listing)
    counter = state.keys[seller.key].counter
    offer = drawn_up(listing, right, seller, counter, earlier, state.venue)
    if offer.term_s <= 0 or command.offer_digest != digest_of(offer):
        refuse(
            rules.WRONG_STATE,
            listing_id=listing.id,
            state=listing.state,
            step="sign_offer",
            offer_digest=digest_of(offer),
            term_s=offer.term_s,
        )
    take_step(acceptances.OFFER_TRANSITIONS, offer, "sign")
    offer.signature = command.offer_signature
    if earlier is not None:
        state.remove(earlier)
    state.add(offer)
    if not is_delivered(offer):
        witness(turn, right)
    turn.emit(OfferSigned(listing_id=listing.id))
    return {"listing_id": listing.id, "state": offer.state}


def withdraw_offer(turn: Turn, command: WithdrawOffer) -> Result:
    """The seller ends its offer and takes the listing off; who accepted before has what was offered."""
    listing = _own(turn, command.listing_id)
    offer = _standing(turn, listing)
    terms = turn.request.terms
    if not isinstance(terms, OfferWithdrawalTerms):
        turn.fault("a withdrawal without terms was authorised")
    require_signatures(terms.withdrawal_signature)
    if command.offer_digest != digest_of(offer):
        refuse(
            rules.WRONG_STATE,
            listing_id=listing.id,
            state=listing.state,
            offer=offer.state,
            step="withdraw_offer",
            offer_digest=digest_of(offer),
        )
    keys.require_live(turn.state, listing.seller, offer.seller_key)
    _withdraw(turn, listing, offer, terms.withdrawal_signature)
    return {"listing_id": listing.id, "state": listing.state, "offer": offer.state}


def report_party_message(turn: Turn, command: ReportPartyMessage) -> Result:
    """The chain has it that a party ended its offer or its deal: by a message that reached it without the venue."""
    if len(command.transaction) > LONGEST_TRANSACTION or not 0 <= command.block <= LARGEST_COUNT:
        refuse(rules.MALFORMED, field="transaction or block")
    if command.key is not UNSET and not ADDRESS.fullmatch(command.key):
        refuse(rules.MALFORMED, field="key")
    if command.message == "deal_cancelled":
        deal = deal_of(turn.state, command.subject_id)
        cancelled_on_chain(turn, deal, "" if command.key is UNSET else command.key)
        return {"deal_id": deal.id, "state": deal.state}
    listing = life.listing_of(turn.state, command.subject_id)
    offer = _standing(turn, listing)
    _withdraw(turn, listing, offer, "")
    return {"listing_id": listing.id, "state": listing.state, "offer": offer.state}


def refused_by_chain(turn: Turn, subject: str) -> None:
    """The contract did not take an offer, `subject` as `subject_of` names it; a later one of the listing stands."""
    matched = _NUMBERED.fullmatch(subject)
    offer = turn.state.offers.get(matched[1]) if matched else None
    if matched is None or offer is None:
        refuse(rules.UNKNOWN_ID, kind="offer", id=subject)
    if offer.number != int(matched[2]) or offer.state not in acceptances.OPEN_TO_SIGNATURES:
        refuse(rules.WRONG_STATE, listing_id=offer.id, state=offer.state, step="refused")
    acceptances.end(turn, offer, "chain_refused")


def drawn_up(  # noqa: PLR0913 - what an offer follows from
    listing: Listing, right: Right, seller: Party, counter: int, earlier: Offer | None, venue: Venue
) -> Offer:
    """What the seller of an opened listing signs now: without signature and state, and never stored as it is.

    counter: that of the seller's own key. earlier: the listing's former offer, if one was signed.

    Raises:
        Refusal: FACT-MISSING where neither terms nor register say when a licence would end.
    """
    number = 0 if earlier is None else earlier.number + 1
    by_licensee = listing.terms.head_licence is not UNSET
    offered = offer_terms.offered_by(listing, facts_of(right, venue.engine, by_licensee=by_licensee))
    salt = offer_terms.offer_terms_salt(listing)
    form = form_since(venue.engine)
    terms, contract = offer_terms.offer_openings(offered, seller, form, simulated=venue.simulated)
    ends_ms = listing.terms.ends_ms or patent_law.expiry_ms(right)
    starts_ms = max(listing.opened_ms or 0, listing.terms.starts_ms or 0)
    return Offer(
        id=listing.id,
        number=number,
        right_id=right.id,
        right_facts=offered.right_facts,
        announcement_number=listing.announcement_number,
        seller=seller.id,
        seller_key=seller.key,
        terms_salt=salt.hex(),
        terms_commitment=commitment(TERMS_LABEL, salt, terms).hex(),
        contract_commitment=commitment(contract[0], salt, contract[1]).hex(),
        term_s=ends_ms // MS_PER_SECOND - starts_ms // MS_PER_SECOND,
        most=listing.max_acceptances - listing.accepted,
        expires_at_s=(listing.closes_ms + SIGNATURE_LIFE_MS) // MS_PER_SECOND,
        counter=counter,
        salt=offer_salt(listing.id, number).hex(),
        signature="",
        state="",
        deals=() if earlier is None else earlier.deals,
        left=() if earlier is None else earlier.left,
        contract_form=form,
    )


def digest_of(offer: Offer) -> str:
    """SHA-256 (hex) of the canonical form of what is signed of an offer."""
    return offer_digest(
        right_id=offer.right_id,
        seller_key=offer.seller_key,
        terms_commitment=offer.terms_commitment,
        contract_commitment=offer.contract_commitment,
        term_s=offer.term_s,
        most=offer.most,
        expires_at_s=offer.expires_at_s,
        counter=offer.counter,
        salt=offer.salt,
    )


def offer_digest(**signed: str | int) -> str:
    """The same from the fields of an `Offer` themselves, hashes in hex, for whoever signs it elsewhere."""
    return canonical.digest(dict(signed)).hex()


def offer_salt(listing_id: str, number: int) -> bytes:
    """What tells a listing's `number`-th offer (from 0) from every other: a plain digest, which an auditor can make."""
    return chain_key("offer", f"{listing_id} {number}")


def subject_of(offer: Offer) -> str:
    """How reports of its record name an offer: several may follow one another on a listing."""
    return f"{offer.id} offer {offer.number}"


def is_delivered(offer: Offer) -> bool:
    """Whether what is licensed is a result that no register keeps."""
    return effect_said_of(offer.right_facts).passes == "delivered"


def _own(turn: Turn, listing_id: str) -> Listing:
    listing = life.listing_of(turn.state, listing_id)
    if listing.seller != active_actor(turn).id:
        refuse(rules.NOT_PERMITTED, listing_id=listing.id)
    return listing


def _standing(turn: Turn, listing: Listing) -> Offer:
    offer = turn.state.offers.get(listing.id)
    if offer is None or offer.state != "STANDING":
        state = "" if offer is None else offer.state
        refuse(
            rules.WRONG_STATE, listing_id=listing.id, state=listing.state, offer=state, step="withdraw_offer"
        )
    return offer


def _withdraw(turn: Turn, listing: Listing, offer: Offer, signature: str) -> None:
    """As its close would: awarded where somebody has accepted, else withdrawn. A closed one stays closed."""
    acceptances.begin_withdrawal(turn, offer, signature)
    if listing.state in {"OPEN", "SUSPENDED"}:
        if listing.accepted:
            award.close_behind_acceptances(turn, listing, "withdraw_offer")
        else:
            life.end_without_award(turn, listing, "withdraw", "withdraw_offer")
    acceptances.complete_withdrawal(turn, listing.id)


HANDLERS: Handlers = {
    SignOffer: sign_offer,
    WithdrawOffer: withdraw_offer,
    ReportPartyMessage: report_party_message,
}
