"""What `cardinity worker` counts of its own processes: how many run, and how often one was lost.

A process that dies takes its orders with it, and none of its numbers says so: only who starts the next one knows.
"""

from __future__ import annotations

import signal
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from producers.runtime.metrics_table import OTHER, WORKER_ENDS, row
from workers.cli.shell.exit_codes import ExitCode

if TYPE_CHECKING:
    from prometheus_client import Metric

_NAMES: Final = {
    -signal.SIGALRM: "watchdog",
    ExitCode.OK: "stopped",
    ExitCode.TEMPORARY: "stopped",
    ExitCode.UNAVAILABLE: "redis_away",
}


class ProcessesCollector:
    """Counts since the launcher's start; `running` says how many there are now."""

    def __init__(self, running: Callable[[], int]) -> None:
        self._running = running
        self._deaths = Counter(dict.fromkeys(WORKER_ENDS, 0))

    def died(self, exit_code: int) -> None:
        """A process ended that was not to; the code is negative for a signal."""
        self._deaths[_NAMES.get(exit_code, "signal" if exit_code < 0 else OTHER)] += 1

    def describe(self) -> list[Metric]:
        """Nothing, as the other collectors."""
        return []

    def collect(self) -> Iterator[Metric]:
        """Both numbers."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

        processes, deaths = row("cardinity_worker_processes"), row("cardinity_worker_deaths_total")
        yield GaugeMetricFamily(processes.name, processes.help, self._running())
        family = CounterMetricFamily(deaths.name, deaths.help, labels=deaths.label_names)
        for how, count in self._deaths.items():
            family.add_metric((how,), count)
        yield family
