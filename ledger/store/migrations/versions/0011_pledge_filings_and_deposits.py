"""Filings of pledges, found by their pledge; deposits."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_TEXTS = ("deal_id", "company_number", "seller", "state")


def upgrade() -> None:
    """Add the column that PostgreSQL fills from the row, and the table."""
    op.add_column("filings", sa.Column("pledge_id", sa.Text(), _value("pledge_id")))
    op.create_index("filings_pledge_id_index", "filings", ["pledge_id"])
    op.create_table(
        "deposits",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[sa.Column(name, sa.Text(), _value(name)) for name in _TEXTS],
        sa.PrimaryKeyConstraint("id", name=op.f("deposits_pkey")),
    )
    op.create_index("deposits_page_index", "deposits", ["created_entry", "id"])
    for name in ("company_number", "seller", "state"):
        op.create_index(f"deposits_{name}_index", "deposits", [name])


def downgrade() -> None:
    """Drop both."""
    op.drop_table("deposits")
    op.drop_index("filings_pledge_id_index", "filings")
    op.drop_column("filings", "pledge_id")


def _value(name: str) -> sa.Computed:
    return sa.Computed(f"(data ->> '{name}'::text)", persisted=True)
