"""Whether the application can accept is asked of Redis, and told by codes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from producers.http.health import HOLDS_S
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.metrics_table import HTTP_ROUTES, METRICS
from tests.application import Served, served, settings_for
from tests.house.openapi.document import document
from tests.integration.http.conftest import Site


@pytest.fixture
def own_valkey(tmp_path: Path) -> Iterator[EmbeddedValkey]:
    """A server that a test may stop."""
    with EmbeddedValkey(tmp_path / "valkey") as server:
        yield server


async def test_a_process_that_answers_lives(door: Served) -> None:
    """Whatever else is wrong."""
    answer = await door.client.get("/livez")
    assert (answer.status_code, answer.text) == (200, "alive\n")


async def test_an_application_that_can_accept_is_ready(door: Served) -> None:
    """Ledger, epoch, durability and queue are as they must be."""
    answer = await door.client.get("/readyz")
    assert (answer.status_code, answer.text) == (200, "ready\n")


async def test_a_ledger_that_is_another_is_not_ready(door: Served, site: Site) -> None:
    """Its epoch is not the pinned one."""
    with redis.Redis.from_url(site.ledger_url) as client:
        client.set("pay:epoch", "f" * 32)
    answer = await door.client.get("/readyz")
    assert (answer.status_code, answer.text) == (503, "ledger_lockdown\n")


async def test_a_ledger_that_would_forget_is_not_ready(own_valkey: EmbeddedValkey, site: Site) -> None:
    """Somebody has changed it while it ran."""
    async with served(settings_for(site.directory, own_valkey.url(0), own_valkey.url(1))) as door:
        with redis.Redis.from_url(own_valkey.url(1)) as client:
            client.config_set("appendfsync", "everysec")
            answer = await door.client.get("/readyz")
            assert (answer.status_code, answer.text) == (503, "redis_not_durable\n")


async def test_an_answer_holds_for_a_moment(own_valkey: EmbeddedValkey, site: Site) -> None:
    """Whoever asks more often costs Redis nothing."""
    settings = settings_for(site.directory, own_valkey.url(0), own_valkey.url(1))
    async with served(settings, clock=site.clock) as door:
        readiness = door.services.readiness
        assert await readiness.obstacles() == ()
        own_valkey.stop()
        assert await readiness.obstacles() == ()
        site.clock.now += HOLDS_S
        assert await readiness.obstacles() == ("ledger_unavailable",)


async def test_a_queue_that_is_away_is_not_ready(own_valkey: EmbeddedValkey, site: Site) -> None:
    """Orders would be accepted, and hints lost."""
    async with served(settings_for(site.directory, own_valkey.url(0), site.ledger_url)) as door:
        own_valkey.stop()
        answer = await door.client.get("/readyz")
        assert (answer.status_code, answer.text) == (503, "queue_unavailable\n")


async def test_every_number_is_there(door: Served) -> None:
    """The whole table of a process, at zero, and the requests so far."""
    await door.client.get("/nowhere")
    text = (await door.client.get("/metrics")).text
    names = {row.name for row in METRICS if row.source == "process"}
    assert not [name for name in names if f"# TYPE {name.removesuffix('_total')}" not in text and name not in text]
    assert 'cardinity_http_requests_total{answer="refused",route="other"} 1.0' in text


def test_every_resource_has_its_numbers() -> None:
    """What is no label value would be counted as another."""
    assert {path.split("/")[2] for path in document()["paths"] if path.startswith("/v1/")} <= set(HTTP_ROUTES)
