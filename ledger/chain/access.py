"""Who may call what on the register: the plan, how to bring the access manager to it, and whether it stands.

Role 0, the access manager's administrator, is the deployer; it can grant roles and no more than that: it cannot
record a deal that a party did not sign, and it has no say over the journal's anchor.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from eth_abi.abi import decode, encode

from ledger.chain.calls import selectors
from ledger.chain.manifest import ROLES, RoleHolders
from ledger.secp256k1 import keccak

if TYPE_CHECKING:
    from ledger.chain.client import ChainClient
    from ledger.chain.manifest import Manifest


def _selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


_MULTICALL = _selector("multicall(bytes[])")
_LABEL_ROLE = _selector("labelRole(uint64,string)")
_SET_FUNCTION_ROLE = _selector("setTargetFunctionRole(address,bytes4[],uint64)")
_GRANT_ROLE = _selector("grantRole(uint64,address,uint32)")
_FUNCTION_ROLE = _selector("getTargetFunctionRole(address,bytes4)")
_ROLE_GRANTED = keccak(b"RoleGranted(uint64,address,uint32,uint48,bool)")
_ROLE_REVOKED = keccak(b"RoleRevoked(uint64,address)")
ADMINISTRATOR = 0
"""The access manager's own role, which grants the others."""
_HAS_ROLE = _selector("hasRole(uint64,address)")


def functions_by_role() -> dict[str, tuple[bytes, ...]]:
    """Give the selectors of the register's functions that each role may call."""
    found: dict[str, list[bytes]] = {label: [] for label in ROLES}
    for role, selector in selectors().values():
        if role in found:
            found[role].append(selector)
    found["pauser"].append(_selector("pauseDeals()"))
    found["guardian"] += [_selector("resumeDeals()"), _selector("announceVersion(address)")]
    return {label: tuple(items) for label, items in found.items()}


def configuration(register: str, holders: RoleHolders) -> bytes:
    """Give the data of the one call to the access manager that labels, assigns and grants all roles.

    One call, so that it happens whole or not at all; made again it changes nothing.
    """
    calls = []
    for label, number in ROLES.items():
        calls.append(_LABEL_ROLE + encode(["uint64", "string"], [number, label]))
        functions = list(functions_by_role()[label])
        calls.append(
            _SET_FUNCTION_ROLE + encode(["address", "bytes4[]", "uint64"], [register, functions, number])
        )
        holder = holders.by_label()[label]
        calls.append(_GRANT_ROLE + encode(["uint64", "address", "uint32"], [number, holder, 0]))
    return bytes(_MULTICALL + encode(["bytes[]"], [calls]))


def other_holders(client: ChainClient, manifest: Manifest) -> list[str]:
    """Give in words each account that holds a role of the access manager and is not its holder by the manifest.

    Raises:
        ChainFault: what the client raises.
    """
    wanted = {(ADMINISTRATOR, manifest.deployer.lower())}
    by_label = manifest.roles.by_label()
    wanted |= {(number, by_label[label].lower()) for label, number in ROLES.items()}
    labels = {number: label for label, number in ROLES.items()} | {ADMINISTRATOR: "administrator"}
    held: set[tuple[int, str]] = set()
    manager = manifest.address("AccessManager")
    for log in client.logs([manager], manifest.first_block(), client.block_number()):
        if log.topics[0] not in {_ROLE_GRANTED, _ROLE_REVOKED}:
            continue
        holding = (int.from_bytes(log.topics[1]), "0x" + log.topics[2][-20:].hex())
        if log.topics[0] == _ROLE_GRANTED:
            held.add(holding)
        else:
            held.discard(holding)
    return [
        f"{account} is {labels.get(number, f'of role {number}')} as well"
        for number, account in sorted(held - wanted)
    ]


def deviations(client: ChainClient, manager: str, register: str, holders: RoleHolders) -> list[str]:
    """Give in words each place where the access manager differs from the plan; empty if none.

    Raises:
        ChainFault: what the client raises.
    """
    found = []
    for label, functions in functions_by_role().items():
        number = ROLES[label]
        for function in functions:
            answer = client.call(
                manager, _FUNCTION_ROLE + encode(["address", "bytes4"], [register, function])
            )
            if int.from_bytes(answer[:32]) != number or not answer:
                found.append(f"function 0x{function.hex()} does not belong to {label}")
        holder = holders.by_label()[label]
        answer = client.call(manager, _HAS_ROLE + encode(["uint64", "address"], [number, holder]))
        if len(answer) != 64 or decode(["bool", "uint32"], answer) != (True, 0):  # noqa: PLR2004 - two words
            found.append(f"{holder} is not {label}, or only with a delay")
    return found
