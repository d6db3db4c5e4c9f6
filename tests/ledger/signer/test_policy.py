"""What the signer signs and what it denies, by name: what the policy does not know is never signed."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from exchange.commands import AnyCommand
from ledger.bundle.assembly import attestation
from ledger.chain.client import Fees
from ledger.chain.errors import ChainFault
from ledger.chain.records import RECORD_TYPES
from ledger.chain.signer import LocalSigner
from ledger.nonce_gaps import NOTHING_GAS
from ledger.signatures import exchange_domain, instruction_digest, register_domain, require_signer
from ledger.signer.desk import Desk
from ledger.signer.messages import AskAddress, AskInstruction, AskTransaction, KeyName, Reply
from ledger.signer.policy import MOST_GAS, door_policy_of, policy_of
from tests.ledger.signer.deployment import (
    ANCHOR,
    CHAIN_ID,
    DEAL,
    GWEI,
    KEYS,
    address_of,
    instruction,
    manifest,
    transaction,
)

MOST_WEI = 10**17
DOMAIN = exchange_domain(CHAIN_ID, address_of("JournalAnchor"))


@pytest.fixture(scope="module")
def desk() -> Desk:
    return Desk(KEYS, policy_of(manifest(), MOST_WEI))


def asked(desk: Desk, key: KeyName = "sender", **changed: Any) -> Reply:
    return desk.answer(AskTransaction(key=key, transaction=transaction(**changed)))


def code_of(reply: Reply) -> str:
    assert (reply.raw, reply.signature, reply.address) == (b"", "", "")
    assert reply.denied is not None
    return reply.denied.code


def test_a_call_of_this_deployment_is_signed_as_a_key_at_hand_signs_it(desk: Desk) -> None:
    assert asked(desk).raw == LocalSigner(KEYS["sender"]).sign(transaction()).raw
    anchor = {"to": address_of("JournalAnchor"), "data": ANCHOR + bytes(96)}
    assert asked(desk, "anchor", **anchor).raw == LocalSigner(KEYS["anchor"]).sign(transaction(**anchor)).raw
    assert desk.answer(AskAddress(key="anchor")).address == KEYS["anchor"].address


def test_a_transaction_that_does_nothing_to_oneself_is_signed_with_the_gas_of_nothing(desk: Desk) -> None:
    oneself = KEYS["sender"].address
    assert asked(desk, to=oneself, data=b"", gas=NOTHING_GAS).raw
    assert code_of(asked(desk, to=oneself, data=b"", gas=NOTHING_GAS + 1)) == "SIGNER-GAS"
    assert code_of(asked(desk, to=oneself, data=DEAL, gas=NOTHING_GAS)) == "SIGNER-CONTRACT"
    assert code_of(asked(desk, to=KEYS["anchor"].address, data=b"", gas=NOTHING_GAS)) == "SIGNER-CONTRACT"


@pytest.mark.parametrize("kind", RECORD_TYPES)
def test_every_record_is_signed_with_the_key_of_its_role_and_with_no_other(desk: Desk, kind: Any) -> None:
    from ledger.chain.calls import selector_of

    call = {"to": address_of(kind.contract), "data": selector_of(kind)}
    keys: tuple[KeyName, KeyName] = ("sender", "anchor")
    own, other = reversed(keys) if kind.role == "anchorer" else keys
    assert asked(desk, own, **call).raw
    assert code_of(asked(desk, other, **call)) == "SIGNER-CONTRACT"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"chain_id": 1}, "SIGNER-CHAIN"),
        ({"to": ""}, "SIGNER-CONTRACT"),
        ({"to": address_of("a stranger")}, "SIGNER-CONTRACT"),
        ({"to": address_of("EncumbranceRegister")}, "SIGNER-CONTRACT"),
        ({"to": "0x12"}, "SIGNER-CONTRACT"),
        ({"data": b""}, "SIGNER-CONTRACT"),
        ({"data": DEAL[:3]}, "SIGNER-CONTRACT"),
        ({"data": bytes(4) + DEAL}, "SIGNER-CONTRACT"),
        ({"data": ANCHOR + bytes(96)}, "SIGNER-CONTRACT"),
        ({"gas": MOST_GAS + 1, "fees": Fees(1, 1)}, "SIGNER-GAS"),
        ({"gas": 1_000_000, "fees": Fees(MOST_WEI // 1_000_000 + 1, GWEI)}, "SIGNER-COST"),
        ({"fees": Fees(GWEI, 2 * GWEI)}, "SIGNER-MALFORMED"),
        ({"fees": Fees(-1, -1)}, "SIGNER-MALFORMED"),
        ({"nonce": -1}, "SIGNER-MALFORMED"),
        ({"gas": -1}, "SIGNER-MALFORMED"),
    ],
)
def test_what_the_policy_does_not_know_is_denied_by_name(
    desk: Desk, changed: dict[str, Any], code: str
) -> None:
    assert code_of(asked(desk, **changed)) == code


def test_the_highest_cost_and_gas_that_are_allowed_are_signed(desk: Desk) -> None:
    assert asked(desk, gas=1_000_000, fees=Fees(MOST_WEI // 1_000_000, GWEI)).raw
    assert asked(desk, gas=MOST_GAS, fees=Fees(1, 1)).raw


def test_numbers_beyond_what_a_transaction_holds_are_denied(desk: Desk) -> None:
    assert code_of(asked(desk, nonce=2**64 - 1)) == "SIGNER-MALFORMED"
    assert code_of(asked(desk, gas=0, fees=Fees(2**300, 1))) == "SIGNER-MALFORMED"


def test_the_service_signs_its_own_reports_for_its_own_venue_alone(desk: Desk) -> None:
    def ask(key: KeyName = "service", domain: Any = DOMAIN, **changed: Any) -> Reply:
        return desk.answer(AskInstruction(key=key, domain=domain, instruction=instruction(**changed)))

    require_signer(instruction_digest(DOMAIN, instruction()), ask().signature, KEYS["service"].address)
    assert code_of(ask(action="approve_payment")) == "SIGNER-ACTION"
    assert code_of(ask(action="sign_agreement")) == "SIGNER-ACTION"
    assert code_of(ask(party="P-1")) == "SIGNER-ACTION"
    assert code_of(ask(domain=exchange_domain(1, address_of("JournalAnchor")))) == "SIGNER-DOMAIN"
    assert code_of(ask(domain=exchange_domain(CHAIN_ID, address_of("Register")))) == "SIGNER-DOMAIN"
    assert code_of(ask(domain=register_domain(CHAIN_ID, address_of("JournalAnchor")))) == "SIGNER-DOMAIN"
    assert code_of(ask("sender")) == "SIGNER-KEY-UNKNOWN"
    assert code_of(ask(reference=b"short")) == "SIGNER-MALFORMED"
    assert code_of(asked(desk, "service")) == "SIGNER-KEY-UNKNOWN"


def test_for_the_front_door_uploads_and_bundles_are_signed_and_nothing_that_another_may_ask_for() -> None:
    policy = policy_of(manifest(), MOST_WEI)
    door = Desk(KEYS, door_policy_of(policy))  # even if it had every key

    def ask(key: KeyName = "service", domain: Any = DOMAIN, **changed: Any) -> Reply:
        return door.answer(AskInstruction(key=key, domain=domain, instruction=instruction(**changed)))

    for action in ("import_right", "deal_bundle"):
        signed = ask(action=action).signature
        digest = instruction_digest(DOMAIN, instruction(action=action))
        require_signer(digest, signed, KEYS["service"].address)
        assert code_of(ask("sender", action=action)) == "SIGNER-KEY-UNKNOWN"
        assert code_of(ask(action=action, party="P-1")) == "SIGNER-ACTION"
        assert code_of(ask(domain=exchange_domain(1, address_of("JournalAnchor")), action=action)) == (
            "SIGNER-DOMAIN"
        )
    commands = {str(kind.__struct_config__.tag) for kind in get_args(AnyCommand)}
    assert policy.actions < commands
    for action in commands - {"import_right"}:
        assert code_of(ask(action=action)) == "SIGNER-ACTION"
    for key in get_args(KeyName):
        assert code_of(asked(door, key)) == "SIGNER-KEY-UNKNOWN"
        oneself = {"to": KEYS[key].address, "data": b"", "gas": NOTHING_GAS}
        assert code_of(asked(door, key, **oneself)) == "SIGNER-KEY-UNKNOWN"


def test_a_bundles_attestation_is_no_command_and_is_over_when_it_is_made() -> None:
    commands = {str(kind.__struct_config__.tag) for kind in get_args(AnyCommand)}
    stated = attestation("D-1", {}, read_at_ms=1)
    assert stated.action == "deal_bundle"
    assert stated.action not in commands
    assert stated.valid_until_ms == 1


def test_a_key_that_the_signer_has_not_is_denied() -> None:
    desk = Desk({"sender": KEYS["sender"]}, policy_of(manifest(), MOST_WEI))
    assert code_of(asked(desk, "anchor")) == "SIGNER-KEY-UNKNOWN"


def test_a_deployment_that_is_not_complete_gives_no_policy() -> None:
    with pytest.raises(ChainFault, match="DEPLOY-MANIFEST"):
        policy_of(manifest(complete=False), MOST_WEI)
