"""A licensee grants a sub-licence at the front door: told beforehand what bars it, seen with its head by everybody."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from api.client import Client
from exchange import commands as c
from exchange.calendar import MS_PER_DAY
from tests.api.auction import refusal
from tests.api.running_venue import RunningVenue, digest
from tests.api.test_checks import codes, draft
from tests.api.test_command_line import company_terminal
from tests.api.test_encumbrances import REFERENCE
from tests.undertakings import in_a_file, offered


def granted(venue: RunningVenue, seller: Client, listing_id: str) -> tuple[Client, str, str]:
    """A licensee with money, the deal by which it has its licence, and that licence."""
    licensee = venue.party("seller", "buyer")
    line = venue.money(licensee, 100_000_00)
    deal_id = licensee.accept_price(listing_id, 1_000_00).result["deal_id"]
    seller.sign_deal(deal_id, price=1_000_00)
    licensee.sign_deal(deal_id, price=1_000_00)
    venue.service(
        c.ReportChainRecord(
            record="deal", subject_id=deal_id, outcome="final", transaction="0x" + "7b" * 32, block=9
        )
    )
    licensee.fund_deal(deal_id, line)
    licence_id = licensee.own_deal(deal_id).licence_id
    assert licence_id is not None
    return licensee, deal_id, licence_id


def head(venue: RunningVenue, **terms: Any) -> tuple[Client, Client, str, str, str]:
    """Owner and licensee, their right, the deal, and a licence that allows sub-licences."""
    owner = venue.party("seller")
    right_id = venue.right(owner)
    fields: dict[str, Any] = {"deal_kind": "exclusive_licence", "may_sublicense": True} | terms
    licensee, deal_id, licence_id = granted(venue, owner, venue.listing(owner, right_id, **fields))
    return owner, licensee, right_id, deal_id, licence_id


def test_a_sub_licence_is_granted_and_seen_with_its_head(venue: RunningVenue) -> None:
    owner, licensee, right_id, _, licence_id = head(venue)
    listing_id = venue.listing(licensee, right_id, head_licence=licence_id)
    assert venue.public.listing(listing_id).terms.head_licence == licence_id
    buyer, deal_id, below = granted(venue, licensee, listing_id)
    assert licence_id in buyer.contract(deal_id, "en").text
    licences = {each.id: each for each in venue.public.licences()}
    assert licences[below].head_licence == licence_id
    assert licences[licence_id].head_licence is None
    told = [
        (event["head_licence"], event.get("licence_id"))
        for entry in owner.events()
        for event in entry.events or []
        if event["type"] == "head_licensor_noticed"
    ]
    assert told == [(licence_id, None), (licence_id, below)]


def test_a_check_tells_what_bars_a_sub_licence(venue: RunningVenue) -> None:
    owner, licensee, right_id, deal_id, licence_id = head(venue, field_of_use="H01")
    command = draft(venue, right_id, deal_kind="ordinary_licence")
    wide = offered(price=1_000_00, territory=("US",), field_of_use="A61", head_licence=licence_id)
    narrow = offered(price=1_000_00, territory=("US",), field_of_use="H01", head_licence=licence_id)
    assert codes(licensee.check_draft(command, wide).grounds) == [("list", "SUB-LICENCE-BEYOND-HEAD")]
    assert codes(owner.check_draft(command, narrow).grounds) == [("list", "CN-PATENT-LAW-12")]
    assert licensee.check_draft(command, narrow).may_go_on
    licensee.raise_dispute(deal_id, "scope", "scia", REFERENCE, digest("request"))
    assert codes(licensee.check_draft(command, narrow).grounds) == [("list", "HEAD-LICENCE-NOT-IN-FORCE")]
    refusal(
        lambda: venue.listing(licensee, right_id, head_licence=licence_id, field_of_use="H01"),
        "HEAD-LICENCE-NOT-IN-FORCE",
        409,
    )


def test_a_sub_licence_is_listed_at_the_command_line(venue: RunningVenue, tmp_path: Path) -> None:
    _, licensee, right_id, _, licence_id = head(venue)
    at_licensee = company_terminal(venue, tmp_path / "licensee", licensee)
    ends = str(venue.public.time_ms() + 90 * MS_PER_DAY)
    words: tuple[str, ...] = (
        "--right",
        right_id,
        "--price",
        "1000.00",
        "--kind",
        "ordinary_licence",
        "--ends",
        ends,
    )
    words += in_a_file(tmp_path)
    closes = str(venue.public.time_ms() + 9 * MS_PER_DAY)
    created = at_licensee.json("listing", "create", *words, "--closes", closes, "--head-licence", licence_id)
    shown = at_licensee.json("listing", "show", created["result"]["listing_id"])["terms"]
    assert (shown["head_licence"], shown["ends_ms"]) == (licence_id, int(ends))
