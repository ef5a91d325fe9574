"""What `cardinity worker` counts of its processes."""

import signal

import pytest
from prometheus_client import CollectorRegistry

from producers.runtime.metrics_table import METRICS, WORKER_ENDS
from workers.cli.processes.numbers import ProcessesCollector


def _told(collector: ProcessesCollector) -> dict[tuple[str, str], float]:
    registry = CollectorRegistry()
    registry.register(collector)
    return {
        (sample.name, sample.labels.get("how", "")): sample.value
        for family in registry.collect()
        for sample in family.samples
    }


def test_nothing_but_the_table_is_told_and_zeros_are() -> None:
    """The number that run now, and every way to end at zero."""
    told = _told(ProcessesCollector(lambda: 2))
    assert told.pop(("cardinity_worker_processes", "")) == 2
    assert told == {("cardinity_worker_deaths_total", how): 0 for how in WORKER_ENDS}
    rows = {row.name for row in METRICS if row.source == "host"}
    assert rows == {"cardinity_worker_processes", "cardinity_worker_deaths_total", "cardinity_certificate_left_seconds"}


@pytest.mark.parametrize(
    ("code", "how"),
    [
        (-signal.SIGALRM, "watchdog"),
        (-signal.SIGKILL, "signal"),
        (69, "redis_away"),
        (1, "other"),
        (0, "stopped"),
        (75, "stopped"),
    ],
)
def test_a_lost_process_is_counted_by_how_it_ended(code: int, how: str) -> None:
    """The watchdog's signal is told apart from others, and a start without Redis from what is a bug."""
    collector = ProcessesCollector(lambda: 0)
    collector.died(code)
    assert _told(collector)["cardinity_worker_deaths_total", how] == 1
