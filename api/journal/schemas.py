"""Shapes of the journal, the chain and the audit."""

from typing import Annotated, Any

from pydantic import Field

from api.forms import View


class OpeningView(View):
    """What opens a commitment: label, salt and value."""

    salt: str
    value: Any


class EntryView(View):
    """A journal entry: its public part, and the openings that the caller may see."""

    entry: int
    time_ms: int
    type: str
    public: dict[str, Any]
    leaf_hash: Annotated[str, Field(description="RFC 6962 leaf hash of the canonical public part.")]
    terms: Annotated[OpeningView | None, Field(description="The giver's own confidential terms.")] = None
    erasable: dict[str, OpeningView] = Field(
        description="Erasable parts that still stand.", default_factory=dict
    )
    outcome: Annotated[
        OpeningView | None, Field(description="Opening of the whole outcome: the venue only.")
    ] = None
    events: list[dict[str, Any]] = Field(
        description="What happened, as far as it concerns the caller. Amounts in minor units.",
        default_factory=list,
    )
    detail: dict[str, Any] = Field(
        description="Of the caller's own refusals: the facts that decided.", default_factory=dict
    )


class EventList(View):
    """Entries in order. Ask again with `after = next_after`; an empty list means that nothing is new."""

    entries: list[EntryView]
    next_after: int


class ChainEventView(View):
    """An event that the indexer read off the chain."""

    contract: str
    seq: int
    name: str
    block_number: int
    block_hash: str
    transaction_hash: str
    log_index: int
    data: dict[str, Any]
    final: bool


class ChainEventList(View):
    """Chain events by block and seq."""

    chain_events: list[ChainEventView]
    next_cursor: str | None


class VerdictView(View):
    """The audit's latest verdict."""

    made_ms: int
    entries: int
    verified: bool
    report: dict[str, Any]
