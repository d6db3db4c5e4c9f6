"""What was lodged at the evidence desk, and which entries are under a legal hold."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_GENERATED = {"evidence": ("party_id", "sha256"), "legal_holds": ("state",)}


def upgrade() -> None:
    """Make the tables."""
    for name, generated in _GENERATED.items():
        op.create_table(
            name,
            sa.Column("id", sa.Text(), nullable=False),
            sa.Column("data", postgresql.JSONB(), nullable=False),
            sa.Column("entry", sa.BigInteger(), nullable=False),
            sa.Column("created_entry", sa.BigInteger(), nullable=False),
            sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
            *(
                sa.Column(column, sa.Text(), sa.Computed(f"(data ->> '{column}'::text)", persisted=True))
                for column in generated
            ),
            sa.PrimaryKeyConstraint("id", name=op.f(f"{name}_pkey")),
        )
        op.create_index(f"{name}_page_index", name, ["created_entry", "id"])
    op.create_index("evidence_sha256_index", "evidence", ["sha256", "created_entry"])
    op.create_index("evidence_party_id_index", "evidence", ["party_id"])
    op.create_index("legal_holds_state_index", "legal_holds", ["state"])


def downgrade() -> None:
    """Drop them."""
    for name in reversed(_GENERATED):
        op.drop_table(name)
