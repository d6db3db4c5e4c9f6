"""What a bundle says in words, in Chinese and English: its title, who runs what, what is missing, how to check it."""

from __future__ import annotations

from pathlib import Path
from typing import Final, TypedDict

DEVELOPMENT_CHAIN: Final = 31_337
"""The chain id of the development chain that the operator runs by itself."""


class Words(TypedDict):
    """The same in both languages."""

    zh: str
    en: str


TITLE: Final[Words] = {"zh": "交易存证数据包", "en": "Deal evidence bundle"}
DEMO_MARK: Final = "演示数据 · DEMO"
DEVELOPMENT: Final[Words] = {
    "zh": "由运营方自行运行的开发链，对运营方不具证明力",
    "en": "development chain run by the operator, proves nothing against the operator",
}
UNDECLARED: Final[Words] = {
    "zh": "交易中心未声明由谁运行，亦未声明其与各方的关系",
    "en": "the venue has not declared who runs it, nor its relation to the parties",
}
TIME_SOURCE: Final[Words] = {
    "zh": (
        "time_ms 为交易中心定序进程的时钟（UTC 毫秒），只增不减；见证方联署时间为见证方自己的时钟；"
        "区块时间为链上时钟；如有时间戳，其时间由时间戳服务签发"
    ),
    "en": (
        "time_ms is the clock of the venue's sequencer (ms UTC), which never goes back; a cosignature's time is the "
        "witness's own clock; a block's time is the chain's; a time-stamp token's time is its issuer's"
    ),
}
CAPTURED: Final[dict[str, Words]] = {
    "deal": {
        "zh": "交易、密钥与合同条款：交易中心数据库中由日记账重放而得的状态表",
        "en": "deal, keys and terms: the venue's tables of state, which follow from its journal",
    },
    "entries": {
        "zh": "日记账记录、回执与封存部分：交易中心数据库中的日记账表",
        "en": "journal entries, receipts and sealed parts: the journal in the venue's database",
    },
    "checkpoint": {
        "zh": "检查点、联署与证明路径：交易中心公开日志的存储",
        "en": "checkpoint, cosignatures and paths: the store of the venue's public log",
    },
    "chain": {
        "zh": "链上事件：索引进程从区块链节点读取并写入数据库的记录；主题与数据按合约的事件定义重新编码",
        "en": (
            "chain events: what the indexer has read from a node and kept; topics and data are encoded again by the "
            "contracts' own event definitions"
        ),
    },
}
MISSING: Final[dict[str, Words]] = {
    "SIGNED-BY-SELLER": {
        "zh": "没有可出示的出让方或许可方有效签名",
        "en": "no signature of the seller's that counts can be shown",
    },
    "SIGNED-BY-BUYER": {
        "zh": "没有可出示的受让方或被许可方有效签名",
        "en": "no signature of the buyer's that counts can be shown",
    },
    "CHAIN-EVENT": {
        "zh": "该交易尚无链上事件",
        "en": "no event on the chain tells of this deal yet",
    },
    "CHAIN-FINAL": {
        "zh": "链上事件尚未最终确定",
        "en": "an event on the chain is not in a final block yet",
    },
    "CHECKPOINT": {
        "zh": "尚无检查点覆盖全部记录：请一分钟后重新索取",
        "en": "no checkpoint reaches all entries yet: ask again in a minute",
    },
    "WITNESS": {
        "zh": "检查点尚无见证方联署",
        "en": "no witness has cosigned the checkpoint yet",
    },
    "ANCHOR": {
        "zh": "日记账锚定尚未覆盖全部记录",
        "en": "no final anchor of the journal reaches all entries yet",
    },
    "TIME-STAMP": {
        "zh": "检查点没有 RFC 3161 时间戳",
        "en": "the checkpoint carries no RFC 3161 time-stamp token",
    },
    "ENTRIES-CUT": {
        "zh": "提及该交易的记录超过本格式上限，其余未列入",
        "en": "more entries name this deal than this format takes; the rest are left out",
    },
    "OPENING-TERMS": {
        "zh": "合同条款无法由现有数据重新生成",
        "en": "the contract's terms cannot be made again from what is kept",
    },
    "TITLE": {
        "zh": "权利名称已删除：合同附件无法出示",
        "en": "the title of the right is erased: the contract's annex cannot be shown",
    },
    "ATTESTATION": {
        "zh": "交易中心未配置签署数据包的密钥，陈述部分无人签名",
        "en": "the venue has no key set up to sign bundles: what it merely states is signed by nobody",
    },
    "CUSTODY": UNDECLARED,
}
"""What a bundle may lack, by stable code."""

RECIPE: Final[dict[str, list[str]]] = {
    language: (Path(__file__).parent / f"recipe.{language}.txt").read_text("utf-8").splitlines()
    for language in ("zh", "en")
}
"""How to check a bundle, a line each."""
