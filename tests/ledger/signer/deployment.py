"""A deployment that stands on no chain, and transactions for it: what the signer is asked with."""

from __future__ import annotations

from typing import Any

from exchange.keccak import keccak
from ledger.chain.calls import selector_of
from ledger.chain.client import Fees
from ledger.chain.manifest import Administrator, DeployedContract, Manifest, RoleHolders
from ledger.chain.records import AnchorRecord, DealRecord
from ledger.chain.signer import Transaction
from ledger.messages import Instruction
from ledger.secp256k1 import PrivateKey, checksum_address

CHAIN_ID = 31_337
NAMES = ("Register", "EncumbranceRegister", "SealedBidRegister", "FillRegister", "JournalAnchor")
KEYS = {name: PrivateKey(keccak(name.encode())) for name in ("sender", "anchor", "service")}
DEAL, ANCHOR = selector_of(DealRecord), selector_of(AnchorRecord)
GWEI = 10**9


def address_of(name: str) -> str:
    return checksum_address("0x" + keccak(name.encode())[12:].hex())


def manifest(*, complete: bool = True, **addresses: str) -> Manifest:
    """Every contract at an address of its own, or at the one that is given for its name."""
    one = address_of("somebody")
    return Manifest(
        chain_id=CHAIN_ID,
        deployer=one,
        anchor_key=KEYS["anchor"].address,
        roles=RoleHolders(settler=one, registrar=one, pauser=one, guardian=one),
        administrator=Administrator(address=one),
        compiler_version="",
        settings_sha256="",
        contracts=tuple(
            DeployedContract(
                name=name,
                address=addresses.get(name, address_of(name)),
                nonce=number,
                constructor_types=(),
                constructor_arguments=(),
                gas=1,
                max_fee=1,
                priority_fee=1,
            )
            for number, name in enumerate(NAMES)
        ),
        complete=complete,
    )


def transaction(**changed: Any) -> Transaction:
    """A deal for the register, unless something is said to be otherwise."""
    usual: dict[str, Any] = {
        "chain_id": CHAIN_ID,
        "nonce": 7,
        "to": address_of("Register"),
        "data": DEAL + bytes(640),
        "gas": 200_000,
        "fees": Fees(3 * GWEI, GWEI),
    }
    return Transaction(**(usual | changed))


def instruction(**changed: Any) -> Instruction:
    """A report of the service, unless something is said to be otherwise."""
    usual: dict[str, Any] = {
        "action": "report_chain_record",
        "party": "venue",
        "reference": bytes(32),
        "content": bytes(31) + b"\x01",
        "valid_until_ms": 1_800_000_000_000,
    }
    return Instruction(**(usual | changed))
