"""What a venue needs before it opens: tables, contracts, and the genesis file that says whose keys it accepts."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from exchange.commands import OpenVenue
from exchange.engine import VERSIONS
from exchange.rules.profiles import Profile
from ledger.chain.client import ChainClient
from ledger.chain.compiler import compiler_settings, hardhat_artifacts
from ledger.chain.deploy import Deployment, deploy
from ledger.chain.manifest import Administrator, Manifest, RoleHolders
from ledger.chain.signer import LocalSigner
from ledger.store.connections import DatabaseUrlRefused, make_engine
from ledger.store.migrate import pending, upgrade
from scripts.stack.chain import CHAIN_ID, ROOT
from scripts.stack.child import StartRefused
from scripts.stack.keys import OPERATORS, Keys
from scripts.stack.named import database_refused, holds_a_journal

FEE_BASIS_POINTS = 100
"""The development venue's fee on the seller's side: 1 % of the price."""
DEVELOPMENT_FUNDS_WEI = 10**24
RECURSION_LIMIT = 1_000
"""Python's own; libraries of the chain raise it far beyond what the stack of a thread can bear."""


def prepare(data: Path, keys: Keys, database_url: str, chain_url: str) -> Manifest:
    """Bring tables and contracts up to date. Both change nothing when they stand already.

    Raises:
        StartRefused: the database cannot be used, or it is another folder's: two venues never share one; or it holds a
            journal and its tables are older than this program's.
        ChainFault: the contracts cannot be deployed, or the chain has lost them.
    """
    sys.setrecursionlimit(RECURSION_LIMIT)
    path = data / "chain.json"
    if not path.exists() and holds_a_journal(database_url):
        message = (
            f"the database holds the journal of a venue whose contracts {path} should name, and that file is "
            "missing. Start with the data folder of that venue (--data), or name an empty database in IPX_DATABASE_URL."
        )
        raise StartRefused(message)
    try:
        if holds_a_journal(database_url):
            require_tables(data, pending(database_url))
        upgrade(database_url)
    except (DatabaseUrlRefused, SQLAlchemyError, CommandError) as error:
        raise database_refused(error) from error
    client = ChainClient(chain_url)
    sender = LocalSigner(keys.private_key("sender"))
    anchor = LocalSigner(keys.private_key("anchor"))
    if client.chain_id() == CHAIN_ID:
        for address in (sender.address, anchor.address):
            if client.balance(address) < DEVELOPMENT_FUNDS_WEI // 2:
                client.request("anvil_setBalance", [address, hex(DEVELOPMENT_FUNDS_WEI)])
    guardian = keys.private_key("guardian").address
    return deploy(
        Deployment(
            client=client,
            artifacts=hardhat_artifacts(ROOT),
            settings=compiler_settings(ROOT),
            deployer=sender,
            roles=RoleHolders(
                settler=sender.address, registrar=sender.address, pauser=guardian, guardian=guardian
            ),
            administrator=Administrator(address=keys.private_key("administrator").address),
            anchor_key=anchor.address,
            path=path,
        )
    )


def require_tables(data: Path, lacking: list[str]) -> None:
    """Raises StartRefused where the tables under a journal are older than this program's."""
    if lacking:
        message = (
            f"the tables of {data} were made by an older program: {len(lacking)} migrations are missing, "
            f"{lacking[0]!r} the first. Back up, then `ipx upgrade --data {data}`."
        )
        raise StartRefused(message)


def versions_behind(data: Path, database_url: str) -> str:
    """What to say where the journal keeps to older versions than this program's newest; empty where it does not.

    Raises:
        StartRefused: the database cannot be read.
    """
    try:
        with make_engine(database_url).connect() as connection:
            found = connection.execute(text("SELECT data FROM venues")).scalar()
    except (DatabaseUrlRefused, SQLAlchemyError) as error:
        raise database_refused(error) from error
    names = ("schema", "engine", "rulebook")
    older = [
        f"{name} {found[name]} ({newest} is known)"
        for name, newest in zip(names, VERSIONS, strict=True)
        if found is not None and found[name] < newest
    ]
    if not older:
        return ""
    return (
        f"this journal goes on under {', '.join(older)}: a version is activated by `ipx upgrade --data {data}` alone, "
        "after a backup, while the venue is stopped. 日志沿用旧版本，须停机备份后以 ipx upgrade 启用新版本。"
    )


def require_profile(path: Path, profile: Profile | None) -> None:
    """Raises StartRefused where the venue of this genesis file has opened under another profile."""
    if profile is None or not path.exists():
        return
    opened = msgspec.json.decode(path.read_bytes(), type=OpenVenue).profile
    if opened != profile:
        message = (
            f"the venue in {path.parent} opened under the profile {opened}, and keeps it. "
            f"Name another folder with --data for one of the profile {profile}."
        )
        raise StartRefused(message)


def write_genesis(  # noqa: PLR0913 - what a venue opens with
    path: Path, manifest: Manifest, keys: Keys, bank: str, office: str, profile: Profile | None = None
) -> None:
    """Write the command that opens the venue, unless it stands: it opens once; the Mainland's if none is named."""
    if path.exists():
        return
    genesis = OpenVenue(
        profile=profile or "mainland",
        chain_id=manifest.chain_id,
        register=manifest.address("Register"),
        anchor=manifest.address("JournalAnchor"),
        operators=tuple(keys.private_key(name).address for name in OPERATORS),
        service=keys.private_key("service").address,
        bank=bank,
        office=office,
        receipt_key="",
        fee_basis_points=FEE_BASIS_POINTS,
        simulated=True,
    )
    draft = path.with_suffix(".new")
    draft.write_bytes(msgspec.json.encode(genesis))
    draft.replace(path)
