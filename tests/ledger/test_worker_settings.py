"""The worker's settings: which nodes the indexer reads from."""

from __future__ import annotations

import pytest

from ledger.settings import SettingsRefused
from ledger.worker_settings import MOST_NODES, worker_settings

NEEDED = dict.fromkeys(
    (
        "IPX_DATABASE_URL",
        "IPX_REDIS_URL",
        "IPX_CHAIN_MANIFEST",
        "IPX_SEQUENCER_SOCKET",
        "IPX_KEYS_DIR",
        "IPX_DATA",
    ),
    "set",
) | {"IPX_CHAIN_URL": "http://one:8545"}


def test_further_nodes_are_those_named_and_none_by_default() -> None:
    assert worker_settings(NEEDED).chain_read_urls == ()
    named = NEEDED | {"IPX_CHAIN_READ_URLS": "http://two:8545, https://key@three/secret,"}
    assert worker_settings(named).chain_read_urls == ("http://two:8545", "https://key@three/secret")
    assert "secret" not in repr(worker_settings(named))


@pytest.mark.parametrize(
    "value",
    [
        "two:8545",
        "http://two,ws://three",
        "http://two,http://two/",
        "http://one:8545/,http://two",
        ",".join(f"http://node-{number}" for number in range(MOST_NODES)),
    ],
)
def test_a_node_that_is_none_or_named_twice_is_refused(value: str) -> None:
    with pytest.raises(SettingsRefused, match="IPX_CHAIN_READ_URLS"):
        worker_settings(NEEDED | {"IPX_CHAIN_READ_URLS": value})
