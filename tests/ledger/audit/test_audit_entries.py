"""One forgery for each thing that is checked in an entry, with every hash and seal above it made anew by the venue's own key."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import msgspec
import pytest

from exchange import commands as c
from exchange.engine import ENGINE_VERSION
from ledger.audit.entries import open_entry
from ledger.audit.findings import Unsound
from ledger.audit.instructions import check_instruction
from ledger.audit.lines import EntryLine, encode_line
from ledger.journal import Entry
from ledger.merkle import leaf_hash
from ledger.secp256k1 import PrivateKey, sign
from tests.exchange.scene import digest
from tests.ledger.audit.conftest import Auditor
from tests.ledger.audit.forging import Forge, assert_only, lines_of, place, resealed, value_of
from tests.ledger.audit.journal_maker import JournalScene, Stored
from tests.ledger.audit.journal_writer import entry_line, write

# --- one entry by itself


def version(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.RecordStateHash, 1)
    stored[number] = stored[number].changed(engine=ENGINE_VERSION + 1)
    return number


def another_fields(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.Tick)
    stored[number] = stored[number].changed(more=1)
    return number


def not_canonical(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.Tick)
    stored[number] = replace(stored[number], public=stored[number].public.replace(b'"epoch":', b'"epoch": '))
    return number


def number_out_of_place(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.Tick)
    stored[number] = stored[number].changed(entry=number + 1)
    return number


def other_terms(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.PlaceBid)
    terms = stored[number].terms
    assert terms is not None
    stored[number] = replace(stored[number], terms=(terms[0], b'{"client_order_id":null,"price":1}'))
    return number


def other_terms_salt(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.PlaceBid)
    terms = stored[number].terms
    assert terms is not None
    stored[number] = replace(stored[number], terms=(bytes(32), terms[1]))
    return number


def other_outcome(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ApproveListing)
    stored[number] = replace(
        stored[number], outcome=(stored[number].outcome[0], b'{"detail":{},"events":[]}')
    )
    return number


def other_erasable(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ApplyParty, 1)
    salt, _ = stored[number].erasable["profile"]
    stored[number] = replace(stored[number], erasable={"profile": (salt, b'{"name":"another"}')})
    return number


def terms_left_away(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.PlaceBid)
    stored[number] = replace(stored[number], terms=None)
    return number


def terms_added(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ApproveListing)
    stored[number] = replace(stored[number], terms=(bytes(32), b"{}"))
    return number


def sealed_part_added(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ApproveListing)
    stored[number] = replace(stored[number], erasable={"reason": (bytes(32), b'"none"')})
    return number


# --- signatures


def signed_by_a_stranger(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ClassifyExport)
    entry = msgspec.json.decode(stored[number].public)
    value = sign(bytes(32), PrivateKey.generate())
    stored[number] = stored[number].changed(signature=entry["signature"] | {"value": value})
    return number


def longer_validity(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ClassifyExport)
    signature = msgspec.json.decode(stored[number].public)["signature"]
    later = signature | {"valid_until_ms": signature["valid_until_ms"] + 1}
    stored[number] = stored[number].changed(signature=later)
    return number


def another_api_key_is_not_signed_but_decided(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ActivateVersion) + 1
    stored[number] = stored[number].changed(reference=digest("another key"))
    return number


def unsigned(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.AcceptPrice)
    stored[number] = stored[number].changed(signature=None)
    return number


def signed_where_nobody_signs(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.Tick)
    stored[number] = stored[number].changed(reference=digest("a key"))
    return number


def too_late(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ClassifyExport)
    entry = msgspec.json.decode(stored[number].public, type=Entry)
    assert entry.signature is not None
    late = scene.instruct(
        entry.command, entry.actor, entry.signature.signer, entry.reference, "", entry.time_ms - 86_400_001
    )
    stored[number] = stored[number].changed(signature=msgspec.to_builtins(late))
    return number


# --- replay


def another_answer(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.AcceptPrice)
    answer = msgspec.json.decode(stored[number].public)["answer"]
    stored[number] = stored[number].changed(
        answer=answer | {"result": {"deal_id": "D-9", "state": "AWARDED"}}
    )
    return number


def a_refusal_made_an_acceptance(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.PlaceBid, accepted=False)
    stored[number] = stored[number].changed(answer={"status": "accepted", "result": {"bid_id": "B-9"}})
    return number


def another_event(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.PlaceBid)
    outcome = value_of(stored[number].outcome)
    outcome["events"][0]["price"] += 1
    stored[number] = resealed(stored[number], "outcome", outcome)
    return number


def an_event_left_away(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.ConfirmRegistration)
    outcome = value_of(stored[number].outcome)
    outcome["events"].pop()
    stored[number] = resealed(stored[number], "outcome", outcome)
    return number


def another_state_hash(stored: list[Stored], scene: JournalScene) -> int:
    number = place(scene, c.RecordStateHash, 1)
    outcome = value_of(stored[number].outcome)
    outcome["events"][0]["state_hash"] = "ab" * 32
    command = {"type": "record_state_hash", "erasable": {}, "state_hash": "ab" * 32}
    stored[number] = resealed(stored[number].changed(command=command), "outcome", outcome)
    return number


FORGERIES: list[tuple[Forge, str]] = [
    (version, "AUDIT-VERSION"),
    (another_fields, "AUDIT-ENTRY"),
    (number_out_of_place, "AUDIT-PLACE"),
    (other_terms, "AUDIT-TERMS"),
    (other_terms_salt, "AUDIT-TERMS"),
    (other_outcome, "AUDIT-OUTCOME"),
    (other_erasable, "AUDIT-ERASABLE"),
    (terms_left_away, "AUDIT-OPENING-MISSING"),
    (terms_added, "AUDIT-OPENING-EXTRA"),
    (sealed_part_added, "AUDIT-OPENING-EXTRA"),
    (signed_by_a_stranger, "AUDIT-SIGNATURE"),
    (longer_validity, "AUDIT-SIGNATURE"),
    (another_api_key_is_not_signed_but_decided, "AUDIT-SIGNATURE"),
    (signed_where_nobody_signs, "AUDIT-SIGNATURE-EXTRA"),
    (too_late, "AUDIT-SIGNATURE-LATE"),
    (another_answer, "AUDIT-ANSWER"),
    (a_refusal_made_an_acceptance, "AUDIT-ANSWER"),
    (another_event, "AUDIT-EVENTS"),
    (an_event_left_away, "AUDIT-EVENTS"),
]


@pytest.mark.parametrize(("forge", "code"), FORGERIES, ids=[forge.__name__ for forge, _ in FORGERIES])
def test_a_forged_entry_is_found_by_its_own_check_alone(loose: Auditor, forge: Forge, code: str) -> None:
    stored = list(loose.scene.stored)
    named = forge(stored, loose.scene)
    assert_only(loose.audit(write(stored, loose.scene).data), code, named)


def test_another_state_hash_is_found_since_the_last_that_agreed(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = another_state_hash(stored, loose.scene)
    report = loose.audit(write(stored, loose.scene).data)
    assert_only(report, "AUDIT-STATE-HASH", None)
    assert report.first_bad is not None
    assert report.first_bad.interval == (place(loose.scene, c.RecordStateHash), number)


def test_an_entry_in_another_form_is_refused(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    named = not_canonical(stored, loose.scene)
    assert_only(loose.audit(write(stored, loose.scene).data), "AUDIT-ENTRY", named)


@pytest.mark.parametrize("part", ["terms", "outcome", "erasable"])
def test_a_salt_in_capitals_is_refused(loose: Auditor, part: str) -> None:
    lines = lines_of(loose.journal.data)
    at = next(
        number
        for number, line in enumerate(lines)
        if isinstance(line, EntryLine) and line.terms is not None and "profile" in line.erasable
    )
    line = lines[at]
    if part == "erasable":
        sealed = line.erasable["profile"]
        changed = {"profile": msgspec.structs.replace(sealed, salt=sealed.salt.upper())}
    else:
        sealed = getattr(line, part)
        changed = msgspec.structs.replace(sealed, salt=sealed.salt.upper())
    assert sealed.salt.upper() != sealed.salt
    lines[at] = msgspec.structs.replace(line, **{part: changed})
    assert_only(loose.audit(b"".join(map(encode_line, lines))), f"AUDIT-{part.upper()}", line.entry)


def test_terms_in_another_form_are_refused_though_they_open_their_commitment(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.PlaceBid)
    terms = stored[number].terms
    assert terms is not None
    value = terms[1].replace(b":", b": ", 1)
    committed = sha256(b"IPX sealed part v1\0" + bytes((5,)) + b"terms" + terms[0] + value).hexdigest()
    sealed = msgspec.json.decode(stored[number].public)["sealed"] | {"terms": committed}
    resigned = loose.scene.signed_again(stored[number], sealed=sealed)
    line = entry_line(replace(resigned, terms=(terms[0], value)), number, leaf_hash(resigned.public))
    with pytest.raises(Unsound, match="AUDIT-TERMS: not in canonical form"):
        open_entry(line, number, "auditor")


def test_numbers_beyond_what_every_reader_keeps_are_refused(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.RecordRegisterCopy)
    public = stored[number].public
    longer = public.replace(b'"as_of_ms":1', b'"as_of_ms":11111', 1)
    assert longer != public
    stored[number] = replace(stored[number], public=longer)
    assert_only(loose.audit(write(stored, loose.scene).data), "AUDIT-ENTRY", number)


def test_keys_are_in_the_order_of_utf_16_whatever_the_characters() -> None:
    scene = JournalScene()
    package = {"\ufb00": digest("one"), "\U00020bb7": digest("two"), "a": digest("three")}
    scene.operator(c.FileDeal(deal_id="D-1", filing_id="F-1", package=package))
    number = len(scene.stored) - 1
    stored = scene.stored[number]
    line = entry_line(stored, number, leaf_hash(stored.public))
    opened = open_entry(line, number, "auditor")
    assert opened.entry.command == scene.requests[number].command
    assert check_instruction(opened, scene.domain)
    by_code_point = msgspec.json.encode(opened.entry, order="sorted")
    assert by_code_point != stored.public
    wrong = msgspec.structs.replace(
        line, public=msgspec.Raw(by_code_point), leaf=leaf_hash(by_code_point).hex()
    )
    with pytest.raises(Unsound, match="AUDIT-ENTRY"):
        open_entry(wrong, number, "auditor")


def test_a_command_without_its_signature_is_refused(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    named = unsigned(stored, loose.scene)
    report = loose.audit(write(stored, loose.scene).data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-SIGNATURE-MISSING", named)


def test_a_public_export_with_openings_is_refused(loose: Auditor) -> None:
    data = loose.journal.data.replace(b'"kind":"auditor"', b'"kind":"public"', 1)
    assert_only(loose.audit(data), "AUDIT-OPENING-EXTRA", 0)


def test_time_that_goes_back_is_found_without_replay_too(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.Tick)
    stored[number] = stored[number].changed(time_ms=1)
    report = loose.audit(write(stored, loose.scene, "public").data)
    assert_only(report, "AUDIT-TIME", None)
    assert report.first_bad is not None
    assert report.first_bad.interval == (number - 1, number)


def test_an_epoch_that_goes_back_is_found(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.Tick)
    stored[number] = stored[number].changed(epoch=0)
    report = loose.audit(write(stored, loose.scene).data)
    assert_only(report, "AUDIT-EPOCH", None)
    assert report.first_bad is not None
    assert report.first_bad.interval == (number - 1, number)


def test_a_deadline_passed_over_is_found(loose: Auditor) -> None:
    number = place(loose.scene, c.Tick)
    kept = [each for at, each in enumerate(loose.scene.stored) if at != number]
    stored = [each.changed(entry=at) for at, each in enumerate(kept)]
    report = loose.audit(write(stored, loose.scene).data)
    assert report.first_bad is not None
    assert (report.first_bad.code, report.first_bad.entry) == ("AUDIT-REPLAY", number)


def test_whoever_was_not_entitled_is_refused_by_replay(loose: Auditor) -> None:
    stored = list(loose.scene.stored)
    number = place(loose.scene, c.ClassifyExport)
    entry = msgspec.json.decode(stored[number].public, type=Entry)
    party_key = next(iter(loose.scene.keys.values()))
    signature = loose.scene.instruct(entry.command, "venue", party_key, entry.reference, "", entry.time_ms)
    stored[number] = stored[number].changed(signature=msgspec.to_builtins(signature))
    assert_only(loose.audit(write(stored, loose.scene).data), "AUDIT-ANSWER", number)
