"""`ipx chain deploy|verify|status|recover` and `ipx anchor`: the operator's hand on the chain."""

from __future__ import annotations

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from api.cli.beside import Data, fail, works_of
from api.cli.connection import AsJson, show, show_one, signing_key

app = typer.Typer(no_args_is_help=True, help="The chain: contracts, sender, indexer.")
ROOT = Path(__file__).resolve().parents[2]


class Ground(StrEnum):
    """Why settlement was halted, as the journal keeps it."""

    BLOCKS_LOST = "blocks-lost"
    FORK = "fork-beyond-finality"


ANCHOR_DEADLINE_S = 60.0
_PAUSE_S = 0.5


@app.command()
def deploy(
    data: Data = None,
    guardian: Annotated[
        str,
        typer.Option(
            help="Address that may pause deals and cancel the administrator; the key file guardian.key if left out."
        ),
    ] = "",
    administrator: Annotated[
        str,
        typer.Option(
            help="Address that grants roles and announces versions, after a delay of three days in which the guardian "
            "can cancel it; the key file administrator.key if left out."
        ),
    ] = "",
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """Deploy the contracts, once; again it changes nothing, and cut short it goes on where it stopped."""
    with works_of(data) as works:
        from ledger.chain.compiler import compiler_settings, hardhat_artifacts  # noqa: PLC0415 - loads slowly
        from ledger.chain.deploy import Deployment  # noqa: PLC0415 - as above
        from ledger.chain.deploy import deploy as deploy_contracts  # noqa: PLC0415 - as above
        from ledger.chain.manifest import Administrator, RoleHolders  # noqa: PLC0415 - as above
        from ledger.chain.signer import LocalSigner  # noqa: PLC0415 - as above

        settings = works.settings
        sender, anchor = LocalSigner(settings.key("sender")), settings.key("anchor").address
        holder = guardian or settings.key("guardian").address
        admin = administrator or settings.key("administrator").address
        manifest = deploy_contracts(
            Deployment(
                client=works.chain,
                artifacts=hardhat_artifacts(ROOT),
                settings=compiler_settings(ROOT),
                deployer=sender,
                roles=RoleHolders(
                    settler=sender.address, registrar=sender.address, pauser=holder, guardian=holder
                ),
                administrator=Administrator(address=admin),
                anchor_key=anchor,
                path=settings.manifest_file,
            )
        )
    rows: list[dict[str, object]] = [
        {"contract": each.name, "address": each.address, "block": each.block} for each in manifest.contracts
    ]
    show(rows, as_json=as_json, title=f"contracts on chain {manifest.chain_id}")


@app.command()
def verify(data: Data = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Compile the sources again and compare every byte of every deployed contract, and the roles."""
    with works_of(data) as works:
        from ledger.chain.verify import verify as verify_contracts  # noqa: PLC0415 - loads slowly

        found = verify_contracts(works.chain, works.manifest, ROOT, works.settings.data / "compiler")
    rows: list[dict[str, object]] = [
        {
            "contract": each.contract,
            "address": each.address,
            "verified": each.verified,
            "findings": "; ".join(each.findings),
            "code_keccak256": each.code_sha,
        }
        for each in found
    ]
    show(rows, as_json=as_json, title="deployed code against the sources")
    if not all(each.verified for each in found):
        fail("CHAIN-CODE-DIFFERS: what runs is not what the sources give; read the findings")


@app.command()
def status(data: Data = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Show how far indexer and sender are; exit code 1 while an alarm has stopped them."""
    with works_of(data) as works:
        from ledger.chain_status import chain_status  # noqa: PLC0415 - loads slowly

        found = chain_status(works)
    show_one(msgspec.to_builtins(found), as_json=as_json, title="chain")
    if found.halted_for is not None:
        fail(f"{found.halted_for}: settlement waits; `ipx chain recover` when the cause is known")


@app.command()
def recover(
    reason: Annotated[str, typer.Option(help="Why, in words; sealed, and kept with the journal's entry.")],
    ground: Annotated[Ground, typer.Option(help="What the chain did.")] = Ground.BLOCKS_LOST,
    data: Data = None,
    as_json: AsJson = False,  # noqa: FBT002 - an option
) -> None:
    """After final blocks were lost: queue again what the chain no longer has, and let settlement go on.

    An operator's key (`--keystore`) signs for it, and the journal keeps that before anything is done.
    """
    key = signing_key()
    with works_of(data) as works:
        found = works.recover_chain(key, reason, ground=ground.value)
    show_one(msgspec.to_builtins(found), as_json=as_json, title="recovered")


def anchor(data: Data = None, as_json: AsJson = False) -> None:  # noqa: FBT002 - an option
    """Anchor the journal now, whatever its rhythm, and wait until the anchor is mined."""
    with works_of(data) as works:
        from ledger.chain_status import last_anchor  # noqa: PLC0415 - loads slowly

        end = time.monotonic() + ANCHOR_DEADLINE_S
        made = works.anchor_journal(at_once=True)
        while (found := last_anchor(works)) is not None and found["state"] in {"QUEUED", "SENT"}:
            if time.monotonic() >= end:
                fail("CHAIN-RECEIPT-LATE: the anchor is on its way; look again by `ipx chain status`")
            time.sleep(_PAUSE_S)
            made = works.anchor_journal()
        if made.halted_for is not None:
            fail(f"{made.halted_for}: nothing is anchored until `ipx chain recover`")
    if found is None:
        fail("VENUE-NOT-OPEN: the journal is empty; start the sequencer, which opens the venue")
    else:
        show_one(found, as_json=as_json, title="last anchor")
