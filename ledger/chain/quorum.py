"""Reading a chain from several nodes at once: an answer counts only if a majority of the nodes gives it alike.

One reading (a run of the indexer) begins with every node. Whoever differs from the majority, lags, or does not answer
is named in an alarm and not asked again in this reading. So the nodes that remain, a majority, gave every answer of it
alike, and one honest node among them would have given the same alone. Where no majority is left the reading ends with
`CHAIN-NO-QUORUM`. Nodes that tell the same lie and are the majority are believed, as far as `logHead` and `eventCount`
bear them out.
"""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, NoReturn, Protocol, TypeVar
from urllib.parse import urlsplit

import structlog

from ledger.chain.client import DEFAULT_TIMEOUT_S, ChainClient
from ledger.chain.errors import ChainFault

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Sequence

    from ledger.chain.client import Block, BlockTag
    from ledger.chain.raw_logs import RawLog

    Answer = TypeVar("Answer", bound=Hashable)

MOST_BEHIND: Final = 3
"""Blocks that a node may be behind what a majority has reached: the reading then ends at that node's newest block, and
a liar beside it is outvoted all the same. One further behind lags."""
_log = structlog.get_logger()


class Reading(Protocol):
    """What is asked of a chain before it is believed, be it one node or several; each raises ChainFault."""

    def chain_id(self) -> int:
        """Give the chain's id (EIP-155)."""

    def block(self, tag: BlockTag) -> Block | None:
        """Give a block, or None if there is none."""

    def finalized_block(self) -> Block:
        """Give the newest block that the chain calls final."""

    def code(self, address: str) -> bytes:
        """Give the runtime code at an address; empty if there is none."""

    def call(self, to: str, data: bytes, tag: BlockTag = "latest") -> bytes:
        """Call a contract without a transaction, and give its answer."""

    def revert_of(self, to: str, data: bytes, tag: BlockTag = "latest") -> bytes | None:
        """Give the error's data with which a contract reverts a call; None if it does not revert."""

    def logs(self, addresses: Sequence[str], from_block: int, to_block: int) -> list[RawLog]:
        """Give all logs of some contracts in a range of blocks, both ends included, in the chain's order."""


class Node:
    """One of several nodes: its client, and what is wrong with it so far as it has been told."""

    def __init__(self, place: int, url: str, timeout_s: float) -> None:
        self.client = ChainClient(url, timeout_s)
        self._place = place
        self._shown = without_credentials(url)
        self._told: str | None = None

    def tell(self, code: str, reason: str) -> None:
        """Name it in an alarm, once until it is well again or something else is wrong."""
        if self._told != code:
            self._told = code
            cure = ChainFault(code=code).cure
            _log.warning("alarm", code=code, node=self._place, url=self._shown, reason=reason, cure=cure)

    def well(self) -> None:
        """It went through a reading with the majority."""
        if self._told is not None:
            _log.info("a node is well again", code=self._told, node=self._place, url=self._shown)
            self._told = None


class Nodes:
    """All nodes that a venue reads from, kept from one reading to the next. One reading at a time."""

    def __init__(self, urls: Sequence[str], timeout_s: float = DEFAULT_TIMEOUT_S) -> None:
        """Take the nodes' HTTP URLs, at least one; no question waits longer than `timeout_s` for a node."""
        self._nodes = [Node(place, url, timeout_s) for place, url in enumerate(urls, 1)]
        self._pool = ThreadPoolExecutor(len(self._nodes), "nodes")
        self._last: Quorum | None = None

    def reading(self) -> Reading:
        """Begin a reading: of the one node itself, or of several by majority."""
        if len(self._nodes) == 1:
            return self._nodes[0].client
        if self._last is not None:
            self._last.tell_who_is_well()
        self._last = Quorum(self._nodes, self._pool)
        return self._last

    def close(self) -> None:
        """End the threads that ask."""
        self._pool.shutdown()


class Quorum:
    """One reading of several nodes. Every method raises ChainFault `CHAIN-NO-QUORUM` if no majority answers alike."""

    def __init__(self, nodes: Sequence[Node], pool: ThreadPoolExecutor) -> None:
        self._nodes = list(nodes)
        self._asked = len(self._nodes)
        self._needed = self._asked // 2 + 1
        self._pool = pool
        self._named: set[Node] = set()
        self._failed = False

    def tell_who_is_well(self) -> None:
        """Once this reading is over: whoever went through it with the majority is well again."""
        if not self._failed:
            for node in self._nodes:
                if node not in self._named:
                    node.well()

    def chain_id(self) -> int:
        """Give the chain's id (EIP-155)."""
        return self._agreed("eth_chainId", self._answers(lambda client: client.chain_id()))

    def block(self, tag: BlockTag) -> Block | None:
        """Give a block, or None if there is none; `latest` is the newest one that every node still asked has.

        A block is not there only if no node has it: nodes that lag must not undo what was read from the others.
        """
        if tag == "latest":
            return self.block(self._head())
        if tag == "finalized":
            return self.finalized_block()
        answers = self._answers(lambda client: client.block(tag))
        having = [(node, found) for node, found in answers if found is not None]
        if not having:
            return None
        if len(having) < self._needed:
            self._end(f"block {tag}: {len(having)} have it")
        for node, found in answers:
            if found is None:
                self._pass_over(node, "CHAIN-NODE-LAGS", f"no block {tag}")
        return self._agreed(f"block {tag}", having)

    def finalized_block(self) -> Block:
        """Give the newest block that a majority calls final."""
        numbers = self._answers(lambda client: client.finalized_block().number)
        final = sorted((number for _, number in numbers), reverse=True)[self._needed - 1]
        found = self.block(final)
        if found is None:
            raise ChainFault(code="CHAIN-ANSWER", detail=f"no block {final}, which is said to be final")
        return found

    def code(self, address: str) -> bytes:
        """Give the runtime code at an address; empty if there is none."""
        return self._agreed(f"code of {address}", self._answers(lambda client: client.code(address)))

    def call(self, to: str, data: bytes, tag: BlockTag = "latest") -> bytes:
        """Call a contract without a transaction, and give its answer; by its block's number, nodes answer alike."""
        return self._agreed(f"eth_call of {to}", self._answers(lambda client: client.call(to, data, tag)))

    def revert_of(self, to: str, data: bytes, tag: BlockTag = "latest") -> bytes | None:
        """Give the error's data with which a contract reverts a call; None if it does not revert."""
        answers = self._answers(lambda client: client.revert_of(to, data, tag))
        return self._agreed(f"revert of eth_call of {to}", answers)

    def logs(self, addresses: Sequence[str], from_block: int, to_block: int) -> list[RawLog]:
        """Give all logs of some contracts in a range of blocks, both ends included, in the chain's order."""
        answers = self._answers(lambda client: tuple(client.logs(addresses, from_block, to_block)))
        return list(self._agreed(f"logs of {from_block} to {to_block}", answers))

    def _head(self) -> int:
        heights = self._answers(lambda client: client.block_number())
        reached = sorted((height for _, height in heights), reverse=True)[self._needed - 1]
        for node, height in heights:
            found = f"at {height}, a majority at {reached}"
            if height < reached - MOST_BEHIND:
                self._pass_over(node, "CHAIN-NODE-LAGS", found)
            elif (
                height > reached + MOST_BEHIND
            ):  # it stays: if the others lag, it has what they must not undo
                self._name(node, "CHAIN-NODE-DIFFERS", found)
        return min(height for _, height in heights if height >= reached - MOST_BEHIND)

    def _answers(self, question: Callable[[ChainClient], Answer]) -> list[tuple[Node, Answer]]:
        """Ask every node of this reading at once; at least a majority answered, not yet alike."""

        def ask(node: Node) -> Answer | ChainFault:
            try:
                return question(node.client)
            except ChainFault as fault:
                return fault

        answers = []
        for node, found in zip(list(self._nodes), self._pool.map(ask, self._nodes), strict=True):
            if isinstance(found, ChainFault):
                self._pass_over(node, "CHAIN-NODE-FAILS", f"{found.code} {found.detail}".strip())
            else:
                answers.append((node, found))
        if len(answers) < self._needed:
            self._end(f"{len(answers)} answered")
        return answers

    def _agreed(self, asked: str, answers: list[tuple[Node, Answer]]) -> Answer:
        """Give the answer that a majority of all nodes gave, and pass over whoever gave another."""
        ((answer, count),) = Counter(found for _, found in answers).most_common(1)
        if count < self._needed:
            self._end(f"{asked}: {count} agree")
        for node, found in answers:
            if found != answer:
                self._pass_over(node, "CHAIN-NODE-DIFFERS", asked)
        return answer

    def _pass_over(self, node: Node, code: str, reason: str) -> None:
        self._name(node, code, reason)
        self._nodes.remove(node)

    def _name(self, node: Node, code: str, reason: str) -> None:
        node.tell(code, reason)
        self._named.add(node)

    def _end(self, found: str) -> NoReturn:
        self._failed = True
        detail = f"{found}, {self._needed} of {self._asked} needed"
        raise ChainFault(code="CHAIN-NO-QUORUM", detail=detail)


def without_credentials(url: str) -> str:
    """Give a URL's scheme, host and port only: names, passwords and keys stand before the host, or behind it."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "no URL"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"
