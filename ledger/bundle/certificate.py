"""The certificate 存证证明 of a bundle, as PDF: what is deposited, by whom signed, since when, and what is lacking.

It says when data were recorded and by whom they were signed. It takes the place of no official document, and says
nothing of who owns a right. No price stands on it, since it is shown to more people than the bundle.
"""

from __future__ import annotations

from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import segno
from fpdf import FPDF
from fpdf.enums import MethodReturnValue, WrapMode, XPos, YPos

from exchange import canonical
from exchange.rules.civil_code import TITLE_LABEL
from exchange.terms.text import annex
from ledger.bundle import ipx_verify
from ledger.bundle.digests import sm3
from ledger.bundle.words import DEMO_MARK, Words
from ledger.log.notes import COSIGNATURE_LENGTH, read_note

if TYPE_CHECKING:
    from collections.abc import Iterator

FONT: Final = Path(__file__).parents[2] / "node_modules" / "@fontsource" / "noto-sans-sc" / "files"
"""The pages' own font (SIL Open Font License 1.1), installed with them."""
_WEIGHTS: Final = {"": 400, "B": 700}
_MARGIN: Final = 16.0
_LABEL_WIDTH: Final = 44.0
_CODE_SIDE: Final = 32.0
"""Millimetres."""
_GREY: Final = (95, 95, 95)
_RED: Final = (178, 34, 34)
_FACE: Final = "Noto Sans SC"
_KINDS: Final[dict[str, Words]] = {
    "assignment": {"zh": "转让", "en": "assignment"},
    "exclusive_licence": {"zh": "独占实施许可", "en": "exclusive licence"},
    "sole_licence": {"zh": "排他实施许可", "en": "sole licence"},
    "ordinary_licence": {"zh": "普通实施许可", "en": "non-exclusive (ordinary) licence"},
}
_SCOPE: Final[Words] = {
    "zh": (
        "本证明仅说明下列数据由谁签署、何时记入日记账及链上存证情况，"
        "不代替法定机构出具的文书，也不说明权利归属；价款与条款见数据包。"
    ),
    "en": (
        "This certificate says who signed the data below, when they entered the journal, and what the chain holds. It "
        "takes the place of no official document and says nothing of title; price and terms are in the bundle."
    ),
}
_TITLE: Final[Words] = {"zh": "存证证明", "en": "Certificate of recorded evidence"}


class CertificateRefused(Exception):
    """No certificate is drawn of a bundle that does not agree with itself. `code` is stable."""

    def __init__(self, *, what: str) -> None:
        self.code = "BUNDLE-DIFFERS"
        self.cure = "ask the venue for the bundle again; if it stays so, tell its operator"
        super().__init__(f"{self.code}: {what}: {self.cure}")


def certificate(data: bytes, state: tuple[str, str]) -> bytes:
    """Draw the certificate of a bundle's bytes; `state` is what the deal's state is called, in Chinese and English.

    Raises:
        CertificateRefused: the bundle does not agree with itself.
    """
    differing = [line for line in ipx_verify.verify(data, ipx_verify.Roots()) if line.verdict == "DIFFERS"]
    if differing:
        raise CertificateRefused(what=f"{differing[0].check} {differing[0].what}")
    bundle: Any = canonical.decode(data)
    page = _Page(bundle)
    page.head(_shown_in_code(bundle, data))
    for label, value in _facts(bundle, data, state):
        page.row(label, value)
    page.foot()
    return bytes(page.output())


class _Page(FPDF):
    """One certificate under way."""

    def __init__(self, bundle: dict[str, Any]) -> None:
        super().__init__(format="A4")
        self.bundle = bundle
        self.set_margins(_MARGIN, _MARGIN)
        self.set_auto_page_break(auto=True, margin=_MARGIN)
        self.set_creation_date(_moment(bundle["capture"]["read_at_ms"]))
        for style, weight in _WEIGHTS.items():
            self.add_font(_FACE, style, FONT / f"noto-sans-sc-chinese-simplified-{weight}-normal.woff")
        self.set_title(f"{_TITLE['zh']} {bundle['deal']['id']}")
        self.set_lang("zh-CN")
        self.add_page()

    def footer(self) -> None:
        """Each page says which it is, of which deal, and that it is a demonstration where it is one."""
        self.set_y(-_MARGIN + 3)
        self.set_font(_FACE, size=7)
        self.set_text_color(*_GREY)
        mark = f"{DEMO_MARK}    " if self.bundle["about"]["demo"] else ""
        self.cell(0, 4, f"{mark}{self.bundle['deal']['id']}    {self.page_no()} / {{nb}}", align="C")
        self.set_text_color(0)

    def head(self, content: str) -> None:
        """The QR code, title, mark of a demonstration, and what a certificate is."""
        self._code(content)
        if self.bundle["about"]["demo"]:
            self.set_font(_FACE, "B", 12)
            self.set_text_color(*_RED)
            self._line(self.bundle["about"]["demo"], 7)
            self.set_text_color(0)
        self.set_font(_FACE, "B", 22)
        self._line(_TITLE["zh"], 12)
        self.set_font(_FACE, size=12)
        self._line(_TITLE["en"], 7)
        self.set_y(_MARGIN + _CODE_SIDE - 1)
        self.set_font(_FACE, size=8)
        self.set_text_color(*_GREY)
        for text in (_SCOPE["zh"], _SCOPE["en"]):
            self.multi_cell(0, 4, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)
        self.ln(2)

    def row(self, label: Words, value: str) -> None:
        """One fact: its name in both languages at the left, what it is at the right."""
        self.set_font(_FACE, size=8)
        width = self.epw - _LABEL_WIDTH
        height = self.multi_cell(
            width, 4.2, value, dry_run=True, output=MethodReturnValue.HEIGHT, wrapmode=WrapMode.CHAR
        )
        if self.will_page_break(max(float(str(height)), 8) + 2):
            self.add_page()
        top = self.get_y()
        self.set_draw_color(210)
        self.line(_MARGIN, top, self.w - _MARGIN, top)
        self.set_y(top + 0.8)
        self.set_font(_FACE, "B", 8)
        self.multi_cell(_LABEL_WIDTH, 4.2, label["zh"], align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_font(_FACE, size=6.5)
        self.set_text_color(*_GREY)
        self.multi_cell(_LABEL_WIDTH, 3.2, label["en"], align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)
        end = self.get_y()
        self.set_xy(_MARGIN + _LABEL_WIDTH, top + 0.8)
        self.set_font(_FACE, size=8)
        self.multi_cell(
            width, 4.2, value, align="L", wrapmode=WrapMode.CHAR, new_x=XPos.LMARGIN, new_y=YPos.NEXT
        )
        self.set_y(max(end, self.get_y()) + 0.8)

    def foot(self) -> None:
        """How to check what the code and the page say."""
        self.ln(2)
        self.set_font(_FACE, size=8)
        self.set_text_color(*_GREY)
        for text in (_CHECK["zh"], _CHECK["en"]):
            self.multi_cell(0, 4.2, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)
        self.set_text_color(0)

    def _code(self, content: str) -> None:
        left, top = self.w - _MARGIN - _CODE_SIDE, _MARGIN - 4
        matrix = segno.make_qr(content, error="m").matrix
        side = _CODE_SIDE / len(matrix)
        self.set_fill_color(0)
        for down, line in enumerate(matrix):
            for across, dark in enumerate(line):
                if dark:
                    self.rect(left + across * side, top + down * side, side, side, style="F")

    def _line(self, text: str, height: float) -> None:
        self.cell(0, height, text, align="L", new_x=XPos.LMARGIN, new_y=YPos.NEXT)


_CHECK: Final[Words] = {
    "zh": (
        "二维码载明交易编号、链与合约、交易哈希及数据包的 SHA-256。"
        "校验：在离线浏览器打开 verify.html，或运行 ipx-verify bundle.json。"
    ),
    "en": (
        "The code holds deal, chain and contract, transaction and the bundle's SHA-256. To check it, open "
        "verify.html in an offline browser, or run ipx-verify bundle.json."
    ),
}


def _facts(bundle: dict[str, Any], data: bytes, state: tuple[str, str]) -> Iterator[tuple[Words, str]]:
    deal, kind = bundle["deal"], _KINDS[bundle["deal"]["kind"]]
    yield _label("交易", "Deal"), f"{deal['id']}    {kind['zh']} / {kind['en']}"
    yield _label("状态", "State"), f"{state[0]} / {state[1]}"
    yield _label("权利", "Right"), deal["right_id"]
    if title := _title(bundle):
        yield _label("名称", "Title"), title
    yield _label("让与人 / 许可人", "Seller or licensor"), f"{deal['seller']}    {deal['seller_key']}"
    yield _label("受让人 / 被许可人", "Buyer or licensee"), f"{deal['buyer']}    {deal['buyer_key']}"
    for signed in bundle["signed"]:
        role = {"seller": "让与人或许可人签名", "buyer": "受让人或被许可人签名"}[signed["role"]]
        name = f"EIP-712 {signed['typed_data']['primaryType']}\n{signed['digest']}"
        yield _label(role, f"signed by the {signed['role']}"), name
    yield from _texts(bundle)
    yield from _log(bundle)
    yield from _chain(bundle)
    digests = f"SHA-256 {sha256(data).hexdigest()}\nSM3 {sm3(data).hex()}"
    yield _label("数据包摘要", "The bundle's digests"), digests
    capture = bundle["capture"]
    version = f"{capture['software']} {capture['version']}, engine {capture['engine']}, {bundle['format']}"
    yield _label("采集", "Captured"), f"{_time(capture['read_at_ms'])}\n{version}"
    names = {
        "node": ("节点", "Node"),
        "witness": ("见证方", "Witness"),
        "time_stamp": ("时间戳", "Time stamp"),
    }
    told: dict[tuple[str, str], list[str]] = {}
    for name, words in bundle["custody"].items():
        told.setdefault((words["zh"], words["en"]), []).append(name)
    for (chinese, english), which in told.items():
        label = _label(
            "、".join(names[name][0] for name in which), ", ".join(names[name][1] for name in which)
        )
        yield label, f"{chinese}\n{english}"
    lacking = [f"{each['zh']} / {each['en']}" for each in bundle["missing"]]
    yield _label("尚缺", "Missing"), "\n".join(lacking) or "无 / nothing"


def _title(bundle: dict[str, Any]) -> str:
    """The title that the contract names, as the bundle opens it; empty of an older form, and once it is erased."""
    terms = bundle["contract"]["terms"]
    right = terms.get("right", {}) if isinstance(terms, dict) else {}
    named = right.get(TITLE_LABEL) if isinstance(right, dict) else None
    for each in bundle["entries"] if named else ():
        erasable, opened = each["public"]["command"].get("erasable"), each["openings"].get(TITLE_LABEL)
        if isinstance(erasable, dict) and erasable.get(TITLE_LABEL) == named and opened is not None:
            return annex.title_in(opened["value"])
    return ""


def _texts(bundle: dict[str, Any]) -> Iterator[tuple[Words, str]]:
    for language in sorted(bundle["contract"]["texts"]):
        found = bundle["digests"][f"contract.{language}"]
        yield (
            _label(f"合同文本 {language}", f"Contract in {language}"),
            f"SHA-256 {found['sha256']}\nSM3 {found['sm3']}",
        )


def _log(bundle: dict[str, Any]) -> Iterator[tuple[Words, str]]:
    signing = [
        f"{each['entry']} ({_time(each['public']['time_ms'])})"
        for each in bundle["entries"]
        if each["public"]["command"]["type"] in {"sign_agreement", "sign_deal", "sign_offer"}
        and each["public"]["answer"]["status"] == "accepted"
    ]
    yield _label("签署的日记账记录", "Journal entries of the signatures"), "\n".join(signing) or "无 / none"
    checkpoint = bundle["checkpoint"]
    if checkpoint is not None:
        note = read_note(checkpoint["note"].encode())
        witnesses = [line.name for line in note.signatures if len(line.signature) == COSIGNATURE_LENGTH]
        text = f"{checkpoint['size']} 条 / entries\n{checkpoint['root']}\n{_time(checkpoint['made_ms'])}"
        yield _label("检查点", "Checkpoint"), text
        yield _label("见证方联署", "Cosigned by"), ", ".join(witnesses) or "无 / nobody"
    anchor = bundle["anchor"]
    if anchor is not None:
        text = f"{anchor['size']} 条 / entries\n{anchor['event']['transaction_hash']}"
        yield _label("日记账锚定", "Journal anchored"), text


def _chain(bundle: dict[str, Any]) -> Iterator[tuple[Words, str]]:
    chain = bundle["chain"]
    yield _label("区块链", "Chain"), f"{chain['chain_id']}    {chain['register']}"
    event = _deal_event(bundle)
    if event is not None:
        text = (
            f"{event['name']}    {event['transaction_hash']}\n"
            f"区块 / block {event['block_number']} {event['block_hash']}\n"
            f"日志 / log {event['log_index']}, seq {event['seq']}"
        )
        yield _label("链上存证", "Recorded on the chain"), text


def _deal_event(bundle: dict[str, Any]) -> dict[str, Any] | None:
    events = [event for event in bundle["chain"]["events"] if event["name"] in ipx_verify.SAID]
    return next((event for event in events if bundle["deal"]["deal_key"] in event["topics"]), None)


def _shown_in_code(bundle: dict[str, Any], data: bytes) -> str:
    event, chain = _deal_event(bundle), bundle["chain"]
    lines = [f"{bundle['format']} {bundle['deal']['id']}", f"chain {chain['chain_id']} {chain['register']}"]
    lines += [] if event is None else [f"tx {event['transaction_hash']}"]
    return "\n".join([*lines, f"sha256 {sha256(data).hexdigest()}"])


def _label(chinese: str, english: str) -> Words:
    return {"zh": chinese, "en": english}


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms // 1000, UTC)


def _time(time_ms: int) -> str:
    return f"{_moment(time_ms).strftime('%Y-%m-%d %H:%M:%S')}.{time_ms % 1000:03d} UTC"
