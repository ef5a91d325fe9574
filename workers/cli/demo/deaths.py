"""Worker processes that die: those that the demo kills, and those that nobody meant to."""

from __future__ import annotations

from collections.abc import Callable

from producers.runtime.ledger import keys
from workers.cli.demo.stage import Stage
from workers.operations.reading import Reader


class Deaths:
    """`ours` are the processes that were killed; `say` tells a line."""

    def __init__(self, stage: Stage, ledger: Reader, say: Callable[[str], None]) -> None:
        self._stage = stage
        self._ledger = ledger
        self._say = say
        self._told: set[int] = set()
        self.ours: set[int] = set()

    def kill(self, when: str) -> None:
        """`kill -9` a worker process that is at work, if there is one."""
        (workers,) = self._ledger.ask(("ZRANGE", keys.WORKERS, 0, -1))
        # A worker's name ends in its process id and a few random digits.
        killed = self._stage.kill_worker({int(name.decode().rsplit("-", 2)[1]) for name in workers})
        if killed is not None:
            self.ours.add(killed)
            self._say(f"demo: kill -9 {killed}, a worker process {when}")

    def tell(self) -> None:
        """A worker that dies without our doing is no loss, but it is worth a line."""
        for pid, code in self._stage.deaths().items():
            if pid not in self._told | self.ours:
                self._say(f"demo: worker process {pid} died, exit code {code}")
            self._told.add(pid)
