"""What an operator looks at: the chain's newest block as the worker has seen it, and what reconciliations found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "chain_tip",
        sa.Column("one_row", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("block_number", sa.BigInteger(), nullable=False),
        sa.Column("block_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("final_block", sa.BigInteger(), nullable=False),
        sa.Column("final_time_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_ms", sa.BigInteger(), nullable=False, comment="when the node said so"),
        sa.CheckConstraint("one_row", name=op.f("chain_tip_one_row_check")),
        sa.PrimaryKeyConstraint("one_row", name=op.f("chain_tip_pkey")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column("took_ms", sa.BigInteger(), nullable=False),
        sa.Column(
            "block", sa.BigInteger(), nullable=False, comment="the final block up to which was compared"
        ),
        sa.Column("differences", sa.Integer(), nullable=False),
        sa.Column("report", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("reconciliations_pkey")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("reconciliations")
    op.drop_table("chain_tip")
