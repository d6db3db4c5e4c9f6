"""Nothing recorded of one thing can be done under the name of another."""

from __future__ import annotations

import pytest

from tests.contracts.artifact import Log, artifact
from tests.contracts.chain import TestChain
from tests.contracts.deployment import Deployment
from tests.contracts.drawing import LATEST, LICENCES, PARTIES, RIGHTS, WORDS
from tests.contracts.shapes import (
    Confirmation,
    KeyEnrolment,
    LicenceEnding,
    Pledge,
    Release,
    RightEntry,
)
from tests.contracts.signing import KEYS
from tests.contracts.stage import Stage, licence

SPREAD = 0x9E3779B97F4A7C15F39CC0605CEDC8341082276BF3A27251F86C6A11D0C18E95
"""An odd multiplier: a tag made by multiplication could be forged at once, which a hash cannot."""


def twin(right: bytes) -> bytes:
    """Another right whose product has the same highest 48 bits, worked out at once."""
    product = int.from_bytes(right, "big") * SPREAD % 2**256
    return ((product ^ 1) * pow(SPREAD, -1, 2**256) % 2**256).to_bytes(32, "big")


RIGHT = RIGHTS[0]
another_right = pytest.mark.parametrize(
    "other", [pytest.param(RIGHTS[1], id="any"), pytest.param(twin(RIGHT), id="of one product")]
)


@pytest.fixture
def stage(chain: TestChain, fresh: Deployment) -> Stage:
    made = Stage(chain, fresh)
    made.enrol()
    return made


def refused(logs: list[Log], contract: str, error: str) -> bool:
    """Whether the one thing that happened is a refusal on this ground."""
    return len(logs) == 1 and logs[0].data[:4] == artifact(contract).selector(error)


@another_right
def test_a_pledge_is_not_discharged_under_another_right(stage: Stage, other: bytes) -> None:
    contract = "EncumbranceRegister"
    ends = (PARTIES[0], PARTIES[1], WORDS[0], WORDS[1])
    stage.make(
        "recordPledges", [Pledge(RIGHT, WORDS[0], *ends), Pledge(other, WORDS[1], *ends)], contract=contract
    )
    logs = stage.logs("dischargePledges", [Release(other, WORDS[0], WORDS[2])], contract=contract)
    assert refused(logs, contract, "AnotherRight")


@another_right
def test_a_deal_on_one_right_moves_no_holder_of_another(stage: Stage, other: bytes) -> None:
    [name] = stage.agree(1, 1, 1)
    stage.make("recordRights", [RightEntry(right, PARTIES[0], WORDS[0]) for right in (RIGHT, other)])
    logs = stage.logs("confirmRegistrations", [Confirmation(other, name, PARTIES[0], PARTIES[1], WORDS[1])])
    assert refused(logs, "Register", "AnotherRight")


@another_right
def test_a_licence_stands_on_no_deal_of_another_right(stage: Stage, other: bytes) -> None:
    [name] = stage.agree(2, 1, 1)
    logs = stage.logs("recordLicences", [licence(1, name, 10, 20)._replace(right=other)])
    assert refused(logs, "Register", "AnotherRight")


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(LICENCES[1], id="any"),
        pytest.param(b"\x17" * 20 + LICENCES[0][-12:], id="of one ending"),
    ],
)
def test_a_licence_is_not_ended_under_an_identifier_that_was_never_granted(
    stage: Stage, other: bytes
) -> None:
    [name] = stage.agree(2, 1, 1)
    stage.make("recordLicences", [licence(1, name, 10, 20)._replace(licence=LICENCES[0])])
    logs = stage.logs("endLicences", [LicenceEnding(other, RIGHT, 10, WORDS[0])])
    assert refused(logs, "Register", "RecordUnknown")


@pytest.mark.parametrize("passed_on", [False, True])
def test_an_enrolment_names_the_account_that_attested_it(stage: Stage, passed_on: bool) -> None:
    item = KeyEnrolment(PARTIES[5], KEYS[7].address.lower(), WORDS[0], LATEST)
    data, to = (
        artifact("Register").call("enrolKeys", [item], stage.sign(item, KEYS[7])),
        stage.deployment.register,
    )
    if passed_on:
        data, to = artifact("AccessManager").call("execute", to, data), stage.deployment.manager
    registrar = stage.deployment.roles["registrar"]
    receipt = stage.chain.send(registrar, to, data, stage.now + 1)
    attestors = [log.data[-20:].hex() for _, log in receipt.logs]
    assert attestors in ([], [registrar.removeprefix("0x")])
