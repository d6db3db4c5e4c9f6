"""Routes of deals and licences."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Query
from msgspec import UNSET
from sqlalchemy import or_

from api import documents, keyset, problems, refusals, register_messages
from api.annexes import annex_of
from api.auth import Caller, allow
from api.deals import signing
from api.deals.papers import papers_of
from api.deals.schemas import (
    Cancellation,
    ChainRecordView,
    ContractView,
    DealKey,
    DealPage,
    DealSignature,
    DealView,
    Delivery,
    EarnestPayment,
    Filing,
    FilingPackage,
    Funding,
    LicencePage,
    LicenceView,
    OwnDealView,
    OwnLicenceView,
    Reward,
    ToSign,
    Unwinding,
)
from api.door import Door, TheDoor
from api.forms import Accepted, Body, RowFilter, RowId
from api.giving import OperatorGives, PartyGives, terms_of
from api.offers.schemas import EndingToSign
from api.offers.words import of_cancellation
from api.reading import Stored
from exchange.commands import (
    CancelDeal,
    ChooseDealKey,
    ConfirmDelivery,
    FileDeal,
    FundDeal,
    PayEarnest,
    RecordReward,
    RescindDeal,
    RewardTerms,
    SignAgreement,
    UnwindDeal,
)
from exchange.deals.agreement import agreement_digest, deal_digest
from exchange.rows import Deal, Key, Licence, Offer, Party
from exchange.rows import Filing as FilingRow
from exchange.rules import applications, credit, patent_law, performance, transformation
from exchange.rules import venue as rules
from exchange.terms import offer_terms
from exchange.terms.contract import Language
from exchange.terms.filing_package import digests
from exchange.terms.offer_terms import is_under
from ledger.deal_messages import deal_message, signed_message
from ledger.offer_messages import cancellation_message
from ledger.store import tables

router = APIRouter(tags=["deals"])
Anybody = Annotated[Caller, allow("public")]
Concerned = Annotated[Caller, allow("party", "operator", "service")]


@router.get("/v1/deals", **documents.reads(problems.CURSOR_MALFORMED))
async def deals(  # noqa: PLR0913 - the list's filters
    door: TheDoor,
    caller: Anybody,
    window: keyset.TheWindow,
    state: Annotated[str | None, Query(pattern=r"^[A-Z_]{3,16}$")] = None,
    deal_kind: Annotated[str | None, Query(pattern=r"^[a-z_]{4,24}$")] = None,
    right_id: RowFilter = None,
    own: Annotated[bool, Query(description="Only the caller's own.")] = False,  # noqa: FBT002 - a query parameter
) -> DealPage:
    """Deals in the order of their award; prices and parties only to those concerned."""
    filters = {"state": state, "deal_kind": deal_kind, "right_id": right_id}
    columns = tables.deals.c
    where = or_(columns.seller == caller.actor, columns.buyer == caller.actor) if own else None
    page = await door.reader.page(Deal, filters, window=window, where=where)
    return DealPage(deals=await _views(door, caller, page.rows), next_cursor=page.next_cursor)


@router.get("/v1/deals/{deal_id}", **documents.reads(rules.UNKNOWN_ID))
async def deal(deal_id: RowId, door: TheDoor, caller: Anybody) -> OwnDealView | DealView:
    """A deal with its records on the chain."""
    return (await _views(door, caller, [await _stored(door, deal_id)]))[0]


@router.get("/v1/deals/{deal_id}/to-sign", **documents.reads(rules.UNKNOWN_ID, private=True))
async def to_sign(deal_id: RowId, door: TheDoor, caller: Concerned) -> ToSign:
    """Typed data, digest, plain words and contract text: read and check them, then sign."""
    row = await _own(door, caller, deal_id)
    venue = await door.venue()
    offer = await _offer(door, row)
    signer = row.buyer_key if caller.is_party(row.buyer) else ""
    if caller.is_party(row.seller) and not is_under(offer, row):
        signer = row.seller_key
    counters = await _counters(door, row)
    message = signed_message(row, offer, counters)
    sides, domain = await _sides(door, row), await door.deal_domain()
    made = signing.document(domain, row, offer, message, sides, simulated=venue.simulated)
    contract = offer_terms.contract_of(row, *sides, offer, simulated=venue.simulated)
    return ToSign(
        signer=signer,
        agreement_digest=_signed_digest(row, offer, counters),
        annex=await annex_of(door.reader, contract),
        **made,
    )


@router.get(
    "/v1/deals/{deal_id}/contract",
    **documents.reads(rules.UNKNOWN_ID, private=True),
)
async def contract(
    deal_id: RowId,
    door: TheDoor,
    caller: Concerned,
    language: Annotated[Language | None, Query(description="The text that prevails if left out.")] = None,
) -> ContractView:
    """The contract in one of its languages, made from the deal, with what opens its commitment."""
    row = await _own(door, caller, deal_id)
    offer, sides = await _offer(door, row), await _sides(door, row)
    simulated = (await door.venue()).simulated
    shown = signing.contract_fields(row, *sides, offer, simulated=simulated)
    named = offer_terms.contract_of(row, *sides, offer, simulated=simulated)
    texts: dict[str, str] = shown["contract_texts"]
    wanted = language or shown["prevails"]
    if wanted not in texts:
        raise problems.unknown_id(wanted, "language of this contract")
    return ContractView(
        deal_id=row.id,
        language=wanted,
        languages=sorted(texts),
        prevails=shown["prevails"],
        text=texts[wanted],
        sha256=hashlib.sha256(texts[wanted].encode()).hexdigest(),
        hash_set=shown["hash_set"],
        terms=offer_terms.terms_of(row, *sides, offer, simulated=simulated),
        salt=row.terms_salt,
        contract_commitment=row.contract_commitment,
        annex=await annex_of(door.reader, named),
    )


@router.get("/v1/deals/{deal_id}/filing-package", **documents.reads(rules.UNKNOWN_ID, private=True))
async def filing_package(deal_id: RowId, door: TheDoor, caller: Concerned) -> FilingPackage:
    """The papers for the office, made from the deal, with the digests that a filing names."""
    row = await _own(door, caller, deal_id)
    papers = await papers_of(door, row)
    filing = await door.reader.row(FilingRow, row.filing_id) if row.filing_id else None
    return FilingPackage(
        deal_id=row.id,
        papers=papers,
        digests=digests(papers),
        filed_ms=None if filing is None or filing.row.filed_ms is UNSET else filing.row.filed_ms,
    )


@router.post(
    "/v1/deals/{deal_id}/signatures",
    **documents.command(
        rules.WRONG_STATE,
        rules.DEAL_DISPUTED,
        rules.SIGNED_ALREADY,
        *refusals.DEAL_MAY_BE_SIGNED,
        *refusals.REFUSAL_IS_MET,
    ),
)
async def sign(deal_id: RowId, body: DealSignature, giver: PartyGives) -> Accepted:
    """A party signs an awarded deal; with both signatures it goes to the chain."""
    row = await _own(giver.door, giver.caller, deal_id)
    counters = await _counters(giver.door, row)
    offer = await _offer(giver.door, row)
    digest = _signed_digest(row, offer, counters)
    if body.agreement_digest != digest:
        facts = {"deal_id": row.id, "state": row.state, "step": "signed", "agreement_digest": digest}
        raise problems.refusal(rules.WRONG_STATE.code, facts)
    message = signed_message(row, offer, counters)
    domain = await giver.door.deal_domain()
    signing.check_signature(domain, row, message, giver.caller.actor, body.deal_signature)
    return await giver.give(SignAgreement, body, deal_id=deal_id)


@router.post(
    "/v1/deals/{deal_id}/earnest",
    **documents.command(
        rules.WRONG_STATE,
        rules.FUNDS_SHORT,
        rules.LINE_NOT_MATCHING,
        rules.DEAL_DISPUTED,
        credit.SANCTIONED,
    ),
)
async def pay_earnest(deal_id: RowId, body: EarnestPayment, giver: PartyGives) -> Accepted:
    """The buyer pays the agreed earnest money 定金, once both have signed; it counts toward the price."""
    return await giver.give(PayEarnest, body, deal_id=deal_id)


@router.post(
    "/v1/deals/{deal_id}/funding",
    **documents.command(
        rules.FUNDS_SHORT,
        rules.LINE_NOT_MATCHING,
        rules.DEAL_DISPUTED,
        *refusals.DEAL_MAY_BE_SIGNED,
        *refusals.LICENCE_MAY_BE_GRANTED,
    ),
)
async def fund(deal_id: RowId, body: Funding, giver: PartyGives) -> Accepted:
    """The buyer puts what is due first into escrow; nothing where its licence bears a royalty alone."""
    return await giver.give(FundDeal, body, deal_id=deal_id)


@router.post(
    "/v1/deals/{deal_id}/filing",
    **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED, *refusals.DEAL_MAY_BE_FILED),
)
async def file(deal_id: RowId, body: Filing, giver: OperatorGives) -> Accepted:
    """The filing package went to the office: an assignment for registration, a licence for recordal."""
    return await giver.give(FileDeal, body, deal_id=deal_id)


@router.post(
    "/v1/deals/{deal_id}/delivery",
    **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED, *refusals.RIGHT_MAY_PASS),
)
async def confirm_delivery(deal_id: RowId, body: Delivery, giver: PartyGives) -> Accepted:
    """A party names the signed delivery record of a result that no register keeps."""
    return await giver.give(ConfirmDelivery, body, deal_id=deal_id)


@router.post("/v1/deals/{deal_id}/unwinding", **documents.command(rules.WRONG_STATE, rules.DEAL_DISPUTED))
async def unwind(deal_id: RowId, body: Unwinding, giver: OperatorGives) -> Accepted:
    """The operator unwinds a deal that is not filed yet; what is held returns to the buyer."""
    return await giver.give(UnwindDeal, body, deal_id=deal_id)


@router.post(
    "/v1/deals/{deal_id}/rescission",
    **documents.command(
        *(rules.WRONG_STATE, rules.DEAL_DISPUTED),
        *(applications.NOT_REFUSED_BEFORE_THE_TRANSFER, performance.PERFORMANCE_NOT_OVERDUE),
    ),
)
async def rescind(deal_id: RowId, body: Body, giver: PartyGives) -> Accepted:
    """The buyer rescinds: the application was refused, or filing or delivery is overdue; what is held returns to it."""
    return await giver.give(RescindDeal, body, deal_id=deal_id)


@router.post(
    "/v1/deals/{deal_id}/reward", **documents.command(transformation.REWARD, patent_law.REWARD_ON_GRANT)
)
async def record_reward(deal_id: RowId, body: Reward, giver: PartyGives) -> Accepted:
    """The seller, or a co-owner that is paid, records how its part is split among those who made the result."""
    row = (await _stored(giver.door, deal_id)).row
    owners = {holder.company_number for holder in row.right_facts.co_owners or ()}
    if not (_concerned(giver.caller, row) or giver.caller.company_number in owners):
        raise problems.unknown_id(deal_id, "deal")
    return await giver.give(RecordReward, body, terms=terms_of(RewardTerms, body.terms), deal_id=deal_id)


@router.get("/v1/licences", tags=["licences"], **documents.reads(problems.CURSOR_MALFORMED))
async def licences(
    door: TheDoor,
    caller: Anybody,
    window: keyset.TheWindow,
    right_id: RowFilter = None,
    state: Annotated[str | None, Query(pattern=r"^[A-Z]{3,16}$")] = None,
) -> LicencePage:
    """Licences in the order of their grant; parties and scope only to those concerned."""
    page = await door.reader.page(Licence, {"right_id": right_id, "state": state}, window=window)
    views = [
        OwnLicenceView.model_validate(stored.row)
        if caller.staff or caller.is_party(stored.row.licensor, stored.row.licensee)
        else LicenceView.model_validate(stored.row)
        for stored in page.rows
    ]
    return LicencePage(licences=views, next_cursor=page.next_cursor)


async def _stored(door: Door, deal_id: str) -> Stored[Deal]:
    stored = await door.reader.row(Deal, deal_id)
    if stored is None:
        raise problems.unknown_id(deal_id, "deal")
    return stored


def _concerned(caller: Caller, row: Deal) -> bool:
    return caller.staff or caller.is_party(row.seller, row.buyer)


async def _sides(door: Door, deal: Deal) -> tuple[Party, Party]:
    """A deal's seller and buyer."""
    seller, buyer = await door.reader.row(Party, deal.seller), await door.reader.row(Party, deal.buyer)
    if seller is None or buyer is None:
        raise problems.unknown_id(deal.id, "deal")
    return seller.row, buyer.row


async def _counters(door: Door, row: Deal) -> tuple[int, int]:
    """The counters that the keys of the deal's parties have now."""
    seller, buyer = [await door.reader.row(Key, address) for address in (row.seller_key, row.buyer_key)]
    return (seller.row.counter if seller else 0, buyer.row.counter if buyer else 0)


async def _offer(door: Door, row: Deal) -> Offer | None:
    """The standing offer of the deal's listing."""
    stored = await door.reader.row(Offer, row.listing_id)
    return None if stored is None else stored.row


@router.get("/v1/deals/{deal_id}/cancellation/to-sign", **documents.reads(rules.UNKNOWN_ID, private=True))
async def cancellation_to_sign(deal_id: RowId, door: TheDoor, caller: Concerned) -> EndingToSign:
    """What a party signs to end a deal that both have not signed: a hash, with the deal that it is the hash of."""
    row = await _own(door, caller, deal_id)
    counters = await _counters(door, row)
    message = deal_message(row, counters)
    english, chinese = of_cancellation(row)
    signer = row.seller_key if caller.is_party(row.seller) else row.buyer_key
    return EndingToSign(
        subject_id=row.id,
        signer="" if caller.staff else signer,
        **register_messages.shown_with(await door.deal_domain(), cancellation_message(message), message),
        subject_digest=deal_digest(row, counters),
        words=english,
        words_zh=chinese,
    )


@router.post(
    "/v1/deals/{deal_id}/cancellation", **documents.command(rules.WRONG_STATE, rules.KEY_NOT_ENROLLED)
)
async def cancel(deal_id: RowId, body: Cancellation, giver: PartyGives) -> Accepted:
    """A party ends an awarded deal that both have not signed; what is held returns to the buyer."""
    door = giver.door
    row = await _own(door, giver.caller, deal_id)
    counters = await _counters(door, row)
    digest = deal_digest(row, counters)
    if body.deal_digest != digest:
        facts = {"deal_id": row.id, "state": row.state, "step": "cancel_deal", "deal_digest": digest}
        raise problems.refusal(rules.WRONG_STATE.code, facts)
    message = cancellation_message(deal_message(row, counters))
    domain = await door.deal_domain()
    signing.check_signature(domain, row, message, giver.caller.actor, body.cancellation_signature)
    return await giver.give(CancelDeal, body, deal_id=deal_id)


@router.post("/v1/deals/{deal_id}/key", **documents.command(rules.WRONG_STATE, rules.KEY_NOT_ENROLLED))
async def choose_key(deal_id: RowId, body: DealKey, giver: PartyGives) -> Accepted:
    """A party will sign this deal with another of its keys."""
    await _own(giver.door, giver.caller, deal_id)
    return await giver.give(ChooseDealKey, body, deal_id=deal_id)


def _signed_digest(row: Deal, offer: Offer | None, counters: tuple[int, int]) -> str:
    return agreement_digest(row, offer if is_under(offer, row) else None, counters)


async def _own(door: Door, caller: Caller, deal_id: str) -> Deal:
    row = (await _stored(door, deal_id)).row
    if not _concerned(caller, row):
        raise problems.unknown_id(deal_id, "deal")
    return row


async def _views(door: Door, caller: Caller, rows: list[Stored[Deal]]) -> list[OwnDealView | DealView]:
    subjects = [row_id for stored in rows for row_id in (stored.row.id, stored.row.licence_id) if row_id]
    records = await door.reader.records_of(subjects) if subjects else []
    views: list[OwnDealView | DealView] = []
    for stored in rows:
        shape = OwnDealView if _concerned(caller, stored.row) else DealView
        view = shape.model_validate(stored.row)
        mine = {stored.row.id, stored.row.licence_id}
        view.chain_records = [
            ChainRecordView(**{name: record[name] for name in ChainRecordView.model_fields})
            for record in records
            if record["subject_id"] in mine
        ]
        views.append(view)
    return views
