"""Which rights a listing offers as one lot, so that each of them finds it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    lot = sa.Column("lot", postgresql.JSONB(), sa.Computed("(data -> 'lot'::text)", persisted=True))
    op.add_column("listings", lot)
    op.create_index(
        "listings_lot_index",
        "listings",
        ["lot"],
        postgresql_using="gin",
        postgresql_ops={"lot": "jsonb_path_ops"},
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_index("listings_lot_index", "listings")
    op.drop_column("listings", "lot")
