"""The verdict: what was checked, in figures, what could not be, and the first bad entry."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import msgspec

from ledger.audit.findings import Finding, Note
from ledger.audit.keys import KeyEvent

if TYPE_CHECKING:
    from ledger.audit.lines import ExportKind
    from ledger.row_sums import Sums


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The audit's verdict. `verified` only if everything that could be checked holds."""

    verified: bool
    kind: ExportKind | None
    chain_id: int
    anchor: str
    block: int
    """The block at which the chain was read."""
    entries: int
    """Entries whose bytes, place, leaf hash and openings hold."""
    roots: int
    """Roots anchored on the chain and made again from the entries."""
    anchored_entries: int
    anchored_by: tuple[str, ...]
    """Addresses of the keys that anchor: whose word the anchors are."""
    seals: int
    checkpoints: int
    """Checkpoints of the venue whose root was made again from the entries."""
    closes: int
    """Entries at which deadlines fired, closes among them, behind a checkpoint of exactly what stands before."""
    cosignatures: int
    """Of the witnesses whose keys were given."""
    tokens: int
    """Time-stamp tokens over checkpoints, under the certificate that was given."""
    openings: int
    signatures: int
    """Instruction signatures that are their signers'."""
    replayed: int
    state_hashes: int
    rights: int
    """Rights that entered the catalogue; like parties, listings and bids, of entries that replay or a public export
    shows to have been accepted."""
    parties: int
    """Parties that applied."""
    listings: int
    """Listings that were submitted."""
    bids: int
    """Bids that were placed, amendments not counted."""
    deals: int
    """Deals that replay awarded; of a public export those on the chain."""
    deals_on_chain: int
    deal_signatures: int
    transfers: int
    """Holders that changed on the register's confirmation."""
    licences: int
    attestations: int
    """Statements of bank and office that say, under their signature, what the entry says."""
    approvals: int
    """Operators' signatures over payments."""
    chain_signatures: int
    """Signatures of parties over what the chain states, checked with the counters of that moment."""
    chain_events: int
    """Events of all contracts, without a gap."""
    registers: tuple[str, ...]
    """Addresses of the register's versions, the first one first."""
    keys_enrolled: int
    keys_recovered: int
    keys: tuple[KeyEvent, ...]
    """How keys came to parties, and who attested it: recoveries first, at most 2,000."""
    witnessed: int
    """Receipts and entries of an older export that stand unchanged."""
    not_checked: tuple[Note, ...]
    findings: tuple[Finding, ...]
    """The first of them, at most 20; `finding_count` counts all."""
    finding_count: int
    first_bad: Finding | None
    row_sums: Sums | None = None
    """Of all rows after the last entry, where that was asked and every entry replays."""

    def as_object(self) -> dict[str, Any]:
        """The verdict as its JSON reads: dicts, lists, texts and numbers."""
        made: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(self))
        return made


ROWS: tuple[tuple[str, str, str], ...] = (
    ("entries", "entries: bytes, place, leaf hash, openings", "记录：内容、位置、叶哈希、封存内容"),
    ("seals", "batch seals (Ed25519)", "批次封印"),
    ("checkpoints", "checkpoints of these very entries, signed by the venue", "场所签署的检查点"),
    ("closes", "closes and other deadlines behind a checkpoint of their own", "此前已有检查点的截止事项"),
    ("cosignatures", "cosignatures of the witnesses given", "所给见证方的联署"),
    ("tokens", "time-stamp tokens over checkpoints", "检查点的时间戳令牌"),
    ("roots", "roots anchored on the chain", "链上锚定的根"),
    ("anchored_entries", "entries below the last anchor", "已锚定的记录"),
    ("openings", "openings of sealed parts", "已核对的封存内容"),
    ("signatures", "instruction signatures (EIP-712)", "指令签名"),
    ("replayed", "entries replayed byte for byte", "逐字节重放的记录"),
    ("state_hashes", "state hashes", "状态哈希"),
    ("rights", "rights", "权利"),
    ("parties", "parties", "主体"),
    ("listings", "listings", "挂牌"),
    ("bids", "bids", "报价"),
    ("deals", "deals", "成交"),
    ("deals_on_chain", "deals on the chain", "链上成交"),
    ("deal_signatures", "deal signatures of the parties", "当事人成交签名"),
    ("transfers", "transfers confirmed by the register", "登记簿确认的权利转移"),
    ("licences", "licences", "许可"),
    ("attestations", "signed statements of bank and office", "银行与专利局的签署文件"),
    ("approvals", "operators' signatures over payments", "运营者对付款的签名"),
    ("chain_signatures", "signatures over what the chain states", "对链上所载内容的签名"),
    ("chain_events", "chain events", "链上事件"),
    ("keys_enrolled", "keys enrolled", "登记的密钥"),
    ("keys_recovered", "keys recovered", "恢复的密钥"),
    ("witnessed", "receipts and entries of an older export", "回执与较早导出的记录"),
)
"""Figures in the order of the table, with their names in English and Chinese."""


def place_of(finding: Finding) -> str:
    """Where a finding stands, in words: an entry, an interval, or the chain."""
    if finding.entry is not None:
        return f"entry {finding.entry} / 记录 {finding.entry}"
    if finding.interval is not None:
        first, last = finding.interval
        return f"entries {first}-{last} / 记录 {first}-{last}"
    return "the chain / 链上"


def _key_lines(report: Report) -> list[str]:
    """Recoveries one by one, flagged; enrolments by who attested them."""
    lines = [
        f"{'!':>10}  {each.event} / 密钥恢复: party {each.party}, key {each.key} for {each.replaced or '-'},"
        f" attested by {each.attestor or '-'}, block {each.block}"
        for each in report.keys
        if each.event != "KeyEnrolled"
    ]
    attestors = Counter(each.attestor for each in report.keys if each.event == "KeyEnrolled")
    lines += [
        f"{count:>10}  keys enrolled on the word of / 登记密钥的证明人: {attestor}"
        for attestor, count in sorted(attestors.items())
    ]
    return lines


def as_lines(report: Report) -> list[str]:
    """The verdict as plain text in English and Chinese."""
    lines = [f"{getattr(report, name):>10}  {english} / {chinese}" for name, english, chinese in ROWS]
    lines.append(f"{'':>10}  anchored by / 锚定者: {', '.join(report.anchored_by) or '-'}")
    lines.append(f"{'':>10}  registers / 登记合约: {', '.join(report.registers) or '-'}")
    lines += _key_lines(report)
    lines.append("")
    lines.append("not checked / 未核对:")
    lines += [f"{each.count:>10}  {each.text} / {each.text_zh}" for each in report.not_checked]
    lines.append("")
    if report.first_bad is None:
        lines.append("VERIFIED / 核对无误")
        return lines
    bad = report.first_bad
    lines.append(f"NOT VERIFIED / 核对不符: {report.finding_count}")
    lines.append(f"first bad / 首个错误: {place_of(bad)}: {bad.code}: {bad.text} / {bad.text_zh}")
    if bad.detail:
        lines.append(f"  {bad.detail}")
    return lines
