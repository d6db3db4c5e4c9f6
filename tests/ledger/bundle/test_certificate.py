"""The certificate and the archive: what stands on them, in both languages, and that nothing crooked is certified."""

from __future__ import annotations

import io
import json
import re
import zipfile
import zlib
from hashlib import sha256
from typing import Any

import pytest
import segno

from exchange import canonical
from ledger.bundle import certificate as drawing
from ledger.bundle.archive import archive
from ledger.bundle.certificate import CertificateRefused, certificate
from ledger.bundle.page import VERIFIER, verify_html
from tests.barred_words import BARRED
from tests.ledger.bundle.golden import NUMBERS, golden, put, with_digests_made_again

SETTLED = ("已结算", "Settled")


def said(monkeypatch: pytest.MonkeyPatch, data: bytes) -> tuple[bytes, list[str]]:
    """The PDF, and every text that was put on it."""
    told: list[str] = []
    for name in ("cell", "multi_cell"):
        drawn = getattr(drawing._Page, name)

        def noting(page: Any, *arguments: Any, _drawn: Any = drawn, **named: Any) -> Any:
            told.extend(each for each in (*arguments, *named.values()) if isinstance(each, str))
            return _drawn(page, *arguments, **named)

        monkeypatch.setattr(drawing._Page, name, noting)
    return certificate(data, SETTLED), told


@pytest.mark.parametrize("number", NUMBERS)
def test_a_certificate_says_in_both_languages_what_the_bundle_holds(
    monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    data = golden(number)
    bundle = json.loads(data)
    content, told = said(monkeypatch, data)
    text = "\n".join(told)
    assert content.startswith(b"%PDF-")
    for wanted in (
        *("存证证明", "Certificate of recorded evidence", "演示数据 · DEMO", "已结算 / Settled"),
        *(
            bundle["deal"]["id"],
            bundle["deal"]["right_id"],
            sha256(data).hexdigest(),
            bundle["checkpoint"]["root"],
        ),
        *(each["digest"] for each in bundle["signed"]),
        *(each["sm3"] for name, each in bundle["digests"].items() if name.startswith("contract.")),
        *("由运营方自行运行的开发链，对运营方不具证明力", "proves nothing against the operator"),
        *("witness.local/ipx", *(["检查点没有 RFC 3161 时间戳"] if number in {1, 2} else [])),
    ):
        assert wanted in text
    assert [word for word in BARRED if word in text] == []
    assert str(bundle["deal"]["price_minor"]) not in text, "more people see a certificate than its bundle"


def test_a_certificate_names_the_title_that_the_contract_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an older form, which names none, it has no such line."""
    data = golden(3)
    opened = [
        each["openings"]["bibliography"]
        for each in json.loads(data)["entries"]
        if "bibliography" in each["openings"]
    ]
    assert opened
    assert opened[0]["value"]["title"] in said(monkeypatch, data)[1]
    assert "名称" not in said(monkeypatch, golden(2))[1]


def test_its_code_holds_deal_chain_transaction_and_the_bundles_digest() -> None:
    data = golden(2)
    bundle = json.loads(data)
    content = drawing._shown_in_code(bundle, data)
    (agreed,) = [event for event in bundle["chain"]["events"] if event["name"] == "DealAgreed"]
    for wanted in (
        "D-2",
        "31337",
        bundle["chain"]["register"],
        agreed["transaction_hash"],
        sha256(data).hexdigest(),
    ):
        assert wanted in content
    dark = sum(map(sum, segno.make_qr(content, error="m").matrix))
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", certificate(data, SETTLED), re.DOTALL)
    pages = [page for stream in streams if (page := inflated(stream)).startswith(b"2 J")]
    assert sum(page.count(b" re f") for page in pages) == dark


def inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_the_same_bundle_makes_the_same_certificate() -> None:
    assert certificate(golden(1), SETTLED) == certificate(golden(1), SETTLED)


def test_no_certificate_is_drawn_of_a_bundle_that_differs_from_itself() -> None:
    bundle = json.loads(golden(2))
    changed = with_digests_made_again(put(bundle, ("contract", "terms", "price"), 1), ["contract"])
    with pytest.raises(CertificateRefused) as refused:
        certificate(canonical.encode(changed), SETTLED)
    assert refused.value.code == "BUNDLE-DIFFERS"


def test_a_bundle_off_the_development_chain_bears_no_mark_of_a_demonstration(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bundle = json.loads(golden(2))
    changed = with_digests_made_again(
        {**bundle, "about": {**bundle["about"], "demo": None}, "attestation": None}, ["about"]
    )
    _, told = said(monkeypatch, canonical.encode(changed))
    assert "DEMO" not in "".join(told)


def test_the_archive_holds_everything_that_checks_it() -> None:
    content = archive(golden(2), SETTLED)
    with zipfile.ZipFile(io.BytesIO(content)) as opened:
        files = {name: opened.read(name) for name in opened.namelist()}
    assert set(files) == {"README.txt", "bundle.json", "certificate.pdf", "ipx_verify.py", "verify.html"}
    assert files["bundle.json"] == golden(2)
    assert files["ipx_verify.py"] == VERIFIER.read_bytes()
    assert files["verify.html"].decode() == verify_html()
    assert files["certificate.pdf"] == certificate(golden(2), SETTLED)
    assert "校验步骤 / How to check it" in files["README.txt"].decode()
    assert archive(golden(2), SETTLED) == content
