"""What every room of the suite stands on: clean settings, Hypothesis without a stopwatch, a real Valkey."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import redis
from hypothesis import settings

from producers.runtime.embedded import EmbeddedValkey
from tests.archives import Archives
from tests.commands import Commands
from tests.nursery import shared
from tests.postgres import Postgres
from tests.postgres import need as need_postgres

pytest_plugins = ("tests.collecting", "tests.left_out", "tests.needs", "tests.spread")

#: Beginnings of the variables that settings are read from: this machine's reach no test and no child of one.
SETTINGS_PREFIXES = (
    "CARDINITY_",
    "REDIS_",
    "PROMETHEUS_",
    "ARCHIVE_",
    "RENEWAL_",
    "CLOCK_",
    "RISK_",
    "GEOIP_",
    "CARD_ID_",
    "dramatiq_",
)
#: The two databases of the suite, as a deployment has two servers or two databases.
QUEUE_DB, LEDGER_DB = 0, 1
#: The two kinds of archives.
KINDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.needs(tool=need_postgres)))

# `deadline=None`: a slow machine is no finding. `print_blob`: a red example can be replayed elsewhere.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")


def pytest_configure() -> None:
    for name in [name for name in os.environ if name.startswith(SETTINGS_PREFIXES)]:
        del os.environ[name]


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedValkey]:
    """One durable server for every test that leaves it running; one that kills it starts its own."""
    with EmbeddedValkey(tmp_path_factory.mktemp("valkey")) as server:
        yield server


@pytest.fixture
def queue_url(valkey: EmbeddedValkey) -> str:
    """The queue's database, empty."""
    return _emptied(valkey.url(QUEUE_DB))


@pytest.fixture
def ledger_url(valkey: EmbeddedValkey) -> str:
    """The ledger's database, empty."""
    return _emptied(valkey.url(LEDGER_DB))


def _emptied(url: str) -> str:
    with redis.Redis.from_url(url) as client:
        client.flushdb()
    return url


@pytest.fixture(scope="session")
def commands(tmp_path_factory: pytest.TempPathFactory) -> Commands:
    """The command line, warm, for every test that runs some of it."""
    return Commands(shared(), tmp_path_factory.mktemp("commands"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One PostgreSQL for every test that asks; each takes a database of its own."""
    with Postgres() as server:
        yield server


@pytest.fixture(scope="session")
def archives(postgres: Postgres) -> Archives:
    """PostgreSQL archives, for one test after the other."""
    return Archives(postgres)


@pytest.fixture(params=KINDS)
def archive_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an archive is to be, once of each kind; it may have its tables already, and nothing is in them."""
    yield from _lent(request, tmp_path, Archives.lent)


@pytest.fixture(params=KINDS)
def bare_archive_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Where an archive is to be that has no table yet, once of each kind."""
    yield from _lent(request, tmp_path, Archives.bare)


def _lent(
    request: pytest.FixtureRequest, tmp_path: Path, lend: Callable[[Archives], AbstractContextManager[str]]
) -> Iterator[str]:
    """SQLite makes its file by itself."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/archive.sqlite3"
        return
    with lend(request.getfixturevalue("archives")) as url:
        yield url
