"""Finding the gateway: every address gets its chance, and one look-up serves all who wait for it."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from cardinity_client.attempt import Phase, ResolveError
from tests.contract.transport.exchanging import exchanges
from tests.contract.transport.gateway import Talk, gateway, said

#: uvloop's look-ups do not pass through the socket module, so there is nothing to put in their place.
pytestmark = pytest.mark.asyncio(loop_factories=["asyncio"])

Found = list[tuple[Any, ...]]


def at(*ports: int) -> Found:
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Found]], list[str]]:
    """Puts one answer in place of every look-up; the list fills with the names that were asked for."""

    def put(answer: Callable[[], Found]) -> list[str]:
        asked: list[str] = []

        def look_up(host: str, *_args: object, **_kwargs: object) -> Found:
            asked.append(host)
            return answer()

        monkeypatch.setattr(socket, "getaddrinfo", look_up)
        return asked

    return put


async def answer_all(talk: Talk) -> None:
    while True:
        await talk.hear()
        await talk.say(said(200, b"[]"))


Names = Callable[[Callable[[], Found]], list[str]]


async def test_an_address_that_refuses_is_passed_over(names: Names) -> None:
    """The gateway is reached at its second address when the first refuses."""
    async with gateway(answer_all) as shop:
        port = int(shop.url.split(":")[2].split("/")[0])
        with socket.socket() as refusing:
            refusing.bind(("127.0.0.1", 0))
            names(lambda: at(refusing.getsockname()[1], port))
            async with exchanges("http://gateway.example/v1") as ours:
                assert (await ours.get()).status == 200


async def test_an_address_that_is_silent_is_passed_by(names: Names) -> None:
    """The second address is tried beside a first one that does not answer."""
    async with gateway(answer_all) as shop:
        port = int(shop.url.split(":")[2].split("/")[0])
        with socket.socket() as silent:
            silent.bind(("127.0.0.1", 0))
            silent.listen(0)
            crowd = [socket.socket() for _ in range(8)]
            for one in crowd:
                one.setblocking(False)
                one.connect_ex(silent.getsockname())
            names(lambda: at(silent.getsockname()[1], port))
            async with exchanges("http://gateway.example/v1", connect_timeout_s=60.0) as ours:
                assert (await ours.get()).status == 200
            for one in crowd:
                one.close()


async def test_one_look_up_serves_a_burst(names: Names) -> None:
    """Twenty connections at once ask for the name once, and who gives up does not take it from the others."""
    async with gateway(answer_all) as shop:
        port = int(shop.url.split(":")[2].split("/")[0])
        asked = names(lambda: at(port))
        async with exchanges("http://gateway.example/v1") as ours:
            asking = [asyncio.ensure_future(ours.get()) for _ in range(20)]
            await asyncio.sleep(0)
            asking[0].cancel()
            ends = await asyncio.gather(*asking, return_exceptions=True)
    assert [getattr(end, "status", None) for end in ends] == [None] + [200] * 19
    assert asked == ["gateway.example"]


async def test_a_failed_look_up_is_not_remembered(names: Names) -> None:
    """Unsent while the name does not resolve, and asked for again by the next."""
    answers: list[Found] = []

    def resolve() -> Found:
        if not answers:
            raise socket.gaierror(socket.EAI_AGAIN, "try again")
        return answers[0]

    async with gateway(answer_all) as shop:
        asked = names(resolve)
        async with exchanges("http://gateway.example/v1") as ours:
            attempt = ours.attempt()
            with pytest.raises(ResolveError):
                await ours.get(attempt)
            assert attempt.phase is Phase.QUEUED
            answers.append(at(int(shop.url.split(":")[2].split("/")[0])))
            assert (await ours.get()).status == 200
    assert len(asked) == 2


async def test_a_name_that_cannot_be_one_does_not_resolve() -> None:
    """A label that is too long is an error of the codec, not of the resolver; unsent all the same."""
    async with exchanges(f"http://{'a' * 70}.example/v1") as ours:
        with pytest.raises(ResolveError):
            await ours.get()


async def test_another_origin_is_not_spoken_to() -> None:
    """A signed request cannot go anywhere else by mistake."""
    async with gateway(answer_all) as shop, gateway(answer_all) as other, exchanges(shop.url) as ours:
        request = httpx.Request("GET", other.url, extensions={"attempt": ours.attempt()})
        with pytest.raises(ValueError, match="origin"):
            await ours.transport.handle_async_request(request)
        assert (shop.connections, other.connections) == (0, 0)
