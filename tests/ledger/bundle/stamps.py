"""Time stamps of golden bundles, by an authority of this house that lives as long as the tests do."""

from __future__ import annotations

import base64
import tempfile
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from ledger.timestamp.issuing import Authority
from ledger.timestamp.opening import open_authority
from ledger.timestamp.requests import read_reply, write_request

NAME = "an authority"
NOW = datetime.now(UTC) + timedelta(days=1)
"""Later than any certificate that a test makes begins."""
NOW_MS = int(NOW.timestamp() * 1_000)


def opened(name: str = NAME) -> tuple[Authority, str]:
    """An authority and its certificate, in PEM."""
    return _opened(name)


@lru_cache(maxsize=2)
def _opened(name: str) -> tuple[Authority, str]:
    folder = tempfile.TemporaryDirectory()
    authority, pem = open_authority(Path(folder.name), name, begin=True)
    _FOLDERS.append(folder)
    return authority, pem.decode()


_FOLDERS: list[tempfile.TemporaryDirectory[str]] = []
"""They go with the process."""


def token_of(authority: Authority, content: bytes, time_ms: int = NOW_MS) -> bytes:
    """What an authority gives for some bytes."""
    return read_reply(authority.answer(write_request(content, 7), time_ms))


def token_over(text: str, name: str = NAME) -> str:
    """An RFC 3161 token over a text, in base64."""
    return base64.b64encode(token_of(opened(name)[0], text.encode())).decode()
