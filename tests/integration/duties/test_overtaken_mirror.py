"""A mirror that has lost its lease, and comes late with what it had begun."""

from __future__ import annotations

import asyncio
from pathlib import Path

from cardinity_client import CardinityClient, Page
from producers.runtime.embedded import EmbeddedValkey
from producers.runtime.ledger import keys
from tests.eventually import eventually_async
from tests.rules.crew import ACCOUNT, CREDITS
from tests.rules.mutants import Ground
from tests.rules.witness import Witness
from tests.rules.world import World, a_world
from workers.resolver.journal import Journal, journal_from
from workers.resolver.mirror import Mirror, MirrorRules
from workers.resolver.pace import Pace

#: A pause that nobody sits out: reads begin when they are hurried.
_RULES = MirrorRules(100, CREDITS, 3, Pace(fastest_s=60.0, busy_s=60.0))
#: A list of nothing of ours.
_PAGE = Page((), ("somebody-elses",), 1, 0)


class _Told(CardinityClient):
    """Reads end when the test says so."""

    def __init__(self, world: World) -> None:
        super().__init__(world.settings.client_settings())
        self.reads: list[asyncio.Future[Page]] = []

    async def list_payments(self, limit: int = 100) -> Page:
        read: asyncio.Future[Page] = asyncio.get_running_loop().create_future()
        self.reads.append(read)
        return await read

    async def begun(self, count: int) -> None:
        """Until so many reads were begun."""

        async def there() -> bool:
            return len(self.reads) == count

        await eventually_async(there, f"{count} reads are under way")


async def test_reads_that_began_long_ago_are_none_since(valkey: EmbeddedValkey, tmp_path: Path) -> None:
    """Behind the next leader's newer read they would count as reads begun after H, and prove an absence with it."""
    async with a_world(Ground(tmp_path, valkey)) as world:
        first, second = _Told(world), _Told(world)
        leads = [True]
        old, new = _mirror(world, first), _mirror(world, second)
        term = asyncio.create_task(old.run(lambda: leads[0]))
        await first.begun(1)
        first.reads[0].set_result(_PAGE)
        for count in (2, 3, 4):
            await eventually_async(lambda: _kept(world), "the first page is kept")
            old.hurry()
            await first.begun(count)
        leads.clear()
        leads.append(False)
        old.hurry()
        await asyncio.sleep(0)
        reign = asyncio.create_task(new.run(lambda: False))
        await second.begun(1)
        second.reads[0].set_result(_PAGE)
        await reign
        newest = (await _journal(world)).clean_starts_ms[-1]
        for read in first.reads[1:]:
            read.set_result(_PAGE)
        await term
        journal = await _journal(world)
        assert journal.clean_starts_ms[-1] == newest
        assert journal.clean_since(newest, 2) is None


def _mirror(world: World, client: _Told) -> Mirror:
    world.exits.push_async_callback(client.aclose)
    return Mirror(ACCOUNT, client, world.executor(), _RULES, Witness(), busy=lambda: True)


async def _kept(world: World) -> bool:
    return bool((await _journal(world)).clean_starts_ms)


async def _journal(world: World) -> Journal:
    return journal_from(world.ledger.read("HGET", keys.coverage(ACCOUNT), "journal"))
