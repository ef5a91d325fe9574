"""A tracer that tells a recorder, and a task that works on nothing yet."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from producers.runtime.tracing.journeys import JOURNEY
from producers.runtime.tracing.tracer import Tracer
from tests.unit.tracing.recorder import EPOCH, Recorder


@pytest.fixture(autouse=True)
def at_nothing() -> Iterator[None]:
    """A task that works on no order yet."""
    before = JOURNEY.set(None)
    yield
    JOURNEY.reset(before)


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def tracer(recorder: Recorder) -> Tracer:
    return Tracer(recorder, EPOCH)
