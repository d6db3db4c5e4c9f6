"""Make golden bundles: `python -m tests.golden.make_bundles` runs a venue and its first hour, and writes those that are not
there yet, each with what is trusted of the venue that made it.

bundle-1.json is an accepted standing offer and bundle-2.json a deal that both have signed, of one venue; bundle-3.json is
another's such deal, whose contract names its right. Once committed, a golden bundle is never made again: every later
verifier must come to the same verdict of it.
"""

from __future__ import annotations

import json
import re
import tempfile
import time
from pathlib import Path

from api.client import Client
from ledger.bundle.ipx_verify import MISSING, Roots, verify
from tests.ledger.bundle.golden import FOLDER, bundle_path, roots_path
from tests.scripts import test_first_hour
from tests.scripts.test_up import up, wait_for

DEALS = {1: "D-1", 2: "D-2", 3: "D-2"}
"""Each bundle's deal in the hour of its venue."""
WITNESS = re.compile(r"witness\.local/ipx\+[0-9a-f]{8}\+[A-Za-z0-9+/=]+")
ANCHORED_WITHIN_S = 120.0


def make() -> None:
    """Run the hour, wait until all of it is anchored, and write the bundles that are missing, and their roots.

    Raises:
        FileExistsError: none is.
    """
    missing = {number: deal_id for number, deal_id in DEALS.items() if not bundle_path(number).exists()}
    if not missing:
        raise FileExistsError(FOLDER)
    with tempfile.TemporaryDirectory() as folder, up(Path(folder) / "data") as running:
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
            for number, deal_id in missing.items():
                roots_path(number).write_text(json.dumps(roots._asdict(), indent=2) + "\n")
                bundle_path(number).write_bytes(_whole(buyer, deal_id, roots))


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
