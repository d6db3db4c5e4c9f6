"""Every word of the page of the evidence desk, in Simplified Chinese and English, by key.

What is lodged shows that a digest stood here at a time; nothing here calls it more.
"""

from __future__ import annotations

EVIDENCE_WORDS: dict[str, tuple[str, str]] = {
    "nav_evidence": ("存证", "Evidence"),
    "evidence": ("存证查询", "Evidence look-up"),
    "evidence_lead": (
        "选择文件，或输入其 SHA-256 摘要，即可查询该文件何时在此存证。文件仅在您的浏览器内计算摘要，不会上传。",
        "Choose a file, or enter its SHA-256, to see when it was lodged here. It is hashed in the browser, never sent.",
    ),
    "evidence_file": ("文件（仅在本机计算摘要）", "File (hashed on this machine)"),
    "evidence_hash": ("或 SHA-256 摘要（64 位十六进制）", "Or its SHA-256 (64 hex digits)"),
    "evidence_find": ("查询", "Look up"),
    "evidence_without_script": (
        "本页的文件摘要计算需要启用脚本；也可使用命令 ipx evidence find 文件，或接口 GET /v1/evidence?sha256=摘要。",
        "Hashing a file here needs script; `ipx evidence find FILE` and GET /v1/evidence?sha256=… do without.",
    ),
    "evidence_hashing": ("正在计算摘要……", "Hashing …"),
    "evidence_too_large": (
        "文件超过 512 MB，浏览器无法计算：请使用命令 ipx evidence find 文件。",
        "The file is over 512 MB, too large for a browser: use `ipx evidence find FILE`.",
    ),
    "evidence_insecure": (
        "浏览器仅在安全连接（HTTPS）或本机地址下提供摘要计算：请改用安全连接，或输入摘要查询。",
        "A browser hashes only over a secure connection (HTTPS) or on this machine: use one, or enter the SHA-256.",
    ),
    "evidence_unreadable": ("无法读取该文件，请重新选择。", "The file cannot be read: choose it again."),
    "evidence_no_hash": (
        "这不是 SHA-256 摘要：应为 64 位十六进制字符。",
        "This is no SHA-256: it has 64 hex digits.",
    ),
    "evidence_result": ("查询结果", "Result"),
    "evidence_of": ("SHA-256 摘要", "SHA-256"),
    "evidence_caption": ("该摘要的存证，最早的在前", "Deposits of this digest, the first one first"),
    "evidence_none": ("没有该摘要的存证。", "Nobody has lodged this digest."),
    "evidence_none_next": (
        "文件改动一个字节，摘要即完全不同。经审核的主体可用命令 ipx evidence lodge 文件 存证。",
        "A file with one byte changed has another digest. A verified party lodges one with `ipx evidence lodge FILE`.",
    ),
    "evidence_number": ("存证编号", "Deposit"),
    "evidence_time": ("存证时间", "Lodged"),
    "evidence_entry": ("日志记录", "Journal entry"),
    "evidence_checkpoint": ("所在检查点", "In a checkpoint of"),
    "evidence_entries": ("{} 条记录", "{} entries"),
    "evidence_waiting": ("一分钟内载入", "within a minute"),
    "evidence_proof": ("证明文件", "Proof"),
    "evidence_download": ("下载", "Download"),
    "evidence_rule": (
        "存证表明该摘要在所示时间已载入本日志，不证明文件内容真实，也不证明权利归属。",
        "A deposit shows that this digest stood here at that time; neither that the content is true nor whose it is.",
    ),
    "evidence_who": (
        "查询结果不显示存证主体；日志记录中载有其主体编号。",
        "Who lodged it is not told here; its party number stands in the journal entry.",
    ),
    "evidence_check": (
        "离线核对：ipx evidence find 文件 --receipt 回执，再以 ipx evidence check 文件 回执 --log 日志公钥。",
        "Offline: `ipx evidence find FILE --receipt RECEIPT`, then `ipx evidence check FILE RECEIPT --log KEY`.",
    ),
    "evidence_more": (
        "仅显示最早的 20 项，其余见接口 GET /v1/evidence。",
        "Only the first 20 are shown; GET /v1/evidence has the rest.",
    ),
}
