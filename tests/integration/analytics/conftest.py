"""A year of 25,000 orders, written once into an archive of each kind, and exported."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from producers.runtime.archive.database import Archive
from tests.archives import archive_settings, upgraded
from tests.integration.analytics.history import History
from tests.postgres import Postgres
from tests.postgres import need as need_postgres
from workers.analytics import DatabaseSource, ParquetSource
from workers.analytics.export import export
from workers.analytics.sources import Source

#: So many orders, of this seed: every section has rows of every kind, and four times as many add days of a currency.
ORDERS, SEED = 25_000, 20_261_126


@pytest.fixture(scope="module")
def history() -> History:
    """The rows, as they were drawn."""
    return History(SEED).draw(ORDERS)


@pytest.fixture(scope="module")
def sqlite(history: History, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """They, in SQLite."""
    with upgraded(archive_settings(tmp_path_factory.mktemp("sqlite"), None)) as archive:
        history.store(archive)
        yield archive


@pytest.fixture(
    scope="module",
    params=["sqlite", "parquet", pytest.param("postgresql", marks=pytest.mark.needs(tool=need_postgres))],
)
def source(
    request: pytest.FixtureRequest, history: History, sqlite: Archive, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Source]:
    """The same rows from each place that reports read."""
    directory = tmp_path_factory.mktemp("history")
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        with upgraded(archive_settings(directory, server.database())) as archive:
            history.store(archive)
            yield DatabaseSource(archive)
    elif request.param == "parquet":
        export(sqlite, directory / "export", lambda done, whole: None)
        yield ParquetSource(directory / "export")
    else:
        yield DatabaseSource(sqlite)
