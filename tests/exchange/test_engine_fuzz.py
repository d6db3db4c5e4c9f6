"""Commands of the right shape with senseless values: the engine decides every one, and a refusal changes nothing."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from exchange import canonical
from exchange import commands as c
from exchange.engine import Engine
from exchange.rows import ROW_TYPE_BY_KIND
from exchange.turn import Outcome
from tests.exchange import random_burdens
from tests.exchange.followed_tables import FollowedTables
from tests.exchange.invariants import Watcher
from tests.exchange.random_day import AGENT_KEYS, Dice, RandomDay
from tests.exchange.scene import OPERATORS, SERVICE, START_MS, Scene, company_number, digest

KINDS_NAMED = (
    *("party", "right", "listing", "bid", "deal", "payment"),
    *(kind for kind in ROW_TYPE_BY_KIND if kind not in {"venue", "register_entry", "deadline"}),
)
"""Whose ids commands name; the first ones most often."""
COMMANDS: tuple[type[c.Command], ...] = typing.get_args(c.AnyCommand)
NAMED_BY = {
    "affiliate_id": "party", "buyer": "party", "pledgee": "party", "reverse_deal": "deal", "line_id": "statement_line",
    "statement_line": "statement_line", "pledge_id": "pledge_contract", "subject_id": "right", "key": "key", "filing_id": "filing",
    "recovery_id": "recovery",
}  # fmt: skip
"""Whose ids a field holds that is not called after them."""
LARGEST = canonical.LARGEST_INTEGER
INTEGERS = (
    0,
    1,
    -1,
    2,
    31,
    100,
    10_000,
    10**15,
    10**15 + 1,
    9 * 10**15,
    LARGEST,
    -LARGEST,
    START_MS,
    4_102_444_800_000,
)
PARTS = (
    "reason", "reference", "contract", "consent", "undertaking", "statement", "document", "authorisation_letter", "title",
    "description", "completing_persons", "bibliography", "inventors", "contributors",
)  # fmt: skip
"""Labels of erasable parts that some command must have."""
TEXTS = (
    "", " ", "P-1", "P-2", "L-1", "B-1", "D-1", "PAY-1", "LIC-1", "LINE-1", "F-D-1", "venue", "world", "CN", "CN-GD", "all",
    "\u4e13\u5229", "\U0001f4dc", "\u202e", "x" * 65, "x" * 5_000, "0x" + "11" * 65, digest("x"), "0x" + "77" * 20,
    "\u0661\u0662", "\uff10\uff11", "\u00b2", "\u0130\u00df", "e\u0301", "\u0000", "\U000e0001", "\u200d", "F1", "H01M 10/0525", "\uff28\uff10\uff11",
    digest("x").upper(), "CN-know-how-2027KH0001", "dispute:DIS-1", "P-\u0661", "L--1", "D-1 ", "TN-1",
    "2027-02-29", "9999-12-31", "0001-01-01", "2199-12-31", "US-16000001", "CN-201910000001.1", "CN-achievement-2026990001", company_number(7), "a/b/c", "\\", '"',
)  # fmt: skip


class Fuzzer:
    """Makes values of a type: sensible now and then, at the edges often."""

    def __init__(self, dice: Dice, scene: Scene) -> None:
        self.dice = dice
        self.scene = scene

    def value(self, kind: Any) -> Any:  # noqa: C901, PLR0911 - one branch a kind of type
        """A value that msgspec would let pass for this type."""
        dice = self.dice
        origin, arguments = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Annotated:
            return self.value(arguments[0])
        if origin is typing.Literal:
            return dice.choose(arguments)
        if origin in {typing.Union, types.UnionType}:
            return self.value(dice.choose(arguments))
        if origin is tuple:
            count = dice.choose((0, 1, 1, 2, 3, 70, 1_100))
            return tuple(self.value(arguments[0]) for _ in range(count))
        if origin is dict:
            return {self.value(arguments[0]): self.value(arguments[1]) for _ in range(dice.below(4))}
        if kind is type(None):
            return None
        if kind is msgspec.UnsetType:
            return msgspec.UNSET
        if kind is bool:
            return dice.chance(50)
        if kind is int:
            return self._integer()
        if kind is str:
            return self._text()
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            return self.struct(kind)
        message = f"no values for {kind}"
        raise AssertionError(message)

    def struct(self, kind: type[msgspec.Struct]) -> Any:
        """A struct with every field at random."""
        hints = typing.get_type_hints(kind, include_extras=True)
        return kind(**{name: self._field(hints, name) for name in kind.__struct_fields__})

    def _field(self, hints: dict[str, Any], name: str) -> Any:
        dice = self.dice
        if name != "erasable":
            plain = hints[name] in {str, int, str | None, int | None}
            sensible = self._sensible(name) if plain and dice.chance(60) else None
            return self.value(hints[name]) if sensible is None else sensible
        return {part: digest(part) if dice.chance(90) else self._text() for part in PARTS if dice.chance(60)}

    def _sensible(self, name: str) -> Any:
        """What a field of this name holds where a command makes sense; None where its name does not tell."""
        dice, rows = self.dice, self.scene.state.rows
        kind = NAMED_BY.get(name, name.removesuffix("_id"))
        if rows.get(kind):
            return dice.choose(list(rows[kind])[-12:] if dice.chance(70) else list(rows[kind]))
        if name.endswith("digest") or name == "commitment":
            return dice.choose((digest("x"), digest(str(dice.below(10**6)))))
        if name.endswith("signature") or name == "possession":
            return "0x" + "11" * 65
        if name.endswith("_ms"):
            return self.scene.now + dice.choose((-(10**10), -1, 1, 10**6, 10**9, 10**10))
        if name == "company_number" and self.scene.numbers:
            return dice.choose(list(self.scene.numbers.values()))
        return None

    def near(self, struct: Any) -> Any:
        """A struct that has been used before, with one field at random."""
        hints = typing.get_type_hints(type(struct), include_extras=True)
        if not struct.__struct_fields__:
            return struct
        name = self.dice.choose(struct.__struct_fields__)
        old, table = getattr(struct, name), None
        if isinstance(old, str) and self.dice.chance(60):
            table = next((each for each in self.scene.state.rows.values() if old in each), None)
        value = self._field(hints, name) if table is None else self.dice.choose(list(table))
        return msgspec.structs.replace(struct, **{name: value})

    def _integer(self) -> int:
        dice = self.dice
        return dice.choose(
            (dice.choose(INTEGERS), dice.choose(INTEGERS), self.scene.now + dice.choose(INTEGERS[:8]))
        )

    def _text(self) -> str:
        dice = self.dice
        if dice.chance(50):
            table = self.scene.state.rows[dice.choose(KINDS_NAMED)]
            if table:
                return str(dice.choose(list(table)))
        return dice.choose(TEXTS)

    def speaker(self, command: c.Command) -> tuple[str, str]:
        """Actor and signer: mostly whoever may give the command."""
        dice = self.dice
        keys = self.scene.keys
        if dice.chance(20):
            return (
                dice.choose(("", "venue", "P-1", "P-999", *keys)),
                dice.choose(("", SERVICE, *OPERATORS, *AGENT_KEYS, *keys.values(), "x" * 300)),
            )
        party = self._concerned(command) if dice.chance(60) else dice.choose(list(keys))
        return {
            "sequencer": ("venue", ""),
            "operator": ("venue", dice.choose(OPERATORS)),
            "service": ("venue", SERVICE),
            "enrolled": ("venue", SERVICE),
            "applicant": ("", getattr(command, "key", "")),
            "party": (party, keys[party]),
        }[command.given_by]

    def _concerned(self, command: c.Command) -> str:
        """A party of a row that the command names, or any."""
        named = (getattr(command, name) for name in command.__struct_fields__)
        rows = (
            table.get(each)
            for each in named
            if isinstance(each, str)
            for table in self.scene.state.rows.values()
        )
        sides = ("seller", "buyer", "party_id", "payer", "payee", "pledgor", "pledgee", "raised_by")
        found = [getattr(row, side, "") for row in rows if row is not None for side in sides]
        parties = [each for each in found if each in self.scene.keys]
        return self.dice.choose(parties or list(self.scene.keys))

    def request(self) -> c.Request:
        """One request: random altogether, or near one that was given before."""
        dice, scene = self.dice, self.scene
        old = dice.choose(scene.requests[-200:])
        if dice.chance(60):
            command: Any = old.command if old.terms and dice.chance(50) else self.near(old.command)
            terms = self.near(old.terms) if old.terms and command is old.command else old.terms
            actor, signer = (old.actor, old.signer) if dice.chance(90) else self.speaker(command)
        else:
            command = self.struct(dice.choose(COMMANDS))
            terms = self.struct(command.terms_type) if command.terms_type else None
            actor, signer = self.speaker(command)
        if dice.chance(3):
            terms = self.struct(c.BidTerms)
        return c.Request(
            time_ms=scene.now,
            actor=actor,
            signer=signer,
            command=command,
            terms=terms,
            terms_salt=digest(str(scene.now)),
        )


class FuzzedDay(RandomDay):
    """A random day into which senseless commands fall."""

    def __init__(self, seed: int) -> None:
        self.watcher = Watcher()
        self.tables = FollowedTables()
        self.kinds: set[str] = set()
        super().__init__(seed)
        self.fuzzer = Fuzzer(Dice(seed + 1_000_000), self)

    def _apply(self, request: c.Request) -> Outcome:
        outcome = super()._apply(request)
        changes = self.state.take_changes()
        if outcome.refusal is not None:
            assert changes == []
            assert self.state.state_hash() == self.tables.state_hash(), "a refusal has changed something"
        self.tables.follow(changes)
        canonical.encode(outcome)
        self.watcher.after(self.state, request, outcome)
        return outcome

    def senseless(self) -> None:
        """One senseless request, if it can be written down at all."""
        self.now += 1
        self.wait(0)
        request = self.fuzzer.request()
        try:
            canonical.encode(request.command)
            canonical.encode(request.terms)
        except canonical.CanonicalRefused:
            return  # the vault admits no such command
        self.kinds.add(type(request.command).__name__)
        outcome = self.apply(request)
        self._keep_the_bank_in_step(request, outcome)

    def _keep_the_bank_in_step(self, request: c.Request, outcome: Outcome) -> None:
        terms = request.terms
        if outcome.refusal is None and isinstance(terms, c.StatementLineTerms):
            sign = 1 if terms.direction == "credit" else -1
            self.custody[terms.currency] = self.custody.get(terms.currency, 0) + sign * terms.amount


@pytest.mark.parametrize("seed", range(12))
def test_no_command_of_the_right_shape_stops_the_engine_or_breaks_a_promise(seed: int) -> None:
    day = FuzzedDay(seed)
    for _ in range(200):
        day.step()
        if day.dice.chance(25):
            random_burdens.burden(day)
        for _ in range(4):
            day.senseless()
    assert len(day.kinds) > 35
    assert day.replay().state.state_hash() == day.state.state_hash()


def openings() -> Iterator[c.OpenVenue]:
    fuzzer = Fuzzer(Dice(7), Scene())
    first = fuzzer.scene.requests[0].command
    for _ in range(150):
        opening = fuzzer.near(first)
        try:
            canonical.encode(opening)
        except canonical.CanonicalRefused:
            continue
        yield opening


def test_no_opening_of_the_right_shape_stops_the_engine_and_a_venue_that_opens_can_trade() -> None:
    opened = refused = 0
    for opening in openings():
        engine = Engine()
        outcome = engine.apply(c.Request(time_ms=START_MS, actor="venue", signer="", command=opening))
        canonical.encode(outcome)
        if outcome.refusal is not None:
            assert not engine.state.venues
            refused += 1
            continue
        opened += 1
        assert 0 <= opening.fee_basis_points <= 10_000
        engine.state.take_changes()
    assert opened > 20
    assert refused > 10


@pytest.mark.parametrize(
    "kind",
    [kind for kind in COMMANDS if kind not in {c.OpenVenue, c.Tick}],
    ids=lambda kind: kind.__name__,
)
def test_before_the_venue_is_open_nothing_but_its_opening_is_taken(kind: type[c.Command]) -> None:
    fuzzer = Fuzzer(Dice(1), Scene())
    engine = Engine()
    command: Any = fuzzer.struct(kind)
    terms = fuzzer.struct(kind.terms_type) if kind.terms_type else None
    outcome = engine.apply(
        c.Request(time_ms=START_MS, actor="venue", signer="", command=command, terms=terms)
    )
    assert outcome.refusal is not None
    assert outcome.refusal.code == "WRONG-STATE"
