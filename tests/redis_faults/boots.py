"""What stops the boot of a worker, each by its own name: a Redis that would forget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import redis

from tests.redis_faults.campaign import Progress, Tally
from tests.stack import Stack

#: Exit codes: a configuration that a restart does not mend, and a state that may be over in a moment.
EX_CONFIG, EX_UNAVAILABLE = 78, 69
#: Seconds until a worker that should refuse has not.
REFUSES_WITHIN_S = 60


@dataclass(frozen=True, slots=True)
class Refusal:
    """Directives of the server, settings of the worker, and what its last words must name."""

    name: str
    config: Mapping[str, str] = field(default_factory=dict)
    settings: Mapping[str, str] = field(default_factory=dict)
    says: tuple[str, ...] = ()
    code: int = EX_CONFIG


def _directive(name: str, value: str, wanted: str) -> Refusal:
    return Refusal(f"{name} {value}", {name: value}, says=(f"{name} is {value}", wanted, f"CONFIG SET {name}"))


REFUSALS = (
    _directive("appendonly", "no", "must be yes"),
    _directive("appendfsync", "everysec", "must be always"),
    _directive("appendfsync", "no", "must be always"),
    _directive("no-appendfsync-on-rewrite", "yes", "must be no"),
    *(
        _directive("maxmemory-policy", policy, "must be noeviction")
        for policy in (
            "allkeys-lru",
            "allkeys-lfu",
            "allkeys-random",
            "volatile-lru",
            "volatile-lfu",
            "volatile-random",
            "volatile-ttl",
        )
    ),
    Refusal(
        "replicas missing",
        settings={"LEDGER_REPLICAS": "1"},
        says=("0 replicas are online", "LEDGER_REPLICAS"),
        code=EX_UNAVAILABLE,
    ),
    Refusal(
        "a replica",
        {"replicaof": "127.0.0.1 1"},
        says=("role is slave", "REDIS_LEDGER_URL"),
        code=EX_UNAVAILABLE,
    ),
    Refusal("a full server", {"maxmemory": "1"}, says=("queue_full", "memory limit"), code=EX_UNAVAILABLE),
)


def boots(rounds: int, directory: Path, progress: Progress) -> Tally:
    """Every refusal, so many times over. A worker that starts all the same would lose what it is told."""
    total = Tally()
    with Stack(directory) as stack, redis.Redis.from_url(stack.valkey.url(), protocol=2) as admin:
        for refusal in REFUSALS * rounds:
            code, words = _refused(stack, admin, refusal)
            total.rounds += 1
            missing = [part for part in refusal.says if part not in words]
            if code != refusal.code or missing:
                total.lost.append(f"{refusal.name}: exit code {code}, does not say {missing}")
            progress(total)
    return total


def _refused(stack: Stack, admin: redis.Redis, refusal: Refusal) -> tuple[int, str]:
    """The exit code of a worker on such a server, and its last words; the server is mended afterwards."""
    before = {name: admin.config_get(name)[name] for name in refusal.config}
    for name, value in refusal.config.items():
        _set(admin, name, value)
    code = stack.worker(env=refusal.settings).wait(REFUSES_WITHIN_S)
    for name, former in before.items():
        _set(admin, name, former or "NO ONE")
    log = max(stack.directory.glob("[0-9]*.log"), key=lambda path: int(path.stem))
    return code, log.read_text()


def _set(admin: redis.Redis, name: str, value: str) -> None:
    """A directive of a running server; whose replica it is has a command of its own."""
    command = ("REPLICAOF", *value.split()) if name == "replicaof" else ("CONFIG", "SET", name, value)
    admin.execute_command(*command)
