"""What the signer signs: the calls of this deployment's records, on its chain, within bounds; and nothing else.

The policy is read from the deployment's manifest when the signer starts. Whoever takes over the worker can have signed
what the worker could have sent, and nothing that moves the chain's own currency or calls another contract. Whoever
takes over the front door can have a right of an uploaded file and a deal's bundle signed for, and nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, get_args

import msgspec

from exchange.commands import AnyCommand
from ledger.bundle.assembly import ACTION as BUNDLE_ACTION
from ledger.chain.calls import selector_of
from ledger.chain.errors import ChainFault
from ledger.chain.records import RECORD_TYPES
from ledger.nonce_gaps import NOTHING_GAS
from ledger.signatures import Domain, exchange_domain

if TYPE_CHECKING:
    from ledger.chain.manifest import Manifest
    from ledger.chain.signer import Transaction
    from ledger.messages import Instruction
    from ledger.signer.messages import KeyName

MOST_GAS: Final = 60_000_000
"""Gas of one transaction: 256 records of the dearest kind take about 44 million."""
NONCE_END: Final = 2**64 - 1
"""No nonce is so high (EIP-2681)."""
SELECTOR_BYTES: Final = 4
ACTOR: Final = "venue"
DOOR_ACTIONS: Final = frozenset({"import_right", BUNDLE_ACTION})
"""What the service signs for the front door: each row of an uploaded file, and what the venue states in a bundle."""
_KEY_OF_ROLE: Final[dict[str, KeyName]] = {"settler": "sender", "registrar": "sender", "anchorer": "anchor"}
_CURES: Final = {
    "SIGNER-KEY-UNKNOWN": "name a key that this signer holds, for what that key signs",
    "SIGNER-CHAIN": "send to the chain that the signer's manifest names, or start the signer with the other manifest",
    "SIGNER-CONTRACT": "call a contract and function of the signer's manifest, each with the key of its role",
    "SIGNER-GAS": "send fewer records in one call: the gas is above what the signer allows",
    "SIGNER-COST": "wait for lower fees, or raise IPX_MOST_WEI_TRANSACTION for worker and signer alike",
    "SIGNER-DOMAIN": "sign for the venue of the signer's manifest",
    "SIGNER-ACTION": "have an operator or a party give this command: the service may not",
    "SIGNER-MALFORMED": "send numbers, addresses and hashes of their size, in frames as this version does",
}


class SignatureDenied(ValueError):
    """Something that the signer does not sign. `code` is stable, `cure` says what would help, `found` what came."""

    def __init__(self, *, code: str, found: str = "") -> None:
        super().__init__(f"{code}: {found}; {_CURES[code]}" if found else f"{code}: {_CURES[code]}")
        self.code = code
        self.cure = _CURES[code]
        self.found = found


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one deployment. `calls`: for each key the contracts (lower case) and selectors that it may call."""

    chain_id: int
    domain: Domain
    calls: dict[str, frozenset[tuple[str, bytes]]]
    actions: frozenset[str]
    most_wei: int
    """What one transaction may cost at the most, in wei: its gas at its highest fee."""

    def require_transaction(self, key: KeyName, address: str, transaction: Transaction) -> None:
        """Check a transaction that a key is asked for.

        Raises:
            SignatureDenied: `SIGNER-KEY-UNKNOWN`, `SIGNER-CHAIN`, `SIGNER-CONTRACT`, `SIGNER-GAS`, `SIGNER-COST`,
                `SIGNER-MALFORMED`.
        """
        fees = transaction.fees
        if key not in self.calls:
            raise SignatureDenied(code="SIGNER-KEY-UNKNOWN", found=f"{key} signs no transactions")
        if transaction.chain_id != self.chain_id:
            raise SignatureDenied(code="SIGNER-CHAIN", found=f"chain {transaction.chain_id}")
        if not 0 <= transaction.nonce < NONCE_END or min(fees.max_fee, fees.priority_fee) < 0:
            raise SignatureDenied(code="SIGNER-MALFORMED", found="a number out of range")
        if transaction.gas < NOTHING_GAS:
            raise SignatureDenied(code="SIGNER-MALFORMED", found="less gas than nothing takes")
        if fees.priority_fee > fees.max_fee:
            raise SignatureDenied(code="SIGNER-MALFORMED", found="a tip above the whole fee")
        does_nothing = transaction.to.lower() == address.lower() and not transaction.data
        called = (transaction.to.lower(), transaction.data[:SELECTOR_BYTES])
        if not does_nothing and called not in self.calls[key]:
            raise SignatureDenied(code="SIGNER-CONTRACT", found=f"{transaction.to} 0x{called[1].hex()}")
        if transaction.gas > (NOTHING_GAS if does_nothing else MOST_GAS):
            raise SignatureDenied(code="SIGNER-GAS", found=f"{transaction.gas}")
        cost = transaction.gas * fees.max_fee
        if cost > self.most_wei:
            raise SignatureDenied(code="SIGNER-COST", found=f"{cost} wei, at most {self.most_wei}")

    def require_instruction(self, key: KeyName, domain: Domain, instruction: Instruction) -> None:
        """Check an instruction to the exchange.

        Raises:
            SignatureDenied: `SIGNER-KEY-UNKNOWN`, `SIGNER-DOMAIN`, `SIGNER-ACTION`.
        """
        if key != "service":
            raise SignatureDenied(code="SIGNER-KEY-UNKNOWN", found=f"{key} signs no instructions")
        if domain != self.domain:
            raise SignatureDenied(code="SIGNER-DOMAIN", found=f"{domain.name} of {domain.verifying_contract}")
        if instruction.party != ACTOR or instruction.action not in self.actions:
            raise SignatureDenied(code="SIGNER-ACTION", found=f"{instruction.action} for {instruction.party}")


def policy_of(manifest: Manifest, most_wei: int) -> Policy:
    """Make the policy of a deployment.

    Raises:
        ChainFault: `DEPLOY-MANIFEST` if the manifest is not complete.
    """
    if not manifest.complete:
        raise ChainFault(code="DEPLOY-MANIFEST", detail="the deployment is not complete")
    calls: dict[str, set[tuple[str, bytes]]] = {"sender": set(), "anchor": set()}
    for kind in RECORD_TYPES:
        calls[_KEY_OF_ROLE[kind.role]].add((manifest.address(kind.contract).lower(), selector_of(kind)))
    return Policy(
        chain_id=manifest.chain_id,
        domain=exchange_domain(manifest.chain_id, manifest.address("JournalAnchor")),
        calls={key: frozenset(allowed) for key, allowed in calls.items()},
        actions=_service_actions(),
        most_wei=most_wei,
    )


def door_policy_of(policy: Policy) -> Policy:
    """Make what the front door of the same deployment may ask for: no transaction, and `DOOR_ACTIONS` alone."""
    return msgspec.structs.replace(policy, calls={}, actions=DOOR_ACTIONS)


def _service_actions() -> frozenset[str]:
    """Type tags of the commands that the service gives."""
    return frozenset(
        str(kind.__struct_config__.tag) for kind in get_args(AnyCommand) if kind.given_by == "service"
    )
