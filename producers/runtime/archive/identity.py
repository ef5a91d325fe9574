"""What an archive is called, for all its life: drawn once, and kept in it.

Several archives may share one ledger. What each leaves there for others goes under its own name; one that is restored
from a backup is the same archive.
"""

from __future__ import annotations

import secrets
from typing import Final

from sqlalchemy import Column, Integer, String, Table, insert, select
from sqlalchemy.exc import IntegrityError

from producers.runtime.archive.database import Archive
from producers.runtime.archive.schema import METADATA

#: One row, whose key is 1.
ARCHIVE_NAME: Final = Table(
    "archive_name",
    METADATA,
    Column("one", Integer, primary_key=True, autoincrement=False),
    Column("name", String(32), nullable=False),
)


def name_of(archive: Archive) -> str:
    """The archive's name, 32 hexadecimal digits. Raises ArchiveUnavailable."""
    while (found := _read(archive)) is None:
        try:
            with archive.writing() as connection:
                connection.execute(insert(ARCHIVE_NAME).values(one=1, name=secrets.token_hex(16)))
        except IntegrityError:
            continue  # somebody else has named it
    return found


def _read(archive: Archive) -> str | None:
    with archive.reading() as connection:
        found: str | None = connection.scalar(select(ARCHIVE_NAME.c.name))
    return found
