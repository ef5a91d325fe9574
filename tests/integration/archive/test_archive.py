"""The archive database of both kinds: its schema, its two ways of use, and what is said when it fails."""

from __future__ import annotations

import stat
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

import producers.runtime.archive.identity
import producers.runtime.archive.readers  # noqa: F401 - its table is in the metadata
import producers.subscriptions.book.tables as tables
import workers.events.archive.tables
import workers.events.webhooks.tables
import workers.reconciling.tables  # noqa: F401 - its table is in the metadata
from producers.errors import ArchiveOutdated, ArchiveUnavailable
from producers.runtime.archive.database import Archive
from producers.runtime.archive.revisions import scripts, upgrade
from producers.runtime.archive.schema import METADATA, REVISION
from producers.runtime.settings import Settings
from tests.archives import archive_settings, upgraded

PLAN = {"plan_id": "gym", "amount_minor": 990, "currency": "EUR", "every": 1, "unit": "month", "created_at_ms": 0}


@pytest.fixture
def settings(tmp_path: Path, bare_archive_url: str) -> Settings:
    return archive_settings(tmp_path, bare_archive_url)


def test_the_migrations_make_the_tables_that_the_code_has(settings: Settings) -> None:
    """After an upgrade nothing is missing in the database, and nothing is there that no room owns."""
    with upgraded(settings) as archive, archive.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []


def test_the_code_needs_the_newest_migration() -> None:
    """The revision in the code is the head of the scripts."""
    assert scripts().get_current_head() == REVISION


def test_an_upgrade_again_changes_nothing(settings: Settings) -> None:
    """From nothing to the newest revision, and then nothing to do."""
    with Archive(settings, any_revision=True) as archive:
        assert (upgrade(archive), upgrade(archive)) == ((None, REVISION), (REVISION, REVISION))


def test_upgrades_at_once_wait_for_each_other(settings: Settings) -> None:
    """Four processes of a deployment upgrade at the same time: one does it, the others find it done."""
    failures: list[Exception] = []

    def one() -> None:
        try:
            with Archive(settings, any_revision=True) as archive:
                upgrade(archive)
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Archive(settings) as archive:
        assert (failures, archive.revision()) == ([], REVISION)


def test_an_empty_archive_says_what_to_run(settings: Settings) -> None:
    """Whoever needs the database and finds no tables is told the command."""
    with pytest.raises(ArchiveOutdated, match=r"is empty, and \d+ is needed: run `cardinity archive upgrade`"):
        Archive(settings)


def test_an_archive_of_a_later_version_is_left_alone(settings: Settings) -> None:
    """A schema that this version does not know is not worked with."""
    with upgraded(settings) as archive, archive.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ArchiveOutdated, match="upgrade cardinity-batch here"):
        Archive(settings)


def test_what_was_written_is_there_as_a_whole_or_not_at_all(settings: Settings) -> None:
    """A failure in the middle takes back what was written before it."""
    with upgraded(settings) as archive:
        with pytest.raises(IntegrityError), archive.writing() as connection:
            connection.execute(insert(tables.PLANS).values(**PLAN))
            connection.execute(insert(tables.PLANS).values(**PLAN))
        with archive.reading() as connection:
            assert connection.execute(select(tables.PLANS)).all() == []


def test_a_reader_sees_one_moment(settings: Settings) -> None:
    """What is written while somebody reads is not in what he reads."""
    with upgraded(settings) as archive:
        with archive.reading() as reader:
            assert reader.execute(select(tables.PLANS)).all() == []
            with archive.writing() as writer:
                writer.execute(insert(tables.PLANS).values(**PLAN))
            assert reader.execute(select(tables.PLANS)).all() == []
        with archive.reading() as reader:
            assert len(reader.execute(select(tables.PLANS)).all()) == 1


def test_the_default_archive_is_a_file_for_its_owner(tmp_path: Path) -> None:
    """Without ARCHIVE_URL it is in STATE_DIR, and others may not read it."""
    state = tmp_path / "state"
    with upgraded(archive_settings(state, None)):
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in state.glob("archive.sqlite3*")}
    assert modes["archive.sqlite3"] == 0o600
    assert set(modes.values()) == {0o600}


def test_a_file_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    """A STATE_DIR that is no folder is an archive out of reach, not a bug."""
    (tmp_path / "file").touch()
    with pytest.raises(ArchiveUnavailable):
        Archive(archive_settings(tmp_path / "file" / "state", None))


def test_a_password_is_in_no_message(tmp_path: Path) -> None:
    """A server that does not answer is named without what its URL keeps secret."""
    settings = archive_settings(tmp_path, "postgresql://pay:hunter2@127.0.0.1:1/pay")
    with pytest.raises(ArchiveUnavailable) as failed:
        Archive(settings)
    told = f"{failed.value!r} {failed.value.__cause__} {settings.archive_url!r}"
    assert "hunter2" not in told
    assert "127.0.0.1" in told


def test_who_is_paused_when_pauses_come_to_be_kept_is_paused_since(settings: Settings) -> None:
    """A subscription of before is in a pause that lasts, since its last change; others are in none."""
    row = text(
        "INSERT INTO subscriptions"
        " (subscription_id, state, country, account, next_number, version, created_at_ms, changed_at_ms)"
        " VALUES (:name, :state, 'LT', 'default', 1, 1, 5, 7)"
    )
    with Archive(settings, any_revision=True) as archive:
        upgrade(archive, "0003")
        with archive.writing() as connection:
            connection.execute(row, [{"name": "a", "state": "paused"}, {"name": "b", "state": "active"}])
        upgrade(archive)
        with archive.reading() as connection:
            assert connection.execute(select(tables.PAUSES)).all() == [("a", 7, None)]
