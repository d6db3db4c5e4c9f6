"""How rights stood by each register copy."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "register_entries",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("right_id", sa.Text(), sa.Computed("(data ->> 'right_id'::text)", persisted=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("register_entries_pkey")),
    )
    op.create_index("register_entries_page_index", "register_entries", ["created_entry", "id"])
    op.create_index("register_entries_right_id_index", "register_entries", ["right_id", "created_entry"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("register_entries")
