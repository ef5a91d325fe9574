"""The archive's schema from one revision to the next, by Alembic and the scripts in `deploy/migrations`."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from producers.runtime.archive.database import Archive
from producers.runtime.archive.failures import LOST, translate

#: Held while a PostgreSQL archive is being upgraded, so that of several who upgrade each waits for the other.
_LOCK: Final = 0x63617264

#: A wheel has the scripts beside this file (`deploy/wheel.py` puts them there), the tree has them in `deploy`.
_PLACES: Final = (Path(__file__).with_name("migrations"), Path(__file__).parents[3] / "deploy" / "migrations")


def scripts() -> ScriptDirectory:
    """The migrations that there are."""
    return ScriptDirectory.from_config(_config())


def upgrade(archive: Archive, to: str = "head") -> tuple[str | None, str | None]:
    """Bring the schema to that revision, the newest unless given, in one transaction; the revisions before and after.

    Raises:
        ArchiveUnavailable: the database does not answer; the schema is as it was.
    """
    before = archive.revision()
    config = _config()
    with archive.writing() as connection:
        if archive.engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, to)
        except LOST as error:
            raise translate(error, archive.url) from None
    return before, archive.revision()


def _config() -> Config:
    config = Config()
    place = next(place for place in _PLACES if (place / "env.py").is_file())
    config.set_main_option("script_location", str(place).replace("%", "%%"))
    return config
