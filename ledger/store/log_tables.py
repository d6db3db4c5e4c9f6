"""The tables of the public log: the tiles of its tree and the checkpoints that were signed. Columns `_ms` are UTC."""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, SmallInteger, Table, text

from ledger.store.metadata import metadata

tiles = Table(
    "tiles",
    metadata,
    Column("level", SmallInteger, primary_key=True, autoincrement=False),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("hashes", LargeBinary, nullable=False, comment="up to 256 hashes, one after the other"),
    CheckConstraint("octet_length(hashes) % 32 = 0 AND octet_length(hashes) <= 8192", name="hashes"),
    CheckConstraint("level > 0 OR octet_length(hashes) = 8192", name="leaves"),
)
"""Of leaves only full tiles; those above grow with each full tile under them."""

checkpoints = Table(
    "checkpoints",
    metadata,
    Column("size", BigInteger, primary_key=True, autoincrement=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False, comment="C2SP signed note, with the cosignatures had so far"),
    Column("made_ms", BigInteger, nullable=False),
    Column("witnessed_ms", BigInteger, comment="when every witness that is set had cosigned"),
    Column(
        "token", LargeBinary, comment="RFC 3161 time-stamp token over the note as the sequencer signed it"
    ),
    Index("checkpoints_made_ms_index", "made_ms"),
    Index("checkpoints_unstamped_index", "size", postgresql_where=text("token IS NULL")),
    Index("checkpoints_stamped_index", "size", postgresql_where=text("token IS NOT NULL")),
)
