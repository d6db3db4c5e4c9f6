"""A whole venue on one machine: servers, simulated bank and office, signer, sequencer, front door and worker."""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from exchange.rules.profiles import Profile
from exchange.venue import DEVELOPMENT_CHAIN
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import Manifest
from ledger.log.checkpoints import log_verifier, origin_of
from ledger.receipt_key import ReceiptKey
from ledger.sequencer.process import EXIT_CLOCK, EXIT_STORE
from ledger.timestamp.opening import CERTIFICATE_FILE, open_authority
from ledger.witness.opening import open_witness
from ledger.worker_settings import ENVIRONMENT_FILE, worker_settings
from ledger.works import Works
from scripts.stack.chain import ROOT
from scripts.stack.child import Child, StartRefused, end_leftover
from scripts.stack.deployment import prepare, require_profile, versions_behind, write_genesis
from scripts.stack.keys import OPERATORS, Keys, write_private
from scripts.stack.named import require_answers
from scripts.stack.ports import Ports, port_is_free
from scripts.stack.servers import Addresses, Servers

Report = Callable[[str], None]
"""Called with a line for people at each step that takes a while."""
REQUEST_DEADLINE_S = 2.0
WITNESS = "witness.local/ipx"
"""The name of the witness that runs beside a venue that names none."""
AUTHORITY = "IP rights exchange: time stamps (run by the operator)"
"""The name of the authority that runs beside a venue that names none."""
OPERATORS_OWN = (
    "time stamps by an authority of the operator's own, which prove nothing against the operator … "
    "运营方自行运行的时间戳机构，不能用于证明运营方的行为 …"
)
RECOVERY_REASON = "the embedded development chain came back without its last blocks"
STAFF_KEYS_FILE = "staff-keys.json"
NOT_RESTARTED = {
    EXIT_CLOCK: "put the machine's clock right (NTP), look whether it agrees with the newest block, then stop this and "
    "start it again: whatever time the next start finds is taken, and the venue's time never goes back",
    EXIT_STORE: "its tables cannot be trusted: audit the journal, and follow the runbook, before it is started again",
}
"""What to do instead, by the exit code of a sequencer that starting again would not mend, or would make worse."""
SEQUENCERS = ("sequencer", "standby")
MOST_RESTARTS = 5
"""Of one process."""
RESTART_WINDOW_S = 60.0


@dataclass(frozen=True)
class Place:
    """Where a running venue is."""

    url: str
    addresses: Addresses
    bank_url: str
    office_url: str
    timestamp: str
    data: Path

    def table(self) -> dict[str, str]:
        """Names and addresses, for people and for `--json`."""
        return {
            "exchange": self.url,
            "documentation": f"{self.url}/docs",
            "database": self.addresses.database_url,
            "redis": self.addresses.redis_url,
            "chain": self.addresses.chain_url,
            "bank (simulated)": self.bank_url,
            "office (simulated)": self.office_url,
            "time stamps": self.timestamp,
            "data": str(self.data),
        }


class Venue:
    """Starts and stops every process of a venue, in order, and starts again what falls over."""

    def __init__(  # noqa: PLR0913 - what a venue is started with
        self,
        data: Path,
        *,
        report: Report = print,
        port: int | None = None,
        usual_port: int | None = None,
        profile: Profile | None = None,
        standby: bool = False,
        named: Mapping[str, str] = os.environ,
    ) -> None:
        """Take `port` or none, if it is given; else `usual_port` if it is free.

        `profile`: the one that the venue opens under; if left out that of its folder, or the Mainland's.
        `standby`: whether a second sequencer stands by, and takes over when the first one dies.
        `named`: where servers may be named that take the place of embedded ones.
        """
        self.data = data.resolve()
        self.servers = Servers(self.data, named=named)
        self.keys = Keys(self.data / "keys")
        self._ports = Ports(self.data)
        self._profile = profile
        self._standby = standby
        self._named = named
        self._report = report
        self._port = port
        self._usual_port = usual_port
        self._children: list[Child] = []
        self._restarts: dict[str, list[float]] = {}
        self._left: set[Child] = set()
        """What has ended and is not started again."""

    def start(self, settings: dict[str, str] | None = None) -> Place:
        """Start everything; `settings` are further environment variables of the processes.

        Raises:
            StartRefused: a port is taken, a named server does not answer, or something did not come up; nothing is
                left running.
            ChainFault: the contracts could not be deployed.
        """
        try:
            return self._start(settings or {})
        except BaseException:
            self.stop()
            raise

    def _start(self, settings: dict[str, str]) -> Place:
        """Start in an order in which what waits for blocks, and what loads, wait side by side."""
        self.servers.take_folder()
        require_profile(self.data / "genesis.json", self._profile)
        ports = self._ports
        port = self._choose_port(ports)
        require_answers(self._named)
        self._report(
            "PostgreSQL, Redis, chain; bank and patent office (simulated) … 数据库、链、模拟银行与专利局 …"
        )
        signatories = [word for name in OPERATORS for word in ("--signatory", self._address_of(name))]
        simulated = {
            "bank": self._simulated("bank", ports, signatories),
            "office": self._simulated("office", ports, ["--catalogue"]),
        }
        addresses = self.servers.start()
        environment = self._environment(addresses) | settings | {"IPX_API_PORT": str(port)}
        self._report("tables and contracts, front door … 数据表、合约、接口 …")
        pool = ThreadPoolExecutor(1, "deployment")
        deployed = pool.submit(prepare, self.data, self.keys, addresses.database_url, addresses.chain_url)
        pool.shutdown(
            wait=False
        )  # if something else fails meanwhile, that is told without waiting for blocks
        for name, (child, url) in simulated.items():
            environment[f"IPX_{name.upper()}_URL"] = url
            environment[f"IPX_{name.upper()}_SIGNER"] = self._identity(name, child, url)
        # Neither front door nor worker is told where the keys are, and the former not where the worker asks, nor what
        # it says to the office; the bank it tells of simulated credits.
        without_keys = _without(environment, "IPX_KEYS_DIR", "IPX_SIGNER_SOCKET", "IPX_OFFICE_TOKEN")
        api = self._child("api", [sys.executable, "-m", "api"], self._with_figures("api", without_keys))
        manifest = deployed.result()
        behind = versions_behind(self.data, addresses.database_url)
        if behind:
            self._report(behind)
        write_genesis(
            self.data / "genesis.json",
            manifest,
            self.keys,
            environment["IPX_BANK_SIGNER"],
            environment["IPX_OFFICE_SIGNER"],
            self._profile,
        )
        if "IPX_WITNESSES" not in environment:
            environment["IPX_WITNESSES"] = self._witness(manifest, ports.port("witness"))
        if "IPX_TIMESTAMP" not in environment:
            self._report(OPERATORS_OWN)
            environment["IPX_TIMESTAMP"] = self._authority(ports.port("timestamp"))
        beside = {name: value for name, value in environment.items() if name.startswith("IPX_")}
        write_private(
            self.data / ENVIRONMENT_FILE, json.dumps(beside)
        )  # for commands given beside the processes
        self._report("signer, sequencer and worker … 签名器、定序器与后台任务 …")
        self._start_sequencer(environment)
        self._stop_before_the_others(api)  # it waits for the writer's answers
        url = f"http://127.0.0.1:{port}"
        api.wait_until(lambda: api.has_said(url))
        return Place(
            url,
            addresses,
            environment["IPX_BANK_URL"],
            environment["IPX_OFFICE_URL"],
            environment["IPX_TIMESTAMP"].partition(" ")[0],
            self.data,
        )

    def _choose_port(self, ports: Ports) -> int:
        """The front door's port; what an earlier start has left there has ended then."""
        end_leftover(self.servers.logs / "api.pid")
        if self._port is None:
            return ports.port("api", self._usual_port)
        if not port_is_free(self._port):
            message = (
                f"port {self._port} is taken by another program. Choose another with --port, or leave it out."
            )
            raise StartRefused(message)
        return self._port

    def _start_sequencer(self, environment: dict[str, str]) -> None:
        """Signer and writer, then the worker, which must not meet a chain that has lost what was final."""
        signing = [Path(environment[name]) for name in ("IPX_SIGNER_SOCKET", "IPX_SIGNER_DOOR_SOCKET")]
        for path in signing:
            path.unlink(missing_ok=True)  # left by a signer that was killed
        without_tokens = _without(environment, "IPX_BANK_TOKEN", "IPX_OFFICE_TOKEN")
        signer = self._child("signer", [sys.executable, "-m", "ledger.signer"], without_tokens)
        socket = Path(environment["IPX_SEQUENCER_SOCKET"])
        socket.unlink(missing_ok=True)  # left by a sequencer that was killed
        command = [sys.executable, "-m", "ledger.sequencer"]
        if self._standby:  # each of the two waits for its turn: the first one does when it comes back
            without_tokens["IPX_SEQUENCER_STANDBY"] = "1"
        sequencer = self._child("sequencer", command, self._with_figures("sequencer", without_tokens))
        sequencer.wait_until(socket.exists)
        if self._standby:
            self._child("standby", command, self._with_figures("standby", without_tokens))
        self._recover_chain(environment)
        signer.wait_until(lambda: all(path.exists() for path in signing))
        without_keys = _without(environment, "IPX_KEYS_DIR", "IPX_SIGNER_DOOR_SOCKET")
        self._child(
            "worker", [sys.executable, "-m", "ledger.tasks"], self._with_figures("worker", without_keys)
        )

    def _recover_chain(self, environment: dict[str, str]) -> None:
        """A development chain of our own may have lost final blocks when it was killed: what it lost is recorded again.

        It is journalled as an operator's command, as everywhere; on any other chain a person must give it.
        """
        if not self.servers.has_own_chain:
            return
        works = Works(worker_settings(environment))
        try:
            halted_for = works.read_chain().halted_for
            if halted_for is not None and works.manifest.chain_id == DEVELOPMENT_CHAIN:
                self._report(f"{halted_for}: what the development chain lost is recorded again …")
                works.recover_chain(self.keys.private_key(OPERATORS[0]), RECOVERY_REASON)
        except ChainFault as fault:
            self._report(f"{fault}: the worker will read the chain again")
        finally:
            works.close()

    def _simulated(self, name: str, ports: Ports, options: list[str]) -> tuple[Child, str]:
        """Start a simulated counterparty; its process and its address, at which it need not answer yet."""
        port = str(ports.port(name))
        command = [sys.executable, "-m", f"scripts.simulated.{name}", "--port", port]
        command += ["--data", str(self.data / f"{name}.sqlite"), *options]
        environment = {
            **os.environ,
            "PYTHONPATH": str(ROOT),
            f"IPX_{name.upper()}_TOKEN": self.keys.token(name),
        }
        return self._child(name, command, environment), f"http://127.0.0.1:{port}"

    def _identity(self, name: str, child: Child, url: str) -> str:
        """The address that a counterparty signs with, asked of it once it answers."""
        child.wait_until(lambda: child.has_said(url))
        request = urllib.request.Request(  # noqa: S310 - our own child
            f"{url}/identity", headers={"Authorization": f"Bearer {self.keys.token(name)}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=REQUEST_DEADLINE_S) as answer:  # noqa: S310 - as above
                return str(json.load(answer)["statement"]["attestation"]["signer"])
        except (urllib.error.URLError, TimeoutError) as error:
            message = f"{name} does not say who it is: {error}. {child.log_tail()}"
            raise StartRefused(message) from error

    def _witness(self, manifest: Manifest, port: int) -> str:
        """Start a witness of our own beside the venue; its address and verifier key, as the worker is told them.

        One that the operator runs proves nothing against the operator: a real venue names other people's.
        """
        receipt_key = ReceiptKey.from_file(self.keys.folder / "receipt.key")
        origin = origin_of(manifest.chain_id, manifest.address("JournalAnchor"))
        log = log_verifier(origin, receipt_key.public_key)
        folder = self.data / "witness"
        _, verifier = open_witness(folder, WITNESS, log, begin=True)
        command = [sys.executable, "-m", "ledger.witness", "--name", WITNESS, "--folder", str(folder)]
        command += ["--log", log.to_text(), "--port", str(port)]
        self._child("witness", command, {**os.environ, "PYTHONPATH": str(ROOT)})
        return f"http://127.0.0.1:{port} {verifier.to_text()}"

    def _authority(self, port: int) -> str:
        """Start a time-stamping authority of our own beside the venue; its address and certificate, for the worker.

        One that the operator runs proves nothing against the operator: a real venue names a real one.
        """
        folder = self.data / "timestamp"
        open_authority(folder, AUTHORITY, begin=True)
        command = [sys.executable, "-m", "ledger.timestamp", "--folder", str(folder), "--port", str(port)]
        self._child("timestamp", command, {**os.environ, "PYTHONPATH": str(ROOT)})
        return f"http://127.0.0.1:{port}/ {folder / CERTIFICATE_FILE}"

    def _stop_before_the_others(self, child: Child) -> None:
        """Children are stopped last first, whatever the order in which it paid to start them."""
        self._children.remove(child)
        self._children.append(child)

    def _address_of(self, name: str) -> str:
        return self.keys.private_key(name).address

    def _environment(self, addresses: Addresses) -> dict[str, str]:
        staff = self.data / STAFF_KEYS_FILE
        self.keys.write_staff_keys(staff)
        return {
            "IPX_ANCHOR_SECONDS": "10",
            "IPX_AUDIT_SECONDS": "60",
            **os.environ,
            **addresses.environment(),
            "PYTHONPATH": str(ROOT),
            "IPX_DATA": str(self.data),
            "IPX_KEYS_DIR": str(self.keys.folder),
            "IPX_CHAIN_MANIFEST": str(self.data / "chain.json"),
            "IPX_GENESIS": str(self.data / "genesis.json"),
            "IPX_SEQUENCER_SOCKET": str(self.servers.sockets / "sequencer.sock"),
            "IPX_SIGNER_SOCKET": str(self.servers.sockets / "signer.sock"),
            "IPX_SIGNER_DOOR_SOCKET": str(self.servers.sockets / "signer-door.sock"),
            "IPX_STAFF_KEYS": str(staff),
            "IPX_BANK_TOKEN": self.keys.token("bank"),
            "IPX_OFFICE_TOKEN": self.keys.token("office"),
        }

    def _child(self, name: str, command: list[str], environment: dict[str, str]) -> Child:
        child = Child(name, command, self.servers.logs / f"{name}.log", environment=environment)
        self._children.append(child)
        child.start()
        return child

    def _with_figures(self, name: str, environment: dict[str, str]) -> dict[str, str]:
        """A process's environment with a loopback port of its own for its figures (`metrics-…` in ports.json)."""
        return environment | {"IPX_METRICS_PORT": str(self._ports.port(f"metrics-{name}"))}

    def check(self) -> None:
        """Start again what has fallen over, but not for ever, and no sequencer that a person must look at first.

        Raises:
            StartRefused: too often in a minute: something is wrong that starting again does not mend.
        """
        server = self.servers.fallen()
        if server is not None:
            self._allow_restart(server.child)
            server.start()
        for child in self._children:
            if child.exit_code is not None and child not in self._left and not self._leaves(child):
                self._allow_restart(child)
                child.start()

    def _leaves(self, child: Child) -> bool:
        """Whether it is a sequencer that must not simply be started again; everything else goes on, to be read."""
        cure = NOT_RESTARTED.get(child.exit_code or 0) if child.name in SEQUENCERS else None
        if cure is None:
            return False
        self._left.add(child)
        self._report(f"{child.name} ended with code {child.exit_code} and is not started again: {cure}")
        return True

    def _allow_restart(self, child: Child) -> None:
        now = time.monotonic()
        recent = [at for at in self._restarts.get(child.name, ()) if now - at < RESTART_WINDOW_S]
        self._restarts[child.name] = [*recent, now]
        if len(recent) >= MOST_RESTARTS:
            message = f"{child.name} ended with code {child.exit_code} again and again. {child.log_tail()}"
            raise StartRefused(message)
        self._report(f"{child.name} ended with code {child.exit_code}; starting it again")

    def stop_all_but_chain(self) -> None:
        """Stop every process of the venue and its database; an auditor needs the chain alone."""
        while self._children:
            self._children.pop().stop()
        self.servers.stop_all_but_chain()

    def stop(self) -> None:
        """Stop everything, last started first."""
        while self._children:
            self._children.pop().stop()
        self.servers.stop()


def _without(environment: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name not in names}
