"""Documents on record, and objections to public notices."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TABLES = {
    "documents": ("document", "subject_id"),
    "objections": ("listing_id", "party_id", "state"),
}
"""Table to what is read out of its rows."""


def upgrade() -> None:
    """Make the tables."""
    for table, names in TABLES.items():
        op.create_table(
            table,
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("data", postgresql.JSONB(), nullable=False),
            sa.Column("entry", sa.BigInteger(), nullable=False),
            sa.Column("created_entry", sa.BigInteger(), nullable=False),
            sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
            *[
                sa.Column(name, sa.Text(), sa.Computed(f"(data ->> '{name}'::text)", persisted=True))
                for name in names
            ],
            sa.PrimaryKeyConstraint("id", name=op.f(f"{table}_pkey")),
        )
        op.create_index(f"{table}_page_index", table, ["created_entry", "id"])
    op.create_index("documents_subject_id_index", "documents", ["subject_id"])
    op.create_index("objections_listing_id_index", "objections", ["listing_id"])


def downgrade() -> None:
    """Drop them."""
    for table in TABLES:
        op.drop_table(table)
