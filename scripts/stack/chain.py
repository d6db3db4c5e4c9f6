"""anvil from npm: the development chain, with its state kept on disk unless nobody will want it again.

It writes its state every second over the last one, so after a `kill -9` the last second of blocks can be gone, or the
file can be cut. A whole copy of each state is therefore kept beside it, and takes a cut file's place: one or two blocks
are lost then, which lie within what is not yet final. The indexer finds what is missing.
"""

from __future__ import annotations

import json
import shutil
import threading
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import msgspec

from scripts.stack.child import Child, StartRefused

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
CHAIN_ID = 31_337
REQUEST_DEADLINE_S = 2.0
MOST_STATES = 500
"""States of earlier blocks that are kept on disk, beside those in memory: some minutes, and no disk that fills up.
A chain that keeps nothing has so many in memory alone."""
LOOK_EVERY_S = 0.2
"""How often the state file is looked at; each whole state that it is found to hold is copied."""


class Chain:
    """A development chain on a port of the loopback address; `url` can be used once `start` has returned."""

    def __init__(  # noqa: PLR0913 - what a chain is started with
        self,
        folder: Path,
        logs: Path,
        port: int,
        *,
        slots_in_an_epoch: int = 1,
        keeps_state: bool = True,
        options: Sequence[str] = (),
    ) -> None:
        self.folder = folder / "chain"
        self.state = self.folder / "state.json"
        self.copy = self.folder / "state.good.json"
        self.history = self.folder / "history"
        self.url = f"http://127.0.0.1:{port}"
        command = [
            str(ANVIL),
            *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)),
            *("--block-time", "1", "--slots-in-an-epoch", str(slots_in_an_epoch)),
            *("--cache-path", str(self.history), "--silent"),
            *options,
        ]
        if keeps_state:
            command += ("--state", str(self.state), "--state-interval", "1")
            command += ("--max-persisted-states", str(MOST_STATES))
        else:
            command += ("--prune-history", str(MOST_STATES))
        self._keeps_state = keeps_state
        self.child = Child("anvil", command, logs / "anvil.log")
        self._ending = threading.Event()
        self._copier: threading.Thread | None = None

    def start(self) -> None:
        """Start, from the last state that can be read.

        Raises:
            StartRefused: anvil is not installed, or did not come up.
        """
        if not ANVIL.exists():
            message = "anvil is not installed. Run: make setup"
            raise StartRefused(message)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.child.end_leftover()  # it may still be writing its state
        shutil.rmtree(self.history, ignore_errors=True)  # what a killed one left, which no later one reads
        self.history.mkdir()
        self._mend_state()
        self.child.start()
        self.child.wait_until(self._answers)
        if not self._keeps_state or self._copier is not None:
            return  # where it is started again, the copies go on
        self._ending.clear()
        self._copier = threading.Thread(target=self._keep_copies, name="chain state copies", daemon=True)
        self._copier.start()

    def stop(self) -> None:
        """Stop; anvil writes its state first."""
        self._ending.set()
        if self._copier is not None:
            self._copier.join()
            self._copier = None
        self.child.stop()

    def _mend_state(self) -> None:
        if self._copy_if_whole():
            return
        self.state.unlink(missing_ok=True)
        if self.copy.exists():
            shutil.copyfile(self.copy, self.state)

    def _keep_copies(self) -> None:
        copied: tuple[int, int] | None = None
        while not self._ending.wait(LOOK_EVERY_S):
            seen = self._stamp()
            if seen is not None and seen != copied and self._copy_if_whole():
                copied = seen  # written while it was copied, it differs and is copied again

    def _stamp(self) -> tuple[int, int] | None:
        try:
            found = self.state.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_size

    def _copy_if_whole(self) -> bool:
        """Copy the state, unless it is missing or cut; whether it was whole."""
        try:
            state = self.state.read_bytes()
            msgspec.json.decode(state, type=msgspec.Raw)  # reads all of it, and makes nothing
        except (OSError, msgspec.DecodeError):
            return False
        unfinished = self.copy.with_suffix(".unfinished")
        unfinished.write_bytes(state)
        unfinished.replace(self.copy)
        return True

    def _answers(self) -> bool:
        question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(self.url, question, headers)  # noqa: S310 - our own child
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_DEADLINE_S) as answer:  # noqa: S310 - our own child
                return bool(json.load(answer)["result"] == hex(CHAIN_ID))
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False
