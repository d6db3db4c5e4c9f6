"""Technology needs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "needs",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[
            sa.Column(name, sa.Text(), sa.Computed(f"(data ->> '{name}'::text)", persisted=True))
            for name in ("buyer", "state")
        ],
        sa.PrimaryKeyConstraint("id", name=op.f("needs_pkey")),
    )
    op.create_index("needs_page_index", "needs", ["created_entry", "id"])
    op.create_index("needs_buyer_index", "needs", ["buyer"])
    op.create_index("needs_state_index", "needs", ["state"])


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("needs")
