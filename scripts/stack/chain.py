"""anvil from npm: the development chain, with its state kept on disk.

It writes its state every second, and not always in one piece: after a `kill -9` the last second of blocks can be gone,
or the file can be cut. A cut file is replaced by the last one that could be read; the indexer finds what is missing.
"""

from __future__ import annotations

import json
import shutil
import urllib.error
import urllib.request
from pathlib import Path

from scripts.stack.child import Child, StartRefused

ROOT = Path(__file__).resolve().parents[2]
ANVIL = ROOT / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
CHAIN_ID = 31_337
REQUEST_DEADLINE_S = 2.0


class Chain:
    """A development chain on a port of the loopback address; `url` can be used once `start` has returned."""

    def __init__(self, folder: Path, logs: Path, port: int, *, slots_in_an_epoch: int = 1) -> None:
        self.folder = folder / "chain"
        self.state = self.folder / "state.json"
        self.copy = self.folder / "state.good.json"
        self.url = f"http://127.0.0.1:{port}"
        command = [
            str(ANVIL),
            *("--host", "127.0.0.1", "--port", str(port), "--chain-id", str(CHAIN_ID)),
            *("--block-time", "1", "--slots-in-an-epoch", str(slots_in_an_epoch)),
            *("--state", str(self.state), "--state-interval", "1", "--silent"),
        ]
        self.child = Child("anvil", command, logs / "anvil.log")

    def start(self) -> None:
        """Start, from the last state that can be read.

        Raises:
            StartRefused: anvil is not installed, or did not come up.
        """
        if not ANVIL.exists():
            message = "anvil is not installed. Run: make setup"
            raise StartRefused(message)
        self.folder.mkdir(parents=True, exist_ok=True)
        self._mend_state()
        self.child.start()
        self.child.wait_until(self._answers)

    def stop(self) -> None:
        """Stop; anvil writes its state first."""
        self.child.stop()

    def _mend_state(self) -> None:
        if not self.state.exists():
            if self.copy.exists():
                shutil.copyfile(self.copy, self.state)
        elif _is_whole(self.state):
            shutil.copyfile(self.state, self.copy)
        elif self.copy.exists():
            shutil.copyfile(self.copy, self.state)
        else:
            self.state.unlink()

    def _answers(self) -> bool:
        question = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": []}).encode()
        request = urllib.request.Request(self.url, question, {"Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_DEADLINE_S) as answer:  # noqa: S310 - our own child
                return bool(json.load(answer)["result"] == hex(CHAIN_ID))
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False


def _is_whole(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
