"""Commands about the right of first refusal 优先受让权: who completed a result, the notice, and what is answered."""

from __future__ import annotations

from typing import ClassVar

import msgspec

from exchange.commands.command import Command, GivenBy, Terms


class Completer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One who completed a result 完成人: the salted commitment (32 bytes, hex) to who it is, never the name.

    party_id: the approved party that it acts by, if it is one; several may act by one party, which then stands for all.
    """

    commitment: str
    party_id: str | None = None


class CompletersTerms(Terms, frozen=True):
    """Whether a right was made in service, and then everyone who completed it; confidential in whole.

    completers: none where it was not made in service, or where nobody has found them: then their waiver is lodged.
    """

    service_invention: bool
    completers: tuple[Completer, ...] = ()


class RecordCompleters(Command, frozen=True):
    """The venue finds whether a right was made in service, who completed it, and by which parties they act.

    Since engine version 3; the last finding counts. Erasable: `evidence`, the seller's undertaking 承诺书 or what else
    shows it, which must be there and opens the commitments, and `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = CompletersTerms
    right_id: str


class GiveRefusalNotice(Command, frozen=True):
    """The seller of an awarded deal has given everyone with a first refusal notice of its terms.

    `notice_digest`: SHA-256 (hex) of the notice. `terms_commitment`: of the deal whose terms the notice states.
    Erasable: `notice`, its text.
    """

    deal_id: str
    notice_digest: str
    terms_commitment: str


class WaiveRefusal(Command, frozen=True):
    """A party with a first refusal of a deal does not exercise it."""

    deal_id: str


class RefusalTerms(Terms, frozen=True):
    """The deal's price, repeated (minor units)."""

    price: int


class ExerciseRefusal(Command, frozen=True):
    """A party with a first refusal takes a deal at its price and on its terms; it holds what the first buyer held."""

    terms_type: ClassVar[type[Terms] | None] = RefusalTerms
    deal_id: str
