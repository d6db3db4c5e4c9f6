"""From a row of a file to the command that brings its right into the catalogue; the same at either end of the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from exchange import canonical
from exchange.commands import RightType

if TYPE_CHECKING:
    from api.rights.imports.report import ImportedRight

KEY_PREFIX = "import:"
_TYPES: dict[str, RightType] = {
    "invention": "invention",
    "utility_model": "utility_model",
    "design": "design",
    "plant": "invention",
    "reissue": "invention",
    "short_term": "utility_model",
}


def idempotency_key(right: ImportedRight) -> str:
    """The Idempotency-Key of a row: the same right with the same public facts imported twice is one command.

    Made from public facts only: a key over the words would stay a fingerprint of them after their erasure.
    """
    return f"{KEY_PREFIX}{right.right_id}:{canonical.digest(public_fields(right)).hex()[:16]}"


def public_fields(right: ImportedRight) -> dict[str, str | None]:
    """The public fields of a row's `ImportRight`."""
    return {
        "right_id": right.right_id,
        "office": right.office,
        "right_type": _TYPES.get(right.right_type, "application"),
        "filing_date": right.filing_date or None,
        "grant_date": right.grant_date,
        "publication_number": right.publication_number,
    }


def bibliography(right: ImportedRight) -> dict[str, Any]:
    """What a row says in words: it goes into an erasable part, since it may name people."""
    return {
        "title": right.title,
        "raw_number": right.raw_number,
        "grant_number": right.grant_number,
        "applicants": list(right.applicants),
        "holders": list(right.holders),
        "ipc": list(right.ipc),
        "legal_status": right.legal_status,
    }
