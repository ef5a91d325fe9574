"""Failures to connect: proven unsent, tried again a few times, and never past the deadline."""

import asyncio
import socket
from collections.abc import Iterator

import pytest

from cardinity_client import Approved, Unsent
from tests.contract.transport.gateway import Count, Talk, approve, client, gateway
from tests.unit.client.builders import charge


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is bound, so nobody else takes it, and refuses."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield held.getsockname()[1]


@pytest.fixture
def full_port() -> Iterator[int]:
    """A port whose queue is full: the kernel leaves further connects without an answer."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        crowd = [socket.socket() for _ in range(8)]
        for one in crowd:
            one.setblocking(False)
            one.connect_ex(listener.getsockname())
        yield listener.getsockname()[1]
        for one in crowd:
            one.close()


async def test_a_refused_connection_is_unsent(closed_port: int) -> None:
    """Refused three times, reported three times, waited for twice, and unsent."""
    hooks = Count()
    async with client(f"http://127.0.0.1:{closed_port}", hooks=hooks) as ours:
        assert await ours.create_payment(charge()) == Unsent("connect_failed")
    assert hooks.attempts == [("create_payment", "unsent")] * 3
    assert hooks.retries == ["create_payment"] * 2


@pytest.mark.parametrize("tries", [1, 2, 5])
async def test_the_tries_are_a_setting(closed_port: int, tries: int) -> None:
    """Exactly `connect_attempts_max` tries are made."""
    hooks = Count()
    async with client(f"http://127.0.0.1:{closed_port}", hooks=hooks, connect_attempts_max=tries) as ours:
        await ours.create_payment(charge())
    assert len(hooks.attempts) == tries


@pytest.mark.asyncio(loop_factories=["asyncio"])  # uvloop asks the network, not the socket module
async def test_a_name_without_an_address_is_unsent(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that does not resolve is tried again and unsent."""

    def nowhere(*_args: object, **_kwargs: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", nowhere)
    hooks = Count()
    async with client("http://gateway.invalid", hooks=hooks) as ours:
        assert await ours.create_payment(charge()) == Unsent("dns_failed")
    assert len(hooks.attempts) == 3


async def test_a_silent_port_is_a_connect_timeout(full_port: int) -> None:
    """A connect without an answer ends at the connect timeout, each try of three."""
    hooks = Count()
    async with client(f"http://127.0.0.1:{full_port}", hooks=hooks, connect_timeout_s=0.05) as ours:
        assert await ours.create_payment(charge()) == Unsent("connect_timeout")
    assert len(hooks.attempts) == 3


async def test_a_handshake_that_hangs_is_a_connect_timeout() -> None:
    """A server that takes the connection and never shakes hands is unsent: nothing but a greeting left."""
    heard = bytearray()

    async def manner(talk: Talk) -> None:
        while data := await talk.reader.read(65_536):
            heard.extend(data)

    async with gateway(manner) as shop:
        url = shop.url.replace("http:", "https:")
        async with client(url, connect_timeout_s=0.1, connect_attempts_max=2) as ours:
            assert await ours.create_payment(charge()) == Unsent("connect_timeout")
    assert shop.connections == 2
    assert b"POST" not in heard


async def test_the_deadline_bounds_all_tries(full_port: int) -> None:
    """With a thousand tries allowed, the one deadline ends them."""
    hooks = Count()
    async with client(
        f"http://127.0.0.1:{full_port}",
        hooks=hooks,
        connect_timeout_s=0.05,
        connect_attempts_max=1000,
        attempt_deadline_s=0.5,
    ) as ours:
        # Over between two tries it is the next one's place in the pool that does not come in time.
        assert await ours.create_payment(charge()) in (Unsent("connect_timeout"), Unsent("pool_timeout"))
    assert 1 <= len(hooks.attempts) <= 11


async def test_waiting_for_a_free_connection_is_unsent() -> None:
    """With all connections in use a charge waits, is not sent, and does not count against the gateway."""
    busy = asyncio.Event()

    async def manner(talk: Talk) -> None:
        await talk.hear()
        busy.set()
        await talk.reader.read()

    async with (
        gateway(manner) as shop,
        client(shop.url, connections_max=1, connect_timeout_s=0.5, breaker_failures=1) as ours,
    ):
        first = asyncio.ensure_future(ours.create_payment(charge("ORD-1")))
        await busy.wait()
        assert await ours.create_payment(charge("ORD-2")) == Unsent("pool_timeout")
        assert ours.breaker.state == "closed"
        assert shop.posts() == 1
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_try_that_succeeds_charges_once() -> None:
    """A gateway that comes back between two tries gets the charge once."""

    class Reopen(Count):
        def retry_scheduled(self, operation: str, wait_s: float) -> None:
            super().retry_scheduled(operation, wait_s)
            opened.set()

    opened, hooks = asyncio.Event(), Reopen()
    with socket.socket() as held:  # all along, so that nobody else gets the port
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind(("127.0.0.1", 0))
        await _charged_once_open(held.getsockname()[1], opened, hooks)
    assert hooks.attempts[-1] == ("create_payment", "approved")
    assert {kind for _, kind in hooks.attempts[:-1]} == {"unsent"}


async def _charged_once_open(port: int, opened: asyncio.Event, hooks: Count) -> None:
    async with client(f"http://127.0.0.1:{port}/v1", hooks=hooks, connect_attempts_max=50) as ours:
        charging = asyncio.ensure_future(ours.create_payment(charge()))
        await opened.wait()
        async with gateway(approve, port=port) as shop:
            assert isinstance(await charging, Approved)
            assert shop.posts() == 1


async def test_a_closed_client_sends_nothing() -> None:
    """After aclose a charge is unsent, by our own fault, and is not tried again."""
    async with gateway(approve) as shop:
        hooks = Count()
        ours = client(shop.url, hooks=hooks)
        await ours.aclose()
        assert await ours.create_payment(charge()) == Unsent("client_fault")
    assert (shop.connections, len(hooks.attempts)) == (0, 1)
