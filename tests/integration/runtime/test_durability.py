"""The check of a Redis, against a real Valkey."""

from pathlib import Path

import redis
import redis.asyncio

from producers.runtime.durability import check_redis, check_redis_async
from producers.runtime.embedded import EmbeddedValkey
from tests.eventually import eventually


def codes(url: str, replicas: int = 0) -> list[str]:
    """The codes of all problems of the server at this URL."""
    with redis.Redis.from_url(url, protocol=2) as client:
        return [found.code for found in check_redis(client, replicas_required=replicas)]


def test_the_embedded_server_is_durable(ledger_url: str) -> None:
    """The server of demo and tests passes the check of production."""
    assert codes(ledger_url) == []


async def test_the_event_loop_gets_the_same_answer(ledger_url: str) -> None:
    """Blocking and asyncio readers agree, on problems too."""
    async with redis.asyncio.Redis.from_url(ledger_url, protocol=2) as client:
        found = await check_redis_async(client, replicas_required=1)
    assert [problem.code for problem in found] == codes(ledger_url, replicas=1) == ["redis_replicas_missing"]


def test_a_server_that_forgets_is_refused(valkey: EmbeddedValkey) -> None:
    """Changed while it runs, each directive is noticed, and mended by the command in the message."""
    with redis.Redis.from_url(valkey.url(1), protocol=2) as client:
        for directive, bad in (
            ("appendfsync", "everysec"),
            ("maxmemory-policy", "allkeys-lru"),
            ("appendonly", "no"),
        ):
            client.config_set(directive, bad)
            (found,) = check_redis(client, replicas_required=0)
            assert f"{directive} is {bad}" in found.message
            client.execute_command(*found.message.partition("; ")[2].partition(",")[0].split())
        assert check_redis(client, replicas_required=0) == ()


def test_a_user_without_rights_is_told_which(ledger_url: str) -> None:
    """A refused INFO or CONFIG GET is a problem that names the rights to give."""
    with redis.Redis.from_url(ledger_url, protocol=2) as admin:
        admin.execute_command("ACL", "SETUSER", "blind", "on", ">pw", "~*", "+@all", "-config|get")
    with redis.Redis.from_url(ledger_url.replace("://", "://blind:pw@"), protocol=2) as client:
        (found,) = check_redis(client, replicas_required=0)
    assert found.code == "redis_unreadable"
    assert ("NoPermissionError" in found.message, "+config|get" in found.message) == (True, True)


def test_a_server_that_is_not_there_is_a_problem_too() -> None:
    """No answer is named, not raised."""
    with redis.Redis.from_url("redis://127.0.0.1:1/0", protocol=2) as client:
        (found,) = check_redis(client, replicas_required=0)
    assert (found.code, "does not answer" in found.message) == ("redis_unreadable", True)


def test_a_replica_that_is_online_counts(tmp_path: Path, valkey: EmbeddedValkey) -> None:
    """A second server that follows the first satisfies one replica asked for, and is no primary itself."""
    with EmbeddedValkey(tmp_path, config={"replicaof": f"127.0.0.1 {valkey.port}"}) as replica:
        eventually(lambda: codes(valkey.url(1), replicas=1) == [], "the replica to be online")
        assert codes(replica.url(1)) == ["redis_not_primary"]
