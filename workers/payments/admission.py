"""How many messages of a queue one process takes: of batches no more than will have their turn soon.

What waits on the queue costs nothing and keeps its place. Only where the rates of accounts hold batches up, less is
taken than there are slots. The queue of those that somebody waits for is always served: it carries hints and answers
of customers too, which wait for no rate.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from producers.contract.names import QUEUE_BATCHES
from workers.payments.lane import Lane
from workers.payments.underway import UnderWay


class Admission:
    """Of one process. `serves` says whether no operator has paused a queue."""

    def __init__(self, lanes: Sequence[Lane], under_way: UnderWay, serves: Callable[[str], bool]) -> None:
        self._lanes = lanes
        self._under_way = under_way
        self._serves = serves

    def __call__(self, queue: str) -> int:
        """How many messages of that queue may be taken now. Whose they are is not known before: as many as the account
        with most room can use. What is too much for another goes back at once, and comes when that one can use it."""
        if not self._serves(queue):
            return 0
        if queue != QUEUE_BATCHES:
            return sys.maxsize
        return max(0, max(lane.vacancies(batch=True) for lane in self._lanes) - self._under_way.arriving)
