"""Shapes of the evidence desk, in and out. A document itself is never sent."""

from __future__ import annotations

import unicodedata
from typing import Annotated, TypeAlias

from pydantic import Field, JsonValue, field_validator

from api.forms import Body, Hash, Salt, SealedForm, Shape, View
from exchange.commands import EvidenceKind

LONGEST_DESCRIPTION = 2_000
SubjectId: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^([A-Za-z0-9][A-Za-z0-9./-]{0,63})?$",
        description="The right, listing or deal that the document is about; empty for none.",
    ),
]


class DescriptionForm(SealedForm):
    """What the document is, in words: plain text, at most 2,000 characters."""

    @field_validator("value")
    @classmethod
    def _is_plain_text(cls, value: JsonValue) -> JsonValue:
        plain = isinstance(value, str) and not any(
            unicodedata.category(each) in {"Cc", "Cf"} for each in value if each != "\n"
        )
        if not plain or len(str(value)) > LONGEST_DESCRIPTION:
            message = f"at most {LONGEST_DESCRIPTION} characters, none but line ends of control or format"
            raise ValueError(message)
        return value


class EvidenceTermsForm(Shape):
    """Confidential: the document's digests, the salt of their commitment, and what the document is."""

    sha256: Hash
    document_salt: Salt
    kind: EvidenceKind
    sm3: Annotated[Hash | None, Field(description="SM3 (GB/T 32905), as its party says.")] = None
    subject_id: SubjectId = ""
    salt: Salt


class EvidenceParts(Shape):
    """What the document is, in words: sealed and erasable, and read by its party and the venue alone."""

    description: DescriptionForm


class EvidenceForm(Body):
    """A party lodges a document's digest."""

    document: Annotated[
        Hash,
        Field(
            description='The commitment under the label `document` and `document_salt` to `{"sha256": …, "sm3": …}`.'
        ),
    ]
    terms: EvidenceTermsForm
    erasable: EvidenceParts  # type: ignore[assignment]  # another set of parts


class DocumentView(View):
    """What opens the commitment in the entry: whoever has the document can check that this is its digest."""

    commitment: str
    sha256: str
    sm3: str | None
    salt: str


class EvidenceView(View):
    """A deposit, to everybody: where it stands and since when, not who made it."""

    id: str
    entry: Annotated[int, Field(description="Its entry in the journal; the smaller came first.")]
    lodged_ms: int
    document: Annotated[
        DocumentView | None,
        Field(description="To whoever asks by the SHA-256, to its party and to the venue's staff."),
    ] = None
    proof: Annotated[
        str | None,
        Field(
            description="C2SP tlog-proof: its entry stands in the newest checkpoint. Null while none reaches it, and "
            "in lists without `sha256`."
        ),
    ] = None


class OwnEvidenceView(EvidenceView):
    """What its party and the venue's staff see beside that."""

    party_id: str
    kind: str
    subject_id: str
    description: Annotated[str | None, Field(description="Null once it was erased.")] = None


class EvidencePage(View):
    """Deposits in the order of their lodging."""

    evidence: list[OwnEvidenceView | EvidenceView]
    next_cursor: str | None
