"""Which language a reader gets: asked for in the address, chosen before, named by the browser, else Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from api.web.words import LANGUAGES, Language

if TYPE_CHECKING:
    from starlette.requests import Request

COOKIE = "ipx_language"
PARAMETER = "lang"
MOST_RANGES = 20


def language_of(request: Request) -> Language:
    """The language of an answer to this request."""
    return (
        _known(request.query_params.get(PARAMETER, ""))
        or _known(request.cookies.get(COOKIE, ""))
        or _preferred(request.headers.get("accept-language", ""))
    )


def chosen(request: Request) -> Language | None:
    """The language that the address itself asks for, to be remembered."""
    return _known(request.query_params.get(PARAMETER, ""))


def _known(text: str) -> Language | None:
    return next((language for language in LANGUAGES if language == text), None)


def _preferred(header: str) -> Language:
    """RFC 9110, section 12.5.4, for the two languages that there are; Chinese where they weigh the same."""
    weights = dict.fromkeys(LANGUAGES, 0.0)
    for part in header.split(",")[:MOST_RANGES]:
        tag, _, parameters = part.partition(";")
        language = _known(tag.strip().lower().split("-")[0])
        if language is not None:
            weights[language] = max(weights[language], _weight(parameters))
    return "en" if weights["en"] > weights["zh"] else "zh"


def _weight(parameters: str) -> float:
    name, _, value = parameters.strip().partition("=")
    if not name:
        return 1.0
    try:
        weight = float(value)
    except ValueError:
        return 0.0
    return weight if name == "q" and 0 <= weight <= 1 else 0.0
