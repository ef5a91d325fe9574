"""A place for worker processes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from producers.runtime.embedded import EmbeddedValkey
from tests import worker_app
from tests.loops import connect_blocking
from tests.sites import ROOT, Site

#: The database the workers report to.
REPORT_DB = 2


@pytest.fixture
def site(valkey: EmbeddedValkey, queue_url: str) -> Iterator[Site]:
    """An empty queue, an empty report, no workers yet."""
    report_url = valkey.url(REPORT_DB)
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT),
        worker_app.QUEUE_URL: queue_url,
        worker_app.REPORT_URL: report_url,
    }
    with connect_blocking(report_url) as report, connect_blocking(queue_url) as queue:
        report.flushdb()
        site = Site(environment, report, queue)
        yield site
        site.end_all()
