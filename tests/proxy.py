"""A TCP proxy that loses exactly what a test wants lost: a request or half of it, a reply, or all for a while."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

#: Bytes taken at once. A command and its name always fit, which is what matching relies on.
CHUNK = 1 << 16


class CuttingProxy:
    """Forwards connections to a port on loopback, or a Unix socket. Each cut asked for breaks one connection, once."""

    def __init__(self, upstream: int | Path, port: int = 0) -> None:
        self._upstream = upstream
        self._listener = socket.create_server(("127.0.0.1", port))
        self._sockets: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._flowing = threading.Event()
        self._flowing.set()
        self._cut_requests: list[bytes] = []
        self._cut_replies: list[bytes] = []
        self._halved_requests: list[bytes] = []
        self._refused_requests: list[Sequence[bytes]] = []
        self._held_requests: list[bytes] = []
        self._held_replies: list[bytes] = []
        self._released = threading.Event()
        self.matches = 0
        #: Those of the matchers of `halve_request` whose request is stuck now, or was.
        self.halved: set[bytes] = set()
        self._acceptor = threading.Thread(target=self._accept, daemon=True)
        self._acceptor.start()

    @property
    def port(self) -> int:
        """Where clients connect to."""
        port: int = self._listener.getsockname()[1]
        return port

    def url(self, db: int = 0) -> str:
        """The same as a Redis URL."""
        return f"redis://127.0.0.1:{self.port}/{db}"

    def cut_request(self, matcher: bytes) -> None:
        """Break the connection instead of forwarding the next request that contains these bytes."""
        self._cut_requests.append(matcher)

    @contextmanager
    def refusing(self, *parts: bytes) -> Iterator[None]:
        """In this block every connection breaks that is asked to forward something with all of these parts."""
        self._refused_requests.append(parts)
        try:
            yield
        finally:
            self._refused_requests.remove(parts)

    def cut_reply(self, matcher: bytes) -> None:
        """Forward the next request that contains these bytes, and break the connection before its reply."""
        self._cut_replies.append(matcher)

    def halve_request(self, matcher: bytes) -> None:
        """Forward half of the next request that contains these bytes, and nothing more of that connection."""
        self._halved_requests.append(matcher)

    def hold_request(self, matcher: bytes) -> None:
        """Keep the next request that contains these bytes until `release`, even if its client has gone."""
        self._released.clear()
        self._held_requests.append(matcher)

    def hold_reply(self, matcher: bytes) -> None:
        """Forward the next request that contains these bytes, and keep its reply until `release`."""
        self._released.clear()
        self._held_replies.append(matcher)

    def release(self) -> None:
        """Deliver what is kept."""
        self._released.set()

    def stall(self) -> None:
        """Hold everything back, with the connections open."""
        self._flowing.clear()

    def resume(self) -> None:
        """Let what was held back flow."""
        self._flowing.set()

    def break_all(self) -> None:
        """Break every connection there is."""
        with self._guard:
            for each in self._sockets:
                _break(each)

    def close(self) -> None:
        """Break everything and stop listening."""
        self._flowing.set()
        self._released.set()
        _break(self._listener)
        self._listener.close()
        self.break_all()
        self._acceptor.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = self._connect()
            except OSError:
                client.close()
                continue
            with self._guard:
                self._sockets |= {client, server}
            link = _Link(client, server)
            for pump in (self._requests, self._replies):
                threading.Thread(target=self._carry, args=(pump, link), daemon=True).start()

    def _connect(self) -> socket.socket:
        if isinstance(self._upstream, int):
            return socket.create_connection(("127.0.0.1", self._upstream))
        server = socket.socket(socket.AF_UNIX)
        server.connect(str(self._upstream))
        return server

    def _carry(self, pump: Callable[[_Link], None], link: _Link) -> None:
        with suppress(OSError):
            pump(link)
        _break(link.client)
        _break(link.server)
        with self._guard:
            link.pumps -= 1
            if not link.pumps:
                self._sockets -= {link.client, link.server}
                link.client.close()
                link.server.close()

    def _requests(self, link: _Link) -> None:
        while data := link.client.recv(CHUNK):
            self._flowing.wait()
            if self._matches(self._cut_requests, data) or self._is_refused(data):
                return
            if matcher := self._matches(self._halved_requests, data):
                link.server.sendall(data[: len(data) // 2])
                self.halved.add(matcher)
                while link.client.recv(CHUNK):
                    pass  # until the client has had enough
                return
            link.reply_is_lost = link.reply_is_lost or bool(self._matches(self._cut_replies, data))
            if self._matches(self._held_requests, data):
                self._released.wait()
            link.reply_is_held = bool(self._matches(self._held_replies, data))
            link.server.sendall(data)

    def _replies(self, link: _Link) -> None:
        while data := link.server.recv(CHUNK):
            self._flowing.wait()
            if link.reply_is_lost:
                return
            if link.reply_is_held:
                self._released.wait()
            link.client.sendall(data)

    def _is_refused(self, data: bytes) -> bool:
        return any(all(part in data for part in parts) for parts in self._refused_requests)

    def _matches(self, matchers: list[bytes], data: bytes) -> bytes:
        """The first of them that is in the data, and no more in the list; empty when there is none."""
        for matcher in matchers:
            if matcher in data:
                matchers.remove(matcher)
                self.matches += 1
                return matcher
        return b""


class _Link:
    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client = client
        self.server = server
        self.reply_is_lost = False
        self.reply_is_held = False
        self.pumps = 2


def _break(each: socket.socket) -> None:
    with suppress(OSError):
        each.shutdown(socket.SHUT_RDWR)
