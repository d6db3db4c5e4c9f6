"""Which entries belong to the records of an auction, so that nothing of them is erased too early."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    listing_id = sa.Computed("(data ->> 'listing_id'::text)", persisted=True)
    op.create_table(
        "kept_records",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("listing_id", sa.Text(), listing_id),
        sa.PrimaryKeyConstraint("id", name=op.f("kept_records_pkey")),
    )
    op.create_index("kept_records_page_index", "kept_records", ["created_entry", "id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("kept_records")
