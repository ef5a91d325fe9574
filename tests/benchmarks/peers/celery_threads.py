"""Celery with its pool of threads; acknowledged late, so that a crash loses nothing, and without stored results."""

from __future__ import annotations

from typing import Any

from celery import Celery  # type: ignore[import-not-found]

from tests.benchmarks.peers.blocking import pay
from tests.benchmarks.peers.loading import load
from tests.benchmarks.peers.payment import QUEUE_URL

app = Celery("bench", broker=QUEUE_URL)
app.conf.update(
    task_acks_late=True,
    task_ignore_result=True,
    broker_connection_retry_on_startup=True,
    worker_hijack_root_logger=False,
)


@app.task(name="charge")  # type: ignore[untyped-decorator]
def charge(wish: dict[str, Any]) -> None:
    """Pay one order."""
    pay(wish)


if __name__ == "__main__":
    load(charge.delay)
