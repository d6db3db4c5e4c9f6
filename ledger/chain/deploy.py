"""Deploying the contracts once: again it changes nothing, and cut short anywhere it goes on where it stopped.

Each step is planned (nonce, hence address), written to the manifest, then sent. After a crash the code at the planned
address says whether the step happened. A new deployment sends all contracts before it waits for any, so that one block
may hold them. A manifest is complete only when all of it stands in a final block; from then on missing contracts mean
that the chain lost its history, which is said and never papered over.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import msgspec
from eth_abi.abi import encode

from ledger.chain.access import configuration, deviations, may_configure
from ledger.chain.client import Fees
from ledger.chain.compiler import DEPLOYED, Artifact, CompilerSettings
from ledger.chain.errors import ChainFault
from ledger.chain.manifest import (
    Administrator,
    DeployedContract,
    Manifest,
    RoleHolders,
    read_manifest,
    write_manifest,
)
from ledger.chain.signer import Transaction, created_address

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from ledger.chain.client import ChainClient, Receipt
    from ledger.chain.quorum import Reading
    from ledger.chain.signer import Signer

_DEADLINE_S = 120.0
_PAUSE_S = 0.2
_MOST_ATTEMPTS = 5
_SENT_ALREADY = {"CHAIN-ALREADY-KNOWN", "CHAIN-UNDERPRICED", "CHAIN-NONCE-USED"}


class Deployment(msgspec.Struct, kw_only=True):
    """What a deployment needs: the node, the compiled contracts, the deployer, and who is to hold what."""

    client: ChainClient
    artifacts: Mapping[str, Artifact]
    settings: CompilerSettings
    deployer: Signer
    roles: RoleHolders
    administrator: Administrator
    anchor_key: str
    path: Path
    """The manifest's file."""
    predecessors: Mapping[str, str] = {}
    """Address of the contract that each goes on from, by its name; empty for a first version."""
    deadline_s: float = _DEADLINE_S
    """Longest wait in seconds for one transaction to be mined, and for all to be final."""


def deploy(plan: Deployment) -> Manifest:
    """Deploy all contracts, set roles and delays, and hand the administrator's role over, unless all of it stands.

    Raises:
        ChainFault: `CHAIN-CONTRACTS-LOST`, `CHAIN-OTHER`, `DEPLOY-KEYS`, `DEPLOY-MANIFEST`, `DEPLOY-ROLES`,
            `DEPLOY-FAILED`, `CHAIN-NOT-FINAL`, and what the client raises. After any of them it may be run again.
    """
    manifest = _started(plan)
    if manifest.complete:
        require_standing(plan.client, manifest)
    else:
        if not manifest.contracts:
            manifest = _all_sent(plan, manifest)
        for name in DEPLOYED:
            manifest = _with_step(plan, manifest, name)
    _with_roles(plan, manifest)
    if not manifest.complete:
        _wait_until_final(plan, manifest)
        manifest = msgspec.structs.replace(manifest, complete=True)
        write_manifest(plan.path, manifest)
    return manifest


def require_standing(client: Reading, manifest: Manifest) -> None:
    """Check that the chain is the manifest's and still has its contracts.

    Raises:
        ChainFault: `CHAIN-OTHER`, `CHAIN-CONTRACTS-LOST`, and what the client raises.
    """
    if client.chain_id() != manifest.chain_id:
        raise ChainFault(code="CHAIN-OTHER", detail=f"chain {client.chain_id()}, not {manifest.chain_id}")
    lost = [contract.name for contract in manifest.contracts if not client.code(contract.address)]
    if lost:
        raise ChainFault(code="CHAIN-CONTRACTS-LOST", detail=", ".join(lost))


def _started(plan: Deployment) -> Manifest:
    """Give the manifest on disk, held against the plan, or a new one."""
    found = read_manifest(plan.path)
    chain_id = plan.client.chain_id()
    if found is None:
        found = Manifest(
            chain_id=chain_id,
            deployer=plan.deployer.address,
            anchor_key=plan.anchor_key,
            roles=plan.roles,
            administrator=plan.administrator,
            predecessors=dict(plan.predecessors),
            compiler_version=plan.settings.version,
            settings_sha256=plan.settings.digest(),
        )
        write_manifest(plan.path, found)
    if found.chain_id != chain_id:
        raise ChainFault(code="CHAIN-OTHER", detail=f"chain {chain_id}, not {found.chain_id}")
    kept = (found.deployer, found.anchor_key, found.roles, found.administrator, found.predecessors)
    wanted = (plan.deployer.address, plan.anchor_key, plan.roles, plan.administrator, dict(plan.predecessors))
    if kept != wanted:
        detail = "deployer, anchor key, role holders, administrator or predecessors differ"
        raise ChainFault(code="DEPLOY-KEYS", detail=detail)
    return found


def _all_sent(plan: Deployment, manifest: Manifest) -> Manifest:
    """Give the manifest with every contract planned at consecutive nonces and sent."""
    first = plan.client.nonce(plan.deployer.address)
    transactions = []
    for nonce, name in enumerate(DEPLOYED, start=first):
        step, raw = _signed(plan, _planned(plan, manifest, name, nonce))
        manifest = manifest.with_contract(step)
        transactions.append(raw)
    write_manifest(plan.path, manifest)
    for raw in transactions:
        _send(plan, raw)
    return manifest


def _with_step(plan: Deployment, manifest: Manifest, name: str) -> Manifest:
    """Give the manifest with this contract standing on the chain.

    Raises:
        ChainFault: `DEPLOY-FAILED`, `CHAIN-RECEIPT-LATE`, and what the client raises.
    """
    for _ in range(_MOST_ATTEMPTS):
        step = manifest.contract(name)
        if step is not None and plan.client.code(step.address):
            if step.transaction:
                return manifest
            receipt = _receipt_of(plan, step)
            if receipt.succeeded:
                mined = "0x" + receipt.transaction_hash.hex()
                step = msgspec.structs.replace(step, transaction=mined, block=receipt.block_number)
                manifest = _written(plan, manifest, step)
                continue
        # Only the very next nonce can still become this contract: a lower one was used for something else, a
        # higher one means that the chain lost blocks.
        nonce = plan.client.nonce(plan.deployer.address)
        if step is None or step.nonce != nonce:
            # What was planned behind it may name its old address.
            manifest = manifest.without(DEPLOYED[DEPLOYED.index(name) :])
            step = _planned(plan, manifest, name, nonce)
        step, raw = _signed(plan, step)
        manifest = _written(plan, manifest, step)
        _send(plan, raw)
        _receipt_of(plan, step)
    raise ChainFault(code="DEPLOY-FAILED", detail=f"{name} does not stand after {_MOST_ATTEMPTS} attempts")


def _planned(plan: Deployment, manifest: Manifest, name: str, nonce: int) -> DeployedContract:
    """Plan a contract at a nonce of the deployer's."""
    arguments = manifest.arguments(name)
    types = ("address",) * len(arguments)
    data = plan.artifacts[name].bytecode + encode(types, arguments)
    gas = plan.client.estimate_gas(plan.deployer.address, None, data)
    fees = plan.client.fees()
    return DeployedContract(
        name=name,
        address=created_address(plan.deployer.address, nonce),
        nonce=nonce,
        constructor_types=types,
        constructor_arguments=arguments,
        gas=gas + gas // 8,
        max_fee=fees.max_fee,
        priority_fee=fees.priority_fee,
    )


def _signed(plan: Deployment, step: DeployedContract) -> tuple[DeployedContract, bytes]:
    """Sign the step's transaction, with higher fees if the chain has become dearer than those planned."""
    fees = Fees(step.max_fee, step.priority_fee)
    newest = plan.client.block("latest")
    if newest is not None and newest.base_fee > fees.max_fee:
        now = plan.client.fees()
        raised = fees.raised()
        fees = Fees(max(now.max_fee, raised.max_fee), max(now.priority_fee, raised.priority_fee))
    signed = plan.deployer.sign(
        Transaction(
            chain_id=plan.client.chain_id(),
            nonce=step.nonce,
            to="",
            data=plan.artifacts[step.name].bytecode
            + encode(step.constructor_types, step.constructor_arguments),
            gas=step.gas,
            fees=fees,
        )
    )
    made = "0x" + signed.hash.hex()
    sent = step.sent if made in step.sent else (*step.sent, made)
    step = msgspec.structs.replace(step, max_fee=fees.max_fee, priority_fee=fees.priority_fee, sent=sent)
    return step, signed.raw


def _written(plan: Deployment, manifest: Manifest, step: DeployedContract) -> Manifest:
    manifest = manifest.with_contract(step)
    write_manifest(plan.path, manifest)
    return manifest


def _send(plan: Deployment, raw: bytes) -> None:
    try:
        plan.client.send_raw(raw)
    except ChainFault as fault:
        if fault.code not in _SENT_ALREADY:
            raise


def _receipt_of(plan: Deployment, step: DeployedContract) -> Receipt:
    """Wait for the receipt of any transaction made for a step.

    Raises:
        ChainFault: `CHAIN-RECEIPT-LATE` after the plan's deadline.
    """
    end = time.monotonic() + plan.deadline_s
    while True:
        for made in reversed(step.sent):
            found = plan.client.receipt(bytes.fromhex(made[2:]))
            if found is not None:
                return found
        if time.monotonic() >= end:
            raise ChainFault(code="CHAIN-RECEIPT-LATE", detail=f"{step.name}, nonce {step.nonce}")
        time.sleep(_PAUSE_S)


def _with_roles(plan: Deployment, manifest: Manifest) -> None:
    """Bring the access manager to the plan, in one transaction, if it is not there.

    Raises:
        ChainFault: `DEPLOY-ROLES` if it differs and the deployer has handed its role over; `DEPLOY-FAILED` if it
            still differs afterwards, and what the client raises.
    """
    manager = manifest.address("AccessManager")
    found = deviations(plan.client, manifest)
    if not found:
        return
    if not may_configure(plan.client, manifest):
        raise ChainFault(code="DEPLOY-ROLES", detail="; ".join(found)[:2000])
    data = configuration(manifest)
    gas = plan.client.estimate_gas(plan.deployer.address, manager, data)
    signed = plan.deployer.sign(
        Transaction(
            chain_id=plan.client.chain_id(),
            nonce=plan.client.nonce(plan.deployer.address),
            to=manager,
            data=data,
            gas=gas + gas // 8,
            fees=plan.client.fees(),
        )
    )
    _send(plan, signed.raw)
    plan.client.wait_for_receipt(signed.hash, plan.deadline_s, _PAUSE_S)
    left = deviations(plan.client, manifest)
    if left:
        raise ChainFault(code="DEPLOY-FAILED", detail="; ".join(left))


def _wait_until_final(plan: Deployment, manifest: Manifest) -> None:
    """Wait until what stands now stands in a final block.

    Raises:
        ChainFault: `CHAIN-NOT-FINAL` after the plan's deadline, and what the client raises.
    """
    target = plan.client.block_number()
    end = time.monotonic() + plan.deadline_s
    while plan.client.finalized_block().number < target:
        if time.monotonic() >= end:
            raise ChainFault(code="CHAIN-NOT-FINAL", detail=f"block {target}")
        time.sleep(_PAUSE_S)
    require_standing(plan.client, manifest)
