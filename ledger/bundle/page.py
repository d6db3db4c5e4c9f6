"""`verify.html`, made from its script, its style and the verifier's own tables: one file that loads nothing."""

from __future__ import annotations

import base64
from functools import lru_cache
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from ledger.bundle import ipx_verify

HERE: Final = Path(__file__).parent
VERIFIER: Final = HERE / "ipx_verify.py"
TABLES: Final = (
    *("DEEPEST", "DIGESTS", "EVENTS", "FORMAT", "IN_CHINESE", "KINDS", "LARGEST", "OIDS", "OPTIONAL", "SAID"),
    *("SHAPES", "SIGNS_WITH", "TEXTS", "TOLD", "TYPES", "UNSIGNED", "VERDICTS", "WANTED"),
)
"""What script and verifier must have in common; it stands in the verifier."""


@lru_cache(maxsize=1)
def verify_html() -> str:
    """The page: its policy lets it run the one script in it and speak to nobody."""
    tables: dict[str, Any] = {name: getattr(ipx_verify, name) for name in TABLES}
    written = msgspec.json.encode(tables).decode().replace("<", "\\u003c")
    script = f"const TABLES = {written};\n" + (HERE / "verify.js").read_text("utf-8")
    style = (HERE / "verify.css").read_text("utf-8")
    page = (HERE / "verify.template.html").read_text("utf-8")
    for name, value in (("script_hash", _hash(script)), ("style_hash", _hash(style)), ("style", style)):
        page = page.replace(f"{{{name}}}", value)
    return page.replace("{script}", script)


def _hash(text: str) -> str:
    """How a content security policy names what may stand in a page."""
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"
