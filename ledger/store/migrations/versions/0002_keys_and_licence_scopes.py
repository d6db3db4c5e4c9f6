"""Keys that sign on the chain and their recoveries, the salts of licences' scopes, and standing offers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _rows("keys", "party_id", "state")
    op.create_index("keys_party_id_index", "keys", ["party_id"])
    _rows("licence_scopes")
    _rows("offers", "state")
    op.create_index("offers_state_index", "offers", ["state"])
    _rows("recoveries", "party_id", "state")
    op.create_index("recoveries_party_id_index", "recoveries", ["party_id"])
    op.create_index("chain_events_name_index", "chain_events", ["name", "seq"])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_index("chain_events_name_index", "chain_events")
    op.drop_table("recoveries")
    op.drop_table("offers")
    op.drop_table("licence_scopes")
    op.drop_table("keys")


def _rows(table_name: str, *generated: str) -> None:
    op.create_table(
        table_name,
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        *[
            sa.Column(name, sa.Text(), sa.Computed(f"(data ->> '{name}'::text)", persisted=True))
            for name in generated
        ],
        sa.PrimaryKeyConstraint("id", name=op.f(f"{table_name}_pkey")),
    )
    op.create_index(f"{table_name}_page_index", table_name, ["created_entry", "id"])
