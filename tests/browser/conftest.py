"""One running venue of the pages' own, and a real Chromium to look at it."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from scripts.stack.servers import Addresses
from tests import databases
from tests.api.running_venue import RunningVenue
from tests.browser.looking import Browser, unpacked_chromium
from tests.browser.shown_market import Market, make_market


@pytest.fixture(scope="session")
def market(
    stack_addresses: Addresses, _migrated_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Market]:
    """A venue whose whole content is known."""
    url = databases.create(stack_addresses.database_url, f"pages_{secrets.token_hex(4)}", _migrated_template)
    with RunningVenue(url, tmp_path_factory.mktemp("pages")) as running:
        yield make_market(running, url)
    databases.drop(stack_addresses.database_url, url)


@pytest.fixture(scope="session")
def browser(market: Market, tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """The browser, looking at the venue. IPX_SCREENSHOTS names a folder in which its pictures are kept."""
    kept = os.environ.get("IPX_SCREENSHOTS")
    home = Path(kept) if kept else tmp_path_factory.mktemp("screenshots")
    home.mkdir(parents=True, exist_ok=True)
    return Browser(unpacked_chromium(), market.venue.url, home)


@pytest.fixture
def reader(market: Market) -> Iterator[httpx.Client]:
    """A reader with a browser's headers and no script."""
    with market.venue.http() as client:
        client.headers.update({"Accept": "text/html,*/*;q=0.8", "Accept-Language": "en"})
        yield client
