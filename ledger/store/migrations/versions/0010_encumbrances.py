"""Disputes, freezes by notice, pledges drawn up here, and the timeline of what stands over a right."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_TABLES = {
    "disputes": ("deal_id", "state"),
    "freezes": ("right_id", "state"),
    "pledge_contracts": ("pledgor", "pledgee", "state"),
}


def upgrade() -> None:
    """Make the tables."""
    for table, texts in _TABLES.items():
        _rows(table, dict.fromkeys(texts, "text"))
        for name in texts:
            op.create_index(f"{table}_{name}_index", table, [name])
    _rows("right_facts", {"right_id": "text", "sort": "text", "since_ms": "bigint", "until_ms": "bigint"})
    op.create_index("right_facts_right_id_index", "right_facts", ["right_id", "sort", "since_ms"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("right_facts")
    for table in reversed(_TABLES):
        op.drop_table(table)


def _rows(table: str, generated: dict[str, str]) -> None:
    kinds: dict[str, type[sa.Text | sa.BigInteger]] = {"text": sa.Text, "bigint": sa.BigInteger}
    op.create_table(
        table,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[
            sa.Column(name, kinds[kind](), sa.Computed(_value(name, kind), persisted=True))
            for name, kind in generated.items()
        ],
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pkey")),
    )
    op.create_index(f"{table}_page_index", table, ["created_entry", "id"])


def _value(name: str, kind: str) -> str:
    value = f"(data ->> '{name}'::text)"
    return value if kind == "text" else f"{value}::{kind}"
