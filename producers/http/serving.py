"""Serves the application with uvicorn, told to log nothing of a request and to leave signals to its caller."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from starlette.types import ASGIApp
from uvicorn import Config, Server

from producers.http.prompt import Prompt

#: Connections the kernel may hold for us, and those that we hold ourselves; more are answered 503.
BACKLOG, CONNECTIONS_MAX = 2048, 4096
#: Seconds an idle connection is kept, longer than clients keep theirs: a close must not race a request.
KEEP_ALIVE_S: Final = 75
#: Seconds requests may take to end when the server stops; an accept takes milliseconds, and 3 s where Redis is away.
GRACE_S: Final = 10


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio leaves Nagle's algorithm on: head and body of an answer 40 ms apart.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


async def serve(
    app: ASGIApp,
    listener: socket.socket,
    stopped: asyncio.Event,
    *,
    connections_max: int = CONNECTIONS_MAX,
) -> None:
    """Answer until `stopped`; what is being answered then is finished first."""
    config = Config(
        app,
        http=Prompt,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=connections_max,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve([listener]))
    waiting = asyncio.create_task(stopped.wait())
    await asyncio.wait({serving, waiting}, return_when=asyncio.FIRST_COMPLETED)
    server.should_exit = True
    waiting.cancel()
    await serving


class _Server(Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to whoever runs the process."""
        yield
