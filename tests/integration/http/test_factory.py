"""The application for any ASGI server: it connects when the server starts, and lets go when it stops."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from producers.errors import LedgerUnavailable
from producers.http import create_app
from tests.application import DOORS, a_caller, settings_for
from tests.integration.http.conftest import Site
from tests.stack import ROOT

#: A process of a server that runs several, which share their numbers.
SHARING = """
import asyncio, os, httpx
from producers.http import create_app
from producers.runtime.settings import Settings

async def main():
    app = create_app(Settings.for_producer(os.environ))
    async with app.router.lifespan_context(app):
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:
            await client.get("/livez")
            print((await client.get("/metrics")).text)

asyncio.run(main())
"""


async def test_it_serves_once_the_server_has_started(site: Site) -> None:
    """There are no routes before, and all of them after."""
    caller, keys = a_caller(site.directory)
    settings = settings_for(site.directory, site.queue_url, site.ledger_url, API_KEYS_FILE=str(keys))
    app = create_app(settings, version="1.2.3")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://door") as client:
        assert (await client.get("/readyz")).status_code == 404
        async with app.router.lifespan_context(app):
            assert (await client.get("/readyz")).text == "ready\n"
            answer = await client.get("/v1/charges/ORD-1", headers=caller.headers)
            assert answer.json()["code"] == "order_unknown"
            assert 'cardinity_build_info{version="1.2.3"} 1.0' in (await client.get("/metrics")).text


async def test_it_does_not_start_without_its_ledger(site: Site) -> None:
    """The server hears of it, and ends."""
    settings = settings_for(site.directory, site.queue_url, "redis://127.0.0.1:9/1")
    app = create_app(settings)
    with pytest.raises(LedgerUnavailable):
        async with app.router.lifespan_context(app):
            raise AssertionError


def test_processes_that_share_their_numbers_tell_them_all(site: Site, tmp_path: Path) -> None:
    """Each writes its own file, and any of them answers with what all have counted."""
    settings_for(tmp_path, site.queue_url, site.ledger_url)
    numbers = tmp_path / "numbers"
    numbers.mkdir()
    env = {
        "PYTHONPATH": str(ROOT),
        "REDIS_QUEUE_URL": site.queue_url,
        "REDIS_LEDGER_URL": site.ledger_url,
        "STATE_DIR": str(tmp_path / "state"),
        "SEAL_PUBLIC_KEY_FILE": str(tmp_path / "keys" / "seal.public.json"),
        "PRODUCER_KEY_FILE": str(tmp_path / "keys" / "producer.key"),
        "PROMETHEUS_MULTIPROC_DIR": str(numbers),
        **DOORS,
    }
    for count in (1, 3):  # a scrape is counted when it has been answered
        argv = [sys.executable, "-c", SHARING]
        told = subprocess.run(argv, env=env, capture_output=True, text=True, check=True).stdout
        assert f'cardinity_http_requests_total{{answer="taken",route="health"}} {count}.0' in told
