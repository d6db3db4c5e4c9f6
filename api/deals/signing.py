"""What a deal's parties sign: the register's typed data, its digest, and the same in plain words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from api import problems
from api.problems import Problem
from exchange.calendar import MS_PER_SECOND, venue_date
from exchange.money.amount import format_amount
from exchange.rules.effects import effect_of
from exchange.terms import deal_terms
from ledger.signatures import Deal as DealMessage
from ledger.signatures import Domain, SignatureRefused, message_digest, recover, typed_data

if TYPE_CHECKING:
    from exchange.rows import Deal, Party

_KIND = {
    "assignment": ("an assignment of", "转让"),
    "exclusive_licence": ("an exclusive licence under", "独占实施许可"),
    "sole_licence": ("a sole licence under", "排他实施许可"),
    "ordinary_licence": ("an ordinary licence under", "普通实施许可"),
}


def document(  # noqa: PLR0913 - a deal, its two sides and where it counts
    domain: Domain, deal: Deal, message: DealMessage, seller: Party, buyer: Party, *, simulated: bool
) -> dict[str, Any]:
    """The fields of `ToSign` that follow from the deal and from what its parties sign of it."""
    english, chinese = words(deal)
    return {
        "deal_id": deal.id,
        "state": deal.state,
        "typed_data": typed_data(domain, message),
        "digest": "0x" + message_digest(domain, message).hex(),
        "words": english,
        "words_zh": chinese,
        "contract_text": deal_terms.contract_text(deal, seller, buyer, simulated=simulated),
        "terms": deal_terms.terms_value(deal),
        "salt": deal.terms_salt,
        "terms_commitment": deal.terms_commitment,
        "contract_commitment": deal.contract_commitment,
        "deadline_s": deal.deadline_s,
        "signed": [
            party_id
            for party_id, signature in (
                (deal.seller, deal.seller_signature),
                (deal.buyer, deal.buyer_signature),
            )
            if signature
        ],
    }


def words(deal: Deal) -> tuple[str, str]:
    """What the signature means, in English and in Chinese."""
    english, chinese = _KIND[deal.deal_kind]
    price = f"{format_amount(deal.price)} {deal.currency}"
    until = venue_date(deal.deadline_s * MS_PER_SECOND).isoformat()
    what_moves, what_moves_zh = _effect(deal)
    in_english = (
        f"By signing you agree to deal {deal.id}: {deal.seller} gives {deal.buyer} {english} {deal.right_id} for "
        f"{price}, paid through the supervised account. {what_moves} The register takes the signatures until {until}."
    )
    in_chinese = (
        f"签署即表示同意成交 {deal.id}：{deal.seller} 将 {deal.right_id} 以{chinese}方式给予 {deal.buyer}，"
        f"价款 {price}，经资金监管账户支付。{what_moves_zh}签名在 {until} 前可上链存证。"
    )
    return in_english, in_chinese


def _effect(deal: Deal) -> tuple[str, str]:
    effect = effect_of(deal.right_facts.office, deal.right_facts.right_type)
    if deal.deal_kind == "assignment":
        return effect.clause, effect.clause_zh
    return (
        f"The licence takes effect when the price is in escrow. {effect.licence_clause}".strip(),
        f"价款进入监管账户后许可生效。{effect.licence_clause_zh}",
    )


def check_signature(domain: Domain, deal: Deal, message: DealMessage, party_id: str, signature: str) -> None:
    """Check a party's signature over the deal before it is sent on: the contract will check it again.

    Raises:
        Problem: SIGNATURE-MALFORMED, or SIGNATURE-WRONG with the digest and the recovered signer.
    """
    expected = deal.seller_key if party_id == deal.seller else deal.buyer_key
    digest = message_digest(domain, message)
    try:
        recovered = recover(digest, signature)
    except SignatureRefused as error:
        raise Problem(problems.SIGNATURE_MALFORMED, reason=error.code, digest="0x" + digest.hex()) from error
    if recovered != expected:
        raise Problem(
            problems.SIGNATURE_WRONG,
            digest="0x" + digest.hex(),
            recovered_signer=recovered,
            expected_signer=expected,
            signed={"deal": typed_data(domain, message)["message"]},
        )
