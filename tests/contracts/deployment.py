"""The registers on a test's own chain, and the models that stand beside them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from exchange.keccak import keccak
from ledger.secp256k1 import PrivateKey
from scripts.stack.chain import CHAIN_ID
from tests.contracts.artifact import artifact
from tests.contracts.chain import TestChain
from tests.contracts.model_base import Account, NumberedLog, World
from tests.contracts.model_fills import FillModel
from tests.contracts.model_others import AnchorModel, EncumbranceModel, SealedModel
from tests.contracts.model_register import RegisterModel
from tests.contracts.shapes import ZERO_ADDRESS

START = 1_800_000_000
"""Second at which the registers are deployed."""
ROLES = {"registrar": 1, "settler": 2, "pauser": 3, "guardian": 4}
MANNERS = (
    "AcceptsOwner",
    "AcceptsAll",
    "AcceptsYes",
    "BurnsGas",
    "AnswersShort",
    "AnswersWrong",
    "AnswersAtLength",
    "SpendsMuch",
    "Reverts",
)
"""As `ContractAccount.Manner` numbers them."""
OWNER = PrivateKey(keccak(b"owner of a contract account"))


@dataclass(frozen=True)
class Deployment:
    """Addresses, all in lower case."""

    manager: str
    register: str
    encumbrances: str
    sealed: str
    fills: str
    anchor: str
    roles: dict[str, str]
    stranger: str
    anchor_keys: tuple[str, str]
    accounts: dict[str, Account]
    predecessors: dict[str, str]

    def world(self) -> World:
        """What the contracts see around themselves."""
        return World(dict(self.roles), dict(self.accounts), dict(self.predecessors))

    def models(self) -> dict[str, NumberedLog]:
        """One fresh model for each contract, by name."""
        world = self.world()
        register = RegisterModel(self.register, world, CHAIN_ID)
        return {
            "Register": register,
            "EncumbranceRegister": EncumbranceModel(self.encumbrances, world),
            "SealedBidRegister": SealedModel(self.sealed, world),
            "FillRegister": FillModel(self.fills, world, register),
            "JournalAnchor": AnchorModel(self.anchor, world, self.anchor_keys[0]),
        }


class _Deployer:
    def __init__(self, chain: TestChain, account: str) -> None:
        self.chain, self.account, self.at = chain, account, START

    def deploy(self, name: str, *arguments: Any) -> str:
        self.at += 1
        return self.chain.deploy(self.account, artifact(name).creation(*arguments), self.at)

    def send(self, to: str, data: bytes) -> None:
        self.at += 1
        assert self.chain.send(self.account, to, data, self.at).succeeded

    def register(self, manager: str, predecessor: str, encumbrances: str, sealed: str, fills: str) -> str:
        """Whatever of these its constructor takes, told by the names of its parameters."""
        known = {
            "access": manager,
            "predecessor": predecessor,
            "encumbrance": encumbrances,
            "sealed": sealed,
            "fill": fills,
        }
        wanted = [item["name"] for item in artifact("Register").constructor]
        arguments = [next(known[word] for word in known if name.startswith(word)) for name in wanted]
        return self.deploy("Register", *arguments)


def deploy(chain: TestChain) -> Deployment:
    """Deploy everything, hand out the roles."""
    holders = chain.accounts()
    deployer = _Deployer(chain, holders[0])
    manager = deployer.deploy("AccessManager", holders[0])
    encumbrances = deployer.deploy("EncumbranceRegister", manager, ZERO_ADDRESS)
    sealed = deployer.deploy("SealedBidRegister", manager, ZERO_ADDRESS)
    fills = deployer.deploy("FillRegister", manager, ZERO_ADDRESS)
    register = deployer.register(manager, ZERO_ADDRESS, encumbrances, sealed, fills)
    predecessors = dict.fromkeys((register, encumbrances, sealed, fills), ZERO_ADDRESS)
    next_encumbrances = deployer.deploy("EncumbranceRegister", manager, encumbrances)
    next_sealed = deployer.deploy("SealedBidRegister", manager, sealed)
    next_fills = deployer.deploy("FillRegister", manager, fills)
    next_register = deployer.register(manager, register, next_encumbrances, next_sealed, next_fills)
    predecessors |= {next_encumbrances: encumbrances, next_sealed: sealed, next_register: register}
    predecessors |= {next_fills: fills}
    owner = OWNER.address.lower()
    accounts = {
        deployer.deploy("ContractAccount", number, owner): Account(manner, owner)
        for number, manner in enumerate(MANNERS)
    }
    roles = dict(zip(ROLES, holders[1:], strict=False)) | {"administrator": holders[0]}
    _give_roles(
        deployer,
        manager,
        {
            "Register": register,
            "EncumbranceRegister": encumbrances,
            "SealedBidRegister": sealed,
            "FillRegister": fills,
        },
        roles,
    )
    return Deployment(
        manager=manager,
        register=register,
        encumbrances=encumbrances,
        sealed=sealed,
        fills=fills,
        anchor=deployer.deploy("JournalAnchor", holders[6]),
        roles=roles,
        stranger=holders[5],
        anchor_keys=(holders[6], holders[7]),
        accounts=accounts,
        predecessors=predecessors,
    )


def _give_roles(deployer: _Deployer, manager: str, registers: dict[str, str], roles: dict[str, str]) -> None:
    """As the contracts' documentation gives them out; the model's tables say so."""
    tables = {
        "Register": RegisterModel.rights_of_call,
        "EncumbranceRegister": EncumbranceModel.rights_of_call,
        "SealedBidRegister": SealedModel.rights_of_call,
        "FillRegister": FillModel.rights_of_call,
    }
    access = artifact("AccessManager")
    for name, address in registers.items():
        for role, number in ROLES.items():
            table = {**tables[name], "pauseDeals": "pauser", "resumeDeals": "guardian"}
            selectors = [
                artifact(name).function_selector(function)
                for function, holder in table.items()
                if holder == role
            ]
            deployer.send(manager, access.call("setTargetFunctionRole", address, selectors, number))
    for role, number in ROLES.items():
        deployer.send(manager, access.call("grantRole", number, roles[role], 0))
