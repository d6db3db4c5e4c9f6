"""Packed arrays are read by PostgreSQL as exactly the values that went in."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.store.binary_arrays import ARRAY_BY_TYPE, register
from ledger.store.connections import psycopg_url
from scripts.stack.servers import Addresses

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "int8": st.integers(-(2**63), 2**63 - 1),
    "int4": st.integers(-(2**31), 2**31 - 1),
    "bool": st.booleans(),
    "bytea": st.binary(max_size=60),
    "text": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30),
}


@pytest.mark.parametrize("kind", VALUES)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_array_arrives_as_it_was_sent(
    stack_addresses: Addresses, kind: str, data: st.DataObject
) -> None:
    values = data.draw(st.lists(VALUES[kind], max_size=20))
    with psycopg.connect(psycopg_url(stack_addresses.database_url)) as connection:
        register(connection)
        query = f"SELECT array(SELECT u.c FROM unnest($1::{kind}[]) WITH ORDINALITY AS u(c, n) ORDER BY u.n)"  # noqa: S608 - our own types
        cursor = psycopg.RawCursor(connection)
        cursor.execute(query, [ARRAY_BY_TYPE[kind](values)])
        assert cursor.fetchone() == (values,)
