"""From a row of a file to the command that brings its right into the catalogue; the same at either end of the wire."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any, Literal

from exchange import canonical
from exchange.rights.catalogue import CLASSES_SINCE_ENGINE, INVENTORS_SINCE_ENGINE
from exchange.rights.classes import symbols_among
from exchange.rights.identity import TYPE_NOT_KNOWN, catalogue_type

if TYPE_CHECKING:
    from api.rights.imports.report import ImportedRight
    from exchange.commands import Achievement

KEY_PREFIX = "import:"
OUTCOMES: dict[str, Literal["registered", "corrected", "unchanged"]] = {
    "no": "registered",
    "corrected": "corrected",
    "yes": "unchanged",
}
"""The engine's `known` to what is told of a row."""


def idempotency_key(right: ImportedRight, engine: int) -> str:
    """The Idempotency-Key of a row: the same right with the same public facts imported twice is one command.

    Made from public facts only: a key over the words would stay a fingerprint of them after their erasure.
    """
    return f"{KEY_PREFIX}{right.right_id}:{canonical.digest(public_fields(right, engine)).hex()[:16]}"


def next_key(key: str, entry: int) -> str:
    """The key under which a row is given once more: from the one that was taken, and the entry that stands under it."""
    row, _, _ = key.rpartition(":")
    return f"{row}:{hashlib.sha256(f'{key} {entry}'.encode()).hexdigest()[:16]}"


def key_in_upload(request_key: str, right: ImportedRight) -> str:
    """The Idempotency-Key of a row of a file that was uploaded under a key of its own."""
    return KEY_PREFIX + hashlib.sha256(f"{request_key} {right.right_id}".encode()).hexdigest()


def public_fields(
    right: ImportedRight, engine: int
) -> dict[str, str | int | tuple[str, ...] | Achievement | None]:
    """The public fields of a row's `ImportRight`; an engine (its version) that knows less is told less."""
    symbols = symbols_among(right.ipc) if engine >= CLASSES_SINCE_ENGINE else ()
    says = right.service_invention is not None and engine >= INVENTORS_SINCE_ENGINE
    return {
        **({"classes": symbols} if symbols else {}),
        **({"service_invention": right.service_invention} if says else {}),
        **({"achievement": right.achievement.facts} if right.achievement else {}),
        **({"inventors": len(right.inventors)} if _names_inventors(right, engine) else {}),
        "right_id": right.right_id,
        "office": right.office,
        "right_type": catalogue_type(right.right_type) or TYPE_NOT_KNOWN,
        "filing_date": right.filing_date or None,
        "grant_date": right.grant_date,
        "publication_number": right.publication_number,
    }


def erasable_parts(right: ImportedRight, engine: int) -> dict[str, Any]:
    """The erasable parts of a row's `ImportRight`: what it says in words, and who made what it is about."""
    names = {"inventors": {"names": list(right.inventors)}} if _names_inventors(right, engine) else {}
    told = right.achievement
    result = (
        {}
        if told is None
        else {"completing_persons": list(told.completing_persons), "description": told.description}
    )
    return {"bibliography": bibliography(right), **names, **result}


def _names_inventors(right: ImportedRight, engine: int) -> bool:
    return bool(right.inventors) and engine >= INVENTORS_SINCE_ENGINE


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
