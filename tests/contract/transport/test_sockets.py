"""Sockets are preset before anything can be sent, and a request that is given up on is taken back."""

import asyncio
import socket
import struct
from collections.abc import Iterator

import pytest

from cardinity_client import Approved, Unknown
from tests.contract.transport.gateway import Talk, approve, client, gateway
from tests.contract.transport.watching import Watch, options, watching
from tests.unit.client.builders import charge

#: What each option must be, by the name the platform gives it.
EXPECTED = {"SO_LINGER": struct.pack("ii", 1, 0), "TCP_NODELAY": 1, "TCP_USER_TIMEOUT": 7000}


@pytest.fixture
def watch() -> Iterator[Watch]:
    with watching() as watch:
        yield watch


def expected() -> dict[str, object]:
    return {name: value for name, value in EXPECTED.items() if hasattr(socket, name)}


async def test_sockets_are_preset_before_they_connect(watch: Watch) -> None:
    """Linger, user timeout and no-delay are set when connect is called, so before a byte can leave."""
    async with gateway(approve) as shop, client(shop.url, tcp_user_timeout_s=7.0) as ours:
        assert isinstance(await ours.create_payment(charge()), Approved)
    assert watch.at_connect == [expected()]


async def test_the_live_socket_keeps_what_was_preset(watch: Watch) -> None:
    """While the charge is under way the connection's own socket still has all of it."""
    live: list[dict[str, object]] = []

    async def manner(talk: Talk) -> None:
        await talk.reader.readexactly(1)
        live.append(options(watch.twins[0]))
        await talk.rst()

    async with gateway(manner) as shop, client(shop.url, tcp_user_timeout_s=7.0) as ours:
        await ours.create_payment(charge())
    assert live == [expected()]


async def test_a_charge_that_is_given_up_on_is_reset() -> None:
    """At the deadline the connection is dropped with a reset, so what the kernel has not sent never lands."""
    ends: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def manner(talk: Talk) -> None:
        await talk.hear()
        try:
            ends.set_result(f"closed after {await talk.reader.read()!r}")
        except ConnectionResetError:
            ends.set_result("reset")

    async with gateway(manner) as shop, client(shop.url, attempt_deadline_s=0.5) as ours:
        assert await ours.create_payment(charge()) == Unknown("timeout", None, alarm=False)
        assert await ends == "reset"


async def test_a_cancelled_charge_is_reset() -> None:
    """Cancelling a charge drops its connection in the same way."""
    began, ends = asyncio.Event(), asyncio.Event()

    async def manner(talk: Talk) -> None:
        await talk.hear()
        began.set()
        try:
            await talk.reader.read()
        except ConnectionResetError:
            ends.set()

    async with gateway(manner) as shop, client(shop.url) as ours:
        charging = asyncio.ensure_future(ours.create_payment(charge()))
        await began.wait()
        charging.cancel()
        with pytest.raises(asyncio.CancelledError):
            await charging
        await ends.wait()
