"""Ports for servers that are told where to listen, or that come back to where they were."""

from __future__ import annotations

import socket


def kept_port() -> int:
    """A port of loopback that nobody else is given until this process ends.

    It is bound here and not listened to: connections to it are refused, the system gives it to nobody who asks for any,
    and a server that is told to use it can, as often as it starts, for every server here reuses addresses. A port that
    was merely free a moment ago is anybody's by the time the server starts.
    """
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    port: int = keeper.getsockname()[1]
    keeper.detach()  # the descriptor stays open, whoever forgets the object
    return port
