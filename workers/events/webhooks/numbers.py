"""Leaves in the ledger's database how the endpoints stand, where metrics are made of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from producers.runtime.ledger import keys
from producers.runtime.ledger.executors import SyncLedger
from producers.runtime.webhook_stats import (
    DELIVERED,
    DISABLED,
    FAILED,
    SINCE_MS,
    WAITING,
    endpoint_of,
    field,
)
from workers.events.webhooks.deliveries import Deliveries


class Numbers:
    """Of the endpoints with these names; those of others are forgotten."""

    def __init__(self, ledger: SyncLedger, deliveries: Deliveries, names: Collection[str]) -> None:
        self._ledger = ledger
        self._deliveries = deliveries
        self._names = names

    def forget_others(self) -> None:
        """Take away what endpoints left that are no more. Raises LedgerUnavailable."""
        fields = [field.decode() for field in self._ledger.read("HKEYS", keys.WEBHOOKS)]
        if others := [field for field in fields if endpoint_of(field) not in self._names]:
            self._ledger.read("HDEL", keys.WEBHOOKS, *others)

    def tell(self, tried: Mapping[tuple[str, bool], int]) -> None:
        """Leave how they stand, and so many more tries by whether they succeeded.

        Raises:
            LedgerUnavailable, ArchiveUnavailable: nothing is left, or some of it twice.
        """
        commands: list[tuple[object, ...]] = [
            ("HINCRBY", keys.WEBHOOKS, field(name, DELIVERED if success else FAILED), count)
            for (name, success), count in tried.items()
        ]
        for name, (standing, health) in self._deliveries.standing(self._names).items():
            gauges = {
                WAITING: standing.waiting,
                SINCE_MS: standing.since_ms or 0,
                DISABLED: int(health.disabled_at_ms is not None),
            }
            pairs = [part for each, value in gauges.items() for part in (field(name, each), value)]
            commands.append(("HSET", keys.WEBHOOKS, *pairs))
        self._ledger.read_many(commands)
