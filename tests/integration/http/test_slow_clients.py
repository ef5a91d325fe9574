"""Connections on which nobody says what he wants."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator

import pytest
from starlette.responses import PlainTextResponse

from producers.http import prompt
from producers.http.serving import listen, serve

REQUEST = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


#: Seconds: as long as nothing here takes, and a blink.
PATIENT, IMPATIENT = 60.0, 0.05


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    """A server that waits for a while."""
    monkeypatch.setattr(prompt, "HEAD_S", PATIENT)
    stopped = asyncio.Event()
    with listen("127.0.0.1", 0) as listener:
        serving = asyncio.create_task(serve(PlainTextResponse("done"), listener, stopped))
        yield _port(listener)
        stopped.set()
        await serving


@pytest.mark.parametrize("said", [b"", b"GET / HT", REQUEST[:-2]])
async def test_who_does_not_finish_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    """Without an answer, and without holding the connection of somebody else."""
    monkeypatch.setattr(prompt, "HEAD_S", IMPATIENT)
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(said)
    assert await reader.read() == b""
    writer.close()


async def test_who_asks_again_and_does_not_finish_is_hung_up_on(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """After an answer that he has had."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST)
    assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200")
    monkeypatch.setattr(prompt, "HEAD_S", IMPATIENT)
    writer.write(b"GET / HT")
    assert await reader.read() == b""
    writer.close()


async def test_a_head_without_an_end_is_not_read_on(port: int) -> None:
    """However fast it comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(REQUEST[:-2])
    with pytest.raises(ConnectionError):
        while True:
            writer.write(b"X-More: " + b"x" * 4096 + b"\r\n")
            await writer.drain()
    assert b"HTTP/1.1 200" not in await _rest(reader)
    writer.close()


async def test_who_asks_in_good_time_is_answered_as_often_as_he_asks(port: int) -> None:
    """On one connection, and with a head of some kilobytes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(3):
        writer.write(REQUEST[:-2] + b"Cookie: " + b"x" * 8000 + b"\r\n\r\n")
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200")
    writer.close()


async def test_a_body_that_comes_with_its_head_is_no_part_of_it(port: int) -> None:
    """A file of thousands of rows, and another one on the same connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = b"x" * (4 * prompt.HEAD_MAX)
    for _ in range(2):
        writer.write(REQUEST[:-2] + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert (await reader.readuntil(b"done")).startswith(b"HTTP/1.1 200")
    writer.close()


async def _rest(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionError:
        return b""


def _port(listener: socket.socket) -> int:
    return int(listener.getsockname()[1])
