"""What another process answers otherwise is named by the test that has asked it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchange.engine import Engine
from tests.exchange.elsewhere import Recorder
from tests.exchange.scene import Scene

pytestmark = pytest.mark.not_replayed("it changes a state behind the engine's back")


def test_a_test_whose_journal_gives_something_else_elsewhere_is_named_and_no_other(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "journals")
    with recorder.records("one that replays"):
        Scene().party()
    with recorder.records("one that does not"):
        scene = Scene()
        scene.state.venue.operators = ()
        scene.party()
    assert recorder.tests_that_differ() == ["one that does not"]


def test_an_engine_that_outlives_its_test_is_kept_whole_under_the_next_one_too(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "journals")
    with recorder.records("the first"):
        scene = Scene()
    with recorder.records("the next"):
        scene.party()
    with recorder.records("one that asks nothing"):
        pass
    assert recorder.kept == 2
    assert recorder.tests_that_differ() == []


def test_one_journal_is_kept_once_and_an_engine_over_loaded_rows_has_none(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "journals")
    with recorder.records("the first"):
        scene = Scene()
        scene.replay()
    with recorder.records("the same again"):
        Scene()
    loaded = Engine(scene.state)
    loaded.last_time_ms = scene.now
    scene.engine = loaded
    with recorder.records("over rows"):
        scene.party()
    assert recorder.kept == 1


def test_nothing_is_recorded_any_more_once_a_test_is_over(tmp_path: Path) -> None:
    before = Engine.apply
    with Recorder(tmp_path / "journals").records("a test"):
        assert Engine.apply is not before
    assert Engine.apply is before
