"""A worker process that dies, or freezes, exactly where its plan says.

Started as `python -m workers.process --boot tests.chaos.worker:boot`; it is the product's own composition with one
more listener. The plan comes in `CHAOS_PLAN`: `{"<order_id>": {"at": "<step>", "how": "KILL|STOP|TERM"}}`. A key
that begins with `*` stands for every order. A step is one of the spine's, or `http:<operation>` for the moment a
gateway request of that kind has ended, or `trouble:<where>` for one at which the worker tells of trouble with the
order; with `nth` it is not the first time that this process gets there. Each entry fires once over all workers: the
first to get there creates its marker in `CHAOS_MARKERS`, named by the key, with its process id inside.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from pathlib import Path

from tests.chaos.blow import strike
from workers import main
from workers.watching import Watcher

PLAN = json.loads(os.environ.pop("CHAOS_PLAN"))
MARKERS = Path(os.environ.pop("CHAOS_MARKERS"))
#: Keys that stand for every order.
ANY = tuple(key for key in PLAN if key.startswith("*"))


class Dying:
    """Passes everything on to the product's watcher, and ends the process where the plan says."""

    def __init__(self, watcher: Watcher) -> None:
        self._watcher = watcher
        self._passed: Counter[str] = Counter()

    def __getattr__(self, name: str) -> object:
        return getattr(self._watcher, name)

    def step(self, name: str, order_id: str) -> None:
        """A step of an order."""
        self._watcher.step(name, order_id)
        for key in (order_id, *ANY):
            self._maybe_die(key, name)

    def trouble(self, where: str, code: str, order_id: str) -> None:
        """Something went wrong for an order."""
        self._watcher.trouble(where, code, order_id)
        self._maybe_die(order_id, f"trouble:{where}")

    def attempt_finished(self, operation: str, kind: str, duration_s: float) -> None:
        """A request to the gateway ended."""
        self._watcher.attempt_finished(operation, kind, duration_s)
        for key in ANY:
            self._maybe_die(key, f"http:{operation}")

    def _maybe_die(self, key: str, at: str) -> None:
        entry = PLAN.get(key)
        if entry is None or entry["at"] != at:
            return
        self._passed[key] += 1
        if self._passed[key] < entry.get("nth", 1):
            return
        try:
            with (MARKERS / key).open("x") as marker:
                marker.write(str(os.getpid()))
        except FileExistsError:
            return  # it fired before
        strike(entry["how"], entry.get("stall_s", 0.0))


def boot() -> None:
    """As `workers.main.boot`, with the listener that dies."""
    main.boot(lambda settings: Dying(main.watcher_for(settings)))  # type: ignore[arg-type,return-value]
