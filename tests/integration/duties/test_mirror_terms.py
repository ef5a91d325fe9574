"""A mirror whose terms are short, or whose reads fail in a way nobody thought of: it gets on, or it says so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import NoReturn

import pytest

from cardinity_client import CardinityClient
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.rules.crew import ACCOUNT, CREDITS
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import World, a_world
from workers.resolver.mirror import READS_MAX, Mirror, MirrorRules
from workers.resolver.pace import Pace

#: A pause that no mirror of these tests sits out.
_RULES = MirrorRules(100, CREDITS, 3, Pace(fastest_s=0.001, busy_s=0.001))


class _Faulty(CardinityClient):
    """Answers no read until as many are under way as there may be; then one fails by a fault of ours."""

    _reads = 0
    _full = asyncio.Event()

    async def list_payments(self, limit: int = 100) -> NoReturn:
        self._reads += 1
        if self._reads > READS_MAX:
            self._full.set()
        await self._full.wait()
        raise ZeroDivisionError


def _mirror(world: World, kind: type[CardinityClient] = CardinityClient) -> Mirror:
    witness = Witness()
    client = kind(world.settings.client_settings(), hooks=witness)
    world.exits.push_async_callback(client.aclose)
    return Mirror(ACCOUNT, client, world.executor(), _RULES, witness, busy=lambda: True)


async def test_terms_that_end_at_once_still_bring_credits(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """A slow ledger takes the lead away before the first page is kept: it is kept all the same, and the next read of
    a mirror that has seen gives credits.
    """
    async with a_world(Ground(tmp_path, valkey)) as world:
        mirror = _mirror(world)
        await mirror.run(lambda: False)
        assert world.ledger.read("HEXISTS", keys.coverage(ACCOUNT), "journal") == 1
        assert world.ledger.read("GET", keys.credits(ACCOUNT)) == b"0"
        await mirror.run(lambda: False)
        assert world.ledger.read("GET", keys.credits(ACCOUNT)) == str(CREDITS).encode()


async def test_a_fault_behind_a_full_row_of_reads_ends_the_term(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Who keeps the pages is gone while the next read waits for room: the leader hears of it and begins anew."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        mirror = _mirror(world, _Faulty)
        async with asyncio.timeout(60):
            with pytest.raises(ZeroDivisionError):
                await mirror.run(lambda: True)
