"""Which order a task works on. Kept in the task's context: what is told without naming an order belongs to that one."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from producers.runtime.ledger.record import Record


@dataclass(slots=True)
class Journey:
    """One order in one task.

    `parent_id` is the span that what follows is part of, 0 for the trace's first. `state` and `since_ms` are how its
    row was found. Of an attempt, `at_ns` is when it was claimed, until its checks are told, and `asked_ns` when its
    intent was first asked for.
    """

    order_id: str
    account: str = ""
    parent_id: int = 0
    state: str = ""
    since_ms: int = 0
    at_ns: int = 0
    asked_ns: int = 0


#: None outside of an order's work, and where nobody traces.
JOURNEY: Final[ContextVar[Journey | None]] = ContextVar("cardinity_journey", default=None)


def attend(record: Record) -> None:
    """This task works on that order from here on: its row was read."""
    JOURNEY.set(Journey(record.order_id, record.lane, state=record.state, since_ms=record.number("since")))


def journey_of(order_id: str) -> Journey | None:
    """This task's, if it is that order's."""
    journey = JOURNEY.get()
    return journey if journey is not None and journey.order_id == order_id else None
