"""What can go wrong with a chain, a compiler or a deployment: one fault, its stable code, and its cure."""

from __future__ import annotations

_CURES = {
    "CHAIN-UNREACHABLE": "see that the node runs and that its URL is right; the call may be repeated",
    "CHAIN-RPC": "read the node's message; the node refused the call and will refuse it again",
    "CHAIN-ANSWER": "ask another node: this one's answer does not follow the JSON-RPC specification",
    "CHAIN-OTHER": "point at the chain that the manifest names, or at its own manifest",
    "CHAIN-REVERTED": "read the custom error: the contract refused the call",
    "CHAIN-ALREADY-KNOWN": "nothing to do: the node has this transaction already",
    "CHAIN-NONCE-USED": "look whether the earlier transaction under this nonce is the wanted one; if not, use the next",
    "CHAIN-UNDERPRICED": "raise both fees by at least a tenth above those of the transaction to be replaced",
    "CHAIN-FUNDS": "give the sending account enough of the chain's own currency for gas",
    "CHAIN-RECEIPT-LATE": "look again later under the same transaction hash, or replace it with higher fees",
    "CHAIN-NOT-FINAL": "run it again once the chain has moved on: it goes on where it stopped",
    "CHAIN-RANGE-REFUSED": "ask a node that serves logs for this contract: even a single block was refused",
    "CHAIN-RANGE": "ask for a range that starts at or below its end, both at least zero",
    "CHAIN-LOG-UNKNOWN": "use the program that belongs to this contract: it knows an event that this one does not",
    "CHAIN-LOG-MALFORMED": "ask another node: a log does not have the shape of its event",
    "CHAIN-LOG-GAP": "read the range again or from another node: the numbers of the events are not contiguous",
    "CHAIN-LOG-INCOMPLETE": (
        "ask another node: the contract counts other events than its logs show, or folds them to another head"
    ),
    "CHAIN-MOVED": "read again: the chain was reorganised while it was read",
    "CHAIN-NO-QUORUM": (
        "see the alarms for the nodes that differ, lag or fail: nothing is written until a majority of IPX_CHAIN_URL "
        "and IPX_CHAIN_READ_URLS answers alike; it is tried again by itself"
    ),
    "CHAIN-NODE-DIFFERS": "take this node out unless its operators explain it: it says other than the majority",
    "CHAIN-NODE-LAGS": "see that this node keeps up: it has not reached the block that the majority has",
    "CHAIN-NODE-FAILS": "see that this node runs, that its URL is right and that it serves logs and earlier states",
    "CHAIN-FINAL-REORG": (
        "find out with the chain's operators why a final block was replaced; then `ipx chain recover` queues what is "
        "missing again. Trading goes on, settlement waits"
    ),
    "CHAIN-FINAL-LOST": (
        "restore the chain's data or find out why final blocks are gone; then `ipx chain recover` queues what is "
        "missing again. Trading goes on, settlement waits"
    ),
    "CHAIN-NOT-HALTED": "nothing to do: indexer and settlement are running",
    "CHAIN-RECOVERY-REFUSED": "recover with an operator's key: the venue refused the command under the rule named",
    "CHAIN-CONTRACTS-LOST": (
        "the chain no longer has the contracts of the manifest: restore the chain's data, or move the manifest "
        "aside to deploy anew, knowing that all that was recorded there must be recorded again"
    ),
    "DEPLOY-FAILED": "read the detail, see that the deployer has funds, and run it again: it goes on where it stopped",
    "DEPLOY-MANIFEST": "restore the manifest from its backup, or move it aside to deploy anew",
    "DEPLOY-KEYS": "deploy with the keys that the manifest names, or move it aside to deploy anew",
    "DEPLOY-ROLES": (
        "have the administrator schedule what differs: the deployer gave its role up when the deployment was done"
    ),
    "ARTIFACT-MISSING": "build the contracts first (hardhat build)",
    "COMPILER-MISSING": "install the npm packages: the compiler is the package solc, run by Node",
    "COMPILER-FAILED": "read the compiler's message and correct the sources",
    "RECORD-MALFORMED": "give hashes as 0x and 64 hex digits, addresses as 0x and 40, numbers within their range",
    "SIGNER-KEY": "give the key that belongs to the address",
    "SIGNER-UNREACHABLE": "see that the signer runs and listens at IPX_SIGNER_SOCKET; it is tried again by itself",
    "SIGNER-REFUSED": "read the signer's own code: nothing is sent until what it names is cured; trading goes on",
    "CHAIN-COST-TRANSACTION": (
        "wait for lower fees, or raise IPX_MOST_WEI_TRANSACTION for worker and signer alike: nothing is sent until "
        "then, and trading goes on"
    ),
    "CHAIN-COST-DAY": (
        "wait until what was sent is older than a day, or raise IPX_MOST_WEI_DAY: nothing is sent until then, and "
        "trading goes on"
    ),
}


class ChainFault(Exception):
    """A call, a deployment or a compilation that did not succeed.

    `code` is stable, `cure` says what would help, `detail` what was found, `data` the raw answer of a contract
    that reverted (empty otherwise). `transient` says that the same call may succeed later.
    """

    def __init__(self, *, code: str, detail: str = "", data: bytes = b"") -> None:
        super().__init__(f"{code}: {detail}; {_CURES[code]}" if detail else f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]
        self.detail = detail
        self.data = data
        self.transient = code in {
            "CHAIN-UNREACHABLE",
            "CHAIN-RECEIPT-LATE",
            "CHAIN-NOT-FINAL",
            "CHAIN-MOVED",
            "CHAIN-NO-QUORUM",
            "SIGNER-UNREACHABLE",
        }
