"""The contracts of the in-memory chain: the plain model that `tests/contracts` holds against the real ones.

Calls come and logs go as bytes, as on a real chain; views are those that the ledger asks.
"""

from __future__ import annotations

import copyreg
import pickle
from typing import Any, NamedTuple

from eth_abi.abi import decode, encode

from exchange.keccak import keccak
from ledger.chain.manifest import Manifest
from tests.contracts import shapes
from tests.contracts.artifact import Artifact, Log, artifact, type_of
from tests.contracts.model_base import Call, NumberedLog, Reverts, World
from tests.contracts.model_fills import FillModel
from tests.contracts.model_others import AnchorModel, EncumbranceModel, SealedModel
from tests.contracts.model_register import RegisterModel

Models = dict[str, Any]
Views = dict[tuple[str, bytes], bytes]
_SHAPES: dict[str, Any] = {
    "recordRights": shapes.RightEntry,
    "confirmRegistrations": shapes.Confirmation,
    "recordAgreements": shapes.Deal,
    "recordLicences": shapes.Licence,
    "endLicences": shapes.LicenceEnding,
    "unwindDeals": shapes.Unwinding,
    "enrolKeys": shapes.KeyEnrolment,
    "recordOffers": shapes.StandingOffer,
    "acceptOffers": shapes.OfferAcceptance,
    "fixSealedBids": shapes.SealedSet,
    "recordPledges": shapes.Pledge,
    "dischargePledges": shapes.Release,
    "freezeRights": shapes.Freeze,
    "releaseRights": shapes.Release,
    "recordStandings": shapes.StandingChange,
    "proposeRecoveries": shapes.KeyRecovery,
    "withdrawOffer": shapes.StandingOffer,
    "cancelDeal": shapes.Deal,
    "rotateKey": shapes.KeyRotation,
    "revokeKey": shapes.KeyRevocation,
    "advanceCounter": shapes.CounterAdvance,
    "vetoRecovery": shapes.RecoveryVeto,
}
"""The struct that a function's first argument holds, one or many."""
_EVENT_COUNT, _LOG_HEAD, _HEAD = (keccak(name)[:4] for name in (b"eventCount()", b"logHead()", b"head()"))

copyreg.pickle(Artifact, lambda made: (artifact, (made.name,)))


class Reverted(Exception):
    """The call is undone; `data` is what the contract answers."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data.hex())
        self.data = data


class Written(NamedTuple):
    """One log, and the contract that wrote it."""

    address: str
    log: Log


class Contracts:
    """All contracts of a deployment in one state, which can be kept and gone back to."""

    def __init__(self, manifest: Manifest) -> None:
        roles = {label: holder.lower() for label, holder in manifest.roles.by_label().items()}
        world = World(roles | {"administrator": manifest.administrator.address.lower()})
        address = {contract.name: contract.address.lower() for contract in manifest.contracts}
        register = RegisterModel(address["Register"], world, manifest.chain_id)
        self._models: Models = {
            each.address: each
            for each in (
                register,
                EncumbranceModel(address["EncumbranceRegister"], world),
                SealedModel(address["SealedBidRegister"], world),
                FillModel(address["FillRegister"], world, register),
                AnchorModel(address["JournalAnchor"], world, manifest.anchor_key.lower()),
            )
        }
        self._functions = {
            (model.address, model.contract.function_selector(name)): (
                name,
                [type_of(i) for i in entry["inputs"]],
            )
            for model in self._models.values()
            for name, entry in model.contract.functions.items()
            if entry["stateMutability"] == "nonpayable"
        }

    @property
    def addresses(self) -> set[str]:
        """Where there is code."""
        return set(self._models)

    def kept(self) -> bytes:
        """The state, to go back to."""
        return pickle.dumps(self._models, pickle.HIGHEST_PROTOCOL)

    def go_back(self, kept: bytes) -> None:
        """Be in an earlier state again."""
        self._models = pickle.loads(kept)  # noqa: S301 - what `kept` gave

    def apply(self, sender: str, to: str, data: bytes, at: int) -> list[Written]:
        """Carry a call out.

        Raises:
            Reverted: nothing has changed.
        """
        model: NumberedLog = self._models[to]
        found = self._functions.get((to, data[:4]))
        if found is None:
            nothing = b""
            raise Reverted(nothing)
        name, types = found
        arguments = list(decode(types, data[4:]))
        shape = _SHAPES.get(name)
        if shape is not None:
            first = arguments[0]
            arguments[0] = [shape(*item) for item in first] if types[0].endswith("[]") else shape(*first)
        elif name == "settleDeals":
            arguments[0] = list(arguments[0])
        try:
            events = model.apply(Call(model.contract.name, name, tuple(arguments), sender, at))
        except Reverts as reverts:
            raise Reverted(model.contract.refusal(reverts.error, *reverts.arguments)) from reverts
        return [Written(to, model.contract.log(event)) for event in events]

    def views(self) -> Views:
        """What the views that the ledger asks answer now, by contract and calldata."""
        found: Views = {}
        for address, model in self._models.items():
            found[address, _EVENT_COUNT] = model.seq.to_bytes(32, "big")
            found[address, _LOG_HEAD] = bytes(model.log_head)
            if isinstance(model, AnchorModel):
                found[address, _HEAD] = bytes(encode(["uint64", "bytes32"], [model.size, model.root]))
        return found
