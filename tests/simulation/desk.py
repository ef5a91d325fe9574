"""One merchant account in one process of a simulated world, put together as `workers.accounts.merchant` does it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from cardinity_client import CardinityClient
from producers.runtime.ledger.executors import Executor
from tests.simulation import times
from workers.payments.lane import Lane
from workers.resolver.looks import Looks
from workers.resolver.mirror import Mirror
from workers.resolver.resolver import Resolver
from workers.resolver.strays import Strays
from workers.resolver.verdict import Rules


class Desk:
    """Its lane, and what its leader does. `witness` is every port through which they tell of themselves."""

    def __init__(
        self,
        name: str,
        client: CardinityClient,
        ledger: Executor,
        rules: Rules,
        witness: Any,
        *,
        always_busy: bool,
    ) -> None:
        self.name = name
        self.lane = _ScaledLane(
            name,
            client,
            ledger,
            rules,
            breaker_wait_s=times.BREAKER_WAIT_S,
            on_low_credits=lambda sequence: self._mirror.hurry(sequence),
            sharers=1,
        )
        looks = Looks(gap_min_s=times.LOOK_GAP_S)
        self.judge = Resolver(name, client, ledger, rules, witness, looks, times.LINKS)
        busy: Callable[[], bool] = lambda: always_busy or self.lane.in_flight > 0 or self.judge.open_orders > 0  # noqa: E731
        self._mirror = Mirror(name, client, ledger, times.MIRROR, witness, busy=busy, on_credits=self.lane.gate.renewed)
        self._strays = Strays(name, client, ledger, witness)

    async def resolve(self, lead: Callable[[], bool]) -> None:
        """The duty of the account's leader."""
        async with asyncio.TaskGroup() as all_three:
            for duty in (self._mirror, self.judge, self._strays):
                all_three.create_task(duty.run(lead))


class _ScaledLane(Lane):
    """The real lane; an account whose key was refused rests in the proportions of this world."""

    def pause(self, why: str, *, for_s: float = times.ACCOUNT_PAUSE_S, lasting: bool = True) -> None:
        super().pause(why, for_s=for_s, lasting=lasting)
