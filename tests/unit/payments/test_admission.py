"""How many messages of each queue a process takes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import cast

from producers.contract.names import QUEUE_BATCHES, QUEUE_PAYMENTS
from workers.payments.admission import Admission
from workers.payments.lane import Lane
from workers.payments.underway import UnderWay


@dataclass
class Places:
    """A lane at which so many of batches may still come to wait."""

    free: int

    def vacancies(self, *, batch: bool = False) -> int:
        return self.free if batch else 0


def admission(*free: int, under_way: UnderWay | None = None, paused: str = "") -> Admission:
    lanes = [cast(Lane, Places(places)) for places in free]
    return Admission(lanes, under_way or UnderWay(lambda _: None), lambda queue: queue != paused)


def test_no_more_of_batches_than_may_wait() -> None:
    """As many as the account with most room can use."""
    assert admission(3, 7)(QUEUE_BATCHES) == 7
    assert admission(0)(QUEUE_BATCHES) == 0


def test_orders_on_their_way_to_a_lane_are_counted() -> None:
    """They will want a place each, until they have come to a lane or to an end."""
    under_way = UnderWay(lambda _: None)
    admits = admission(3, under_way=under_way)
    under_way.begin("ORD-1")
    under_way.begin("ORD-2")
    assert admits(QUEUE_BATCHES) == 1
    under_way.arrived("ORD-1")
    assert admits(QUEUE_BATCHES) == 2
    under_way.end("ORD-1")
    under_way.end("ORD-2")
    assert admits(QUEUE_BATCHES) == 3


def test_those_that_somebody_waits_for_are_always_taken() -> None:
    """Their queue carries the answers of customers too."""
    assert admission(0)(QUEUE_PAYMENTS) == sys.maxsize


def test_a_paused_queue_is_not_served() -> None:
    """Whatever room there is."""
    assert admission(9, paused=QUEUE_PAYMENTS)(QUEUE_PAYMENTS) == 0
    assert admission(9, paused=QUEUE_BATCHES)(QUEUE_BATCHES) == 0
