"""What `cardinity doctor` says of the archive database, of either kind: each trouble is named with its remedy."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import text

from producers.runtime.archive.database import Archive
from producers.runtime.settings import Settings
from tests.archives import archive_settings, upgraded
from tests.postgres import Postgres, need
from workers.cli.checkup import archive, of_archive

#: A user that may nothing.
NOBODY = 65534


@pytest.fixture
def settings(tmp_path: Path, archive_url: str) -> Settings:
    return archive_settings(tmp_path, archive_url)


def found(settings: Settings, verdict: str) -> list[tuple[str, str]]:
    """Check and remedy of the findings with that verdict."""
    return [(finding.check, finding.mend) for finding in of_archive(settings) if finding.verdict == verdict]


def test_a_healthy_archive_is_found_healthy(settings: Settings, archive_url: str) -> None:
    """A file has its space looked at, a server its clock."""
    upgraded(settings).close()
    other = "archive space" if archive_url.startswith("sqlite") else "clock archive"
    well = {check for check, _ in found(settings, "ok")}
    assert well == {"archive", "archive schema", "archive writes", other}
    assert len(well) == len([*of_archive(settings)])


def test_looking_changes_nothing(tmp_path: Path) -> None:
    """Where there is no file, none is made: worth a note, for not everybody has subscriptions."""
    assert found(archive_settings(tmp_path, None), "note") == [
        ("archive", "run `cardinity archive upgrade` where there are to be subscriptions")
    ]
    assert found(archive_settings(tmp_path, f"sqlite:///{tmp_path}/named.sqlite3"), "wrong") == [
        ("archive", "run `cardinity archive upgrade`")
    ]
    assert [*tmp_path.iterdir()] == []


def test_an_archive_that_does_not_answer_is_down(tmp_path: Path) -> None:
    """It may come back."""
    nobody = archive_settings(tmp_path, "postgresql://nobody@127.0.0.1:1/nothing")
    assert found(nobody, "unreachable") == [("archive", "start it, or mend ARCHIVE_URL and its rights")]


def test_a_file_that_is_no_database_is_told(tmp_path: Path) -> None:
    """Not as a bug of ours."""
    (tmp_path / "archive.sqlite3").write_bytes(b"not a database, " * 100)
    assert found(archive_settings(tmp_path, None), "wrong") == [
        ("archive", "restore it from a backup, or mend ARCHIVE_URL")
    ]


@pytest.mark.parametrize(
    ("revision", "remedy"),
    [(None, "run `cardinity archive upgrade`"), ("9999", "upgrade cardinity-batch here")],
)
def test_a_schema_of_another_version_is_told(
    tmp_path: Path, bare_archive_url: str, revision: str | None, remedy: str
) -> None:
    """With what brings both together; whether it takes writes is not asked then."""
    settings = archive_settings(tmp_path, bare_archive_url)
    if revision is None:
        Archive(settings, any_revision=True).close()
    else:
        with upgraded(settings) as there, there.writing() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :new"), {"new": revision})
    assert found(settings, "wrong") == [("archive schema", remedy)]


@pytest.mark.needs(tool=need)
def test_tables_that_this_user_may_not_write_are_named(tmp_path: Path, postgres: Postgres) -> None:
    """By the server's own word, without writing."""
    url = postgres.database()
    with upgraded(archive_settings(tmp_path, url)) as there, there.writing() as connection:
        connection.execute(text("CREATE ROLE reader LOGIN"))
        connection.execute(text("GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader"))
        connection.execute(text("GRANT INSERT ON plans TO reader"))
    settings = archive_settings(tmp_path, url.replace("postgres@", "reader@"))
    (told,) = (finding for finding in of_archive(settings) if finding.verdict == "wrong")
    assert (told.check, told.mend) == ("archive writes", "GRANT it SELECT, INSERT, UPDATE and DELETE on all tables")
    assert "subscriptions" in told.message and "plans" not in told.message.replace("renewal_plans", "")


@pytest.mark.needs(tool=need)
def test_a_server_that_forbids_to_read_is_told(tmp_path: Path, postgres: Postgres) -> None:
    """Not as a bug of ours."""
    url = postgres.database()
    with upgraded(archive_settings(tmp_path, url)) as there, there.writing() as connection:
        connection.execute(text("CREATE ROLE stranger LOGIN"))
    settings = archive_settings(tmp_path, url.replace("postgres@", "stranger@"))
    assert found(settings, "wrong") == [("archive", "GRANT this user SELECT on all tables, or mend ARCHIVE_URL")]


@pytest.mark.needs(tool=need)
def test_a_server_that_takes_takes_no_writes_is_told(tmp_path: Path, postgres: Postgres) -> None:
    """A replica, or one that was made read-only."""
    url = postgres.database()
    with upgraded(archive_settings(tmp_path, url)) as there, there.writing() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        connection.execute(text(f"ALTER DATABASE {name} SET default_transaction_read_only = on"))
    assert found(archive_settings(tmp_path, url), "wrong") == [("archive writes", "give ARCHIVE_URL the primary")]


def test_a_file_that_this_user_may_not_write_is_told() -> None:
    """Whoever can only read it."""
    with _open_to_all() as directory:
        settings = archive_settings(directory, None)
        upgraded(settings).close()
        (directory / "archive.sqlite3").chmod(0o444)
        with _as_nobody():
            told = found(settings, "wrong")
    assert told == [("archive writes", "let this user write the file and its directory")]


def test_a_disk_that_is_nearly_full_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the archive is."""
    settings = archive_settings(tmp_path, None)
    upgraded(settings).close()
    monkeypatch.setattr(archive, "FREE_MIN", shutil.disk_usage(tmp_path).total + 1)
    assert found(settings, "wrong") == [
        ("archive space", "make room there, or give STATE_DIR or ARCHIVE_URL another place")
    ]


@contextmanager
def _open_to_all() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        yield Path(directory)


@contextmanager
def _as_nobody() -> Iterator[None]:
    """Root may write everything."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if before == 0:
            os.seteuid(before)
