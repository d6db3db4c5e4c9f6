"""Money that is set aside, and the exchange rates by which rules compare amounts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _rows("holds", "account", "party_id", "state")
    op.create_index("holds_account_index", "holds", ["account", "created_entry"])
    op.create_index("holds_party_id_index", "holds", ["party_id"])
    _rows("exchange_rates", "base", "quote")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("exchange_rates")
    op.drop_table("holds")


def _rows(table: str, *texts: str) -> None:
    op.create_table(
        table,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[
            sa.Column(name, sa.Text(), sa.Computed(f"(data ->> '{name}'::text)", persisted=True))
            for name in texts
        ],
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pkey")),
    )
    op.create_index(f"{table}_page_index", table, ["created_entry", "id"])
