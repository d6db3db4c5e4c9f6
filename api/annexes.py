"""What a contract names by commitment alone: its right's title and applicants, as they stand in the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from msgspec import UNSET
from pydantic import Field

from api.forms import View
from exchange.rows import Right
from exchange.rules.civil_code import TITLE_LABEL
from exchange.terms.text import annex

if TYPE_CHECKING:
    from api.reading import Reader, Stored
    from exchange.sealed import Opening
    from exchange.terms.contract import ContractTerms


ANNEX: Final = (
    "What opens the title and applicants that the text names by `right.bibliography`, and what is handed over with the "
    "text; null of an older form, and once the title is erased."
)


class Annex(View):
    """The annex of a contract: it opens `right.bibliography` of the terms under the label `bibliography`."""

    salt: Annotated[str, Field(description="Opens the commitment; erased with the title.")]
    bibliography: Annotated[Any, Field(description="What is sealed: title, applicants, numbers as written.")]
    texts: Annotated[dict[str, str], Field(description="The annex by language, as it goes with the text.")]


def title_entry(stored: Stored[Right]) -> int:
    """The entry that seals a right's title: the import that made it, or the one that filled the title in."""
    named = stored.row.bibliography
    return stored.created_entry if named is UNSET else named.entry


async def annex_of(reader: Reader, contract: ContractTerms | None) -> Annex | None:
    """The annex of a contract; none of one that names no title, and once the title is erased."""
    opening = None if contract is None else await opening_of(reader, contract)
    if contract is None or opening is None:
        return None
    return Annex(salt=opening.salt, bibliography=opening.value, texts=annex.annexes(contract, opening))


async def opening_of(reader: Reader, contract: ContractTerms) -> Opening | None:
    """What opens the commitment to the title that a contract names, while it is kept."""
    stored = await reader.row(Right, contract.right_id)
    if stored is None or not contract.names_its_right:
        return None
    entry = title_entry(stored)
    opening = (await reader.sealed_parts([entry], TITLE_LABEL)).get(entry)
    return opening if opening is not None and annex.opens(contract, opening) else None
