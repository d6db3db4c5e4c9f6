"""Set-up: what is done is skipped, what fails says how to go on, and nothing of it goes to standard output."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]


def load() -> ModuleType:
    spec = importlib.util.spec_from_file_location("setup_under_test", ROOT / "scripts" / "setup.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module of set-up, in a checkout of two steps that each write a file."""
    module = load()
    monkeypatch.setattr(module, "ROOT", tmp_path)
    monkeypatch.setattr(module, "STAMPS", tmp_path / "build" / "stamps")
    monkeypatch.setattr(module, "PYTHON", tmp_path / "first")
    monkeypatch.setattr(os, "environ", dict(os.environ))
    taken: list[str] = []
    module.taken = taken  # type: ignore[attr-defined]  # what ran, for the tests

    def step(name: str) -> object:
        (tmp_path / f"{name}.lock").write_text("locked")

        def run() -> None:
            taken.append(name)
            (tmp_path / name).write_text("made")

        return module.Step(
            name, lambda: [tmp_path / f"{name}.lock"], tmp_path / name, run, f"Hint of {name}."
        )

    monkeypatch.setattr(module, "STEPS", (step("first"), step("second")))
    return module


def test_a_second_run_skips_what_is_there(setup: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert setup.main() == 0
    assert setup.main() == 0
    assert setup.taken == ["first", "second"]
    shown = capsys.readouterr()
    assert shown.out == "", "standard output belongs to what is run afterwards"
    assert shown.err.count("up to date") == 2


def test_a_step_is_taken_again_when_its_lock_changes_or_its_result_is_gone(
    setup: ModuleType, tmp_path: Path
) -> None:
    setup.main()
    (tmp_path / "second.lock").write_text("another")
    setup.main()
    assert setup.taken[2:] == ["second"]
    (tmp_path / "second").unlink()
    setup.main()
    assert setup.taken[3:] == ["second"]


def test_a_new_environment_is_filled_anew(setup: ModuleType, tmp_path: Path) -> None:
    setup.main()
    (tmp_path / "first").unlink()
    setup.main()
    assert setup.taken[2:] == ["first", "second"]


def test_a_step_that_fails_says_what_and_how_and_is_taken_again(
    setup: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    good = setup.STEPS

    def fail() -> None:
        setup.command("/bin/sh", "-c", "echo no such host; exit 7")

    monkeypatch.setattr(setup, "STEPS", (good[0], good[1]._replace(run=fail)))
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert "ended with code 7\nno such host" in said
    assert "[2/2] second failed. Hint of second." in said
    monkeypatch.setattr(setup, "STEPS", good)
    assert setup.main() == 0
    assert setup.taken == ["first", "second"]


def test_a_missing_lock_file_and_a_folder_that_cannot_be_written_are_told_without_a_traceback(
    setup: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "build").write_text("a file where a folder must be")
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert "[1/2] first failed. See that this folder can be written" in said
    assert "Hint of first." in said
    (tmp_path / "build").unlink()
    (tmp_path / "second.lock").unlink()
    assert setup.main() == 1
    said = capsys.readouterr().err
    assert "second.lock" in said
    assert "[2/2] second failed." in said


def test_a_command_that_is_not_there_is_a_failed_step(setup: ModuleType) -> None:
    with pytest.raises(setup.StepFailed, match="nowhere"):
        setup.command("/nowhere/at/all")


def test_json_of_a_command_is_all_that_make_prints(tmp_path: Path) -> None:
    here = load()
    if not all(here.is_done(step) for step in here.STEPS):
        pytest.skip("set-up has something to do: it must not do that under running tests")
    table = tmp_path / "t.csv"
    table.write_text("申请号,名称,申请日\nCN201810000001.1,一种装置,2018-01-02\n")
    run = subprocess.run(
        ["/usr/bin/env", "make", "-s", "ipx", f"ARGS=import {table} --dry-run --json"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert json.loads(run.stdout)["rows"] == 1, run.stderr


# --- the locks ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-data.txt", "requirements-setup.txt"])
def test_every_python_requirement_is_one_version_with_hashes_and_no_host(name: str) -> None:
    text = (ROOT / name).read_text()
    entries = text.replace("\\\n", " ").splitlines()
    required = [line for line in entries if line.strip() and not line.lstrip().startswith("#")]
    assert required
    for line in required:
        assert re.match(
            r"[A-Za-z0-9._-]+(\[[a-z0-9,_-]+\])?==[^ ;]+( ; [^\\]*?)? +--hash=sha256:[0-9a-f]{64}", line
        ), line
    assert "--index-url" not in text
    assert "://" not in text


def test_every_npm_package_is_locked_by_its_hash_and_no_host() -> None:
    lock = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: found for name, found in lock["packages"].items() if name}
    assert packages
    for name, found in packages.items():
        assert "resolved" not in found, name
        elsewhere = {"version", "dev", "optional", "os", "cpu", "libc"} >= set(found)
        assert elsewhere or found["integrity"].startswith("sha512-"), name
        assert not elsewhere or {"os", "cpu", "libc"} & set(found), "it would be installed here"
