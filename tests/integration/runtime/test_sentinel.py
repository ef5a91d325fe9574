"""Clients and links that ask Sentinel where the primary is, with real Sentinels and servers on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import redis
from redis import exceptions as theirs

from cardinity_client.secret import Secret
from producers.runtime.clients import async_client, sync_client
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.link import Link
from tests.eventually import eventually
from tests.house.documents import ACL_PATH, SENTINEL_ACL_PATH
from tests.house.tree import text
from tests.redis_faults.sentinel import NAME, Sentinel, a_sentinel
from tests.redis_faults.watched import sentinel_url, watched

#: Longer than a test takes: these Sentinels only tell what they were told.
PATIENT_MS = 600_000


class Limit:
    """Two connections."""

    redis_connections_max = 2


@pytest.fixture
def servers(tmp_path: Path) -> Iterator[list[EmbeddedValkey]]:
    """Two of them, strangers to each other."""
    with EmbeddedValkey(tmp_path / "a") as one, EmbeddedValkey(tmp_path / "b") as other:
        yield [one, other]


@pytest.fixture
def names(tmp_path: Path) -> Iterator[Callable[..., Sentinel]]:
    """Make a Sentinel that names this server as the primary, with so new a configuration."""
    with ExitStack() as running:

        def make(server: EmbeddedValkey, config_epoch: int = 0) -> Sentinel:
            place = tmp_path / f"sentinel-{server.port}-{config_epoch}"
            sentinel = a_sentinel(place, server.port, down_ms=PATIENT_MS, config_epoch=config_epoch)
            return running.enter_context(sentinel)

        yield make


async def by_blocking_client(url: str, *command: str | int) -> object:
    """As the synchronous producer asks."""

    def ask() -> object:
        with sync_client(Secret(url), Limit()) as client:
            return client.execute_command(*command)

    return await asyncio.to_thread(ask)


async def by_async_client(url: str, *command: str | int) -> object:
    """As the queue is asked."""
    async with async_client(Secret(url), Limit()) as client:
        return await client.execute_command(*command)


async def by_link(url: str, *command: str | int) -> object:
    """As a worker asks the ledger."""
    async with async_client(Secret(url), Limit()) as client:
        link = Link(client)
        try:
            return await link.execute_command(*command)
        finally:
            await link.aclose()


Ask = Callable[..., Awaitable[object]]
every_client = pytest.mark.parametrize("ask", [by_blocking_client, by_async_client, by_link])


@every_client
async def test_the_primary_is_found(ask: Ask, servers: list[EmbeddedValkey], names: Callable[..., Sentinel]) -> None:
    """The command arrives at the server that the Sentinel names, in the database of the URL."""
    await ask(sentinel_url([names(servers[1])], 3), "SET", "here", 1)
    with redis.Redis.from_url(servers[1].url(3)) as client:
        assert client.get("here") == b"1"


@every_client
async def test_the_newest_configuration_counts(
    ask: Ask, servers: list[EmbeddedValkey], names: Callable[..., Sentinel]
) -> None:
    """A Sentinel that was cut off still names the former primary: whatever the order, the other one is believed."""
    stale, newer = names(servers[0], 3), names(servers[1], 4)
    for sentinels in ([stale, newer], [newer, stale]):
        await ask(sentinel_url(sentinels, 0), "INCR", "asked")
    with redis.Redis.from_url(servers[1].url()) as client:
        assert client.get("asked") == b"2"


@every_client
async def test_a_few_sentinels_are_not_believed(
    ask: Ask, servers: list[EmbeddedValkey], names: Callable[..., Sentinel]
) -> None:
    """One of three answers, as on the wrong side of a partition: nobody is led anywhere."""
    url = sentinel_url([names(servers[0])], 0).replace(f"/{NAME}/", f",127.0.0.1:1,127.0.0.1:2/{NAME}/")
    with pytest.raises(theirs.ConnectionError, match="1 of 3 Sentinels"):
        await ask(url, "PING")


@every_client
async def test_a_sentinel_that_does_not_know_the_service_counts_as_none(
    ask: Ask, servers: list[EmbeddedValkey], names: Callable[..., Sentinel]
) -> None:
    """A mistyped name is an error that says so."""
    url = sentinel_url([names(servers[0])], 0).replace(f"/{NAME}/", "/leger/")
    with pytest.raises(theirs.ConnectionError, match="0 of 1 Sentinels know leger"):
        await ask(url, "PING")


@every_client
async def test_a_server_that_is_no_primary_is_refused(
    ask: Ask, servers: list[EmbeddedValkey], names: Callable[..., Sentinel]
) -> None:
    """Sentinel has not noticed yet that its primary became a replica: nothing is read from it either."""
    sentinel = names(servers[0])
    with redis.Redis.from_url(servers[0].url(), protocol=2) as client:
        client.execute_command("REPLICAOF", "127.0.0.1", servers[1].port)
    with pytest.raises(theirs.ConnectionError, match="not a primary"):
        await ask(sentinel_url([sentinel], 0), "GET", "here")


@every_client
async def test_another_machine_is_not_spoken_to_in_the_clear(
    ask: Ask, names: Callable[..., Sentinel], servers: list[EmbeddedValkey]
) -> None:
    """A Sentinel on this machine that names a primary elsewhere leads nobody there without TLS."""
    sentinel = names(servers[0])
    with redis.Redis(port=sentinel.port, protocol=2) as client:
        client.execute_command("SENTINEL", "REMOVE", NAME)
        client.execute_command("SENTINEL", "MONITOR", NAME, "192.0.2.7", 6379, 1)
    with pytest.raises(theirs.ConnectionError, match=r"rediss\+sentinel"):
        await ask(sentinel_url([sentinel], 0), "PING")


@every_client
async def test_a_password_is_for_the_server(ask: Ask, tmp_path: Path, names: Callable[..., Sentinel]) -> None:
    """Sentinel wants none and is told none; the server gets its own."""
    with EmbeddedValkey(tmp_path / "locked", config={"requirepass": "right"}) as server:
        url = sentinel_url([names(server)], 0)
        assert await ask(url.replace("//", "//default:right@"), "PING") in (b"PONG", "PONG", True)
        with pytest.raises(theirs.AuthenticationError):
            await ask(url.replace("//", "//default:wrong@"), "PING")


async def test_whoever_is_connected_to_a_replica_leaves_it(
    servers: list[EmbeddedValkey], names: Callable[..., Sentinel]
) -> None:
    """A primary is made a replica under a link: the write is refused, and the next one asks the Sentinels again."""
    first = names(servers[0], 1)
    async with async_client(Secret(sentinel_url([first, names(servers[1], 0)], 0)), Limit()) as client:
        link = Link(client)
        await link.execute_command("SET", "here", 1)
        with redis.Redis.from_url(servers[0].url(), protocol=2) as admin:
            admin.execute_command("REPLICAOF", "127.0.0.1", servers[1].port)
        with pytest.raises(theirs.ReadOnlyError):
            await link.execute_command("SET", "here", 2)
        with pytest.raises(theirs.ConnectionError):
            await link.execute_command("SET", "here", 3)
        await link.aclose()


async def test_a_failover_leads_everybody_to_its_winner(tmp_path: Path) -> None:
    """Three Sentinels, a primary, two replicas: `kill -9`, and the same three clients write to the next one."""
    with watched(tmp_path) as service:
        url = Secret(service.url(1))
        async with async_client(url, Limit()) as client:
            link = Link(client)
            with sync_client(url, Limit()) as blocking:
                await link.send("SET", "by", "link")
                former = service.primary
                await asyncio.to_thread(service.fail_over)
                assert service.primary is not former
                await asyncio.to_thread(eventually, service.is_whole, "both replicas follow")
                await link.execute_command("SET", "by", "link again")
                await client.execute_command("SET", "and", "by a client")
                blocking.set("or", "by a blocking one")
            await link.aclose()
        with redis.Redis.from_url(service.primary.url(1)) as reader:
            assert reader.mget("by", "and", "or") == [b"link again", b"by a client", b"by a blocking one"]


async def test_sentinels_and_replicas_do_with_their_rights(tmp_path: Path) -> None:
    """Users as the documents have them, nobody else let in: a failover comes to its end, and a worker finds its way."""
    acl = tmp_path / "users.acl"
    users = f"{text(ACL_PATH)}{text(SENTINEL_ACL_PATH)}user admin on #<sha256> +@all\n"
    acl.write_text(re.sub(r"user (\w+) on #<sha256>", r"user \1 on >\1", users))
    config = {"aclfile": str(acl), "masteruser": "replica", "masterauth": "replica"}
    with watched(tmp_path / "redis", config=config, admin="admin") as service:
        async with async_client(Secret(service.url(1, "worker")), Limit()) as client:
            link = Link(client)
            await link.execute_command("SET", "pay:epoch", "e")
            former = service.primary
            await asyncio.to_thread(service.fail_over)
            await asyncio.to_thread(eventually, service.is_whole, "both replicas follow")
            assert service.primary is not former
            assert await link.execute_command("GET", "pay:epoch") == b"e"
            assert await client.get("pay:epoch") == b"e"
            await link.aclose()
