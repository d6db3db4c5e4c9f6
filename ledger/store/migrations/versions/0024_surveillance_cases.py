"""Cases of market surveillance; papers of an applicant reserve no company number."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table, and the index anew."""
    op.create_table(
        "surveillance_cases",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("data", postgresql.JSONB(), nullable=False),
        sa.Column("entry", sa.BigInteger(), nullable=False),
        sa.Column("created_entry", sa.BigInteger(), nullable=False),
        sa.Column("archived", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("state", sa.Text(), sa.Computed("(data ->> 'state'::text)", persisted=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("surveillance_cases_pkey")),
    )
    op.create_index("surveillance_cases_page_index", "surveillance_cases", ["created_entry", "id"])
    op.create_index("surveillance_cases_state_index", "surveillance_cases", ["state"])
    _number_of("state = 'ACTIVE'::text OR state = 'SUSPENDED'::text")


def downgrade() -> None:
    """Drop the table, and have the index as it was; refused where two have one number that are neither approved."""
    op.drop_table("surveillance_cases")
    _number_of("state <> 'APPLIED'::text")


def _number_of(states: str) -> None:
    """A company number is one party's in these states."""
    op.drop_index("parties_company_number_key", "parties")
    op.create_index(
        "parties_company_number_key",
        "parties",
        ["company_number"],
        unique=True,
        postgresql_where=sa.text(states),
    )
