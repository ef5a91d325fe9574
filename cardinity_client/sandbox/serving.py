"""Serves the sandbox with uvicorn, opened up in two places.

The protocol puts its transport into every request's scope, because ASGI has no word for a reset connection.
The server stops at once when told to, hanging exchanges included, and leaves signals to its caller.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from uvicorn import Config, Server
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from cardinity_client.sandbox.account import Account, wall_clock_ms
from cardinity_client.sandbox.app import create_app
from cardinity_client.sandbox.exchange import TRANSPORT
from cardinity_client.sandbox.settings import SandboxSettings

#: Connections the kernel may hold for us: workers open hundreds at once.
BACKLOG: Final = 4096
#: Seconds an idle connection is kept, longer than clients keep theirs: a close must not race a request.
KEEP_ALIVE_S: Final = 75
#: Seconds an exchange in progress may take to end by itself when the server stops.
GRACE_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Running:
    """A sandbox that listens: the base URL for clients, the bare origin for admin routes, and its state."""

    url: str
    origin: str
    account: Account


@asynccontextmanager
async def running(
    settings: SandboxSettings,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    grace_s: float = 0.0,
    now_ms: Callable[[], int] = wall_clock_ms,
) -> AsyncIterator[Running]:
    """Serves in this event loop until the block ends. Raises OSError when the address is taken."""
    account = Account(settings, now_ms)
    listener = _listen(host, port)
    config = Config(
        create_app(settings, account),
        http=_OpenProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
    )
    server = _PromptServer(config, grace_s)
    serving = asyncio.create_task(server.serve([listener]))
    try:
        await server.listening.wait()
        shown = f"[{host}]" if ":" in host else host
        origin = f"http://{shown}:{listener.getsockname()[1]}"
        yield Running(f"{origin}/v1", origin, account)
    finally:
        server.stop()
        await serving


class _OpenProtocol(HttpToolsProtocol):
    """uvicorn's own protocol with its transport in the scope."""

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {TRANSPORT: self.transport}  # type: ignore[dict-item]


class _PromptServer(Server):
    """uvicorn polls ten times a second to notice that it should stop; this one is told."""

    def __init__(self, config: Config, grace_s: float) -> None:
        super().__init__(config)
        self._grace_s = grace_s
        self._stopping = asyncio.Event()
        self.listening = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals belong to whoever runs the process."""
        yield

    async def main_loop(self) -> None:
        self.listening.set()
        while not self.should_exit:
            await self.on_tick(0)  # the Date header
            with suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for listener in self.servers:
            listener.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        await self._finish_tasks(self._grace_s)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # Handlers notice the lost connection; only a sleep in one of them has to be interrupted.
        await self._finish_tasks(GRACE_S)
        for task in self.server_state.tasks:
            task.cancel()
        for sock in sockets or []:
            sock.close()

    async def _finish_tasks(self, timeout_s: float) -> None:
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=timeout_s)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, or asyncio leaves Nagle's algorithm on: head and body of an answer 40 ms apart.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    return listener
