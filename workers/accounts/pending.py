"""Asks after pending payments at the account that has them."""

from __future__ import annotations

from collections.abc import Iterable

from producers.runtime.ledger.record import Record
from workers.resolver.resolver import Resolver


class PendingByAccount:
    """The resolvers of all accounts, as the sweeper needs them. What belongs to an account that is not here waits."""

    def __init__(self, judges: Iterable[tuple[str, Resolver]]) -> None:
        self._judges = dict(judges)

    async def follow_up(self, record: Record) -> None:
        """Ask how a pending payment stands; unchanged, it is asked again later."""
        if judge := self._judges.get(record.lane):
            await judge.follow_up(record)
