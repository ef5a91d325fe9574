"""Duties that go on in threads of the archive's process, beside the archiving of events, until that ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from producers.errors import ProducerError

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger(__name__)

#: Seconds that a step is waited for in the end.
END_WAIT_S: Final = 10.0

#: Sleeps for so many seconds, unless the block ends.
Pause = Callable[[float], None]


@contextmanager
def beside(name: str, make: Callable[[Pause], Callable[[], None]]) -> Iterator[None]:
    """Run what `make` makes, which rests only by the pause it is given, in a thread until the block ends. One that ends
    by itself does not end the block: whatever it met, whoever archives meets too.
    """
    over = threading.Event()

    def pause(seconds: float) -> None:
        if over.wait(seconds):
            raise _Over

    thread = threading.Thread(target=_until_over, args=(name, make(pause)), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join(END_WAIT_S)


class _Over(Exception):
    """The block has ended."""


def _until_over(name: str, run: Callable[[], None]) -> None:
    try:
        run()
    except _Over:
        return
    except ProducerError as error:  # a lockdown
        log.error("duty_ended", where=name, code=error.code, problem=error.message)
