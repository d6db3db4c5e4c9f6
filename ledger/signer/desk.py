"""The signer's socket: who may ask, how much, and what is answered.

A Unix socket that only its owner may open; each caller's user is asked of the kernel (SO_PEERCRED) all the same. What
is no well-formed question ends its connection, what the policy does not know is denied by name.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import socket
import struct
from typing import TYPE_CHECKING, Final

import structlog

from ledger.chain.signer import signed_by
from ledger.secp256k1 import SignatureRefused
from ledger.signatures import instruction_digest
from ledger.signer.messages import (
    LARGEST_FRAME,
    LENGTH_BYTES,
    AskAddress,
    AskInstruction,
    AskTransaction,
    Denied,
    Question,
    Reply,
    encode,
    read_question,
)
from ledger.signer.policy import SignatureDenied

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ledger.chain.signer import DigestKey
    from ledger.signer.policy import Policy

MOST_CONNECTIONS: Final = 32
FRAME_DEADLINE_S: Final = 5.0
"""How long the rest of a frame may take once its length has come."""
IDLE_S: Final = 600.0
"""A connection on which nobody asks for so long is closed."""
OWNER_ONLY: Final = 0o600
_PEER: Final = struct.Struct("3i")
_log = structlog.get_logger()


class Desk:
    """Answers callers with the keys that it was given, within one policy."""

    def __init__(self, keys: Mapping[str, DigestKey], policy: Policy) -> None:
        """Take the keys by name: `sender`, `anchor`, `service`."""
        self._keys = dict(keys)
        self._policy = policy
        self._connections = 0

    async def listen(self, path: Path) -> asyncio.Server:
        """Listen; callers see a socket that answers, or none. It takes the place of one left behind.

        Raises:
            OSError: the folder is not there or not ours.
        """
        draft = path.with_name(f".{secrets.token_hex(3)}")
        listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        old_mask = os.umask(0o177)
        try:
            listener.bind(str(draft))
        finally:
            os.umask(old_mask)
        draft.chmod(OWNER_ONLY)
        server = await asyncio.start_unix_server(self._serve, sock=listener, backlog=MOST_CONNECTIONS)
        draft.rename(path)
        return server

    def answer(self, question: Question) -> Reply:
        """Sign what the policy knows; what it does not know is denied by name, and logged."""
        try:
            return self._signed(question)
        except SignatureDenied as denial:
            code, found = denial.code, denial.found
        except (SignatureRefused, OverflowError) as error:
            code, found = "SIGNER-MALFORMED", str(error)[:200]
        _log.critical("alarm", code=code, key=question.key, found=found)
        return Reply(denied=Denied(code=code, found=found))

    def _signed(self, question: Question) -> Reply:
        key = self._keys.get(question.key)
        if key is None:
            raise SignatureDenied(code="SIGNER-KEY-UNKNOWN", found=question.key)
        match question:
            case AskAddress():
                return Reply(address=key.address)
            case AskTransaction(transaction=transaction):
                self._policy.require_transaction(question.key, key.address, transaction)
                signed = signed_by(key, transaction)
                _log.info("signed", key=question.key, nonce=transaction.nonce, to=transaction.to)
                return Reply(raw=signed.raw)
            case AskInstruction(domain=domain, instruction=instruction):
                self._policy.require_instruction(question.key, domain, instruction)
                return Reply(signature="0x" + key.sign_digest(instruction_digest(domain, instruction)).hex())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections += 1
        try:
            if self._connections > MOST_CONNECTIONS:
                _log.warning("too many connections", most=MOST_CONNECTIONS)
            elif is_trusted(user := _peer_of(writer)):
                await self._converse(reader, writer)
            else:
                _log.critical("alarm", code="SIGNER-PEER", user=user)
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError):
            return  # the caller has gone, or takes too long
        except (ValueError, RecursionError) as error:  # msgspec's errors are ValueErrors
            _log.warning("malformed frame", code="SIGNER-MALFORMED", reason=type(error).__name__)
        finally:
            self._connections -= 1
            writer.close()

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            async with asyncio.timeout(IDLE_S):
                length = int.from_bytes(await reader.readexactly(LENGTH_BYTES))
            if not 0 < length <= LARGEST_FRAME:
                message = f"{length} bytes announced"
                raise ValueError(message)
            async with asyncio.timeout(FRAME_DEADLINE_S):
                body = await reader.readexactly(length)
                writer.write(encode(self.answer(read_question(body))))
                await writer.drain()


def is_trusted(user: int) -> bool:
    """Whether a caller under this user id may ask: the signer's own user alone."""
    return user == os.geteuid()


def _peer_of(writer: asyncio.StreamWriter) -> int:
    """The user id of the process that connected, as the kernel has it."""
    connection: socket.socket = writer.get_extra_info("socket")
    packed = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _PEER.size)
    _, user, _ = _PEER.unpack(packed)
    return int(user)
