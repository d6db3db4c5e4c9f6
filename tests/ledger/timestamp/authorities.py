"""Authorities for the tests: one of ours as a process, and a foreign one made of OpenSSL's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from pathlib import Path

import httpx

from scripts.stack.ports import free_port

ROOT = Path(__file__).resolve().parents[3]
DEADLINE_S = 60.0
OPENSSL = shutil.which("openssl")
NAME = "a test's authority"
_CONFIG = """
[req]
distinguished_name = dn
prompt = no
[dn]
CN = {name}
[root]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[tsa]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = {purpose}
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[stamping]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
certs = {folder}/root.pem
signer_key = {folder}/tsa.key
signer_digest = {digest}
default_policy = 1.2.3.4.1
digests = sha256, sha512
accuracy = secs:1, millisecs:500, microsecs:100
ess_cert_id_chain = yes
ess_cert_id_alg = sha256
"""


class AuthorityProcess:
    """An authority on a port of its own; `start` again after a `kill`."""

    def __init__(self, folder: Path) -> None:
        port = str(free_port())
        self.folder = folder
        self.url = f"http://127.0.0.1:{port}"
        self.command = [sys.executable, "-m", "ledger.timestamp", "--folder", str(folder), "--port", port]
        self.process: subprocess.Popen[bytes] | None = None

    def start(self, *options: str) -> bytes:
        """Start it and wait until it answers; its certificate."""
        self.process = subprocess.Popen([*self.command, *options], cwd=ROOT, env={})
        end = time.monotonic() + DEADLINE_S
        while time.monotonic() < end:
            try:
                return httpx.get(f"{self.url}/certificate", trust_env=False).content
            except httpx.HTTPError:
                time.sleep(0.05)
        message = "the authority did not come up"
        raise AssertionError(message)

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()


def openssl(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run OpenSSL's command line in a folder."""
    assert OPENSSL is not None
    return subprocess.run(
        [OPENSSL, *arguments], cwd=folder, env={}, capture_output=True, text=True, timeout=60, check=False
    )


class ForeignAuthority:
    """OpenSSL's authority under a root of its own: RSA keys, an issuer, and tokens that nobody here has written."""

    def __init__(
        self, folder: Path, *, digest: str = "sha256", purpose: str = "critical, timeStamping"
    ) -> None:
        folder.mkdir()
        self.folder = folder
        config = _CONFIG.format(folder=folder, digest=digest, purpose=purpose, name="foreign")
        (folder / "config").write_text(config)
        (folder / "serial").write_text("0A\n")
        self._make("root", "-x509", "-new", "-extensions", "root", "-days", "30")
        self._make("tsa", "-new")
        options = ("-extfile", "config", "-extensions", "tsa", "-days", "20")
        signed = (
            "x509",
            "-req",
            "-in",
            "tsa.pem",
            "-CA",
            "root.pem",
            "-CAkey",
            "root.key",
            "-out",
            "signed.pem",
        )
        assert openssl(folder, *signed, *options).returncode == 0
        (folder / "signed.pem").replace(folder / "tsa.pem")
        self.root = (folder / "root.pem").read_bytes()
        self.own = (folder / "tsa.pem").read_bytes()

    def answer(self, request: bytes) -> bytes:
        """What it answers to a request."""
        (self.folder / "request").write_bytes(request)
        made = openssl(
            self.folder, "ts", "-reply", "-config", "config", "-section", "stamping", "-queryfile", "request",
            "-out", "reply",
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
        return (self.folder / "reply").read_bytes()

    def _make(self, name: str, *options: str) -> None:
        made = openssl(
            self.folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.pem",
            "-config", "config", "-subj", f"/CN={name} of the tests", *options,
        )  # fmt: skip
        assert made.returncode == 0, made.stderr
