"""Before anything is signed: the contract that is shown must be what its commitments say, in every language.

The texts are made here again from the terms, by the program that the party itself runs, and compared with those shown.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from api.calls.mismatch import DealMismatch, require
from exchange.sealed import Opening, matches
from exchange.terms import text
from exchange.terms.contract import ContractTerms, read
from exchange.terms.deal_terms import CONTRACT_LABEL, TERMS_LABEL
from exchange.terms.hash_set import HASH_SET_LABEL, hash_set
from exchange.terms.text import annex

if TYPE_CHECKING:
    from api.deals.schemas import ToSign
    from api.offers.schemas import OfferToSign


def require_openings(shown: ToSign | OfferToSign) -> None:
    """Terms and contract open their commitments; of texts in several languages each is made again and compared.

    Raises:
        DealMismatch: TERMS-COMMITMENT, CONTRACT-COMMITMENT, CONTRACT-TEXT; CONTRACT-TITLE where the annex does not
            open the title that the contract names.
    """
    terms = Opening(shown.salt, shown.terms)
    require(matches(bytes.fromhex(shown.terms_commitment), TERMS_LABEL, terms), "TERMS-COMMITMENT")
    committed = bytes.fromhex(shown.contract_commitment)
    if shown.hash_set is None:
        only = Opening(shown.salt, shown.contract_text)
        require(matches(committed, CONTRACT_LABEL, only), "CONTRACT-COMMITMENT")
        require(set(shown.contract_texts.values()) <= {shown.contract_text}, "CONTRACT-TEXT")
        return
    contract = _terms(shown)
    made = text.texts(contract)
    require(shown.contract_texts == made, "CONTRACT-TEXT")
    require(shown.contract_text == made[contract.prevails], "CONTRACT-TEXT")
    require(shown.prevails == contract.prevails, "CONTRACT-TEXT")
    hashes = hash_set(contract)
    require(shown.hash_set == hashes, "CONTRACT-TEXT")
    require(matches(committed, HASH_SET_LABEL, Opening(shown.salt, hashes)), "CONTRACT-COMMITMENT")
    if contract.names_its_right:
        _require_title(contract, shown)


def _require_title(contract: ContractTerms, shown: ToSign | OfferToSign) -> None:
    """The annex opens the title that the contract names, and reads as it is made here."""
    require(shown.annex is not None, "CONTRACT-TITLE")
    if shown.annex is not None:
        opening = Opening(shown.annex.salt, shown.annex.bibliography)
        require(annex.opens(contract, opening), "CONTRACT-TITLE")
        require(shown.annex.texts == annex.annexes(contract, opening), "CONTRACT-TITLE")


def _terms(shown: ToSign | OfferToSign) -> ContractTerms:
    try:
        return read(shown.terms)
    except msgspec.ValidationError as error:
        code = "TERMS-COMMITMENT"
        raise DealMismatch(code) from error
