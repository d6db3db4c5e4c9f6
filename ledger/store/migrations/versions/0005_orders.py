"""Orders of continuous two-sided books."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "orders",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[
            sa.Column(name, sa.Text(), sa.Computed(f"(data ->> '{name}'::text)", persisted=True))
            for name in ("listing_id", "party_id", "side", "state")
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("orders_pkey")),
    )
    op.create_index("orders_page_index", "orders", ["created_entry", "id"])
    op.create_index("orders_listing_id_index", "orders", ["listing_id", "state"])
    op.create_index("orders_party_id_index", "orders", ["party_id"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("orders")
