"""The tables of a CSV export: a file each, its columns with their headings, and what stands in a cell.

Headings are the glossary's terms, in English and Chinese. Times are ISO 8601 in UTC, money is a decimal string with its
currency beside it, lists are separated by spaces, and whatever has parts of its own is JSON.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal, TypeAlias

import msgspec

from exchange.money.amount import format_amount

Sort: TypeAlias = Literal["text", "time", "money"]
"""What a value is: anything, milliseconds UTC, or integer minor units."""
Column: TypeAlias = tuple[str, str, Sort]
"""Heading, the path of the value in its row (names with dots between), what the value is."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BEGINS_A_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet program may run instead of showing it."""


def cell(value: Any, sort: Sort) -> str:  # noqa: ANN401 - whatever JSON holds
    """A value as it stands in a cell. Only what is made here of a number may begin with a minus sign."""
    if value is None:
        return ""
    if sort == "money":
        return format_amount(value)
    return harmless(iso_time(value) if sort == "time" else _text(value))


def harmless(text: str) -> str:
    """The text, behind an apostrophe where a spreadsheet program would take it for a formula."""
    return f"'{text}" if text.startswith(_BEGINS_A_FORMULA) else text


def iso_time(time_ms: int) -> str:
    """Milliseconds UTC as ISO 8601; a number beyond the year 9999 stays one."""
    try:
        moment = _EPOCH + timedelta(milliseconds=time_ms)
    except OverflowError:
        return f"{time_ms} ms"
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _text(value: Any) -> str:  # noqa: ANN401 - as above
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple) and all(isinstance(each, str) for each in value):
        return " ".join(value)
    return msgspec.json.encode(value).decode()


def value_at(row: dict[str, Any], path: str) -> Any:  # noqa: ANN401 - as above
    """What stands at a path of a row; None where nothing does."""
    found: Any = row
    for name in path.split("."):
        if not isinstance(found, dict):
            return None
        found = found.get(name)
    return found


_ENTRY: Final[Column] = ("Entry 条目", "entry", "text")
_TIME: Final[Column] = ("Time (UTC) 时间", "time_ms", "time")
_STATE: Final[Column] = ("State 状态", "state", "text")
_CURRENCY: Final[Column] = ("Currency 币种", "currency", "text")

ENTRIES: Final[tuple[Column, ...]] = (
    _ENTRY,
    _TIME,
    ("Epoch 任期", "epoch", "text"),
    ("Versions 版本", "versions", "text"),
    ("Command 指令", "type", "text"),
    ("Party 交易主体", "actor", "text"),
    ("Signer 签名人", "signer", "text"),
    ("Reference 引用号", "reference", "text"),
    ("Answer 答复", "answer", "text"),
    ("Ground 驳回事由", "refusal", "text"),
    ("Result 结果", "result", "text"),
    ("Content 内容", "content", "text"),
    ("Terms 条款", "terms", "text"),
    ("Commitment to the terms 条款承诺值", "sealed.terms", "text"),
    ("Commitment to the outcome 结果承诺值", "sealed.outcome", "text"),
    ("Leaf hash 叶哈希", "leaf", "text"),
)
SEALED_PARTS: Final[tuple[Column, ...]] = (
    _ENTRY,
    ("Sealed part 密封部分", "label", "text"),
    ("Commitment 承诺值", "commitment", "text"),
    _STATE,
    ("Erased by entry 删除所依据的条目", "erased_by", "text"),
    ("Ground 依据", "ground", "text"),
    ("Content 内容", "value", "text"),
)
SEALS: Final[tuple[Column, ...]] = (
    ("First entry 首条条目", "first_entry", "text"),
    ("Entries 条目数", "count", "text"),
    _TIME,
    ("Epoch 任期", "epoch", "text"),
    ("Root of the batch 批次根", "batch_root", "text"),
    ("Root of the tree 树根", "tree_root", "text"),
    ("Signature 签名", "signature", "text"),
)
CHECKPOINTS: Final[tuple[Column, ...]] = (
    ("Entries 条目数", "size", "text"),
    ("Root 根", "root", "text"),
    ("Cosignatures 联署", "witnesses", "text"),
    ("Time stamp 时间戳", "token", "text"),
    ("Checkpoint 检查点", "note", "text"),
)
CHAIN_REPORTS: Final[tuple[Column, ...]] = (
    _ENTRY,
    _TIME,
    ("Record 记载", "record", "text"),
    ("Subject 标的", "subject_id", "text"),
    ("Outcome 结果", "outcome", "text"),
    ("Transaction 链上交易", "transaction", "text"),
    ("Block 区块", "block", "text"),
    ("Refused for 拒绝原因", "error", "text"),
)
CHAIN_RECORDS: Final[tuple[Column, ...]] = (
    _ENTRY,
    _TIME,
    ("Record 记载", "record_id", "text"),
    ("Kind 种类", "kind", "text"),
    ("Subject 标的", "subject_id", "text"),
    ("Content 内容", "payload", "text"),
)
POSTINGS: Final[tuple[Column, ...]] = (
    _ENTRY,
    _TIME,
    ("Debit 借方（付出）", "debit", "text"),
    ("Credit 贷方（收入）", "credit", "text"),
    _CURRENCY,
    ("Amount 金额", "amount", "money"),
    ("Subject 标的", "subject_id", "text"),
    ("Purpose 用途", "purpose", "text"),
)
HISTORY: Final[tuple[Column, ...]] = (
    _ENTRY,
    _TIME,
    ("Subject 标的", "subject", "text"),
    ("Event 事件", "type", "text"),
    ("Content 内容", "content", "text"),
)

ROWS: Final[dict[str, tuple[str, tuple[Column, ...]]]] = {
    "party": (
        "parties",
        (
            ("Party 交易主体", "id", "text"),
            _STATE,
            ("Roles 角色", "roles", "text"),
            ("Place 所在地", "jurisdiction", "text"),
            ("Category 类别", "category", "text"),
            ("Company number 统一社会信用代码", "company_number", "text"),
            ("Key 签名密钥", "key", "text"),
        ),
    ),
    "right": (
        "rights",
        (
            ("Right 权利", "id", "text"),
            ("Kind 种类", "right_type", "text"),
            ("Office 主管机关", "office", "text"),
            ("Status 法律状态", "status", "text"),
            ("Holder of record 登记权利人", "holder_of_record", "text"),
            ("As of the register copy 截至登记簿副本", "register_as_of_ms", "time"),
            ("Filing date 申请日", "filing_date", "text"),
            ("Grant date 授权公告日", "grant_date", "text"),
            ("Expiry 届满日", "expiry_date", "text"),
            ("Export class 出口分类", "export_class", "text"),
            ("Freeze 中止、财产保全", "freeze", "text"),
            ("Licences 许可", "licences", "text"),
            ("Pledges 质押", "pledges", "text"),
            ("Open deals 未结成交", "open_deals", "text"),
        ),
    ),
    "listing": (
        "listings",
        (
            ("Listing 挂牌", "id", "text"),
            _STATE,
            ("Right 权利", "right_id", "text"),
            ("Seller 出让方", "seller", "text"),
            ("Mode 交易方式", "mode", "text"),
            ("Kind of deal 成交种类", "deal_kind", "text"),
            _CURRENCY,
            ("Price 价格", "terms.price", "money"),
            ("Bid deposit 保证金", "terms.deposit", "money"),
            ("Opens (UTC) 开始", "opened_ms", "time"),
            ("Closes (UTC) 截止", "closes_ms", "time"),
            ("Deals 成交", "deals", "text"),
        ),
    ),
    "bid": (
        "bids",
        (
            ("Bid 报价", "id", "text"),
            _STATE,
            ("Listing 挂牌", "listing_id", "text"),
            ("Bidder 意向受让方、意向被许可人", "party_id", "text"),
            ("Price 价格", "price", "money"),
            ("Placed (UTC) 报价时间", "placed_ms", "time"),
        ),
    ),
    "deal": (
        "deals",
        (
            ("Deal 成交", "id", "text"),
            _STATE,
            ("Kind of deal 成交种类", "deal_kind", "text"),
            ("Right 权利", "right_id", "text"),
            ("Listing 挂牌", "listing_id", "text"),
            ("Seller 出让方", "seller", "text"),
            ("Buyer 受让方、被许可人", "buyer", "text"),
            _CURRENCY,
            ("Price 价格", "price", "money"),
            ("Fee 服务费", "fee", "money"),
            ("To the pledgee 质权人所得", "pledgee_share", "money"),
            ("Awarded (UTC) 成交时间", "awarded_ms", "time"),
            ("Settled (UTC) 结算时间", "settled_ms", "time"),
            ("Commitment to the terms 条款承诺值", "terms_commitment", "text"),
            ("Commitment to the contract 合同承诺值", "contract_commitment", "text"),
            ("Transaction 链上交易", "chain_transaction", "text"),
            ("Filing 申报", "filing_id", "text"),
            ("Registry confirmation 登记确认", "proof_digest", "text"),
            ("Licence 许可", "licence_id", "text"),
            ("Unwound for 解除原因", "unwound_for", "text"),
        ),
    ),
    "licence": (
        "licences",
        (
            ("Licence 许可", "id", "text"),
            _STATE,
            ("Right 权利", "right_id", "text"),
            ("Deal 成交", "deal_id", "text"),
            ("Licensor 许可人", "licensor", "text"),
            ("Licensee 被许可人", "licensee", "text"),
            ("Kind of deal 成交种类", "licence_kind", "text"),
            ("Territory 地域", "territory", "text"),
            ("Field of use 许可领域", "field_of_use", "text"),
            ("Starts (UTC) 起始", "starts_ms", "time"),
            ("Ends (UTC) 终止", "ends_ms", "time"),
            ("Recordal 备案", "recorded", "text"),
        ),
    ),
    "pledge_contract": (
        "pledges",
        (
            ("Pledge contract 质押合同", "id", "text"),
            _STATE,
            ("Pledgor 出质人", "pledgor", "text"),
            ("Pledgee 质权人", "pledgee", "text"),
            ("Rights 权利", "rights", "text"),
            ("Currency 币种", "terms.currency", "text"),
            ("Secured sum, maximum sum 担保金额、最高额", "terms.amount", "money"),
            ("Kind 种类", "terms.kind", "text"),
            ("Ends (UTC) 终止", "terms.ends_ms", "time"),
            ("Drawn up (UTC) 拟定时间", "drawn_up_ms", "time"),
            ("Filing 申报", "filing_id", "text"),
        ),
    ),
    "freeze": (
        "freezes",
        (
            ("Freeze 中止、财产保全", "id", "text"),
            _STATE,
            ("Right 权利", "right_id", "text"),
            ("Ground 依据", "ground", "text"),
            ("Starts (UTC) 起始", "since_ms", "time"),
            ("Ends (UTC) 终止", "until_ms", "time"),
        ),
    ),
    "dispute": (
        "disputes",
        (
            ("Dispute 争议", "id", "text"),
            _STATE,
            ("Deal 成交", "deal_id", "text"),
            ("Raised by 提出方", "raised_by", "text"),
            ("Ground 依据", "ground", "text"),
            ("Opened (UTC) 提出时间", "opened_ms", "time"),
        ),
    ),
    "account": (
        "accounts",
        (
            ("Account 账户", "id", "text"),
            ("Owner 户主", "owner", "text"),
            ("Purpose 用途", "purpose", "text"),
            _CURRENCY,
            ("Balance 余额", "balance", "money"),
        ),
    ),
    "hold": (
        "holds",
        (
            ("Hold 冻结款项", "id", "text"),
            _STATE,
            ("Kind 种类", "sort", "text"),
            ("Party 交易主体", "party_id", "text"),
            ("Subject 标的", "subject_id", "text"),
            _CURRENCY,
            ("Pending 冻结中", "amount", "money"),
            ("Posted 已划付", "posted", "money"),
            ("Voided 已退回", "voided", "money"),
            ("Starts (UTC) 起始", "since_ms", "time"),
            ("Ends (UTC) 终止", "ended_ms", "time"),
        ),
    ),
    "payment": (
        "payments",
        (
            ("Payment 付款", "id", "text"),
            _STATE,
            ("Payee 收款方", "party_id", "text"),
            ("Deal 成交", "deal_id", "text"),
            _CURRENCY,
            ("Amount 金额", "amount", "money"),
            ("Four eyes 双人复核", "approvals", "text"),
            ("Statement line 银行流水", "statement_line", "text"),
        ),
    ),
    "statement_line": (
        "statement-lines",
        (
            ("Statement line 银行流水", "id", "text"),
            ("Direction 收付", "direction", "text"),
            ("Value time (UTC) 起息时间", "value_time_ms", "time"),
            _CURRENCY,
            ("Amount 金额", "amount", "money"),
            ("Left 未使用", "left", "money"),
            ("Party 交易主体", "party_id", "text"),
            ("Payment 付款", "payment_id", "text"),
        ),
    ),
    "obligation": (
        "obligations",
        (
            ("Obligation 应付款", "id", "text"),
            _STATE,
            ("Deal 成交", "deal_id", "text"),
            ("Kind 种类", "sort", "text"),
            ("Payer 付款方", "payer", "text"),
            ("Payee 收款方", "payee", "text"),
            _CURRENCY,
            ("Amount 金额", "amount", "money"),
            ("Principal paid in parts 部分清偿本金", "parts.principal", "money"),
            ("Late interest 逾期利息", "interest", "money"),
            ("Due (UTC) 到期", "due_ms", "time"),
        ),
    ),
}
"""File and columns of each kind of row that is told, as it stands at the journal's end or when it left memory."""
