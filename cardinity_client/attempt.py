"""How far one request got: the phase, never an exception's class, decides whether a charge may have happened.

Each phase is recorded before the thing it names can happen, so a recorded phase may run ahead of the wire and
never lags behind it.
"""

from __future__ import annotations

from enum import IntEnum

import httpx


class Phase(IntEnum):
    """What may have happened to a request so far."""

    QUEUED = 0  #: no connection was ever handed to this request: nothing can have been sent
    CONNECTED = 1  #: a connection, fresh or kept alive, belongs to this request
    HEADERS_SENT = 2
    BODY_SENT = 3
    HEADERS_RECEIVED = 4


class Attempt:
    """The record of one request, in `request.extensions["attempt"]`: the transport writes, the client reads.

    `deadline` is absolute, in the running loop's time. `bytes_max` bounds the answer's body.
    """

    __slots__ = ("bytes_max", "deadline", "dialling", "phase")

    def __init__(self, deadline: float, bytes_max: int) -> None:
        self.deadline = deadline
        self.bytes_max = bytes_max
        self.phase = Phase.QUEUED
        #: Whether a new connection was begun; before that a request only waits for a free one.
        self.dialling = False


class ResolveError(httpx.ConnectError):
    """The gateway's name has no address just now."""


class TlsError(httpx.ConnectError):
    """No TLS with the gateway: its certificate, name or version is not acceptable, or it spoke no TLS."""


class BodyTooLarge(httpx.RemoteProtocolError):
    """The answer is longer than any real one; reading stopped there."""
