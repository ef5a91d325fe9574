"""Connections to PostgreSQL that give up on a server that says nothing: one that is frozen still keeps TCP alive.

Whoever works on and on (the archive's process, that of webhooks) must say so and try again. A command waits for as long
as a statement takes: a human stops it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from typing import Any, TypeVar

from psycopg import Connection, OperationalError

T = TypeVar("T")


def connecting(wait_s: float) -> Callable[..., Connection[Any]]:
    """What makes connections that raise OperationalError, and are closed, after so many seconds without an answer."""

    class Impatient(Connection[Any]):
        def wait(self, gen: Generator[Any, Any, T], *args: Any, **options: Any) -> T:
            try:
                return super().wait(_bounded(gen, wait_s), *args, **options)
            except _Silent:
                self.close()  # what comes now answers a question that nobody asks any more
                raise

    return Impatient.connect


class _Silent(OperationalError):
    """The server says nothing."""


def _bounded(gen: Generator[Any, Any, T], wait_s: float) -> Generator[Any, Any, T]:
    """The same, until nothing was ready for so long. Psycopg says so several times a second."""
    until = time.monotonic() + wait_s
    try:
        wanted = next(gen)
        while True:
            ready = yield wanted
            if ready:
                until = time.monotonic() + wait_s
            elif time.monotonic() > until:
                raise _Silent(f"the server has not answered for {wait_s:g} s")
            wanted = gen.send(ready)
    except StopIteration as end:
        answer: T = end.value
        return answer
