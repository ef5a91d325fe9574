"""Sees the sockets of this process when they connect, and keeps a second handle of each."""

import os
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager


def options(sock: socket.socket) -> dict[str, object]:
    """The preset options of a socket, as far as the platform has them."""
    found: dict[str, object] = {
        "SO_LINGER": sock.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8),
        "TCP_NODELAY": int(bool(sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))),
    }
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        found["TCP_USER_TIMEOUT"] = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    return found


class Watch:
    """Sees every connect of this process while it is on; Python's audit hooks cannot be taken off again."""

    def __init__(self) -> None:
        self.on = False
        self.at_connect: list[dict[str, object]] = []
        self.twins: list[socket.socket] = []
        sys.addaudithook(self._see)

    def _see(self, event: str, args: tuple[object, ...]) -> None:
        if self.on and event == "socket.connect" and isinstance(sock := args[0], socket.socket):
            self.at_connect.append(options(sock))
            self.twins.append(socket.socket(fileno=os.dup(sock.fileno())))


WATCH = Watch()


@contextmanager
def watching() -> Iterator[Watch]:
    WATCH.on, WATCH.at_connect, WATCH.twins = True, [], []
    try:
        yield WATCH
    finally:
        WATCH.on = False
        for twin in WATCH.twins:
            twin.close()
