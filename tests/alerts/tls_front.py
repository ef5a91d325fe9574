"""Speaks TLS in front of a server that does not: the embedded Valkey, and the gateway's sandbox."""

from __future__ import annotations

import asyncio
import ssl
import threading
from contextlib import suppress
from types import TracebackType
from typing import Self

from tests.certificates import Signed

CHUNK = 1 << 16


class TlsFront:
    """Hands on to that port of loopback what it hears on one of its own, while it is entered."""

    def __init__(self, upstream: int, signed: Signed) -> None:
        self._upstream = upstream
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(signed.certificate, signed.key)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="tls", daemon=True)
        self._open: set[asyncio.StreamWriter] = set()
        #: Nobody else keeps them, once one of their two ends is gone.
        self._serving: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """Where clients connect to."""
        assert self._server
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def present(self, signed: Signed) -> None:
        """That certificate from now on. Whoever is connected has to connect again."""

        async def renew() -> None:
            self._context.load_cert_chain(signed.certificate, signed.key)
            self._break_all()

        asyncio.run_coroutine_threadsafe(renew(), self._loop).result()

    def __enter__(self) -> Self:
        self._thread.start()
        made = asyncio.start_server(self._accept, "127.0.0.1", 0, ssl=self._context)
        self._server = asyncio.run_coroutine_threadsafe(made, self._loop).result()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self._loop.create_task(self._serve(reader, writer))
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            upstream, back = await asyncio.open_connection("127.0.0.1", self._upstream)
        except OSError:
            writer.transport.abort()
            return
        self._open |= {writer, back}
        await asyncio.gather(_carry(reader, back), _carry(upstream, writer))
        self._open -= {writer, back}

    def _break_all(self) -> None:
        for writer in self._open:
            writer.transport.abort()

    async def _end(self) -> None:
        assert self._server
        self._server.close()
        self._break_all()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others)


async def _carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Until either of the two is gone."""
    with suppress(OSError):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    writer.transport.abort()
