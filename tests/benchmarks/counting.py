"""Which commands clients sent, and which a script called: told apart by MONITOR, in a run of its own.

The server's own counters hold both together, and MONITOR costs too much to watch a run that is timed.
"""

from __future__ import annotations

import socket
import threading
from types import TracebackType
from typing import Self

import msgspec
import redis

from tests.benchmarks.run import PATIENCE_S, ready
from tests.benchmarks.system import System
from tests.eventually import eventually

#: How a line of MONITOR names a script where it names a client's address otherwise.
_SCRIPTED = b' lua] "'


class Commands(msgspec.Struct, frozen=True):
    """Redis commands per payment."""

    sent: float
    scripted: float


def count_commands(name: str, system: System, payments: int, *, warm_up: int) -> Commands:
    """Run a system that has been entered and has done nothing yet; none for one without Redis."""
    client = system.redis()
    system.stage(warm_up, payments)
    ready(name, system, warm_up)
    if client is None:
        return Commands(0.0, 0.0)
    with _Count(client) as count:
        system.release()
        looks = 0

        def finished() -> bool:
            nonlocal looks
            looks += 1
            return system.done() >= warm_up + payments

        eventually(finished, f"{payments} orders are charged", within_s=PATIENCE_S)
    return Commands((count.sent - looks - 1) / payments, count.scripted / payments)


class _Count:
    """Counts from entry to exit, in a thread that reads what the server tells."""

    def __init__(self, client: redis.Redis) -> None:
        place = client.connection_pool.connection_kwargs
        self._socket = socket.create_connection((place["host"], place["port"]))
        self._reader = threading.Thread(target=self._read)
        self.sent = self.scripted = 0

    def __enter__(self) -> Self:
        self._socket.sendall(b"MONITOR\r\n")
        assert self._socket.recv(5) == b"+OK\r\n"
        self._reader.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._reader.join()
        self._socket.close()

    def _read(self) -> None:
        with self._socket.makefile("rb") as lines:
            for line in lines:
                if _SCRIPTED in line[:64]:
                    self.scripted += 1
                else:
                    self.sent += 1
