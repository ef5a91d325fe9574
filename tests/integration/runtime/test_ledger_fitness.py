"""What speaks against the ledger's server is a number while it does, read from a real one."""

from pathlib import Path

import pytest
import redis
from prometheus_client import CollectorRegistry, generate_latest

from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import pin_ledger
from producers.runtime.ledger_fitness import FitnessCollector, ledger_problems
from producers.runtime.metrics_table import LEDGER_PROBLEMS
from producers.runtime.settings import Settings


@pytest.fixture
def settings(ledger_url: str, tmp_path: Path) -> Settings:
    """Those of a host that remembers an empty ledger."""
    settings = Settings.from_environ({"HOME": "/", "STATE_DIR": str(tmp_path), "REDIS_LEDGER_URL": ledger_url})
    with redis.Redis.from_url(ledger_url, protocol=2) as client:
        pin_ledger(client, settings.state_dir)
    return settings


def found(settings: Settings) -> list[str]:
    """The codes that are told of it."""
    with redis.Redis.from_url(settings.redis_ledger_url.reveal(), protocol=2) as client:
        return [*ledger_problems(client, settings)]


def test_a_durable_ledger_that_is_remembered_has_no_problem(settings: Settings) -> None:
    """Neither its server nor its marker speaks against sending."""
    assert found(settings) == []


def test_a_server_that_forgets_is_told_unless_that_is_allowed(settings: Settings, valkey: EmbeddedValkey) -> None:
    """What stops the workers is told; where they go on nothing is."""
    allowed = Settings.from_environ(
        {
            "HOME": "/",
            "STATE_DIR": str(settings.state_dir),
            "REDIS_LEDGER_URL": settings.redis_ledger_url.reveal(),
            "ALLOW_VOLATILE_LEDGER": "1",
        }
    )
    with redis.Redis.from_url(valkey.url(1), protocol=2) as client:
        client.config_set("appendfsync", "everysec")
        try:
            assert (found(settings), found(allowed)) == (["redis_not_durable"], [])
        finally:
            client.config_set("appendfsync", "always")


def test_another_ledger_is_told(settings: Settings) -> None:
    """Flushed, replaced, or gone back in time: each is a lockdown."""
    with redis.Redis.from_url(settings.redis_ledger_url.reveal(), protocol=2) as client:
        client.set(keys.EPOCH, "another")
        assert found(settings) == ["ledger_lockdown"]
        client.flushdb()
        assert found(settings) == ["ledger_lockdown"]


def test_a_ledger_that_has_gone_back_in_time_is_told(settings: Settings) -> None:
    """The right marker with fewer intents than were counted is an old copy."""
    with redis.Redis.from_url(settings.redis_ledger_url.reveal(), protocol=2) as client:
        client.set(keys.INTENTS, 7)
        pin_ledger(client, settings.state_dir)
        client.set(keys.INTENTS, 6)
    assert found(settings) == ["ledger_lockdown"]


def test_every_problem_has_a_series() -> None:
    """Zeros are told, and a 1 for what was found."""
    registry = CollectorRegistry()
    registry.register(FitnessCollector(lambda: ["redis_evicts"]))
    text = generate_latest(registry).decode()
    assert text.count("cardinity_ledger_problem{") == len(LEDGER_PROBLEMS)
    assert 'cardinity_ledger_problem{problem="redis_evicts"} 1.0' in text
    assert text.count("} 0.0") == len(LEDGER_PROBLEMS) - 1


def test_a_server_that_does_not_answer_has_no_known_problem() -> None:
    """Then there is no series, rather than zeros that nobody has seen."""

    def fail() -> list[str]:
        raise TimeoutError

    registry = CollectorRegistry()
    registry.register(FitnessCollector(fail))
    assert generate_latest(registry) == b""
