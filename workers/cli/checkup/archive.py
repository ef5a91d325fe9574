"""The archive database: whether it answers, has the tables of this version, takes writes, and goes by the same time."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DatabaseError

from producers.errors import ArchiveOutdated, ArchiveUnavailable, ProducerError
from producers.runtime.archive.database import Archive, url_of
from producers.runtime.archive.schema import REVISION
from producers.runtime.settings import Settings
from workers.cli.checkup.finding import Finding, Verdict, ahead_s, clock

#: Bytes that must be free beside an archive in a file: a renewal leaves 1 kB, so a year of 20,000 monthly ones.
FREE_MIN: Final = 256 * 1024 * 1024

_READ_ONLY: Final = text("SELECT pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean")
#: Tables that this user may not write. Nobody but an upgrade writes the revision.
_CLOSED: Final = text(
    "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() AND tablename <> 'alembic_version'"
    " AND NOT has_table_privilege(format('%I.%I', schemaname, tablename), 'INSERT') ORDER BY tablename"
)


def of_archive(settings: Settings) -> Iterator[Finding]:
    """The file, or the server, and what is in it. One that was never made is worth a note: not everybody has
    subscriptions.
    """
    url = url_of(settings)
    file = Path(str(url.database)) if url.drivername == "sqlite" else None
    if file is not None and not file.exists():
        named = settings.archive_url is not None
        verdict: Verdict = "wrong" if named else "note"
        mend = "run `cardinity archive upgrade`" + ("" if named else " where there are to be subscriptions")
        yield Finding("archive", verdict, f"there is no archive: {file} was never made", mend)
        return
    if file is not None and not all(_may_write(path) for path in (file, file.parent)):
        mend = "let this user write the file and its directory"
        yield Finding("archive writes", "wrong", f"{file} cannot be written", mend)
        return
    try:
        with Archive(settings, any_revision=True) as archive:
            yield from _of_archive(archive, settings)
    except ArchiveUnavailable as error:
        yield Finding("archive", "unreachable", error.message, "start it, or mend ARCHIVE_URL and its rights")
    except DatabaseError as error:  # a file that is damaged, or never was a database; a server that forbids it
        words = f"the archive cannot be read: {type(error.orig).__name__}: {error.orig}"
        mend = "restore it from a backup" if file else "GRANT this user SELECT on all tables"
        yield Finding("archive", "wrong", words, f"{mend}, or mend ARCHIVE_URL")
    except ProducerError as error:
        yield Finding("archive", "wrong", error.message, "install it, or mend ARCHIVE_URL")
    if file is not None:
        yield _space(file)


def _of_archive(archive: Archive, settings: Settings) -> Iterator[Finding]:
    with archive.reading() as connection:
        server = archive.engine.dialect.name == "postgresql"
        asked_s = time.time()
        moment = connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) if server else None
        skew_s = None if moment is None else ahead_s(float(moment), asked_s)
    yield Finding("archive", "ok", f"{archive.url.render_as_string(hide_password=True)} answers")
    if skew_s is not None:
        yield clock("clock archive", skew_s, settings.clock_skew_s)
    try:
        archive.check_revision()
    except ArchiveOutdated as error:
        yield Finding("archive schema", "wrong", error.message.removesuffix(f": {error.remedy}"), error.remedy)
        return
    yield Finding("archive schema", "ok", f"revision {REVISION}")
    yield _writes(archive)


def _writes(archive: Archive) -> Finding:
    """By a transaction that changes nothing."""
    with archive.writing() as connection:
        if archive.engine.dialect.name != "postgresql":
            return Finding("archive writes", "ok", "takes writes")
        if connection.scalar(_READ_ONLY):
            message = "the server takes no writes: it is a replica, or was made read-only"
            return Finding("archive writes", "wrong", message, "give ARCHIVE_URL the primary")
        closed = list(connection.scalars(_CLOSED))
    if closed:
        message = f"this user may not write {', '.join(closed)}"
        return Finding("archive writes", "wrong", message, "GRANT it SELECT, INSERT, UPDATE and DELETE on all tables")
    return Finding("archive writes", "ok", "takes writes")


def _may_write(path: Path) -> bool:
    return os.access(path, os.R_OK | os.W_OK, effective_ids=os.access in os.supports_effective_ids)


def _space(file: Path) -> Finding:
    free = shutil.disk_usage(file.parent).free
    message = f"{free // 1024**2:,} MiB are free beside {file}"
    if free >= FREE_MIN:
        return Finding("archive space", "ok", message)
    mend = "make room there, or give STATE_DIR or ARCHIVE_URL another place"
    return Finding("archive space", "wrong", f"only {message}; {FREE_MIN // 1024**2} are needed", mend)
