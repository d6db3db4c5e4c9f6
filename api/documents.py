"""What OpenAPI says of every route beside its shapes: which problems it can answer, by stable code."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from api import problems
from exchange.rules import venue as rules
from exchange.rules.rule import Rule

READING = (problems.BODY_MALFORMED, problems.UNAVAILABLE, problems.INTERNAL)
PRIVATE = (problems.UNAUTHENTICATED, problems.CALLER_NOT_PERMITTED)
GIVING = (
    problems.IDEMPOTENCY_KEY_MISSING,
    problems.IDEMPOTENCY_KEY_MALFORMED,
    problems.IDEMPOTENCY_KEY_REUSED,
    problems.BODY_MALFORMED,
    problems.BODY_TOO_LARGE,
    problems.BODY_TOO_SLOW,
    problems.MEDIA_TYPE_UNKNOWN,
    problems.UNAUTHENTICATED,
    problems.CALLER_NOT_PERMITTED,
    problems.SIGNATURE_MALFORMED,
    problems.SIGNATURE_WRONG,
    problems.SIGNATURE_EXPIRED,
    problems.UNAVAILABLE,
    problems.INTERNAL,
)
GIVING_RULES = (rules.NOT_PERMITTED, rules.PARTY_NOT_ACTIVE, rules.UNKNOWN_ID, rules.MALFORMED)


class ProblemView(BaseModel):
    """A problem (RFC 9457). `code` is stable; `cure` says what would help; a refusal carries its entry and receipt."""

    model_config = ConfigDict(extra="allow", title="Problem")

    type: str
    title: str
    status: int
    detail: str
    code: str
    citation: str
    cure: str
    request_id: str
    errors: Annotated[list[dict[str, str]] | None, Field(description="Fields of the wrong shape.")] = None
    facts: Annotated[dict[str, Any] | None, Field(description="What decided a refusal.")] = None
    entry: Annotated[int | None, Field(description="The refusal's own journal entry.")] = None
    receipt: dict[str, Any] | None = None


def reads(*codes: Rule | problems.Kind, private: bool = False) -> dict[str, Any]:
    """Arguments of a GET route that can answer these problems."""
    return _arguments((*READING, *(PRIVATE if private else ()), *codes))


def asks(*codes: Rule | problems.Kind) -> dict[str, Any]:
    """Arguments of a POST route that asks a question: nothing is signed, and no entry is made."""
    return _arguments((*READING, *PRIVATE, problems.BODY_TOO_LARGE, problems.BODY_TOO_SLOW, *codes))


def command(*codes: Rule | problems.Kind) -> dict[str, Any]:
    """Arguments of a POST route whose command can be refused under these rules."""
    return _arguments((*GIVING, *GIVING_RULES, *codes))


def created(*codes: Rule | problems.Kind) -> dict[str, Any]:
    """As `command`, for a POST that makes something new."""
    return {"status_code": 201, **command(*codes)}


def responses_of(codes: tuple[Rule | problems.Kind, ...]) -> dict[str, Any]:
    """The OpenAPI responses for these problems, one a status, naming the codes."""
    by_status: dict[int, list[str]] = {}
    for kind in codes:
        names = by_status.setdefault(kind.status, [])
        if kind.code not in names:
            names.append(kind.code)
    return {
        str(status): {
            "description": "Problem: " + ", ".join(f"`{name}`" for name in names),
            "content": {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status, names in sorted(by_status.items())
    }


def codes_of(codes: tuple[Rule | problems.Kind, ...]) -> list[str]:
    """The stable codes, each once."""
    return list(dict.fromkeys(kind.code for kind in codes))


def _arguments(codes: tuple[Rule | problems.Kind, ...]) -> dict[str, Any]:
    return {
        "responses": {int(status): response for status, response in responses_of(codes).items()},
        "openapi_extra": {"x-problem-codes": codes_of(codes)},
    }
