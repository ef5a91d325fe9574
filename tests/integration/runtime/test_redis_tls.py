"""TLS to Redis and its Sentinels, real ones: by the files of `deploy/redis/`, and with certificates that are wrong."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
from redis import exceptions as theirs

from cardinity_client.secret import Secret
from producers.errors import LedgerUnavailable
from producers.runtime.clients import async_client, sync_client
from producers.runtime.ledger.failures import translate
from producers.runtime.link import Link
from producers.runtime.settings_databases import read_redis_url
from tests import tls_redis
from tests.certificates import Authority, Signed
from tests.eventually import eventually, eventually_async
from tests.ports import free_port
from tests.tls_redis import HOST, SERVICE, Place, Server, a_place, a_sentinel, a_server

pytestmark = [pytest.mark.slow, pytest.mark.needs(tool=tls_redis.need)]

Ask = Callable[..., Awaitable[object]]
#: What a client hears whom the server wants to know nothing of: its alert, or nothing where it hangs up first.
CLOSED = ("no TLS with Redis: ", "no answer from Redis: ")


class Limit:
    """Two connections."""

    redis_connections_max = 2


async def by_blocking_client(url: str, *command: str) -> object:
    """As the synchronous producer asks."""

    def ask() -> object:
        with sync_client(Secret(url), Limit()) as client:
            return client.execute_command(*(command or ("PING",)))

    return await asyncio.to_thread(ask)


async def by_async_client(url: str, *command: str) -> object:
    """As the queue is asked."""
    async with async_client(Secret(url), Limit()) as client:
        return await client.execute_command(*(command or ("PING",)))


async def by_link(url: str, *command: str) -> object:
    """As a worker asks the ledger."""
    async with async_client(Secret(url), Limit()) as client:
        link = Link(client)
        try:
            return await link.execute_command(*(command or ("PING",)))
        finally:
            await link.aclose()


every_client = pytest.mark.parametrize("ask", [by_blocking_client, by_async_client, by_link])


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    """Users and certificates for one server, and addresses that lead to it."""
    port = free_port()
    return a_place(tmp_path_factory.mktemp("tls"), f"rediss://{HOST}:{port}/{{db}}")


@pytest.fixture(scope="module")
def server(place: Place) -> Iterator[Server]:
    """A ledger's server."""
    port = int(place.url("worker").partition(f"@{HOST}:")[2].partition("/")[0])
    with a_server(place, port) as server:
        yield server


@pytest.fixture(scope="module")
def sentinel(place: Place, server: Server) -> Iterator[Server]:
    """A Sentinel that watches it."""
    with a_sentinel(place, free_port(), server.port) as sentinel:
        yield sentinel


@pytest.fixture(params=["server", "sentinel"])
def url(request: pytest.FixtureRequest, place: Place, server: Server) -> str:
    """A worker's address of the ledger: the server's, and the Sentinel's that knows where it is."""
    direct = place.url("worker")
    assert read_redis_url(direct).reveal() == direct
    if request.param == "server":
        return direct
    port = request.getfixturevalue("sentinel").port
    named = direct.replace("rediss://", "rediss+sentinel://").replace(f":{server.port}/", f":{port}/{SERVICE}/")
    assert read_redis_url(named).reveal() == named
    return named


@pytest.fixture
def shown(place: Place, server: Server) -> Iterator[Callable[[Signed], None]]:
    """Let the server show another certificate, as when one is renewed: without a restart."""

    def show(signed: Signed) -> None:
        server.client.config_set("tls-cert-file", str(signed.certificate), "tls-key-file", str(signed.key))

    yield show
    show(Signed(place.directory / "tls" / "server.pem", place.directory / "tls" / "server.key"))


@every_client
async def test_with_the_right_certificates_it_answers(ask: Ask, url: str) -> None:
    """By the address that `prepare.py` writes, at the server and by way of a Sentinel."""
    await answered(ask, url)


@every_client
async def test_an_unknown_authority_is_refused(ask: Ask, url: str, place: Place, tmp_path: Path) -> None:
    """Whoever trusts another authority speaks to nobody."""
    other = Authority(tmp_path)
    await refused(
        ask, url.replace(str(place.authority.ca), str(other.ca)), "no TLS with Redis: self-signed certificate"
    )


@every_client
async def test_no_certificate_is_refused(ask: Ask, url: str) -> None:
    """Neither servers nor Sentinels answer whoever shows none."""
    bare, _, _ = url.partition("&ssl_certfile=")
    await refused(ask, bare, *CLOSED)


@every_client
async def test_a_stranger_s_certificate_is_refused(ask: Ask, url: str, place: Place, tmp_path: Path) -> None:
    """Nor whoever shows one of another authority."""
    stranger = Authority(tmp_path).sign("client")
    of_stranger = url.replace(str(place.client.certificate), str(stranger.certificate))
    of_stranger = of_stranger.replace(str(place.client.key), str(stranger.key))
    await refused(ask, of_stranger, *CLOSED)


@every_client
async def test_an_expired_certificate_is_refused(
    ask: Ask, place: Place, server: Server, shown: Callable[[Signed], None]
) -> None:
    """And one that is valid is believed again from the next connection on: a renewal needs no restart."""
    shown(place.authority.sign("expired", HOST, days=-1))
    await refused(ask, place.url("worker"), "no TLS with Redis: certificate has expired")
    shown(place.authority.sign("renewed", HOST))
    await answered(ask, place.url("worker"))


@every_client
async def test_another_host_s_certificate_is_refused(
    ask: Ask, place: Place, server: Server, shown: Callable[[Signed], None]
) -> None:
    """A certificate is for a name; whoever has another's is somebody else."""
    shown(place.authority.sign("elsewhere", "elsewhere.example"))
    await refused(ask, place.url("worker"), "no TLS with Redis: Hostname mismatch")


async def test_a_failover_over_tls_leads_everybody_to_its_winner(tmp_path: Path) -> None:
    """Three Sentinels, a primary and two replicas by the files of the tree: `kill -9`, and all write to the next."""
    ports, watching = [free_port() for _ in range(3)], [free_port() for _ in range(3)]
    names = ",".join(f"{HOST}:{port}" for port in watching)
    place = a_place(tmp_path, f"rediss+sentinel://{names}/{SERVICE}/{{db}}")
    with ExitStack() as running:
        servers = [
            running.enter_context(a_server(place, port, follows=port != ports[0] and ports[0])) for port in ports
        ]
        sentinels = [running.enter_context(a_sentinel(place, port, ports[0])) for port in watching]
        url = place.url("worker")
        await asyncio.to_thread(
            eventually, partial(_is_whole, servers[0], sentinels), "everybody knows everybody", within_s=60
        )
        await answered(by_link, url)
        servers[0].end()
        agreed = partial(_agree, sentinels, {*ports[1:]})
        await asyncio.to_thread(eventually, agreed, "the Sentinels have promoted a replica", within_s=60)
        for ask in (by_blocking_client, by_async_client, by_link):
            await answered(ask, url, "INCR", "pay:asked")


def _is_whole(primary: Server, sentinels: list[Server]) -> bool:
    followed = primary.client.info("replication")["connected_slaves"] == 2
    others = [len(each.client.execute_command("SENTINEL", "SENTINELS", SERVICE)) for each in sentinels]
    known = [len(each.client.execute_command("SENTINEL", "REPLICAS", SERVICE)) for each in sentinels]
    return followed and others == [2] * 3 and known == [2] * 3


def _agree(sentinels: list[Server], ports: set[int]) -> bool:
    named = {int(each.client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)[1]) for each in sentinels}
    return len(named) == 1 and named <= ports


async def answered(ask: Ask, url: str, *command: str) -> None:
    """Ask until it is answered: a machine that is busy may keep a Sentinel longer than it is waited for."""

    async def once() -> bool:
        try:
            return bool(await ask(url, *command))
        except (theirs.ConnectionError, OSError):  # a link tells what its socket was told
            return False

    await eventually_async(once, "it answers")


async def refused(ask: Ask, url: str, *reasons: str) -> None:
    """Ask until one of these reasons is told, in the words in which everybody is told; never is it answered."""

    async def once() -> bool:
        with pytest.raises((theirs.RedisError, OSError)) as raised:
            await ask(url)
        error = translate(raised.value)
        assert isinstance(error, LedgerUnavailable) and error.code == "ledger_unavailable"
        return error.message.startswith(reasons)

    await eventually_async(once, f"it is refused: {reasons}")
