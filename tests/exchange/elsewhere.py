"""Every journal that a test of the exchange makes is replayed in another process, with another hash seed.

What is kept of an engine is what it was asked and one hash over what it answered; an engine that was loaded from rows has
no journal from the beginning, and is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from exchange import canonical
from exchange.commands import Request
from exchange.engine import Engine
from exchange.turn import Outcome
from tests.exchange.whole_engine import digest_of, read, written

HASH_SEED = "4242"
LONGEST_S = 600
"""Before the other process is given up; it takes seconds."""
Apply = Callable[[Engine, Request], Outcome]


class Journal:
    """What one engine was asked, as text, and one running hash over its answers."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.answers = hashlib.sha256()

    def add(self, request: Request, outcome: Outcome) -> None:
        """One more request and what was answered."""
        self.lines += written([request])
        self.answers.update(canonical.encode(outcome))


class Recorder:
    """Keeps the journals of tests in a file, each once, under the first test that made it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kept = 0
        self._known: set[bytes] = set()
        self._journals: weakref.WeakKeyDictionary[Engine, Journal] = weakref.WeakKeyDictionary()
        self._of_this_test: dict[int, Journal] = {}

    @contextmanager
    def records(self, test: str) -> Iterator[None]:
        """What every engine is asked meanwhile is kept under the test's name."""
        apply = Engine.apply

        def apply_and_record(engine: Engine, request: Request) -> Outcome:
            begins = engine not in self._journals and not engine.state.venues
            outcome = apply(engine, request)
            if begins:
                self._journals[engine] = Journal()
            if (journal := self._journals.get(engine)) is not None:
                journal.add(request, outcome)
                self._of_this_test[id(journal)] = journal
            return outcome

        Engine.apply = apply_and_record  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Engine.apply = apply  # type: ignore[method-assign]
            self._keep(test)

    def _keep(self, test: str) -> None:
        with self.path.open("a", encoding="utf-8") as file:
            for journal in self._of_this_test.values():
                answers = journal.answers.hexdigest()
                name = hashlib.sha256("\n".join([*journal.lines, answers]).encode()).digest()
                if name not in self._known:
                    self._known.add(name)
                    self.kept += 1
                    file.write(json.dumps([test, answers, journal.lines]) + "\n")
        self._of_this_test.clear()

    def tests_that_differ(self) -> list[str]:
        """The tests whose journals another process answers otherwise.

        Raises:
            AssertionError: the other process came to no end.
        """
        root = Path(__file__).parents[2]
        answer = subprocess.run(
            [sys.executable, "-m", "tests.exchange.elsewhere", str(self.path)],
            env={"PYTHONHASHSEED": HASH_SEED, "PYTHONPATH": str(root), "PATH": os.environ["PATH"]},
            cwd=root,
            capture_output=True,
            text=True,
            check=False,
            timeout=LONGEST_S,
        )
        assert answer.returncode == 0, answer.stderr
        replayed: int
        differing: list[str]
        replayed, *differing = json.loads(answer.stdout)
        assert replayed == self.kept, f"{replayed} of {self.kept} journals were replayed"
        return differing


def replay(path: Path) -> list[int | str]:
    """How many journals stand in a file, and the tests whose journals this process answers otherwise."""
    replayed, differing = 0, []
    with path.open(encoding="utf-8") as file:
        for line in file:
            test, answers, lines = json.loads(line)
            engine = Engine()
            replayed += 1
            try:
                same = digest_of(map(engine.apply, read(lines))) == answers
            except Exception as error:  # noqa: BLE001 - whatever breaks differs
                differing.append(f"{test}: {error!r}")
            else:
                differing += [] if same else [test]
    return [replayed, *differing]


if __name__ == "__main__":
    sys.stdout.write(json.dumps(replay(Path(sys.argv[1]))))
