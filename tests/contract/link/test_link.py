"""The link: replies go to whoever asked, in order; what breaks fails everybody it carried, and nothing is repeated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest
import redis.asyncio
from redis import exceptions as theirs

from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.link import BATCH_MAX, UNDER_WAY_MAX, Link
from tests.proxy import CuttingProxy


@asynccontextmanager
async def linked(url: str, *, socket_timeout: float = 5.0) -> AsyncIterator[Link]:
    """A link to that server."""
    link = Link(redis.asyncio.Redis.from_url(url, protocol=2, socket_timeout=socket_timeout))
    try:
        yield link
    finally:
        await link.aclose()


async def test_every_asker_gets_its_own_reply(ledger_url: str) -> None:
    """Ten thousand commands of as many tasks: each reply is the right one, in a few shared writes."""
    async with linked(ledger_url) as link:

        async def ask(number: int) -> bool:
            return bool(await link.send("ECHO", str(number)) == str(number).encode())

        assert all(await asyncio.gather(*(ask(number) for number in range(10_000))))
        assert link.round_trips <= 10_000 / BATCH_MAX + UNDER_WAY_MAX + 1


async def test_commands_asked_for_together_stay_together(ledger_url: str) -> None:
    """Replies of a group come as a list, errors of single commands as values in it."""
    async with linked(ledger_url) as link:
        kept, wrong, read = await link.send_all([("SET", "k", b"\x00\xff"), ("LPUSH", "k", 1), ("GET", "k")])
        assert (kept, read) == (b"OK", b"\x00\xff")
        assert isinstance(wrong, theirs.ResponseError)


@pytest.mark.parametrize(
    ("command", "kind"), [(("EVALSHA", "0" * 40, 0), theirs.NoScriptError), (("NONSENSE",), theirs.ResponseError)]
)
async def test_errors_have_redis_pys_classes(
    ledger_url: str, command: tuple[str | int, ...], kind: type[Exception]
) -> None:
    """So that one translation reads the errors of both clients."""
    async with linked(ledger_url) as link:
        assert type(await link.send(*command)) is kind


async def test_a_connection_that_closes_in_this_very_turn_is_lost(ledger_url: str) -> None:
    """What was asked for a moment before fails as anything on a lost connection does, and the next works."""
    async with linked(ledger_url) as link:
        await link.send("PING")
        asked = link.send("PING")
        assert link._wire is not None and link._wire._transport is not None
        link._wire._transport.abort()
        with pytest.raises(theirs.ConnectionError):
            await asked
        assert await link.send("PING") == b"PONG"


async def test_a_lost_reply_fails_everybody_and_repeats_nothing(valkey: EmbeddedValkey, ledger_url: str) -> None:
    """The connection breaks behind a command that ran: all who waited hear of it, it ran once, and the next works."""
    proxy = CuttingProxy(valkey.port)
    with proxy:
        async with linked(proxy.url(1)) as link:
            await link.send("PING")
            proxy.cut_reply(b"counter")
            asked = [link.send("INCR", "counter"), link.send("PING")]
            results = await asyncio.gather(*asked, return_exceptions=True)
            assert [type(result) for result in results] == [theirs.ConnectionError] * 2
            assert await link.send("GET", "counter") == b"1"


async def test_a_server_that_falls_silent_is_given_up(tmp_path: Path) -> None:
    """A frozen server: an error after the answer timeout, and a new connection once it is back."""
    with EmbeddedValkey(tmp_path) as server:
        async with linked(server.url(), socket_timeout=1.0) as link:
            await link.send("PING")
            server.pause()
            with pytest.raises(theirs.TimeoutError):
                await link.send("PING")
            server.resume()
            assert await link.send("PING") in (b"PONG", "PONG")


async def test_a_server_that_is_gone_is_an_error_at_once(tmp_path: Path) -> None:
    """Nobody waits for a server that refuses the connection; once it is there again it is found."""
    with EmbeddedValkey(tmp_path) as server:
        async with linked(server.url()) as link:
            await link.send("PING")
            server.kill()
            for _ in range(2):
                with pytest.raises((theirs.ConnectionError, OSError)):
                    await link.send("PING")
            server.start()
            assert await link.send("PING") == b"PONG"


async def test_a_password_and_a_database_are_used(tmp_path: Path) -> None:
    """The link logs in as the URL says; a wrong password is redis-py's own error."""
    with EmbeddedValkey(tmp_path, config={"requirepass": "right"}) as server:
        async with linked(f"redis://:right@127.0.0.1:{server.port}/3") as link:
            assert b"db=3" in await link.send("CLIENT", "INFO")
        async with linked(f"redis://:wrong@127.0.0.1:{server.port}/3") as link:
            with pytest.raises(theirs.AuthenticationError):
                await link.send("PING")


async def test_a_unix_socket_is_a_way_too(tmp_path: Path) -> None:
    """`unix://` URLs lead to the same server."""
    with EmbeddedValkey(tmp_path, config={"unixsocket": str(tmp_path / "s")}):
        async with linked(f"unix://{tmp_path}/s?db=2") as link:
            assert b"db=2" in await link.send("CLIENT", "INFO")


async def test_a_closed_link_answers_nobody(ledger_url: str) -> None:
    """What waits fails when it is closed, and so does what comes later."""
    async with linked(ledger_url) as link:
        await link.send("PING")
        waiting = link.send("PING")
        await link.aclose()
        for future in (waiting, link.send("PING")):
            with pytest.raises(theirs.ConnectionError):
                await future


@pytest.mark.parametrize("behind_greeting", [True, False], ids=["behind its answer", "before it is asked"])
async def test_a_server_that_speaks_unasked_is_left_at_once(behind_greeting: bool) -> None:
    """Whoever waits hears of it, and the next command finds the server, which has come to its senses."""
    connections = 0

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        with closing(writer), suppress(ConnectionError):
            if connections > 1:
                while await reader.read(1024):
                    writer.write(b"+OK\r\n")
            elif behind_greeting:
                await reader.read(1024)
                writer.write(b"+OK\r\n+OK\r\n")
            else:
                writer.write(b"-ERR max number of clients reached\r\n")
            await reader.read()

    async with await asyncio.start_server(serve, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        async with linked(f"redis://127.0.0.1:{port}") as link, asyncio.timeout(60):
            with pytest.raises(theirs.RedisError):
                await link.send("PING")
            assert await link.send("PING") == b"OK"
