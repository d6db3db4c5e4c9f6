"""Which checkpoints have a time-stamp token and which do not yet, found without reading the others."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None
_NOW = "RFC 3161 time-stamp token over the note as the sequencer signed it"
_BEFORE = "RFC 3161 time-stamp token over the note's text"


def upgrade() -> None:
    """Make the indexes, and say what a token is over."""
    _comment(_NOW, _BEFORE)
    op.create_index(
        "checkpoints_unstamped_index", "checkpoints", ["size"], postgresql_where=sa.text("token IS NULL")
    )
    op.create_index(
        "checkpoints_stamped_index", "checkpoints", ["size"], postgresql_where=sa.text("token IS NOT NULL")
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_index("checkpoints_stamped_index", "checkpoints")
    op.drop_index("checkpoints_unstamped_index", "checkpoints")
    _comment(_BEFORE, _NOW)


def _comment(text: str, before: str) -> None:
    op.alter_column(
        "checkpoints",
        "token",
        existing_type=sa.LargeBinary(),
        existing_nullable=True,
        comment=text,
        existing_comment=before,
    )
