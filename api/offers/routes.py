"""Routes of standing offers."""

from typing import Annotated, Any

from fastapi import APIRouter

from api import documents, problems, refusals, register_messages
from api.annexes import annex_of
from api.auth import Caller, allow
from api.deals.schemas import ChainRecordView
from api.door import Door, TheDoor
from api.forms import Accepted, RowId
from api.giving import PartyGives, terms_of
from api.offers import words
from api.offers.schemas import (
    EndingToSign,
    OfferSignature,
    OfferToSign,
    OfferView,
    OwnOfferView,
    Withdrawal,
)
from exchange.commands import OfferWithdrawalTerms, SignOffer, WithdrawOffer
from exchange.offers import digest_of, drawn_up, subject_of
from exchange.rows import Key, Listing, Offer, Party, Right
from exchange.rules import venue as rules
from exchange.rules.rule import Refusal
from exchange.rules.trading_halts import TRADING_HALTED
from exchange.terms import offer_terms, text
from exchange.terms.contract import has_hash_set
from exchange.terms.hash_set import hash_set
from ledger.offer_messages import offer_chain_id, offer_message, withdrawal_message

router = APIRouter(prefix="/v1/listings", tags=["offers"])
Anybody = Annotated[Caller, allow("public")]
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.get(
    "/{listing_id}/offer/to-sign",
    **documents.reads(rules.UNKNOWN_ID, rules.WRONG_STATE, rules.FACT_MISSING, private=True),
)
async def to_sign(listing_id: RowId, door: TheDoor, caller: Concerned) -> OfferToSign:
    """What the seller of an open posted ordinary licence signs for whoever accepts: read it, check it, then sign."""
    listing = await _own(door, caller, listing_id)
    offer, seller = await _drawn(door, listing)
    offered = offer_terms.offered_by(listing, offer.right_facts)
    simulated = (await door.venue()).simulated
    terms, _ = offer_terms.offer_openings(offered, seller, offer.contract_form, simulated=simulated)
    english, chinese = words.of_offer(listing, offer)
    contract = offer_terms.contract_offered(offered, seller, simulated=simulated)
    return OfferToSign(
        listing_id=listing.id,
        number=offer.number,
        signer=offer.seller_key,
        **register_messages.shown(await door.deal_domain(), offer_message(offer)),
        offer_digest=digest_of(offer),
        words=english,
        words_zh=chinese,
        **_contract_fields(offered, seller, offer, simulated=simulated),
        terms=terms,
        salt=offer.terms_salt,
        terms_commitment=offer.terms_commitment,
        contract_commitment=offer.contract_commitment,
        annex=await annex_of(door.reader, contract),
    )


@router.post(
    "/{listing_id}/offer",
    **documents.created(
        TRADING_HALTED, rules.WRONG_STATE, rules.KEY_NOT_ENROLLED, *refusals.OFFER_MAY_BE_SIGNED
    ),
)
async def sign(listing_id: RowId, body: OfferSignature, giver: PartyGives) -> Accepted:
    """The seller signs once; from now on each acceptance of the listing takes the buyer's signature alone."""
    door = giver.door
    listing = await _own(door, giver.caller, listing_id)
    offer, _ = await _drawn(door, listing)
    if body.offer_digest != digest_of(offer):
        # What was read is not what would be signed now: what is signed by it, nobody has asked for.
        facts = {"listing_id": listing.id, "state": listing.state, "offer_digest": digest_of(offer)}
        raise problems.refusal(rules.WRONG_STATE.code, {**facts, "step": "sign_offer"})
    domain = await door.deal_domain()
    register_messages.require_signed(domain, offer_message(offer), body.offer_signature, offer.seller_key)
    return await giver.give(SignOffer, body, listing_id=listing_id)


@router.get("/{listing_id}/offer", **documents.reads(rules.UNKNOWN_ID))
async def standing(listing_id: RowId, door: TheDoor, caller: Anybody) -> OwnOfferView | OfferView:
    """A listing's standing offer: what stands, and how often it has been accepted."""
    offer = await _stored(door, listing_id)
    insider = caller.staff or caller.is_party(offer.seller)
    shape: type[OfferView] = OwnOfferView if insider else OfferView
    records = await door.reader.records_of([subject_of(offer)])
    fields: dict[str, Any] = {
        name: getattr(offer, name) for name in Offer.__struct_fields__ if name in shape.model_fields
    }
    fields |= {
        "listing_id": offer.id,
        "offer_id": "0x" + offer_chain_id(offer).hex(),
        "accepted": len(offer.deals) + len(offer.left),
        "chain_records": [
            ChainRecordView(**{name: record[name] for name in ChainRecordView.model_fields})
            for record in records
        ],
    }
    return shape(**fields)


@router.get("/{listing_id}/offer/withdrawal/to-sign", **documents.reads(rules.UNKNOWN_ID, private=True))
async def withdrawal_to_sign(listing_id: RowId, door: TheDoor, caller: Concerned) -> EndingToSign:
    """What the seller signs to end its offer: a hash, with the offer that it is the hash of."""
    await _own(door, caller, listing_id)
    offer = await _stored(door, listing_id)
    english, chinese = words.of_withdrawal(offer)
    domain = await door.deal_domain()
    return EndingToSign(
        subject_id=offer.id,
        signer=offer.seller_key,
        **register_messages.shown_with(domain, withdrawal_message(offer), offer_message(offer)),
        subject_digest=digest_of(offer),
        words=english,
        words_zh=chinese,
    )


@router.post("/{listing_id}/offer/withdrawal", **documents.command(rules.WRONG_STATE, rules.KEY_NOT_ENROLLED))
async def withdraw(listing_id: RowId, body: Withdrawal, giver: PartyGives) -> Accepted:
    """The seller ends its offer and takes the listing off; acceptances before it stand, and go to the chain first."""
    door = giver.door
    await _own(door, giver.caller, listing_id)
    offer = await _stored(door, listing_id)
    if body.offer_digest != digest_of(offer):
        facts = {"listing_id": offer.id, "offer": offer.state, "offer_digest": digest_of(offer)}
        raise problems.refusal(rules.WRONG_STATE.code, {**facts, "step": "withdraw_offer"})
    domain = await door.deal_domain()
    terms = terms_of(OfferWithdrawalTerms, body.terms)
    message = withdrawal_message(offer)
    register_messages.require_signed(domain, message, terms.withdrawal_signature, offer.seller_key)
    return await giver.give(WithdrawOffer, body, terms=terms, listing_id=listing_id)


def _contract_fields(
    offered: offer_terms.Offered, seller: Party, offer: Offer, *, simulated: bool
) -> dict[str, Any]:
    """An offer's contract as it is shown: every text, which of them prevails, and their hash set."""
    if not has_hash_set(offer):
        only = offer_terms.offer_text(offered, seller, simulated=simulated)
        language = offer_terms.EARLIER_LANGUAGE
        return {
            "contract_text": only,
            "contract_texts": {language: only},
            "prevails": language,
            "hash_set": None,
        }
    contract = offer_terms.contract_offered(offered, seller, simulated=simulated)
    texts = text.texts(contract)
    return {
        "contract_text": texts[contract.prevails],
        "contract_texts": texts,
        "prevails": contract.prevails,
        "hash_set": hash_set(contract),
    }


async def _stored(door: Door, listing_id: str) -> Offer:
    stored = await door.reader.row(Offer, listing_id)
    if stored is None:
        raise problems.unknown_id(listing_id, "offer")
    return stored.row


async def _own(door: Door, caller: Caller, listing_id: str) -> Listing:
    """A listing of the caller's own; every one to the venue."""
    stored = await door.reader.row(Listing, listing_id)
    if stored is None or not (caller.staff or caller.is_party(stored.row.seller)):
        raise problems.unknown_id(listing_id, "listing")
    return stored.row


async def _drawn(door: Door, listing: Listing) -> tuple[Offer, Party]:
    """What the seller would sign now, and the seller.

    Raises:
        Problem: WRONG-STATE where this listing takes no standing offer, FACT-MISSING where its licences have no end.
    """
    right = await door.reader.row(Right, listing.right_id)
    seller = await door.reader.row(Party, listing.seller)
    if right is None or seller is None:
        raise problems.unknown_id(listing.id, "listing")
    if (listing.mode, listing.deal_kind, listing.state) != ("posted", "ordinary_licence", "OPEN"):
        facts = {"listing_id": listing.id, "state": listing.state, "mode": listing.mode}
        raise problems.refusal(rules.WRONG_STATE.code, {**facts, "step": "sign_offer"})
    key = await door.reader.row(Key, seller.row.key)
    earlier = await door.reader.row(Offer, listing.id)
    counter = 0 if key is None else key.row.counter
    before = None if earlier is None else earlier.row
    try:
        drawn = drawn_up(listing, right.row, seller.row, counter, before, await door.venue())
    except Refusal as refusal:
        raise problems.refusal(refusal.rule.code, dict(refusal.detail)) from refusal
    return drawn, seller.row
