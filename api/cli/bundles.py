"""`ipx deal bundle` and `ipx deal certificate`: a deal's evidence as files that only their owner can read."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Annotated

import typer

from api.cli.connection import AsJson, DealId, reader, show
from api.web.state_words import DEAL_STATE_WORDS

OWNER_ONLY = 0o600
"""A bundle holds the deal's confidential terms."""
UNWRITTEN = 2


def bundle(
    deal_id: DealId,
    out: Annotated[
        Path | None, typer.Option("--out", dir_okay=False, help="The file to write; printed if left out.")
    ] = None,
    zipped: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--zip", help="Together with verifier, page, certificate and README.")
    ] = False,
    with_verifier: Annotated[  # noqa: FBT002 - an option
        bool, typer.Option("--with-verifier", help="Write ipx_verify.py and verify.html beside it.")
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Get the evidence bundle of a deal: signatures, entries, proofs, chain, and the recipe to check them."""
    if out is None and (zipped or with_verifier):
        message = "name the file to write"
        raise typer.BadParameter(message, param_hint="--out")
    with reader() as client:
        content = client.bundle(deal_id)
    if out is None:
        typer.echo(content, nl=False)
        return
    # The page and the certificate bring fonts and pictures with them: loaded by whoever writes files.
    from ledger.bundle.archive import archive, companions  # noqa: PLC0415

    files = {out: archive(content, _state_of(content)) if zipped else content}
    if with_verifier:
        files |= {out.with_name(name): data for name, data in companions().items()}
    _write(files, as_json=as_json)


def certificate(
    deal_id: DealId,
    out: Annotated[Path, typer.Option("--out", dir_okay=False, help="The PDF to write.")],
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Get the certificate 存证证明 of a deal as PDF, with a QR code, in Chinese and English."""
    with reader() as client:
        content = client.certificate(deal_id)
    _write({out: content}, as_json=as_json)


def _state_of(content: bytes) -> tuple[str, str]:
    from exchange.canonical import decode  # noqa: PLC0415 - as above

    found = decode(content)
    state = found["deal"]["state"] if isinstance(found, dict) and isinstance(found["deal"], dict) else ""
    return DEAL_STATE_WORDS[f"deal.{state}"]


def _write(files: dict[Path, bytes], *, as_json: bool) -> None:
    """Write files, each there whole or not at all, and say what was written."""
    rows: list[dict[str, object]] = []
    for path, content in files.items():
        unfinished = path.with_name(path.name + ".unfinished")
        try:
            unfinished.unlink(missing_ok=True)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(unfinished, flags, OWNER_ONLY), "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            unfinished.replace(path)
        except OSError as error:
            unfinished.unlink(missing_ok=True)
            typer.echo(f"nothing written / 未写入: {error}", err=True)
            raise typer.Exit(UNWRITTEN) from error
        digest = hashlib.sha256(content).hexdigest()
        rows.append({"file": str(path), "bytes": len(content), "sha256": digest})
    show(rows, as_json=as_json, title="files / 文件")
