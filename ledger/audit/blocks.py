"""The journal as of a block of the chain: what must have stood in it, since the chain held it by then.

Two things tie an entry to a block. An anchor holds the root of all entries up to its size: whoever asks a node what is
anchored as of the block gets the size, and the root is made again here from the copy. And the journal reports each
record that the exchange waits for with the block in which it stands. The later of both entries counts.
"""

from __future__ import annotations

from typing import IO, TYPE_CHECKING, Any

import msgspec

from ledger.audit.findings import FINDINGS, Finding
from ledger.audit.lines import EntryLine, Header, LineRefused, read_lines
from ledger.audit.offline import DecidedOtherwise, OfflineRefused
from ledger.chain.errors import ChainFault
from ledger.chain.reads import AnchoredHead, anchored_head
from ledger.merkle import Frontier

if TYPE_CHECKING:
    from ledger.chain.client import ChainClient

_REPORT = b'"report_chain_record"'


def entry_at_block(stream: IO[bytes], block: int, client: ChainClient | None = None) -> int:
    """Give the last entry of an export that stood by a block: anchored by then, or the report of a record by then.

    Without a client the reports alone count. What the lines say is not checked here: a replay up to the entry does.

    Raises:
        OfflineRefused: OFFLINE-EXPORT; OFFLINE-AT: nothing stood by then, or the copy ends before what was anchored.
        DecidedOtherwise: AUDIT-ANCHOR: other entries were anchored than this copy has.
        ChainFault: what the client raises; CHAIN-OTHER if it is another chain than the export's.
        OSError: the file cannot be read.
    """
    lines = read_lines(stream)
    found, tree = -1, Frontier()
    try:
        header = next(lines, None)
        if not isinstance(header, Header):
            code = "OFFLINE-EXPORT"
            raise OfflineRefused(code)
        anchored = AnchoredHead(0, "") if client is None else _anchored(client, header, block)
        for line in lines:
            if not isinstance(line, EntryLine):
                continue
            if tree.size < anchored.size:
                tree.append(bytes.fromhex(line.leaf))
            if _REPORT in bytes(line.public) and _reports(line, block):
                found = line.entry
    except (LineRefused, ValueError) as error:
        code = "OFFLINE-EXPORT"
        raise OfflineRefused(code, str(error)) from error
    _require_anchored(tree, anchored)
    found = max(found, anchored.size - 1)
    if found < 0:
        code = "OFFLINE-AT"
        raise OfflineRefused(code, f"nothing is known to have stood by block {block}")
    return found


def _anchored(client: ChainClient, header: Header, block: int) -> AnchoredHead:
    if client.chain_id() != header.chain_id:
        raise ChainFault(code="CHAIN-OTHER")
    if not client.code(header.anchor, block):
        return AnchoredHead(0, "")
    return anchored_head(client, header.anchor, block)


def _reports(line: EntryLine, block: int) -> bool:
    """Whether an entry reports, and was accepted to, a record that stands in this block or an earlier one."""
    public: dict[str, Any] = msgspec.json.decode(line.public)
    command = public["command"]
    return bool(
        command["type"] == "report_chain_record"
        and public["answer"]["status"] == "accepted"
        and command["block"] <= block
    )


def _require_anchored(tree: Frontier, anchored: AnchoredHead) -> None:
    if tree.size < anchored.size:
        code = "OFFLINE-AT"
        raise OfflineRefused(code, f"{anchored.size} entries were anchored by then, the copy has {tree.size}")
    if anchored.size and "0x" + tree.root().hex() != anchored.root:
        text, text_zh = FINDINGS["AUDIT-ANCHOR"]
        interval = (0, anchored.size - 1)
        raise DecidedOtherwise(
            Finding(code="AUDIT-ANCHOR", text=text, text_zh=text_zh, detail="", interval=interval)
        )
