"""What deals have brought each registered pledge, over all its rights."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "pledge_receipts",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("pledge", sa.Text(), sa.Computed("(data ->> 'pledge'::text)", persisted=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pledge_receipts_pkey")),
    )
    op.create_index("pledge_receipts_page_index", "pledge_receipts", ["created_entry", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("pledge_receipts")
