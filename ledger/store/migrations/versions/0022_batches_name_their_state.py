"""Each batch names the state that its writer had after it; those written before this name none."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column."""
    op.add_column(
        "batches",
        sa.Column(
            "state_hash",
            sa.LargeBinary(),
            nullable=True,
            comment="of the rows in memory after it; null in batches from before there was one",
        ),
    )


def downgrade() -> None:
    """Drop it."""
    op.drop_column("batches", "state_hash")
