"""Registered pledges as a run shows them: each has one sum, whichever of its rights are sold."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import msgspec


class Shown(msgspec.Struct):
    """A pledge: the largest sum that a copy has shown, the rights that it was ever on, and those that it is on now."""

    most: int = 0
    rights: set[str] = msgspec.field(default_factory=set)
    stands: set[str] = msgspec.field(default_factory=set)


class WatchedPledges:
    """Holds what deals have brought pledgees against the sums that register copies have shown, by its own names."""

    def __init__(self) -> None:
        self.shown: dict[tuple[str, str], dict[str, Shown]] = defaultdict(lambda: defaultdict(Shown))
        """(Company number, currency) to its pledges, by name."""
        self.received: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        """(Company number, currency) to minor units by right."""
        self.names: dict[tuple[str, int], str] = {}
        """(Right, number of the pledge there) to its name."""

    def paid(self, right_id: str, company_number: str, currency: str, amount: int) -> None:
        """A deal in a right has paid a pledgee."""
        self.received[company_number, currency][right_id] += amount

    def check(self) -> set[str]:
        """Of pledges that share rights no more has come together than their sums; gives what was met."""
        met = set()
        for key, by_right in self.received.items():
            for names, rights in _groups(self.shown[key]):
                together = sum(by_right[right_id] for right_id in rights)
                assert together <= sum(self.shown[key][name].most for name in names), (key, rights)
                if together and len(rights) > 1:
                    met.add("pledge of several rights paid")
            unknown = set(by_right) - {each for row in self.shown[key].values() for each in row.rights}
            assert not any(by_right[right_id] for right_id in unknown)
        return met

    def copied(self, state: Any, right: Any) -> None:
        """A register copy says what stands; pledges of which nothing stands any more are forgotten, with their sums."""
        for pledges in self.shown.values():
            for shown in pledges.values():
                shown.stands.discard(right.id)
        for number, pledge in zip(right.pledge_numbers, right.pledges, strict=True):
            shown = self.shown[pledge.company_number, pledge.currency][
                self._name(state, right.id, number, pledge)
            ]
            shown.most = max(shown.most, pledge.amount)
            shown.rights.add(right.id)
            shown.stands.add(right.id)
        for key, pledges in self.shown.items():
            for names, rights in _groups(pledges):
                if not any(pledges[name].stands for name in names):
                    for name in names:
                        del pledges[name]
                    for right_id in rights:
                        self.received[key].pop(right_id, None)

    def _name(self, state: Any, right_id: str, number: int, pledge: Any) -> str:
        drawn_up = [row.id for row in state.pledge_contracts.values() if row.numbers.get(right_id) == number]
        unnamed = f"{right_id} {number}"
        before = self.names.get((right_id, number), unnamed)
        name: str
        if drawn_up:
            (name,) = drawn_up
        elif before == unnamed and pledge.register_number:
            name = f"register {pledge.register_number}"
        else:
            name = before
        self.names[right_id, number] = name
        return name


def _groups(pledges: dict[str, Shown]) -> list[tuple[set[str], set[str]]]:
    """Pledges that are tied by rights that several of them were on: names and rights."""
    groups: list[tuple[set[str], set[str]]] = []
    for name, shown in pledges.items():
        names, rights = {name}, set(shown.rights)
        apart = []
        for group in groups:
            if group[1] & rights:
                names |= group[0]
                rights |= group[1]
            else:
                apart.append(group)
        groups = [*apart, (names, rights)]
    return groups
