"""What a bundle says in words, in Chinese and English: its title, who runs what, what is missing, how to check it."""

from __future__ import annotations

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
    "ATTESTATION": {
        "zh": "交易中心未配置签署数据包的密钥，陈述部分无人签名",
        "en": "the venue has no key set up to sign bundles: what it merely states is signed by nobody",
    },
    "CUSTODY": UNDECLARED,
}
"""What a bundle may lack, by stable code."""

RECIPE: Final[dict[str, list[str]]] = {
    "zh": [
        "一、从交易中心以外的渠道取得信任根：日志验证密钥、见证方密钥、链编号、登记合约与锚定合约地址；并尽可能自行运行区块链节点。",
        "二、运行 python3 ipx_verify.py bundle.json --log 密钥 --witness 密钥 --chain-id 编号 --register 地址 --anchor 地址 --rpc 自有节点；"
        "该程序仅用 Python 标准库。或在离线计算机的浏览器中打开 verify.html 并放入 bundle.json。",
        "三、自行复核的方法：对每个部分按 RFC 8785 规范化，计算 SHA-256 与 SM3，与 digests 比对。",
        "四、对每条记录的 public 计算 SHA-256(0x00 ‖ 规范化字节) 得叶哈希，依 RFC 9162 第 2.1.3.2 节沿 path 得检查点的根；检查点依 C2SP 格式由日志密钥签名、见证方联署。",
        "五、signed 中每份 EIP-712 数据的摘要与签名应恢复出 signer；合同文本的 SHA-256 应列于 hash_set，其加盐承诺即签名所载 contractText。",
        "六、在自有节点上查询交易回执：主题与数据须与 chain.events 相同，且区块已最终确定。",
        "七、如有时间戳：openssl ts -verify -in token.tsr -token_in -data checkpoint.txt -CAfile 时间戳根证书；checkpoint.txt 为 checkpoint.note 至第一个空行之前的三行（含换行）。",
        "八、未给出信任根时，本数据包只能证明自身一致，不能证明其来源。",
    ],
    "en": [
        "1. Get the roots of trust from elsewhere than the venue: the log's verifier key, witnesses' keys, chain id, "
        "addresses of register and anchor; run a node of your own if you can.",
        "2. Run python3 ipx_verify.py bundle.json --log KEY --witness KEY --chain-id ID --register ADDRESS --anchor ADDRESS "
        "--rpc YOUR-NODE; it needs Python's standard library alone. Or open verify.html in the browser of a computer that is "
        "offline and drop bundle.json on it.",
        "3. By your own means: write each part in canonical form (RFC 8785), make its SHA-256 and SM3, compare them with digests.",
        "4. SHA-256(0x00 || canonical bytes) of an entry's public part is its leaf hash; path leads to the checkpoint's root "
        "(RFC 9162, 2.1.3.2); the checkpoint is signed by the log's key and cosigned by witnesses (C2SP).",
        "5. Each signature in signed recovers to its signer over the EIP-712 data beside it; each contract text's SHA-256 "
        "stands in hash_set, whose salted commitment is the contractText that was signed.",
        "6. Ask your own node for the transactions' receipts: topics and data must be those in chain.events, in final blocks.",
        "7. Where there is a time-stamp token: openssl ts -verify -in token.tsr -token_in -data checkpoint.txt -CAfile ROOTS; "
        "checkpoint.txt is the three lines of checkpoint.note before its empty line, with their newlines.",
        "8. Without roots of trust a bundle shows no more than that it agrees with itself.",
    ],
}
