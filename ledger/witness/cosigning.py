"""When a witness cosigns: the log's signature holds, and the tree extends the one that it cosigned last."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Final

import msgspec

from ledger.log.checkpoints import Checkpoint, stated_by
from ledger.log.notes import Note, NoteRefused, SigningKey, Verifier, cosign, read_note, verify
from ledger.merkle import EMPTY_ROOT, HASH_BYTES
from ledger.merkle_checks import verify_consistency
from ledger.witness.requests import AddCheckpoint, read_add_checkpoint

if TYPE_CHECKING:
    from pathlib import Path

SIZE_TYPE: Final = "text/x.tlog.size"
TEXT_TYPE: Final = "text/plain; charset=utf-8"
OWNER_ONLY: Final = 0o600


class Reply(msgspec.Struct, frozen=True):
    """An HTTP status, its text, and the text's type."""

    status: int
    text: str
    content_type: str = TEXT_TYPE


class WitnessRefused(Exception):
    """The witness cannot start, or cannot keep what it has cosigned. `code` is stable; `cure` says what to do."""

    def __init__(self, *, code: str, cure: str) -> None:
        self.code = code
        self.cure = cure
        super().__init__(f"{code}: {cure}")


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The largest checkpoint that was cosigned; the root as hex."""

    origin: str
    size: int
    root: str


class Memory:
    """What a witness has cosigned last, in a file that is there whole, and on disk before the cosignature is given.

    A witness whose file is gone must not begin again under the same key: it would cosign another history. So the file
    is made once, with the key, and `Memory` refuses to be without it.
    """

    def __init__(self, path: Path) -> None:
        """Read the file.

        Raises:
            WitnessRefused: WITNESS-STATE where it is missing or cannot be read.
        """
        self._path = path
        try:
            self.last = msgspec.json.decode(path.read_bytes(), type=_Kept)
            root = bytes.fromhex(self.last.root)
        except (OSError, ValueError) as error:
            cure = f"restore {path.name} from a backup, or retire this witness's key and begin with a new one"
            raise WitnessRefused(code="WITNESS-STATE", cure=cure) from error
        if len(root) != HASH_BYTES or self.last.size < 0:
            raise WitnessRefused(code="WITNESS-STATE", cure=f"restore {path.name} from a backup")

    @classmethod
    def create(cls, path: Path, origin: str) -> Memory:
        """Begin with nothing cosigned.

        Raises:
            WitnessRefused: WITNESS-STATE where there is a file already, or none can be made.
        """
        try:
            path.touch(OWNER_ONLY, exist_ok=False)
            _write(path, _Kept(origin, 0, EMPTY_ROOT.hex()))
        except OSError as error:
            raise WitnessRefused(
                code="WITNESS-STATE", cure=f"start without making {path.name} anew"
            ) from error
        return cls(path)

    def keep(self, checkpoint: Checkpoint) -> None:
        """Replace what is kept.

        Raises:
            WitnessRefused: WITNESS-DISK; what was kept before still stands.
        """
        kept = _Kept(checkpoint.origin, checkpoint.size, checkpoint.root.hex())
        try:
            _write(self._path, kept)
        except OSError as error:
            cure = "free the disk; nothing was cosigned"
            raise WitnessRefused(code="WITNESS-DISK", cure=cure) from error
        self.last = kept


class Witness:
    """Cosigns for one log. May be asked by several threads."""

    def __init__(self, name: str, key: SigningKey, log: Verifier, memory: Memory) -> None:
        """Take the witness's own name and key, and the log's verifier.

        Raises:
            WitnessRefused: WITNESS-STATE where the memory is of another log.
        """
        if memory.last.origin != log.name:
            raise WitnessRefused(
                code="WITNESS-STATE", cure="give this log's own state file: this one is of another log"
            )
        self._name = name
        self._key = key
        self._log = log
        self._memory = memory
        self._lock = threading.Lock()

    def add_checkpoint(self, body: bytes, time_s: int) -> Reply:
        """Answer `add-checkpoint` at a time (POSIX seconds): 200 with the cosignature, or why there is none.

        Raises:
            WitnessRefused: WITNESS-DISK.
        """
        request = read_add_checkpoint(body)
        if request is None:
            return Reply(400, "malformed request\n")
        try:
            note = read_note(request.note)
            checkpoint = stated_by(note)
        except NoteRefused:
            return Reply(400, "malformed checkpoint\n")
        if checkpoint.origin != self._log.name:
            return Reply(404, "unknown log\n")
        try:
            verify(note, self._log)
        except NoteRefused as error:
            return Reply(403, f"{error.code}\n")
        if request.old_size > checkpoint.size:
            return Reply(400, "the old size is beyond the checkpoint\n")
        with self._lock:
            return self._cosign(request, note, checkpoint, time_s)

    def _cosign(self, request: AddCheckpoint, note: Note, checkpoint: Checkpoint, time_s: int) -> Reply:
        last = self._memory.last
        if request.old_size != last.size:
            return Reply(409, f"{last.size}\n", SIZE_TYPE)
        old_root = bytes.fromhex(last.root)
        if not verify_consistency(last.size, checkpoint.size, old_root, checkpoint.root, request.path):
            return Reply(422, "the checkpoint does not extend the last one cosigned\n")
        if checkpoint.size == 0 and checkpoint.root != EMPTY_ROOT:
            return Reply(422, "not the root of an empty tree\n")
        self._memory.keep(checkpoint)
        return Reply(200, cosign(note.text, self._name, self._key, time_s).to_text())


def _write(path: Path, kept: _Kept) -> None:
    draft = path.with_suffix(".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, OWNER_ONLY)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.encode(kept))
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
