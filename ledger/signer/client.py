"""The side of whoever asks the signer, worker or front door: it asks, and never sees a key.

One connection, used by one thread at a time; it is made again when it breaks. Asking twice for the same signature is
harmless: nothing leaves the machine by being signed.
"""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING, Final

from exchange.keccak import keccak
from ledger.chain.errors import ChainFault
from ledger.chain.signer import SignedTransaction
from ledger.signer.messages import (
    LARGEST_FRAME,
    LENGTH_BYTES,
    AskAddress,
    AskInstruction,
    AskTransaction,
    Question,
    Reply,
    encode,
    read_reply,
)

if TYPE_CHECKING:
    from ledger.chain.signer import Transaction
    from ledger.messages import Instruction
    from ledger.signatures import Domain
    from ledger.signer.messages import KeyName

DEADLINE_S: Final = 5.0
"""How long one question may stay unanswered."""


class SignerClient:
    """A connection to the signer. May be used by several threads: each question has the connection to itself."""

    def __init__(self, socket_path: str, *, deadline_s: float = DEADLINE_S) -> None:
        self._path = socket_path
        self._deadline_s = deadline_s
        self._socket: socket.socket | None = None
        self._lock = threading.Lock()

    def ask(self, question: Question) -> Reply:
        """Ask; over a fresh connection if the old one has gone.

        Raises:
            ChainFault: `SIGNER-UNREACHABLE`, `SIGNER-REFUSED` with the signer's own code in the detail.
        """
        with self._lock:
            try:
                try:
                    reply = self._asked(question)
                except ConnectionError:
                    self._drop()  # the signer was started again since the last question
                    reply = self._asked(question)
            except (OSError, ValueError) as error:  # msgspec's errors are ValueErrors
                self._drop()
                raise ChainFault(code="SIGNER-UNREACHABLE", detail=type(error).__name__) from error
        if reply.denied is not None:
            found = f"{reply.denied.code} {reply.denied.found}".strip()
            raise ChainFault(code="SIGNER-REFUSED", detail=found)
        return reply

    def close(self) -> None:
        """Close the connection; the next question opens another."""
        with self._lock:
            self._drop()

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _asked(self, question: Question) -> Reply:
        deadline = time.monotonic() + self._deadline_s
        connection = self._connected(deadline)
        connection.settimeout(_left(deadline))
        connection.sendall(encode(question))
        length = int.from_bytes(_exactly(connection, LENGTH_BYTES, deadline))
        if not 0 < length <= LARGEST_FRAME:
            message = f"{length} bytes announced"
            raise ValueError(message)
        return read_reply(_exactly(connection, length, deadline))

    def _connected(self, deadline: float) -> socket.socket:
        if self._socket is None:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            try:
                made.settimeout(_left(deadline))
                made.connect(self._path)
            except OSError:
                made.close()
                raise
            self._socket = made
        return self._socket


class SignerKey:
    """One key of the signer, as whoever uses it sees it: an address, and what it signs."""

    def __init__(self, client: SignerClient, name: KeyName) -> None:
        self._client = client
        self._name = name
        self._address = ""

    @property
    def address(self) -> str:
        """The address (EIP-55) that it signs for; asked once.

        Raises:
            ChainFault: `SIGNER-UNREACHABLE`, `SIGNER-REFUSED`.
        """
        if not self._address:
            self._address = self._client.ask(AskAddress(key=self._name)).address
        return self._address

    def sign(self, transaction: Transaction) -> SignedTransaction:
        """Have a transaction signed.

        Raises:
            ChainFault: `SIGNER-UNREACHABLE`, `SIGNER-REFUSED`.
        """
        raw = self._client.ask(AskTransaction(key=self._name, transaction=transaction)).raw
        return SignedTransaction(raw, keccak(raw))

    def sign_instruction(self, domain: Domain, instruction: Instruction) -> str:
        """Have an instruction to the exchange signed: 0x and 65 bytes in hex.

        Raises:
            ChainFault: `SIGNER-UNREACHABLE`, `SIGNER-REFUSED`.
        """
        question = AskInstruction(key=self._name, domain=domain, instruction=instruction)
        return self._client.ask(question).signature


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        message = "the signer takes too long"
        raise TimeoutError(message)
    return left


def _exactly(connection: socket.socket, size: int, deadline: float) -> bytes:
    """So many bytes of a reply, by the deadline."""
    found = bytearray()
    while len(found) < size:
        connection.settimeout(_left(deadline))
        part = connection.recv(size - len(found))
        if not part:
            message = "the signer closed the connection"
            raise ConnectionResetError(message)
        found += part
    return bytes(found)
