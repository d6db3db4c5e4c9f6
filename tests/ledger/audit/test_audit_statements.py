"""What bank and office signed stands in the entry and says what the entry says: each journal here is decided by the
venue's own engine and anchored whole, and only the signed statements tell that it lies.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec import UNSET

from exchange import commands as c
from ledger.audit.attestations import check_attestation
from ledger.audit.entries import Opened, open_entry
from ledger.audit.findings import Unsound
from ledger.bank import approve, instruction_of
from ledger.merkle import leaf_hash
from ledger.reported import copy_reported
from ledger.secp256k1 import PrivateKey
from tests.exchange.scene import digest
from tests.ledger.audit.conftest import audited, new_scene
from tests.ledger.audit.forging import assert_only, place
from tests.ledger.audit.journal_maker import JournalScene
from tests.ledger.audit.journal_writer import entry_line

Lie = Callable[[JournalScene], int]
"""A venue that lies while it decides; gives the entry that must be named."""


def filed_deal(scene: JournalScene) -> str:
    seller, buyer = scene.party(), scene.party()
    listing = scene.listing(seller, scene.right(seller))
    scene.credit(buyer, 100_000_00)
    deal: str = scene.accept(listing, buyer).result["deal_id"]
    scene.sign(deal)
    scene.fund(deal)
    scene.file(deal)
    return deal


def last(scene: JournalScene) -> int:
    assert scene.outcomes[-1].refusal is None
    return len(scene.stored) - 1


def a_register_copy_as_proof(scene: JournalScene) -> int:
    deal = filed_deal(scene)
    copied = scene.requests[place(scene, c.RecordRegisterCopy)]
    assert isinstance(copied.command, c.RecordRegisterCopy)
    assert isinstance(copied.terms, c.RegisterFacts)
    signature = copied.terms.attestation
    command = c.ConfirmRegistration(
        deal_id=deal,
        filing_id=f"F-{deal}",
        proof_digest=copied.command.copy_digest,
        proof_signature=signature,
    )
    scene.service(command, terms=scene.outcome_terms(deal, attestation=signature))
    assert scene.state.deals[deal].state == "REGISTERED"
    scene.to_chain()
    return last(scene)


def a_million_beside_another_line(scene: JournalScene) -> int:
    command = c.RecordStatementLine(line_id="LINE-1", value_time_ms=scene.now)
    small = bank_line(scene.party(), 1)
    signed = scene.bank_signed(command, small)
    scene.service(
        command, terms=msgspec.structs.replace(signed, amount=1_000_000_00, balance_after=1_000_000_00)
    )
    return last(scene)


def one_bank_signature_for_two_lines(scene: JournalScene) -> int:
    first = c.RecordStatementLine(line_id="LINE-1", value_time_ms=scene.now)
    terms = scene.bank_signed(first, bank_line(scene.party(), 500))
    scene.service(first, terms=terms)
    scene.service(
        msgspec.structs.replace(first, line_id="LINE-2"),
        terms=msgspec.structs.replace(terms, balance_after=1_000),
    )
    return last(scene)


def a_line_of_another_time(scene: JournalScene) -> int:
    command = c.RecordStatementLine(line_id="LINE-1", value_time_ms=scene.now)
    terms = scene.bank_signed(command, bank_line(scene.party(), 500))
    scene.service(msgspec.structs.replace(command, value_time_ms=1), terms=terms)
    return last(scene)


def bank_line(party: str, amount: int) -> c.StatementLineTerms:
    return c.StatementLineTerms(
        sequence=1,
        account="SUPERVISED-CNY",
        direction="credit",
        currency="CNY",
        amount=amount,
        balance_after=amount,
        reference=party,
        instruction_id=None,
        simulated=True,
        attestation="",
    )


def copy_with(scene: JournalScene, command: dict[str, Any], facts: dict[str, Any], **said: Any) -> int:
    """A register copy that the office signed, reported with other facts or under another name."""
    owner, other = scene.party(), scene.party()
    right, second = scene.right(owner), scene.right(owner)
    given, terms = copy_reported(scene.register_copy(right, owner, **said))
    if command.get("right_id"):
        command = command | {"right_id": second}
    if facts.get("holders"):
        facts = facts | {"holders": (c.Holder(company_number=scene.numbers[other]),)}
    scene.service(msgspec.structs.replace(given, **command), terms=msgspec.structs.replace(terms, **facts))
    scene.to_chain()
    return last(scene)


def another_holder_than_the_copy_names(scene: JournalScene) -> int:
    return copy_with(scene, {}, {"holders": ("another",)})


def a_pledge_left_out(scene: JournalScene) -> int:
    pledge = {
        "pledge_id": "PL-1",
        "pledgee": "91440300000000009X",
        "sum_minor": 5,
        "currency": "CNY",
        "kind": "secured",
        "debt_term_ends_on": "2030-01-01",
        "registered_on": "2020-01-01",
    }
    return copy_with(scene, {}, {"pledges": ()}, pledges=[pledge])


def a_copy_of_another_right(scene: JournalScene) -> int:
    return copy_with(scene, {"right_id": "another"}, {})


def a_copy_under_another_digest(scene: JournalScene) -> int:
    return copy_with(scene, {"copy_digest": digest("another")}, {})


def a_copy_of_another_day(scene: JournalScene) -> int:
    return copy_with(scene, {"as_of_ms": scene.now + 1_000}, {})


def a_simulated_statement_in_a_real_venue(scene: JournalScene) -> int:
    return copy_with(scene, {}, {}, simulated=False)


def prepared_payment(scene: JournalScene) -> str:
    party = scene.party()
    scene.credit(party, 1_000)
    outcome = scene.by(party, c.RequestWithdrawal(), terms=c.WithdrawalTerms(currency="CNY", amount=900))
    return str(outcome.result["payment_id"])


def approval_over(scene: JournalScene, payment_id: str, key: PrivateKey, who: int, **other: Any) -> None:
    payment = scene.state.payments[payment_id]
    fields = {"amount": payment.amount, "party_id": payment.party_id, "currency": payment.currency} | other
    approval = approve(instruction_of(payment.id, **fields), scene.bank_key.address, key)
    terms = c.ApprovalTerms(bank_approval=approval.signature)
    scene.operator(c.ApprovePayment(payment_id=payment_id), who, terms)


def an_approval_of_another_amount(scene: JournalScene) -> int:
    payment = prepared_payment(scene)
    scene.approve_payment(payment)
    approval_over(scene, payment, scene.operator_keys[1], 1, amount=9)
    return last(scene)


def an_approval_of_another_payee(scene: JournalScene) -> int:
    approval_over(scene, prepared_payment(scene), scene.operator_keys[0], 0, party_id="P-9")
    return last(scene)


def one_operator_for_both(scene: JournalScene) -> int:
    payment = prepared_payment(scene)
    scene.approve_payment(payment)
    approval_over(scene, payment, scene.operator_keys[0], 1)
    return last(scene)


@pytest.mark.parametrize(
    ("lie", "code"),
    [
        (a_register_copy_as_proof, "AUDIT-ATTESTATION"),
        (a_million_beside_another_line, "AUDIT-ATTESTATION"),
        (one_bank_signature_for_two_lines, "AUDIT-ATTESTATION"),
        (a_line_of_another_time, "AUDIT-ATTESTATION"),
        (another_holder_than_the_copy_names, "AUDIT-STATEMENT"),
        (a_pledge_left_out, "AUDIT-STATEMENT"),
        (a_copy_of_another_right, "AUDIT-STATEMENT"),
        (a_copy_under_another_digest, "AUDIT-STATEMENT"),
        (a_copy_of_another_day, "AUDIT-STATEMENT"),
        (a_simulated_statement_in_a_real_venue, "AUDIT-STATEMENT"),
        (an_approval_of_another_amount, "AUDIT-APPROVAL"),
        (an_approval_of_another_payee, "AUDIT-APPROVAL"),
        (one_operator_for_both, "AUDIT-APPROVAL"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)
def test_a_statement_that_says_otherwise_is_named_at_its_entry(
    chain_url: str, tmp_path: Path, lie: Lie, code: str
) -> None:
    scene = new_scene(chain_url, tmp_path)
    number = lie(scene)
    made = audited(scene, chain_url, anchor_at=len(scene.stored))
    assert_only(made.audit(made.journal.data), code, number)


def test_one_proof_registers_one_deal() -> None:
    scene = JournalScene()
    first, second = filed_deal(scene), filed_deal(scene)
    scene.confirm(first)
    hash_before = scene.state.state_hash()
    outcome = scene.confirm(second, proof=digest("proof" + first))
    assert outcome.refusal is not None
    assert outcome.refusal.code == "PROOF-KNOWN"
    assert scene.state.state_hash() == hash_before
    assert [scene.state.deals[deal].state for deal in (first, second)] == ["REGISTERED", "FILED"]


def test_a_venue_that_lets_one_proof_register_two_deals_is_found(chain_url: str, tmp_path: Path) -> None:
    scene = new_scene(chain_url, tmp_path)
    first, second = filed_deal(scene), filed_deal(scene)
    scene.confirm(first)
    scene.state.proofs.clear()
    scene.confirm(second, proof=digest("proof" + first))
    number = last(scene)
    scene.to_chain()
    made = audited(scene, chain_url, anchor_at=len(scene.stored))
    assert_only(made.audit(made.journal.data), "AUDIT-ANSWER", number)


def test_a_statement_line_counts_once() -> None:
    scene = JournalScene()
    scene.credit(scene.party(), 100)
    line = scene.requests[place(scene, c.RecordStatementLine)]
    outcome = scene.service(line.command, terms=line.terms)
    assert outcome.refusal is not None
    assert outcome.refusal.code == "LINE-KNOWN"


@pytest.mark.parametrize(
    "name", ["licences", "fee_due", "pledges", "same_day_twin", "invalidation_requested"]
)
def test_since_engine_5_facts_leave_out_nothing_that_the_copy_says(name: str) -> None:
    scene = JournalScene()
    owner, bank = scene.party(), scene.party("pledgee")
    shown = {
        "pledge_id": "PL-1", "pledgee": scene.numbers[bank], "sum_minor": 30_000_00, "currency": "CNY", "kind": "secured",
        "debt_term_ends_on": "2029-01-01", "registered_on": "2026-01-01",
    }  # fmt: skip
    of_the_patent: dict[str, Any] = {"same_day_twin": "CN-202010000001.1", "invalidation_requested": True}
    right = scene.right(owner, pledges=[shown], fee_paid_until="2030-01-01", **of_the_patent)
    assert right in scene.state.rights
    venue = scene.requests[0].command
    assert isinstance(venue, c.OpenVenue)
    whole = opened(scene, place(scene, c.RecordRegisterCopy))
    facts = whole.terms
    assert isinstance(facts, c.RegisterFacts)
    assert check_attestation(whole, venue)
    left_out: dict[str, Any] = {name: UNSET}
    if name == "pledges":
        left_out = {
            name: tuple(msgspec.structs.replace(each, debt_term_ends_on=UNSET) for each in facts.pledges)
        }
    assert facts != msgspec.structs.replace(facts, **left_out)
    forged = msgspec.structs.replace(whole, terms=msgspec.structs.replace(facts, **left_out))
    with pytest.raises(Unsound, match="AUDIT-STATEMENT"):
        check_attestation(forged, venue)
    older = msgspec.structs.replace(forged, entry=msgspec.structs.replace(forged.entry, engine=4))
    assert check_attestation(older, venue), "such facts had no such fields"


# --- member by member: nothing in a statement may be said otherwise


def opened(scene: JournalScene, number: int) -> Opened:
    stored = scene.stored[number]
    return open_entry(entry_line(stored, number, leaf_hash(stored.public)), number, "auditor")


def statements() -> list[tuple[str, Opened, c.OpenVenue]]:
    scene = JournalScene()
    scene.confirm(filed_deal(scene))
    scene.refuse(filed_deal(scene))
    venue = scene.requests[0].command
    assert isinstance(venue, c.OpenVenue)
    types = (c.RecordStatementLine, c.ConfirmRegistration, c.RefuseRegistration, c.RecordRegisterCopy)
    return [(each.__name__, opened(scene, place(scene, each)), venue) for each in types]


STATEMENTS = statements()
NOT_SIGNED_FOR = {"deal_id", "erasable"}
"""A deal's id is the venue's own; its filing id binds it."""
MEMBERS = [
    (kind, part, name)
    for kind, entry, _ in STATEMENTS
    for part, struct in (("command", entry.entry.command), ("terms", entry.terms))
    for name in struct.__struct_fields__  # type: ignore[union-attr]  # each of these has terms
    if name not in NOT_SIGNED_FOR
]


ADDED = {"pledges": c.Pledge(company_number="91", amount=1, currency="CNY")}
"""What stands in a list beside what was reported; a holder where it is none of these."""


def otherwise(value: Any, name: str) -> Any:
    """Another value of the same type, of this member."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return {"credit": "debit", "granted": "expired", "none": "dispute"}.get(
            value, value[:-1] + "0x"[value.endswith("0")]
        )
    if isinstance(value, tuple):
        return (*value, ADDED.get(name, c.Holder(company_number="91")))
    return "2020-01-01"


@pytest.mark.parametrize(("kind", "part", "name"), MEMBERS)
def test_no_member_of_a_statement_can_be_reported_otherwise(kind: str, part: str, name: str) -> None:
    whole, venue = next((entry, venue) for found, entry, venue in STATEMENTS if found == kind)
    assert check_attestation(whole, venue)
    struct: Any = whole.entry.command if part == "command" else whole.terms
    changed = msgspec.structs.replace(struct, **{name: otherwise(getattr(struct, name), name)})
    assert changed != struct
    if part == "terms":
        forged = msgspec.structs.replace(whole, terms=changed)
    else:
        entry = msgspec.structs.replace(whole.entry, command=changed)
        forged = msgspec.structs.replace(whole, entry=entry)
    with pytest.raises(Unsound, match=r"AUDIT-(ATTESTATION|STATEMENT)"):
        check_attestation(forged, venue)


def test_of_a_public_export_the_signature_over_the_proof_is_checked() -> None:
    whole, venue = next((entry, venue) for kind, entry, venue in STATEMENTS if kind == "ConfirmRegistration")
    public = msgspec.structs.replace(whole, terms=None)
    assert not check_attestation(public, venue), "the statement itself is not there"
    command: Any = msgspec.structs.replace(whole.entry.command, proof_digest=digest("another"))
    forged = msgspec.structs.replace(public, entry=msgspec.structs.replace(whole.entry, command=command))
    with pytest.raises(Unsound, match="AUDIT-ATTESTATION"):
        check_attestation(forged, venue)
