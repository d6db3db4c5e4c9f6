"""What was sent under each nonce and what it may cost, and since when each record is in its state."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_FUNCTION = """
CREATE FUNCTION outbox_state_since() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.state_since := clock_timestamp();
    RETURN NEW;
END
$$
"""
_TRIGGER = """
CREATE TRIGGER outbox_state_since BEFORE UPDATE OF state ON outbox
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION outbox_state_since()
"""


def upgrade() -> None:
    """Make table, column and trigger."""
    op.create_table(
        "sent_transactions",
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("nonce", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column(
            "most_wei",
            sa.Numeric(78, 0),
            nullable=False,
            comment="what it costs at the most: its gas at its highest fee",
        ),
        sa.Column(
            "paid_wei", sa.Numeric(78, 0), nullable=True, comment="what it has cost, once it was mined"
        ),
        sa.Column(
            "sent_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("sender", "nonce", name=op.f("sent_transactions_pkey")),
    )
    op.create_index("sent_transactions_sent_at_index", "sent_transactions", ["sent_at"])
    op.add_column(
        "outbox",
        sa.Column(
            "state_since",
            sa.DateTime(timezone=True),
            server_default=sa.text("clock_timestamp()"),
            nullable=False,
        ),
    )
    op.execute(_FUNCTION)
    op.execute(_TRIGGER)


def downgrade() -> None:
    """Drop them."""
    op.execute("DROP TRIGGER outbox_state_since ON outbox")
    op.execute("DROP FUNCTION outbox_state_since()")
    op.drop_column("outbox", "state_since")
    op.drop_table("sent_transactions")
