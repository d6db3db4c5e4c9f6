"""Problems (RFC 9457): what the front door answers when something is wrong, in English or Chinese.

A refusal by the engine is told in the words of its rule (`exchange.rules`); what the front door itself refuses has its
own kinds here. Every code is stable, and every problem says what would cure it.
"""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from starlette.responses import Response

from exchange.money.amount import format_amount
from exchange.rules import venue as venue_rules
from exchange.rules.rule import RULES, Rule

MEDIA_TYPE = "application/problem+json"
Language = Literal["en", "zh"]
PROTOCOL = "IPX interface"
AMOUNTS = frozenset({"short_of", "difference", "unexplained"})
"""Facts of refusals that are amounts of money; their currency stands beside them."""


class Kind(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of problem: code, HTTP status (RFC 9110), and its words in both languages."""

    code: str
    status: int
    citation: str
    title: str
    title_zh: str
    cure: str
    cure_zh: str


KINDS: dict[str, Kind] = {}


def _define(
    code: str, status: int, titles: tuple[str, str], cures: tuple[str, str], citation: str = PROTOCOL
) -> Kind:
    kind = Kind(
        code=code,
        status=status,
        citation=citation,
        title=titles[0],
        title_zh=titles[1],
        cure=cures[0],
        cure_zh=cures[1],
    )
    KINDS[code] = kind
    return kind


IDEMPOTENCY_KEY_MISSING = _define(
    "IDEMPOTENCY-KEY-MISSING",
    400,
    ("a POST needs the header Idempotency-Key", "POST 请求须带 Idempotency-Key 请求头"),
    ("send a fresh random key with each new command, and the same key when you repeat it",
     "每条新指令使用新的随机键，重发时使用同一键"),
    "IETF draft Idempotency-Key",
)  # fmt: skip
IDEMPOTENCY_KEY_MALFORMED = _define(
    "IDEMPOTENCY-KEY-MALFORMED",
    400,
    (
        "an Idempotency-Key is 1 to 128 visible ASCII characters",
        "Idempotency-Key 须为 1 至 128 个可见 ASCII 字符",
    ),
    ("send a UUID, for example", "例如使用 UUID"),
    "IETF draft Idempotency-Key",
)
IDEMPOTENCY_KEY_REUSED = _define(
    "IDEMPOTENCY-KEY-REUSED",
    422,
    ("this Idempotency-Key came before with another command", "该 Idempotency-Key 已用于另一条指令"),
    (
        "use a fresh key for a new command; repeat the old one unchanged",
        "新指令请使用新键；重发时请勿改动内容",
    ),
    "IETF draft Idempotency-Key",
)
CLIENT_ORDER_ID_REUSED = _define(
    "CLIENT-ORDER-ID-REUSED",
    409,
    ("this client_order_id came before under another Idempotency-Key", "该 client_order_id 已在另一幂等键下使用"),
    ("use a client_order_id of its own for each order: it is unique per party for ever",
     "每笔报价请使用唯一的 client_order_id"),
)  # fmt: skip
BODY_MALFORMED = _define(
    "BODY-MALFORMED",
    422,
    ("the request does not have the shape that this route takes", "请求内容不符合该接口的格式"),
    (
        "correct the fields that `errors` names; the shapes are in /openapi.json",
        "请更正 errors 所列字段；格式见 /openapi.json",
    ),
    "RFC 9110 15.5.21",
)
BODY_TOO_LARGE = _define(
    "BODY-TOO-LARGE",
    413,
    ("the body is larger than this route takes", "请求内容超过该接口的大小限制"),
    ("send less: 1 MiB, or 64 MiB for an import file", "请减小内容：1 MiB，导入文件为 64 MiB"),
    "RFC 9110 15.5.14",
)
BUNDLE_TOO_LARGE = _define(
    "BUNDLE-TOO-LARGE",
    413,
    ("the deal's bundle is larger than its format takes", "该交易的存证数据包超过格式上限"),
    ("take an auditor's export instead, which has no bound: ipx export --auditor",
     "请改用无上限的审计导出：ipx export --auditor"),
)  # fmt: skip
STATEMENT_TOO_LONG = _define(
    "STATEMENT-TOO-LONG",
    413,
    ("the month has more movements than one statement holds", "该月流水超过单份对账单上限"),
    ("read each account's postings page by page, or take an auditor's export: ipx audit statement",
     "请逐页查询各账户流水，或使用审计导出：ipx audit statement"),
)  # fmt: skip
BODY_TOO_SLOW = _define(
    "BODY-TOO-SLOW",
    408,
    ("the body did not arrive in time", "请求内容未在规定时间内到达"),
    ("repeat it with the same Idempotency-Key over a faster line: nothing of it was taken",
     "请以同一 Idempotency-Key 经更快的线路重发：本次内容未被受理"),
    "RFC 9110 15.5.9",
)  # fmt: skip
MEDIA_TYPE_UNKNOWN = _define(
    "MEDIA-TYPE-UNKNOWN",
    415,
    ("this route does not take this media type", "该接口不接受此媒体类型"),
    ("send application/json, or one of the import types that /openapi.json names",
     "请使用 application/json 或 /openapi.json 所列的导入类型"),
    "RFC 9110 15.5.16",
)  # fmt: skip
IMPORT_FILE_REFUSED = _define(
    "IMPORT-FILE-REFUSED",
    422,
    ("the file as a whole cannot be read", "无法读取该文件"),
    (
        "see `reason`; check it first with `ipx import FILE --dry-run`",
        "见 reason；可先以 ipx import FILE --dry-run 检查",
    ),
)
CURSOR_MALFORMED = _define(
    "CURSOR-MALFORMED",
    400,
    ("this cursor was not given by this route", "该游标不是由此接口给出的"),
    ("pass the cursor of the last page unchanged, or none", "请原样使用上一页给出的游标，或不使用游标"),
)
UNAUTHENTICATED = _define(
    "UNAUTHENTICATED",
    401,
    ("this route needs an API key that the venue knows", "该接口需要有效的 API 密钥"),
    ("send Authorization: Bearer with your API key; a party asks for a new one with its own signature",
     "请以 Authorization: Bearer 发送 API 密钥；主体可凭自己的签名申请新密钥"),
    "RFC 6750",
)  # fmt: skip
CALLER_NOT_PERMITTED = _define(
    "CALLER-NOT-PERMITTED",
    403,
    ("this API key may not use this route", "该 API 密钥无权使用此接口"),
    ("use the key of a caller whom the route names", "请使用该接口所列调用者的密钥"),
    "RFC 9110 15.5.4",
)
SIGNATURE_MALFORMED = _define(
    "SIGNATURE-MALFORMED",
    422,
    ("the signature is no EIP-712 signature that this venue takes", "签名不是本中心接受的 EIP-712 签名"),
    ("send 65 bytes as hex (r, s in the lower half, v 27 or 28), or 64 bytes (EIP-2098)",
     "请发送 65 字节（r、低半 s、v 为 27 或 28）或 64 字节（EIP-2098）的十六进制签名"),
    "EIP-712, EIP-2",
)  # fmt: skip
SIGNATURE_WRONG = _define(
    "SIGNATURE-WRONG",
    403,
    ("the signature is not by a key of this caller over this very instruction", "签名不是该调用者的密钥对此指令所作"),
    ("compare `digest` with yours: chain id, anchor, party, Idempotency-Key, content, terms, valid_until_ms are signed",
     "请将 digest 与本地结果比较：链编号、锚定合约、主体、Idempotency-Key、内容、条款与 valid_until_ms 均在签名之内"),
    "EIP-712",
)  # fmt: skip
SIGNATURE_EXPIRED = _define(
    "SIGNATURE-EXPIRED",
    403,
    (
        "the signature's valid_until_ms has passed, or lies more than a year ahead",
        "签名的 valid_until_ms 已过期或超过一年",
    ),
    ("sign again; GET /v1/time gives the venue's time", "请重新签名；GET /v1/time 给出中心时间"),
    "EIP-712",
)
SEALED_PART_UNKNOWN = _define(
    "SEALED-PART-UNKNOWN",
    404,
    ("no erasable part stands under this entry and label", "该条目与标签下没有可删除的封存内容"),
    ("look the entry up: a part is erased once", "请查询该条目：封存内容只能删除一次"),
)
ROUTE_UNKNOWN = _define(
    "ROUTE-UNKNOWN",
    404,
    ("there is no such route", "无此接口"),
    ("see /openapi.json", "见 /openapi.json"),
    "RFC 9110 15.5.5",
)
METHOD_NOT_ALLOWED = _define(
    "METHOD-NOT-ALLOWED",
    405,
    ("this route does not take this method", "该接口不支持此方法"),
    ("see /openapi.json", "见 /openapi.json"),
    "RFC 9110 15.5.6",
)
NOT_SIMULATED = _define(
    "NOT-SIMULATED",
    403,
    ("this exists only while bank and office are simulated", "仅在银行与专利局为模拟时可用"),
    ("pay into the supervised account", "请向资金监管账户付款"),
)
COUNTERPARTY_UNAVAILABLE = _define(
    "COUNTERPARTY-UNAVAILABLE",
    503,
    ("the bank does not answer", "银行暂无响应"),
    ("repeat with the same Idempotency-Key in a few seconds", "请数秒后以同一 Idempotency-Key 重发"),
)
UNAVAILABLE = _define(
    "UNAVAILABLE",
    503,
    (
        "the venue cannot decide just now; the command may or may not stand already",
        "中心暂时无法处理；该指令可能已经生效",
    ),
    (
        "repeat it with the same Idempotency-Key: it is applied once",
        "请以同一 Idempotency-Key 重发：只会生效一次",
    ),
    "RFC 9110 15.6.4",
)
INTERNAL = _define(
    "INTERNAL",
    500,
    ("the venue made a mistake", "中心内部错误"),
    ("repeat with the same Idempotency-Key; if it stays, tell the operator the request_id",
     "请以同一 Idempotency-Key 重发；仍有问题请将 request_id 告知运营者"),
    "RFC 9110 15.6.1",
)  # fmt: skip


class Problem(Exception):
    """A request that cannot be answered as asked. `extra` holds further members; it never repeats what was sent."""

    def __init__(
        self, kind: Kind, *, detail: str = "", headers: dict[str, str] | None = None, **extra: object
    ) -> None:
        super().__init__(kind.code)
        self.kind = kind
        self.detail = detail
        self.headers = headers or {}
        self.extra = extra


def of_rule(rule: Rule) -> Kind:
    """A rule of the engine's, as a kind of problem."""
    return Kind(
        code=rule.code,
        status=rule.status,
        citation=rule.citation,
        title=rule.text,
        title_zh=rule.text_zh,
        cure=rule.cure,
        cure_zh=rule.cure_zh,
    )


def kind_of(code: str) -> Kind | None:
    """The kind of problem with this code: a rule's, or the front door's own."""
    rule = RULES.get(code)
    return KINDS.get(code) if rule is None else of_rule(rule)


def refusal(code: str, facts: dict[str, Any], **extra: object) -> Problem:
    """The problem that tells a refusal by the engine: its rule's words, and the facts that decided it.

    The journal keeps amounts in minor units; what goes out is a decimal string in the currency beside it.
    """
    told = {
        name: format_amount(value) if name in AMOUNTS and isinstance(value, int) else value
        for name, value in facts.items()
    }
    problem = Problem(kind_of(code) or INTERNAL, facts=told)
    problem.extra.update(extra)
    return problem


def unknown_id(row_id: str, kind: str) -> Problem:
    """Nothing is known under this id, or nothing that this caller may see."""
    return refusal(venue_rules.UNKNOWN_ID.code, {"kind": kind, "id": row_id[:100]})


def language(accept_language: str) -> Language:
    """Chinese if the client prefers it to English (RFC 9110 12.5.4), else English."""
    best: dict[str, float] = {}
    for part in accept_language[:200].split(","):
        tag, _, parameters = part.strip().partition(";")
        try:
            weight = float(parameters.strip().removeprefix("q=") or 1) if parameters else 1.0
        except ValueError:
            weight = 0.0
        name = tag.strip().lower().split("-")[0]
        best[name] = max(best.get(name, 0.0), weight)
    return "zh" if best.get("zh", 0.0) > best.get("en", 0.0) else "en"


def document(problem: Problem, *, spoken: Language, request_id: str) -> dict[str, Any]:
    """The problem as a JSON object (RFC 9457)."""
    kind = problem.kind
    chinese = spoken == "zh"
    title = kind.title_zh if chinese else kind.title
    return {
        "type": f"/v1/rulebook/{kind.code}",
        "title": title,
        "status": kind.status,
        "detail": problem.detail or title,
        "code": kind.code,
        "citation": kind.citation,
        "cure": kind.cure_zh if chinese else kind.cure,
        "request_id": request_id,
        **problem.extra,
    }


def response(problem: Problem, *, accept_language: str, request_id: str) -> Response:
    """The problem as an HTTP response."""
    spoken = language(accept_language)
    return Response(
        msgspec.json.encode(document(problem, spoken=spoken, request_id=request_id)),
        status_code=problem.kind.status,
        media_type=MEDIA_TYPE,
        headers={"Content-Language": spoken, "Cache-Control": "no-store", **problem.headers},
    )
