"""What a Redis must say of itself before the ledger is trusted to it."""

from typing import Any

import pytest

from producers.runtime.durability import check_durability

INFO: dict[str, Any] = {"role": "master", "aof_last_write_status": "ok"}
CONFIG = {
    "appendonly": "yes",
    "appendfsync": "always",
    "no-appendfsync-on-rewrite": "no",
    "maxmemory-policy": "noeviction",
}


def codes(info: dict[str, Any], config: dict[str, str], replicas: int = 0) -> list[str]:
    """The codes of all problems."""
    return [found.code for found in check_durability(INFO | info, CONFIG | config, replicas_required=replicas)]


def test_a_durable_server_has_no_problem() -> None:
    """Append-only file, every write synced, nothing evicted."""
    assert codes({}, {}) == []


@pytest.mark.parametrize(
    ("directive", "value", "code"),
    [
        ("appendonly", "no", "redis_not_durable"),
        ("appendfsync", "everysec", "redis_not_durable"),
        ("appendfsync", "no", "redis_not_durable"),
        ("no-appendfsync-on-rewrite", "yes", "redis_not_durable"),
        ("maxmemory-policy", "allkeys-lru", "redis_evicts"),
        ("maxmemory-policy", "volatile-ttl", "redis_evicts"),
    ],
)
def test_a_directive_that_forgets_is_named(directive: str, value: str, code: str) -> None:
    """The problem says directive, value seen, value needed, and the command that mends it."""
    (found,) = check_durability(INFO, CONFIG | {directive: value}, replicas_required=0)
    assert (found.code, found.names) == (code, ("REDIS_LEDGER_URL",))
    for part in (f"{directive} is {value}", f"CONFIG SET {directive} {CONFIG[directive]}"):
        assert part in found.message


def test_a_directive_that_is_not_shown_is_not_believed() -> None:
    """A server that hides a directive is not taken for durable."""
    found = check_durability(INFO, {}, replicas_required=0)
    assert [problem.code for problem in found] == ["redis_unreadable"] * 4


def test_a_failing_disk_is_named() -> None:
    """The last write to the append-only file must have succeeded."""
    assert codes({"aof_last_write_status": "err"}, {}) == ["redis_aof_failing"]


def test_a_replica_is_no_ledger() -> None:
    """The ledger is written, so it is on a primary."""
    assert codes({"role": "slave", "slave_read_only": 1}, {}) == ["redis_not_primary"]


@pytest.mark.parametrize(("online", "required", "missing"), [(0, 1, True), (1, 1, False), (1, 2, True), (2, 1, False)])
def test_replicas_that_are_asked_for_are_counted(online: int, required: int, missing: bool) -> None:
    """Only those online count."""
    info = {f"slave{n}": {"ip": "10.0.0.2", "state": "online"} for n in range(online)}
    info["slave9"] = {"ip": "10.0.0.9", "state": "wait_bgsave"}
    assert codes(info, {}, required) == (["redis_replicas_missing"] if missing else [])


def test_all_problems_are_found_at_once() -> None:
    """One look names everything."""
    found = codes({"aof_last_write_status": "err"}, {"appendfsync": "no", "maxmemory-policy": "allkeys-lfu"}, 1)
    assert found == ["redis_not_durable", "redis_evicts", "redis_aof_failing", "redis_replicas_missing"]
