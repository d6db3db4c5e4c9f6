"""What pages load: our style and script, htmx, and the fonts, all served from here under a name that changes with them.

The fonts are cut into slices by the characters they hold; a browser loads those that a page needs.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import NamedTuple

import structlog

STATIC = Path(__file__).parent / "static"
PACKAGES = Path(__file__).resolve().parents[2] / "node_modules"
HTMX = Path("htmx.org/dist/htmx.min.js")
FONT = Path("@fontsource/noto-sans-sc")
WEIGHTS = (400, 700)
_SLICE = re.compile(rf"noto-sans-sc-[a-z0-9-]+-({'|'.join(map(str, WEIGHTS))})-normal\.woff2")
_WOFF = re.compile(r",\s*url\([^)]*\.woff\)\s*format\('woff'\)")
_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
_log = structlog.get_logger(__name__)


class Asset(NamedTuple):
    """One file as it is served: small ones from memory, fonts from their package."""

    media_type: str
    content: bytes | Path


class Assets:
    """Every file that may be asked for, by name: a name that is not in the table does not exist."""

    def __init__(self, packages: Path = PACKAGES) -> None:
        self.files = {path.name: Asset(_TYPES[path.suffix], path.read_bytes()) for path in STATIC.iterdir()}
        try:
            self._add_packages(packages)
        except OSError as error:
            # Pages can be read without script and with the reader's own fonts; trading goes on in any case.
            _log.error("page_assets_missing", missing=Path(error.filename or "").name, cure="run: make setup")
        self.version = self._version()

    def _add_packages(self, packages: Path) -> None:
        self.files["htmx.js"] = Asset(_TYPES[".js"], (packages / HTMX).read_bytes())
        for weight in WEIGHTS:
            # The older woff files are not served, so the style sheet does not name them.
            text = _WOFF.sub("", (packages / FONT / f"{weight}.css").read_text("utf-8"))
            style = text.replace("./files/", "./").encode()
            self.files[f"font-{weight}.css"] = Asset(_TYPES[".css"], style)
        for path in (packages / FONT / "files").iterdir():
            if _SLICE.fullmatch(path.name):
                self.files[path.name] = Asset(_TYPES[".woff2"], path)

    def _version(self) -> str:
        total = hashlib.sha256()
        for name, asset in sorted(self.files.items()):
            content = asset.content
            total.update(name.encode() + b"\0")
            total.update(content if isinstance(content, bytes) else str(content.stat().st_size).encode())
        return total.hexdigest()[:16]
