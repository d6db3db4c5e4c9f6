"""One hash set over a contract: its terms as data and its text in every language. Who signs it signs all of them.

The register's and the wallets' structs carry 32 bytes as before: the salted commitment to this set.
"""

from __future__ import annotations

from hashlib import sha256

from exchange import canonical
from exchange.sealed import commitment
from exchange.terms import text
from exchange.terms.contract import ContractTerms, Value, value_of

HASH_SET_LABEL = "contract-set"


def hash_set(contract: ContractTerms) -> Value:
    """SHA-256 (hex) of the terms' canonical form and of each text's UTF-8, and the language that prevails."""
    return {
        "terms": canonical.digest(value_of(contract)).hex(),
        "texts": {
            language: sha256(words.encode()).hexdigest() for language, words in text.texts(contract).items()
        },
        "prevails": contract.prevails,
    }


def hash_set_commitment(contract: ContractTerms, salt: bytes) -> bytes:
    """The salted commitment (32 bytes) to a contract's hash set."""
    return commitment(HASH_SET_LABEL, salt, hash_set(contract))
