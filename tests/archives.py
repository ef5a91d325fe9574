"""Archive databases for tests: an empty one of either kind, brought to the newest revision or not."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

from sqlalchemy import URL, create_engine, text

from producers.runtime.archive.database import Archive, url_of
from producers.runtime.archive.revisions import upgrade
from producers.runtime.settings import Settings

#: The PostgreSQL database that others are copies of.
TEMPLATE = "newest"


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
