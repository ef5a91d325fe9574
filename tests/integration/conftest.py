"""An archive of either kind, and a ledger that nothing was told on yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from producers.runtime.archive.database import Archive
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import archive_settings, upgraded
from tests.ledgers import open_ledger


@pytest.fixture
def archive(tmp_path: Path, archive_url: str) -> Iterator[Archive]:
    with upgraded(archive_settings(tmp_path, archive_url)) as opened:
        yield opened


@pytest.fixture
def ledger(ledger_url: str) -> SyncLedger:
    return open_ledger(ledger_url)


@pytest.fixture
def client(ledger_url: str) -> Iterator[redis.Redis]:
    with redis.Redis.from_url(ledger_url, protocol=2) as opened:
        yield opened
