"""Whether a Redis keeps what it confirmed. A pure check of what it says of itself, and two thin readers.

The ledger is the only memory of what was sent. A server that fsyncs once a second lost a third of its
confirmed writes in a power cut, and each lost intent is a possible second charge; so nothing starts on such a
server.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

import redis
import redis.asyncio

from producers.runtime.ledger.executors import LOST
from producers.runtime.problems import Problem, problem

#: The setting a problem of the ledger is reported under.
LEDGER: Final = "REDIS_LEDGER_URL"

#: Directive, the value it must have, the code of the problem, and what goes wrong otherwise.
_DIRECTIVES: Final = (
    ("appendonly", "yes", "redis_not_durable", "a restart forgets every order"),
    ("appendfsync", "always", "redis_not_durable", "a power cut forgets what was confirmed"),
    ("no-appendfsync-on-rewrite", "no", "redis_not_durable", "it stops syncing while it rewrites its file"),
    ("maxmemory-policy", "noeviction", "redis_evicts", "when memory is short it deletes orders"),
)
#: Codes of problems that a restart of the server or the end of a failover mends, without anybody changing a setting.
PASSING_PROBLEMS: Final = frozenset(
    {"redis_unreadable", "redis_not_primary", "redis_aof_failing", "redis_replicas_missing"}
)
_PATTERNS: Final = tuple(name for name, *_ in _DIRECTIVES)


def check_durability(
    info: Mapping[str, Any], config: Mapping[Any, Any], *, replicas_required: int
) -> tuple[Problem, ...]:
    """Everything that could make this server forget, from INFO and CONFIG GET; empty when nothing does."""
    return (*_directives(config), *_append_only_file(info), *_replication(info, replicas_required))


def check_redis(client: redis.Redis, *, replicas_required: int) -> tuple[Problem, ...]:
    """The check of a live server; one that cannot be asked is a problem too."""
    try:
        info, config = client.info(), client.config_get(*_PATTERNS)
    except LOST as error:
        return (_unreadable(error),)
    return check_durability(info, config, replicas_required=replicas_required)


async def check_redis_async(client: redis.asyncio.Redis, *, replicas_required: int) -> tuple[Problem, ...]:
    """`check_redis` on the event loop, for the check that goes on while a worker runs."""
    try:
        info, config = await client.info(), await client.config_get(*_PATTERNS)
    except LOST as error:
        return (_unreadable(error),)
    return check_durability(info, config, replicas_required=replicas_required)


def _directives(config: Mapping[Any, Any]) -> Iterator[Problem]:
    for name, wanted, code, harm in _DIRECTIVES:
        observed = config.get(name)
        if observed is None:
            yield problem("redis_unreadable", LEDGER, f"{name} is not shown; allow CONFIG GET {name} in the ACL")
        elif observed != wanted:
            mend = f"CONFIG SET {name} {wanted}, and put it into the server's configuration file"
            yield problem(code, LEDGER, f"{name} is {observed}, must be {wanted}: {harm}; {mend}")


def _append_only_file(info: Mapping[str, Any]) -> Iterator[Problem]:
    observed = info.get("aof_last_write_status", "ok")
    if observed != "ok":
        message = f"aof_last_write_status is {observed}, must be ok: writes fail; look at the disk of its directory"
        yield problem("redis_aof_failing", LEDGER, message)


def _replication(info: Mapping[str, Any], required: int) -> Iterator[Problem]:
    if info.get("role", "master") != "master":
        message = f"role is {info['role']}, must be master: it takes no writes; name the primary in {LEDGER}"
        yield problem("redis_not_primary", LEDGER, message)
    online = sum(_is_online(value) for name, value in info.items() if name.startswith("slave"))
    if online < required:
        message = (
            f"{online} replicas are online, LEDGER_REPLICAS asks for {required}: a failover would forget;"
            " start them, or lower LEDGER_REPLICAS where there is no failover"
        )
        yield problem("redis_replicas_missing", (LEDGER, "LEDGER_REPLICAS"), message)


def _is_online(replica: object) -> bool:
    return isinstance(replica, Mapping) and replica.get("state") == "online"


def _unreadable(error: BaseException) -> Problem:
    if isinstance(error, redis.ResponseError):
        why = f"it refused INFO or CONFIG GET ({type(error).__name__})"
        mend = "allow +info and +config|get in the ACL of this user"
    else:
        why = f"it does not answer ({type(error).__name__})"
        mend = "is it running, and is the URL right?"
    return problem("redis_unreadable", LEDGER, f"{why}; {mend}")
