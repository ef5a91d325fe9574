"""Answers over real sockets: the same as the reader finds, and the connection is used again only after clean ones."""

import asyncio

import httpx
import pytest

from cardinity_client.attempt import Phase
from tests.contract.transport.exchanging import exchanges
from tests.contract.transport.gateway import Talk, gateway, said
from tests.unit.client.raw_answers import ANSWERS, DIFFERENCES, NONE

#: Bytes of one write of the gateway.
PIECES = [1, 7, 100_000]


async def speak(talk: Talk, raw: bytes, piece: int) -> None:
    """Says it in pieces, giving the client's side a turn after each."""
    for at in range(0, len(raw), piece):
        await talk.say(raw[at : at + piece])
        await asyncio.sleep(0)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", ANSWERS)
async def test_an_answer_arrives(name: str, piece: int) -> None:
    """Its body is read, and the next request gets its own answer, over a new connection if the first was not clean."""
    raw, body, reusable = ANSWERS[name]
    all_said = asyncio.Event()

    async def manner(talk: Talk) -> None:
        await talk.hear()
        try:
            await speak(talk, raw, piece)
        finally:  # the client may have had enough
            all_said.set()
        await talk.hear()
        await talk.say(said(200, b"[]"))

    async def clean(talk: Talk) -> None:
        await talk.hear()
        await talk.say(said(200, b"[]"))

    manners = iter([manner, clean])
    async with gateway(lambda talk: next(manners)(talk)) as shop, exchanges(shop.url) as ours:
        assert (await ours.get()).body == body
        await all_said.wait()
        assert (await ours.get()).body == b"[]"
        assert shop.connections == (1 if reusable else 2)


@pytest.mark.parametrize("piece", PIECES)
@pytest.mark.parametrize("name", NONE | DIFFERENCES)
async def test_what_is_no_answer_is_an_error(name: str, piece: int) -> None:
    """Refused as soon as it is seen, or lost when the connection ends; and nothing is asked again."""

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await speak(talk, (NONE | DIFFERENCES)[name], piece)
        await talk.fin()

    async with gateway(manner) as shop, exchanges(shop.url) as ours:
        attempt = ours.attempt()
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await ours.post(b"{}", attempt)
        assert attempt.phase in (Phase.BODY_SENT, Phase.HEADERS_RECEIVED)
        assert (shop.posts(), shop.connections) == (1, 1)


async def test_an_answer_before_the_request_is_written_counts_once() -> None:
    """A gateway that answers early is believed; the rest of the request is taken back with its connection."""
    ends: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    size = 64 << 20  # more than sockets and buffers hold

    async def manner(talk: Talk) -> None:
        read = len(await talk.reader.readuntil(b"\r\n\r\n"))
        await talk.say(said(413, b"{}"))
        try:
            while data := await talk.reader.read(1 << 16):
                read += len(data)
        except ConnectionResetError:
            ends.set_result(read)

    async with gateway(manner) as shop, exchanges(shop.url) as ours:
        attempt = ours.attempt()
        assert (await ours.post(b"x" * size, attempt)).status == 413
        assert await ends < size
        assert attempt.phase is Phase.HEADERS_RECEIVED


@pytest.mark.parametrize("how", ["at_its_deadline", "cancelled"])
@pytest.mark.parametrize("part", [0, 10, -1], ids=["nothing", "of_the_head", "of_the_body"])
async def test_half_an_answer_is_not_left_for_the_next(part: int, how: str) -> None:
    """A request that is given up on takes its connection with it: the rest of its answer reaches nobody."""
    said_half, may_go_on = asyncio.Event(), asyncio.Event()

    async def manner(talk: Talk) -> None:
        await talk.hear()
        await talk.say(said(400, b"{}")[:part])
        said_half.set()
        await may_go_on.wait()
        await talk.say(said(400, b"{}")[part:])

    async def clean(talk: Talk) -> None:
        await talk.hear()
        await talk.say(said(200, b"[]"))

    manners = iter([manner, clean])
    async with gateway(lambda talk: next(manners)(talk)) as shop, exchanges(shop.url) as ours:
        first = asyncio.ensure_future(ours.get(ours.attempt(within_s=0.5 if how == "at_its_deadline" else 60.0)))
        await said_half.wait()
        if how == "cancelled":
            await asyncio.sleep(0)
            first.cancel()
        with pytest.raises((httpx.ReadTimeout, asyncio.CancelledError)):
            await first
        may_go_on.set()
        assert (await ours.get()).body == b"[]"
        assert shop.connections == 2


async def test_a_connection_half_closed_while_writing_is_dropped() -> None:
    """A gateway that has said its last word will not answer: the rest of the request is not pressed on it."""
    ends: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def manner(talk: Talk) -> None:
        await talk.reader.readuntil(b"\r\n\r\n")
        talk.writer.write_eof()
        await ends

    async with gateway(manner) as shop, exchanges(shop.url) as ours:
        attempt = ours.attempt(within_s=30.0)
        with pytest.raises(httpx.ReadError):
            await ours.post(b"x" * (64 << 20), attempt)
        ends.set_result(None)
        assert attempt.phase is Phase.BODY_SENT


async def test_head_gets_no_body() -> None:
    """The answer to HEAD ends with its head, and the next request gets its own."""

    async def manner(talk: Talk) -> None:
        heard = await talk.hear()
        await talk.say(said(200, b"[]") if heard.method == "GET" else said(200, b"12345")[:-5])
        await talk.hear()

    async with gateway(manner) as shop, exchanges(shop.url) as ours:
        request = httpx.Request("HEAD", shop.url, extensions={"attempt": ours.attempt()})
        response = await ours.transport.handle_async_request(request)
        assert (response.headers["content-length"], await response.aread()) == ("5", b"")
        assert (await ours.get()).body == b"[]"
