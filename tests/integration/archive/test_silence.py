"""A PostgreSQL that vanishes without a word: who writes says so, and goes on once it is back."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from sqlalchemy import text

from producers.errors import ArchiveUnavailable
from producers.runtime.archive.database import PROBES, Archive
from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from tests.archives import archive_settings, upgraded
from tests.archiving import rows, tell
from tests.eventually import eventually
from tests.integration.webhooks.office import told
from tests.postgres import Postgres, need
from tests.proxy import CuttingProxy
from workers.events.archive.archiver import Archiver
from workers.events.archive.book import EventBook
from workers.events.archive.service import READER
from workers.events.archive.stream import LedgerStream
from workers.events.archive.tables import EVENTS

pytestmark = pytest.mark.needs(tool=need)

#: Seconds after which a server is silent: an answer takes milliseconds, on a machine that others want too tenths.
ANSWER_S = 1.5


@pytest.fixture
def proxy(postgres: Postgres) -> Iterator[CuttingProxy]:
    with CuttingProxy(postgres.socket) as opened:
        yield opened


@pytest.fixture
def directly(postgres: Postgres, tmp_path: Path) -> Iterator[Archive]:
    """A new archive, as patient as any."""
    url = postgres.database()
    with upgraded(archive_settings(tmp_path, url)) as archive:
        yield archive
    postgres.drop(url)


@pytest.fixture
def over_tcp(directly: Archive, proxy: CuttingProxy, tmp_path: Path) -> str:
    """The same through the proxy."""
    return f"postgresql://postgres@127.0.0.1:{proxy.port}/{directly.url.database}"


class _Over(Exception):
    """The test ends."""


def test_a_frozen_server_is_given_up_and_met_again(
    ledger: SyncLedger, client: redis.Redis, directly: Archive, over_tcp: str, proxy: CuttingProxy, tmp_path: Path
) -> None:
    """It still takes what is sent, so TCP sees nothing. What was told meanwhile is written when it answers."""
    over = threading.Event()

    def pause(seconds: float) -> None:
        if over.wait(min(seconds, 0.1)):
            raise _Over

    def failures() -> int:
        return int(ledger.read("HGET", keys.archive(READER), "failures") or 0)

    with Archive(archive_settings(tmp_path, over_tcp), answer_wait_s=ANSWER_S) as archive:
        archiver = Archiver(READER, ledger, archive, LedgerStream(ledger), EventBook(READER), pause=pause)

        def run() -> None:
            with pytest.raises(_Over):
                archiver.run()

        thread = threading.Thread(target=run)
        thread.start()
        try:
            tell(client, told("ORD-1", "accepted"))
            eventually(lambda: "ORD-1:accepted" in rows(directly, EVENTS), "the first is written")
            proxy.stall()
            tell(client, told("ORD-2", "accepted"))
            eventually(lambda: failures() > 0, "it says that the server is silent")
            proxy.resume()
            eventually(lambda: "ORD-2:accepted" in rows(directly, EVENTS), "what was told meanwhile is written")
        finally:
            proxy.resume()
            over.set()
            thread.join()


def test_silence_is_no_answer(over_tcp: str, proxy: CuttingProxy, tmp_path: Path) -> None:
    """The connection is closed, so that nobody gets what was meant for somebody else; the next is another."""
    with Archive(archive_settings(tmp_path, over_tcp), answer_wait_s=ANSWER_S) as archive:
        with pytest.raises(ArchiveUnavailable, match=r"has not answered for 1\.5 s"), archive.reading() as connection:
            proxy.stall()
            connection.execute(text("SELECT 'somebody else''s'"))
        proxy.resume()
        assert rows(archive, EVENTS) == {}


def test_a_server_that_is_gone_is_probed(over_tcp: str, tmp_path: Path) -> None:
    """The system itself would wait for hours."""
    with Archive(archive_settings(tmp_path, over_tcp)) as archive, archive.reading() as connection:
        handle = connection.connection.driver_connection.fileno()  # type: ignore[union-attr]
        with socket.socket(fileno=os.dup(handle)) as found:
            assert found.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == PROBES["keepalives_idle"]
            assert found.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == PROBES["tcp_user_timeout"]
