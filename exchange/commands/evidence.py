"""Commands of the evidence desk 存证: a party lodges a document's digest; an operator places entries under a hold."""

from __future__ import annotations

from typing import ClassVar, Literal

from exchange.commands.command import Command, GivenBy, Terms

EvidenceKind = Literal[
    "technical_document", "work", "contract", "infringement_capture", "correspondence", "other"
]
"""技术资料, 作品, 合同, 侵权取证, 往来函件, 其他: what the document is, as its party says."""
HoldGround = Literal["court_order", "arbitration", "authority_request", "dispute"]
"""法院裁定, 仲裁, 主管机关要求, 争议: why entries are held."""


class EvidenceTerms(Terms, frozen=True):
    """What was lodged, which the journal has by commitment alone: the digest of a short text tells the text.

    sha256, sm3: the document's digests (hex); SM3 (GB/T 32905) as its party says, None without. document_salt: 32
    bytes (hex) of the command's `document`, told to whoever shows the SHA-256. subject_id: the right, listing or deal
    that the document is about, empty for none.
    """

    sha256: str
    document_salt: str
    kind: EvidenceKind
    sm3: str | None = None
    subject_id: str = ""


class LodgeEvidence(Command, frozen=True):
    """A party lodges the digest of a document, never the document. Erasable: `description`, which must be there.

    Since engine version 4. document: the salted commitment (hex) to both digests and nothing else, so that it can be
    opened to whoever has the document without telling more of what was lodged.
    """

    terms_type: ClassVar[type[Terms] | None] = EvidenceTerms
    document: str


class LegalHoldTerms(Terms, frozen=True):
    """Which entries are held, by their numbers, and why; sealed, so that nobody learns of a proceeding by it."""

    entries: tuple[int, ...]
    ground: HoldGround


class PlaceLegalHold(Command, frozen=True):
    """Nothing of the named entries is erased until the hold is lifted 法律留存.

    Since engine version 4. document_digest: SHA-256 (hex) of the order or request. Erasable: `reference`, its number;
    `reason`.
    """

    given_by: ClassVar[GivenBy] = "operator"
    terms_type: ClassVar[type[Terms] | None] = LegalHoldTerms
    document_digest: str


class LiftLegalHold(Command, frozen=True):
    """A legal hold ends. document_digest: as it was placed. Erasable: `reference`, `reason`."""

    given_by: ClassVar[GivenBy] = "operator"
    hold_id: str
    document_digest: str
