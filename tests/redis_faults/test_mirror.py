"""A mirror whose ledger went back in time writes again what it has seen: otherwise absence is proven of what is there.

A failover may undo what the mirror wrote, because a page is not waited for. The process of the mirror lives on and
remembers which rows it has written, to another server than the one that answers now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from cardinity_client import CardinityClient
from producers.contract import states
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import calls, keys
from tests.rules.crew import ACCOUNT, CREDITS, hire
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import ORDER, World, a_world
from workers.payments import observer as steps
from workers.resolver.journal import Journal
from workers.resolver.mirror import Mirror, MirrorRules
from workers.resolver.pace import Pace


class _Mirror:
    """One mirror for several reigns, read by read."""

    def __init__(self, world: World) -> None:
        self._witness = Witness()
        client = CardinityClient(world.settings.client_settings(), hooks=self._witness)
        world.exits.push_async_callback(client.aclose)
        # A pause that nobody sits out: each read that ends hurries the next one on.
        rules = MirrorRules(100, CREDITS, 3, Pace(fastest_s=10.0, busy_s=10.0))
        self._mirror = Mirror(ACCOUNT, client, world.executor(), rules, self._witness, busy=lambda: True)

    async def read(self, count: int, meanwhile: Callable[[], object] = lambda: None) -> None:
        """So many reads; `meanwhile` is done after the first."""
        left = count

        def ended() -> None:
            nonlocal left
            left -= 1
            if left == count - 1:
                meanwhile()
            self._mirror.hurry()

        self._witness.on_scan = ended
        await self._mirror.run(lambda: left > 0)


@pytest.mark.parametrize(
    ("reigns", "others"),
    [
        pytest.param(1, 0, id="while it leads"),
        pytest.param(2, 0, id="between two reigns"),
        pytest.param(1, 1, id="while it leads, and another has written as often as it had"),
    ],
)
async def test_a_row_is_written_again_after_a_failover(
    valkey: EmbeddedValkey, tmp_path: Path, reigns: int, others: int
) -> None:
    """The charge of an order that is being sent is seen, the sight is undone, and seen again."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        world.accept()
        hand = hire(world, "first")
        hand.witness.at[steps.INTENDED] = _cancel
        hand.begin()
        await hand.finished()
        assert world.record().state == states.SENDING
        world.land()

        def undo() -> None:
            assert world.ledger.read("DEL", keys.seen(ORDER)) == 1, "the charge was seen"
            world.ledger.read("DEL", keys.coverage(ACCOUNT))
            for _ in range(others):
                journal = msgspec.json.encode(Journal())
                world.ledger.run(calls.sight(ACCOUNT, "", "another's", journal, []))

        mirror = _Mirror(world)
        if reigns == 1:
            await mirror.read(5, undo)
        else:
            await mirror.read(1)
            undo()
            await mirror.read(4)
        assert world.ledger.read("EXISTS", keys.seen(ORDER)) == 1


def _cancel() -> None:
    raise asyncio.CancelledError
