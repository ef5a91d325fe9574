"""A collector, and a process that is told to trace to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.collector import Collector, collecting


@pytest.fixture
def collector(monkeypatch: pytest.MonkeyPatch) -> Iterator[Collector]:
    with collecting() as collector:
        for name, value in collector.environ().items():
            monkeypatch.setenv(name, value)
        yield collector
