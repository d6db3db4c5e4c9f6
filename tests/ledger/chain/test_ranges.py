"""The width of ranges: whatever a node serves is found, and what it failed at is not tried again at once."""

from __future__ import annotations

import pytest

from ledger.chain.ranges import MOST_BLOCKS, SERVED_BEFORE_MORE, Range


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("limit", [1, 2, 7, 100, 2_000, MOST_BLOCKS])
def test_a_width_settles_where_the_node_serves_and_fails_rarely(limit: int, *, late: bool) -> None:
    width, failures, widths = Range(), 0, []
    for _ in range(400):
        asked = width.blocks
        if asked > limit:
            width.failed(asked, late=late)
            failures += 1
        else:
            width.served(asked)
            widths.append(asked)
    assert failures <= 14 + 400 // SERVED_BEFORE_MORE
    assert max(widths) > limit // 2


def test_a_width_grows_back_to_the_widest_when_the_node_is_well_again() -> None:
    width = Range()
    width.failed(MOST_BLOCKS, late=True)
    width.failed(width.blocks, late=True)
    for _ in range(40):
        width.served(width.blocks)
    assert width.blocks == MOST_BLOCKS


def test_a_range_that_was_not_full_says_nothing_of_the_width() -> None:
    width = Range()
    width.failed(100, late=False)
    for _ in range(40):
        width.served(3)
    assert width.blocks == 50
