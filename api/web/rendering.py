"""From a part's content to an answer: templates, headers, and the language that a reader chose."""

from __future__ import annotations

import hashlib
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse, Response

from api.web import formats
from api.web.language import COOKIE, chosen, language_of
from api.web.words import HTML_LANGUAGE, Language, say

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from api.web.assets import Assets

YEAR_S = 365 * 24 * 3600
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing but our own files, and nothing inline (Content Security Policy Level 3)."""
_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
KEPT_S = 1.0
MOST_KEPT = 1_000
SEEN_PARAMETER = "seen"
NO_CHANGE = 204


class Part(NamedTuple):
    """A part of a page that refreshes by itself, and a digest of what it shows."""

    html: Markup
    digest: str


class Recent:
    """Parts made within the last second, so that many readers cost what one costs and bids need not wait for them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[str, tuple[float, Part]] = {}

    async def part(self, address: str, make: Callable[[], Awaitable[Part]]) -> Part:
        """The part at an address (its language included), made anew once it is old."""
        kept = self._kept.get(address)
        if kept is not None and self._clock() < kept[0]:
            return kept[1]
        part = await make()
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[address] = (self._clock() + KEPT_S, part)
        return part


class Renderer:
    """Renders pages and the parts of them that refresh by themselves."""

    def __init__(self, assets: Assets) -> None:
        self._templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters["moment"] = formats.moment
        self._templates.filters["machine_moment"] = formats.machine_moment
        self._templates.filters["short_hash"] = formats.short_hash
        self._templates.filters["shown_title"] = formats.shown_title
        self._templates.filters["text_language"] = formats.text_language
        self._templates.globals["asset_root"] = f"/assets/{assets.version}"
        self._templates.globals["asset_names"] = frozenset(assets.files)

    def part(self, request: Request, name: str, address: str, content: dict[str, Any]) -> Part:
        """A part with its own address; its digest lets a later request ask for changes only."""
        inner = self._render(request, f"part_{name}.html", content)
        digest = hashlib.sha256(inner.encode()).hexdigest()[:16]
        wrapped = {**content, "inner": Markup(inner), "name": name, "address": address, "digest": digest}  # noqa: S704 - rendered with escaping just now
        return Part(Markup(self._render(request, "part.html", wrapped)), digest)  # noqa: S704 - as above

    def part_answer(self, request: Request, part: Part) -> Response:
        """A part by itself; nothing (204) where the page has it already."""
        if request.query_params.get(SEEN_PARAMETER, "") == part.digest:
            return Response(status_code=NO_CHANGE, headers=_HEADERS)
        return HTMLResponse(part.html, headers=_HEADERS)

    def page(
        self, request: Request, name: str, content: dict[str, Any], *, status: int = 200
    ) -> HTMLResponse:
        """A whole page; a language chosen in its address is remembered."""
        language = language_of(request)
        other: Language = "zh" if language == "en" else "en"
        frame = {
            "path": request.url.path,
            "asked": "",
            "other": other,
            "other_html": HTML_LANGUAGE[other],
            "is_page": status == 200,  # noqa: PLR2004 - HTTP's own
        }
        headers = {**_HEADERS, "Content-Language": HTML_LANGUAGE[language]}
        answer = HTMLResponse(
            self._render(request, f"{name}.html", {**frame, **content}), status_code=status, headers=headers
        )
        picked = chosen(request)
        if picked is not None:
            answer.set_cookie(
                COOKIE,
                picked,
                max_age=YEAR_S,
                httponly=True,
                samesite="lax",
                secure=request.url.scheme == "https",
            )
        return answer

    def _render(self, request: Request, template: str, content: dict[str, Any]) -> str:
        language = language_of(request)
        spoken = {
            "language": language,
            "html_language": HTML_LANGUAGE[language],
            "t": partial(say, language),
            "money": partial(formats.money, language=language),
            "span": partial(formats.span, language=language),
            "interval": partial(formats.interval, language=language),
        }
        return self._templates.get_template(template).render({**spoken, **content})
