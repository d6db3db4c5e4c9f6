"""Who may call what on the contracts: the plan, how to bring the access manager to it, and whether it stands.

Role 0, the access manager's own, is the administrator's. Whatever it does takes effect only after its execution delay,
in which the guardian can cancel it; it can grant roles and announce a next version, and no more than that: it cannot
record a deal that a party did not sign, and it has no say over the journal's anchor. The access manager lets a role's
guardian cancel what is scheduled for a function of that role, and role 0 can have no guardian; therefore the functions
of the administrator are filed under a role of their own, `administrator`, which the same account holds. For the access
manager's own functions that role decides nothing but who may cancel: they always take role 0.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from eth_abi.abi import decode, encode

from exchange.keccak import keccak
from ledger.chain.calls import selector_of
from ledger.chain.manifest import ADMINISTRATION, ADMINISTRATOR, MANAGED, ROLES
from ledger.chain.records import RECORD_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ledger.chain.client import ChainClient
    from ledger.chain.manifest import Manifest
    from ledger.chain.raw_logs import RawLog


def _selector(signature: str) -> bytes:
    return keccak(signature.encode())[:4]


_MULTICALL = _selector("multicall(bytes[])")
_LABEL_ROLE = _selector("labelRole(uint64,string)")
_SET_GUARDIAN = _selector("setRoleGuardian(uint64,uint64)")
_SET_GRANT_DELAY = _selector("setGrantDelay(uint64,uint32)")
_SET_TARGET_DELAY = _selector("setTargetAdminDelay(address,uint32)")
_SET_FUNCTION_ROLE = _selector("setTargetFunctionRole(address,bytes4[],uint64)")
_GRANT_ROLE = _selector("grantRole(uint64,address,uint32)")
_RENOUNCE_ROLE = _selector("renounceRole(uint64,address)")
_FUNCTION_ROLE = _selector("getTargetFunctionRole(address,bytes4)")
_GUARDIAN_OF = _selector("getRoleGuardian(uint64)")
_ADMIN_OF = _selector("getRoleAdmin(uint64)")
_IS_CLOSED = _selector("isTargetClosed(address)")
_ACCESS = _selector("getAccess(uint64,address)")
_HAS_ROLE = _selector("hasRole(uint64,address)")
_ROLE_GRANTED = keccak(b"RoleGranted(uint64,address,uint32,uint48,bool)")
_ROLE_REVOKED = keccak(b"RoleRevoked(uint64,address)")
_ROLE_LABEL = keccak(b"RoleLabel(uint64,string)")
_GRANT_DELAY_CHANGED = keccak(b"RoleGrantDelayChanged(uint64,uint32,uint48)")
_TARGET_DELAY_UPDATED = keccak(b"TargetAdminDelayUpdated(address,uint32,uint48)")

MANAGER_FUNCTIONS: Final = (
    _LABEL_ROLE,
    _selector("setRoleAdmin(uint64,uint64)"),
    _SET_GUARDIAN,
    _SET_GRANT_DELAY,
    _SET_TARGET_DELAY,
    _selector("updateAuthority(address,address)"),
    _selector("setTargetClosed(address,bool)"),
    _SET_FUNCTION_ROLE,
    _GRANT_ROLE,
    _selector("revokeRole(uint64,address)"),
)
"""What only role 0 may do inside the access manager."""
_BY_HAND: Final[dict[str, tuple[bytes, ...]]] = {
    "pauser": (_selector("pauseDeals()"),),
    "guardian": (_selector("resumeDeals()"),),
    "administrator": (_selector("announceVersion(address)"),),
}
"""On each contract under the access manager."""
_GUARDIAN_OF_KEYS: Final = (
    _selector("revokeKeyAsGuardian((bytes32,address,bytes32,uint64))"),
    _selector("endRecoveryWait(bytes32,address,bytes32)"),
)
_OPEN_TO_ALL: Final = frozenset(
    (
        "rotateKey",
        "revokeKey",
        "advanceCounter",
        "vetoRecovery",
        "completeRecovery",
        "withdrawOffer",
        "cancelDeal",
    )
)
"""A party's own messages: anyone may submit them, so they belong to no role."""


def functions_by_role(contract: str) -> dict[str, tuple[bytes, ...]]:
    """Give the selectors of a contract's functions that each role may call; `administrator` among the roles."""
    found = {label: list(_BY_HAND.get(label, ())) for label in (*ROLES, "administrator")}
    for kind in RECORD_TYPES:
        if kind.contract == contract and kind.function not in _OPEN_TO_ALL and kind.role in found:
            found[kind.role].append(selector_of(kind))
    if contract == "Register":
        found["guardian"] += _GUARDIAN_OF_KEYS
    return {label: tuple(items) for label, items in found.items()}


def open_functions(contract: str) -> tuple[bytes, ...]:
    """Give the selectors of a contract's writing functions that belong to no role."""
    return tuple(
        selector_of(kind)
        for kind in RECORD_TYPES
        if kind.contract == contract and kind.function in _OPEN_TO_ALL
    )


def configuration(manifest: Manifest) -> bytes:
    """Give the data of the one call to the access manager that sets roles, delays and guardians, and hands role 0 over.

    One call, so that it happens whole or not at all. Delays of grants and of targets take effect five days later, by
    the access manager's own rule; the administrator's execution delay, which covers all that it does, at once.
    """
    admin, by_label = manifest.administrator, manifest.roles.by_label()
    manager = manifest.address("AccessManager")
    calls = []
    for label, number in (*ROLES.items(), ("administrator", ADMINISTRATION)):
        holder = by_label.get(label, admin.address)
        delay = admin.execution_delay_s if number == ADMINISTRATION else 0
        calls += [
            _LABEL_ROLE + encode(["uint64", "string"], [number, label]),
            _SET_GUARDIAN + encode(["uint64", "uint64"], [number, ROLES["guardian"]]),
            _SET_GRANT_DELAY + encode(["uint64", "uint32"], [number, admin.grant_delay_s]),
            _GRANT_ROLE + encode(["uint64", "address", "uint32"], [number, holder, delay]),
        ]
    calls.append(_filed(manager, MANAGER_FUNCTIONS, ADMINISTRATION))
    for name in MANAGED:
        address = manifest.address(name)
        for label, functions in functions_by_role(name).items():
            if functions:
                calls.append(_filed(address, functions, ROLES.get(label, ADMINISTRATION)))
    calls += [
        _SET_TARGET_DELAY + encode(["address", "uint32"], [address, admin.target_delay_s])
        for address in (manager, *map(manifest.address, MANAGED))
    ]
    calls.append(_SET_GRANT_DELAY + encode(["uint64", "uint32"], [ADMINISTRATOR, admin.grant_delay_s]))
    # Last, since the delay counts from here on.
    grant = [ADMINISTRATOR, admin.address, admin.execution_delay_s]
    calls.append(_GRANT_ROLE + encode(["uint64", "address", "uint32"], grant))
    if admin.address.lower() != manifest.deployer.lower():
        calls.append(_RENOUNCE_ROLE + encode(["uint64", "address"], [ADMINISTRATOR, manifest.deployer]))
    return bytes(_MULTICALL + encode(["bytes[]"], [calls]))


def _filed(address: str, functions: Sequence[bytes], number: int) -> bytes:
    values = [address, list(functions), number]
    return bytes(_SET_FUNCTION_ROLE + encode(["address", "bytes4[]", "uint64"], values))


def may_configure(client: ChainClient, manifest: Manifest) -> bool:
    """Whether the deployer can still set roles at once, as at the beginning.

    Raises:
        ChainFault: what the client raises.
    """
    question = _HAS_ROLE + encode(["uint64", "address"], [ADMINISTRATOR, manifest.deployer])
    return client.call(manifest.address("AccessManager"), question) == encode(["bool", "uint32"], [True, 0])


def other_holders(client: ChainClient, manifest: Manifest) -> list[str]:
    """Give in words each account that holds a role of the access manager and is not its holder by the manifest.

    Raises:
        ChainFault: what the client raises.
    """
    admin = manifest.administrator.address.lower()
    by_label = manifest.roles.by_label()
    wanted = {(number, by_label[label].lower()) for label, number in ROLES.items()}
    wanted |= {(ADMINISTRATOR, admin), (ADMINISTRATION, admin)}
    held: set[tuple[int, str]] = set()
    for log in _logs(client, manifest):
        if log.topics[0] not in {_ROLE_GRANTED, _ROLE_REVOKED}:
            continue
        holding = (int.from_bytes(log.topics[1]), "0x" + log.topics[2][-20:].hex())
        if log.topics[0] == _ROLE_GRANTED:
            held.add(holding)
        else:
            held.discard(holding)
    return [f"{account} is {_named(number)} as well" for number, account in sorted(held - wanted)]


def deviations(client: ChainClient, manifest: Manifest) -> list[str]:
    """Give in words each place where the access manager differs from the manifest's plan; empty if none.

    Raises:
        ChainFault: what the client raises.
    """
    return [
        *_functions_elsewhere(client, manifest),
        *_holders_without_role(client, manifest),
        *_roles_otherwise_kept(client, manifest),
        *_said_otherwise(client, manifest),
    ]


def _functions_elsewhere(client: ChainClient, manifest: Manifest) -> list[str]:
    found = []
    manager = manifest.address("AccessManager")
    plan = [(manager, "AccessManager", "administrator", each) for each in MANAGER_FUNCTIONS]
    for name in MANAGED:
        by_role = functions_by_role(name)
        plan += [(manifest.address(name), name, label, each) for label in by_role for each in by_role[label]]
    questions = [
        _FUNCTION_ROLE + encode(["address", "bytes4"], [address, function])
        for address, _, _, function in plan
    ]
    for (_, name, label, function), answer in zip(plan, _asked(client, manager, questions), strict=True):
        if answer != _word(ROLES.get(label, ADMINISTRATION)):
            found.append(f"function 0x{function.hex()} of {name} does not belong to {label}")
    targets = ("AccessManager", *MANAGED)
    questions = [_IS_CLOSED + encode(["address"], [manifest.address(name)]) for name in targets]
    for name, answer in zip(targets, _asked(client, manager, questions), strict=True):
        if answer != _word(0):
            found.append(f"{name} is closed")
    return found


def _holders_without_role(client: ChainClient, manifest: Manifest) -> list[str]:
    """Each holder has its role now, with its delay, and no other delay is on its way."""
    found = []
    admin = manifest.administrator
    plan = [(ROLES[label], holder, 0) for label, holder in manifest.roles.by_label().items()]
    plan += [(number, admin.address, admin.execution_delay_s) for number in (ADMINISTRATOR, ADMINISTRATION)]
    manager = manifest.address("AccessManager")
    arguments = [encode(["uint64", "address"], [number, holder]) for number, holder, _ in plan]
    has_role = _asked(client, manager, [_HAS_ROLE + each for each in arguments])
    access = _asked(client, manager, [_ACCESS + each for each in arguments])
    for (number, holder, delay), held, answer in zip(plan, has_role, access, strict=True):
        if held != encode(["bool", "uint32"], [True, delay]):
            wanted = f"with a delay of {delay} s" if delay else "at once"
            found.append(f"{holder} is not {_named(number)} {wanted}")
            continue
        _, _, pending, effect = decode(["uint48", "uint32", "uint32", "uint48"], answer)
        if effect:
            found.append(f"{holder} becomes {_named(number)} with a delay of {pending} s")
    return found


def _roles_otherwise_kept(client: ChainClient, manifest: Manifest) -> list[str]:
    found = []
    manager = manifest.address("AccessManager")
    numbers = (*ROLES.values(), ADMINISTRATION)
    questions = [encode(["uint64"], [number]) for number in numbers]
    guardians = _asked(client, manager, [_GUARDIAN_OF + each for each in questions])
    administrators = _asked(client, manager, [_ADMIN_OF + each for each in questions])
    for number, guardian, administrator in zip(numbers, guardians, administrators, strict=True):
        if guardian != _word(ROLES["guardian"]):
            found.append(f"the guardian cannot cancel what is scheduled for {_named(number)}")
        if administrator != _word(ADMINISTRATOR):
            found.append(f"{_named(number)} is granted by another role than the administrator's")
    return found


def _said_otherwise(client: ChainClient, manifest: Manifest) -> list[str]:
    """Labels and delays by the events that set them last: the access manager tells delays only once they count."""
    admin = manifest.administrator
    labels, grant_delays, target_delays = _said(_logs(client, manifest))
    found = [
        f"role {number} is labelled {labels.get(number, 'nothing')} instead of {label}"
        for label, number in (*ROLES.items(), ("administrator", ADMINISTRATION))
        if labels.get(number) != label
    ]
    found += [
        f"grants of {_named(number)} wait {grant_delays.get(number, 0)} s"
        for number in (ADMINISTRATOR, *ROLES.values(), ADMINISTRATION)
        if grant_delays.get(number, 0) != admin.grant_delay_s
    ]
    for name in ("AccessManager", *MANAGED):
        delay = target_delays.get(manifest.address(name).lower(), 0)
        if delay != admin.target_delay_s:
            found.append(f"changes of roles on {name} wait {delay} s")
    return found


def _said(logs: Iterable[RawLog]) -> tuple[dict[int, str], dict[int, int], dict[str, int]]:
    """Give the labels and the grant delays of roles, and the delays of targets, as the newest events state them."""
    labels: dict[int, str] = {}
    grant_delays: dict[int, int] = {}
    target_delays: dict[str, int] = {}
    for log in logs:
        topic, subject = log.topics[0], log.topics[1] if len(log.topics) > 1 else b""
        if topic == _ROLE_LABEL:
            (labels[int.from_bytes(subject)],) = decode(["string"], log.data)
        elif topic == _GRANT_DELAY_CHANGED:
            grant_delays[int.from_bytes(subject)] = int.from_bytes(log.data[:32])
        elif topic == _TARGET_DELAY_UPDATED:
            target_delays["0x" + subject[-20:].hex()] = int.from_bytes(log.data[:32])
    return labels, grant_delays, target_delays


def _asked(client: ChainClient, manager: str, questions: Sequence[bytes]) -> tuple[bytes, ...]:
    """Ask the access manager many things in one call, all of one block."""
    (answers,) = decode(["bytes[]"], client.call(manager, _MULTICALL + encode(["bytes[]"], [questions])))
    return tuple(answers)


def _logs(client: ChainClient, manifest: Manifest) -> list[RawLog]:
    manager = manifest.address("AccessManager")
    return client.logs([manager], manifest.first_block(), client.block_number())


def _named(number: int) -> str:
    labels = {each: label for label, each in ROLES.items()}
    labels |= {ADMINISTRATOR: "administrator", ADMINISTRATION: "administrator of role 5"}
    return labels.get(number, f"of role {number}")


def _word(number: int) -> bytes:
    return number.to_bytes(32)
