"""A client in another language needs the documents only: the published JavaScript example signs a bid that is taken."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path
from typing import Any

from api.calls.giving import VALID_FOR_MS
from tests.api.auction import Auction, bid_body
from tests.api.running_venue import ANCHOR, CHAIN_ID, RunningVenue

ROOT = Path(__file__).resolve().parents[2]


def signed_in_javascript(auction: Auction, key: str, price: int, folder: Path) -> dict[str, Any]:
    """A bid's body, signed by docs/examples/sign-bid.mjs."""
    salt = secrets.token_hex(32)
    until = auction.venue.public.time_ms() + VALID_FOR_MS
    instruction = {
        "domain": {"chain_id": CHAIN_ID, "journal_anchor": ANCHOR},
        "party": auction.bidder.party_id,
        "idempotency_key": key,
        "command": {"type": "place_bid", "listing_id": auction.listing_id, "erasable": {}},
        "terms": {"salt": salt, "value": {"price": price, "client_order_id": None}},
        "valid_until_ms": until,
    }
    (folder / "instruction.json").write_text(json.dumps(instruction))
    done = subprocess.run(
        [Path(sys.executable).with_name("node"), "docs/examples/sign-bid.mjs", folder / "instruction.json"],
        cwd=ROOT,
        env={"IPX_PRIVATE_KEY": "0x" + auction.key.secret().hex()},
        capture_output=True,
        check=True,
        timeout=60,
    )
    signature = json.loads(done.stdout)["signature"]
    return {
        "terms": {"price": "10000.00", "salt": salt},
        "signature": {"value": signature, "valid_until_ms": until},
    }


def test_a_bid_signed_by_the_published_example_is_taken(venue: RunningVenue, tmp_path: Path) -> None:
    auction = Auction(venue)
    body = signed_in_javascript(auction, "from-javascript", 10_000_00, tmp_path)
    answer = auction.post(body, key="from-javascript")
    assert answer.status_code == 201, answer.text
    assert venue.operator.bid(answer.json()["result"]["bid_id"]).price == 10_000_00


def test_a_compact_signature_is_taken_and_kept_in_one_form(venue: RunningVenue) -> None:
    auction = Auction(venue)
    body = bid_body(
        auction.bidder.party_id, auction.listing_id, auction.key, "compact", valid_until_ms=auction.until()
    )
    full = body["signature"]["value"]
    raw = bytes.fromhex(full[2:])
    parity_and_s = int.from_bytes(raw[32:64]) | (raw[64] - 27) << 255
    body["signature"]["value"] = "0x" + (raw[:32] + parity_and_s.to_bytes(32)).hex().upper()
    answer = auction.post(body, key="compact")
    assert answer.status_code == 201, answer.text
    assert venue.public.entry(answer.json()["entry"]).public["signature"]["value"] == full
