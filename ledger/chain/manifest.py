"""The deployment's manifest: which contracts stand where, made from what, and who holds which role.

A file that is replaced whole and never half written. It is also how a deployment that was cut short finds its way
again: a step is written down before it is sent.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import msgspec

from ledger.chain.errors import ChainFault

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

ROLES: dict[str, int] = {"registrar": 1, "settler": 2, "pauser": 3, "guardian": 4}
"""Roles of the access manager by label; the numbers are those of contracts/Roles.sol."""
ADMINISTRATOR = 0
"""The access manager's own role, which grants the others."""
ADMINISTRATION = 5
"""The role under which the administrator's functions are filed, so that the guardian can cancel what is scheduled."""
BESIDE_REGISTER = ("EncumbranceRegister", "SealedBidRegister", "FillRegister")
"""The contracts that the register names, in the order of its constructor's arguments."""
MANAGED = (*BESIDE_REGISTER, "Register")
"""The contracts whose functions the access manager guards."""
DELAY_S = 3 * 86_400
"""Seconds that the administrator waits unless the deployment says otherwise."""
NO_ADDRESS = "0x" + "00" * 20
_FORMAT = 2
_LARGEST = 1_000_000


class DeployedContract(msgspec.Struct, frozen=True, kw_only=True):
    """A contract, planned or deployed. The address follows from deployer and nonce before anything is sent."""

    name: str
    address: str
    nonce: int
    constructor_types: tuple[str, ...]
    constructor_arguments: tuple[str, ...]
    gas: int
    max_fee: int
    """Wei a gas, like `priority_fee`; kept so that sending again sends the very same transaction."""
    priority_fee: int
    sent: tuple[str, ...] = ()
    """Hashes of all transactions made for this step, the last one last."""
    transaction: str = ""
    """Hash of the creating transaction; empty until it is mined."""
    block: int = 0
    """Number of its block: the logs start there."""


class RoleHolders(msgspec.Struct, frozen=True, kw_only=True):
    """Addresses (EIP-55) that hold the roles; one address may hold several."""

    settler: str
    registrar: str
    pauser: str
    guardian: str

    def by_label(self) -> dict[str, str]:
        """Give the address of each label of `ROLES`."""
        return {label: getattr(self, label) for label in ROLES}


class Administrator(msgspec.Struct, frozen=True, kw_only=True):
    """Who holds role 0, and how long it waits, in seconds: for all that it does, for grants, for changes of roles."""

    address: str
    execution_delay_s: int = DELAY_S
    grant_delay_s: int = DELAY_S
    target_delay_s: int = DELAY_S


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A deployment. `complete` once all stands, the roles included, in a final block."""

    format: int = _FORMAT
    chain_id: int
    deployer: str
    anchor_key: str
    roles: RoleHolders
    administrator: Administrator
    predecessors: dict[str, str] = {}
    """Address of the contract that each goes on from, by its name; empty for a first version."""
    compiler_version: str
    settings_sha256: str
    contracts: tuple[DeployedContract, ...] = ()
    complete: bool = False

    def contract(self, name: str) -> DeployedContract | None:
        """Give a contract by its name, or None."""
        return next((contract for contract in self.contracts if contract.name == name), None)

    def address(self, name: str) -> str:
        """Give a contract's address.

        Raises:
            ChainFault: `DEPLOY-MANIFEST` if it is not in here.
        """
        found = self.contract(name)
        if found is None:
            raise ChainFault(code="DEPLOY-MANIFEST", detail=f"no {name}")
        return found.address

    def arguments(self, name: str) -> tuple[str, ...]:
        """Give the addresses that a contract's constructor takes.

        Raises:
            ChainFault: `DEPLOY-MANIFEST` if a contract that it names is not in here.
        """
        if name == "AccessManager":
            return (self.deployer,)
        if name == "JournalAnchor":
            return (self.anchor_key,)
        ours = (self.address("AccessManager"), self.predecessors.get(name, NO_ADDRESS))
        if name == "Register":
            return (*ours, *map(self.address, BESIDE_REGISTER))
        return ours

    def first_block(self) -> int:
        """Give the block from which on there can be logs."""
        return min((contract.block for contract in self.contracts), default=0)

    def with_contract(self, contract: DeployedContract) -> Manifest:
        """Give the manifest with this contract in the place of the one of its name."""
        others = tuple(other for other in self.contracts if other.name != contract.name)
        return msgspec.structs.replace(self, contracts=(*others, contract))

    def without(self, names: Sequence[str]) -> Manifest:
        """Give the manifest without the contracts of these names."""
        kept = tuple(contract for contract in self.contracts if contract.name not in names)
        return msgspec.structs.replace(self, contracts=kept)


def read_manifest(path: Path) -> Manifest | None:
    """Read a manifest; None if there is no file.

    Raises:
        ChainFault: `DEPLOY-MANIFEST` if the file is not a manifest of this format.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise ChainFault(code="DEPLOY-MANIFEST", detail="larger than a manifest can be")
        found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as error:
        raise ChainFault(code="DEPLOY-MANIFEST", detail=str(error)) from error
    if found.format != _FORMAT:
        raise ChainFault(code="DEPLOY-MANIFEST", detail=f"format {found.format}")
    return found


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Replace the file, whole and on disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_name(path.name + ".new")
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
