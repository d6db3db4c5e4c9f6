"""Digests of a file, made here: the file stays where it is. What takes over two seconds shows how far it is."""

from __future__ import annotations

import hashlib
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, NamedTuple, TypeAlias

import typer
from cryptography.hazmat.primitives import hashes
from rich.console import Console
from rich.progress import Progress

QUIET_S = 2.0
CHUNK = 1024 * 1024
File: TypeAlias = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The document; it is never sent.")
]


class FileDigests(NamedTuple):
    """SHA-256 (FIPS 180-4) and SM3 (GB/T 32905), as lower-case hex."""

    sha256: str
    sm3: str


def digest_file(path: Path) -> FileDigests:
    """Read a file once, and give its digests.

    Raises:
        OSError: it cannot be read.
    """
    sha256, sm3 = hashlib.sha256(), hashes.Hash(hashes.SM3())
    begun, shown = time.monotonic(), None
    with path.open("rb") as file, ExitStack() as stack:
        size = path.stat().st_size
        while chunk := file.read(CHUNK):
            sha256.update(chunk)
            sm3.update(chunk)
            if shown is None and time.monotonic() - begun > QUIET_S:
                shown = stack.enter_context(Progress(console=Console(stderr=True), transient=True))
                task = shown.add_task(f"hashing / 计算摘要 {path.name}", total=size)
            if shown is not None:
                shown.update(task, completed=file.tell())
    return FileDigests(sha256.hexdigest(), sm3.finalize().hex())
