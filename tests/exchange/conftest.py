"""Each test's journal must give the same bytes in a fresh process with another hash seed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.exchange.elsewhere import Recorder


@pytest.fixture(scope="session")
def _journals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Recorder]:
    """All journals of this process's tests; at the end one other process replays them."""
    recorder = Recorder(tmp_path_factory.mktemp("journals") / "journals")
    yield recorder
    if recorder.kept:
        differing = "\n".join(recorder.tests_that_differ())
        assert not differing, f"another process answers these tests' requests otherwise:\n{differing}"


@pytest.fixture(autouse=True)
def _journal_is_kept(request: pytest.FixtureRequest, _journals: Recorder) -> Iterator[None]:
    """What the test asks of an engine is kept for the replay, unless it is marked to reach into the engine."""
    mark = request.node.get_closest_marker("not_replayed")
    if mark is not None:
        assert mark.args, "say why its journal gives something else"
        yield
        return
    with _journals.records(request.node.nodeid):
        yield
