"""`ipx chain end-recovery-wait|revoke-key`: the guardian's own acts on keys, each one transaction under its key.

The guardian is somebody else than who runs the venue: with `--rpc` and `--manifest` nothing of the venue is needed.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import msgspec
import typer
from rich.console import Console
from rich.text import Text

from api.cli.beside import Data, fail, works_of
from api.cli.connection import AsJson, reader, show_one, signing_key, signing_key_if_named
from exchange.sealed import SALT_BYTES, Opening, commitment

if TYPE_CHECKING:
    from ledger.chain.client import ChainClient
    from ledger.chain.manifest import Manifest
    from ledger.signatures import PrivateKey

GROUND_LABEL = "recovery_ground"
DEADLINE_S = 60.0
_WORD = re.compile(r"0x[0-9a-fA-F]{64}")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}")
Party: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="The party: 0x and 64 hex digits, as the chain knows it, or its id, e.g. P-1, which the venue is asked "
        "about (IPX_API_KEY: the venue's or the party's own)."
    ),
]
KeyAddress: TypeAlias = Annotated[str, typer.Argument(help="Address of the key.")]
Rpc: TypeAlias = Annotated[str, typer.Option("--rpc", help="A node of the chain; the venue's if left out.")]
ManifestFile: TypeAlias = Annotated[
    Path | None,
    typer.Option("--manifest", help="The deployment's manifest; the venue's if left out."),
]
Wait: TypeAlias = Annotated[float, typer.Option("--deadline", help="Seconds to wait for the receipt.")]
DryRun: TypeAlias = Annotated[bool, typer.Option("--dry-run", help="Say what would be done, and end.")]


class Place(msgspec.Struct, frozen=True):
    """Where the guardian acts: a node, the contracts on it, and the guardian's key."""

    client: ChainClient
    manifest: Manifest
    key: PrivateKey


def end_recovery_wait(  # noqa: PLR0913 - options
    party: Party,
    new_key: KeyAddress,
    ground: Annotated[
        Path,
        typer.Option(
            exists=True,
            dir_okay=False,
            readable=True,
            help="The court's order or the company's sealed statement. The chain gets a salted commitment to its "
            "SHA-256; the salt goes into the opening, to be kept with the paper and shown to auditors.",
        ),
    ],
    opening: Annotated[
        Path | None, typer.Option(help="Where the opening is kept; GROUND.opening.json if left out.")
    ] = None,
    rpc: Rpc = "",
    manifest: ManifestFile = None,
    data: Data = None,
    deadline: Wait = DEADLINE_S,
    dry_run: DryRun = False,  # noqa: FBT002 - an option
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """End the 14 days of a recovery: the new key takes the lost one's place at once, and every audit shows it.

    Signs with the key file that `--keystore` names, else with the venue's guardian.key.
    """
    with _place(data, rpc, manifest) as place:
        from ledger.chain.guardian import end_recovery_wait as call_for  # noqa: PLC0415 - loads slowly

        on_chain = _on_chain(party)
        shown: dict[str, object] = {"party": on_chain, "key": new_key, "done": "already"}
        lost_key = _lost_key(place, on_chain, new_key)
        if lost_key is not None:
            kept = opening or ground.with_name(ground.name + ".opening.json")
            papers = {"ground": str(ground), "opening": str(kept)}
            shown = {**_plan(place, on_chain), "lost_key": lost_key, "new_key": new_key, **papers}
            shown["done"] = "nothing"
            if not dry_run:
                _say(f"ending the wait: {new_key} takes the place of {lost_key} for {on_chain}, on {ground}")
                committed = _ground(ground, kept)
                shown["ground_commitment"] = "0x" + committed.hex()
                shown |= _carry_out(place, call_for(on_chain, new_key, committed), deadline)
    show_one(shown, as_json=as_json, title="end of a recovery's wait")


def revoke_key(  # noqa: PLR0913 - options
    party: Party,
    key: KeyAddress,
    reason: Annotated[
        str, typer.Option(help="A code of at most 32 ASCII characters; it stands on the chain in the clear.")
    ],
    rpc: Rpc = "",
    manifest: ManifestFile = None,
    data: Data = None,
    deadline: Wait = DEADLINE_S,
    dry_run: DryRun = False,  # noqa: FBT002 - an option
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """End a party's key at once, as the guardian: it signs nothing more, and has no say in a recovery.

    Signs with the key file that `--keystore` names, else with the venue's guardian.key.
    """
    with _place(data, rpc, manifest) as place:
        from ledger.chain.guardian import revoke_key as call_for  # noqa: PLC0415 - loads slowly

        on_chain = _on_chain(party)
        _require(_ADDRESS, key, "KEY", "an address has 0x and 40 hex digits")
        try:
            act = call_for(on_chain, key, reason)
        except ValueError as error:
            raise typer.BadParameter(str(error), param_hint="--reason") from error
        shown = {**_plan(place, on_chain), "key": key, "reason": reason, "done": "nothing"}
        if not dry_run:
            _say(f"revoking {key} of {on_chain}: {reason}")
            shown |= _carry_out(place, act, deadline)
    show_one(shown, as_json=as_json, title="revocation of a key")


@contextmanager
def _place(data: Path | None, rpc: str, manifest_file: Path | None) -> Iterator[Place]:
    """The node and the contracts that were named, else the venue's; a fault of the chain is told, exit code 1."""
    key = signing_key_if_named()
    if bool(rpc) != (manifest_file is not None):
        message = "give both, or neither: then the venue's own are taken"
        raise typer.BadParameter(message, param_hint="--rpc, --manifest")
    if manifest_file is not None:
        key = key or signing_key()
        from ledger.chain.client import ChainClient  # noqa: PLC0415 - loads slowly
        from ledger.chain.errors import ChainFault  # noqa: PLC0415 - as above
        from ledger.chain.manifest import read_manifest  # noqa: PLC0415 - as above

        try:
            manifest = read_manifest(manifest_file)
            if manifest is None or not manifest.complete:
                fail(
                    f"DEPLOY-MANIFEST: {manifest_file} is not there, or not complete; ask the venue for its own"
                )
            else:
                yield _checked(ChainClient(rpc), manifest, key)
        except ChainFault as fault:
            fail(str(fault))
        return
    with works_of(data) as works:
        yield _checked(works.chain, works.manifest, key or works.settings.key("guardian"))


def _checked(client: ChainClient, manifest: Manifest, key: PrivateKey) -> Place:
    if client.chain_id() != manifest.chain_id:
        fail(f"CHAIN-OTHER: the node is of chain {client.chain_id()}, the manifest of {manifest.chain_id}")
    if key.address != manifest.roles.guardian:
        fail(
            f"GUARDIAN-KEY: {key.address} is not the guardian {manifest.roles.guardian}; "
            "name the guardian's key file by --keystore"
        )
    return Place(client, manifest, key)


def _plan(place: Place, party: str) -> dict[str, object]:
    return {
        "party": party,
        "guardian": place.key.address,
        "register": place.manifest.address("Register"),
    }


def _lost_key(place: Place, party: str, new_key: str) -> str | None:
    """The key whose place is to be taken; None where the new one has it already."""
    from ledger.chain.reads import party_on_record  # noqa: PLC0415 - loads slowly

    _require(_ADDRESS, new_key, "NEW_KEY", "an address has 0x and 40 hex digits")
    found = party_on_record(place.client, place.manifest.address("Register"), party)
    if found.key == new_key.lower():
        return None
    if found.recovery_key != new_key.lower():
        fail(
            f"RECOVERY-UNKNOWN: no recovery of {party} to {new_key} is under way; the venue proposes it first"
        )
    return found.key


def _carry_out(place: Place, act: bytes, deadline_s: float) -> dict[str, object]:
    from ledger.chain.guardian import carry_out  # noqa: PLC0415 - loads slowly
    from ledger.chain.signer import LocalSigner  # noqa: PLC0415 - as above

    register = place.manifest.address("Register")
    receipt = carry_out(place.client, register, LocalSigner(place.key), act, deadline_s)
    return {
        "transaction": "0x" + receipt.transaction_hash.hex(),
        "block": receipt.block_number,
        "done": "mined",
    }


def _on_chain(party: str) -> str:
    """By which the chain knows a party; the venue is asked about an id."""
    if _WORD.fullmatch(party):
        return party.lower()
    with reader() as client:
        own = client.party(party).key
        found = next((key.commitment for key in client.keys_of(party) if key.id == own), None)
    if found is None:
        fail(f"KEY-NOT-ENROLLED: {party} has bound no key, so that the chain does not know it")
    return f"0x{found}"


def _ground(ground: Path, opening: Path) -> bytes:
    """The salted commitment to a paper's SHA-256: without the salt nobody who has the paper learns whose key it was.

    The opening is written down before anything is sent, and used again when the act is repeated.
    """
    digest = hashlib.sha256(ground.read_bytes()).hexdigest()
    if not opening.exists():
        made = Opening(secrets.token_hex(SALT_BYTES), digest)
        descriptor = os.open(opening, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode({"label": GROUND_LABEL, "salt": made.salt, "value": made.value}))
            file.flush()
            os.fsync(file.fileno())
    try:
        kept = msgspec.json.decode(opening.read_bytes(), type=dict[str, str])
        salt = bytes.fromhex(kept["salt"])
    except (OSError, msgspec.DecodeError, msgspec.ValidationError, KeyError, ValueError):
        kept, salt = {}, b""
    if len(salt) != SALT_BYTES or kept.get("value") != digest:
        fail(f"OPENING-OTHER: {opening} does not open {ground}; name another file by --opening")
    return commitment(GROUND_LABEL, salt, digest)


def _require(pattern: re.Pattern[str], text: str, what: str, cure: str) -> None:
    if not pattern.fullmatch(text):
        raise typer.BadParameter(cure, param_hint=what)


def _say(text: str) -> None:
    """What is about to be done; standard output is the answer."""
    Console(stderr=True).print(Text(text))
