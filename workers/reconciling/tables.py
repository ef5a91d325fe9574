"""The table of what reconciliations have found."""

from __future__ import annotations

from typing import Final

from sqlalchemy import BigInteger, Column, Integer, String, Table, Text

from producers.runtime.archive.schema import METADATA

#: Every run that came to its end. `body` is all of it, as JSON (`values.Result`).
RECONCILIATIONS: Final = Table(
    "reconciliations",
    METADATA,
    Column("run_id", String(32), primary_key=True),
    Column("began_at_ms", BigInteger, nullable=False, index=True),
    Column("ended_at_ms", BigInteger, nullable=False),
    Column("differences", Integer, nullable=False),
    Column("body", Text, nullable=False),
)
