"""A boot whose watcher has a fault: `--boot tests.integration.boot.raising_watcher:boot`."""

from __future__ import annotations

from producers.runtime.metrics import Metrics
from workers import main
from workers.telemetry import Telemetry


def boot() -> None:
    """As `workers.main.boot`; the first trouble of the spool ends the task that tells of it."""
    main.boot(lambda settings: _Faulty(Metrics(accounts=settings.accounts, version="test", shared=False)))


class _Faulty(Telemetry):
    def trouble(self, where: str, code: str, order_id: str) -> None:
        if where == "spool":
            raise ZeroDivisionError
        super().trouble(where, code, order_id)
