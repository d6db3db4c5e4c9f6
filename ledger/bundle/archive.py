"""The bundle as one archive: with the verifier, the page, the certificate, and a README in both languages."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final

from ledger.bundle.certificate import certificate
from ledger.bundle.page import VERIFIER, verify_html

README: Final = Path(__file__).parent / "README.txt"
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
"""The same files make the same archive, whenever it is made."""


def companions() -> dict[str, bytes]:
    """What checks a bundle, by file name."""
    return {"ipx_verify.py": VERIFIER.read_bytes(), "verify.html": verify_html().encode()}


def archive(bundle: bytes, state: tuple[str, str]) -> bytes:
    """Give the archive of a bundle; `state` is what the deal's state is called, in Chinese and English.

    Raises:
        CertificateRefused: the bundle does not agree with itself.
    """
    files = {
        "README.txt": README.read_bytes(),
        "bundle.json": bundle,
        "certificate.pdf": certificate(bundle, state),
        **companions(),
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as made:
        for name, data in files.items():
            made.writestr(zipfile.ZipInfo(name, _LONG_AGO), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()
