"""A base backup held against the manifest that pg_basebackup wrote with it.

The format is PostgreSQL's own (its documentation, "Backup Manifest Format", versions 1 and 2): every file with size and
SHA-256, and on the last line a SHA-256 over all the lines before it. The server's log in `pg_wal` is not listed there;
its records carry checksums of their own.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from pathlib import Path

MANIFEST: Final = "backup_manifest"
_NOT_LISTED: Final = frozenset({MANIFEST, "postgresql.auto.conf"})
"""The manifest itself, and what restore tools are told to write into."""
_CHUNK: Final = 1 << 20
_LAST_LINE: Final = b'"Manifest-Checksum"'


class _File(
    msgspec.Struct, rename={"path": "Path", "encoded": "Encoded-Path", "size": "Size", "checksum": "Checksum"}
):
    size: int
    checksum: str
    path: str = ""
    encoded: str = ""

    @property
    def name(self) -> str:
        """The path in the backup; one that is no UTF-8 stands there as hex."""
        return self.path or bytes.fromhex(self.encoded).decode("utf-8", "surrogateescape")


class _Manifest(msgspec.Struct, rename={"files": "Files", "checksum": "Manifest-Checksum"}):
    files: list[_File]
    checksum: str


def damage_in(backup: Path) -> str:
    """What is wrong with a base backup: the first file that differs, is missing, or does not belong; empty if nothing.

    Raises:
        OSError: the backup cannot be read.
    """
    try:
        data = (backup / MANIFEST).read_bytes()
        manifest = msgspec.json.decode(data, type=_Manifest)
    except (FileNotFoundError, msgspec.DecodeError):
        return MANIFEST
    if hashlib.sha256(data[: data.rindex(b"\n" + _LAST_LINE) + 1]).hexdigest() != manifest.checksum:
        return MANIFEST
    listed = {each.name: each for each in manifest.files}
    for name, each in listed.items():
        path = backup / name
        if name in _NOT_LISTED:
            continue
        if not path.is_file() or path.stat().st_size != each.size or _sha256(path) != each.checksum:
            return name
    for path in backup.rglob("*"):
        name = str(path.relative_to(backup))
        if (
            path.is_file()
            and not name.startswith("pg_wal/")
            and name not in listed
            and name not in _NOT_LISTED
        ):
            return name
    return ""


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
