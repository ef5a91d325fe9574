"""Archive databases for tests: an empty one of either kind, brought to the newest revision or not."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from sqlalchemy import URL, Connection, create_engine, text

from producers.runtime.archive.database import Archive, url_of
from producers.runtime.archive.revisions import upgrade
from producers.runtime.settings import Settings
from tests.postgres import Postgres

#: The PostgreSQL database that others are copies of.
TEMPLATE = "newest"
#: What a database is made of, and which revision it says it has.
_SHAPE = """
SELECT md5(string_agg(part, ' ' ORDER BY part)), (SELECT string_agg(version_num, ' ') FROM alembic_version) FROM (
  SELECT concat_ws(' ', relname, attname, atttypid, attnotnull, attisdropped) AS part
    FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
    WHERE relnamespace = 'public'::regnamespace AND attnum > 0
  UNION ALL SELECT concat_ws(' ', conname, pg_get_constraintdef(oid)) FROM pg_constraint
    WHERE connamespace = 'public'::regnamespace
) AS parts
"""
#: Tables that somebody has written to since they were made or emptied.
_WRITTEN = """
SELECT string_agg(quote_ident(relname), ', ') FROM pg_class
  WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    AND pg_relation_size(oid) > 0
"""
_END_OTHERS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def archive_settings(directory: Path, url: str | None, **more: str) -> Settings:
    """Settings of a process that has its state, and its archive unless it has a URL, in the directory."""
    return Settings.from_environ({"STATE_DIR": str(directory), **({"ARCHIVE_URL": url} if url else {}), **more})


def upgraded(settings: Settings) -> Archive:
    """The archive with its tables; an empty one becomes a copy of one that was upgraded, which takes a tenth of the
    time.
    """
    with Archive(settings, any_revision=True) as archive:
        empty = archive.revision() is None
    if empty:
        url = url_of(settings)
        if url.drivername == "sqlite":
            Path(str(url.database)).write_bytes(_file())
        else:
            _copy_template(url)
    return Archive(settings)


class Archives:
    """PostgreSQL archives that are used again: to make one takes half a second of CPU, to empty one a tenth of that."""

    def __init__(self, server: Postgres) -> None:
        self._server = server
        self._empty: list[str] = []
        self._shape: object = None

    @contextmanager
    def bare(self) -> Iterator[str]:
        """The URL of a new one without a table."""
        url = self._server.database()
        yield url
        self._server.drop(url)

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The URL of one with all its tables and nothing in them. Whoever is still connected at its end loses that.

        One that is no longer as it was made is not used again.
        """
        url = self._empty.pop() if self._empty else self._made()
        yield url
        if self._emptied(url):
            self._empty.append(url)
        else:
            self._server.drop(url)

    def _made(self) -> str:
        url = self._server.database()
        with (
            tempfile.TemporaryDirectory() as directory,
            upgraded(archive_settings(Path(directory), url)) as archive,
            archive.reading() as connection,
        ):
            self._shape = _shape(connection)
        return url

    def _emptied(self, url: str) -> bool:
        """Whether it is still of the shape that it was made of."""
        engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1), isolation_level="AUTOCOMMIT")
        try:
            with engine.connect() as connection:
                connection.execute(text(_END_OTHERS))
                if _shape(connection) != self._shape:
                    return False
                if written := connection.scalar(text(_WRITTEN)):
                    connection.execute(text(f"TRUNCATE {written} RESTART IDENTITY CASCADE"))
                return True
        finally:
            engine.dispose()


def _shape(connection: Connection) -> tuple[object, ...]:
    return tuple(connection.execute(text(_SHAPE)).one())


@cache
def _file() -> bytes:
    """SQLite's, with its tables and nothing in them."""
    with tempfile.TemporaryDirectory() as directory:
        settings = archive_settings(Path(directory), None)
        _upgrade(settings)
        return Path(str(url_of(settings).database)).read_bytes()


def _copy_template(url: URL) -> None:
    server = url.set(database="postgres")
    _make_template(server)
    _run(server, f"DROP DATABASE {url.database}", f"CREATE DATABASE {url.database} TEMPLATE {TEMPLATE}")


@cache
def _make_template(server: URL) -> None:
    _run(server, f"CREATE DATABASE {TEMPLATE}")
    with tempfile.TemporaryDirectory() as directory:
        url = server.set(drivername="postgresql", database=TEMPLATE)
        _upgrade(archive_settings(Path(directory), url.render_as_string(hide_password=False)))


def _upgrade(settings: Settings) -> None:
    with Archive(settings, any_revision=True) as archive:
        upgrade(archive)


def _run(server: URL, *statements: str) -> None:
    """Each by itself: databases are made and dropped outside any transaction."""
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            for statement in statements:
                connection.execute(text(statement))
    finally:
        engine.dispose()
