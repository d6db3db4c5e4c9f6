"""The worker as a real process over one venue: with the keys' folder, or with a signer and no way to the keys."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import psutil

from scripts.stack.ports import free_port
from tests.ledger.works.desk import TOKEN, Desk
from tests.ledger.works.pipeline import ROOT, child_environment

DEADLINE_S = 60.0


class Worker:
    """`python -m ledger.tasks` over one venue."""

    def __init__(self, desk: Desk, redis_url: str, folder: Path, **more: str) -> None:
        settings = desk.settings
        self.metrics_port = free_port()
        self.log = folder / "worker.log"
        values = {
            "IPX_DATABASE_URL": settings.database_url,
            "IPX_REDIS_URL": redis_url,
            "IPX_CHAIN_URL": settings.chain_url,
            "IPX_CHAIN_MANIFEST": str(settings.manifest_file),
            "IPX_SEQUENCER_SOCKET": settings.socket_path,
            "IPX_KEYS_DIR": str(settings.keys),
            "IPX_DATA": str(folder),
            "IPX_BANK_URL": desk.bank.url,
            "IPX_BANK_SIGNER": desk.bank.signer,
            "IPX_BANK_TOKEN": TOKEN,
            "IPX_OFFICE_URL": desk.office.url,
            "IPX_OFFICE_SIGNER": desk.office.signer,
            "IPX_OFFICE_TOKEN": TOKEN,
            "IPX_TICK_SECONDS": "0.3",
            "IPX_METRICS_PORT": str(self.metrics_port),
        } | more
        if "IPX_SIGNER_SOCKET" in more:
            del values["IPX_KEYS_DIR"]
        self._environment = child_environment(**values)
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "ledger.tasks"],
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )

    def end(self, number: signal.Signals) -> list[psutil.Process]:
        """Send a signal to the worker alone and wait for its end; gives the processes that it had started."""
        assert self.process is not None
        children: list[psutil.Process] = psutil.Process(self.process.pid).children(recursive=True)
        self.process.send_signal(number)
        self.process.wait(timeout=DEADLINE_S)
        self.process = None
        return children
