"""A connection that is kept only for who says in good time, and in so many words, what he wants.

uvicorn waits for the head of a request as long as it takes, and reads as much of it as comes: whoever opens connections
and says nothing has them all in the end, and whoever never ends his head has the memory.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

#: Seconds that the head of a request may take, from the connection on or from its first byte. On a phone's worst line a
#: head takes one; a proxy in front sends its own in one piece.
HEAD_S: Final = 10.0
#: Bytes after which a head must have ended. What one read brings is looked at first: it may be a head and its body.
HEAD_MAX: Final = 32_768


class Prompt(HttpToolsProtocol):
    """uvicorn's protocol with these two bounds. What is in the middle of an answer is not cut off."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._late: asyncio.TimerHandle | None = None
        self._bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        self._rest()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._bytes += len(data)
        super().data_received(data)
        if self._late is not None and self._bytes > HEAD_MAX:
            self.transport.close()

    def on_message_begin(self) -> None:
        if self._late is None:
            self._bytes = 0
            self._wait()
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        self._rest()
        super().on_headers_complete()

    def _wait(self) -> None:
        self._late = self.loop.call_later(HEAD_S, self._hang_up)

    def _rest(self) -> None:
        if self._late is not None:
            self._late.cancel()
        self._late = None

    def _hang_up(self) -> None:
        cycle: RequestResponseCycle | None = self.cycle  # there is none before the first request
        if cycle is not None and not cycle.response_complete:
            self._wait()
        else:
            self.transport.close()
