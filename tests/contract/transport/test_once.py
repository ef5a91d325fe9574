"""A request is written once: no library sends it again when a kept-alive connection breaks under it."""

import asyncio

import httpx
import pytest

from cardinity_client import Approved, Unknown
from cardinity_client.attempt import Attempt, Phase
from cardinity_client.transport import Http1Transport
from tests.contract.transport.gateway import Talk, client, gateway, said, settings
from tests.unit.client.builders import charge


async def break_the_second(talk: Talk) -> None:
    """Answers one request and drops the connection under the next: what a stale connection looks like."""
    await talk.hear()
    await talk.say(said(200, b"[]"))
    await talk.hear()
    await talk.rst()


async def test_a_charge_over_a_stale_connection_is_sent_once() -> None:
    """The connection was good a moment ago and breaks under the charge: one POST arrived, it is unknown."""

    async def manner(talk: Talk) -> None:
        await talk.say(said(201, (await talk.hear()).approval()))
        await talk.hear()
        await talk.rst()

    async with gateway(manner) as shop, client(shop.url) as ours:
        assert isinstance(await ours.create_payment(charge("ORD-1")), Approved)
        answer = await ours.create_payment(charge("ORD-2"))
    assert answer == Unknown("connection_lost", None, alarm=False)
    assert [b"ORD-2" in heard.body for heard in shop.heard] == [False, True]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "POST", "PATCH"])
async def test_no_method_is_sent_again(method: str) -> None:
    """Libraries repeat idempotent methods on their own; through this transport none is."""
    async with gateway(break_the_second) as shop:
        transport = Http1Transport(settings(shop.url))
        phases = []
        for one in ("GET", method):
            attempt = Attempt(asyncio.get_running_loop().time() + 10, 1000)
            request = httpx.Request(one, f"{shop.url}/payments", extensions={"attempt": attempt})
            try:
                await transport.handle_async_request(request)
            except httpx.ReadError:
                phases.append(attempt.phase)
        await transport.aclose()
    assert [heard.method for heard in shop.heard] == ["GET", method]
    assert [phase >= Phase.HEADERS_SENT for phase in phases] == [True]


async def test_phases_are_reached_in_order() -> None:
    """While the gateway reads the phase says sent, and after the answer it says received."""
    attempt = Attempt(asyncio.get_running_loop().time() + 10, 1000)
    seen = [attempt.phase]

    async def manner(talk: Talk) -> None:
        await talk.hear()
        seen.append(attempt.phase)
        await talk.say(said(201, b"{}"))

    async with gateway(manner) as shop:
        transport = Http1Transport(settings(shop.url))
        request = httpx.Request("POST", f"{shop.url}/payments", content=b"{}", extensions={"attempt": attempt})
        response = await transport.handle_async_request(request)
        await transport.aclose()
    assert (response.status_code, [*seen, attempt.phase]) == (
        201,
        [Phase.QUEUED, Phase.BODY_SENT, Phase.HEADERS_RECEIVED],
    )


async def test_a_connection_that_went_back_to_the_pool_is_not_dropped() -> None:
    """A request that is given up on after its last byte leaves the connection to whoever has it by now."""
    async with gateway(answer_all) as shop:
        transport = Http1Transport(settings(shop.url))
        for _ in range(2):
            attempt = Attempt(asyncio.get_running_loop().time() + 10, 1000)
            request = httpx.Request("GET", f"{shop.url}/payments", extensions={"attempt": attempt})
            asking = asyncio.ensure_future(transport.handle_async_request(request))
            await asking
            asking.cancel()
        await transport.aclose()
    assert (len(shop.heard), shop.connections) == (2, 1)


async def answer_all(talk: Talk) -> None:
    while True:
        await talk.hear()
        await talk.say(said(200, b"[]"))
