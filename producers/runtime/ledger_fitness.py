"""Whether the ledger's server may be trusted with an intent, asked when somebody scrapes.

The workers ask for themselves before they send. These numbers are for the one who is woken: they are there even while
no worker process can start.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import redis

from producers.runtime.durability import check_redis
from producers.runtime.ledger import keys
from producers.runtime.ledger.epoch import remembered
from producers.runtime.metrics_table import LEDGER_PROBLEMS, row
from producers.runtime.settings import Settings

if TYPE_CHECKING:
    from prometheus_client import Metric

#: The code of a ledger that is not the remembered one.
LOCKDOWN: Final = "ledger_lockdown"


def ledger_problems(client: redis.Redis, settings: Settings) -> Sequence[str]:
    """Codes of what speaks against sending; empty when nothing does. A ledger that nobody remembers is as good as any.

    Raises: redis.RedisError: the server does not answer.
    """
    memory = remembered(settings.state_dir)  # before the ledger is asked: its count of intents only grows
    epoch, intents = client.mget(keys.EPOCH, keys.INTENTS)
    found = [
        each.code
        for each in check_redis(client, replicas_required=settings.ledger_replicas)
        if not settings.allow_volatile_ledger
    ]
    if memory and (epoch != memory.epoch.encode() or int(intents or 0) < memory.sequence):
        found.append(LOCKDOWN)
    return found


class FitnessCollector:
    """Asks at each scrape. A server that does not answer has no problem that is known: it is merely not readable."""

    def __init__(self, find_problems: Callable[[], Sequence[str]]) -> None:
        self._find_problems = find_problems

    def describe(self) -> list[Metric]:
        """Nothing, so that registering asks nobody."""
        return []

    def collect(self) -> Iterator[Metric]:
        """One series per problem there can be, 1 where it is there."""
        from prometheus_client.core import GaugeMetricFamily

        told = row("cardinity_ledger_problem")
        try:
            found = self._find_problems()
        except Exception:  # whatever it is, the other numbers must still be served
            return
        family = GaugeMetricFamily(told.name, told.help, labels=told.label_names)
        for problem in LEDGER_PROBLEMS:
            family.add_metric((problem,), problem in found)
        yield family
