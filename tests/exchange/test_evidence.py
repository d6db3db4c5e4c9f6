"""The evidence desk in the engine: who came first stays first, and what is held is not erased."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from exchange.engine import Engine
from exchange.events import DeadlineFired, EvidenceLodged, LegalHoldChanged
from exchange.evidence import KEPT_MS, rests_ms
from exchange.indexes import number_of
from exchange.legal_holds import MOST_ENTRIES
from exchange.rows import Evidence
from exchange.state import State
from exchange.turn import EngineFault
from tests.exchange.auction_rule_cases import erase
from tests.exchange.evidence_rule_cases import hold, lift, lodge
from tests.exchange.outcomes import code
from tests.exchange.scene import OPERATORS, Scene, digest

PARTIES = 4
PAPERS = 3


class ThirdEngine(Scene):
    """A venue that has activated the third engine only."""

    def open_versions(self) -> None:
        self.give(c.ActivateVersion(schema=1, engine=3, rulebook=1))


class Shelf:
    """What a store would have: every row ever, by id, and which of them are in memory."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], tuple[bytes, bool]] = {}

    def take(self, scene: Scene) -> None:
        for change in scene.state.take_changes():
            if change.data is None:
                del self.rows[change.kind, change.id]
            else:
                self.rows[change.kind, change.id] = (change.data, change.archived)

    def load(self) -> State:
        state = State()
        state.load((kind, data) for (kind, _), (data, archived) in self.rows.items() if not archived)
        return state

    def evidence(self) -> list[Evidence]:
        found = [
            msgspec.json.decode(data, type=Evidence)
            for (kind, _), (data, _) in self.rows.items()
            if kind == Evidence.kind
        ]
        return sorted(found, key=lambda row: number_of(row.id))


Lodgings = st.lists(
    st.tuples(
        st.integers(0, PARTIES - 1), st.integers(0, PAPERS - 1), st.sampled_from((0, 0, 1, 40, 200, 366))
    ),
    max_size=40,
)
"""Who lodges which paper, and how many days pass before it does."""


@given(Lodgings)
@settings(max_examples=60, deadline=None)
def test_in_any_order_of_lodging_the_first_stays_first_and_nothing_is_lost(
    lodgings: list[tuple[int, int, int]],
) -> None:
    scene, shelf = Scene(), Shelf()
    parties = [scene.party() for _ in range(PARTIES)]
    expected: list[tuple[str, str, int]] = []
    last: dict[tuple[int, int], int] = {}
    for who, paper, days in lodgings:
        scene.wait(days * MS_PER_DAY)
        outcome = lodge(scene, parties[who], f"paper {paper}")
        earlier = last.get((who, paper))
        if earlier is not None and scene.now < rests_ms(earlier):
            assert outcome.refusal is not None
            assert outcome.refusal.code == "EVIDENCE-STANDS"
            assert outcome.refusal.detail["lodged_ms"] == earlier
        else:
            assert outcome.refusal is None
            last[who, paper] = scene.now
            expected.append((parties[who], digest(f"paper {paper}"), scene.now))
        shelf.take(scene)
        loaded = shelf.load()
        assert loaded.state_hash() == scene.state.state_hash()
        assert loaded.lodged.evidence_of == {
            party: own for party, own in scene.state.lodged.evidence_of.items() if own
        }
    assert [(row.party_id, row.sha256, row.lodged_ms) for row in shelf.evidence()] == expected
    scene.replay()


def test_a_deposit_leaves_memory_after_its_days_and_its_clock_with_the_last() -> None:
    scene = Scene()
    party = scene.party()
    lodge(scene, party, "first")
    scene.wait(MS_PER_DAY)
    lodge(scene, party, "second")
    clock = f"evidence_rest:{party}"
    assert [row.sha256 for row in scene.state.evidence.values()] == [digest("first"), digest("second")]
    first, second = (rests_ms(row.lodged_ms) for row in scene.state.evidence.values())
    assert 0 <= first - scene.now - KEPT_MS + MS_PER_DAY <= 60_000
    scene.wait(first - scene.now - 1)
    assert len(scene.state.evidence) == 2
    scene.wait(1)
    assert [row.sha256 for row in scene.state.evidence.values()] == [digest("second")]
    assert scene.state.deadlines[clock].due_ms == second
    scene.wait(second - scene.now)
    assert scene.state.evidence == {}
    assert clock not in scene.state.deadlines
    lodge(scene, party, "first")
    assert scene.state.deadlines[clock].due_ms == rests_ms(scene.now)
    scene.replay()


def test_many_deposits_of_one_minute_leave_memory_together() -> None:
    """However many a party has, its clock rings once a minute at most."""
    scene = Scene()
    party = scene.party()
    scene.wait(rests_ms(scene.now) - KEPT_MS - scene.now)  # to the beginning of a minute
    for number in range(50):
        lodge(scene, party, f"paper {number}")
    before = len(scene.outcomes)
    scene.wait(KEPT_MS + MS_PER_DAY)
    fired = [each for outcome in scene.outcomes[before:] for each in outcome.events]
    assert [event.deadline_id for event in fired if isinstance(event, DeadlineFired)] == [
        f"evidence_rest:{party}"
    ]
    assert scene.state.evidence == {}


def test_a_deposit_says_in_public_nothing_of_what_was_lodged() -> None:
    """What is journalled beside sealed parts is the commitment to the digests, under a salt, and an id."""
    scene = Scene()
    lodged = lodge(scene, scene.party(), "a paper", sm3=digest("sm3"), kind="infringement_capture")
    assert set(lodged.result) == {"evidence_id"}
    assert [type(event) for event in lodged.events] == [EvidenceLodged]
    (command,) = (each.command for each in scene.requests if isinstance(each.command, c.LodgeEvidence))
    public = repr(command)
    assert not any(digest(each) in public for each in ("a paper", "sm3", "salt of a paper"))
    assert "capture" not in public


def test_the_same_digests_under_another_salt_give_another_commitment() -> None:
    scene = Scene()
    documents = set()
    for number in range(3):
        lodge(scene, scene.party(), document_salt=digest(f"salt {number}"))
        documents.add(scene.state.evidence[f"EV-{number + 1}"].document)
    assert len(documents) == 3


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sha256", digest("x").upper()),
        ("sha256", digest("x")[:-1]),
        ("sha256", ""),
        ("sm3", "g" * 64),
        ("sm3", ""),
        ("document_salt", "0x" + "11" * 31),
    ],
)
def test_a_digest_out_of_shape_is_refused_and_named(field: str, value: str) -> None:
    scene = Scene()
    refused = lodge(scene, scene.party(), document=digest("any"), **{field: value}).refusal
    assert refused is not None
    assert (refused.code, refused.detail["field"]) == ("MALFORMED", field)


@pytest.mark.parametrize("entries", [(), (0, 0), tuple(range(MOST_ENTRIES + 1))])
def test_a_hold_names_some_entries_each_once(entries: tuple[int, ...]) -> None:
    scene = Scene()
    for _ in range(60):
        scene.party()
    refused = hold(scene, *entries).refusal
    assert refused is not None
    assert (refused.code, refused.detail["field"]) == ("MALFORMED", "entries")


def test_a_hold_is_placed_and_lifted_with_its_paper_and_lifted_once() -> None:
    scene = Scene()
    for outcome in (hold(scene, 0, document_digest="ab"), hold(scene, -1)):
        assert code(outcome) in {"MALFORMED", "UNKNOWN-ID"}
    placed = hold(scene, 0)
    held = placed.result["hold_id"]
    assert [type(event) for event in placed.events] == [LegalHoldChanged]
    assert code(lift(scene, held, document_digest="ab")) == "MALFORMED"
    assert code(lift(scene, held, erasable={})) == "FACT-MISSING"
    assert scene.state.legal_holds[held].state == "STANDING"
    assert code(lift(scene, held)) == ""
    assert code(lift(scene, held)) == "UNKNOWN-ID"
    assert scene.state.legal_holds == {}
    assert scene.state.lodged.holds_on == {}
    scene.replay()


def test_an_entry_under_two_holds_is_erased_once_both_are_lifted_and_each_refusal_names_one() -> None:
    scene = Scene()
    lodge(scene, scene.party())
    entry = len(scene.requests) - 1
    first = hold(scene, entry, ground="arbitration").result["hold_id"]
    second = hold(scene, 0, entry).result["hold_id"]
    for standing, ground in ((first, "arbitration"), (second, "court_order")):
        refused = erase(scene, entry).refusal
        assert refused is not None
        assert (refused.code, refused.detail["hold_id"], refused.detail["ground"]) == (
            "LEGAL-HOLD",
            standing,
            ground,
        )
        lift(scene, standing)
    assert code(erase(scene, entry)) == ""
    scene.replay()


@pytest.mark.parametrize("ground", ["data-subject-request", "retention-ended", "court-order"])
def test_a_hold_stands_against_every_ground_of_an_erasure(ground: Any) -> None:
    scene = Scene()
    lodge(scene, scene.party())
    entry = len(scene.requests) - 1
    hold(scene, entry)
    command = c.EraseSealedPart(entry=entry, label="description", ground=ground)
    assert code(scene.operator(command)) == "LEGAL-HOLD"
    other = c.EraseSealedPart(entry=entry - 1, label="reason", ground=ground)
    assert code(scene.operator(other)) == "", "other entries are free"


def test_what_an_erasure_takes_leaves_the_deposit_as_it_was() -> None:
    scene = Scene()
    party = scene.party()
    lodge(scene, party)
    before = scene.state.evidence["EV-1"]
    assert code(erase(scene, len(scene.requests) - 1)) == ""
    assert scene.state.evidence["EV-1"] == before
    assert code(lodge(scene, party)) == "EVIDENCE-STANDS"


def test_only_operators_place_holds_and_the_venue_lodges_nothing() -> None:
    scene = Scene()
    party = scene.party()
    terms = c.LegalHoldTerms(entries=(0,), ground="dispute")
    assert code(scene.by(party, c.PlaceLegalHold(document_digest=digest("x")), terms)) == "NOT-PERMITTED"
    lodged = lodge(scene, party)
    assert lodged.refusal is None
    request = scene.requests[-1]
    given = scene.operator(request.command, terms=request.terms)
    assert code(given) == "UNKNOWN-ID", "the venue is no party"


def test_an_older_engine_knows_neither_evidence_nor_holds() -> None:
    scene = ThirdEngine()
    party = scene.party()
    assert code(lodge(scene, party)) == "MALFORMED"
    assert code(hold(scene, 0)) == "MALFORMED"
    assert code(lift(scene, "LH-1")) == "UNKNOWN-ID"
    scene.give(c.ActivateVersion(schema=1, engine=4, rulebook=1))
    assert code(lodge(scene, party)) == ""
    assert code(hold(scene, 0)) == ""


def test_a_hold_whose_entry_nobody_numbers_stops_the_engine() -> None:
    scene = Scene()
    request = c.Request(
        time_ms=scene.now,
        actor="venue",
        signer=OPERATORS[0],
        command=c.PlaceLegalHold(document_digest=digest("x"), erasable={"reference": digest("y")}),
        terms=c.LegalHoldTerms(entries=(0,), ground="dispute"),
        terms_salt=digest("salt"),
    )
    with pytest.raises(EngineFault, match="without the number"):
        Engine(scene.state).apply(request)
