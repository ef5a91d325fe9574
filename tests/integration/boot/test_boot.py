"""What stops a worker's boot, with which exit code, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import redis

from tests.stack import CARD, Stack


def refusal(stack: Stack, **changes: str) -> tuple[int, str]:
    """The exit code of a worker with these settings, and its log."""
    stack.env |= changes
    worker = stack.worker()
    code = worker.wait(30)
    return code, (stack.directory / "1.log").read_text()


@pytest.mark.parametrize(
    ("config", "code"),
    [
        ({"appendonly": "no"}, "redis_not_durable"),
        ({"appendfsync": "everysec"}, "redis_not_durable"),
        ({"maxmemory-policy": "allkeys-lru"}, "redis_evicts"),
    ],
)
def test_a_redis_that_forgets_stops_the_boot(tmp_path: Path, config: Mapping[str, str], code: str) -> None:
    """With the directive and the way out, and exit code 78: starting again changes nothing."""
    with Stack(tmp_path) as stack:
        with redis.Redis.from_url(stack.valkey.url()) as client:
            for name, value in config.items():
                client.config_set(name, value)
        exit_code, log = refusal(stack)
    assert exit_code == 78
    assert next(iter(config)) in log, code


def test_play_may_forget_when_it_says_so(tmp_path: Path) -> None:
    """`ALLOW_VOLATILE_LEDGER=1` starts all the same, and charges."""
    with Stack(tmp_path, settings={"ALLOW_VOLATILE_LEDGER": "1"}) as stack, stack.enqueuer() as enqueuer:
        with redis.Redis.from_url(stack.valkey.url()) as client:
            client.config_set("appendfsync", "everysec")
        stack.worker()
        enqueuer.charge(order_id="ORD-1", amount="10.00", currency="EUR", country="LT", **CARD)
        assert enqueuer.wait("ORD-1", timeout_s=30).state == "approved"


def test_a_flushed_ledger_stops_the_boot(tmp_path: Path) -> None:
    """This host remembers another ledger: lockdown, exit code 78 (rule R10)."""
    with Stack(tmp_path) as stack:
        stack.enqueuer().close()
        with redis.Redis.from_url(stack.valkey.url(1)) as client:
            client.flushdb()
        assert refusal(stack)[0] == 78


def test_a_redis_that_is_away_is_worth_another_start(tmp_path: Path) -> None:
    """Exit code 69, so that a supervisor tries again."""
    with Stack(tmp_path) as stack:
        stack.valkey.kill()
        exit_code, log = refusal(stack)
    assert (exit_code, "ledger_unavailable" in log) == (69, True)


def test_a_server_in_a_failover_is_worth_another_start(tmp_path: Path) -> None:
    """A replica, for the moment, and one without its own: exit code 69 with the reason, for 78 would stop the host."""
    with Stack(tmp_path) as stack:
        with redis.Redis.from_url(stack.valkey.url()) as client:
            client.replicaof("127.0.0.1", "1")
        exit_code, log = refusal(stack, LEDGER_REPLICAS="1")
    assert (exit_code, "must be master" in log, "LEDGER_REPLICAS" in log) == (69, True, True)


def test_a_state_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """Exit code 69, because room may be made; without the memory of its ledger no worker starts."""
    with Stack(tmp_path) as stack:
        obstacle = tmp_path / "obstacle"
        obstacle.touch()
        exit_code, log = refusal(stack, STATE_DIR=str(obstacle / "state"))
    assert (exit_code, "STATE_DIR" in log, "Traceback" in log) == (69, True, False)


def test_settings_that_contradict_each_other_are_both_named(tmp_path: Path) -> None:
    """The lease must outlast the attempt: both settings stand in the message."""
    with Stack(tmp_path) as stack:
        exit_code, log = refusal(stack, LEASE_S="1", ATTEMPT_DEADLINE_S="2")
    assert exit_code == 78
    assert "LEASE_S" in log and "ATTEMPT_DEADLINE_S" in log
