"""What falls due after a deal took effect, and the venue's fee schedules."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_OBLIGATION_TEXTS = ("deal_id", "payer", "payee", "state")


def upgrade() -> None:
    """Make the tables."""
    _rows("obligations", *_OBLIGATION_TEXTS)
    for name in _OBLIGATION_TEXTS:
        op.create_index(f"obligations_{name}_index", "obligations", [name])
    _rows("fee_schedules", "currency")


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("fee_schedules")
    op.drop_table("obligations")


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
