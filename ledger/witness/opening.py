"""A witness's folder: its key and what it has cosigned, made together once, and needed together ever after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ledger.log.notes import COSIGNATURE, ED25519, NoteRefused, Verifier
from ledger.receipt_key import ReceiptKey
from ledger.witness.cosigning import Memory, Witness, WitnessRefused

if TYPE_CHECKING:
    from pathlib import Path

KEY_FILE: Final = "witness.key"
STATE_FILE: Final = "cosigned.json"


def open_witness(folder: Path, name: str, log: Verifier, *, begin: bool) -> tuple[Witness, Verifier]:
    """The witness of a log, and the verifier under which its cosignatures count; `begin` makes what is not there.

    Raises:
        WitnessRefused: WITNESS-KEY where there is no key, WITNESS-STATE where what was cosigned is gone.
        NoteRefused: NOTE-KEY for a name or a log that no note may bear.
        ReceiptKeyRefused: the key file cannot be used.
        OSError: the folder cannot be made.
    """
    if log.kind != ED25519:
        raise NoteRefused(code="NOTE-KEY")
    key_file, state_file = folder / KEY_FILE, folder / STATE_FILE
    if key_file.exists():
        memory = Memory(state_file)
    elif begin:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The key comes last: whoever was cut short in between goes on from the empty state.
        memory = Memory(state_file) if state_file.exists() else Memory.create(state_file, log.name)
    else:
        raise WitnessRefused(
            code="WITNESS-KEY", cure=f"put {KEY_FILE} there, or begin a new witness with --begin"
        )
    key = ReceiptKey.from_file(key_file)
    verifier = Verifier(name=name, kind=COSIGNATURE, public_key=key.public_key)
    Verifier.from_text(verifier.to_text())
    return Witness(name, key, log, memory), verifier
