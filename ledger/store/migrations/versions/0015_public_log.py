"""The public log: tiles of the journal's tree, and checkpoints."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "tiles",
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "hashes",
            sa.LargeBinary(),
            nullable=False,
            comment="up to 256 hashes, one after the other",
        ),
        sa.CheckConstraint(
            "octet_length(hashes) % 32 = 0 AND octet_length(hashes) <= 8192", name=op.f("tiles_hashes_check")
        ),
        sa.CheckConstraint("level > 0 OR octet_length(hashes) = 8192", name=op.f("tiles_leaves_check")),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("tiles_pkey")),
    )
    op.create_table(
        "checkpoints",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column(
            "note",
            sa.LargeBinary(),
            nullable=False,
            comment="C2SP signed note, with the cosignatures had so far",
        ),
        sa.Column("made_ms", sa.BigInteger(), nullable=False),
        sa.Column(
            "witnessed_ms",
            sa.BigInteger(),
            nullable=True,
            comment="when every witness that is set had cosigned",
        ),
        sa.Column(
            "token",
            sa.LargeBinary(),
            nullable=True,
            comment="RFC 3161 time-stamp token over the note's text",
        ),
        sa.PrimaryKeyConstraint("size", name=op.f("checkpoints_pkey")),
    )
    op.create_index("checkpoints_made_ms_index", "checkpoints", ["made_ms"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("checkpoints")
    op.drop_table("tiles")
