"""What an audit can find, in English and Chinese: findings that fail it, and what it could not check.

A finding names one entry, or an interval of entries of which at least one is bad, or neither where only the chain is
concerned. The first bad one is that whose place ends first: an entry found inside an interval narrows it. What replay
or comparison finds at an entry may only follow from one before it; inside an interval whose root differs it narrows the
interval's end alone.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_FINDINGS = 20
"""Beyond these the rest is noise of the first."""

FINDINGS: dict[str, tuple[str, str]] = {
    "AUDIT-LINE": ("a line is not what an export writes", "该行不是导出文件应有的内容"),
    "AUDIT-HEADER": (
        "the file or its first entry is of another venue, chain, contract or key",
        "文件头或首条记录属于其他场所、链、合约或密钥",
    ),
    "AUDIT-PLACE": ("an entry stands out of its place", "记录不在其应有的位置"),
    "AUDIT-LEAF": ("the entry's bytes do not have their leaf hash", "记录内容与其叶哈希不符"),
    "AUDIT-ENTRY": (
        "the entry's bytes are no canonical entry of a known schema",
        "记录内容不是已知格式的规范记录",
    ),
    "AUDIT-VERSION": (
        "the entry is under versions that were not in force or are unknown",
        "记录所用版本未生效或未知",
    ),
    "AUDIT-EPOCH": ("the writer's epoch goes back", "写入者纪元倒退"),
    "AUDIT-TIME": ("time goes back", "时间倒退"),
    "AUDIT-TERMS": ("the terms do not open the entry's commitment", "条款与记录中的承诺值不符"),
    "AUDIT-OUTCOME": ("the outcome does not open the entry's commitment", "结果与记录中的承诺值不符"),
    "AUDIT-ERASABLE": ("a sealed part does not open its commitment", "封存内容与其承诺值不符"),
    "AUDIT-OPENING-MISSING": (
        "an auditor's export lacks an opening that replay needs",
        "审计导出缺少重放所需的内容",
    ),
    "AUDIT-OPENING-EXTRA": ("an opening stands there that no commitment asks for", "存在无对应承诺值的内容"),
    "AUDIT-SIGNATURE": (
        "the instruction's signature is not the signer's over this entry",
        "指令签名不是签名人对本记录的签名",
    ),
    "AUDIT-SIGNATURE-MISSING": ("the entry needs a signature and has none", "记录应有签名而没有"),
    "AUDIT-SIGNATURE-EXTRA": (
        "a command of the sequencer's own carries a signature or reference",
        "系统自身指令带有签名或引用号",
    ),
    "AUDIT-SIGNATURE-LATE": (
        "the instruction was no longer valid at the entry's time",
        "记录时指令已过有效期",
    ),
    "AUDIT-REFERENCE": (
        "the giver's reference was used before: an instruction is good for once",
        "引用号重复：一条指令只能执行一次",
    ),
    "AUDIT-REPLAY": ("the engine cannot decide this entry where it stands", "引擎无法在此处重放该记录"),
    "AUDIT-ANSWER": ("replay gives another answer", "重放得到不同的答复"),
    "AUDIT-EVENTS": ("replay gives other events", "重放得到不同的事件"),
    "AUDIT-STATE-HASH": ("replay gives another state hash", "重放得到不同的状态哈希"),
    "AUDIT-DEAL-SIGNATURE": (
        "a deal's signature, or that of its cancellation, is not its party's over the contract's struct",
        "成交或其取消的签名不是当事人对合约结构的签名",
    ),
    "AUDIT-OFFER-SIGNATURE": (
        "the signature of a standing offer, or of its withdrawal, is not its seller's over the contract's struct",
        "持续要约或其撤销的签名不是出让方对合约结构的签名",
    ),
    "AUDIT-ORDER-SIGNATURE": (
        "the signature of an order is not its party's over the contract's struct",
        "报价单的签名不是当事人对合约结构的签名",
    ),
    "AUDIT-KEY-SIGNATURE": (
        "what a key is said to have signed about itself is not what it signed",
        "密钥就其自身所作的签名与所载内容不符",
    ),
    "AUDIT-ATTESTATION": (
        "what is reported is not what the bank or office signed with its key",
        "所报内容并非银行或专利局以其密钥签署的内容",
    ),
    "AUDIT-STATEMENT": (
        "the signed statement of bank or office says otherwise than the command",
        "银行或专利局签署的文件与指令内容不一致",
    ),
    "AUDIT-APPROVAL": (
        "a payment went out without two operators' signatures over exactly this payment",
        "付款指令缺少两名运营者对该笔付款的签名",
    ),
    "AUDIT-SEAL": ("the batch's seal is not signed by the receipt key", "批次封印并非回执密钥所签"),
    "AUDIT-SEAL-ROOT": ("the batch's seal states other entries", "批次封印所述内容与记录不符"),
    "AUDIT-UNSEALED": ("entries at the end have no seal", "末尾记录没有封印"),
    "AUDIT-CHECKPOINT": (
        "a checkpoint is none that the venue's receipt key has signed",
        "检查点并非场所回执密钥所签",
    ),
    "AUDIT-CHECKPOINT-PLACE": (
        "a checkpoint does not stand behind the last of its entries, or not in its order",
        "检查点不在其所含末条记录之后，或次序有误",
    ),
    "AUDIT-CHECKPOINT-ROOT": (
        "a checkpoint that the venue signed is of another history",
        "场所签署的检查点所载为另一历史",
    ),
    "AUDIT-CHECKPOINT-KEPT": (
        "a checkpoint that the venue signed and somebody has kept is of another history, or of entries that are gone",
        "他人保存的、由场所签署的检查点所载为另一历史，或所载记录已缺失",
    ),
    "AUDIT-CHECKPOINT-GONE": (
        "a checkpoint that the venue signed and somebody has kept is missing in the file",
        "他人保存的、由场所签署的检查点在文件中缺失",
    ),
    "AUDIT-CLOSE-CHECKPOINT": (
        "deadlines fired, such as a close, without a checkpoint of all that stood before",
        "截止等期限触发之前没有涵盖此前全部记录的检查点",
    ),
    "AUDIT-COSIGNATURE": (
        "a cosignature under a checkpoint is not that of the witness whose key was given",
        "检查点下的联署并非所给密钥的见证方所作",
    ),
    "AUDIT-TOKEN": (
        "the time-stamp token of a checkpoint does not hold under the certificate that was given",
        "检查点的时间戳令牌在所给证书下不成立",
    ),
    "AUDIT-TOKEN-OTHER": (
        "a time-stamp token is over another checkpoint than the one it stands at",
        "时间戳令牌所对应的并非其所在的检查点",
    ),
    "AUDIT-TOKEN-TIME": (
        "a checkpoint was time-stamped before the time that its last entry states",
        "检查点的时间戳早于其末条记录所载时间",
    ),
    "AUDIT-ANCHOR": (
        "the root anchored on the chain is not that of these entries",
        "链上锚定的根与这些记录不符",
    ),
    "AUDIT-ANCHOR-GROWTH": ("an anchor does not follow from the one before", "锚定与前一锚定不衔接"),
    "AUDIT-NOT-ANCHORED": (
        "nothing of this journal is anchored: wait for the first anchor",
        "日志尚无锚定：请等待首次锚定",
    ),
    "AUDIT-TRUNCATED": (
        "the chain anchors entries that the file does not have",
        "链上锚定的记录在文件中缺失",
    ),
    "AUDIT-OLDER": ("an older export has another entry here", "较早的导出在此处内容不同"),
    "AUDIT-OLDER-CHECKPOINT": (
        "an older export has a checkpoint here that this one has otherwise or not at all",
        "较早的导出在此处的检查点与本文件不同或在本文件中缺失",
    ),
    "AUDIT-OLDER-SEAL": ("an older export has another seal here", "较早的导出在此处的封印不同"),
    "AUDIT-OLDER-PART": (
        "an older export opens a sealed part here that this one does not, and no entry erased it",
        "较早的导出在此处载有封存内容，本文件没有，且无记录将其删除",
    ),
    "AUDIT-RECEIPT": ("a genuine receipt states another entry here", "真实回执在此处所载内容不同"),
    "AUDIT-RECEIPT-SEAL": (
        "a genuine receipt has another seal for the batch here",
        "真实回执所载批次封印与此处不同",
    ),
    "AUDIT-CHAIN-LOG": (
        "the contract's log is not whole, or not of its shape",
        "合约事件日志不完整或格式不符",
    ),
    "AUDIT-VERSION-CHAIN": (
        "a version of the contracts does not follow from the one before",
        "合约版本与前一版本不衔接",
    ),
    "AUDIT-AFTER-VERSION": (
        "something new was recorded in an old version after the next one was announced",
        "新版本公布后旧版本中仍有新记载",
    ),
    "AUDIT-CHAIN-KEY": (
        "a key was not live, or under another counter, when the chain took its signature",
        "链上采纳签名时该密钥未生效或计数不符",
    ),
    "AUDIT-CHAIN-SIGNATURE": (
        "the journal's signatures are not those of the parties over what the chain states",
        "日志中的签名不是当事人对链上所载内容的签名",
    ),
    "AUDIT-CHAIN-LICENCE": (
        "a licence on the chain is not that of the deal it stands on",
        "链上许可与其所依据的交易不符",
    ),
    "AUDIT-CHAIN-MISSING": (
        "reported as final on the chain, where it is not",
        "记录称已在链上最终确认，链上却没有",
    ),
    "AUDIT-CHAIN-REFUSAL": (
        "reported as refused by the contract, which refused nothing of it on these grounds",
        "记录称合约拒绝该记载，链上却没有这一拒绝",
    ),
    "AUDIT-SEALED-BIDS": (
        "the sealed bids fixed on the chain are not those that the journal acknowledged, or one was opened too early",
        "链上固定的密封报价集与日志中已确认的报价不符，或者报价在固定之前即被开启",
    ),
    "AUDIT-CHAIN-DIFFERS": ("the chain states it otherwise", "链上所载内容不同"),
    "AUDIT-CHAIN-TWICE": ("the chain states it twice", "链上重复记载"),
    "AUDIT-CHAIN-UNKNOWN": ("the chain states what the journal does not have", "链上所载内容在日志中不存在"),
}
NOTES: dict[str, tuple[str, str]] = {
    "DEVELOPMENT-CHAIN": (
        "development chain run by the operator: proves nothing against the operator",
        "由运营方运行的开发链：不能用于证明运营方的行为",
    ),
    "PUBLIC-EXPORT": (
        "entries of a public export: no replay, hence not who was entitled, what was decided, nor money",
        "公开导出的记录：未重放，故未核对权限、决定与资金",
    ),
    "AFTER-LAST-ANCHOR": (
        "entries after the last anchor: sealed by the venue alone, not yet on the chain",
        "最后一次锚定之后的记录：仅有场所封印，尚未上链",
    ),
    "ERASED": ("sealed parts that were erased, each by an entry with its ground", "已依据记录删除的封存内容"),
    "NOT-LODGED": ("sealed parts whose opening is not in the file", "文件中没有其内容的封存部分"),
    "NOT-REPLAYED": ("entries that were not replayed, after the first bad one", "首个错误之后未重放的记录"),
    "NOT-READ": ("the rest of the file, after a line that is none", "错误行之后的文件其余部分"),
    "CHAIN-NOT-COMPARED": (
        "chain events that were not compared, for want of a whole replay",
        "因未能完整重放而未比对的链上事件",
    ),
    "PENDING-ON-CHAIN": ("records not yet reported and not yet final on the chain", "尚未上链最终确认的记载"),
    "BEYOND-BLOCK": ("records reported in blocks after the one audited", "所报区块晚于被审计区块的记载"),
    "OTHER-TRANSACTION": (
        "records final in another transaction than was reported: the chain had lost the first",
        "最终交易与所报交易不同的记载：链曾丢失前一交易",
    ),
    "ADMINISTRATIVE": (
        "chain events without a counterpart in the journal: pauses, versions, refused items, keys",
        "日志中无对应的链上事件：暂停、版本、被拒项目、密钥",
    ),
    "PARTIES-OWN": (
        "chain events that a party, or the guardian, brought about without the venue",
        "由当事人或监护人自行上链、未经场所的事件",
    ),
    "REFUSED-ALONE": (
        "refusals reported of messages that went alone: a call that reverts leaves no event to check",
        "单独发送的消息被拒：调用回滚不留事件，无法核对",
    ),
    "KEY-RECOVERED": (
        "keys that came in by a recovery: read who attested each",
        "经恢复程序启用的密钥：请核对每一项的证明人",
    ),
    "KEYS-NOT-LISTED": (
        "enrolments of keys beyond those that the report lists one by one",
        "报告未逐条列出的密钥登记",
    ),
    "CONTRACT-SIGNATURE": (
        "signatures of contract accounts: checked by the register when it took them, not again here",
        "合约账户的签名：登记合约采纳时已核对，此处未重新核对",
    ),
    "STATEMENTS-ELSEWHERE": (
        "bank lines, register copies, filing outcomes: signed texts left out; proof digests alone were checked",
        "公开导出未含银行流水、登记簿副本与审查结果的签署原文：仅核对了专利局对证明摘要的签名",
    ),
    "NO-CHECKPOINTS": (
        "entries of a file without checkpoints, as older exports are: not held against any",
        "文件中没有检查点（如较早的导出），这些记录未与检查点核对",
    ),
    "CLOSES-UNCHECKED": (
        "closes and other deadlines before the file's first checkpoint: whether one stood before them is not checked",
        "文件首个检查点之前的截止事项：未核对其之前是否已有检查点",
    ),
    "AFTER-LAST-CHECKPOINT": (
        "entries after the last checkpoint: sealed by the venue alone",
        "最后一个检查点之后的记录：仅有场所封印",
    ),
    "NO-WITNESS": (
        "checkpoints whose cosignatures were not checked: give witnesses' keys (--witness)",
        "未核对联署的检查点：请提供见证方密钥（--witness）",
    ),
    "NOT-COSIGNED": (
        "entries that not every witness given has cosigned yet",
        "尚未由所给全部见证方联署的记录",
    ),
    "NO-TIMESTAMP": (
        "checkpoints whose time-stamp tokens were not checked: give the authority's certificate (--timestamp)",
        "未核对时间戳的检查点：请提供时间戳机构的证书（--timestamp）",
    ),
    "NOT-STAMPED": ("checkpoints without a time-stamp token", "没有时间戳令牌的检查点"),
    "CLOSES-STAMPED-LATE": (
        "closes whose checkpoint has no time stamp within ten minutes: when it was signed is the venue's word",
        "其检查点在十分钟内未获时间戳的截止事项：签署时间仅凭场所所述",
    ),
    "WHO-VOUCHES": (
        "who runs witnesses and authority, or revoked a certificate: what the operator runs proves nothing against it",
        "见证方与时间戳机构由谁运行、其证书此后是否被吊销：由运营方自行运行者，不能用于证明运营方的行为",
    ),
    "IDENTITY": (
        "who stands behind a key, and whether the office and the bank told the truth",
        "密钥背后的主体身份，以及专利局与银行所述是否属实",
    ),
}


class Unsound(Exception):
    """Something that does not hold; the code is one of `FINDINGS`.

    entries_before: so many entries before the one that was looked at may be the bad one in its place.
    """

    def __init__(self, code: str, detail: str = "", *, entries_before: int = 0) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code = code
        self.detail = detail
        self.entries_before = entries_before


def unsound(code: str, detail: str = "", *, entries_before: int = 0) -> NoReturn:
    """Say that something does not hold.

    Raises:
        Unsound: always.
    """
    raise Unsound(code, detail, entries_before=entries_before)


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that does not hold: at `entry`, or somewhere in `interval` (both ends included)."""

    code: str
    text: str
    text_zh: str
    detail: str
    entry: int | None = None
    interval: tuple[int, int] | None = None

    @property
    def rank(self) -> tuple[float, bool, int]:
        """Smaller comes first: where its place ends, the narrower of two there; the chain alone comes last."""
        if self.entry is not None:
            return self.entry, False, 0
        if self.interval is None:
            return float("inf"), True, 0
        return self.interval[1], True, -self.interval[0]


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that was not checked, and how many of it."""

    code: str
    count: int
    text: str
    text_zh: str


class Findings:
    """Collects findings, bounded, and knows the first."""

    def __init__(self) -> None:
        self.all: list[Finding] = []
        self.count = 0
        self._first: Finding | None = None
        self._first_follows = False
        self._following = False
        self._rewritten: list[tuple[int, int]] = []

    @property
    def first(self) -> Finding | None:
        """The first bad one; of a rewritten interval in which it may only follow, the part up to it."""
        first = self._first
        if first is None or not self._first_follows:
            return first
        last = first.entry if first.interval is None else first.interval[1]
        if last is None:
            return first
        low = max((low for low, high in self._rewritten if low <= last <= high), default=None)
        if low is None:
            return first
        if low == last:
            return msgspec.structs.replace(first, entry=last, interval=None)
        return msgspec.structs.replace(first, entry=None, interval=(low, last))

    @contextmanager
    def following(self) -> Iterator[None]:
        """What is taken down in here may only follow from an entry before the one that it names."""
        self._following = True
        try:
            yield
        finally:
            self._following = False

    def add(
        self,
        code: str,
        detail: str = "",
        *,
        entry: int | None = None,
        interval: tuple[int, int] | None = None,
    ) -> None:
        """Take one down. An interval of one entry is that entry."""
        if interval is not None and interval[0] == interval[1]:
            entry, interval = interval[0], None
        text, text_zh = FINDINGS[code]
        finding = Finding(
            code=code, text=text, text_zh=text_zh, detail=detail[:300], entry=entry, interval=interval
        )
        self.count += 1
        if len(self.all) < MOST_FINDINGS:
            self.all.append(finding)
        if self._first is None or finding.rank < self._first.rank:
            self._first, self._first_follows = finding, self._following

    def add_root(self, code: str, detail: str, interval: tuple[int, int]) -> None:
        """Take down that a root over these entries stood elsewhere and differs: any of them may be the bad one."""
        self.add(code, detail, interval=interval)
        self._rewritten.append(interval)


def note(code: str, count: int) -> Note:
    """A note of something that was not checked."""
    text, text_zh = NOTES[code]
    return Note(code=code, count=count, text=text, text_zh=text_zh)
