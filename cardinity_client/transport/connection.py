"""One connection: one request written at a time, in one piece, and one answer read.

Whatever goes wrong ends the connection by a reset, so that bytes the kernel still holds never arrive. What comes when
nobody has asked ends it too: it would be read as the answer to the next request.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import cast

import httpx

from cardinity_client.attempt import Attempt, Phase
from cardinity_client.transport.answer import AnswerReader, Reply


class Connection(asyncio.Protocol):
    """`raw` is the connected socket below; `on_lost` hears once when nothing more can be sent over it."""

    def __init__(self, raw: socket.socket, on_lost: Callable[[Connection], None]) -> None:
        self._raw = raw
        self._on_lost = on_lost
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        #: Of the exchange under way; none in the pool.
        self._reader: AnswerReader | None = None
        self._answered: asyncio.Future[None] | None = None
        self._spoiled = False

    async def ask(self, head: bytes, body: bytes, attempt: Attempt) -> Reply:
        """Writes one request and reads its answer, until the attempt's deadline.

        Raises httpx.TransportError subclasses. The phase leaves QUEUED right before the write, in the same step.
        """
        assert self._transport is not None
        self._reader = reader = AnswerReader(attempt, bodiless=head.startswith(b"HEAD "))
        self._answered = answered = self._loop.create_future()
        timer = self._loop.call_at(attempt.deadline, self._expire)
        attempt.phase = Phase.BODY_SENT if body else Phase.HEADERS_SENT
        try:
            self._transport.write(head + body)
            await answered
        finally:
            timer.cancel()
        return reader.reply()

    def release(self) -> bool:
        """After a whole answer: whether another request may follow over this connection."""
        reader, self._reader, self._answered = self._reader, None, None
        return self.is_open() and reader is not None and reader.reusable and not self._unwritten()

    def is_open(self) -> bool:
        return not self._spoiled and self._transport is not None and not self._transport.is_closing()

    def is_quiet(self) -> bool:
        """Whether it is open and nothing has come meanwhile, not even to where the loop has not looked yet."""
        if not self.is_open():
            return False
        try:
            self._raw.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except OSError:
            pass
        return False

    def abort(self) -> None:
        """Ends the connection with a reset."""
        self._spoil(httpx.ReadError("the connection was dropped"))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._reader is None or self._answered is None or self._answered.done():
            self._spoil(httpx.RemoteProtocolError("the server spoke before it was asked"))
            return
        try:
            whole = self._reader.feed(data)
        except httpx.RemoteProtocolError as problem:
            self._fail(problem)
        else:
            if whole:
                self._answered.set_result(None)

    def eof_received(self) -> None:
        self._spoil(httpx.ReadError("the server ended the connection"))

    def connection_lost(self, exc: Exception | None) -> None:
        self._spoil(httpx.ReadError("the connection broke"))

    def _expire(self) -> None:
        self._fail(httpx.ReadTimeout("the deadline passed"))

    def _fail(self, problem: httpx.TransportError) -> None:
        if self._answered is not None and not self._answered.done():
            self._answered.set_exception(problem)

    def _spoil(self, problem: httpx.TransportError) -> None:
        self._fail(problem)
        if self._spoiled:
            return
        self._spoiled = True
        if self._transport is not None:
            self._transport.abort()
        self._on_lost(self)

    def _unwritten(self) -> bool:
        return self._transport is not None and self._transport.get_write_buffer_size() > 0
