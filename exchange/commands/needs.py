"""Commands about technology needs 技术需求: what a buyer looks for, and what becomes of it."""

from __future__ import annotations

from typing import ClassVar

from exchange.commands.command import Command, DealKind, Terms
from exchange.money.amount import Currency


class NeedTerms(Terms, frozen=True):
    """The most that the buyer would pay, minor units of the need's currency; None says nothing of it."""

    budget: int | None = None


class PostNeed(Command, frozen=True):
    """A buyer says what it looks for. Erasable: `title`, `description`.

    classes: IPC or CPC symbols as `exchange.rights.classes` spells them, none where words say it all. territories: as
    of a licence. kinds: of deals that it would enter into. until_ms: it expires then.
    """

    terms_type: ClassVar[type[Terms] | None] = NeedTerms
    classes: tuple[str, ...]
    territories: tuple[str, ...]
    kinds: tuple[DealKind, ...]
    currency: Currency
    until_ms: int


class AmendNeed(Command, frozen=True):
    """The buyer puts other facts and terms in the place of those that it posted; other words are another need."""

    terms_type: ClassVar[type[Terms] | None] = NeedTerms
    need_id: str
    classes: tuple[str, ...]
    territories: tuple[str, ...]
    kinds: tuple[DealKind, ...]
    currency: Currency
    until_ms: int


class WithdrawNeed(Command, frozen=True):
    """The buyer takes its need back."""

    need_id: str


class FulfilNeed(Command, frozen=True):
    """The buyer says by which deal of its own its need is met."""

    need_id: str
    deal_id: str
