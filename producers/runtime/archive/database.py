"""Connections to the archive database, and the two ways to use one: to read one moment of it, or to write as one step.

SQLite takes one writer at a time. Whoever is going to write says so at the beginning (`BEGIN IMMEDIATE`): a reader that
turns into a writer later would find its snapshot old, and no waiting helps then.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text

from producers.errors import ArchiveOutdated, ProducerError
from producers.runtime.archive.failures import LOST, translate
from producers.runtime.archive.schema import REVISION
from producers.runtime.settings import Settings

#: The default file in STATE_DIR.
FILE_NAME: Final = "archive.sqlite3"
#: Seconds one transaction waits for another's end.
LOCK_WAIT_S: Final = 30
#: Seconds until a connection to a server is there.
CONNECT_WAIT_S: Final = 10
#: How long a server may be gone without a word until its connections are broken: what was sent is not acknowledged for
#: 30 s, or nothing is sent and three probes after 15 s are not. The system would take two hours, or a quarter of one.
PROBES: Final[Mapping[str, int]] = {
    "keepalives": 1, "keepalives_idle": 15, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip
#: Seconds of silence that a process bears which works on and on: longer than the wait for a lock, and than its steps.
ANSWER_WAIT_S: Final = 60.0
#: Seconds after which a server drops who is gone in the middle of a transaction, whose locks others wait for.
IDLE_WAIT_S: Final = 120

_WRITES: Final = "archive_writes"


class Archive:
    """The archive database. Safe to share between threads; create it after a fork. A server that says nothing for
    `answer_wait_s` does not answer.

    Raises:
        ArchiveOutdated: its schema is not the one this version needs; the message says what to run.
        ArchiveUnavailable: it does not answer, or its file cannot be made.
        ProducerError: `extra_missing`, PostgreSQL's driver is not installed.
    """

    def __init__(self, settings: Settings, *, any_revision: bool = False, answer_wait_s: float | None = None) -> None:
        self.url = url_of(settings)
        self.engine = _engine(self.url, answer_wait_s)
        if not any_revision:
            try:
                self.check_revision()
            except ArchiveOutdated:
                self.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.engine.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection that sees one moment of the database, and must not write."""
        with self._connected() as connection:
            if self.engine.dialect.name == "postgresql":
                connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A connection whose writes are there as a whole once this is left, or not at all."""
        with self._connected() as connection:
            connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def revision(self) -> str | None:
        """Which revision the schema has; None for an empty database."""
        with self.reading() as connection:
            if not self.engine.dialect.has_table(connection, "alembic_version"):
                return None
            found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
            return found

    def check_revision(self) -> None:
        """Raise ArchiveOutdated where the schema is not the one that this version needs."""
        found = self.revision()
        if found == REVISION:
            return
        newer = found is not None and found > REVISION
        remedy = "upgrade cardinity-batch here" if newer else "run `cardinity archive upgrade`"
        raise ArchiveOutdated(found, REVISION, remedy)

    @contextmanager
    def _connected(self) -> Iterator[Connection]:
        try:
            with self.engine.connect() as connection:
                yield connection
        except LOST as error:
            raise translate(error, self.url) from None


def url_of(settings: Settings) -> URL:
    """Where the archive is."""
    if settings.archive_url is None:
        return URL.create("sqlite", database=str(settings.state_dir / FILE_NAME))
    url = make_url(settings.archive_url.reveal())
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _engine(url: URL, answer_wait_s: float | None) -> Engine:
    # `hide_parameters`: values of a failed statement are somebody's data.
    if url.drivername == "sqlite":
        _make_file(Path(str(url.database)), url)
        engine = create_engine(url, hide_parameters=True, connect_args={"timeout": LOCK_WAIT_S})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    limits = {"lock_timeout": LOCK_WAIT_S, "idle_in_transaction_session_timeout": IDLE_WAIT_S}
    options = " ".join((*(f"-c {name}={seconds}s" for name, seconds in limits.items()), "-c timezone=UTC"))
    try:
        engine = create_engine(
            url,
            hide_parameters=True,
            pool_pre_ping=True,
            connect_args={"connect_timeout": CONNECT_WAIT_S, "options": options, **PROBES},
        )
    except ModuleNotFoundError:
        message = "PostgreSQL's driver is not installed: pip install 'cardinity-batch[postgres]'"
        raise ProducerError("extra_missing", message) from None
    if answer_wait_s is not None:
        from producers.runtime.archive.silence import connecting  # PostgreSQL's driver

        connect = connecting(answer_wait_s)
        event.listen(engine, "do_connect", lambda dialect, record, given, named: connect(*given, **named))
    return engine


def _make_file(path: Path, url: URL) -> None:
    """Readable by its owner only; SQLite gives its other files the same mode."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    except OSError as error:
        raise translate(error, url) from None


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # the driver would begin transactions where it likes
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get(_WRITES) else "BEGIN")
