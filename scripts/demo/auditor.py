"""The last two scenes: what an auditor sees of forgeries, and of the day when every service is stopped."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from api.client import Acknowledgement
from ledger.audit.evidence import read_anchors
from ledger.audit.findings import Findings
from ledger.audit.run import Trust
from ledger.chain.client import ChainClient
from ledger.chain.logs import decode_log
from ledger.chain.reads import address_on_record
from ledger.receipt_key import ReceiptKey
from scripts.demo import forgery, market, proof
from scripts.demo.proof import Verdict
from scripts.demo.stage import Stage
from scripts.demo.waiting import DemoFailed, wait_for

AUDITS_AT_ONCE = 2


@dataclass(frozen=True)
class OwnWord:
    """What the clients of a venue know themselves."""

    log: Path
    signers: frozenset[str]
    """Addresses that they signed with."""
    counts: Mapping[str, int]
    """What they count from their own log."""


@dataclass(frozen=True)
class Witness(OwnWord):
    """What the demonstration itself knows of its day."""

    losing_bid: Acknowledgement
    winning_bid: Acknowledgement


class Auditor:
    """Audits one exported journal and forgeries of it, with a root of trust that was written down at deployment."""

    def __init__(self, stage: Stage, data: Path, trust: Trust, register: str, witness: Witness) -> None:
        self._stage = stage
        self._data = data
        self._trust = trust
        self._register = register
        self._witness = witness
        self._journal = data / "journal.jsonl"

    def export(self, database_url: str) -> None:
        """Export the journal once an anchor in a final block stands over all of it."""
        export_anchored(database_url, self._journal, self._trust)

    def audit(self, receipt_key: ReceiptKey) -> tuple[Verdict, Verdict, int]:
        """Scenes 5 and 6; the verdict, that over a copy with one byte changed, and how many events the chain has.

        Raises:
            DemoFailed: a forgery is not named, or the audit and the clients' own log do not agree.
        """
        told = proof.read_journal(self._journal)
        forged, hidden, tampered = (
            self._data / f"{name}.jsonl" for name in ("forged-price", "forged-hidden", "tampered")
        )
        winning, losing = self._witness.winning_bid, self._witness.losing_bid
        change = forgery.with_price(market.STORY_BIDS[1] - market.STEP)
        forgery.rewrite(self._journal, forged, receipt_key, winning.entry, change)
        forgery.rewrite(self._journal, hidden, receipt_key, losing.entry, forgery.hidden)
        receipt = proof.write_receipt(losing, self._data / "losing-bid.receipt.json")
        flipped = forgery.flip_one_byte(self._journal, tampered)
        with ThreadPoolExecutor(AUDITS_AT_ONCE) as pool:
            audits: list[Future[Verdict]] = [
                pool.submit(proof.audit_in_child, file, self._trust, receipts)
                for file, receipts in (
                    (forged, None),
                    (hidden, receipt),
                    (self._journal, None),
                    (tampered, None),
                )
            ]
            self._fifth_scene(audits[0].result(), audits[1].result(), told.last_ms)
            verdict = audits[2].result()
            events = agreed_events(verdict, told, self._trust, self._register, self._witness)
            self._sixth_scene(verdict, told.last_ms)
            changed = audits[3].result()
        if changed.verified or changed.first_bad.get("entry") != flipped:
            message = f"one byte of entry {flipped} was changed, and the audit named {changed.where}"
            raise DemoFailed(message)
        return verdict, changed, events

    def _fifth_scene(self, price: Verdict, hidden: Verdict, time_ms: int) -> None:
        winning, losing = self._witness.winning_bid.entry, self._witness.losing_bid.entry
        if not price.names("AUDIT-SIGNATURE", winning) or not hidden.names("AUDIT-RECEIPT", losing):
            message = (
                f"a forgery is not named as it must be: the price of entry {winning} by its signature "
                f"({price.where}), the hidden entry {losing} by its receipt ({hidden.where})"
            )
            raise DemoFailed(message)
        self._stage.scene(
            5,
            time_ms,
            f"The operator edits the winning price and recomputes every hash: caught ({price.where}). "
            f"It hides a losing bid: its receipt proves it ({hidden.where}).",
            f"运营者篡改成交价格并重算全部哈希：被发现（ {price.where_zh} ）。"
            f"隐匿落选报价：回执证明其存在（ {hidden.where_zh} ）。",
            "every bidder; the bidder's signature, the anchor on the chain, the signed receipt",
            "每位意向受让方；报价签名、链上锚定、签名回执",
        )

    def _sixth_scene(self, verdict: Verdict, time_ms: int) -> None:
        entries = verdict.report["entries"]
        self._stage.scene(
            6,
            time_ms,
            "PostgreSQL, Redis and every service are stopped; "
            f"the auditor rebuilds {entries} entries from file and chain, and all counts are the clients' own.",
            f"所有服务均已停止；审计员仅凭文件与链重建 {entries} 条记录：核对无误，各项数目与各方自留记录一致。",
            "everybody; the only root of trust is chain, anchor address and receipt key, written down at deployment "
            "(on a development chain run by the operator that proves nothing against the operator)",
            "所有人；唯一的信任根是部署时记下的链、锚定合约地址与回执公钥（开发链由运营方运行，不能用于证明运营方的行为）",
        )


def export_anchored(database_url: str, journal: Path, trust: Trust) -> None:
    """Export a journal once an anchor in a final block stands over all of it."""
    client = ChainClient(trust.rpc_url)

    def anchored() -> bool:
        entries = proof.export_journal(database_url, journal)
        block = client.finalized_block().number
        anchors = read_anchors(client, trust.anchor, 0, block, Findings()).anchors
        return bool(anchors) and anchors[-1].size == entries

    wait_for(anchored, "an anchor over the whole journal")


def agreed_events(verdict: Verdict, told: proof.Journal, trust: Trust, register: str, own: OwnWord) -> int:
    """Hold an audit against the clients' own log and the chain itself; how many events the chain has.

    Raises:
        DemoFailed: they do not agree, or the audit has not verified the journal.
    """
    client = ChainClient(trust.rpc_url)
    block = int(verdict.report["block"])
    addresses = [register, trust.anchor]
    addresses += [
        address_on_record(client, register, view)
        for view in ("encumbranceRegister", "sealedBidRegister", "fillRegister")
    ]
    events = sum(decode_log(log) is not None for log in client.logs(addresses, 0, block))
    counts = {**own.counts, "chain_events": events}
    off = proof.disagreements(counts, verdict.report, own.log, told, own.signers)
    if not verdict.verified:
        off.insert(0, f"not verified: {verdict.where}")
    if off:
        more = f" (and {len(off) - 3} more)" if len(off) > 3 else ""  # noqa: PLR2004 - enough to begin with
        message = f"the audit does not agree: {'; '.join(off[:3])}{more}"
        raise DemoFailed(message)
    return events
