"""Secrecy: what has to be kept secret is not traded in public, defence patents 国防专利 least of all."""

from __future__ import annotations

from exchange.commands import ListingTerms
from exchange.rows import Right
from exchange.rules.lodged import lodged, stands
from exchange.rules.rule import Rule, define, refuse
from exchange.rules.undertakings import answers_of
from exchange.state import State

SECRET = define(
    Rule(
        code="CN-PATENT-LAW-4",
        citation="Patent Law of the PRC, Art. 4; Regulations on National Defence Patents [M]",
        jurisdictions=("CN", "HK", "MO"),
        source="M",
        text="a right that is to be kept secret, a defence patent among them, is not listed before it is declassified",
        text_zh="需要保密的权利（包括国防专利）在解密之前不得挂牌",
        cure="have the operator record the declassification document",
        cure_zh="请由运营者记录解密文件后再行挂牌",
        steps=("list", "approve", "bid", "award", "sign", "fund", "file"),
        facts_from="venue_finding",
        status=403,
    )
)


def is_secret(state: State, right: Right) -> bool:
    """Whether a secrecy notice is on record that no later declassification has lifted."""
    return stands(state, "secrecy_notice", "declassification", right.id)


def right_is_not_secret(state: State, right: Right) -> None:
    """Raises Refusal CN-PATENT-LAW-4 while a secrecy notice stands."""
    if is_secret(state, right):
        refuse(SECRET, right_id=right.id)


def seller_calls_it_no_secret(state: State, right: Right, terms: ListingTerms) -> None:
    """What the seller itself undertakes to be secret is not listed, unless a declassification is on record.

    Raises:
        Refusal: CN-PATENT-LAW-4.
    """
    if answers_of(terms).state_secret is True and lodged(state, "declassification", right.id) is None:
        refuse(SECRET, right_id=right.id, undertaking="state_secret")
