"""The shapes that every route shares: amounts, ids, sealed parts, signatures, answers.

Amounts are decimal strings outside ("1200.50", in the currency that the command or its listing names) and integer
minor units inside. Fields named `*_ms` are integer milliseconds UTC, on both sides.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias, TypeVar

from msgspec import UNSET
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    JsonValue,
    PlainSerializer,
    WithJsonSchema,
)

from exchange.money.amount import AmountRefused, format_amount, parse_amount
from ledger.signatures import checksum_address

_Shown = TypeVar("_Shown")
AMOUNT_PATTERN = r"^(0|[1-9][0-9]{0,12})(\.[0-9]{1,2})?$"
SIGNED_AMOUNT_PATTERN = r"^-?(0|[1-9][0-9]{0,15})\.[0-9]{2}$"
LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: later times are mistakes."""


def _minor_units(text: object) -> int:
    if not isinstance(text, str):
        message = "an amount is a decimal string"
        raise ValueError(message)  # noqa: TRY004 - pydantic reports a ValueError, and lets a TypeError through
    try:
        return parse_amount(text)
    except AmountRefused as error:
        raise ValueError(error.code) from error


def _shown_minor_units(value: object) -> object:
    """Read back what was shown: the Python client takes answers with these same shapes."""
    if not isinstance(value, str):
        return value
    amount = _minor_units(value.removeprefix("-"))
    return -amount if value.startswith("-") else amount


def _checksummed(text: str) -> str:
    if checksum_address(text) != text:
        message = "write the address in its EIP-55 capitals"
        raise ValueError(message)
    return text


def _null_if_unset(value: Any) -> Any:  # noqa: ANN401 - a field of any type
    return None if value is UNSET else value


SinceVersion = Annotated[_Shown | None, BeforeValidator(_null_if_unset)]
"""A field that older rows do not have."""
Amount: TypeAlias = Annotated[
    int,
    BeforeValidator(_minor_units),
    WithJsonSchema({"type": "string", "pattern": AMOUNT_PATTERN, "examples": ["1200.50"]}),
]
"""An amount that comes in: minor units inside, a decimal string outside."""
AmountOut: TypeAlias = Annotated[
    int,
    BeforeValidator(_shown_minor_units),
    PlainSerializer(format_amount, return_type=str),
    WithJsonSchema({"type": "string", "pattern": SIGNED_AMOUNT_PATTERN, "examples": ["1200.50"]}),
]
"""An amount that goes out."""
TimeMs: TypeAlias = Annotated[int, Field(ge=0, le=LATEST_MS, strict=True, description="Milliseconds UTC.")]
Hash: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Address: TypeAlias = Annotated[
    str,
    AfterValidator(_checksummed),
    Field(pattern=r"^0x[0-9a-fA-F]{40}$", description="An address in EIP-55 capitals."),
]
Salt: TypeAlias = Annotated[
    str, Field(pattern=r"^[0-9a-f]{64}$", description="32 bytes of your own randomness, never used twice.")
]
ROW_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"
RowId: TypeAlias = Annotated[str, Field(pattern=ROW_ID_PATTERN)]
RowFilter: TypeAlias = Annotated[str | None, Field(pattern=ROW_ID_PATTERN)]
"""Only rows that name this one."""
LARGEST_ENTRY = 2**53 - 1
"""Entry numbers are JSON integers that every reader takes exactly (RFC 8785)."""
AfterEntry: TypeAlias = Annotated[
    int, Field(ge=-1, le=LARGEST_ENTRY, description="Only what entries with a higher number did; -1 for all.")
]
IsoDate: TypeAlias = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]
Code: TypeAlias = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]{0,63}$")]


RegisterSignature: TypeAlias = Annotated[
    str,
    Field(
        pattern=r"^0x[0-9a-f]{130}$",
        description="EIP-712, in the register's domain: 65 bytes, lower-case hex.",
    ),
]


class Shape(BaseModel):
    """Base of what comes in: unknown fields are refused, and nothing is guessed."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class SealedForm(Shape):
    """An erasable part: names of people and free text. Only its salted commitment enters the journal."""

    salt: Salt
    value: Annotated[JsonValue, Field(description="Text, or an object of texts and integers; no floats.")]


class NoParts(Shape):
    """This command has no erasable parts."""


class ReasonPart(Shape):
    """The operator's reason, sealed and erasable."""

    reason: SealedForm


class SignatureForm(Shape):
    """An EIP-712 `Instruction` signature by the party's (or its agent's, or the operator's) key."""

    signer: Annotated[
        Address | None, Field(description="Who signed; checked against what the signature recovers to.")
    ] = None
    value: Annotated[
        str, Field(pattern=r"^0x[0-9a-fA-F]{128,130}$", description="65 bytes, or 64 (EIP-2098), as hex.")
    ]
    valid_until_ms: TimeMs


class Body(Shape):
    """What the body of every command has beside its own fields."""

    erasable: NoParts = NoParts()
    signature: SignatureForm


class ReasonedBody(Shape):
    """What the body of an operator's command has beside its own fields: always the reason."""

    erasable: ReasonPart
    signature: SignatureForm


class View(BaseModel):
    """Base of what goes out."""

    model_config = ConfigDict(from_attributes=True)


class Accepted(View):
    """An accepted command: its entry in the journal, the ids that it gave, and the venue's receipt."""

    status: str = "accepted"
    entry: int
    time_ms: int
    result: dict[str, str]
    receipt: Annotated[
        dict[str, Any] | None,
        Field(description="Signed by the venue's receipt key; keep it: it proves that the entry stands."),
    ]
