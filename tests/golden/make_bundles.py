"""Make golden bundles: `python -m tests.golden.make_bundles` runs a venue and its first hour, and writes bundle-1.json, an
accepted standing offer, bundle-2.json, a deal that both have signed, and bundle-roots.json, what is trusted of the venue.

Once committed, a golden bundle is never made again: every later verifier must come to the same verdict of it.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path

from api.client import Client
from ledger.bundle.ipx_verify import MISSING, Roots, verify
from tests.scripts import test_first_hour
from tests.scripts.test_up import up, wait_for

FOLDER = Path(__file__).parent
WITNESS = re.compile(r"witness\.local/ipx\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+")
ANCHORED_WITHIN_S = 120.0


def make() -> None:
    """Run the hour, wait until all of it is anchored, and write what both bundles and their roots are."""
    with tempfile.TemporaryDirectory() as folder, up(Path(folder) / "venue" / "data") as running:
        (Path(folder) / "hour").mkdir()
        wait_for(running.is_ready)
        pages = [block for block in test_first_hour.BLOCKS if block.page != "auditor"]
        test_first_hour.BLOCKS[:] = pages
        hour = test_first_hour._type(running, Path(folder) / "hour")
        environment = (Path(running.place["data"]) / "environment.json").read_text()
        witness = WITNESS.findall(environment)[0]
        with hour.client("buyer") as buyer:
            shown, log = buyer.venue(), buyer.log().vkey
            roots = Roots(log, (witness,), shown.chain_id, shown.register_address, shown.anchor_address)
            (FOLDER / "bundle-roots.json").write_text(json.dumps(roots._asdict(), indent=2) + "\n")
            for number in (1, 2):
                path = FOLDER / f"bundle-{number}.json"
                path.write_bytes(_whole(buyer, f"D-{number}", roots))


def _whole(buyer: Client, deal_id: str, roots: Roots) -> bytes:
    end = time.monotonic() + ANCHORED_WITHIN_S
    while True:
        data = buyer.bundle(deal_id)
        lacking = [
            line for line in verify(data, roots) if line.verdict == MISSING and line.check != "time stamp"
        ]
        if not lacking:
            return data
        assert time.monotonic() < end, lacking
        time.sleep(1)


if __name__ == "__main__":
    make()
