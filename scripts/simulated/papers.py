"""The simulated office's papers in Chinese and English, marked 演示数据 · DEMO at head and foot."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

from ledger.office import filing_digest
from scripts.simulated import MARKING
from scripts.simulated.examination import GROUNDS

if TYPE_CHECKING:
    from ledger.office import Filing, RegisterContent

_ZONE = timezone(timedelta(hours=8))
_TITLES = {
    "assignment": "手续合格通知书（专利权转移）",
    "licence_recordal": "专利实施许可合同备案证明",
    "pledge": "专利权质押登记通知书",
    "pledge_change": "专利权质押登记事项变更通知书",
    "discharge": "专利权质押登记注销通知书",
}
_REFUSAL = "不予登记（备案）通知书"


def title_of(kind: str, reason: str | None) -> str:
    """Give the title of the paper about a decided filing."""
    return f"{_TITLES[kind] if reason is None else _REFUSAL}（{MARKING}）"


def decision_paper(
    filing: Filing,
    content: RegisterContent,
    version: int,
    *,
    reason: str | None,
    decided_ms: int,
) -> bytes:
    """Write the paper about a decided filing, in UTF-8; `content` is the entry after the decision."""
    lines = [
        MARKING,
        title_of(filing.kind, reason),
        "本文件由模拟专利局出具，不具有任何法律效力。",
        "Issued by a simulated patent office; without any legal effect.",
        f"文件编号 filing: {filing.filing_id}",
        f"文件摘要 SHA-256 of the filing: {filing_digest(filing)}",
        f"权利 right: {filing.right_id} {content.title}",
        f"决定日期 decided on: {office_date(decided_ms)}",
        f"登记簿版本 register version: {version}",
        "登记的权利人 registered holders: "
        + "; ".join(f"{holder.company_number} {holder.share}/10000" for holder in content.holders),
    ]
    if reason is None:
        lines.append("结论 decision: 予以登记（备案） confirmed")
    else:
        ground = GROUNDS[reason]
        lines.append(
            f"结论 decision: 不予登记（备案） refused, {reason}: {ground.chinese} / {ground.english}"
        )
    lines.append(MARKING)
    return ("\n".join(lines) + "\n").encode()


def office_date(time_ms: int) -> str:
    """Give the office's calendar date (UTC+8, ISO) of a moment in milliseconds UTC."""
    return datetime.fromtimestamp(time_ms / 1_000, UTC).astimezone(_ZONE).date().isoformat()
