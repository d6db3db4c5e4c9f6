"""A real Chromium, and how a test looks through it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from scripts.node import NODE, ROOT

HERE = Path(__file__).parent
PACKAGE = ROOT / "node_modules" / "@sparticuz" / "chromium" / "package.json"
UNPACK_S = 120
LOOK_S = 300


class Chromium(NamedTuple):
    """Where the unpacked browser and its libraries are."""

    program: Path
    libraries: Path


def unpacked_chromium() -> Chromium:
    """The Chromium of the npm package, unpacked once for all runs."""
    folder = ROOT / "build" / f"chromium-{json.loads(PACKAGE.read_text())['version']}"
    if not folder.exists():
        (ROOT / "build").mkdir(exist_ok=True)
        # Unpacked aside and moved in whole, so that a run that was cut off leaves nothing that looks complete.
        partial = Path(tempfile.mkdtemp(prefix="chromium-", dir=ROOT / "build"))
        subprocess.run(
            [NODE, HERE / "unpack.mjs"], check=True, cwd=ROOT, env=_environment(partial), timeout=UNPACK_S
        )
        try:
            partial.rename(folder)
        except OSError:  # another run was first
            shutil.rmtree(partial)
    return Chromium(folder / "chromium", folder / "al2023" / "lib")


class Browser:
    """Looks at addresses of one origin; `home` takes what it writes, screenshots included."""

    def __init__(self, chromium: Chromium, origin: str, home: Path) -> None:
        self.chromium = chromium
        self.origin = origin
        self.home = home

    def look(self, *views: dict[str, Any]) -> list[dict[str, Any]]:
        """Open each view in a context of its own, and tell what was seen there (look.mjs has the steps)."""
        job = {
            "program": str(self.chromium.program),
            "libraries": str(self.chromium.libraries),
            "origin": self.origin,
            "views": [
                {**view, "screenshot": str(self.home / view["screenshot"])} if "screenshot" in view else view
                for view in views
            ],
        }
        done = subprocess.run(
            [NODE, HERE / "look.mjs"],
            input=json.dumps(job),
            capture_output=True,
            text=True,
            check=False,
            cwd=ROOT,
            env=_environment(self.home),
            timeout=LOOK_S,
        )
        assert done.returncode == 0, done.stderr[-3000:]
        seen: list[dict[str, Any]] = json.loads(done.stdout)
        return seen


def _environment(home: Path) -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "TMPDIR": str(home)}
